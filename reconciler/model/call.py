"""What the core asks of the network: a Call, an Answer, a Listing and its pages. No word about HTTP libraries here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a value.

    `path` is the template of the API description (`/api/v2/users/{userId}`) and `ids` fill it, so that a message or a
    statistic can name the operation without an id. `query` values are text, numbers, booleans or lists of text (sent
    comma-joined, as the official SDKs do). `body` is JSON data or None.
    """

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """`GET /api/v2/users/{userId}`: the operation, the same for every object."""
        return f"{self.method} {self.path}"

    @property
    def url(self) -> str:
        """The path with its ids filled in and percent-encoded, without the query.

        Raises `LookupError` for an empty id, because what is left would be the path of the whole list.
        """
        empty = [name for name, value in self.ids.items() if not value]
        if empty:
            raise LookupError(f"{self.operation}: {empty[0]} is empty")
        return self.path.format(**{name: _step(value) for name, value in self.ids.items()})

    @property
    def writes(self) -> bool:
        """Whether this call can change anything; searches are reads that happen to be sent by POST."""
        return self.method not in {"GET", "HEAD"} and not self.path.endswith(("/search", "/query", "/query/realtime"))


def _step(value: str) -> str:
    """`value` as one step of a path; `.` and `..` would be taken as a way through it."""
    return value.replace(".", "%2E") if value in {".", ".."} else quote(value, safe="")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a Call that succeeded: status, raw body, and headers in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The decoded body; None where there is none."""
        return orjson.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the API and how its pages hang together.

    `pages` names the variant (Source: pagination chapter of the API description of July 2026):
    `numbered` (pageNumber, total, pageCount) · `open` (pageNumber without totals, ends where `nextUri` is missing) ·
    `whole` (unpaged, `total` and `entities`) · `cursor` (`cursor` in the body) · `cursors` (`cursors.after`) ·
    `uri` (only `nextUri` leads on) · `array` (a bare array) · `scim` (startIndex, totalResults) ·
    `single` (one object, handed over as a list of one).
    `size` is the page size asked for; `cap` the last page the service hands out (0 = none): reaching it proves nothing.
    `looks_at` is a TypedDict of what anybody looks at in an entity: the rest need not be decoded. None means everything.
    """

    path: str
    pages: str = "numbered"
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    size: int = 100
    cap: int = 0
    looks_at: Any = None
