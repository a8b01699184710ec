"""All contacts of a conversation → every step that can be told of it, in order. Whether a step fits is for `script`.

A contact's legs are named by its id: `ID/queue`, `ID/agent`, `ID/flow`, `ID/phone`; the customer has one leg for all contacts.
Ringing, offers nobody took (`ID/offer/AGENT/TIME`) and when somebody was on hold are known where agents' desks were seen. Else
they are not told, but for holds: as many and as long in all as the record says, spread evenly over the talk, because their sums
are what is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.model.interaction import Act, How, Party, Step
from reconciler.sources.amazon_connect.contact import Contact, agent_end
from reconciler.sources.amazon_connect.script import Script
from reconciler.sources.amazon_connect.sights import SOON, holds, offers, rang

CUSTOMER = "customer"
_OWN = frozenset({"OUTBOUND", "CALLBACK", "API"})  # calls to the customer
_ARRIVE = frozenset({"INBOUND", "WEBRTC_API"})  # calls of the customer
ENDS = 1_000_000  # depth of what ends the conversation: behind everything else of its time
DISPOSES = 2_000_000

_REASONS: Mapping[str, Mapping[str, How]] = {
    "CUSTOMER_DISCONNECT": {CUSTOMER: How.SELF, "": How.PEER},
    "AGENT_DISCONNECT": {"agent": How.SELF, "": How.PEER},
    "AGENT_COMPLETED": {"agent": How.SELF, "": How.PEER},
    "THIRD_PARTY_DISCONNECT": {"phone": How.SELF, "": How.PEER},
    "TELECOM_PROBLEM": {"": How.ERROR},
}
"""Disconnect reason → how each leg ended; all others are the system's. Source: DisconnectReason, contact records data model."""


class Told(NamedTuple):
    """A step with its place among those of the same time: how deep its contact lies in the chain, and which came first."""

    at: int
    depth: int
    step: Step


def ordered(contacts: Sequence[Contact]) -> list[Contact]:
    """Contacts as they follow each other: by time, former ones before those that name them."""
    left, found = sorted(contacts, key=lambda contact: (contact["start"], contact["id"])), []
    known: set[str] = set()
    while left:
        ids = {contact["id"] for contact in left}
        ready = next((one for one in left if one["previous"] not in ids - {one["id"]}), left[0])
        left.remove(ready)
        found.append(ready)
        known.add(ready["id"])
    return found


def parent(contact: Contact, among: Mapping[str, Contact]) -> Contact | None:
    """The contact it came from; None for the first."""
    for name in ("previous", "initial", "related"):
        if contact[name] != contact["id"] and contact[name] in among:
            return among[contact[name]]
    return None


def legs(contact: Contact) -> Iterator[tuple[str, str]]:
    """(leg, sort) of all that it may have, the customer first."""
    yield CUSTOMER, CUSTOMER
    for sort in ("flow", "queue", "agent", "phone"):
        yield f"{contact['id']}/{sort}", sort


def how(contact: Contact, sort: str) -> How:
    """How one of its legs ended, when it ended with the contact."""
    reasons = _REASONS.get(contact["reason"], {"": How.SYSTEM})
    return reasons.get(sort, reasons[""])


def timeline(contacts: Sequence[Contact], script: Script) -> Iterator[Step]:
    """Every step of a call, by time. `script` says which transfers were told before, so that they go on as they began."""
    chain = ordered(contacts)
    among = {contact["id"]: contact for contact in chain}
    told: list[Told] = []
    for depth, contact in enumerate(chain):
        former = parent(contact, among)
        told += _life(_Part(contact, depth, former, begun=script.began(contact["id"])))
    told += _ending(chain, among)
    told += [Told(one.at, DISPOSES, one) for contact in chain for one in after_work(contact)]
    yield from (one.step for one in sorted(told, key=lambda one: (one.at, one.depth)))


class _Part(NamedTuple):
    """A contact in its chain. `begun`: its transfer was told already."""

    contact: Contact
    depth: int
    former: Contact | None
    begun: bool

    @property
    def is_own(self) -> bool:
        return self.former is None and self.contact["method"] in _OWN

    @property
    def is_back(self) -> bool:
        """Whether the agent who asked for it outlived it: then it was a consultation."""
        former, contact = self.former, self.contact
        return bool(former and former["agent"] and contact["end"] and agent_end(former) and agent_end(former) >= contact["end"])

    @property
    def is_outside(self) -> bool:
        """Whether it is somebody outside whom an agent called in."""
        return self.former is not None and self.contact["method"] == "EXTERNAL_OUTBOUND"

    @property
    def has_queue(self) -> bool:
        """Whether it waited in a queue; that of an agent is none."""
        contact = self.contact
        return bool(contact["enqueued"] and contact["queue"] and not contact["to_agent"])

    @property
    def reached(self) -> int:
        """When somebody answered it; 0 where nobody did."""
        contact = self.contact
        return int(contact["system"] if self.is_outside else contact["connected"] if contact["agent"] else 0)

    @property
    def who(self) -> str:
        """The leg of whoever answers it."""
        return self.leg("phone" if self.is_outside else "agent")

    def leg(self, sort: str) -> str:
        return f"{self.contact['id']}/{sort}"


def _life(part: _Part) -> Iterator[Told]:
    """A contact's own steps, but for those that end the conversation."""
    steps = _calling(part) if part.is_own else _coming(part)
    for step in (*steps, *_offers(part), *holds(part.contact), *_recorded(part.contact), *_outside(part)):
        yield Told(step.at, part.depth, step)


# ── calls to the customer ────────────────────────────────────────────────────────────────────────────────────────────


def _calling(part: _Part) -> Iterator[Step]:
    """The agent first, then the customer; without an agent nobody can be told to have called."""
    contact, agent = part.contact, part.leg("agent")
    if not contact["agent"]:
        return
    start = contact["start"] if contact["method"] == "OUTBOUND" else max(contact["connected"], contact["start"])
    answered = contact["system"] if contact["method"] == "OUTBOUND" else max(contact["system"], start)
    if start < contact["start"] or not start:
        return
    said = _agent(contact) | {"inbound": False, "queue": contact["queue"]}
    yield Step(Act.OPEN, start, agent, filled(said))
    alerting = not 0 < contact["system"] <= start
    numbers = {"ani": contact["system_number"], "dnis": contact["customer"]}
    said = {"party": Party.CUSTOMER, "inbound": False, "alerting": alerting, "invited_by": agent, **numbers}
    yield Step(Act.OPEN, start, CUSTOMER, filled(said))
    if alerting and contact["system"]:
        yield Step(Act.ANSWER, answered, CUSTOMER)


# ── calls of the customer, and what became of them ───────────────────────────────────────────────────────────────────


def _coming(part: _Part) -> Iterator[Step]:
    contact, former = part.contact, part.former
    if former is None:
        yield from _arriving(part)
    elif former["agent"] and contact["method"] in {"TRANSFER", "EXTERNAL_OUTBOUND"}:
        yield from _transfer(part, former)
        return
    elif contact["method"] == "QUEUE_TRANSFER":
        yield Step(Act.CLOSE, contact["start"], f"{former['id']}/queue", {"how": How.TRANSFER_QUEUE})
    elif contact["method"] == "DISCONNECT":
        yield _flow(part, contact["start"])
    yield from _queued(part, CUSTOMER)
    yield from _connected(part, part.leg("queue") if part.has_queue else CUSTOMER)


def _arriving(part: _Part) -> Iterator[Step]:
    contact = part.contact
    numbers = {"ani": contact["customer"], "dnis": contact["system_number"]}
    recording = {"recording": True} if contact["recordings"] else {}
    yield Step(Act.OPEN, contact["start"], CUSTOMER, filled({"party": Party.CUSTOMER, **numbers, **recording}))
    if contact["method"] in _ARRIVE and not contact.get("is_guess"):
        yield _flow(part, max(contact["start"], contact["system"]))


def _flow(part: _Part, at: int) -> Step:
    return Step(Act.OPEN, at, part.leg("flow"), {"party": Party.FLOW, "invited_by": CUSTOMER})


def _queued(part: _Part, invited_by: str) -> Iterator[Step]:
    """Out of the flow and into the queue; the queue of an agent is no queue."""
    contact = part.contact
    if not contact["enqueued"] and not contact["connected"]:
        return
    at = contact["enqueued"] or contact["connected"]
    yield from (
        ()
        if contact["method"] not in {"INBOUND", "DISCONNECT"}
        else (Step(Act.CLOSE, at, part.leg("flow"), {"how": How.TRANSFER}),)
    )
    if part.has_queue:
        said = {"party": Party.QUEUE, "queue": contact["queue"], "invited_by": invited_by}
        yield Step(Act.OPEN, at, part.leg("queue"), said)


def _connected(part: _Part, invited_by: str) -> Iterator[Step]:
    """Whoever answered, and the end of the queue."""
    contact, at = part.contact, part.reached
    if part.is_outside:
        said = {"party": Party.PHONE, "number": contact["customer"], "inbound": False, "invited_by": invited_by}
        yield Step(Act.OPEN, contact["start"], part.who, said | {"alerting": at > contact["start"] or not at})
        yield from (Step(Act.ANSWER, at, part.who),) if at > contact["start"] else ()
    elif at:
        ring = rang(contact)
        said = _agent(contact) | {"invited_by": invited_by} | ({"alerting": True} if ring else {})
        yield Step(Act.OPEN, min(ring or at, at), part.who, filled(said))
        yield from (Step(Act.ANSWER, max(ring, at), part.who),) if ring else ()
    if at and part.has_queue:
        yield Step(Act.CLOSE, at, part.leg("queue"), {"how": How.TRANSFER})


def _offers(part: _Part) -> Iterator[Step]:
    """None of a call to the customer: nobody comes before the agent who made it."""
    if not part.is_own:
        yield from offers(part.contact, part.leg("queue") if part.has_queue else CUSTOMER, how(part.contact, "offer"))


def _agent(contact: Contact) -> dict[str, Any]:
    after_work = {"after_work": True} if contact["acw_start"] or contact["code"] else {}
    recording = {"recording": True} if contact["recordings"] else {}
    return {"party": Party.AGENT, "agent": contact["agent"], **after_work, **recording}


def filled(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, without empty texts."""
    return {name: value for name, value in said.items() if value != ""}


# ── transfers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _transfer(part: _Part, former: Contact) -> Iterator[Step]:
    """What an agent of the former contact began by calling a queue, an agent or somebody outside."""
    if part.is_back and part.reached and not part.begun:
        yield from _consultation(part, former)
        return
    contact, name, asking = part.contact, part.contact["id"], f"{former['id']}/agent"
    target, goal = _goal(part)
    if not target:
        return
    left, landed = agent_end(former), part.leg("queue") if target == "queue" else part.who
    attended = not left or part.is_back or (part.reached > 0 and left > part.reached + SOON)
    said = {"command": name, "attended": attended, "initiating": asking, "object": CUSTOMER, target: goal}
    yield Step(Act.TRANSFER, contact["start"], asking, said)
    yield from _queued(part, asking)
    progress = Step(Act.PROGRESS, contact["enqueued"], said={"command": name, "destination": landed})
    yield from (progress,) if target == "queue" else ()
    yield from _connected(part, landed if target == "queue" else asking)
    yield from (progress._replace(at=part.reached),) if target != "queue" and part.reached else ()
    yield from _landed(part, former, target)


def _goal(part: _Part) -> tuple[str, str]:
    """Sort and name of what a transfer goes to; empty where the record does not say."""
    contact = part.contact
    if part.is_outside:
        return ("number", contact["customer"]) if contact["customer"] else ("", "")
    if part.has_queue:
        return "queue", contact["queue"]
    agent = contact["agent"] or (contact["queue"] if contact["to_agent"] else "")
    return ("agent", agent) if agent else ("", "")


def _landed(part: _Part, former: Contact, target: str) -> Iterator[Step]:
    """How the transfer ended: the asking agent left, or took the call back, or nobody came."""
    contact, left = part.contact, agent_end(former)
    came = target == "queue" or bool(part.reached)
    if part.is_back:
        yield _over(contact, contact["end"], "canceled" if came else "failed")
        yield from _closes(part)
    elif left:
        left = max(left, contact["start"])
        yield Step(Act.CLOSE, left, f"{former['id']}/agent", {"how": _MOVES[target]})
        if came or contact["end"]:
            at = max(left, 0 if target == "queue" else part.reached) if came else contact["end"]
            yield _over(contact, at, "completed" if came else "failed")


_MOVES = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT, "number": How.TRANSFER}


def _over(contact: Contact, at: int, state: str) -> Step:
    return Step(Act.END, at, said={"command": contact["id"], "state": state})


def _consultation(part: _Part, former: Contact) -> Iterator[Step]:
    asking, asked = f"{former['id']}/agent", part.who
    said = {"initiating": asking, "destination": asked, "object": CUSTOMER}
    yield from _queued(part, asking)
    yield from _connected(part, asking)
    yield Step(Act.CONSULT, part.reached, asking, said)
    yield Step(Act.CONSULTING, part.reached, asking, said)
    yield Step(Act.CONSULTED, part.contact["end"], said={"destination": asked})
    yield from _closes(part)


def _closes(part: _Part) -> Iterator[Step]:
    """The ends of a contact that the conversation survives."""
    for leg in (part.who, part.leg("queue")):
        yield Step(Act.CLOSE, part.contact["end"], leg, {"how": How.PEER})


def _outside(part: _Part) -> Iterator[Step]:
    """A transfer to somebody outside, which makes no contact of its own."""
    contact = part.contact
    at, number = contact["transferred_at"], contact["number"]
    if not at or not number:
        return
    begins = part.leg("agent") if contact["connected"] and contact["agent"] else part.leg("flow")
    phone, name, left = part.leg("phone"), f"{contact['id']}/outside", max(agent_end(contact), at)
    attended = left > at + SOON
    said = {"command": name, "attended": attended, "initiating": begins, "object": CUSTOMER, "number": number}
    yield Step(Act.TRANSFER, at, begins, said)
    yield Step(Act.OPEN, at, phone, {"party": Party.PHONE, "number": number, "inbound": False, "invited_by": begins})
    yield Step(Act.PROGRESS, at, said={"command": name, "destination": phone})
    if contact["end"] or begins.endswith("/flow"):
        over = left if begins.endswith("/agent") else at
        yield Step(Act.CLOSE, over, begins, {"how": How.TRANSFER})
        yield Step(Act.END, over, said={"command": name, "state": "completed"})


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ending(chain: Sequence[Contact], among: Mapping[str, Contact]) -> Iterator[Told]:
    """What ends with a contact that nobody took over, and with the last one."""
    last = _last(chain)
    for contact in chain:
        if not contact["end"]:
            continue
        follows = any(parent(one, among) is contact for one in chain)
        for leg, sort in sorted(legs(contact), key=lambda one: how(contact, one[1]) is not How.SELF):
            if sort == CUSTOMER and contact is not last:
                continue
            at = contact["end"]
            word = How.TRANSFER if follows and sort in {"flow", "queue"} and contact is not last else how(contact, sort)
            yield Told(at, ENDS, Step(Act.CLOSE, at, leg, {"how": word}))


def _last(chain: Sequence[Contact]) -> Contact | None:
    """The contact with which the customer left; None while that cannot be said."""
    gone = [contact for contact in chain if contact["reason"] == "CUSTOMER_DISCONNECT" and contact["end"]]
    if gone:
        return min(gone, key=lambda contact: contact["end"])
    if not chain or not all(contact["end"] for contact in chain):
        return None
    return max(chain, key=lambda contact: contact["end"])


def after_work(contact: Contact) -> Iterator[Step]:
    """The disposition, told of a record only: events come before anybody knows it."""
    if contact["is_record"] and contact["end"] and contact["agent"] and (contact["acw_start"] or contact["code"]):
        left = agent_end(contact) if contact["transferred_at"] else contact["end"]
        at = max(contact["acw_end"], contact["acw_start"], left)
        yield Step(Act.DISPOSE, at, f"{contact['id']}/agent", filled({"code": contact["code"]}))


def _recorded(contact: Contact) -> Iterator[Step]:
    for one in contact["recordings"]:
        start, stop = one["start"] or contact["connected"] or contact["start"], one["stop"] or contact["end"]
        yield Step(Act.RECORDED, start, f"{contact['id']}/agent", {"file": one["file"], "start": start, "stop": stop})
