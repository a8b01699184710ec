"""What is behind a URL: made private and durable, brought up to date, or refused with a remedy."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from reconciler import errors
from reconciler.ledger import schema, store, tables
from reconciler.model.call import Call
from reconciler.model.port import Binding
from reconciler.model.resource import Ref

ANN = {Ref("user", "ann"): Binding("1")}


def opening(url: str) -> Any:
    return store.open(url, organization="org", source="acme", clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))


def test_file_and_folder_are_private(opened: Any, path: Path) -> None:
    opened().bind(ANN)

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    opening(f"sqlite:///{tmp_path / 'ledger.db'}").close()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_commit_is_on_the_disk(ledger: Any) -> None:
    with ledger._scope.database.read() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        more = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("foreign_keys", "busy_timeout")}

    assert pragmas | more == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_the_organisations_of_a_source_are_those_it_has_objects_or_requests_in(opened: Any, path: Path) -> None:
    opened("acme", "one").bind(ANN)
    opened("acme", "two").intend("r", "user/a", Call("GET", "/x"))
    opened("other", "three").bind(ANN)
    opened("other", "four").acquire("somebody")

    assert store.organizations(f"sqlite:///{path}", "acme") == ["one", "two"]


def test_a_source_without_objects_sees_who_applies(opened: Any, path: Path) -> None:
    opened("acme", "one").acquire("somebody")

    assert store.organizations(f"sqlite:///{path}", "acme") == ["one"]


def test_a_new_ledger_knows_no_organisation(path: Path) -> None:
    assert store.organizations(f"sqlite:///{path}", "acme") == []


def test_the_place_of_a_ledger_holds_no_secret(opened: Any, path: Path) -> None:
    assert opened().place == f"sqlite:///{path}"
    assert store._shown(store._address("postgresql://u:hunter2@db/x?password=hunter2")) == "postgresql+psycopg://u:***@db/x"


def test_what_fails_halfway_leaves_nothing(ledger: Any) -> None:
    row = tables.plans.insert().values(id="p", state="done", run="r", applied_at="")

    with pytest.raises(errors.ConfigurationError), ledger._scope.database.write() as connection:
        _ = connection.execute(row), connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    assert ledger.plan_state("p") is None


def test_a_reader_is_not_kept_out_by_a_writer(opened: Any) -> None:
    with opened()._scope.database.write():
        assert opened().bindings() == {}


def test_a_ledger_in_memory_works_for_a_trial() -> None:
    with opening("sqlite://") as ledger:
        ledger.bind(ANN)

        assert ledger.bindings() == ANN


def test_migrations_lead_to_the_tables_of_the_code(ledger: Any) -> None:
    with ledger._scope.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": tables.VERSION_TABLE})

        assert compare_metadata(context, tables.METADATA) == []


def test_the_steps_are_those_the_code_names() -> None:
    steps = ScriptDirectory(str(Path(store.__file__).parent / "migrations")).walk_revisions()

    assert tuple(step.revision for step in steps)[::-1] == tables.STEPS


def test_a_current_ledger_does_not_import_the_migration_tool(opened: Any, path: Path) -> None:
    opened().close()
    code = (
        "import sys; from datetime import datetime; from reconciler.ledger import store;"
        f"store.open('sqlite:///{path}', organization='o', source='s', clock=datetime.now).close();"
        "print('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_ledger_of_the_first_schema_keeps_what_it_knows(opened: Any, path: Path) -> None:
    """Made by the first step alone, as release 0.1.0 did, and filled by hand."""
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        schema.migrate(connection, "0001")
        connection.execute(text("INSERT INTO bindings VALUES ('org', 'acme', 'user', 'ann', '1', 'Ann', 'sha256:a', true, 't')"))
        connection.execute(text("INSERT INTO plans VALUES ('sha256:p', 'done', 'run-1', 't')"))
    engine.dispose()

    ledger = opened()

    assert ledger.bindings() == {Ref("user", "ann"): Binding("1", "Ann", "sha256:a", protected=True)}
    assert (ledger.plan_state("sha256:p"), ledger.fact("export.size")) == ("done", None)
    ledger.bind({Ref("user", "ann"): Binding("1", grants="[]")})
    assert ledger.bindings()[Ref("user", "ann")].grants == "[]"


@pytest.mark.parametrize("table", tables.METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_on_postgresql(table: Any) -> None:
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))


def refusal(url: str) -> str:
    with pytest.raises(errors.ConfigurationError) as caught:
        opening(url)
    return str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("name,email\n" * 500)

    assert "is no SQLite database; name another file" in refusal(f"sqlite:///{path}")
    assert path.read_text() == "name,email\n" * 500


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()

    assert "is no ledger: it holds other tables (songs)" in refusal(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["songs"]
    connection.close()


def test_a_newer_schema_asks_for_the_newer_release(opened: Any, path: Path) -> None:
    with opened()._scope.database.write() as connection:
        connection.exec_driver_sql("UPDATE ledger_version SET version_num = '9999'")

    assert f"has schema version 9999, this release knows {tables.HEAD}; install the newer release" in refusal(f"sqlite:///{path}")


def test_a_damaged_file_is_named(opened: Any, path: Path) -> None:
    ledger = opened()
    ledger.bind({Ref("user", str(number)): Binding(str(number)) for number in range(2000)})
    ledger.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    assert "damaged" in refusal(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    message = refusal(f"sqlite:///{tmp_path / 'file' / 'ledger.db'}")

    assert "cannot be made" in message
    assert "check owner and mode of the folder" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    assert "check owner and mode" in refusal(f"sqlite:///{tmp_path / 'ledger.db'}")


def test_two_that_open_a_new_ledger_at_once_both_get_it(opened: Any) -> None:
    """The second one looked before the first one made the tables, and finds them made."""
    first = opened()
    with first._scope.database.write() as connection:
        schema.upgrade(connection, "here")

    assert opened().bindings() == {}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no URL"),
        ("", "is no URL"),
        ("mysql://root:hunter2@db/x?password=hunter2", "only sqlite and postgresql are supported"),
        ("postgresql+pg8000nodriver://u:hunter2@db/x", "needs a driver that is missing"),
        ("sqlite+nosuch:///x", "needs a driver that is missing"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_secrets(url: str, words: str) -> None:
    message = refusal(url)

    assert words in message
    assert "hunter2" not in message


def test_a_plain_postgresql_address_takes_our_driver() -> None:
    assert store._address("postgres://u@db/x").drivername == "postgresql+psycopg"
    assert store._address("postgresql+asyncpg://u@db/x").drivername == "postgresql+asyncpg"


@pytest.mark.parametrize(
    ("said", "made", "advice"),
    [
        ("database is locked", errors.Locked, "try again"),
        ("attempt to write a readonly database", errors.ConfigurationError, "owner and mode"),
        ("unable to open database file", errors.ConfigurationError, "owner and mode"),
        ("database or disk is full", errors.ConfigurationError, "make room"),
        ("password authentication failed\nfor user \x1b[31m" + "x" * 900, errors.ConfigurationError, "failed for user"),
    ],
)
def test_what_a_database_says_becomes_an_error_with_a_remedy(said: str, made: type[Exception], advice: str) -> None:
    database = store.Database(create_engine("sqlite://"), "sqlite:///here")

    with pytest.raises(made, match=advice) as caught, database.read():
        raise DBAPIError("SELECT secret", {"name": "Ann"}, Exception(said))

    assert len(str(caught.value)) < 300
    assert not {"secret", "Ann", "\x1b"} & set(str(caught.value).split())


def test_a_disk_that_fails_is_an_error_of_ours() -> None:
    database = store.Database(create_engine("sqlite://"), "here")

    with pytest.raises(errors.ConfigurationError, match="ledger here cannot be used: Input/output error"), database.write():
        raise OSError(5, "Input/output error")


def test_a_busy_ledger_says_so(opened: Any) -> None:
    ledger = opened()
    with ledger._scope.database.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with opened()._scope.database.write(), pytest.raises(errors.Locked, match="another process has been writing"):
        ledger.intend("r", "user/a", Call("GET", "/x"))
