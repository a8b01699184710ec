"""Tables of Asterisk's realtime configuration → rows by table: CSV, JSON, SQL as databases dump it, tables as clients print them.

Source: the tables `queues`, `queue_members` and `ps_*` of Asterisk's own database scripts (`contrib/ast-db-manage/config`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.formats import records
from reconciler.formats.records import Record
from reconciler.formats.text import decode
from reconciler.model.problem import Place, Problem
from reconciler.sources.asterisk import sql

MEMBERS = frozenset({"queue_name", "interface"})
_QUEUES = frozenset(
    {"strategy", "musiconhold", "music_on_hold", "wrapuptime", "servicelevel", "joinempty", "ringinuse", "maxlen"}
)
_TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_HEAD = 1000  # bytes in which a table that a client printed shows its bars
_FRAME = re.compile(rb"^(?:[-+| \t]+|\(\d+ rows?\)[ \t]*)\r?$", re.MULTILINE)
_ORDER: Mapping[str, tuple[str, ...]] = {
    "queue_members": ("queue_name", "interface", "membername", "state_interface", "penalty", "paused", "uniqueid")
}


@dataclass(slots=True)
class Tables:
    """Rows of queues and of members, the files they came from, and what is wrong; None: there is no such table."""

    queues: list[Record] | None = None
    members: list[Record] | None = None
    files: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, names: frozenset[str], rows: list[Record], table: str = "") -> None:
        """Takes rows with these columns, where they are those of a table that is known."""
        if names >= MEMBERS:
            self.members = [*(self.members or ()), *rows]
        elif "name" in names and names & _QUEUES and (not table or "queue" in table):
            self.queues = [*(self.queues or ()), *rows]
        else:
            return
        self.files.add(file)


def read(files: Mapping[str, bytes]) -> Tables:
    """The tables in these files; files that hold none of them are passed over."""
    found = Tables()
    for file in sorted(files):
        if file.lower().endswith(".sql"):
            _dump(found, files[file], file)
        elif file.lower().endswith(_TABLES) or (file.lower().endswith(".txt") and b"|" in files[file][:_HEAD]):
            _table(found, files[file], file)
    return found


def _table(found: Tables, data: bytes, file: str) -> None:
    """Takes a table; the frames that clients of databases print around it, and NULL, are nothing."""
    made = records.read(data if records.is_json(data, file) else _FRAME.sub(b"", data), file=file)
    found.problems += made.problems
    rows = [
        Record(row.place, {name: "" if cell in {"NULL", "\\N"} else cell for name, cell in row.cells.items()})
        if "NULL" in row.cells.values() or "\\N" in row.cells.values()
        else row
        for row in made.rows
    ]
    empty = not rows and "member" in file.lower()
    found.add(file, MEMBERS if empty else made.names, rows)


def _dump(found: Tables, data: bytes, file: str) -> None:
    text = decode(data, file=file)
    if isinstance(text, Problem):
        found.problems.append(text)
        return
    columns: dict[str, tuple[str, ...]] = {}
    rows: dict[str, list[Record]] = {}
    for table, record in _rows(found, columns, text, file):
        rows.setdefault(table, []).append(record)
    for table, names in columns.items():
        found.add(file, frozenset(names), rows.get(table, []), table)


def _rows(found: Tables, columns: dict[str, tuple[str, ...]], text: str, file: str) -> Iterator[tuple[str, Record]]:
    """(table, row) of every statement that fills a table; `columns` gets the columns of all tables."""
    verb = table = ""
    for number, line in enumerate(text.splitlines(), 1):
        place, stripped = Place(file, number), line.strip()
        try:
            if filled := sql.inserted(stripped):
                verb, (table, names, at) = "into", filled
                columns[table] = names or columns.get(table) or _ORDER.get(table, ())
                yield from _values(columns[table], table, sql.values(stripped, at), place)
            elif made := sql.created(stripped):
                verb, table = "create", made
                columns[table] = ()
            elif copied := sql.copied(stripped):
                verb, table = "copy", copied[0]
                columns[table] = copied[1]
            elif verb == "copy" and stripped != "\\.":
                cells = tuple("" if cell == "\\N" else cell for cell in line.split("\t"))
                yield from _values(columns[table], table, iter((cells,)), place)
            elif verb == "into" and stripped.startswith("("):
                yield from _values(columns[table], table, sql.values(stripped, 0), place)
            elif verb == "create" and (name := sql.column(stripped)):
                columns[table] = (*columns[table], name)
            else:
                verb = verb if verb == "create" and not stripped.startswith(")") else ""
        except ValueError as error:
            found.problems.append(Problem(place, table, str(error), "mend the dump or export it again"))
            verb = ""


def _values(names: tuple[str, ...], table: str, rows: Iterator[tuple[str, ...]], place: Place) -> Iterator[tuple[str, Record]]:
    for cells in rows:
        if names and len(cells) != len(names) and "queue" in table:
            raise ValueError(f"{len(cells)} values for the {len(names)} columns of {table}")
        yield table, Record(place, dict(zip(names, cells, strict=False)))
