"""`/metrics` and `/healthz` on 127.0.0.1: what a scraper and a supervisor ask. It never leaves the machine and takes no input."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.errors import UsageError
from reconciler.telemetry.metrics import CONTENT_TYPE, Metrics

HOST = "127.0.0.1"


def application(metrics: Metrics) -> Starlette:
    """The two pages. `/healthz` says that the process answers; how its cycles went is in the numbers."""

    async def numbers(_request: Request) -> Response:
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def health(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    return Starlette(routes=[Route("/metrics", numbers), Route("/healthz", health)])


@contextmanager
def served(metrics: Metrics, port: int) -> Iterator[int]:
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
        application(metrics), lifespan="off", ws="none", log_config=None, access_log=False, server_header=False
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
