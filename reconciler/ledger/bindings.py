"""Whose an object is: the bindings of one source in one organisation."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, delete, func, select
from sqlalchemy.exc import IntegrityError

from reconciler import errors
from reconciler.ledger.scope import Scope, chunks, upsert
from reconciler.ledger.tables import bindings as table
from reconciler.model.port import Binding
from reconciler.model.problem import plain
from reconciler.model.resource import Ref

KEYS = ("organization", "source", "kind", "key")
KEPT = (table.c.applied, table.c.grants)

Known = dict[tuple[str, str], dict[str, Any]]
"""(kind, id) → what a row that went away held in the columns of KEPT."""


class Bindings:
    """Objects this source has bound, and those that others have."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._ours: ColumnElement[bool] = and_(table.c.organization == scope.organization, table.c.source == scope.source)

    def all(self) -> dict[Ref, Binding]:
        """Everything this source has bound."""
        texts = (func.coalesce(column, "") for column in KEPT)
        columns = (table.c.kind, table.c.key, table.c.id, table.c.name, table.c.digest, table.c.protected, *texts)
        with self._scope.database.read() as connection, _uncollected():
            found: Any = connection.execute(select(*columns).where(self._ours))
            rows = found.cursor.fetchall()  # the driver's own tuples: SQLAlchemy's rows take twice as long
            found.close()
            return {
                Ref(kind, key): Binding(id_, name, digest, bool(protected), applied, grants)
                for kind, key, id_, name, digest, protected, applied, grants in rows
            }

    def foreign(self, ids: Iterable[str]) -> dict[str, str]:
        """Which of these ids another source of this organisation has bound: id → source name."""
        wanted = set(ids)
        others = and_(table.c.organization == self._scope.organization, table.c.source != self._scope.source)
        with self._scope.database.read() as connection:
            rows = connection.execute(select(table.c.id, table.c.source).where(others)).all()
        return {id_: source for id_, source in rows if id_ in wanted}

    def bind(self, bound: Mapping[Ref, Binding]) -> None:
        """Remembers these objects as ours, in one commit; an object that moves to another key leaves its old one.

        Everything is overwritten, but an empty `applied` or `grants` keeps what is known of the same object, under whatever key
        it stood: who binds need not know them, and roles that are forgotten cannot be given back.
        Raises `Refused`, and remembers nothing, where an object is bound by another source or given to two keys.
        """
        if not bound:
            return
        if len({(ref.kind, binding.id) for ref, binding in bound.items()}) < len(bound):
            raise errors.Refused("two keys claim the same object; nothing was bound; keep one of them in the manifests")
        # In one order for everybody, so that two that bind the same objects wait for each other instead of locking each other.
        rows = [self._row(ref, binding) for ref, binding in sorted(bound.items(), key=lambda one: (one[0].kind, one[1].id))]
        with self._scope.database.write() as connection:
            statement = upsert(connection, table, KEYS, unless=_kept)
            try:
                with connection.begin_nested():
                    connection.execute(statement, rows)
            except IntegrityError:
                known = self._give_way(connection, bound)
                try:
                    connection.execute(statement, [_filled(row, known) for row in rows])
                except IntegrityError:  # PostgreSQL: bound by another source since we looked
                    raise errors.Locked("another source is binding the same objects; nothing was bound, run again") from None

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
            "applied": binding.applied or None,
            "grants": binding.grants or None,
        }

    def _give_way(self, connection: Connection, bound: Mapping[Ref, Binding]) -> Known:
        """Removes our rows that hold one of these objects under another key, and gives back what they knew.

        Raises `Refused` for a row of another source.
        """
        wanted = {(ref.kind, binding.id): ref for ref, binding in bound.items()}
        known: Known = {}
        for row in self._rows(connection, [id_ for _, id_ in wanted]):
            ref = wanted.get((row.kind, row.id))
            if ref is None or (row.source == self._scope.source and row.key == ref.key):
                continue
            if row.source != self._scope.source:
                said = f"{plain(str(ref))} is bound by the source {row.source}; nothing was bound"
                raise errors.Refused(f"{said}; let that source give it up first: state forget")
            known[row.kind, row.id] = {"applied": row.applied, "grants": row.grants}
            connection.execute(delete(table).where(self._ours, table.c.kind == row.kind, table.c.key == row.key))
        return known

    def _rows(self, connection: Connection, ids: Sequence[str]) -> Iterator[Row[Any]]:
        """Everything this organisation has bound to one of these ids, by whichever source."""
        for part in chunks(ids):
            here = and_(table.c.organization == self._scope.organization, table.c.id.in_(part))
            yield from connection.execute(select(table).where(here)).all()


def _kept(given: Any) -> dict[str, Any]:
    """What an upsert leaves alone: texts that are not given, while the object behind the key is the same."""
    return {
        column.name: case((and_(given[column.name].is_(None), given.id == table.c.id), column), else_=given[column.name])
        for column in KEPT
    }


def _filled(row: dict[str, Any], known: Known) -> dict[str, Any]:
    """The row with what its object's old row knew, where it says nothing itself."""
    old = known.get((row["kind"], row["id"]), {})
    return row | {name: text for name, text in old.items() if row[name] is None}


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
