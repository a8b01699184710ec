"""Which files of a store are whole: recorders and copies are still writing the others. Pure; the time is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.model.recorded import Stored

_HALF = re.compile(r"(?:\.(?:part|partial|filepart|crdownload|tmp|temp|lock|writing)|~)$", re.IGNORECASE)


def whole(name: str) -> str:
    """What a file is called once it is whole."""
    return _HALF.sub("", name)


@dataclass(slots=True)
class Settling:
    """Remembers how files looked. One is whole when neither size nor time changed for `settle` milliseconds.

    That is so by the file's own time, or by ours between two looks: the clock of another machine may be wrong, and some stores
    tell no time at all.
    """

    settle: int
    _seen: dict[str, tuple[Stored, int]] = field(default_factory=dict)

    def look(self, files: Iterable[Stored], now: int) -> tuple[list[Stored], int]:
        """The files that are whole, in the order given, and how many are not; what has a name of half copies never is."""
        done: list[Stored] = []
        growing = 0
        seen: dict[str, tuple[Stored, int]] = {}
        for one in files:
            before, since = self._seen.get(one.name, (None, now))
            since = since if before == one else now
            seen[one.name] = (one, since)
            if not _HALF.search(one.name) and (self._is_old(one, now) or now - since >= self.settle > 0):
                done.append(one)
            else:
                growing += 1
        self._seen = seen
        return done, growing

    def _is_old(self, one: Stored, now: int) -> bool:
        return self.settle == 0 or 0 < one.changed <= now - self.settle
