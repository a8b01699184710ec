"""Any platform's agent status as rows: CSV with a header, or JSON lines. mapping.yaml names the columns and what states mean.

Nothing is known without `status.columns` and `status.states`; a state that stands in no table is unknown and never guessed. A
state that is a contact (`routed`, `own`, …) says nothing of whether the agent is ready; then what was said last counts,
`ready` where nothing was. Where a contact has a column of its own, both are in the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from reconciler.errors import ConfigurationError
from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.mapping import StatusColumns
from reconciler.model.moment import Clock
from reconciler.sources.tabular.lines import Lines, moment
from reconciler.sources.tabular.rows import Row, cell, text

_MANY = 1000
_KEY = 200  # characters of a key in a manifest
_STANDINGS = frozenset({"ready", "not_ready", "off"})
_CONTACTS = frozenset(Contact)


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """Standing, reason, native word and contacts of the newest row."""
    data = event.data
    word, contact = data["word"], data.get("contact")
    known = {"standing": "unknown", "reason": "", "native": data["state"], "contacts": []}
    if word in _STANDINGS:
        known |= {"standing": word, "reason": data["reason"] if word == "not_ready" else ""}
    elif word:
        before = memory if memory and memory["standing"] in {"ready", "not_ready"} else {"standing": "ready", "reason": ""}
        known |= {"standing": before["standing"], "reason": before["reason"], "contacts": [word]}
    if contact in _CONTACTS:
        known["contacts"] = [*known["contacts"], contact]
    elif contact == "":
        known |= {"standing": "unknown", "native": f"contact {data['native']}"}
    return known


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    contacts = tuple(Contact(name) for name in memory["contacts"])
    return Agent(Standing(memory["standing"]), memory["reason"], contacts, memory["native"])


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Rows → Events. `odd` counts JSON rows that lack the column of the agent; they give no Events.

    Rows that are equal in every cell, their time included, are told apart by a count where they have no id of their own.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        if table.status.columns is None:
            what = "status.columns is missing: expected {columns: {agent: …, at: …, state: …}, states: {…}}"
            raise ConfigurationError(f"mapping.yaml: {what}")
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._columns: StatusColumns = table.status.columns
        self._words: Mapping[str, str] = {name.casefold(): word for name, word in table.status.states.items()} | dict(
            table.status.states
        )
        self._lines = Lines(_named(self._columns), self._columns.delimiter, "status.columns", known)
        self._time: str = known.get("time", "")
        self._seen: dict[str, int] = known.get("seen", {})
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        told = {"last": self._clock.last, **self._lines.state, "time": self._time, "seen": self._seen}
        return orjson.dumps(told).decode()

    @property
    def headings(self) -> int:
        return self._lines.headings

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for row in self._lines(record) if (event := self._event(row))]

    def _event(self, row: Row) -> Event | None:
        columns = self._columns
        key = text(found := cell(row, columns.agent))
        if not key:
            if found is None:
                self._odd(f"no {columns.agent!r}")
            return None
        if len(key) > _KEY or not key.isprintable():
            raise ValueError(f"no agent in {columns.agent!r}: {key[:40]!r}; expected at most {_KEY} printable signs")
        state, time = text(cell(row, columns.state)), text(cell(row, columns.at))
        if not state:
            raise ValueError(f"no state in {columns.state!r}, of agent {key!r}")
        data = {"state": state, "word": self._word(state), "reason": self._text(row, columns.reason)}
        if contact := self._text(row, columns.contact):
            word = self._word(contact)
            data |= {"native": contact, "contact": "-" if word in _STANDINGS else word}
        name = self._text(row, columns.id)
        if not name and (again := self._again(time, f"{key}|{orjson.dumps(data).decode()}")):
            data["again"] = again
        return Event(key, moment(self._clock, time, columns.form, columns.at), data, name)

    def _text(self, row: Row, column: str | None) -> str:
        return text(cell(row, column)) if column else ""

    def _word(self, native: str) -> str:
        return self._words.get(native, "") or self._words.get(native.casefold(), "")

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1

    def _again(self, time: str, content: str) -> str:
        """How many equal rows came before this one; empty for none."""
        if time != self._time:
            self._time, self._seen = time, {}
        before = self._seen.get(content, 0)
        self._seen[content] = before + 1
        return str(before) if before else ""


def _named(columns: StatusColumns) -> list[str]:
    named = (columns.agent, columns.state, columns.at, columns.reason, columns.contact, columns.id)
    return [name for name in named if name]


STATUS = StatusFeed(platform="tabular", family="stream", frame="lines", open=_Read, fold=fold, agent=agent)
