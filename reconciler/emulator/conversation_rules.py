"""Which rules an event of a conversation breaks: one table over the states of a leg, and a judge for each act between legs.

Pure: no look at what exists in the organisation. Every rule is a switch of the same name.

Source: all inferred, the description fixes fields and not order. What follows from its texts: an alerting leg can be answered, it
ends once, `commandId` ties a transfer together, at most one consultation is open since its end names only the conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.emulator import conversation_event as act
from reconciler.emulator.conversation_machine import ALERTING, CONNECTED, DESTINATION, HELD, OBJECT, OVER, invited_by, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.emulator.conversation_event import Told
    from reconciler.emulator.conversation_machine import Command, Leg, Machine

GAP = 0.0009995  # one millisecond, as far as seconds since 1970 can tell

# Which rule an act on a leg breaks, by the state of the leg; what is not listed is allowed.
_BROKEN: dict[str, dict[str, str]] = {
    act.ANSWERED: {CONNECTED: "rule_answered", HELD: "rule_answered", OVER: "rule_ended"},
    act.HOLD: {ALERTING: "rule_live", OVER: "rule_ended"},
    act.AUDIO: {ALERTING: "rule_live", OVER: "rule_ended"},
    act.TRANSMIT: {ALERTING: "rule_live", OVER: "rule_ended"},
    act.SENT: {ALERTING: "rule_live", OVER: "rule_ended"},
    act.ENDED: {OVER: "rule_ended"},
    act.DISPOSED: {ALERTING: "rule_disposed_after_end", CONNECTED: "rule_disposed_after_end", HELD: "rule_disposed_after_end"},
}

# The kinds of legs a transfer may arrive at, by whom it is to.
_ARRIVES = {"user": ("user",), "routing": ("routing",), "phone": ("phone", "external")}


class Broken(NamedTuple):
    """A rule, by the name of its switch, and how an event breaks it."""

    rule: str
    text: str


def broken(machine: Machine, told: Told) -> Iterator[Broken]:
    """The rules the event breaks, all legs it names being known."""
    if machine.media and told.card.media != machine.media:
        yield Broken("rule_media", f"The conversation is one of {machine.media}")
    if told.at < machine.newest:
        yield Broken("rule_time", "A newer event of this conversation was accepted before")
    elif 0 <= told.at - _rests_on(machine, told) < GAP:
        yield Broken("rule_gap", "The event must be at least a millisecond younger than the one it rests on")
    yield from _JUDGES.get(told.card.act, _leg)(machine, told)


def _rests_on(machine: Machine, told: Told) -> float:
    """The time of the youngest event that had to happen before this one."""
    legs, said, what = machine.legs, told.said, told.card.act
    if what == act.ESTABLISHED:
        inviter = legs.get(invited_by(said))
        return inviter.began if inviter else float("-inf")
    if told.communication:
        return legs[told.communication].at
    times = [legs[one].began for one in named(told)]
    if "commandId" in said and (command := machine.commands.get(said["commandId"].lower())):
        times.append(command.at)
    if what in (act.CONSULTING, act.CONSULTED):
        times.append(machine.consult_at)
    return max(times)


# ── what is broken ───────────────────────────────────────────────────────────────────────────────────────────────────


def _leg(machine: Machine, told: Told) -> Iterator[Broken]:
    leg, what = machine.legs[told.communication], told.card.act
    rule = _BROKEN[what].get(leg.state)
    if rule:
        yield Broken(rule, f"The communication is {leg.state}, so it cannot be {_DONE[what]}")
    if what == act.DISPOSED:
        if leg.kind != "user":
            yield Broken("rule_disposed_of_user", "Only communications of users are disposed of")
        if leg.disposed:
            yield Broken("rule_disposed_once", "A disposition was applied before")


_DONE = {
    act.ANSWERED: "answered",
    act.HOLD: "held or retrieved",
    act.AUDIO: "muted or unmuted",
    act.TRANSMIT: "written on",
    act.SENT: "sent from",
    act.ENDED: "ended",
    act.DISPOSED: "disposed of",
}


def _established(machine: Machine, told: Told) -> Iterator[Broken]:
    said, legs = told.said, machine.legs
    inviter = invited_by(said)
    if told.communication in legs:
        yield Broken("rule_established", "The communication was established before")
    if inviter and inviter not in legs:
        yield Broken("rule_invited_by", f"The inviting communication [{inviter}] was not established in this conversation")
    if legs and machine.over and told.card.media == act.VOICE:
        yield Broken("rule_over", "All communications of the conversation have ended")
    if not legs and not _may_begin(told):
        yield Broken("rule_first_leg", "A conversation begins with the external party when inbound, with the user when outbound")
    earlier = (said["initialConfiguration"].get("previousEmailId") or "").lower()
    if earlier and not _same_party(legs.get(earlier), told):
        yield Broken("rule_previous_email", f"[{earlier}] is no earlier communication of the same participant")


def _may_begin(told: Told) -> bool:
    inbound = told.said["initialConfiguration"].get("inbound")
    return (told.card.whom == "external" and inbound is not False) or (told.card.whom == "user" and inbound is not True)


def _same_party(leg: Leg | None, told: Told) -> bool:
    return leg is not None and leg.kind == told.card.whom and leg.user == (told.said.get("userId") or "")


def _transfer(machine: Machine, told: Told) -> Iterator[Broken]:
    if told.said["commandId"].lower() in machine.commands:
        yield Broken("rule_transfer_command", "The command was given before")
    yield from _live(machine, told)


def _progress(machine: Machine, told: Told) -> Iterator[Broken]:
    command = machine.commands.get(told.said["commandId"].lower())
    yield from _commanded(command, told)
    yield from _live(machine, told)
    if command is not None and not _arrives(command, machine.legs[told.said[DESTINATION].lower()]):
        yield Broken("rule_transfer_destination", f"The destination is not the {command.whom} [{command.goal}] of the command")


def _transferred(machine: Machine, told: Told) -> Iterator[Broken]:
    command = machine.commands.get(told.said["commandId"].lower())
    yield from _commanded(command, told)
    if command is not None and told.said["finalState"] == "Completed" and not command.progressed:
        yield Broken("rule_transfer_progress", "A transfer is completed after it progressed")


def _commanded(command: Command | None, told: Told) -> Iterator[Broken]:
    if command is None or not command.open:
        yield Broken("rule_transfer_command", "There is no open transfer of this command")
    elif command.object != told.said[OBJECT].lower():
        yield Broken("rule_transfer_command", "The command moves another communication")


def _live(machine: Machine, told: Told) -> Iterator[Broken]:
    for one in named(told):
        if machine.legs[one].state == OVER:
            yield Broken("rule_transfer_legs", f"The communication [{one}] has ended")


def _arrives(command: Command, leg: Leg) -> bool:
    goal = {"user": leg.user, "routing": leg.queue}.get(leg.kind, command.goal)
    return leg.kind in _ARRIVES[command.whom] and goal == command.goal


def _consult(machine: Machine, told: Told) -> Iterator[Broken]:
    if machine.consult:
        yield Broken("rule_consult", "A consultation is open in this conversation")
    yield from _live(machine, told)


def _consulting(machine: Machine, told: Told) -> Iterator[Broken]:
    if machine.consult != tuple(named(told)):
        yield Broken("rule_consult", "No consultation of these communications is open")
    yield from _live(machine, told)


def _consulted(machine: Machine, _: Told) -> Iterator[Broken]:
    if not machine.consult:
        yield Broken("rule_consult", "No consultation is open in this conversation")


_JUDGES: dict[str, Callable[[Machine, Told], Iterator[Broken]]] = {
    act.ESTABLISHED: _established,
    act.TRANSFER: _transfer,
    act.PROGRESS: _progress,
    act.TRANSFERRED: _transferred,
    act.CONSULT: _consult,
    act.CONSULTING: _consulting,
    act.CONSULTED: _consulted,
}
