"""The agent event stream of Amazon Connect as a feed of agent status.

Records come plain, several in one, wrapped by Kinesis, Firehose or Lambda (base64 in `data`), or as text inside text. Keys are
read in either case: the model writes a capital, printed examples partly not. Contact records and contact events among them say
nothing about agents and give no Events.

Source of keys and states: Agent event streams data model and About contact states, Amazon Connect administrator guide. Meaning:

* The status is the agent's own: ROUTABLE is ready, CUSTOM not ready with the status id (the end of its ARN, as in the export) as
  reason, or its name where mapping.yaml names it so, OFFLINE off. Examples without `Type` exist; then Available and Offline are
  the built-in two, by name.
* LOGOUT is off whatever the snapshot says, and stays so through heart beats and changed settings until a LOGIN or a newer status.
* Every contact in the snapshot counts: CONNECTED, CONNECTED_ONHOLD and PAUSED are work, ENDED is after work, CONNECTING, INCOMING
  and PENDING are offers, MISSED, REJECTED and ERROR are refused as long as they stand there. After work ends without an event
  of its own, when the contact is gone. An outbound contact is the agent's own, unless ready and on behalf of a queue.
* The next status changes nothing while there are contacts; without any it already keeps work away, so it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.amazon_connect.wrapped import get, last, records

_MANY = 1000
_KEY = 200  # characters of a key in a manifest

_TYPES = frozenset({"LOGIN", "LOGOUT", "STATE_CHANGE", "HEART_BEAT"})
_STANDINGS = MappingProxyType({"ROUTABLE": Standing.READY, "CUSTOM": Standing.NOT_READY, "OFFLINE": Standing.OFF})
_BUILT_IN = MappingProxyType({"available": "ROUTABLE", "offline": "OFFLINE"})
_WORK = frozenset({"CONNECTED", "CONNECTED_ONHOLD", "PAUSED"})
_CONTACTS = MappingProxyType(
    {
        "ENDED": Contact.AFTER_WORK,
        "CONNECTING": Contact.OFFERED,
        "INCOMING": Contact.OFFERED,
        "PENDING": Contact.OFFERED,
        "MISSED": Contact.REFUSED,
        "REJECTED": Contact.REFUSED,
        "ERROR": Contact.REFUSED,
    }
)


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """The newest snapshot (`status`, `next`, `contacts`) and when the agent logged `out`, 0 while logged in."""
    data = event.data
    out = memory["out"] if memory else 0
    if data["type"] == "LOGOUT":
        return {**data, "out": event.at}
    if memory and out and data["type"] == "HEART_BEAT":
        return {**memory, "contacts": memory["contacts"] if data["contacts"] else []}
    if memory and out and data["type"] != "LOGIN" and data["status"]["since"] <= out:
        return {**memory, "contacts": data["contacts"]}
    return {**data, "out": 0}


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    status, following, contacts = memory["status"], memory["next"], memory["contacts"]
    pending = following["name"] if following else ""
    if memory["out"]:
        return Agent(Standing.OFF, contacts=_contacts(contacts, Standing.OFF), native=status["name"])
    if following and not contacts and status["type"] == "ROUTABLE":
        status, pending = following, ""
    standing = _STANDINGS.get(status["type"], Standing.UNKNOWN)
    if odd := [state for state, _, _ in contacts if state not in _WORK and state not in _CONTACTS]:
        return Agent(Standing.UNKNOWN, contacts=_contacts(contacts, standing), native=f"contact {odd[0]}", pending=pending)
    reason = status["id"] if standing is Standing.NOT_READY else ""
    native = status["name"] if standing is not Standing.UNKNOWN else status["type"] or status["name"]
    return Agent(standing, reason, _contacts(contacts, standing), native, pending)


def _contacts(contacts: Sequence[Sequence[str]], standing: Standing) -> tuple[Contact, ...]:
    return tuple(_contact(one, standing) for one in contacts if one[0] in _WORK or one[0] in _CONTACTS)


def _contact(contact: Sequence[str], standing: Standing) -> Contact:
    state, method, queue = contact
    if state not in _WORK:
        return _CONTACTS[state]
    return Contact.OWN if method == "OUTBOUND" and not (queue and standing is Standing.READY) else Contact.ROUTED


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Records of the stream → Events. `odd` counts types of events that are not known; they give no Events."""

    def __init__(self, _table: Table, clock: Clock, state: str) -> None:
        clock.last = max(clock.last, orjson.loads(state)["last"] if state else 0)
        self._clock = clock
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for body in records(record) for event in self._events(body)]

    def _events(self, body: Mapping[str, Any]) -> Iterator[Event]:
        arn, kind = get(body, "AgentARN"), str(get(body, "EventType") or "").upper()
        if not arn and (get(body, "ContactId") or not body):
            return
        key = last(arn) if isinstance(arn, str) else ""
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"no agent event: AgentARN names no agent (keys: {', '.join(map(str, list(body)[:6]))})")
        if not kind:
            raise ValueError("no agent event: EventType is missing; expected such as STATE_CHANGE")
        if kind not in _TYPES:
            self._odd(kind)
            return
        yield Event(key, self._at(get(body, "EventTimestamp"), "EventTimestamp"), self._data(body, kind), _id(body))

    def _data(self, body: Mapping[str, Any], kind: str) -> dict[str, Any]:
        snapshot = get(body, "CurrentAgentSnapshot")
        if not isinstance(snapshot, dict):
            if kind != "LOGOUT":
                raise ValueError(f"{kind} without CurrentAgentSnapshot: expected the agent's status and contacts in it")
            snapshot = {}
        following = get(snapshot, "NextAgentStatus")
        contacts = get(snapshot, "Contacts")
        if contacts is None:
            contacts = []
        if not isinstance(contacts, list) or not all(isinstance(contact, dict) for contact in contacts):
            raise ValueError(f"Contacts is no list of contacts: {str(contacts)[:40]!r}")
        return {
            "type": kind,
            "status": self._status(get(snapshot, "AgentStatus")),
            "next": self._status(following) if isinstance(following, dict) and following else None,
            "contacts": [_told(contact) for contact in contacts],
        }

    def _status(self, status: Any) -> dict[str, Any]:
        told = status if isinstance(status, dict) else {}
        name, since = str(get(told, "Name") or ""), get(told, "StartTimestamp")
        kind = str(get(told, "Type") or "").upper() or _BUILT_IN.get(name.lower(), "CUSTOM" if told else "")
        start = self._at(since, "StartTimestamp") if since else 0
        return {"type": kind, "name": name, "id": last(str(get(told, "ARN") or name)), "since": start}

    def _at(self, text: Any, name: str) -> int:
        try:
            return self._clock.text(str(text))
        except (ValueError, OverflowError):
            raise ValueError(f"{name} is no time: {str(text)[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _told(contact: Mapping[str, Any]) -> tuple[str, str, str]:
    """State and method of a contact, and its queue; empty where it names none."""
    queue = get(contact, "Queue")
    named = last(str(get(queue, "ARN") or get(queue, "Name") or "")) if isinstance(queue, dict) else ""
    return str(get(contact, "State") or "").upper(), str(get(contact, "InitiationMethod") or "").upper(), named


def _id(body: Mapping[str, Any]) -> str:
    return str(get(body, "EventId") or "")


STATUS = StatusFeed(platform="amazon-connect", family="stream", frame="json", open=_Read, fold=fold, agent=agent)
