"""`explain`: reads the feeds whole, keeps what is about one conversation, and retells it. Offline: nothing is told or noted.

Names of people come from the manifests, where there are any. Of the ledger only the quarantine is asked, and only where it is a
file that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

from reconciler.errors import ConfigurationError, InputError, Locked, UsageError
from reconciler.feeds.chunk import Feed, Record
from reconciler.feeds.file import FileFeed
from reconciler.feeds.pipe import PipeFeed
from reconciler.model.event import EVERYBODY, Event, Read
from reconciler.model.interaction import InteractionFeed
from reconciler.model.moment import Clock
from reconciler.model.problem import Place, Problem
from reconciler.model.story import Story, Unread, Waiting
from reconciler.pipeline import book
from reconciler.pipeline.called import called
from reconciler.pipeline.interactions import scope
from reconciler.pipeline.reader import Reader
from reconciler.pipeline.run import understood
from reconciler.report.conversation_time import Zone
from reconciler.runners.retelling import Heard, Listener, retold
from reconciler.runners.window import item, reading
from reconciler.settings import Settings

STDIN = "-"
MOST = 10_000  # events of one conversation that are kept
BYTES = 64_000_000  # of them together
NEAR = 5  # ids that are named where there is none like the one asked for
ALIKE = 3  # signs at the beginning that make two ids alike, or half of a short one
AGAIN = 20  # places named of events that are told again
WORDS = 2000  # signs of a native record
TIMES = 100_000_000_000  # milliseconds since 1970: what is greater is a time
_SQLITE = "sqlite:///"


@dataclass(slots=True)
class Count:
    """How far the reading is."""

    records: int = 0


async def conversation(settings: Settings, key: str, feeds: Sequence[str] = (), count: Count | None = None) -> Story:
    """What the feeds tell of the native conversation `key`, as a run would read it; of the feeds of reconciler.yaml by default.

    Raises `InputError` where no feed tells of it, with ids that start alike; `UsageError` where there is no feed.
    """
    card, table = understood(settings, "interactions")
    if not isinstance(card, InteractionFeed):
        raise ConfigurationError(f"{card.platform} has no feed of interactions; name another source.platform")
    names = feeds or settings.file.runners.interactions.feeds
    if not names:
        raise UsageError("no feed: give --feed FILE, a folder, or - for standard input; or set runners.interactions.feeds")
    search = _Search(settings, key, is_text=card.frame == "lines", count=count or Count())
    for name in dict.fromkeys(names):
        await search.read(_feed(settings, card, name), card.open(table, _clock(settings, card), ""))
    waiting, note = _quarantine(settings, key)
    if not search.found and not search.unread and not waiting:
        raise InputError([search.missing()])
    blank = Story(
        card.platform,
        settings.file.source.name,
        key,
        settings.file.source.time_zone,
        unread=tuple(search.unread),
        waiting=waiting,
        notes=(*search.notes(), *note),
    )
    people = called(settings, table)
    return retold(
        Listener(card, key, people.name, search.newest, scope(settings, people), table.interactions.mask), search.heard(), blank
    )


def _feed(settings: Settings, card: InteractionFeed, name: str) -> Feed:
    if name == STDIN:
        return PipeFeed("stdin", cast("BufferedReader", sys.stdin.buffer), card.frame)
    if "://" in name:
        parts = urlsplit(name)  # without the secrets that may be in it
        where = f"{parts.scheme}://{parts.hostname}{parts.path}"
        raise UsageError(
            f"feed {where}: an address tells how it is now and nothing of before; give --feed FILE with what it told"
        )
    path = Path(name) if Path(name).exists() else settings.path(name)
    return FileFeed(str(path.resolve()), path, card.frame, once=True)


def _clock(settings: Settings, card: InteractionFeed) -> Clock:
    return Clock(settings.file.source.time_zone, slack_seconds=card.disorder_seconds)


# ── looking for one conversation ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Kept:
    """An event that was kept, packed as the stream would; small, because there may be many."""

    key: str
    payload: bytes
    place: str
    words: str
    again: list[str] = field(default_factory=list)


class _Search:
    """Reads feeds and keeps the events of one conversation, and those that concern everybody."""

    def __init__(self, settings: Settings, key: str, *, is_text: bool, count: Count) -> None:
        self._key = key
        self._source = settings.file.source.name
        self._zone = Zone(settings.file.source.time_zone, 0, 0)
        self._is_text = is_text
        self._count = count
        self._kept: dict[bytes, _Kept] = {}
        self._near: dict[str, int] = {}
        self._part_of = ""
        self._left_out = self._size = 0
        self.found = False
        self.newest = 0
        self.unread: list[Unread] = []

    async def read(self, feed: Feed, read: Read) -> None:
        """Reads a feed to its end."""
        reader = Reader(read, feed.name)
        async with aclosing(feed.chunks()) as chunks:
            async for chunk in chunks:
                for line in chunk.records:
                    self._count.records += 1
                    self._hear(reader, partial(reader.read, line))
        self._hear(reader, reader.rest)

    def _hear(self, reader: Reader, events: Callable[[], Sequence[Event]]) -> None:
        try:
            with reading():
                if found := events():
                    self._take(found, reader.record)
        except ValueError as error:
            self._unread(reader.record, str(error))

    def _unread(self, record: Record, why: str) -> None:
        if self._key.encode("utf-8", "surrogatepass") in record.data and len(self.unread) < MOST:
            self.unread.append(Unread(record.place, why))

    def _take(self, events: Sequence[Event], record: Record) -> None:
        for event in events:
            self.newest = max(self.newest, event.at)
            if event.key in {self._key, EVERYBODY}:
                self.found |= event.key == self._key
                self._keep(event, record)
            elif not self.found:
                self._alike(event)

    def _keep(self, event: Event, record: Record) -> None:
        """Keeps an event, once; the same one in another place is noted."""
        packed = item(event, self._source, record.place)
        before = self._kept.get(packed.id)
        if before is not None:
            before.again += [record.place][: AGAIN - len(before.again)]
        elif len(self._kept) < MOST and self._size < BYTES:
            self._size += len(packed.payload)
            self._kept[packed.id] = _Kept(event.key, packed.payload, record.place, self._words(event, record))
        else:
            self._left_out += 1

    def _words(self, event: Event, record: Record) -> str:
        """A native record as it is; of one that is no text, or a long one, what the platform's module understood."""
        text = record.data.decode("utf-8", "replace") if self._is_text and len(record.data) <= WORDS else ""
        text = " ".join(text.split()) if "\n" in text else text
        return (text or " ".join(_said(event.data, self._zone)))[:WORDS]

    def _alike(self, event: Event) -> None:
        """Remembers ids that start alike, the most alike ones, and a conversation that the id is only a part of."""
        if not self._part_of and any(value == self._key for value in event.data.values()):
            self._part_of = event.key
        signs = sum(1 for _ in _common(self._key, event.key))
        if signs >= min(ALIKE, (len(self._key) + 1) // 2) and event.key not in self._near:
            self._near[event.key] = signs
            if len(self._near) > NEAR:
                del self._near[min(self._near, key=lambda key: self._near[key])]

    def heard(self) -> Iterator[Heard]:
        """Everything that was kept, in the order it was read."""
        for one in self._kept.values():
            at, order, data, _ = orjson.loads(one.payload)
            yield Heard(Event(one.key, at, data, order=order), one.place, one.words, tuple(one.again))

    def notes(self) -> Iterator[str]:
        """What was left out."""
        if self._left_out:
            yield f"{self._left_out:,} more events of it were left out: at most {MOST:,}, or {BYTES // 10**6} MB, are drawn"

    def missing(self) -> Problem:
        """Why nothing can be shown, and which ids may have been meant."""
        what = f"no feed tells of it ({self._count.records:,} records read)"
        near = ", ".join(sorted(self._near, key=lambda key: (-self._near[key], key)))
        remedy = f"ids that start alike: {near}" if near else "check the id, and which feeds are read (--feed)"
        if self._part_of:
            remedy = f"another conversation names it: reconciler explain conversation {self._part_of}"
        return Problem(Place(), f"conversation/{self._key}", what, remedy)


def _common(one: str, other: str) -> Iterator[str]:
    """The signs two texts begin with alike, whatever their case."""
    for left, right in zip(one.casefold(), other.casefold(), strict=False):
        if left != right:
            return
        yield left


def _said(data: Mapping[str, Any], zone: Zone) -> Iterator[str]:
    """What says something, as `name=value`; whole numbers that can only be times as such."""
    for name, value in data.items():
        if isinstance(value, bool) or value in (None, "", 0, [], {}):
            continue
        if isinstance(value, int) and value > TIMES:
            yield f"{name}={zone.time(value)}"
        else:
            yield f"{name}={value if isinstance(value, str | int | float) else orjson.dumps(value).decode()}"


# ── what else is known ───────────────────────────────────────────────────────────────────────────────────────────────


def _quarantine(settings: Settings, key: str) -> tuple[tuple[Waiting, ...], tuple[str, ...]]:
    """What of the conversation waits in the quarantine, and a note where that was not looked at."""
    if not settings.ledger.startswith(_SQLITE):
        return (), ("the quarantine was not looked at: the ledger is no file; see `reconciler state quarantine list`",)
    if not Path(settings.ledger.removeprefix(_SQLITE)).exists():
        return (), ()
    try:
        found = [one for one in book.quarantine(settings, MOST) if one["key"] == key]
    except (ConfigurationError, Locked) as error:
        return (), (f"the quarantine was not looked at: {error}",)
    return tuple(Waiting(one["number"], one["since"], one["cause"], one["place"]) for one in found), ()
