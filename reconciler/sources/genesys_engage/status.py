"""Agents of Genesys Engage as a feed of agent status: T-Library events of their DNs, or states as Stat Server has them.

Source of events and enumerations: T-Library events, and the T-Library SDK's header; of states: Stat Server user's guide. Meaning:

* EventAgentReady is ready, EventAgentNotReady not ready with the pair of its Reasons as reason, or after work where the work mode
  is AfterCallWork. A login is not ready until the next event says more, unless its mode is AutoIn. A logout ends one DN, with its
  calls.
* At several places the worst counts: not ready before ready, off when logged out everywhere. `status.channel` of mapping.yaml
  lets one medium alone decide; what says no medium is voice.
* A call counts from its type: inbound is work a queue gave, ringing an offer; a consultation is work within such a call; others
  are the agent's own. Held calls are calls. EventPartyChanged gives a call another id and type.
* Stat Server's states are whole states of a place; CallRinging is taken for an inbound call. Monitored says nothing: the last
  stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.genesys_engage.records import AGENT, EVENT, Lines, Record, instant, text

_MANY = 1000
_DNS = 100_000
_KEY = 200  # characters of a key in a manifest

_AGENTS: Mapping[str, str] = MappingProxyType(
    {
        "EventAgentLogin": "not_ready",
        "EventAgentLogout": "off",
        "EventAgentReady": "ready",
        "EventAgentNotReady": "not_ready",
        "EventAgentAfterCallWork": "after_work",
    }
)
_CALLS: Mapping[str, str] = MappingProxyType(
    {
        "EventRinging": "ringing",
        "EventDialing": "dialing",
        "EventEstablished": "talking",
        "EventHeld": "talking",
        "EventRetrieved": "talking",
        "EventPartyChanged": "changed",
        "EventReleased": "over",
        "EventAbandoned": "over",
    }
)
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "loggedout": "off",
        "waitfornextcall": "ready",
        "notreadyfornextcall": "not_ready",
        "aftercallwork": "after_work",
        "callringing": "offered",
        "callinbound": "routed",
        "callonhold": "routed",
        "callconsult": "routed",
        "calloutbound": "own",
        "callinternal": "own",
        "calldialing": "own",
        "callunknown": "own",
    }
)
_NOTHING = frozenset({"monitored", "notmonitored"})
_WORST = ("not_ready", "ready", "off")
_STANDINGS = frozenset(_WORST)
_AFTER_WORK = frozenset({"3", "aftercallwork", "agentaftercallwork"})
_AUTO_IN = frozenset({"2", "autoin", "agentautoin"})
_TYPES: Mapping[str, str] = MappingProxyType({"1": "internal", "2": "inbound", "3": "outbound", "4": "consult"})
_MEDIA: Mapping[str, str] = MappingProxyType(
    {"": "voice", "0": "voice", "1": "voice", "voip": "voice", "2": "email", "5": "chat"}
)

_STATE = ("state", "status", "currentstate", "agentstate", "agentstatus", "currentagentstate")
_REASON = ("reasons", "reason", "reasoncode", "currentreason", "actioncode", "extensions")


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """What is known of an agent.

    `places`, the newest last: DN or medium → word, reason, native word, and word and reason between calls. `calls`: id → DN,
    type, phase.
    """
    known = memory or {"places": {}, "calls": {}}
    data = event.data
    if "call" in data:
        return {**known, "calls": _called(known["calls"], data)}
    place, word = data["place"], data["word"]
    before = known["places"].get(place, ["", "", "", "ready", ""])
    rest = [word, data["why"]] if word in {"ready", "not_ready"} else before[3:]
    calls = known["calls"]
    if word == "off":
        calls = {name: call for name, call in calls.items() if call[0] != place}
    others = {name: one for name, one in known["places"].items() if name != place}
    return {"places": {**others, place: [word, data["why"], data["native"], *rest]}, "calls": calls}


def _called(calls: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    name, phase, former = data["call"], data["phase"], data["former"]
    before = calls.get(former or name) or calls.get(name)
    left = {one: call for one, call in calls.items() if one not in {name, former}}
    if phase == "over" or (phase == "changed" and not before):
        return left
    if phase == "changed" and before:
        phase = before[2]
    return {**left, name: [data["place"], data["type"] or (before[1] if before else ""), phase]}


def agent(memory: Memory) -> Agent:
    """That in neutral words: the worst of all places, and the calls of all."""
    places = list(memory["places"].values())
    contacts = [contact for place in places if (contact := _contact(place[0]))] + _calls(memory["calls"].values())
    odd = next((native for word, _, native, *_ in places if not word), "")
    if odd or not places:
        return Agent(Standing.UNKNOWN, contacts=tuple(contacts), native=odd or "no state told yet")
    standings = [(*_standing(place), place[2]) for place in places]
    standing, why, native = min(reversed(standings), key=lambda one: _WORST.index(one[0]))
    return Agent(Standing(standing), why, tuple(contacts), native)


def _standing(place: Sequence[str]) -> tuple[str, str]:
    """Ready, not ready or off, and why, at one place: what was said last where it is in a call."""
    word, why, _, rest, rest_why = place
    if word == "after_work":
        return "not_ready", ""
    return (word, why if word == "not_ready" else "") if word in _STANDINGS else (rest, rest_why if rest == "not_ready" else "")


def _contact(word: str) -> Contact | None:
    return Contact(word) if word and word not in _STANDINGS else None


def _calls(calls: Any) -> list[Contact]:
    """What calls mean; a consultation is work where there is a call that is."""
    told = [(kind, phase) for _, kind, phase in calls]
    is_work = any(kind == "inbound" and phase == "talking" for kind, phase in told)
    found = []
    for kind, phase in told:
        if kind == "inbound":
            found.append(Contact.OFFERED if phase == "ringing" else Contact.ROUTED)
        elif phase != "ringing":
            found.append(Contact.ROUTED if kind == "consult" and is_work else Contact.OWN)
    return found


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Lines → Events. `odd` counts names of events and states that are not known.

    `dns` is who is logged in where: events of calls often name the DN only. `rest` tells what is still open at the end.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._lines = Lines(kept.get("lines"), self._odd)
        self._dns: dict[str, str] = kept.get("dns", {})
        self._channel = table.status.channel.lower()
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "lines": self._lines.state, "dns": self._dns}).decode()

    @property
    def open_lines(self) -> int:
        return self._lines.open_lines

    def __call__(self, record: bytes) -> Sequence[Event]:
        return self._events(self._lines.read(record))

    def rest(self) -> Sequence[Event]:
        """The events of a message that is still open, for the end of a feed that is read once."""
        return self._events(self._lines.rest())

    def _events(self, records: Sequence[Record]) -> Sequence[Event]:
        return [event for record in records if (event := self._event(record))]

    def _event(self, record: Record) -> Event | None:
        name = text(record, *EVENT)
        medium = text(record, "mediatype", "media", "channel").lower()
        if self._channel and _MEDIA.get(medium, medium) != self._channel:
            return None
        if name in _AGENTS:
            return self._made(record, self._agent(record, name))
        if name in _CALLS:
            return self._call(record, name)
        if state := text(record, *_STATE):
            return self._state(record, state)
        if not name:
            raise ValueError(f"no message of Genesys Engage: expected an event or a state (names: {', '.join(list(record)[:6])})")
        if name.startswith("EventAgent"):
            self._odd(name)
        return None

    def _agent(self, record: Record, name: str) -> dict[str, str]:
        word, mode = _AGENTS[name], text(record, "agentworkmode", "workmode").lower().split(" ")[0]
        if name == "EventAgentNotReady" and mode in _AFTER_WORK:
            word = "after_work"
        if name == "EventAgentLogin" and mode in _AUTO_IN:
            word = "ready"
        dn = text(record, "thisdn", "dn")
        if dn and (key := text(record, *AGENT)):
            self._learn(dn, key if word != "off" else "")
        return {"place": dn, "word": word, "why": _reason(record) if word == "not_ready" else "", "native": name}

    def _state(self, record: Record, state: str) -> Event | None:
        key = state.replace("_", "").replace(" ", "").lower()
        if key in _NOTHING:
            self._odd(f"state {state}")
            return None
        word = _STATES.get(key, "")
        place = text(record, "thisdn", "dn", "mediatype", "media", "channel")
        why = _reason(record) if word == "not_ready" else ""
        return self._made(record, {"place": place, "word": word, "why": why, "native": state})

    def _call(self, record: Record, name: str) -> Event | None:
        """The event of a call at a DN somebody is logged in at; of other DNs, such as queues, nobody is told."""
        dn, call = text(record, "thisdn", "dn"), text(record, "connid", "calluuid", "callid")
        if not (text(record, *AGENT) or dn in self._dns):
            return None
        if not call:
            raise ValueError(f"{name} without a call: expected ConnID")
        kind = text(record, "calltype").lower().removeprefix("calltype").split(" ")[0]
        told = {"call": call, "former": text(record, "previousconnid"), "type": _TYPES.get(kind, kind), "phase": _CALLS[name]}
        return self._made(record, {**told, "place": dn})

    def _made(self, record: Record, data: Mapping[str, Any]) -> Event:
        key = text(record, *AGENT) or self._dns.get(text(record, "thisdn", "dn"), "")
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"no agent: expected AgentID (names: {', '.join(list(record)[:6])})")
        return Event(key, instant(record, self._clock), data)

    def _learn(self, dn: str, agent_id: str) -> None:
        self._dns.pop(dn, None)
        if agent_id and len(self._dns) < _DNS:
            self._dns[dn] = agent_id

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _reason(record: Record) -> str:
    """The reason: a text, or of a list of pairs the value of the one that is called a reason, else the first."""
    for name in _REASON:
        found = record.get(name)
        if isinstance(found, dict):
            pairs = {str(key).lower(): str(value) for key, value in found.items() if not isinstance(value, dict | list)}
            named = next((value for key, value in pairs.items() if "reason" in key), "")
            if named or (pairs and name != "extensions"):
                return named or next(iter(pairs.values()))
        elif found not in (None, "") and name != "extensions" and not str(found).startswith("["):
            return str(found).strip()
    return ""


STATUS = StatusFeed(platform="genesys-engage", family="stream", frame="lines", open=_Read, fold=fold, agent=agent)
