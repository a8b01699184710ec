"""A ledger in a file: private, durable, and refused with a remedy where it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from reconciler import errors
from reconciler.ledger import store
from reconciler.model.call import Call
from reconciler.model.port import Binding
from reconciler.model.resource import Ref

ANN = {Ref("user", "ann"): Binding("1")}


@pytest.fixture
def backend() -> str:
    return "sqlite"


def opening(url: str) -> Any:
    return store.open(url, organization="org", source="acme", clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))


def refusal(url: str) -> str:
    with pytest.raises(errors.ConfigurationError) as caught:
        opening(url)
    return str(caught.value)


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


def test_a_ledger_in_memory_works_for_a_trial() -> None:
    with opening("sqlite://") as ledger:
        ledger.bind(ANN)

        assert ledger.bindings() == ANN


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


def test_a_busy_ledger_says_so(opened: Any) -> None:
    ledger = opened()
    with ledger._scope.database.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    with opened()._scope.database.write(), pytest.raises(errors.Locked, match="another process has been writing"):
        ledger.intend("r", "user/a", Call("GET", "/x"))


def test_no_body_reaches_the_file(ledger: Any, path: Any) -> None:
    ledger.intend("r", "user/a", Call("POST", "/api/v2/users", body={"name": "Very Secret Person"}))
    ledger.close()

    assert not any(b"Very Secret Person" in file.read_bytes() for file in path.parent.iterdir())
