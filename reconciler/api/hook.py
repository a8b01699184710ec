"""Tells a web hook something. It is no part of Genesys Cloud: no token, no budget, no repetition; the caller decides about those.

An address of a web hook is often a secret in itself, so errors name its host only.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from reconciler.api.broken import CAUGHT
from reconciler.errors import Unavailable

SECONDS = 10.0


async def post(url: str, data: dict[str, Any], *, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Sends `data` as JSON; done when any 2xx comes back. Raises `Unavailable` otherwise. Redirections are not followed."""
    operation = f"POST web hook at {_host(url)}"
    headers = {"Content-Type": "application/json"}
    try:
        async with httpx.AsyncClient(timeout=SECONDS, transport=transport) as client:
            answer = await client.post(url, content=orjson.dumps(data), headers=headers)
    except CAUGHT as error:
        raise Unavailable(operation, 0, "", f"no answer ({type(error).__name__})") from None
    if not answer.is_success:
        raise Unavailable(operation, answer.status_code, "", "the web hook did not take the message")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"
