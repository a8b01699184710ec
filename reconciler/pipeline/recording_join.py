"""Two files of a store that hold one side of a call each → one stereo recording in a file without a name.

The same files give the same bytes, so it is made anew whenever it is needed, and nothing of it stays on the disk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from threading import Lock
from typing import BinaryIO, Self

from reconciler.audio.box import Box
from reconciler.model.recorded import Store


class Apart(Exception):
    """Two files cannot be put side by side; the message says why."""


class Changed(OSError):
    """A file is not what it was any more."""


def joined(store: Store, names: Sequence[str], box: Box, apart_seconds: float, sizes: Sequence[int] = ()) -> BinaryIO:
    """The file made of two, left then right. Blocks. Raises `OSError`, and `Apart` where something would be lost or pretended.

    With `sizes` it raises `Changed` where the files have others.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(store.open(name)) for name in names]
        if sizes and [os.fstat(one.fileno()).st_size for one in files] != list(sizes):
            raise Changed("it has changed")
        with ExitStack() as failing:
            target = failing.enter_context(TemporaryFile(buffering=0))
            if why := box.join(files[0], files[1], target, apart_seconds=apart_seconds):
                raise Apart(why)
            failing.pop_all()
    target.seek(0)
    return target


class Opener:
    """Opens what is uploaded: a file of a store, or what two of them make. For several threads at once."""

    def __init__(self, store: Store, apart_seconds: float) -> None:
        self._store, self._apart_seconds = store, apart_seconds
        self._box, self._lock = Box(), Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._box.close()

    def open(self, names: Sequence[str]) -> BinaryIO:
        """The file. Raises `OSError`."""
        if len(names) == 1:
            return self._store.open(names[0])
        try:
            with self._lock:
                return joined(self._store, names, self._box, self._apart_seconds)
        except Apart as error:
            raise Changed(f"cannot be put side by side any more: {error}") from None
