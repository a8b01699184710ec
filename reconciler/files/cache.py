"""A folder that keeps bytes by name: `model.port.Cache` on this machine's disk. Losing it costs time, never data.

What lies in it is as good as what was put in: whoever can write here can forge what is read. So it stands beside the ledger,
readable by its owner only, and is never shared between machines or branches.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,199}")


class FolderCache:
    """Files in one folder, made on first use with mode 0700. Trouble with the disk loses entries and raises nothing.

    `most` bounds the bytes kept: the first `put` of each FolderCache removes what was used longest ago.
    """

    def __init__(self, folder: Path, *, most: int = 512 * 1024 * 1024) -> None:
        self.folder = folder
        self.most = most
        self._pruned = False

    def get(self, name: str) -> bytes | None:
        """What was put under `name`, or None."""
        path = self._path(name)
        try:
            data = path.read_bytes()
            os.utime(path)  # used just now: prune takes others first
        except OSError:
            return None
        return data

    def put(self, name: str, data: bytes) -> None:
        """Keeps `data` under `name`: written beside it and renamed, so that no reader sees half of it."""
        path = self._path(name)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(path, data)
            if not self._pruned:
                self._pruned = True
                self.prune()

    def prune(self) -> None:
        """Removes what was used longest ago until at most `most` bytes are left, and what a crash left half written."""
        entries = sorted((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(self.folder))
        spare = sum(size for _used, size, _path in entries) - self.most
        for _used, size, path in entries:
            if spare <= 0:
                return
            with suppress(OSError):
                Path(path).unlink()
                spare -= size

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for the cache")
        return self.folder / name

    def _replace(self, path: Path, data: bytes) -> None:
        # mkstemp makes the file readable by its owner only.
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except OSError:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
