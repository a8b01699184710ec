"""`init` asks nothing that it can find out, and tells what it chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo import export
from reconciler.settings import load

Desk = Callable[..., Any]


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine in Tokyo whose environment names a region."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("GENESYSCLOUD_REGION", "ap-northeast-1")


@pytest.mark.usefixtures("tokyo")
def test_it_finds_out_what_it_can(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export.write(tmp_path / "export", day=1)

    done = desk("init")

    monkeypatch.delenv("GENESYSCLOUD_REGION")
    found = load(tmp_path)
    source = found.file.source
    assert (done.code, done.err) == (0, "")
    assert (source.platform, source.time_zone, found.region) == ("amazon-connect", "Asia/Tokyo", "ap-northeast-1")
    told = "chose platform amazon-connect, name amazon-connect, region ap-northeast-1, time zone Asia/Tokyo; "
    assert told in " ".join(done.out.split())


@pytest.mark.usefixtures("tokyo")
def test_what_is_said_counts(desk: Desk, tmp_path: Path) -> None:
    export.write(tmp_path / "export", day=1)

    chosen = desk("init", "--source", "tabular", "--name", "acme", "--region", "eu-central-1", "--json").json["chosen"]

    assert chosen == {"platform": "tabular", "name": "acme", "region": "eu-central-1", "time_zone": "Asia/Tokyo"}


def test_a_region_that_nobody_knows_is_said_to_be_unknown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_REGION", raising=False)

    assert ", region unknown, " in desk("init").out


def test_nothing_is_said_to_be_chosen_where_settings_are_there(desk: Desk) -> None:
    desk("init")

    assert "chose" not in desk("init").out
