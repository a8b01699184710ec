"""Carries Calls to Genesys Cloud with the token of one OAuth client. It decides nothing: `limits`, `retry` and `auth` do.

Proxy and private CA come from the environment as httpx reads it (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`, `SSL_CERT_DIR`).
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx
import orjson

from reconciler import __version__, errors
from reconciler.api import auth
from reconciler.api.auth import Credentials, Keeper, Token
from reconciler.api.broken import CAUGHT, kind
from reconciler.api.budget import Budget
from reconciler.api.limits import Limits, Standing
from reconciler.api.retry import Again, Bounds, Failure, Renew, Tried, decide
from reconciler.model.call import Answer, Call
from reconciler.model.problem import plain

AGENT = f"genesys-cloud-reconciler/{__version__}"
TIMEOUT = httpx.Timeout(
    60.0, connect=10.0, pool=None
)  # a page of 500 users with expansions takes seconds; our slots are the pool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it goes out; headers hold secrets and never show."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Client:
    """Send: one call in, its successful answer out; an `errors.ApiError` otherwise. An async context manager.

    `requests` counts everything that went out, token requests and repetitions included; `by_operation` sorts it. At most
    `connections` requests are under way at a time. `budget` is one that it shares with others, instead of its own of
    `requests_per_minute`. `deadline` bounds the seconds one call is repeated, without the time it waits for the budget. Clock,
    sleep and dice are arguments, so that nothing here needs patience to be tested.
    """

    def __init__(  # noqa: PLR0913 - each is a door to the outside; tests put their own world behind it
        self,
        *,
        api_url: str,
        login_url: str,
        client_id: str,
        client_secret: str,
        requests_per_minute: int = 300,
        paced: bool = False,
        budget: Budget | None = None,
        connections: int = 5,
        attempts: int = 10,
        deadline: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._api = base("api_url", api_url)
        self._login = base("login_url", login_url)
        self._credentials = Credentials(client_id, client_secret)
        self._bounds = Bounds(attempts, deadline)
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self.budget = budget or Budget(Limits(requests_per_minute, paced=paced), clock=clock, sleep=sleep)
        self.connections = connections
        self._under_way = 0
        self._slots = asyncio.Semaphore(connections)
        self._keeper = Keeper(self._new_token, clock)
        self._http = _open(transport, connections)
        self.by_operation: Counter[str] = Counter()

    @property
    def id(self) -> str:
        """The id of the OAuth client."""
        return self._credentials.client_id

    @property
    def standing(self) -> Standing:
        """Whether it could take another call now. A call that waits to be repeated keeps its connection from others."""
        return Standing(self.budget.wait, self.connections - self._under_way, self.budget.left or 0)

    @property
    def requests(self) -> int:
        """How many requests went out so far."""
        return self.by_operation.total()

    @property
    def left(self) -> int | None:
        """How many requests the present window has left; None without a limit of our own."""
        return self.budget.left

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Gives the connections back."""
        await self._http.aclose()

    async def __call__(self, call: Call) -> Answer:
        """The successful answer. Raises a subclass of `errors.ApiError`; `Lost` for a write whose outcome is unknown."""
        self._under_way += 1
        try:
            return await self._carry(call)
        finally:
            self._under_way -= 1

    async def _carry(self, call: Call) -> Answer:
        url, body = self._api + _target(call), b"" if call.body is None else orjson.dumps(call.body)
        tried, token = Tried(), await self._keeper.get()
        while True:
            async with self._slots:
                started = await self.budget.turn()
                result = await self._exchange(call.operation, _outgoing(call, url, body, token), token.value)
            if isinstance(result, Answer):
                return result
            tried = replace(tried, spent=tried.spent + self._clock() - started)
            decision = decide(call, result, tried, jitter=self._jitter(), bounds=self._bounds)
            if isinstance(decision, Again):
                await self._wait(decision)
                tried = replace(tried, attempts=tried.attempts + 1, spent=tried.spent + decision.wait)
            elif isinstance(decision, Renew):
                token = await self._keeper.get(refused=token)
                tried = replace(tried, renewed=True)
            else:
                raise decision.error

    async def _wait(self, again: Again) -> None:
        """Waits on its own, or makes everybody wait at the gate."""
        if again.throttled:
            self.budget.pause(again.wait)
        else:
            await self._sleep(again.wait)

    async def _exchange(self, operation: str, out: Outgoing, *secrets: str) -> Answer | Failure:
        self.by_operation[operation] += 1
        try:
            # Built by hand: no cookies and no defaults of the client get in.
            response = await self._http.send(httpx.Request(out.method, out.url, headers=out.headers, content=out.body or None))
        except CAUGHT as error:
            return Failure(broken=kind(type(error)), exception=type(error).__name__)
        # The stream was read and refers to the response: the two would keep each other until the collector comes.
        response.stream = httpx.ByteStream(response.content)
        headers = {name.lower(): value for name, value in response.headers.items()}
        if operation != auth.OPERATION:
            self.budget.learn(headers)
        if response.is_success:
            return Answer(response.status_code, response.content, headers)
        return Failure(response.status_code, response.content, headers, secrets=secrets)

    async def _new_token(self) -> Token:
        """Carries out `auth.flow`. Token requests are not part of a token's budget."""
        steps = auth.flow(self._credentials, bounds=self._bounds)
        step = next(steps)
        while True:
            asked = self._clock()
            result: Answer | Failure = Failure()
            if isinstance(step, Again):
                await self._sleep(step.wait)
            else:
                out = Outgoing("POST", self._login + "/oauth/token", _COMMON | step.headers, step.body)
                result = await self._exchange(auth.OPERATION, out, *self._credentials.secrets)
            try:
                step = steps.send(auth.Reply(result, asked, self._clock(), self._jitter()))
            except StopIteration as end:
                token: Token = end.value
                return token


_COMMON = {"accept": "application/json", "user-agent": AGENT}


def base(name: str, url: str) -> str:
    """`url` without a slash at its end. Raises `ConfigurationError` where it is no http(s) address without path."""
    try:
        parts = httpx.URL(url.strip())
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in {"http", "https"} or not parts.host or parts.userinfo or parts.query or parts.path.strip("/"):
        raise errors.ConfigurationError(f"{name} must look like https://api.mypurecloud.jp, without a path, user or query")
    return url.strip().rstrip("/")


def query(values: Mapping[str, Any]) -> str:
    """The query as the official SDKs send it: lists comma-joined, booleans in lower case, None and empty text left out."""
    texts = {name: _text(value) for name, value in values.items()}
    return urlencode({name: text for name, text in texts.items() if text}, quote_via=quote, safe=",")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(_text(item) for item in value)
    return "" if value is None else str(value)


def _target(call: Call) -> str:
    """Path and query of a call.

    Raises `Rejected` for an id that would make the path another one: empty, or `.` and `..`, which clients and servers resolve.
    """
    for name, value in call.ids.items():
        if value in {"", ".", ".."}:
            raise errors.Rejected(call.operation, 0, "", f"{value!r} cannot stand for {plain(name)} in a path; nothing was sent")
    return f"{call.url}?{query(call.query)}" if call.query else call.url


def _outgoing(call: Call, url: str, body: bytes, token: Token) -> Outgoing:
    headers = {**_COMMON, "authorization": f"Bearer {token.value}"}
    if body:
        headers["content-type"] = "application/json"
    headers |= {name.lower(): value for name, value in call.headers.items()}
    return Outgoing(call.method, url, headers, body)


def _open(transport: httpx.AsyncBaseTransport | None, connections: int) -> httpx.AsyncClient:
    """The HTTP client. Raises `ConfigurationError` where proxy or CA settings of the environment are wrong.

    Connections idle for 5 s are closed (httpx's default): a write on one that the server just gave up would be lost.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    try:
        return httpx.AsyncClient(transport=transport, limits=limits, timeout=TIMEOUT, follow_redirects=False)
    except (OSError, ValueError, ImportError, httpx.InvalidURL, ssl.SSLError) as error:
        advice = "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        raise errors.ConfigurationError(f"proxy or CA settings cannot be used ({type(error).__name__}); {advice}") from None
