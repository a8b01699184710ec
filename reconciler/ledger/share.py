"""Who gets how much, and who is gone: the rules of workers that share a stream. Pure; seconds are those of our own clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def share(total: int, worker: int, live: Collection[int]) -> int:
    """How many of `total` a worker may hold: all shares together are `total`, and no two differ by more than one.

    The oldest workers have what does not divide, so that a newcomer takes from as few as possible.
    """
    each, more = divmod(total, len(live))
    return each + (sorted(live).index(worker) < more)


class Watch:
    """Since when each other worker has shown the same beat.

    No clock of another machine is believed: a worker is silent when its beat stood still for `ttl` seconds of our own clock.
    Where we did not look for half of that, because we were paused or the server was away, the count begins anew: the others may
    have been as helpless as we were.
    """

    def __init__(self, ttl: float) -> None:
        self._ttl = ttl
        self._looked = 0.0
        self._since: dict[int, tuple[int, float]] = {}

    def silent(self, beats: Mapping[int, int], now: float) -> set[int]:
        """Workers whose beat has not moved for so long, from beats by worker as they are `now`."""
        known = self._since if now - self._looked <= self._ttl / 2 else {}
        self._since = {
            worker: known[worker] if worker in known and known[worker][0] == beat else (beat, now)
            for worker, beat in beats.items()
        }
        self._looked = now
        return {worker for worker, (_, since) in self._since.items() if now - since >= self._ttl}
