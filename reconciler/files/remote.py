"""Recordings on other machines: `model.recorded.Store` over fsspec, which lives here and nowhere else, and so do its drivers.

Credentials are what each driver finds in its own environment (AWS_…, AZURE_STORAGE_…, GOOGLE_APPLICATION_CREDENTIALS); an address
may hold a user and a password as well, and is never shown with them. A file is copied to a nameless temporary one before it is
looked into: decoders need a descriptor, and an upload that is repeated must not fetch it again.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit

from reconciler.errors import ConfigurationError
from reconciler.files import sftp, trouble
from reconciler.model.problem import plain
from reconciler.model.recorded import Stored

PIECE = 4 * 1024 * 1024
"""Bytes of one request for content: each costs a way there and back, and each is held in memory."""
WAIT_SECONDS = 60.0
TRIES = 3
PAGES = 60
"""Waits for a whole list: it comes in pages of 1,000 to 5,000."""
_TALKERS = ("azure", "fsspec", "gcsfs", "google", "paramiko", "s3fs")
"""Drivers that log what they also raise, with addresses and the words of servers in it."""
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
_KEYLESS = {"s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "gs": "GOOGLE_APPLICATION_CREDENTIALS"}
"""Scheme whose addresses hold no credentials → where they stand instead. Azure has `abfs://container@account…`."""


def shown(address: str) -> str:
    """An address for people: without user, password and query."""
    return plain(re.sub(r"//[^/?#]*@", "//", address).partition("?")[0])


def open(address: str, *, wait_seconds: float = WAIT_SECONDS) -> Remote:  # noqa: A001 - read as `remote.open`
    """The store behind an address; `wait_seconds` is how long a driver waits for one answer.

    Raises `ConfigurationError` for a scheme nobody knows, without its driver, or where the driver refuses to begin.
    """
    scheme = address.partition("://")[0].casefold()
    if scheme not in EXTRAS or "::" in address:
        known = ", ".join(f"{one}://" for one in EXTRAS)
        raise ConfigurationError(
            f"runners.recordings.from: {shown(address)} is not understood; write a folder, or one of {known}"
        )
    if scheme in _KEYLESS and "@" in urlsplit(address).netloc:
        what = f"{shown(address)} holds a key, which {scheme}:// does not take"
        raise ConfigurationError(f"runners.recordings.from: {what}; set {_KEYLESS[scheme]} instead")
    for one in _TALKERS:
        logging.getLogger(one).setLevel(logging.CRITICAL + 1)
    try:
        system, root = _SYSTEMS.get(scheme, _plain)(address, wait_seconds)
    except ImportError:
        what = f"pip install 'genesys-cloud-reconciler[{EXTRAS[scheme]}]'"
        raise ConfigurationError(f"runners.recordings.from: {scheme}:// needs a driver: {what}") from None
    except Exception as error:  # noqa: BLE001 - each driver has error classes of its own, and their text may hold the password
        why = trouble.told(error, "").strerror
        what = f"{shown(address)} cannot be opened: {why}"
        raise ConfigurationError(f"runners.recordings.from: {what}; check address, credentials and known_hosts") from None
    return Remote(system, root, shown(address), wait_seconds)


def _plain(address: str, _: float, **said: Any) -> tuple[Any, str]:
    """What fsspec knows by itself, with nothing remembered of an earlier call: credentials and listings change."""
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with an extra, and without types

    system, root = url_to_fs(address, skip_instance_cache=True, use_listings_cache=False, **said)
    return system, root


def _s3(address: str, wait_seconds: float) -> tuple[Any, str]:
    waits = {"connect_timeout": wait_seconds, "read_timeout": wait_seconds, "retries": {"max_attempts": TRIES}}
    system, root = _plain(address, wait_seconds, config_kwargs=waits)
    system.retries = TRIES
    return system, root


def _google(address: str, _: float) -> tuple[Any, str]:
    """Google's storage by its JSON API alone; the driver's other ways need one right more, to ask what kind of bucket it is."""
    driver = import_module("gcsfs.core").GCSFileSystem
    token = "anon" if os.environ.get("STORAGE_EMULATOR_HOST") else None
    return driver(token=token, skip_instance_cache=True, use_listings_cache=False), driver._strip_protocol(address)  # noqa: SLF001 - as url_to_fs does


def _webdav(address: str, wait_seconds: float) -> tuple[Any, str]:
    """WebDAV takes its address as a whole; `webdavs` is the one with TLS."""
    parts = urlsplit(address)
    base = f"{'https' if parts.scheme == 'webdavs' else 'http'}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    client: Any = import_module("webdav4.client").Client

    class Quoting(client):  # type: ignore[misc]  # the driver has no types of use here
        """The same, for names with the letters that mean something in an address; the driver quotes all others."""

        def join_url(self, path: str, **said: Any) -> Any:
            return super().join_url(re.sub("[%#?]", lambda found: quote(found[0]), path), **said)

    known = Quoting(base, auth=auth, timeout=wait_seconds, chunk_size=PIECE)
    system = import_module("webdav4.fsspec").WebdavFileSystem(base, client=known, skip_instance_cache=True)
    system.close = known.http.close
    return system, ""


def _sftp(address: str, wait_seconds: float) -> tuple[Any, str]:
    return sftp.opened(import_module("fsspec.implementations.sftp").SFTPFileSystem, address, wait_seconds)


_SYSTEMS: Mapping[str, Callable[[str, float], tuple[Any, str]]] = {
    "gs": _google,
    "s3": _s3,
    "sftp": _sftp,
    "webdav": _webdav,
    "webdavs": _webdav,
}


class Remote:
    """The files below an address."""

    def __init__(self, system: Any, root: str, place: str, wait_seconds: float = WAIT_SECONDS) -> None:
        self._system, self._root, self._place, self._wait = system, root.rstrip("/"), place, wait_seconds
        self._flat = bool(getattr(system, "async_impl", False))  # drivers of object stores, all of them asynchronous

    def files(self) -> Iterator[Stored]:
        """Every file that is not hidden, sorted by name; links are passed over, since they may lead anywhere.

        Raises `OSError` where there is no such folder or container; in an object store a folder is there once it has a file.
        """
        found = self._asked(self._found)
        for path in sorted(found):
            name = self._name(path)
            info = found[path]
            if name and info.get("type", "file") == "file" and not any(step.startswith(".") for step in name.split("/")):
                yield Stored(name, int(info.get("size") or 0), _changed(info))

    def _found(self) -> Mapping[str, Mapping[str, Any]]:
        self._system.invalidate_cache()
        passing = {} if self._flat else {"on_error": _unless_gone}
        found: Mapping[str, Mapping[str, Any]] = self._ask("find", self._root, detail=True, waits=PAGES, **passing)
        if not found and self._system.protocol != "memory":
            self._ask("ls", self._root.partition("/")[0] if self._flat else self._root, detail=False)
        return found

    def open(self, name: str) -> BinaryIO:
        """A copy of the file on this machine, which goes when it is closed."""
        path = self._path(name)
        copy: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes it
        try:
            self._asked(lambda: self._copy(path, copy))
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        file: BinaryIO = copy
        return file

    def _copy(self, path: str, copy: BinaryIO) -> None:
        """Copies in windows. What is another file afterwards is refused: it would be half of one and half of the other."""
        before = self._looks(path)
        copy.writelines(self._pieces(path, before[0]))
        if self._looks(path) != before or copy.tell() != before[0]:
            raise OSError(errno.EBUSY, "")

    def _pieces(self, path: str, size: int) -> Iterator[bytes]:
        if self._flat:
            for at in range(0, size, PIECE):
                yield self._ask("cat_file", path, start=at, end=min(at + PIECE, size))
            return
        with self._system.open(path, "rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def _looks(self, path: str) -> tuple[int, int, str]:
        """Size, change time and ETag as they are now."""
        info = self._ask("info", path)
        return int(info.get("size") or 0), _changed(info), str(info.get("ETag") or info.get("etag") or "")

    def _ask(self, what: str, *said: Any, waits: int = 1, **more: Any) -> Any:
        """What a driver answers; where it is asynchronous, within so many waits, which not every driver keeps by itself."""
        if not self._flat:
            return getattr(self._system, what)(*said, **more)
        from fsspec.asyn import sync  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

        return sync(self._system.loop, getattr(self._system, f"_{what}"), *said, timeout=self._wait * waits, **more)

    def remove(self, name: str) -> None:
        """Deletes the file."""
        path = self._path(name)
        with suppress(FileNotFoundError):
            self._asked(lambda: self._ask("rm_file", path))

    def close(self) -> None:
        """Ends connections; those of object stores end with their driver, which goes now."""
        close = getattr(self._system, "close", None)
        if close:
            close()

    def _asked(self, work: Callable[[], Any]) -> Any:
        """What a driver answers. Raises `OSError` for whatever it raises, without its words: they may hold the password."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - each driver has error classes of its own, most of them not of the system
            raise trouble.told(error, self._place) from None

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


def _unless_gone(error: Exception) -> None:
    """A folder may go while its files are listed. Whatever else: a list without its files would look whole."""
    if not isinstance(error, FileNotFoundError):
        raise error


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
