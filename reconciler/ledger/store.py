"""Opens a ledger: the database behind a URL, made private and durable, its schema current."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select, union
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from reconciler import errors
from reconciler.ledger import schema
from reconciler.ledger.process import Processes
from reconciler.ledger.scope import Scope
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import HEAD, bindings, journal, lease
from reconciler.model.problem import plain

PATIENCE = 10_000  # milliseconds SQLite waits for another process's commit
PRAGMAS = (
    f"PRAGMA busy_timeout={PATIENCE}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def open(  # noqa: A001 - read as `store.open`
    url: str,
    *,
    organization: str,
    source: str,
    clock: Callable[[], datetime],
    processes: Processes | None = None,
) -> SqlLedger:
    """The ledger at `url` (`sqlite:////absolute/path` or `postgresql://…`), for one source in one organisation.

    Makes an SQLite file with mode 0600, and its folder with 0700, where they are missing. `clock` gives aware datetimes.
    Raises `ConfigurationError` with what to do for a database that cannot be used. Close the ledger when done.
    """
    return SqlLedger(Scope(_current(url), organization, source, clock, processes or Processes()))


def organizations(url: str, source: str) -> list[str]:
    """Ids of the organisations this source has objects or requests in, sorted; where it has none, those somebody applies to.

    A first apply that hangs before its first request has left nothing but its lease, and a person must be able to break that.
    """
    ours = [select(table.c.organization).where(table.c.source == source) for table in (bindings, journal)]
    database = _current(url)
    try:
        with database.read() as connection:
            found = connection.execute(union(*ours)).scalars().all()
            return sorted(found or connection.execute(select(lease.c.organization)).scalars())
    finally:
        database.close()


def _current(url: str) -> Database:
    """The database behind `url`, private and with the newest schema."""
    address = _address(url)
    database = Database(_engine(address), _shown(address))
    try:
        _private(address)
        with database.read() as connection:
            current = schema.version(connection) == HEAD
        if not current:
            with database.write() as connection:
                schema.upgrade(connection, database.place)
    except BaseException:
        database.close()
        raise
    return database


class Database:
    """Connections for reading and for writing; whatever goes wrong in them becomes an error of ours, without secrets."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self.place = place

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that only reads, of one moment."""
        with self._explained(), self._engine.connect() as connection:
            yield connection.execution_options(only_reads=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose work is committed as a whole when the block ends. `IntegrityError` passes as it is."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Gives all connections back."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise _explain(error, self.place) from None
        except OSError as error:
            raise errors.ConfigurationError(f"ledger {self.place} cannot be used: {error.strerror}") from None


SAID: tuple[tuple[str, type[errors.ReconcilerError], str], ...] = (
    ("database is locked", errors.Locked, "another process has been writing to it for 10 s; try again"),
    ("not a database", errors.ConfigurationError, "the file is no SQLite database; name another file as `ledger`"),
    (
        "malformed",
        errors.ConfigurationError,
        "the file is damaged; put it aside or restore a copy: objects are found again by mark",
    ),
    ("readonly", errors.ConfigurationError, "file or folder cannot be written; check their owner and mode"),
    ("unable to open", errors.ConfigurationError, "file or folder cannot be opened; check their owner and mode"),
    ("full", errors.ConfigurationError, "the disk is full; make room and run again"),
)
"""What SQLite says, the error it becomes, and what to do. Source: result codes of SQLite 3."""


def _explain(error: DBAPIError, place: str) -> errors.ReconcilerError:
    """Our error for one of the database; its text is cut to one line, since SQLAlchemy's own holds the values."""
    said = str(error.orig)
    for words, made, advice in SAID:
        if words in said:
            return made(f"ledger {place}: {advice}")
    line = plain(" ".join(said.split())[:200])
    return errors.ConfigurationError(f"ledger {place} cannot be used: {line}")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise errors.ConfigurationError("`ledger` is no URL; write sqlite:///path/to/ledger.db or postgresql://…") from None
    driver = DRIVERS.get(address.get_backend_name())
    if driver is None:
        raise errors.ConfigurationError(f"ledger {_shown(address)}: only sqlite and postgresql are supported")
    return address if "+" in address.drivername else address.set(drivername=driver)


def _shown(address: URL) -> str:
    """The address without password and without query, which can hold one as well."""
    return plain(address.set(query={}, password=None).render_as_string())


def _engine(address: URL) -> Engine:
    try:
        engine = create_engine(address)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        advice = "install the extra: pip install 'genesys-cloud-reconciler[postgresql]'"
        raise errors.ConfigurationError(f"ledger {_shown(address)} needs a driver that is missing; {advice}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settle)
        event.listen(engine, "begin", _begin)
    return engine


def _settle(connection: Any, _record: object) -> None:
    """Durable and patient, and transactions left to us: the driver's own would not cover changes of the schema."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    """A writer takes the lock at once: one that first reads and then writes could find that it may not."""
    reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _private(address: URL) -> None:
    """Makes the file of an SQLite ledger, readable by its owner only; SQLite gives its side files the same mode."""
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return
    path = Path(str(address.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        advice = "check owner and mode of the folder, or name another place as `ledger`"
        raise errors.ConfigurationError(f"ledger {_shown(address)} cannot be made: {error.strerror}; {advice}") from None
