"""A feed of calls and e-mails: records go in, steps come out as text, and the conversation machine follows every one of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from reconciler.model.event import Event
from reconciler.model.interaction import InteractionFeed, Step
from reconciler.model.mapping import Mapping, parse
from reconciler.model.moment import Clock
from reconciler.model.problem import Place
from reconciler.runners.conversation import closing, follow
from reconciler.runners.conversation_legs import Conversation


class Line:
    """A feed and all its conversations. `start` is what the seconds in texts are counted from, in milliseconds since 1970."""

    def __init__(self, card: InteractionFeed, start: int, mapping: Any = None, *, state: str = "") -> None:
        parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
        assert isinstance(parsed, Mapping), parsed
        self.card = card
        self.start = start
        self.read: Any = card.open(parsed, Clock("UTC"), state)
        self.memories: dict[str, Any] = {}
        self.conversations: dict[str, Conversation] = {}
        self.over: set[str] = set()
        self.odd: list[str] = []

    def events(self, *records: Any) -> list[Event]:
        """What the records say."""
        return [event for record in records for event in self.read(_bytes(record))]

    def tell(self, *events: Event) -> list[str]:
        """A line for every step that is told; each is followed, so that an illegal one raises."""
        lines = []
        for event in events:
            told = self.card.tell(self.memories.get(event.key), event)
            self.memories[event.key] = json.loads(json.dumps(told.memory))
            if told.over:
                self.over.add(event.key)
            if told.odd:
                self.odd.append(told.odd)
            one = self.conversations.get(event.key) or Conversation(told.media, told.tag)
            self.conversations[event.key], _ = follow(one, told.steps)
            lines += [self.shown(step) for step in told.steps]
        return lines

    def told(self, *records: Any) -> str:
        """The steps of records that come one after the other, as text."""
        return "\n".join(self.tell(*self.events(*records)))

    def sorted(self, *records: Any) -> str:
        """The same, put in order of their times first, as a window does."""
        return "\n".join(self.tell(*sorted(self.events(*records), key=lambda event: (event.at, event.order))))

    def shown(self, step: Step) -> str:
        """`12 LEG act word no-word name=value`."""
        said = dict(step.said)
        words = [str(said.pop("party"))] if "party" in said else []
        words += [
            name if value is True else f"no-{name}" if value is False else f"{name}={value}" for name, value in said.items()
        ]
        return " ".join([f"{(step.at - self.start) / 1000:g}", step.leg or "-", str(step.act), *words])

    def is_settled(self) -> bool:
        """Whether nothing is left open anywhere."""
        return all(one.is_settled for one in self.conversations.values())

    def close(self) -> None:
        """Ends by rule what is open."""
        for key, one in self.conversations.items():
            self.conversations[key], _ = follow(one, closing(one, one.at))


def read_all(line: Line, records: list[bytes]) -> list[Event]:
    """The events of records of which some cannot be understood."""
    found: list[Event] = []
    for record in records:
        with suppress(ValueError):
            found += line.read(record)
    return found


def _bytes(record: Any) -> bytes:
    if isinstance(record, bytes):
        return record
    return (record if isinstance(record, str) else json.dumps(record)).encode()
