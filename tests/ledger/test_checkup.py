"""A ledger is looked at as it is: nothing is made, and nothing is brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ConfigurationError
from reconciler.ledger import tables
from reconciler.ledger.checkup import Condition, condition


def test_a_file_that_is_not_there_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.db"

    found = condition(f"sqlite:///{path}")

    assert found == Condition(str(path), "", exists=False)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_in_use_is_current(opened: Any, url: str) -> None:
    place = opened().place

    found = condition(url)

    assert (found.place, found.version, found.is_current, found.is_newer) == (place, tables.HEAD, True, False)
    assert found.is_open_to_others is False


@pytest.mark.parametrize(("version", "newer"), [(tables.STEPS[0], False), ("9999", True)])
def test_another_version_is_told_and_left_alone(tmp_path: Path, version: str, *, newer: bool) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as file:
        file.execute(f"CREATE TABLE {tables.VERSION_TABLE} (version_num TEXT)")
        file.execute(f"INSERT INTO {tables.VERSION_TABLE} VALUES (?)", (version,))
    file.close()

    found = condition(f"sqlite:///{path}")

    assert (found.version, found.is_current, found.is_newer) == (version, False, newer)
    assert condition(f"sqlite:///{path}").version == version


def test_a_file_that_others_may_read_is_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    path.chmod(0o640)

    found = condition(f"sqlite:///{path}")

    assert (found.mode, found.is_open_to_others) == (0o640, True)


def test_what_is_no_database_is_an_error_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"no database" * 100)

    with pytest.raises(ConfigurationError, match="no SQLite database; name another file"):
        condition(f"sqlite:///{path}")
