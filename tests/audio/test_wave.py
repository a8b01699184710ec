"""Outlines of recordings, for people."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from audio.tones import call, encoded, turns

from reconciler.audio.box import Box
from reconciler.audio.wave import outline


def test_an_outline_has_a_side_per_channel_and_shows_who_talks_when() -> None:
    left, right = outline(io.BytesIO(encoded(call(8.0))), 8)

    assert [value > 0.1 for value in left] == [True, True, False, False] * 2
    assert [value > 0.1 for value in right] == [False, False, True, True] * 2


@pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("OGG", "OPUS")])
def test_full_scale_is_one_whatever_the_codec(form: str, subtype: str) -> None:
    samples = (np.sin(np.arange(8000) / 3) * 32767).astype(np.int16)

    (side,) = outline(io.BytesIO(encoded(samples, form, subtype)), 10)

    assert 0.9 <= max(side) <= 1.0


@pytest.mark.parametrize("data", [b"", b"<html>", b"RIFF\xff\xff\xff\xffWAVE", encoded(turns(1.0))[:30]])
def test_what_cannot_be_heard_has_none(data: bytes) -> None:
    assert outline(io.BytesIO(data)) == []


def test_a_short_file_has_as_many_stretches_as_frames() -> None:
    (side,) = outline(io.BytesIO(encoded(np.full(3, 16384, np.int16))), 200)

    assert side == [0.5, 0.5, 0.5]


def test_a_box_draws_it_too(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(call(4.0)))

    with Box() as box, path.open("rb") as file:
        assert [len(side) for side in box.outline(file)] == [200, 200]
