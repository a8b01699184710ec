"""What a runner has met that people should know of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """What was met so far: late events, native states without a place in the table, agents that nobody knows."""

    late: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally(Counts):
    """Besides: conversations begun, closed by rule, refused, left out by a rule, and the users they name.

    `fresh` are the users of whom nothing was ever told before, `barred` those for whom a conversation was left out.
    """

    conversations: int = 0
    closed: int = 0
    refused: int = 0
    excluded: int = 0
    users: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    barred: Counter[str] = field(default_factory=Counter)
