"""Runners that are killed while everything around them fails: workers as forked processes, what they end by, and the log.

Workers come from a fork server that has imported everything, so a run of ten lives takes seconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
from flow.served import Served
from ledger.server import Server

from reconciler.pipeline import recordings
from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors
from reconciler.settings import load

AGENTS = 8
KILLS = 5
FALLS = 4  # of the database's server
BRISK = 20  # times shorter than told to, workers wait
HASTY = 4  # times faster, their leases run out
FEEDS = {"status": ("queue_log",), "interactions": ("queue_log", "Master.csv")}
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["reconciler.pipeline.run", "reconciler.pipeline.recordings", "reconciler.sources", "httpx", "sqlalchemy.dialects.sqlite"]
)


@contextmanager
def logged_in(addresses: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of the organisation behind these addresses."""
    with httpx.Client(base_url=addresses["api_url"], timeout=60) as client:
        secrets = (addresses["client_id"], addresses["client_secret"])
        login = client.post("/oauth/token", auth=secrets, data={"grant_type": "client_credentials"}).json()
        client.headers["Authorization"] = f"Bearer {login['access_token']}"
        yield client


@dataclass(frozen=True)
class Dose:
    """What a worker dies of: the n-th request, before or after it went out, or time. Nothing: it lives to the end."""

    at: int = 0
    after: bool = False
    seconds: float = 0.0


def dose(dice: Random, most: int) -> Dose:
    """One of the ways to die, after so many requests at `most`. The first six of a worker are those of its start."""
    if dice.random() < 0.3:
        return Dose(seconds=dice.uniform(0.05, 1.0))
    return Dose(dice.randint(1, most), dice.random() < 0.5)


class Deadly(httpx.AsyncHTTPTransport):
    """A real transport that sends SIGKILL to its own process at one request, whichever way that goes."""

    seen = 0

    def __init__(self, dose: Dose) -> None:
        super().__init__()
        self._dose = dose

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        Deadly.seen += 1
        is_last = Deadly.seen == self._dose.at
        if is_last and not self._dose.after:
            die()
        response = await super().handle_async_request(request)
        if is_last:
            await response.aread()
            die()
        return response


def die() -> None:
    """Ends this process as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def live(root: Path, environment: dict[str, str], dose: Dose, runner: str) -> None:
    """A worker's whole life: everything that waits and stands in the log. Exits 0, or 9 with a trace in the folder."""
    os.environ.update(environment)
    if dose.seconds:
        threading.Timer(dose.seconds, die).start()
    doors = Doors(
        transport=Deadly(dose),
        outside=Deadly(dose),
        ticks=lambda: HASTY * time.monotonic(),
        sleep=lambda seconds: asyncio.sleep(seconds / BRISK),
    )
    try:
        asyncio.run(_work(root, runner, doors))
    except BaseException:  # noqa: BLE001 - whatever it is, the parent shall see it and start another one
        (root / f"trace {os.getpid()}").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(9)
    sys.exit(0)


async def _work(root: Path, runner: str, doors: Doors) -> None:
    if runner == "recordings":
        await recordings.run(load(root), recordings.Wishes(once=True), doors)
    else:
        wishes = running.Wishes([str(root / file) for file in FEEDS[runner]], runner, once=True)
        await running.run(load(root), wishes, doors)


def worker(root: Path, environment: dict[str, str], dose: Dose, runner: str = "status") -> multiprocessing.process.BaseProcess:
    """A worker that lives."""
    process = FORKS.Process(target=live, args=(root, environment, dose, runner))
    process.start()
    return process


def log(seed: int, now: int, count: int) -> str:
    """A queue log of two hours ago: everybody joins, works, pauses. Names hold the seed: no storm has an event of another."""
    dice, lines, at = Random(seed), [], now - 7200
    busy: dict[int, str] = {}
    lines += [f"{at}|NONE|q1|s{seed}m{number}|ADDMEMBER|" for number in range(AGENTS)]
    for number in range(count):
        at += dice.choice((0, 0, 1, 3))
        agent = dice.randrange(AGENTS)
        state = busy.get(agent, "ready")
        if state == "ready":
            busy[agent] = dice.choice(("call", "paused", "missed"))
            event = {"call": "CONNECT|4|c|3", "paused": f"PAUSE|{dice.choice(('lunch', 'yoga', ''))}", "missed": "RINGNOANSWER|9"}
            lines.append(f"{at}|c{number}|q1|s{seed}m{agent}|{event[busy[agent]]}")
            continue
        event = {"call": "COMPLETEAGENT|1|2|1", "paused": "UNPAUSE|", "missed": "PAUSE|Auto-Pause"}
        lines.append(f"{at}||q1|s{seed}m{agent}|{event[state]}")
        busy[agent] = "paused" if state == "missed" else "ready"
    return "".join(f"{line}\n" for line in lines)


def storm(served: Served, dice: Random, postgresql: Server | None, *, runner: str = "status", most: int = 30) -> int:
    """Workers live and die until two of them have seen the end. How many died."""
    kills, ended, falls = KILLS, 0, FALLS
    early = Dose(dice.randint(1, 6), dice.random() < 0.5)  # so that one of them dies in any case
    workers = [worker(served.root, served.environment, one, runner) for one in (early, dose(dice, most))]
    deadline = time.monotonic() + 100
    while ended < 2:
        assert time.monotonic() < deadline, [path.read_text() for path in served.root.glob("trace *")]
        if postgresql and falls and dice.random() < 0.02:
            falls -= 1
            postgresql.kill()
            postgresql.revive()
        for one in [one for one in workers if not one.is_alive()]:
            workers.remove(one)
            if one.exitcode == 0:
                ended += 1
                continue
            kills -= 1
            workers.append(worker(served.root, served.environment, dose(dice, most) if kills > 0 else Dose(), runner))
        if workers:
            workers[0].join(0.1)
    return KILLS - kills


def trouble(dice: Random) -> list[dict[str, Any]]:
    """What goes wrong around the workers."""
    events = "POST /api/v2/events/*"
    every = [
        {"operation": events, "every": dice.randint(4, 9), "lost": True},
        {"operation": events, "every": dice.randint(4, 9), "lost": True, "status": 504},
        {"operation": events, "every": dice.randint(4, 9), "cut_before": True},
        {"operation": events, "every": dice.randint(4, 9), "status": 503},
        {"operation": "*", "every": dice.randint(5, 12), "status": 429, "retry_after": 1},
        {"operation": events, "event_every": dice.randint(5, 20), "retryable": True},
        {"operation": events, "event_every": dice.randint(5, 20), "retryable": True, "event_applied": True},
        {"operation": "GET *", "every": dice.randint(6, 15), "status": 503},
    ]
    return dice.sample(every, 3)
