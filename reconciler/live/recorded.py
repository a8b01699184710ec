"""What Genesys Cloud says of conversations that recordings wait for, and of recordings that were uploaded. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from reconciler.errors import NotFound
from reconciler.kinds import recording
from reconciler.live.conversations import DETAILS, ONE, SINGLES, SIZE
from reconciler.model.call import Call
from reconciler.model.port import Reader


class Endings:
    """Whether conversations have ended. One that analytics does not show is asked for by itself, once: that costs a request."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._asked: set[str] = set()
        self._over: set[str] = set()

    async def look(self, ids: Collection[str]) -> dict[str, bool]:
        """Id → whether it has ended, of those conversations that Genesys Cloud knows.

        Source: GET /api/v2/analytics/conversations/details?id= with `conversationEnd`, a hundred with a request; GET
        /api/v2/conversations/{conversationId} with `endTime`; API description of July 2026. That `conversationEnd` stands only
        with what has ended is inferred.
        """
        found = dict.fromkeys(self._over & set(ids), True)
        for part in _parts(sorted(set(ids) - found.keys())):
            found |= await self._details(part)
        singles = [one for one in sorted(set(ids) - found.keys()) if one not in self._asked][:SINGLES]
        for one in singles:
            self._asked.add(one)
            found |= await self._single(one)
        self._over |= {one for one, is_over in found.items() if is_over}
        return found

    async def _details(self, ids: Sequence[str]) -> dict[str, bool]:
        try:
            body = (await self._reader.get(Call("GET", DETAILS, query={"id": list(ids)}))).json() or {}
        except NotFound:
            return {}
        shown = body.get("conversations") or ()
        return {str(one["conversationId"]): bool(one.get("conversationEnd")) for one in shown if one.get("conversationId")}

    async def _single(self, one: str) -> dict[str, bool]:
        try:
            body = (await self._reader.get(Call("GET", ONE, ids={"conversationId": one}))).json() or {}
        except NotFound:
            return {}
        return {one: bool(body.get("endTime"))}


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + SIZE] for start in range(0, len(ids), SIZE))


async def shown(reader: Reader, conversation: str, *, lengths: bool = False) -> list[dict[str, Any]]:
    """The recordings of a conversation; with `lengths` with their times. Empty where nobody knows it, or they are not ready.

    Source: GET …/recordingmetadata, which tells times of screen recordings only; GET …/recordings, 202 while it is transcoded.
    """
    call = recording.lengths(conversation) if lengths else recording.metadata(conversation)
    try:
        answer = await reader.get(call)
    except NotFound:
        return []
    body = answer.json()
    return [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []


async def orphans(reader: Reader) -> list[dict[str, Any]]:
    """All recordings without conversation. Source: GET /api/v2/orphanrecordings; permission `recording:orphan:view`."""
    found: list[dict[str, Any]] = []
    await reader.pages(recording.ORPHANS, found.extend)
    return found
