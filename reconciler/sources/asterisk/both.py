"""One call of which a queue log and CEL tell: what either leaves for the other to say, and who talks in place of whom.

While a call is queued the queue log has the say; CEL has it before, and after the call has left the queue or was transferred.
Of a transfer both write a row, in either order. What is known of that stands in the memory of the call:

* `log`: whether the queue log has the say; there only if it has told of the call. `cel`: CEL has told of it.
* `half`: what one feed has told just now and the other may tell again: which transfer, by whom, when.
* `asks`: the leg that went by an attended transfer, as the queue log says, of which CEL has yet to say to whom.
* `picked`: the ring that somebody else has picked up, as CEL says. `instead`: members by whom the queue log names there.
"""

from __future__ import annotations

from typing import Any

from reconciler.model.event import Event
from reconciler.model.interaction import How
from reconciler.model.life import Life

_APART = 2000  # milliseconds between two rows of one transfer: the queue log has whole seconds, and CEL may be written late


def told(life: Life, what: str, event: Event) -> bool:
    """Whether the other feed has just told of this transfer, too; else that is kept until it does."""
    feed = "cel" if "channel" in event.data else "log"
    half = life.known.get("half") or ("", feed, 0)
    is_told = half[0] == what and half[1] != feed and abs(event.at - half[2]) <= _APART
    life.known["half"] = None if is_told else [what, feed, event.at]
    return is_told


def queued(life: Life) -> None:
    """The queue log has the say again: what waited for CEL is over."""
    life.known["log"] = True
    for name in ("half", "picked", "instead"):
        life.known.pop(name, None)
    gone(life)


def gone(life: Life) -> None:
    """Whoever went by an attended transfer has gone, though no row of CEL said to whom."""
    leg: str = life.known.pop("asks", "")
    if life.lives(leg):
        life.close(leg, How.TRANSFER_CONSULT)
        life.odd.append("an attended transfer: no row says to whom")


def member(life: Life, event: Event) -> str:
    """Who it is that the queue log names: whoever picked that member's call up, as far as CEL has said so."""
    who: str = life.known.get("instead", {}).get(event.data["agent"], event.data["agent"])
    return who


def picked(life: Life, agent: str, unique: str) -> Any:
    """Who has picked up what rang at this member, and with which channel; None where it was answered as usual.

    Inferred: the queue log goes on naming the member, and either of the two channels.
    """
    found = life.known.pop("picked", None)
    if not found or not (agent == found["who"] or unique in found["uniques"]):
        return None
    instead(life, agent, found["by"])
    return found


def instead(life: Life, agent: str, by: str) -> None:
    """Where the queue log names this agent, it is the other from now on."""
    life.known["instead"] = {**life.known.get("instead", {}), agent: by}
