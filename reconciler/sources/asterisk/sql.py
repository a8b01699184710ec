"""Rows in a dump of a database: INSERT statements, CREATE TABLE for the names of columns, COPY of PostgreSQL.

Nothing is known here about queues and agents; a dump arrives line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_INSERT = re.compile(r"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+([^\s(]+)\s*(?:\(([^)]*)\)\s*)?VALUES?\b", re.IGNORECASE)
_CREATE = re.compile(r"\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([^\s(]+)\s*\(", re.IGNORECASE)
_COPY = re.compile(r"\s*COPY\s+([^\s(]+)\s*\(([^)]*)\)\s+FROM\s+STDIN", re.IGNORECASE)
_VALUE = re.compile(r"\s*(?:[EeNn]?'((?:[^'\\]|\\.|'')*+)'|([^,()']++))\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "0": ""}
_NO_COLUMN = frozenset({"primary", "unique", "key", "index", "constraint", "fulltext", "foreign", "check"})


def bare(name: str) -> str:
    """A name of a table or column without quotation marks and schema, in lower case."""
    return name.strip().rsplit(".", 1)[-1].strip("`\"'[] ").lower()


def columns(text: str) -> tuple[str, ...]:
    """The names in a list of columns."""
    return tuple(bare(name) for name in text.split(","))


def created(line: str) -> str:
    """The table that a line begins to create; empty where it does not."""
    found = _CREATE.match(line)
    return bare(found[1]) if found else ""


def column(line: str) -> str:
    """The column that a line inside CREATE TABLE declares; empty for a key or the end."""
    name = bare(line.split(None, 1)[0]) if line.split() else ""
    return "" if not name or name in _NO_COLUMN or name.startswith(")") else name


def copied(line: str) -> tuple[str, tuple[str, ...]] | None:
    """Table and columns of a COPY that begins here."""
    found = _COPY.match(line)
    return (bare(found[1]), columns(found[2])) if found else None


def inserted(line: str) -> tuple[str, tuple[str, ...], int] | None:
    """Table and columns (none where the statement names none) of an INSERT, and where its values begin."""
    found = _INSERT.match(line)
    return (bare(found[1]), columns(found[2]) if found[2] else (), found.end()) if found else None


def values(line: str, at: int) -> Iterator[tuple[str, ...]]:
    """The rows `(…), (…);` from `at` on; NULL is empty. Raises `ValueError` for anything else."""
    while at < len(line):
        sign = line[at]
        if sign == "(":
            row, at = _row(line, at + 1)
            yield row
        elif sign in ",; \t\r\n":
            at += 1
        else:
            raise ValueError(f"expected '(' before the values of a row, found {line[at : at + 20]!r}")


def _row(line: str, at: int) -> tuple[tuple[str, ...], int]:
    found: list[str] = []
    while value := _VALUE.match(line, at):
        text, plain = value.groups()
        found.append(_text(text) if text is not None else _plain(plain))
        at = value.end() + 1
        sign = line[at - 1 : at]
        if sign == ")":
            return tuple(found), at
        if sign != ",":
            break
    raise ValueError(f"the values of a row are not closed, near {line[at - 1 : at + 20]!r}: mend the dump or export it again")


def _plain(text: str) -> str:
    return "" if text.strip().upper() in {"NULL", "DEFAULT"} else text.strip()


def _text(text: str) -> str:
    if "\\" not in text and "''" not in text:
        return text
    return _ESCAPED.sub(lambda found: _SIGNS.get(found[1], found[1]) if found[1] else "'", text)
