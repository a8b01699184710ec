"""Channel event logging of Asterisk as a feed of calls: what each row makes of the call its `linkedid` holds together.

Source: Channel Event Logging and its events of 1.8 to 11 and of 12 and later, docs.asterisk.org; HOLD, UNHOLD and MIXMONITOR_…
are written by XiVO and Wazo, as their data show. What they mean for legs is ours:

* A channel is a leg, known by its name: unique ids change owners when a channel takes the place of another, names do not.
  Channels that only hold a call together are none.
* The first channel says the direction: from outside it is a customer (X), else an agent who calls. Further channels ring.
* Who hung up stands in `hangupsource`, else who left the bridge first is it; of 1.8 to 11, whose channel ended first.
* While a call is in a queue the queue log, if it is read too, knows better: then CEL says only holds, recordings, the end, who
  picks up, and whom an attended transfer goes to (`BESIDE`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from reconciler.model.event import Event
from reconciler.model.interaction import How, Party
from reconciler.model.life import CALLER, Life
from reconciler.sources.asterisk import both

_NOWHERE = frozenset({"", "s", "h", "i", "t"})  # extensions of the dialplan that nobody dials
_DIALLED = "s"  # extension of a channel that the platform itself made, to ring somebody
_MANY = 500  # channels of one call


def _leg(life: Life, channel: str) -> str:
    """The leg of a channel; empty where it has none."""
    leg: str = life.known.get("channels", {}).get(channel, "")
    return leg


def _own(life: Life, event: Event) -> str:
    """The leg of the row's channel; while the queue log tells of the call, that of the member behind it."""
    leg = _named(life, event)
    agents = life.live(Party.AGENT) if life.known.get("log") else ()
    return leg or next((name for name in agents if life.who(name) == event.data["who"]), "")


def _named(life: Life, event: Event) -> str:
    """The leg of the row's channel by its name or, as the queue log tells members' channels, by its unique id."""
    leg: str = _leg(life, event.data["channel"]) or life.known.get("uniques", {}).get(event.data["unique"], "")
    return leg


def _register(life: Life, channel: str, leg: str) -> None:
    known = life.known.get("channels", {})
    if leg and len(known) < _MANY:
        life.known["channels"] = {**known, channel: leg}


def _start(life: Life, event: Event) -> None:
    is_first = event.data["first"] or (life.is_new and event.data["dialled"] != _DIALLED)
    life.known["begun"] = life.known.get("begun", False) or is_first
    if not (event.data["pseudo"] or event.data["channel"] in life.known.get("channels", {})):
        _open(life, event, rings=True)


def _start_beside(life: Life, event: Event) -> None:
    if event.data["first"] and CALLER in life.known["legs"] and not _leg(life, event.data["channel"]):
        _register(life, event.data["channel"], CALLER)  # the queue log was first: it has whole seconds


def _join_beside(life: Life, event: Event) -> None:
    """Whose channel it is, if it is nobody's yet: that of the member who talks, whatever the queue log calls them."""
    known = life.known.get("channels", {})
    if event.data["pseudo"] or event.data["outside"] or event.data["channel"] in known:
        return
    talk = [name for name in life.live(Party.AGENT) if life.talks(name) and name not in known.values()]
    _register(life, event.data["channel"], _own(life, event) or (talk[0] if len(talk) == 1 else ""))


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
    if move and leg and not (life.land(move, leg) and rings):
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
    _cut(life, event)
    leg = _named(life, event)
    asks = life.known.get("asks", "")
    if asks and (leg == asks or (not leg and life.who(asks) == event.data["who"])):
        both.gone(life)
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
    _eject(life, event)
    life.finish(How.SYSTEM)


def _moved(life: Life, event: Event) -> None:
    """The channel belongs to another call from here on."""
    life.close(_leg(life, event.data["channel"]), How.TRANSFER_CONFERENCE, into=event.data["into"])


# ── transfers and pickup ─────────────────────────────────────────────────────────────────────────────────────────────


def _blind(life: Life, event: Event) -> None:
    if "log" in life.known and both.told(life, "blind", event):
        return
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


def _blind_beside(life: Life, event: Event) -> None:
    both.told(life, "blind", event)


_MOVED = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT, "number": How.TRANSFER}


def _attended(life: Life, event: Event) -> None:
    leg, about = _asks(life, event), _leg(life, event.data["other"])
    about = about or next((name for name in life.live() if name != leg), "")
    target = event.data["target"]
    asked = _leg(life, target["channel"]) or (_asked(life, event, leg) if life.lives(leg) and life.lives(about) else "")
    if not life.consult(leg, asked, about):
        life.odd.append("an attended transfer that does not say of whom, or to whom")
        return
    life.known.pop("asks", None)
    if "log" in life.known:
        both.told(life, "attended", event)
        life.known["log"] = False
    for name in (leg, _leg(life, event.data["second"])):
        if name not in {asked, about}:
            life.close(name, How.TRANSFER_CONSULT)


def _asks(life: Life, event: Event) -> str:
    """Whose transfer it is: by the row's channel, or whoever the queue log says that it was, or else talks."""
    leg = _own(life, event) or life.known.get("asks", "")
    talk = [name for name in life.live(Party.AGENT) if life.talks(name)] if life.known.get("log") else []
    return leg or (talk[0] if len(talk) == 1 else "")


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


def _pick_up_beside(life: Life, event: Event) -> None:
    """Somebody takes what rings at a member. The queue log may have told already that the member has answered."""
    leg, target = _named(life, event), event.data["target"]
    if not target["channel"] or target["pseudo"]:
        life.odd.append("a pickup of nobody, or by nobody")
        return
    uniques = [one for one in (event.data["unique"], event.data["picker"]) if one]
    if not life.talks(leg):
        by = {"by": target["who"], "channel": target["channel"]}
        life.known["picked"] = {"who": event.data["who"], "uniques": uniques, **by}
        return
    both.instead(life, life.who(leg), target["who"])
    picked = life.open(Party.AGENT, agent=target["who"], invited_by=next(iter(life.live())))
    _register(life, target["channel"], picked)
    life.known["uniques"] = {**life.known.get("uniques", {}), **dict.fromkeys(uniques, picked)}
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


def _cut(life: Life, event: Event) -> None:
    _stop_all(life, event.data["channel"], event.at)


def _eject(life: Life, event: Event) -> None:
    for channel in dict.fromkeys(channel for channel, *_ in life.known.get("tapes", {}).values()):
        _stop_all(life, channel, event.at)


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
        "JOINED": _answer,
        "BLINDTRANSFER": _blind,
        "ATTENDEDTRANSFER": _attended,
        "PICKUP": _pick_up,
        "MIXMONITOR_START": _tape,
        "MIXMONITOR_STOP": _stop,
    }
)
"""What each event of CEL makes of a call. MOVED and JOINED are ours: a channel was seen in another call."""

BESIDE: Mapping[str, Callable[[Life, Event], None]] = MappingProxyType(
    {
        "CHAN_START": _start_beside,
        "BRIDGE_ENTER": _join_beside,
        "HOLD": _hold,
        "UNHOLD": _hold,
        "LINKEDID_END": _end,
        "BLINDTRANSFER": _blind_beside,
        "ATTENDEDTRANSFER": _attended,
        "PICKUP": _pick_up_beside,
        "MIXMONITOR_START": _tape,
        "MIXMONITOR_STOP": _stop,
    }
)
"""The same while the queue log tells of the call; all else counts for nothing then."""

AFTER: Mapping[str, Callable[[Life, Event], None]] = MappingProxyType(
    {"MIXMONITOR_STOP": _stop, "HANGUP": _cut, "CHAN_END": _cut, "LINKEDID_END": _eject}
)
"""What counts after the end of a call, which the queue log tells first: recordings end with channels."""

ENDS = frozenset({"HANGUP", "CHAN_END", "LINKEDID_END", "MOVED", "JOINED", "BRIDGE_EXIT", "MIXMONITOR_STOP", "UNHOLD"})
"""What nobody wonders about after the end of a call."""

SILENT = frozenset(
    {
        *("APP_START", "APP_END", "BRIDGE_END", "BRIDGE_UPDATE", "PARK_START", "PARK_END", "FORWARD", "USER_DEFINED", "TRANSFER"),
        *("CONF_START", "CONF_END", "CONF_ENTER", "CONF_EXIT", "3WAY_START", "3WAY_END", "HOOKFLASH"),
        *("LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "LOCAL_OPTIMIZE_END", "STREAM_BEGIN", "STREAM_END", "DTMF"),
    }
)
"""What changes no leg: a call that is forwarded shows in the channels it makes."""
