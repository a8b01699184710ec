import os
import stat
import threading
from pathlib import Path

import pytest

from reconciler.files.cache import FolderCache
from reconciler.model.port import Cache


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_put_is_there(tmp_path: Path) -> None:
    cache: Cache = FolderCache(tmp_path / "a" / "cache")

    cache.put("name", b"data")

    assert cache.get("name") == b"data"


def test_what_was_never_put_is_none(tmp_path: Path) -> None:
    assert FolderCache(tmp_path / "cache").get("name") is None


def test_a_later_put_replaces_the_earlier_one(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    cache.put("name", b"one")

    cache.put("name", b"two")

    assert cache.get("name") == b"two"
    assert names(tmp_path) == ["name"]


def test_only_the_owner_may_look_inside(tmp_path: Path) -> None:
    folder = tmp_path / "cache"

    FolderCache(folder).put("name", b"data")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "name").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a\0b", "x" * 201])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    cache = FolderCache(tmp_path)

    with pytest.raises(ValueError, match="is no name for the cache"):
        cache.put(name, b"data")
    with pytest.raises(ValueError, match="is no name for the cache"):
        cache.get(name)


def test_trouble_with_the_disk_loses_the_entry_only(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    cache = FolderCache(blocked)

    cache.put("name", b"data")

    assert cache.get("name") is None


def test_a_put_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    (tmp_path / "name").mkdir()

    cache.put("name", b"data")

    assert names(tmp_path) == ["name"]
    assert cache.get("name") is None


def test_the_first_put_removes_what_was_used_longest_ago(tmp_path: Path) -> None:
    old = FolderCache(tmp_path)
    for age, name in enumerate(("newest", "middle", "oldest")):
        old.put(name, b"0123456789")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))

    FolderCache(tmp_path, most=25).put("fresh", b"01234")

    assert names(tmp_path) == ["fresh", "middle", "newest"]


def test_what_is_read_counts_as_used(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, most=15)
    for age, name in enumerate(("a", "b")):
        (tmp_path / name).write_bytes(b"0123456789")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))

    cache.get("b")
    cache.prune()

    assert names(tmp_path) == ["b"]


def test_a_reader_never_sees_half_of_an_entry(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    entries = {bytes([number]) * 200_000 for number in range(8)}
    writers = [threading.Thread(target=lambda one=one: [cache.put("name", one) for _ in range(20)]) for one in entries]
    for writer in writers:
        writer.start()

    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(cache.get("name"))

    assert seen - {None} <= entries


def test_pruning_goes_on_past_what_cannot_be_removed(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, most=1)
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", (1, 1))
    (tmp_path / "entry").write_bytes(b"0123456789" * 1000)

    cache.prune()

    assert names(tmp_path) == ["folder"]
