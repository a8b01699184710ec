"""`plan`: what would change. It holds a reader only; nothing here can write to Genesys Cloud.

The ledger is only read, but for the record of what was read, where `refresh` keeps one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler import __version__
from reconciler.errors import UsageError
from reconciler.kinds import REGISTRY
from reconciler.live.read import Question, read, reread
from reconciler.model.change import FieldChange, Header, Op, Plan
from reconciler.model.port import Binding
from reconciler.model.resource import Ref, Snapshot, State
from reconciler.pipeline import desired, refresh
from reconciler.pipeline.quiet import bulk
from reconciler.pipeline.remember import shrunk
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.plan.guard import Limits
from reconciler.plan.ignore import Rule
from reconciler.plan.leave import Leaving
from reconciler.plan.make import Terms, make
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to for one run.

    The exact number of removals, kinds that may be emptied, kinds to prune, and the only objects (`kind/key`, with `*`) to
    plan for.
    """

    removals: int | None = None
    empty: frozenset[str] = frozenset()
    prune: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """A plan and what it was made from."""

    plan: Plan
    desired: State
    live: Snapshot
    bindings: dict[Ref, Binding]


async def plan(
    settings: Settings, consent: Consent | None = None, doors: Doors | None = None, mode: refresh.Mode | None = None
) -> Plan:
    """The plan for these settings; `mode` says what is read again, instead of the setting `refresh.mode`.

    Raises `InputError`, `NotAuthorised`, `ConfigurationError`; never writes.
    """
    wanted, _ = desired.load(settings)
    async with connect(settings, doors) as session:
        return (await make_in(session, wanted, consent or Consent(), mode=mode)).plan


@bulk
async def make_in(
    session: Session,
    wanted: State,
    consent: Consent,
    only: frozenset[Ref] | None = None,
    mode: refresh.Mode | None = None,
) -> Made:
    """Reads what is and plans. `only` limits what is read in detail to these objects; the rest stays unknown.

    What would change although it was only recalled is read and planned again, so no change rests on a remembered value.
    """
    bindings = session.ledger.bindings()
    kinds = list(REGISTRY.values())
    leaving = _pruned(session, consent) if session.options.leaver_queue == "empty" else frozenset()
    known = (wanted, bindings, session.options, session.ledger.foreign)
    pruned, workers = _pruned(session, consent), session.client.parallelism
    begun = await refresh.start(session, mode or session.settings.file.refresh.mode, partial=only is not None)
    memory, terms = begun.memory, _terms(session, wanted, consent)
    question = Question(kinds, *known, only=only, leaving=leaving, pruned=pruned, workers=workers, memory=memory)
    snapshot = await read(session.reader, question)
    snapshot = replace(snapshot, warnings=(*begun.warnings, *snapshot.warnings))
    made = make(REGISTRY, wanted, snapshot, bindings, terms)
    while unread := refresh.unread(made, snapshot, memory):
        snapshot = await reread(session.reader, question, snapshot, unread)
        made = make(REGISTRY, wanted, snapshot, bindings, terms)
    refresh.keep(session, begun, only, snapshot)
    made = await _with_losses(session, made, snapshot)
    header = replace(made.header, spent=session.client.requests, spent_by_kind=spent(session.client.by_operation))
    return Made(replace(made, header=header), wanted, snapshot, bindings)


async def _with_losses(session: Session, made: Plan, snapshot: Snapshot) -> Plan:
    """The plan with what leaving costs people: the roles they hold, as changes that say so. One request per person who goes."""
    names = dict(made.names)
    changes = []
    for change in made.changes:
        ask = REGISTRY[change.ref.kind].grants if change.op in {Op.DELETE, Op.DEACTIVATE} else None
        if ask is not None:
            body = (await session.reader.get(ask(snapshot.ids[change.ref]))).json() or {}
            lost = [FieldChange(("roles", step), name, None) for step, name in sorted(_roles(body).items())]
            changes.append(replace(change, fields=(*change.fields, *lost)))
        else:
            changes.append(change)
    return replace(made, changes=tuple(changes), names=names)


def _roles(body: dict[str, Any]) -> dict[str, str]:
    """`role:division` → what people call it. Source: GET /api/v2/authorization/subjects/{subjectId}, `grants`."""
    found = {}
    for grant in body.get("grants") or ():
        role, division = grant.get("role") or {}, grant.get("division") or {}
        found[f"{role.get('id')}:{division.get('id')}"] = f"{role.get('name')} in {division.get('name')}"
    return found


def _terms(session: Session, wanted: State, consent: Consent) -> Terms:
    guards, allowed = session.settings.file.guards, session.settings.file.billing.allow
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
        complete=not consent.targets,
        expires=(created + timedelta(seconds=session.settings.plan_seconds)).isoformat(timespec="seconds"),
    )
    return Terms(
        options=session.options,
        limits=limits,
        requests_per_minute=session.settings.budget,
        today=created.date().isoformat(),
        leaving=Leaving(_pruned(session, consent), session.options, shrunk(session, wanted)),
        targets=consent.targets,
        billing=None if allowed == "all" else frozenset(allowed),
        ignore=rules(session.settings),
        header=header,
    )


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The ignore rules of the settings."""
    return tuple(
        Rule(one.kind, one.fields, one.reason, one.key, one.name, one.until.isoformat() if one.until else "")
        for one in settings.file.ignore
    )


def spent(by_operation: Mapping[str, int]) -> dict[str, int]:
    """Requests of reading per kind, in the order of the registry; what serves no single kind counts as `other`."""
    owners = {}
    for kind in REGISTRY.values():
        listings = [*kind.listings, *(detail.listing("-") for detail in kind.details)]
        calls = [*(f"GET {one.path}" for one in listings), *([kind.setting.operation] if kind.setting else [])]
        calls += [one.operation for one in kind.hidden(["-"])]
        owners.update(dict.fromkeys(calls, kind.name))
    counted = dict.fromkeys((*REGISTRY, "other"), 0)
    for operation, count in by_operation.items():
        counted[owners.get(operation, "other")] += count
    return {name: count for name, count in counted.items() if count}


def kinds(names: frozenset[str], where: str) -> frozenset[str]:
    """The names again. Raises `UsageError` for one that is no kind."""
    unknown = sorted(names - set(REGISTRY))
    if unknown:
        raise UsageError(f"{where}: {unknown[0]!r} is no kind; there are {', '.join(REGISTRY)}")
    return names


def _pruned(session: Session, consent: Consent) -> frozenset[str]:
    """Kinds whose unnamed objects go: as set, and as asked for this run. A plan for some targets never prunes."""
    if consent.targets:
        return frozenset()
    return kinds(frozenset(session.settings.file.guards.prune), "guards.prune in reconciler.yaml") | consent.prune


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
