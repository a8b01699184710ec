"""Queues that exchange their names: nobody is refused, and a run that ends in the middle is taken up."""

from __future__ import annotations

import httpx
import pytest
from flow.centre import Centre, changes

from reconciler.model import document

BEFORE = "queues: [{key: q1, name: One}, {key: q2, name: Two}, {key: q3, name: Three}]\n"
AFTER = "queues: [{key: q1, name: Two}, {key: q2, name: Three}, {key: q3, name: One, description: Third}]\n"


class Killed(BaseException):
    """The process is gone as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Ends everything before or after the n-th PUT."""

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int, *, after: bool) -> None:
        self.inner, self.left, self.after = inner, at, after

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= request.method == "PUT"
        if self.left or request.method != "PUT":
            return await self.inner.handle_async_request(request)
        if self.after:
            await self.inner.handle_async_request(request)
        raise Killed


def names(centre: Centre) -> dict[str, str]:
    return {one["peerId"]: one["name"] for one in centre.behind("GET", "/api/v2/routing/queues")["entities"]}


@pytest.fixture
def settled(centre: Centre) -> Centre:
    centre.write(BEFORE)
    assert centre.apply().exit_code == 0
    centre.write(AFTER)
    return centre


def test_queues_exchange_their_names_in_one_apply(settled: Centre) -> None:
    plan = settled.plan()
    settled.admin("POST", "/requests/reset")

    done = settled.apply()

    assert (done.exit_code, done.remaining) == (0, ())
    assert names(settled) == {"q1": "Two", "q2": "Three", "q3": "One"}
    assert changes(plan) == ["rename queue/q1#aside", "rename queue/q3", "rename queue/q2", "rename queue/q1"]
    assert settled.requests()["PUT /api/v2/routing/queues/{queueId}"] == 4
    assert plan.predicted == 8
    assert not settled.plan().changes


@pytest.mark.parametrize("keeps_ledger", [True, False])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 5))
def test_a_run_that_ends_in_the_middle_is_taken_up(settled: Centre, at: int, after: bool, keeps_ledger: bool) -> None:
    settled.transport = Guillotine(httpx.ASGITransport(settled.emulator.api), at, after=after)
    with pytest.raises(Killed):
        settled.apply()
    settled.transport = None
    for file in () if keeps_ledger else (settled.root / ".reconciler").glob("ledger.db*"):
        file.unlink()

    assert settled.apply().exit_code == 0

    assert names(settled) == {"q1": "Two", "q2": "Three", "q3": "One"}
    assert not settled.plan().changes


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 5))
def test_a_saved_plan_that_ended_in_the_middle_goes_on(settled: Centre, at: int, after: bool) -> None:
    saved = (document.text(settled.plan()), "plan.json")
    settled.transport = Guillotine(httpx.ASGITransport(settled.emulator.api), at, after=after)
    with pytest.raises(Killed):
        settled.apply(saved)
    settled.transport = None

    assert settled.apply(saved).exit_code == 0

    assert names(settled) == {"q1": "Two", "q2": "Three", "q3": "One"}
