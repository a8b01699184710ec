"""Recordings behind real servers on loopback; each test needs the driver and a server from its own package."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ConfigurationError
from reconciler.files import remote

NAME = "2026/C1 ü 録.wav"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, size in ((NAME, 3_000_000), ("b.wav", 1)):
        path = tmp_path / "served" / "calls" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (tmp_path / "served" / "calls" / "link.wav").symlink_to("/etc/passwd")
    return tmp_path / "served"


@pytest.fixture
def webdav(root: Path) -> Iterator[str]:
    pytest.importorskip("webdav4", reason="the extra `recordings-webdav` is not installed")
    wsgi = pytest.importorskip("cheroot.wsgi", reason="no server for WebDAV: cheroot is not installed")
    application = pytest.importorskip("wsgidav.wsgidav_app", reason="no server for WebDAV: wsgidav is not installed")
    users = {"*": {"ann": {"password": "geheim"}}}
    wishes = {"provider_mapping": {"/": str(root)}, "simple_dc": {"user_mapping": users}, "logging": {"enable": False}}
    server = wsgi.Server(("127.0.0.1", 0), application.WsgiDAVApp(wishes))
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"webdav://ann:geheim@127.0.0.1:{server.bind_addr[1]}/calls"
    server.stop()
    thread.join()


@pytest.fixture
def sftp(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    paramiko = pytest.importorskip("paramiko", reason="the extra `recordings-sftp` is not installed")
    key = paramiko.RSAKey.generate(2048)
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} ssh-rsa {key.get_base64()}\n")
    transports: list[Any] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _folder(paramiko, root))
            transport.start_server(server=_guard(paramiko))
            transports.append(transport)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"sftp://ann:geheim@127.0.0.1:{port}/calls"
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    thread.join()
    for one in transports:
        one.close()


def _guard(paramiko: Any) -> Any:
    class Guard(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko has no types
        def check_channel_request(self, *_: Any) -> Any:
            return paramiko.OPEN_SUCCEEDED

        def check_auth_password(self, user: str, password: str) -> Any:
            return paramiko.AUTH_SUCCESSFUL if (user, password) == ("ann", "geheim") else paramiko.AUTH_FAILED

        def get_allowed_auths(self, *_: Any) -> str:
            return "password"

    return Guard()


def _folder(paramiko: Any, root: Path) -> Any:
    class Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]  # the same
        def _real(self, path: str) -> Path:
            return root / self.canonicalize(path).lstrip("/")

        def list_folder(self, path: str) -> Any:
            found = []
            for one in self._real(path).iterdir():
                found.append(paramiko.SFTPAttributes.from_stat(one.lstat()))
                found[-1].filename = one.name
            return found

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def open(self, path: str, flags: int, _attributes: Any) -> Any:
            handle = paramiko.SFTPHandle(flags)
            handle.readfile = self._real(path).open("rb")
            return handle

        def remove(self, path: str) -> Any:
            try:
                os.remove(self._real(path))  # noqa: PTH107 - its error has the number that is asked for
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            return paramiko.SFTP_OK

    return Folder


@pytest.mark.parametrize("server", ["webdav", "sftp"])
def test_files_of_a_server_are_listed_read_and_removed(request: pytest.FixtureRequest, server: str) -> None:
    store = remote.open(request.getfixturevalue(server))

    found = [one for one in store.files() if one.name != "link.wav"]

    assert [(one.name, one.size) for one in found] == [(NAME, 3_000_000), ("b.wav", 1)]
    assert all(one.changed > 1_700_000_000_000 for one in found)
    with store.open(NAME) as file:
        assert len(file.read()) == 3_000_000
    store.remove("b.wav")
    assert "b.wav" not in [one.name for one in store.files()]


def test_a_link_on_a_server_is_passed_over(sftp: str) -> None:
    assert "link.wav" not in [one.name for one in remote.open(sftp).files()]


def test_a_server_whose_key_nobody_knows_is_not_believed(sftp: str, tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "known_hosts").write_text("")

    with pytest.raises(ConfigurationError, match=r"cannot be opened \(SSHException\)") as caught:
        remote.open(sftp)

    assert "geheim" not in str(caught.value)


def test_a_wrong_password_is_told_without_it(webdav: str) -> None:
    with pytest.raises(OSError, match="no answer") as caught:
        list(remote.open(webdav.replace("geheim", "falsch")).files())

    assert "falsch" not in str(caught.value)
