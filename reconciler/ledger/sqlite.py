"""What is special about SQLite: a private file, durable commits, one writer at a time, and what its errors mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from reconciler import errors
from reconciler.ledger.scope import PATIENCE, Remedy

PRAGMAS = (
    f"PRAGMA busy_timeout={PATIENCE}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)

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


def prepare(engine: Engine) -> None:
    """Makes every connection durable and patient, and transactions ours."""
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)


def remedy(error: DBAPIError) -> Remedy | None:
    """Our error for one of SQLite, and what to do; None for one that nobody foresaw."""
    said = str(error.orig)
    return next(((made, advice) for words, made, advice in SAID if words in said), None)


def file(address: URL) -> Path | None:
    """The file of a ledger; None where it is kept in memory, or is no SQLite."""
    named = address.get_backend_name() == "sqlite" and address.database not in {None, "", ":memory:"}
    return Path(str(address.database)) if named else None


def make_private(address: URL) -> None:
    """Makes the file of a ledger, readable by its owner only; SQLite gives its side files the same mode. Raises `OSError`."""
    path = file(address)
    if path is None:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _settle(connection: Any, _record: object) -> None:
    """Durable and patient, and transactions left to us: the driver's own would not cover changes of the schema."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    """A writer takes the lock at once: one that first reads and then writes could find that it may not."""
    reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
