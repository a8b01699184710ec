"""A real SFTP server of a folder: one user, a key of its own, links shown as links."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Served = tuple[int, str, Callable[[], None]]


@contextmanager
def served(root: Path, user: tuple[str, str], told: Callable[[str], None]) -> Iterator[Served]:
    """Its port, its line of known_hosts, and what ends all connections; `told` hears of each file that is opened."""
    import paramiko  # type: ignore[import-untyped,unused-ignore]

    key = paramiko.ECDSAKey.generate()
    door = socket.create_server(("127.0.0.1", 0))
    port = door.getsockname()[1]
    transports: list[Any] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as servers do; else each packet takes 40 ms
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _folder(paramiko, root, told))
            transport.start_server(event=threading.Event(), server=_guard(paramiko, user))
            transports.append(transport)

    def hang_up() -> None:
        for one in transports:
            one.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield port, f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}", hang_up
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join()
        hang_up()


def _guard(paramiko: Any, user: tuple[str, str]) -> Any:
    class Guard(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko has no types
        def check_channel_request(self, *_: Any) -> Any:
            return paramiko.OPEN_SUCCEEDED

        def check_auth_password(self, name: str, password: str) -> Any:
            return paramiko.AUTH_SUCCESSFUL if (name, password) == user else paramiko.AUTH_FAILED

        def get_allowed_auths(self, *_: Any) -> str:
            return "password"

    return Guard()


def _folder(paramiko: Any, root: Path, told: Callable[[str], None]) -> Any:  # noqa: C901 - a class of eight short methods
    def asked(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    class Handle(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko has no types
        def stat(self) -> Any:
            return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

    class Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]  # the same
        def _real(self, path: str) -> Path:
            return root / self.canonicalize(path).lstrip("/")

        def list_folder(self, path: str) -> Any:
            return asked(lambda: [self._told(one) for one in self._real(path).iterdir()])

        def _told(self, path: Path) -> Any:
            found = paramiko.SFTPAttributes.from_stat(path.lstat())
            found.filename = path.name
            return found

        def stat(self, path: str) -> Any:
            return asked(lambda: paramiko.SFTPAttributes.from_stat(self._real(path).stat()))

        def lstat(self, path: str) -> Any:
            return asked(lambda: paramiko.SFTPAttributes.from_stat(self._real(path).lstat()))

        def open(self, path: str, flags: int, _attributes: Any) -> Any:
            told(path)
            handle = Handle(flags)

            def opened() -> Any:
                handle.readfile = self._real(path).open("rb")
                return handle

            return asked(opened)

        def remove(self, path: str) -> Any:
            return asked(lambda: os.remove(self._real(path)) or paramiko.SFTP_OK)  # noqa: PTH107 - None, then the code

    return Folder
