"""Calls of Asterisk as neutral steps: rows of the queue log → Events keyed by call → what each says of its legs.

Nothing acts here, and the same rows say the same. What rows mean stands in `calls_log`; which steps may follow each other in
`life`. A call is known by its call id, which is the unique id of the caller's channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from reconciler.model.event import EVERYBODY, Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Told
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.asterisk import calls_log, status
from reconciler.sources.asterisk.directory import Directory
from reconciler.sources.asterisk.life import Life
from reconciler.sources.asterisk.rows import Row, Rows
from reconciler.sources.asterisk.tables import decoded, instant

_NO_CALL = frozenset({"", "NONE", "REALTIME", "MANAGER", "CLI"})
_NOBODY = frozenset({"", "NONE"})
_WITH_AGENT = frozenset(
    {"CONNECT", "RINGNOANSWER", "RINGCANCELED", "COMPLETEAGENT", "COMPLETECALLER", "AGENTDUMP", "BLINDTRANSFER", "TRANSFER"}
)
_MANY = 1000
_KEY = 200  # characters of a call id, queue or member; a callid of Asterisk has at most 80


def tell(memory: Memory | None, event: Event) -> Told:
    """What one row makes of its call."""
    life, name = Life(memory, event.at), event.data["event"]
    if life.is_over:
        return Told(life.known, over=True, odd=f"{name} after the end of the call")
    calls_log.ACTS[name](life, event)
    return Told(life.known, tuple(life.steps), over=life.is_over, odd="; ".join(life.odd))


class _Read:
    """Lines of a queue log → Events. `odd` counts the names of events that nothing is known of; they give no Events.

    An event's id is its row as written, so that a row that is read twice is one event, whatever was read between.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._rows = Rows(known.get("rows"))
        self._directory = Directory(table.agents, known.get("directory"))
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        told = {"last": self._clock.last, "rows": self._rows.state, "directory": self._directory.state}
        return orjson.dumps(told).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for row in self._rows.read(decoded(record)) if (event := self._event(row))]

    def _event(self, row: Row) -> Event | None:
        name = row.event.strip().upper()
        if not name:
            raise ValueError("a row without the name of an event: expected epoch|callid|queue|member|event|…")
        self._learn(row)
        if name not in calls_log.ACTS:
            self._odd(name)
            return None
        if row.call in _NO_CALL and name != "QUEUESTART":
            return None
        data: dict[str, Any] = {"event": name, "queue": row.queue, "agent": row.agent, "data": [row.text, *row.more]}
        if name in {"BLINDTRANSFER", "TRANSFER"}:
            data["goal"] = self._directory.goal(row.text.strip())
        key = EVERYBODY if name == "QUEUESTART" else row.call
        _check(name, key, row)
        number = int(row.number) if row.number.isdecimal() else 0
        return Event(key, instant(self._clock, row.time), data, id=_id(name, row), order=number)

    def _learn(self, row: Row) -> None:
        if row.queue not in _NOBODY and len(row.queue) <= _KEY:
            self._directory.queue(row.queue)
        if row.agent not in _NOBODY and len(row.agent) <= _KEY:
            self._directory.agent(row.agent)

    def _odd(self, name: str) -> None:
        if name not in status.NAMES:
            known = name if name in self.odd or len(self.odd) < _MANY else "…"
            self.odd[known] = self.odd.get(known, 0) + 1


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


CALLS = InteractionFeed(
    platform="asterisk",
    family="stream",
    frame="lines",
    open=_Read,
    tell=tell,
    disorder_seconds=1.0,
    silence_seconds=7200.0,
    sees=frozenset({Act.OPEN, Act.ANSWER, Act.CLOSE, Act.TRANSFER, Act.PROGRESS, Act.END}),
)
"""Two hours of silence are a call whose end nobody wrote, or one that left the queue: most talks are shorter."""
