"""What is measured of the status runner: a queue log that floods in, and days in virtual time. See `measure`."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import clock
import httpx

from reconciler.emulator.app import Config, build
from reconciler.model.call import Listing
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline import apply as applying
from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors, connect
from reconciler.pipeline.tally import Report
from reconciler.settings import Settings, load

PEOPLE = Listing("/api/v2/users", query={"state": "active"}, size=500)
MEGABYTE = 1024 * 1024 if sys.platform == "darwin" else 1024
START = datetime(2026, 11, 22, 6, tzinfo=UTC).timestamp()
SETTINGS = """\
version: 1
organization: {{api_url: "{url}", login_url: "{url}", requests_per_minute: {rate}}}
source: {{platform: asterisk, name: acme}}
"""
ACTS = ("CONNECT|4|c2|3", "COMPLETECALLER|4|51|1", "PAUSE|lunch", "UNPAUSE|")


def lines(agents: int, at: Iterator[float]) -> Iterator[str]:
    """A queue log without end: everybody joins, then call, end, pause and back, agent by agent; each line changes something."""
    for number, moment in enumerate(at):
        agent, turn = number % agents, number // agents
        act = "ADDMEMBER|" if not turn else ACTS[(turn - 1) % len(ACTS)]
        yield f"{moment:.3f}|c1|q1|a{agent}|{act}\n"


def furnish(folder: Path, url: str, rate: int, agents: int, doors: Doors | None = None) -> Settings:
    """A repository whose agents are bound to the first users of the organisation, and its presence source."""
    (folder / "manifests").mkdir(parents=True)
    (folder / "reconciler.yaml").write_text(SETTINGS.format(url=url, rate=rate), encoding="utf-8")
    manifest = "version: 1\npresence_sources: [{key: acme, name: ACME, primary: true}]\n"
    (folder / "manifests" / "acme.yaml").write_text(manifest, encoding="utf-8")
    settings = load(folder)
    if asyncio.run(applying.apply(settings, doors=doors)).exit_code:
        raise SystemExit("the presence source was not made")

    async def bind() -> None:
        async with connect(settings, doors) as session:
            ids: list[str] = []
            await session.reader.pages(PEOPLE, lambda page: ids.extend(one["id"] for one in page))
            session.ledger.bind({Ref("user", f"a{number}"): Binding(one, one) for number, one in enumerate(ids[:agents])})

    asyncio.run(bind())
    return settings


def flood(folder: Path, agents: str, count: str, url: str) -> dict[str, float]:
    """CPU of this process and seconds, per 1,000 native events from a file to accepted injection."""
    settings = furnish(folder, url, 0, int(agents))
    start = time.time() - int(count) / 100 - 60
    log = folder / "queue_log"
    with log.open("w", encoding="utf-8") as file:
        file.writelines(lines(int(agents), (start + number / 100 for number in range(int(count)))))
    wall, cpu = time.perf_counter(), time.process_time()
    report = asyncio.run(running.run(settings, running.Wishes([str(log)], once=True)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if report.read != int(count) or report.events != report.sent or report.quarantined:
        raise SystemExit(f"not everything was told: {report.document}")
    per = 1_000 / report.read
    return {"cpu": cpu * per, "seconds": wall * per, "events": report.sent * per, "memory": peak()}


def peak() -> float:
    """Peak resident memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


# ── in virtual time ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Day:
    """A runner at work while its log grows; `sent` and `lag` (99th percentile, seconds) are seen every half minute."""

    sent: list[tuple[float, int]]
    lag: list[float]
    memory: list[float]


SLICE = 0.25  # seconds between two writes into the log


def play(settings: Settings, log: Path, doors: Doors, *, agents: int, rate: float, seconds: float) -> Day:
    """What was seen while `rate` native events a second came in for so long, in time that passes only while all wait."""
    day = Day([], [], [])
    reports: deque[Report] = deque(maxlen=1)

    async def write() -> None:
        loop, written = asyncio.get_running_loop(), 0
        moments: list[float] = []
        text = lines(agents, iter(moments.pop, None))
        with log.open("a", encoding="utf-8") as file:
            while loop.time() < seconds:
                due = int(rate * (loop.time() + SLICE))
                for number in range(written, due):
                    moments.append(doors.now().timestamp())
                    file.write(next(text))
                    written = number + 1
                file.flush()
                if reports and loop.time() >= 30 * (len(day.sent) + 1):
                    day.sent.append((loop.time(), reports[0].sent))
                    day.lag.append(reports[0].lag)
                    day.memory.append(peak())
                await asyncio.sleep(SLICE)

    async def work() -> None:
        over: list[bool] = []
        wishes = running.Wishes([str(log)], told=reports.append, stopping=lambda: bool(over))
        task = asyncio.ensure_future(running.run(settings, wishes, doors))
        await write()
        over.append(True)
        report = await task
        if report.quarantined or report.strangers or report.corrected:
            raise SystemExit(f"not everything was told: {report.document}")

    clock.run(work())
    return day


def passed() -> float:
    """Seconds of the virtual loop; none while something else prepares."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return 0.0
    return loop.time() if isinstance(loop, clock.VirtualLoop) else 0.0


def world(folder: Path, agents: int, **config: int) -> tuple[Settings, httpx.ASGITransport, Doors]:
    """An organisation in this process that keeps little of what it is told, and a repository for it, in virtual time."""
    emulator = build(Config(seed=f"large:{agents},4", **config), clock=lambda: START + passed())
    emulator.world.switches.turn({"events_kept": 1, "event_ids_kept": 10_000})
    os.environ["GENESYSCLOUD_OAUTHCLIENT_ID"] = emulator.client_id
    os.environ["GENESYSCLOUD_OAUTHCLIENT_SECRET"] = emulator.client_secret
    transport = httpx.ASGITransport(emulator.api)
    doors = Doors(transport=transport, now=lambda: datetime.fromtimestamp(START + passed(), UTC), ticks=passed)
    return furnish(folder, "http://api.test", config["rate_limit"], agents, doors), transport, doors


def paced(folder: Path, agents: str, rate: str, seconds: str) -> dict[str, float]:
    """Events injected a second and the worst 99th percentile of lag, with `rate` native events and 300 requests a minute."""
    settings, _, doors = world(folder, int(agents), rate_limit=300)
    found = play(settings, folder / "queue_log", doors, agents=int(agents), rate=float(rate), seconds=float(seconds))
    (begun, before), (ended, after) = found.sent[1], found.sent[-1]
    return {"rate": (after - before) / (ended - begun), "lag": max(found.lag[1:]), "memory": peak()}


class Deaf(httpx.AsyncBaseTransport):
    """Takes every event and keeps none; the rest is answered by the organisation."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """An answer without errors."""
        if request.url.path.startswith("/api/v2/events/"):
            return httpx.Response(200, content=b'{"errors":[]}')
        return await self._inner.handle_async_request(request)


def steady(folder: Path, agents: str, rate: str, count: str) -> dict[str, float]:
    """Peak memory at the end as a multiple of that after a tenth of so many native events, and in megabytes."""
    _, transport, doors = world(folder, int(agents), rate_limit=0)
    with (folder / "reconciler.yaml").open("a", encoding="utf-8") as file:
        file.write("runners: {status: {heal_every: 24h}}\n")  # nobody is shown as told: nothing was kept
    doors, settings = replace(doors, transport=Deaf(transport)), load(folder)
    seconds = float(count) / float(rate)
    found = play(settings, folder / "queue_log", doors, agents=int(agents), rate=float(rate), seconds=seconds)
    tenth, end = found.memory[len(found.memory) // 10], found.memory[-1]
    return {"ratio": end / tenth, "memory": end, "sent": found.sent[-1][1]}
