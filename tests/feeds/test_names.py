"""In which order files were written, by their names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.feeds.names import family, folder, generations


def make(folder: Path, names: list[str], *, apart: int = 0) -> None:
    """Files, each changed so many seconds after the one before."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
        os.utime(folder / name, (1_766_400_000 + number * apart, 1_766_400_000 + number * apart))


@pytest.mark.parametrize(
    "names",
    [
        ["log.10", "log.9.gz", "log.1", "log"],
        ["log-20261109.gz", "log-20261122", "log"],
        ["log-20261109", "log-20261122-1795305600.gz", "log"],
        ["log.2026-11-09", "log.2026-11-10.gz", "log"],
        ["log-2026112209", "log-2026112210", "log"],
        ["log.1766400000", "log.1766486400", "log"],
        ["log-20261109.txt.gz", "log-20261122.txt", "log.txt"],
        ["log.2.txt", "log.1.txt", "log.txt"],
    ],
)
def test_rotated_files_come_before_the_one_that_is_written(tmp_path: Path, names: list[str]) -> None:
    make(tmp_path, sorted(names))

    assert [one.name for one in generations(tmp_path / names[-1])] == names
    assert [one.name for one in folder(tmp_path)] == names


def test_numbers_go_up_where_the_times_of_change_do(tmp_path: Path) -> None:
    make(tmp_path, ["log.0", "log.1", "log.2", "log"], apart=3600)

    assert [one.name for one in generations(tmp_path / "log")] == ["log.0", "log.1", "log.2", "log"]


def test_numbers_without_the_file_they_came_from_are_parts(tmp_path: Path) -> None:
    make(tmp_path, ["log.2", "log.10", "log.1"])

    assert [one.name for one in folder(tmp_path)] == ["log.1", "log.2", "log.10"]


def test_only_rotations_of_the_file_belong_to_it(tmp_path: Path) -> None:
    make(tmp_path, ["log", "log.1", "log.old", "log.1.bak", "log2", "dialog", "log.12345", "logs/log", "log.d/x"])

    assert [one.name for one in generations(tmp_path / "log")] == ["log.1", "log"]


def test_a_folder_comes_in_natural_order(tmp_path: Path) -> None:
    names = ["a9.json", "a10.json", "b.json", "b/2026-11-09.json", "b/2026-11-10.json", "c-20261109.json", "c-20261110.json"]
    make(tmp_path, sorted(names, reverse=True))

    assert [one.name for one in folder(tmp_path)] == sorted(names, key=names.index)


def test_what_is_hidden_or_unfinished_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, [".a", ".b/c", "d.tmp", "e.part", "f~", ".g.swp", "h"])
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")

    assert [one.name for one in folder(tmp_path)] == ["h"]


def test_nothing_is_there_before_it_is_made(tmp_path: Path) -> None:
    assert generations(tmp_path / "no" / "log") == []
    assert folder(tmp_path / "no") == []


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("a/log.1", "a/log"),
        ("log.2.gz", "log"),
        ("log-20261122", "log"),
        ("log", "log"),
        (".1", ".1"),
        ("x-20261122.json", "x.json"),
        ("x.1.json.gz", "x.json"),
        ("2026-11-22.json", "2026-11-22.json"),
    ],
)
def test_generations_are_of_one_family(name: str, of: str) -> None:
    assert family(name) == of
