"""What alembic runs: the steps, on the connection and inside the transaction that `schema` gives it."""

from __future__ import annotations

from alembic import context

from reconciler.ledger.tables import METADATA, VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE)
context.run_migrations()
