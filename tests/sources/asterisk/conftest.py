"""Calls of Asterisk, read row by row, and held against the machine that refuses what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest

from reconciler.model.event import EVERYBODY, Event, Memory
from reconciler.model.interaction import Step
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.runners.conversation import closing, follow
from reconciler.runners.conversation_legs import Conversation
from reconciler.sources.asterisk.calls import CALLS

START = 1_790_000_000


class Calls:
    """A feed of calls: its events so far, what is known of each call, and the call as the machine knows it."""

    def __init__(self, agents: Iterable[str] = (), *, zone: str = "UTC", state: str = "") -> None:
        self.read: Any = CALLS.open(Mapping(agents={name: name for name in agents}), Clock(zone), state)
        self.events: list[Event] = []
        self.memory: dict[str, Memory] = {}
        self.machine: dict[str, Conversation] = {}
        self.steps: dict[str, list[Step]] = {}
        self.odd: list[str] = []
        self.over: set[str] = set()

    def tell(self, *lines: str) -> Calls:
        """Reads lines in their order; raises `Illegal` where something cannot be."""
        for line in lines:
            for event in self.read(line.encode()):
                self.hear(event)
        return self

    def hear(self, event: Event) -> None:
        self.events.append(event)
        for key in list(self.memory) if event.key == EVERYBODY else [event.key]:
            told = CALLS.tell(self.memory.get(key), event)
            self.memory[key] = orjson.loads(orjson.dumps(told.memory))
            self.machine[key], _ = follow(self.machine.get(key, Conversation()), told.steps)
            self.steps.setdefault(key, []).extend(told.steps)
            self.odd += [told.odd] if told.odd else []
            self.over |= {key} if told.over else set()

    def close(self) -> Calls:
        """Ends by rule what no row has ended."""
        for key, call in self.machine.items():
            self.machine[key], _ = follow(call, closing(call, call.at + 1000))
        return self

    def shown(self, key: str = "c1") -> str:
        """The steps of a call, a line each, in seconds since `START`."""
        return "\n".join(map(shown, self.steps.get(key, ()))) + "\n"

    @property
    def is_settled(self) -> bool:
        return all(call.is_settled or not call.legs for call in self.machine.values())


def shown(step: Step) -> str:
    said = [str(value) if name == "party" else _word(name, value) for name, value in step.said.items()]
    second = (step.at - START * 1000) / 1000
    return " ".join([f"{second:g}", step.leg or "-", step.act, *said])


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return name if value else f"no-{name}"
    return f"{name}={(value - START * 1000) / 1000:g}" if isinstance(value, int) else f"{name}={value}"


@pytest.fixture(scope="session")
def calls() -> Callable[..., Calls]:
    return Calls
