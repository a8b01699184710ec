"""One apply at a time, and none that goes on after it lost its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flow.centre import Centre

from reconciler.errors import Locked
from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger
from reconciler.model.change import Outcome, Plan, Result
from reconciler.pipeline import lease
from reconciler.pipeline.apply import Wishes, apply
from reconciler.pipeline.session import Session


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], SqlLedger]:
    def open_one() -> SqlLedger:
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        return store.open(url, organization="org", source="acme", clock=lambda: datetime.now(UTC))

    return open_one


def test_it_is_held_while_the_block_runs_and_free_after(opened: Any) -> None:
    async def play(ledger: SqlLedger) -> tuple[bool, bool, bool]:
        async with lease.held(ledger, wait_seconds=0, beat_seconds=60) as lost:
            held = ledger.lease() is not None
            was_lost = lost()
        return held, was_lost, ledger.lease() is None

    with opened() as ledger:
        assert asyncio.run(play(ledger)) == (True, False, True)


def test_it_is_free_after_a_failure(opened: Any) -> None:
    async def play(ledger: SqlLedger) -> None:
        async with lease.held(ledger, wait_seconds=0, beat_seconds=60):
            raise RuntimeError("gone")

    with opened() as ledger:
        with pytest.raises(RuntimeError, match="gone"):
            asyncio.run(play(ledger))

        assert ledger.lease() is None


def test_it_says_that_it_lives(opened: Any) -> None:
    async def play(ledger: SqlLedger) -> bool:
        async with lease.held(ledger, wait_seconds=0, beat_seconds=0):
            first = ledger.lease()
            assert first
            for _ in range(5):
                await asyncio.sleep(0)
            now = ledger.lease()
            return now is not None and now.heartbeat_at > first.heartbeat_at

    with opened() as ledger:
        assert asyncio.run(play(ledger))


def test_one_that_was_broken_is_told_at_the_end(opened: Any) -> None:
    async def play(ledger: SqlLedger) -> None:
        async with lease.held(ledger, wait_seconds=0, beat_seconds=0) as lost:
            there = ledger.lease()
            assert there
            ledger.unlock(there.id)
            for _ in range(5):
                await asyncio.sleep(0)
            assert lost()

    with opened() as ledger, pytest.raises(Locked, match="was broken by `state unlock`; it stops here"):
        asyncio.run(play(ledger))


def test_a_wait_that_is_cancelled_ends_at_once(opened: Any) -> None:
    """Otherwise Ctrl-C would wait as long as `--lock-timeout` says, and then take the lease."""

    async def play(ledger: SqlLedger) -> None:
        async def hold() -> None:
            async with lease.held(ledger, wait_seconds=3_600, beat_seconds=60):
                pytest.fail("somebody else holds it")

        waiting = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with opened() as other, opened() as ledger:
        other.acquire("Ann")
        asyncio.run(asyncio.wait_for(play(ledger), 30))

        held = other.lease()
        assert held
        assert held.holder == "Ann"


def test_an_apply_without_its_lease_hands_out_nothing_more(centre: Centre) -> None:
    """Somebody breaks the lease while a person reads the plan."""
    centre.write("skills: [{key: one, name: One}, {key: two, name: Two}]\n")
    sessions: list[Session] = []
    outcomes: list[Outcome] = []

    async def approve(_plan: Plan) -> bool:
        held = sessions[0].ledger.lease()
        assert held
        sessions[0].ledger.unlock(held.id)
        for _ in range(5):  # the next heartbeat notices
            await asyncio.sleep(0)
        return True

    doors = replace(centre.doors, beat_seconds=0, opened=sessions.append)
    with pytest.raises(Locked, match="it stops here"):
        asyncio.run(apply(centre.settings, None, Wishes(approve=approve, tell=outcomes.append), doors))

    assert [one.result for one in outcomes] == [Result.STOPPED] * 2
    assert centre.admin("GET", "/requests")["writes"] == 0
