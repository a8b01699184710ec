import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.files.read import Limits, mapping, packaged, templates, tree


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    (tmp_path / "in" / "b").mkdir(parents=True)
    (tmp_path / "in" / "a.json").write_bytes(b"a")
    (tmp_path / "in" / "b" / "c.json").write_bytes(b"c")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return tmp_path / "in"


def told(found: Any) -> Any:
    return [str(problem) for problem in found.problems]


def test_files_are_read_by_their_name_below_the_folder(folder: Path) -> None:
    found = tree(folder)

    assert found.files == {"a.json": b"a", "b/c.json": b"c"}
    assert found.problems == []


def test_only_files_with_the_suffix_are_read(folder: Path) -> None:
    (folder / "x.j2").write_bytes(b"x")

    assert list(tree(folder, suffix=".j2").files) == ["x.j2"]


def test_hidden_files_are_noted(folder: Path) -> None:
    (folder / ".gitkeep").write_bytes(b"x")
    (folder / ".users.json.swp").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_bytes(b"x")
    found = tree(folder)

    assert len(found.files) == 2
    assert found.notes == [".users.json.swp: hidden, not read"]


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder / "link.json").symlink_to(folder.parent / "secret.txt")
    found = tree(folder)

    assert told(found) == ["link.json: a link out of the folder, not followed; put the file itself here"]
    assert b"secret" not in found.files.values()


def test_a_link_to_a_folder_is_not_followed(folder: Path) -> None:
    (folder / "up").symlink_to(folder.parent)
    found = tree(folder)

    assert told(found) == ["up: a link to a folder, not followed; put the files themselves here"]
    assert len(found.files) == 2


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "link.json").symlink_to("b/c.json")

    assert tree(folder).files["link.json"] == b"c"


def test_a_link_that_leads_nowhere_or_round_in_a_circle_is_a_problem(folder: Path) -> None:
    (folder / "x.json").symlink_to("nowhere")
    (folder / "y.json").symlink_to("y.json")

    assert len(told(tree(folder))) == 2


def test_a_pipe_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")

    assert told(tree(folder)) == ["pipe.json: no plain file; remove it from the folder"]


def test_a_large_file_is_not_read(folder: Path) -> None:
    (folder / "big.json").write_bytes(b"x" * 100)
    found = tree(folder, limits=Limits(file=99))

    assert told(found) == ["big.json: larger than 99 bytes; split the file"]


@pytest.mark.parametrize("limits", [Limits(total=1), Limits(files=1)])
def test_too_much_is_a_problem(folder: Path, limits: Limits) -> None:
    assert "the folder holds more than" in told(tree(folder, limits=limits))[0]


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert "no such folder" in told(tree(tmp_path / "nowhere"))[0]


def test_default_templates_ship() -> None:
    assert {"users.yaml.j2", "queues.yaml.j2", "sources.yaml.j2"} <= set(packaged())
    assert len(packaged()) == 8


def test_a_template_of_the_same_name_wins(tmp_path: Path) -> None:
    (tmp_path / "users.yaml.j2").write_text("mine", encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.j2").write_text("part", encoding="utf-8")
    found, problems = templates(tmp_path)

    assert problems == []
    assert found["users.yaml.j2"] == "mine"
    assert found["parts/one.j2"] == "part"
    assert found["queues.yaml.j2"] == packaged()["queues.yaml.j2"]


def test_templates_are_the_default_ones_without_a_folder(tmp_path: Path) -> None:
    assert templates(None) == (packaged(), [])
    assert templates(tmp_path / "nowhere") == (packaged(), [])


def test_a_template_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "mapping").mkdir()
    (tmp_path / "mapping" / "users.yaml.j2").symlink_to("../secret")
    found, problems = templates(tmp_path / "mapping")

    assert "secret" not in found.values()
    assert "a link out of the folder" in str(problems[0])


def test_a_template_that_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "users.yaml.j2").write_bytes(b"a\n\xff")

    assert str(templates(tmp_path)[1][0]) == "users.yaml.j2:2: not UTF-8; save the template as UTF-8"


def test_a_mapping_may_be_left_out(tmp_path: Path) -> None:
    assert mapping(None) == (b"", [])
    assert mapping(tmp_path) == (b"", [])


def test_a_mapping_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (tmp_path / "mapping").mkdir()
    (tmp_path / "mapping" / "mapping.yaml").symlink_to("../secret")

    data, problems = mapping(tmp_path / "mapping")

    assert data == b""
    assert "mapping.yaml: a link out of the folder" in str(problems[0])


@pytest.mark.parametrize("name", [b"a\nb.json", b"\xff.json"])
def test_a_file_name_nobody_can_read_is_a_problem(folder: Path, name: bytes) -> None:
    (folder / os.fsdecode(name)).write_bytes(b"x")

    assert "an unreadable file name" in told(tree(folder))[0]
