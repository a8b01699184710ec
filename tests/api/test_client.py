"""The client over a mock transport: what goes out, what comes back, and how often."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import __version__, errors
from reconciler.api.client import base, query
from reconciler.model.call import Answer, Call

READ = Call("GET", "/api/v2/users")
WRITE = Call("POST", "/api/v2/users", body={"name": "Ann"})


def failing(status: int, code: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": f"about {code}"}, headers=headers)


def test_an_answer_keeps_status_bytes_and_lower_case_headers(world: Any) -> None:
    world.answers(httpx.Response(201, content=b'{"id": "x"}', headers={"ININ-Correlation-Id": "c-1"}))

    answer = world.ask(WRITE)

    assert (answer.status, answer.body, answer.headers["inin-correlation-id"]) == (201, b'{"id": "x"}', "c-1")


def test_a_request_says_who_we_are(world: Any) -> None:
    world.ask(WRITE)

    sent = world.seen[0]
    assert sent.headers["authorization"] == "Bearer token-1"
    assert sent.headers["user-agent"] == f"genesys-cloud-reconciler/{__version__}"
    assert sent.headers["content-type"] == "application/json"
    assert sent.content == b'{"name":"Ann"}'


def test_a_read_has_no_body(world: Any) -> None:
    world.ask(READ)

    assert world.seen[0].content == b""
    assert "content-type" not in world.seen[0].headers


def test_headers_of_a_call_win(world: Any) -> None:
    world.ask(Call("PATCH", "/api/v2/scim/v2/users/{id}", {"id": "u"}, body={}, headers={"If-Match": 'W/"3"'}))

    assert world.seen[0].headers["if-match"] == 'W/"3"'


def test_ids_stay_one_segment_of_the_path(world: Any) -> None:
    world.ask(Call("GET", "/api/v2/users/externalid/{authority}/{key}", {"authority": "acme", "key": "a/b?c#d 東"}))

    assert world.seen[0].url.raw_path == b"/api/v2/users/externalid/acme/a%2Fb%3Fc%23d%20%E6%9D%B1"


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_id_that_changes_the_path_is_not_sent(world: Any, bad: str) -> None:
    """DELETE /users/.. would be DELETE /api/v2, and DELETE /users/ is somebody else."""
    with pytest.raises(errors.Rejected, match="nothing was sent"):
        world.ask(Call("DELETE", "/api/v2/users/{userId}", {"userId": bad}))

    assert not world.seen


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"expand": ["skills", "languages"]}, "expand=skills,languages"),
        ({"hasPeer": False, "active": True}, "hasPeer=false&active=true"),
        ({"pageSize": 500, "none": None, "empty": ""}, "pageSize=500"),
        ({"name": "a&b=c d+e", "flags": [True, 1]}, "name=a%26b%3Dc%20d%2Be&flags=true,1"),
        ({}, ""),
    ],
)
def test_a_query_is_written_as_the_sdks_write_it(values: dict[str, Any], text: str) -> None:
    assert query(values) == text


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_a_query_comes_back_as_it_was(values: dict[str, str]) -> None:
    clean = {name.encode("utf-8", "ignore").decode(): v.encode("utf-8", "ignore").decode() for name, v in values.items()}
    clean = {name: value for name, value in clean.items() if name and value}

    assert dict(httpx.QueryParams(query(clean))) == clean


def test_everything_that_goes_out_is_counted(world: Any) -> None:
    world.answers(failing(503), httpx.Response(200))

    async def run() -> tuple[int, dict[str, int]]:
        async with world.client() as client:
            await client(READ)
            return client.requests, dict(client.by_operation)

    assert asyncio.run(run()) == (3, {"POST /oauth/token": 1, "GET /api/v2/users": 2})


def test_a_redirect_is_not_followed(world: Any) -> None:
    world.answers(httpx.Response(302, headers={"location": "https://elsewhere.test/"}))

    with pytest.raises(errors.Rejected, match="redirects are not followed"):
        world.ask(READ)

    assert len(world.seen) == 1


def test_a_throttled_write_is_repeated_when_the_service_says(world: Any) -> None:
    world.answers(failing(429, "too.many.requests.retry.after", **{"retry-after": "7"}), httpx.Response(201))

    assert world.ask(WRITE, jitter=lambda: 0.5).status == 201
    assert world.slept == [7.5]


def test_a_throttled_call_makes_the_others_wait(world: Any, virtual_time: Any) -> None:
    times: list[float] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        times.append(asyncio.get_running_loop().time())
        return failing(429, **{"retry-after": "7"}) if len(times) == 1 else httpx.Response(200)

    world.answer = answer

    async def run() -> None:
        clock = asyncio.get_running_loop().time
        async with world.client(connections=1, clock=clock, sleep=asyncio.sleep) as client:
            await asyncio.gather(client(READ), client(READ), client(READ))

    with asyncio.Runner(loop_factory=virtual_time) as runner:
        runner.run(run())

    assert [time - times[0] for time in times] == [0.0, 7.0, 7.0, 7.0]


def test_a_read_is_repeated_after_a_broken_answer(world: Any) -> None:
    world.answers(httpx.ReadError("gone"), failing(502), httpx.Response(200))

    assert world.ask(READ).status == 200
    assert world.slept == [1.0, 2.0]


def test_a_write_without_an_answer_is_lost(world: Any) -> None:
    world.answers(httpx.ReadTimeout("late"))

    with pytest.raises(errors.Lost, match=r"POST /api/v2/users: no answer \(ReadTimeout\)"):
        world.ask(WRITE)

    assert len(world.seen) == 1


def test_a_write_that_found_no_connection_is_repeated(world: Any) -> None:
    world.answers(httpx.ConnectError("refused"), httpx.Response(201))

    assert world.ask(WRITE).status == 201


def test_repeating_ends(world: Any) -> None:
    world.answers(failing(503, "service.unavailable", **{"inin-correlation-id": "c-9"}))

    with pytest.raises(errors.Unavailable, match="c-9"):
        world.ask(READ, attempts=4)

    assert len(world.seen) == 4


def test_a_slow_service_uses_up_the_deadline(world: Any) -> None:
    def slow(_request: httpx.Request) -> httpx.Response:
        world.now += 50
        return failing(504, "request.timeout")

    world.answer = slow

    with pytest.raises(errors.Unavailable):
        world.ask(READ, deadline=120.0)

    assert len(world.seen) == 3


def test_an_expired_token_is_replaced_once(world: Any) -> None:
    world.answers(failing(401, "bad.credentials"), httpx.Response(200))

    world.ask(READ)

    assert [request.headers["authorization"] for request in world.seen] == ["Bearer token-1", "Bearer token-2"]


def test_a_second_refusal_is_final(world: Any) -> None:
    world.answers(failing(401, "bad.credentials"))

    with pytest.raises(errors.NotAuthorised, match="a new token was refused as well"):
        world.ask(READ)

    assert len(world.seen) == 2


def test_refused_callers_share_one_new_token(world: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200) if request.headers["authorization"] == "Bearer token-2" else failing(401, "bad.credentials")

    world.answer = answer

    async def run() -> None:
        async with world.client() as client:
            await asyncio.gather(*(client(READ) for _ in range(5)))

    asyncio.run(run())

    assert world.tokens == 2


def test_never_more_than_the_connections_are_under_way(world: Any) -> None:
    under_way = peak = 0

    async def serve(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, peak
        if request.url.path == "/oauth/token":
            return world.grant(request)
        under_way += 1
        peak = max(peak, under_way)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx.Response(200)

    async def run() -> None:
        async with world.client(transport=httpx.MockTransport(serve)) as client:
            await asyncio.gather(*(client(READ) for _ in range(50)))

    asyncio.run(run())

    assert peak == 5


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_response_of_the_library_goes_without_the_collector(world: Any, status: int) -> None:
    """A plan keeps the collector off, and thousands of pages must not pile up meanwhile."""
    served: list[weakref.ref[httpx.Response]] = []

    def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return world.grant(request)
        response = httpx.Response(status, content=b"{}")
        served.append(weakref.ref(response))
        return response

    async def run() -> list[httpx.Response | None]:
        async with world.client(transport=httpx.MockTransport(serve)) as client:
            with suppress(errors.ApiError):
                await client(READ)
            return [one() for one in served]

    collecting = gc.isenabled()
    gc.disable()
    try:
        assert asyncio.run(run()) == [None]
    finally:
        (gc.enable if collecting else gc.disable)()


@pytest.mark.parametrize("paced", [False, True])
def test_the_budget_holds_for_calls_and_repetitions(world: Any, virtual_time: Any, paced: bool) -> None:
    """Requests travel at different speeds, and still no window of 60 s of the service sees too many."""
    arrivals: list[float] = []
    statuses: Iterator[int] = iter([503] * 10 + [200] * 100)

    async def serve(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return world.grant(request)
        await asyncio.sleep(len(arrivals) % 4 / 10)
        arrivals.append(asyncio.get_running_loop().time())
        return httpx.Response(next(statuses))

    async def run() -> int | None:
        clock = asyncio.get_running_loop().time
        options = {"transport": httpx.MockTransport(serve), "clock": clock, "sleep": asyncio.sleep, "paced": paced}
        async with world.client(requests_per_minute=10, **options) as client:
            await asyncio.gather(*(client(READ) for _ in range(25)))
            return client.left

    with asyncio.Runner(loop_factory=virtual_time) as runner:
        left = runner.run(run())

    arrivals.sort()
    assert len(arrivals) == 35
    assert left is not None
    assert all(later - first >= 60 for first, later in zip(arrivals, arrivals[10:], strict=False))


def test_without_an_own_limit_nothing_waits(world: Any) -> None:
    async def run() -> int | None:
        async with world.client(requests_per_minute=0) as client:
            await asyncio.gather(*(client(READ) for _ in range(1000)))
            return client.left

    assert asyncio.run(run()) is None
    assert world.slept == []


def test_headers_of_the_service_slow_us_down(world: Any) -> None:
    headers = {"inin-ratelimit-allowed": "180", "inin-ratelimit-count": "180", "inin-ratelimit-reset": "40"}
    world.answers(httpx.Response(200, headers=headers))

    async def run() -> None:
        async with world.client() as client:
            await client(READ)
            await client(READ)

    asyncio.run(run())

    assert world.slept == [40.0]


@pytest.mark.parametrize("secret", ["the-secret", "dGhlLWlkOnRoZS1zZWNyZXQ=", "token-1"])
def test_a_repeated_secret_does_not_come_out(world: Any, secret: str) -> None:
    body = {"message": f"you sent {secret}", "code": secret, "contextId": secret}
    answer = httpx.Response(400, json=body)
    if secret == "token-1":
        world.answers(answer)
    else:
        world.token = lambda _request: answer

    with pytest.raises(errors.ApiError) as caught:
        world.ask(READ)

    assert secret not in str(caught.value) + repr(caught.value.__dict__)
    assert "***" in str(caught.value)


def test_a_header_that_cannot_be_sent_is_rejected(world: Any) -> None:
    world.answers(httpx.LocalProtocolError("Illegal header value"))

    with pytest.raises(errors.Rejected, match="it cannot be sent"):
        world.ask(WRITE)


def test_an_address_that_is_too_long_is_rejected(world: Any) -> None:
    with pytest.raises(errors.Rejected, match="InvalidURL"):
        world.ask(Call("GET", "/api/v2/users", query={"id": "x" * 70_000}))


def test_a_call_without_an_answer_leaves_the_client_usable(world: Any) -> None:
    world.answers(httpx.ReadError("gone"), httpx.Response(200))

    async def run() -> Answer:
        async with world.client(connections=1) as client:
            with pytest.raises(errors.Lost):
                await client(WRITE)
            return await client(READ)

    assert asyncio.run(run()).status == 200


@pytest.mark.parametrize("url", ["https://api.test", " https://api.test/ ", "http://127.0.0.1:8080"])
def test_a_base_loses_its_slash(url: str) -> None:
    assert base("api_url", url) == url.strip().rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.test",
        "ftp://api.test",
        "https://",
        "https://api.test/api/v2",
        "https://u:p@api.test",
        "https://a/?x=1",
        "http://[::",
    ],
)
def test_a_base_that_is_none_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="api_url must look like") as caught:
        base("api_url", url)

    assert "u:p" not in str(caught.value)


def test_a_proxy_that_is_none_is_a_problem_of_configuration(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:password@proxy")

    with pytest.raises(errors.ConfigurationError, match="HTTPS_PROXY") as caught:
        world.client(transport=None)

    assert "password" not in str(caught.value)


def test_a_private_ca_that_is_missing_is_a_problem_of_configuration(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")

    with pytest.raises(errors.ConfigurationError, match="SSL_CERT_FILE"):
        world.client(transport=None)
