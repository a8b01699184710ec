"""One conversation as its events make it: legs (communications), transfers, the consultation. It judges nothing.

What an event may break stands in `conversation_rules`. Taking in an event makes the best of one that breaks a rule, because a
switch may let it pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.emulator import conversation_event as act

if TYPE_CHECKING:
    from reconciler.emulator.conversation_event import Told
    from reconciler.emulator.things import Json

ALERTING, CONNECTED, HELD, OVER = "alerting", "connected", "held", "ended"

INITIATING, TARGET = "initiatingCommunicationId", "targetCommunicationId"
OBJECT, DESTINATION = "objectCommunicationId", "destinationCommunicationId"

# The legs an event is about, beside its own; all of them must be known, and live where a leg is to be moved.
NAMED = {
    act.TRANSFER: (INITIATING, TARGET, OBJECT),
    act.PROGRESS: (OBJECT, DESTINATION),
    act.TRANSFERRED: (OBJECT,),
    act.CONSULT: (INITIATING, DESTINATION, OBJECT),
    act.CONSULTING: (INITIATING, DESTINATION, OBJECT),
}

# Where a transfer goes: the property that says so.
_GOALS = {"user": "destinationUserId", "routing": "destinationQueueId", "phone": "destinationPhoneNumber"}


@dataclass(slots=True, eq=False)
class Leg:
    """One communication. `at` is the time of its newest event, `queue` the one it is or works for, `user` whose it is."""

    kind: str
    state: str
    began: float
    at: float
    queue: str = ""
    user: str = ""
    disposed: bool = False


@dataclass(slots=True, eq=False)
class Command:
    """One transfer: to whom, which queue, user or number, and the leg that moves."""

    whom: str
    goal: str
    object: str
    at: float
    progressed: bool = False
    open: bool = True


@dataclass(slots=True, eq=False)
class Machine:
    """One conversation. `queue` is that of the youngest queue leg, `live` the number of legs that have not ended."""

    media: str = ""
    newest: float = float("-inf")
    queue: str = ""
    live: int = 0
    legs: dict[str, Leg] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)
    consult: tuple[str, ...] = ()
    consult_at: float = 0.0

    @property
    def over(self) -> bool:
        """Whether all its legs ended."""
        return not self.live

    @property
    def open_transfers(self) -> list[str]:
        """Commands that have not ended."""
        return [name for name, command in self.commands.items() if command.open]


def named(told: Told) -> list[str]:
    """The legs that must have been established for the event to make sense."""
    if told.card.act == act.ESTABLISHED:
        return []
    if told.communication:
        return [told.communication]
    return [told.said[name].lower() for name in NAMED.get(told.card.act, ())]


def invited_by(said: Json) -> str:
    """The leg that brought this one in, in lower case; empty where there is none."""
    return (said["initialConfiguration"].get("invitedBy") or "").lower()


# ── what becomes of it ───────────────────────────────────────────────────────────────────────────────────────────────


def take_in(machine: Machine, told: Told) -> None:
    """Change the conversation as the event says."""
    machine.newest = max(machine.newest, told.at)
    what, leg = told.card.act, machine.legs.get(told.communication)
    if what == act.ESTABLISHED:
        if leg is None:
            _open(machine, told)
    elif leg is not None:
        leg.at = max(leg.at, told.at)
        _move(machine, leg, told)
    else:
        _steer(machine, told)


def _open(machine: Machine, told: Told) -> None:
    said, start = told.said, told.said["initialConfiguration"]
    machine.media = machine.media or told.card.media
    state = ALERTING if start.get("alerting") else HELD if start.get("held") else CONNECTED
    leg = Leg(told.card.whom, state, told.at, told.at, _queue(machine, told), said.get("userId") or "")
    machine.legs[told.communication] = leg
    machine.live += 1
    if leg.kind == "routing":
        machine.queue = leg.queue


def _queue(machine: Machine, told: Told) -> str:
    """The queue a leg is or works for: its own, its inviter's, or the youngest of the conversation (inferred).

    Source: a user's own `queueId` applies to outbound only.
    """
    said = told.said
    if told.card.whom not in ("routing", "user"):
        return ""
    if said.get("queueId") and not (told.card.whom == "user" and said["initialConfiguration"].get("inbound")):
        return str(said["queueId"])
    inviter = machine.legs.get(invited_by(said))
    if inviter is not None and (inviter.queue or inviter.kind == "user"):
        return inviter.queue
    return machine.queue


def _move(machine: Machine, leg: Leg, told: Told) -> None:
    what = told.card.act
    if what == act.DISPOSED:
        leg.disposed = True
    elif leg.state == OVER:
        return
    elif what == act.ENDED:
        leg.state = OVER
        machine.live -= 1
    elif what == act.ANSWERED:
        leg.state = CONNECTED
    elif what == act.HOLD:
        leg.state = HELD if told.said["held"] else CONNECTED


def _steer(machine: Machine, told: Told) -> None:
    """Transfers and consultations."""
    said, what = told.said, told.card.act
    if what == act.TRANSFER:
        goal = said[_GOALS[told.card.whom]]
        machine.commands[said["commandId"].lower()] = Command(told.card.whom, goal, said[OBJECT].lower(), told.at)
    elif what in (act.CONSULT, act.CONSULTING):
        machine.consult, machine.consult_at = tuple(named(told)), told.at
    elif what == act.CONSULTED:
        machine.consult = ()
    elif command := machine.commands.get(said["commandId"].lower()):
        command.at = max(command.at, told.at)
        command.progressed = command.progressed or what == act.PROGRESS
        command.open = command.open and what != act.TRANSFERRED
