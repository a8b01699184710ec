"""All contacts of an exchange of e-mails → every step that can be told of it, in order. Whether a step fits is for `script`.

A message of the customer is a leg of its own, `ID/customer`; transfers belong to the message they began with. A reply of the
agent who has the message open is written and sent on that leg; any other is a leg of its own that goes on from the former one.
Source of methods: InitiationMethod, contact records data model; that a reply is a contact of its own, AGENT_REPLY: inferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.model.interaction import Act, How, Party, Step
from reconciler.sources.amazon_connect.contact import Contact, agent_end
from reconciler.sources.amazon_connect.timeline import DISPOSES, ENDS, Told, after_work, filled, how, ordered, parent

_WRITES = frozenset({"AGENT_REPLY", "OUTBOUND"})
_MOVES = frozenset({"TRANSFER", "QUEUE_TRANSFER"})
_DROPPED = "DISCARDED"  # a draft that was never sent


class _Mail(NamedTuple):
    """A contact in its chain: the message it belongs to, and everything that came before."""

    contact: Contact
    message: Contact
    former: Contact | None
    before: Sequence[Contact]

    @property
    def sides(self) -> dict[str, Any]:
        """Who wrote to whom: the addresses of the contact, or of the message it belongs to."""
        customer = self.contact["customer"] or self.message["customer"]
        ours = self.contact["system_number"] or self.message["system_number"]
        ends = (ours, customer) if self.contact["method"] in _WRITES else (customer, ours)
        return {"from": ends[0], "to": ends[1], "subject": self.contact["subject"]}

    @property
    def last_customer(self) -> str:
        """The customer's newest leg before this contact; empty where there is none."""
        names = [_customer(one) for one in self.before if one["method"] not in _MOVES]
        return names[-1] if names else ""

    @property
    def last_agent(self) -> str:
        """The newest leg before this contact of the same agent."""
        names = [_agent(one) for one in self.before if one["agent"] and one["agent"] == self.contact["agent"]]
        return names[-1] if names else ""

    @property
    def open_leg(self) -> str:
        """The leg on which the agent has the message open while replying; empty where it is closed or somebody else's."""
        former = self.former
        is_same = former is not None and former["agent"] and former["agent"] == self.contact["agent"]
        if not former or not is_same or former["method"] in _WRITES:
            return ""
        return _agent(former) if not agent_end(former) or agent_end(former) >= self.contact["start"] else ""


def timeline(contacts: Sequence[Contact]) -> Iterator[Step]:
    """Every step of an exchange of e-mails, by time."""
    chain = ordered(contacts)
    among = {contact["id"]: contact for contact in chain}
    mails = []
    for number, contact in enumerate(chain):
        mails.append(_Mail(contact, _message(contact, among), parent(contact, among), chain[:number]))
    told = [Told(step.at, depth, step) for depth, mail in enumerate(mails) for step in _life(mail)]
    told += [Told(step.at, ENDS, step) for step in _ending(mails)]
    told += [Told(step.at, DISPOSES, step) for contact in chain for step in after_work(contact)]
    yield from (one.step for one in sorted(told, key=lambda one: (one.at, one.depth)))


def _message(contact: Contact, among: Mapping[str, Contact]) -> Contact:
    """The contact a transferred one began as."""
    seen = {contact["id"]}
    former = parent(contact, among)
    while contact["method"] in _MOVES and former is not None and former["id"] not in seen:
        contact = former
        seen.add(contact["id"])
        former = parent(contact, among)
    return contact


def _customer(contact: Contact) -> str:
    return f"{contact['id']}/customer"


def _agent(contact: Contact) -> str:
    return f"{contact['id']}/agent"


def _life(mail: _Mail) -> Iterator[Step]:
    contact = mail.contact
    if contact["method"] in _WRITES:
        yield from _replied(mail, mail.open_leg) if mail.open_leg else _written(mail)
        return
    if contact["method"] in _MOVES and mail.former is not None:
        yield from _moved(mail, mail.former)
    else:
        yield from _arrived(mail)
        yield from _queued(mail)
    yield from _taken(mail)


def _arrived(mail: _Mail) -> Iterator[Step]:
    contact, name, sides = mail.contact, _customer(mail.contact), mail.sides
    said = {"party": Party.CUSTOMER, "inbound": True, "with_message": True, "previous": mail.last_customer, **sides}
    yield Step(Act.OPEN, contact["start"], name, filled(said))
    said = {"party": Party.FLOW, "invited_by": name, **sides}
    yield Step(Act.OPEN, max(contact["start"], contact["system"]), f"{contact['id']}/flow", filled(said))
    if out := contact["enqueued"] or contact["connected"]:
        yield Step(Act.CLOSE, out, f"{contact['id']}/flow", {"how": How.TRANSFER})


def _has_queue(contact: Contact) -> bool:
    return bool(contact["enqueued"] and contact["queue"] and not contact["to_agent"])


def _queued(mail: _Mail) -> Iterator[Step]:
    contact = mail.contact
    if _has_queue(contact):
        said = {"party": Party.QUEUE, "queue": contact["queue"], "invited_by": _customer(mail.message), **mail.sides}
        yield Step(Act.OPEN, contact["enqueued"], f"{contact['id']}/queue", filled(said))


def _taken(mail: _Mail) -> Iterator[Step]:
    contact = mail.contact
    if not contact["connected"] or not contact["agent"]:
        return
    inviting = f"{contact['id']}/queue" if _has_queue(contact) else _customer(mail.message)
    yield Step(Act.OPEN, contact["connected"], _agent(contact), filled(_somebody(mail) | {"invited_by": inviting}))
    yield Step(Act.CLOSE, contact["connected"], f"{contact['id']}/queue", {"how": How.TRANSFER})


def _somebody(mail: _Mail) -> dict[str, Any]:
    work = {"after_work": True} if mail.contact["acw_start"] or mail.contact["code"] else {}
    return {"party": Party.AGENT, "agent": mail.contact["agent"], "previous": mail.last_agent, **work, **mail.sides}


def _moved(mail: _Mail, former: Contact) -> Iterator[Step]:
    """A transfer by the agent who had the message, or from queue to queue."""
    contact, name, asking = mail.contact, mail.contact["id"], _agent(former)
    target = "queue" if _has_queue(contact) else "agent"
    goal = contact["queue"] if _has_queue(contact) or contact["to_agent"] else contact["agent"]
    if former["agent"] and goal:
        said = {"command": name, "attended": False, "initiating": asking, "object": _customer(mail.message), target: goal}
        yield Step(Act.TRANSFER, contact["start"], asking, said)
    else:
        yield Step(Act.CLOSE, contact["start"], f"{former['id']}/queue", {"how": How.TRANSFER_QUEUE})
    yield from _queued(mail)
    reached = contact["enqueued"] if target == "queue" else contact["connected"]
    if not former["agent"] or not goal:
        return
    yield from _landing(mail, target, max(reached, contact["start"]) if reached else 0)
    left = max(reached, agent_end(former)) if reached else agent_end(former)
    if left:
        word = How.TRANSFER_QUEUE if target == "queue" else How.TRANSFER_AGENT
        yield Step(Act.CLOSE, max(left, contact["start"]), asking, {"how": word})
    if reached or contact["end"]:
        state = "completed" if reached else "failed"
        yield Step(Act.END, max(left, contact["start"]) if reached else contact["end"], said={"command": name, "state": state})


def _landing(mail: _Mail, target: str, reached: int) -> Iterator[Step]:
    if not reached:
        return
    if target == "agent":
        yield from _taken(mail)
    landed = f"{mail.contact['id']}/{target}"
    yield Step(Act.PROGRESS, reached, said={"command": mail.contact["id"], "destination": landed})


def _replied(mail: _Mail, leg: str) -> Iterator[Step]:
    """A reply on the leg of the agent who has the message open."""
    contact, former = mail.contact, mail.former
    yield Step(Act.WRITE, contact["start"], leg)
    if contact["end"] and contact["reason"] != _DROPPED:
        left = agent_end(former) if former else 0
        yield Step(Act.SENT, min(contact["end"], left or contact["end"]), leg)


def _written(mail: _Mail) -> Iterator[Step]:
    """An e-mail of an agent that answers nothing, or answers what is closed."""
    contact = mail.contact
    agent, customer = _agent(contact), _customer(contact)
    former = mail.last_customer
    opens = [
        Step(Act.OPEN, contact["start"], agent, filled(_somebody(mail) | {"inbound": False})),
        Step(
            Act.OPEN,
            contact["start"],
            customer,
            filled({"party": Party.CUSTOMER, "inbound": False, "previous": former, "invited_by": agent, **mail.sides}),
        ),
    ]
    if not contact["agent"]:
        return
    yield from reversed(opens) if former else opens
    yield Step(Act.WRITE, contact["start"], agent)
    if contact["end"]:
        if contact["reason"] != _DROPPED:
            yield Step(Act.SENT, contact["end"], agent)
        yield Step(Act.CLOSE, contact["end"], agent, {"how": How.SELF})
        yield Step(Act.CLOSE, contact["end"], customer, {"how": How.PEER})


def _ending(mails: Sequence[_Mail]) -> Iterator[Step]:
    """What ends with a contact, and the customer's leg with the last contact of its message."""
    for mail in mails:
        contact = mail.contact
        same = [one.contact for one in mails if one.message is mail.message]
        if not contact["end"] or contact["method"] in _WRITES:
            continue
        for sort in ("agent", "queue", "flow"):
            yield Step(Act.CLOSE, contact["end"], f"{contact['id']}/{sort}", {"how": how(contact, sort)})
        if all(one["end"] for one in same) and contact is max(same, key=lambda one: int(one["end"])):
            yield Step(Act.CLOSE, contact["end"], _customer(mail.message), {"how": how(contact, "customer")})
