"""What a look at a store works with: store, ledger, what is accepted; threads and boxes; and the digests of a file."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import BinaryIO

from reconciler.audio.box import Box
from reconciler.ledger.recordings import Recordings
from reconciler.model.problem import Problem
from reconciler.model.recorded import Described, Digests, Examined, Store, Stored
from reconciler.model.recording import Accept
from reconciler.model.recording_settings import RecordingsRunner
from reconciler.runners.recording_settle import Settling

PIECE = 1024 * 1024
CHUNK = 64  # files between two commits of what was found in them
Pool = tuple[ThreadPoolExecutor, "SimpleQueue[Box]"]
Row = tuple[Stored, Described | None, Examined | None]
"""A file, what is said of it, and what it is; None for one that changed while it was read."""


@dataclass(frozen=True, slots=True)
class Eye:
    """What a look works with. `told` hears how many files were examined, of how many.

    `wait` is how many milliseconds one side of a call waits for the other one.
    """

    store: Store
    ledger: Recordings
    accept: Accept
    runner: RecordingsRunner
    settling: Settling
    describe: Callable[[], tuple[Callable[[str], Described | None], list[Problem]]]
    told: Callable[[int, int], None] = lambda _done, _all: None
    keeps: bool = True
    wait: int = 0


@contextmanager
def boxes() -> Iterator[Pool]:
    """Threads and as many boxes; children start with the first file that has to be decoded."""
    count = max(1, min(os.cpu_count() or 1, 4))
    made = [Box() for _ in range(count)]
    free: SimpleQueue[Box] = SimpleQueue()
    for box in made:
        free.put(box)
    try:
        with ThreadPoolExecutor(count) as threads:
            yield threads, free
    finally:
        for box in made:
            box.close()


def digested(file: BinaryIO) -> Digests:
    """Both digests of a whole file, in one reading."""
    file.seek(0)
    sha, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while piece := file.read(PIECE):
        sha.update(piece)
        md5.update(piece)
    return Digests(sha.hexdigest(), base64.b64encode(md5.digest()).decode())
