"""What one run tells the next: small texts by name, of one source in one organisation."""

from __future__ import annotations

from sqlalchemy import and_, select

from reconciler.ledger.scope import Scope, upsert
from reconciler.ledger.tables import facts as table


class Facts:
    """Texts by name (`export.size`, `read.complete_at`); what they mean is up to who writes them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def get(self, name: str) -> str | None:
        """What was noted last under `name`; None where nothing was."""
        here = and_(table.c.organization == self._scope.organization, table.c.source == self._scope.source, table.c.name == name)
        with self._scope.database.read() as connection:
            return connection.execute(select(table.c.text).where(here)).scalar()

    def set(self, name: str, text: str) -> None:
        """Notes `text` under `name`; what stood there is gone. Safe to repeat."""
        values = {"organization": self._scope.organization, "source": self._scope.source, "name": name, "text": text}
        with self._scope.database.write() as connection:
            statement = upsert(connection, table, ("organization", "source", "name"))
            connection.execute(statement, values | {"noted_at": self._scope.now()})
