"""An open file → its outline: the loudest sample of each of so many stretches, per channel. Hears windows, not everything."""

from __future__ import annotations

import os
from typing import BinaryIO

import numpy as np

from reconciler.audio import header, sniff, sound
from reconciler.audio.block import Unsound

STRETCHES = 200
WINDOW = 800  # frames heard of a longer stretch: a tenth of a second of telephony
_FULL = 32768.0
MOST_FRAMES = 1 << 34  # more than that is a lie of the header


def outline(file: BinaryIO, stretches: int = STRETCHES) -> list[list[float]]:
    """Per channel the peaks, 0 to 1, evenly over the length; empty where nothing is heard. Never raises for what a file holds.

    Of a long file each stretch is heard at its beginning only: an outline for people, no measurement.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    container = sniff.container(file.read(sniff.HEAD))
    if container not in sniff.CONTAINERS:
        return []
    try:
        with sound.opened(file, container, header.claim(file, size, container)) as found:
            if not found.is_seekable or not 0 < found.frames <= MOST_FRAMES:
                return []
            return _peaks(found, min(stretches, found.frames))
    except Unsound:
        return []


def _peaks(found: sound.Sound, stretches: int) -> list[list[float]]:
    peaks = np.zeros((min(found.channels, 2), stretches))
    length = min(-(-found.frames // stretches), max(WINDOW, found.rate // 10))
    for number in range(stretches):
        for block in found.blocks(found.frames * number // stretches, length):
            full = _FULL if block.dtype == np.int16 else 1.0
            loudest = np.abs(block.astype(np.float32)).max(axis=0, initial=0.0)[: len(peaks)]
            peaks[:, number] = np.maximum(peaks[:, number], loudest / full)
    return [[round(float(value), 3) for value in np.minimum(side, 1.0)] for side in peaks]
