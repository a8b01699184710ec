"""Whose an object is: the bindings of one source in one organisation."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from reconciler import errors
from reconciler.ledger.scope import Scope, chunks, upsert
from reconciler.ledger.tables import bindings as table
from reconciler.model.port import Binding
from reconciler.model.problem import plain
from reconciler.model.resource import Ref

KEYS = ("organization", "source", "kind", "key")


class Bindings:
    """Objects this source has bound, and those that others have."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._ours: ColumnElement[bool] = and_(table.c.organization == scope.organization, table.c.source == scope.source)

    def all(self) -> dict[Ref, Binding]:
        """Everything this source has bound."""
        columns = (table.c.kind, table.c.key, table.c.id, table.c.name, table.c.digest, table.c.protected)
        with self._scope.database.read() as connection, _uncollected():
            rows = connection.execute(select(*columns).where(self._ours))
            return {Ref(kind, key): Binding(id_, name, digest, protected) for kind, key, id_, name, digest, protected in rows}

    def foreign(self, ids: Iterable[str]) -> dict[str, str]:
        """Which of these ids another source of this organisation has bound: id → source name."""
        wanted = set(ids)
        others = and_(table.c.organization == self._scope.organization, table.c.source != self._scope.source)
        with self._scope.database.read() as connection:
            rows = connection.execute(select(table.c.id, table.c.source).where(others)).all()
        return {id_: source for id_, source in rows if id_ in wanted}

    def bind(self, bound: Mapping[Ref, Binding]) -> None:
        """Remembers these objects as ours, in one commit; an object that moves to another key leaves its old one.

        Raises `Refused`, and remembers nothing, where an object is bound by another source or given to two keys.
        """
        if not bound:
            return
        rows = [self._row(ref, binding) for ref, binding in bound.items()]
        with self._scope.database.write() as connection:
            statement = upsert(connection, table, KEYS)
            try:
                with connection.begin_nested():
                    connection.execute(statement, rows)
            except IntegrityError:
                self._give_way(connection, bound)
                try:
                    connection.execute(statement, rows)
                except IntegrityError:
                    raise errors.Refused("two keys claim the same object; nothing was bound") from None

    def unbind(self, refs: Iterable[Ref]) -> None:
        """Forgets these objects, in one commit."""
        rows = [{"of_kind": ref.kind, "of_key": ref.key} for ref in refs]
        if not rows:
            return
        one = and_(self._ours, table.c.kind == bindparam("of_kind"), table.c.key == bindparam("of_key"))
        with self._scope.database.write() as connection:
            connection.execute(delete(table).where(one), rows)

    def _row(self, ref: Ref, binding: Binding) -> dict[str, Any]:
        return {
            "organization": self._scope.organization,
            "source": self._scope.source,
            "kind": ref.kind,
            "key": ref.key,
            "id": binding.id,
            "name": binding.name,
            "digest": binding.digest,
            "protected": binding.protected,
            "bound_at": self._scope.now(),
        }

    def _give_way(self, connection: Connection, bound: Mapping[Ref, Binding]) -> None:
        """Removes our rows that hold one of these objects under another key. Raises `Refused` for a row of another source."""
        wanted = {(ref.kind, binding.id): ref for ref, binding in bound.items()}
        columns = (table.c.kind, table.c.id, table.c.source, table.c.key)
        for part in chunks([id_ for _, id_ in wanted]):
            here = and_(table.c.organization == self._scope.organization, table.c.id.in_(part))
            for kind, id_, source, key in connection.execute(select(*columns).where(here)).all():
                ref = wanted.get((kind, id_))
                if ref is None or (source == self._scope.source and key == ref.key):
                    continue
                if source != self._scope.source:
                    raise errors.Refused(f"{plain(str(ref))} is bound by the source {source}; nothing was bound")
                connection.execute(delete(table).where(self._ours, table.c.kind == kind, table.c.key == key))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps the collector off while many small values are made: it finds nothing and takes twice the time of the work."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
