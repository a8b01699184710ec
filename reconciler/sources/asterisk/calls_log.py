"""The queue log of Asterisk as a feed of calls: what each row makes of a call that was in a queue.

Source of all events: Queue Logs, docs.asterisk.org, and the code that writes them (`app_queue`); those of XiVO and Wazo from
their documentation of the queue log. DID is written by FreePBX. What they mean for legs is ours:

* A caller (X) comes with the first ENTERQUEUE, every ENTERQUEUE is a leg of its queue, every ring one of its member. Rings are
  told when they are over, with their length, so that a leg of a member begins in the past.
* Where a row is missing, later ones say what it said: they hold how long the caller waited and how long they talked.
* After an exit or a transfer the call goes on where the queue log does not see it: it stays open until silence, or another feed.
* Of an attended transfer the log does not say to whom, and of a blind one not whether anybody answered. Where CEL is read too
  (`both`), it says that; else whoever is called talks, or rings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.model.event import Event
from reconciler.model.interaction import How, Party
from reconciler.model.life import CALLER, Life
from reconciler.sources.asterisk import both

_SECOND = 1000


def _number(event: Event, place: int) -> int:
    """A count in the row's data; 0 where there is none."""
    data = event.data["data"]
    return int(data[place]) if place < len(data) and data[place].isdecimal() and len(data[place]) < 10 else 0


def _text(event: Event, place: int) -> str:
    data = event.data["data"]
    text: str = data[place] if place < len(data) else ""
    return text


def _caller(life: Life) -> str:
    """Whose call it is: a customer's, or that of an agent who called the queue."""
    return CALLER if CALLER in life.known["legs"] else next(iter(life.known["legs"]), "")


def _agents(life: Life) -> list[str]:
    """The legs of members that have not ended."""
    caller = _caller(life)
    return [name for name in life.live(Party.AGENT) if name != caller]


# ── in the queue ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _did(life: Life, event: Event) -> None:
    life.known["dnis"] = _text(event, 0)


def _enter(life: Life, event: Event) -> None:
    both.queued(life)
    if any(life.who(name) == event.data["queue"] for name in life.live(Party.QUEUE)) and life.known["at"] == event.at:
        return  # told twice
    _leave_all(life)
    _queue(life, event, _text(event, 1))


def _leave_all(life: Life) -> None:
    """Whoever was with the caller is no longer, though no row said so."""
    for name in life.live(Party.QUEUE, Party.PHONE, Party.FLOW):
        life.close(name, How.TRANSFER)
    for name in _agents(life):
        life.close(name, How.SYSTEM)


def _queue(life: Life, event: Event, ani: str = "") -> str:
    """A new leg of the row's queue, of the caller if need be, and the end of a transfer that was on its way there."""
    if not life.known["legs"]:
        life.open(Party.CUSTOMER, ani=ani, dnis=life.known.get("dnis", ""))
    caller = _caller(life)
    leg = life.open(Party.QUEUE, queue=event.data["queue"], invited_by=caller) if life.lives(caller) else ""
    if leg and (move := life.move()):
        life.land(move, leg)
        life.settle(move)
    return leg


def _queued(life: Life, event: Event, waited: int) -> str:
    """The youngest leg of the row's queue, ended or not; opened if there never was one. `waited` in milliseconds."""
    known = life.last(Party.QUEUE, event.data["queue"])
    if known:
        return known
    life.at(event.at - waited)
    _leave_all(life)
    leg = _queue(life, event)
    life.at(event.at)
    return leg


def _ring(life: Life, event: Event) -> None:
    rang = _number(event, 0)
    life.close(_rang(life, event, _queued(life, event, rang), rang), How.SYSTEM)


def _dump(life: Life, event: Event) -> None:
    leg = _talking(life, event)
    if leg:
        life.close(leg, How.SELF)
        return
    queue = _queued(life, event, 0)
    life.close(life.open(Party.AGENT, agent=event.data["agent"], alerting=True, invited_by=queue), How.SELF)


def _exit(life: Life, event: Event) -> None:
    waited = _number(event, len(event.data["data"]) - 1)
    life.close(_queued(life, event, waited * _SECOND), How.TRANSFER)
    life.known["log"] = False


def _refused(life: Life, _event: Event) -> None:
    """Never queued: whatever was to bring the caller there has failed."""
    if move := life.move():
        life.settle(move)


def _abandon(life: Life, event: Event) -> None:
    _queued(life, event, _number(event, 2) * _SECOND)
    life.close(_caller(life), How.SELF)
    life.finish(How.PEER)


# ── with an agent ────────────────────────────────────────────────────────────────────────────────────────────────────


def _talking(life: Life, event: Event) -> str:
    """The leg of the row's member, if it talks to the caller."""
    legs = _agents(life)
    return next((name for name in legs if life.talks(name) and life.who(name) == both.member(life, event)), "")


def _connect(life: Life, event: Event) -> None:
    if _talking(life, event) and not life.live(Party.QUEUE):
        return  # told twice
    waited, rang, unique = _number(event, 0) * _SECOND, _number(event, 2) * _SECOND, _text(event, 1)
    picked = both.picked(life, event.data["agent"], unique)
    if picked:
        _rang(life, event, _queued(life, event, waited), rang)
    leg = _connected(life, event, waited=waited, rang=0 if picked else rang)
    life.known["log"] = True
    if leg and picked:
        life.known["channels"] = {**life.known.get("channels", {}), picked["channel"]: leg}
    if leg and unique:
        life.known["uniques"] = {**life.known.get("uniques", {}), unique: leg}


def _rang(life: Life, event: Event, queue: str, rang: int) -> str:
    """A leg of the member that rings since so many milliseconds."""
    life.at(event.at - rang)
    leg = life.open(Party.AGENT, agent=event.data["agent"], alerting=True, invited_by=queue)
    life.at(event.at)
    return leg


def _connected(life: Life, event: Event, *, waited: int, rang: int = 0) -> str:
    """The leg of the row's member, answered at the time of the row, after so many milliseconds."""
    queue = _queued(life, event, waited)
    for name in _agents(life):
        life.close(name, How.SYSTEM)
    life.at(event.at - rang)
    leg = life.open(Party.AGENT, agent=both.member(life, event), alerting=True, invited_by=queue)
    life.at(event.at)
    life.answer(leg)
    for name in life.live(Party.QUEUE, Party.PHONE, Party.FLOW):
        life.close(name, How.TRANSFER)
    return leg


def _talked(life: Life, event: Event, place: int) -> str:
    """The leg of a talk that is over now: begun, if no row did, as long ago as `place` in the row's data says."""
    waited, talked = _number(event, place) * _SECOND, _number(event, place + 1) * _SECOND
    leg = _talking(life, event) or _connected(life, event._replace(at=event.at - talked), waited=waited)
    life.at(event.at)
    return leg


def _complete_caller(life: Life, event: Event) -> None:
    _talked(life, event, 0)
    life.close(_caller(life), How.SELF)
    life.finish(How.PEER)


def _complete_agent(life: Life, event: Event) -> None:
    life.close(_talked(life, event, 0), How.SELF)
    life.finish(How.PEER)


def _incompatible(life: Life, event: Event) -> None:
    _queued(life, event, 0)
    life.finish(How.ERROR)


def _transfer(life: Life, event: Event) -> None:
    leg, is_alone = _talked(life, event, 2), not life.known.get("cel")
    ((kind, goal),) = event.data["goal"].items()
    move = life.transfer(leg, _caller(life), **{kind: goal}) if goal else ""
    if not move:
        life.odd.append("a transfer without extension" if not goal else "a transfer of nobody")
    elif is_alone:
        _reach(life, move, leg, kind=kind, goal=goal)
    else:
        both.told(life, "blind", event)
    life.close(leg, _MOVED[kind])
    if kind != "queue" and is_alone:
        life.settle(move)
    life.known["log"] = False


def _reach(life: Life, move: str, leg: str, *, kind: str, goal: str) -> None:
    """A leg for whom a transfer goes to, since nobody else will tell of one. A queue tells itself."""
    if kind == "agent":
        life.land(move, life.open(Party.AGENT, agent=goal, alerting=True, invited_by=leg))
    elif kind == "number":
        life.land(move, life.open(Party.PHONE, number=goal, invited_by=leg))


_MOVED = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT, "number": How.TRANSFER}


def _attended(life: Life, event: Event) -> None:
    is_alone = not life.known.get("cel")
    life.known["log"] = False
    if not is_alone and both.told(life, "attended", event):
        return
    leg = _talked(life, event, max(len(event.data["data"]) - 3, 0))
    if not is_alone:
        life.known["asks"] = leg
        return
    life.close(leg, How.TRANSFER_CONSULT)
    life.odd.append("an attended transfer: the queue log does not say to whom")


def _restart(life: Life, _event: Event) -> None:
    life.finish(How.SYSTEM)


ACTS: Mapping[str, Callable[[Life, Event], None]] = MappingProxyType(
    {
        "DID": _did,
        "ENTERQUEUE": _enter,
        "RINGNOANSWER": _ring,
        "RINGCANCELED": _ring,
        "CONNECT": _connect,
        "AGENTDUMP": _dump,
        "COMPLETECALLER": _complete_caller,
        "COMPLETEAGENT": _complete_agent,
        "ABANDON": _abandon,
        "EXITWITHTIMEOUT": _exit,
        "EXITWITHKEY": _exit,
        "EXITEMPTY": _exit,
        "LEAVEEMPTY": _exit,
        "JOINEMPTY": _refused,
        "FULL": _refused,
        "CLOSED": _refused,
        "DIVERT_CA_RATIO": _refused,
        "DIVERT_HOLDTIME": _refused,
        "BLINDTRANSFER": _transfer,
        "TRANSFER": _transfer,
        "ATTENDEDTRANSFER": _attended,
        "SYSCOMPAT": _incompatible,
        "QUEUESTART": _restart,
    }
)
"""What each event of the queue log makes of a call."""
