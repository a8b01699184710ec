"""What a stream's adapter must offer to be tested: the conformance suite (`test_stream_*`) uses this and the port, nothing else.

Another adapter joins by fulfilling `Adapter`, by one more line in `reopen`, and by one more entry in the fixture `adapter`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from reconciler.ledger import inbox
from reconciler.ledger.crew import Terms
from reconciler.ledger.process import Process, Processes
from reconciler.model.stream import Item, Stream

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
PARTITIONS, SLOTS = 4, 6
TTL = 10.0
KEYS = tuple(f"agent-{number}" for number in range(40))


class Time(Protocol):
    """The time of one worker."""

    def monotonic(self) -> float:
        """Seconds of its own clock."""
        ...

    def clock(self) -> datetime:
        """The time of day."""
        ...


class Hands:
    """Time that the test moves."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds
        self.since = seconds

    def monotonic(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.seconds - self.since)


class Real:
    """Time as it passes."""

    def monotonic(self) -> float:
        return time.monotonic()

    def clock(self) -> datetime:
        return datetime.now(UTC)


class Adapter(Protocol):
    """One kind of stream, and its server where it has one. Every `open` of one adapter leads to the same stream.

    `stop_server` kills the server without giving it time for anything, `start_server` starts it on the same data and returns
    when it answers; both are None where there is no server.
    """

    stop_server: Callable[[], None] | None
    start_server: Callable[[], None] | None

    @property
    def recipe(self) -> Mapping[str, Any]:
        """What `reopen` needs, as JSON data."""
        ...

    def another(self) -> Adapter:
        """The same with another stream, which is empty."""
        ...

    def close(self) -> None:
        """Closes whatever was opened."""
        ...

    def open(self, worker: str, times: Time, **more: Any) -> Stream:
        """The stream as a worker sees it, with PARTITIONS and SLOTS; its time comes from `times` alone.

        `more` may be `retention` (48 hours), `tries` (5), `ttl` (seconds a silent worker keeps what it holds, else TTL; the last
        fifth of it the worker itself no longer counts on) and `machine` (the worker believes to run there, else here).
        """
        ...


@dataclass
class Sql:
    """The adapter on a ledger's database."""

    url: str
    stop_server: Callable[[], None] | None = None
    start_server: Callable[[], None] | None = None
    name: str = "status"
    opened: list[Stream] = field(default_factory=list)
    others: list[Sql] = field(default_factory=list)

    @property
    def recipe(self) -> Mapping[str, Any]:
        return {"kind": "sql", "url": self.url, "name": self.name}

    def another(self) -> Sql:
        self.others.append(Sql(self.url, self.stop_server, self.start_server, f"{self.name}-{len(self.others)}"))
        return self.others[-1]

    def close(self) -> None:
        for one in (*self.opened, *self.others):
            one.close()
        self.opened, self.others = [], []

    def open(self, worker: str, times: Time, **more: Any) -> Stream:
        whose = {"organization": "org", "source": "acme", "name": self.name, "worker": worker}
        ttl = more.pop("ttl", TTL)
        terms = Terms(ttl=ttl, margin=ttl / 5, tries=more.pop("tries", 5))
        processes = Elsewhere(more.pop("machine", ""))
        clocks = {"monotonic": times.monotonic, "clock": times.clock}
        shape = {"partitions": PARTITIONS, "slots": SLOTS}
        stream = inbox.open(self.url, terms=terms, processes=processes, **whose, **clocks, **shape, **more)
        self.opened.append(stream)
        return stream


class Elsewhere(Processes):
    """The processes of this machine, under the name of another one."""

    def __init__(self, machine: str) -> None:
        super().__init__()
        self._machine = machine

    def me(self) -> Process:
        return replace(super().me(), host=self._machine) if self._machine else super().me()


def reopen(recipe: Mapping[str, Any]) -> Adapter:
    """The adapter behind a recipe, in another process."""
    kinds: dict[str, Callable[[], Adapter]] = {"sql": lambda: Sql(recipe["url"], name=recipe["name"])}
    return kinds[recipe["kind"]]()


def item(number: int, key: str = "ann", payload: bytes = b"{}") -> Item:
    """The item with this number; ids begin with their time."""
    return Item((1_790_000_000_000 + number).to_bytes(6, "big") + number.to_bytes(10, "big"), key, payload)


def items(first: int, count: int) -> list[Item]:
    """Consecutive items, for all KEYS in turn."""
    return [item(number, KEYS[number % len(KEYS)]) for number in range(first, first + count)]


def number_of(id_: bytes) -> int:
    """Which item this is."""
    return int.from_bytes(id_[6:], "big")
