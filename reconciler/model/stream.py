"""The port events come through: taken over durably, in order per key, handed out at least once. Structural types only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class Item(NamedTuple):
    """An event on its way in.

    `id` names it for ever (16 bytes: six of its time in milliseconds, then a digest), `key` fixes its partition, `payload` is
    what the consumer gets.
    """

    id: bytes
    key: str
    payload: bytes


class Taken(NamedTuple):
    """An item as the stream hands it out.

    `number` grows in the order items were published; `tries` counts earlier hand-outs that ended without being settled;
    `received` is when it was published, in milliseconds since 1970.
    """

    number: int
    id: bytes
    key: str
    payload: bytes
    tries: int
    received: int


class Bookmark(NamedTuple):
    """How far a feed was taken over: its name, and a text that only the feed understands."""

    feed: str
    text: str


class Poison(NamedTuple):
    """An item nobody could use, and why. `number` is its row in the quarantine."""

    number: int
    key: str
    payload: bytes
    cause: str
    tries: int
    since: int


class Settled(NamedTuple):
    """What became of items of one partition; all of it lasts together or not at all.

    `done` are over; `poison` goes to the quarantine with its cause; `memory` is what the consumer wants to find again, by key
    (empty bytes forget it).
    """

    done: Sequence[Taken] = ()
    poison: Sequence[tuple[Taken, str]] = ()
    memory: Mapping[str, bytes] = {}


class Lot(Protocol):
    """Items of one partition, in the order they were published, and the right to settle them."""

    @property
    def partition(self) -> int:
        """Which partition."""
        ...

    @property
    def items(self) -> Sequence[Taken]:
        """Items not handed out to this worker before; they stay with it until settled."""
        ...

    @property
    def memory(self) -> Mapping[str, bytes] | None:
        """What was remembered for this partition, when it has just been taken over from nobody or another worker, else None.

        Whatever a worker knew of the partition before is void then.
        """
        ...

    def is_held(self) -> bool:
        """Whether the partition is surely still this worker's; asked right before anything is sent for it. Asks no server.

        No is no farewell: after a pause or while the server is away it is not sure, and it may be again after the next
        `consume`. Keep the items until then, or until `settle`, which may be empty, says that the partition is another worker's.
        """
        ...

    def settle(self, settled: Settled) -> None:
        """Makes it durable, in one commit.

        Raises `Fenced` where another worker has the partition now; nothing is changed then.
        """
        ...


class Stream(Protocol):
    """Events taken over durably, in order per key, handed out at least once. Opened by its adapter; the other three calls.

    Several workers, on one machine or many, open the same stream: each holds some partitions, and takes over those of a worker
    that is gone. Every call returns when what it did is durable.
    """

    def publish(self, items: Sequence[Item], bookmark: Bookmark | None = None) -> int:
        """How many of these were new; the others, the same ids, are suppressed. The bookmark moves in the same commit."""
        ...

    def consume(self, limit: int) -> Sequence[Lot]:
        """What is waiting in the partitions this worker holds, at most `limit` items; never waits.

        Renews the worker's leases, takes free partitions and gives back what is more than its share. Call it at least every
        second; a lot without items but with memory tells of a partition just taken over.
        """
        ...

    def settle(self, settled: Mapping[int, Settled]) -> Collection[int]:
        """Makes durable what became of items of several partitions, in one commit.

        The partitions that another worker has now are the answer; of them nothing is changed.
        """
        ...

    def close(self) -> None:
        """Gives back partitions and token slots at once."""
        ...

    def bookmark(self, feed: str) -> str:
        """How far the feed was taken over; empty where it never was."""
        ...

    def slots(self) -> Sequence[int]:
        """The token slots this worker surely holds now: each is a fixed share of the request budget of all workers together."""
        ...

    def waiting(self) -> int:
        """How many items wait, in all partitions, handed out or not."""
        ...
