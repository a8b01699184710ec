"""How legs of a call of Genesys Engage end, and how two calls become one: releases, transfers, conferences."""

from __future__ import annotations

from reconciler.model.interaction import How, Party
from reconciler.model.life import CALLER
from reconciler.sources.genesys_engage.call import MOVED, Call
from reconciler.sources.genesys_engage.call_parties import Said, get, is_main, outside, party, rest

_LOST = frozenset({"busy", "noanswer", "alltrunksbusy", "redirected", "forwarded", "overflowed", "droppednoanswer", "pickedup"})


def released(call: Call, said: Said) -> None:
    """A DN is no longer in a call: it hung up, it handed the call over, or it left a consultation."""
    leg, state = call.leg(said["dn"]), get(said, "state")
    if not is_main(call, said):
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
        rest(call, How.SYSTEM)


def _blind(call: Call, said: Said, leg: str) -> None:
    third, about = get(said, "third"), call.about(leg)
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
    asked = {asks[1] for asks in call.known["asks"].values()}  # they talk to whoever asked, and to nobody else in this call
    others = [one for one in call.watched() if one != leg and one not in asked]
    is_rung, peers = not call.talks(leg), [one for one in call.live() if one != leg and one not in asked]
    if is_rung:
        call.close(leg, How.SELF if state in {"", "ok"} else How.PEER if state == "remoterelease" else How.SYSTEM)
        if state != "remoterelease":
            return
    elif state == "remoterelease":
        left = [] if others else peers
        for name in left:
            call.close(name, How.SELF if call.talks(name) else How.SYSTEM)
        call.close(leg, How.PEER)
    else:
        call.close(leg, How.SELF)
        for name in [] if others else peers:
            call.close(name, How.SYSTEM if not call.talks(name) and state in _LOST else How.PEER)
    if not call.watched():
        rest(call, How.PEER)


# ── calls that become one ────────────────────────────────────────────────────────────────────────────────────────────


def changed(call: Call, said: Said) -> None:
    """Who was asked is now in the call itself, because the asking agent has left or has made a conference of it."""
    former, conn = get(said, "former"), said["conn"]
    asks = call.asks(former)
    if asks and former != conn:
        if said.get("state") == "conferenced":
            _conference(call, former)
        elif call.lives(asks[1]):
            call.complete(former)
        return
    if not is_main(call, said) or call.lives(call.leg(said["dn"])) or not call.known["legs"] or not former:
        return
    leg = party(call, said, rings=False)  # a call of its own until now
    if leg and said.get("third") and said.get("state") != "conferenced":
        call.close(call.leg(said["third"]), How.TRANSFER)


def _conference(call: Call, conn: str) -> None:
    asker, _ = call.known["asks"].pop(conn)
    call.merge(conn)
    call.unask()
    call.hold(asker, held=False)


def added(call: Call, said: Said) -> None:
    """Somebody has joined: who was asked, or one that is not told of."""
    other, leg = get(said, "other"), call.leg(said["dn"])
    for conn, asks in list(call.known["asks"].items()):
        if asks[1] and asks[1] == call.leg(other):
            _conference(call, conn)
            return
    is_known = bool(call.leg(other) or said.get("is_other_ours") or said.get("other_agent") or other == said.get("ani"))
    if other and not is_known and call.lives(leg) and CALLER in call.known["legs"] and is_main(call, said):
        outside(call, said, rings=False, invited_by=leg)


def deleted(call: Call, said: Said) -> None:
    """Somebody has left a conference; whoever is told of says so as well."""
    other = get(said, "other")
    leg = call.leg(other)
    if call.lives(leg) and leg not in call.known["watched"]:
        call.close(leg, How.SELF)
    elif not leg and not said.get("is_other_ours") and call.lives(CALLER):
        call.close(CALLER, How.SELF)


def moved(call: Call, said: Said) -> None:
    """All that is left goes on in another conversation."""
    for name in [*call.live()]:
        call.close(name, How.TRANSFER_CONFERENCE, into=said["into"])
