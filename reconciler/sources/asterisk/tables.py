"""Lines → rows of a table, as a client of a database prints it: by the names of its columns. What rows mean is not known here.

Known forms, told apart line by line: tables with a header, separated by bars (PostgreSQL's and MySQL's aligned tables with their
frames and footers too), tabs, commas or semicolons; a JSON object or array of rows a line; SQL dumps.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

from reconciler.formats import json
from reconciler.model.moment import Clock
from reconciler.sources.asterisk import sql

_SKIPPED = ("--", "/*", "#", "SET ", "DROP ", "LOCK ", "UNLOCK ", "BEGIN", "START ", "COMMIT", "USE ", "ALTER ", "SELECT ", "\\")
_NULL = frozenset({"NULL", "\\N"})
_FRAME = frozenset("-+| \t")
_HEADER = 2000  # characters; no header is that long

_MANY = 1000
_DIGITS = 12

LIMIT = 1_048_576
"""Bytes of a record: a dump puts about a megabyte of rows into one statement."""

Found: TypeAlias = dict[str, str]
"""What is wanted of a row, as far as it has such a column."""


class Form(NamedTuple):
    """What is wanted of a table: `names` are the columns that may hold each thing, `needed` what no row can be without.

    `order` are the columns where nothing names them, in a table whose name holds all `words`; `rest` is a last column that may
    hold the separator, and `expected` says what lines should look like, for people.
    """

    names: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    order: tuple[str, ...]
    words: tuple[str, ...]
    rest: str
    expected: str

    def among(self, names: Sequence[str], wanted: str) -> str:
        """Which of these columns holds what is wanted; empty where none does."""
        return next((name for name in self.names[wanted] if name in names), "")


class Table:
    """Reads lines in their order; remembers the header and what else a later line needs."""

    def __init__(self, form: Form, state: Any = None) -> None:
        self._form = form
        known = state if isinstance(state, dict) else {}
        self._header: tuple[str, ...] = ()
        self._places: dict[str, int] = {}
        self._head(tuple(known.get("header", ())))
        self._cut: str = known.get("cut", "")
        self._table: str = known.get("table", "")
        self._columns: dict[str, list[str]] = known.get("columns", {})

    @property
    def state(self) -> dict[str, Any]:
        """What later lines need; empty where nothing does."""
        found = {"header": self._header, "cut": self._cut, "table": self._table, "columns": self._columns}
        return {name: value for name, value in found.items() if value}

    def read(self, line: str) -> Sequence[Found]:
        """The rows in a line, the oldest first; none for headers, frames and other statements. Raises `ValueError`."""
        stripped = line.strip()
        if not stripped or _FRAME.issuperset(stripped):
            return ()
        if stripped[0] in "{[":
            return _oldest_first([self._json(row) for row in _objects(stripped)])
        if self._cut != "" and not self._table:
            return self._cells(stripped, line)
        return self._statement(stripped, line) if self._table or not self._headed(stripped) else ()

    @property
    def is_headed(self) -> bool:
        """Whether a header counts."""
        return bool(self._cut)

    def _head(self, names: tuple[str, ...]) -> None:
        """Takes a header: `places` is which column holds what is wanted, as far as one does."""
        self._header = names
        self._places = {wanted: names.index(name) for wanted in self._form.names if (name := self._form.among(names, wanted))}

    # ── tables with a header ─────────────────────────────────────────────────────────────────────────────────────────

    def _headed(self, line: str) -> bool:
        """Whether it is a header; then it counts from here on."""
        if len(line) > _HEADER or "(" in line:
            return False
        for cut in "|\t,;":
            names = tuple(sql.bare(name) for name in _split(line, cut))
            if all(self._form.among(names, wanted) for wanted in self._form.needed):
                self._head(names)
                self._cut = cut
                return True
        return False

    def _cells(self, stripped: str, line: str) -> Sequence[Found]:
        if stripped.endswith(")") and (stripped.startswith("(") or " in set (" in stripped):
            return ()  # `(3 rows)`, `3 rows in set (0.00 sec)`
        cells = _split(stripped if self._cut == "|" else line, self._cut)
        event = self._places["event"]
        if event < len(cells) and sql.bare(cells[event]) in self._form.names["event"] and self._headed(stripped):
            return ()  # the header again, or another one
        return (self._row(cells),)

    def _row(self, cells: Sequence[str]) -> Found:
        header = self._header
        if len(cells) > len(header) and header[-1] == self._form.rest:
            cells = [*cells[: len(header) - 1], "|".join(cells[len(header) - 1 :])]
        places, count = self._places, len(cells)
        if count > len(header) or count <= max(places[wanted] for wanted in self._form.needed):
            raise ValueError(f"{count} cells under the {len(header)} columns {', '.join(header)}")
        return {wanted: cells[at] if at < count and cells[at] not in _NULL else "" for wanted, at in places.items()}

    def _json(self, row: dict[str, Any]) -> Found:
        told = {str(name).lower(): _text(value) for name, value in row.items()}
        names, form = tuple(told), self._form
        if missing := [wanted for wanted in form.needed if not form.among(names, wanted)]:
            raise ValueError(f"a row without {', '.join(missing)}: expected the columns {', '.join(form.order[:6])} …")
        return {wanted: told[name] for wanted in form.names if (name := form.among(names, wanted))}

    # ── dumps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _statement(self, stripped: str, line: str) -> Sequence[Found]:
        """The rows of a line of a dump. `_table` is what is being read: a table being created, filled or copied."""
        if found := sql.inserted(stripped):
            table, names, at = found
            self._head(names or self._known(table))
            self._table = f"into {table}"
            return self._values(stripped, at)
        if table := sql.created(stripped):
            self._table = f"create {table}"
            self._columns = {table: [], **{name: known for name, known in self._columns.items() if self._form.words[0] in name}}
            return ()
        if copied := sql.copied(stripped):
            self._table, self._cut = f"copy {copied[0]}", "\t"
            self._head(copied[1])
            return ()
        return self._within(stripped, line)

    def _within(self, stripped: str, line: str) -> Sequence[Found]:
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
        raise ValueError(f"{self._form.expected}; found {stripped[:60]!r}")

    def _copied(self, stripped: str, line: str) -> Sequence[Found]:
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
        return self._form.order if all(word in table for word in self._form.words) else ()

    def _tells(self) -> bool:
        return all(wanted in self._places for wanted in self._form.needed)

    def _values(self, line: str, at: int) -> Sequence[Found]:
        if not self._tells():
            return ()  # another table of the same dump
        rows = []
        for cells in sql.values(line, at):
            if self._header == self._form.order and len(cells) == len(self._header) + 1:
                self._head(("id", *self._header))
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


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        try:
            return orjson.dumps(value).decode()
        except TypeError:  # a number that is too long
            return str(value)
    return "" if value is None else str(value)


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
        raise ValueError("JSON that is no row: expected an object with the columns of the table")
    return rows


def _oldest_first(rows: list[Found]) -> Sequence[Found]:
    """Rows of one statement in the order they were written: by their ids, else turned round where the newest stands first."""
    if len(rows) < 2:
        return rows
    if all(serial(row.get("number", "")) for row in rows):
        return sorted(rows, key=lambda row: serial(row["number"]))
    return rows[::-1] if rows[0]["time"] > rows[-1]["time"] else rows


# ── records and times ────────────────────────────────────────────────────────────────────────────────────────────────


def decoded(record: bytes) -> str:
    """The line in a record. Raises `ValueError` for one that is too long."""
    if len(record) > LIMIT:
        raise ValueError(f"a line of {len(record)} bytes: expected at most {LIMIT}")
    return record.decode("utf-8", "backslashreplace").removeprefix("\ufeff").rstrip("\r\n")


def instant(clock: Clock, time: str) -> int:
    """A time as rows have it, in milliseconds since 1970: seconds since then, or date and time. Raises `ValueError`."""
    try:
        at = clock.epoch(time) if time.replace(".", "", 1).isdecimal() else clock.text(time)
    except (ValueError, OverflowError):
        raise ValueError(f"no time: {time[:40]!r}; expected seconds since 1970 or a date and time") from None
    if at < 0:
        raise ValueError(f"no time: {time[:40]!r} is before 1970")
    return at


def serial(number: str) -> int:
    """The number of a row in its table; 0 where it has none, or none that a table counts up to."""
    return int(number) if number.isdecimal() and len(number) <= _DIGITS else 0


def counted(odd: dict[str, int], name: str) -> None:
    """Counts a name that nothing is known of; of very many names the late ones together."""
    known = name if name in odd or len(odd) < _MANY else "…"
    odd[known] = odd.get(known, 0) + 1
