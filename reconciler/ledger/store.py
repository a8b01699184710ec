"""Opens a ledger: the database behind a URL, made private and durable, its schema current."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, select, union
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from reconciler import errors
from reconciler.ledger import postgresql, schema, sqlite
from reconciler.ledger.process import Processes
from reconciler.ledger.scope import Scope
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import HEAD, bindings, journal, lease
from reconciler.model.problem import plain

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
    return SqlLedger(Scope(current(url), organization, source, clock, processes or Processes()))


def organizations(url: str, source: str) -> list[str]:
    """Ids of the organisations this source has objects or requests in, sorted; where it has none, those somebody applies to.

    A first apply that hangs before its first request has left nothing but its lease, and a person must be able to break that.
    """
    ours = [select(table.c.organization).where(table.c.source == source) for table in (bindings, journal)]
    database = current(url)
    try:
        with database.read() as connection:
            found = connection.execute(union(*ours)).scalars().all()
            return sorted(found or connection.execute(select(lease.c.organization)).scalars())
    finally:
        database.close()


def current(url: str) -> Database:
    """The database behind `url`, private and with the newest schema. Close it when done."""
    address = _address(url)
    database = Database(_engine(address), _shown(address), postgresql.secrets(address))
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


def existing(url: str) -> Database | None:
    """The database behind `url` as it is, whatever its schema; None for an SQLite file that is not there. It makes nothing."""
    address = _address(url)
    file = sqlite.file(address)
    if file is not None and not file.is_file():
        return None
    return Database(_engine(address), _shown(address), postgresql.secrets(address))


def file(url: str) -> Path | None:
    """The file behind the URL of an SQLite ledger, whether it is there or not; None for any other."""
    return sqlite.file(_address(url))


class Database:
    """Connections for reading and for writing; whatever goes wrong in them becomes an error of ours, without secrets."""

    def __init__(self, engine: Engine, place: str, secrets: Sequence[str] = ()) -> None:
        self._engine = engine
        self._secrets = secrets
        self._remedy = postgresql.remedy if engine.dialect.name == "postgresql" else sqlite.remedy
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
            raise self._error(error) from None
        except OSError as error:
            raise errors.ConfigurationError(f"ledger {self.place} cannot be used: {error.strerror}") from None

    def _error(self, error: DBAPIError) -> errors.ReconcilerError:
        """Our error for one of the database; its text is cut to one line, since SQLAlchemy's own holds the values."""
        found = self._remedy(error)
        if found:
            made, advice = found
            return made(f"ledger {self.place}: {advice}")
        said = str(error.orig)
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return errors.ConfigurationError(f"ledger {self.place} cannot be used: {plain(' '.join(said.split())[:200])}")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise errors.ConfigurationError("`ledger` is no URL; write sqlite:///path/to/ledger.db or postgresql://…") from None
    driver = DRIVERS.get(address.get_backend_name())
    if driver is None:
        advice = "write sqlite:///path/to/ledger.db or postgresql://…"
        raise errors.ConfigurationError(f"ledger {_shown(address)}: only sqlite and postgresql are supported; {advice}")
    return address if "+" in address.drivername else address.set(drivername=driver)


def _shown(address: URL) -> str:
    """The address without password and without query, which can hold one as well."""
    return plain(address.set(query={}, password=None).render_as_string())


def _engine(address: URL) -> Engine:
    more: dict[str, Any] = {}
    if address.get_backend_name() == "postgresql":  # asked before each use: a server may have been restarted meanwhile
        more = {"connect_args": postgresql.arguments(address), "pool_pre_ping": True}
    try:
        engine = create_engine(address, **more)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        advice = "install the extra: pip install 'genesys-cloud-reconciler[postgresql]'"
        raise errors.ConfigurationError(f"ledger {_shown(address)} needs a driver that is missing; {advice}") from error
    (postgresql if more else sqlite).prepare(engine)
    return engine


def _private(address: URL) -> None:
    if address.get_backend_name() != "sqlite":
        return
    try:
        sqlite.make_private(address)
    except OSError as error:
        advice = "check owner and mode of the folder, or name another place as `ledger`"
        raise errors.ConfigurationError(f"ledger {_shown(address)} cannot be made: {error.strerror}; {advice}") from None
