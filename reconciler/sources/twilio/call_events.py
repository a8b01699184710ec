"""Records of TaskRouter and Voice → Events of calls and e-mails, keyed by conversation. `tasks` and `voice` say what they mean.

A conversation is the customer's call (CA) where a task names it, else the task (WT). Links between tasks, calls and conferences
are remembered, so that a call back of the Voice service finds the conversation its call belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from reconciler.model.event import Event
from reconciler.model.interaction import Media
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.twilio import tasks, voice
from reconciler.sources.twilio.attributes import OUTCOME, SID, attributed, attributes, text
from reconciler.sources.twilio.records import Lines, Record

_PREFIX = "com.twilio.taskrouter."
_TASKS = ("task.", "reservation.", "task-queue.")
_PASSED = ("activity.", "worker.", "workflow.", "workspace.", "task-channel.")
_RFC = "%a, %d %b %Y %H:%M:%S %z"  # Source: Timestamp of call backs of calls and conferences, Voice webhooks
_TASK = re.compile(r"WT[0-9A-Za-z]{1,64}")
_LAST = 1_000_000  # call backs have whole seconds: what TaskRouter says of the same instant comes after them
_MANY = 1000
_LINKS = 10_000  # tasks, calls and conferences whose conversation is remembered


class CallEvents:
    """Lines → Events. `odd` counts types of events that are not known, and task channels that are neither calls nor e-mails."""

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._lines = Lines(kept.get("begun", ""), self._odd)
        self._links: dict[str, str] = kept.get("links", {})
        self._outcome = table.interactions.wrapup_attribute or OUTCOME
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        """What a later run needs."""
        return orjson.dumps({"last": self._clock.last, "begun": self._lines.begun, "links": self._links}).decode()

    @property
    def open_lines(self) -> int:
        """How many of the last lines belong to a record that goes on."""
        return self._lines.open_lines

    def __call__(self, record: bytes) -> Sequence[Event]:
        """The events in a line. Raises `ValueError`."""
        return [event for one in self._lines.read(record) if (event := self._event(one))]

    def _event(self, record: Record) -> Event | None:
        kind = text(record, "eventtype", "type").removeprefix(_PREFIX).lower()
        if kind.startswith(_TASKS):
            return self._task(record, kind)
        if kind:
            if not kind.startswith(_PASSED):
                self._odd(kind)
            return None
        if "recordingsid" in record:
            return self._voice(record, "recording", text(record, "recordingstatus"))
        if "conferencesid" in record:
            return self._voice(record, "conference", text(record, "statuscallbackevent"))
        if "callsid" in record:
            return self._voice(record, "call", text(record, "callstatus"))
        if not ({"sid", "list", "meta"} & record.keys()):
            raise ValueError(f"neither an event of TaskRouter nor a call back of Voice (names: {', '.join(list(record)[:6])})")
        return None

    # ── tasks ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _task(self, record: Record, kind: str) -> Event | None:
        if kind not in tasks.ACTS:
            if kind not in tasks.SILENT:
                self._odd(kind)
            return None
        task = _sid(record, "TaskSid", of="task")
        said = attributes(record)
        media = self._media(record, said)
        if not media:
            return None
        data: dict[str, Any] = {"event": kind, "media": media.value, "task": task, "reason": _reason(record)}
        data |= attributed(said, media, self._outcome)
        if kind.startswith("reservation."):
            data["reservation"] = _sid(record, "ReservationSid", of="reservation")
            data["worker"] = _sid(record, "WorkerSid") if kind not in tasks.NOBODYS else ""
        if kind.startswith("task.transfer-"):
            data["transfer"] = _transferred(record)
        data["queue"] = _sid(record, "TaskQueueSid", must=kind == "task-queue.entered")
        key = self._conversation(data)
        time = text(record, "timestampms", "eventdatems") or text(record, "timestamp", "eventdate", "time")
        sid = text(record, "sid")
        return Event(key, self._at(time), data, sid if sid.startswith("EV") else text(record, "eventsid", "id"), _LAST)

    def _media(self, record: Record, said: Mapping[str, Any]) -> Media | None:
        """What the task is made of; None, and counted, where it is neither a call nor an e-mail."""
        channel = text(record, "taskchanneluniquename", "taskchannelname").lower()
        if channel in {"voice", "email"}:
            return Media(channel)
        if channel in {"", "default"} and (said.get("call_sid") or said.get("conference")):
            return Media.VOICE
        self._odd(f"channel {channel or 'unknown'}")
        return None

    def _conversation(self, data: Mapping[str, Any]) -> str:
        """The customer's call where they called, else the task."""
        call = data["call"] if data["inbound"] and data["media"] == Media.VOICE else ""
        key = self._links.get(data["task"]) or self._links.get(call) or call or str(data["task"])
        for one in (data["task"], data["call"], data["conference"], *data["calls"]):
            self._link(one, key)
        return key

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _voice(self, record: Record, sort: str, what: str) -> Event | None:
        what = what.lower()
        if (sort, what) not in voice.ACTS:
            if (sort, what) not in voice.SILENT:
                self._odd(f"{sort} {what or 'without a status'}")
            return None
        call = _sid(record, "CallSid", must=sort == "call")
        conference = _sid(record, "ConferenceSid", must=sort == "conference")
        if not call and not conference:
            raise ValueError("a recording of nothing: expected CallSid or ConferenceSid")
        parent = _sid(record, "ParentCallSid", must=False)
        named = text(record, "friendlyname")  # of a conference: the task. Source: conference instruction, TaskRouter
        known = (self._links.get(one, "") for one in (conference, named, call, parent))
        key = next(filter(None, known), "") or (named if _TASK.fullmatch(named) else "") or parent or call or conference
        for one in (conference, call):
            self._link(one, key)
        data = {
            "event": f"{sort} {what}",
            "media": Media.VOICE.value,
            "call": call,
            "inbound": text(record, "direction", "calldirection").lower() == "inbound",
            "from": text(record, "from", "caller"),
            "to": text(record, "to", "called"),
            "label": text(record, "participantlabel"),
            "file": text(record, "recordingurl"),
            "seconds": _number(record, "recordingduration"),
        }
        number = _number(record, "sequencenumber")
        at = self._at(text(record, "timestamp"))
        return Event(key, at, data, orjson.dumps([call, conference, data["event"], number, at]).decode(), order=number)

    def _link(self, one: str, key: str) -> None:
        if one and one != key and len(self._links) >= _LINKS and one not in self._links:
            del self._links[next(iter(self._links))]
        if one:
            self._links.setdefault(one, key)

    def _at(self, time: str) -> int:
        try:
            at = self._moment(time)
        except (ValueError, OverflowError):
            raise ValueError(f"no time: {time[:40]!r}; expected TimestampMs, or a date and time") from None
        if at < 0:
            raise ValueError(f"no time: {time[:40]!r} is before 1970")
        return at

    def _moment(self, time: str) -> int:
        if not time and self._clock.last:
            return self._clock.last  # a first request of the Voice service has no time
        if time.isdecimal():
            return self._clock.milliseconds(time) if len(time) > 11 else self._clock.epoch(time)
        return self._clock.form(time, _RFC) if time[:1].isalpha() else self._clock.text(time)

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _number(record: Record, name: str) -> int:
    """A count; 0 where there is none."""
    found = text(record, name)
    return int(found) if found.isdecimal() and len(found) < 10 else 0


def _sid(record: Record, field: str, *, of: str = "", must: bool = True) -> str:
    """A SID, under its name or as the resource the event is `of`. Raises `ValueError` where it must be there and is not."""
    value = record.get(field.lower())
    if value in (None, "") and of and text(record, "resourcetype").lower() == of:
        value = record.get("resourcesid")
    if value in (None, "") and not must:
        return ""
    if not isinstance(value, str) or not SID.fullmatch(value.strip()):
        raise ValueError(f"no SID: expected {field}, found {str(value)[:40]!r}")
    return value.strip()


def _reason(record: Record) -> str:
    return text(record, "taskcanceledreason", "reason").lower()


def _transferred(record: Record) -> dict[str, str]:
    """Source: fields of task.transfer-* events, TaskRouter schema of Event Streams."""
    return {
        "id": text(record, "tasktransfersid") or text(record, "resourcesid"),
        "by": text(record, "transferinitiatingreservationsid"),
        "worker": text(record, "transferinitiatingworkersid"),
        "to": text(record, "transferto"),
        "mode": text(record, "transfermode").upper(),
    }
