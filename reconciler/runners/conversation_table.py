"""What may happen to a leg, a transfer or a consultation, and what is told of it: one table. It decides nothing else.

Source: POST /api/v2/events/conversations, API description of July 2026, says which events there are and what they hold; in which
order they may come is nowhere written, so that the states and rules here are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model.interaction import Act, How, Media, Party


class State(StrEnum):
    """How far a leg is. Transfers and consultations are `new`, `open` or `over`; one that progressed has `landed`."""

    NEW = "new"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HELD = "held"
    ENDED = "ended"
    DISPOSED = "disposed"
    OPEN = "open"
    LANDED = "landed"
    OVER = "over"


NEW = frozenset({State.NEW})
ALERTING = frozenset({State.ALERTING})
CONNECTED = frozenset({State.CONNECTED})
HELD = frozenset({State.HELD})
ENDED = frozenset({State.ENDED})
OPEN = frozenset({State.OPEN})
LANDED = frozenset({State.LANDED})
ANSWERED = CONNECTED | HELD
LIVE = ALERTING | ANSWERED
THERE = LIVE | ENDED | {State.DISPOSED}

NONE = None  # the medium knows no such act
SILENT = ""  # legal, and there is nothing to tell


class Row(NamedTuple):
    """One thing that may happen.

    `sort` tells acts apart that end in different events: the party of a leg, the target and the end of a transfer, `on` and
    `off` of a hold. It may happen in one of the states `before`, and leads to `after` (None: the state stays). `voice` and
    `email` are the events told of it. `legs` are the other legs it names, and the states they may be in.
    """

    act: Act
    sort: str
    before: frozenset[State]
    after: State | None
    voice: str | None
    email: str | None
    rule: str
    legs: Mapping[str, frozenset[State]] = MappingProxyType({})

    def event(self, media: Media) -> str | None:
        """The event that is told in this medium; see `NONE` and `SILENT`."""
        return self.voice if media is Media.VOICE else self.email


_ONCE = "a leg is opened once, and its name is never used again"
_RING = "a leg is answered once, and only where it alerts"
_TALK = "it needs a leg that is answered and not ended"
_END = "a leg ends once"
_WORK = "a disposition is for an agent's leg that has ended, once"
_MOVE = "a transfer is begun once, and its name is never used again"
_GO = "only for a transfer that is begun and not over"
_STOP = "a transfer ends once, and is completed only after it has progressed"
_ASK = "one consultation at a time"
_ASKED = "only for a consultation that is begun"

_INVITED = {"invited_by": THERE, "previous": THERE}
_MOVED = {"initiating": LIVE, "target": LIVE, "object": LIVE}
_LANDED = {"object": LIVE, "destination": LIVE}
_MOVES = {"object": THERE}
_CONSULTED = {"initiating": LIVE, "destination": LIVE, "object": LIVE}
_C, _E, _H, _X = State.CONNECTED, State.ENDED, State.HELD, State.DISPOSED
_O, _L, _V = State.OPEN, State.LANDED, State.OVER

TABLE: tuple[Row, ...] = (
    Row(Act.OPEN, Party.CUSTOMER, NEW, _C, "externalEstablished", "emailExternalEstablished", _ONCE, _INVITED),
    Row(Act.OPEN, Party.FLOW, NEW, _C, "ivrEstablished", "emailFlowEstablished", _ONCE, _INVITED),
    Row(Act.OPEN, Party.QUEUE, NEW, _C, "routingEstablished", "emailRoutingEstablished", _ONCE, _INVITED),
    Row(Act.OPEN, Party.AGENT, NEW, _C, "userEstablished", "emailUserEstablished", _ONCE, _INVITED),
    Row(Act.OPEN, Party.PHONE, NEW, _C, "phoneEstablished", NONE, _ONCE, _INVITED),
    Row(Act.ANSWER, "", ALERTING, _C, "communicationAnswered", "emailCommunicationAnswered", _RING),
    Row(Act.HOLD, "on", CONNECTED, _H, "holdUpdated", "emailHoldUpdated", _TALK),
    Row(Act.HOLD, "off", HELD, _C, "holdUpdated", "emailHoldUpdated", _TALK),
    Row(Act.HOLD, "on", HELD, None, SILENT, SILENT, _TALK),
    Row(Act.HOLD, "off", CONNECTED, None, SILENT, SILENT, _TALK),
    Row(Act.AUDIO, "", ANSWERED, None, "audioUpdated", NONE, _TALK),
    Row(Act.WRITE, "", ANSWERED, None, NONE, "emailBeginTransmitting", _TALK),
    Row(Act.SENT, "", ANSWERED, None, NONE, "emailCommunicationSentMessage", _TALK),
    Row(Act.CLOSE, "", LIVE, _E, "communicationEnded", "emailCommunicationEnded", _END),
    Row(Act.DISPOSE, Party.AGENT, ENDED, _X, "communicationDispositionApplied", "emailCommunicationDispositionApplied", _WORK),
    Row(Act.TRANSFER, "queue", NEW, _O, "routingTransfer", "emailRoutingTransfer", _MOVE, _MOVED),
    Row(Act.TRANSFER, "user", NEW, _O, "userTransfer", "emailUserTransfer", _MOVE, _MOVED),
    Row(Act.TRANSFER, "number", NEW, _O, "phoneTransfer", NONE, _MOVE, _MOVED),
    Row(Act.PROGRESS, "", OPEN | LANDED, _L, "progressTransfer", "emailProgressTransfer", _GO, _LANDED),
    Row(Act.END, "completed", LANDED, _V, "endTransfer", "emailEndTransfer", _STOP, _MOVES),
    Row(Act.END, "canceled", OPEN | LANDED, _V, "endTransfer", "emailEndTransfer", _STOP, _MOVES),
    Row(Act.END, "failed", OPEN | LANDED, _V, "endTransfer", "emailEndTransfer", _STOP, _MOVES),
    Row(Act.CONSULT, "", NEW, _O, "consultTransfer", NONE, _ASK, _CONSULTED),
    Row(Act.CONSULTING, "", OPEN, None, "progressConsultTransfer", NONE, _ASKED, _CONSULTED),
    Row(Act.CONSULTED, "", OPEN, _V, "endConsultTransfer", NONE, _ASKED),
    Row(Act.RECORDED, "", NEW | THERE, None, SILENT, SILENT, "recordings are told to nobody"),
)
"""All that may happen. That a hold told twice says nothing new is a kindness to platforms that tell each side's view.

An OPEN leads to what `alerting` and `held` say, and to `connected` where they say nothing.
"""

ROWS: Mapping[tuple[Act, str], tuple[Row, ...]] = {
    (row.act, row.sort): tuple(one for one in TABLE if (one.act, one.sort) == (row.act, row.sort)) for row in TABLE
}

OFTEN = frozenset({Act.HOLD, Act.AUDIO, Act.WRITE, Act.SENT, Act.PROGRESS, Act.CONSULT, Act.CONSULTING, Act.CONSULTED})
"""Acts that may happen more than once to the same leg, transfer or conversation."""

COMMANDS = frozenset({Act.TRANSFER, Act.PROGRESS, Act.END})
CONSULTS = frozenset({Act.CONSULT, Act.CONSULTING, Act.CONSULTED})

WHO: Mapping[str, str] = {Party.AGENT: "user", Party.QUEUE: "queue"}
"""Party → the word that says who or which it is."""

LANDS: Mapping[str, frozenset[Party]] = {
    "queue": frozenset({Party.QUEUE}),
    "user": frozenset({Party.AGENT}),
    "number": frozenset({Party.PHONE, Party.CUSTOMER}),
}
"""Whose leg a transfer may land on, by its target: the same queue or agent that it was begun for, or anybody outside."""

APART = (("object", "initiating"), ("object", "target"), ("object", "destination"), ("initiating", "destination"))
"""Roles that two legs must play: nobody is transferred by, from or to themselves."""

_BOTH = {How.SELF, How.PEER, How.SYSTEM, How.ERROR, How.TRANSFER, How.TRANSFER_QUEUE, How.TRANSFER_AGENT, How.UNKNOWN}
ENDS: Mapping[Media, frozenset[How]] = {
    Media.VOICE: frozenset({*_BOTH, How.TRANSFER_CONFERENCE, How.TRANSFER_CONSULT}),
    Media.EMAIL: frozenset({*_BOTH, How.SPAM}),
}
"""Why a leg may end."""


def acts(state: State, media: Media, party: str = "", *, of: frozenset[Act]) -> list[str]:
    """What may happen next to something in this state, among the acts `of`; in words, sorted."""
    found = {
        row.act.value
        for row in TABLE
        if row.act in of
        and state in row.before
        and row.event(media) is not NONE
        and (row.act is not Act.DISPOSE or row.sort == party)
    }
    return sorted(found)
