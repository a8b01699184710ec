"""Recordings behind real servers on loopback: what holds for every kind of store, and what one kind alone has."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from files import servers
from files.servers import Server

from reconciler.errors import ConfigurationError
from reconciler.files import remote
from reconciler.runners.recording_settle import Settling

NAME = "2026/Anruf ü 録音 +&#.wav"
WINDOW = remote.PIECE
OBJECTS = ("s3", "azure", "google")  # are read in windows
SECRETS = ("falsch", "eve", servers.SECRET, servers.USER)


@pytest.fixture(params=servers.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with servers.running(kind, tmp_path / "served") as one:
        for name, value in one.environment.items():
            monkeypatch.setenv(name, value)
        yield one


def only(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds)


def test_files_are_listed_read_and_removed(server: Server) -> None:
    content = bytes(range(256)) * 4096 * 5
    server.put(NAME, content)
    server.put("b.wav", b"1")
    server.put(".part/c.wav", b"1")
    store = server.open()

    found = list(store.files())
    with store.open(NAME) as file:
        assert file.fileno() > 0
        assert file.read() == content
    assert server.has("b.wav")
    store.remove("b.wav")
    store.remove("b.wav")

    assert [(one.name, one.size) for one in found] == [(NAME, len(content)), ("b.wav", 1)]
    assert all(one.changed > 1_700_000_000_000 for one in found)
    assert not server.has("b.wav")
    assert [one.name for one in store.files()] == [NAME]


def test_nothing_is_removed_unless_it_is_asked(server: Server) -> None:
    server.put("b.wav", b"1")
    store = server.open()

    for one in list(store.files()):
        store.open(one.name).close()
    store.close()

    assert server.has("b.wav")


def test_a_file_that_grows_is_seen_to_grow_until_it_is_whole(server: Server) -> None:
    server.put("a.wav", b"1")
    store, settling = server.open(), Settling(60_000)
    now = 1_000
    first = settling.look(store.files(), now)
    server.put("a.wav", b"12")
    second = settling.look(store.files(), now + 60_000)
    third = settling.look(store.files(), now + 120_000)

    assert (first, second) == (([], 1), ([], 1))
    assert [(one.name, one.size) for one in third[0]] == [("a.wav", 2)]


@only(*OBJECTS)
def test_content_is_asked_for_in_windows(server: Server) -> None:
    server.put("a.wav", b"x" * (2 * WINDOW + 5))

    server.open().open("a.wav").close()

    ends = (WINDOW - 1, 2 * WINDOW - 1, 2 * WINDOW + 4)
    assert server.ranges == [f"bytes={begin}-{end}" for begin, end in zip((0, WINDOW, 2 * WINDOW), ends, strict=True)]


def test_a_file_that_changes_while_it_is_read_is_not_taken(server: Server, kind: str) -> None:
    size = WINDOW + 5 if kind in OBJECTS else 50_000
    server.put("a.wav", b"x" * size)
    server.reading = lambda: server.put("a.wav", b"y" * (size + 1))
    store = server.open()

    with pytest.raises(OSError, match="changed while it was read; the next look takes it up"):
        store.open("a.wav")
    with store.open("a.wav") as file:
        assert file.read() == b"y" * (size + 1)


def test_a_file_that_vanishes_while_it_is_read_is_gone(server: Server, kind: str) -> None:
    server.put("a.wav", b"x" * (WINDOW + 5 if kind in OBJECTS else 50_000))
    server.reading = lambda: server.drop("a.wav")

    with pytest.raises(FileNotFoundError, match="no such file"):
        server.open().open("a.wav")


def test_a_file_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        server.open().open("a.wav")


def test_a_folder_without_files_is_empty(server: Server) -> None:
    assert list(server.open().files()) == []


def test_a_folder_that_is_not_there_is_no_empty_one(server: Server) -> None:
    server.put("b.wav", b"1")

    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        list(server.open(address=server.address.replace("calls", "nowhere")).files())


def test_wrong_credentials_are_told_without_them(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.put("b.wav", b"1")
    server.refused = not server.wrong and "@" not in server.address
    for name, value in server.wrong.items():
        monkeypatch.setenv(name, value)
    address = server.address.replace(f"//{servers.USER}:", "//eve:falsch")

    with pytest.raises((OSError, ConfigurationError), match="access denied; check the credentials") as caught:
        list(server.open(address=address).files())

    assert not [secret for secret in SECRETS if secret in str(caught.value)]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a host that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=20) as door:
        yield int(door.getsockname()[1])


def test_a_host_that_says_nothing_is_waited_for_no_longer_than_told(
    server: Server, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = next(one for one in (server.address, *server.environment.values()) if "127.0.0.1:" in one)
    port = port.partition("127.0.0.1:")[2].partition("/")[0]
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value.replace(f":{port}", f":{silent}"))
    address = server.address.replace(f":{port}", f":{silent}")

    with pytest.raises((OSError, ConfigurationError), match=r"no answer|no connection") as caught:
        server.open(address=address, wait_seconds=0.05).open("b.wav")

    assert not [secret for secret in SECRETS if secret in str(caught.value)]


@only("sftp", "webdav")
@pytest.mark.parametrize("name", ["50 % + %23.wav", "a#b?c/1 & 2.wav"])
def test_names_hold_what_means_something_in_an_address(server: Server, name: str) -> None:
    server.put(name, b"12")
    store = server.open()

    assert [one.name for one in store.files()] == [name]
    with store.open(name) as file:
        assert file.read() == b"12"
    store.remove(name)
    assert not server.has(name)


@only("sftp", "webdav")
def test_a_link_is_not_listed(server: Server, tmp_path: Path) -> None:
    linked(server, tmp_path)

    assert [one.name for one in server.open().files()] == ["in/a.wav"]


@only("sftp")
@pytest.mark.parametrize("name", ["link.wav", "folder/secret.wav"])
def test_what_has_become_a_link_since_is_not_read(server: Server, tmp_path: Path, name: str) -> None:
    linked(server, tmp_path)

    with pytest.raises(OSError, match="behind a link"):
        server.open().open(name)


def linked(server: Server, tmp_path: Path) -> None:
    """A file, and two links out of the folder."""
    server.put("in/a.wav", b"1")
    (tmp_path / "served" / "secret.wav").write_bytes(b"secret")
    (tmp_path / "served" / "calls" / "link.wav").symlink_to("../secret.wav")
    (tmp_path / "served" / "calls" / "folder").symlink_to("..")


@only("sftp")
def test_a_server_whose_key_nobody_knows_is_not_believed(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "known_hosts").write_text("")

    with pytest.raises(ConfigurationError, match=r"cannot be opened: .*known_hosts") as caught:
        server.open()

    assert not [secret for secret in SECRETS if secret in str(caught.value)]


@only("sftp")
def test_a_connection_that_was_lost_is_made_anew(server: Server) -> None:
    server.put("a.wav", b"12")
    store = server.open()
    list(store.files())

    server.hang_up()
    with suppress(OSError):  # that a line is lost is noticed when it is used, or before
        list(store.files())

    assert [one.name for one in store.files()] == ["a.wav"]


def test_several_threads_may_read_at_once(server: Server) -> None:
    contents = {f"{number}.wav": bytes([number]) * (300_000 + number) for number in range(8)}
    for name, content in contents.items():
        server.put(name, content)
    store = server.open()

    def read(name: str) -> bytes:
        with store.open(name) as file:
            return file.read()

    with ThreadPoolExecutor(4) as threads:
        assert dict(zip(contents, threads.map(read, contents), strict=True)) == contents


@pytest.mark.parametrize(("address", "instead"), [("s3://k:geheim@b/x", "AWS_ACCESS_KEY_ID"), ("gs://k:geheim@b/x", "GOOGLE_")])
def test_a_key_in_an_address_that_takes_none_is_told_where_it_belongs(address: str, instead: str) -> None:
    with pytest.raises(ConfigurationError, match=f"set {instead}") as caught:
        remote.open(address)

    assert "geheim" not in str(caught.value)
