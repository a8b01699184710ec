"""What a stream's adapter must offer to be tested: the conformance suite uses this and the port, and nothing else.

Another adapter joins by fulfilling `Adapter` and by one more entry in the fixture `adapter`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from reconciler.ledger import inbox
from reconciler.ledger.crew import Terms
from reconciler.model.stream import Item, Stream

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
PARTITIONS, SLOTS = 4, 6
TTL = 10.0


class Hands:
    """The time of one worker: seconds of its own clock and the time of day, moved by the test; each may be paused alone."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds
        self.since = seconds

    def monotonic(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.seconds - self.since)


class Adapter(Protocol):
    """One kind of stream, and its server where there is one. Every `open` of one adapter leads to the same stream."""

    def open(self, worker: str, hands: Hands, *, retention: timedelta = ..., tries: int = ...) -> Stream:
        """The stream as a worker sees it, with PARTITIONS, SLOTS and TTL; its time comes from `hands` alone."""
        ...

    def stop_server(self) -> None:
        """Kills the server without giving it time for anything."""
        ...

    def start_server(self) -> None:
        """Starts it again on the same data; returns when it answers."""
        ...


@dataclass
class Sql:
    """The adapter on a ledger's database."""

    url: str
    stop_server: Callable[[], None] = lambda: None
    start_server: Callable[[], None] = lambda: None
    opened: list[Stream] = field(default_factory=list)

    def open(self, worker: str, hands: Hands, *, retention: timedelta = timedelta(hours=48), tries: int = 5) -> Stream:
        whose = {"organization": "org", "source": "acme", "name": "status", "worker": worker}
        terms = Terms(ttl=TTL, margin=2.0, tries=tries)
        times = {"monotonic": hands.monotonic, "clock": hands.clock, "retention": retention}
        stream = inbox.open(self.url, partitions=PARTITIONS, slots=SLOTS, terms=terms, **whose, **times)
        self.opened.append(stream)
        return stream


def item(number: int, key: str = "ann", payload: bytes = b"{}") -> Item:
    """The item with this number; ids begin with their time."""
    return Item((1_790_000_000_000 + number).to_bytes(6, "big") + number.to_bytes(10, "big"), key, payload)
