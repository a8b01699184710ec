"""One conversation retold: its legs over time, its transfers, and every native event with what it was told as. Values only.

Times are in milliseconds since 1970. Legs are numbered from 1 in the order they were opened; 0 is no leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.model.interaction import Media, Party


class Phase(StrEnum):
    """What a leg is doing for some time."""

    RINGING = "ringing"
    FLOW = "in the flow"
    WAITING = "waiting"
    TALKING = "talking"
    HELD = "on hold"
    AFTER_WORK = "after work"


class Span(NamedTuple):
    """A leg does one thing from `start` to `end`."""

    phase: Phase
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A leg over time. `name` is the platform's, `called` is for people; `end` is None and `how` empty while it goes on."""

    number: int
    name: str
    party: Party
    called: str
    start: int
    end: int | None
    how: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer or a consultation, numbered from 1: whose leg began it, what it goes to, where it landed, how it ended."""

    number: int
    what: str
    at: int
    begun_by: int
    goal: str
    landed: int
    outcome: str
    end: int | None


class Told(NamedTuple):
    """One event of Genesys Cloud: its leg, and what is said besides, by name; legs in it stand as `leg N`, people by name."""

    at: int
    event: str
    leg: int
    said: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One native event: where it was read, in which words, and what it was told as.

    `odd` is what was not understood of it, `refused` why nothing of it is told, at `refused_at`. `again` are other places that
    say the same. An entry without place is ours: what a rule told when nothing more came.
    """

    at: int
    place: str
    words: str
    told: tuple[Told, ...] = ()
    odd: str = ""
    refused: str = ""
    refused_at: int = 0
    again: tuple[str, ...] = ()


class Waiting(NamedTuple):
    """An event of the conversation that waits in the quarantine: its number there, since when, why, and where it stood."""

    number: int
    since: str
    cause: str
    place: str


class Unread(NamedTuple):
    """A record that names the conversation and could not be understood."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of one conversation. `notes` are for people: what is missing, and what a run would do about it."""

    platform: str
    source: str
    key: str
    zone: str
    media: Media = Media.VOICE
    lanes: tuple[Lane, ...] = ()
    moves: tuple[Move, ...] = ()
    entries: tuple[Entry, ...] = ()
    unread: tuple[Unread, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def start(self) -> int:
        """When the first leg was opened; of a conversation without legs, when it was first heard of."""
        return min((one.start for one in self.lanes), default=min((one.at for one in self.entries), default=0))

    @property
    def end(self) -> int:
        """The newest time that is drawn."""
        drawn = [span.end for one in self.lanes for span in one.spans] + [one.end for one in self.lanes if one.end]
        refused = [one.refused_at for one in self.entries if one.refused_at]
        return max([self.start, *drawn, *refused])

    @property
    def is_open(self) -> bool:
        """Whether a leg has not ended."""
        return any(one.end is None for one in self.lanes)

    @property
    def refused(self) -> tuple[Entry, ...]:
        """The events that are not told, the first of which is the cause."""
        return tuple(one for one in self.entries if one.refused)
