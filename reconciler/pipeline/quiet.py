"""Keeps the cyclic collector away from bulk work that makes a great many lasting values and next to no cycles.

Of a plan's CPU it took a tenth, of the start of a command as well, and found nothing. What makes cycles meanwhile has to break
them: `api.client` does so for the answers of the HTTP library.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

SELDOM = (20_000, 50, 100)  # objects, and runs over younger ones; a runner makes thousands of values that last for every request

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
    """The collector looks less often in the block, for work without end: cycles do not gather, and it takes little of the CPU."""
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
