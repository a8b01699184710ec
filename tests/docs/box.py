"""Organisations behind a port of this process: what `reconciler emulate` serves, without a process of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from reconciler.emulator.app import Config, build


@contextmanager
def organisation(seed: str = "empty") -> Iterator[dict[str, str]]:
    """An organisation that answers until the end of the block: the environment of whoever uses it."""
    emulator = build(Config(seed=seed, rate_limit=0))
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(emulator.api, lifespan="off", ws="none", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    try:
        yield {
            "RECONCILER_API_URL": address,
            "RECONCILER_LOGIN_URL": address,
            "RECONCILER_REQUESTS_PER_MINUTE": "0",
            "GENESYSCLOUD_OAUTHCLIENT_ID": emulator.client_id,
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": emulator.client_secret,
        }
    finally:
        server.should_exit = True
        thread.join()
        door.close()
