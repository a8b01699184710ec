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

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import How, Party, Told
from reconciler.model.life import CALLER
from reconciler.sources.genesys_engage import call_ends
from reconciler.sources.genesys_engage.call import Call
from reconciler.sources.genesys_engage.call_parties import Said, begin, get, is_main, land, outgoing, outside, party, rest

_MANY = 500
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


# ── queues and route points ──────────────────────────────────────────────────────────────────────────────────────────


def _queued(call: Call, said: Said) -> None:
    is_it = is_main(call, said)
    if not begin(call, said) or call.lives(call.leg(said["dn"])):
        return
    if not said.get("sort"):
        call.known["undecided"] = [call.known["told"].get(said["dn"], 0), dict(said)]
    elif said["sort"] == "queue":
        _enter(call, said)
    elif is_it:
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
        land(call, leg)


def _flow(call: Call, said: Said) -> None:
    inviting = next(iter(call.live()), "")
    call.come(said["dn"], said["conn"], Party.FLOW, name=said["dn"], invited_by=inviting)


def _asked(call: Call, said: Said) -> None:
    """A strategy is asked for a route: what stood there as a queue is none, but that was told."""
    if not call.lives(call.leg(said["dn"])) and is_main(call, said) and begin(call, said):
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
    is_it = is_main(call, said)
    others = [name for name in call.live(Party.AGENT, Party.PHONE) if name != leg and call.talks(name)]
    if not is_it or others or not call.lives(CALLER):
        call.close(leg, How.PEER)
        return
    call.close(CALLER, How.SELF)
    rest(call, How.PEER)


# ── ringing and talking ──────────────────────────────────────────────────────────────────────────────────────────────


def _dialing(call: Call, said: Said) -> None:
    """Somebody calls: the first leg of a call that goes out, or of one within the house."""
    if not is_main(call, said) or call.known["legs"]:
        return
    if not said.get("agent"):
        if said.get("type") == "outbound":
            call.odd.append(f"an outgoing call from {said['dn']}, where nobody is logged in")
        return
    outgoing(call, said, is_answered=False) if said.get("type") == "outbound" else _caller(call, said)


def _caller(call: Call, said: Said) -> None:
    call.come(said["dn"], said["conn"], Party.AGENT, agent=said["agent"], number=said["dn"])


def _ringing(call: Call, said: Said) -> None:
    party(call, said, rings=True)


def _reached(call: Call, said: Said) -> None:
    """The network rings somebody outside, whom an agent consults."""
    asks = None if is_main(call, said) else call.asks(said["conn"])
    if asks and not asks[1] and said.get("other") and not said.get("is_other_ours"):
        asks[1] = outside(call, said, rings=True, invited_by=asks[0])


def _established(call: Call, said: Said) -> None:
    leg = party(call, said, rings=False)
    if not leg:
        call.odd.append("EventEstablished of a call whose beginning is missing") if not call.known["legs"] else None
        return
    asks = None if is_main(call, said) else call.asks(said["conn"])
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
    other = get(said, "other")
    if call.lives(CALLER) and not call.talks(CALLER):
        call.answer(CALLER)
    elif call.lives(call.leg(other)) and call.leg(other) not in call.known["watched"]:
        call.answer(call.leg(other))
    elif len(call.live()) == 1 and other and not said.get("other_agent") and not said.get("is_other_ours"):
        outside(call, said, rings=False, invited_by=leg)


def _consulted(call: Call, said: Said, leg: str, asks: list[str]) -> None:
    """A consultation is answered: told by the one who asks, by the one who is asked, or by both."""
    if leg != asks[0]:
        asks[1] = leg
        call.answer(leg)
    elif not call.lives(asks[1]) and said.get("other") and not said.get("is_other_ours"):
        asks[1] = outside(call, said, rings=False, invited_by=leg)
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
        "EventReleased": call_ends.released,
        "EventPartyChanged": call_ends.changed,
        "EventPartyAdded": call_ends.added,
        "EventPartyDeleted": call_ends.deleted,
        "EventAttachedDataChanged": _nothing,
        "EventUserEvent": _nothing,
        "MOVED": call_ends.moved,
    }
)
"""What each event makes of a call. MOVED is ours: EventPartyChanged was seen to take a party into another conversation."""
