"""Rows of a queue log → Events of calls, keyed by call id. What they mean stands in `calls_log`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from reconciler.model.event import EVERYBODY, Event
from reconciler.model.moment import Clock
from reconciler.sources.asterisk import status
from reconciler.sources.asterisk.calls_log import ACTS
from reconciler.sources.asterisk.directory import Directory
from reconciler.sources.asterisk.rows import Row, Rows
from reconciler.sources.asterisk.tables import counted, instant, serial

_NO_CALL = frozenset({"", "NONE", "REALTIME", "MANAGER", "CLI"})
_NOBODY = frozenset({"", "NONE"})
_WITH_AGENT = frozenset(
    {"CONNECT", "RINGNOANSWER", "RINGCANCELED", "COMPLETEAGENT", "COMPLETECALLER", "AGENTDUMP", "BLINDTRANSFER", "TRANSFER"}
)
_KEY = 200  # characters of a call id, queue or member; a callid of Asterisk has at most 80


class LogEvents:
    """Reads lines in their order. Names of events that nothing is known of are counted in `odd`.

    An event's id is its row as written, so that a row that is read twice is one event, whatever was read between.
    """

    def __init__(self, clock: Clock, directory: Directory, odd: dict[str, int], state: Any = None) -> None:
        self._clock = clock
        self._directory = directory
        self._odd = odd
        self._rows = Rows(state)

    @property
    def state(self) -> Any:
        """What later lines need."""
        return self._rows.state

    def read(self, line: str) -> Sequence[Event]:
        """The events in a line. Raises `ValueError`."""
        return [event for row in self._rows.read(line) if (event := self._event(row))]

    def _event(self, row: Row) -> Event | None:
        name = row.event.strip().upper()
        if not name:
            raise ValueError("a row without the name of an event: expected epoch|callid|queue|member|event|…")
        self._learn(row)
        if name not in ACTS:
            if name not in status.NAMES:
                counted(self._odd, name)
            return None
        if row.call in _NO_CALL and name != "QUEUESTART":
            return None
        data: dict[str, Any] = {"event": name, "queue": row.queue, "agent": row.agent, "data": [row.text, *row.more]}
        if name in {"BLINDTRANSFER", "TRANSFER"}:
            data["goal"] = self._directory.goal(row.text.strip())
        key = EVERYBODY if name == "QUEUESTART" else row.call
        _check(name, key, row)
        return Event(key, instant(self._clock, row.time), data, id=_id(name, row), order=serial(row.number))

    def _learn(self, row: Row) -> None:
        if row.queue not in _NOBODY and len(row.queue) <= _KEY:
            self._directory.queue(row.queue)
        if row.agent not in _NOBODY and len(row.agent) <= _KEY:
            self._directory.agent(row.agent)


def _check(name: str, key: str, row: Row) -> None:
    """Raises `ValueError` where a row cannot be of a call."""
    if len(key) > _KEY or not key.isprintable():
        raise ValueError(f"no call id: {key[:40]!r}; expected at most {_KEY} printable signs")
    if name not in {"QUEUESTART", "DID"} and (row.queue in _NOBODY or len(row.queue) > _KEY):
        raise ValueError(f"{name} without a queue: expected epoch|callid|queue|member|event|…")
    if name in _WITH_AGENT and (row.agent in _NOBODY or len(row.agent) > _KEY):
        raise ValueError(f"{name} without a member: expected epoch|callid|queue|member|event|…")


def _id(name: str, row: Row) -> str:
    return orjson.dumps(["log", name, row.queue, row.agent, row.text, row.more, row.number]).decode()
