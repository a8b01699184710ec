"""The legs of a call of Genesys Engage as its DNs come: who began it, and how each joins. Nothing is known here of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from reconciler.model.interaction import How, Party
from reconciler.model.life import CALLER
from reconciler.sources.genesys_engage.call import Call

Said: TypeAlias = Mapping[str, Any]
"""What `call_events` makes of a message; what it does not say is not in it."""

_MANY = 500


def get(said: Said, name: str) -> str:
    """A text of an event; empty where it says none."""
    value: str = said.get(name, "")
    return value


def is_main(call: Call, said: Said) -> bool:
    """Whether the event is of the call itself; what is not is a consultation within it, which is noted."""
    conn = said["conn"]
    if conn in call.known["conns"]:
        return True
    if conn in call.known["asks"]:
        return False
    if (said.get("asks") or said.get("type") == "consult") and call.live(Party.AGENT, Party.PHONE):
        asker = call.leg(said["dn"] if said["event"] == "EventDialing" else get(said, "other"))
        asker = asker if call.talks(asker) else next(iter(filter(call.talks, call.live(Party.AGENT))), "")
        if asker and len(call.known["asks"]) < _MANY:
            call.known["asks"][conn] = [asker, ""]
            return False
    call.merge(conn)
    return True


def begin(call: Call, said: Said) -> bool:
    """Whether the call has legs. An outgoing one begins with its agent, so that nothing can be told before one is there."""
    if call.known["legs"]:
        return True
    if said.get("type") == "outbound":
        return False
    other = get(said, "other")
    if said.get("other_agent") and said.get("type") != "inbound":
        return bool(call.come(other, said["conn"], Party.AGENT, agent=said["other_agent"], number=other))
    ani = get(said, "ani") or other
    is_ours = bool(said.get("is_other_ours"))  # a phone in the house where nobody is logged in
    dnis = get(said, "dnis")
    return bool(call.come(other if is_ours else "", said["conn"], Party.CUSTOMER, is_watched=is_ours, ani=ani, dnis=dnis))


def outgoing(call: Call, said: Said, *, is_answered: bool) -> str:
    """Agent and customer of a call that goes out. One that the platform dialled itself has been answered already."""
    dn, conn, queue = said["dn"], said["conn"], get(said, "queue")
    rings = is_answered and said["event"] == "EventRinging"
    said_of = {"inbound": False, "queue": queue, "number": dn, "alerting": rings}
    leg = call.come(dn, conn, Party.AGENT, agent=said["agent"], **said_of)
    dialled = get(said, "other") or get(said, "dnis")
    said_of = {"inbound": False, "alerting": not is_answered, "invited_by": leg, "dnis": dialled}
    call.come("", conn, Party.CUSTOMER, is_watched=False, **said_of)
    return leg


def party(call: Call, said: Said, *, rings: bool) -> str:
    """The leg of the DN; a new one where it has none. Empty where none can come."""
    dn, conn, agent = said["dn"], said["conn"], get(said, "agent")
    if call.lives(call.leg(dn)):
        return call.leg(dn)
    is_it = is_main(call, said)
    if not call.known["legs"] and said.get("type") == "outbound":
        return outgoing(call, said, is_answered=True) if agent else ""
    if not begin(call, said):
        return ""
    asks, is_ours = call.asks(conn), CALLER not in call.known["legs"]
    inviting = asks[0] if asks and not is_it else _inviting(call, said)
    who: dict[str, Any] = {"agent": agent} if agent else {}
    inbound = True if is_ours and agent else None
    leg = call.come(
        dn, conn, Party.AGENT if agent else Party.PHONE, number=dn, inbound=inbound, alerting=rings, invited_by=inviting, **who
    )
    if asks and not is_it:
        asks[1] = leg
    elif leg:
        land(call, leg)
    return leg


def _inviting(call: Call, said: Said) -> str:
    """The leg a new one came from: its queue, the newest queue, or who is there."""
    queue = call.leg(get(said, "queue"))
    return queue or next(iter(reversed(call.live(Party.QUEUE))), "") or next(iter(call.live()), "")


def outside(call: Call, said: Said, *, rings: bool, invited_by: str) -> str:
    """A leg for somebody outside, of whose DN nothing is told."""
    other = get(said, "other")
    return call.come(
        other, said["conn"], Party.PHONE, is_watched=False, number=other, alerting=rings, invited_by=invited_by, inbound=False
    )


def land(call: Call, leg: str) -> None:
    """A transfer that is under way has come to a leg, or has gone elsewhere."""
    move = call.move()
    if move and not call.land(move, leg):
        call.settle(move)


def rest(call: Call, how: How) -> None:
    """Everything that is left ends, agents last."""
    agents = call.live(Party.AGENT)
    for name in [*(one for one in call.live() if one not in agents), *agents]:
        call.close(name, how)
