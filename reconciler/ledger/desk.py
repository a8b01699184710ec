"""What a person sees of the streams of a source, and does to them: what waits, and the quarantine. No worker is needed for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, select

from reconciler.ledger import store
from reconciler.ledger.course import Course, unpacked
from reconciler.ledger.publish import put
from reconciler.ledger.scope import Connections, chunks
from reconciler.ledger.spoken import phrases
from reconciler.ledger.tables import inbox, partitions, quarantine, streams, workers
from reconciler.model.stream import Poison


class Backlog(NamedTuple):
    """What waits in one partition, handed out or not.

    `oldest` is when the first of it was published, in milliseconds since 1970, 0 where nothing waits; `holder` is the name of
    the worker that holds the partition, empty where nobody does.
    """

    partition: int
    waiting: int
    oldest: int
    holder: str


def open(url: str, *, organization: str, source: str, clock: Callable[[], datetime]) -> Desk:  # noqa: A001 - read as `desk.open`
    """The streams of a source in an organisation, in the ledger at `url`; close it when done. See `store.open`."""
    return Desk(store.current(url), organization, source, clock)


@dataclass(frozen=True, slots=True)
class Desk:
    """Every call is one transaction. `stream` is the name of a stream, such as `status`; none means all of the source."""

    _database: Connections
    _organization: str
    _source: str
    _clock: Callable[[], datetime]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives the database back."""
        self._database.close()

    def streams(self) -> list[str]:
        """Names of the streams there are, sorted."""
        with self._database.read() as connection:
            return sorted(connection.execute(select(streams.c.name).where(self._ours())).scalars())

    def backlog(self, stream: str) -> list[Backlog]:
        """What waits, by partition; empty for a stream nobody has opened yet."""
        with self._database.read() as connection:
            number = connection.execute(select(streams.c.number).where(self._ours(stream))).scalar()
            if number is None:
                return []
            waiting = {one: (count, oldest) for one, count, oldest in connection.execute(_waiting(number))}
            holders = {one: name or "" for one, name in connection.execute(_holders(number))}
        return [Backlog(one, *waiting.get(one, (0, 0)), holders[one]) for one in sorted(holders)]

    def quarantined(self, stream: str = "") -> int:
        """How many items are in the quarantine."""
        with self._database.read() as connection:
            return int(connection.execute(self._in_quarantine(stream, func.count())).scalar_one())

    def poison(self, stream: str = "", *, after: int = 0, limit: int = 1_000) -> list[Poison]:
        """What is in the quarantine, oldest first, of numbers above `after`."""
        columns = (quarantine.c.number, quarantine.c.key, quarantine.c.payload, quarantine.c.cause, quarantine.c.tries)
        found = self._in_quarantine(stream, *columns, quarantine.c.since).where(quarantine.c.number > after)
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(quarantine.c.number).limit(limit)).all()
        return [Poison(number, unpacked(key), *rest) for number, key, *rest in rows]

    def replay(self, numbers: Collection[int]) -> list[int]:
        """Puts these back into their streams, at the end, with the same id and no tries; which of them there were.

        What came after them for the same key has been carried out long since: the runner decides what an old event still means.
        """
        with self._database.write() as connection:
            rows = self._removed(connection, numbers)
            for one in rows:
                put(self._course(connection, one), connection, one.id, (one.partition, one.key, one.payload))
        return sorted(row.number for row in rows)

    def drop(self, numbers: Collection[int]) -> list[int]:
        """Removes these for good; which of them there were. Their ids stay known, so that they do not come again."""
        with self._database.write() as connection:
            return sorted(row.number for row in self._removed(connection, numbers))

    def _ours(self, stream: str = "") -> ColumnElement[bool]:
        ours = and_(streams.c.organization == self._organization, streams.c.source == self._source)
        return and_(ours, streams.c.name == stream) if stream else ours

    def _in_quarantine(self, stream: str, *columns: Any) -> Select[Any]:
        numbers = select(streams.c.number).where(self._ours(stream)).scalar_subquery()
        return select(*columns).select_from(quarantine).where(quarantine.c.stream.in_(numbers))

    def _removed(self, connection: Connection, numbers: Collection[int]) -> list[Row[Any]]:
        """Takes rows out of the quarantine, by stream and in their order there; nobody else gets the same ones."""
        columns = (streams.c.partitions.label("shape"), *quarantine.c)
        found: list[Row[Any]] = []
        for part in chunks(sorted(numbers)):
            theirs = select(*columns).join(streams, streams.c.number == quarantine.c.stream).where(self._ours())
            chosen = theirs.where(quarantine.c.number.in_(part)).order_by(quarantine.c.number)
            rows = connection.execute(chosen.with_for_update(of=quarantine)).all()
            connection.execute(delete(quarantine).where(quarantine.c.number.in_([row.number for row in rows])))
            found += rows
        return sorted(found, key=lambda row: (row.stream, row.number))

    def _course(self, connection: Connection, row: Row[Any]) -> Course:
        return Course(self._database, row.stream, row.shape, phrases(connection.dialect.name), self._clock)


def _waiting(stream: int) -> Select[Any]:
    found = select(inbox.c.partition, func.count(), func.min(inbox.c.received))
    return found.where(inbox.c.stream == stream).group_by(inbox.c.partition)


def _holders(stream: int) -> Select[Any]:
    named = select(partitions.c.partition, workers.c.name)
    return named.join(workers, workers.c.number == partitions.c.holder, isouter=True).where(partitions.c.stream == stream)
