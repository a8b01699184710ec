"""The workers of one stream: who is alive, and which partitions and token slots this one holds.

A worker is a row with a beat; whatever it holds, it holds while the beat moves. Taking over is two steps: the row of a worker
that is gone goes away and frees what it held (`bury`), and whoever holds less than its share takes what is free. A worker that
wakes finds its row missing, and its epoch in no partition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, func, insert, select, update

from reconciler.ledger.bury import bury
from reconciler.ledger.course import Course
from reconciler.ledger.lots import Held
from reconciler.ledger.process import Process, Processes
from reconciler.ledger.share import Watch, share
from reconciler.ledger.tables import partitions, slots, workers

KEEPING = 1_917_305  # a number of our own for the advisory lock; other programs may share the database


@dataclass(frozen=True, slots=True)
class Terms:
    """What all workers of a stream agree on.

    For how many seconds a silent worker keeps what it holds (`ttl`), how much earlier it stops believing so itself (`margin`),
    and how often an item is taken up without being settled before it goes to the quarantine (`tries`).
    """

    ttl: float = 10.0
    margin: float = 2.0
    tries: int = 5


@dataclass(frozen=True, slots=True)
class Worker:
    """Who consumes: a name for people, seconds of its own clock, its view of processes, and the token slots of all together."""

    name: str
    slots: int
    monotonic: Callable[[], float]
    processes: Processes
    terms: Terms


class Crew:
    """One worker among those of a stream."""

    def __init__(self, course: Course, worker: Worker) -> None:
        self._course, self._worker, self._terms = course, worker, worker.terms
        self._monotonic, self._processes = worker.monotonic, worker.processes
        self._watch = Watch(worker.terms.ttl)
        self._me = 0
        self._held: dict[int, Held] = {}
        self._slots: list[int] = []
        self._sure_until = self._due_at = float("-inf")

    def is_sure(self) -> bool:
        """Whether nobody can have buried this worker."""
        return self._monotonic() < self._sure_until

    def slots(self) -> list[int]:
        """The token slots that are surely ours."""
        return list(self._slots) if self.is_sure() else []

    def held(self) -> list[Held]:
        """The partitions whose items may be handed out, in order."""
        return [self._held[number] for number in sorted(self._held) if not self._held[number].leaving]

    def holds(self, partition: int) -> bool:
        """Whether this partition is ours."""
        return partition in self._held

    def drop(self, held: Held) -> None:
        """Forgets a partition that turned out to be another worker's."""
        held.gone = True
        self._held = {number: one for number, one in self._held.items() if one is not held}

    def keep(self) -> bool:
        """Shows that we live, buries who does not, takes free partitions and slots up to our share, gives back what is more.

        Does nothing, and says so, while it is not due.
        """
        now = self._monotonic()
        drained = any(held.leaving and not held.open for held in self._held.values())
        if now < self._due_at and not drained:
            return False
        with self._course.database.write() as connection:
            one_at_a_time(self._course, connection)
            me = self._appear(connection)
            live = [me, *self._living(connection, me, now)]
            held = self._partitions(connection, me, share(self._course.partitions, me, live))
            kept = self._kept_slots(connection, me, share(self._worker.slots, me, live))
        self._me, self._held, self._slots = me, held, kept
        self._sure_until = now + self._terms.ttl - self._terms.margin
        is_short = len(held) < share(self._course.partitions, me, live) or len(kept) < share(self._worker.slots, me, live)
        self._due_at = now + self._terms.ttl / (10 if is_short else 4)
        return True

    def leave(self) -> None:
        """Gives everything back at once, as a worker that ends."""
        me, self._me = self._me, 0
        self._lose()
        if not me:
            return
        with self._course.database.write() as connection:
            one_at_a_time(self._course, connection)
            connection.execute(delete(workers).where(workers.c.number == me))
            _release(
                connection, partitions, and_(partitions.c.stream == self._course.stream, partitions.c.holder == me), handed=0
            )
            _release(connection, slots, and_(slots.c.stream == self._course.stream, slots.c.holder == me))

    def _lose(self) -> None:
        for held in self._held.values():
            held.gone = True
        self._held, self._slots, self._due_at = {}, [], float("-inf")

    def _appear(self, connection: Connection) -> int:
        """Our number, with a new beat; a new number where we were buried or never were."""
        if self._me:
            mine = update(workers).where(workers.c.number == self._me).values(beat=workers.c.beat + 1)
            if connection.execute(mine).rowcount:
                return self._me
            self._lose()
        process = self._processes.me()
        row = {"host": process.host, "pid": process.pid, "started": process.started, "name": self._worker.name, "beat": 0}
        key = connection.execute(insert(workers).values(stream=self._course.stream, **row)).inserted_primary_key
        return int(key[0]) if key else 0

    def _living(self, connection: Connection, me: int, now: float) -> list[int]:
        """The other workers, after those that are gone were buried."""
        others = select(workers).where(workers.c.stream == self._course.stream, workers.c.number != me).order_by(workers.c.number)
        rows = {row.number: row for row in connection.execute(others)}
        gone = self._watch.silent({number: row.beat for number, row in rows.items()}, now)
        gone |= {number for number, row in rows.items() if self._is_dead(row)}
        for number in sorted(gone):
            bury(self._course, connection, number, self._terms.tries)
        return [number for number in rows if number not in gone]

    def _is_dead(self, row: Row[Any]) -> bool:
        """Whether its process ran on this machine since it booted and is no more: hosts may share a name, not a boot."""
        mine, other = self._processes.me(), Process(row.host, row.pid, row.started)
        boots = {one.started.partition(" ")[0] for one in (mine, other)}
        return mine.host == other.host and len(boots) == 1 and not self._processes.lives(other)

    def _partitions(self, connection: Connection, me: int, due: int) -> dict[int, Held]:
        """What we hold afterwards. What is given back is gone before it is, so that nobody sends for it meanwhile."""
        table, stream = partitions, self._course.stream
        every = (
            select(table.c.partition, table.c.epoch, table.c.holder).where(table.c.stream == stream).order_by(table.c.partition)
        )
        rows = connection.execute(every).all()
        epochs = {row.partition: row.epoch for row in rows if row.holder == me}
        ours = {number: held for number, held in self._held.items() if epochs.get(number) == held.epoch}
        for held in self._held.values():
            held.gone |= held.partition not in ours
        for number in _surplus(ours, len(epochs) - due):
            ours.pop(number).gone = True
            _release(connection, table, and_(table.c.stream == stream, table.c.partition == number), handed=0)
        # A row that names us without our knowing comes from a commit whose answer was lost: taken again, with a new epoch.
        stray = [number for number in epochs if number not in self._held]
        free = [row.partition for row in rows if row.holder is None]
        wanted = [*stray, *free[: max(0, due - len(epochs))]]
        before = {row.partition: row.epoch for row in rows}
        return ours | {number: self._take(connection, number, before[number] + 1, me) for number in wanted}

    def _take(self, connection: Connection, number: int, epoch: int, me: int) -> Held:
        here = and_(partitions.c.stream == self._course.stream, partitions.c.partition == number)
        connection.execute(update(partitions).where(here).values(holder=me, epoch=epoch, handed=0))
        return Held(number, epoch, me)

    def _kept_slots(self, connection: Connection, me: int, due: int) -> list[int]:
        """The slots we hold afterwards; one that is given back is out of use before it is."""
        table = slots
        here = and_(table.c.stream == self._course.stream, table.c.number < self._worker.slots)
        rows = connection.execute(select(table.c.number, table.c.holder).where(here).order_by(table.c.number)).all()
        ours = [row.number for row in rows if row.holder == me]
        free = [row.number for row in rows if row.holder is None]
        kept, surplus, taken = ours[:due], ours[due:], free[: max(0, due - len(ours))]
        self._slots = [number for number in self._slots if number in kept]
        _release(connection, table, and_(here, table.c.number.in_(surplus)))
        connection.execute(update(table).where(here, table.c.number.in_(taken)).values(holder=me))
        return sorted([*kept, *taken])


def one_at_a_time(course: Course, connection: Connection) -> None:
    """Waits until no other worker of the stream changes who holds what; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(KEEPING, course.stream)))


def _surplus(ours: Mapping[int, Held], count: int) -> Collection[int]:
    """Partitions to give back now; where they have open items, they are marked as leaving instead."""
    order: Sequence[Held] = sorted(ours.values(), key=lambda held: (bool(held.open), -held.partition))
    chosen = order[: max(0, count)]
    for held in order:
        held.leaving = held in chosen
    return [held.partition for held in chosen if not held.open]


def _release(connection: Connection, table: Table, which: ColumnElement[bool], **more: int) -> None:
    connection.execute(update(table).where(which).values(holder=None, **more))
