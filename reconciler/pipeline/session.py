"""Opens what a command works with: the client, its reader, the ledger, and proof that it is the right organisation."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.api.auth import bases
from reconciler.api.pages import Reader
from reconciler.api.pool import Pool
from reconciler.errors import ConfigurationError, NotAuthorised
from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger
from reconciler.model.call import Call
from reconciler.model.kind import Options
from reconciler.settings import Settings

WHO_AM_I = Call("GET", "/api/v2/tokens/me")


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def ticks() -> float:
    """Seconds of a clock that never goes back, and that runs on while the machine sleeps where the system has such a one.

    A worker that slept longer than its lease has to know it when it wakes.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


@dataclass(frozen=True, slots=True)
class Doors:
    """What tests put their own world behind: transports for HTTP, the time, and waiting. `opened` hears of every new session.

    `transport` leads to Genesys Cloud, `outside` to everybody else. `ticks` are seconds of a clock that never goes back;
    `beat_seconds` is how often an apply says that it holds its lease.
    """

    transport: Any = None
    outside: Any = None
    now: Callable[[], datetime] = now
    ticks: Callable[[], float] = ticks
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    beat_seconds: float = 10
    opened: Callable[[Session], None] = lambda _session: None


@dataclass(frozen=True, slots=True)
class Session:
    """One connection to one organisation on behalf of one source."""

    settings: Settings
    client: Pool
    reader: Reader
    ledger: SqlLedger
    organization: str
    name: str
    doors: Doors

    @property
    def options(self) -> Options:
        """The named settings that kinds ask for."""
        return options(self.settings)


def options(settings: Settings) -> Options:
    """The named settings that kinds ask for."""
    organization, guards = settings.file.organization, settings.file.guards
    return Options(
        source=settings.file.source.name,
        user_writes=organization.user_writes,
        peer_id=organization.peer_id,
        leaver_user=guards.leavers.user,
        leaver_queue=guards.leavers.queue,
    )


@asynccontextmanager
async def connect(settings: Settings, doors: Doors | None = None, *, paced: bool = False) -> AsyncIterator[Session]:
    """A session; `paced` spreads its requests evenly instead of using up a fresh minute at once.

    Raises `NotAuthorised` where credentials fail or the organisation is another one than the settings name.
    """
    doors = doors or Doors()
    api_url, login_url = addresses(settings)
    async with Pool.of(
        settings.credentials(),
        api_url=api_url,
        login_url=login_url,
        requests_per_minute=settings.requests_per_minute,
        counted=settings.file.organization.budget,
        paced=paced,
        clock=doors.ticks,
        sleep=doors.sleep,
        transport=doors.transport,
    ) as client:
        reader = Reader(client)
        organization = await _organization(reader, settings)
        source = settings.file.source.name
        ledger = store.open(settings.ledger, organization=organization["id"], source=source, clock=doors.now)
        session = Session(settings, client, reader, ledger, organization["id"], organization.get("name", ""), doors)
        doors.opened(session)
        try:
            yield session
        finally:
            ledger.close()


def addresses(settings: Settings) -> tuple[str, str]:
    """Base of the API and of the token endpoint: as set, else by region."""
    if settings.api_url and settings.login_url:
        return settings.api_url, settings.login_url
    if settings.api_url or settings.login_url:
        raise ConfigurationError("api_url and login_url belong together: set both, or set organization.region instead")
    if not settings.region:
        raise ConfigurationError("which organisation? Set organization.region in reconciler.yaml, or GENESYSCLOUD_REGION")
    return bases(settings.region)


async def _organization(reader: Reader, settings: Settings) -> dict[str, Any]:
    """Who the token belongs to. Source: GET /api/v2/tokens/me, API description of July 2026."""
    body = (await reader.get(WHO_AM_I)).json() or {}
    found: dict[str, Any] = body.get("organization") or body.get("homeOrganization") or {}
    wanted = settings.file.organization.id
    if not found.get("id"):
        raise NotAuthorised(WHO_AM_I.operation, 200, "", "the answer names no organisation")
    if wanted and found["id"] != wanted:
        what = f"these credentials belong to organisation {found['id']}, reconciler.yaml names {wanted}: nothing was read"
        raise NotAuthorised(WHO_AM_I.operation, 200, "", what)
    return found
