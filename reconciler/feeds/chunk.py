"""What every feed hands out: records with the place messages call them by, in chunks that carry a bookmark."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

from reconciler.model.stream import Bookmark

MOST = 1000
"""Records in one chunk, about: enough to make a commit worth its while, few enough to be repeated after a crash."""


class Record(NamedTuple):
    """A native record, and where it stands: `queue_log:12`, `hook:7:1`.

    `data` is a `formats.frame.Damaged` where it cannot be what its frame promises; its `why` says so.
    """

    data: bytes
    place: str


class Chunk(NamedTuple):
    """Records in order, and the bookmark that goes on behind the last of them."""

    records: list[Record]
    bookmark: Bookmark


class Feed(Protocol):
    """Something native events come from."""

    @property
    def name(self) -> str:
        """What its bookmark is kept under."""
        ...

    def chunks(self, bookmark: str = "") -> AsyncGenerator[Chunk, None]:
        """Chunks from behind the bookmark on; from the beginning where it is empty. Close the iterator to stop."""
        ...
