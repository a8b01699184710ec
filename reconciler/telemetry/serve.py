"""`/metrics`, `/healthz` and `/readyz` on 127.0.0.1: what a scraper and a supervisor ask. It takes no input."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.errors import UsageError
from reconciler.telemetry.metrics import CONTENT_TYPE

HOST = "127.0.0.1"


class Numbers(Protocol):
    """Whatever has numbers to show."""

    def text(self) -> bytes:
        """All of them in the text format of Prometheus."""
        ...


def application(metrics: Numbers, ready: Callable[[], str] = lambda: "") -> Starlette:
    """The three pages. How the work went is in the numbers.

    `/healthz` says that the process answers; `/readyz` answers 503 with what `ready` says, if it says anything.
    """

    async def numbers(_request: Request) -> Response:
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def health(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def readiness(_request: Request) -> Response:
        trouble = ready()
        return Response(f"{trouble or 'ok'}\n", status_code=503 if trouble else 200, media_type="text/plain")

    pages = {"/metrics": numbers, "/healthz": health, "/readyz": readiness}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


@contextmanager
def served(metrics: Numbers, port: int, ready: Callable[[], str] = lambda: "") -> Iterator[int]:
    """Serves while the block runs, from a thread; the value is the port, a free one for 0. Raises `UsageError` if it is taken."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((HOST, port))
        door.listen()  # from here on nobody is turned away, even while the server is still starting
    except OSError as error:
        door.close()
        raise UsageError(f"cannot listen on {HOST}:{port}: {error.strerror}; choose another port, or 0 for a free one") from None
    config = uvicorn.Config(
        application(metrics, ready), lifespan="off", ws="none", log_config=None, access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([door],), name="metrics", daemon=True)
    thread.start()
    try:
        yield door.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        door.close()
