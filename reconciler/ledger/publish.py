"""Takes items over: into the inbox those that are new, in one commit with the bookmark of their feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, select, update

from reconciler.ledger.course import Course, id_in, packed, partition_of
from reconciler.ledger.scope import chunks, upsert
from reconciler.ledger.tables import bookmarks, seen, streams
from reconciler.model.event import EVERYBODY
from reconciler.model.stream import Bookmark, Item

Row = tuple[int, bytes, bytes]
"""Partition, key, payload."""


def publish(course: Course, items: Sequence[Item], bookmark: Bookmark | None = None) -> int:
    """How many of the items were new. An item for everybody goes to every partition and counts as one."""
    wanted, origins = _spread(course, items)
    if not wanted and bookmark is None:
        return 0
    with course.database.write() as connection:
        new = _take_over(course, connection, wanted) if wanted else ()
        if bookmark is not None:
            _move(course, connection, bookmark)
    return len({origins.get(id_, id_) for id_ in new}) if origins else len(new)


def put(course: Course, connection: Connection, id_: bytes, row: Row) -> None:
    """Puts an item that is known but waits nowhere at the end of the inbox, as if it were new."""
    last, published = _locked(course, connection)
    number, received, (partition, key, payload) = last + 1, course.now(), row
    course.phrases.put.run(connection, course.stream, partition, number, id_, key, payload, 0, received)
    one = and_(seen.c.stream == course.stream, seen.c.id == id_)
    connection.execute(update(seen).where(one).values(number=number, received=received))
    _advance(course, connection, number, published + 1)


def _spread(course: Course, items: Sequence[Item]) -> tuple[dict[bytes, Row], dict[bytes, bytes]]:
    """Every id once, with where it goes; and whose child it is, for those made of an item for everybody."""
    wanted: dict[bytes, Row] = {}
    origins: dict[bytes, bytes] = {}
    count = course.partitions
    for id_, key, payload in items:
        content = packed(key)
        if key != EVERYBODY:
            wanted.setdefault(id_, (partition_of(content, count), content, payload))
            continue
        children = {id_in(id_, partition): partition for partition in range(count)}
        origins |= dict.fromkeys(children, id_)
        for child, partition in children.items():
            wanted.setdefault(child, (partition, content, payload))
    return wanted, origins


def _take_over(course: Course, connection: Connection, wanted: Mapping[bytes, Row]) -> Sequence[bytes]:
    """The ids that were new, in the order given."""
    last, published = _locked(course, connection)
    received, stream, phrases = course.now(), course.stream, course.phrases
    numbers = range(last + 1, last + 1 + len(wanted))
    noted = phrases.note.run_all(connection, [(stream, id_, n, received) for n, id_ in zip(numbers, wanted, strict=True)])
    if not noted:
        return ()
    new = wanted.keys() if noted == len(wanted) else _noted(connection, stream, list(wanted), last)
    rows = [
        (stream, partition, n, id_, key, payload, 0, received)
        for n, (id_, (partition, key, payload)) in zip(numbers, wanted.items(), strict=True)
        if id_ in new
    ]
    phrases.put.run_all(connection, rows)
    _advance(course, connection, numbers[-1], published + len(rows))
    return [row[3] for row in rows]


def _noted(connection: Connection, stream: int, ids: Sequence[bytes], last: int) -> set[bytes]:
    """Those of the ids that this transaction has noted: others keep an older number."""
    new: set[bytes] = set()
    for part in chunks(ids):
        here = select(seen.c.id).where(seen.c.stream == stream, seen.c.id.in_(part), seen.c.number > last)
        new.update(connection.execute(here).scalars())
    return new


def _locked(course: Course, connection: Connection) -> tuple[int, int]:
    """The last number and how many were published; nobody else publishes until this transaction ends."""
    row = select(streams.c.last, streams.c.published).where(streams.c.number == course.stream).with_for_update()
    last, published = connection.execute(row).one()
    return last, published


def _advance(course: Course, connection: Connection, last: int, published: int) -> None:
    connection.execute(update(streams).where(streams.c.number == course.stream).values(last=last, published=published))


def _move(course: Course, connection: Connection, bookmark: Bookmark) -> None:
    row = {"stream": course.stream, "feed": packed(bookmark.feed), "text": packed(bookmark.text)}
    connection.execute(upsert(connection, bookmarks, ("stream", "feed")), row)
