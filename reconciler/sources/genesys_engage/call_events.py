"""Messages of T-Library → Events of calls: who is at which DN, which DNs are route points, and which calls are one conversation.

What an event means for legs stands in `calls_voice`. What is learnt here (`state`) is kept with the bookmark.

Source: T-Library events and event attributes, Genesys Events and Models reference; enumerations of the T-Library SDK's header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.genesys_engage.calls_voice import ACTS
from reconciler.sources.genesys_engage.records import AGENT, Record, instant, text

_DNS = 100_000
_LINKS = 10_000  # ids of calls whose conversation is remembered, those heard of last
_KEY = 200  # signs of an id
_LONG = 1000  # signs of a value
_SILENT = frozenset(
    {
        *(
            "EventOffHook",
            "EventOnHook",
            "EventDNDOn",
            "EventDNDOff",
            "EventForwardSet",
            "EventForwardCancel",
            "EventMessageWaitingOn",
        ),
        *(
            "EventMessageWaitingOff",
            "EventRegistered",
            "EventUnregistered",
            "EventAddressInfo",
            "EventPartyInfo",
            "EventCallInfoChanged",
        ),
        *("EventTreatmentApplied", "EventTreatmentEnd", "EventTreatmentRequired", "EventTreatmentNotApplied", "EventPrivateInfo"),
        *("EventDigitsCollected", "EventDTMFSent", "EventMonitoringNextCall", "EventMonitoringCanceled", "EventServerInfo"),
        *(
            "EventLinkConnected",
            "EventLinkDisconnected",
            "EventError",
            "EventDestinationBusy",
            "EventHardwareError",
            "EventDNOutOfService",
        ),
        *(
            "EventDNBackInService",
            "EventResourceAllocated",
            "EventResourceFreed",
            "EventListenConnected",
            "EventListenDisconnected",
        ),
        *("EventCallCreated", "EventCallDeleted", "EventCallPartyAdded", "EventCallPartyDeleted", "EventCallPartyMoved"),
        *(
            "EventCallPartyState",
            "EventCallDataChanged",
            "EventCallInfo",
            "EventRemoteConnectionSuccess",
            "EventRemoteConnectionFailed",
        ),
    }
)
"""What changes no leg. The events of calls as such repeat what the DNs tell."""
_POINTS = frozenset({"EventRouteRequest", "EventRouteUsed"})
_TYPES: Mapping[str, str] = MappingProxyType(
    {"0": "", "unknown": "", "1": "internal", "2": "inbound", "3": "outbound", "4": "consult"}
)
_STATES = (
    *("ok", "transferred", "conferenced", "generalerror", "systemerror", "remoterelease", "busy", "noanswer", "sitdetected"),
    *("answeringmachinedetected", "alltrunksbusy", "sitinvalidnum", "sitvacant", "sitintercept", "situnknown", "sitnocircuit"),
    *("sitreorder", "faxdetected", "queuefull", "cleared", "overflowed", "abandoned", "redirected", "forwarded", "consult"),
    *("pickedup", "dropped", "droppednoanswer", "unknown", "covered", "converseon", "bridged"),
)
"""States of a call by their number."""
_NUMBERS = frozenset(map(str, range(len(_STATES))))
_OBSERVERS = frozenset({"10", "observer"})
_VOICE = frozenset({"", "0", "1", "voice", "voip"})


class CallEvents:
    """Puts Events together from records. `odd` is told names of messages that nobody knows."""

    def __init__(self, clock: Clock, table: Table, odd: Callable[[str], None], state: Mapping[str, Any] | None = None) -> None:
        known = state or {}
        self._clock, self._odd = clock, odd
        self._agents = table.agents
        self._code = table.interactions.wrapup_attribute
        self._dns: dict[str, str] = known.get("dns", {})
        self._sorts: dict[str, str] = known.get("sorts", {})
        self._links: dict[str, str] = known.get("links", {})

    @property
    def state(self) -> dict[str, Any]:
        """What later records need: DN → who is there (empty: nobody), DN → queue or point, id of a call → conversation."""
        return {"dns": self._dns, "sorts": self._sorts, "links": self._links}

    def read(self, record: Record, name: str) -> Iterator[Event]:
        """The events a message makes. Raises `ValueError` with what is wrong."""
        if name == "RequestDistributeEvent":
            name = text(record, "userevent")
        dn, who = _short(record, "thisdn", "dn"), _short(record, *AGENT)
        if name.startswith("EventAgent"):
            self._put(self._dns, dn, who if name != "EventAgentLogout" else "", _DNS)
        if name not in ACTS:
            if name.startswith("Event") and name not in _SILENT and not name.startswith("EventAgent"):
                self._odd(name[:_KEY])
            return
        if text(record, "mediatype").lower() not in _VOICE or _word(record, "thisdnrole", "role") in _OBSERVERS:
            return
        if not dn:
            raise ValueError(f"{name} without ThisDN: nobody knows where it happened")
        self._put(self._dns, dn, who or self._dns.get(dn, ""), _DNS)
        self._learn(record, name, dn)
        yield from self._made(record, name, dn)

    def link(self, name: str) -> str:
        """The conversation that an id belongs to; empty where it is not known."""
        return self._links.get(name, "") if name else ""

    def join(self, name: str, key: str) -> None:
        """Remembers that an id belongs to a conversation."""
        if name:
            self._links.pop(name, None)
            self._put(self._links, name, key, _LINKS)

    def _learn(self, record: Record, name: str, dn: str) -> None:
        """Whether a DN is a route point, where a strategy is asked for a route, or a queue; a router's own queues say so."""
        extensions = record.get("extensions")
        is_virtual = name == "EventQueued" and isinstance(extensions, dict) and "VQID" in extensions
        is_left = name in {"EventDiverted", "EventAbandoned"} and dn not in self._sorts and not self._who(dn)
        if name in _POINTS or is_virtual or is_left:
            self._put(self._sorts, dn, "point" if name in _POINTS else "queue", _DNS)

    def _made(self, record: Record, name: str, dn: str) -> Iterator[Event]:
        conn = _short(record, "connid") or _short(record, "calluuid")
        if not 0 < len(conn) <= _KEY or not conn.isprintable():
            raise ValueError(f"{name} without a call: expected ConnID or CallUUID")
        at = instant(record, self._clock)
        data = {"event": name, "conn": conn, "dn": dn, **self._said(record, name, dn)}
        kept = {word: value for word, value in data.items() if value}
        asks = str(data["asks"])
        key, former = self._conversation(record, conn, asks), str(data["former"])
        order = text(record, "eventsequencenumber").split(" ")[0]
        told = f"{name} {conn} {dn} {data['other']} {data['third']} {data['state']} {data['code']}"
        number = int(order) if order.isdecimal() and order.isascii() and len(order) < 16 else 0
        if (merged := self.link(former)) not in {"", key}:
            yield Event(merged, at, {"event": "MOVED", "into": key}, f"MOVED {told}", number)
        yield Event(key, at, kept, told, number)

    def _said(self, record: Record, name: str, dn: str) -> dict[str, Any]:
        kind = _word(record, "calltype", "calltype")
        kind, former = _TYPES.get(kind, kind), _short(record, "previousconnid")
        asks = _short(record, "transferconnid") or _short(record, "conferenceconnid")
        if not asks and kind == "consult" and name != "EventPartyChanged":
            asks = former
        other, third = _short(record, "otherdn"), _short(record, "thirdpartydn")
        state = _word(record, "callstate", "callstate")
        pairs = record.get("userdata")
        code = pairs.get(self._code) if self._code and isinstance(pairs, dict) else None
        return {
            "asks": asks,
            "former": former if name == "EventPartyChanged" else "",
            "type": kind,
            "state": _STATES[int(state)] if state in _NUMBERS else state,
            "agent": self._who(dn),
            "sort": self._sorts.get(dn, ""),
            "queue": _short(record, "thisqueue"),
            "other": other,
            "other_agent": self._who(other),
            "is_other_ours": other in self._dns,
            "third": third,
            "third_agent": self._who(third),
            "third_sort": self._sorts.get(third, ""),
            "is_third_ours": third in self._dns,
            "ani": _short(record, "ani"),
            "dnis": _short(record, "dnis"),
            "code": str(code).strip()[:_LONG] if isinstance(code, str | int) else "",
        }

    def _who(self, dn: str) -> str:
        """The agent at a DN: who is logged in there, or the DN itself where mapping.yaml knows it as an agent."""
        return self._dns.get(dn, "") or (dn if dn in self._agents else "")

    def _conversation(self, record: Record, conn: str, asks: str) -> str:
        """The first call of all that are linked: a consultation belongs to the call it is about."""
        uuid, former = _short(record, "calluuid"), _short(record, "previousconnid")
        known = self.link(conn) or self.link(asks) or self.link(uuid) or self.link(former)
        key = known or asks or uuid or conn
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"no call: {key[:40]!r} is no id")
        for name in (conn, uuid, asks):
            self.join(name, key)
        return key

    @staticmethod
    def _put(into: dict[str, str], name: str, value: str, most: int) -> None:
        if not name or len(name) > _KEY or into.get(name) == value:
            return
        into.pop(name, None)
        into[name] = value
        while len(into) > most:
            del into[next(iter(into))]


def _short(record: Record, *names: str) -> str:
    """A value that can be written anywhere."""
    return text(record, *names).encode(errors="replace").decode()[:_LONG]


def _word(record: Record, name: str, prefix: str) -> str:
    """A value of an enumeration: its number or name, without what else a log prints."""
    return text(record, name).lower().removeprefix(prefix).split(" ")[0]
