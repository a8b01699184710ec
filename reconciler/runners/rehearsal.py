"""A stream that lasts as long as the process: for `--plan`, which must leave no trace, and for tests."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from zlib import crc32

from reconciler.model.event import EVERYBODY
from reconciler.model.stream import Bookmark, Item, Settled, Taken


@dataclass(frozen=True, slots=True)
class Share:
    """A lot of a rehearsal: always held."""

    partition: int
    items: Sequence[Taken]
    memory: Mapping[str, bytes] | None
    stream: Rehearsal

    def is_held(self) -> bool:
        """True: nobody else is there."""
        return True

    def settle(self, settled: Settled) -> None:
        """Keeps it in memory."""
        self.stream.keep(self.partition, settled)


class Rehearsal:
    """`model.stream.Stream` in memory, for one worker. It may begin with what a real stream remembers and what waits there."""

    def __init__(
        self,
        partitions: int,
        memory: Mapping[int, Mapping[str, bytes]] | None = None,
        bookmarks: Mapping[str, str] | None = None,
        *,
        slots: int = 1,
    ) -> None:
        self.partitions = partitions
        self.memory = {number: dict((memory or {}).get(number, {})) for number in range(partitions)}
        self.bookmarks = dict(bookmarks or {})
        self._slots = range(slots)
        self.poison: list[tuple[Taken, str]] = []
        self._new: deque[tuple[int, Taken]] = deque()
        self._known: set[tuple[int, bytes]] = set()
        self._fresh = set(range(partitions))
        self._open = 0
        self._number = count(1)

    def publish(self, items: Sequence[Item], bookmark: Bookmark | None = None) -> int:
        """How many were new."""
        new = 0
        for one in items:
            homes = range(self.partitions) if one.key == EVERYBODY else (self._home(one.key),)
            fresh = [home for home in homes if (home, one.id) not in self._known]
            self.fill((home, one) for home in fresh)
            new += bool(fresh)
        if bookmark:
            self.bookmarks[bookmark.feed] = bookmark.text
        return new

    def fill(self, items: Iterable[tuple[int, Item]]) -> None:
        """Puts items into partitions: what waits in a real stream has its partition already."""
        for home, one in items:
            self._known.add((home, one.id))
            self._new.append((home, Taken(next(self._number), one.id, one.key, one.payload, 0, 0)))
            self._open += 1

    def _home(self, key: str) -> int:
        """As in a ledger, so that what is remembered there is found."""
        return crc32(key.encode("utf-8", "surrogatepass")) % self.partitions

    def consume(self, limit: int) -> list[Share]:
        """What is waiting, in the order it came."""
        found: defaultdict[int, list[Taken]] = defaultdict(list, {one: [] for one in self._fresh})
        for _ in range(min(limit, len(self._new))):
            partition, one = self._new.popleft()
            found[partition].append(one)
        fresh = {one: dict(self.memory[one]) for one in self._fresh}
        self._fresh.clear()
        return [Share(one, items, fresh.get(one), self) for one, items in sorted(found.items())]

    def keep(self, partition: int, settled: Settled) -> None:
        """Settles items of a partition."""
        self._open -= len(settled.done) + len(settled.poison)
        self.poison += settled.poison
        self.memory[partition] |= settled.memory
        for key in [key for key, content in settled.memory.items() if not content]:
            del self.memory[partition][key]

    def settle(self, settled: Mapping[int, Settled]) -> tuple[()]:
        """Keeps it in memory; nobody else is there."""
        for partition, what in settled.items():
            self.keep(partition, what)
        return ()

    def close(self) -> None:
        """Nothing to give back."""

    def bookmark(self, feed: str) -> str:
        """How far the feed was taken over."""
        return self.bookmarks.get(feed, "")

    def slots(self) -> Sequence[int]:
        """All there is."""
        return self._slots

    def waiting(self) -> int:
        """How many items are not settled."""
        return self._open
