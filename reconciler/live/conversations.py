"""Conversations as Genesys Cloud shows them: those of a period by query, single ones by id, each looked into leg by leg.

A query is proven complete or not: as many conversations must have come as it says there are. What did not come with its legs is
read on its own, up to a bound; what is not known then stays unread, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reconciler.errors import NotFound, Rejected, Unavailable
from reconciler.model.call import Answer, Call
from reconciler.model.interaction import Party
from reconciler.model.moment import iso
from reconciler.model.port import Reader
from reconciler.model.resource import Proof
from reconciler.model.seen import Readback, Seen, SeenLeg

DETAILS = "/api/v2/analytics/conversations/details"
QUERY = f"{DETAILS}/query"
ONE = "/api/v2/conversations/{conversationId}"
SIZE = 100  # conversations a page, and ids a request; how many more the service would take is not published
MOST = 10_000  # conversations of one query; an interval with more is halved, so that no page lies deep
LONGEST = int(timedelta(days=31).total_seconds() * 1000)  # of one query; longer ones are refused (seen by others)
SHORTEST = 60_000  # milliseconds; a busier minute than MOST is not read
SINGLES = 200  # conversations read one by one; more than that stay unread
TOO_LARGE = "response.entity.too.large"
TAGGED = {"type": "and", "predicates": [{"type": "dimension", "dimension": "externalTag", "operator": "exists"}]}

_PARTIES = {
    "acd": Party.QUEUE,
    "agent": Party.AGENT,
    "user": Party.AGENT,
    "ivr": Party.FLOW,
    "workflow": Party.FLOW,
    "customer": Party.CUSTOMER,
    "external": Party.PHONE,
}
_SILENT = frozenset({"alert", "dialing", "contacting", "delay", "wrapup"})  # segments of a leg nobody has answered (yet)
Json = Mapping[str, Any]


@dataclass(slots=True)
class _Found:
    """What came so far; `lacking` are ids of conversations that came without their legs."""

    keys: Mapping[tuple[str, str], str]
    seen: dict[str, Seen] = field(default_factory=dict)
    lacking: dict[str, None] = field(default_factory=dict)

    def take(self, body: Json) -> None:
        """Looks into a conversation of analytics."""
        known = str(body["conversationId"])
        sessions = list(_sessions(body))
        if not sessions or not all(one.get("sessionId") and one.get("segments") for _, one in sessions):
            if known not in self.seen:
                self.lacking[known] = None
            return
        self.lacking.pop(known, None)
        legs = {str(session["sessionId"]): _leg(who, session, self.keys) for who, session in sessions}
        self.seen[known] = Seen(
            known,
            _milliseconds(body.get("conversationStart")),
            body.get("externalTag") or "",
            body.get("originatingDirection") == "outbound",
            legs,
            _providers(session for _, session in sessions),
        )

    def take_one(self, body: Json) -> None:
        """Looks into a conversation that was read by itself."""
        known, shown = str(body["id"]), list(_communications(body))
        first = shown[0][1] if shown else {}
        self.seen[known] = Seen(
            known,
            _milliseconds(body.get("startTime")),
            body.get("externalTag") or "",
            first.get("direction") == "outbound",
            {str(one["id"]): _communication(who, one, self.keys) for who, one in shown},
            _providers(one for _, one in shown),
        )


class Conversations:
    """Reads conversations; `keys` are keys of users and queues by (kind, id)."""

    def __init__(self, reader: Reader, keys: Mapping[tuple[str, str], str]) -> None:
        self._reader = reader
        self._found = _Found(keys)
        self._unread: set[str] = set()
        self._reasons: list[str] = []

    @property
    def readback(self) -> Readback:
        """All that was read so far."""
        proof = Proof(not self._reasons, "; ".join(self._reasons))
        return Readback(dict(self._found.seen), frozenset({*self._unread, *self._found.lacking}), proof)

    async def period(self, begin: int, end: int) -> None:
        """Reads the tagged conversations of an interval, in milliseconds since 1970: one request per hundred of them.

        Source: POST /api/v2/analytics/conversations/details/query, API description of July 2026; permission
        analytics:conversationDetail:view. That every conversation of ours shows its tag is inferred: `by_id` finds the others.
        """
        for start in range(begin, end, LONGEST):
            await self._interval(start, min(start + LONGEST, end))

    async def _interval(self, begin: int, end: int) -> None:
        ids: set[str] = set()
        total, number = 0, 1
        while True:
            try:
                bodies, total = _page(await self._reader.get(_query(begin, end, number)))
            except Rejected as error:
                if error.code != TOO_LARGE:
                    raise
                bodies, total = [], MOST + 1
            if total > MOST:
                await self._halves(begin, end)
                return
            for body in bodies:
                ids.add(str(body["conversationId"]))
                self._found.take(body)
            if not bodies or number * SIZE == total or (len(bodies) < SIZE and number * SIZE > total):
                break  # a full page behind the total says that the total is wrong
            number += 1
        if len(ids) < total:
            self._reasons.append(f"{len(ids):,} of {total:,} conversations from {iso(begin)} to {iso(end)} came")

    async def _halves(self, begin: int, end: int) -> None:
        middle = (begin + end) // 2
        if end - begin <= SHORTEST:
            self._reasons.append(f"more than {MOST:,} conversations from {iso(begin)} to {iso(end)}")
            return
        await self._interval(begin, middle)
        await self._interval(middle, end)

    async def by_id(self, ids: Collection[str]) -> None:
        """Reads those of the conversations that exist, a hundred with a request, whatever their time and tag.

        Source: GET /api/v2/analytics/conversations/details?id=, API description of July 2026. That ids nobody knows are left out
        of the answer is inferred.
        """
        wanted = sorted(ids)
        for start in range(0, len(wanted), SIZE):
            call = Call("GET", DETAILS, query={"id": wanted[start : start + SIZE]})
            try:
                answer = await self._reader.get(call)
            except NotFound:  # where none of them exists
                continue
            for body in _page(answer)[0]:
                self._found.take(body)

    async def look_into(self, wanted: Collection[str]) -> None:
        """Reads those of the `wanted` conversations one by one that came without their legs; up to `SINGLES`.

        Source: GET /api/v2/conversations/{conversationId}, API description of July 2026; permission
        conversation:communication:view.
        """
        for known in [one for one in self._found.lacking if one in wanted][:SINGLES]:
            del self._found.lacking[known]
            try:
                answer = await self._reader.get(Call("GET", ONE, ids={"conversationId": known}))
            except NotFound:
                self._unread.add(known)
                continue
            self._found.take_one(answer.json())


def _query(begin: int, end: int, number: int) -> Call:
    body = {
        "interval": f"{iso(begin)}/{iso(end)}",
        "order": "asc",
        "orderBy": "conversationStart",
        "conversationFilters": [TAGGED],
        "paging": {"pageSize": SIZE, "pageNumber": number},
    }
    return Call("POST", QUERY, body=body)


def _page(answer: Answer) -> tuple[list[dict[str, Any]], int]:
    """The conversations of an answer, and how many there are of them in all. Raises `Unavailable` where it is no such answer."""
    body = answer.json() or {}
    found = body.get("conversations") or []
    if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("conversationId") for one in found):
        raise Unavailable(f"POST {QUERY}", answer.status, "", "the answer is no list of conversations")
    return found, int(body.get("totalHits") or 0)


def _sessions(body: Json) -> Iterator[tuple[Json, Json]]:
    """Participants and their sessions."""
    for who in body.get("participants") or ():
        sessions: Iterable[Json] = who.get("sessions") or ({},)  # a participant without sessions did not come whole
        yield from ((who, one) for one in sessions)


def _leg(who: Json, session: Json, keys: Mapping[tuple[str, str], str]) -> SeenLeg:
    """A session of analytics. That its id is the communication's is inferred; so is what a segment says of answer and hold."""
    segments = session["segments"]
    kinds = [one.get("segmentType") for one in segments]
    holds = [one for one in segments if one.get("segmentType") == "hold"]
    how = next((one["disconnectType"] for one in segments if one.get("disconnectType")), "")
    work = [one for one in segments if one.get("segmentType") == "wrapup"]
    return SeenLeg(
        _PARTIES.get(who.get("purpose", ""), ""),
        _key(keys, "user", who.get("userId")),
        _key(keys, "queue", next((one["queueId"] for one in segments if one.get("queueId")), "")),
        answered=any(kind not in _SILENT for kind in kinds),
        holds=len(holds),
        held=bool(holds) and not holds[-1].get("segmentEnd") and not how,
        ended=bool(how),
        until=_milliseconds(next((one.get("segmentEnd") for one in segments if one.get("disconnectType")), None)),
        moved=_is_moved(how),
        disposed=bool(session.get("acwSkipped")) or any(one.get("wrapUpCode") or one.get("segmentEnd") for one in work),
    )


def _communications(body: Json) -> Iterator[tuple[Json, Json]]:
    """Participants and their calls and e-mails."""
    for who in body.get("participants") or ():
        yield from ((who, one) for one in (*(who.get("calls") or ()), *(who.get("emails") or ())))


def _communication(who: Json, one: Json, keys: Mapping[tuple[str, str], str]) -> SeenLeg:
    """A communication of a conversation that was read by itself. Source: definitions `Participant`, `Call` and `Email`."""
    ended, how = bool(one.get("disconnectedTime")), one.get("disconnectType") or ""
    holds = sum(part.get("type", "").casefold() == "hold" for part in one.get("segments") or ())
    held = bool(one.get("held")) and not ended
    work = (one.get("afterCallWork") or {}).get("state", "")
    return SeenLeg(
        _PARTIES.get(who.get("purpose", ""), ""),
        _key(keys, "user", who.get("userId")),
        _key(keys, "queue", who.get("queueId")),
        answered=bool(one.get("connectedTime")),
        holds=holds + held,  # a hold that still lasts has no segment yet
        held=held,
        ended=ended,
        until=_milliseconds(one.get("disconnectedTime")),
        moved=_is_moved(how),
        disposed=bool(one.get("wrapup")) or work in {"complete", "skipped"},
    )


def _is_moved(how: str) -> bool:
    return "transfer" in how.casefold()


def _key(keys: Mapping[tuple[str, str], str], kind: str, known: str | None) -> str:
    return keys.get((kind, known), known) if known else ""


def _providers(sessions: Iterable[Json]) -> frozenset[str]:
    return frozenset(one["provider"] for one in sessions if one.get("provider"))


def _milliseconds(text: str | None) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000) if text else 0
