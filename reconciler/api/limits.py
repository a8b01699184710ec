"""When the next request may be sent: arithmetic on a given clock. It sleeps nowhere and asks nobody for the time."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPAN = 61.0
"""Seconds a request counts. The service counts 60 by its own clock from the first arrival, and its reset header was seen at 61;
the extra second covers requests that travel at different speeds."""

NO_SHARE = 1.0
"""Seconds after which to ask again while other workers have the whole budget."""

_NOW = 1e-6  # a wait below this is none: adding it to a large clock reading might not move the clock


class Limits:
    """The budget of one token: never more than `ceiling` requests in any 60 s, fewer where the service says so.

    `ceiling` 0 means no limit of our own; a pause after 429 is honoured even then. `paced` spreads requests evenly instead of
    letting them use up a fresh window at once. All times are seconds of one monotonic clock.
    """

    def __init__(self, ceiling: int = 300, *, paced: bool = False) -> None:
        self._ceiling = ceiling
        self._limit = ceiling
        self._paced = paced
        self._share = 1.0
        self._sends: list[float] = []
        self._others = 0
        self._others_until = 0.0
        self._pause_until = 0.0

    def when(self, now: float) -> float:
        """Seconds to wait before the next request may be sent; 0 means now. Ask again after waiting."""
        if not self._share:
            return NO_SHARE
        wait = max(self._pause_until, self._free_at(now), self._pace_at()) - now
        return wait if wait > _NOW else 0.0

    def share(self, share: float) -> None:
        """Makes only this part of the ceiling ours, from 0 to 1: other workers have the rest. No ceiling has no parts."""
        if self._ceiling:
            self._share = share
            self._limit = self._part(self._ceiling)

    def _part(self, limit: int) -> int:
        return max(1, int(limit * self._share))

    def sent(self, now: float) -> None:
        """Counts a request that is being sent at `now`."""
        del self._sends[: bisect_right(self._sends, now - SPAN)]
        if self._ceiling:
            self._sends.append(now)

    def learn(self, now: float, headers: Mapping[str, str]) -> None:
        """Corrects the budget by what an answer says; headers in lower case, all of them optional.

        `inin-ratelimit-allowed` moves the limit up and down below our ceiling; `-count` beyond what we sent ourselves since
        the window opened are requests of others on this token, and they count until `-reset` seconds from now.
        Source: response headers as the vendor's forum shows them; that the window is a fixed one is inferred.
        """
        allowed, count, reset = (_number(headers.get(f"inin-ratelimit-{name}")) for name in ("allowed", "count", "reset"))
        if allowed:
            self._limit = self._part(min(self._ceiling, allowed))
        if count is None or reset is None:
            return
        ours = len(self._sends) - bisect_left(self._sends, now + reset - SPAN)
        others = max(0, count - ours)
        # Requests in flight make `ours` too large, so the largest estimate of one window is the best one.
        self._others = max(others, self._others) if now < self._others_until else others
        self._others_until = now + reset

    def pause(self, now: float, seconds: float) -> None:
        """Nothing is sent for `seconds`: the answer to a 429. A longer pause stands."""
        self._pause_until = max(self._pause_until, now + seconds)

    def left(self, now: float) -> int | None:
        """How many requests the window has left at `now`; None without a limit of our own."""
        if not self._ceiling:
            return None
        return max(0, self._limit - self._counted(now) - (self._others if now < self._others_until else 0))

    def _counted(self, now: float) -> int:
        return len(self._sends) - bisect_right(self._sends, now - SPAN)

    def _pace_at(self) -> float:
        return self._sends[-1] + SPAN / self._limit if self._paced and self._sends else 0.0

    def _free_at(self, now: float) -> float:
        """The moment the window has room again; it may lie in the past."""
        if not self._ceiling:
            return 0.0
        alone = self._room_at(self._limit)
        if now >= self._others_until:
            return alone
        shared = self._limit - self._others
        patient = max(alone, self._others_until)
        return min(patient, self._room_at(shared)) if shared > 0 else patient

    def _room_at(self, limit: int) -> float:
        """The moment fewer than `limit` of our own requests count."""
        surplus = len(self._sends) - limit
        return self._sends[surplus] + SPAN if surplus >= 0 else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands: seconds until its budget has room for one more, free connections, requests left in its window."""

    wait: float
    free: int
    left: int = 0


def soonest(clients: Sequence[Standing]) -> tuple[int, float]:
    """Which client takes the next call, by its place in `clients`, and after how many seconds.

    Ask again when they are over or a call has come back; `math.inf` seconds say that only a call that comes back makes room. Of
    clients that may send at the same time, the one with the most free connections takes it, then the one with the most requests
    left: so work is spread evenly.
    """
    able = [(one.wait, -one.free, -one.left, number) for number, one in enumerate(clients) if one.free > 0]
    wait, _, _, number = min(able, default=(math.inf, 0, 0, 0))
    return number, wait


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
