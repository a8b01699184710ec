"""What the path of a recording says of it: by the habits of a platform, or by an expression of the user's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from reconciler.model.moment import Clock
from reconciler.model.recorded import Described
from reconciler.model.recording import Agent

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
PATTERNS = {
    # MixMonitor as FreePBX names it (in-TO-FROM-20261122-093000-1700000000.12.wav), and any other name with a unique id in it;
    # behind it what options r() and t() are commonly called, which write one side each. Source: MixMonitor of Asterisk.
    "asterisk": r"(?:^|/)(?:[^/]*?(?P<start>\d{8}-\d{6})-)?[^/]*?(?<!\d)(?P<conversation>\d{9,11}\.\d+)"
    r"(?:[-_.](?P<part>\d{1,3}))?(?:[-_](?P<channel>(?i:in|out|rx|tx)))?(?:\.[A-Za-z]\w*)?$",
    # CallRecordings/2026/11/22/CONTACT_20261122T09:30_UTC.wav. Source: public contact records; the name is not guaranteed.
    "amazon-connect": rf"(?:^|/)(?!Redacted/)[^/]*?(?P<conversation>{_UUID})_(?P<start>\d{{8}}T\d\d:?\d\d)_UTC\.[A-Za-z]\w*$",
    # Analysis/Voice/Redacted/…: what Contact Lens leaves of it. Source: Contact Lens, output file locations.
    "amazon-connect-redacted": rf"(?:^|/)Redacted/(?:[^/]+/)*(?P<conversation>{_UUID})_[^/]*redacted[^/]*\.wav$",
}
AGENTS = {"amazon-connect": Agent.RIGHT, "amazon-connect-redacted": Agent.RIGHT}
"""Which channel the agent is on. Source: Amazon Connect, set up recording behaviour: agent right."""

CHANNELS = ("channel", "side")
"""Groups of an expression that hold the word for the side of the call which a file holds alone."""

Read: TypeAlias = "Callable[[str], Described | None]"
_FORMS = (
    (re.compile(r"\d{8}-\d{6}"), "%Y%m%d-%H%M%S", ""),
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S", ""),
    (re.compile(r"\d{8}T\d\d:\d\d"), "%Y%m%dT%H:%M%z", "+0000"),
    (re.compile(r"\d{8}T\d{4}"), "%Y%m%dT%H%M%z", "+0000"),
)
_EPOCH = re.compile(r"\d{9,11}(\.\d+)?")


def reader(pattern: str, clock: Clock) -> Read:
    """What understands a path below the store's root; None for one that the pattern does not fit.

    `pattern` is a name of `PATTERNS` or an expression with `(?P<conversation>…)`, and `start`, `part`, `agent` and `channel` or
    `side` where it likes.
    Raises `ValueError` for an expression that is none.
    """
    try:
        form = re.compile(PATTERNS.get(pattern, pattern))
    except re.error as error:
        raise ValueError(f"no expression: {error}") from None
    if "conversation" not in form.groupindex:
        raise ValueError(f"write one of {', '.join(PATTERNS)}, or an expression that holds (?P<conversation>…)")
    agent = AGENTS.get(pattern, Agent.UNKNOWN)

    def read(name: str) -> Described | None:
        found = form.search(name)
        if not found or not found["conversation"]:
            return None
        said = found.groupdict()
        start = moment(said.get("start") or _own_start(pattern, found["conversation"]), clock)
        part = said.get("part") or ""
        side = Agent(said["agent"]) if said.get("agent") in {"left", "right"} else agent
        number = int(part) if part.isdecimal() else 0
        channel, twin = _channel(found)
        return Described(name, found["conversation"], start, part=number, agent=side, channel=channel, twin=twin)

    return read


def _channel(found: re.Match[str]) -> tuple[str, str]:
    """The word for the side that the file holds, and the name without it: that of the other side is the same then."""
    group = next((one for one in CHANNELS if found.re.groupindex.get(one) and found[one]), "")
    if not group:
        return "", ""
    begin, end = found.span(group)
    return found[group].casefold(), f"{found.string[:begin]}|{found.string[end:]}"


def _own_start(pattern: str, conversation: str) -> str:
    """A unique id of Asterisk begins with the second its channel was made in."""
    return conversation.partition(".")[0] if pattern == "asterisk" else ""


def moment(text: str, clock: Clock) -> int:
    """A time in any form that names and indexes use, in milliseconds since 1970; 0 for what is no time."""
    text = text.strip()
    try:
        for form, written, more in _FORMS:
            if form.fullmatch(text):
                return clock.form(text + more, written)
        return clock.epoch(text) if _EPOCH.fullmatch(text) else clock.text(text)
    except ValueError:
        return 0
