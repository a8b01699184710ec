"""Tokens: regions, the flow without I/O, and one request for everybody."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

import httpx
import pytest

from reconciler import errors
from reconciler.api.auth import REGIONS, Ask, Credentials, Reply, Token, bases, flow
from reconciler.api.retry import Again, Bounds, Failure
from reconciler.model.call import Answer, Call

READ = Call("GET", "/api/v2/users")
OURS = Credentials("the-id", "the-secret")
THROTTLED = Failure(400, b'{"error": "invalid_request", "error_description": "rate limit exceeded; slow down"}')


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("ap-northeast-1", "mypurecloud.jp"),
        ("us-east-1", "mypurecloud.com"),
        ("us_west_2", "usw2.pure.cloud"),
        (" EU-Central-1 ", "mypurecloud.de"),
        ("mypurecloud.jp", "mypurecloud.jp"),
    ],
)
def test_a_region_is_two_addresses(region: str, domain: str) -> None:
    assert bases(region) == (f"https://api.{domain}", f"https://login.{domain}")


def test_an_unknown_region_names_the_known_ones() -> None:
    with pytest.raises(errors.ConfigurationError, match=r"'mars\\x1b' is unknown; take one of ap-northeast-1, .*us-west-2"):
        bases("mars\x1b")


def test_every_region_has_a_domain_of_its_own() -> None:
    assert len(set(REGIONS.values())) == len(REGIONS) == 20


def test_secrets_do_not_show() -> None:
    shown = repr([OURS, Token("t0ken", 1.0), Ask({"authorization": OURS.basic}), Failure(400, secrets=OURS.secrets)])

    assert not any(secret in shown for secret in ("the-secret", "t0ken", *OURS.secrets))


def carry_out(*results: Answer | Failure, bounds: Bounds = Bounds()) -> tuple[list[Any], Token]:  # noqa: B008 - frozen
    """The steps of a flow whose requests are answered by `results`, and its token; every request takes a second."""
    steps, answers, now = flow(OURS, bounds=bounds), list(results), 100.0
    step, taken = next(steps), []
    while True:
        taken.append(step)
        result = answers.pop(0) if isinstance(step, Ask) else Failure()
        try:
            step = steps.send(Reply(result, now, now + 1, 0.0))
        except StopIteration as end:
            return taken, end.value
        now += 1


def granted(body: bytes = b'{"access_token": "t0ken", "expires_in": 3600}') -> Answer:
    return Answer(200, body)


def test_a_token_request_is_a_form_with_basic_credentials() -> None:
    (ask,), token = carry_out(granted())

    assert b64decode(ask.headers["authorization"].removeprefix("Basic ")) == b"the-id:the-secret"
    assert ask.headers["content-type"] == "application/x-www-form-urlencoded"
    assert ask.body == b"grant_type=client_credentials"
    assert token.value == "t0ken"


@pytest.mark.parametrize(
    ("lifetime", "ends"),
    [(b"3600", 100 + 3540), (b"100", 100 + 50), (b"null", 100 + 240), (b"0", 100 + 240), (b"3600.5", 100 + 3540.5)],
)
def test_a_token_ends_a_minute_early(lifetime: bytes, ends: float) -> None:
    _, token = carry_out(granted(b'{"access_token": "t", "expires_in": ' + lifetime + b"}"))

    assert token.ends == ends


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"3", b'{"access_token": "t", "expires_in": "long"}'])
def test_an_answer_without_a_token_points_at_the_address(body: bytes) -> None:
    with pytest.raises(errors.NotAuthorised, match="holds no token; check login_url"):
        carry_out(granted(body))


@pytest.mark.parametrize("failure", [THROTTLED, Failure(429), Failure(503)])
def test_a_busy_token_endpoint_is_asked_again(failure: Failure) -> None:
    steps, token = carry_out(failure, failure, granted())

    assert [step.wait for step in steps if isinstance(step, Again)] == [1.0, 2.0]
    assert token.value == "t0ken"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (
            Failure(400, b'{"error": "invalid_client", "error_description": "client not found"}'),
            "invalid_client: client not found; ",
        ),
        (Failure(401, b'{"error": "invalid_client"}'), "invalid_client: the answer does not say why; "),
        (Failure(400, b'{"error": "invalid_request", "error_description": "no grant"}'), "invalid_request: no grant; "),
        (Failure(400, b'{"error": "unauthorized_client", "error_description": "rate limit exceeded; x"}'), "unauthorized_client"),
        (Failure(403, b""), "403: the answer does not say why; "),
        (Failure(404, b"<html>"), "404: the answer does not say why; "),
        (Failure(302, b""), "302: the answer does not say why; "),
    ],
)
def test_refused_credentials_come_with_a_remedy(failure: Failure, words: str) -> None:
    with pytest.raises(errors.NotAuthorised) as caught:
        carry_out(failure)

    assert words in str(caught.value)
    assert "check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET" in str(caught.value)
    assert caught.value.exit_code == 7


def test_a_token_endpoint_that_stays_busy_is_given_up() -> None:
    with pytest.raises(
        errors.Unavailable, match="POST /oauth/token: 429 invalid_request: rate limit exceeded; slow down; given up"
    ):
        carry_out(*[THROTTLED] * 3, bounds=Bounds(attempts=3))


def test_a_login_address_that_cannot_be_asked_is_rejected(world: Any) -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("x")

    world.token = broken

    with pytest.raises(errors.Rejected, match=r"POST /oauth/token: no answer \(UnsupportedProtocol\); it cannot be sent"):
        world.ask(READ)


def test_a_login_host_that_is_away_is_unavailable(world: Any) -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x")

    world.token = away

    with pytest.raises(errors.Unavailable, match=r"POST /oauth/token: no answer \(ConnectError\)"):
        world.ask(READ, attempts=3)

    assert world.slept == [1.0, 2.0]


def test_everybody_shares_one_token_request(world: Any) -> None:
    async def run() -> int:
        async with world.client() as client:
            await asyncio.gather(*(client(READ) for _ in range(20)))
            await client(READ)
            return int(client.by_operation["POST /oauth/token"])

    assert asyncio.run(run()) == 1


def test_a_token_is_renewed_before_it_ends(world: Any) -> None:
    async def run() -> list[str]:
        async with world.client() as client:
            for seconds in (0, 86_400 - 61, 2, 10):
                world.now += seconds
                await client(READ)
        return [request.headers["authorization"] for request in world.seen]

    assert asyncio.run(run()) == ["Bearer token-1", "Bearer token-1", "Bearer token-2", "Bearer token-2"]


def test_a_failed_token_request_does_not_lock_the_next_one_out(world: Any) -> None:
    grant = world.token
    world.token = lambda _request: httpx.Response(401, json={"error": "invalid_client"})

    async def run() -> int:
        async with world.client() as client:
            with pytest.raises(errors.NotAuthorised):
                await client(READ)
            world.token = grant
            return (await client(READ)).status

    assert asyncio.run(run()) == 200
