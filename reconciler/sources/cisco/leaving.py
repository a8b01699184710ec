"""Who leaves a dialog of Finesse, and what that makes of the call: how legs end, and after work."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from reconciler.model.interaction import How, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.cisco.dialogs import ENDED
from reconciler.sources.cisco.places import Seat, addresses, is_in, leg_of, main_dialog, states, talking


def unqueue(legs: Legs, how: How) -> None:
    """Nobody waits in a queue any more."""
    for name in legs.live(Party.QUEUE):
        legs.close(name, how)


def leave(legs: Legs, data: Mapping[str, Any], at: int) -> None:
    """Ends the legs of those who are in no dialog any more, in the order they left, and with the customer's the queue's."""
    waits = _waiting(legs)
    gone = [
        leg for leg in dict.fromkeys(addresses(legs).values()) if legs.lives(leg) and not is_in(legs, leg) and leg not in waits
    ]
    times = {leg: max(since for _, since in states(legs, leg)) for leg in gone}
    for time, several in groupby(sorted(gone, key=lambda leg: times[leg]), key=lambda leg: times[leg]):
        legs.at(time)
        together = list(several)
        hows = [_how(legs, leg, together) for leg in together]
        legs.known["left"] = legs.known.get("left") or any(map(legs.talks, together))
        for leg, how in zip(together, hows, strict=True):
            legs.close(leg, how)
        legs.known["left"] = legs.known["left"] and len(talking(legs)) < 2
    is_over = data["state"] in ENDED and not waits and not any(is_in(legs, leg) for leg in addresses(legs).values())
    if is_over and legs.live():
        legs.at(at)
        _end(legs, is_failed=data["state"] == "FAILED")
    elif not legs.lives(CALLER):
        unqueue(legs, How.PEER)


def _waiting(legs: Legs) -> set[str]:
    """Who may yet turn up in another dialog while it is open what becomes of a consultation."""
    if not legs.known.get("asking"):
        return set()
    name, asks, asked, about = legs.known["asking"]
    goes_on = is_in(legs, asks, name) and is_in(legs, asked, name)
    return {asked, about} if goes_on and not is_in(legs, asks, main_dialog(legs)) else {asked}


def _how(legs: Legs, leg: str, together: list[str]) -> How:
    """Why the leg of somebody who has left ends, at the same time as others, or alone."""
    if moved := legs.known.get("moved", {}).get(leg):
        return How(moved)
    if any(state == "FAILED" for state, _ in states(legs, leg)):
        return How.ERROR
    if not legs.talks(leg):
        return How.SYSTEM if leg != CALLER else How.PEER
    stay = [one for one in talking(legs) if one not in together]
    if legs.known.get("left") and not stay:
        return How.PEER
    if not stay and len([one for one in together if legs.talks(one)]) > 1:
        return How.UNKNOWN
    is_left_alone = stay == [CALLER] and is_in(legs, CALLER) and CALLER in addresses(legs).values()
    return How.TRANSFER if is_left_alone else How.SELF


def _end(legs: Legs, *, is_failed: bool) -> None:
    """The call is over, and whoever is left is nobody's participant: a customer, who gave up where nobody talked to them."""
    is_lost = not legs.known.get("talked")
    how = How.SELF if is_lost else How.PEER if legs.known.get("left") else How.UNKNOWN
    legs.close(CALLER, How.ERROR if is_failed else how)
    legs.finish(How.PEER)


def wrap_up(legs: Legs, data: Mapping[str, Any], seats: list[Seat], at: int) -> None:
    """After work of the agent whose node tells of the dialog: over when it is removed there, or has a code without after work."""
    own = [seat.address for seat in seats if seat.agent is not None and seat.agent == data["viewer"]]
    leg = leg_of(legs, own[0]) if own else next(reversed(legs.known.get("talked", [])), "")
    for seat in seats:
        if seat.state == "WRAP_UP" and leg_of(legs, seat.address) not in legs.known.get("wrapped", []):
            legs.known["wrapped"] = [*legs.known.get("wrapped", []), leg_of(legs, seat.address)]
    if data["code"] and leg:
        legs.known["codes"] = {**legs.known.get("codes", {}), leg: data["code"]}
    works = leg in legs.known.get("wrapped", [])
    is_done = data["gone"] or any(seat.state == "DROPPED" and leg_of(legs, seat.address) == leg for seat in seats)
    code = legs.known.get("codes", {}).get(leg, "")
    if leg in legs.known.get("talked", []) and ((works and is_done) or (code and not works)):
        legs.at(at)
        legs.dispose(leg, code=code)
