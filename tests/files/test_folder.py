"""A folder of recordings: nothing outside of it is listed, opened or removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.files.folder import Folder


def put(root: Path, name: str, data: bytes = b"sound") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(root: Path) -> list[str]:
    return [one.name for one in Folder(root).files()]


def test_files_come_with_path_size_and_time(tmp_path: Path) -> None:
    os.utime(put(tmp_path, "2026/11/a.wav", b"12345"), ns=(0, 1_700_000_000_123_000_000))

    (found,) = Folder(tmp_path).files()

    assert (found.name, found.size, found.changed) == ("2026/11/a.wav", 5, 1_700_000_000_123)


@pytest.mark.parametrize("name", ["two\nlines.wav", "録音 東京.wav", f"{'x' * 240}.wav", "..a.wav.wav"[2:], "a b%#.wav"])
def test_any_name_a_file_can_have_is_read_back(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)

    (found,) = Folder(tmp_path).files()

    with Folder(tmp_path).open(found.name) as file:
        assert (found.name, file.read()) == (name, b"sound")


def test_a_name_of_bytes_that_are_no_text_is_read_back(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff\xfe.wav")  # noqa: PTH118 - bytes have no Path
    with open(path, "wb") as file:  # noqa: PTH123 - the same
        file.write(b"sound")

    (found,) = Folder(tmp_path).files()

    with Folder(tmp_path).open(found.name) as file:
        assert file.read() == b"sound"


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.wav", ".rsync/a.wav", "b.wav"):
        put(tmp_path, name)

    assert names(tmp_path) == ["b.wav"]


def test_a_link_is_listed_but_never_opened(tmp_path: Path) -> None:
    secret = put(tmp_path, "outside/secret.wav")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.wav").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)

    assert names(root) == ["folder", "link.wav"]
    for name in ("link.wav", "folder", "folder/secret.wav"):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            Folder(root).open(name)


@pytest.mark.parametrize("name", ["../outside.wav", "a/../../outside.wav", "/etc/passwd", "a//b.wav", "./a.wav", ""])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    put(tmp_path, "outside.wav")
    put(tmp_path, "root/a/b.wav")

    with pytest.raises(OSError, match="leads out of the folder"):
        Folder(tmp_path / "root").open(name)
    with pytest.raises(OSError, match="leads out of the folder"):
        Folder(tmp_path / "root").remove(name)


def test_a_pipe_is_no_recording_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")

    with pytest.raises(OSError, match="no plain file"):
        Folder(tmp_path).open("pipe.wav")


def test_what_is_removed_twice_is_gone(tmp_path: Path) -> None:
    put(tmp_path, "x/a.wav")

    Folder(tmp_path).remove("x/a.wav")
    Folder(tmp_path).remove("x/a.wav")

    assert names(tmp_path) == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such folder"):
        names(tmp_path / "nowhere")
