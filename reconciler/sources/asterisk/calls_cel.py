"""Channel event logging of Asterisk as a feed of calls: what each row makes of the call its `linkedid` holds together.

Source: Channel Event Logging and its events of 1.8 to 11 and of 12 and later, docs.asterisk.org. What they mean for legs is ours:

* A channel is a leg, known by its name: unique ids change owners when a channel takes the place of another, names do not.
  Channels that only hold a call together are none.
* The first channel says the direction: from outside it is a customer (X), else an agent who calls. Further channels ring.
* Who hung up stands in `hangupsource`, else who left the bridge first is it; of 1.8 to 11, whose channel ended first.
* While a call is in a queue the queue log, if it is read too, knows better: then CEL says only holds, recordings and the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.model.event import Event
from reconciler.model.interaction import How, Party
from reconciler.model.life import CALLER, Life

_NOWHERE = frozenset({"", "s", "h", "i", "t"})  # extensions of the dialplan that nobody dials
_DIALLED = "s"  # extension of a channel that the platform itself made, to ring somebody
_MANY = 500  # channels of one call


def _leg(life: Life, channel: str) -> str:
    """The leg of a channel; empty where it has none."""
    leg: str = life.known.get("channels", {}).get(channel, "")
    return leg


def _own(life: Life, event: Event) -> str:
    """The leg of the row's channel; while the queue log tells of the call, that of the member behind it."""
    leg: str = _leg(life, event.data["channel"]) or life.known.get("uniques", {}).get(event.data["unique"], "")
    agents = life.live(Party.AGENT)
    return leg or next((name for name in agents if life.known.get("log") and life.who(name) == event.data["who"]), "")


def _register(life: Life, channel: str, leg: str) -> None:
    known = life.known.get("channels", {})
    if leg and len(known) < _MANY:
        life.known["channels"] = {**known, channel: leg}


def _start(life: Life, event: Event) -> None:
    is_first = event.data["first"] or (life.is_new and event.data["dialled"] != _DIALLED)
    life.known["begun"] = life.known.get("begun", False) or is_first
    if event.data["pseudo"] or life.known.get("log") or event.data["channel"] in life.known.get("channels", {}):
        return
    _open(life, event, rings=True)


def _open(life: Life, event: Event, *, rings: bool) -> str:
    """A new leg for the row's channel. Nothing where the beginning of the call is not known."""
    if life.known["legs"]:
        leg = _further(life, event, rings=rings)
    elif life.known.get("begun") or event.data["first"]:
        leg = _first(life, event)
    else:
        life.odd.append(f"{event.data['event']} of a call whose beginning is missing")
        return ""
    _register(life, event.data["channel"], leg)
    return leg


def _first(life: Life, event: Event) -> str:
    said, dialled = event.data, "" if event.data["dialled"] in _NOWHERE else event.data["dialled"]
    life.known["dialled"] = dialled
    if said["outside"]:
        return life.open(Party.CUSTOMER, ani=said["caller"], ani_name=said["name"], dnis=dialled)
    return life.open(Party.AGENT, agent=said["who"], alerting=said["dialled"] == _DIALLED)


def _further(life: Life, event: Event, *, rings: bool) -> str:
    said, inviting, move = event.data, next(iter(life.live()), ""), life.move()
    legs = life.known["legs"]
    is_ours = CALLER not in legs  # an agent began it
    goal = life.known["moves"][move][2] if move else life.known.get("dialled", "")
    if said["outside"] and is_ours:
        leg = life.open(Party.CUSTOMER, inbound=False, alerting=rings, invited_by=inviting, dnis=goal)
    elif said["outside"]:
        leg = life.open(Party.PHONE, number=goal if move else "", alerting=rings, invited_by=inviting)
    else:
        leg = life.open(Party.AGENT, agent=said["who"], inbound=True if is_ours else None, alerting=rings, invited_by=inviting)
    if move and leg and not life.land(move, leg):
        life.settle(move)
    return leg


# ── talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(life: Life, event: Event) -> None:
    if event.data["pseudo"]:
        return
    leg = _leg(life, event.data["channel"]) or _open(life, event, rings=False)
    life.known["left"] = ""
    life.answer(leg)


def _bridge(life: Life, _event: Event) -> None:
    life.known["left"] = ""


def _leave(life: Life, event: Event) -> None:
    life.known["left"] = life.known.get("left") or _leg(life, event.data["channel"])


def _hold(life: Life, event: Event) -> None:
    life.hold(_own(life, event), held=event.data["event"] == "HOLD")


# ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _hang_up(life: Life, event: Event) -> None:
    _stop_all(life, event.data["channel"], event.at)
    leg = _leg(life, event.data["channel"])
    if not life.lives(leg):
        return
    how = _how(life, event, leg)
    if how is How.SELF:
        life.known["left"] = leg
    life.close(leg, how)


def _how(life: Life, event: Event, leg: str) -> How:
    """Who hung up: by the platform's word (which may name the dialplan), by who left the bridge first, or by who ended first."""
    by, left = event.data.get("by", ""), life.known.get("left", "")
    if by == event.data["channel"] or _leg(life, by):
        return How.SELF if by == event.data["channel"] else How.PEER
    if not life.talks(leg):
        return How.SYSTEM
    return How.SELF if left in {"", leg} else How.PEER


def _end(life: Life, event: Event) -> None:
    for channel in {channel for channel, *_ in life.known.get("tapes", {}).values()}:
        _stop_all(life, channel, event.at)
    life.finish(How.SYSTEM)


def _moved(life: Life, event: Event) -> None:
    """The channel belongs to another call from here on."""
    life.close(_leg(life, event.data["channel"]), How.TRANSFER_CONFERENCE, into=event.data["into"])


# ── transfers and pickup ─────────────────────────────────────────────────────────────────────────────────────────────


def _blind(life: Life, event: Event) -> None:
    leg, other = _leg(life, event.data["channel"]), _leg(life, event.data["other"])
    if leg == CALLER:  # 1.8 to 11: the row is of whoever is transferred
        leg, other = other, leg
    other = other or next((name for name in life.live() if name != leg), "")
    goal = event.data["goal"]
    move = life.transfer(leg, other, **goal) if all(goal.values()) and life.talks(leg) else ""
    if not move:
        life.odd.append("a blind transfer that does not say of whom, or where to")
        return
    life.close(leg, _MOVED[next(iter(goal))])


_MOVED = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT, "number": How.TRANSFER}


def _attended(life: Life, event: Event) -> None:
    leg, about = _leg(life, event.data["channel"]), _leg(life, event.data["other"])
    about = about or next((name for name in life.live() if name != leg), "")
    target = event.data["target"]
    asked = _leg(life, target["channel"]) or (_asked(life, event, leg) if life.lives(leg) and life.lives(about) else "")
    if not life.consult(leg, asked, about):
        life.odd.append("an attended transfer that does not say of whom, or to whom")
        return
    for name in (leg, _leg(life, event.data["second"])):
        if name not in {asked, about}:
            life.close(name, How.TRANSFER_CONSULT)


def _asked(life: Life, event: Event, leg: str) -> str:
    """A leg for whom an attended transfer goes to, whose channel was of another call until now."""
    target = event.data["target"]
    if not target["channel"] or target["pseudo"]:
        return ""
    if target["outside"]:
        asked = life.open(Party.PHONE, invited_by=leg)
    else:
        asked = life.open(Party.AGENT, agent=target["who"], invited_by=leg)
    _register(life, target["channel"], asked)
    return asked


def _pick_up(life: Life, event: Event) -> None:
    leg, target = _leg(life, event.data["channel"]), event.data["target"]
    if not life.lives(leg) or life.talks(leg) or not target["channel"] or target["pseudo"]:
        life.odd.append("a pickup of nobody, or by nobody")
        return
    inviting = next((name for name in life.live() if name != leg), leg)
    picked = life.open(Party.AGENT, agent=target["who"], invited_by=inviting)
    _register(life, target["channel"], picked)
    life.close(leg, How.SYSTEM)


# ── recordings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _tape(life: Life, event: Event) -> None:
    if event.data["file"] and len(life.known.get("tapes", {})) < _MANY:
        tape = [event.data["channel"], event.data["file"], event.at, _own(life, event)]
        life.known["tapes"] = {**life.known.get("tapes", {}), event.data["tape"]: tape}


def _stop(life: Life, event: Event) -> None:
    tapes = dict(life.known.get("tapes", {}))
    tape = tapes.pop(event.data["tape"], None)
    life.known["tapes"] = tapes
    if tape:
        _, file, start, leg = tape
        life.recorded(leg or _own(life, event), file=file, start=start, stop=max(event.at, start))


def _stop_all(life: Life, channel: str, at: int) -> None:
    """A channel that ends has nothing more to record; the row of the stop may be missing."""
    for tape, (of, file, start, leg) in list(life.known.get("tapes", {}).items()):
        if of == channel:
            life.known["tapes"] = {name: one for name, one in life.known["tapes"].items() if name != tape}
            life.recorded(leg, file=file, start=start, stop=max(at, start))


ACTS: Mapping[str, Callable[[Life, Event], None]] = MappingProxyType(
    {
        "CHAN_START": _start,
        "ANSWER": _answer,
        "BRIDGE_ENTER": _answer,
        "BRIDGE_START": _bridge,
        "BRIDGE_EXIT": _leave,
        "HOLD": _hold,
        "UNHOLD": _hold,
        "HANGUP": _hang_up,
        "CHAN_END": _hang_up,
        "LINKEDID_END": _end,
        "MOVED": _moved,
        "BLINDTRANSFER": _blind,
        "ATTENDEDTRANSFER": _attended,
        "PICKUP": _pick_up,
        "MIXMONITOR_START": _tape,
        "MIXMONITOR_STOP": _stop,
    }
)
"""What each event of CEL makes of a call. MOVED is ours: a channel was seen in another call."""

BESIDE = frozenset({"CHAN_START", "HOLD", "UNHOLD", "LINKEDID_END", "MIXMONITOR_START", "MIXMONITOR_STOP"})
"""What counts while the queue log tells of the call."""

ENDS = frozenset({"HANGUP", "CHAN_END", "LINKEDID_END", "MOVED", "BRIDGE_EXIT", "MIXMONITOR_STOP", "UNHOLD"})
"""What nobody wonders about after the end of a call."""

SILENT = frozenset(
    {
        *("APP_START", "APP_END", "BRIDGE_END", "BRIDGE_UPDATE", "PARK_START", "PARK_END", "FORWARD", "USER_DEFINED", "TRANSFER"),
        *("CONF_START", "CONF_END", "CONF_ENTER", "CONF_EXIT", "3WAY_START", "3WAY_END", "HOOKFLASH"),
        *("LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "LOCAL_OPTIMIZE_END", "STREAM_BEGIN", "STREAM_END", "DTMF"),
    }
)
"""What changes no leg: a call that is forwarded shows in the channels it makes."""
