from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from audio.tones import call, encoded, turns, wav

from reconciler.audio.inspect import inspect
from reconciler.model.recording import Flaw, Inspected

DATA = call(4).tobytes()


def seen(data: bytes, **how: Any) -> Inspected:
    return inspect(io.BytesIO(data), **how)


@pytest.mark.parametrize(
    ("form", "subtype", "container", "codec", "is_exact"),
    [
        ("WAV", "PCM_16", "wav", "L16", True),
        ("WAV", "ULAW", "wav", "PCMU", True),
        ("WAV", "ALAW", "wav", "PCMA", True),
        ("WAV", "PCM_U8", "wav", "L8", True),
        ("WAV", "PCM_24", "wav", "L24", False),
        ("WAV", "FLOAT", "wav", "float", False),
        ("WAV", "IMA_ADPCM", "wav", "ADPCM", True),
        ("WAV", "MS_ADPCM", "wav", "ADPCM", True),
        ("WAVEX", "ULAW", "wav", "PCMU", True),
        ("RF64", "PCM_16", "rf64", "L16", True),
        ("W64", "PCM_16", "w64", "L16", True),
        ("AU", "ULAW", "au", "PCMU", True),
        ("AIFF", "PCM_16", "aiff", "L16", True),
        ("CAF", "ALAC_16", "caf", "ALAC", True),
        ("FLAC", "PCM_16", "flac", "FLAC", True),
        ("OGG", "OPUS", "ogg", "Opus", False),
        ("OGG", "VORBIS", "ogg", "Vorbis", False),
        ("MP3", "MPEG_LAYER_III", "mp3", "MP3", False),
    ],
)
def test_container_codec_and_length_are_those_of_the_bytes(
    form: str, subtype: str, container: str, codec: str, *, is_exact: bool
) -> None:
    found = seen(encoded(call(4), form, subtype), name="lie.mp4")

    assert (found.container, found.codec, found.is_exact, found.flaw) == (container, codec, is_exact, Flaw.NONE)
    assert (found.rate, found.channels, found.said) == (8000, 2, "mp4")
    assert found.seconds == pytest.approx(4, abs=0.2)
    assert found.missing_seconds == pytest.approx(0, abs=0.2)
    assert not found.is_unfinished


@pytest.mark.parametrize("form", ["WAV", "RAW"])
def test_gsm_is_heard_with_a_header_as_well_as_without(form: str) -> None:
    found = seen(encoded(turns(4), form, "GSM610"), name="q-1001.gsm")

    assert (found.container, found.codec, found.channels) == ("wav" if form == "WAV" else "gsm", "GSM", 1)
    assert found.seconds == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize(("size", "claimed"), [(0, None), (0xFFFFFFFF, None), (len(DATA) // 2, 2), (len(DATA) * 3, 12)])
def test_a_lying_header_changes_nothing_of_what_is_heard(size: int, claimed: float | None) -> None:
    found = seen(wav(DATA, size=size))

    assert (found.seconds, found.header_seconds, found.is_unfinished) == (4, claimed, claimed != 12)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW"])
def test_an_unfinished_header_of_logarithmic_samples_is_read_too(subtype: str) -> None:
    data = bytearray(encoded(call(4), "WAV", subtype))
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\0\0\0\0"

    found = seen(bytes(data))

    assert (found.seconds, found.is_unfinished) == (4, True)


@pytest.mark.parametrize(
    ("form", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "GSM610"),
        ("WAV", "IMA_ADPCM"),
        ("RF64", "PCM_16"),
        ("W64", "ULAW"),
        ("FLAC", "PCM_16"),
        ("AU", "ULAW"),
    ],
)
def test_half_a_file_is_missed(form: str, subtype: str) -> None:
    data = encoded(turns(100), form, subtype)

    found = seen(data[: len(data) // 2])

    assert found.seconds == pytest.approx(50, rel=0.05)
    assert found.header_seconds == pytest.approx(100, rel=0.01)


def test_windows_stand_for_a_long_file() -> None:
    found = seen(encoded(call(300)))

    assert (found.seconds, found.heard_seconds) == (300, 20)
    assert (found.alike or 0) < 0.1


def test_thorough_hears_everything() -> None:
    found = seen(encoded(call(300)), thorough=True)

    assert (found.seconds, found.heard_seconds) == (300, 300)


def test_one_word_between_the_windows_is_heard() -> None:
    sides = call(300)
    sides[:, 1] = 0
    sides[100_000:104_000, 1] = turns(0.5)

    found = seen(encoded(sides))

    assert found.heard_seconds == 300
    assert 0.99 < found.sides[1].silent < 1


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"<!doctype html>", Flaw.FOREIGN),
        (b"PK\x03\x04" + b"\0" * 100, Flaw.FOREIGN),
        (b"", Flaw.FOREIGN),
        (b"\x9c\x01\xfe" * 100, Flaw.HEADERLESS),
        (b"OggS" + b"\0" * 100, Flaw.UNDECODABLE),
        (b"fLaC" + b"\0" * 100, Flaw.UNDECODABLE),
        (wav(DATA, channels=0), Flaw.UNDECODABLE),
        (wav(DATA, channels=1000), Flaw.UNDECODABLE),
        (wav(DATA, rate=0), Flaw.UNDECODABLE),
        (wav(DATA, rate=2**31 - 1), Flaw.UNDECODABLE),
        (wav(DATA, tag=0x9999), Flaw.UNDECODABLE),
        (wav(DATA)[:30], Flaw.UNDECODABLE),
        (wav(DATA, channels=0, size=0), Flaw.UNDECODABLE),
        (wav(DATA, rate=2**31 + 5, size=0), Flaw.UNDECODABLE),
    ],
)
def test_what_is_no_recording_is_a_flaw(data: bytes, flaw: Flaw) -> None:
    found = seen(data)

    assert (found.flaw, found.seconds, found.size) == (flaw, 0, len(data))


def test_a_header_alone_holds_no_sound() -> None:
    assert (seen(wav(b"")).flaw, seen(wav(b"")).seconds) == (Flaw.NONE, 0)


def test_loudness_beyond_all_measure_does_not_break_it() -> None:
    samples = np.array([[np.inf, -np.inf], [np.nan, 1e38]] * 4000, np.float32)

    found = seen(encoded(samples, "WAV", "FLOAT"))

    assert [side.peak for side in found.sides] == [1, 1]
