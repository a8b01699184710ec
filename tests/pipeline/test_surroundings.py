"""What `init` finds out by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.demo import export
from reconciler.pipeline import surroundings


def test_an_export_of_amazon_connect_is_known_by_its_answers(tmp_path: Path) -> None:
    export.write(tmp_path / "export", day=1)

    assert surroundings.platform(tmp_path / "export") == "amazon-connect"


def test_an_export_of_asterisk_is_known_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "queues.conf").write_text("[billing]\nstrategy = ringall\nmember => PJSIP/1001,0,Taro\n")

    assert surroundings.platform(tmp_path) == "asterisk"


@pytest.mark.parametrize(
    ("name", "text"),
    [("agents.csv", "Agent ID,Name,Mail\na1,山田 太郎,taro@example.com\n"), ("notes.txt", "call me\n"), ("x.json", "{")],
)
def test_what_nobody_is_sure_of_is_a_table(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert surroundings.platform(tmp_path) == "tabular"


def test_without_an_export_it_is_a_table(tmp_path: Path) -> None:
    assert surroundings.platform(tmp_path / "export") == "tabular"


def test_an_export_that_is_too_deep_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_bytes(b"[" * 1_000_000)

    assert surroundings.platform(tmp_path) == "tabular"


def test_the_time_zone_is_the_one_of_the_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")

    assert surroundings.time_zone(tmp_path / "localtime") == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("said", "zone"), [("Europe/Berlin", "Europe/Berlin"), (":Europe/Berlin", "Europe/Berlin"), ("JST-9", "UTC")]
)
def test_the_environment_counts_where_it_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, zone: str) -> None:
    monkeypatch.setenv("TZ", said)

    assert surroundings.time_zone(tmp_path / "localtime") == zone


def test_the_region_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_REGION", "ap-northeast-1")

    assert surroundings.region() == "ap-northeast-1"
