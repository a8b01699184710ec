"""A request as the handlers see it, and what they may answer. No sockets, no starlette."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from reconciler.emulator.refusal import bad, constraint, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.emulator.faults import Rule
    from reconciler.emulator.token import Client

Json = dict[str, Any]

_FLAGS = {"true": True, "false": False}
_DESCENDING = {"desc", "descending"}
_ASCENDING = {"asc", "ascending", "score"}


def interval(text: str) -> tuple[float, float]:
    """Begin and end in seconds since the epoch; a time without an offset is UTC (inferred from examples that have none)."""
    try:
        begin, end = (_utc(datetime.fromisoformat(part)).timestamp() for part in text.split("/"))
    except (ValueError, OverflowError):
        raise bad("invalid.date", "The interval must look like 2026-07-01T12:00:00Z/2026-07-01T13:00:00Z") from None
    if end < begin:
        raise constraint("The interval ends before it begins", "interval")
    return begin, end


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler returns when status or headers are not the operation's usual ones; body None = no body."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters; unknown ones are ignored, as the API does.

    Source: lists are declared `multi`, the official SDKs send them comma-joined: both are read.
    """

    pairs: Sequence[tuple[str, str]]

    def one(self, name: str, default: str = "") -> str:
        """The first value, or the default; an empty value counts as absent."""
        return next((value for key, value in self.pairs if key == name and value), default)

    def many(self, name: str) -> list[str]:
        """All values, repeated or comma-joined, in order."""
        return [part for key, value in self.pairs if key == name for part in value.split(",") if part]

    def flag(self, name: str) -> bool | None:
        """True, False, or None when absent; 400 for anything else."""
        text = self.one(name)
        if not text:
            return None
        if text.lower() not in _FLAGS:
            raise invalid_parameter(text, name, _FLAGS)
        return _FLAGS[text.lower()]

    def whole(self, name: str, default: int, code: str = "invalid.query.param.value") -> int:
        """A whole number of 32 bits; 400 with the given code for anything else."""
        text = self.one(name) or str(default)
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not -(2**31) <= number < 2**31:
            raise bad(code, f"Value [{text[:40]}] is not valid for parameter [{name}]")
        return number

    def choice(self, name: str, allowed: Sequence[str], default: str = "") -> str:
        """One of the allowed words, any casing; 400 for anything else."""
        text = self.one(name, default)
        if text and text.lower() not in {word.lower() for word in allowed}:
            raise invalid_parameter(text, name, allowed)
        return next((word for word in allowed if word.lower() == text.lower()), text)

    def choices(self, name: str, allowed: frozenset[str]) -> frozenset[str]:
        """The allowed words given, as a set; 400 for anything else."""
        given = frozenset(self.many(name))
        for word in sorted(given - allowed):
            raise invalid_parameter(word, name, sorted(allowed))
        return given

    def descending(self) -> bool:
        """Whether `sortOrder` asks for the reverse.

        Source: its enumeration lacks its own default, so any casing of both spellings counts.
        """
        text = self.one("sortOrder", "asc").lower()
        if text not in _DESCENDING | _ASCENDING:
            raise invalid_parameter(text, "sortOrder", ("ascending", "descending"))
        return text in _DESCENDING


@dataclass(frozen=True, slots=True)
class Ask:
    """One authenticated request. `body` is checked against the operation's shape; `path` holds decoded path segments.

    `struck` are the fault rules that strike the request; only those about single events concern a handler. `origin` is the scheme
    and host it was sent to.
    """

    url: str
    path: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    body: Any
    caller: Client
    page_size: int = 25
    page_number: int = 1
    struck: Sequence[Rule] = ()
    origin: str = ""

    @property
    def host(self) -> str:
        """The host it was sent to, with the port."""
        return self.origin.partition("://")[2]

    def uri(self, **changed: object) -> str:
        """The request's own relative address with parameters replaced; a parameter that is None goes."""
        pairs = [(key, value) for key, value in self.query.pairs if key not in changed]
        pairs += [(key, str(value)) for key, value in changed.items() if value is not None]
        return f"{self.url}?{urlencode(pairs)}" if pairs else self.url
