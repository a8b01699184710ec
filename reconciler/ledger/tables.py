"""The tables as they are now; `migrations` says how they came to be, and a test keeps both the same."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()
VERSION_TABLE = "ledger_version"  # not alembic's usual name: on PostgreSQL other programs may share the database
STEPS = ("0001", "0002", "0003", "0004")
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

streams = Table(
    "streams",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("organization", String(64), nullable=False),
    Column("source", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("partitions", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("published", BigInteger, nullable=False),
    UniqueConstraint("organization", "source", "name", name="one_stream"),
    sqlite_autoincrement=True,
)
"""Streams of events. `last` is the highest number an item was given, `published` how many items were put into the inbox.

Who publishes locks this row, so that numbers become visible in their own order. Texts of a stream that come from outside (keys,
feeds, bookmarks) are kept as UTF-8 bytes: PostgreSQL's text does not hold everything that an export can.
"""

seen = Table(
    "seen",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Ids taken over, from then until they are settled and old. `received` in milliseconds since 1970."""

inbox = Table(
    "inbox",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("id", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("received", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What waits. A row goes when it is settled; only `seen` still knows it then."""

bookmarks = Table(
    "bookmarks",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("feed", LargeBinary, primary_key=True),
    Column("text", LargeBinary, nullable=False),
)
"""How far each feed was taken over."""

memory = Table(
    "memory",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What a consumer wants to find again."""

quarantine = Table(
    "quarantine",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("stream", Integer, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("id", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("cause", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    UniqueConstraint("stream", "id", name="one_poison"),
    sqlite_autoincrement=True,
)
"""Items nobody could use, until a person replays or drops them."""

workers = Table(
    "workers",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("stream", Integer, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""Who consumes: one row per life of a worker, never used again. Its `beat` keeps everything it holds."""

partitions = Table(
    "partitions",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Integer, nullable=True),
    Column("handed", BigInteger, nullable=False),
    Column("settled", BigInteger, nullable=False),
)
"""Which worker holds a partition. `epoch` grows with every holder; `handed` is the highest number handed out to this one."""

slots = Table(
    "slots",
    METADATA,
    Column("stream", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("holder", Integer, nullable=True),
)
"""Which worker holds a token slot."""

recordings = Table(
    "recordings",
    METADATA,
    Column("organization", String(64), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("name", LargeBinary, nullable=False),
    Column("conversation", LargeBinary, nullable=False),
    Column("known_as", String(64), nullable=False),
    Column("sent_as", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("stage", String(20), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("noted_at", TIME, nullable=False),
)
"""Contents that were sent, by SHA-256 in hex, and how far each is: what stands here is never sent twice.

Names of files and native ids are bytes, since either may be no UTF-8. Addresses to upload to are never kept: they are secrets.
"""

examined = Table(
    "examined",
    METADATA,
    Column("organization", String(64), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""What was found in a file when it had this size and time, under the SHA-256 of its name: it is not read again for that."""
