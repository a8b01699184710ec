"""What was last applied to an object, the grants kept for a leaver's way back, and facts that a later run compares with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Two columns that older rows leave empty, and a table."""
    op.add_column("bindings", sa.Column("applied", sa.Text, nullable=True))
    op.add_column("bindings", sa.Column("grants", sa.Text, nullable=True))
    op.create_table(
        "facts",
        sa.Column("organization", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("noted_at", sa.String(32), nullable=False),
    )
