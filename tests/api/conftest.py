"""A small world for the client: a clock that only sleeping moves, and a server that is a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reconciler.api.client import Client
from reconciler.model.call import Answer, Call

Handler = Callable[[httpx.Request], httpx.Response]


class World:
    """Time, sleeps and requests of a test. `answer` serves the API, `token` the token endpoint."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.seen: list[httpx.Request] = []
        self.tokens = 0
        self.answer: Handler = lambda _request: httpx.Response(200, json={"ok": True})
        self.token: Handler = self.grant

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def grant(self, _request: httpx.Request) -> httpx.Response:
        self.tokens += 1
        return httpx.Response(200, json={"access_token": f"token-{self.tokens}", "token_type": "bearer", "expires_in": 86400})

    async def serve(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        if request.url.path == "/oauth/token":
            return self.token(request)
        self.seen.append(request)
        return self.answer(request)

    def client(self, **more: Any) -> Client:
        options: dict[str, Any] = {
            "api_url": "https://api.test",
            "login_url": "https://login.test",
            "client_id": "the-id",
            "client_secret": "the-secret",
            "clock": self.clock,
            "sleep": self.sleep,
            "jitter": lambda: 0.0,
            "transport": httpx.MockTransport(self.serve),
        }
        return Client(**options | more)

    def ask(self, call: Call, **more: Any) -> Answer:
        """One call through a fresh client."""

        async def ask() -> Answer:
            async with self.client(**more) as client:
                return await client(call)

        return asyncio.run(ask())

    def answers(self, *responses: httpx.Response | Exception) -> None:
        """The API answers these one after the other; the last one for ever."""
        rest = list(responses)

        def answer(_request: httpx.Request) -> httpx.Response:
            response = rest.pop(0) if len(rest) > 1 else rest[0]
            if isinstance(response, Exception):
                raise response
            return response

        self.answer = answer


@pytest.fixture
def world() -> World:
    return World()


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever nobody has anything to do."""

    now = 1_000.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()


@pytest.fixture
def virtual_time() -> type[VirtualTime]:
    return VirtualTime
