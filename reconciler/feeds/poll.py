"""Whole states that are fetched again and again, such as a file that is rewritten or an answer over HTTP.

How it is fetched is handed in: files and HTTP have doors of their own. What lies between two looks is not seen.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError
from reconciler.feeds.chunk import Chunk, Record
from reconciler.formats.frame import cutter
from reconciler.model.stream import Bookmark

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PollFeed:
    """What `fetch` brings every so many seconds, as a feed: all its records in one chunk, where it differs from the last time.

    The first look always counts, so that a restart brings the whole state. `place` is what messages call it.
    """

    name: str
    fetch: Callable[[], Awaitable[bytes]] = field(repr=False)
    frame: str
    place: str
    every_seconds: float = 5.0
    once: bool = False
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep, repr=False)

    async def chunks(self, bookmark: str = "") -> AsyncGenerator[Chunk, None]:  # noqa: ARG002 - the first look always counts
        """A chunk whenever the state has changed; its bookmark is a digest of the state.

        A fetch that fails (`OSError`, one of our own errors) is a warning and tried again; with `once` it is raised.
        """
        last = ""
        while True:
            body = await self._body()
            digest = hashlib.blake2b(body, digest_size=16).hexdigest() if body is not None else last
            if body is not None and digest != last:
                last = digest
                yield Chunk(self._records(body), Bookmark(self.name, digest))
            if self.once:
                return
            await self.sleep(self.every_seconds)

    async def _body(self) -> bytes | None:
        try:
            return await self.fetch()
        except (OSError, ReconcilerError) as error:
            if self.once:
                raise
            _log.warning("%s cannot be read, trying again: %s", self.place, error)
            return None

    def _records(self, body: bytes) -> list[Record]:
        cuts = cutter(self.frame)
        cuts.feed(body)
        found: list[Record] = []
        while pieces := cuts.take(final=True):
            found += [Record(data, f"{self.place}:{line}") for _, line, data in pieces]
        return found
