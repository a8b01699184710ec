"""Events → items with ids derived from what they say; items → ordered windows. Disorder inside a bounded time is put right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, NamedTuple

import orjson

from reconciler.model.event import Event
from reconciler.model.moment import FIRST, LATEST
from reconciler.model.stream import Item, Taken

_SORTED = orjson.OPT_SORT_KEYS


def item(event: Event, authority: str, place: str = "") -> Item:
    """An event on its way into the stream; the same event gives the same item on every machine.

    `authority` is the source: two platforms may use the same ids. An event without an id of its own is told by its content.
    Raises `ValueError` for a time that Genesys Cloud could not be told.
    """
    if not FIRST <= event.at <= LATEST:
        raise ValueError(f"the time of an event of {event.key!r} lies beyond the years 1 to 9999")
    payload = orjson.dumps([event.at, event.order, event.data, place])
    named = event.id or orjson.dumps([event.order, event.data], option=_SORTED).decode()
    return Item(_id(event.at, f"{authority}\n{event.key}\n{event.at}\n{named}"), event.key, payload)


def unreadable(record: bytes, cause: str, authority: str, place: str, at: int) -> Item:
    """A record nobody understood, on its way to the quarantine. `at` is when it came, in milliseconds since 1970."""
    text = record.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace").decode()
    digest = hashlib.sha256(record).hexdigest()
    return Item(_id(at, f"{authority}\n{place}\n{digest}"), f"unreadable {digest[:8]}", orjson.dumps([None, cause, text, place]))


@contextmanager
def reading() -> Iterator[None]:
    """Whatever hinders reading a record in the block is a `ValueError`.

    A fault of ours in one record must not keep all others from being told: it is set aside with what failed.
    """
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        what = f"the reader fails with {type(error).__name__}: {error}"
        raise ValueError(f"{what}; report it with this record, and replay it with the next release") from error


def _id(at: int, named: str) -> bytes:
    """16 bytes: six of time, so that ids grow, and ten of digest."""
    return max(at, 0).to_bytes(6, "big") + hashlib.sha256(named.encode("utf-8", "surrogatepass")).digest()[:10]


def event_id(*parts: str | bytes) -> str:
    """A UUID in version-4 form, derived from its parts; the same parts give the same id on every machine.

    Source: `eventId` is a version-4 UUID, POST /api/v2/events/…, API description of July 2026.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    text = digest.hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:32]}"


class Due(NamedTuple):
    """A taken item whose turn it is. `data` is None where the record could not be read, for `cause`; `place` is its origin."""

    at: int
    order: int
    number: int
    partition: int
    taken: Taken
    data: Any
    place: str
    cause: str = ""


class _Held(NamedTuple):
    """An item that waits, by what decides on its turn; what it says is read again then, since here there may be very many.

    `since` is when it came into the window, in milliseconds since 1970.
    """

    at: int
    order: int
    number: int
    partition: int
    since: int
    taken: Taken

    def due(self) -> Due:
        """The item when its turn has come."""
        at, order, data, place = orjson.loads(self.taken.payload)
        cause = order if at is None else ""
        return Due(self.at, self.order, self.number, self.partition, self.taken, data if at is not None else None, place, cause)


class Window:
    """Holds items back as long as the platform's disorder requires, then hands them out by time.

    `disorder` is in milliseconds; where several feeds tell of the same, the one furthest behind counts, unless it has been silent
    for so long. `capacity` bounds how many are held; beyond it the oldest go. While `hold` is set nothing goes but for that
    bound: what is already complete can be sorted as a whole.
    """

    def __init__(self, disorder: int = 0, *, capacity: int = 200_000, hold: bool = False) -> None:
        self._disorder = disorder
        self._capacity = capacity
        self._heap: list[_Held] = []
        self._reached: dict[tuple[int, str], tuple[int, int]] = {}  # by partition and feed: newest, and when one came
        self.hold = hold

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def keys(self) -> frozenset[str]:
        """Whose items are held."""
        return frozenset(one.taken.key for one in self._heap)

    def add(self, partition: int, taken: Iterable[Taken], now: int = 0) -> None:
        """Puts items in, in the order they were published.

        `now` is in milliseconds since 1970. What has waited long in the stream may still have older items behind it there; so it
        is held from now on, and only where nobody says `now` since it was published.
        """
        for one in taken:
            at, order, _, place = orjson.loads(one.payload)
            if at is None:
                held = _Held(one.received, 0, one.number, partition, 0, one)
            else:
                held = _Held(at, order, one.number, partition, max(now, one.received), one)
                self._reach(held, place)
            heappush(self._heap, held)

    def due(self, now: int) -> Iterator[Due]:
        """Items whose turn it is at `now` (milliseconds since 1970), by time, the platform's order, and arrival."""
        heap, over = self._heap, self._over(now)
        while heap and (len(heap) > self._capacity or (not self.hold and self._is_due(heap[0], over, now))):
            yield heappop(heap).due()

    def _is_due(self, one: _Held, over: int, now: int) -> bool:
        return not self._disorder or one.at <= over or one.since <= now - self._disorder

    def _reach(self, one: _Held, place: str) -> None:
        """Notes how far its feed has come; no event is later than its coming, so that a wrong clock counts for nothing."""
        feed = one.partition, place.partition(":")[0]
        newest, _ = self._reached.get(feed, (FIRST, 0))
        self._reached[feed] = max(newest, min(one.at, one.since)), one.since

    def _over(self, now: int) -> int:
        """The time before which nothing more is expected of the feeds that have told of something lately."""
        self._reached = {feed: one for feed, one in self._reached.items() if one[1] > now - self._disorder}
        return min((newest for newest, _ in self._reached.values()), default=FIRST) - self._disorder

    def drop(self, partition: int) -> None:
        """Forgets what is held of a partition that another worker has now."""
        self._heap = sorted(one for one in self._heap if one.partition != partition)
        self._reached = {feed: one for feed, one in self._reached.items() if feed[0] != partition}
