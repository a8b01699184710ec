"""A web hook: native events as the body of a POST, acknowledged only once they are durable.

Answers: 202 taken over, 400 no whole records in the body, 401 no proof of the sender, 403 a wrong or old one, 408 the body did
not come, 413 too large, 415 a compressed body, 503 with Retry-After when events cannot be taken over now. After anything but 202
the sender should send the same again (408, 503) or be mended; an event that comes twice is the same event.

Nothing of the message is shown in an answer or a log, neither a secret nor a body.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.errors import UsageError
from reconciler.feeds.chunk import Record
from reconciler.feeds.proof import Message, Proof, Refusal
from reconciler.formats.frame import Damaged, cutter

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
LIMIT = 1024 * 1024
RETRY_SECONDS = 5
GRACE_SECONDS = 30
CONNECTIONS = 200

_log = logging.getLogger(__name__)

Publish: TypeAlias = Callable[[list[Record]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Hook:
    """What the hook listens for: the frame of its bodies, where, how large (bytes) and how slow (seconds) they may be."""

    frame: str
    proof: Proof
    path: str = "/"
    limit: int = LIMIT
    body_seconds: float = 30


class _Refused(Exception):
    """The answer is no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, message)


def build(publish: Publish, hook: Hook, *, clock: Callable[[], float], is_full: Callable[[], bool] = lambda: False) -> Starlette:
    """The application. `publish` makes records durable and returns how many were new; whatever it raises is a 503.

    `clock` is in seconds since 1970; `is_full` says that no more should be taken now. Places are `hook:message:line`, messages
    counted from 1 since the start.
    """
    numbers = count(1)

    async def take(request: Request) -> Response:
        try:
            records = await _records(request, hook, clock(), numbers, is_full)
            new = await _published(publish, records)
        except _Refused as refused:
            return _answer(refused.refusal)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        return JSONResponse({"received": len(records), "new": new}, status_code=202)

    return Starlette(routes=[Route(hook.path, take, methods=["POST"])])


async def _records(request: Request, hook: Hook, now: float, numbers: Iterator[int], is_full: Callable[[], bool]) -> list[Record]:
    """The records of a message that is what it should be."""
    _check(hook.proof.refuse_early(request.headers, now))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _Refused(415, "send the body without compression")
    body = await _body(request, hook)
    _check(hook.proof.refuse(Message(request.headers, body, request.url.query)))
    if is_full():
        raise _Refused(503, "too much is waiting to be worked off; send it again later")
    return _cut(body, hook.frame, f"hook:{next(numbers)}")


def _check(refusal: Refusal | None) -> None:
    if refusal:
        raise _Refused(*refusal)


async def _body(request: Request, hook: Hook) -> bytes:
    """The body; it is not read further than it may be long."""
    too_large = _Refused(413, f"the body is larger than {hook.limit} bytes; send fewer events at a time")
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > hook.limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(hook.body_seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > hook.limit:
                    raise too_large
    except TimeoutError:
        raise _Refused(408, f"the body did not come within {hook.body_seconds:g} seconds") from None
    return bytes(body)


def _cut(body: bytes, frame: str, place: str) -> list[Record]:
    cuts = cutter(frame)
    cuts.feed(body)
    records: list[Record] = []
    while pieces := cuts.take(final=True):
        for _, line, data in pieces:
            if isinstance(data, Damaged):
                raise _Refused(400, f"line {line} of the body: {data.why}")
            records.append(Record(data, f"{place}:{line}"))
    if not records:
        raise _Refused(400, "there is no event in the body")
    return records


async def _published(publish: Publish, records: list[Record]) -> int:
    try:
        return await publish(records)
    except Exception as error:
        # Whatever it was: the sender still has the events, and must not believe that we do.
        _log.exception("events of a web hook could not be taken over")
        raise _Refused(503, "the events could not be taken over; send them again later") from error


def _answer(refusal: Refusal) -> Response:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 413: {"Connection": "close"}, 503: {"Retry-After": str(RETRY_SECONDS)}}
    return JSONResponse({"error": refusal.message}, status_code=refusal.status, headers=headers.get(refusal.status))


@asynccontextmanager
async def served(app: Starlette, port: int, *, host: str = HOST) -> AsyncGenerator[int, None]:
    """Serves while the block runs; the value is the port, a free one for 0. At the end requests that have begun are finished.

    On the loopback interface unless told otherwise: encryption is for a reverse proxy before it. Raises `UsageError` where the
    port cannot be had.
    """
    door = _bound(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    run = asyncio.ensure_future(server.serve(sockets=[door]))
    try:
        yield door.getsockname()[1]
    finally:
        server.should_exit = True
        await run
        door.close()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)[0]
        door = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}: {error.strerror}; choose another address") from None
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen()  # from here on nobody is turned away, even while the server is still starting
    except OSError as error:
        door.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}; choose another port, or 0 for a free one") from None
    return door


class _Server(uvicorn.Server):
    """A server that leaves signals to the program it is part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
