"""Items in the hands of a worker, and the right to settle them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from reconciler import errors
from reconciler.ledger.course import Course, packed, unpacked
from reconciler.ledger.tables import memory
from reconciler.model.problem import plain
from reconciler.model.stream import Settled, Taken


@dataclass(slots=True, eq=False)
class Held:
    """A partition in the hands of this worker, from taking it until it is given back or lost.

    `handed` is the highest number handed out, `open` the numbers not settled since. `told`: its memory was handed out. `leaving`:
    it goes to another worker as soon as nothing is open. `gone`: it is no longer ours, for good.
    """

    partition: int
    epoch: int
    holder: int
    handed: int = 0
    open: dict[int, None] = field(default_factory=dict)
    told: bool = False
    leaving: bool = False
    gone: bool = False

    def names(self, course: Course) -> tuple[int, int, int, int]:
        """What has to be in its row while it is ours: stream, partition, epoch, holder."""
        return course.stream, self.partition, self.epoch, self.holder


class SqlLot:
    """`model.stream.Lot` on a database."""

    def __init__(
        self, course: Course, held: Held, is_sure: Callable[[], bool], items: Sequence[Taken], kept: Mapping[str, bytes] | None
    ) -> None:
        self._course, self.held, self._is_sure = course, held, is_sure
        self.partition = held.partition
        self.items = items
        self.memory = kept

    def is_held(self) -> bool:
        """Whether no other worker can have taken the partition over; asks no server."""
        return not self.held.gone and self._is_sure()

    def settle(self, settled: Settled) -> None:
        """Makes it durable, in one commit. Safe to repeat after an error. Raises `Fenced` where the partition is not ours."""
        if settle(self._course, [(self, settled)]):
            raise errors.Fenced(f"partition {self.partition} was taken over by another worker; what this one knew of it is void")


def settle(course: Course, settled: Sequence[tuple[SqlLot, Settled]]) -> list[SqlLot]:
    """Makes several lots durable in one commit; those that are not ours any more, of which nothing is changed.

    Partitions are locked in their order, so that two workers never wait for each other.
    """
    over: list[tuple[Held, set[int]]] = []
    lost = [lot for lot, _ in settled if lot.held.gone]
    ours = sorted(((lot, what) for lot, what in settled if not lot.held.gone), key=lambda one: one[0].partition)
    if not ours:
        return lost
    with course.database.write() as connection:
        for lot, what in ours:
            if course.phrases.hold.run(connection, *lot.held.names(course)).first():
                over.append((lot.held, _settle(course, connection, lot.held, what)))
            else:
                lost.append(lot)
    for lot in lost:
        lot.held.gone = True
    for held, numbers in over:
        for number in numbers:
            held.open.pop(number, None)
    return lost


def waiting(course: Course, connection: Connection, held: Sequence[Held], limit: int) -> tuple[dict[Held, list[Taken]], bool]:
    """The next items of each partition, at most `limit` together and evenly; and whether this is everything."""
    found: dict[Held, list[Taken]] = {one: [] for one in held}
    hungry = list(held)
    while hungry and limit > 0:
        each = max(1, limit // len(hungry))
        asked, hungry = hungry, []
        for one in asked:
            most = min(each, limit)
            after = found[one][-1].number if found[one] else one.handed
            rows: Sequence[Any] = (
                course.phrases.take.run(connection, course.stream, one.partition, after, most).all() if most else []
            )
            found[one] += [Taken(row[0], row[1], unpacked(row[2]), row[3], row[4], row[5]) for row in rows]
            limit -= len(rows)
            if len(rows) == most:
                hungry.append(one)
    return found, not hungry


def remembered(course: Course, connection: Connection, partition: int) -> dict[str, bytes]:
    """Everything that is remembered for a partition."""
    here = select(memory.c.key, memory.c.content).where(memory.c.stream == course.stream, memory.c.partition == partition)
    return {unpacked(key): content for key, content in connection.execute(here)}


def runs(numbers: Collection[int], chosen: Collection[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of `chosen` within `numbers`, which are in order: what a DELETE needs instead of a list."""
    until = max(chosen, default=0)
    first = last = 0
    for number in numbers:
        if number > until:
            break
        if number in chosen:
            first, last = first or number, number
        elif first:
            yield first, last
            first = 0
    if first:
        yield first, last


def _settle(course: Course, connection: Connection, held: Held, settled: Settled) -> set[int]:
    """The numbers that no longer wait."""
    phrases, now = course.phrases, course.now()
    here = (course.stream, held.partition)
    poison = {item.number: cause for item, cause in settled.poison}
    over = {item.number for item in settled.done} | poison.keys()
    phrases.poison.run_all(connection, [(plain(cause), now, *here, number) for number, cause in poison.items()])
    cleared = phrases.clear.run_all(connection, [(*here, first, last) for first, last in runs(held.open, over)])
    if cleared:
        phrases.count.run(connection, cleared, *here)
    kept = [(packed(key), content) for key, content in settled.memory.items()]
    phrases.remember.run_all(connection, [(*here, key, content) for key, content in kept if content])
    phrases.forget.run_all(connection, [(*here, key) for key, content in kept if not content])
    return over
