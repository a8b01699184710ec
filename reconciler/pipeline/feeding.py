"""Opens the feeds of a runner: files, folders, standard input. What they bring is understood by the platform's card."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import orjson

from reconciler.errors import UsageError
from reconciler.feeds.chunk import Feed
from reconciler.feeds.file import FileFeed
from reconciler.feeds.pipe import PipeFeed
from reconciler.model.moment import Clock
from reconciler.model.stream import Stream
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.running import Inlet
from reconciler.pipeline.session import Session

STDIN = "-"


@asynccontextmanager
async def inlets(
    session: Session, floor: Ground, stream: Stream, names: Sequence[str], *, once: bool
) -> AsyncIterator[list[Inlet]]:
    """Every feed, open behind its bookmark. Raises `UsageError` where there is none."""
    configured = session.settings.file.runners.status.feeds
    wanted = list(dict.fromkeys(names or configured))
    if not wanted:
        raise UsageError("no feed: give --feed FILE, a folder, or - for standard input; or set runners.status.feeds")
    async with AsyncExitStack() as stack:
        found = []
        for name in wanted:
            feed = _feed(session, floor, name, once=once)
            mark, state = orjson.loads(stream.bookmark(feed.name) or '["", ""]')
            clock = Clock(session.settings.file.source.time_zone, slack_seconds=floor.card.disorder_seconds)
            chunks: Any = await stack.enter_async_context(aclosing(feed.chunks(mark)))
            found.append(Inlet(feed.name, chunks, floor.card.open(floor.table, clock, state)))
        yield found


def _feed(session: Session, floor: Ground, name: str, *, once: bool) -> Feed:
    """A feed by what names it: `-`, or a path from here, else from the folder of reconciler.yaml."""
    if name == STDIN:
        return PipeFeed("stdin", cast("BufferedReader", sys.stdin.buffer), floor.card.frame)
    path = Path(name) if Path(name).exists() else session.settings.path(name)
    return FileFeed(str(path.resolve()), path, floor.card.frame, once=once, sleep=session.doors.sleep)
