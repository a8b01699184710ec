"""Whose token it is, what it may do and where, how the clocks stand, and how much may be asked: reads only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.api.pages import Reader
from reconciler.api.pool import Pool
from reconciler.errors import NotFound
from reconciler.model.call import Answer, Call
from reconciler.pipeline.doctor.finding import Finding, denied, doubt, fine, wrong
from reconciler.pipeline.session import WHO_AM_I, Doors, addresses
from reconciler.settings import Settings

PERMITTED = "/api/v2/authorization/divisionspermitted/paged/me"
DIVISIONS = Call("GET", "/api/v2/authorization/divisions", query={"pageSize": 100})
LIMITS = "/api/v2/organizations/limits/namespaces/{namespaceName}"
NAMESPACES = ("platform.api", "external.events.data.ingestion", "scim", "audit")
RATE = "client.credentials.token.rate.per.minute"
ATTEMPTS, DEADLINE_SECONDS = 3, 20.0  # somebody waits for the answer, and a failure is one
SKEW_SECONDS = 5  # events and leases bear as much
SKEW_MAXIMUM = 60  # a web hook's replay window and the age of a token do not bear more
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Account:
    """An OAuth client that answered: its name in the settings, a way to read with it, whose it is, and what came with that."""

    name: str
    reader: Reader
    organization: str
    organization_name: str
    client: str
    answer: Answer
    asked: datetime
    answered: datetime


@asynccontextmanager
async def entered(settings: Settings, name: str, doors: Doors) -> AsyncIterator[Account]:
    """The account of one OAuth client of the settings. Raises what `connect` raises, and `Unavailable` after 20 s.

    Source: GET /api/v2/tokens/me, API description of July 2026: `organization` and `OAuthClient`; it needs no permission.
    """
    organization = settings.file.organization.model_copy(update={"clients": (name,)})
    alone = replace(settings, file=settings.file.model_copy(update={"organization": organization}))
    api_url, login_url = addresses(settings)
    async with Pool.of(
        alone.credentials(),
        api_url=api_url,
        login_url=login_url,
        requests_per_minute=settings.requests_per_minute,
        clock=doors.ticks,
        sleep=doors.sleep,
        transport=doors.transport,
        attempts=ATTEMPTS,
        deadline=DEADLINE_SECONDS,
    ) as pool:
        reader = Reader(pool)
        await reader.get(WHO_AM_I)  # brings the token, so that the next answer tells the time of one request alone
        asked = doors.now()
        answer = await reader.get(WHO_AM_I)
        answered, body = doors.now(), answer.json() or {}
        whose = body.get("organization") or body.get("homeOrganization") or {}
        client = (body.get("OAuthClient") or {}).get("name") or ""
        yield Account(name, reader, whose.get("id") or "", whose.get("name") or "", client, answer, asked, answered)


def identity(account: Account, settings: Settings, first: Account) -> Finding:
    """Whether the token belongs to the organisation of the settings, and to that of the other clients."""
    wanted = settings.file.organization.id or first.organization
    called = f"{account.name} is the client {account.client!r}" if account.client else account.name
    if not account.organization:
        return denied("credentials", f"{account.name}: the answer names no organisation", "check api_url and the client's grant")
    if account.organization != wanted:
        what = f"{called} of organisation {account.organization}, not of {wanted}"
        return denied("credentials", what, "take the credentials of that organisation, or change organization.id")
    return fine("credentials", f"{called} of organisation {account.organization_name} {account.organization}")


def skew(account: Account) -> Finding:
    """How far our clock is from theirs, by the Date header: it has whole seconds, and travels for half of the time it took."""
    try:
        theirs = parsedate_to_datetime(account.answer.headers["date"])
    except (KeyError, ValueError):
        return doubt("clock", "the answers carry no Date header, so clocks were not compared", "check that NTP runs here")
    middle = account.asked + (account.answered - account.asked) / 2
    seconds = (middle - theirs).total_seconds() - 0.5
    off = abs(seconds)
    if off <= SKEW_SECONDS:
        return fine("clock", f"within {SKEW_SECONDS} s of Genesys Cloud's")
    what = f"our clock is {off:,.0f} s {'ahead of' if seconds > 0 else 'behind'} Genesys Cloud's"
    remedy = "set this machine's clock by NTP: signatures, plans and times of events go by it"
    return (wrong if off > SKEW_MAXIMUM else doubt)("clock", what, remedy)


@dataclass(frozen=True, slots=True)
class Held:
    """Where a permission is held: everywhere, or in these divisions only."""

    permission: str
    everywhere: bool
    divisions: frozenset[str]


async def held(account: Account, permissions: Iterable[str]) -> dict[str, Held]:
    """Where the client holds each of these permissions; one request each.

    Source: GET /api/v2/authorization/divisionspermitted/paged/me, API description of July 2026: it needs no permission, and
    `allDivsPermitted` says that no division is left out. Of several hundred divisions the first hundred are named.
    """

    async def ask(permission: str) -> Held:
        call = Call("GET", PERMITTED, query={"permission": permission, "pageSize": 100})
        body = (await account.reader.get(call)).json() or {}
        names = frozenset(one.get("name") or "" for one in body.get("entities") or ())
        return Held(permission, bool(body.get("allDivsPermitted")), names)

    return {one.permission: one for one in await asyncio.gather(*map(ask, permissions))}


async def divisions(account: Account) -> frozenset[str]:
    """Names of the divisions there are; of several hundred the first hundred."""
    body = (await account.reader.get(DIVISIONS)).json() or {}
    return frozenset(one.get("name") or "" for one in body.get("entities") or ())


async def limits(account: Account, settings: Settings) -> list[Finding]:
    """What the service allows, by namespace, and whether our own limit fits it.

    Source: GET /api/v2/organizations/limits/namespaces/{namespaceName}, API description of July 2026; needs no permission.
    """
    told = await asyncio.gather(*(_namespace(account, name) for name in NAMESPACES))
    found = dict(zip(NAMESPACES, told, strict=True))
    said = [fine("limits", f"{name}: {_pairs(values)}") for name, values in found.items() if values]
    silent = [name for name, values in found.items() if not values]
    rest = [fine("limits", f"no values are told for {', '.join(silent)}")] if silent else []
    return [*said, *rest, _rate(found["platform.api"].get(RATE), settings), _headers(account.answer.headers)]


async def _namespace(account: Account, name: str) -> dict[str, Any]:
    try:
        body = (await account.reader.get(Call("GET", LIMITS, ids={"namespaceName": name}))).json() or {}
    except NotFound:
        return {}
    return {one.get("key") or "": one.get("value") for one in body.get("entities") or ()}


def _pairs(values: Mapping[str, Any]) -> str:
    shown = [f"{key} {value}" for key, value in sorted(values.items())]
    more = len(shown) - SHOWN
    return ", ".join([*shown[:SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _rate(allowed: Any, settings: Settings) -> Finding:
    ours = settings.requests_per_minute
    if not isinstance(allowed, int) or not ours:
        return fine("limits", f"our own limit: {ours or 'none'} requests a minute and token")
    if ours > allowed:
        what = f"our own limit of {ours} requests a minute is above the {allowed} that are allowed"
        return doubt("limits", what, f"set organization.requests_per_minute to {allowed}: more only makes waiting")
    return fine("limits", f"our own limit of {ours} requests a minute is within the {allowed} that are allowed")


def _headers(headers: Mapping[str, str]) -> Finding:
    allowed, count, reset = (headers.get(f"inin-ratelimit-{name}") for name in ("allowed", "count", "reset"))
    if allowed is None:
        return fine("limits", "the answers carry no rate headers; our own limit counts alone")
    return fine("limits", f"rate headers: {count} of {allowed} requests are counted, the window ends in {reset} s")
