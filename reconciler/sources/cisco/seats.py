"""Voice dialogs of Finesse: what a whole state of one makes of the call it belongs to.

Source of states: Dialog and participant states, and CTI event mappings for dialogs, Finesse developer guide. What they mean:

* A participant is a leg, known by address: one leg, in however many dialogs they are. Agents have an agent's device, whoever else
  is there first is the customer (X), others are outside. Routed calls begin as they reach the agent: the queue is told then.
* A consultation is a dialog of its own. It is over when the agent is back in the first one, a transfer when the agent has left
  that one and the caller has not, a conference when both agents are in it. Which it is, the next state of either dialog says.
* Somebody new in a dialog that an agent leaves at the same time is a blind transfer. One to where Finesse does not see only ends
  the agent's leg: the caller is told again when an agent appears, or closed by rule.
* Of two who end, whoever did first has hung up; of both at once nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.event import Event
from reconciler.model.interaction import How, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.cisco.dialogs import ENDED, OVER
from reconciler.sources.cisco.leaving import leave, unqueue, wrap_up
from reconciler.sources.cisco.places import (
    MANY,
    Seat,
    addresses,
    first_dialog,
    is_in,
    leg_of,
    main_dialog,
    put,
    register,
    states,
    whose,
)

_TALKS = frozenset({"ACTIVE", "ACCEPTED", "HELD"})
_OUT = frozenset({"OUT", "AGENT_OUT", "AUTO_OUT"})
_INSIDE = frozenset({"AGENT_INSIDE", "CONSULT", "CONSULT_OFFERED", "CONSULT_CONFERENCE", "ASSIST_CALL", "BARGE_IN_CONSULT"})
_LISTENS = frozenset({"SUPERVISOR_MONITOR", "SILENT_MONITOR"})


def take(legs: Legs, event: Event) -> None:
    """Takes in a whole state of a dialog: who is new, who talks or holds, who has left, and what follows from that."""
    data = event.data
    dialogs = legs.known.setdefault("dialogs", {})
    if data["call"] in _LISTENS or (data["dialog"] not in dialogs and len(dialogs) >= MANY):
        return
    legs.known.setdefault("first", data["dialog"])
    seats = sorted(_newer(legs, data, event.at), key=lambda seat: seat.since)
    for seat in seats:
        if not seat.is_over:
            _come(legs, data, seat, seats)
        put(legs, data["dialog"], seat)
    for seat in seats:
        _change(legs, data, seat)
    _decide(legs, data)
    leave(legs, data, event.at)
    wrap_up(legs, data, seats, event.at)


def _newer(legs: Legs, data: Mapping[str, Any], at: int) -> list[Seat]:
    """The participants whose state is not older than what is known of them.

    Whoever's node the dialog is removed from is in it no more, and nobody is in one that is over.
    """
    known, is_over = legs.known["dialogs"].get(data["dialog"], {}), data["state"] in ENDED
    found = []
    for address, agent, state, since in data["seats"]:
        seat = Seat(address, (agent or address) if agent is not None else None, state, since or at)
        if not seat.is_over and (is_over or (data["gone"] and data["viewer"] in {agent, address})):
            seat = seat._replace(state="DROPPED", since=max(at, seat.since))
        if seat.since >= known.get(address, ["", 0])[1]:
            found.append(seat)
    there = {seat[0] for seat in data["seats"]}
    own = {one for one, leg in addresses(legs).items() if data["gone"] and legs.who(leg) == data["viewer"] != ""}
    rest = [one for one, (state, _) in known.items() if (is_over or one in own) and one not in there and state not in OVER]
    return [*found, *(Seat(one, None, "DROPPED", at) for one in rest)]


# ── coming ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _come(legs: Legs, data: Mapping[str, Any], seat: Seat, seats: list[Seat]) -> None:
    """A leg for somebody who has none; an agent who comes back after their leg has ended gets another."""
    legs.at(seat.since)
    if not legs.has_begun:
        _begin(legs, data, seat, seats)
    if legs.lives(leg_of(legs, seat.address)) or (seat.agent is None and leg_of(legs, seat.address)):
        return
    is_main = data["dialog"] == first_dialog(legs)
    leg = _outside(legs, seat, is_main=is_main) if seat.agent is None else _agent(legs, data, seat, seats)
    register(legs, seat.address, leg)
    if leg and not is_main and leg != CALLER:
        _ask(legs, data["dialog"], leg, seats)


def _begin(legs: Legs, data: Mapping[str, Any], seat: Seat, seats: list[Seat]) -> None:
    """The first leg: the customer's, and that of the queue they come from, or the agent's who calls."""
    calls = next((one for one in seats if one.agent is not None and one.address == data["from"]), None)
    own = calls or next((one for one in seats if one.agent is not None), seat)
    is_inside = data["call"] in _INSIDE and calls is not None
    is_out = own.agent is not None and (data["call"] in _OUT or data["call"].startswith("OUTBOUND"))
    if is_inside or is_out:
        leg = legs.open(Party.AGENT, agent=own.agent, inbound=False, queue=data["queue"])
        register(legs, own.address, leg)
        legs.known["talked"] = [leg]
    if is_out:
        legs.open(Party.CUSTOMER, inbound=False, alerting=True, invited_by=leg, dnis=data["to"] or data["dialled"])
    elif not is_inside:
        legs.open(Party.CUSTOMER, ani=data["from"], dnis=data["dialled"] or data["to"])
        _queue(legs, data["queue"])


def _queue(legs: Legs, queue: str) -> None:
    if queue and legs.lives(CALLER):
        legs.open(Party.QUEUE, queue=queue, invited_by=CALLER)


def _outside(legs: Legs, seat: Seat, *, is_main: bool) -> str:
    """The customer, if nobody else is and this is their dialog; else somebody outside."""
    if is_main and legs.lives(CALLER) and CALLER not in addresses(legs).values():
        return CALLER
    inviting = next(iter(legs.live(Party.AGENT)), "") or next(iter(legs.live()), "")
    return legs.open(Party.PHONE, number=seat.address, alerting=seat.state not in _TALKS, invited_by=inviting)


def _agent(legs: Legs, data: Mapping[str, Any], seat: Seat, seats: list[Seat]) -> str:
    """An agent who is called: by the queue, by an agent in the same dialog, or by whoever is there."""
    if not legs.live(Party.AGENT, Party.QUEUE):
        _queue(legs, data["queue"])
    leaves = next((leg for one in seats if one.is_over and legs.talks(leg := leg_of(legs, one.address)) and leg != CALLER), "")
    there = [leg for one in seats if legs.lives(leg := leg_of(legs, one.address)) and leg != CALLER]
    is_moved = data["dialog"] == main_dialog(legs) and not legs.known["asks"]
    move = legs.transfer(leaves, CALLER, agent=str(seat.agent)) if is_moved else ""
    inviting = next(iter(legs.live(Party.QUEUE)), "") or next(iter([*([leaves] if move else []), *there, *legs.live()]), "")
    inbound = None if CALLER in legs.known["legs"] else True
    said = {"agent": seat.agent, "inbound": inbound, "alerting": seat.state not in _TALKS, "invited_by": inviting}
    leg = legs.open(Party.AGENT, **said)
    if move:
        legs.land(move, leg)
        legs.known["moved"] = {**legs.known.get("moved", {}), leaves: How.TRANSFER_AGENT.value}
        if legs.talks(leg):
            legs.settle(move)
    return leg


def _ask(legs: Legs, name: str, leg: str, seats: list[Seat]) -> None:
    """A second dialog: whoever is in it too asks whoever is new, about whose call it is."""
    asks = next((other for one in seats if (other := leg_of(legs, one.address)) not in {"", leg, CALLER}), "")
    about = whose(legs)
    if about == asks:
        about = next((one for one in legs.live() if one not in {asks, leg} and is_in(legs, one, main_dialog(legs))), "")
    if legs.ask(asks, leg, about):
        legs.known["asking"] = [name, asks, leg, about]


# ── talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _change(legs: Legs, data: Mapping[str, Any], seat: Seat) -> None:
    """Who answers, and who holds: in the caller's dialog only, because whoever consults holds there or here."""
    leg = leg_of(legs, seat.address)
    if seat.state not in _TALKS or not legs.lives(leg):
        return
    legs.at(seat.since)
    legs.answer(leg)
    if seat.agent is None:
        return
    if leg not in legs.known.get("talked", []):
        legs.known["talked"] = [*legs.known.get("talked", []), leg]
    if data["dialog"] == main_dialog(legs):
        unqueue(legs, How.TRANSFER)
        legs.hold(leg, held=seat.state == "HELD")
        legs.answer(CALLER if CALLER not in addresses(legs).values() else "")


def _decide(legs: Legs, data: Mapping[str, Any]) -> None:
    """What became of a consultation whose dialog is over; nothing where only the next state can say it."""
    if not legs.known.get("asking"):
        return
    name, asks, asked, about = legs.known["asking"]
    main = main_dialog(legs)
    if is_in(legs, asks, name) and is_in(legs, asked, name):
        return
    if is_in(legs, about) and not is_in(legs, asks, main):
        _hand_over(legs, main, asks, asked)
    elif is_in(legs, about) and is_in(legs, asked, main):
        legs.asked()
    elif is_in(legs, about) and data["dialog"] == name and legs.talks(asked):
        return
    legs.known["asking"] = []


def _hand_over(legs: Legs, main: str, asks: str, asked: str) -> None:
    """Whoever was asked has the call now, though the dialog may not say so yet."""
    legs.known["moved"] = {**legs.known.get("moved", {}), asks: How.TRANSFER_CONSULT.value}
    address = next(one for one, leg in addresses(legs).items() if leg == asked)
    if legs.lives(asked) and not is_in(legs, asked, main):
        since = max(since for _, since in states(legs, asked))
        put(legs, main, Seat(address, "", "ACTIVE" if legs.talks(asked) else "ALERTING", since))
