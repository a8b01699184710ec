"""Tokens of the client-credentials grant: the flow as a generator without I/O, and who waits for whom.

It sends nothing itself: the client carries out what the generator yields. No secret shows in a `repr` or a message.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Final, TypeGuard

from reconciler import errors
from reconciler.api.retry import Again, Bounds, Failure, Raise, Tried, decide
from reconciler.api.words import clean
from reconciler.model.call import Answer, Call

OPERATION = "POST /oauth/token"
EARLY = 60.0  # seconds before its end a token counts as expired; source: official Go SDK
SHORTEST = 300.0  # lifetime where the answer names none: the shortest one an OAuth client can be given

REGIONS: Final[dict[str, str]] = {
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
    "ap-south-1": "aps1.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "ca-central-1": "cac1.pure.cloud",
    "dca": "inindca.com",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eusc-de-east-1": "edee1.eusc-pure.cloud",
    "me-central-1": "mec1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "tca": "inintca.com",
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
}
"""Region → domain. Source: official Python SDK 269 and Terraform provider 1.84; `dca` and `tca` are the vendor's test regions."""


def bases(region: str) -> tuple[str, str]:
    """`api_url` and `login_url` of a region; its domain (`mypurecloud.jp`) is understood as well.

    Raises `ConfigurationError` with all known regions.
    """
    name = region.strip().lower()
    domain = name if name in REGIONS.values() else REGIONS.get(name.replace("_", "-"))
    if not domain:
        raise errors.ConfigurationError(f"region '{clean(region)}' is unknown; take one of {', '.join(REGIONS)}")
    return f"https://api.{domain}", f"https://login.{domain}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An OAuth client: its id, and its secret that never shows."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of the `Authorization` header of a token request."""
        return "Basic " + b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every form in which the secret is sent."""
        return (self.basic.removeprefix("Basic "), self.client_secret)


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; it is used until `ends`, a reading of the client's monotonic clock."""

    value: str = field(repr=False)
    ends: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A token request to send: headers and body of a POST to `{login_url}/oauth/token`."""

    headers: dict[str, str] = field(repr=False)
    body: bytes = b"grant_type=client_credentials"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of an Ask, the clock readings before and after it, and a number of the dice."""

    result: Answer | Failure
    asked: float
    now: float
    jitter: float


Step = Ask | Again
Flow = Generator[Step, Reply, Token]


def flow(credentials: Credentials, *, bounds: Bounds) -> Flow:
    """Yields what to do until there is a Token: send an Ask (answered by its Reply), wait an Again (its answer is ignored).

    Raises `NotAuthorised` for refused credentials, `Unavailable` when the token endpoint gave no answer or throttled for too
    long. Safe to repeat: a token too many does no harm. Source: official SDKs; that only a 400 `invalid_request` beginning
    with `rate limit exceeded;` is worth repeating: Terraform provider 1.84.
    """
    tried = Tried()
    ask = Ask({"authorization": credentials.basic, "content-type": "application/x-www-form-urlencoded"})
    while True:
        reply = yield ask
        if isinstance(reply.result, Answer):
            return _token(reply.result, reply.asked)
        tried = replace(tried, spent=tried.spent + reply.now - reply.asked)
        wait = _wait(reply.result, tried, jitter=reply.jitter, bounds=bounds)
        yield wait
        tried = replace(tried, attempts=tried.attempts + 1, spent=tried.spent + wait.wait)


def _token(answer: Answer, asked: float) -> Token:
    try:
        said = answer.json()
        value, lifetime = said["access_token"], said.get("expires_in") or SHORTEST
        return Token(str(value), asked + lifetime - min(EARLY, lifetime / 2))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise errors.NotAuthorised(OPERATION, answer.status, "", "the answer holds no token; check login_url") from None


def _wait(failure: Failure, tried: Tried, *, jitter: float, bounds: Bounds) -> Again:
    said = failure.said
    if failure.status == 400 and said.code == "invalid_request" and said.message.startswith("rate limit exceeded"):
        failure = replace(failure, status=429)
    decision = decide(_READ, failure, tried, jitter=jitter, bounds=bounds)
    if isinstance(decision, Again):
        return decision
    if isinstance(decision, Raise) and (failure.broken or isinstance(decision.error, errors.Unavailable)):
        error = decision.error
        raise type(error)(OPERATION, error.status, error.code, error.message, error.correlation)
    reason = said.message or "the answer does not say why"
    raise errors.NotAuthorised(OPERATION, failure.status, said.code, f"{reason}; {_REMEDY}", said.correlation)


_READ = Call("HEAD", "/oauth/token")  # asking for a token changes nothing, so it is repeated like a read
_REMEDY = (
    "check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, that the client uses the client-credentials grant, "
    "and that its organisation lives in this region (login_url)"
)


class Keeper:
    """Hands out one token to everybody and renews it once, however many ask at the same time."""

    def __init__(self, ask: Callable[[], Awaitable[Token]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._token: Token | None = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self, refused: Token | None = None) -> Token:
        """The token to use now. A `refused` one is replaced, unless somebody replaced it already."""
        token = self._token
        if self._good(token, refused):
            return token
        async with self._one_at_a_time:
            token = self._token
            if not self._good(token, refused):
                token = self._token = await self._ask()
            return token

    def _good(self, token: Token | None, refused: Token | None) -> TypeGuard[Token]:
        return token is not None and token is not refused and self._clock() < token.ends
