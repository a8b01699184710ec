from pathlib import Path
from typing import Any

import pytest

from reconciler.files.write import carry_out, compare

MARK = "# Rendered"


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    (tmp_path / "m" / "users").mkdir(parents=True)
    (tmp_path / "m" / "own.yaml").write_text("# Rendered from acme\nold: 1\n", encoding="utf-8")
    (tmp_path / "m" / "users" / "gone.yaml").write_text("# Rendered from acme\n", encoding="utf-8")
    (tmp_path / "m" / "hand.yaml").write_text("# mine\n", encoding="utf-8")
    return tmp_path / "m"


def names(folder: Path) -> Any:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_differs_is_written_and_what_is_not_wanted_any_more_removed(folder: Path) -> None:
    found = compare(folder, {"own.yaml": "# Rendered\nnew: 1\n", "new/x.yaml": "# Rendered\n"}, mark=MARK)
    carry_out(folder, found)

    assert list(found.changed) == ["new/x.yaml", "own.yaml"]
    assert found.removed == ("users/gone.yaml",)
    assert names(folder) == ["hand.yaml", "new/x.yaml", "own.yaml"]
    assert (folder / "own.yaml").read_text(encoding="utf-8") == "# Rendered\nnew: 1\n"
    assert not (folder / "users").exists()


def test_comparing_writes_nothing(folder: Path) -> None:
    compare(folder, {"own.yaml": "x"}, mark=MARK)

    assert names(folder) == ["hand.yaml", "own.yaml", "users/gone.yaml"]
    assert "old" in (folder / "own.yaml").read_text(encoding="utf-8")


def test_the_same_text_is_not_written_again(folder: Path) -> None:
    text = (folder / "own.yaml").read_text(encoding="utf-8")
    found = compare(folder, {"own.yaml": text, "users/gone.yaml": "# Rendered from acme\n"}, mark=MARK)

    assert (found.changed, found.removed) == ({}, ())


def test_a_file_of_somebody_else_is_left_alone(folder: Path) -> None:
    found = compare(folder, {"hand.yaml": "# Rendered\n"}, mark=MARK)

    assert found.changed == {}
    assert "hand.yaml:1: this file is not the renderer's" in str(found.problems[0])


@pytest.mark.parametrize(("keep", "removed"), [((), 2), (("users/",), 1), (("own.yaml",), 1), (("own.yaml", "users/"), 0)])
def test_files_of_absent_collections_are_kept(folder: Path, keep: Any, removed: Any) -> None:
    assert len(compare(folder, {}, mark=MARK, keep=keep).removed) == removed


def test_nothing_is_written_through_a_link_out_of_the_folder(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent)
    found = compare(folder, {"out/x.yaml": "# Rendered\n", "../x.yaml": "# Rendered\n"}, mark=MARK)

    assert [problem.what for problem in found.problems] == ["a link leads out of the folder of manifests"] * 2


def test_files_behind_links_are_not_removed(folder: Path) -> None:
    (folder.parent / "else.yaml").write_text("# Rendered\n", encoding="utf-8")
    (folder / "link.yaml").symlink_to(folder.parent / "else.yaml")

    assert "link.yaml" not in compare(folder, {}, mark=MARK).removed


def test_a_folder_in_the_way_is_a_problem(folder: Path) -> None:
    assert "a folder stands where" in str(compare(folder, {"users": "# Rendered\n"}, mark=MARK).problems[0])


def test_a_file_where_a_folder_is_needed_is_a_problem(folder: Path) -> None:
    found = compare(folder, {"hand.yaml/x.yaml": "# Rendered\n"}, mark=MARK)

    assert "hand.yaml/x.yaml: a file stands where a folder is needed" in str(found.problems[0])


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    carry_out(tmp_path / "new", compare(tmp_path / "new", {"a.yaml": "# Rendered\n"}, mark=MARK))

    assert names(tmp_path / "new") == ["a.yaml"]
