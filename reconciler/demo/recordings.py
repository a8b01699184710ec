"""Recordings of the demo's calls, made here: two people who take turns, one on each channel; one recorder mixed both into one.

No sound of anybody: short tones at the rhythm of speech, the same every time.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

RATE = 8000
SECONDS = 24
TAG = 7  # µ-law: what telephony records, and what is transcribed
_SILENT = bytes([0xFF]) * RATE


def write(folder: Path, places: Sequence[str], mixed: str) -> int:
    """Writes a recording to each of the places below `folder`, the one at `mixed` in mono; how many there are."""
    for place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_wave(place, channels=1 if place == mixed else 2))
    return len(places)


def _wave(name: str, *, channels: int) -> bytes:
    dice = sha256(name.encode()).digest()
    left, right = (b"".join(_side(dice, talks)) for talks in (1, 0))
    data = bytes(byte for pair in zip(left, right, strict=True) for byte in pair) if channels == 2 else _mixed(left, right)
    form = struct.pack("<HHIIHHH", TAG, channels, RATE, RATE * channels, channels, 8, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"fact" + struct.pack("<II", 4, len(data) // channels)
    return b"RIFF" + struct.pack("<I", len(body) + 8 + len(data)) + body + b"data" + struct.pack("<I", len(data)) + data


def _side(dice: bytes, talks: int) -> Iterator[bytes]:
    """One second after the other: a voice, or silence while the other one talks. Turns are two seconds long."""
    voice = _voice(160 + dice[talks] // 2)
    for second in range(SECONDS):
        yield voice if second // 2 % 2 == talks else _SILENT


def _voice(pitch: int) -> bytes:
    """A second of four syllables."""
    samples = []
    for number in range(RATE):
        syllable = abs(math.sin(math.pi * 4 * number / RATE))
        tone = math.sin(2 * math.pi * pitch * number / RATE) + 0.5 * math.sin(4 * math.pi * pitch * number / RATE)
        samples.append(_law(round(6000 * syllable * tone)))
    return bytes(samples)


def _mixed(left: bytes, right: bytes) -> bytes:
    """Both sides in one channel: while one talks the other is silent."""
    return bytes(other if one == 0xFF else one for one, other in zip(left, right, strict=True))


def _law(sample: int) -> int:
    """µ-law of a 16-bit sample. Source: ITU-T G.711."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32_635) + 132
    exponent = size.bit_length() - 8
    return ~(sign | exponent << 4 | size >> (exponent + 3) & 0x0F) & 0xFF
