"""Bytes → rows of text that remember their line. Values stay as written: `007` is not 7."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from reconciler.formats.text import decode
from reconciler.model.problem import Place, Problem

MAX_BYTES = 256 * 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its header, its rows as (line number, cells), and what is wrong with it; with a problem there are no rows."""

    header: tuple[str, ...] = ()
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    problems: tuple[Problem, ...] = ()


def read(data: bytes, *, file: str, delimiter: str = "", encoding: str = "") -> Rows:
    """The table in `data`. Every row is as wide as the header; empty lines are skipped; cells are trimmed.

    Without `delimiter` it is the one of comma, semicolon, tab and bar that the header holds most of. Quoted cells may hold
    delimiters and line breaks; a row's number is the line it starts on. A first line `sep=;` (Excel's) counts as `delimiter`.
    """
    if len(data) > MAX_BYTES:
        return Rows(problems=(Problem(Place(file), "", f"larger than {MAX_BYTES} bytes", "split the file"),))
    text = decode(data, file=file, encoding=encoding)
    if isinstance(text, Problem):
        return Rows(problems=(text,))
    first = text.split("\n", 1)[0].strip()
    skip = first.lower().startswith("sep=") and len(first) == 5
    sign = delimiter or (first[-1] if skip else _sniff(text))
    if len(sign) != 1:
        return Rows(problems=(Problem(Place(file), "", f"delimiter {sign!r} is not one sign", "write one sign, such as ';'"),))
    return _table(text, file, sign, skip=skip)


def _sniff(text: str) -> str:
    """The delimiter that stands most often in the first line that is not empty, quoted parts left out."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _table(text: str, file: str, delimiter: str, *, skip: bool) -> Rows:
    lines: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (skip and before == 0):
                lines.append((before + 1, tuple(cell.strip() for cell in cells)))
            before = reader.line_num
    except csv.Error as error:
        what = f"not readable as a table separated by {delimiter!r}: {error}"
        return Rows(problems=(Problem(Place(file, before + 1), "", what, "look for a quotation mark that is not closed"),))
    if not lines:
        return Rows(problems=(Problem(Place(file), "", "the file has no header line", "export it again with the column names"),))
    (_, header), rows = lines[0], [(line, _trimmed(cells, len(lines[0][1]))) for line, cells in lines[1:]]
    problems = tuple(_uneven(file, line, len(cells), len(header)) for line, cells in rows if len(cells) != len(header))
    return Rows(header, () if problems else tuple(rows), problems)


def _trimmed(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Cells without empty ones beyond the header, which spreadsheets like to leave behind."""
    return cells if any(cells[width:]) else cells[:width]


def _uneven(file: str, line: int, cells: int, columns: int) -> Problem:
    remedy = "quote cells that hold the delimiter, or name the right `delimiter` in mapping.yaml"
    return Problem(Place(file, line), "", f"{cells} cells under {columns} columns", remedy)
