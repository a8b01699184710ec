"""The lease of an organisation as a value, and the rule when somebody else may take it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.ledger.process import Process
from reconciler.model.problem import plain

LIFETIME = timedelta(seconds=30)  # after the last heartbeat


@dataclass(frozen=True, slots=True)
class Lease:
    """Who applies to an organisation, since when, and when it was last heard of. `id` is what `state unlock` takes."""

    id: str
    holder: str
    process: Process
    acquired_at: datetime
    heartbeat_at: datetime

    @property
    def expires_at(self) -> datetime:
        """From then on anybody may take it over."""
        return self.heartbeat_at + LIFETIME

    def free(self, now: datetime, *, here: str, lives: bool) -> bool:
        """Whether it may be taken over: its process on this host (`here`) is gone, or nothing was heard for 30 s."""
        return (self.process.host == here and not lives) or now >= self.expires_at

    def refusal(self, now: datetime) -> str:
        """Why an apply has to wait, for whom, how long, and how to break the lease."""
        held, left = (now - self.acquired_at).total_seconds(), (self.expires_at - now).total_seconds()
        host = self.process.host.partition(" ")[0]
        return (
            f"{plain(self.holder)} (process {self.process.pid} on {plain(host)}) has been applying for {max(held, 0):.0f} s; "
            f"without a further heartbeat its lease ends in {max(left, 0):.0f} s; wait with --lock-timeout 60s, or, if you "
            f"are certain that it is gone: reconciler state unlock {plain(self.id)}"
        )


def stamp(moment: datetime) -> str:
    """A moment as the tables keep it: ISO 8601 in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(stamped: str) -> datetime:
    """The moment behind a stamp."""
    return datetime.fromisoformat(stamped)
