"""What a conversation looks like to readers: its sessions (communications) with their segments, drawn event by event.

Only what shows by now is drawn, see `event_lag`. It judges nothing, and it draws events that broke a rule as well as it can.

Source: what can be read of a conversation stands in definitions `Conversation` and `AnalyticsConversationWithoutAttributes`; how
it follows from events is inferred throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.emulator import conversation_event as act
from reconciler.emulator.conversation_machine import invited_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.conversation_event import Told
    from reconciler.emulator.things import Json

TRANSFERS_SHOWN = 20  # Source: `recentTransfers`, "the most recent 20 transfer commands"

ALERT, DIALING, INTERACT, HOLD, IVR, SYSTEM, TRANSMITTING = (
    "alert",
    "dialing",
    "interact",
    "hold",
    "ivr",
    "system",
    "transmitting",
)

# What goes on in a connected session. Source: the enumeration of `segmentType`, which has no word for waiting in a queue.
_CONNECTED = {"ivr": IVR, "flow": SYSTEM}

# Source: the enumeration of `purpose`; which leg gets which is inferred.
_PURPOSES = {"ivr": "ivr", "flow": "workflow", "routing": "acd", "phone": "external"}

_FACTS = (
    *("ani", "aniName", "dnis", "dnisName", "ivrName", "ivrPhoneNumber", "phoneNumber", "displayName"),
    *("skillIds", "languageId", "label"),
)
_ADDRESSES = ("to", "from", "cc", "bcc", "subject")


class Segment(NamedTuple):
    """What a session did from when to when."""

    doing: str
    began: float
    ended: float


class Disposition(NamedTuple):
    """What an agent noted; no code means it was skipped."""

    at: float
    code: str
    notes: str
    tags: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Session:
    """One communication. `doing` goes on `since` then, empty once it ended; `how` and `into` say how it ended."""

    id: str
    kind: str
    media: str
    purpose: str
    direction: str
    began: float
    doing: str
    since: float
    user: str
    queue: str
    source: str
    peer: str
    facts: Json
    recording: bool
    work: bool
    alerted: bool
    muted: bool = False
    messages: int = 0
    connected: float | None = None
    ended: float | None = None
    how: str = ""
    into: str = ""
    disposed: Disposition | None = None
    segments: list[Segment] = field(default_factory=list)

    def turn(self, doing: str, at: float) -> None:
        """Go over to something else; a segment ends where the next one begins."""
        if doing == self.doing:
            return
        if self.doing:
            self.segments.append(Segment(self.doing, self.since, max(at, self.since)))
        self.doing, self.since = doing, max(at, self.since)

    @property
    def talking(self) -> str:
        """What goes on in this kind of session while it is connected."""
        return _CONNECTED.get(self.kind, INTERACT)


@dataclass(slots=True, eq=False)
class Transfer:
    """One transfer command as it stands."""

    id: str
    at: float
    attended: str
    initiator: str
    user: str
    number: str
    state: str = "Pending"


@dataclass(slots=True, eq=False)
class Picture:
    """One conversation. `born` is when it began to show; participants are lists of sessions."""

    id: str
    born: float
    began: float = 0.0
    ended: float | None = None
    direction: str = ""
    tag: str = ""
    sessions: dict[str, Session] = field(default_factory=dict)
    participants: list[list[Session]] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)

    def draw(self, told: Told, queue: str, tag: str) -> None:
        """Add what the event says; `queue` is that of the leg, `tag` tells which of several tags stays: the last or the first."""
        session = self.sessions.get(told.communication)
        if told.card.act == act.ESTABLISHED:
            if session is None:
                self._open(told, queue, tag)
        elif session is not None:
            _DRAWN[told.card.act](session, told)
            if told.card.act == act.ENDED:
                self._end()
        elif told.card.act in (act.TRANSFER, act.PROGRESS, act.TRANSFERRED):
            self._transfer(told)

    def _open(self, told: Told, queue: str, tag: str) -> None:
        session = _session(self, told, queue)
        self.began = min(self.began, told.at) if self.sessions else told.at
        self.ended = None
        self.direction = self.direction or session.direction
        wanted = told.said["sourceConfiguration"].get("tagId")
        if wanted and (tag == "last" or not self.tag):
            self.tag = wanted
        self.sessions[session.id] = session
        earlier = (told.said["initialConfiguration"].get("previousEmailId") or "").lower()
        own = next((one for one in self.participants if any(each.id == earlier for each in one)), None)
        if own is None:
            self.participants.append([session])
        else:
            own.append(session)

    def _end(self) -> None:
        ends = [one.ended for one in self.sessions.values() if one.ended is not None]
        if len(ends) == len(self.sessions):
            self.ended = max(ends)

    def _transfer(self, told: Told) -> None:
        said, known = told.said, told.said["commandId"].lower()
        if told.card.act == act.TRANSFER:
            initiator = self.sessions.get(said["initiatingCommunicationId"].lower())
            goal = said.get("destinationUserId") or "", said.get("destinationPhoneNumber") or ""
            made = Transfer(known, told.at, said["transferType"], initiator.user if initiator else "", *goal)
            self.transfers = [*self.transfers, made][-TRANSFERS_SHOWN:]
            return
        state = "Active" if told.card.act == act.PROGRESS else _FINAL[said["finalState"]]
        for one in self.transfers:
            if one.id == known:
                one.state = state


_FINAL = {"Completed": "Complete", "Canceled": "Canceled", "Failed": "Failed"}


def _session(picture: Picture, told: Told, queue: str) -> Session:
    said, start, kind = told.said, told.said["initialConfiguration"], told.card.whom
    inbound = start.get("inbound")
    direction = (picture.direction or "inbound") if inbound is None else "inbound" if inbound else "outbound"
    facts = {name: said[name] for name in _FACTS if said.get(name)}
    facts |= {name: start[name] for name in _ADDRESSES if start.get(name)}
    alerted = start.get("alerting") is True
    session = Session(
        told.communication,
        kind,
        told.card.media,
        _purpose(picture, kind, queue),
        direction,
        began=told.at,
        doing="",
        since=told.at,
        user=said.get("userId") or "",
        queue=queue,
        source=said["sourceConfiguration"]["sourceId"],
        peer=invited_by(said),
        facts=facts,
        recording=start.get("recordingActive") is True,
        work=said.get("afterCallWorkRequired") is True,
        alerted=alerted,
        muted=_muted(start.get("audioState")),
        messages=int(said.get("includeMessage") is True),
        connected=None if alerted else told.at,
    )
    session.doing = HOLD if start.get("held") and not alerted else session.talking
    if alerted:
        session.doing = DIALING if kind in ("external", "phone") and direction == "outbound" else ALERT
    return session


def _purpose(picture: Picture, kind: str, queue: str) -> str:
    """The first external party is the customer, a user who works for a queue an agent."""
    if kind == "user":
        return "agent" if queue else "user"
    if kind == "external":
        return "external" if any(one.purpose == "customer" for one in picture.sessions.values()) else "customer"
    return _PURPOSES[kind]


def _muted(audio: Any) -> bool:
    """Source: `canSpeak`, "allows others to hear this participant"."""
    return bool(audio) and audio.get("canSpeak") is False


# ── one session ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(session: Session, told: Told) -> None:
    if session.ended is None:
        session.connected = told.at if session.connected is None else session.connected
        session.turn(session.talking, told.at)


def _hold(session: Session, told: Told) -> None:
    if session.ended is None:
        session.turn(HOLD if told.said["held"] else session.talking, told.at)


def _audio(session: Session, told: Told) -> None:
    session.muted = _muted(told.said["audioState"])


def _transmit(session: Session, told: Told) -> None:
    if session.ended is None:
        session.turn(TRANSMITTING, told.at)


def _sent(session: Session, told: Told) -> None:
    session.messages += 1
    if session.doing == TRANSMITTING:
        session.turn(session.talking, told.at)


def _ended(session: Session, told: Told) -> None:
    if session.ended is None:
        session.turn("", told.at)
        session.ended = session.since
        session.how, session.into = told.said["disconnectType"], told.said.get("destinationConversationId") or ""


def _disposed(session: Session, told: Told) -> None:
    """Source: notes and tags are ignored where the disposition is skipped."""
    code, notes, tags = (told.said.get(name) for name in ("code", "notes", "tags"))
    session.disposed = Disposition(told.at, code, notes or "", tuple(tags or ())) if code else Disposition(told.at, "", "", ())


_DRAWN: dict[str, Callable[[Session, Told], None]] = {
    act.ANSWERED: _answer,
    act.HOLD: _hold,
    act.AUDIO: _audio,
    act.TRANSMIT: _transmit,
    act.SENT: _sent,
    act.ENDED: _ended,
    act.DISPOSED: _disposed,
}
