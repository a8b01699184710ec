"""What the attributes of a task say, which customers fill as they like: only habits of Flex and TaskRouter are known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from reconciler.model.interaction import Media
from reconciler.sources.twilio.records import Record

OUTCOME = "conversations.outcome"
"""Where Flex keeps the wrap-up code. Source: conversation attributes, Flex Insights."""
SID = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""A SID: of today two letters and 32 hexadecimal digits."""
_LONG = 1000  # signs of a text


def plain(value: Any) -> str:
    """A single value as text without signs that cannot be printed; empty for anything else."""
    if value is None or isinstance(value, dict | list | bool):
        return ""
    return "".join(sign for sign in str(value)[:_LONG] if sign.isprintable()).strip()


def text(record: Mapping[str, Any], *names: str) -> str:
    """The first of these that says something."""
    return next((found for name in names if (found := plain(record.get(name)))), "")


def attributes(record: Record) -> Mapping[str, Any]:
    """The attributes of a record's task, which are a text that holds JSON. Raises `ValueError`."""
    value = record.get("taskattributes")
    if isinstance(value, str) and value.strip():
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"TaskAttributes are no JSON: {error}") from None
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"TaskAttributes are no object: {str(value)[:40]!r}")  # noqa: TRY004 - it is input, not code
    return value


def _sid(said: Mapping[str, Any], name: str) -> str:
    """A SID; empty where there is none."""
    found = text(said, name)
    return found if SID.fullmatch(found) else ""


def _part(value: Any, name: str) -> Mapping[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def attributed(said: Mapping[str, Any], media: Media, outcome: str) -> dict[str, Any]:
    """What the attributes of a task say of it.

    Source: TaskRouter's conference instruction adds `conference` with the SIDs of its calls; Flex: `direction`, `outbound_to`,
    `from`, `name`, and for e-mails `customerAddress`, `proxyAddress`, `customers`. Names of attributes are Flex's habits.
    """
    inbound = not text(said, "direction").lower().startswith("outbound")
    conference, customer = _part(said, "conference"), _part(said, "customers")
    there = _part(conference, "participants")
    calls = {side: sid for side in ("customer", "worker") if (sid := _sid(there, side))}
    found = {
        "inbound": inbound,
        "call": _sid(said, "call_sid"),
        "conference": _sid(conference, "sid"),
        "calls": {sid: side for side, sid in calls.items()},
        "from": text(said, "from", "caller"),
        "to": text(said, "to", "called") if inbound else text(said, "outbound_to", "to"),
        "name": text(said, "name"),
        "code": _dotted(said, outcome),
    }
    if media is Media.EMAIL:
        theirs = text(said, "customerAddress", "email") or text(customer, "email")
        ours = text(said, "proxyAddress")
        ends = (theirs, ours) if inbound else (ours, theirs)
        found |= {"from": found["from"] or ends[0], "to": found["to"] or ends[1], "subject": text(said, "subject")}
    return found


def _dotted(said: Any, path: str) -> str:
    """The value under a dotted path, or under the whole name."""
    if found := text(said, path):
        return found
    for name in path.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return plain(said)
