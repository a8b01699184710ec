"""Sound for the tests, made here: two people who take turns, and WAV files whose headers say what they are told to say."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import soundfile

RATE = 8000
TAGS = {"PCM_16": 1, "ALAW": 6, "ULAW": 7}


def turns(seconds: float, *, first: bool = True, rate: int = RATE, seed: int = 1) -> Any:
    """One side of a call: two seconds of noise, two of silence, and so on."""
    length = int(seconds * rate)
    voice = np.random.default_rng(seed).standard_normal(length) * 4000
    talks = (np.arange(length) // (2 * rate) % 2 == 0) == first
    return np.where(talks, voice, 0).astype(np.int16)


def call(seconds: float, rate: int = RATE) -> Any:
    """Both sides, left and right."""
    return np.stack([turns(seconds, rate=rate), turns(seconds, first=False, rate=rate, seed=2)], axis=1)


def encoded(samples: Any, form: str = "WAV", subtype: str = "PCM_16", rate: int = RATE) -> bytes:
    """The samples as a file; written in short pieces, since libsndfile's Vorbis encoder dies over long ones."""
    file = io.BytesIO()
    channels = samples.shape[1] if samples.ndim > 1 else 1
    with soundfile.SoundFile(file, "w", rate, channels, subtype, format=form) as target:
        for start in range(0, len(samples), rate):
            target.write(samples[start : start + rate])
    return file.getvalue()


def wav(data: bytes, **lies: int) -> bytes:
    """A plain WAV of these bytes; `size tag channels rate bits align` may lie."""
    channels, bits, rate = lies.get("channels", 2), lies.get("bits", 16), lies.get("rate", RATE)
    align = lies.get("align", channels * bits // 8)
    form = struct.pack("<HHIIHH", lies.get("tag", 1), channels, rate, rate * align & 0xFFFFFFFF, align & 0xFFFF, bits)
    size = lies.get("size", len(data))
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size) + data
