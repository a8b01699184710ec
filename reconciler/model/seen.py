"""What anybody outside sees of a conversation: its legs, who took part, how far each came. Values only.

Both sides of a reconciliation are brought into this form: what the feeds tell, and what Genesys Cloud shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from reconciler.model.interaction import Party
from reconciler.model.resource import Proof, Repr


class Outcome(StrEnum):
    """What became of a conversation, in the words reports count by."""

    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    ABANDONED = "abandoned"
    OUTBOUND = "outbound"
    UNROUTED = "unrouted"  # over without any queue or agent: a flow, or nobody
    OPEN = "open"


class SeenLeg(NamedTuple):
    """One leg. `user` and `queue` are keys, or ids of objects nobody here knows; `party` is empty where it is not sure.

    `holds` counts how often it was put on hold, `held` says that it still is. `until` is when it ended, in milliseconds since
    1970, 0 where nobody says; `moved`: by a transfer. `disposed`: what is to be done after it has been done, or skipped.
    """

    party: str = ""
    user: str = ""
    queue: str = ""
    answered: bool = False
    holds: int = 0
    held: bool = False
    ended: bool = False
    until: int = 0
    moved: bool = False
    disposed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One conversation; legs by the id of their communication, in the order they came. `began` is in milliseconds since 1970."""

    id: str
    began: int = 0
    tag: str = ""
    outbound: bool = False
    legs: Mapping[str, SeenLeg] = field(default_factory=dict)
    providers: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        """Whether all its legs have ended; there is at least one."""
        return bool(self.legs) and all(leg.ended for leg in self.legs.values())

    @property
    def queue(self) -> str:
        """The queue it came to first, else the one its agent worked for; empty for none."""
        routed = next((leg.queue for leg in self.legs.values() if leg.party == Party.QUEUE), "")
        return routed or next((leg.queue for leg in self.legs.values() if leg.queue), "")

    @property
    def outcome(self) -> Outcome:
        """What became of it. One that an agent began is outbound, whoever else talked in it."""
        if not self.is_over:
            return Outcome.OPEN
        if self.outbound:
            return Outcome.OUTBOUND
        agents = [leg for leg in self.legs.values() if leg.party == Party.AGENT and leg.answered]
        if len(agents) > 1 or any(leg.moved for leg in agents):
            return Outcome.TRANSFERRED
        if agents:
            return Outcome.ANSWERED
        return Outcome.ABANDONED if self.queue else Outcome.UNROUTED


@dataclass(frozen=True, slots=True, repr=False)
class Readback(Repr):
    """Conversations as Genesys Cloud shows them, by id. `unread` are there, but could not be looked into.

    Without a complete `proof` nothing may be concluded from what is absent.
    """

    seen: Mapping[str, Seen]
    unread: frozenset[str] = frozenset()
    proof: Proof = field(default_factory=Proof)
