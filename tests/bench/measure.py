"""One measured process: prints one JSON object of figures. `measure.py WHAT FOLDER [ARGUMENT …]`; see FIGURES.

CPU is this process's own. Imports and the first use of libraries do not count: a small plan goes first.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import calls
import centre
import httpx
import orjson
import recordings
import replay
import status

from reconciler.emulator.app import Config, build
from reconciler.model.change import Plan
from reconciler.pipeline import apply as applying
from reconciler.pipeline import desired
from reconciler.pipeline.session import Doors, connect
from reconciler.settings import load

Figures = dict[str, float]
Work = Callable[[], Any]


def cpu(work: Work) -> float:
    """CPU seconds of this process for the work, its result freed."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def decode(bodies: Iterable[bytes], cached: Iterable[Path]) -> None:
    """The base: every recorded body decoded and freed, every file of the parse cache loaded, kept and freed."""
    gc.disable()
    for body in bodies:
        orjson.loads(body)
    kept = [orjson.loads(memoryview(path.read_bytes())[32:]) for path in cached]
    kept.clear()
    gc.enable()


def planning(folder: Path, way: str) -> tuple[Work, Work]:
    """The base and a plan of one recorded organisation."""
    answers, settings = replay.Answers.load(folder), load(folder)
    cached = sorted((folder / ".reconciler" / "cache").iterdir())
    make = {"send": replay.plan_at_send, "httpx": replay.plan_through_httpx}[way]
    return lambda: decode(answers.calls.values(), cached), lambda: _empty(make(settings, answers))


def _empty(made: Coroutine[Any, Any, Plan]) -> None:
    plan = asyncio.run(made)
    if plan.changes or plan.adoptions or plan.warnings:
        raise SystemExit("the plan should be empty")


def ratio(folder: Path, small: str, way: str) -> Figures:
    """CPU of a plan as a multiple of the base, which is taken before and after it; answers come at `way`."""
    os.environ.update(replay.CREDENTIALS)
    planning(Path(small), way)[1]()
    base, plan = planning(folder, way)
    gc.collect()
    gc.freeze()
    before, seconds, after = cpu(base), cpu(plan), cpu(base)
    return {"ratio": 2 * seconds / (before + after), "base": (before + after) / 2, "plan": seconds}


def growth(folder: Path, small: str) -> Figures:
    """CPU of a plan as a multiple of that of the small organisation's, which is taken before and after it; at `Send`."""
    os.environ.update(replay.CREDENTIALS)
    _, little = planning(Path(small), "send")
    _, much = planning(folder, "send")
    little()
    gc.collect()
    gc.freeze()
    before, seconds, after = [cpu(little) for _ in range(3)], cpu(much), [cpu(little) for _ in range(3)]
    return {"ratio": seconds / median((*before, *after))}


def recorded(folder: Path, users: str, queues: str) -> Figures:
    """Requests of a plan with nothing to do; leaves its answers in the folder."""
    folder.mkdir(parents=True)
    return {"requests": replay.record(folder, int(users), int(queues))}


def created(folder: Path, user_writes: str) -> Figures:
    """Requests per new user, for 1,000 of them in an organisation that has everything they refer to."""
    users, emulator = 1_000, build(Config(rate_limit=0))
    os.environ["GENESYSCLOUD_OAUTHCLIENT_ID"] = emulator.client_id
    os.environ["GENESYSCLOUD_OAUTHCLIENT_SECRET"] = emulator.client_secret
    centre.write(folder, 0, 0, api_url=replay.API, login_url=replay.API)
    path = folder / "reconciler.yaml"
    path.write_text(path.read_text().replace("organization: {", f"organization: {{user_writes: {user_writes}, "))
    doors = Doors(transport=httpx.ASGITransport(emulator.api))
    asyncio.run(applying.apply(load(folder), doors=doors))
    centre.write(folder, users, 0)
    done = asyncio.run(applying.apply(load(folder), doors=doors))
    if done.exit_code:
        raise SystemExit("not everybody was created")
    return {"requests": done.requests / users}


def bound(folder: Path) -> Figures:
    """Writes the bindings of the organisation the settings name; their number."""

    async def bind() -> int:
        async with connect(load(folder)) as session:
            return await centre.bind(session)

    return {"bindings": asyncio.run(bind())}


def written(folder: Path, users: str, queues: str, api_url: str) -> Figures:
    """A repository for the organisation at an address."""
    centre.write(folder, int(users), int(queues), api_url=api_url, login_url=api_url)
    return {}


def one_file(folder: Path, users: str) -> Figures:
    """A repository whose users all stand in one file."""
    centre.write(folder, 0, 0, api_url=replay.API, login_url=replay.API)
    blocks = (centre.user(number) for number in range(1, int(users) + 1))
    (folder / "manifests" / "users.yaml").write_text("version: 1\nusers:\n" + "".join(blocks), encoding="utf-8")
    return {}


def loading(folder: Path) -> Figures:
    """Wall-clock seconds to load manifests."""
    settings = load(folder)
    started = time.perf_counter()
    desired.load(settings)
    return {"seconds": time.perf_counter() - started}


FIGURES: dict[str, Callable[..., Figures]] = {
    "ratio": ratio,
    "growth": growth,
    "recorded": recorded,
    "created": created,
    "bound": bound,
    "written": written,
    "one_file": one_file,
    "loading": loading,
    "flood": status.flood,
    "paced": status.paced,
    "steady": status.steady,
    "calls_flood": calls.flood,
    "calls_paced": calls.paced,
    "calls_steady": calls.steady,
    "inspected": recordings.inspected,
    "sent": recordings.sent,
}

if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    json.dump(FIGURES[what](Path(where), *rest), sys.stdout)
