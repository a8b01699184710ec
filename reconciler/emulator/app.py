"""The door: HTTP in, an operation of the table, HTTP out. Everything every request has in common happens here.

`build` makes an organisation and the two applications in front of it: `api` (platform API and login) and `admin` (request
ledger, faults, clock, switches). Both are plain ASGI; `serve` puts them behind sockets.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from reconciler.emulator.admin import Admin
from reconciler.emulator.ask import Answer, Ask, Query
from reconciler.emulator.faults import Faults
from reconciler.emulator.operation import Operation
from reconciler.emulator.operations import OPERATIONS
from reconciler.emulator.quota import BODY_MAXIMUM, IN_FLIGHT_MAXIMUM, too_many
from reconciler.emulator.recording_storage import ROOT, Storage
from reconciler.emulator.refusal import Refusal, bad, not_found, offence
from reconciler.emulator.routes import Routes, path_values
from reconciler.emulator.seed import plant
from reconciler.emulator.shape import checked
from reconciler.emulator.tally import NOT_MODELLED, TOKEN_ENDPOINT, Tally
from reconciler.emulator.token import Connection, OAuthRefusal, Token
from reconciler.emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from reconciler.emulator.faults import Rule
    from reconciler.emulator.token import Client

CONNECTION_KEY = "emulator.connection"

_ALWAYS = {"Cache-Control": "no-cache, no-store, must-revalidate"}
_JSON = "application/json"
_SCIM = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Config:
    """How an emulator starts.

    `seed` is empty, demo or large:USERS,QUEUES; `rate_limit` counts requests per minute and token, 0 = off; `token_seconds` is
    the life of a token.
    """

    seed: str = "empty"
    rate_limit: int = 300
    latency_ms: int = 0
    token_seconds: int = 86_400
    random_seed: int = 0


@dataclass(frozen=True, slots=True)
class Emulator:
    """An emulated organisation with its two applications and the credentials of a client that may do everything."""

    api: ASGIApp
    admin: ASGIApp
    world: World
    client_id: str
    client_secret: str


def build(config: Config | None = None, *, clock: Callable[[], float] | None = None) -> Emulator:
    """A fresh emulator; equal configurations give equal ids. ValueError for a seed that does not exist."""
    config = config or Config()
    world = World(clock or time.time, config.random_seed)
    world.rate_limit, world.token_seconds = config.rate_limit, config.token_seconds
    plant(world, config.seed)
    door = Door(world, latency_ms=config.latency_ms)
    admin = Admin(world, door.tally, door.faults)
    return Emulator(door, admin, world, world.client.id, world.client.secret)


@dataclass(slots=True)
class _Visit:
    """One request on its way through the door."""

    request: Request
    name: str
    correlation: str
    operation: Operation | None = None
    segments: list[str] = field(default_factory=list)
    token: Token | None = None
    struck: list[Rule] = field(default_factory=list)


class Door:
    """The ASGI application of the platform API."""

    def __init__(self, world: World, *, latency_ms: int) -> None:
        self.world = world
        self.tally = Tally()
        self.faults = Faults()
        self._latency = latency_ms / 1000
        self._storage = Storage(world, self.tally, self.faults)
        self._routes = Routes(OPERATIONS)
        self._random = Random(0)  # noqa: S311 - correlation ids; apart from object ids, which must not depend on reads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises Cut where a fault rule wants the connection to die."""
        if scope["path"].startswith(ROOT):
            await asyncio.sleep(self._latency)
            await self._storage(scope, receive, send)
            return
        visit = self._visit(Request(scope, receive))
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            answer = await self._answer(visit)
        except Refusal as refusal:
            answer = self._refused(visit, refusal)
        except OAuthRefusal as refusal:
            answer = Answer(refusal.body, refusal.status)
        finally:
            if visit.token is not None:
                visit.token.in_flight -= 1
        await self._response(visit, answer)(scope, receive, send)

    def _visit(self, request: Request) -> _Visit:
        correlation = f"{self._random.getrandbits(128):032x}"
        correlation = "-".join((correlation[:8], correlation[8:12], correlation[12:16], correlation[16:20], correlation[20:]))
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        segments = [unquote(part.decode("latin-1")) for part in raw.split(b"?")[0].strip(b"/").split(b"/")]
        if segments == ["oauth", "token"] and request.method == "POST":
            self.tally.count(TOKEN_ENDPOINT)
            return _Visit(request, TOKEN_ENDPOINT, correlation)
        operation = self._routes.find(request.method, segments)
        name = operation.name if operation else f"{request.method} {NOT_MODELLED}"
        self.tally.count(name, operation)
        return _Visit(request, name, correlation, operation, segments)

    async def _answer(self, visit: _Visit) -> Answer:
        self.world.settle()
        if visit.name == TOKEN_ENDPOINT:
            return await self._login(visit)
        if visit.operation is None:
            raise not_found(visit.request.url.path, "operation in this emulator")
        return await self._carry_out(visit, visit.operation)

    async def _carry_out(self, visit: _Visit, operation: Operation) -> Answer:
        client = self._admit(visit, operation)
        raw = await _body(visit.request)
        await self._strike(visit)
        answer = operation.handler(self._ask(visit, operation, client, raw), self.world)
        if not isinstance(answer, Answer):
            answer = Answer(answer, operation.ok)
        for rule in visit.struck:
            rule.after()
            if isinstance(answer.body, dict):
                answer = Answer(rule.reshape(answer.body), answer.status, answer.headers)
        return answer

    # ── who asks, and may they ──────────────────────────────────────────────

    async def _login(self, visit: _Visit) -> Answer:
        form = dict(parse_qsl((await _body(visit.request)).decode("latin-1")))
        await self._strike(visit)
        world = self.world
        token = world.tokens.issue(
            visit.request.headers.get("authorization", ""),
            form.get("grant_type", ""),
            now=world.now(),
            seconds=world.token_seconds,
            limit=world.switches.token_requests_per_minute,
        )
        for rule in visit.struck:
            rule.after()
        return Answer({"access_token": token.text, "token_type": "bearer", "expires_in": world.token_seconds})

    def _admit(self, visit: _Visit, operation: Operation) -> Client:
        """The client of the token, after allowance and permissions were checked, in this order."""
        token = self.world.tokens.find(visit.request.headers.get("authorization", ""), self.world.now())
        token.in_flight += 1
        visit.token = token
        self._watch(visit, token)
        now, allowed = self.world.now(), self.world.rate_limit
        if allowed and not token.window.take(now, allowed):
            raise too_many(token.window.seconds_left(now))
        _permit(operation, token.client)
        return token.client

    def _watch(self, visit: _Visit, token: Token) -> None:
        """Notes impatience: repeating before Retry-After is over, or more at a time than the API wants."""
        if token.told_to_wait.get(self._place(visit), 0.0) > self.world.now():
            self.tally.violate(visit.name, "repeated.early", "The request was repeated before Retry-After was over")
        if token.in_flight > IN_FLIGHT_MAXIMUM:
            self.tally.violate(visit.name, "too.many.in.flight", f"{token.in_flight} requests of one token at a time")
        connection = visit.request.scope.get(CONNECTION_KEY)
        if isinstance(connection, Connection):
            token.connections = {one for one in token.connections if one.is_open} | {connection}
            if len(token.connections) > IN_FLIGHT_MAXIMUM:
                text = f"{len(token.connections)} open connections of one token"
                self.tally.violate(visit.name, "too.many.connections", text)

    async def _strike(self, visit: _Visit) -> None:
        visit.struck = self.faults.firing(visit.name)
        for rule in visit.struck:
            if rule.delay_ms:
                await asyncio.sleep(rule.delay_ms / 1000)
            rule.before()

    # ── what is asked ────────────────────────────────────────────────────────

    def _ask(self, visit: _Visit, operation: Operation, client: Client, raw: bytes) -> Ask:
        request = visit.request
        query = Query(parse_qsl(request.url.query, keep_blank_values=True))
        size, number = self._page(visit, operation, query)
        return Ask(
            url=request.url.path,
            path=path_values(operation, visit.segments),
            query=query,
            headers=request.headers,
            body=self._parsed(request, operation, raw) if operation.body is not None else None,
            caller=client,
            page_size=size,
            page_number=number,
            struck=visit.struck,
            origin=f"{request.url.scheme}://{request.url.netloc}",
        )

    def _page(self, visit: _Visit, operation: Operation, query: Query) -> tuple[int, int]:
        paging = operation.paging
        if paging is None:
            return 25, 1
        size = query.whole(paging.size, paging.default)
        number = query.whole("pageNumber", 1, paging.number_code)
        if number < 1:
            raise bad(paging.number_code, "Page numbers start at 1")
        if size < paging.minimum:
            raise bad("invalid.query.param.value", f"[{paging.size}] must be at least {paging.minimum}")
        if size > paging.maximum:
            self.tally.violate(visit.name, "page.size", f"{paging.size} {size} is above the maximum {paging.maximum}")
            if self.world.switches.page_size_above_maximum == "refuse":
                raise bad("invalid.query.param.value", f"[{paging.size}] must be at most {paging.maximum}")
        return min(size, paging.maximum), number

    def _parsed(self, request: Request, operation: Operation, raw: bytes) -> Any:
        if operation.body_optional and not raw:
            return {}
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != _JSON and not (operation.scim and media == _SCIM):
            raise offence(Refusal(415, "unsupported.media.type", f"The media type [{media}] is not supported"))
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise offence(bad("bad.request", "The request body is not valid JSON")) from None
        try:
            return checked(value, operation.body, strict=self.world.switches.unknown_property == "refuse")
        except Refusal as refusal:
            raise offence(refusal) from None

    # ── what is answered ─────────────────────────────────────────────────────

    def _refused(self, visit: _Visit, refusal: Refusal) -> Answer:
        if refusal.offends:
            self.tally.violate(visit.name, refusal.code, refusal.message)
        if visit.token is not None and refusal.status == 429:
            wait = float(refusal.headers.get("Retry-After", "0"))
            visit.token.told_to_wait[self._place(visit)] = self.world.now() + wait
        return Answer(refusal.envelope(visit.correlation), refusal.status, refusal.headers)

    def _place(self, visit: _Visit) -> str:
        return f"{visit.request.method} {visit.request.url.path}?{visit.request.url.query}"

    def _response(self, visit: _Visit, answer: Answer) -> Response:
        headers = {"ININ-Correlation-Id": visit.correlation, **_ALWAYS, **answer.headers}
        if visit.token is not None and self.world.rate_limit:
            headers |= visit.token.window.headers(self.world.now(), self.world.rate_limit)
        empty = answer.body is None or visit.request.method == "HEAD"
        content = b"" if empty else orjson.dumps(answer.body)
        bodiless = answer.status in (204, 304)
        return Response(content, answer.status, headers, media_type=None if bodiless else _JSON)


async def _body(request: Request) -> bytes:
    """The whole body; 413 above the limit, after reading it away so that the client gets to see the answer."""
    raw = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_MAXIMUM:
            raw += chunk
    if size > BODY_MAXIMUM:
        message = f"The request is over the size limit. Maximum bytes: {BODY_MAXIMUM}"
        raise offence(Refusal(413, "request.entity.too.large", message))
    return bytes(raw)


def _permit(operation: Operation, client: Client) -> None:
    """Source: 403 `missing.permissions` names what is missing; `missing.any.permissions` where one of several would do."""
    needs = operation.needs.split()
    held = client.permissions
    if not needs or (set(needs) <= held if operation.all_of else set(needs) & held):
        return
    missing = [one for one in needs if one not in held]
    if operation.all_of or len(needs) == 1:
        text = f"Unable to perform the requested action. You are missing the following permission(s): {', '.join(missing)}"
        raise Refusal(403, "missing.permissions", text)
    text = f"Unable to perform the requested action. You must have at least one of: {', '.join(missing)}"
    raise Refusal(403, "missing.any.permissions", text)
