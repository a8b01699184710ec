"""Who waits for whom before a request goes out: one budget, and callers that pass it in the order of arrival.

The arithmetic is `limits`'; here are only the clock, the sleep and the queue. Several clients may share one budget.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from reconciler.api.limits import Limits


class Budget:
    """The allowance of a token, or of all tokens that the service counts together."""

    def __init__(self, limits: Limits, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[object]]) -> None:
        self._limits = limits
        self._clock, self._sleep = clock, sleep
        self._gate = asyncio.Lock()

    @property
    def left(self) -> int | None:
        """How many requests the present window has left; None without a limit of our own."""
        return self._limits.left(self._clock())

    @property
    def wait(self) -> float:
        """Seconds until the next request may go; 0 means now."""
        return self._limits.when(self._clock())

    async def turn(self) -> float:
        """Waits until a request may go and counts it; the clock reading at which it goes."""
        async with self._gate:
            while wait := self._limits.when(self._clock()):
                await self._sleep(wait)
            now = self._clock()
            self._limits.sent(now)
            return now

    def share(self, share: float) -> None:
        """Makes only this part of the allowance ours, from 0 to 1."""
        self._limits.share(share)

    def pause(self, seconds: float) -> None:
        """Makes everybody wait: the answer to a 429."""
        self._limits.pause(self._clock(), seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Corrects the budget by what an answer says."""
        self._limits.learn(self._clock(), headers)
