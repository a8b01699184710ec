"""Workers of TaskRouter as a feed of agent status: their activities and reservations.

Source of events and fields: TaskRouter event reference, and Event Streams event types of TaskRouter. What they mean:

* The activity says whether a worker takes work: Offline is off, an available one ready, any other not ready with its SID as
  reason; mapping.yaml may name it by its name, too. A flag in the record is believed, whatever the name says.
* A reservation is offered when created, work when accepted, after work while wrapping, over when completed, canceled or
  rescinded. Several may go on at once. What is over stays over, whatever arrives late. A worker whose activity was not told yet
  and who has one is ready: reservations go to nobody else.
* A reservation rejected or timed out is a refusal only where it takes the worker to an activity that is not available, until the
  next change of activity. A worker who stays available goes on being offered work.

Delivery is at least once and in no promised order; events have ids, and times in milliseconds to sort by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.twilio.records import Lines, Record

_MANY = 1000
_KEY = 200  # characters of a key in a manifest
_AT_ONCE = 2000  # ms between a refused reservation and the activity it leads to (assumed)
_PREFIX = "com.twilio.taskrouter."

_ACTIVITY = frozenset({"worker.activity.update", "worker.activity", "worker.created"})
_PHASES: Mapping[str, str] = MappingProxyType(
    {
        "reservation.created": "offered",
        "reservation.accepted": "routed",
        "reservation.wrapup": "after_work",
        "reservation.wrapping": "after_work",
        "task.wrapup": "after_work",
        "reservation.completed": "over",
        "reservation.canceled": "over",
        "reservation.rescinded": "over",
        "task.completed": "over",
        "task.canceled": "over",
        "reservation.rejected": "refused",
        "reservation.timeout": "refused",
    }
)
_RANKS = ("offered", "routed", "after_work")
_NOT_OURS = frozenset({"meta", "callsid", "conferencesid", "recordingsid"})  # ends of lists, call backs of calls
_SILENT = ("activity.", "task.", "task-queue.", "task-channel.", "workflow.", "workspace.", "worker.")
_BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "offline": "off",
        "available": "ready",
        "idle": "ready",
        "unavailable": "not_ready",
        "busy": "not_ready",
        "reserved": "not_ready",
    }
)
"""Activities a new workspace has, now and in former years, by name in lower case."""


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_NEW: Memory = {"word": "", "sid": "", "name": "", "since": 0, "open": {}, "over": [], "missed": 0, "refused": False}
_REMEMBERED = 16  # reservations that are over, against what arrives late


def fold(memory: Memory | None, event: Event) -> Memory:
    """The activity and since when, the `open` reservations (SID → phase and task), and some that are `over`.

    `missed` is when the last one was refused, `refused` whether that led to this activity.
    """
    known, data = _NEW if memory is None else memory, event.data
    if "gone" in data:
        return {**_NEW, "word": "gone", "since": event.at}
    if "word" not in data:
        return _reserved(known, event)
    if event.at < known["since"]:
        return known
    missed = data["word"] == "not_ready" and event.at - known["missed"] <= _AT_ONCE
    return {**known, **data, "since": event.at, "refused": missed}


def _reserved(known: Memory, event: Event) -> Memory:
    """What is known after an event of a reservation, or of a task whose reservations it means."""
    data, opened = event.data, known["open"]
    if not known["word"] and not known["name"]:
        known = {**known, "word": "ready"}
    phase, task = data["phase"], data["task"]
    names = [data["reservation"]] if data["reservation"] else [name for name, one in opened.items() if one[1] == task]
    if phase in _RANKS:
        new = {
            name: [phase, task] for name in names if name not in known["over"] and _rank(opened.get(name)) <= _RANKS.index(phase)
        }
        return {**known, "open": {**opened, **new}}
    over = [*known["over"], *(name for name in names if name not in known["over"])][-_REMEMBERED:]
    known = {**known, "open": {name: one for name, one in opened.items() if name not in names}, "over": over}
    if phase == "refused":
        known["missed"] = event.at
        known["refused"] = known["refused"] or (known["word"] == "not_ready" and 0 <= event.at - known["since"] <= _AT_ONCE)
    return known


def _rank(reservation: Sequence[str] | None) -> int:
    return _RANKS.index(reservation[0]) if reservation else 0


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    contacts = tuple(Contact(phase) for phase, _ in memory["open"].values())
    word, name = memory["word"], memory["name"] or memory["sid"]
    if word == "not_ready" and memory["refused"]:
        return Agent(Standing.READY, contacts=(*contacts, Contact.REFUSED), native=name)
    if not word:
        return Agent(Standing.UNKNOWN, contacts=contacts, native=name or "no activity told yet")
    return Agent(Standing(word), memory["sid"] if word == "not_ready" else "", contacts, name)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Lines → Events. `odd` counts types of events that are not known, and activities that nobody says take work or not.

    `flags` is what was learnt of activities: SID → whether they take work.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._lines = Lines(kept.get("begun", ""), self._odd)
        self._flags: dict[str, bool] = kept.get("flags", {})
        self._words: Mapping[str, str] = table.status.states
        self._reasons = {*table.secondary_statuses, *table.status.reasons}
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "begun": self._lines.begun, "flags": self._flags}).decode()

    @property
    def open_lines(self) -> int:
        return self._lines.open_lines

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for one in self._lines.read(record) if (event := self._event(one))]

    def _event(self, record: Record) -> Event | None:
        kind, worker = _kind(record), _worker(record)
        if not kind:
            return self._answer(record, worker)
        if kind.startswith("activity."):
            self._learn(_text(record, "activitysid", "resourcesid"), record.get("activityavailable"))
        elif kind in _ACTIVITY:
            return self._made(record, self._activity(record))
        elif kind == "worker.deleted":
            return self._made(record, {"gone": True})
        elif kind in _PHASES and (worker or kind.startswith("reservation.")):
            told = {"reservation": _reservation(record), "task": _text(record, "tasksid"), "phase": _PHASES[kind]}
            return self._made(record, told)
        elif not kind.startswith(_SILENT):
            self._odd(kind)
        return None

    def _answer(self, record: Record, worker: str) -> Event | None:
        """A worker as the REST service shows it: a state, at the time it began. Other resources say nothing of workers."""
        sid = _text(record, "sid")
        if worker:
            self._learn(_text(record, "activitysid"), record.get("available"))
            time = _text(record, "datestatuschanged") or _text(record, "dateupdated", "datecreated")
            return Event(_key(record), self._at(time), self._activity(record))
        if not sid and not (_NOT_OURS & record.keys()):
            raise ValueError(f"no event of TaskRouter: expected EventType (names: {', '.join(list(record)[:6])})")
        if sid.startswith("WA"):
            self._learn(sid, record.get("available"))
        return None

    def _made(self, record: Record, data: Mapping[str, Any]) -> Event:
        time = _text(record, "timestampms", "eventdatems") or _text(record, "timestamp", "eventdate", "time")
        return Event(_key(record), self._at(time), data, _id(record))

    def _activity(self, record: Record) -> dict[str, Any]:
        sid, name = _text(record, "workeractivitysid", "activitysid"), _text(record, "workeractivityname", "activityname")
        if not sid and not name:
            raise ValueError(f"no activity: expected WorkerActivitySid (names: {', '.join(list(record)[:6])})")
        flag = _flag(record.get("workeractivityavailable", record.get("activityavailable")))
        word = self._word(sid, name, self._flags.get(sid) if flag is None else flag)
        if not word:
            self._odd(f"activity {name or sid}")
        return {"word": word, "sid": sid or name, "name": name}

    def _word(self, sid: str, name: str, flag: bool | None) -> str:  # noqa: FBT001 - it is the platform's flag
        """Ready, not ready or off; empty where nobody says."""
        own = self._words.get(sid) or self._words.get(name)
        if own or flag is None:
            return own or ("not_ready" if {sid, name} & self._reasons else _BUILT_IN.get(name.lower(), ""))
        return "ready" if flag else "off" if name.lower() == "offline" else "not_ready"

    def _learn(self, sid: str, flag: Any) -> None:
        told = _flag(flag)
        if sid and told is not None and (sid in self._flags or len(self._flags) < _MANY):
            self._flags[sid] = told

    def _at(self, time: str) -> int:
        try:
            if not time.isdecimal():
                return self._clock.text(time)
            return self._clock.milliseconds(time) if len(time) > 11 else self._clock.epoch(time)
        except (ValueError, OverflowError):
            raise ValueError(f"no time: {time[:40]!r}; expected TimestampMs, or a date and time") from None

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _text(record: Record, *names: str) -> str:
    """The first of these that is there, as text."""
    said = (record.get(name) for name in names)
    return next((str(value).strip() for value in said if isinstance(value, str | int) and value != ""), "")


def _kind(record: Record) -> str:
    """The type of an event, such as `worker.activity.update`."""
    kind = _text(record, "eventtype", "type")
    return kind.removeprefix(_PREFIX).lower()


def _worker(record: Record) -> str:
    own = _text(record, "sid")
    return _text(record, "workersid") or (own if own.startswith("WK") else "") or _resource(record, "worker")


def _resource(record: Record, kind: str) -> str:
    return _text(record, "resourcesid") if _text(record, "resourcetype").lower() == kind else ""


def _reservation(record: Record) -> str:
    return _text(record, "reservationsid") or _resource(record, "reservation")


def _key(record: Record) -> str:
    key = _worker(record)
    if not 0 < len(key) <= _KEY or not key.isprintable():
        raise ValueError(f"no worker: expected WorkerSid, found {key[:40]!r}")
    return key


def _id(record: Record) -> str:
    """The event's SID, the same in a web hook, a stream and the list; else the stream's id of the message."""
    sid = _text(record, "sid")
    return sid if sid.startswith("EV") else _text(record, "eventsid", "id")


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())


STATUS = StatusFeed(platform="twilio", family="stream", frame="lines", open=_Read, fold=fold, agent=agent, disorder_seconds=1.0)
