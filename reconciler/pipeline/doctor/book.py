"""The ledger, and who holds its lease. Looks only: what is not there is not made, what is old is not brought up to date."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import ReconcilerError
from reconciler.ledger import store
from reconciler.ledger.checkup import Condition, condition
from reconciler.ledger.lease import Lease
from reconciler.ledger.sql import SqlLedger
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline.doctor.finding import Finding, doubt, failed, fine, many, wrong
from reconciler.pipeline.session import Doors
from reconciler.settings import Settings

AREA = "ledger"


@dataclass(frozen=True, slots=True)
class Book:
    """What was found, what is bound, and the organisation; `readable` says whether anything more may be asked of the ledger."""

    findings: tuple[Finding, ...]
    bound: Mapping[Ref, Binding] = field(default_factory=dict)
    organization: str = ""
    readable: bool = False


def book(settings: Settings, organization: str, doors: Doors) -> Book:
    """The ledger's state; `organization` is empty where nobody could be asked, then it is the one of the ledger."""
    try:
        found = condition(settings.ledger)
        told = _condition(found)
        if not found.is_current:
            return Book(tuple(told))
        source = settings.file.source.name
        known = [organization] if organization else store.organizations(settings.ledger, source)
        with store.open(
            settings.ledger, organization=known[0] if len(known) == 1 else "", source=source, clock=doors.now
        ) as ledger:
            bound = ledger.bindings()
            held = [*_lease(ledger, doors), *_unsettled(ledger)]
            count = fine(AREA, f"bound for {source}: {many(len(bound), 'object')}")
            return Book((*told, count, *held), bound, ledger.organization, readable=True)
    except ReconcilerError as error:
        return Book(tuple(failed(AREA, error, "mend `ledger` in reconciler.yaml, or what stands there")))


def _condition(found: Condition) -> list[Finding]:
    if not found.exists:
        return [_absent(Path(found.place))]
    told = [_version(found)]
    if found.is_open_to_others:
        told.append(doubt(AREA, f"others than its owner may open it (mode {found.mode:04o})", "chmod 600 the file"))
    return told


def _absent(path: Path) -> Finding:
    """A file that the first apply makes, where it can."""
    there = next(one for one in path.absolute().parents if one.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return fine(AREA, f"{path} is not there yet; the first plan or apply makes it")
    return wrong(AREA, f"{path} cannot be made: {there} cannot be written", "mend the folder, or name another place as `ledger`")


def _version(found: Condition) -> Finding:
    if found.is_newer:
        what = f"{found.place} has schema version {found.version}, which this release does not know"
        return wrong(AREA, what, "install the newer release that wrote it")
    if found.is_current:
        return fine(AREA, f"{found.place} opens and can be written, schema version {found.version}")
    what = f"{found.place} has {f'schema version {found.version}' if found.version else 'no schema yet'}"
    return fine(AREA, f"{what}; the next plan or apply brings it up to date")


def _lease(ledger: SqlLedger, doors: Doors) -> list[Finding]:
    held: Lease | None = ledger.lease()
    if held is None:
        return [fine("lease", "nobody is applying")]
    now = doors.now()
    if now >= held.expires_at:
        return [fine("lease", f"{held.holder} left one behind; the next apply takes it over")]
    return [
        doubt("lease", held.refusal(now).partition("; ")[0], f"wait for it; if it is gone: reconciler state unlock {held.id}")
    ]


def _unsettled(ledger: SqlLedger) -> list[Finding]:
    open_ones = ledger.unsettled()
    if not open_ones:
        return []
    what = f"{many(len(open_ones), 'request')} of unknown outcome, the first for {open_ones[0].change}"
    return [doubt(AREA, what, "run `reconciler apply`: it reads what became of them before anything is repeated")]
