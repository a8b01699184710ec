"""Ends a worker that is gone: frees what it held, and puts away what it never managed to settle."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, literal, select, update

from reconciler.ledger.course import Course
from reconciler.ledger.tables import inbox, partitions, quarantine, slots, workers

MOVED = ("stream", "partition", "id", "key", "payload", "tries")


def bury(course: Course, connection: Connection, worker: int, tries: int) -> None:
    """Removes the worker and frees its partitions and slots.

    What was handed out to it has been taken up once more in vain; after `tries` times it goes to the quarantine. Belongs into
    the transaction that found the worker gone: nobody may wake up in between.
    """
    connection.execute(delete(workers).where(workers.c.number == worker))
    theirs = and_(partitions.c.stream == course.stream, partitions.c.holder == worker)
    held = select(partitions.c.partition, partitions.c.handed).where(theirs).order_by(partitions.c.partition).with_for_update()
    for partition, handed in connection.execute(held).all():
        tried = and_(inbox.c.stream == course.stream, inbox.c.partition == partition, inbox.c.number <= handed)
        connection.execute(update(inbox).where(tried).values(tries=inbox.c.tries + 1))
        _put_away(course, connection, partition, and_(tried, inbox.c.tries >= tries))
    connection.execute(update(partitions).where(theirs).values(holder=None, handed=0))
    connection.execute(update(slots).where(slots.c.stream == course.stream, slots.c.holder == worker).values(holder=None))


def _put_away(course: Course, connection: Connection, partition: int, worn: ColumnElement[bool]) -> None:
    cause = literal("taken up ") + inbox.c.tries.cast(quarantine.c.cause.type) + literal(" times, never settled")
    found = select(*(inbox.c[name] for name in MOVED), cause, literal(course.now(), quarantine.c.since.type)).where(worn)
    connection.execute(insert(quarantine).from_select([*MOVED, "cause", "since"], found))
    moved = connection.execute(delete(inbox).where(worn)).rowcount  # not the insert's: PostgreSQL's driver does not tell it
    if moved:
        course.phrases.count.run(connection, moved, course.stream, partition)
