"""The queue log of Asterisk as a feed of agent status: rows → Events, Events → what is known of a member.

Source of all events: Queue Logs, docs.asterisk.org, and the code that writes them (`app_queue`, `app_agent_pool`); those of XiVO
and Wazo from their documentation of the queue log. What they mean for an agent:

* A member is ready while it is in a queue or logged in and not paused in all queues known of it. ADDMEMBER to the first queue
  comes, REMOVEMEMBER from the last one goes. A logoff goes too, and UNPAUSE rows after it (XiVO writes them) bring nobody back.
* PAUSEALL pauses every queue known so far; PAUSE rows for the single queues follow it and carry the reason.
* CONNECT begins a call. Its own COMPLETE…, TRANSFER, AGENTDUMP or SYSCOMPAT ends it, and so does the member's next CONNECT, since
  exit rows can be missing. Two calls of one member at once are therefore one.
* RINGNOANSWER changes nothing (`status.no_answer` of mapping.yaml may make it a refusal until the member's next event). The pause
  that Asterisk itself sets then, with the reason Auto-Pause, is a refusal and no break: `ready` with a refused contact.
* QUEUESTART is a restart: everybody is GONE, calls and memberships are forgotten, until the log speaks of a member again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from reconciler.model.event import EVERYBODY, Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.asterisk.cel import is_cel
from reconciler.sources.asterisk.rows import Row, Rows
from reconciler.sources.asterisk.tables import decoded, instant, serial

AUTO_PAUSE = "auto-pause"
_NOBODY = frozenset({"", "NONE", "none"})
_MANY = 1000
_AT_ONCE = 1000  # ms: rows of one act can stand in two seconds
_KEY = 200  # characters of a key in a manifest

_SILENT = frozenset(
    {
        "ABANDON",
        "CLOSED",
        "CONFIGRELOAD",
        "DID",
        "DIVERT_CA_RATIO",
        "DIVERT_HOLDTIME",
        "ENTERQUEUE",
        "EXITEMPTY",
        "EXITWITHKEY",
        "EXITWITHTIMEOUT",
        "FULL",
        "JOINEMPTY",
        "LEAVEEMPTY",
        "PENALTY",
    }
)
"""Events that change no agent's state: callers, settings, and what never reached a member."""


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_NEW: Memory = {"is": "in", "queues": {}, "why": "", "call": "", "missed": "", "at": 0}


def _add(known: Memory, event: Event) -> None:
    known["is"] = "in"
    known["queues"] = {**known["queues"], event.data["queue"]: event.data["text"].upper() == "PAUSED"}


def _remove(known: Memory, event: Event) -> None:
    known["queues"] = {name: paused for name, paused in known["queues"].items() if name and name != event.data["queue"]}
    if not known["queues"]:
        known["is"], known["why"] = "left", ""


def _login(known: Memory, _event: Event) -> None:
    known["is"] = "in"


def _logoff(known: Memory, _event: Event) -> None:
    known["is"], known["call"] = "out", ""


def _pause(known: Memory, event: Event) -> None:
    queue = event.data["queue"]
    if queue in _NOBODY:
        _pause_all(known, event)
    elif _counts(known, queue):
        known["why"] = _why(known, event) or (known["why"] if any(known["queues"].values()) else "")
        _put(known, queue, paused=True)


def _pause_all(known: Memory, event: Event) -> None:
    """Every queue known so far, or `""` for those not known, until the rows of the single queues come."""
    if known["is"] == "left":
        return
    known["why"] = _why(known, event)
    known["queues"] = dict.fromkeys(known["queues"] or ("",), True)
    _heard(known)


def _why(known: Memory, event: Event) -> str:
    """The reason of a pause; old versions write none when they set it themselves, at once after a call was missed."""
    text: str = event.data["text"]
    return text or (AUTO_PAUSE if known["missed"] and event.at - known["at"] <= _AT_ONCE else "")


def _unpause(known: Memory, event: Event) -> None:
    queue = event.data["queue"]
    if queue in _NOBODY:
        _unpause_all(known, event)
    elif _counts(known, queue):
        _put(known, queue, paused=False)
        known["why"] = known["why"] if any(known["queues"].values()) else ""


def _unpause_all(known: Memory, _event: Event) -> None:
    known["queues"] = {name: False for name in known["queues"] if name}
    known["why"] = ""
    _heard(known)


def _counts(known: Memory, queue: str) -> bool:
    """Whether word of a queue counts: not for somebody who has left it."""
    return known["is"] != "left" or queue in known["queues"]


def _put(known: Memory, queue: str, *, paused: bool) -> None:
    known["queues"] = {**known["queues"], queue: paused}
    known["queues"].pop("", None)
    _heard(known)


def _heard(known: Memory) -> None:
    """After a restart, any word of a member brings it back."""
    if known["is"] == "gone":
        known["is"] = "in"


def _connect(known: Memory, event: Event) -> None:
    queue = event.data["queue"]
    known["is"], known["call"] = "in", event.data["call"] or "?"
    if queue not in known["queues"]:
        _put(known, queue, paused=False)


def _complete(known: Memory, event: Event) -> None:
    if event.data["call"] in {known["call"], ""}:
        known["call"] = ""
    _heard(known)


def _ring(known: Memory, _event: Event) -> None:
    _heard(known)


def _restart(known: Memory, _event: Event) -> None:
    known.update(_NEW, **{"is": "gone"})


_ACTS: Mapping[str, Callable[[Memory, Event], None]] = MappingProxyType(
    {
        "ADDMEMBER": _add,
        "REMOVEMEMBER": _remove,
        "AGENTLOGIN": _login,
        "AGENTCALLBACKLOGIN": _login,
        "AGENTLOGOFF": _logoff,
        "AGENTCALLBACKLOGOFF": _logoff,
        "PAUSE": _pause,
        "PAUSEALL": _pause_all,
        "UNPAUSE": _unpause,
        "UNPAUSEALL": _unpause_all,
        "CONNECT": _connect,
        "COMPLETEAGENT": _complete,
        "COMPLETECALLER": _complete,
        "TRANSFER": _complete,
        "BLINDTRANSFER": _complete,
        "ATTENDEDTRANSFER": _complete,
        "AGENTDUMP": _complete,
        "SYSCOMPAT": _complete,
        "RINGNOANSWER": _ring,
        "RINGCANCELED": _ring,
        "QUEUESTART": _restart,
    }
)


NAMES = _SILENT | _ACTS.keys()
"""All events of the queue log that are known, of agents and of callers."""


def fold(memory: Memory | None, event: Event) -> Memory:
    """What is known of a member after an event.

    `is` it in, out (logged off), left (in no queue) or gone; its `queues`, and whether it is paused in each; `why`; the `call` it
    is in; whether the event was a call it `missed`, and when (`at`).
    """
    known = dict(_NEW if memory is None else memory)
    _ACTS[event.data["event"]](known, event)
    known["missed"] = event.data.get("missed", "")
    known["at"] = event.at
    return known


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    calls = (Contact.ROUTED,) if memory["call"] else ()
    if memory["is"] == "gone":
        return Agent(Standing.GONE, native="QUEUESTART")
    if memory["is"] != "in":
        return Agent(Standing.OFF, contacts=calls, native="logged off" if memory["is"] == "out" else "in no queue")
    paused = memory["queues"].values()
    if paused and all(paused):
        return _paused(memory["why"], calls)
    if memory["missed"] == "refused":
        return Agent(Standing.READY, contacts=(*calls, Contact.REFUSED), native="no answer")
    return Agent(Standing.READY, contacts=calls, native="paused in some queues" if any(paused) else "available")


def _paused(why: str, calls: tuple[Contact, ...]) -> Agent:
    if why.lower() == AUTO_PAUSE:
        return Agent(Standing.READY, contacts=(*calls, Contact.REFUSED), native=why)
    return Agent(Standing.NOT_READY, reason=why, contacts=calls, native="paused")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Lines of a queue log → Events. `odd` counts the names of events that nothing is known of; they give no Events.

    Rows that are equal in every cell, their time included, are told apart by a count, since a member can join, leave and join
    again within one second.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._rows = Rows(known.get("rows"))
        self._missed = "refused" if table.status.no_answer == "refused" else "missed"
        self._time: str = known.get("time", "")
        self._seen: dict[str, int] = known.get("seen", {})
        self._is_cel: bool = known.get("is_cel", False)
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        told = {"last": self._clock.last, "rows": self._rows.state, "time": self._time, "seen": self._seen}
        return orjson.dumps({**told, "is_cel": self._is_cel}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        line = decoded(record)
        self._is_cel = is_cel(line, before=self._is_cel)
        if self._is_cel:  # a folder holds both logs; this one tells of channels, not of members
            self._odd("a line of CEL")
            return []
        return [event for row in self._rows.read(line) if (event := self._event(row))]

    def _event(self, row: Row) -> Event | None:
        name = row.event.strip().upper()
        if name not in _ACTS:
            if not name:
                raise ValueError("a row without the name of an event: expected epoch|callid|queue|member|event|…")
            if name not in _SILENT:
                self._odd(name)
            return None
        if row.agent in _NOBODY and name != "QUEUESTART":
            return None
        data = {"event": name, "queue": row.queue, "call": row.call, "text": row.text}
        if name == "RINGNOANSWER":
            data["missed"] = self._missed
        key = EVERYBODY if name == "QUEUESTART" else row.agent
        if len(key) > _KEY or not key.isprintable():
            raise ValueError(f"no member: {key[:40]!r}; expected at most {_KEY} printable signs")
        if again := self._again(row, key):
            data["again"] = again
        return Event(key, instant(self._clock, row.time), data, order=serial(row.number))

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1

    def _again(self, row: Row, key: str) -> str:
        """How many equal rows came before this one; empty for none. A row with an id of its own needs no count."""
        if row.number:
            return ""
        if row.time != self._time:
            self._time, self._seen = row.time, {}
        content = f"{key}|{row.event}|{row.queue}|{row.call}|{row.text}"
        before = self._seen.get(content, 0)
        self._seen[content] = before + 1
        return str(before) if before else ""


STATUS = StatusFeed(platform="asterisk", family="stream", frame="lines", open=_Read, fold=fold, agent=agent)
