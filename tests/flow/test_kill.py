"""Killed at any request and started again, a run ends where an undisturbed one ends: no duplicate, no loss, no lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow.centre import SMALL, Centre
from flow.served import Served

from reconciler.ledger import store

KILLS = int(os.environ.get("RECONCILER_TEST_KILLS", "1"))  # requests at which a process is killed for good; `make soak` takes 28
READS = 16  # requests of planning; from there on things are written


class Killed(BaseException):
    """Ends the process as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Passes requests on and ends everything at the given one, before or after the organisation has carried it out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int, *, after: bool) -> None:
        self.inner = inner
        self.at = at
        self.after = after
        self.seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen += 1
        if self.seen != self.at:
            return await self.inner.handle_async_request(request)
        if self.after:
            await self.inner.handle_async_request(request)
        raise Killed


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """The end of a run that nobody disturbed, filled in by the first test that needs it."""
    return {}


def reference(make_centre: Callable[..., Centre], undisturbed: dict[str, Any]) -> tuple[Any, int]:
    """The state an undisturbed run ends in, and the requests it takes."""
    if not undisturbed:
        centre = make_centre()
        centre.write(SMALL)
        undisturbed["requests"] = centre.apply().requests
        undisturbed["state"] = centre.state()
        for file in (centre.root / ".reconciler").glob("ledger.db*"):
            file.unlink()
    return undisturbed["state"], undisturbed["requests"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", range(20))
def test_a_killed_run_is_taken_up_again(
    make_centre: Callable[..., Centre], undisturbed: dict[str, Any], share: int, after: bool
) -> None:
    state, total = reference(make_centre, undisturbed)
    for at in range(1 + share, total + 1, 20):
        if 1 < at < READS and KILLS < READS:
            continue  # nothing is written there: the first and the last of them stand for all
        if after is bool(at % 2) and KILLS < READS:
            continue  # each request is killed before or after it is carried out; make soak does both
        centre = make_centre()
        for file in (centre.root / ".reconciler").glob("ledger.db*"):
            file.unlink()
        centre.write(SMALL)
        centre.transport = Guillotine(httpx.ASGITransport(centre.emulator.api), at, after=after)
        with pytest.raises(Killed):
            centre.apply()
        centre.transport = None

        again = centre.apply()

        assert again.exit_code == 0, (at, [(one.change.id, one.note) for one in again.outcomes if one.note])
        assert centre.state() == state, at
        assert not centre.plan().changes
        assert not unsettled(centre)


def unsettled(centre: Centre) -> list[Any]:
    """Requests the journal still has no outcome for."""
    organization = centre.plan().header.organization
    with store.open(centre.settings.ledger, organization=organization, source="acme", clock=lambda: centre.time[0]) as ledger:
        return ledger.unsettled()


@pytest.mark.parametrize("when", [pytest.param("before", marks=pytest.mark.long), "after"])
@pytest.mark.parametrize("at", range(READS + 1, READS + 1 + KILLS))
def test_a_real_sigkill_leaves_no_lock_behind(served: Served, at: int, when: str) -> None:
    child = Path(__file__).with_name("kill_child.py")
    killed = subprocess.run([sys.executable, child, str(at), when], cwd=served.root, env=served.environment, check=False)
    assert killed.returncode == -signal.SIGKILL

    again = served.run("apply", "--auto-approve")
    after = served.run("plan", "--detailed-exitcode")

    assert again.returncode == 0, again.stderr
    assert after.returncode == 0, after.stdout
    assert served.state() == served.undisturbed()
