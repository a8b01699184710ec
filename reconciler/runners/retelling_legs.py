"""Legs, transfers and consultations while a conversation is retold: what they do since when, until they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.interaction import Party, Step
from reconciler.model.story import Lane, Move, Phase, Span
from reconciler.runners.conversation_legs import Leg
from reconciler.runners.conversation_table import State


@dataclass(slots=True)
class OpenLane:
    """A leg while it is drawn; `phase` goes on since `since`."""

    number: int
    name: str
    party: Party
    called: str
    start: int
    end: int | None = None
    how: str = ""
    phase: Phase | None = None
    since: int = 0
    spans: list[Span] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Whose leg it is, for people."""
        return f"{self.party} {self.called}".rstrip()

    def turn(self, leg: Leg, step: Step) -> None:
        """The leg is in another state now."""
        at, phase = max(step.at, self.since), _phase(leg)
        if self.phase and phase is not self.phase:
            self.spans.append(Span(self.phase, self.since, at))
        if leg.is_over and self.end is None:
            self.end, self.how = at, str(step.said.get("how", ""))
        if phase is not self.phase:
            self.phase, self.since = phase, at

    def lane(self, until: int) -> Lane:
        """The leg as drawn; what goes on is drawn to the end."""
        going = [Span(self.phase, self.since, max(until, self.since))] if self.phase else []
        spans = (*self.spans, *going)
        return Lane(self.number, self.name, self.party, self.called, self.start, self.end, self.how, spans)


def _phase(leg: Leg) -> Phase | None:
    """What a leg does in its state; None where it is gone."""
    if leg.is_over:
        return Phase.AFTER_WORK if leg.wants_work else None
    if leg.state is State.CONNECTED:
        return _CONNECTED.get(leg.party, Phase.TALKING)
    return Phase.HELD if leg.state is State.HELD else Phase.RINGING


_CONNECTED = {Party.FLOW: Phase.FLOW, Party.QUEUE: Phase.WAITING}


@dataclass(slots=True)
class OpenMove:
    """A transfer or a consultation while it goes on."""

    number: int
    what: str
    at: int
    begun_by: int
    goal: str
    landed: int = 0
    outcome: str = "open"
    end: int | None = None

    def move(self) -> Move:
        """As it is drawn."""
        return Move(self.number, self.what, self.at, self.begun_by, self.goal, self.landed, self.outcome, self.end)
