"""Requests to what is no part of Genesys Cloud: a web hook, a platform's list of states. No token, no budget, no repetition.

Such an address is often a secret in itself, so errors name its host only.
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


async def get(url: str, *, most: int, authorization: str = "", transport: httpx.AsyncBaseTransport | None = None) -> bytes:
    """The body of a 2xx answer of at most `most` bytes, unpacked. Raises `Unavailable` otherwise.

    `authorization` is the whole value of that header. Redirections are not followed: it would go to somebody else.
    """
    operation = f"GET feed at {_host(url)}"
    body = bytearray()
    try:
        async with (
            httpx.AsyncClient(timeout=SECONDS, transport=transport) as client,
            client.stream("GET", url, headers={"Authorization": authorization} if authorization else {}) as answer,
        ):
            if not answer.is_success:
                raise Unavailable(operation, answer.status_code, "", _ADVICE.get(answer.status_code, "no states came"))
            async for part in answer.aiter_bytes(65_536):
                body += part
                if len(body) > most:
                    raise Unavailable(operation, answer.status_code, "", f"the answer is larger than {most:,} bytes")
    except CAUGHT as error:
        raise Unavailable(operation, 0, "", f"no answer ({type(error).__name__})") from None
    return bytes(body)


_LOG_IN = "set RECONCILER_FEED_AUTHORIZATION to the value of its Authorization header, such as `Bearer …`"
_ADVICE = {401: _LOG_IN, 403: _LOG_IN}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"
