"""What both decoders hand over, and what they may not exceed."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Block: TypeAlias = NDArray[np.int16] | NDArray[np.float32]
"""Samples as frames by channels: whole 16-bit ones, or fractions of full scale."""

BLOCK_SAMPLES = 1 << 17
MAX_RATE = 384_000
MAX_CHANNELS = 16


class Unsound(Exception):
    """A decoder does not take the file; the message is for people."""


def checked(rate: Any, channels: Any) -> tuple[int, int]:
    """Rate and channels as numbers. Raises `Unsound` where they are absurd: they decide how much memory a second takes."""
    if not rate or not 0 < rate <= MAX_RATE:
        raise Unsound(f"its header claims {rate} samples a second")
    if not channels or not 0 < channels <= MAX_CHANNELS:
        raise Unsound(f"its header claims {channels} channels")
    return int(rate), int(channels)
