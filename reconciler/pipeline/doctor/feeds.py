"""Where events come in: whether every feed is there and can be read, how far it was taken over, and what waits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.api import outside
from reconciler.errors import ReconcilerError
from reconciler.formats.frame import CUTTERS
from reconciler.ledger import desk
from reconciler.ledger.checkup import last_taken
from reconciler.ledger.glance import glance
from reconciler.pipeline.doctor import permission
from reconciler.pipeline.doctor.book import Book
from reconciler.pipeline.doctor.finding import Finding, doubt, failed, fine, many, wrong
from reconciler.pipeline.run import RUNNERS, understood
from reconciler.pipeline.session import Doors
from reconciler.plan.show import duration
from reconciler.settings import Settings

LATE_SECONDS = 15 * 60  # what waits longer is waiting for something


@dataclass(frozen=True, slots=True)
class _Look:
    """What the feeds of one runner are looked at with."""

    settings: Settings
    runner: str
    doors: Doors
    book: Book

    @property
    def area(self) -> str:
        """What the findings belong to."""
        return f"feeds of {self.runner}"


async def feeds(settings: Settings, found: Book, doors: Doors) -> list[Finding]:
    """The feeds of every runner that reconciler.yaml gives something to do."""
    told = []
    for runner in permission.configured(settings):
        if runner in RUNNERS:
            told += await _runner(_Look(settings, runner, doors, found))
    return told or [fine("feeds", "no runner of reconciler.yaml has feeds")]


async def _runner(look: _Look) -> list[Finding]:
    try:
        card, _ = understood(look.settings, look.runner)
    except ReconcilerError as error:
        return failed(look.area, error, "mend it in reconciler.yaml or mapping.yaml")
    names: Sequence[str] = getattr(look.settings.file.runners, look.runner).feeds
    known = _bookmarks(look)
    told = [await _address(look, one, CUTTERS[card.frame].limit) if "://" in one else _path(look, one, known) for one in names]
    if any("://" in one for one in names) and card.family != "state":
        what = f"{card.platform} tells single events, which nobody can poll at an address"
        told.append(wrong(look.area, what, "use --listen, or a file"))
    return [*told, *_stream(look)]


def _bookmarks(look: _Look) -> frozenset[str]:
    if not look.book.readable:
        return frozenset()
    source = look.settings.file.source.name
    seen = glance(look.settings.ledger, organization=look.book.organization, source=source, name=look.runner)
    return frozenset(seen.bookmarks)


def _path(look: _Look, name: str, known: frozenset[str]) -> Finding:
    """A file, a folder or standard input. Whether a folder holds something is its platform's affair."""
    if name == "-":
        return fine(look.area, "standard input, which nobody can look at beforehand")
    path = Path(name) if Path(name).exists() else look.settings.path(name)
    if not path.exists():
        remedy = f"mend runners.{look.runner}.feeds in reconciler.yaml, or let the platform write there"
        return wrong(look.area, f"{path} is not there", remedy)
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        return wrong(look.area, f"{path} cannot be read by this user", "let the user who runs `reconciler run` read it")
    taken = "taken over up to a bookmark" if str(path.resolve()) in known else "not taken over yet"
    age = duration(max(0, round(look.doors.now().timestamp() - path.stat().st_mtime)))
    return fine(look.area, f"{name} can be read, last written {age} ago, {taken}")


async def _address(look: _Look, name: str, most: int) -> Finding:
    """A web address that is polled, without the secrets that may be in it."""
    parts = urlsplit(name)
    where = f"{parts.scheme}://{parts.hostname}{parts.path}"
    try:
        body = await outside.get(name, most=most, authorization=look.settings.feed_authorization(), transport=look.doors.outside)
    except ReconcilerError as error:
        return wrong(look.area, f"{where}: {error}", "check the address, and RECONCILER_FEED_AUTHORIZATION")
    return fine(look.area, f"{where} answers, {len(body):,} bytes")


def _stream(look: _Look) -> Iterator[Finding]:
    """What waits in the ledger, and what nobody could use."""
    if not look.book.readable:
        return
    settings, source = look.settings, look.settings.file.source.name
    whose = {"organization": look.book.organization, "source": source}
    newest = last_taken(settings.ledger, **whose, stream=look.runner)
    with desk.open(settings.ledger, **whose, clock=look.doors.now) as found:
        waiting = [one for one in found.backlog(look.runner) if one.waiting]
        poison = found.quarantined(look.runner)
    yield _waiting(look, sum(one.waiting for one in waiting), min((one.oldest for one in waiting), default=0))
    if newest is not None:
        since = datetime.fromtimestamp(newest / 1000, UTC).isoformat(timespec="seconds")
        yield fine(look.area, f"the newest event was taken over {_ago(look, newest)} ago, at {since}")
    if poison:
        what = f"in the quarantine: {many(poison, 'event')} that nobody could use"
        yield doubt(look.area, what, "see `reconciler state quarantine`, mend the mapping, then replay or drop them")


def _waiting(look: _Look, count: int, oldest: int) -> Finding:
    if not count:
        return fine(look.area, "nothing waits")
    what = f"waiting: {many(count, 'event')}, the oldest for {_ago(look, oldest)}"
    if look.doors.now().timestamp() - oldest / 1000 <= LATE_SECONDS:
        return fine(look.area, what)
    return doubt(look.area, what, f"see whether `reconciler run {look.runner}` is running, and what it says")


def _ago(look: _Look, milliseconds: int) -> str:
    return duration(max(0, round(look.doors.now().timestamp() - milliseconds / 1000)))
