"""What was seen of a contact at agents' desks → steps: when it rang, who did not take it, and when it was on hold."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.interaction import Act, How, Party, Step
from reconciler.sources.amazon_connect.contact import Contact, agent_end

SOON = 2000  # milliseconds: times are whole seconds, and hands are slow


def rang(contact: Contact) -> int:
    """When the call began to ring at the agent who took it; 0 where nobody saw it."""
    sights = contact.get("seen", ())
    until = contact["connected"] + SOON if contact["connected"] else 0
    return int(
        max((at for at, agent, what in sights if what == "ringing" and agent == contact["agent"] and at < until), default=0)
    )


def taken(contact: Contact) -> tuple[str, str]:
    """The leg of the agent who took it, and the name under which it was told while it rang."""
    return f"{contact['id']}/agent", _offer(contact, contact["agent"], rang(contact))


def _offer(contact: Contact, agent: str, at: int) -> str:
    return f"{contact['id']}/offer/{agent}/{at}"


def offers(contact: Contact, invited_by: str, how: How) -> Iterator[Step]:
    """Offers that nobody took, or not yet; those that are open when the contact ends, end with it in this way."""
    taken_at = rang(contact)
    rings: dict[str, int] = {}
    for at, agent, what in contact.get("seen", ()):
        if what == "ringing" and (agent, at) != (contact["agent"], taken_at):
            rings[agent] = at
            said = {"party": Party.AGENT, "agent": agent, "alerting": True, "invited_by": invited_by}
            yield Step(Act.OPEN, at, _offer(contact, agent, at), said)
        elif what == "missed" and agent in rings:
            yield Step(Act.CLOSE, at, _offer(contact, agent, rings.pop(agent)), {"how": How.SYSTEM})
    for agent, at in rings.items() if contact["end"] else ():
        yield Step(Act.CLOSE, max(at, contact["end"]), _offer(contact, agent, at), {"how": how})


def holds(contact: Contact) -> Iterator[Step]:
    """The holds as they were seen at the desk, else those of a record, spread evenly over the talk."""
    sights = contact.get("seen", ())
    if not contact["is_record"] or any(what == "connected" and agent == contact["agent"] for _, agent, what in sights):
        for at, agent, what in sights:
            if what in {"held", "resumed"} and agent == contact["agent"]:
                yield Step(Act.HOLD, at, f"{contact['id']}/agent", {"held": what == "held"})
        return
    begin, end = max(contact["connected"], contact["system"]), agent_end(contact)
    count, on_hold = contact["holds"], contact["hold_seconds"] * 1000
    if not (contact["is_record"] and contact["connected"] and count and 0 < on_hold < end - begin):
        return
    each, gap = on_hold // count, (end - begin - on_hold) // (count + 1)
    for number in range(count):
        start = begin + gap + number * (each + gap)
        yield Step(Act.HOLD, start, f"{contact['id']}/agent", {"held": True})
        yield Step(Act.HOLD, start + each, f"{contact['id']}/agent", {"held": False})
