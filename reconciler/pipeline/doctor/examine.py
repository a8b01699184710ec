"""Looks at everything in the order in which it is needed, and goes on where something fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler import settings as configuration
from reconciler.errors import ApiError, ReconcilerError
from reconciler.model.resource import State
from reconciler.pipeline.doctor import account, files
from reconciler.pipeline.doctor.account import Account
from reconciler.pipeline.doctor.book import AREA as LEDGER
from reconciler.pipeline.doctor.book import Book, book
from reconciler.pipeline.doctor.feeds import feeds
from reconciler.pipeline.doctor.finding import Finding, Report, Verdict, failed, fine
from reconciler.pipeline.doctor.presence import AREA as PRESENCE
from reconciler.pipeline.doctor.presence import presence
from reconciler.pipeline.doctor.recordings import recordings
from reconciler.pipeline.doctor.rights import AREA as RIGHTS
from reconciler.pipeline.doctor.rights import Purpose, rights
from reconciler.pipeline.session import Doors
from reconciler.settings import Settings

AGAIN = "mend what is said above, then run this again"


@dataclass(slots=True)
class _Visit:
    """What is known so far."""

    settings: Settings
    doors: Doors
    purpose: Purpose
    state: State | None
    findings: list[Finding] = field(default_factory=list)
    permissions: list[Any] = field(default_factory=list)
    first: Account | None = None
    book: Book = field(default_factory=lambda: Book(()))


async def examine(folder: Path, purpose: Purpose = "", doors: Doors | None = None) -> Report:
    """Everything there is to say about the repository in `folder` and its organisation. Raises nothing of ours."""
    try:
        settings = configuration.load(folder)
    except ReconcilerError as error:
        return Report(failed("settings", error, "go to the folder with reconciler.yaml, or mend the file"))
    said = fine("settings", f"{configuration.NAME} can be read: source {settings.file.source.name}, {_platform(settings)}")
    state, manifests = await asyncio.to_thread(files.manifests, settings)
    doors = doors or Doors()
    visit = _Visit(settings, doors, purpose, state, [said, *files.rules(settings, state, doors.now().date())])
    for name in settings.file.organization.clients:
        await _client(visit, name)
    await _offline(visit, manifests)
    return Report(_sorted(visit.findings), _head(visit), visit.permissions)


def _platform(settings: Settings) -> str:
    return f"platform {settings.file.source.platform}"


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those of one area together, areas in the order in which they came first."""
    order = list(dict.fromkeys(one.area for one in findings))
    return sorted(findings, key=lambda one: order.index(one.area))


def _head(visit: _Visit) -> dict[str, str]:
    head = {"source": visit.settings.file.source.name, "region": visit.settings.region}
    if visit.first is not None:
        head |= {"organization": visit.first.organization, "organization_name": visit.first.organization_name}
    return head


async def _client(visit: _Visit, name: str) -> None:
    """One OAuth client; what is the same for all clients is asked by the first that answers."""
    try:
        async with account.entered(visit.settings, name, visit.doors) as found:
            is_first, visit.first = visit.first is None, visit.first or found
            visit.findings.append(account.identity(found, visit.settings, visit.first))
            if visit.findings[-1].verdict is Verdict.PROBLEM:
                return  # of another organisation nothing is read
            if is_first:
                visit.findings.append(account.skew(found))
            done = await _guarded(visit, RIGHTS, rights(found, visit.settings, visit.state, visit.purpose))
            if done is not None:
                visit.findings += done.findings
                visit.permissions += done.asked
            if is_first:
                await _organization(visit, found)
    except ReconcilerError as error:
        visit.findings += failed("credentials", error, "check the region, the network, and the credentials in the environment")


async def _organization(visit: _Visit, found: Account) -> None:
    """What is the same whoever asks."""
    visit.findings += await _guarded(visit, "limits", account.limits(found, visit.settings)) or []
    visit.book = await asyncio.to_thread(book, visit.settings, found.organization, visit.doors)
    told = await _guarded(visit, PRESENCE, presence(found.reader, visit.settings, visit.state, visit.book.bound))
    visit.findings += told or []


async def _guarded(visit: _Visit, area: str, question: Any) -> Any:
    """The answer; None where Genesys Cloud refuses it, which is told."""
    try:
        return await question
    except ApiError as error:
        visit.findings += failed(area, error, AGAIN)
        return None


async def _offline(visit: _Visit, manifests: Sequence[Finding]) -> None:
    """What needs no organisation."""
    if visit.first is None:
        visit.book = await asyncio.to_thread(book, visit.settings, visit.settings.file.organization.id, visit.doors)
    visit.findings += visit.book.findings
    try:
        visit.findings += await feeds(visit.settings, visit.book, visit.doors)
    except ReconcilerError as error:
        visit.findings += failed(LEDGER, error, "mend `ledger` in reconciler.yaml, or what stands there")
    visit.findings += await recordings(visit.settings)
    visit.findings += [*manifests, *await asyncio.to_thread(files.rendering, visit.settings)]
    visit.findings += files.mapping(visit.settings, visit.state)
