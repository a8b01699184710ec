"""The client against the emulator: a second reading of the same API description has to agree."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from reconciler import errors
from reconciler.api.client import Client
from reconciler.api.pages import Reader
from reconciler.emulator.app import Config, Emulator, build
from reconciler.model.call import Call, Listing
from reconciler.model.resource import Proof


@pytest.fixture
def play(virtual_time: type[asyncio.SelectorEventLoop]) -> Any:
    """Runs a script with a client and an emulator that live in the same virtual time."""
    return lambda script, config=None, **options: _play(virtual_time, script, config or Config(), **options)


def _play(loop: Any, script: Callable[[Client, Emulator], Awaitable[Any]], config: Config, **options: Any) -> Any:
    with asyncio.Runner(loop_factory=loop) as runner:
        clock = runner.get_loop().time
        emulator = build(config, clock=clock)

        async def run() -> Any:
            transport = httpx.ASGITransport(emulator.api)
            given = {"client_id": emulator.client_id, "client_secret": emulator.client_secret, "transport": transport}
            addresses = {"api_url": "http://api.test", "login_url": "http://login.test"}
            async with Client(**addresses, **given | options, clock=clock, jitter=lambda: 0.0) as client:
                return await script(client, emulator)

        return runner.run(run())


LISTINGS = [
    Listing("/api/v2/users", "numbered", query={"expand": ["skills", "languages"], "state": "active"}, size=100),
    Listing("/api/v2/users/query", "cursor", size=100),
    Listing("/api/v2/routing/queues", "numbered", query={"hasPeer": False}, size=7),
    Listing("/api/v2/routing/skills", "numbered", size=10),
    Listing("/api/v2/authorization/divisions/query", "uri", size=1),
    Listing("/api/v2/authorization/divisions/home", "single"),
    Listing("/api/v2/presence/definitions", "whole", query={"deactivated": "FALSE"}),
    Listing("/api/v2/externalcontacts/externalsources", "cursors", size=10),
    Listing("/api/v2/scim/v2/users", "scim", size=25),
]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)
def test_a_listing_is_read_to_its_end(play: Any, listing: Listing) -> None:
    async def script(client: Client, _emulator: Emulator) -> Proof:
        return await Reader(client).pages(listing, lambda _page: None)

    assert play(script, Config(seed="large:230,20")) == Proof()


def test_members_are_read_without_totals(play: Any) -> None:
    async def script(client: Client, _emulator: Emulator) -> list[tuple[int, int, Proof]]:
        queues: list[dict[str, Any]] = []
        reader, found = Reader(client), []
        await reader.pages(Listing("/api/v2/routing/queues", size=100), queues.extend)
        for queue in queues[:5]:
            members: list[dict[str, Any]] = []
            listing = Listing("/api/v2/routing/queues/{queueId}/members", "open", {"queueId": queue["id"]}, size=20)
            proof = await reader.pages(listing, members.extend)
            found.append((queue["memberCount"], len(members), proof))
        return found

    found = play(script, Config(seed="large:230,20"))

    assert [(count, proof) for count, _, proof in found] == [(read, Proof()) for _, read, _ in found]


def test_three_windows_of_requests_meet_no_429(play: Any) -> None:
    async def script(client: Client, _emulator: Emulator) -> tuple[int, float]:
        started = asyncio.get_running_loop().time()
        call = Call("GET", "/api/v2/routing/skills", query={"pageSize": 1})
        await asyncio.gather(*(client(call) for _ in range(100)))
        return client.by_operation[call.operation], asyncio.get_running_loop().time() - started

    sent, seconds = play(script, Config(rate_limit=40), requests_per_minute=40)

    assert sent == 100
    assert 120 <= seconds < 125


@pytest.mark.parametrize("own_limit", [0, 300])
def test_a_tighter_limit_of_the_service_is_lived_with(play: Any, own_limit: int) -> None:
    async def script(client: Client, _emulator: Emulator) -> int:
        call = Call("GET", "/api/v2/routing/skills", query={"pageSize": 1})
        answers = await asyncio.gather(*(client(call) for _ in range(100)))
        return len(answers)

    assert play(script, Config(rate_limit=30), requests_per_minute=own_limit) == 100


def test_wrong_credentials_are_refused_with_a_remedy(play: Any) -> None:
    async def script(client: Client, _emulator: Emulator) -> None:
        with pytest.raises(errors.NotAuthorised, match="GENESYSCLOUD_OAUTHCLIENT_SECRET"):
            await client(Call("GET", "/api/v2/tokens/me"))

    play(script, client_secret="another")


def test_an_answer_cut_off_after_a_write_is_lost(play: Any) -> None:
    """In process the emulator's cut is a bare ConnectionResetError, which no transport translates."""

    async def script(client: Client, emulator: Emulator) -> list[str]:
        emulator.api.faults.add({"operation": "POST /api/v2/routing/skills", "lost": True, "times": 1})
        with pytest.raises(errors.Lost, match="no answer"):
            await client(Call("POST", "/api/v2/routing/skills", body={"name": "Billing"}))
        answer = await client(Call("GET", "/api/v2/routing/skills"))
        return [skill["name"] for skill in answer.json()["entities"]]

    assert play(script) == ["Billing"]


def test_a_token_that_ends_is_renewed(play: Any) -> None:
    async def script(client: Client, _emulator: Emulator) -> int:
        for _ in range(3):
            await client(Call("GET", "/api/v2/tokens/me"))
            await asyncio.sleep(400)
        return client.by_operation["POST /oauth/token"]

    assert play(script, Config(token_seconds=300)) == 3
