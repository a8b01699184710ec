"""Answers recorded once from the emulator, and what hands them out again: at the `Send` seam or through httpx."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import centre
import httpx
import orjson

from reconciler.api.pages import Reader
from reconciler.emulator.app import Config, build
from reconciler.model.call import Answer, Call
from reconciler.model.change import Plan
from reconciler.pipeline import desired
from reconciler.pipeline.plan import Consent, make_in
from reconciler.pipeline.plan import plan as planned
from reconciler.pipeline.session import Doors, connect
from reconciler.settings import Settings, load

API = "http://api.test"
CREDENTIALS = {"GENESYSCLOUD_OAUTHCLIENT_ID": "bench", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "bench"}


@dataclass(slots=True)
class Answers:
    """Bodies by the call that asked for them and, the same objects, by target of the HTTP request."""

    calls: dict[str, bytes] = field(default_factory=dict)
    targets: dict[str, bytes] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Writes everything into two files of the folder."""
        bodies = {id(body): body for body in (*self.targets.values(), *self.calls.values())}
        with (folder / "answers.bin").open("wb") as file:
            spans = {known: (file.tell(), file.write(body)) for known, body in bodies.items()}
        tables = [{name: spans[id(body)] for name, body in table.items()} for table in (self.calls, self.targets)]
        (folder / "answers.json").write_bytes(orjson.dumps(tables))

    @classmethod
    def load(cls, folder: Path) -> Answers:
        """What `save` wrote."""
        data = (folder / "answers.bin").read_bytes()
        tables = orjson.loads((folder / "answers.json").read_bytes())
        bodies = {start: data[start : start + size] for table in tables for start, size in table.values()}
        return cls(*({name: bodies[start] for name, (start, _size) in table.items()} for table in tables))


def name(call: Call) -> str:
    """What tells a call from others; cheap, since it is counted as ours."""
    return f"{call.path} {call.ids} {call.query}"


class Replay:
    """A Send that answers from the record."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers

    async def __call__(self, call: Call) -> Answer:
        """The recorded answer; `KeyError` for a call nobody recorded."""
        return Answer(200, self._answers[name(call)])


async def plan_at_send(settings: Settings, answers: Answers) -> Plan:
    """A whole plan whose reading is answered at `Send`; token and organisation check pass the mock transport."""
    wanted, _ = desired.load(settings)
    async with connect(settings, doors(answers)) as session:
        return (await make_in(replace(session, reader=Reader(Replay(answers.calls))), wanted, Consent())).plan


async def plan_through_httpx(settings: Settings, answers: Answers) -> Plan:
    """A whole plan as the command makes it, every answer through httpx's mock transport."""
    return await planned(settings, None, doors(answers))


def doors(answers: Answers) -> Doors:
    """The world as it was recorded, behind httpx's mock transport."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answers.targets[request.url.raw_path.decode()])

    return Doors(transport=httpx.MockTransport(answer))


def record(folder: Path, users: int, queues: int) -> int:
    """Makes a repository with ledger, warm parse cache and all answers of a plan that has nothing to do; its requests."""
    emulator = build(Config(seed=f"large:{users},{queues}", rate_limit=0))
    os.environ |= {
        "GENESYSCLOUD_OAUTHCLIENT_ID": emulator.client_id,
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": emulator.client_secret,
    }
    centre.write(folder, users, queues, api_url=API, login_url=API)
    answers = Answers()
    asyncio.run(_record(load(folder), emulator.api, answers))
    answers.save(folder)
    return asyncio.run(plan_through_httpx(load(folder), answers)).header.spent


async def _record(settings: Settings, app: Any, answers: Answers) -> None:
    inner = httpx.ASGITransport(app)

    class Recorder(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await inner.handle_async_request(request)
            body = await response.aread()
            answers.targets[request.url.raw_path.decode()] = body
            return httpx.Response(response.status_code, headers=response.headers, content=body)

    async with connect(settings, Doors(transport=Recorder())) as session:
        await centre.bind(session)

        async def send(call: Call) -> Answer:
            answer = await session.client(call)
            answers.calls[name(call)] = answer.body
            return answer

        wanted, _ = desired.load(settings)
        made = await make_in(replace(session, reader=Reader(send)), wanted, Consent())
        assert not made.plan.changes
        assert not made.plan.adoptions
