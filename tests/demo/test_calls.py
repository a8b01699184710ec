"""The demo's calls: legal as they are, and the one that is explained has what it is explained for."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from reconciler.demo import calls, export
from reconciler.demo.play import SETTINGS, manifests
from reconciler.model.story import Phase, Story
from reconciler.pipeline.explain import conversation
from reconciler.report.conversation import lines
from reconciler.settings import load

NAMES = ("handed over", "simple", "given up", "asked", "called back")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder, as far as calls are read in it."""
    root = tmp_path_factory.mktemp("calls")
    (root / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
    export.write_mapping(root / "mapping")
    manifests(root / "manifests")
    assert calls.write(root / "calls") == 7
    return root


def told(repository: Path, name: str) -> Story:
    return asyncio.run(conversation(load(repository), calls.contact_id(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_call_is_told_to_its_end_by_people_of_the_centre(repository: Path, name: str) -> None:
    one = told(repository, name)

    assert (one.notes, one.refused, one.unread, one.is_open) == ((), (), (), False)
    assert not [entry.odd for entry in one.entries if entry.odd]


def test_the_call_that_is_explained_has_a_hold_and_a_transfer(repository: Path) -> None:
    one = told(repository, "handed over")

    assert [lane.called for lane in one.lanes] == [
        "+815000000101", "", "Billing Tokyo", "青空 ひかり", "Technical Support Tokyo", "星月 ひかり",
    ]  # fmt: skip
    assert [(move.what, move.outcome) for move in one.moves] == [("attended transfer", "completed")]
    assert Phase.HELD in {span.phase for span in one.lanes[3].spans}


def test_the_same_records_are_written_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        calls.write(tmp_path / name)

    assert (tmp_path / "a/contacts.ndjson").read_bytes() == (tmp_path / "b/contacts.ndjson").read_bytes()


def test_the_drawing_of_the_readme_is_the_one_of_the_demo(repository: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    head, *shown, rest = re.findall(r"^```\n(\$ reconciler explain .*?)^```$", readme, re.DOTALL | re.MULTILINE)[0].splitlines()

    assert head == f"$ reconciler explain conversation {calls.contact_id('handed over')}"
    assert [line.text for line in lines(told(repository, "handed over"))][: len(shown)] == shown
    assert (len(shown), rest) == (13, "  …")
