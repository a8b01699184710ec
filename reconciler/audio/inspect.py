"""An open file → what it really is. Decodes in blocks; runs in a `Box` unless the file is our own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import BinaryIO

from reconciler.audio import extra, header, sniff, sound
from reconciler.audio.block import Block, Unsound
from reconciler.audio.header import Claim
from reconciler.audio.meter import Meter
from reconciler.audio.sound import Sound
from reconciler.model.recording import Flaw, Inspected

WINDOWS = 20
WINDOW_SECONDS = 1
DOUBT_SAMPLES = 1 << 30
"""A file longer than this is not heard to its end only because its windows are silent; 18 hours of stereo at 8000 Hz."""


def inspect(file: BinaryIO, *, name: str = "", thorough: bool = False) -> Inspected:
    """What the file is and what is heard in it: in twenty windows, or `thorough` from end to end.

    Never raises for what a file holds. Everything is heard as well where windows cannot be told apart from the rest (a channel
    silent in all of them, an end that is missing, a codec that cannot seek, less than a minute in all).
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(sniff.HEAD)
    container = sniff.container(start)
    seen = Inspected(size=size, container=container, said=sniff.said(name))
    if not container:
        return replace(seen, flaw=Flaw.HEADERLESS)
    if container not in sniff.CONTAINERS | sniff.EXTRA.keys():
        return replace(seen, flaw=Flaw.FOREIGN)
    if container not in sniff.CONTAINERS:
        return _by_extra(file, seen, "")
    claim = header.claim(file, size, container)
    try:
        with sound.opened(file, container, claim) as found:
            seen = _told(seen, found, claim)
            if not thorough and (done := _glimpsed(found, claim, seen)):
                return done
        with sound.opened(file, container, claim) as found:  # anew: a decoder that has failed once may not go on
            return _heard(found, claim, seen)
    except Unsound as error:
        return _by_extra(file, seen, str(error))


def _by_extra(file: BinaryIO, seen: Inspected, why: str) -> Inspected:
    """What PyAV hears, from end to end, in what soundfile does not take; `why` is what soundfile said."""
    form = sniff.EXTRA.get(seen.container)
    if form is None:
        return replace(seen, flaw=Flaw.UNDECODABLE, detail=why)
    if not extra.is_here():
        return replace(seen, flaw=Flaw.EXTRA, detail=why or seen.container)
    try:
        with extra.opened(file, form) as (found, blocks):
            meter = Meter(found.rate, found.channels)
            _measure(meter, blocks)
            told = replace(seen, codec=found.codec, rate=found.rate, channels=found.channels)
            return _measured(told, meter, meter.frames, found.claimed_seconds)
    except Unsound as error:
        return replace(seen, flaw=Flaw.UNDECODABLE, detail=why or str(error))


def _told(seen: Inspected, found: Sound, claim: Claim | None) -> Inspected:
    return replace(
        seen,
        codec=found.codec,
        rate=found.rate,
        channels=found.channels,
        is_exact=found.is_exact,
        is_unfinished=bool(claim and claim.is_unfinished and claim.frames is None),
    )


def _glimpsed(found: Sound, claim: Claim | None, seen: Inspected) -> Inspected | None:
    """What twenty windows tell; None where they leave a doubt, or would hardly be less than everything."""
    if not found.is_seekable or found.frames <= WINDOWS * 3 * WINDOW_SECONDS * found.rate:
        return None
    meter = Meter(found.rate, found.channels, found.full_scale)
    if not _windows(found, meter):
        return None
    if any(side.silent >= 1 for side in meter.sides()) and found.frames * found.channels <= DOUBT_SAMPLES:
        return None
    return _measured(seen, meter, found.frames, _claimed(found.frames, found, claim))


def _heard(found: Sound, claim: Claim | None, seen: Inspected) -> Inspected:
    meter = Meter(found.rate, found.channels, found.full_scale)
    _measure(meter, found.blocks())
    return _measured(seen, meter, meter.frames, _claimed(meter.frames, found, claim))


def _windows(found: Sound, meter: Meter) -> bool:
    """Hears windows evenly over the whole, the last one first; whether all of them were there."""
    length = WINDOW_SECONDS * found.rate
    for number in reversed(range(WINDOWS)):
        before = meter.frames
        _measure(meter, found.blocks((found.frames - length) * number // (WINDOWS - 1), length))
        if meter.frames - before < length:
            return False
    return True


def _measure(meter: Meter, blocks: Iterable[Block]) -> None:
    for block in blocks:
        meter.add(block)


def _claimed(frames: int, found: Sound, claim: Claim | None) -> float | None:
    """How many seconds the header claims; bytes count as many as those that are there."""
    if claim and claim.frames is not None:
        return claim.frames / found.rate
    if claim and claim.claimed and claim.held:
        return frames / found.rate * claim.claimed / claim.held
    return found.frames / found.rate if claim is None and found.frames > frames else None


def _measured(told: Inspected, meter: Meter, frames: int, claimed: float | None) -> Inspected:
    return replace(
        told,
        seconds=frames / told.rate,
        header_seconds=claimed,
        sides=meter.sides(),
        alike=meter.alike(),
        heard_seconds=meter.frames / told.rate,
    )
