from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.audio.entry import opened


def test_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with opened(tmp_path / "a.wav") as file:
        assert file.read() == b"RIFF"


@pytest.mark.parametrize("name", ["pipe", "folder", "/dev/zero", "absent"])
def test_what_is_no_plain_file_is_not(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match=r"no plain file|No such file"):
        opened(tmp_path / name)


def test_a_link_is_followed_only_where_asked(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    (tmp_path / "link").symlink_to(tmp_path / "a.wav")

    opened(tmp_path / "link").close()
    with pytest.raises(OSError, match="symbolic links"):
        opened(tmp_path / "link", follow=False)
