"""Any platform's call-detail records as rows: CSV with a header, or JSON lines. mapping.yaml names the columns.

A row is one call or e-mail, told when it is over; what lies between its start and its end is computed from its durations. Nothing
is known without `interactions.columns`. Of what a row leaves open nothing is told: no ringing without a column for it, no queue
without a name, no second agent. An internal call is told with the number that was called, because a row names one agent only.

Decided here: a later row with the same id is the same one again; it can add the wrap-up code that was missing, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from reconciler.errors import ConfigurationError
from reconciler.model.columns import CallColumns
from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Media, Step, Told
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import LATEST, Clock
from reconciler.sources.tabular.lines import Lines, moment
from reconciler.sources.tabular.rows import Row, cell, text
from reconciler.sources.tabular.timeline import AGENT, timeline, untold

_MANY = 1000
_KEY = 200  # signs of an id
_LONG = 1000  # signs of a text
_YEAR = 366 * 86_400  # seconds: nothing lasts longer
_DIRECTIONS = {"inbound": "inbound", "outbound": "outbound", "internal": "internal"}
_MEDIA = {"voice": "voice", "email": "email"}
_ENDERS = {"customer": "customer", "agent": "agent", "system": "system"}
_DURATIONS = ("flow", "wait", "ring", "talk", "hold", "after_work")
_TEXTS = ("ani", "dnis", "ani_name", "subject", "queue", "agent", "disposition", "notes", "recording")


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def tell(memory: Memory | None, event: Event) -> Told:
    """Everything a row says; of a later one with the same id the wrap-up code, where there was none.

    A memory is the row that was told, and whether there was a disposition.
    """
    row = dict(event.data) if event.data else {}
    media = Media(memory["row"]["media"] if memory else row.get("media", "voice"))
    if memory:
        return _again(memory, row, media)
    if not row:
        return Told({"row": {"media": media.value}, "disposed": True}, media=media)
    if odd := untold(row):
        return Told({"row": row, "disposed": True}, media=media, over=True, odd=odd)
    steps = tuple(timeline(row))
    disposed = any(step.act is Act.DISPOSE for step in steps)
    return Told({"row": row, "disposed": disposed}, steps, media, over=True, odd=row.get("odd", ""))


def _again(memory: Memory, row: Mapping[str, Any], media: Media) -> Told:
    known = memory["row"]
    if not row or row == known:
        return Told(memory, media=media, over=True)
    if memory["disposed"] or not known.get("agent") or not row["disposition"]:
        return Told(memory, media=media, over=True, odd="a later row with the same id says something else")
    at = max(known["over"], row["over"] + (row["after_work"] or 0))
    step = Step(Act.DISPOSE, at, AGENT, {name: row[name] for name in ("notes",) if row[name]} | {"code": row["disposition"]})
    return Told({**memory, "disposed": True}, (step,), media, over=True)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Read:
    """Rows → Events. `odd` counts media that are not told, and JSON rows that lack the column of the id; they give no Events."""

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        if table.interactions.columns is None:
            raise ConfigurationError("mapping.yaml: interactions.columns is missing: expected {columns: {id: …, start: …}}")
        known: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._columns: CallColumns = table.interactions.columns
        self._lines = Lines(_named(self._columns), self._columns.delimiter, "interactions.columns", known)
        self._words = {
            "direction": _words(table.interactions.directions, _DIRECTIONS),
            "media": _words(table.interactions.media, _MEDIA),
            "ended_by": _words(table.interactions.enders, _ENDERS),
        }
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, **self._lines.state}).decode()

    @property
    def headings(self) -> int:
        return self._lines.headings

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for row in self._lines(record) if (event := self._event(row))]

    def _event(self, row: Row) -> Event | None:
        columns, key = self._columns, text(found := cell(row, self._columns.id))
        if not key and found is None:
            self._odd(f"no {columns.id!r}")
            return None
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"no id in {columns.id!r}: {key[:40]!r}; expected at most {_KEY} printable signs")
        media = self._word(row, "media", "voice")
        if not media:
            self._odd(self._text(row, "media"))
            return None
        direction, ender = self._word(row, "direction", "inbound"), self._word(row, "ended_by", "customer")
        if not direction:
            what = f"no direction in {columns.direction!r}: {self._text(row, 'direction')[:40]!r}"
            raise ValueError(f"{what}; say in interactions.directions what it means")
        data = {"media": media, "direction": direction, "ender": ender or "system", **self._times(row)}
        data |= {name: self._text(row, name) for name in _TEXTS}
        if not ender:
            data["odd"] = f"who is {self._text(row, 'ended_by')[:40]!r}? say it in interactions.enders"
        return Event(key, data["over"] + (data["after_work"] or 0), data)

    def _times(self, row: Row) -> dict[str, Any]:
        """`start` and `over` in milliseconds since 1970, and the durations in milliseconds, None where nothing is said."""
        columns = self._columns
        start = moment(self._clock, text(cell(row, columns.start)), columns.form, columns.start)
        durations = {name: self._duration(row, name) for name in _DURATIONS}
        lasted = start + sum(durations[name] or 0 for name in ("flow", "wait", "talk"))
        end = self._text(row, "end")
        over = max(start, moment(self._clock, end, columns.form, str(columns.end))) if end else lasted
        if not 0 < start <= max(over, lasted) + _YEAR * 1000 <= LATEST:
            raise ValueError(f"no time in {columns.start!r}: it lies beyond the years 1970 to 9998")
        return {"start": start, "over": over, **durations}

    def _duration(self, row: Row, name: str) -> int | None:
        written = self._text(row, name)
        if not written:
            return None
        try:
            parts = [float(part) for part in written.split(":")]
            seconds: float = sum(part * 60.0**power for power, part in enumerate(reversed(parts)))
        except (ValueError, OverflowError):
            seconds = -1.0
        if not 0 <= seconds <= _YEAR or written.count(":") > 2 or min(parts) < 0:
            column = getattr(self._columns, name)
            raise ValueError(f"no duration in {column!r}: {written[:40]!r}; expected seconds, or h:mm:ss")
        return round(seconds * 1000)

    def _word(self, row: Row, name: str, default: str) -> str:
        """What a native word means in ours; empty where no table knows it."""
        native = self._text(row, name)
        return self._words[name].get(native.casefold(), "") if native else default

    def _text(self, row: Row, name: str) -> str:
        column = getattr(self._columns, name)
        return text(cell(row, column)).encode(errors="replace").decode()[:_LONG] if column else ""

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _words(native: Mapping[str, str], ours: Mapping[str, str]) -> Mapping[str, str]:
    return {**ours, **{name.casefold(): word for name, word in native.items()}}


def _named(columns: CallColumns) -> list[str]:
    """The names of all columns there must be."""
    return list(_columns(columns))


def _columns(columns: CallColumns) -> Iterator[str]:
    for name, column in columns:
        if column and name not in {"form", "delimiter"}:
            yield column


CALLS = InteractionFeed(
    platform="tabular",
    family="record",
    frame="lines",
    open=_Read,
    tell=tell,
    sees=frozenset({Act.OPEN, Act.ANSWER, Act.HOLD, Act.WRITE, Act.SENT, Act.CLOSE, Act.DISPOSE, Act.RECORDED}),
    media=frozenset(Media),
)
