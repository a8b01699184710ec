"""Calls and e-mails of Genesys Engage as neutral steps: T-Library events of calls, interaction records of e-mails.

Calls come while they happen, in order per T-Server and twice from a pair of them; several T-Servers lie a second or two apart.
The end of a call is always told, unless a T-Server was restarted in it. What is not told: when a recording begins, and what two
parties outside say to each other after a transfer. E-mails come as records, whenever the contact server is asked; they are told
when they are done with, and times between their beginning and their end are not in them.

Decided here: a call is known by the CallUUID of its first leg, else by its ConnID; consultations and calls that were joined
belong to it. Chats and other media are passed over, and calls in interaction records, which the T-Servers tell better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Media, Told
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.genesys_engage import calls_voice, mails
from reconciler.sources.genesys_engage.call_events import CallEvents
from reconciler.sources.genesys_engage.records import EVENT, Lines, Record, text

_MANY = 1000


def tell(memory: Memory | None, event: Event) -> Told:
    """What one event of a call, or one record of an e-mail, makes of its conversation."""
    return calls_voice.tell(memory, event) if "event" in event.data else mails.tell(memory, event)


class _Read:
    """Lines → Events. `odd` counts names of messages and media that are not told; `rest` tells what is still open at the end."""

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._attribute = table.interactions.wrapup_attribute
        self._lines = Lines(known.get("lines"), self._odd)
        self.odd: dict[str, int] = {}
        self._calls = CallEvents(clock, table, self._odd, known.get("calls"))

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "lines": self._lines.state, "calls": self._calls.state}).decode()

    @property
    def open_lines(self) -> int:
        return self._lines.open_lines

    def __call__(self, record: bytes) -> Sequence[Event]:
        return self._events(self._lines.read(record))

    def rest(self) -> Sequence[Event]:
        """The events of a message that is still open, for the end of a feed that is read once."""
        return self._events(self._lines.rest())

    def _events(self, records: Sequence[Record]) -> Sequence[Event]:
        return [event for record in records for event in self._event(record)]

    def _event(self, record: Record) -> Iterator[Event]:
        name = text(record, *EVENT)
        if mails.is_record(record):
            yield from self._mail(record)
        elif name:
            yield from self._calls.read(record, name)
        elif not text(record, "state", "status", "currentstate", "agentstate"):
            raise ValueError(f"no message of Genesys Engage: expected an event (names: {', '.join(list(record)[:6])})")

    def _mail(self, record: Record) -> Iterator[Event]:
        mail = mails.read(record, self._clock, self._attribute)
        if not mail:
            self._odd(f"interaction record of {text(record, 'mediatype', 'media')[:40] or 'no medium'}")
            return
        key = self._calls.link(mail["parent"]) or mail["parent"] or self._calls.link(mail["id"]) or mail["id"]
        self._calls.join(mail["id"], key)
        yield from mails.events(mail, key)

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


CALLS = InteractionFeed(
    platform="genesys-engage",
    family="stream",
    frame="lines",
    open=_Read,
    tell=tell,
    disorder_seconds=2.0,
    silence_seconds=7200.0,
    sees=frozenset(Act) - {Act.RECORDED},
    media=frozenset(Media),
)
"""Two hours without a word are a call whose end was lost: most talks are shorter. E-mails are told as a whole."""
