"""A look at a stream that leaves no trace: what it remembers, how far its feeds were taken over, what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Select, select

from reconciler.ledger import store
from reconciler.ledger.course import unpacked
from reconciler.ledger.tables import bookmarks, inbox, memory, streams
from reconciler.model.stream import Item


class Glance(NamedTuple):
    """A stream at one moment.

    Partition → key → what is remembered; feed → bookmark; (partition, item) of what is not settled, in order.
    """

    memory: Mapping[int, Mapping[str, bytes]]
    bookmarks: Mapping[str, str]
    waiting: Sequence[tuple[int, Item]]


def glance(url: str, *, organization: str, source: str, name: str) -> Glance:
    """The stream `name` of a source in an organisation, in the ledger at `url`; empty where there is none yet."""
    database = store.current(url)
    try:
        with database.read() as connection:
            ours = (streams.c.organization == organization, streams.c.source == source, streams.c.name == name)
            return _seen(connection, select(streams.c.number).where(*ours))
    finally:
        database.close()


def _seen(connection: Connection, stream: Select[tuple[int]]) -> Glance:
    known: defaultdict[int, dict[str, bytes]] = defaultdict(dict)
    here = stream.scalar_subquery()
    for partition, key, content in connection.execute(
        select(memory.c.partition, memory.c.key, memory.c.content).where(memory.c.stream == here)
    ):
        known[partition][unpacked(key)] = content
    marks = connection.execute(select(bookmarks.c.feed, bookmarks.c.text).where(bookmarks.c.stream == here))
    rows = connection.execute(
        select(inbox.c.partition, inbox.c.id, inbox.c.key, inbox.c.payload).where(inbox.c.stream == here).order_by(inbox.c.number)
    )
    return Glance(
        known,
        {unpacked(feed): unpacked(text) for feed, text in marks},
        [(partition, Item(one, unpacked(key), payload)) for partition, one, key, payload in rows],
    )
