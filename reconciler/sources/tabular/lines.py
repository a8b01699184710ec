"""Lines of a feed → rows: CSV with a header, or JSON lines. Which columns there must be is for mapping.yaml to say."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.formats import json
from reconciler.model.moment import Clock
from reconciler.model.problem import Place
from reconciler.sources.tabular.rows import Row

LIMIT = 1_048_576
"""Bytes of a line."""
_DELIMITERS = ",;\t|"
_LONGEST = 14  # digits of milliseconds until the year 5138
_MILLISECONDS = 12  # digits from which on a number is milliseconds: seconds have as many after the year 5138


class Lines:
    """Rows of one feed. It remembers the header, and how its cells are cut; `state` is for a later run, `known` from a former.

    `headings` counts the headers and empty lines so far. `named` are the columns a header must have, `block` is where
    mapping.yaml names them.
    """

    def __init__(self, named: Sequence[str], delimiter: str, block: str, known: Mapping[str, Any]) -> None:
        self._named = named
        self._delimiter = delimiter
        self._block = block
        self._header: list[str] = known.get("header", [])
        self._cut: str = known.get("cut", "")
        self.headings = 0

    @property
    def state(self) -> dict[str, Any]:
        """What a later run needs to go on."""
        return {"header": self._header, "cut": self._cut}

    def __call__(self, record: bytes) -> Sequence[Row]:
        """The rows in a line; none in a header, which may come again. Raises `ValueError`."""
        if len(record) > LIMIT:
            raise ValueError(f"a row of {len(record)} bytes: expected at most {LIMIT}")
        line = record.decode("utf-8", "backslashreplace").removeprefix("\ufeff").rstrip("\r\n")
        start = line.lstrip()[:1]
        if not start:
            self.headings += 1
            return ()
        rows = _objects(line) if start in "{[" else self._cells(line)
        return [Row(Place("record"), row) for row in rows]

    def _cells(self, line: str) -> Sequence[Mapping[str, Any]]:
        if not self._header:
            self._head(line)
            self.headings += 1
            return ()
        cells = _split(line, self._cut)
        if cells == self._header:
            self.headings += 1
            return ()
        if len(cells) != len(self._header):
            raise ValueError(f"{len(cells)} cells under {len(self._header)} columns")
        return (dict(zip(self._header, cells, strict=True)),)

    def _head(self, line: str) -> None:
        cut = self._delimiter or max(_DELIMITERS, key=line.count)
        header = _split(line, cut)
        if missing := [name for name in self._named if name not in header]:
            what = f"no column {', '.join(map(repr, missing))}; columns there are: {', '.join(header)[:200]}"
            raise ValueError(f"{what}; mend {self._block} in mapping.yaml, or begin the feed with its header")
        self._header, self._cut = header, cut


def moment(clock: Clock, time: str, form: str, column: str) -> int:
    """A time in milliseconds since 1970: in a `form`, or ISO 8601, or seconds or milliseconds. Raises `ValueError`."""
    whole, _, rest = time.partition(".")
    try:
        if form:
            return clock.form(time, form)
        if not (whole + rest).isdecimal():
            return clock.text(time)
        if len(whole) > _LONGEST:
            raise ValueError  # noqa: TRY301 - the message below says it
        return clock.milliseconds(whole) if len(whole) >= _MILLISECONDS else clock.epoch(time)
    except (ValueError, OverflowError):
        expected = form or "a date and time, or seconds or milliseconds since 1970"
        raise ValueError(f"no time in {column!r}: {time[:40]!r}; expected {expected}") from None


def _split(line: str, cut: str) -> list[str]:
    try:
        return [one.strip() for one in next(csv.reader([line], delimiter=cut), [])]
    except csv.Error as error:
        raise ValueError(f"no row of a table separated by {cut!r}: {error}") from None


def _objects(line: str) -> Sequence[Mapping[str, Any]]:
    """The objects in a line of JSON, sloppy ones too; numbers stay as they are written."""
    found = json.read(line.encode(), file="record", numbers_as_text=True)
    if not found.values:
        raise ValueError(f"not JSON: {found.problems[-1]}")
    rows = [row for value in found.values for row in (value if isinstance(value, list) else [value])]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"JSON that is no row: expected an object, found {line[:40]!r}")
    return rows
