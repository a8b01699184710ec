"""What a look at a store makes of files that it cannot read as they were listed."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import BinaryIO

import pytest

from reconciler.model.recorded import Stored
from reconciler.model.recording import Accept, Worth
from reconciler.model.recording_settings import RecordingsRunner
from reconciler.pipeline.recording_eye import Eye
from reconciler.pipeline.recording_look import Look, look
from reconciler.runners.recording_settle import Settling


class Troubled:
    """A store with one file that cannot be opened."""

    def __init__(self, number: int) -> None:
        self._number = number

    def files(self) -> list[Stored]:
        return [Stored("C1.wav", 100, 1)]

    def open(self, name: str) -> BinaryIO:
        raise OSError(self._number, os.strerror(self._number), name)

    def remove(self, name: str) -> None: ...

    def close(self) -> None: ...


class Blank:
    """A ledger that has seen nothing."""

    def seen(self, _files: object) -> dict[str, bytes]:
        return {}

    def keep(self, _contents: object) -> None: ...


@pytest.mark.parametrize(("number", "growing", "refused"), [(errno.EBUSY, 1, 0), (errno.EACCES, 0, 1)])
def test_a_file_that_changes_while_it_is_read_waits_for_the_next_look(number: int, growing: int, refused: int) -> None:
    eye = Eye(Troubled(number), Blank(), Accept(), RecordingsRunner(), Settling(0), lambda: (lambda _name: None, []))  # type: ignore[arg-type]  # all of a ledger that is asked

    found: Look = asyncio.run(look(eye, 10_000, {}))

    assert (found.growing, found.worth[Worth.REFUSED]) == (growing, refused)
