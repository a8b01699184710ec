"""What is measured of the interactions runner: files of calls that flood in, and a week in virtual time. See `measure`.

Calls are made up by `flow.calls`; told events are counted, of which there is a little more than one for two native rows.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import clock
import httpx
import orjson
import status
from flow.calls import AGENTS, FEEDS, FILES, MESSY, QUEUES, Row, map_agents, rows, write

from reconciler.kinds.conversation_event import PATH
from reconciler.model.call import Listing
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors, connect
from reconciler.pipeline.tally import Report
from reconciler.settings import Settings

LISTS = {
    "user": (status.PEOPLE, [f"a{one[6:]}" for one in AGENTS]),
    "queue": (Listing("/api/v2/routing/queues", size=100), QUEUES),
}
DAY = 86_400
UNHURRIED = 100
ONLY_CEL = FEEDS[-1:]  # its rows say when a thing has happened; of a queue log, rings show when they are over


def bound(settings: Settings, doors: Doors | None = None) -> Settings:
    """Binds our agents and queues to the first ones of the organisation."""

    async def bind() -> None:
        async with connect(settings, doors) as session:
            for kind, (listing, keys) in LISTS.items():
                ids: list[str] = []
                await session.reader.pages(listing, lambda page, ids=ids: ids.extend(one["id"] for one in page))
                session.ledger.bind({Ref(kind, key): Binding(one, one) for key, one in zip(keys, ids, strict=False)})

    asyncio.run(bind())
    map_agents(settings.root)
    return settings


def wishes(folder: Path, **more: object) -> running.Wishes:
    """To run interactions on the two files."""
    return running.Wishes([str(folder / name) for name in FILES.values()], "interactions", **more)  # type: ignore[arg-type]  # by name


def flood(folder: Path, calls: str, url: str) -> dict[str, float]:
    """CPU of this process and seconds, per 1,000 events told, from files to accepted injection."""
    settings = bound(status.furnish(folder, url, 0, 0))
    write(folder, rows(1, int(calls), time.time() - int(calls) - 3600, gap=1))
    wall, cpu = time.perf_counter(), time.process_time()
    report = asyncio.run(running.run(settings, wishes(folder, once=True)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if report.events != report.sent or report.quarantined or report.conversations < int(calls):
        raise SystemExit(f"not everything was told: {report.calls}")
    per = 1_000 / report.sent
    return {"cpu": cpu * per, "seconds": wall * per, "events": report.sent, "rows": report.read, "memory": status.peak()}


# ── in virtual time ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Seen:
    """What was seen every minute: `lag` is the 99th percentile of the newest events in seconds, `memory` in megabytes."""

    lag: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    open: list[int] = field(default_factory=list)


class Counting(httpx.AsyncBaseTransport):
    """Counts events and requests for them; takes what is told itself if it is `deaf`."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, deaf: bool = False) -> None:
        self._inner, self._deaf = inner, deaf
        self.sizes: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the organisation, or one without errors."""
        if request.url.path != PATH:
            return await self._inner.handle_async_request(request)
        self.sizes.append(sum(map(len, orjson.loads(await request.aread()).values())))
        return httpx.Response(200, content=b'{"errors":[]}') if self._deaf else await self._inner.handle_async_request(request)


def play(settings: Settings, doors: Doors, found: Iterator[Row], seconds: float, every: float = status.SLICE) -> Seen:
    """What was seen while rows were written for so long, in time that passes only while all wait."""
    seen, reports = Seen(), deque[Report](maxlen=1)

    async def grow() -> None:
        loop = asyncio.get_running_loop()
        row = next(found, None)
        with ExitStack() as stack:
            files = {
                feed: stack.enter_context((settings.root / name).open("a", encoding="utf-8")) for feed, name in FILES.items()
            }
            while loop.time() < seconds:
                while row and row.written <= doors.now().timestamp():
                    files[row.feed].write(row.text + "\n")
                    row = next(found, None)
                for file in files.values():
                    file.flush()
                if reports and loop.time() >= 60 * (1 + len(seen.lag)):
                    seen.lag.append(reports[0].lag)
                    seen.memory.append(status.peak())
                    seen.open.append(reports[0].open)
                await asyncio.sleep(every)

    async def work() -> None:
        over: list[bool] = []
        wished = wishes(settings.root, told=reports.append, stopping=lambda: bool(over))
        task = asyncio.ensure_future(running.run(settings, wished, doors))
        await grow()
        over.append(True)
        report = await task
        if report.quarantined or report.strangers:
            raise SystemExit(f"not everything was told: {report.calls}")

    clock.run(work())
    return seen


def world(folder: Path, rate_limit: int, *, deaf: bool = False) -> tuple[Settings, Doors, Counting]:
    """An organisation in this process, and a repository for it, in virtual time."""
    settings, transport, doors = status.world(folder, len(AGENTS), rate_limit=rate_limit)
    counting = Counting(transport, deaf=deaf)
    for name in FILES.values():
        (folder / name).touch()
    return bound(settings, doors), replace(doors, transport=counting), counting


def paced(folder: Path, rate: str, seconds: str) -> dict[str, float]:
    """Events of a request, their number a second, and the worst 99th percentile of lag, of `rate` calls a second.

    There are 300 requests a minute. The first two minutes do not count: as many calls begin, but none ends.
    """
    settings, doors, counting = world(folder, 300)
    calls = int(float(rate) * float(seconds))
    found = rows(1, calls, status.START, gap=1 / float(rate), feeds=ONLY_CEL)
    seen = play(settings, doors, found, float(seconds), every=0.05)
    sizes = counting.sizes[600:]
    return {
        "full": sum(sizes) / len(sizes),
        "rate": sum(sizes) / len(sizes) * 5,
        "lag": max(seen.lag[2:]),
        "memory": status.peak(),
    }


def steady(folder: Path, rate: str, days: str) -> dict[str, float]:
    """Peak memory at the end as a multiple of that after a tenth of a week, in megabytes, and the most conversations open.

    Rows are lost, doubled and late. Our own clock goes slowly beside that of the calls, so that a week takes minutes.
    """
    settings, doors, counting = world(folder, 0, deaf=True)
    slow = UNHURRIED
    doors = replace(doors, ticks=lambda: status.passed() / slow, sleep=lambda seconds: asyncio.sleep(slow * seconds))
    seconds = DAY * float(days)
    calls = int(float(rate) * seconds)
    found = rows(1, calls, status.START, gap=1 / float(rate), mess=MESSY)
    seen = play(settings, doors, found, seconds, every=30.0)
    before, end = seen.memory[7 * DAY // 10 // 60], seen.memory[-1]
    return {"ratio": end / before, "memory": end, "open": max(seen.open), "events": sum(counting.sizes), "calls": calls}
