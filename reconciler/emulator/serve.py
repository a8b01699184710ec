"""The emulator behind two sockets on the loopback interface: the API on one port, the admin application on another.

Only this module knows uvicorn. Nothing is written to stdout; uvicorn's own records go to the standard logging, which shows
warnings on stderr.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.emulator.app import CONNECTION_KEY, Config, Emulator, build
from reconciler.emulator.faults import Cut
from reconciler.emulator.token import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"


def serve(config: Config, *, port: int, announce: Callable[[dict[str, str]], None]) -> None:
    """Serve until SIGTERM or SIGINT, then return within two seconds.

    Binds 127.0.0.1 only; port 0 is any free port, the admin port always is. Calls `announce` once, when both ports accept,
    with api_url, login_url, admin_url, client_id and client_secret. OSError when the port is taken, ValueError for a seed
    that does not exist.
    """
    with _bound(port) as first, _bound(0) as second:
        emulator = build(config)
        gc.collect()
        gc.freeze()  # a large organisation is not to be looked at again by every full collection
        asyncio.run(_serve(emulator, [first, second], announce))


async def _serve(emulator: Emulator, doors: list[socket.socket], announce: Callable[[dict[str, str]], None]) -> None:
    servers = [_server(emulator.api), _server(emulator.admin)]
    runs = [asyncio.ensure_future(one.serve(sockets=[door])) for one, door in zip(servers, doors, strict=True)]
    _stop_on_signal(servers)
    for one in servers:
        await one.ready.wait()
    api, admin = (f"http://{HOST}:{door.getsockname()[1]}" for door in doors)
    announce(
        {
            "api_url": api,
            "login_url": api,
            "admin_url": admin,
            "client_id": emulator.client_id,
            "client_secret": emulator.client_secret,
        }
    )
    await asyncio.gather(*runs)


def _bound(port: int) -> socket.socket:
    """A socket that holds the port but does not listen yet."""
    # With the protocol named, asyncio turns Nagle off; without it every answer waits 40 ms for an acknowledgement.
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
    except OSError:
        door.close()
        raise
    return door


def _server(app: ASGIApp) -> _Server:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def _stop_on_signal(servers: list[_Server]) -> None:
    def stop() -> None:
        for one in servers:
            one.should_exit = True

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop)


class _Server(uvicorn.Server):
    """A server that says when it accepts, and leaves signals alone: two of them run in one process, and neither owns it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(H11Protocol):
    """One connection; the application learns which one a request came on, and may have it cut."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wire = _Wire(self.app, transport)
        self.app = self._wire

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.connection.is_open = False
        self._wire.lost.set()
        super().connection_lost(exc)


class _Wire:
    """An application on one connection: a Cut closes the socket without an answer."""

    def __init__(self, app: Any, transport: asyncio.Transport) -> None:
        self._app, self._transport = app, transport
        self.connection = Connection()
        self.lost = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CONNECTION_KEY] = self.connection
        try:
            await self._app(scope, receive, send)
        except Cut:
            self._transport.abort()
            await self.lost.wait()  # before that, uvicorn would answer 500
