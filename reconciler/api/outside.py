"""Requests to what is no part of Genesys Cloud: a web hook, a platform's list of states. No token, no budget, no repetition.

Such an address is often a secret in itself, so errors name its host only.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import orjson

from reconciler.api.broken import CAUGHT, Broken, kind
from reconciler.errors import ApiError, Lost, Rejected, Unavailable

SECONDS = 10.0
PUT_SECONDS = 60.0  # a storage may take that long over one piece, and over its answer


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


class Storage:
    """The storage behind presigned addresses, over a few connections that are kept. Use it in `async with`."""

    def __init__(self, connections: int, transport: httpx.AsyncBaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(timeout=PUT_SECONDS, transport=transport, limits=limits, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def put(self, url: str, headers: Mapping[str, str], pieces: AsyncIterator[bytes], size: int) -> None:
        """Sends `size` bytes, piece by piece, with exactly these headers besides the length; done when any 2xx comes back.

        Raises `Rejected` where the storage did not take them (403: the address is not valid, any more or at all; 400 `BadDigest`:
        other bytes than were announced), `Unavailable` where certainly nothing arrived, `Lost` where it may have. The same PUT to
        the same address may be repeated: it stores the same bytes under the same key. Source: Amazon S3, PutObject, presigned
        addresses; that the platform's storage behaves alike is inferred.
        """
        operation = f"PUT recording to {_host(url)}"
        try:
            # Built by hand: a header that was not signed would be refused.
            request = httpx.Request("PUT", url, headers={**headers, "Content-Length": str(size)}, content=pieces)
            answer = await self._http.send(request, stream=True)
            try:
                code = "" if answer.is_success else await _code(answer)
            finally:
                await answer.aclose()
        except CAUGHT as error:
            raise _BROKEN[kind(type(error))](operation, 0, "", f"no answer ({type(error).__name__})") from None
        if not answer.is_success:
            status = answer.status_code
            made = Lost if status >= 500 or status in _PASSING else Rejected
            raise made(operation, status, code, "the storage did not take the recording")


_PASSING = frozenset({408, 429})
_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_BROKEN: dict[Broken, type[ApiError]] = {Broken.UNSENT: Unavailable, Broken.LOST: Lost, Broken.HOPELESS: Rejected}


async def _code(answer: httpx.Response) -> str:
    """The storage's word for what is wrong, from the beginning of its XML."""
    start = b""
    async for part in answer.aiter_bytes(4096):
        start += part
        if len(start) >= 4096:
            break
    found = _CODE.search(start)
    return found[1].decode() if found else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"
