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
