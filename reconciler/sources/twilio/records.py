"""Lines of a feed of TaskRouter → flat records: names in lower case without underscores → values.

A line is the form-encoded body of a web hook, or JSON: a CloudEvent of Event Streams, a list of them, an answer of the REST
service. JSON may be spread over lines. Nothing is known here about workers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.formats import json

LIMIT = 1_048_576
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_INNER = ("data", "payload", "event_data", "eventdata")
_LISTS = ("events", "workers", "activities")

Record: TypeAlias = Mapping[str, Any]


class Lines:
    """Puts records together from lines. `begun` is the beginning of one that goes on; a later run needs it.

    `open_lines` of the last lines belong to it. `odd` hears of a record that never ended: a whole object on a line of its own
    cannot be inside another one.
    """

    def __init__(self, begun: str, odd: Callable[[str], None]) -> None:
        self.begun = begun
        self._odd = odd
        self.open_lines = 0
        self._depth = json.depth(begun)

    def read(self, line: bytes) -> Sequence[Record]:
        """The records that end with this line. Raises `ValueError`."""
        before, self.open_lines = self.open_lines, 0
        if len(line) + len(self.begun) > LIMIT:
            self.begun = ""
            raise ValueError(f"a record of more than {LIMIT} bytes")
        text = line.decode("utf-8", "backslashreplace").removeprefix("\ufeff").rstrip("\r\n")
        if not self.begun and text.lstrip()[:1] not in {"{", "["}:
            return [_form(text)] if text.strip() else []
        if self.begun[:1] == "{" and text[:1] == "{":
            self.begun, before = "", 0
            self._odd("a record that never ended")
        self._depth = json.depth(text) + (self._depth if self.begun else 0)
        whole, self.begun = f"{self.begun}{text}\n", ""
        if self._depth <= 0:
            return [record for value in json.values(whole.encode()) for record in _records(value)]
        self.begun, self.open_lines = whole, before + 1
        return []


def _form(text: str) -> Record:
    """The fields of `Name=value&Name=value`. Source: TaskRouter event callbacks post application/x-www-form-urlencoded."""
    if "=" not in text:
        raise ValueError(f"neither a form nor JSON: {text[:40]!r}; expected EventType=…&… or an object")
    pairs = (part.partition("=") for part in text.strip().split("&") if part)
    return {_name(_plain(name)): _plain(value) for name, _, value in pairs}


def _plain(text: str) -> str:
    return _ESCAPED.sub(
        lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "backslashreplace"), text.replace("+", " ")
    )


def _records(value: Any) -> Sequence[Record]:
    """The records in a value: the rows of a list, or the one there is, with what it wraps laid flat."""
    if isinstance(value, list):
        return [record for one in value for record in _records(one)]
    if type(value) is not dict:
        raise ValueError(f"no record of TaskRouter: expected an object, found {str(value)[:40]!r}")
    for name in _LISTS:
        if isinstance(rows := value.get(name), list):
            return [{**_flat(row), "list": name} for row in rows if isinstance(row, dict)]
    return [_flat(value)]


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object and what it wraps, the inner ones first to count; text that holds JSON is opened where an object is expected."""
    found = {_name(name): inner for name, inner in value.items() if name not in _INNER}
    for name in _INNER:
        inner = value.get(name)
        if isinstance(inner, str) and inner[:1] == "{":
            inner = json.values(inner.encode())[0]
        if isinstance(inner, dict):
            found |= _flat(inner)
    return found


def _name(name: str) -> str:
    return name.replace("_", "").lower()
