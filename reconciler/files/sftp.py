"""SFTP for `remote`: servers are known by their key, threads have channels of their own, a lost connection is made anew.

The driver of fsspec alone believes whoever answers, and has one channel, which paramiko does not guard against two readers.
Content comes packet by packet, one after another: paramiko's reading ahead shares its state with a thread and is not relied on.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit


def opened(driver: Any, address: str, wait_seconds: float) -> tuple[Any, str]:
    """The system behind an address, and the folder in it; `driver` is the class that fsspec has for SFTP."""
    parts = urlsplit(address)
    said = {
        "username": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "port": parts.port,
    }
    waits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), wait_seconds)
    system = _known(driver)(parts.hostname, **waits, **{name: value for name, value in said.items() if value})
    system.top = unquote(parts.path).rstrip("/")
    return system, system.top


def _known(driver: Any) -> Any:
    class Known(driver):  # type: ignore[misc]  # the driver has no types
        """The driver, with lines that are dialled again."""

        cachable = False  # another call may have other credentials
        top = ""

        def _connect(self) -> None:
            self._line = _Line(self.host, self.ssh_kwargs)
            self._line.channel()

        @property
        def ftp(self) -> Any:
            return self._line.channel()

        def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
            return self.ftp.open(path, mode)

        def info(self, path: str) -> Any:
            """What the file is. Raises `OSError` where any step of the way below the top is a link: it may lead anywhere."""
            at, found = self.top, None
            for step in path.removeprefix(f"{self.top}/").split("/"):
                at = f"{at}/{step}"
                found = self._decode_stat(self.ftp.lstat(at))
                if found["type"] == "link":
                    raise OSError(errno.EINVAL, "")
            return found

        def close(self) -> None:
            self._line.close()

    return Known


class _Line:
    """A connection to a server whose key is in ~/.ssh/known_hosts; dialled again where it was lost."""

    def __init__(self, host: str, said: Mapping[str, Any]) -> None:
        self._host, self._said = host, said
        self._client: Any = None
        self._lock, self._mine = threading.Lock(), threading.local()

    def channel(self) -> Any:
        """The channel of this thread. Raises what paramiko raises."""
        with self._lock:
            client = self._client
            transport = client and client.get_transport()
            if not (transport and transport.is_active()):
                self.close()
                self._client = client = self._dialled()
        if getattr(self._mine, "client", None) is not client:
            self._mine.client, self._mine.channel = client, client.open_sftp()
            self._mine.channel.get_channel().settimeout(self._said["timeout"])
        return self._mine.channel

    def _dialled(self) -> Any:
        paramiko = import_module("paramiko")
        client = paramiko.SSHClient()
        client.load_system_host_keys()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(self._host, **self._said)
        except BaseException:
            client.close()
            raise
        return client

    def close(self) -> None:
        """Ends the connection."""
        if self._client:
            self._client.close()
