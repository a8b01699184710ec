from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from audio.tones import call, encoded, turns, wav

from reconciler.audio.join import join

LEFT, RIGHT = turns(6), turns(6, first=False, seed=2)


def joined(*files: bytes) -> tuple[str, bytes]:
    output = io.BytesIO()
    why = join(*map(io.BytesIO, files), output=output)
    return why, output.getvalue()


def samples(data: bytes) -> Any:
    return soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)[0]


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        ("PCM_16", "PCM_16", "PCM_16"),
        ("ULAW", "ULAW", "ULAW"),
        ("ALAW", "ALAW", "ALAW"),
        ("ULAW", "PCM_16", "PCM_16"),
        ("GSM610", "GSM610", "PCM_16"),
    ],
)
def test_two_mono_files_become_left_then_right_without_loss(one: str, other: str, result: str) -> None:
    left, right = encoded(LEFT, "WAV", one), encoded(RIGHT, "WAV", other)

    why, made = joined(left, right)

    assert why == ""
    assert soundfile.info(io.BytesIO(made)).subtype == result
    assert np.array_equal(samples(made), np.hstack([samples(left), samples(right)]))


def test_the_shorter_side_ends_in_silence() -> None:
    why, made = joined(encoded(LEFT), encoded(RIGHT[:-5000]))

    assert why == ""
    assert np.array_equal(samples(made)[:, 0], LEFT)
    assert not samples(made)[-5000:, 1].any()


@pytest.mark.parametrize(("seconds", "told"), [(3.0, ""), (0.5, "their lengths differ: 6.0 and 4.0 s")])
def test_how_much_lengths_may_differ_can_be_said(seconds: float, told: str) -> None:
    files = [io.BytesIO(encoded(one)) for one in (LEFT, RIGHT[:32_000])]

    why = join(*files, output=io.BytesIO(), seconds=seconds)

    assert why.startswith(told)
    assert bool(why) == bool(told)


@pytest.mark.parametrize(
    ("form", "subtype"), [("FLAC", "PCM_16"), ("AU", "ULAW"), ("AIFF", "PCM_16"), ("W64", "ALAW"), ("WAV", "IMA_ADPCM")]
)
def test_another_container_is_rewritten_without_loss(form: str, subtype: str) -> None:
    data = encoded(call(4), form, subtype)

    why, made = joined(data)

    assert why == ""
    assert np.array_equal(samples(made), samples(data))


def test_an_unfinished_header_is_finished() -> None:
    why, made = joined(wav(call(4).tobytes(), size=0))

    assert why == ""
    assert np.array_equal(samples(made), call(4))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([encoded(LEFT)], "one mono file stays mono"),
        ([encoded(LEFT), encoded(LEFT)], "both sides are the same"),
        ([encoded(LEFT), encoded(LEFT // 2)], "both sides are the same"),
        ([encoded(LEFT), encoded(call(6))], "only two mono files"),
        ([encoded(LEFT), encoded(RIGHT, rate=16000)], "rates differ: 8000 and 16000 Hz"),
        ([encoded(LEFT), encoded(RIGHT[:20_000])], "lengths differ: 6.0 and 2.5 s"),
        ([encoded(call(4), "OGG", "OPUS")], "without loss"),
        ([encoded(call(4), "WAV", "FLOAT")], "without loss"),
        ([encoded(call(4))[:-20_000]], "its end is missing"),
        ([encoded(call(40), "FLAC")[:-20_000]], "ends before its end"),
        ([b"<html>"], "HTML"),
        ([b"\x9c\x01\xfe" * 100], "nothing in it says what it is"),
    ],
)
def test_nothing_is_lost_or_pretended(files: list[bytes], told: str) -> None:
    assert told in joined(*files)[0]
