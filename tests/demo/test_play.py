"""The demo as a newcomer sees it, and the centre it plays with as it lies in the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import answer
from reconciler.demo.play import cut, manifests

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whole demo, in a process of its own."""
    folder = tmp_path_factory.mktemp("demo") / "new"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "GENESYSCLOUD_"))}
    command = [sys.executable, "-m", "reconciler", "demo", "--directory", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done, folder


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


def plans(text: str) -> Iterator[str]:
    """What each `reconciler plan` printed."""
    for part in text.split("$ reconciler ")[1:]:
        if part.startswith("plan"):
            yield part.partition("\n")[2]


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_it_ends_well(played: Any) -> None:
    done, _ = played

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"Done in \d+ seconds\.", done.stdout)


def test_it_fits_a_terminal(played: Any) -> None:
    done, folder = played

    assert [line for line in done.stdout.splitlines() if width(line) > 80 and str(folder) not in line] == []


def test_the_second_day_shows_exactly_the_five_changes(played: Any) -> None:
    _, second, _ = plans(played[0].stdout)
    heads = [line.split(maxsplit=2) for line in second.splitlines() if re.match(r"  (\S+) +(user|queue)/", line)]
    found = [(symbol, ref.partition("/")[0], name) for symbol, ref, name in heads]
    consequences = {line.strip() for line in second.splitlines() if line.startswith("        members: ")}

    assert [one for one in found if one[1] == "user"] == [
        ("~", "user", "風見 ひかり"),  # a new level
        ("~", "user", "雲居 ひかり"),  # a move
        ("+", "user", "天川 すばる"),  # a hire
    ]
    assert "        skills: Billing 3 → 5\n" in second
    assert "        division: tokyo → singapore\n" in second
    assert [one for one in found if one[1] == "queue" and one[0] != "~"] == [("→", "queue", "Orders")]  # a renamed queue
    assert "        name: Orders → Orders and Upgrades\n" in second
    assert consequences == {
        "members: +雲居 ひかり, -Ada Starlingham",  # a move, and a leaver
        "members: -雲居 ひかり, +天川 すばる",  # a move, and a hire
    }
    assert "Ada Starlingham" in second.partition("left alone:")[2]
    assert "Plan: 1 to add, 8 to change, 0 to destroy, 1 to rename.\n" in second


def test_the_last_plan_is_empty(played: Any) -> None:
    *_, last = plans(played[0].stdout)

    assert "Plan: nothing to do. Genesys Cloud is as the manifests say.\n" in last


def test_what_it_says_lies_there_does(played: Any) -> None:
    done, folder = played
    listed = done.stdout.partition("Everything lies in")[2].splitlines()[1:6]

    assert all((folder / line.split()[0]).exists() for line in listed)
    for name in ("reconciler.yaml", "mapping/mapping.yaml", "manifests/skills.yaml"):
        first = (folder / name).read_text(encoding="utf-8").splitlines()
        schema = next(line.partition("$schema=")[2] for line in first if "$schema=" in line)
        assert (folder / name).parent.joinpath(schema).is_file()


def test_a_folder_that_holds_something_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "precious").write_text("mine")

    assert answer(["demo", "--directory", str(tmp_path)]) == 64
    assert "is not empty: name a new folder, or leave --directory out" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("count", "shown"), [(3, ["0", "1", "2"]), (4, ["0", "1", "2", "3"]), (6, ["0", "1", "        … 3 lines more …", "5"])]
)
def test_long_output_is_cut_in_the_middle(count: int, shown: list[str]) -> None:
    assert list(cut([str(number) for number in range(count)], 2, 1)) == shown


def test_the_manifests_of_the_repository_are_the_centre_of_the_demo(tmp_path: Path) -> None:
    """When this fails: make them again as the docstring of `reconciler.demo.play.manifests` says."""
    manifests(tmp_path)

    assert texts(ROOT / "manifests") == texts(tmp_path)
