"""Calls of Asterisk as neutral steps: rows of the queue log or of CEL → Events keyed by call → what each says of its legs.

Nothing acts here, and the same rows say the same. How rows become events stands in `log_events` and `cel_events`, what they mean
in `calls_log` and `calls_cel`, and which steps may follow each other in `life`. The call id of the queue log is the unique id of
the caller's channel, and so is CEL's linked id where that channel was the first: the two tell of the same conversation then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Told
from reconciler.model.life import Life
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.asterisk import calls_cel, calls_log
from reconciler.sources.asterisk.cel import is_cel
from reconciler.sources.asterisk.cel_events import CelEvents
from reconciler.sources.asterisk.directory import Directory
from reconciler.sources.asterisk.log_events import LogEvents
from reconciler.sources.asterisk.tables import decoded


def tell(memory: Memory | None, event: Event) -> Told:
    """What one row makes of its call. One whose end was all that is read of it is over too."""
    life, name = Life(memory, event.at), event.data["event"]
    if life.is_over:
        calls_cel.AFTER.get(name, _nothing)(life, event)
        return Told(
            life.known, tuple(life.steps), over=True, odd="" if name in calls_cel.ENDS else f"{name} after the end of the call"
        )
    if "channel" not in event.data:
        calls_log.ACTS[name](life, event)
    else:
        life.known["cel"] = True
        acts = calls_cel.BESIDE if life.known.get("log") else calls_cel.ACTS
        acts.get(name, _nothing)(life, event)
    is_over = life.is_over or name in _LAST or (life.is_new and name in calls_cel.ENDS)
    return Told(life.known, tuple(life.steps), over=is_over, odd="; ".join(life.odd))


def _nothing(_life: Life, _event: Event) -> None:
    """What CEL says in vain."""


_LAST = frozenset({"LINKEDID_END", "QUEUESTART"})


class _Read:
    """Lines of a queue log or of CEL → Events. `odd` counts the names of events that nothing is known of; they give no Events."""

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self.odd: dict[str, int] = {}
        self._directory = Directory(table.agents, known.get("directory"))
        self._log = LogEvents(clock, self._directory, self.odd, known.get("rows"))
        self._cel = CelEvents(clock, self._directory, self.odd, known.get("cel"))
        self._is_cel: bool = known.get("is_cel", False)

    @property
    def state(self) -> str:
        told = {"last": self._clock.last, "directory": self._directory.state, "is_cel": self._is_cel}
        return orjson.dumps({**told, "rows": self._log.state, "cel": self._cel.state}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        line = decoded(record)
        self._is_cel = is_cel(line, before=self._is_cel)
        return self._cel.read(line) if self._is_cel else self._log.read(line)


CALLS = InteractionFeed(
    platform="asterisk",
    family="stream",
    frame="lines",
    open=_Read,
    tell=tell,
    disorder_seconds=1.0,
    silence_seconds=7200.0,
    sees=frozenset(Act) - {Act.AUDIO, Act.WRITE, Act.SENT, Act.DISPOSE},
)
"""Two hours of silence are a call whose end nobody wrote, or one that left the queue: most talks are shorter."""
