"""Recordings: which contents were sent and how far each is, and what was found in which file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "recordings",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("conversation", sa.LargeBinary, nullable=False),
        sa.Column("known_as", sa.String(64), nullable=False),
        sa.Column("sent_as", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("noted_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "examined",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("name", sa.LargeBinary, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
