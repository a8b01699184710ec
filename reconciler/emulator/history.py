"""What was injected: per user every event in the order it was accepted, the states that follow from it, and counts.

It holds values; whether an event is accepted is decided in `events`, how a state is answered in `status`. A row is a plain tuple,
because the collector leaves tuples of plain values alone, however many there are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PRESENCE, ROUTING_STATUS = "presence", "routing_status"
ALWAYS = float("-inf")

Row = tuple[int, str, float, str, str, str, str, float, float]


class Happening(NamedTuple):
    """A row with names. Times are seconds since the epoch: when it happened, when it was accepted, from when on it shows.

    `what` is a presence definition's id, or a routing status as it is read; empty for a presence event that only has a message.
    """

    order: int
    kind: str
    at: float
    what: str
    source: str
    event: str
    message: str
    accepted: float
    shows: float


@dataclass(slots=True, eq=False)
class Log:
    """One user: the rows kept, the state that shows now per kind and source, the newest time per kind.

    Routing status stands under no source: whatever source it comes from, a user has one (inferred).
    """

    rows: list[Row] = field(default_factory=list)
    states: dict[tuple[str, str], Row] = field(default_factory=dict)
    newest: dict[str, float] = field(default_factory=dict)

    def state(self, kind: str, source: str = "") -> Happening | None:
        """What shows now; None before the first event."""
        row = self.states.get((kind, source))
        return None if row is None else Happening(*row)

    def timeline(self, kind: str, now: float, source: str = "") -> list[Happening]:
        """What shows by now of one kind, and of one source where one is named, by the time it happened."""
        found = [Happening(*row) for row in self.rows if row[1] == kind and row[8] <= now and source in ("", row[4])]
        return sorted(found, key=lambda one: (one.at, one.order))


@dataclass(slots=True)
class Counts:
    """What became of the events of one kind. Each is accepted, repeated, refused for a reason, or failed by a fault rule.

    `out_of_order` are those among the accepted that happened before the user's newest of the kind; `clashes` those among the
    repeated that say something else than the event accepted under their id.
    """

    requests: int = 0
    accepted: int = 0
    repeated: int = 0
    clashes: int = 0
    out_of_order: int = 0
    failed: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def show(self) -> dict[str, Any]:
        """The counts as the admin port answers them."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        return shown | {"refused": dict(sorted(self.refused.items()))}


class Remembered:
    """Ids of accepted events with a digest of what they said; forgets the oldest half when there are twice the bound."""

    def __init__(self) -> None:
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, event: str) -> int | None:
        """The digest kept under the id; None for a new one."""
        found = self._young.get(event)
        return self._old.get(event) if found is None else found

    def keep(self, event: str, digest: int, bound: int) -> None:
        """Remember an id for at least as many further ids as the bound says."""
        self._young[event] = digest
        if len(self._young) >= bound:
            self._old, self._young = self._young, {}


class History:
    """Everything injected into one organisation."""

    def __init__(self) -> None:
        self.logs: dict[str, Log] = {}
        self.counts = {PRESENCE: Counts(), ROUTING_STATUS: Counts()}
        self.remembered = Remembered()
        self.orders = count(1)

    def keep(self, user: str, row: Row, bound: int) -> None:
        """Append an accepted event to the user's rows, of which the last `bound` stay, or all where it is 0."""
        log = self.logs.get(user)
        if log is None:
            log = self.logs[user] = Log()
        kind, at = row[1], row[2]
        counts = self.counts[kind]
        counts.accepted += 1
        if at < log.newest.get(kind, ALWAYS):
            counts.out_of_order += 1
        else:
            log.newest[kind] = at
        log.rows.append(row)
        if 0 < bound < len(log.rows):
            del log.rows[:-bound]

    def show(self, accepted: Iterable[tuple[str, Row]], *, late_wins: bool) -> None:
        """Let accepted events take effect: the newest is the state; with `late_wins` the one accepted last is."""
        for user, row in accepted:
            states = self.logs[user].states
            place = (row[1], row[4] if row[1] == PRESENCE else "")
            old = states.get(place)
            if old is None or row[2] >= old[2] or late_wins:
                states[place] = row if row[3] or old is None else (*row[:3], old[3], *row[4:])
