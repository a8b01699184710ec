"""Which contents were sent and how far each is; what was found in which file. Of one source in one organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Table, and_, select

from reconciler.ledger.scope import Scope, chunks, upsert
from reconciler.ledger.tables import examined, recordings
from reconciler.model.recorded import Stage, Stored, Upload

_NAMES = ("digest", "name", "conversation", "known_as", "sent_as", "size", "seconds", "stage", "at", "key", "note")
_BYTES = ("name", "conversation")


class Recordings:
    """Every call is one transaction, and durable when it returns."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def all(self) -> dict[str, Upload]:
        """Everything that was sent, by digest."""
        with self._scope.database.read() as connection:
            rows = connection.execute(select(*(recordings.c[name] for name in _NAMES)).where(self._ours(recordings))).all()
        return {row.digest: _upload(row) for row in rows}

    def note(self, uploads: Iterable[Upload]) -> None:
        """Remembers how far these are, in one commit; what was known of the same content is gone."""
        rows = [self._row(one) for one in uploads]
        if rows:
            with self._scope.database.write() as connection:
                connection.execute(upsert(connection, recordings, ("organization", "source", "digest")), rows)

    def seen(self, files: Sequence[Stored]) -> dict[str, bytes]:
        """What was kept of those files that still have the size and time they had then, by name."""
        by_key = {_key(one.name): one for one in files}
        columns = (examined.c.name, examined.c.size, examined.c.changed, examined.c.content)
        found: dict[str, bytes] = {}
        with self._scope.database.read() as connection:
            for part in chunks(list(by_key)):
                here = select(*columns).where(self._ours(examined), examined.c.name.in_(part))
                for key, size, changed, content in connection.execute(here):
                    one = by_key[bytes(key)]
                    if (one.size, one.changed) == (size, changed):
                        found[one.name] = bytes(content)
        return found

    def keep(self, contents: Mapping[Stored, bytes]) -> None:
        """Keeps what was found in files, in one commit."""
        rows = [
            self._who | {"name": _key(one.name), "size": one.size, "changed": one.changed, "content": content}
            for one, content in contents.items()
        ]
        if rows:
            with self._scope.database.write() as connection:
                connection.execute(upsert(connection, examined, ("organization", "source", "name")), rows)

    def _row(self, one: Upload) -> dict[str, Any]:
        row = {name: getattr(one, name) for name in _NAMES} | {name: _packed(getattr(one, name)) for name in _BYTES}
        return self._who | row | {"stage": one.stage.value, "noted_at": self._scope.now()}

    @property
    def _who(self) -> dict[str, Any]:
        return {"organization": self._scope.organization, "source": self._scope.source}

    def _ours(self, table: Table) -> Any:
        return and_(table.c.organization == self._scope.organization, table.c.source == self._scope.source)


def _packed(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _key(name: str) -> bytes:
    return sha256(_packed(name)).digest()


def _upload(row: Row[Any]) -> Upload:
    said = {name: getattr(row, name) for name in _NAMES}
    said |= {name: bytes(said[name]).decode(errors="surrogateescape") for name in _BYTES}
    return Upload(**said | {"stage": Stage(said["stage"])})
