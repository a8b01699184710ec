"""Call backs of Twilio Voice: what calls, conferences and recordings tell beside the tasks they belong to.

Source of events: status callbacks of calls, of conferences and of recordings, Voice webhooks. What they mean for legs is ours:

* The customer's own call is there before its task: until a queue is entered it is with a flow.
* Of two who talk, whoever leaves the conference first has hung up. In a conference of more, everybody leaves by themselves.
* A customer on hold is held by the agent; anybody else on hold is held alone.
* A call that is in the conference and belongs to nobody known is the agent's who has none yet, else somebody outside. An agent
  may be there before they have accepted: these call backs have whole seconds, the events of TaskRouter have more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.model.event import Event
from reconciler.model.interaction import How, Media, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.twilio.leaving import leave, left, talkers, unqueue

_MANY = 500
_NOT_REACHED = {"busy": How.SELF, "no-answer": How.SYSTEM, "canceled": How.PEER, "failed": How.ERROR}


def _leg(legs: Legs, event: Event) -> str:
    """Whose call it is; empty where nobody knows."""
    leg: str = legs.known.get("calls", {}).get(event.data["call"], "")
    return leg or (CALLER if event.data["call"] == event.key else "")


def _register(legs: Legs, event: Event, leg: str) -> str:
    calls = legs.known.get("calls", {})
    if leg and len(calls) < _MANY:
        legs.known["calls"] = {**calls, event.data["call"]: leg}
    return leg


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ring(legs: Legs, event: Event) -> None:
    """A customer's call comes in; what rings elsewhere, its reservation tells."""
    data = event.data
    if not legs.has_begun and data["inbound"] and data["call"] == event.key and legs.media is Media.VOICE:
        legs.open(Party.CUSTOMER, ani=data["from"], dnis=data["to"])


def _talk(legs: Legs, event: Event) -> None:
    is_new = not legs.has_begun
    _ring(legs, event)
    leg = _leg(legs, event)
    legs.answer(leg if leg == CALLER else "")
    if leg == CALLER and event.data["inbound"] and (is_new or legs.live() == [CALLER]) and not legs.last(Party.FLOW):
        legs.open(Party.FLOW, invited_by=CALLER)


def _hang_up(legs: Legs, event: Event) -> None:
    leg = _leg(legs, event)
    if leg and legs.lives(leg):
        _gone(legs, leg)


def _gone(legs: Legs, leg: str) -> None:
    """Somebody has left: a customer takes queue and flow along."""
    if not legs.talks(leg):
        legs.close(leg, How.SYSTEM)
        return
    how = left(legs, leg)
    leave(legs, leg, how)
    if leg == CALLER:
        unqueue(legs, How.PEER)


def _miss(legs: Legs, event: Event) -> None:
    leg, status = _leg(legs, event), event.data["event"].rpartition(" ")[2]
    if legs.talks(leg):
        _gone(legs, leg)
    else:
        legs.close(leg, _NOT_REACHED[status])


# ── conferences ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _join(legs: Legs, event: Event) -> None:
    leg = _leg(legs, event) or _register(legs, event, _newcomer(legs, event))
    if leg == CALLER or leg in legs.live(Party.PHONE):
        legs.answer(leg)
    legs.known["left"] = ""


def _newcomer(legs: Legs, event: Event) -> str:
    """Who is behind a call that nobody has told of."""
    label, taken = event.data["label"], set(legs.known.get("calls", {}).values())
    if label.lower() == "customer":
        return CALLER
    free = [name for name in [*talkers(legs), *legs.live(Party.AGENT)] if name not in taken]
    named = [name for name in free if label and legs.who(name) == label]
    if named or free:
        return (named or free)[0]
    if CALLER not in taken and legs.lives(CALLER) and event.key != event.data["call"]:
        return CALLER
    inviting = next(iter(talkers(legs)), "")
    return legs.open(Party.PHONE, invited_by=inviting, number=event.data["to"]) if inviting else ""


def _hold(legs: Legs, event: Event) -> None:
    leg, held = _leg(legs, event), event.data["event"].endswith("-hold")
    if leg == CALLER:
        holders = [name for name in talkers(legs) if (legs.state(name) == "held") is not held]
        leg = holders[0] if holders else ""
    legs.hold(leg, held=held)


def _mute(legs: Legs, event: Event) -> None:
    legs.audio(_leg(legs, event), can_hear=True, can_speak=event.data["event"].endswith("-unmute"))


def _record(legs: Legs, event: Event) -> None:
    """Source: RecordingUrl and RecordingDuration of a recording's call back, which comes when the file can be had."""
    if event.data["file"]:
        start = event.at - event.data["seconds"] * 1000
        leg = _leg(legs, event) or legs.last(Party.AGENT)
        legs.recorded(leg, file=event.data["file"], start=start, stop=event.at)


ACTS: Mapping[tuple[str, str], Callable[[Legs, Event], None]] = MappingProxyType(
    {
        ("call", "ringing"): _ring,
        ("call", "in-progress"): _talk,
        ("call", "answered"): _talk,
        ("call", "completed"): _hang_up,
        **{("call", status): _miss for status in _NOT_REACHED},
        ("conference", "participant-join"): _join,
        ("conference", "participant-leave"): _hang_up,
        ("conference", "participant-hold"): _hold,
        ("conference", "participant-unhold"): _hold,
        ("conference", "participant-mute"): _mute,
        ("conference", "participant-unmute"): _mute,
        ("recording", "completed"): _record,
    }
)
"""What each call back makes of a call."""

SILENT = frozenset(
    {
        *(("call", status) for status in ("queued", "initiated")),
        *(("conference", event) for event in ("conference-start", "conference-end", "announcement-end", "announcement-fail")),
        *(("conference", event) for event in ("participant-speech-start", "participant-speech-stop", "participant-modify")),
        *(("recording", status) for status in ("in-progress", "absent", "failed")),
    }
)
"""What changes no leg."""
