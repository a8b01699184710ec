"""A served organisation with calls, for commands as processes; run it to be killed at a request."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from reconciler.pipeline.recordings import Wishes, run
from reconciler.pipeline.session import Doors
from reconciler.settings import load


class Deadly(httpx.AsyncHTTPTransport):
    """A real transport that sends SIGKILL to its own process at one request of all, before or after it went out."""

    at = 0
    after = False
    seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        Deadly.seen += 1
        deadly = Deadly.seen == self.at
        if deadly and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        response = await super().handle_async_request(request)
        if deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return response


if __name__ == "__main__":
    Deadly.at, Deadly.after = int(sys.argv[1]), sys.argv[2] == "after"
    asyncio.run(run(load(Path.cwd()), Wishes(once=True), Doors(transport=Deadly(), outside=Deadly())))
