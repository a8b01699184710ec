"""Where everybody in a call is, as far as it is known: which leg an address has, and who is in which dialog. It tells nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from reconciler.model.interaction import Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.cisco.dialogs import OVER

MANY = 200
"""Addresses and dialogs of one call."""


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


def addresses(legs: Legs) -> dict[str, str]:
    """The leg of each address."""
    addresses: dict[str, str] = legs.known.get("addresses", {})
    return addresses


def leg_of(legs: Legs, address: str) -> str:
    """The leg of an address; empty where it has none."""
    return addresses(legs).get(address, "")


def register(legs: Legs, address: str, leg: str) -> None:
    """Notes whose leg it is."""
    if leg and len(addresses(legs)) < MANY:
        legs.known["addresses"] = {**addresses(legs), address: leg}


def put(legs: Legs, name: str, seat: Seat) -> None:
    """Notes the state of a participant in a dialog."""
    dialogs = legs.known["dialogs"]
    legs.known["dialogs"] = {**dialogs, name: {**dialogs.get(name, {}), seat.address: [seat.state, seat.since]}}


def states(legs: Legs, leg: str, name: str = "") -> list[list[Any]]:
    """State and time of a leg in a dialog, or in every one."""
    dialogs = legs.known["dialogs"]
    own = [address for address, other in addresses(legs).items() if other == leg]
    among = [dialogs.get(name, {})] if name else list(dialogs.values())
    return [one[address] for one in among for address in own if address in one]


def is_in(legs: Legs, leg: str, name: str = "") -> bool:
    """Whether somebody is in a dialog, or in any. Of a customer who is no participant the others tell."""
    if leg == CALLER and leg not in addresses(legs).values():
        return legs.lives(leg) and any(
            state not in OVER for state, _ in legs.known["dialogs"].get(first_dialog(legs), {}).values()
        )
    return any(state not in OVER for state, _ in states(legs, leg, name))


def first_dialog(legs: Legs) -> str:
    """The dialog the call began with."""
    first: str = legs.known["first"]
    return first


def whose(legs: Legs) -> str:
    """Whose call it is: the customer's, else that of whoever called."""
    return CALLER if legs.lives(CALLER) else next(iter(legs.known["legs"]), "")


def main_dialog(legs: Legs) -> str:
    """The dialog whoever's call it is is in: the first one, until another takes it over."""
    about, first = whose(legs), first_dialog(legs)
    if is_in(legs, about) and not is_in(legs, about, first):
        return next((name for name in legs.known["dialogs"] if is_in(legs, about, name)), first)
    return first


def talking(legs: Legs) -> list[str]:
    """The legs of people who talk."""
    return [one for one in legs.live(Party.CUSTOMER, Party.AGENT, Party.PHONE) if legs.talks(one)]
