"""Applies the repository in the current folder, and is killed for good at the request given as argument.

Arguments: the request, `before` or `after` it went out, and how many changes go at a time (5).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from reconciler.pipeline.apply import Wishes, apply
from reconciler.pipeline.session import Doors
from reconciler.settings import load


class Deadly(httpx.AsyncHTTPTransport):
    """A real transport that sends SIGKILL to its own process at one request, before or after it went out."""

    at = int(sys.argv[1])
    after = sys.argv[2] == "after"
    seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen += 1
        deadly = self.seen == self.at
        if deadly and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        response = await super().handle_async_request(request)
        if deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return response


if __name__ == "__main__":
    wishes = Wishes(parallelism=int(sys.argv[3]) if len(sys.argv) > 3 else None)
    asyncio.run(apply(load(Path.cwd()), wishes=wishes, doors=Doors(transport=Deadly())))
