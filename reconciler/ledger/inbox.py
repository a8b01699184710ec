"""Opens a stream on the ledger's database: events taken over, handed out in order per key to whoever holds their partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import func, select

from reconciler import errors
from reconciler.ledger import store
from reconciler.ledger.course import Course, found, packed, unpacked
from reconciler.ledger.crew import Crew, Terms, Worker
from reconciler.ledger.forget import Forgetting
from reconciler.ledger.lots import Held, SqlLot, remembered, settle, waiting
from reconciler.ledger.process import Processes
from reconciler.ledger.publish import publish
from reconciler.ledger.spoken import phrases
from reconciler.ledger.tables import bookmarks, partitions, streams
from reconciler.model.stream import Bookmark, Item, Settled, Taken


def open(  # noqa: A001, PLR0913 - read as `inbox.open`; who, where and by which clocks is that much
    url: str,
    *,
    organization: str,
    source: str,
    name: str,
    partitions: int,
    worker: str,
    slots: int,
    monotonic: Callable[[], float],
    clock: Callable[[], datetime],
    retention: timedelta = timedelta(hours=48),
    terms: Terms | None = None,
    processes: Processes | None = None,
) -> SqlStream:
    """The stream `name` of a source in an organisation, in the ledger at `url`, as `worker` (a name for people) sees it.

    All workers say the same `partitions`, `slots` and `terms`. There should be at least as many slots as workers: who holds none
    may send nothing. `monotonic` gives seconds, and should go on while the machine sleeps (CLOCK_BOOTTIME where there is
    one); `clock` gives aware datetimes. An id is known until it is settled and `retention` has passed since it was published.
    Raises `ConfigurationError` for a database that cannot be used, and for another number of partitions than the stream has.
    """
    database = store.current(url)
    try:
        stream = found(database, (organization, source, name), (partitions, slots))
        with database.read() as connection:
            spoken = phrases(connection.dialect.name)
    except BaseException:
        database.close()
        raise
    course = Course(database, stream, partitions, spoken, clock)
    one = Worker(worker, slots, monotonic, processes or Processes(), terms or Terms())
    return SqlStream(course, Crew(course, one), Forgetting(course, retention))


class SqlStream:
    """`model.stream.Stream` on a database.

    `publish`, `bookmark` and `waiting` may be called by any thread; `consume`, `settle` of its lots and `close` by one at a time.
    Raises `ConfigurationError` or `Locked` where the database fails: then nothing was lost, and the same call may be repeated.
    """

    def __init__(self, course: Course, crew: Crew, forgetting: Forgetting) -> None:
        self._course, self._crew, self._forgetting = course, crew, forgetting
        self._drained, self._turn = -1, 0
        self._before: Sequence[Held] = ()
        self._lots: dict[int, SqlLot] = {}

    def publish(self, items: Sequence[Item], bookmark: Bookmark | None = None) -> int:
        """How many of these were new; the others, the same ids, are suppressed. The bookmark moves in the same commit."""
        return publish(self._course, items, bookmark)

    def consume(self, limit: int) -> Sequence[SqlLot]:
        """What is waiting in the partitions this worker holds, at most `limit` items; never waits."""
        if self._crew.keep() and self._crew.holds(0):  # one worker does it for all
            self._forgetting.some()
        held = self._crew.held()
        with self._course.database.read() as connection:
            last = connection.execute(select(streams.c.last).where(streams.c.number == self._course.stream)).scalar_one()
            if last == self._drained and held == self._before and all(one.told for one in held):
                return []
            found, is_drained = waiting(self._course, connection, self._turned(held), limit)
            kept = {one: None if one.told else remembered(self._course, connection, one.partition) for one in held}
        lots = [
            SqlLot(self._course, one, self._crew.is_sure, found[one], kept[one]) for one in found if found[one] or not one.told
        ]
        handed = self._hand_out(found)
        self._drained, self._before = last if is_drained else -1, held
        told = [lot for lot in lots if lot.held in handed]
        self._lots |= {lot.partition: lot for lot in told}
        return told

    def _turned(self, held: Sequence[Held]) -> list[Held]:
        """The same, beginning with another one each time, so that a small limit serves all of them."""
        self._turn += 1
        start = self._turn % len(held) if held else 0
        return [*held[start:], *held[:start]]

    def _hand_out(self, found: Mapping[Held, Sequence[Taken]]) -> set[Held]:
        """Notes durably how far each partition was handed out, in order of partitions; those that are still ours."""
        marks = sorted((one for one, items in found.items() if items), key=lambda one: one.partition)
        lost = self._lost(found, marks) if marks else []
        for one in lost:
            self._crew.drop(one)
        handed = found.keys() - lost
        for one in handed:
            one.told = True
            one.open |= dict.fromkeys(item.number for item in found[one])
            one.handed = found[one][-1].number if found[one] else one.handed
        return handed

    def _lost(self, found: Mapping[Held, Sequence[Taken]], marks: Sequence[Held]) -> list[Held]:
        mark = self._course.phrases.mark
        with self._course.database.write() as connection:
            return [one for one in marks if not mark.run(connection, found[one][-1].number, *one.names(self._course)).rowcount]

    def settle(self, settled: Mapping[int, Settled]) -> set[int]:
        """Makes durable what became of items of several partitions, in one commit; those of them that are not ours any more."""
        return {lot.partition for lot in settle(self._course, [(self._lots[one], what) for one, what in settled.items()])}

    def close(self) -> None:
        """Gives back partitions and token slots at once, and the database; what cannot be given back runs out by itself."""
        try:
            with suppress(errors.ReconcilerError):
                self._crew.leave()
        finally:
            self._course.database.close()

    def bookmark(self, feed: str) -> str:
        """How far the feed was taken over; empty where it never was."""
        here = select(bookmarks.c.text).where(bookmarks.c.stream == self._course.stream, bookmarks.c.feed == packed(feed))
        with self._course.database.read() as connection:
            content = connection.execute(here).scalar()
        return unpacked(content) if content else ""

    def slots(self) -> Sequence[int]:
        """The token slots this worker surely holds now."""
        return self._crew.slots()

    def waiting(self) -> int:
        """How many items wait, in all partitions, handed out or not."""
        settled = select(func.sum(partitions.c.settled)).where(partitions.c.stream == self._course.stream).scalar_subquery()
        left = select(streams.c.published - settled).where(streams.c.number == self._course.stream)
        with self._course.database.read() as connection:
            return int(connection.execute(left).scalar_one())
