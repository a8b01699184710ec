"""Keeps memory quiet: the cyclic collector away from bulk work that makes a great many lasting values and next to no cycles.

Of a plan's CPU it took a tenth, of the start of a command as well, and found nothing. What makes cycles meanwhile has to break
them: `api.client` does so for the answers of the HTTP library.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, ParamSpec, TypeVar

SELDOM = (20_000, 50, 100)  # objects, and runs over younger ones; a runner makes thousands of values that last for every request

LARGE = 65_536  # bytes of a block that goes back to the system at once
_MMAP_THRESHOLD = -3  # Source: mallopt(3), malloc.h of the GNU C library

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def uncollected() -> Iterator[None]:
    """The collector is off in the block; afterwards what lives counts as old, without having been looked at."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.freeze()
            gc.unfreeze()  # the two together move everything to the oldest generation
            gc.enable()


@contextmanager
def seldom() -> Iterator[None]:
    """For work without end: the collector looks less often in the block, so that cycles neither gather nor take much CPU.

    Large blocks are given back to the system from then on. The GNU C library would soon keep them, and cut them up for what
    lasts: over a simulated week of calls that left 13 MB of holes, against 1 MB.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, LARGE)
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def bulk(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same coroutine function, uncollected while it runs."""

    @wraps(work)
    async def quiet(*args: P.args, **named: P.kwargs) -> T:
        with uncollected():
            return await work(*args, **named)

    return quiet
