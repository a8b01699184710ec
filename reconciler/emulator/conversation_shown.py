"""Conversations as they are read one by one, and their tag, which can be set later.

Source: `GET /api/v2/conversations/{conversationId}`, definitions `Conversation`, `Participant`, `Call`, `Email`. A segment must
have an end there, so one that still lasts is left out. That a participant is one communication, but for e-mails with
`previousEmailId`, is inferred; so are the ids of participants, which follow from their first communication.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.emulator.conversation_event import VOICE
from reconciler.emulator.conversation_picture import ALERT, DIALING, HOLD, TRANSMITTING, Segment
from reconciler.emulator.refusal import Refusal, not_found

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.conversation_picture import Picture, Session, Transfer
    from reconciler.emulator.token import Client
    from reconciler.emulator.world import World

WRAPUP = "wrapup"

# How a communication ended, in the words of `GET /conversations`; what an agent does himself is done in the client.
_DISCONNECTS = {
    "Error": "error",
    "Peer": "peer",
    "Self": "endpoint",
    "Spam": "spam",
    "System": "system",
    "Transfer": "transfer",
    "TransferACD": "transfer",
    "TransferConference": "transfer.conference",
    "TransferConsult": "transfer.consult",
    "TransferUser": "transfer",
    "Unknown": "other",
}
_STATES = {ALERT: "alerting", DIALING: "dialing", TRANSMITTING: "transmitting", "": "disconnected"}


def get_conversation(ask: Ask, world: World) -> Json:
    """One conversation with all its participants, open or over."""
    picture = found(ask.caller, world, ask.path["conversationId"])
    if picture is None:
        raise not_found(ask.path["conversationId"], "conversation")
    return _conversation(world, picture)


def tag_conversation(ask: Ask, world: World) -> str:
    """Nothing to say; the tag is another one, as late as events show. Source: `PUT /conversations/{conversationId}/tags`, 202."""
    known = ask.path["conversationId"]
    picture = found(ask.caller, world, known)
    if picture is None:
        raise Refusal(404, "conversation.error.conversation.not.found", f"No conversation found for id {known}.")
    world.later(world.switches.event_lag, partial(_tag, picture, ask.body["externalTag"]))
    return ""


def _tag(picture: Picture, tag: str) -> None:
    picture.tag = tag


def found(caller: Client, world: World, known: str) -> Picture | None:
    """The conversation as it shows by now to this caller."""
    conversation = world.conversations.by_id.get(known.lower())
    if conversation is None or conversation.picture is None or not sees(caller, world, conversation.picture):
        return None
    return conversation.picture


def sees(caller: Client, world: World, picture: Picture) -> bool:
    """Whether one of the conversation's divisions is the caller's (inferred)."""
    return caller.divisions is None or any(caller.sees(one) for one in divisions(world, picture))


def divisions(world: World, picture: Picture) -> list[str]:
    """Those of its queues and users, or the home division."""
    seen: dict[str, None] = {}
    for session in picture.sessions.values():
        for one in (world.queues.get(session.queue), world.people.by_id.get(session.user)):
            if one is not None:
                seen[one.division] = None
    return [*seen] or [str(world.home["id"])]


# ── what both ways of reading share ──────────────────────────────────────────────────────────────────────────────────


def some(**values: Any) -> Json:
    """The values that say something, under their names."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def participant_id(sessions: list[Session]) -> str:
    """A version 4 UUID that follows from the first communication."""
    text = hashlib.blake2b(sessions[0].id.encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def participant_name(world: World, session: Session) -> str:
    """What people call it: the user, the queue, the flow, or the party outside."""
    if session.kind == "user":
        return world.people.by_id[session.user].name
    if session.kind == "routing":
        queue = world.queues.get(session.queue)
        return queue.name if queue else ""
    names = (
        session.facts.get(name)
        for name in ("ivrName", "displayName", "aniName" if session.direction == "inbound" else "dnisName")
    )
    return next((name for name in names if name), "")


def provider(world: World, session: Session) -> str:
    """The name of the platform. Source: "the source provider"; that it is this name is inferred."""
    known = world.sources.live.get(session.source) or world.external_sources.live.get(session.source)
    return str(known["name"]) if known else session.source


def wrapup_segment(session: Session, now: float) -> Segment | None:
    """After-call work: from the end to the disposition; up to now where one is still due."""
    if session.ended is None or session.kind != "user":
        return None
    if session.disposed is not None:
        return Segment(WRAPUP, session.ended, max(session.disposed.at, session.ended))
    return Segment(WRAPUP, session.ended, now) if session.work else None


# ── GET /conversations/{conversationId} ──────────────────────────────────────────────────────────────────────────────


def _conversation(world: World, picture: Picture) -> Json:
    recording = any(one.recording and one.ended is None for one in picture.sessions.values())
    shown = some(
        id=picture.id,
        externalTag=picture.tag,
        startTime=world.written(picture.began),
        endTime=_written(world, picture.ended),
        address=_address(picture),
        recordingState="ACTIVE" if recording else "NONE",
        divisions=[{"division": world.division_ref(one)} for one in divisions(world, picture)],
        selfUri=f"/api/v2/conversations/{picture.id}",
    )
    participants = [_participant(world, sessions) for sessions in picture.participants]
    transfers = [_transfer(world, one) for one in picture.transfers]
    return shown | {"participants": participants, "recentTransfers": transfers, "securePause": False}


def _address(picture: Picture) -> str | None:
    """Source: the DNIS or the address written to when inbound, the ANI or the address written from when outbound."""
    customer = next((one for one in picture.sessions.values() if one.purpose == "customer"), None)
    if customer is None:
        return None
    names = ("dnis", "to") if customer.direction == "inbound" else ("ani", "from")
    return next((str(customer.facts[name]) for name in names if name in customer.facts), None)


def _transfer(world: World, one: Transfer) -> Json:
    shown = some(id=one.id, state=one.state, dateIssued=world.written(one.at), transferType=one.attended)
    return shown | {"initiator": some(userId=one.initiator), "destination": some(userId=one.user, address=one.number)}


def _participant(world: World, sessions: list[Session]) -> Json:
    first, last = sessions[0], sessions[-1]
    ended = None if any(one.ended is None for one in sessions) else max(one.ended or 0.0 for one in sessions)
    connected = [one.connected for one in sessions if one.connected is not None]
    queue = world.queues.get(first.queue)
    shown = some(
        id=participant_id(sessions),
        startTime=world.written(first.began),
        endTime=_written(world, ended),
        connectedTime=_written(world, min(connected, default=None)),
        name=participant_name(world, first),
        userId=first.user,
        userUri=first.user and f"/api/v2/users/{first.user}",
        queueId=first.queue,
        queueName=queue.name if queue else None,
        purpose=first.purpose,
        address=first.facts.get("ani") or first.facts.get("from"),
        ani=first.facts.get("ani"),
        aniName=first.facts.get("aniName"),
        dnis=first.facts.get("dnis"),
        wrapup=_wrapup(world, last),
        wrapupRequired=last.work,
        wrapupSkipped=None if last.disposed is None else not last.disposed.code,
    )
    work = wrapup_segment(last, world.now())
    if work is not None:
        shown |= some(startAcwTime=world.written(work.began), endAcwTime=world.written(work.ended) if last.disposed else None)
    media = "calls" if first.media == VOICE else "emails"
    return shown | {"attributes": {}, media: [_communication(world, one) for one in sessions]}


def _communication(world: World, session: Session) -> Json:
    held = session.doing == HOLD
    shown = some(
        id=session.id,
        state=_STATES.get(session.doing, "connected"),
        initialState=_STATES[_first(session)] if session.alerted else "connected",
        direction=session.direction,
        held=held,
        startHoldTime=world.written(session.since) if held else None,
        startAlertingTime=world.written(session.began) if session.alerted else None,
        connectedTime=_written(world, session.connected),
        disconnectedTime=_written(world, session.ended),
        disconnectType="client" if (session.kind, session.how) == ("user", "Self") else _DISCONNECTS.get(session.how),
        provider=provider(world, session),
        peerId=session.peer,
        wrapup=_wrapup(world, session),
        afterCallWork=_after_call_work(world, session),
        afterCallWorkRequired=session.work,
    )
    shown["segments"] = _segments(world, session)
    if session.media == VOICE:
        state = "active" if session.recording and session.ended is None else "none"
        return shown | {"muted": session.muted, "confined": False, "recording": session.recording, "recordingState": state}
    return shown | some(subject=session.facts.get("subject"), messagesSent=session.messages, spam=session.how == "Spam")


def _first(session: Session) -> str:
    """What the session began with."""
    return session.segments[0].doing if session.segments else session.doing


def _segments(world: World, session: Session) -> list[Json]:
    work = wrapup_segment(session, world.now()) if session.disposed else None
    return [
        {"type": one.doing, "startTime": world.written(one.began), "endTime": world.written(one.ended)}
        for one in (*session.segments, *([work] if work else []))
    ]


def _wrapup(world: World, session: Session) -> Json | None:
    done = session.disposed
    if done is None or not done.code or session.ended is None:
        return None
    code = world.codes.live.get(done.code) or world.codes.gone.get(done.code)
    return some(
        code=done.code,
        name=code["name"] if code else None,
        notes=done.notes,
        tags=list(done.tags),
        durationSeconds=int(max(done.at - session.ended, 0)),
        endTime=world.written(done.at),
    )


def _after_call_work(world: World, session: Session) -> Json | None:
    work = wrapup_segment(session, world.now())
    if work is None:
        return None
    if session.disposed is None:
        return {"startTime": world.written(work.began), "state": "pending"}
    state = "complete" if session.disposed.code else "skipped"
    return {"startTime": world.written(work.began), "endTime": world.written(work.ended), "state": state}


def _written(world: World, at: float | None) -> str | None:
    return None if at is None else world.written(at)
