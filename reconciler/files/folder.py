"""A folder of recordings on this machine: `model.recorded.Store`. Opens nothing behind a link, and nothing but plain files."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from reconciler.model.recorded import Stored

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder:
    """The files below a folder. The folder itself may be a link, since its owner named it; nothing below may lead out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def files(self) -> Iterator[Stored]:
        """Every file that is not hidden, links and pipes too: opening them fails, and that is told. Sorted within each folder."""
        if not self._root.is_dir():
            raise OSError(errno.ENOENT, "no such folder", str(self._root))
        stack = [(self._root, "")]
        while stack:
            folder, before = stack.pop()
            inner = []
            for entry in _entries(folder):
                if entry.name.startswith("."):
                    continue
                name = f"{before}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    inner.append((folder / entry.name, f"{name}/"))
                    continue
                with suppress(FileNotFoundError):
                    seen = entry.stat(follow_symlinks=False)
                    yield Stored(name, seen.st_size, seen.st_mtime_ns // 1_000_000)
            stack += reversed(inner)

    def open(self, name: str) -> BinaryIO:
        """The file, unbuffered. Raises `OSError` where it is no plain file, or any step of the way to it is a link."""
        with self._above(name) as (folder, last):
            number = os.open(last, _FILE, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise OSError(errno.EINVAL, "no plain file", name)
        return os.fdopen(number, "rb", buffering=0)

    def remove(self, name: str) -> None:
        """Deletes the file."""
        with suppress(FileNotFoundError), self._above(name) as (folder, last):
            os.unlink(last, dir_fd=folder)

    def close(self) -> None:
        """Nothing is kept open."""

    @contextmanager
    def _above(self, name: str) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that holds a file, reached step by step, and the file's own name in it."""
        *steps, last = name.split("/")
        if {*steps, last} & {"", ".", ".."} or "\0" in name:
            raise OSError(errno.EINVAL, "leads out of the folder", name)
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for step in steps:
                above, folder = folder, os.open(step, _FOLDER, dir_fd=folder)
                os.close(above)
            yield folder, last
        finally:
            os.close(folder)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, sorted; nothing where it is gone by now or may not be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
