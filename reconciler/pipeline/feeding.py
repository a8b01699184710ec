"""Opens the feeds of a runner: files, folders, standard input, a web hook. What they bring is for the platform's card."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

from reconciler.api import outside
from reconciler.errors import ConfigurationError, UsageError
from reconciler.feeds.chunk import Chunk, Feed, Record
from reconciler.feeds.file import FileFeed
from reconciler.feeds.hook import HOST, Hook, build, served
from reconciler.feeds.pipe import PipeFeed
from reconciler.feeds.poll import PollFeed
from reconciler.feeds.proof import HUB, OWN, Proof, Style, twilio
from reconciler.formats.frame import CUTTERS
from reconciler.model.event import Read
from reconciler.model.moment import Clock
from reconciler.model.stream import Bookmark, Stream
from reconciler.pipeline.craft import Inlet
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.reader import Reader
from reconciler.pipeline.running import Running
from reconciler.pipeline.session import Session
from reconciler.settings import Runners

HOOK = "hook"
STDIN = "-"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@asynccontextmanager
async def inlets(
    session: Session, floor: Ground, stream: Stream, names: Sequence[str], *, once: bool
) -> AsyncIterator[list[Inlet]]:
    """Every feed, open behind its bookmark."""
    async with AsyncExitStack() as stack:
        found = []
        for name in dict.fromkeys(names):
            feed = _feed(session, floor, name, once=once)
            mark, read = _kept(session, floor, stream, feed.name)
            chunks: Any = await stack.enter_async_context(aclosing(feed.chunks(mark)))
            found.append(Inlet(feed.name, chunks, Reader(read, feed.name)))
        yield found


@asynccontextmanager
async def hooked(session: Session, floor: Ground, stream: Stream, address: str, running: Running) -> AsyncIterator[str]:
    """Takes events over from a web hook at `HOST:PORT` or `PORT` while the block runs; the value is its address."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise UsageError(f"--listen {address}: write a port, or HOST:PORT")
    inlet = Inlet(HOOK, _nothing(), Reader(_kept(session, floor, stream, HOOK)[1], HOOK))

    async def publish(records: list[Record]) -> int:
        return await running.receive(inlet, records)

    secrets, tokens = session.settings.hook_proof()
    proof = Proof(secrets, tokens, _style(session.settings.file.runners))
    hook = Hook(floor.card.frame, proof, limit=CUTTERS[floor.card.frame].limit)
    app = build(publish, hook, clock=lambda: session.doors.now().timestamp(), is_full=lambda: running.is_full)
    async with served(app, int(port), host=host or HOST) as taken:
        yield f"http://{host or HOST}:{taken}/"


def _style(runners: Runners) -> Style:
    """How senders sign."""
    if runners.hook_signature == "twilio" and not runners.hook_url:
        raise ConfigurationError("the address that Twilio posts to is part of what it signs; set runners.hook_url to it")
    return {"reconciler": OWN, "hub": HUB, "twilio": twilio(runners.hook_url)}[runners.hook_signature]


async def _nothing() -> AsyncGenerator[Chunk, None]:
    """A feed whose records come by themselves."""
    for _ in ():
        yield Chunk([], Bookmark(HOOK, ""))


def _kept(session: Session, floor: Ground, stream: Stream, name: str) -> tuple[str, Read]:
    """The bookmark of a feed, and a reader that goes on behind it."""
    mark, state = orjson.loads(stream.bookmark(name) or '["", ""]')
    clock = Clock(session.settings.file.source.time_zone, slack_seconds=floor.card.disorder_seconds)
    return mark, floor.card.open(floor.table, clock, state)


def _feed(session: Session, floor: Ground, name: str, *, once: bool) -> Feed:
    """A feed by what names it: `-`, a web address, or a path from here, else from the folder of reconciler.yaml."""
    frame, sleep = floor.card.frame, session.doors.sleep
    if name == STDIN:
        return PipeFeed("stdin", cast("BufferedReader", sys.stdin.buffer), frame)
    seconds = session.settings.milliseconds(session.settings.file.runners.status.poll_every) / 1000
    if "://" in name:
        where, fetch = _address(session, floor, name)
        own = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()  # of two that differ in their query only
        return PollFeed(f"{where} {own}", fetch, frame, where, every_seconds=seconds, once=once, sleep=sleep)
    path = Path(name) if Path(name).exists() else session.settings.path(name)
    if floor.card.family == "state" and path.is_file():

        async def read() -> bytes:
            return await asyncio.to_thread(path.read_bytes)

        return PollFeed(str(path.resolve()), read, frame, path.name, every_seconds=seconds, once=once, sleep=sleep)
    return FileFeed(str(path.resolve()), path, frame, once=once, sleep=sleep)


def _address(session: Session, floor: Ground, url: str) -> tuple[str, Callable[[], Awaitable[bytes]]]:
    """What people call a web address that is polled, without the secrets that may be in it, and what fetches it."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.hostname}{parts.path}"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise UsageError(f"feed {where}: write an address that begins with https://")
    if floor.card.family != "state":
        raise UsageError(
            f"feed {where}: {floor.card.platform} tells single events, which nobody can poll; use --listen, or a file"
        )
    authorization = session.settings.feed_authorization()
    most = CUTTERS[floor.card.frame].limit

    async def fetch() -> bytes:
        return await outside.get(url, most=most, authorization=authorization, transport=session.doors.outside)

    return where, fetch
