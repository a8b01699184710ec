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
from itertools import groupby
from typing import Any, NamedTuple

from reconciler.model.event import Event
from reconciler.model.interaction import How, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.cisco.dialogs import OVER

_TALKS = frozenset({"ACTIVE", "ACCEPTED", "HELD"})
_ENDED = frozenset({"DROPPED", "FAILED"})
_OUT = frozenset({"OUT", "AGENT_OUT", "AUTO_OUT"})
_INSIDE = frozenset({"AGENT_INSIDE", "CONSULT", "CONSULT_OFFERED", "CONSULT_CONFERENCE", "ASSIST_CALL", "BARGE_IN_CONSULT"})
_LISTENS = frozenset({"SUPERVISOR_MONITOR", "SILENT_MONITOR"})
_MANY = 200  # addresses and dialogs of one call


class Seat(NamedTuple):
    """A participant in one dialog. `agent` is the agent's name, None for others; `since` in milliseconds."""

    address: str
    agent: str | None
    state: str
    since: int

    @property
    def is_over(self) -> bool:
        """Whether they are in the dialog no more."""
        return self.state in OVER


def take(legs: Legs, event: Event) -> None:
    """Takes in a whole state of a dialog: who is new, who talks or holds, who has left, and what follows from that."""
    data = event.data
    dialogs = legs.known.setdefault("dialogs", {})
    if data["call"] in _LISTENS or (data["dialog"] not in dialogs and len(dialogs) >= _MANY):
        return
    legs.known.setdefault("first", data["dialog"])
    seats = sorted(_newer(legs, data, event.at), key=lambda seat: seat.since)
    for seat in seats:
        if not seat.is_over:
            _come(legs, data, seat, seats)
        _put(legs, data["dialog"], seat)
    for seat in seats:
        _change(legs, data, seat)
    _decide(legs, data)
    _leave(legs, data, event.at)
    _wrap_up(legs, data, seats, event.at)


def _newer(legs: Legs, data: Mapping[str, Any], at: int) -> list[Seat]:
    """The participants whose state is not older than what is known of them.

    Whoever's node the dialog is removed from is in it no more, and nobody is in one that is over.
    """
    known, is_over = legs.known["dialogs"].get(data["dialog"], {}), data["state"] in _ENDED
    found = []
    for address, agent, state, since in data["seats"]:
        seat = Seat(address, (agent or address) if agent is not None else None, state, since or at)
        if not seat.is_over and (is_over or (data["gone"] and data["viewer"] in {agent, address})):
            seat = seat._replace(state="DROPPED", since=max(at, seat.since))
        if seat.since >= known.get(address, ["", 0])[1]:
            found.append(seat)
    there = {seat[0] for seat in data["seats"]}
    rest = [one for one, (state, _) in known.items() if is_over and one not in there and state not in OVER]
    return [*found, *(Seat(one, None, "DROPPED", at) for one in rest)]


# ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────────


def _addresses(legs: Legs) -> dict[str, str]:
    """The leg of each address."""
    addresses: dict[str, str] = legs.known.get("addresses", {})
    return addresses


def _leg(legs: Legs, address: str) -> str:
    return _addresses(legs).get(address, "")


def _register(legs: Legs, address: str, leg: str) -> None:
    if leg and len(_addresses(legs)) < _MANY:
        legs.known["addresses"] = {**_addresses(legs), address: leg}


def _put(legs: Legs, name: str, seat: Seat) -> None:
    dialogs = legs.known["dialogs"]
    legs.known["dialogs"] = {**dialogs, name: {**dialogs.get(name, {}), seat.address: [seat.state, seat.since]}}


def _states(legs: Legs, leg: str, name: str = "") -> list[list[Any]]:
    """State and time of a leg in a dialog, or in every one."""
    dialogs = legs.known["dialogs"]
    own = [address for address, other in _addresses(legs).items() if other == leg]
    among = [dialogs.get(name, {})] if name else list(dialogs.values())
    return [one[address] for one in among for address in own if address in one]


def _is_in(legs: Legs, leg: str, name: str = "") -> bool:
    """Whether somebody is in a dialog, or in any. Of a customer who is no participant the others tell."""
    if leg == CALLER and leg not in _addresses(legs).values():
        return legs.lives(leg) and any(state not in OVER for state, _ in legs.known["dialogs"].get(_first(legs), {}).values())
    return any(state not in OVER for state, _ in _states(legs, leg, name))


def _first(legs: Legs) -> str:
    first: str = legs.known["first"]
    return first


def _about(legs: Legs) -> str:
    """Whose call it is: the customer's, else that of whoever called."""
    return CALLER if legs.lives(CALLER) else next(iter(legs.known["legs"]), "")


def _main(legs: Legs) -> str:
    """The dialog whoever's call it is is in: the first one, until another takes it over."""
    about, first = _about(legs), _first(legs)
    if _is_in(legs, about) and not _is_in(legs, about, first):
        return next((name for name in legs.known["dialogs"] if _is_in(legs, about, name)), first)
    return first


# ── coming ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _come(legs: Legs, data: Mapping[str, Any], seat: Seat, seats: list[Seat]) -> None:
    """A leg for somebody who has none; an agent who comes back after their leg has ended gets another."""
    legs.at(seat.since)
    if not legs.has_begun:
        _begin(legs, data, seat, seats)
    if legs.lives(_leg(legs, seat.address)) or (seat.agent is None and _leg(legs, seat.address)):
        return
    is_main = data["dialog"] == _first(legs)
    leg = _outside(legs, seat, is_main=is_main) if seat.agent is None else _agent(legs, data, seat, seats)
    _register(legs, seat.address, leg)
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
        _register(legs, own.address, leg)
        legs.known["talked"] = [leg]
    if is_out:
        legs.open(Party.CUSTOMER, inbound=False, alerting=True, invited_by=leg, dnis=data["to"] or data["dialled"])
    elif not is_inside:
        legs.open(Party.CUSTOMER, ani=data["from"], dnis=data["dialled"] or data["to"])
        _queue(legs, data["queue"])


def _queue(legs: Legs, queue: str) -> None:
    if queue and legs.lives(CALLER):
        legs.open(Party.QUEUE, queue=queue, invited_by=CALLER)


def _unqueue(legs: Legs, how: How) -> None:
    for name in legs.live(Party.QUEUE):
        legs.close(name, how)


def _outside(legs: Legs, seat: Seat, *, is_main: bool) -> str:
    """The customer, if nobody else is and this is their dialog; else somebody outside."""
    if is_main and legs.lives(CALLER) and CALLER not in _addresses(legs).values():
        return CALLER
    inviting = next(iter(legs.live(Party.AGENT)), "") or next(iter(legs.live()), "")
    return legs.open(Party.PHONE, number=seat.address, alerting=seat.state not in _TALKS, invited_by=inviting)


def _agent(legs: Legs, data: Mapping[str, Any], seat: Seat, seats: list[Seat]) -> str:
    """An agent who is called: by the queue, by an agent in the same dialog, or by whoever is there."""
    if not legs.live(Party.AGENT, Party.QUEUE):
        _queue(legs, data["queue"])
    leaves = next((leg for one in seats if one.is_over and legs.talks(leg := _leg(legs, one.address)) and leg != CALLER), "")
    there = [leg for one in seats if legs.lives(leg := _leg(legs, one.address)) and leg != CALLER]
    is_moved = data["dialog"] == _main(legs) and not legs.known["asks"]
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
    asks = next((other for one in seats if (other := _leg(legs, one.address)) not in {"", leg, CALLER}), "")
    about = _about(legs)
    if about == asks:
        about = next((one for one in legs.live() if one not in {asks, leg} and _is_in(legs, one, _main(legs))), "")
    if legs.ask(asks, leg, about):
        legs.known["asking"] = [name, asks, leg, about]


# ── talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _change(legs: Legs, data: Mapping[str, Any], seat: Seat) -> None:
    """Who answers, and who holds: in the caller's dialog only, because whoever consults holds there or here."""
    leg = _leg(legs, seat.address)
    if seat.state not in _TALKS or not legs.lives(leg):
        return
    legs.at(seat.since)
    legs.answer(leg)
    if seat.agent is None:
        return
    if leg not in legs.known.get("talked", []):
        legs.known["talked"] = [*legs.known.get("talked", []), leg]
    if data["dialog"] == _main(legs):
        _unqueue(legs, How.TRANSFER)
        legs.hold(leg, held=seat.state == "HELD")
        legs.answer(CALLER if CALLER not in _addresses(legs).values() else "")


def _decide(legs: Legs, data: Mapping[str, Any]) -> None:
    """What became of a consultation whose dialog is over; nothing where only the next state can say it."""
    if not legs.known.get("asking"):
        return
    name, asks, asked, about = legs.known["asking"]
    main = _main(legs)
    if _is_in(legs, asks, name) and _is_in(legs, asked, name):
        return
    if _is_in(legs, about) and not _is_in(legs, asks, main):
        _hand_over(legs, main, asks, asked)
    elif _is_in(legs, about) and _is_in(legs, asked, main):
        legs.asked()
    elif _is_in(legs, about) and data["dialog"] == name and legs.talks(asked):
        return
    legs.known["asking"] = []


def _hand_over(legs: Legs, main: str, asks: str, asked: str) -> None:
    """Whoever was asked has the call now, though the dialog may not say so yet."""
    legs.known["moved"] = {**legs.known.get("moved", {}), asks: How.TRANSFER_CONSULT.value}
    address = next(one for one, leg in _addresses(legs).items() if leg == asked)
    if legs.lives(asked) and not _is_in(legs, asked, main):
        since = max(since for _, since in _states(legs, asked))
        _put(legs, main, Seat(address, "", "ACTIVE" if legs.talks(asked) else "ALERTING", since))


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _leave(legs: Legs, data: Mapping[str, Any], at: int) -> None:
    """Ends the legs of those who are in no dialog any more, in the order they left, and with the customer's the queue's."""
    waits = _waiting(legs)
    gone = [
        leg for leg in dict.fromkeys(_addresses(legs).values()) if legs.lives(leg) and not _is_in(legs, leg) and leg not in waits
    ]
    times = {leg: max(since for _, since in _states(legs, leg)) for leg in gone}
    for time, several in groupby(sorted(gone, key=lambda leg: times[leg]), key=lambda leg: times[leg]):
        legs.at(time)
        together = list(several)
        hows = [_how(legs, leg, together) for leg in together]
        legs.known["left"] = legs.known.get("left") or any(map(legs.talks, together))
        for leg, how in zip(together, hows, strict=True):
            legs.close(leg, how)
        legs.known["left"] = legs.known["left"] and len(_talking(legs)) < 2
    is_over = data["state"] in _ENDED and not waits and not any(_is_in(legs, leg) for leg in _addresses(legs).values())
    if is_over and legs.live():
        legs.at(at)
        _end(legs, is_failed=data["state"] == "FAILED")
    elif not legs.lives(CALLER):
        _unqueue(legs, How.PEER)


def _waiting(legs: Legs) -> set[str]:
    """Who may yet turn up in another dialog while it is open what becomes of a consultation."""
    if not legs.known.get("asking"):
        return set()
    name, asks, asked, about = legs.known["asking"]
    goes_on = _is_in(legs, asks, name) and _is_in(legs, asked, name)
    return {asked, about} if goes_on and not _is_in(legs, asks, _main(legs)) else {asked}


def _talking(legs: Legs) -> list[str]:
    return [one for one in legs.live(Party.CUSTOMER, Party.AGENT, Party.PHONE) if legs.talks(one)]


def _how(legs: Legs, leg: str, together: list[str]) -> How:
    """Why the leg of somebody who has left ends, at the same time as others, or alone."""
    if moved := legs.known.get("moved", {}).get(leg):
        return How(moved)
    if any(state == "FAILED" for state, _ in _states(legs, leg)):
        return How.ERROR
    if not legs.talks(leg):
        return How.SYSTEM if leg != CALLER else How.PEER
    stay = [one for one in _talking(legs) if one not in together]
    if legs.known.get("left") and not stay:
        return How.PEER
    if not stay and len([one for one in together if legs.talks(one)]) > 1:
        return How.UNKNOWN
    is_left_alone = stay == [CALLER] and _is_in(legs, CALLER) and CALLER in _addresses(legs).values()
    return How.TRANSFER if is_left_alone else How.SELF


def _end(legs: Legs, *, is_failed: bool) -> None:
    """The call is over, and whoever is left is nobody's participant: a customer, who gave up where nobody talked to them."""
    is_lost = not legs.known.get("talked")
    how = How.SELF if is_lost else How.PEER if legs.known.get("left") else How.UNKNOWN
    legs.close(CALLER, How.ERROR if is_failed else how)
    legs.finish(How.PEER)


def _wrap_up(legs: Legs, data: Mapping[str, Any], seats: list[Seat], at: int) -> None:
    """After work of the agent whose node tells of the dialog: over when it is removed there, or has a code without after work."""
    own = [seat.address for seat in seats if seat.agent is not None and seat.agent == data["viewer"]]
    leg = _leg(legs, own[0]) if own else next(reversed(legs.known.get("talked", [])), "")
    for seat in seats:
        if seat.state == "WRAP_UP":
            legs.known["wrapped"] = [*legs.known.get("wrapped", []), _leg(legs, seat.address)]
    if data["code"] and leg:
        legs.known["codes"] = {**legs.known.get("codes", {}), leg: data["code"]}
    works = leg in legs.known.get("wrapped", [])
    is_done = data["gone"] or any(seat.state == "DROPPED" and _leg(legs, seat.address) == leg for seat in seats)
    code = legs.known.get("codes", {}).get(leg, "")
    if leg in legs.known.get("talked", []) and ((works and is_done) or (code and not works)):
        legs.at(at)
        legs.dispose(leg, code=code)
