"""A growing file, or a folder of files, as a feed: read on from the bookmark through everything a rotation does; see `watch`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ConfigurationError
from reconciler.feeds.chunk import Chunk
from reconciler.feeds.watch import Watch


@dataclass(frozen=True, slots=True)
class FileFeed:
    """A file or folder. `once` reads what is there and stops; else it is looked at again after `poll_seconds`, for ever."""

    name: str
    path: Path
    frame: str
    once: bool = False
    poll_seconds: float = 0.2
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep, repr=False)

    async def chunks(self, bookmark: str = "") -> AsyncGenerator[Chunk, None]:
        """Chunks from behind the bookmark on; an unreadable bookmark counts as none, with a warning.

        Raises `ConfigurationError` where the path is neither file nor folder, with `once` also where nothing is there.
        """
        self._check()
        watch = Watch(self.name, self.path, self.frame, once=self.once, bookmark=bookmark)
        try:
            while True:
                has_news = False
                for chunk in watch.round():
                    has_news = True
                    yield chunk
                if not self.once:
                    await self.sleep(self.poll_seconds)
                elif not has_news:
                    return
        finally:
            watch.close()

    def _check(self) -> None:
        if self.path.exists() and not self.path.is_dir() and not self.path.is_file():
            raise ConfigurationError(f"feed {self.path} is no plain file and no folder; hand a pipe over as standard input: -")
        if self.once and not self.path.exists():
            raise ConfigurationError(f"feed {self.path} does not exist; check the path")
