"""Standard input, or any other stream of bytes that comes once: what was read is gone, so its bookmark means nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.feeds.chunk import MOST, Chunk, Record
from reconciler.formats.frame import cutter
from reconciler.model.stream import Bookmark

PIECE = 128 * 1024


class Stream(Protocol):
    """What `sys.stdin.buffer` can do."""

    def read1(self, size: int, /) -> bytes:
        """At most so many bytes, as soon as there are any; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class PipeFeed:
    """A stream as a feed; places are `place:line`, the bookmark is always empty."""

    name: str
    stream: Stream = field(repr=False)
    frame: str
    place: str = "stdin"

    async def chunks(self, bookmark: str = "") -> AsyncGenerator[Chunk, None]:  # noqa: ARG002 - there is no going back
        """Chunks until the stream ends; the last record counts even if it is half-written. Raises what reading raises."""
        cuts = cutter(self.frame)
        is_over = False
        while not is_over:
            piece = await _in_thread(self.stream)
            is_over = not piece
            cuts.feed(piece)
            while pieces := cuts.take(MOST, final=is_over):
                records = [Record(data, f"{self.place}:{line}") for _, line, data in pieces]
                yield Chunk(records, Bookmark(self.name, ""))


async def _in_thread(stream: Stream) -> bytes:
    """The next bytes, read in a thread that nobody waits for when the program stops: a read of a terminal may take for ever."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bytes] = loop.create_future()

    def tell(piece: bytes, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(piece)

    def read() -> None:
        piece, error = b"", None
        try:
            piece = stream.read1(PIECE)
        except (OSError, ValueError) as found:  # ValueError: the stream was closed meanwhile
            error = found
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(tell, piece, error)

    threading.Thread(target=read, name="feed", daemon=True).start()
    return await done
