"""What a runner is made of: its feeds, what it knows, how it compares, and how it shall run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.feeds.chunk import Chunk
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change
from reconciler.model.event import Ids, Read, Told
from reconciler.model.moment import FIRST
from reconciler.pipeline.reader import Reader
from reconciler.pipeline.tally import Report
from reconciler.runners.counts import Counts
from reconciler.runners.pending import Pending
from reconciler.runners.window import Due
from reconciler.telemetry.running import RunnerMetrics


class Tracker(Protocol):
    """What a runner knows of agents or conversations, and what it makes of an item; see `runners`."""

    def know(self, partition: int, memory: Mapping[str, bytes]) -> None:
        """Takes a partition over, with all that is remembered of it."""
        ...

    def forget(self, partition: int) -> None:
        """Another worker has the partition now."""
        ...

    def home(self, key: str) -> int | None:
        """The partition a key belongs to."""
        ...

    def take(self, due: Due) -> list[Told]:
        """What an item changes."""
        ...

    def skip(self, due: Due) -> list[Told]:
        """An item that is over without changing anything."""
        ...

    def tick(self, now: int) -> list[Told]:
        """What time alone changes."""
        ...

    def rest(self) -> None:
        """Makes small what has been quiet, whatever is still to come: much is being caught up with."""
        ...

    @property
    def counts(self) -> Counts:
        """What it has met so far."""
        ...


@dataclass(slots=True)
class Inlet:
    """A feed that is open: its name, its chunks, what understands its lines, and how far those told of reach.

    `reached` is the time of the last event, in milliseconds since 1970.
    """

    name: str
    chunks: AsyncIterator[Chunk]
    reader: Reader
    reached: int = FIRST


@dataclass(frozen=True, slots=True)
class Craft:
    """What makes a runner the one it is.

    `source` is our authority, `ids` what its changes refer to, `tracker` is made from what is pending. `read` makes a fresh
    reader, for records that are tried again; `key` translates the feed's name of an agent. `heal` compares with Genesys
    Cloud and answers what has to be told, but for keys of whom something is held that was not taken yet; None where there is
    nothing to compare. `corrects`: that counts as corrections.
    `disorder` is in milliseconds. `mirror` puts what only this runner counts into the report.
    """

    source: str
    ids: Ids
    tracker: Callable[[Pending], Tracker]
    read: Callable[[], Read]
    key: Callable[[str], str] = lambda key: key
    heal: Callable[[Tracker, Report, frozenset[str]], Awaitable[list[Told]]] | None = None
    disorder: int = 0
    corrects: bool = True
    mirror: Callable[[Tracker, Report], None] = lambda _tracker, _report: None


@dataclass(frozen=True, slots=True)
class Mode:
    """How to run: `once` reads what is there and ends. `heal` every so many seconds.

    `told` hears that something has changed in the report, `trouble` what it goes on after; `stopping` is asked whether to end.
    `planned` hears of every change instead of Genesys Cloud, which is told nothing.
    """

    once: bool = False
    heal: float = 300.0
    planned: Callable[[Change], None] | None = None
    metrics: RunnerMetrics = field(default_factory=lambda: RunnerMetrics("status"))
    told: Callable[[Report], None] = lambda _report: None
    trouble: Callable[[str], None] = lambda _text: None
    stopping: Callable[[], bool] = lambda: False


async def nothing(call: Call) -> Answer:  # noqa: ARG001 - the shape of a Send
    """The answer to a request nobody sends: everything was taken."""
    return Answer(200)
