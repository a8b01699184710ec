"""Expressions of virtual agent groups → who fits them: skills with levels, joined by `&` and `|`.

Source: "Configuring Virtual Agent Groups" (Real-Time Metrics Engine 8.5): `Skill("name")` with one of = != >= <= > < and a whole
number, and `SkillExists("name")`. `LoggedIn(…)` asks for the moment and cannot be told from a configuration.
Inferred: that somebody without the skill fits no comparison, that `&` binds stronger than `|`, and that `~` and `!` negate.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Levels: TypeAlias = Mapping[str, int]
Fits: TypeAlias = Callable[[Levels], bool]
_TOKEN = re.compile(r'\s*(?:("[^"]*")|([A-Za-z]\w*)|(\d{1,9})|(>=|<=|!=|==|=|>|<|&&?|\|\|?|~|!|\(|\)))')
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne,
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_LONG = 10_000
_DEPTH = 50


def parse(text: str) -> Fits:
    """Whether somebody with these levels fits. Raises `ValueError` with what is not understood, for people."""
    if len(text) > _LONG:
        raise ValueError(f"longer than {_LONG} signs")
    reader = _Reader([*_tokens(text), ""])
    fits = reader.either(0)
    if reader.peek():
        raise ValueError(f"{reader.peek()!r} is not expected")
    return fits


def _tokens(text: str) -> Iterator[str]:
    text = text.strip()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"{text[at : at + 20]!r} is not understood")
        yield found[0].strip()
        at = found.end()


class _Reader:
    """Descends over the tokens of one expression; the last token is empty."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    def peek(self) -> str:
        """The token that comes next, empty at the end."""
        return self._tokens[self._at]

    def _next(self, expected: str = "") -> str:
        token = self.peek()
        if expected and token != expected:
            raise ValueError(f"expected {expected!r}, found {token or 'the end'!r}")
        self._at += token != ""
        return token

    def either(self, depth: int) -> Fits:
        """Parts joined by `|`."""
        parts = [self._both(depth)]
        while self.peek() in {"|", "||"}:
            self._next()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda levels: any(part(levels) for part in parts)

    def _both(self, depth: int) -> Fits:
        parts = [self._one(depth)]
        while self.peek() in {"&", "&&"}:
            self._next()
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else lambda levels: all(part(levels) for part in parts)

    def _one(self, depth: int) -> Fits:
        if depth > _DEPTH:
            raise ValueError(f"nested deeper than {_DEPTH} levels")
        word = self._next()
        if word == "(":
            inner = self.either(depth + 1)
            self._next(")")
            return inner
        if word in {"~", "!"}:
            negated = self._one(depth + 1)
            return lambda levels: not negated(levels)
        if word.lower() in {"skill", "skillexists"}:
            return self._skill(is_compared=word.lower() == "skill")
        raise ValueError(f'{word or "the end"!r} is not understood; known are Skill("…") and SkillExists("…")')

    def _skill(self, *, is_compared: bool) -> Fits:
        self._next("(")
        name = self._next().strip('"')
        self._next(")")
        if not is_compared:
            return lambda levels: name in levels
        compare, number = self._next(), self._next()
        if compare not in _COMPARE or not number.isdecimal():
            raise ValueError(f"Skill({name!r}) is not compared with a whole number")
        test, wanted = _COMPARE[compare], int(number)
        return lambda levels: name in levels and test(levels[name], wanted)
