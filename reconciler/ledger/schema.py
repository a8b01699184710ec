"""Brings a database to the newest schema, and refuses one that is not a ledger or comes from a newer release.

An empty database gets the tables as they are now, without the steps of the past: a test keeps both ways the same.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from reconciler import errors
from reconciler.ledger import postgresql
from reconciler.ledger.tables import HEAD, METADATA, STEPS, VERSION_TABLE


def version(connection: Connection) -> str:
    """The schema version of this database; empty where it has none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or "")  # noqa: S608 - a constant


def upgrade(connection: Connection, place: str) -> None:
    """Brings the database to HEAD inside the caller's transaction; `place` names it in messages.

    Raises `ConfigurationError` for a database of somebody else and for a schema this release does not know. Two processes may
    do this at once: the second one waits and finds the work done.
    """
    if connection.dialect.name == "postgresql" and (encoding := postgresql.guard_upgrade(connection)) != "UTF8":
        advice = "make one with createdb --encoding=UTF8 --template=template0"
        raise errors.ConfigurationError(f"ledger {place} has the encoding {encoding}, which cannot hold every name; {advice}")
    found = version(connection)
    if found == HEAD:
        return
    if not found:
        _refuse_foreign(connection, place)
        _begin(connection)
        return
    if found not in STEPS:
        raise errors.ConfigurationError(
            f"ledger {place} has schema version {found}, this release knows {HEAD}; install the newer release that wrote it"
        )
    migrate(connection, HEAD)


def migrate(connection: Connection, target: str) -> None:
    """Carries out the steps from where the database is up to `target`."""
    from alembic import command  # noqa: PLC0415 - 100 ms that a current ledger does not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "reconciler.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _begin(connection: Connection) -> None:
    """The tables of HEAD, and its number where the migration tool looks for it."""
    key = PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc")
    version_table = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)), key)
    METADATA.create_all(connection, checkfirst=False)
    version_table.create(connection)
    connection.execute(version_table.insert().values(version_num=HEAD))


def _refuse_foreign(connection: Connection, place: str) -> None:
    """An SQLite file with any table in it is somebody else's; a PostgreSQL database may be shared, our tables may not."""
    names = set(inspect(connection).get_table_names())
    clashing = names if connection.dialect.name == "sqlite" else names & set(METADATA.tables)
    if clashing:
        raise errors.ConfigurationError(
            f"{place} is no ledger: it holds other tables ({', '.join(sorted(clashing)[:3])}); name another database as `ledger`"
        )
