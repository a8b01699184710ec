"""What is special about PostgreSQL: durable commits whatever the server's default, bounded waits, and what its errors mean.

Rows are locked where two may want the same one (`locks`), and the schema by an advisory lock; nothing else needs one: who loses
a race for a binding is told by the table's constraint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from reconciler import errors
from reconciler.ledger.scope import PATIENCE, Remedy

WAITS: Mapping[str, str] = {"connect_timeout": "10", "tcp_user_timeout": "30000", "keepalives_idle": "30"}
"""Parameters of a connection unless the address names them: by default a server that is gone is waited for without end.

Seconds, milliseconds, seconds. Source: libpq, section 34.1.2 of PostgreSQL's manual.
"""

SETTINGS = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    f"SET lock_timeout = {PATIENCE}",
)
UPGRADING = 7_305_220_261  # a number of our own for the advisory lock; other programs may share the database

RESTARTED = "the server is restarting or has closed the connection; run again: what was begun is settled by reading first"
PASSWORD = "user or password is refused; check both in RECONCILER_LEDGER, or PGPASSWORD and ~/.pgpass"  # noqa: S105 - advice
MISSING = "there is no such database or user; make them with createuser and createdb, or correct the address"
BUSY = "another process has been writing to it for 10 s; try again"
CLASH = "another process changed the same rows at the same moment; run again"

STATES: tuple[tuple[str, type[errors.ReconcilerError], str], ...] = (
    ("08", errors.ConfigurationError, RESTARTED),
    ("57P", errors.ConfigurationError, RESTARTED),
    ("28", errors.ConfigurationError, PASSWORD),
    ("3D", errors.ConfigurationError, MISSING),
    ("3F", errors.ConfigurationError, "the schema of its search path is missing; make it, or correct the address"),
    ("42501", errors.ConfigurationError, "the user may not make or use tables there; let it own the database"),
    ("25006", errors.ConfigurationError, "the server only reads, as a standby does; name the primary as `ledger`"),
    ("53100", errors.ConfigurationError, "the server's disk is full; make room and run again"),
    ("53", errors.ConfigurationError, "the server is out of connections or memory; try again later"),
    ("55P03", errors.Locked, BUSY),
    ("40", errors.Locked, CLASH),
)
"""How an SQLSTATE begins, the error it becomes, and what to do. Source: PostgreSQL's manual, appendix A."""

WORDS: tuple[tuple[str, str], ...] = (
    ("password", PASSWORD),
    ("does not exist", MISSING),
    ("too many", "the server is out of connections; try again later"),
    ("starting up", RESTARTED),
    ("shutting down", RESTARTED),
)
"""What is said where no connection came about, since then there is no SQLSTATE. Source: messages of libpq and server 15."""


def arguments(address: URL) -> dict[str, Any]:
    """What a connection is made with besides the address."""
    return {name: value for name, value in WAITS.items() if name not in address.query}


def prepare(engine: Engine) -> None:
    """Makes every connection durable and patient."""
    event.listen(engine, "connect", _settle)


def guard_upgrade(connection: Connection) -> str:
    """Keeps other processes from changing the schema until this transaction ends; the encoding of the database."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": UPGRADING})
    return str(connection.execute(text("SHOW server_encoding")).scalar())


def remedy(error: DBAPIError) -> Remedy | None:
    """Our error for one of PostgreSQL, and what to do; None for one that nobody foresaw."""
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return next(((made, advice) for start, made, advice in STATES if state.startswith(start)), None)
    if error.connection_invalidated:
        return errors.ConfigurationError, RESTARTED
    said = str(error.orig)
    found = next((advice for words, advice in WORDS if words in said), "")
    if not found and isinstance(error, OperationalError) and "connection" in said:
        found = "the server cannot be reached; check host and port, and that it runs and lets this machine in"
    return (errors.ConfigurationError, found) if found else None


def secrets(address: URL) -> tuple[str, ...]:
    """What stands in the address and must not come out of it."""
    told = [value for name, value in address.query.items() if "password" in name]
    return tuple(str(value) for value in (address.password, *told) if value)


def _settle(connection: Any, _record: object) -> None:
    """One commit at a time is what we sell; a server may be set to answer before it has written."""
    connection.autocommit = True
    cursor = connection.cursor()
    for setting in SETTINGS:
        cursor.execute(setting)
    cursor.close()
    connection.autocommit = False
