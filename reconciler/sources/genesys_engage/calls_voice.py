"""Events of T-Library as steps of a call: what each makes of the legs at its DN. Nothing acts here.

Source: Genesys Events and Models reference, call models and the T-Library events; what they mean for legs is ours:

* Every DN that is told of is a leg: an agent where somebody is logged in, else a phone. The customer has no DN of its own; it
  comes with the first event of a call from outside, and goes when the last DN that is told of has gone. What two parties outside
  go on to say to each other is not seen, so the conversation ends there.
* EventQueued is a queue, or the flow where the DN asks a strategy for a route. A DN not heard of before is decided by the next
  event of the call.
* A consultation is a call of its own, with the first one's id as PreviousConnID, TransferConnID or ConferenceConnID; both are one
  conversation. A transfer of one step names its goal as ThirdPartyDN; a route point is none that can be told, so there the leg
  only ends.
* Data that lie behind something younger of the same DN are a repetition, as a pair of servers makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import How, Party, Told
from reconciler.model.life import CALLER
from reconciler.sources.genesys_engage.call import MOVED, Call

Said: TypeAlias = Mapping[str, Any]

_MANY = 500
_LOST = frozenset({"busy", "noanswer", "alltrunksbusy", "redirected", "forwarded", "overflowed", "droppednoanswer", "pickedup"})
_ENDS = frozenset(
    {"EventReleased", "EventAbandoned", "EventDiverted", "EventPartyDeleted", "EventPartyChanged", "EventRouteUsed", "MOVED"}
)


def tell(memory: Memory | None, event: Event) -> Told:
    """What one event makes of its call."""
    call, said = Call(memory, event.at), event.data
    dn, name = said.get("dn", ""), said["event"]
    if call.known["told"].get(dn, event.at) > event.at:
        return Told(call.known, over=call.is_over)
    if dn and (dn in call.known["told"] or len(call.known["told"]) < _MANY):
        call.known["told"][dn] = event.at
    if not call.is_over:
        _decide(call, event)
        ACTS[name](call, said)
    elif name not in _ENDS and name not in _DATA:
        call.odd.append(f"{name} after the end of the call")
    call.code(call.leg(dn), said.get("code", ""))
    call.dispose()
    return Told(call.known, tuple(call.steps), over=call.is_over, odd="; ".join(call.odd))


def _get(said: Said, name: str) -> str:
    value: str = said.get(name, "")
    return value


def _is_main(call: Call, said: Said) -> bool:
    """Whether the event is of the call itself; what is not is a consultation within it, which is noted."""
    conn = said["conn"]
    if conn in call.known["conns"]:
        return True
    if conn in call.known["asks"]:
        return False
    if (said.get("asks") or said.get("type") == "consult") and call.live(Party.AGENT, Party.PHONE):
        asker = call.leg(said["dn"] if said["event"] == "EventDialing" else _get(said, "other"))
        asker = asker if call.talks(asker) else next(iter(filter(call.talks, call.live(Party.AGENT))), "")
        if asker and len(call.known["asks"]) < _MANY:
            call.known["asks"][conn] = [asker, ""]
            return False
    call.merge(conn)
    return True


def _begin(call: Call, said: Said) -> bool:
    """Whether the call has legs. An outgoing one begins with its agent, so that nothing can be told before one is there."""
    if call.known["legs"]:
        return True
    if said.get("type") == "outbound":
        return False
    other = _get(said, "other")
    if said.get("other_agent") and said.get("type") != "inbound":
        return bool(call.come(other, said["conn"], Party.AGENT, agent=said["other_agent"], number=other))
    ani = _get(said, "ani") or other
    is_ours = bool(said.get("is_other_ours"))  # a phone in the house where nobody is logged in
    dnis = _get(said, "dnis")
    return bool(call.come(other if is_ours else "", said["conn"], Party.CUSTOMER, is_watched=is_ours, ani=ani, dnis=dnis))


# ── queues and route points ──────────────────────────────────────────────────────────────────────────────────────────


def _queued(call: Call, said: Said) -> None:
    is_main = _is_main(call, said)
    if not _begin(call, said) or call.lives(call.leg(said["dn"])):
        return
    if not said.get("sort"):
        call.known["undecided"] = [call.known["told"].get(said["dn"], 0), dict(said)]
    elif said["sort"] == "queue":
        _enter(call, said)
    elif is_main:
        _flow(call, said)


def _decide(call: Call, event: Event) -> None:
    """Whether a DN that was not known is a queue, by what comes next."""
    before = call.known.pop("undecided", None)
    if before is None:
        return
    at, said = before
    name, is_same = event.data["event"], event.data.get("dn", "") == said["dn"]
    if is_same and name == "EventQueued":
        call.known["undecided"] = before
        return
    call.at(at)
    (_flow if is_same and name in _POINTS else _enter)(call, said)
    call.at(event.at)


def _enter(call: Call, said: Said) -> None:
    asks = call.asks(said["conn"])
    flows = [] if asks else call.live(Party.FLOW)
    inviting = asks[0] if asks else next(iter([*flows, *call.live()]), "")
    leg = call.come(said["dn"], said["conn"], Party.QUEUE, queue=said["dn"], invited_by=inviting)
    for flow in flows:
        call.close(flow, How.TRANSFER)
    if not asks and leg:
        _land(call, leg)


def _flow(call: Call, said: Said) -> None:
    inviting = next(iter(call.live()), "")
    call.come(said["dn"], said["conn"], Party.FLOW, name=said["dn"], invited_by=inviting)


def _land(call: Call, leg: str) -> None:
    """A transfer that is under way has come to a leg, or has gone elsewhere."""
    move = call.move()
    if move and not call.land(move, leg):
        call.settle(move)


def _asked(call: Call, said: Said) -> None:
    """A strategy is asked for a route: what stood there as a queue is none, but that was told."""
    if not call.lives(call.leg(said["dn"])) and _is_main(call, said) and _begin(call, said):
        _flow(call, said)


def _diverted(call: Call, said: Said) -> None:
    leg = call.leg(said["dn"])
    if call.party(leg) == Party.AGENT:
        if not call.talks(leg):
            call.close(leg, How.SYSTEM)
        return
    call.close(leg, How.TRANSFER)


def _abandoned(call: Call, said: Said) -> None:
    """Whoever called gave up, in a queue or while it rang."""
    leg = call.leg(said["dn"])
    is_main = _is_main(call, said)
    others = [name for name in call.live(Party.AGENT, Party.PHONE) if name != leg and call.talks(name)]
    if not is_main or others or not call.lives(CALLER):
        call.close(leg, How.PEER)
        return
    call.close(CALLER, How.SELF)
    _rest(call, How.PEER)


def _rest(call: Call, how: How) -> None:
    """Everything that is left ends, agents last."""
    agents = call.live(Party.AGENT)
    for name in [*(one for one in call.live() if one not in agents), *agents]:
        call.close(name, how)


# ── ringing and talking ──────────────────────────────────────────────────────────────────────────────────────────────


def _dialing(call: Call, said: Said) -> None:
    """Somebody calls: the first leg of a call that goes out, or of one within the house."""
    if not _is_main(call, said) or call.known["legs"]:
        return
    if not said.get("agent"):
        if said.get("type") == "outbound":
            call.odd.append(f"an outgoing call from {said['dn']}, where nobody is logged in")
        return
    _outgoing(call, said, is_answered=False) if said.get("type") == "outbound" else _caller(call, said)


def _caller(call: Call, said: Said) -> None:
    call.come(said["dn"], said["conn"], Party.AGENT, agent=said["agent"], number=said["dn"])


def _outgoing(call: Call, said: Said, *, is_answered: bool) -> str:
    """Agent and customer of a call that goes out. One that the platform dialled itself has been answered already."""
    dn, conn, queue = said["dn"], said["conn"], _get(said, "queue")
    rings = is_answered and said["event"] == "EventRinging"
    said_of = {"inbound": False, "queue": queue, "number": dn, "alerting": rings}
    leg = call.come(dn, conn, Party.AGENT, agent=said["agent"], **said_of)
    dialled = _get(said, "other") or _get(said, "dnis")
    said_of = {"inbound": False, "alerting": not is_answered, "invited_by": leg, "dnis": dialled}
    call.come("", conn, Party.CUSTOMER, is_watched=False, **said_of)
    return leg


def _ringing(call: Call, said: Said) -> None:
    _party(call, said, rings=True)


def _party(call: Call, said: Said, *, rings: bool) -> str:
    """The leg of the DN; a new one where it has none. Empty where none can come."""
    dn, conn, agent = said["dn"], said["conn"], _get(said, "agent")
    if call.lives(call.leg(dn)):
        return call.leg(dn)
    is_main = _is_main(call, said)
    if not call.known["legs"] and said.get("type") == "outbound":
        return _outgoing(call, said, is_answered=True) if agent else ""
    if not _begin(call, said):
        return ""
    asks, is_ours = call.asks(conn), CALLER not in call.known["legs"]
    inviting = asks[0] if asks and not is_main else _inviting(call, said)
    who: dict[str, Any] = {"agent": agent} if agent else {}
    inbound = True if is_ours and agent else None
    leg = call.come(
        dn, conn, Party.AGENT if agent else Party.PHONE, number=dn, inbound=inbound, alerting=rings, invited_by=inviting, **who
    )
    if asks and not is_main:
        asks[1] = leg
    elif leg:
        _land(call, leg)
    return leg


def _inviting(call: Call, said: Said) -> str:
    """The leg a new one came from: its queue, the newest queue, or who is there."""
    queue = call.leg(_get(said, "queue"))
    return queue or next(iter(reversed(call.live(Party.QUEUE))), "") or next(iter(call.live()), "")


def _reached(call: Call, said: Said) -> None:
    """The network rings somebody outside, whom an agent consults."""
    asks = None if _is_main(call, said) else call.asks(said["conn"])
    if asks and not asks[1] and said.get("other") and not said.get("is_other_ours"):
        asks[1] = _outside(call, said, rings=True, invited_by=asks[0])


def _outside(call: Call, said: Said, *, rings: bool, invited_by: str) -> str:
    other = _get(said, "other")
    return call.come(
        other, said["conn"], Party.PHONE, is_watched=False, number=other, alerting=rings, invited_by=invited_by, inbound=False
    )


def _established(call: Call, said: Said) -> None:
    leg = _party(call, said, rings=False)
    if not leg:
        call.odd.append("EventEstablished of a call whose beginning is missing") if not call.known["legs"] else None
        return
    asks = None if _is_main(call, said) else call.asks(said["conn"])
    if asks:
        _consulted(call, said, leg, asks)
        return
    if call.answer(leg) or call.state(leg) != "alerting":
        _other(call, said, leg)
    if call.party(leg) == Party.AGENT:
        for queue in [one for one in call.live(Party.QUEUE) if call.known["of"].get(one) in call.known["conns"]]:
            call.close(queue, How.TRANSFER)


def _other(call: Call, said: Said, leg: str) -> None:
    """Who dialled learns that the other end has answered; one that is not told of is there from now on."""
    other = _get(said, "other")
    if call.lives(CALLER) and not call.talks(CALLER):
        call.answer(CALLER)
    elif call.lives(call.leg(other)) and call.leg(other) not in call.known["watched"]:
        call.answer(call.leg(other))
    elif len(call.live()) == 1 and other and not said.get("other_agent") and not said.get("is_other_ours"):
        _outside(call, said, rings=False, invited_by=leg)


def _consulted(call: Call, said: Said, leg: str, asks: list[str]) -> None:
    """A consultation is answered: told by the one who asks, by the one who is asked, or by both."""
    if leg != asks[0]:
        asks[1] = leg
        call.answer(leg)
    elif not call.lives(asks[1]) and said.get("other") and not said.get("is_other_ours"):
        asks[1] = _outside(call, said, rings=False, invited_by=leg)
    elif asks[1] and asks[1] not in call.known["watched"]:
        call.answer(asks[1])
    for queue in [one for one in call.live(Party.QUEUE) if call.known["of"].get(one) == said["conn"]]:
        call.close(queue, How.TRANSFER)
    call.ask(said["conn"])


def _hold(call: Call, said: Said) -> None:
    """Of the call itself only: who goes from one call to the other holds the one while in the other."""
    if said["conn"] in call.known["conns"]:
        call.hold(call.leg(said["dn"]), held=said["event"] == "EventHeld")


def _mute(call: Call, said: Said) -> None:
    call.mute(call.leg(said["dn"]), muted=said["event"] == "EventMuteOn")


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _released(call: Call, said: Said) -> None:
    leg, state = call.leg(said["dn"]), _get(said, "state")
    if not _is_main(call, said):
        _parted(call, said, leg, state)
    elif call.lives(leg) and state == "transferred":
        _left(call, said, leg)
    elif call.lives(leg) and state != "conferenced":
        _hung_up(call, leg, state)


def _parted(call: Call, said: Said, leg: str, state: str) -> None:
    """A consultation ends, and the call goes on; what becomes of one that was completed is told by the call itself."""
    asks = call.asks(said["conn"])
    if asks is None or state in {"transferred", "conferenced"}:
        return
    asker, asked = asks
    if leg == asker:
        call.close(asked, How.PEER if call.talks(asked) else How.SYSTEM)
        for queue in [one for one in call.live(Party.QUEUE) if call.known["of"].get(one) == said["conn"]]:
            call.close(queue, How.PEER)
    elif leg == asked:
        call.close(leg, How.PEER if state == "remoterelease" else How.SELF if call.talks(leg) or state == "ok" else How.SYSTEM)
    if not call.lives(asked):
        call.unask()


def _left(call: Call, said: Said, leg: str) -> None:
    """An agent has handed the call over."""
    conn = next((one for one, asks in call.known["asks"].items() if asks[0] == leg), "")
    if conn and call.lives(call.known["asks"][conn][1]):
        call.complete(conn)
    else:
        _blind(call, said, leg)
    if call.live(Party.PHONE) and not call.watched():
        _rest(call, How.SYSTEM)


def _blind(call: Call, said: Said, leg: str) -> None:
    third, about = _get(said, "third"), call.about(leg)
    if said.get("third_agent"):
        goal = {"agent": said["third_agent"]}
    elif said.get("third_sort") == "queue":
        goal = {"queue": third}
    else:
        goal = {"number": third} if third and said.get("third_sort") != "point" else {}
    move = call.transfer(leg, about, **goal) if goal and about and call.talks(leg) else ""
    there = call.leg(third)
    if move and call.lives(there):
        call.land(move, there)
    elif move and "number" in goal and not said.get("is_third_ours"):
        there = call.come(third, said["conn"], Party.PHONE, is_watched=False, number=third, invited_by=leg, inbound=False)
        call.land(move, there)
    call.close(leg, MOVED[next(iter(goal))] if move else How.TRANSFER)
    if move and call.lives(there) and call.talks(there):
        call.settle(move)


def _hung_up(call: Call, leg: str, state: str) -> None:
    """Who leaves, and whoever is left with nobody that is told of."""
    is_rung, others = not call.talks(leg), [one for one in call.watched() if one != leg]
    rest = [one for one in call.live() if one != leg]
    if is_rung:
        call.close(leg, How.SELF if state in {"", "ok"} else How.PEER if state == "remoterelease" else How.SYSTEM)
        if state != "remoterelease":
            return
    elif state == "remoterelease":
        left = [] if others else rest
        for name in left:
            call.close(name, How.SELF if call.talks(name) else How.SYSTEM)
        call.close(leg, How.PEER)
    else:
        call.close(leg, How.SELF)
        for name in [] if others else rest:
            call.close(name, How.SYSTEM if not call.talks(name) and state in _LOST else How.PEER)
    if not call.watched():
        _rest(call, How.PEER)


# ── calls that become one ────────────────────────────────────────────────────────────────────────────────────────────


def _changed(call: Call, said: Said) -> None:
    """Who was asked is now in the call itself, because the asking agent has left or has made a conference of it."""
    former, conn = _get(said, "former"), said["conn"]
    asks = call.asks(former)
    if asks and former != conn:
        if said.get("state") == "conferenced":
            _conference(call, former)
        elif call.lives(asks[1]):
            call.complete(former)
        return
    if not _is_main(call, said) or call.lives(call.leg(said["dn"])) or not call.known["legs"] or not former:
        return
    leg = _party(call, said, rings=False)  # a call of its own until now
    if leg and said.get("third") and said.get("state") != "conferenced":
        call.close(call.leg(said["third"]), How.TRANSFER)


def _conference(call: Call, conn: str) -> None:
    asker, _ = call.known["asks"].pop(conn)
    call.merge(conn)
    call.unask()
    call.hold(asker, held=False)


def _added(call: Call, said: Said) -> None:
    """Somebody has joined: who was asked, or one that is not told of."""
    other, leg = _get(said, "other"), call.leg(said["dn"])
    for conn, asks in list(call.known["asks"].items()):
        if asks[1] and asks[1] == call.leg(other):
            _conference(call, conn)
            return
    is_stranger = other and not call.leg(other) and not said.get("is_other_ours") and not said.get("other_agent")
    if (
        is_stranger
        and call.lives(leg)
        and _is_main(call, said)
        and call.known["legs"].get(CALLER, ("",))[0]
        and other != said.get("ani")
    ):
        _outside(call, said, rings=False, invited_by=leg)


def _deleted(call: Call, said: Said) -> None:
    """Somebody has left a conference; whoever is told of says so as well."""
    other = _get(said, "other")
    leg = call.leg(other)
    if call.lives(leg) and leg not in call.known["watched"]:
        call.close(leg, How.SELF)
    elif not leg and not said.get("is_other_ours") and call.lives(CALLER):
        call.close(CALLER, How.SELF)


def _moved(call: Call, said: Said) -> None:
    """All that is left goes on in another conversation."""
    for name in [*call.live()]:
        call.close(name, How.TRANSFER_CONFERENCE, into=said["into"])


def _nothing(_call: Call, _said: Said) -> None:
    """Only the data of the call have changed."""


_DATA = frozenset({"EventAttachedDataChanged", "EventUserEvent"})
_POINTS = frozenset({"EventRouteRequest", "EventRouteUsed"})
ACTS: Mapping[str, Callable[[Call, Said], None]] = MappingProxyType(
    {
        "EventQueued": _queued,
        "EventRouteRequest": _asked,
        "EventRouteUsed": _nothing,
        "EventDiverted": _diverted,
        "EventAbandoned": _abandoned,
        "EventDialing": _dialing,
        "EventNetworkReached": _reached,
        "EventRinging": _ringing,
        "EventEstablished": _established,
        "EventHeld": _hold,
        "EventRetrieved": _hold,
        "EventMuteOn": _mute,
        "EventMuteOff": _mute,
        "EventReleased": _released,
        "EventPartyChanged": _changed,
        "EventPartyAdded": _added,
        "EventPartyDeleted": _deleted,
        "EventAttachedDataChanged": _nothing,
        "EventUserEvent": _nothing,
        "MOVED": _moved,
    }
)
"""What each event makes of a call. MOVED is ours: EventPartyChanged was seen to take a party into another conversation."""
