"""How far a file was read, and whether a file is still, or again, the one that was read so far."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

import orjson

from reconciler.formats.frame import Position

HEAD = 4096
TAIL = 1024
SKIPPED = -1
_VERSION = 1


class Unreadable(OSError):
    """A file that cannot be read now; the message says why, without its name."""


class Mark(NamedTuple):
    """A file, how far it was read, and digests of its first `HEAD` and the last `TAIL` bytes before that.

    `offset` is `SKIPPED` for a file that is not to be read at all. `tail` is empty for a compressed file.
    """

    name: str
    device: int
    inode: int
    offset: int
    line: int
    state: str
    head: str
    tail: str

    @property
    def key(self) -> tuple[int, int]:
        """What the system knows it by."""
        return self.device, self.inode

    @property
    def position(self) -> Position:
        """Where to go on."""
        return Position(self.offset, self.line, self.state)


class Door(Protocol):
    """An open file. Raises `Unreadable`."""

    is_packed: bool

    def key(self) -> tuple[int, int]:
        """What the system knows it by."""
        ...

    def links(self) -> int:
        """How many names it has; none when it was deleted."""
        ...

    def size(self) -> int:
        """Its bytes, unpacked."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """At most so many bytes from there on; none at the end."""
        ...

    def close(self) -> None:
        """Gives it back."""
        ...


class PlainDoor:
    """A file as it is."""

    is_packed = False

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            self.close()
            raise Unreadable("it is no plain file")

    def key(self) -> tuple[int, int]:
        """Device and inode."""
        found = os.fstat(self._file)
        return found.st_dev, found.st_ino

    def links(self) -> int:
        """Its names."""
        return os.fstat(self._file).st_nlink

    def size(self) -> int:
        """Its size now."""
        return os.fstat(self._file).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Bytes, wherever they are."""
        return os.pread(self._file, size, offset)

    def close(self) -> None:
        """Closes it."""
        with suppress(OSError):
            os.close(self._file)


class PackedDoor(PlainDoor):
    """A file compressed by gzip. Reading on is cheap, going back is not."""

    is_packed = True

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._packed = os.fdopen(os.dup(self._file), "rb")
        self._unpacked = gzip.GzipFile(fileobj=self._packed)

    def size(self) -> int:
        """Its size unpacked; it must be unpacked for that."""
        offset = 0
        while piece := self.read(offset, 1024 * 1024):
            offset += len(piece)
        return offset

    def read(self, offset: int, size: int) -> bytes:
        """Unpacked bytes. `Unreadable` where it is incomplete, perhaps because it is still written, or broken."""
        try:
            self._unpacked.seek(offset)
            return self._unpacked.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(f"it is no whole gzip file: {error}") from None

    def close(self) -> None:
        """Closes it."""
        self._unpacked.close()
        self._packed.close()
        super().close()


def opened(path: Path) -> Door:
    """The file, unpacked where its name ends in .gz. Raises `OSError`."""
    return PackedDoor(path) if path.name.endswith(".gz") else PlainDoor(path)


def mark(door: Door, name: str, position: Position) -> Mark:
    """What to remember of a file that was read up to there."""
    head = digest(door.read(0, min(HEAD, position.offset)))
    tail = "" if door.is_packed else digest(_tail(door, position.offset))
    return Mark(name, *door.key(), position.offset, position.line, position.state, head, tail)


def skipped(door: Door, name: str) -> Mark:
    """What to remember of a compressed file that is not to be read."""
    return Mark(name, *door.key(), SKIPPED, 1, "", "", "")


def fits(mark: Mark, door: Door) -> bool:
    """Whether in this file stands what was read, up to the mark. Raises `Unreadable`."""
    if mark.offset <= 0:
        return True
    if not door.is_packed and door.size() < mark.offset:
        return False
    head = door.read(0, min(HEAD, mark.offset))
    if len(head) < min(HEAD, mark.offset) or digest(head) != mark.head:
        return False
    return not mark.tail or digest(_tail(door, mark.offset)) == mark.tail


def begins(mark: Mark, door: Door) -> bool:
    """Whether this file is a copy of what was read that ends before the mark. Raises `Unreadable`."""
    size = min(HEAD, mark.offset)
    return 0 < size <= door.size() < mark.offset and digest(door.read(0, size)) == mark.head


def text(marks: Iterable[Mark]) -> str:
    """Marks as the text of a bookmark."""
    return orjson.dumps({"v": _VERSION, "files": [tuple(one) for one in marks]}).decode()


def marks(text: str) -> list[Mark]:
    """The marks of a bookmark; none of an empty one. Raises `ValueError` for what `text` did not write."""
    with suppress(ValueError, KeyError, TypeError):
        found = orjson.loads(text or '{"v":1,"files":[]}')
        if found["v"] == _VERSION:
            return [Mark(*one) for one in found["files"]]
    raise ValueError(f"this is no bookmark of files: {text[:80]!r}")


def digest(data: bytes) -> str:
    """What stands for these bytes in a mark."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _tail(door: Door, offset: int) -> bytes:
    return door.read(max(offset - TAIL, 0), min(TAIL, offset))
