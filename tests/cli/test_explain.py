"""`explain conversation`: formats, files, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

Desk = Callable[..., Any]
LOG = """\
1795000005|c1|q1|NONE|ENTERQUEUE||+815000001|1
1795000009|c1|q1|a1|CONNECT|4|c2|3
1795000060|c1|q1|a1|COMPLETECALLER|4|51|1
"""


@pytest.fixture
def explain(desk: Desk, tmp_path: Path) -> Desk:
    """Explains a conversation of a log in an empty repository; without any credentials or network."""
    (tmp_path / "reconciler.yaml").write_text("version: 1\nsource: {platform: asterisk, name: acme}\n")
    (tmp_path / "queue_log").write_text(LOG)
    return lambda *words: desk("explain", "conversation", *words, "--feed", "queue_log")


def test_it_is_drawn_without_colour_into_a_pipe(explain: Desk) -> None:
    done = explain("c1")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Conversation c1\ninbound call, 2026-11-18 11:06:45 to 11:07:40 UTC, 55 s\n")
    assert " 3 agent a1" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_json_is_one_document(explain: Desk, words: list[str]) -> None:
    done = explain("c1", *words)

    assert done.json["format"] == "reconciler/conversation"
    assert [one["place"] for one in done.json["events"]] == ["queue_log:1", "queue_log:2", "queue_log:3"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [("call.html", "<!doctype html>"), ("call.svg", "<svg "), ("call.json", "{\n"), ("call.txt", "Conversation")],
)
def test_a_file_gets_the_format_its_name_asks_for(explain: Desk, tmp_path: Path, name: str, begins: str) -> None:
    done = explain("c1", "-o", name)

    assert (done.code, done.out, done.err) == (0, "", f"wrote {name}\n")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_a_format_that_is_named_wins_over_the_name_of_the_file(explain: Desk, tmp_path: Path) -> None:
    explain("c1", "-o", "call.txt", "--format", "svg")

    assert ET.parse(tmp_path / "call.txt").getroot().tag.endswith("svg")


def test_an_unknown_id_ends_with_1_and_ids_that_start_alike(explain: Desk) -> None:
    done = explain("c12")

    assert (done.code, done.out) == (1, "")
    assert "conversation/c12: no feed tells of it (3 records read); ids that start alike: c1\n" in done.err


def test_an_unknown_id_is_data_where_json_was_asked_for(explain: Desk) -> None:
    done = explain("c12", "--json")

    assert json.loads(done.out)["error"]["problems"][0]["remedy"] == "ids that start alike: c1"


def test_a_feed_that_is_not_there_is_named(desk: Desk, explain: Desk) -> None:
    done = desk("explain", "conversation", "c1", "--feed", "no_log")

    assert (done.code, bool(explain)) == (1, True)
    assert "no_log does not exist" in done.err
