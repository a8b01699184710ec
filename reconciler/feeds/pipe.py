"""Standard input as a feed. What has been read is gone, so its bookmark says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from reconciler.feeds.chunk import MOST, Chunk, Record
from reconciler.formats.frame import Cutter, cutter
from reconciler.model.stream import Bookmark

PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class PipeFeed:
    """Bytes from `read`, which is given the most it may answer and waits for some; no bytes are the end."""

    name: str
    read: Callable[[int], bytes] = field(repr=False)
    frame: str = "lines"

    async def chunks(self, bookmark: str = "") -> AsyncIterator[Chunk]:  # noqa: ARG002 - a pipe begins where it is
        """Chunks until the pipe ends; each as soon as its records are complete."""
        found = cutter(self.frame)
        while piece := await asyncio.to_thread(self.read, PIECE):
            found.feed(piece)
            for chunk in self._taken(found, final=False):
                yield chunk
        for chunk in self._taken(found, final=True):
            yield chunk

    def _taken(self, found: Cutter, *, final: bool) -> list[Chunk]:
        chunks = []
        while pieces := found.take(MOST, final=final):
            records = [Record(one.data, f"{self.name}:{one.line}") for one in pieces]
            chunks.append(Chunk(records, Bookmark(self.name, "")))
        return chunks
