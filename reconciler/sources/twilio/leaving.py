"""Who leaves a call or e-mail of Twilio, whoever tells it: how legs end, who has hung up, and after work."""

from __future__ import annotations

from reconciler.model.interaction import How, Media, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER

_MOVED = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT}


def leave(legs: Legs, leg: str, how: How) -> None:
    """An agent's leg has ended: by the transfer it began, else as said."""
    move = moving(legs, leg)
    legs.close(leg, _MOVED[legs.goal(move)[0]] if move else how)


def moving(legs: Legs, leg: str) -> str:
    """The transfer that an agent has begun, under way or completed; empty where there is none."""
    move: str = legs.known.get("begun", {}).get(leg, "")
    return "" if legs.is_broken(move) else move


def left(legs: Legs, leg: str) -> How:
    """How somebody who leaves now ends: by themselves, unless the others did first. Two who talk are left by one."""
    first = legs.known.get("left", "")
    if not first and len([one for one in legs.live() if legs.talks(one)]) <= 2:
        legs.known["left"] = leg
    return How.PEER if first and first != leg else How.SELF


def talkers(legs: Legs) -> list[str]:
    """The legs of agents who talk."""
    return [name for name in legs.live(Party.AGENT) if legs.talks(name)]


def unqueue(legs: Legs, how: How) -> None:
    """Whoever waits in a queue or a flow no longer does."""
    for name in legs.live(Party.FLOW, Party.QUEUE):
        legs.close(name, how)


def over(legs: Legs, leg: str) -> None:
    """An agent's leg ends; with the last one everything does."""
    if not legs.lives(leg):
        return
    if not legs.talks(leg):
        legs.close(leg, How.SYSTEM)
        return
    if moving(legs, leg):
        leave(legs, leg, How.SELF)
    elif legs.move() or legs.live(Party.QUEUE, Party.PHONE) or len(legs.live(Party.AGENT)) > 1:
        legs.close(leg, How.SELF)
    else:
        mine, theirs = (How.SELF, How.PEER) if legs.media is Media.EMAIL else (How.UNKNOWN, How.UNKNOWN)
        if legs.known.get("left") or not legs.lives(CALLER):
            mine, theirs = How.PEER, How.SELF
        legs.close(CALLER, theirs)
        legs.close(leg, mine)


def dispose(legs: Legs, leg: str) -> None:
    """After work is over: with the code the task has by now, or skipped; nothing where there was none."""
    code = legs.known.get("code", "")
    if leg in legs.known.get("talked" if code else "wrapped", []):
        legs.dispose(leg, code=code)
