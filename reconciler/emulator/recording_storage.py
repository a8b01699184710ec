"""The storage behind presigned addresses: takes recordings, hands out reports and media. Speaks HTTP and XML as S3 does.

It asks for no token and counts against no allowance. A body is read piece by piece: its digest and its head stay, and the whole
of it only where a switch says so. What is refused is read to its end all the same, so that the client gets to see the answer.

Source: S3's REST API: PutObject (BadDigest, EntityTooLarge, IncompleteBody, 411 MissingContentLength), its error
document, keys up to 1024 bytes; an address serves again until it expires, and the last content of a key stays.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from reconciler.emulator import recording_media
from reconciler.emulator.faults import Cut
from reconciler.emulator.recording_ingest import arrive
from reconciler.emulator.recording_report import REPORTS, report_text
from reconciler.emulator.recording_shown import MEDIA, media_bytes
from reconciler.emulator.recording_signature import Denied, Visit, judge
from reconciler.emulator.recording_store import Content
from reconciler.emulator.recording_upload import FOLDER
from reconciler.emulator.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from reconciler.emulator.faults import Faults, Rule
    from reconciler.emulator.tally import Tally
    from reconciler.emulator.world import World

ROOT = "/storage/"
SIZE_MAXIMUM = 5 * 1024**3
KEY_MAXIMUM = 1024

# What can be asked for: method, folder, name in the request ledger and in fault rules.
_DOORS = (
    ("PUT", FOLDER, f"PUT {FOLDER}{{uploadKey}}"),
    ("GET", REPORTS, f"GET {REPORTS}{{reportId}}"),
    ("GET", MEDIA, f"GET {MEDIA}{{recordingId}}"),
)

# The words of injected faults in those of S3.
_CODES = {
    "bad.request": "InvalidRequest",
    "not.authorized": "AccessDenied",
    "not.found": "NoSuchKey",
    "internal.server.error": "InternalError",
    "service.unavailable": "SlowDown",
    "client.timeout": "RequestTimeout",
    "request.timeout": "RequestTimeout",
}


@dataclass(frozen=True, slots=True)
class _Call:
    """One request on its way through the storage."""

    name: str
    visit: Visit
    pieces: AsyncIterator[bytes]
    struck: list[Rule]

    @property
    def key(self) -> str:
        """What stands behind the folder."""
        return self.visit.path.split("/", 3)[3]


class Storage:
    """The ASGI application of everything below `/storage/`."""

    def __init__(self, world: World, tally: Tally, faults: Faults) -> None:
        self._world, self._tally, self._faults = world, tally, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises Cut where a fault rule wants the connection to die."""
        request = Request(scope, receive)
        visit = Visit(request.method, scope["path"], request.url.query, {**request.headers})
        name = next((name for method, folder, name in _DOORS if visit.method == method and visit.path.startswith(folder)), "")
        struck = self._faults.firing(name) if name else []
        call = _Call(name or f"{visit.method} {ROOT}", visit, request.stream(), struck)
        self._tally.count(call.name)
        self._tally.writes += visit.method == "PUT"
        try:
            response = await self._answer(call)
        except ClientDisconnect:
            return
        except Denied as denied:
            response = await self._denied(call, denied)
        except Refusal as refusal:
            response = await self._denied(call, Denied(refusal.status, _code(refusal), refusal.message, offends=False))
        await response(scope, receive, send)

    async def _answer(self, call: _Call) -> Response:
        self._world.settle()
        for rule in call.struck:
            if rule.delay_ms:
                await asyncio.sleep(rule.delay_ms / 1000)
            rule.before()
        if not any(call.visit.path.startswith(folder) for _, folder, _ in _DOORS):
            raise Denied(404, "NoSuchBucket", "The specified bucket does not exist")
        judge(call.visit, self._world.client.secret, now=self._world.now())
        response = await self._taken(call) if call.visit.method == "PUT" else self._given(call)
        for rule in call.struck:
            rule.after()
        return response

    # ── in ──────────────────────────────────────────────────────────────────

    async def _taken(self, call: _Call) -> Response:
        length = _length(call.visit)
        if len(call.key.encode()) > KEY_MAXIMUM:
            raise Denied(400, "KeyTooLongError", "Your key is too long")
        content = await self._read(call, length)
        arrive(self._world, call.key, content)
        headers = {"ETag": f'"{content.digest}"', "x-amz-request-id": self._number()}
        return Response(b"", 200, headers)

    async def _read(self, call: _Call, length: int) -> Content:
        """What is known of the body once all of it is here and is what its headers say."""
        digest, head, whole = hashlib.md5(usedforsecurity=False), bytearray(), bytearray()
        size, cut = 0, min((rule.cut_bytes for rule in call.struck if rule.cut_bytes), default=None)
        keep = self._world.switches.recording_bytes
        async for piece in call.pieces:
            size += len(piece)
            if cut is not None and size >= cut:
                raise Cut(f"connection cut after {size} bytes")
            digest.update(piece)
            head += piece[: recording_media.HEAD - len(head)]
            if keep:
                whole += piece
        if size != length:
            raise Denied(400, "IncompleteBody", "The number of bytes is not the one of Content-Length")
        _match(call.visit, digest.digest())
        start = bytes(head)
        return Content(
            digest.hexdigest(),
            size,
            recording_media.media(start),
            recording_media.seconds(start, size),
            recording_media.named(start, size),
            bytes(whole) if keep else None,
        )

    # ── out ─────────────────────────────────────────────────────────────────

    def _given(self, call: _Call) -> Response:
        self._world.recordings.counts["downloads"] += 1
        find = report_text if call.visit.path.startswith(REPORTS) else media_bytes
        found = find(self._world, call.key)
        if found is None:
            raise Denied(404, "NoSuchKey", "The specified key does not exist, or its bytes were not kept (recording_bytes)")
        return Response(found[0], 200, {"x-amz-request-id": self._number()}, media_type=found[1])

    async def _denied(self, call: _Call, denied: Denied) -> Response:
        self._world.recordings.refused[denied.code] += 1
        if denied.offends:
            self._tally.violate(call.name, denied.code, denied.message)
        with suppress(ClientDisconnect):
            async for _ in call.pieces:
                pass
        text = f"<Code>{escape(denied.code)}</Code><Message>{escape(denied.message)}</Message>"
        number = self._number()
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}<RequestId>{number}</RequestId></Error>'
        return Response(body, denied.status, {"x-amz-request-id": number}, media_type="application/xml")

    def _number(self) -> str:
        return f"{self._world.number():016X}"


def _code(refusal: Refusal) -> str:
    return _CODES.get(refusal.code, refusal.code)


def _length(visit: Visit) -> int:
    text = visit.headers.get("content-length", "")
    if not text.isdecimal():
        raise Denied(411, "MissingContentLength", "You must provide the Content-Length HTTP header")
    if int(text) > SIZE_MAXIMUM:
        raise Denied(400, "EntityTooLarge", f"Your upload is larger than {SIZE_MAXIMUM} bytes")
    return int(text)


def _match(visit: Visit, digest: bytes) -> None:
    told = visit.headers.get("content-md5")
    if told is not None and told.strip() != base64.b64encode(digest).decode():
        raise Denied(400, "BadDigest", "The Content-MD5 you specified did not match what we received")
