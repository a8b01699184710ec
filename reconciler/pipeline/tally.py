"""What a runner has done: the figures people, other programs and the exit code are told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """What a run has done so far.

    `odd` is what the reader of each feed passed over; `lags` are seconds from a native time to its acceptance, the newest ones.
    """

    read: int = 0
    events: int = 0
    sent: int = 0
    repeated: int = 0
    corrected: int = 0
    quarantined: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    odd: dict[str, Mapping[str, int]] = field(default_factory=dict)
    elsewhere: int = 0
    conversations: int = 0
    closed: int = 0
    refused: int = 0
    open: int = 0
    users: int = 0
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))

    def lag_of(self, seconds: float) -> None:
        """An event was accepted so many seconds after it happened."""
        self.lags.append(seconds)

    @property
    def lag(self) -> float:
        """The 99th percentile of the newest lags, in seconds; 0 where nothing was sent."""
        ranked = sorted(self.lags)
        return ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))] if ranked else 0.0

    @property
    def passed_over(self) -> Counter[str]:
        """What the readers did not know and passed over, of all feeds."""
        return sum((Counter(one) for one in self.odd.values()), Counter())

    @property
    def totals(self) -> dict[str, int]:
        """What only grows, by the names of the metrics."""
        return {
            "records": self.read,
            "unmapped": self.unmapped.total(),
            **self._counted("events sent repeated corrected quarantined"),
        }

    @property
    def document(self) -> dict[str, Any]:
        """The figures of agent status as other programs read them."""
        return {
            **self._counted("read events sent repeated corrected quarantined"),
            "unmapped": self.unmapped.total(),
            "unknown_agents": len(self.strangers),
            "lag_p99_seconds": round(self.lag, 3),
        }

    @property
    def calls(self) -> dict[str, Any]:
        """The figures of interactions as other programs read them."""
        return {
            **self._counted("read conversations events sent repeated open refused quarantined"),
            "unmapped": self.unmapped.total(),
            "billable_users": self.users,
        }

    def _counted(self, names: str) -> dict[str, int]:
        return {name: getattr(self, name) for name in names.split()}

    @property
    def exit_code(self) -> int:
        """6 where something was set aside or an agent is unknown."""
        return 6 if self.quarantined or self.strangers else 0
