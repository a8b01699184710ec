"""What is behind a URL: made private and durable, brought up to date, or refused with a remedy."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from reconciler import errors
from reconciler.ledger import schema, store, tables
from reconciler.model.call import Call
from reconciler.model.port import Binding
from reconciler.model.resource import Ref

ANN = {Ref("user", "ann"): Binding("1")}


def opening(url: str) -> Any:
    return store.open(url, organization="org", source="acme", clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))


def test_the_organisations_of_a_source_are_those_it_has_objects_or_requests_in(opened: Any, url: str) -> None:
    opened("acme", "one").bind(ANN)
    opened("acme", "two").intend("r", "user/a", Call("GET", "/x"))
    opened("other", "three").bind(ANN)
    opened("other", "four").acquire("somebody")

    assert store.organizations(url, "acme") == ["one", "two"]


def test_a_source_without_objects_sees_who_applies(opened: Any, url: str) -> None:
    opened("acme", "one").acquire("somebody")

    assert store.organizations(url, "acme") == ["one"]


def test_a_new_ledger_knows_no_organisation(url: str) -> None:
    assert store.organizations(url, "acme") == []


def test_the_place_of_a_ledger_holds_no_secret(opened: Any, url: str) -> None:
    assert opened().place == url.replace("postgresql:", "postgresql+psycopg:").replace("hunter2", "***").partition("?")[0]
    assert store._shown(store._address("postgresql://u:hunter2@db/x?password=hunter2")) == "postgresql+psycopg://u:***@db/x"


def test_what_fails_halfway_leaves_nothing(ledger: Any) -> None:
    row = tables.plans.insert().values(id="p", state="done", run="r", applied_at="")

    with pytest.raises(errors.ConfigurationError), ledger._scope.database.write() as connection:
        _ = connection.execute(row), connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    assert ledger.plan_state("p") is None


def test_a_reader_is_not_kept_out_by_a_writer(opened: Any) -> None:
    with opened()._scope.database.write():
        assert opened().bindings() == {}


SHAPE = {
    "sqlite": """
        SELECT t.name, t.strict, t.wr, t.sql LIKE '%AUTOINCREMENT%', c.name, c.type, c."notnull", c.dflt_value, c.pk
        FROM (SELECT m.name, m.sql, l.strict, l.wr FROM sqlite_master m JOIN pragma_table_list l USING (name)) t,
             pragma_table_xinfo(t.name) c
        UNION ALL
        SELECT m.tbl_name, i.origin, i."unique", i.partial, c.name, i.name, c.desc, c.coll, c.seqno
        FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) c WHERE m.type = 'table'
    """,
    "postgresql": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT tablename, indexname, indexdef, '', '', 0, '' FROM pg_indexes WHERE schemaname = 'public'
    """,
}


def shape(connection: Any) -> list[str]:
    """Columns, keys and indexes of all tables, as the database itself knows them."""
    return sorted(map(str, connection.execute(text(SHAPE[connection.dialect.name]))))


def test_a_new_ledger_is_what_the_steps_of_the_past_lead_to(opened: Any, url: str) -> None:
    address = store._address(url)
    store._private(address)
    engine = store._engine(address)
    with engine.connect() as connection, connection.begin() as undone:
        schema.migrate(connection, tables.HEAD)
        led = shape(connection)
        undone.rollback()
    engine.dispose()

    with opened()._scope.database.read() as connection:
        assert shape(connection) == led
        assert schema.version(connection) == tables.HEAD


def test_the_steps_are_those_the_code_names() -> None:
    steps = ScriptDirectory(str(Path(store.__file__).parent / "migrations")).walk_revisions()

    assert tuple(step.revision for step in steps)[::-1] == tables.STEPS


def test_a_current_ledger_does_not_import_the_migration_tool(opened: Any, url: str) -> None:
    opened().close()
    code = (
        "import sys; from datetime import datetime; from reconciler.ledger import store;"
        f"store.open('{url}', organization='o', source='s', clock=datetime.now).close();"
        "print('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_ledger_of_the_first_schema_keeps_what_it_knows(opened: Any, url: str) -> None:
    """Made by the first step alone, as release 0.1.0 did, and filled by hand."""
    address = store._address(url)
    store._private(address)
    engine = store._engine(address)
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


def refusal(url: str) -> str:
    with pytest.raises(errors.ConfigurationError) as caught:
        opening(url)
    return str(caught.value)


def test_a_newer_schema_asks_for_the_newer_release(opened: Any, url: str) -> None:
    with opened()._scope.database.write() as connection:
        connection.exec_driver_sql("UPDATE ledger_version SET version_num = '9999'")

    assert f"has schema version 9999, this release knows {tables.HEAD}; install the newer release" in refusal(url)


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


def test_a_disk_that_fails_is_an_error_of_ours() -> None:
    database = store.Database(create_engine("sqlite://"), "here")

    with pytest.raises(errors.ConfigurationError, match="ledger here cannot be used: Input/output error"), database.write():
        raise OSError(5, "Input/output error")
