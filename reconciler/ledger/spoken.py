"""The statements of a stream that run for every event, compiled once, so that lists of values go straight to the driver.

Values are given in the order in which the statement names them: tuples cost a third of what mappings cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Delete, Insert, Select, Table, Update, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg

from reconciler.ledger.tables import inbox, memory, partitions, quarantine, seen

_psycopg: Any = psycopg
DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect(paramstyle="qmark"), "postgresql": _psycopg(paramstyle="format")}
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Spoken:
    """One statement in the words of one database."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete, dialect: str, *names: str) -> None:
        compiled: Any = statement.compile(dialect=DIALECTS[dialect])
        order = compiled.positiontup
        if tuple(order[: len(names)]) != names:
            raise AssertionError(f"{compiled} takes {order}, not {names}")
        self._text = str(compiled)
        self._rest = tuple(compiled.params[name] for name in order[len(names) :])  # SQLite's dialect adds an OFFSET of 0

    def run(self, connection: Connection, *values: Any) -> CursorResult[Any]:
        """Carries it out once."""
        return connection.exec_driver_sql(self._text, values + self._rest)

    def run_all(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Carries it out for each of the rows; how many rows of the table were touched. No rows, nothing to do."""
        return connection.exec_driver_sql(self._text, list(rows)).rowcount if rows else 0


class Phrases:
    """All of them in the words of one database. The comments tell in which order values are given."""

    def __init__(self, dialect: str) -> None:
        make = INSERTS[dialect]
        self.note = Spoken(make(seen).on_conflict_do_nothing(), dialect, *seen.c.keys())
        self.put = Spoken(insert(inbox), dialect, *inbox.c.keys())
        self.take = _take(dialect)
        self.mark = _mark(dialect)
        self.hold = _hold(dialect)
        self.count = _count(dialect)
        self.clear = _clear(dialect)
        self.poison = _poison(dialect, make)
        self.remember = _remember(dialect, make)
        self.forget = _forget(dialect)


@cache
def phrases(dialect: str) -> Phrases:
    """The statements for `sqlite` or `postgresql`."""
    return Phrases(dialect)


def _in_partition(table: Table) -> tuple[Any, Any]:
    return table.c.stream == bindparam("of_stream"), table.c.partition == bindparam("of_partition")


def _held() -> tuple[Any, ...]:
    return (
        *_in_partition(partitions),
        partitions.c.epoch == bindparam("of_epoch"),
        partitions.c.holder == bindparam("of_holder"),
    )


def _take(dialect: str) -> Spoken:
    """(stream, partition, after which number, how many) → the next items."""
    columns = (inbox.c.number, inbox.c.id, inbox.c.key, inbox.c.payload, inbox.c.tries, inbox.c.received)
    later = select(*columns).where(*_in_partition(inbox), inbox.c.number > bindparam("after"))
    statement = later.order_by(inbox.c.number).limit(bindparam("most"))
    return Spoken(statement, dialect, "of_stream", "of_partition", "after", "most")


def _mark(dialect: str) -> Spoken:
    """(highest number handed out, stream, partition, epoch, holder)."""
    statement = update(partitions).where(*_held()).values(handed=bindparam("handed_now"))
    return Spoken(statement, dialect, "handed_now", "of_stream", "of_partition", "of_epoch", "of_holder")


def _hold(dialect: str) -> Spoken:
    """(stream, partition, epoch, holder) → one row while they belong together, which they do until the transaction ends."""
    statement = select(partitions.c.epoch).where(*_held()).with_for_update()
    return Spoken(statement, dialect, "of_stream", "of_partition", "of_epoch", "of_holder")


def _count(dialect: str) -> Spoken:
    """(how many more were settled, stream, partition)."""
    more = partitions.c.settled + bindparam("more")
    return Spoken(
        update(partitions).where(*_in_partition(partitions)).values(settled=more), dialect, "more", "of_stream", "of_partition"
    )


def _clear(dialect: str) -> Spoken:
    """(stream, partition, first number, last number)."""
    run = inbox.c.number.between(bindparam("first"), bindparam("last"))
    return Spoken(delete(inbox).where(*_in_partition(inbox), run), dialect, "of_stream", "of_partition", "first", "last")


def _poison(dialect: str, make: Any) -> Spoken:
    """(cause, since, stream, partition, number): copies what still waits; that it stands there already is no error."""
    kept = ("stream", "partition", "id", "key", "payload")
    given = (bindparam("cause", type_=quarantine.c.cause.type), inbox.c.tries, bindparam("since", type_=quarantine.c.since.type))
    one = select(*(inbox.c[name] for name in kept), *given)
    one = one.where(*_in_partition(inbox), inbox.c.number == bindparam("of_number"))
    statement = make(quarantine).from_select([*kept, "cause", "tries", "since"], one).on_conflict_do_nothing()
    return Spoken(statement, dialect, "cause", "since", "of_stream", "of_partition", "of_number")


def _remember(dialect: str, make: Any) -> Spoken:
    """(stream, partition, key, content)."""
    given = make(memory)
    statement = given.on_conflict_do_update(index_elements=list(memory.primary_key), set_={"content": given.excluded.content})
    return Spoken(statement, dialect, *memory.c.keys())


def _forget(dialect: str) -> Spoken:
    """(stream, partition, key)."""
    statement = delete(memory).where(*_in_partition(memory), memory.c.key == bindparam("of_key"))
    return Spoken(statement, dialect, "of_stream", "of_partition", "of_key")
