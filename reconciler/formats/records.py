"""Bytes → records: rows of CSV or objects of JSON, each a mapping from names to values that knows its line.

For exports whose columns are known by their names, in files whose names and wrappings are not. A JSON file may be a list, an
object with one list of objects in it at any depth, an object alone, or one of these a line. Values of CSV are text, and numbers
of JSON are text as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.formats import csv, json
from reconciler.model.problem import Place, Problem

_JSON = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `line` is 0 where a file holds many on unknown lines."""

    place: Place
    cells: Mapping[str, Any]

    def say(self, *names: str) -> str:
        """The first of these cells that holds something, as trimmed text; empty where none does."""
        return next((text for name in names if (text := said(self.cells.get(name)))), "")


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file with keys in lower case, and what is wrong; with an error there are none."""

    rows: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every name that a record has a value under, if only an empty one."""
        return frozenset(name for row in self.rows for name in row.cells)


def said(value: Any) -> str:
    """One value as trimmed text; empty for None, lists and objects; booleans as `true` and `false`."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def is_json(data: bytes, file: str) -> bool:
    """Whether a file holds JSON, by its name or else by its first sign."""
    if file.lower().endswith(_JSON):
        return True
    return not file.lower().endswith((".csv", ".tsv", ".txt")) and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}


def read(data: bytes, *, file: str) -> Records:
    """The records of a file of CSV or JSON."""
    return _json(data, file) if is_json(data, file) else _csv(data, file)


def _csv(data: bytes, file: str) -> Records:
    found = csv.read(data, file=file)
    header = tuple(name.lower() for name in found.header)
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        what = f"column {twice[0]!r} stands twice"
        return Records((), (*found.problems, Problem(Place(file, 1), "", what, "rename one of them in the export")))
    rows = (Record(Place(file, line), dict(zip(header, cells, strict=True))) for line, cells in found.rows)
    return Records(tuple(rows), found.problems)


def _json(data: bytes, file: str) -> Records:
    found = json.read(data, file=file, numbers_as_text=True)
    rows: list[Record] = []
    problems = list(found.problems)
    for line, document in zip(found.lines, found.values, strict=True):
        objects = within(document)
        for one in objects:
            if isinstance(one, dict):
                place = Place(file, line if len(objects) == 1 else 0)
                rows.append(Record(place, {name.strip().lower(): value for name, value in one.items()}))
            else:
                problems.append(Problem(Place(file, line), "", "a record that is no object", "export the file again"))
    return Records(tuple(rows), tuple(dict.fromkeys(problems)))


def within(document: Any) -> list[Any]:
    """The records of a document: the list it is, the one list of objects inside it, or the document itself."""
    while isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list) and all(isinstance(one, dict) for one in value)]
        inner = [value for value in document.values() if isinstance(value, dict)]
        if len(lists) == 1:
            return lists[0]
        if lists or len(inner) != 1 or any(name.lower() in {"id", "name", "dbid"} for name in document):
            return [document]
        document = inner[0]
    return document if isinstance(document, list) else [document]
