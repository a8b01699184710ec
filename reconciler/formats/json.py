"""Bytes → JSON documents, read generously and reported strictly.

Real exports hold what a strict reader refuses: `//` and `/* */` comments, trailing commas, one closing brace too many,
several documents in one file, a byte order mark. Such files are read; what could change a meaning (a key twice, NaN,
a broken end) is a problem with file, line and column. The quick path for files is the parser of the standard library (it can
see a repeated key, orjson cannot); only a file it refuses goes through the tolerant one, which is plain Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from reconciler.formats.text import decode
from reconciler.model.problem import Place, Problem

DEPTH = 100
MAX_BYTES = 256 * 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_GAP = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_WORD = re.compile(r"[A-Za-z_]\w*")
_HALF = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_DECODER = json.JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a file in their order, the line each starts on, and what is wrong; with an error `values` is empty."""

    values: tuple[Any, ...] = ()
    lines: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Wrong(Exception):
    """Where reading stopped, and why."""

    def __init__(self, at: int, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.at, self.what, self.remedy = at, what, remedy


def read(data: bytes, *, file: str, numbers_as_text: bool = False) -> Documents:
    """Every JSON document in `data`: one, several after each other, or one a line.

    `numbers_as_text` keeps numbers as they are written (`4.0` stays `"4.0"`), for readers that treat every value as text.
    """
    if len(data) > MAX_BYTES:
        return Documents(problems=(Problem(Place(file), "", f"larger than {MAX_BYTES} bytes", "split the file"),))
    text = decode(data, file=file)
    if isinstance(text, Problem):
        return Documents(problems=(text,))
    if "\\ud" in text.lower() and (half := _HALF.search(text)):
        place = Place(file, text.count("\n", 0, half.start()) + 1, half.start() - text.rfind("\n", 0, half.start()))
        return Documents(problems=(Problem(place, "", f"{half[0]} is half a sign", "export the file again"),))
    try:
        return _strict(text, numbers_as_text=numbers_as_text)
    except (ValueError, RecursionError):
        return _tolerant(text, file, numbers_as_text=numbers_as_text)


def values(record: bytes) -> Sequence[Any]:
    """The JSON values in a record of a feed, sloppy ones too. Raises `ValueError` for what is none."""
    try:
        return (orjson.loads(record),)
    except orjson.JSONDecodeError:
        found = read(record, file="record")
    if not found.values:
        raise ValueError(f"not JSON: {found.problems[-1]}")
    return found.values


def depth(text: str) -> int:
    """How many brackets more are opened than closed, those in strings left out."""
    bare = _STRING.sub("", text)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")


# ── the quick path ───────────────────────────────────────────────────────────────────────────────────────────────────


def _strict(text: str, *, numbers_as_text: bool) -> Documents:
    """The documents of clean text; ValueError or RecursionError for anything else, a repeated key and depth included."""
    kind: Any = str if numbers_as_text else None
    decoder = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_refuse, parse_int=kind, parse_float=kind or _finite)
    values: list[Any] = []
    lines, before, at = [1], 0, _SPACE.match(text).end()  # type: ignore[union-attr]  # it matches the empty text too
    while at < len(text):
        lines.append(lines[-1] + text.count("\n", before, at))
        before = at
        value, at = decoder.raw_decode(text, at)
        values.append(value)
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # the same
    if not values or _deeper(values, DEPTH):
        raise ValueError
    return Documents(tuple(values), tuple(lines[1:]))


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(_word: str) -> NoReturn:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError
    return number


def _deeper(values: list[Any], depth: int) -> bool:
    """Whether anything is nested more than `depth` levels; level by level, so that depth costs no stack."""
    level = values
    for _ in range(depth):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


# ── the tolerant one ─────────────────────────────────────────────────────────────────────────────────────────────────


def _tolerant(text: str, file: str, *, numbers_as_text: bool) -> Documents:
    reader = _Reader(text, file, numbers_as_text=numbers_as_text)
    try:
        values, lines = reader.documents()
    except _Wrong as wrong:
        problem = Problem(reader.place(wrong.at), "", wrong.what, wrong.remedy)
        return Documents(problems=(*reader.problems, problem))
    if any(not problem.warning for problem in reader.problems):
        return Documents(problems=tuple(reader.problems))
    return Documents(tuple(values), tuple(lines), tuple(reader.problems))


class _Reader:
    """A recursive reader over one text; `at` is how far it is."""

    def __init__(self, text: str, file: str, *, numbers_as_text: bool) -> None:
        self.text, self.file, self.at = text, file, 0
        self.numbers_as_text = numbers_as_text
        self.problems: list[Problem] = []

    def place(self, at: int) -> Place:
        """Line and column of an offset."""
        return Place(self.file, self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at))

    def peek(self) -> str:
        """The next sign after white space and comments; empty at the end."""
        self.at = _GAP.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches the empty text too
        return self.text[self.at : self.at + 1]

    def documents(self) -> tuple[list[Any], list[int]]:
        """Documents to the end of the text, with commas between them or not, and one closing bracket too many at most."""
        if not self.peek():
            raise _Wrong(0, "the file is empty", "export it again")
        lines = [self.place(self.at).line]
        values = [self.value(0)]
        while sign := self.peek():
            start = self.at
            if sign in "}]":
                self.at += 1
                if self.peek():
                    raise _Wrong(start, f"'{sign}' closes nothing", "export the file again")
                self._warn(start, f"one '{sign}' too many at the end of the file, ignored")
            elif sign == ",":
                self.at += 1
            else:
                lines.append(self.place(start).line)
                values.append(self.value(0))
        return values, lines

    def value(self, depth: int) -> Any:
        """The value that starts here."""
        sign = self.peek()
        if sign in {"{", "["} and depth >= DEPTH:
            raise _Wrong(self.at, f"nested deeper than {DEPTH} levels", "no export is that deep; export the file again")
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._array(depth)
        if sign == '"':
            return self._string()
        return self._scalar()

    def _object(self, depth: int) -> dict[str, Any]:
        start, found = self.at, {}
        self.at += 1
        while (sign := self.peek()) != "}":
            if sign != '"':
                raise self._unexpected('a key in quotes or "}"', start)
            where, key = self.at, self._string()
            if self.peek() != ":":
                raise self._unexpected("':'", start)
            self.at += 1
            value = self.value(depth + 1)
            if key in found:
                self.problems.append(
                    Problem(self.place(where), "", f"key {key!r} stands twice in one object", "keep one of them")
                )
            found[key] = value
            self._comma("}", start)
        self.at += 1
        return found

    def _array(self, depth: int) -> list[Any]:
        start, found = self.at, []
        self.at += 1
        while self.peek() != "]":
            found.append(self.value(depth + 1))
            self._comma("]", start)
        self.at += 1
        return found

    def _comma(self, end: str, start: int) -> None:
        """Goes behind the comma; one before the closing bracket is allowed."""
        if self.peek() == ",":
            self.at += 1
        elif self.peek() != end:
            raise self._unexpected(f"',' or '{end}'", start)

    def _string(self) -> str:
        try:
            text, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise _Wrong(error.pos, error.msg.lower().removesuffix(" at"), "the file may be cut off; export it again") from None
        return str(text)

    def _scalar(self) -> Any:
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return self._number(number[0], number.start())
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        if word:
            raise _Wrong(self.at, f"{word[0]!r} is not JSON", "put text in double quotes; NaN and Infinity have no place here")
        raise self._unexpected("a value", self.at)

    def _number(self, text: str, at: int) -> Any:
        if self.numbers_as_text:
            return text
        try:
            return int(text) if re.fullmatch(r"-?\d+", text) else _finite(text)
        except ValueError:
            raise _Wrong(at, "a number too large to be one") from None

    def _unexpected(self, wanted: str, start: int) -> _Wrong:
        found = self.text[self.at : self.at + 1]
        if found:
            return _Wrong(self.at, f"expected {wanted}, found {found!r}", "mend the file or export it again")
        opened = self.place(start).line
        return _Wrong(
            self.at, f"the file ends inside what line {opened} opens; expected {wanted}", "it is cut off: export it again"
        )

    def _warn(self, at: int, what: str) -> None:
        self.problems.append(Problem(self.place(at), "", what, warning=True))
