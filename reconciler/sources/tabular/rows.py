"""Files of rows → rows that know where they stand: CSV, a sheet of XLSX, JSON in many shapes, JSON lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from reconciler.formats import csv, json, xlsx
from reconciler.model.columns import Cells, Rated, Table
from reconciler.model.problem import Place, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place, and its cells by column. Cells of CSV are text; of JSON also lists, objects, booleans, None."""

    place: Place
    cells: Mapping[str, Any]
    number: int = 0

    @property
    def where(self) -> str:
        """`agents.csv:7`, or `agents.json, record 7` where lines are not known."""
        return str(self.place) if self.place.line else f"{self.place.file}, record {self.number}"


@dataclass(slots=True)
class Rows:
    """Rows of all files of a table, and what is wrong with them."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def read(files: Mapping[str, bytes], name: str, table: Table, columns: Iterable[str]) -> Rows:
    """The rows of every file that fits `table.file`; a column that one of the files lacks is a problem.

    `name` is the collection, as messages call the table.
    """
    found = Rows()
    for pattern in table.file:
        fits = [file for file in sorted(files) if _fits(file, pattern)]
        if not fits:
            there = ", ".join(sorted(files)[:10]) or "none"
            what = f"columns.{name}: no file fits {pattern!r}; files there are: {there}"
            found.problems.append(Problem(Place(pattern), name, what, "mend columns in mapping.yaml, or add the file"))
        found.files += [file for file in fits if file not in found.files]
    wanted = tuple(columns)
    for file in found.files:
        rows, header, problems = _read(files[file], file, table)
        missing = () if any(not problem.warning for problem in problems) else tuple(_missing(file, name, wanted, header, rows))
        found.problems += (*problems, *missing)
        found.rows += () if missing else rows
    return found


def _read(data: bytes, file: str, table: Table) -> Read:
    if xlsx.is_one(data, file):
        return _rows(xlsx.read(data, file=file, sheet=table.sheet), file)
    if _is_json(file, data):
        return _json(data, file, table)
    return _rows(csv.read(data, file=file, delimiter=table.delimiter, encoding=table.encoding), file)


def _fits(file: str, pattern: str) -> bool:
    return fnmatchcase(file, pattern) or fnmatchcase(file.rsplit("/", 1)[-1], pattern)


def _is_json(file: str, data: bytes) -> bool:
    if file.lower().endswith((".json", ".jsonl", ".ndjson")):
        return True
    return not file.lower().endswith((".csv", ".tsv")) and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}


Read = tuple[list[Row], tuple[str, ...], Sequence[Problem]]


def _rows(found: csv.Rows, file: str) -> Read:
    header = tuple(map(_same, found.header))
    rows = [
        Row(Place(file, line), dict(zip(header, cells, strict=True)), number)
        for number, (line, cells) in enumerate(found.rows, 1)
    ]
    return rows, header, found.problems


def _json(data: bytes, file: str, table: Table) -> Read:
    found = json.read(data, file=file, numbers_as_text=True)
    problems = list(found.problems)
    rows: list[Row] = []
    for line, document in zip(found.lines, found.values, strict=True):
        records, several = _records(document, table.records)
        if records is None:
            what = "holds no list of records" if not several else f"holds several lists: {', '.join(several)}"
            problems.append(Problem(Place(file, line), "", what, "name the right one in mapping.yaml: `records`"))
        single = records is not None and len(records) == 1 and records[0] is document
        for record in records or ():
            if isinstance(record, dict):
                cells = {_same(key): value for key, value in record.items()}
                rows.append(Row(Place(file, line if single else 0), cells, len(rows) + 1))
            else:
                problems.append(Problem(Place(file, line), "", "a record that is no object", "export the file again"))
    return rows, tuple({key: None for row in rows for key in row.cells}), problems


def _records(document: Any, name: str) -> tuple[list[Any] | None, list[str]]:
    """The records of a document: the list itself, the list under `name` or the only one, or the object as one record."""
    if isinstance(document, list):
        return document, []
    if not isinstance(document, dict):
        return None, []
    if name:
        return (document[name], []) if isinstance(document.get(name), list) else (None, [])
    lists = [key for key, value in document.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    empty = [key for key, value in document.items() if value == []]
    if len(lists) == 1 or (not lists and len(document) == len(empty) == 1):
        return document[(lists or empty)[0]], []
    return (None, lists) if lists else ([document], [])


def _same(text: str) -> str:
    """A column's name in the form in which two of them are compared."""
    return unicodedata.normalize("NFC", text.strip())


def _missing(file: str, name: str, wanted: Sequence[str], header: Sequence[str], rows: Sequence[Row]) -> Iterator[Problem]:
    """Columns that are asked for and not there, or there twice."""
    for column in (_same(column) for column in wanted):
        if header.count(column) > 1:
            yield Problem(Place(file, 1), name, f"column {column!r} stands twice", "rename one of them in the export")
        elif column not in header and (header or rows) and not any(_nested(row.cells, column) is not None for row in rows):
            close = get_close_matches(column, header, n=1, cutoff=0.5)
            guess = f"did you mean {close[0]!r}? " if close else ""
            what = f"no column {column!r}; columns there are: {', '.join(dict.fromkeys(header))}"
            yield Problem(Place(file, 1), name, what, f"{guess}mend columns.{name} in mapping.yaml")


def _nested(cells: Mapping[str, Any], column: str) -> Any:
    """What stands under a dotted path such as `profile.email`, None where nothing does."""
    value: Any = cells
    for part in column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def cell(row: Row, column: str) -> Any:
    """What stands in a column: by its name, else by a dotted path."""
    name = _same(column)
    return row.cells[name] if name in row.cells else _nested(row.cells, name)


def text(value: Any) -> str:
    """One value as text, empty for None; booleans as `true` and `false`."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def same(one: Row, other: Row, columns: Iterable[str]) -> bool:
    """Whether two rows say the same under these columns."""
    return all(cell(one, column) == cell(other, column) for column in columns)


class Unreadable(Exception):
    """A cell does not hold what the mapping says; the message is for its user."""


def many(value: Any, cells: Cells) -> list[str]:
    """Several values in one cell, each once, in their order; a JSON list is taken as it is. Raises `Unreadable`."""
    parts = value if isinstance(value, list) else text(value).split(cells.separator)
    return [part for part in dict.fromkeys(_part(part, cells) for part in parts) if part]


def _part(value: Any, cells: Cells) -> str:
    if isinstance(value, dict) and cells.item in value:
        return text(value[cells.item])
    if isinstance(value, dict | list):
        keys = f" with {', '.join(value)}" if isinstance(value, dict) else ""
        lacks = f", none of them {cells.item!r}" if cells.item else ""
        remedy = f"name the key of the value: {{column: {cells.column}, item: …}}"
        raise Unreadable(f"{cells.column!r} holds objects{keys}{lacks}; {remedy}")
    return text(value)


def rated(value: Any, cells: Rated) -> dict[str, str | None]:
    """Several values in one cell, each with its level as written or None. Raises `Unreadable`.

    A JSON object is name → level; in a list of objects `item` and `level` name the keys.
    """
    if isinstance(value, dict):
        return {str(name).strip(): text(own) or None for name, own in value.items()}
    if isinstance(value, list) and cells.item:
        pairs = ((_part(one, cells), text(one.get(cells.level)) if isinstance(one, dict) else "") for one in value)
        return {name: level or None for name, level in pairs if name}
    found: dict[str, str | None] = {}
    for part in many(value, cells):
        name, mark, own = part.rpartition(cells.level) if cells.level else (part, "", "")
        found[name.strip() if mark else part] = (own.strip() or None) if mark else None
    return found
