"""One or two recordings → one WAV file fit for analytics, where that loses nothing and pretends nothing.

Two mono files become left and right; one file is written anew, with a whole header, in a container and codec that are taken.
Nothing is resampled, mixed, amplified or copied from one channel to the other.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from reconciler.audio import header, sniff, sound
from reconciler.audio.block import Unsound
from reconciler.audio.sound import Sound
from reconciler.model.recording import APART_SECONDS

_ALIKE = 0.95
_PART = 8_000
_MAX_BYTES = (1 << 32) - 4096  # a WAV file counts its bytes in 32 bits

Samples = NDArray[np.int16]


def join(left: BinaryIO, right: BinaryIO | None = None, *, output: BinaryIO, seconds: float = APART_SECONDS) -> str:
    """Writes `left` and `right`, or `left` alone, into `output`; why not, where something would be lost, else empty.

    Two files may differ in length by so many `seconds`. The same files give the same bytes. What stands in `output` after a
    refusal is of no use. All files are open; nothing is said of their names.
    """
    try:
        with ExitStack() as stack:
            sounds = [stack.enter_context(_opened(file)) for file in (left, right) if file]
            if why := _hindered(sounds, seconds):
                return why
            codecs = {one.codec for one in sounds}
            codec = codecs.pop() if len(codecs) == 1 and codecs <= sound.WRITTEN.keys() else "L16"
            channels = sum(one.channels for one in sounds)
            with sound.written(output, codec, sounds[0].rate, channels) as target:
                return _copied(sounds, target)
    except Unsound as error:
        return f"cannot be used: {error}"


def _opened(file: BinaryIO) -> Any:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    container = sniff.container(file.read(sniff.HEAD))
    if container not in sniff.CONTAINERS:
        raise Unsound(container or "nothing in it says what it is")
    claim = header.claim(file, size, container)
    if claim and claim.claimed and claim.claimed > claim.held + 1:
        raise Unsound("its end is missing, and a new header would hide that")
    return sound.opened(file, container, claim)


def _hindered(sounds: list[Sound], seconds: float) -> str:
    """What stands against it before anything is decoded."""
    if any(not one.is_exact for one in sounds):
        return "its codec does not decode to 16-bit samples without loss; export it again as WAV"
    if sum(one.frames * one.channels * 2 for one in sounds) > _MAX_BYTES:
        return "it would be larger than a WAV file can be"
    if len(sounds) == 1:
        return "" if sounds[0].channels == 2 else "one mono file stays mono; give the other side as a second file"
    return _unequal(sounds, seconds)


def _unequal(sounds: list[Sound], tolerance: float) -> str:
    """Why two files are not the two sides of one call, else empty."""
    if any(one.channels != 1 for one in sounds):
        return "only two mono files can be put side by side"
    if len({one.rate for one in sounds}) > 1:
        return f"their rates differ: {sounds[0].rate} and {sounds[1].rate} Hz"
    seconds = [one.frames / one.rate for one in sounds]
    if abs(seconds[0] - seconds[1]) > tolerance:
        return f"their lengths differ: {seconds[0]:.1f} and {seconds[1]:.1f} s; are they two sides of one call?"
    return ""


def _copied(sounds: list[Sound], target: Any) -> str:
    """Copies all samples, and looks whether two sides differ; why it was in vain, else empty."""
    products = np.zeros((2, 2))
    frames = 0
    for block in _stereo(sounds):
        target.write(block)
        frames += len(block)
        values = block.astype(np.float32)
        products += values.T @ values
    if frames < max(one.frames for one in sounds):
        return "decoding ends before its end"
    level = np.sqrt(products[0, 0] * products[1, 1])
    if level and abs(products[0, 1]) / level >= _ALIKE:
        return "both sides are the same: mono is not made stereo"
    return ""


def _stereo(sounds: list[Sound]) -> Iterator[Samples]:
    if len(sounds) == 1:
        yield from _whole(sounds[0])
        return
    for parts in itertools.zip_longest(*(_regular(one) for one in sounds)):
        length = max(len(part) for part in parts if part is not None)
        block = np.zeros((length, 2), np.int16)
        for place, part in enumerate(parts):
            if part is not None:
                block[: len(part), place] = part[:, 0]
        yield block


def _whole(one: Sound) -> Iterator[Samples]:
    for block in one.blocks(0):
        yield block.astype(np.int16, copy=False)


def _regular(one: Sound) -> Iterator[Samples]:
    """Blocks of one length, all but the last: decoders may hand out shorter ones in between."""
    kept = np.zeros((0, 1), np.int16)
    for block in _whole(one):
        kept = np.concatenate((kept, block))
        while len(kept) >= _PART:
            yield kept[:_PART]
            kept = kept[_PART:]
    if len(kept):
        yield kept
