"""Tasks and reservations of TaskRouter: what each event makes of the call or e-mail behind the task.

Source of events: TaskRouter Events reference. What they mean for legs is ours:

* The customer (X) is there with the first event of an inbound task, a queue (Q) with `task-queue.entered`, and every reservation
  is a leg of its worker. A later event says what a missing one said: it names task, queue and worker too.
* Outbound tasks begin with the worker's leg, when the reservation is accepted; the customer rings until Voice says otherwise.
* A transfer is blind where its mode is COLD, else attended. Its first worker leaves when their reservation wraps up.
* Who hung up, Voice tells. Without its call backs both sides are told as ended by the system, in an e-mail by the agent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.model.event import Event
from reconciler.model.interaction import How, Media, Party
from reconciler.model.legs import Legs
from reconciler.model.life import CALLER
from reconciler.sources.twilio.leaving import dispose, over, talkers, unqueue

_MANY = 500  # reservations, calls and transfers of one conversation
_HUNG_UP = ("hangup", "hung up", "hang up", "abandon")


# ── arriving ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _learn(legs: Legs, event: Event) -> None:
    """What the attributes of the task say, and which calls are whose."""
    data, calls = event.data, dict(legs.known.get("calls", {}))
    if data["code"]:
        legs.known["code"] = data["code"]
    if data["call"] and data["inbound"]:
        calls.setdefault(data["call"], CALLER)
    for call, side in data["calls"].items():
        leg = CALLER if side == "customer" else _only(talkers(legs))
        if leg and len(calls) < _MANY:
            calls.setdefault(call, leg)
    legs.known["calls"] = calls
    if not legs.has_begun and legs.media is Media.EMAIL:
        legs.known["sides"] = {name: data[name] for name in ("from", "to", "subject") if data.get(name)}


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _arrive(legs: Legs, event: Event) -> None:
    """The customer, where they came by themselves."""
    _learn(legs, event)
    data = event.data
    if legs.has_begun or not data["inbound"]:
        return
    if legs.media is Media.VOICE:
        legs.open(Party.CUSTOMER, ani=data["from"], ani_name=data["name"], dnis=data["to"])
    elif not legs.open(Party.CUSTOMER, name=data["name"], with_message=True):
        legs.odd.append(f"{data['task']}: an e-mail without addresses: expected from and to in its attributes")


def _enter(legs: Legs, event: Event) -> None:
    _arrive(legs, event)
    _queue(legs, event.data["queue"])


def _queue(legs: Legs, queue: str, by: str = "") -> str:
    """The leg of the queue the customer waits in; a new one where they did not."""
    waiting = [name for name in legs.live(Party.QUEUE) if legs.who(name) == queue]
    if waiting or not queue or not legs.lives(CALLER):
        return waiting[0] if waiting else ""
    unqueue(legs, How.TRANSFER)
    leg = legs.open(Party.QUEUE, queue=queue, invited_by=by or CALLER)
    if move := legs.move():
        legs.land(move, leg)
    return leg


# ── reservations ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _leg(legs: Legs, event: Event) -> str:
    """The leg of the reservation; empty where it has none."""
    leg: str = legs.known.get("reservations", {}).get(event.data["reservation"], "")
    return leg


def _register(legs: Legs, event: Event, leg: str) -> None:
    known = legs.known.get("reservations", {})
    if len(known) < _MANY:
        legs.known["reservations"] = {**known, event.data["reservation"]: leg}


def _reserve(legs: Legs, event: Event) -> None:
    _arrive(legs, event)
    known = event.data["reservation"] in legs.known.get("reservations", {})
    if not known and legs.has_begun:
        _register(legs, event, _join(legs, event, alerting=True))


def _join(legs: Legs, event: Event, *, alerting: bool) -> str:
    """A leg of the reservation's worker, from the queue, or from whom the task is transferred by."""
    move, data = legs.move(), event.data
    by = next((leg for leg, begun in legs.known.get("begun", {}).items() if begun == move and move), "")
    if not by and not talkers(legs):
        _queue(legs, data["queue"])
    inviting = next(iter(legs.live(Party.QUEUE)), "") or (by if legs.lives(by) else "") or next(iter(legs.live()), "")
    leg = legs.open(Party.AGENT, agent=data["worker"], alerting=alerting, invited_by=inviting)
    if leg and move and legs.goal(move)[0] == "agent":
        legs.land(move, leg)
    return leg


def _accept(legs: Legs, event: Event) -> None:
    _arrive(legs, event)
    if event.data["reservation"] not in legs.known.get("reservations", {}):
        is_first = not legs.has_begun
        _register(legs, event, _call_out(legs, event) if is_first else _join(legs, event, alerting=False))
    leg = _leg(legs, event)
    legs.answer(leg)
    if not legs.lives(leg):
        return
    legs.known["left"] = ""
    if leg not in legs.known.get("talked", []):
        legs.known["talked"] = [*legs.known.get("talked", []), leg]
    move = legs.move()
    if move and legs.goal(move)[0] == "queue":
        legs.settle(move)
    unqueue(legs, How.TRANSFER)


def _call_out(legs: Legs, event: Event) -> str:
    """The worker's leg of an outbound task, and the customer's, which rings."""
    data, is_call = event.data, legs.media is Media.VOICE
    leg = legs.open(Party.AGENT, agent=data["worker"], inbound=False, queue=data["queue"])
    if is_call:
        legs.open(Party.CUSTOMER, inbound=False, alerting=True, invited_by=leg, ani=data["from"], dnis=data["to"])
    elif leg:
        legs.open(Party.CUSTOMER, inbound=False, invited_by=leg, name=data["name"])
    return leg


def _refuse(legs: Legs, event: Event) -> None:
    _learn(legs, event)
    how = How.SELF if event.data["event"] == "reservation.rejected" else How.SYSTEM
    leg = _leg(legs, event)
    if not leg:
        _register(legs, event, "")
    legs.close(leg, how)


def _wrap_up(legs: Legs, event: Event) -> None:
    """The worker no longer talks; after work begins."""
    _learn(legs, event)
    leg = _leg(legs, event)
    over(legs, leg)
    if leg and leg not in legs.known.get("wrapped", []):
        legs.known["wrapped"] = [*legs.known.get("wrapped", []), leg]


def _complete(legs: Legs, event: Event) -> None:
    _learn(legs, event)
    leg = _leg(legs, event)
    over(legs, leg)
    dispose(legs, leg)


# ── the task as a whole ──────────────────────────────────────────────────────────────────────────────────────────────


def _wrap_up_all(legs: Legs, event: Event) -> None:
    _learn(legs, event)
    for leg in talkers(legs):
        over(legs, leg)


def _finish(legs: Legs, event: Event) -> None:
    _wrap_up_all(legs, event)
    legs.finish(How.SYSTEM)
    dispose(legs, next(reversed(legs.known.get("talked", [])), ""))


def _cancel(legs: Legs, event: Event) -> None:
    """Before anybody took it: the customer gave up, unless another reason is named."""
    _arrive(legs, event)
    reason = event.data["reason"]
    for leg in legs.live(Party.AGENT):
        legs.close(leg, How.SYSTEM)
    if legs.media is Media.VOICE and (not reason or any(word in reason for word in _HUNG_UP)):
        legs.close(CALLER, How.SELF)
        legs.finish(How.PEER)
    legs.finish(How.SYSTEM)


def _delete(legs: Legs, _event: Event) -> None:
    legs.finish(How.SYSTEM)


# ── transfers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _transfer(legs: Legs, event: Event) -> None:
    _learn(legs, event)
    said, known = event.data["transfer"], legs.known.get("transfers", {})
    if said["id"] in known or len(known) >= _MANY:
        return
    leg = legs.known.get("reservations", {}).get(said["by"], "") or legs.last(Party.AGENT, said["worker"] or "?")
    sort = "queue" if said["to"].startswith("WQ") else "agent"
    move = legs.transfer(leg, CALLER, attended=said["mode"] != "COLD", **{sort: said["to"]}) if said["to"] else ""
    legs.known["transfers"] = {**known, said["id"]: move}
    if not move:
        legs.odd.append("a transfer of nobody, by nobody or to nowhere")
        return
    legs.known["begun"] = {**legs.known.get("begun", {}), leg: move}
    if sort == "queue":
        _queue(legs, said["to"], leg)


def _end(legs: Legs, event: Event) -> None:
    """A transfer is over; nobody waits for one that failed or was canceled."""
    name, move = event.data["event"].rpartition("-")[2], _move(legs, event)
    if name == "completed":
        legs.settle(move)
        return
    legs.settle(move, name)
    if talkers(legs):
        unqueue(legs, How.SYSTEM)


def _move(legs: Legs, event: Event) -> str:
    move: str = legs.known.get("transfers", {}).get(event.data["transfer"]["id"], "")
    return move


ACTS: Mapping[str, Callable[[Legs, Event], None]] = MappingProxyType(
    {
        "task.created": _arrive,
        "task.updated": _learn,
        "task-queue.entered": _enter,
        "reservation.created": _reserve,
        "reservation.accepted": _accept,
        "reservation.rejected": _refuse,
        "reservation.timeout": _refuse,
        "reservation.canceled": _refuse,
        "reservation.rescinded": _refuse,
        "reservation.failed": _refuse,
        "reservation.wrapup": _wrap_up,
        "reservation.wrapping": _wrap_up,
        "reservation.completed": _complete,
        "task.wrapup": _wrap_up_all,
        "task.completed": _finish,
        "task.canceled": _cancel,
        "task.deleted": _delete,
        "task.system-deleted": _delete,
        "task.transfer-initiated": _transfer,
        "task.transfer-completed": _end,
        "task.transfer-failed": _end,
        "task.transfer-canceled": _end,
    }
)
"""What each event makes of a conversation."""

SILENT = frozenset(
    {
        *("task.transfer-attempt-failed", "task-queue.created", "task-queue.deleted", "task-queue.expression.updated"),
        *("task-queue.timeout", "task-queue.moved", "task-queue.target"),
    }
)
"""What changes no leg: where a task goes from a queue it leaves, the next event says."""

NOBODYS = frozenset({"reservation.failed"})
"""Events of reservations that name no worker."""

LAST = frozenset({"task.completed", "task.canceled", "task.deleted", "task.system-deleted"})
"""What is the end of a task."""
