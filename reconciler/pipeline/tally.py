"""What a runner has done: the figures people, other programs and the exit code are told."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reconciler.model.problem import plain

SHOWN = 10  # names told one by one before the rest is counted
BOTH = "name them in billing.allow of reconciler.yaml and in interactions.billable of mapping.yaml, where these are lists"
WORDS = MappingProxyType(
    {
        "status": "agents in mapping.yaml",
        "interactions": "agents, rename or interactions.wrapup_codes in mapping.yaml",
    }
)
"""Where the feed's words become keys, by runner."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something people should look at: what it is, what was counted by name, what to do."""

    what: str
    counted: Counter[str]
    remedy: str

    @property
    def names(self) -> str:
        """The first names, and how many there are of each."""
        names = ", ".join(f"{plain(name)} ({count:,} x)" for name, count in self.counted.most_common(SHOWN))
        return f"{names} and {len(self.counted) - SHOWN} more" if len(self.counted) > SHOWN else names


@dataclass(slots=True)
class Report:
    """What a run has done so far.

    `odd` is what the reader of each feed passed over; `lags` are seconds from a native time to its acceptance, the newest ones.
    `fresh` are keys of users nothing was told of before, so that they become billable; `barred` may not, and what they took part
    in is among `excluded`, the conversations that a rule leaves out. Of `undecided` ones nothing is told yet.
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
    excluded: int = 0
    undecided: int = 0
    users: int = 0
    barred: Counter[str] = field(default_factory=Counter)
    fresh: tuple[str, ...] = ()
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

    def warnings(self, runner: str) -> tuple[str, ...]:
        """What a person should look at before a plan is carried out: what it leaves out, and what nobody understands."""
        counts = (
            (self.excluded, "excluded by the rules of mapping.yaml or billing.allow"),
            (self.undecided, "not told yet: rules decide when more of them is known"),
        )
        left = [f"{count:,} conversation{'s' * (count != 1)} {what}" for count, what in counts if count]
        notes = [*self._met(runner), Note("would be set aside", self.causes, "a run keeps them in its quarantine")]
        return (*left, *(f"{note.what}: {note.names}; {note.remedy}" for note in notes if note.counted))

    def notes(self, runner: str) -> tuple[Note, ...]:
        """What was met that people should know of, in the order of how much it matters."""
        found = (*self._met(runner), Note("set aside", self.causes, "see `reconciler state quarantine list`"))
        return tuple(one for one in found if one.counted)

    def _met(self, runner: str) -> tuple[Note, ...]:
        return (
            Note("unknown to Genesys Cloud", self.strangers, f"apply their manifests, or translate them: {WORDS[runner]}"),
            Note("may not become billable", self.barred, BOTH),
            Note("in no table", self.unmapped, f"see `reconciler run {runner} --unmapped`"),
            Note("passed over by the reader", self.passed_over, "nothing that is told is known to be in them"),
        )

    def _counted(self, names: str) -> dict[str, int]:
        return {name: getattr(self, name) for name in names.split()}

    @property
    def exit_code(self) -> int:
        """6 where something was set aside or an agent is unknown."""
        return 6 if self.quarantined or self.strangers else 0
