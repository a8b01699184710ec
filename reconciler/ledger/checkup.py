"""What state a ledger is in, found out without making or changing anything: for people who ask whether all is well."""

from __future__ import annotations

import stat
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from reconciler.ledger import schema, store
from reconciler.ledger.tables import HEAD, STEPS, seen, streams


@dataclass(frozen=True, slots=True)
class Condition:
    """A ledger as it is: where, which schema (empty where there is none yet), and the file's permission bits.

    `mode` is None where there is no file: not yet, or because it is a server.
    """

    place: str
    version: str
    mode: int | None = None
    exists: bool = True

    @property
    def is_current(self) -> bool:
        """Whether its schema is the one this release works with."""
        return self.version == HEAD

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has written it."""
        return bool(self.version) and self.version not in STEPS

    @property
    def is_open_to_others(self) -> bool:
        """Whether others than its owner may read or write the file."""
        return bool((self.mode or 0) & (stat.S_IRWXG | stat.S_IRWXO))


def condition(url: str) -> Condition:
    """The state of the ledger at `url`, proven to be writable by a transaction that writes nothing.

    Raises `ConfigurationError` and `Locked` with what to do where it cannot be used.
    """
    path, database = store.file(url), store.existing(url)
    if database is None:
        return Condition(str(path), "", exists=False)
    try:
        with database.read() as connection:
            version = schema.version(connection)
        with database.write():
            pass
        return Condition(database.place, version, stat.S_IMODE(path.stat().st_mode) if path else None)
    finally:
        database.close()


def last_taken(url: str, *, organization: str, source: str, stream: str) -> int | None:
    """When the newest event that a stream still knows was taken over, in milliseconds since 1970; None where it knows none."""
    here = and_(streams.c.organization == organization, streams.c.source == source, streams.c.name == stream)
    database = store.current(url)
    try:
        with database.read() as connection:
            newest = select(func.max(seen.c.received)).where(seen.c.stream.in_(select(streams.c.number).where(here)))
            found: int | None = connection.execute(newest).scalar()
            return found
    finally:
        database.close()
