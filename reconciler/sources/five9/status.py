"""Messages of the supervisor web socket of Five9 as a feed of agent status: a full snapshot, then increments.

A stream, since every change is told, and read on behind the last message: an old snapshot says nothing of now.

Source of messages: five9-go, a public client, and messages it was tested with. 5000 is everybody; 5012 adds, updates and removes;
1010 is a new connection, after which increments say nothing until the next 5000. Other messages are about other things.

* LOGGED_OUT is off, and so is who is removed; who is missing from a snapshot is GONE. READY and NOT_READY are what they say;
  where channels are told apart that of `status.channel` of mapping.yaml decides, voice without it. Reason 0 is none.
* RINGING is an offer, ON_CALL work a queue gave or, for manual and internal calls, the agent's own; ACW is after work.
* A pending state changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from reconciler.formats import json
from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock

LIMIT = 67_108_864
"""Bytes of a message: a snapshot has about two thousand for each agent."""
_MANY = 1000
_KEY = 200  # characters of a key in a manifest

_SNAPSHOT, _INCREMENT, _CONNECTED = "5000", "5012", "1010"
_SILENT = frozenset({"1020", "1202", "5002", "5003", "5006", "5007", "6008"})
_STATES: Mapping[str, tuple[Standing, tuple[Contact, ...]]] = MappingProxyType(
    {
        "LOGGED_OUT": (Standing.OFF, ()),
        "REMOVED": (Standing.OFF, ()),
        "READY": (Standing.READY, ()),
        "NOT_READY": (Standing.NOT_READY, ()),
        "RINGING": (Standing.READY, (Contact.OFFERED,)),
        "ON_CALL": (Standing.READY, (Contact.ROUTED,)),
        "ACW": (Standing.READY, (Contact.AFTER_WORK,)),
        "AFTER_CALL_WORK": (Standing.READY, (Contact.AFTER_WORK,)),
        "MISSING": (Standing.GONE, ()),
    }
)
_OWN = ("MANUAL", "INTERNAL")
_SINCE = ("stateSince", "reasonCodeSince", "onHoldStateSince")


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """The newest state, and what it was between calls (`rest`: ready or not, and why)."""
    data = event.data
    rest = memory["rest"] if memory else ["ready", ""]
    if data["state"] in {"READY", "NOT_READY"}:
        standing = _rest(data)
        rest = [standing, data["reason"] if standing is Standing.NOT_READY else ""]
    return {**data, "rest": rest}


def _rest(data: Mapping[str, Any]) -> Standing:
    return Standing.READY if data["state"] == "READY" and data["ready"] else Standing.NOT_READY


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    state, pending = memory["state"], memory["pending"]
    if state not in _STATES:
        return Agent(Standing.UNKNOWN, native=state, pending=pending)
    standing, contacts = _STATES[state]
    if state == "READY":
        standing = _rest(memory)
    if state == "ON_CALL" and any(word in memory["call"] for word in _OWN):
        return Agent(Standing(memory["rest"][0]), memory["rest"][1], (Contact.OWN,), state, pending)
    return Agent(standing, memory["reason"] if standing is Standing.NOT_READY else "", contacts, state, pending)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Messages → Events, only for what has changed. `odd` counts messages that are not known, and rows that are none.

    `known` is what was last told of each agent: the time told, and the values of the content. `synced` is whether a snapshot has
    come since the last connection.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._channel = (table.status.channel or "voice").lower()
        self._known: dict[str, list[Any]] = kept.get("known", {})
        self._synced: bool = kept.get("synced", False)
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "known": self._known, "synced": self._synced}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for message in _messages(record) for event in self._message(message)]

    def _message(self, message: Mapping[str, Any]) -> Sequence[Event]:
        context = _get(message, "context")
        kind = str(_get(context, "eventId") or "") if isinstance(context, dict) else ""
        if not kind:
            raise ValueError(f"no message of Five9: context.eventId is missing (keys: {', '.join(map(str, list(message)[:6]))})")
        if kind == _CONNECTED:
            self._synced = False
        elif kind in {_SNAPSHOT, _INCREMENT}:
            seen = self._number(_get(context, "timeStamp"), "context.timeStamp")
            parts = [part for part in _rows(_get(message, "payLoad")) if str(_get(part, "dataSource")).upper() == "AGENT_STATE"]
            take = self._snapshot if kind == _SNAPSHOT else self._increment
            return [event for part in parts for event in take(part, seen)]
        elif kind not in _SILENT:
            self._odd(f"message {kind}")
        return ()

    def _snapshot(self, part: Mapping[str, Any], seen: int) -> Sequence[Event]:
        rows = _rows(_get(part, "data"))
        told = self._told(rows, seen)
        self._synced = True
        missing = [] if len(told) < len(rows) else sorted(set(self._known) - {key for key, _, _ in told})
        gone = [(key, seen, {**_NOTHING, "state": "MISSING"}) for key in missing if self._known[key][1] != "REMOVED"]
        return [*self._changed(told), *self._changed(gone)]

    def _increment(self, part: Mapping[str, Any], seen: int) -> Sequence[Event]:
        if not self._synced:
            self._odd("an increment before the first snapshot")
            return ()
        rows = [row for name in ("added", "updated") for row in _rows(_get(part, name))]
        removed = [{"id": row.get("id"), "state": "REMOVED"} for row in _listed(_get(part, "removed"))]
        return list(self._changed(self._told([*rows, *removed], seen)))

    def _told(self, rows: Sequence[Mapping[str, Any]], seen: int) -> list[tuple[str, int, dict[str, Any]]]:
        """Key, time and content of each row; rows that are not understood are counted and hinder no others."""
        told = []
        for row in rows:
            try:
                key = self._key(row)
                before = dict(zip(_NOTHING, self._known[key][1:], strict=True)) if key in self._known else _NOTHING
                told.append((key, self._since(row, seen), self._content(row, before)))
            except ValueError as error:
                self._odd(str(error))
        return told

    def _changed(self, told: Sequence[tuple[str, int, dict[str, Any]]]) -> Iterator[Event]:
        for key, since, data in told:
            before = self._known.get(key)
            values = list(data.values())
            if before is None or before[1:] != values:
                at = max(since, before[0] if before else 0)
                self._known[key] = [at, *values]
                yield Event(key, at, data)

    def _content(self, row: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """What counts of a row; what an increment leaves out stays as it was."""
        presence = _get(row, "presence")
        shown = presence if isinstance(presence, dict) else {}
        state = str(_get(row, "state") or before["state"]).upper()
        if not state:
            raise ValueError(f"agent {self._key(row)} without a state; expected such as READY")
        reason = str(before["reason"] if (number := _get(row, "reasonCodeId")) is None else number)
        call = before["call"] if not _has(row, "callType") else str(_get(row, "callType") or "").upper()
        return {
            "state": state,
            "reason": reason if state in {"READY", "NOT_READY"} and reason != "0" else "",
            "call": call,
            "ready": self._is_ready(_get(_dict(shown, "currentState"), "readyChannels"), before=bool(before["ready"])),
            "pending": _pending(_dict(shown, "pendingState"), state),
        }

    def _is_ready(self, channels: Any, *, before: bool) -> bool:
        """Whether the channel that decides is among the ready ones; yes where none is listed: then the state alone tells."""
        if not isinstance(channels, list):
            return before
        return not channels or any(str(channel).lower() == self._channel for channel in channels)

    def _since(self, row: Mapping[str, Any], seen: int) -> int:
        """When this began: the latest of the times a row tells, as long as it is not in the future of the message."""
        times = [self._number(value, name) for name in _SINCE if (value := _get(row, name)) not in (None, "", 0, "0")]
        return max((time for time in times if time <= seen), default=seen)

    def _number(self, value: Any, name: str) -> int:
        try:
            at = self._clock.milliseconds(value)
        except (TypeError, ValueError, OverflowError):
            at = -1
        if at < 0:
            raise ValueError(f"{name} is no time: {str(value)[:40]!r}; expected milliseconds since 1970")
        return at

    def _key(self, row: Mapping[str, Any]) -> str:
        key = str(_get(row, "id") or "")
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"an agent without id: {key[:40]!r}")
        return key

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


_NOTHING: Mapping[str, Any] = MappingProxyType({"state": "", "reason": "", "call": "", "ready": True, "pending": ""})


def _pending(pending: Mapping[str, Any], state: str) -> str:
    """The reason that waits for the end of the call; empty where none does."""
    reason = str(_get(pending, "notReadyReasonCode") or "")
    return "" if reason in {"", "0"} or state in {"NOT_READY", "LOGGED_OUT"} else reason


def _messages(record: bytes) -> Sequence[Mapping[str, Any]]:
    """The messages in a record, sloppy ones too. Raises `ValueError`."""
    if len(record) > LIMIT:
        raise ValueError(f"a message of {len(record)} bytes: expected at most {LIMIT}")
    messages = [one for value in json.values(record) for one in (value if isinstance(value, list) else [value])]
    if not all(isinstance(one, dict) for one in messages):
        raise ValueError(f"no message of Five9: expected an object, found {record[:40]!r}")
    return messages


def _rows(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _listed(value: Any) -> Sequence[Mapping[str, Any]]:
    """What was removed: rows, or ids alone."""
    found = value if isinstance(value, list) else []
    return [row if isinstance(row, dict) else {"id": row} for row in found]


def _dict(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = _get(value, name)
    return found if isinstance(found, dict) else {}


def _has(row: Mapping[str, Any], name: str) -> bool:
    return name in row or any(key.lower() == name.lower() for key in row)


def _get(row: Any, name: str) -> Any:
    """The value of a key, in whatever case it is written; None where there is none."""
    if name in row:
        return row[name]
    lower = name.lower()
    return next((value for key, value in row.items() if key.lower() == lower), None)


STATUS = StatusFeed(platform="five9", family="stream", frame="large json", open=_Read, fold=fold, agent=agent)
