"""`plan`: what would change. It holds a reader only; nothing here can write to Genesys Cloud or to the ledger."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reconciler import __version__
from reconciler.kinds import REGISTRY
from reconciler.live.read import Question, read
from reconciler.model.change import Header, Plan
from reconciler.model.port import Binding
from reconciler.model.resource import Ref, Snapshot, State
from reconciler.pipeline import desired
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.plan.guard import Limits
from reconciler.plan.make import Terms, make
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to on the command line: the exact number of removals, and kinds that may be emptied."""

    removals: int | None = None
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """A plan and what it was made from."""

    plan: Plan
    desired: State
    live: Snapshot
    bindings: dict[Ref, Binding]


async def plan(settings: Settings, consent: Consent | None = None, doors: Doors | None = None) -> Plan:
    """The plan for these settings. Raises `InputError`, `NotAuthorised`, `ConfigurationError`; never writes."""
    wanted, _ = desired.load(settings)
    async with connect(settings, doors) as session:
        return (await make_in(session, wanted, consent or Consent())).plan


async def make_in(session: Session, wanted: State, consent: Consent, only: frozenset[Ref] | None = None) -> Made:
    """Reads what is and plans. `only` limits what is read in detail to these objects; the rest stays unknown."""
    bindings = session.ledger.bindings()
    kinds = list(REGISTRY.values())
    question = Question(kinds, wanted, bindings, session.options, session.ledger.foreign, only)
    snapshot = await read(session.reader, question)
    made = make(REGISTRY, wanted, snapshot, bindings, _terms(session, wanted, consent))
    return Made(made, wanted, snapshot, bindings)


def _terms(session: Session, wanted: State, consent: Consent) -> Terms:
    guards = session.settings.file.guards
    limits = Limits(guards.max_removals, guards.max_removals_percent, consent.removals, consent.empty)
    created = session.doors.now()
    header = Header(
        organization=session.organization,
        region=session.settings.region,
        source=session.settings.file.source.name,
        tool=__version__,
        desired_digest=wanted.digest,
        commit=commit(session.settings.root),
        created=created.isoformat(timespec="seconds"),
        expires=(created + timedelta(seconds=session.settings.plan_seconds)).isoformat(timespec="seconds"),
        spent=session.client.requests,
    )
    return Terms(session.options, limits, session.settings.requests_per_minute, header)


def commit(root: Path) -> str:
    """The commit the manifests stand at: as CI tells it, else as git does; empty outside a repository."""
    told = os.environ.get("GITHUB_SHA") or os.environ.get("CI_COMMIT_SHA")
    if told:
        return told
    command = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
