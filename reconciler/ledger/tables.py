"""The tables as they are now; `migrations` says how they came to be, and a test keeps both the same."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()
VERSION_TABLE = "ledger_version"  # not alembic's usual name: on PostgreSQL other programs may share the database
STEPS = ("0001", "0002")
HEAD = STEPS[-1]

TIME = String(32)

bindings = Table(
    "bindings",
    METADATA,
    Column("organization", String(64), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("bound_at", TIME, nullable=False),
    Column("applied", Text, nullable=True),
    Column("grants", Text, nullable=True),
    UniqueConstraint("organization", "id", "kind", name="one_owner"),
)
"""Which object of Genesys Cloud is whose: one row per key, and an object has one owner in its organisation.

`applied` (last applied values) and `grants` (roles of a leaver) are JSON texts that the ledger does not look into.
"""

journal = Table(
    "journal",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("organization", String(64), nullable=False),
    Column("source", String(40), nullable=False),
    Column("run", Text, nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("intended_at", TIME, nullable=False),
    Column("outcome", Text, nullable=True, index=True),
    Column("settled_at", TIME, nullable=True),
    sqlite_autoincrement=True,
)
"""One row per request: written before it is sent, completed when its outcome is known. Numbers are never used twice."""

plans = Table(
    "plans",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("run", Text, nullable=False),
    Column("applied_at", TIME, nullable=False),
)
"""Plans that were carried out, wholly or in part, so that none is carried out twice."""

lease = Table(
    "lease",
    METADATA,
    Column("organization", String(64), primary_key=True),
    Column("id", String(32), nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("acquired_at", TIME, nullable=False),
    Column("heartbeat_at", TIME, nullable=False),
)
"""Who applies to an organisation right now: at most one."""

facts = Table(
    "facts",
    METADATA,
    Column("organization", String(64), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("text", Text, nullable=False),
    Column("noted_at", TIME, nullable=False),
)
"""What one run tells the next, such as the size of the last export: the newest text per name."""
