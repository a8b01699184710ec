"""Forgets ids that are settled and old, a few thousand at a time, so that what is known stays as large as the retention."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select

from reconciler.ledger.course import Course
from reconciler.ledger.tables import inbox, partitions, quarantine, seen

STEP = 5_000  # rows looked at in one commit; every 2.5 s that is 170 million a day
MILLISECOND = timedelta(milliseconds=1)


class Forgetting:
    """Walks through the ids from the oldest on, and starts again where they are young.

    The order is that of the events' own times, the age that of their publishing: old events that were taken over lately are
    passed by. What waits or is in the quarantine is never forgotten, however old.
    """

    def __init__(self, course: Course, retention: timedelta) -> None:
        self._course, self._retention = course, retention // MILLISECOND
        self._after = b""

    def some(self, step: int = STEP) -> int:
        """How many were forgotten; looks at `step` of them, and goes on from there next time."""
        until = self._course.now() - self._retention
        if until <= 0:
            return 0
        young = until.to_bytes(6, "big")
        later = (seen.c.stream == self._course.stream, seen.c.id > self._after, seen.c.id < young)
        with self._course.database.read() as connection:
            last = connection.execute(select(seen.c.id).where(*later).order_by(seen.c.id).limit(1).offset(step - 1)).scalar()
            if last is None and not connection.execute(select(seen.c.id).where(*later).limit(1)).scalar():
                self._after = b""
                return 0
        some = and_(*later, seen.c.id <= last) if last else and_(*later)
        with self._course.database.write() as connection:
            gone = connection.execute(delete(seen).where(some, *self._over(connection, until))).rowcount
        self._after = last or b""
        return gone

    def _over(self, connection: Connection, until: int) -> tuple[ColumnElement[bool], ...]:
        """Conditions of an id that is settled and old."""
        poison = exists().where(quarantine.c.stream == seen.c.stream, quarantine.c.id == seen.c.id)
        old = (seen.c.received < until, ~poison)
        oldest = _oldest(self._course, connection)
        return old if oldest is None else (*old, seen.c.number < oldest)


def _oldest(course: Course, connection: Connection) -> int | None:
    """The lowest number that waits; one look per partition instead of one at everything."""
    first = select(func.min(inbox.c.number)).where(inbox.c.stream == course.stream, inbox.c.partition == partitions.c.partition)
    each = (
        select(first.correlate(partitions).scalar_subquery().label("number"))
        .where(partitions.c.stream == course.stream)
        .subquery()
    )
    found = connection.execute(select(func.min(each.c.number))).scalar()
    return None if found is None else int(found)
