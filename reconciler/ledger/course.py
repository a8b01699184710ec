"""What every part of one stream shares: its database, number and shape; and how texts and keys become what the tables hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zlib import crc32

from sqlalchemy import Connection, and_, insert, select
from sqlalchemy.exc import IntegrityError

from reconciler import errors
from reconciler.ledger.scope import Connections, upsert
from reconciler.ledger.spoken import Phrases
from reconciler.ledger.tables import partitions, slots, streams

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Course:
    """One stream in one database. `clock` gives aware datetimes."""

    database: Connections
    stream: int
    partitions: int
    phrases: Phrases
    clock: Callable[[], datetime]

    def now(self) -> int:
        """Milliseconds since 1970."""
        return milliseconds(self.clock())


def milliseconds(moment: datetime) -> int:
    """An aware moment as the tables of streams keep it: milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def packed(text: str) -> bytes:
    """A text from outside as UTF-8; half a surrogate pair, which some exports hold, goes through unharmed."""
    return text.encode("utf-8", "surrogatepass")


def unpacked(content: bytes) -> str:
    """The text behind `packed`."""
    return content.decode("utf-8", "surrogatepass")


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a packed key; the same on every machine and in every release."""
    return crc32(key) % partitions


def id_in(id_: bytes, partition: int) -> bytes:
    """What an item for everybody is called in one partition: its time stays in front."""
    return id_[:6] + blake2b(id_ + partition.to_bytes(4, "big"), digest_size=10).digest()


def found(database: Connections, name: tuple[str, str, str], shape: tuple[int, int]) -> int:
    """The number of the stream (organisation, source, name), made where it is missing, with (partitions, slots).

    Raises `ConfigurationError` where it has another number of partitions: keys would change theirs while items wait.
    """
    try:
        with database.write() as connection:
            return _found(connection, name, shape, database.place)
    except IntegrityError:  # PostgreSQL: another worker made it at the same moment
        with database.write() as connection:
            return _found(connection, name, shape, database.place)


def _found(connection: Connection, name: tuple[str, str, str], shape: tuple[int, int], place: str) -> int:
    organization, source, title = name
    one = and_(streams.c.organization == organization, streams.c.source == source, streams.c.name == title)
    row = connection.execute(select(streams.c.number, streams.c.partitions).where(one)).first()
    if row and row.partitions != shape[0]:
        raise errors.ConfigurationError(
            f"ledger {place}: the stream {title} of {source} has {row.partitions} partitions, not {shape[0]}; "
            f"write `partitions: {row.partitions}`, since another number would mix up the order of what waits"
        )
    number = row.number if row else _made(connection, name, shape[0])
    rows = [{"stream": number, "number": slot, "holder": None} for slot in range(shape[1])]
    if rows:
        connection.execute(
            upsert(connection, slots, ("stream", "number"), unless=lambda _given: {"holder": slots.c.holder}), rows
        )
    return int(number)


def _made(connection: Connection, name: tuple[str, str, str], count: int) -> int:
    row = dict(zip(("organization", "source", "name"), name, strict=True))
    key = connection.execute(insert(streams).values(**row, partitions=count, last=0, published=0)).inserted_primary_key
    number = int(key[0]) if key else 0
    empty = {"stream": number, "epoch": 0, "holder": None, "handed": 0, "settled": 0}
    connection.execute(insert(partitions), [empty | {"partition": one} for one in range(count)])
    return number
