"""Recordings behind an address: the same as a folder, and no password in any message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.errors import ConfigurationError
from reconciler.files import remote
from reconciler.files.remote import Remote

fsspec = pytest.importorskip("fsspec", reason="the extra `recordings` is not installed")


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def test_files_come_with_path_size_and_time(memory: Any) -> None:
    memory.pipe("/calls/2026/a.wav", b"12345")
    memory.pipe("/calls/b.wav", b"1")
    memory.pipe("/calls/.tmp/c.wav", b"1")
    memory.pipe("/other/d.wav", b"1")

    found = list(remote.open("memory://calls").files())

    assert [(one.name, one.size) for one in found] == [("2026/a.wav", 5), ("b.wav", 1)]
    assert all(one.changed > 1_700_000_000_000 for one in found)


def test_a_file_is_read_as_a_copy_with_a_descriptor(memory: Any) -> None:
    memory.pipe("/calls/a.wav", b"x" * 3_000_000)

    with remote.open("memory://calls").open("a.wav") as file:
        assert file.fileno() > 0
        assert len(file.read()) == 3_000_000


def test_removing_is_asked_of_the_store(memory: Any) -> None:
    memory.pipe("/calls/a.wav", b"1")
    store = remote.open("memory://calls")

    store.remove("a.wav")
    store.remove("a.wav")

    assert list(store.files()) == []


@pytest.mark.parametrize("name", ["../a.wav", "x/../../a.wav", "", "/a.wav"])
def test_a_path_out_of_the_store_is_refused(memory: Any, name: str) -> None:
    memory.pipe("/a.wav", b"1")

    with pytest.raises(OSError, match="leads out of the folder"):
        remote.open("memory://calls").open(name)


@pytest.mark.parametrize("address", ["ftp://u:geheim@h/x", "simplecache::s3://geheim@h", "zip://a::memory://b", "https://h/x"])
def test_an_address_nobody_understands_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(ConfigurationError, match="is not understood; write a folder, or one of memory://, s3://") as caught:
        remote.open(address)

    assert "geheim" not in str(caught.value)


class Broken:
    """A driver that quotes the password."""

    def invalidate_cache(self) -> None:
        pass

    def find(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("login failed for ann:geheim")

    def open(self, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "ann:geheim may not", "sftp://ann:geheim@h")


def test_a_driver_that_fails_is_an_error_of_the_system_without_its_words() -> None:
    with pytest.raises(OSError, match=r"no answer \(RuntimeError\)") as caught:
        list(Remote(Broken(), "/x", "sftp://h/x").files())

    assert "geheim" not in str(caught.value)


def test_people_see_an_address_without_user_password_or_query() -> None:
    assert remote.shown("s3://key:geheim@bucket/calls?token=geheim") == "s3://bucket/calls"
