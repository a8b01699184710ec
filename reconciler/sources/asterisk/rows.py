"""Lines of a queue log → Rows: the file itself, or a database table as a client prints it.

Known forms, told apart line by line: `time|callid|queue|member|event|data…` of the file (or of a table printed without header);
tables with a header, separated by bars (PostgreSQL's and MySQL's aligned tables with their frames and footers too), tabs, commas
or semicolons; a JSON object or array of rows a line; SQL dumps. Columns are `data1` to `data5` or one `data` with bars. Nothing
is known here about what events mean.

Source: Queue Logs, docs.asterisk.org; the columns of the `queue_log` tables of Asterisk's realtime, XiVO and QueueMetrics.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from reconciler.formats import json
from reconciler.sources.asterisk import sql

_NAMES = {
    "time": ("time", "time_id", "timestamp", "eventdate", "created", "date"),
    "call": ("callid", "call_id", "uniqueid"),
    "queue": ("queuename", "queue", "queue_name", "qname"),
    "agent": ("agent", "agentname", "member", "membername"),
    "event": ("event", "verb", "eventname", "event_name", "action"),
    "text": ("data1", "data", "arg1", "info1"),
    "number": ("id", "queue_log_id", "unique_row_count"),
}
_NEEDED = ("time", "agent", "event")
_ORDER = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
_SKIPPED = ("--", "/*", "#", "SET ", "DROP ", "LOCK ", "UNLOCK ", "BEGIN", "START ", "COMMIT", "USE ", "ALTER ", "SELECT ", "\\")
_NULL = frozenset({"NULL", "\\N"})
_FRAME = frozenset("-+| \t")
_HEADER = 2000  # characters; no header is that long


class Row(NamedTuple):
    """One row as written. `number` is the row's id in its table, empty where it has none; `text` the first of its data."""

    time: str
    call: str
    queue: str
    agent: str
    event: str
    text: str
    number: str


class Rows:
    """Reads lines in their order; remembers the header and what else a later line needs."""

    def __init__(self, state: Any = None) -> None:
        known = state if isinstance(state, dict) else {}
        self._header: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._head(tuple(known.get("header", ())))
        self._cut: str = known.get("cut", "")
        self._table: str = known.get("table", "")
        self._columns: dict[str, list[str]] = known.get("columns", {})

    @property
    def state(self) -> dict[str, Any]:
        """What later lines need; empty for the file itself."""
        found = {"header": self._header, "cut": self._cut, "table": self._table, "columns": self._columns}
        return {name: value for name, value in found.items() if value}

    def read(self, line: str) -> Sequence[Row]:
        """The rows in a line, the oldest first; none for headers, frames and other statements. Raises `ValueError`."""
        cells = line.split("|")
        if not self._cut and len(cells) > 4 and cells[0].lstrip()[:1].isdecimal():
            if " |" in line:
                cells = [cell.strip() for cell in cells]
            return (Row(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5] if len(cells) > 5 else "", ""),)
        stripped = line.strip()
        if not stripped or _FRAME.issuperset(stripped):
            return ()
        if stripped[0] in "{[":
            return _oldest_first([self._json(row) for row in _objects(stripped)])
        if self._cut != "" and not self._table:
            return self._cells(stripped, line)
        return self._statement(stripped, line) if self._table or not self._headed(stripped) else ()

    def _head(self, names: tuple[str, ...]) -> None:
        """Takes a header: `places` is which column holds what is wanted, as far as one does."""
        self._header = names
        self._places = {wanted: names.index(name) for wanted in _NAMES if (name := _among(names, wanted))}

    # ── tables with a header ─────────────────────────────────────────────────────────────────────────────────────────

    def _headed(self, line: str) -> bool:
        """Whether it is a header; then it counts from here on."""
        if len(line) > _HEADER or "(" in line:
            return False
        for cut in "|\t,;":
            names = tuple(sql.bare(name) for name in _split(line, cut))
            if all(_among(names, wanted) for wanted in _NEEDED):
                self._head(names)
                self._cut = cut
                return True
        return False

    def _cells(self, stripped: str, line: str) -> Sequence[Row]:
        if stripped.endswith(")") and (stripped.startswith("(") or " in set (" in stripped):
            return ()  # `(3 rows)`, `3 rows in set (0.00 sec)`
        cells = _split(stripped if self._cut == "|" else line, self._cut)
        event = self._places["event"]
        if event < len(cells) and sql.bare(cells[event]) in _NAMES["event"] and self._headed(stripped):
            return ()  # the header again, or another one
        return (self._row(cells),)

    def _row(self, cells: Sequence[str]) -> Row:
        header = self._header
        if len(cells) > len(header) and header[-1] == "data":
            cells = [*cells[: len(header) - 1], "|".join(cells[len(header) - 1 :])]
        places, count = self._places, len(cells)
        if count > len(header) or count <= max(places[wanted] for wanted in _NEEDED):
            raise ValueError(f"{count} cells under the {len(header)} columns {', '.join(header)}")
        found = {wanted: cells[at] if at < count and cells[at] not in _NULL else "" for wanted, at in places.items()}
        return _made(found, is_one="data1" not in header)

    def _json(self, row: dict[str, Any]) -> Row:
        told = {str(name).lower(): "" if value is None else str(value) for name, value in row.items()}
        if missing := [wanted for wanted in _NEEDED if not _among(tuple(told), wanted)]:
            raise ValueError(f"a row without {', '.join(missing)}: expected the columns {', '.join(_ORDER[:6])} …")
        found = {wanted: told[name] for wanted in _NAMES if (name := _among(tuple(told), wanted))}
        return _made(found, is_one="data1" not in told)

    # ── dumps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _statement(self, stripped: str, line: str) -> Sequence[Row]:
        """The rows of a line of a dump. `_table` is what is being read: a table being created, filled or copied."""
        if found := sql.inserted(stripped):
            table, names, at = found
            self._head(names or self._known(table))
            self._table = f"into {table}"
            return self._values(stripped, at)
        if table := sql.created(stripped):
            self._table = f"create {table}"
            self._columns = {table: [], **{name: known for name, known in self._columns.items() if "queue" in name}}
            return ()
        if copied := sql.copied(stripped):
            self._table, self._cut = f"copy {copied[0]}", "\t"
            self._head(copied[1])
            return ()
        return self._within(stripped, line)

    def _within(self, stripped: str, line: str) -> Sequence[Row]:
        verb, _, table = self._table.partition(" ")
        if verb == "copy":
            return self._copied(stripped, line)
        if verb == "into" and stripped.startswith("("):
            return self._values(stripped, 0)
        if verb == "create":
            if name := sql.column(stripped):
                self._columns[table].append(name)
            if stripped.startswith(")"):
                self._table = "dump"
            return ()
        if self._table or stripped.upper().startswith(_SKIPPED):
            return ()  # other statements of a dump
        what = "no line of a queue log: expected epoch|callid|queue|member|event|…, a table with a header, JSON, or a dump"
        raise ValueError(f"{what}; found {stripped[:60]!r}")

    def _copied(self, stripped: str, line: str) -> Sequence[Row]:
        if stripped == "\\.":
            self._table, self._cut = "dump", ""
            return ()
        if not self._tells():
            return ()
        return (self._row(line.rstrip("\r\n").split("\t")),)

    def _known(self, table: str) -> tuple[str, ...]:
        """The columns of a table: as it was created, or the usual ones where its name says that it is a queue log."""
        if names := self._columns.get(table):
            return tuple(names)
        return _ORDER if "queue" in table and "log" in table else ()

    def _tells(self) -> bool:
        return all(wanted in self._places for wanted in _NEEDED)

    def _values(self, line: str, at: int) -> Sequence[Row]:
        if not self._tells():
            return ()  # another table of the same dump
        rows = []
        for cells in sql.values(line, at):
            if self._header == _ORDER and len(cells) == len(_ORDER) + 1:
                self._head(("id", *_ORDER))
            rows.append(self._row(cells))
        return _oldest_first(rows)


def _split(line: str, cut: str) -> list[str]:
    if cut == "|":
        inner = line[1:-1] if line.startswith("|") and line.endswith("|") else line
        return [cell.strip() for cell in inner.split("|")]
    try:
        return [cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], delimiter=cut), [])]
    except csv.Error as error:
        raise ValueError(f"no row of a table separated by {cut!r}: {error}") from None


def _among(names: Sequence[str], wanted: str) -> str:
    """Which of these columns holds what is wanted; empty where none does."""
    return next((name for name in _NAMES[wanted] if name in names), "")


def _made(found: dict[str, str], *, is_one: bool) -> Row:
    """The row of what was found; `is_one`: all data stands in one column, separated by bars."""
    text = found.get("text", "")
    return Row(
        found["time"],
        found.get("call", ""),
        found.get("queue", ""),
        found["agent"],
        found["event"],
        text.split("|", 1)[0] if is_one else text,
        found.get("number", ""),
    )


def _objects(line: str) -> list[dict[str, Any]]:
    """The objects of a line of JSON."""
    try:
        found: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        documents = json.read(line.encode("utf-8", "backslashreplace"), file="record")
        if not documents.values:
            raise ValueError(f"not JSON: {documents.problems[-1]}") from None
        found = list(documents.values)
    rows = [row for one in (found if isinstance(found, list) else [found]) for row in (one if isinstance(one, list) else [one])]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("JSON that is no row: expected an object with the columns of a queue log")
    return rows


def _oldest_first(rows: list[Row]) -> Sequence[Row]:
    """Rows of one statement in the order they were written: by their ids, else turned round where the newest stands first."""
    if len(rows) < 2:
        return rows
    if all(row.number.isdecimal() for row in rows):
        return sorted(rows, key=lambda row: int(row.number))
    return rows[::-1] if rows[0].time > rows[-1].time else rows
