"""Conversations as the analytics operations show them: by id, by several ids, and by query over an interval.

Source: `POST /api/v2/analytics/conversations/details/query`, `GET .../details?id=`, `GET .../{conversationId}/details`. Results
"will only include conversations that started on a day touched by the interval"; default page size 25. That a conversation must
also overlap the interval, that a page holds at most 100 and all bounds are inferred. Aggregations are not modelled, they are left
out of the answer; filters over what is not modelled are refused.
"""

from __future__ import annotations

from math import floor, inf
from typing import TYPE_CHECKING

from reconciler.emulator.ask import interval
from reconciler.emulator.conversation_event import VOICE
from reconciler.emulator.conversation_shown import (
    divisions,
    found,
    participant_id,
    participant_name,
    provider,
    sees,
    some,
    wrapup_segment,
)
from reconciler.emulator.filters import fits, wanted
from reconciler.emulator.refusal import constraint, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.conversation_picture import Picture, Segment, Session
    from reconciler.emulator.token import Client
    from reconciler.emulator.world import World

Facts = dict[str, str | frozenset[str]]

SIZE, LARGEST = 25, 100
_DAY = 86_400

# How a communication ended, in the words of analytics; what an agent does himself is done in the client.
_DISCONNECTS = {
    "Error": "error",
    "Peer": "peer",
    "Self": "endpoint",
    "Spam": "spam",
    "System": "system",
    "Transfer": "transfer",
    "TransferACD": "transfer",
    "TransferConference": "conferenceTransfer",
    "TransferConsult": "consultTransfer",
    "TransferUser": "transfer",
    "Unknown": "other",
}

# What filters may be about: dimensions of conversations, and those of segments with the property they are shown under.
CONVERSATION_DIMENSIONS = ("conversationId", "externalTag", "originatingDirection", "divisionId")
SEGMENT_DIMENSIONS = (
    *("mediaType", "userId", "queueId", "purpose", "direction", "disconnectType", "segmentType", "wrapUpCode"),
    *("ani", "dnis", "provider", "addressFrom", "addressTo", "destinationConversationId"),
)
_NOT_MODELLED = ("evaluationFilters", "surveyFilters", "resolutionFilters")


def get_details(ask: Ask, world: World) -> Json:
    """One conversation."""
    picture = _shown(ask.caller, world, ask.path["conversationId"])
    if picture is None:
        raise not_found(ask.path["conversationId"], "conversation")
    return detail(world, picture)


def list_details(ask: Ask, world: World) -> Json:
    """Those of the ids that exist, in their order (inferred)."""
    pictures = (_shown(ask.caller, world, one) for one in dict.fromkeys(ask.query.many("id")))
    return {"conversations": [detail(world, one) for one in pictures if one is not None]}


def query_conversations(ask: Ask, world: World) -> Json:
    """Conversations that pass the filters, page by page as the body asks."""
    body = ask.body
    search = _Search(ask.caller, world, body)
    pictures = [one for one in search.candidates() if search.finds(one)]
    pictures.sort(key=_ORDERS[body.get("orderBy", "conversationStart")], reverse=body.get("order") == "desc")
    page = body.get("paging", {"pageSize": SIZE, "pageNumber": 1})
    if page["pageSize"] < 1 or page["pageNumber"] < 1:
        raise constraint("pageSize and pageNumber start at 1", "paging")
    size = min(page["pageSize"], LARGEST)
    start = (page["pageNumber"] - 1) * size
    return {"conversations": [detail(world, one) for one in pictures[start : start + size]], "totalHits": len(pictures)}


def _end(picture: Picture) -> float:
    return inf if picture.ended is None else picture.ended


def _start(picture: Picture) -> float:
    return picture.began


_ORDERS = {"conversationStart": _start, "segmentStart": _start, "conversationEnd": _end, "segmentEnd": _end}


def _shown(caller: Client, world: World, known: str) -> Picture | None:
    picture = found(caller, world, known)
    return picture if picture is not None and _out(world, picture) else None


def _out(world: World, picture: Picture) -> bool:
    """Whether analytics has it yet."""
    return world.now() - picture.born >= world.switches.conversation_details_lag


# ── what a query is after ────────────────────────────────────────────────────────────────────────────────────────────


class _Search:
    """One query; refused where it cannot be answered."""

    def __init__(self, caller: Client, world: World, body: Json) -> None:
        self._caller, self._world = caller, world
        self._begin, self._end = interval(body["interval"])
        days = world.switches.conversation_days_maximum
        if 0 < days < (self._end - self._begin) / _DAY:
            raise constraint(f"The interval is longer than {days} days", "interval")
        for name in _NOT_MODELLED:
            if body.get(name):
                raise constraint(f"{name} are not modelled by this emulator", name)
        self._of_conversation = _modelled(body, "conversationFilters", CONVERSATION_DIMENSIONS)
        self._of_segment = _modelled(body, "segmentFilters", SEGMENT_DIMENSIONS)
        self._tags = wanted(self._of_conversation, "externalTag")
        self._users, self._queues = wanted(self._of_segment, "userId"), wanted(self._of_segment, "queueId")

    def candidates(self) -> Iterator[Picture]:
        """The conversations named by id, or all."""
        conversations = self._world.conversations.by_id
        ids = wanted(self._of_conversation, "conversationId")
        chosen = conversations.values() if ids is None else (conversations[one] for one in sorted(ids) if one in conversations)
        return (one.picture for one in chosen if one.picture is not None)

    def finds(self, picture: Picture) -> bool:
        """Whether the conversation is to be shown; cheap questions first, there may be 100,000 of them."""
        return (
            self._takes(picture)
            and (self._tags is None or picture.tag in self._tags)
            and (self._users is None or any(one.user in self._users for one in picture.sessions.values()))
            and (self._queues is None or any(one.queue in self._queues for one in picture.sessions.values()))
            and _out(self._world, picture)
            and sees(self._caller, self._world, picture)
            and self._passes(picture)
        )

    def _takes(self, picture: Picture) -> bool:
        begin, end, began = self._begin, self._end, picture.began
        if self._world.switches.conversation_interval == "started":
            return begin <= began < end
        return began < end and (picture.ended is None or picture.ended >= begin) and floor(began / _DAY) >= floor(begin / _DAY)

    def _passes(self, picture: Picture) -> bool:
        if self._of_conversation and not fits(self._of_conversation, self._facts(picture)):
            return False
        if not self._of_segment:
            return True
        return all(any(fits([one], facts) for facts in _segments(self._world, picture)) for one in self._of_segment)

    def _facts(self, picture: Picture) -> Facts:
        facts: Facts = {"conversationId": picture.id, "originatingDirection": picture.direction}
        if picture.tag:
            facts["externalTag"] = picture.tag
        return facts | {"divisionId": frozenset(divisions(self._world, picture))}


def _modelled(body: Json, name: str, dimensions: tuple[str, ...]) -> list[Json]:
    filters: list[Json] = body.get(name, [])
    stack = list(filters)
    for one in stack:
        stack += one.get("clauses", ())
        for predicate in one.get("predicates", ()):
            if predicate.get("dimension") not in dimensions or "range" in predicate:
                about = predicate.get("dimension") or predicate.get("metric") or predicate.get("property")
                raise constraint(f"Predicates over [{about}] are not modelled by this emulator", name)
    return filters


def _segments(world: World, picture: Picture) -> Iterator[Facts]:
    """What filters may ask of each segment and its session, without what nobody asks for: it is done for very many."""
    for session in picture.sessions.values():
        facts: Facts = {name: value for name, value in _asked(world, session).items() if value}
        doings = [*(one.doing for one in session.segments), *([session.doing] if session.doing else [])]
        for doing in doings[:-1]:
            yield facts | {"segmentType": doing}
        how: Facts = {"disconnectType": _how(session), "destinationConversationId": session.into} if session.how else {}
        yield facts | {"segmentType": doings[-1]} | how
        if (work := wrapup_segment(session, 0.0)) is not None:
            done: Facts = {"wrapUpCode": session.disposed.code} if session.disposed and session.disposed.code else {}
            yield facts | {"segmentType": work.doing} | done


def _asked(world: World, session: Session) -> dict[str, str]:
    facts = session.facts
    return {
        "mediaType": session.media,
        "userId": session.user,
        "queueId": session.queue,
        "purpose": session.purpose,
        "direction": session.direction,
        "ani": facts.get("ani", ""),
        "dnis": facts.get("dnis", ""),
        "provider": provider(world, session),
        "addressFrom": facts.get("from", ""),
        "addressTo": facts.get("to", ""),
    }


def _how(session: Session) -> str:
    return "client" if (session.kind, session.how) == ("user", "Self") else _DISCONNECTS[session.how]


# ── how a conversation is shown ──────────────────────────────────────────────────────────────────────────────────────


def detail(world: World, picture: Picture) -> Json:
    """Definition `AnalyticsConversationWithoutAttributes`; what still lasts has no end."""
    shown = some(
        conversationId=picture.id,
        conversationStart=world.written(picture.began),
        conversationEnd=None if picture.ended is None else world.written(picture.ended),
        divisionIds=divisions(world, picture),
        externalTag=picture.tag,
        originatingDirection=picture.direction,
    )
    return shown | {"participants": [_participant(world, one) for one in picture.participants]}


def _participant(world: World, sessions: list[Session]) -> Json:
    first = sessions[0]
    shown = some(
        participantId=participant_id(sessions),
        participantName=participant_name(world, first),
        purpose=first.purpose,
        userId=first.user,
    )
    return shown | {"sessions": [_session(world, one) for one in sessions]}


def _session(world: World, session: Session) -> Json:
    facts = session.facts
    shown = some(
        sessionId=session.id,
        mediaType=session.media,
        direction=session.direction,
        ani=facts.get("ani"),
        dnis=facts.get("dnis"),
        sessionDnis=facts.get("phoneNumber") or facts.get("ivrPhoneNumber"),
        addressFrom=facts.get("from"),
        addressTo=facts.get("to"),
        cc=facts.get("cc"),
        bcc=facts.get("bcc"),
        peerId=session.peer,
        provider=provider(world, session),
        acwSkipped=True if session.disposed is not None and not session.disposed.code else None,
    )
    if session.media == VOICE:
        shown["recording"] = session.recording
    return shown | {"segments": _parts(world, session)}


def _parts(world: World, session: Session) -> list[Json]:
    """The segments in order; the last one before the after-call work says how the communication ended."""
    shown = [_segment(world, session, one) for one in session.segments]
    if session.doing:
        shown.append(_base(world, session, session.doing, session.since))
    if session.how and shown:
        shown[-1] |= some(disconnectType=_how(session), destinationConversationId=session.into)
    if (work := wrapup_segment(session, world.now())) is not None:
        shown.append(_work(world, session, work))
    return shown


def _segment(world: World, session: Session, segment: Segment) -> Json:
    return _base(world, session, segment.doing, segment.began) | {"segmentEnd": world.written(segment.ended)}


def _base(world: World, session: Session, doing: str, began: float) -> Json:
    return {"segmentType": doing, "segmentStart": world.written(began), "conference": False} | some(
        queueId=session.queue,
        requestedRoutingSkillIds=session.facts.get("skillIds"),
        requestedLanguageId=session.facts.get("languageId"),
        subject=session.facts.get("subject"),
    )


def _work(world: World, session: Session, work: Segment) -> Json:
    done = session.disposed
    if done is None:
        return _base(world, session, work.doing, work.began)
    noted = some(wrapUpCode=done.code, wrapUpNote=done.notes, wrapUpTags=list(done.tags))
    return _segment(world, session, work) | noted
