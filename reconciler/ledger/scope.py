"""What every part of the ledger shares: a database, the organisation and source it speaks for, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from reconciler import errors
from reconciler.ledger.lease import stamp
from reconciler.ledger.process import Processes

T = TypeVar("T")
PATIENCE = 10_000  # milliseconds a database waits for another process
CHUNK = 500  # values in one IN list; SQLite's oldest limit is 999 variables


Remedy = tuple[type[errors.ReconcilerError], str]
"""The class of our error, and what to do."""


class Connections(Protocol):
    """What `store.Database` gives: connections that explain their errors, `place` for messages."""

    place: str

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that only reads."""
        ...

    def write(self) -> AbstractContextManager[Connection]:
        """A connection committed as a whole."""
        ...

    def close(self) -> None:
        """Gives all connections back."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are meant, where they are, and what time it is."""

    database: Connections
    organization: str
    source: str
    clock: Callable[[], datetime]
    processes: Processes

    def now(self) -> str:
        """The present moment as the tables keep it."""
        return stamp(self.clock())


Overrule = Callable[[Any], Mapping[str, Any]]
"""Columns of an upsert that are not simply overwritten: the row that was given → expressions by name."""


def upsert(connection: Connection, table: Table, keys: Sequence[str], *, unless: Overrule = lambda _given: {}) -> Executable:
    """An insert into `table` that overwrites the row with the same `keys`; both dialects spell it alike, apart from its class."""
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    others |= unless(statement.excluded)
    made: Executable = statement.on_conflict_do_update(index_elements=list(keys), set_=others)
    return made


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """`values` in parts that fit into one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
