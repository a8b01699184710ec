"""Expressions of TaskRouter, as a task queue writes them to choose its workers: read, and asked of a worker's attributes.

Source: Using TaskRouter Expressions, Twilio documentation. What that page does not define is never decided here: `Unclear` says
so. It leaves open: values of two types compared (`"5" == 5`), an attribute that is not there under `!=` and `NOT IN`, the order
of texts, and AND beside OR without parentheses. Each is unclear only where the answer hangs on it. Two texts compared with each
other are always unclear: another page of Twilio's writes a key in quotes, which this one does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

DEPTH = 40
LENGTH = 20_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<sign>>=|<=|==|!=|[<>()\[\],])"""
    r"""|(?P<path>[^\W\d]\w*(?:\.\w+|\[\d+\])*))"""
)
_STEP = re.compile(r"[^.\[\]]+")
_ELSEWHERE = frozenset({"worker", "workers", "task"})
_WORDS = frozenset({"AND", "OR", "HAS", "IN", "NOT", "CONTAINS"})
_CONSTANTS: Mapping[str, Any] = MappingProxyType({"true": True, "false": False})

Truth: TypeAlias = bool | None
"""True, false, or nobody knows."""


class Unclear(Exception):
    """What an expression says is not documented; the message is for its author."""


@dataclass(frozen=True, slots=True)
class _Path:
    """A reference into the attributes, such as `routing.levels.billing` or `teams[0]`."""

    text: str
    steps: tuple[str, ...]

    def of(self, attributes: Any) -> Any:
        """What stands there, None where nothing does. Source: a key that is not there resolves to NULL."""
        value = attributes
        for step in self.steps:
            if isinstance(value, list) and step.isdecimal():
                value = value[int(step)] if len(step) < 10 and int(step) < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value


@dataclass(frozen=True, slots=True)
class _Compared:
    left: Any
    sign: str
    right: Any


@dataclass(frozen=True, slots=True)
class _Joined:
    """Comparisons and groups of them, and the words AND and OR between them."""

    parts: tuple[_Compared | _Joined, ...]
    words: tuple[str, ...]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a worker with these attributes is chosen; it raises `Unclear` where that is not defined, and so does reading."""
    if len(text) > LENGTH:
        raise Unclear(f"longer than {LENGTH} characters")
    reader = _Reader(_tokens(text))
    whole = reader.joined(0)
    if reader.at < len(reader.tokens):
        raise Unclear(f"{reader.tokens[reader.at][1]!r} where AND or OR is expected")

    def chosen(attributes: Mapping[str, Any]) -> bool:
        doubts: list[str] = []
        truth = _truth(whole, attributes, doubts)
        if truth is None:
            raise Unclear(doubts[0])
        return truth

    return chosen


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every token; keywords are of kind `word`, in capitals."""
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None:
            rest = text[at:].lstrip()[:12]
            raise Unclear(f"{rest!r} is nothing that TaskRouter's documentation of expressions knows")
        kind = str(token.lastgroup)
        said = token[kind]
        found.append(("word", said.upper()) if kind == "path" and said.upper() in _WORDS else (kind, said))
        at = token.end()
    return found


class _Reader:
    """Goes over tokens; `at` is how far it is."""

    def __init__(self, tokens: Sequence[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise Unclear("it ends where a value is expected")
        self.at += 1
        return self.tokens[self.at - 1]

    def _skip(self, *texts: str) -> str:
        """The next token where it is one of these signs or words; else empty, and it stays."""
        if self.at < len(self.tokens) and self.tokens[self.at][0] in {"sign", "word"} and self.tokens[self.at][1] in texts:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def joined(self, depth: int) -> _Joined:
        """Comparisons up to the end or to a parenthesis that closes."""
        if depth > DEPTH:
            raise Unclear(f"parentheses deeper than {DEPTH}")
        parts, words = [self._part(depth)], []
        while word := self._skip("AND", "OR"):
            words.append(word)
            parts.append(self._part(depth))
        return _Joined(tuple(parts), tuple(words))

    def _part(self, depth: int) -> _Compared | _Joined:
        if not self._skip("("):
            return self._compared()
        inner = self.joined(depth + 1)
        if not self._skip(")"):
            raise Unclear("a parenthesis is not closed")
        return inner

    def _compared(self) -> _Compared:
        left = self._value()
        sign = self._skip(">", ">=", "==", "!=", "<=", "<", "CONTAINS", "HAS", "IN", "NOT")
        if sign == "NOT":
            sign = f"NOT {self._skip('IN')}"
        if sign not in _SIGNS:
            raise Unclear("a value that is compared with nothing; write for example `key == true`")
        right = self._value()
        if isinstance(left, str) and isinstance(right, str):
            raise Unclear(f"compares the texts {left!r} and {right!r} with each other; a key is written without quotes")
        return _Compared(left, sign, right)

    def _value(self) -> Any:
        kind, said = self._next()
        if kind == "text":
            return said[1:-1]
        if kind == "number":
            return float(said)
        if (kind, said) == ("sign", "["):
            return self._constants()
        if kind != "path":
            raise Unclear(f"{said!r} where a value is expected")
        return _CONSTANTS[said.lower()] if said.lower() in _CONSTANTS else _reference(said)

    def _constants(self) -> list[Any]:
        found: list[Any] = []
        while not self._skip("]"):
            value = self._value()
            if isinstance(value, list | _Path):
                raise Unclear("an array that holds something else than constants")
            found.append(value)
            if not self._skip(",") and self.tokens[self.at : self.at + 1] != [("sign", "]")]:
                raise Unclear("an array that is not closed")
        return found


def _reference(said: str) -> _Path:
    steps = tuple(_STEP.findall(said))
    if steps[0].lower() in _ELSEWHERE and len(steps) > 1:
        raise Unclear(f"{said!r} is defined for the routing steps of workflows only, not for task queues")
    if said.lower() == "null":
        raise Unclear("NULL is no constant that TaskRouter's documentation of expressions knows")
    return _Path(said, steps)


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _truth(one: _Compared | _Joined, attributes: Mapping[str, Any], doubts: list[str]) -> Truth:
    if isinstance(one, _Joined):
        return _joined(one, attributes, doubts)
    left = one.left.of(attributes) if isinstance(one.left, _Path) else one.left
    right = one.right.of(attributes) if isinstance(one.right, _Path) else one.right
    truth = _SIGNS[one.sign](left, right)
    if truth is None:
        names = " and ".join(f"{value.text!r}" for value in (one.left, one.right) if isinstance(value, _Path))
        doubts.append(f"{_shown(left)} {one.sign} {_shown(right)} is not documented ({names or 'constants'})")
    return truth


def _joined(one: _Joined, attributes: Mapping[str, Any], doubts: list[str]) -> Truth:
    """What the parts say together; after a part that decides no further one is asked."""
    if len(set(one.words)) < 2:
        decides = "OR" in one.words
        whole: Truth = not decides
        for part in one.parts:
            truth = _truth(part, attributes, doubts)
            if truth is decides:
                return decides
            whole = truth if whole is not None else None
        return whole
    truths = [_truth(part, attributes, doubts) for part in one.parts]
    first, turn = _and_first(truths, one.words), _in_turn(truths, one.words)
    if first is not turn:
        doubts.append("AND and OR without parentheses: which of them comes first is not documented")
    return first if first is turn else None


def _shown(value: Any) -> str:
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _either(one: Truth, other: Truth) -> Truth:
    if one or other:
        return True
    return None if one is None or other is None else False


def _and_first(truths: Sequence[Truth], words: Sequence[str]) -> Truth:
    groups = [truths[0]]
    for word, truth in zip(words, truths[1:], strict=True):
        if word == "AND":
            groups[-1] = _both(groups[-1], truth)
        else:
            groups.append(truth)
    return _in_turn(groups, ["OR"] * (len(groups) - 1))


def _in_turn(truths: Sequence[Truth], words: Sequence[str]) -> Truth:
    found = truths[0]
    for word, truth in zip(words, truths[1:], strict=True):
        found = _both(found, truth) if word == "AND" else _either(found, truth)
    return found


def _same(one: Any, other: Any) -> Truth:
    """Whether two scalars are the same; nobody knows where they are of two types and only look alike."""
    if type(one) is type(other) or _type(one) == _type(other):
        return bool(one == other)
    return None if _spelt(one) == _spelt(other) else False


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _spelt(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).strip().lower()


def _equal(left: Any, right: Any) -> Truth:
    if isinstance(left, list) or isinstance(right, list):
        return False
    if isinstance(left, dict) or isinstance(right, dict) or (left is None and right is None):
        return None
    return False if left is None or right is None else _same(left, right)


def _unequal(left: Any, right: Any) -> Truth:
    if isinstance(left, list) or isinstance(right, list):
        return False
    equal = None if left is None or right is None else _equal(left, right)
    return None if equal is None else not equal


def _ordered(decide: Callable[[float, float], bool]) -> Callable[[Any, Any], Truth]:
    def ordered(left: Any, right: Any) -> Truth:
        if isinstance(left, list) or isinstance(right, list) or left is None or right is None:
            return False
        return decide(left, right) if _type(left) == _type(right) == "number" else None

    return ordered


def _contains(left: Any, right: Any) -> Truth:
    if isinstance(left, list) or isinstance(right, list) or left is None or right is None:
        return False
    return right in left if isinstance(left, str) and isinstance(right, str) else None


def _within(left: Any, right: Any) -> Truth:
    """Source: an array operator on two scalars is false."""
    if not isinstance(right, list):
        return None if isinstance(right, dict) else False
    if isinstance(left, list | dict):
        return None
    if type(left) is str and left in right:
        return True
    same = [_same(left, one) for one in right if left is not None]
    return True if any(same) else None if None in same else False


def _without(left: Any, right: Any) -> Truth:
    if not isinstance(right, list):
        return None if isinstance(right, dict) or left is None or right is None else False
    within = None if left is None else _within(left, right)
    return None if within is None else not within


_SIGNS: Mapping[str, Callable[[Any, Any], Truth]] = MappingProxyType(
    {
        "==": _equal,
        "!=": _unequal,
        ">": _ordered(lambda left, right: left > right),
        ">=": _ordered(lambda left, right: left >= right),
        "<": _ordered(lambda left, right: left < right),
        "<=": _ordered(lambda left, right: left <= right),
        "CONTAINS": _contains,
        "HAS": lambda left, right: _within(right, left),
        "IN": _within,
        "NOT IN": _without,
    }
)
