"""Agent states of NICE CXone, polled, as a feed of agent status: a list of everybody, or agents one by one.

Keys come in Pascal case and in camel case, values as what they are or as text. An answer with a list is everybody: who is missing
from the next one is GONE, unless `status.only_changes` of mapping.yaml says that it is asked for what changed since.

Source of fields: answers of the Reporting API; of states: the Studio action SetAgentState and public uses of the API.

* Available is ready; Unavailable not ready with the id of its code as reason (its name where mapping.yaml names it so), or after
  work where the code is flagged so. Code 0 and none are plain Unavailable.
* InboundPending and OutboundPending are offers; InboundContact, OutboundContact and the consults are work a queue gave where a
  skill is named, else the agent's own. Refused is what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import orjson

from reconciler.formats import json
from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock

LIMIT = 67_108_864
"""Bytes of an answer: it has about five hundred for each agent."""
_MANY = 1000
_KEY = 200  # characters of a key in a manifest
_DEPTH = 3  # objects around a list

_STATES: Mapping[str, tuple[Standing, tuple[Contact, ...]]] = MappingProxyType(
    {
        "loggedout": (Standing.OFF, ()),
        "available": (Standing.READY, ()),
        "unavailable": (Standing.NOT_READY, ()),
        "inboundpending": (Standing.READY, (Contact.OFFERED,)),
        "outboundpending": (Standing.READY, (Contact.OFFERED,)),
        "inboundcontact": (Standing.READY, (Contact.ROUTED,)),
        "outboundcontact": (Standing.READY, (Contact.ROUTED,)),
        "inboundconsult": (Standing.READY, (Contact.ROUTED,)),
        "outboundconsult": (Standing.READY, (Contact.ROUTED,)),
        "refused": (Standing.READY, (Contact.REFUSED,)),
    }
)
_NONE = frozenset({"", "0", "null", "none"})
_Told: TypeAlias = tuple[str, int, int, dict[str, Any]]


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """The newest state, and what it was between contacts (`rest`: ready or not, and why)."""
    data = event.data
    rest = memory["rest"] if memory else ["ready", "", ""]
    word = _word(data["state"])
    if word in {"available", "unavailable"} and not data["acw"]:
        rest = ["ready", "", ""] if word == "available" else ["not_ready", data["reason"], data["label"]]
    return {**data, "rest": rest}


def _word(name: str) -> str:
    return name.replace(" ", "").replace("_", "").replace("-", "").lower()


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    name, word = memory["state"], _word(memory["state"])
    if not name:
        return Agent(Standing.GONE)
    if word not in _STATES:
        return Agent(Standing.UNKNOWN, native=name)
    standing, contacts = _STATES[word]
    if word == "unavailable" and memory["acw"]:
        return Agent(standing, memory["reason"], (Contact.AFTER_WORK,), name, label=memory["label"])
    if Contact.ROUTED in contacts and not memory["skill"]:
        before, reason, label = memory["rest"]
        return Agent(Standing(before), reason, (Contact.OWN,), name, label=label)
    is_out = standing is Standing.NOT_READY
    return Agent(standing, memory["reason"] if is_out else "", contacts, name, label=memory["label"] if is_out else "")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Answers → Events, only for what has changed. `odd` counts rows that are none, and rows older than what is known.

    `known` is what was last told of each agent: when the state began, the time told, the values of the content;
    `listed` are those in the last full list.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._is_full = not table.status.only_changes
        self._reasons = {*table.secondary_statuses, *table.status.reasons}
        self._known: dict[str, list[Any]] = kept.get("known", {})
        self._listed: set[str] = set(kept.get("listed", ()))
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "known": self._known, "listed": sorted(self._listed)}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for value in _values(record) for event in self._value(value)]

    def _value(self, value: Any) -> Sequence[Event]:
        rows = _rows(value, 0)
        if rows is None:
            single = _single(value)
            if not _is_state(single):
                self._other(single)
                return ()
            return list(self._changed([self._row(single)]))
        told = self._patient(rows)
        events = list(self._changed(told))
        return [*events, *self._gone({one[0] for one in told})] if self._is_full and len(told) == len(rows) else events

    def _other(self, row: Mapping[str, Any]) -> None:
        """Agents without a state, and other things that have a name of their own, say nothing here."""
        if not any(name.endswith("id") for name in row):
            raise ValueError(f"no agent state: expected AgentId and AgentStateName (keys: {', '.join(list(row)[:6])})")

    def _patient(self, rows: Sequence[Mapping[str, Any]]) -> list[_Told]:
        """What is said of each agent of a list; rows that are not understood are counted and hinder no others."""
        told = []
        for row in rows:
            try:
                told.append(self._row(row))
            except ValueError as error:
                self._odd(str(error))
        return told

    def _row(self, row: Mapping[str, Any]) -> _Told:
        """Key, when the state began, when it was last changed, and content."""
        key = _text(row, "agentid")
        if not 0 < len(key) <= _KEY or not key.isprintable() or key == "0":
            raise ValueError(f"an agent without AgentId: {key[:40]!r}")
        name = _text(row, "agentstatename") or _text(row, "agentstateid")
        if not name:
            raise ValueError(f"agent {key} without AgentStateName; expected such as Available")
        code, label = _text(row, "outstateid"), _text(row, "outstatedescription")
        code = label if code in _NONE else code
        is_out = _word(name) == "unavailable" and code.lower() not in _NONE
        skill = _text(row, "skillid")
        data = {
            "state": name,
            "reason": code if is_out else "",
            "label": label if is_out else "",
            "acw": _text(row, "isacw").lower() in {"true", "1", "yes"},
            "skill": "" if skill.lower() in _NONE else skill,
        }
        start, changed, polled = (self._at(row, name) for name in ("startdate", "lastupdatetime", "lastpolltime"))
        changed = changed or start or polled
        if not changed:
            raise ValueError(f"agent {key} without a time: expected StartDate or LastUpdateTime")
        return key, start or changed, changed, data

    def _changed(self, told: Sequence[_Told]) -> Iterator[Event]:
        for key, start, changed, data in told:
            before = self._known.get(key)
            if before and start < before[0]:
                self._odd("a row older than what is known")
            elif before is None or before[2:] != list(data.values()):
                at = max(start if before is None or start > before[0] else changed, before[1] if before else 0)
                self._known[key] = [start, at, *data.values()]
                yield Event(key, at, data)

    def _gone(self, keys: set[str]) -> Iterator[Event]:
        """Who was in the last full list and is not in this one."""
        for key in sorted(self._listed - keys):
            start, at = self._known[key][:2]
            at = max(at, self._clock.last)
            data = {"state": "", "reason": "", "label": "", "acw": False, "skill": ""}
            self._known[key] = [start, at, *data.values()]
            yield Event(key, at, data)
        self._listed = keys

    def _at(self, row: Mapping[str, Any], name: str) -> int:
        text = _text(row, name)
        try:
            return self._clock.text(text) if text and text.lower() != "null" else 0
        except (ValueError, OverflowError):
            raise ValueError(f"{name} is no time: {text[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _values(record: bytes) -> Sequence[Any]:
    """The JSON values in a record, sloppy ones too. Raises `ValueError`."""
    if len(record) > LIMIT:
        raise ValueError(f"an answer of {len(record)} bytes: expected at most {LIMIT}")
    return json.values(record)


def _rows(value: Any, depth: int) -> Sequence[Mapping[str, Any]] | None:
    """The rows of the first list of agent states in here; None where there is no list."""
    if isinstance(value, list):
        found = [_lower(row) for row in value]
        return found if all(map(_is_state, found)) else None
    for name, inner in value.items() if isinstance(value, dict) and depth < _DEPTH else ():
        if isinstance(inner, list) and not inner and "state" not in name.lower():
            continue
        if isinstance(inner, list | dict) and (rows := _rows(inner, depth + 1)) is not None:
            return rows
    return None


def _single(value: Any) -> dict[str, Any]:
    """The one object in here, out of what wraps it."""
    for _ in range(_DEPTH):
        inner = [one for one in value.values() if isinstance(one, dict)] if isinstance(value, dict) else []
        if len(inner) != 1 or "agentid" in _lower(value):
            break
        value = inner[0]
    return _lower(value)


def _is_state(row: Mapping[str, Any]) -> bool:
    return "agentid" in row and ("agentstatename" in row or "agentstateid" in row)


def _lower(row: Any) -> dict[str, Any]:
    return {name.lower(): value for name, value in row.items()} if isinstance(row, dict) else {}


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


STATUS = StatusFeed(platform="nice-cxone", family="state", frame="large json", open=_Read, fold=fold, agent=agent)
