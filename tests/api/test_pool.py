"""Several OAuth clients behind one Send: who takes a call, what it costs in time, and what it must never cost."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import errors
from reconciler.api.pool import Pool
from reconciler.emulator.app import Config, Emulator, build
from reconciler.emulator.permission import FULL
from reconciler.emulator.token import Client as Known
from reconciler.model.call import Call
from reconciler.model.port import Send

READ = Call("GET", "/api/v2/users")
WRITE = Call("POST", "/api/v2/users", body={"name": "Ann"})
CREDENTIALS = [(f"id-{number}", f"secret-{number}") for number in range(4)]


class Service:
    """Answers after `latency` seconds and remembers when which client sent what. Counts nothing: that is for the tests."""

    def __init__(self, latency: Callable[[int], float] = lambda _number: 0.15) -> None:
        self.latency = latency
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        self.under_way = self.peak = 0
        self.organizations: dict[str, Any] = {}
        self.refused: dict[str, httpx.Response] = {}
        self.headers: dict[str, dict[str, str]] = {}

    async def serve(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            name = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")[0]
            return self.refused.get(name) or httpx.Response(200, json={"access_token": name, "expires_in": 86_400})
        name = request.headers["authorization"].removeprefix("Bearer ")
        if request.url.path == "/api/v2/tokens/me":
            return httpx.Response(200, json=self.organizations.get(name, {"organization": {"id": "org"}}))
        return await self._count(name)

    async def _count(self, name: str) -> httpx.Response:
        loop = asyncio.get_running_loop()
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        await asyncio.sleep(self.latency(sum(map(len, self.arrivals.values()))))
        self.under_way -= 1
        self.arrivals[name].append(loop.time())
        return self.refused.get(f"Bearer {name}") or httpx.Response(200, json={}, headers=self.headers.get(name, {}))


Script = Callable[[Pool], Awaitable[Any]]


def play(loop: Any, service: Service, script: Script, clients: Any = CREDENTIALS, **options: Any) -> Any:
    """Runs a script with a pool in virtual time."""
    with asyncio.Runner(loop_factory=loop) as runner:
        given: dict[str, Any] = {
            "api_url": "https://api.test",
            "login_url": "https://login.test",
            "transport": httpx.MockTransport(service.serve),
            "clock": runner.get_loop().time,
            "jitter": lambda: 0.0,
        }

        async def run() -> Any:
            async with Pool.of(clients, **given | options) as pool:
                return await script(pool)

        return runner.run(run())


def asking(calls: int, callers: int, call: Call = READ) -> Callable[[Pool], Awaitable[float]]:
    """A script: so many callers ask one call after the other; the seconds it took."""

    async def script(pool: Pool) -> float:
        started, todo = asyncio.get_running_loop().time(), iter(range(calls))

        async def ask(todo: Iterator[int]) -> None:
            for _ in todo:
                await pool(call)

        await asyncio.gather(*(ask(todo) for _ in range(callers)))
        return asyncio.get_running_loop().time() - started

    return script


def crowded(service: Service, allowed: int) -> list[str]:
    """Clients of which some 60 s window saw more than `allowed` requests."""
    seen = {name: sorted(times) for name, times in service.arrivals.items()}
    return [
        name
        for name, times in seen.items()
        if any(last - first < 60 for first, last in zip(times, times[allowed:], strict=False))
    ]


def test_a_pool_is_a_send() -> None:
    pool: Send = Pool.of(CREDENTIALS, api_url="https://api.test", login_url="https://login.test")

    assert callable(pool)


def test_a_pool_needs_a_client() -> None:
    with pytest.raises(errors.ConfigurationError, match="no OAuth client"):
        Pool.of([], api_url="https://api.test", login_url="https://login.test")


@pytest.mark.parametrize(("requests", "callers"), [(1_050, 5), (1_850, 64), (3_100, 20)])
def test_one_token_sends_within_a_tenth_of_the_floor(virtual_time: Any, requests: int, callers: int) -> None:
    """An import of 1,000 users takes one to three requests for each of them."""
    service = Service()

    seconds = play(virtual_time, service, asking(requests, callers), clients=CREDENTIALS[:1])

    assert seconds <= 1.1 * requests / 5
    assert crowded(service, 300) == []


@pytest.mark.parametrize(("requests", "callers"), [(1_250, 20), (2_450, 64), (3_100, 20)])
def test_four_tokens_take_a_quarter_of_the_time(virtual_time: Any, requests: int, callers: int) -> None:
    service = Service()

    seconds = play(virtual_time, service, asking(requests, callers))

    assert seconds <= 1.15 * requests / 5 / 4
    assert crowded(service, 300) == []


@pytest.mark.parametrize("callers", [6, 17, 20, 40])
def test_nobody_is_held_up_by_a_used_up_client_while_others_may_send(virtual_time: Any, callers: int) -> None:
    """The service allows one client less than the others; with 17 callers and more all other connections are busy."""
    service, longest = Service(), 0.0
    service.headers["id-0"] = {"inin-ratelimit-allowed": "20"}

    async def script(pool: Pool) -> None:
        todo = iter(range(900))

        async def ask() -> None:
            nonlocal longest
            for _ in todo:
                started = asyncio.get_running_loop().time()
                await pool(READ)
                longest = max(longest, asyncio.get_running_loop().time() - started)

        await asyncio.gather(*(ask() for _ in range(callers)))

    play(virtual_time, service, script)

    assert len(service.arrivals["id-0"]) < 20
    assert longest < 1


def test_work_is_spread_evenly(virtual_time: Any) -> None:
    service = Service(lambda number: number % 7 / 10)

    play(virtual_time, service, asking(400, 20))

    assert all(90 <= len(times) <= 110 for times in service.arrivals.values())
    assert len(service.arrivals) == 4


def test_callers_beyond_the_connections_wait(virtual_time: Any) -> None:
    service = Service()

    async def script(pool: Pool) -> int:
        await asyncio.gather(*(pool(READ) for _ in range(200)))
        return pool.parallelism

    assert play(virtual_time, service, script) == service.peak == 20


def test_what_was_sent_is_summed(virtual_time: Any) -> None:
    async def script(pool: Pool) -> tuple[Any, ...]:
        await asyncio.gather(*(pool(READ) for _ in range(10)))
        return pool.requests, dict(pool.by_operation), pool.left

    counts = {"POST /oauth/token": 4, "GET /api/v2/tokens/me": 4, READ.operation: 10}
    assert play(virtual_time, Service(), script) == (18, counts, 4 * 300 - 14)


def test_without_a_limit_of_our_own_nothing_is_left_to_tell(virtual_time: Any) -> None:
    async def script(pool: Pool) -> int | None:
        await asyncio.gather(*(pool(READ) for _ in range(2_000)))
        return pool.left

    assert play(virtual_time, Service(), script, requests_per_minute=0) is None


def test_tokens_counted_by_client_share_their_allowance(virtual_time: Any) -> None:
    service = Service()
    twice = [CREDENTIALS[0], CREDENTIALS[1], CREDENTIALS[0]]

    async def script(pool: Pool) -> tuple[int | None, int]:
        left = pool.left
        await asyncio.gather(*(pool(READ) for _ in range(100)))
        return left, pool.parallelism

    assert play(virtual_time, service, script, twice, counted="client", requests_per_minute=20) == (2 * 20 - 3, 15)
    assert crowded(service, 20) == []


SOME = st.integers(1, 4).map(lambda count: CREDENTIALS[:count])
POOLS = st.fixed_dictionaries({"clients": SOME, "requests_per_minute": st.integers(1, 12), "paced": st.booleans()})
LATENCIES = st.lists(st.sampled_from([0.0, 0.05, 0.3, 0.9]), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(POOLS, LATENCIES, st.integers(1, 120), st.integers(1, 30))
def test_no_sixty_seconds_see_more_than_the_allowance_of_a_token(
    virtual_time: Any, options: dict[str, Any], latencies: list[float], calls: int, callers: int
) -> None:
    """A request on its way counts when it arrives, so all that travel at different speeds have to fit."""
    service = Service(lambda number: latencies[number % len(latencies)])
    allowed = options["requests_per_minute"]

    play(virtual_time, service, asking(calls, callers), **options)

    assert crowded(service, allowed) == []
    assert sum(map(len, service.arrivals.values())) == calls


def test_a_throttled_client_leaves_the_work_to_the_others(virtual_time: Any) -> None:
    service = Service()
    service.refused["Bearer id-2"] = httpx.Response(429, headers={"retry-after": "50"})

    async def script(pool: Pool) -> float:
        started = asyncio.get_running_loop().time()
        waiting = [asyncio.ensure_future(pool(READ)) for _ in range(300)]
        await asyncio.wait(waiting, timeout=20)
        stuck = sum(not one.done() for one in waiting)
        service.refused.clear()
        await asyncio.gather(*waiting)
        return stuck, asyncio.get_running_loop().time() - started

    stuck, seconds = play(virtual_time, service, script)

    assert stuck == 5
    assert 50 <= seconds < 52


def test_a_call_that_is_cancelled_makes_room(virtual_time: Any) -> None:
    async def script(pool: Pool) -> int:
        waiting = [asyncio.ensure_future(pool(READ)) for _ in range(40)]
        await asyncio.sleep(0.01)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(await asyncio.gather(*(pool(READ) for _ in range(40))))

    assert play(virtual_time, Service(), script, connections=1) == 40


def test_a_bad_credential_is_named_by_its_id(virtual_time: Any) -> None:
    service = Service()
    service.refused["id-2"] = httpx.Response(401, json={"error": "invalid_client", "error_description": "bad secret-2"})

    with pytest.raises(errors.NotAuthorised, match="sent by the OAuth client id-2, one of 4") as caught:
        play(virtual_time, service, asking(1, 1))

    assert "secret-" not in str(caught.value) + repr(caught.value.__dict__)
    assert service.arrivals == {}


def test_a_permission_that_one_client_lacks_is_named_with_it(virtual_time: Any) -> None:
    service = Service()
    service.refused["Bearer id-3"] = httpx.Response(403, json={"code": "missing.permissions", "message": "No a:b:c"})

    with pytest.raises(errors.NotAuthorised, match=r"give the OAuth client a role with a:b:c.*; sent by the OAuth client id-3"):
        play(virtual_time, service, asking(100, 8, WRITE))


@pytest.mark.parametrize("other", [{"organization": {"id": "elsewhere"}}, {"homeOrganization": {"id": "elsewhere"}}, {}, None])
def test_clients_of_different_organisations_are_refused_before_anything_is_sent(virtual_time: Any, other: Any) -> None:
    service = Service()
    service.organizations["id-1"] = other

    with pytest.raises(errors.NotAuthorised, match="of different organisations: id-0 to org and id-1 to ") as caught:
        play(virtual_time, service, asking(1, 1, WRITE))

    assert caught.value.exit_code == 7
    assert service.arrivals == {}


def test_one_client_alone_is_not_asked_whose_it_is(virtual_time: Any) -> None:
    async def script(pool: Pool) -> int:
        await pool(READ)
        return pool.requests

    assert play(virtual_time, Service(), script, clients=CREDENTIALS[:1]) == 2


def test_an_error_of_one_client_alone_stays_as_it_is(virtual_time: Any) -> None:
    service = Service()
    service.refused["id-0"] = httpx.Response(401, json={"error": "invalid_client"})

    with pytest.raises(errors.NotAuthorised) as caught:
        play(virtual_time, service, asking(1, 1), clients=CREDENTIALS[:1])

    assert "one of" not in str(caught.value)


def rehearsed(loop: Any, script: Callable[[Pool, Emulator], Awaitable[Any]], clients: int) -> Any:
    """Runs a script with a pool of so many clients of one emulator, all in the same virtual time."""
    with asyncio.Runner(loop_factory=loop) as runner:
        clock = runner.get_loop().time
        emulator = build(Config(seed="large:230,20", rate_limit=40), clock=clock)
        credentials = [(emulator.client_id, emulator.client_secret)]
        for number in range(1, clients):
            credentials.append((f"client-{number}", f"secret-{number}"))
            emulator.world.tokens.add(Known(*credentials[-1], f"Client {number}", FULL))

        async def run() -> Any:
            transport = httpx.ASGITransport(emulator.api)
            options = {"api_url": "http://api.test", "login_url": "http://login.test", "requests_per_minute": 40}
            async with Pool.of(credentials, transport=transport, clock=clock, jitter=lambda: 0.0, **options) as pool:
                return await script(pool, emulator)

        return runner.run(run())


def test_four_clients_of_the_emulator_break_no_rule(virtual_time: Any) -> None:
    async def script(pool: Pool, emulator: Emulator) -> tuple[float, Any]:
        seconds = await asking(400, 40, Call("GET", "/api/v2/routing/skills", query={"pageSize": 1}))(pool)
        return seconds, emulator.api.tally

    seconds, tally = rehearsed(virtual_time, script, 4)

    assert tally.violations == []
    assert tally.by_operation["GET /api/v2/routing/skills"] == 400
    assert 120 <= seconds < 125


def test_a_pool_reads_what_one_client_reads(virtual_time: Any) -> None:
    from reconciler.api.pages import Reader
    from reconciler.model.call import Listing
    from reconciler.model.resource import Proof

    async def script(pool: Pool, _emulator: Emulator) -> tuple[list[str], Proof]:
        users: list[dict[str, Any]] = []
        proof = await Reader(pool).pages(Listing("/api/v2/users", size=25), users.extend)
        return [user["id"] for user in users], proof

    pooled, alone = (rehearsed(virtual_time, script, clients) for clients in (4, 1))

    assert pooled == alone
    assert pooled[1] == Proof()
