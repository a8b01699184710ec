"""A period of interactions, compared: what the feeds tell, what Genesys Cloud shows, and what follows. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reconciler.model.change import Change, Plan
from reconciler.model.resource import Proof, Repr
from reconciler.model.seen import Outcome


class Period(NamedTuple):
    """From `begin` up to but without `end`, in milliseconds since 1970; `text` as it was asked for, days are those of `zone`."""

    text: str
    zone: str
    begin: int
    end: int

    def holds(self, at: int) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= at < self.end

    def hour(self, at: int) -> str:
        """The local hour a moment lies in: `2026-11-21T09:00+09:00`."""
        return datetime.fromtimestamp(at / 1000, ZoneInfo(self.zone)).replace(minute=0).isoformat(timespec="minutes")


def period(text: str, zone: str) -> Period:
    """The period written as a day or `FROM/TO`, local to `zone`; a TO that is a day goes to its end.

    Raises `ValueError`, in words for people, for anything else.
    """
    first, slash, last = text.partition("/")
    try:
        begin, end = _moment(first, zone), _moment(last if slash else first, zone, days=1)
    except ValueError:
        raise ValueError(f"{text!r} is no period: write a day such as 2026-11-21, or FROM/TO") from None
    if end <= begin:
        raise ValueError(f"{text!r} ends before it begins")
    return Period(text, zone, begin, end)


def _moment(text: str, zone: str, *, days: int = 0) -> int:
    """A time, or the beginning of the day `days` after the one that is written."""
    found = datetime.fromisoformat(text.strip())
    if len(text.strip()) <= len("2026-11-21"):
        found = datetime.combine(found.date() + timedelta(days=days), time(), ZoneInfo(zone))
    return round((found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)


class Standing(StrEnum):
    """How a conversation of the feeds stands in Genesys Cloud."""

    SAME = "same"
    MISSING = "missing"
    OPEN = "open"  # its end is known, and was not told
    PARTLY = "partly"
    DIFFERENT = "different"  # and nothing can be told that would mend it
    LATER = "later"  # too early to judge
    UNREAD = "unread"


class Finding(NamedTuple):
    """One conversation: how it stands, what has to be told (in order), and what people should know."""

    key: str
    standing: Standing
    send: tuple[Change, ...] = ()
    why: tuple[str, ...] = ()


class Cell(NamedTuple):
    """How many conversations of a queue and a local hour had an outcome: by the feeds, and in Genesys Cloud."""

    queue: str
    hour: str
    outcome: Outcome
    native: int
    live: int


@dataclass(frozen=True, slots=True, repr=False)
class Reconciliation(Repr):
    """The comparison of a period. `plan` holds what has to be told, and why nothing may be, in `refusals`.

    `extra` are tags of conversations of this source that no feed told of. `figures` say how the feeds were read. `requests` is
    what reading cost. `sent` and `failed` (event → why) are of what was told; None where nothing was to be sent.
    """

    period: Period
    plan: Plan
    findings: tuple[Finding, ...]
    cells: tuple[Cell, ...]
    proof: Proof = field(default_factory=Proof)
    extra: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    sent: int | None = None
    failed: Mapping[str, str] = field(default_factory=dict)

    def of(self, standing: Standing) -> list[Finding]:
        """The findings of one standing, in order."""
        return [one for one in self.findings if one.standing is standing]
