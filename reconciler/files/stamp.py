"""Whether folders have changed since somebody looked: cheaply by size and time of every file, surely by their contents.

Nothing is handed out but digests, so links may be followed and nothing is bounded. Hidden files count as little as they do
when a folder is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PIECE = 1024 * 1024


def changed(folders: Iterable[Path]) -> str:
    """A digest of names, sizes and times of change of all files; another one means: look closer. Reads no contents."""
    digest = hashlib.sha256()
    for name, _, found in _files(folders):
        digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def contents(folders: Iterable[Path]) -> str:
    """A digest of names and contents of all files; another one means: something else stands there."""
    digest = hashlib.sha256()
    for name, path, found in _files(folders):
        digest.update(f"{name}\0{found.st_size}\0".encode(errors="surrogateescape"))
        with suppress(OSError), path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()


def is_empty(folder: Path) -> bool:
    """Whether there is no such folder, or nothing in it that would be read."""
    return next(_files([folder]), None) is None


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, Path, os.stat_result]]:
    """(name with the folder's number before it, path, stat) of every plain file, sorted by name within its folder."""
    for number, root in enumerate(folders):
        for folder, inner, names in os.walk(root):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(name for name in names if not name.startswith(".")):
                path = Path(folder, name)
                with suppress(OSError):  # gone since it was listed, or a link to nothing
                    found = path.stat()
                    if stat.S_ISREG(found.st_mode):
                        yield f"{number}/{path.relative_to(root).as_posix()}", path, found
