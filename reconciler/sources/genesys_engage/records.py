"""Lines of a feed of Genesys Engage → flat records: names in lower case, without `Attribute` and signs → values.

A message in a log is spread over lines: a line that names it, then a line for each attribute, and for each pair of a list below
its attribute. It ends with the next line of another kind, so the last one is still open when nothing follows. JSON may be spread
over lines as well. Nothing is known here about agents.

Source: names of messages and attributes, T-Library SDK; the two ways logs print them, T-Server and Platform SDK.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.formats import json
from reconciler.model.moment import Clock

LIMIT = 1_048_576
EVENT = ("event", "messagename", "message", "eventname", "eventtype", "name", "type")
AGENT = ("agentid", "agent", "employeeid", "agentlogin", "loginid", "objectid")
_TIME = ("timeinsecs", "timestamp", "time", "eventtime", "logged")
_OWN = frozenset({"agentid", "event", "messagename", "reasons", "typeid", "threadid"})
_NAMED = re.compile(r"(?:\bmessage\s+'?|^\s*')((?:Event|Request)[A-Za-z]+)\b")
_ATTRIBUTE = re.compile(r"\s*Attribute([A-Za-z]+)(?:\s+\[[a-z]+\]\s*=)?\s*(.*)")
_PAIR = re.compile(r"\s*'([^']*)'(?:\s+\[[a-z]+\]\s*=)?\s*(.*)")
_DAY = re.compile(r"[Ll]ocal time:?\s+(\d{4}-\d\d-\d\d)")
_CLOCK = re.compile(r"@?(\d\d:\d\d:\d\d\.\d+)\b")
_SIGNS = re.compile(r"[^a-z0-9]")

Record: TypeAlias = Mapping[str, Any]


class Lines:
    """Puts records together from lines. `state` is what a later run needs to go on inside one.

    `open_lines` of the last lines belong to what is open. `odd` hears of JSON that never ended: a whole object on a line of its
    own cannot be inside another one.
    """

    def __init__(self, state: Mapping[str, Any] | None, odd: Callable[[str], None]) -> None:
        kept = state or {}
        self._begun: str = kept.get("begun", "")
        self._message: dict[str, Any] = kept.get("message", {})
        self._list: str = kept.get("list", "")
        self._day: str = kept.get("day", "")
        self._depth = json.depth(self._begun)
        self._odd = odd
        self.open_lines = 0

    @property
    def state(self) -> dict[str, Any]:
        """What is open."""
        return {"begun": self._begun, "message": self._message, "list": self._list, "day": self._day}

    def read(self, line: bytes) -> Sequence[Record]:
        """The records that end with this line, or before it. Raises `ValueError`."""
        before, self.open_lines = self.open_lines, 0
        if len(line) + len(self._begun) > LIMIT:
            self._begun = ""
            raise ValueError(f"a message of more than {LIMIT} bytes")
        text = line.decode("utf-8", "backslashreplace").removeprefix("\ufeff").rstrip("\r\n")
        if self._begun or text.lstrip()[:1] in {"{", "["}:
            return self._json(text, before)
        if self._message and self._goes_on(text):
            self.open_lines = before + 1
            return []
        ended = self.rest()
        self._begin(text)
        self.open_lines = 1 if self._message else 0
        return ended

    def rest(self) -> Sequence[Record]:
        """The message of a log that is open, when nothing more of it comes."""
        message, self._message, self._list = self._message, {}, ""
        return [message] if message else []

    def _begin(self, text: str) -> None:
        """Notes the message that begins here, or what the log says of its day."""
        if found := _NAMED.search(text):
            self._message = {"event": found[1]}
            if self._day and (clock := _CLOCK.search(text)):
                self._message["logged"] = f"{self._day} {clock[1]}"
        elif day := _DAY.search(text):
            self._day = day[1]
        elif _ATTRIBUTE.fullmatch(text):
            raise ValueError("an attribute without its message: the beginning is missing")

    def _goes_on(self, text: str) -> bool:
        """Takes an attribute, or a pair of the list that the last attribute is; False for any other line."""
        if found := _ATTRIBUTE.fullmatch(text):
            name, value = _name(found[1]), _bare(found[2])
            self._list = name
            self._message.setdefault(name, value)
            return True
        if self._list and not _NAMED.match(text) and (found := _PAIR.fullmatch(text)):
            pairs = self._message[self._list]
            self._message[self._list] = {**(pairs if isinstance(pairs, dict) else {}), found[1]: _bare(found[2])}
            return True
        return False

    def _json(self, text: str, before: int) -> Sequence[Record]:
        if self._begun[:1] == "{" and text[:1] == "{":
            self._begun, before = "", 0
            self._odd("a record that never ended")
        self._depth = json.depth(text) + (self._depth if self._begun else 0)
        whole, self._begun = f"{self._begun}{text}\n", ""
        if self._depth <= 0:
            return [*self.rest(), *(record for value in json.values(whole.encode()) for record in _records(value))]
        self._begun, self.open_lines = whole, before + 1
        return []


def _records(value: Any) -> Sequence[Record]:
    if isinstance(value, list):
        return [record for one in value for record in _records(one)]
    if type(value) is not dict:
        raise ValueError(f"no message of Genesys Engage: expected an object, found {str(value)[:40]!r}")
    rows = [inner for name, inner in value.items() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
    if len(rows) == 1 and not any(_name(name) in _OWN for name in value):
        return _records(rows[0])
    flat = {_name(name): inner for name, inner in value.items()}
    attributes = value.get("attributes") or value.get("data")
    if isinstance(attributes, dict):
        flat |= {_name(name): inner for name, inner in attributes.items()}
    return [flat]


def _name(name: str) -> str:
    return _SIGNS.sub("", name.lower().removeprefix("attribute"))


def _bare(text: str) -> str:
    """A value without quotation marks."""
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def text(record: Record, *names: str) -> str:
    """The first of these that is there, as text."""
    return next((str(record[name]).strip() for name in names if record.get(name) not in (None, "", {}, [])), "")


def instant(record: Record, clock: Clock) -> int:
    """When it happened, in milliseconds since 1970. Raises `ValueError` where nothing says so."""
    time = text(record, *_TIME).split(" (")[0]
    micro = text(record, "timeinusecs").split(" ")[0]
    try:
        if not time.replace(".", "", 1).isdecimal():
            return clock.text(time)
        at = clock.milliseconds(time.split(".")[0]) if len(time.split(".")[0]) > 11 else clock.epoch(time)
    except (ValueError, OverflowError):
        what = f"{time[:40]!r} is no time" if time else "it has no time"
        raise ValueError(f"{what}; expected TimeinSecs, or a date and time") from None
    return at + (int(micro[:6]) // 1000 if micro.isdecimal() and text(record, "timeinsecs") else 0)
