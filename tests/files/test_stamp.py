from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.files.stamp import changed, contents, is_empty

Look = Callable[[list[Path]], str]
LOOKS = pytest.mark.parametrize("look", [changed, contents])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "users").mkdir()
    put(tmp_path / "users" / "a.csv", "one")
    put(tmp_path / "b.csv", "two")
    return tmp_path


def put(path: Path, text: str, seconds: int = 1_000_000_000) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (seconds, seconds))


@LOOKS
def test_what_nobody_touched_looks_the_same(folder: Path, look: Look) -> None:
    assert look([folder]) == look([folder])


@LOOKS
@pytest.mark.parametrize(
    "change",
    [
        lambda folder: put(folder / "b.csv", "longer"),
        lambda folder: put(folder / "c.csv", ""),
        lambda folder: (folder / "b.csv").unlink(),
        lambda folder: (folder / "b.csv").rename(folder / "c.csv"),
        lambda folder: (folder / "b.csv").rename(folder / "users" / "b.csv"),
    ],
    ids=["longer", "added", "removed", "renamed", "moved"],
)
def test_a_change_is_seen(folder: Path, look: Look, change: Callable[[Path], object]) -> None:
    before = look([folder])

    change(folder)

    assert look([folder]) != before


def test_a_new_time_alone_is_no_new_content(folder: Path) -> None:
    quick, sure = changed([folder]), contents([folder])

    put(folder / "b.csv", "two", seconds=1_000_000_001)

    assert changed([folder]) != quick
    assert contents([folder]) == sure


def test_contents_of_the_same_length_are_told_apart(folder: Path) -> None:
    before = contents([folder])

    put(folder / "b.csv", "TWO")

    assert contents([folder]) != before


@LOOKS
def test_it_counts_in_which_folder_a_file_lies(folder: Path, look: Look) -> None:
    assert look([folder / "users", folder / "none"]) != look([folder / "none", folder / "users"])


@LOOKS
def test_hidden_files_do_not_count(folder: Path, look: Look) -> None:
    before = look([folder])

    put(folder / ".b.csv.part", "half")
    (folder / ".git").mkdir()
    put(folder / ".git" / "HEAD", "x")

    assert look([folder]) == before


@LOOKS
def test_a_pipe_hangs_nobody(folder: Path, look: Look) -> None:
    before = look([folder])

    os.mkfifo(folder / "pipe")
    (folder / "nowhere").symlink_to(folder / "gone")

    assert look([folder]) == before


@LOOKS
def test_a_folder_that_is_not_there_is_like_an_empty_one(tmp_path: Path, look: Look) -> None:
    (tmp_path / "empty").mkdir()

    assert look([tmp_path / "none"]) == look([tmp_path / "empty"])


def test_only_files_that_count_fill_a_folder(tmp_path: Path) -> None:
    put(tmp_path / ".gitkeep", "")
    before = is_empty(tmp_path)
    put(tmp_path / "a.csv", "")

    assert before
    assert not is_empty(tmp_path)
    assert is_empty(tmp_path / "none")
