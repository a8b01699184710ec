"""Recordings on other machines: `model.recorded.Store` over fsspec, which lives here and nowhere else, and so do its drivers.

Credentials are what each driver finds in its own environment (AWS_…, AZURE_STORAGE_…, GOOGLE_APPLICATION_CREDENTIALS); an address
may hold a user and a password as well, and is never shown with them. A file is copied to a nameless temporary one before it is
looked into: decoders need a descriptor, and an upload that is repeated must not fetch it again.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from reconciler.errors import ConfigurationError
from reconciler.model.problem import plain
from reconciler.model.recorded import Stored

PIECE = 1024 * 1024
EXTRAS = {
    "memory": "recordings",
    "s3": "recordings-s3",
    "sftp": "recordings-sftp",
    "webdav": "recordings-webdav",
    "webdavs": "recordings-webdav",
    "az": "recordings-azure",
    "abfs": "recordings-azure",
    "gs": "recordings-google",
}
"""Scheme of an address → the extra of this package that brings its driver. Others, chains of drivers too, are refused."""


def shown(address: str) -> str:
    """An address for people: without user, password and query."""
    return plain(re.sub(r"//[^/?#]*@", "//", address).partition("?")[0])


def open(address: str) -> Remote:  # noqa: A001 - read as `remote.open`
    """The store behind an address. Raises `ConfigurationError` for a scheme nobody knows, or without its driver."""
    scheme = address.partition("://")[0].casefold()
    if scheme not in EXTRAS or "::" in address:
        known = ", ".join(f"{one}://" for one in EXTRAS)
        raise ConfigurationError(
            f"runners.recordings.from: {shown(address)} is not understood; write a folder, or one of {known}"
        )
    try:
        system, root = _SYSTEMS.get(scheme, _plain)(address)
    except ImportError:
        what = f"pip install 'genesys-cloud-reconciler[{EXTRAS[scheme]}]'"
        raise ConfigurationError(f"runners.recordings.from: {scheme}:// needs a driver: {what}") from None
    except Exception as error:  # noqa: BLE001 - drivers raise whatever their libraries raise; its text may hold the password
        what = f"{shown(address)} cannot be opened ({type(error).__name__})"
        raise ConfigurationError(f"runners.recordings.from: {what}; check address, credentials and known_hosts") from None
    return Remote(system, root, shown(address))


def _plain(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with an extra, and without types

    system, root = url_to_fs(address)
    return system, root


def _webdav(address: str) -> tuple[Any, str]:
    """WebDAV takes its address as a whole; `webdavs` is the one with TLS."""
    parts = urlsplit(address)
    base = f"{'https' if parts.scheme == 'webdavs' else 'http'}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return import_module("webdav4.fsspec").WebdavFileSystem(base, auth=auth), ""


def _sftp(address: str) -> tuple[Any, str]:
    """SFTP with a server whose key is in ~/.ssh/known_hosts: the driver alone would believe anybody who answers."""
    paramiko = import_module("paramiko")
    driver: Any = import_module("fsspec.implementations.sftp").SFTPFileSystem

    class Known(driver):  # type: ignore[misc]  # the driver has no types
        """The same, with the keys of servers checked."""

        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    parts = urlsplit(address)
    said = {"username": parts.username, "password": parts.password and unquote(parts.password), "port": parts.port}
    return Known(parts.hostname, **{name: value for name, value in said.items() if value}), unquote(parts.path)


_SYSTEMS: Mapping[str, Callable[[str], tuple[Any, str]]] = {"sftp": _sftp, "webdav": _webdav, "webdavs": _webdav}


class Remote:
    """The files below an address."""

    def __init__(self, system: Any, root: str, place: str) -> None:
        self._system, self._root, self._place = system, root.rstrip("/"), place

    def files(self) -> Iterator[Stored]:
        """Every file that is not hidden, sorted by name; links are passed over, since they may lead anywhere."""
        self._system.invalidate_cache()
        found = self._asked(lambda: self._system.find(self._root, detail=True))
        for path in sorted(found):
            name = self._name(path)
            info = found[path]
            if name and info.get("type", "file") == "file" and not any(step.startswith(".") for step in name.split("/")):
                yield Stored(name, int(info.get("size") or 0), _changed(info))

    def open(self, name: str) -> BinaryIO:
        """A copy of the file on this machine, which goes when it is closed."""
        copy: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes it
        try:
            self._asked(lambda: self._copy(self._path(name), copy))
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        file: BinaryIO = copy
        return file

    def _copy(self, path: str, copy: BinaryIO) -> None:
        with self._system.open(path, "rb") as file:
            while piece := file.read(PIECE):
                copy.write(piece)

    def remove(self, name: str) -> None:
        """Deletes the file."""
        with suppress(FileNotFoundError):
            self._asked(lambda: self._system.rm_file(self._path(name)))

    def close(self) -> None:
        """Drivers close their connections themselves."""

    def _asked(self, work: Callable[[], Any]) -> Any:
        """What a driver answers. Raises `OSError` for whatever it raises, without its words: they may hold the password."""
        try:
            return work()
        except OSError as error:
            raise type(error)(error.errno or errno.EIO, error.strerror or os.strerror(errno.EIO), self._place) from None
        except Exception as error:  # noqa: BLE001 - drivers raise whatever their libraries raise
            raise OSError(errno.EIO, f"no answer ({type(error).__name__})", self._place) from None

    def _name(self, path: str) -> str:
        """The path below the root; empty for what does not lie there."""
        path, root = path.lstrip("/"), self._root.lstrip("/")
        name = path.removeprefix(f"{root}/") if root else path
        inside = not root or path.startswith(f"{root}/")
        return name if inside and not {"", ".", ".."} & set(name.split("/")) else ""

    def _path(self, name: str) -> str:
        if {"", ".", ".."} & set(name.split("/")):
            raise OSError(errno.EINVAL, "leads out of the folder", self._place)
        return f"{self._root}/{name}" if self._root else name


def _changed(info: Mapping[str, Any]) -> int:
    """When a file changed, in milliseconds since 1970; every driver has a name and a form of its own for it."""
    for name in ("mtime", "LastModified", "last_modified", "modified", "updated", "created"):
        value = info.get(name)
        if isinstance(value, int | float):
            return int(value * 1000)
        if isinstance(value, str):
            with suppress(ValueError):
                value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
    return 0
