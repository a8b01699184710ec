"""Bindings, journal, plans and the lease."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The first four tables."""
    _bindings()
    _journal()
    op.create_table(
        "plans",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("applied_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("acquired_at", sa.String(32), nullable=False),
        sa.Column("heartbeat_at", sa.String(32), nullable=False),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("bound_at", sa.String(32), nullable=False),
        sa.UniqueConstraint("organization", "id", "kind", name="one_owner"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("organization", sa.String(64), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("run", sa.Text, nullable=False, index=True),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("intended_at", sa.String(32), nullable=False),
        sa.Column("outcome", sa.Text, nullable=True, index=True),
        sa.Column("settled_at", sa.String(32), nullable=True),
        sqlite_autoincrement=True,
    )
