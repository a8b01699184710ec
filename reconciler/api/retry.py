"""Whether a failed request is sent again, and what is raised otherwise. Pure: no clock, no dice, no request of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from reconciler import errors
from reconciler.api.broken import Broken
from reconciler.api.words import Words, words
from reconciler.model.call import Call

LONGEST_WAIT = 30.0  # seconds between two attempts where the service names no time

CONFLICTS = frozenset({
    "duplicate.name",
    "external.source.exists",
    "general.conflict",
    "general.resource.conflict",
    "invalidVers",
    "request.conflict",
    "resource.already.exists",
    "uniqueness",
})  # fmt: skip
"""Codes that mean a duplicate or a moved version even where the status is 400. Source: error codes per operation, API description
of July 2026; `invalidVers` and `uniqueness` are SCIM's."""

VERSION_MOVED = "does not match the current version"  # a 400 of the user endpoints; source: official Terraform provider 1.84


@dataclass(frozen=True, slots=True)
class Failure:
    """What came instead of a success: an answer with its status, or `broken` and the exception's name.

    `secrets` were sent with the request and must not come out of it again.
    """

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: Broken | None = None
    exception: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def said(self) -> Words:
        """The API's words for it, without the secrets that were sent."""
        return words(self.body, self.headers, self.secrets)


@dataclass(frozen=True, slots=True)
class Tried:
    """What this call has cost so far: attempts, seconds spent on waits and answers, whether its token was renewed."""

    attempts: int = 1
    spent: float = 0.0
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long one call is tried: attempts in all, and seconds without the time spent waiting for our own budget."""

    attempts: int = 10
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Again:
    """Send it again after `wait` seconds; `throttled` says that all others had better wait, too."""

    wait: float
    throttled: bool = False


@dataclass(frozen=True, slots=True)
class Renew:
    """Get a new token and send it again."""


@dataclass(frozen=True, slots=True)
class Raise:
    """Give up with this error."""

    error: errors.ApiError


Decision = Again | Renew | Raise


def decide(call: Call, failure: Failure, tried: Tried, *, jitter: float, bounds: Bounds = Bounds()) -> Decision:
    """What to do after `failure`; `jitter` is a number from 0 up to 1 that keeps callers from coming back all at once.

    Source: errors every operation can return, API description of July 2026; that writes may have been carried out behind
    408, 500, 502, 503 and 504 is inferred and therefore assumed.
    """
    if failure.broken:
        return _broken(call, failure, tried, jitter=jitter, bounds=bounds)
    said = failure.said
    if failure.status == 401 and said.code != "ip.not.authorized" and not tried.renewed:
        return Renew()
    if failure.status == 429 or (failure.status == 400 and said.code == "client.failed.request"):
        # Neither was carried out: a throttled request, and one whose body did not arrive whole.
        return _again(call, failure, tried, jitter=jitter, bounds=bounds)
    if failure.status == 408 or (failure.status >= 500 and failure.status != 501):
        return _lost(call, failure) if call.writes else _again(call, failure, tried, jitter=jitter, bounds=bounds)
    return Raise(_final(call, failure, said))


def backoff(attempts: int, jitter: float) -> float:
    """Seconds before the attempt after `attempts`: 1, 2, 4 … 30, each cut by up to half."""
    return min(LONGEST_WAIT, 2.0 ** (attempts - 1)) * (1 - jitter / 2)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, in either form; None where it is missing or unreadable.

    A date is compared with the `Date` of the same answer, so that our own clock does not matter. Source: RFC 9110 10.2.3.
    """
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _broken(call: Call, failure: Failure, tried: Tried, *, jitter: float, bounds: Bounds) -> Decision:
    if failure.broken is Broken.HOPELESS:
        return Raise(_error(errors.Rejected, call, failure, "it cannot be sent: check api_url, login_url and proxy settings"))
    if failure.broken is Broken.LOST and call.writes:
        return _lost(call, failure)
    return _again(call, failure, tried, jitter=jitter, bounds=bounds)


def _again(call: Call, failure: Failure, tried: Tried, *, jitter: float, bounds: Bounds) -> Decision:
    wait = _wait(failure, tried, jitter)
    if tried.attempts < bounds.attempts and tried.spent + wait <= bounds.seconds:
        return Again(wait, throttled=failure.status == 429)
    advice = f"given up after attempt {tried.attempts}, {tried.spent:.0f} s; nothing was changed, try again later"
    return Raise(_error(errors.Unavailable, call, failure, advice))


def _lost(call: Call, failure: Failure) -> Raise:
    return Raise(_error(errors.Lost, call, failure, "whether it was carried out is unknown until it is read"))


def _wait(failure: Failure, tried: Tried, jitter: float) -> float:
    asked = retry_after(failure.headers)
    if asked is None and failure.status == 429:
        reset = failure.headers.get("inin-ratelimit-reset", "")
        asked = float(reset) if reset.isdecimal() else None
    return backoff(tried.attempts, jitter) if asked is None else asked + jitter


FINAL: Mapping[int, type[errors.ApiError]] = {
    401: errors.NotAuthorised,
    403: errors.NotAuthorised,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.NotFound,
    412: errors.Conflict,
}
"""Statuses with one meaning; all others are Rejected. 410 and 412 are not described and stand by RFC 9110."""


def _final(call: Call, failure: Failure, said: Words) -> errors.ApiError:
    if failure.status == 400 and (said.code in CONFLICTS or VERSION_MOVED in said.message):
        return _error(errors.Conflict, call, failure)
    made = FINAL.get(failure.status, errors.Rejected)
    return _error(made, call, failure, _advice(failure.status, said))


def _advice(status: int, said: Words) -> str:
    if said.code == "ip.not.authorized":
        return "this address is not on the organisation's list of allowed networks"
    if status == 401:
        return "a new token was refused as well"
    if status == 403:
        named = ", ".join(said.permissions) or "the permission this operation needs"
        return f"give the OAuth client a role with {named} in all divisions concerned"
    return "redirects are not followed: check api_url" if 300 <= status < 400 else ""


def _error(made: type[errors.ApiError], call: Call, failure: Failure, advice: str = "") -> errors.ApiError:
    said = failure.said
    what = said.message or (f"no answer ({failure.exception})" if failure.broken else "the answer does not say why")
    text = f"{what}; {advice}" if advice else what
    return made(call.operation, failure.status, said.code, text, said.correlation)
