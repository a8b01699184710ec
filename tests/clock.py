"""An event loop whose time is virtual: it never waits, and a day of sleeping passes at once.

Only for code that waits for time and for itself: nothing comes from threads or from the network while time stands still. Where
nothing could ever happen again the loop says so instead of hanging.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Stuck(BaseException):
    """Everything waits for something that nobody will do. Not an `Exception`, so that no code under test swallows it."""


class _Selector(selectors.BaseSelector):
    """Looks without waiting; the time it was asked to wait for has passed then."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return []
        if ready := self._inner.select(0):
            return ready
        if timeout is None:
            raise Stuck
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that begins at 0 seconds; `time` goes on only while everything waits."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns; `asyncio.sleep` in it takes no time. A month is the most: later times would be too coarse."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


async def until(claim: Callable[[], bool], *, every: float = 1.0) -> None:
    """Returns when the claim is true; asks `every` so many virtual seconds, fifty thousand times at most."""
    for _ in range(50_000):
        if claim():
            return
        await asyncio.sleep(every)
    raise Stuck
