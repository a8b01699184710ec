"""Killed with several requests under way, a run that is taken up again repeats at most one write per connection.

Whatever was answered before the kill is never sent again; of what was under way nobody could know, and it is read first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow.centre import Centre
from flow.served import Served, start

from reconciler.ledger import store

KILLS = int(os.environ.get("RECONCILER_TEST_KILLS", "2"))  # `make soak` takes 28
STEP = 18  # writes between two kills of one test
USERS = [f"u{number}" for number in range(10)]
READS = ("GET ", "POST /oauth/token", "POST /api/v2/users/search")
PATIENCE = 200  # turns of the loop in which other requests may still join those that are held


def people(title: str, skills: str, division: str) -> str:
    return "".join(
        f"  - {{key: {one}, name: User {one}, email: {one}@example.com, division: {division}, title: {title},"
        f" department: Sales, skills: {{{skills}}}, languages: {{ja: 4}}}}\n"
        for one in USERS
    )


def queues(description: str, members: list[str], codes: str) -> str:
    return "".join(
        f"  - {{key: q{number}, name: Queue {number}, description: {description}, wrapup_codes: [{codes}],"
        f" members: {{mode: exclusive, items: [{', '.join(members[number : number + 5])}]}}}}\n"
        for number in range(4)
    )


THINGS = """\
divisions: [{key: tokyo, name: Tokyo}, {key: osaka, name: Osaka}]
skills: [{key: billing, name: Billing}, {key: returns, name: Returns}, {key: orders, name: Orders}]
languages: [{key: ja, name: Japanese}]
wrapup_codes: [{key: sale, name: Sale}, {key: moan, name: Moan}]
presence_sources: [{key: acme, name: ACME, primary: true}]
"""
FIRST = f"{THINGS}users:\n{people('Agent', 'billing: 3, returns: 2', 'tokyo')}queues:\n{queues('First', USERS, 'sale')}"
SECOND = (
    f"{THINGS}users:\n{people('Lead', 'orders: 5, returns: 4', 'osaka')}queues:\n{queues('Second', USERS[::-1], 'sale, moan')}"
)
LIMITS = "guards: {max_removals: 1000, max_removals_percent: 100}\n"


class Killed(BaseException):
    """The process is gone as far as our code can tell."""


class Massacre(httpx.AsyncBaseTransport):
    """Kills with as many writes under way as there are connections.

    From the `at`-th write on requests are held until no more come. Then some are carried out (none of them, all, or every
    other one) and the process ends without having heard an answer.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int, carried: str) -> None:
        self.inner, self.at, self.carried = inner, at, carried
        self.writes = 0
        self.held: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.writes += is_write(request)
        if self.writes < self.at:
            return await self.inner.handle_async_request(request)
        self.held.append(request)
        if len(self.held) > 1:
            await asyncio.Event().wait()  # until it is cancelled: no answer ever comes
        for _ in range(PATIENCE):
            await asyncio.sleep(0)
        for place, one in enumerate(self.held):
            if self.carried == "all" or (self.carried == "some" and place % 2):
                await self.inner.handle_async_request(one)
        raise Killed


def is_write(request: httpx.Request) -> bool:
    return not f"{request.method} {request.url.path}".startswith(READS)


def writes(by_operation: dict[str, int]) -> Counter[str]:
    """Writes that arrived in the organisation, by operation."""
    return Counter({name: count for name, count in by_operation.items() if not name.startswith(READS)})


def intents(centre: Centre) -> Counter[tuple[str, str]]:
    """Writes of the journal by object and operation."""
    organization = centre.plan().header.organization
    with store.open(centre.settings.ledger, organization=organization, source="acme", clock=lambda: centre.time[0]) as ledger:
        return Counter((one.change.partition("#")[0], one.operation) for one in ledger.journal(10_000))


def forget(centre: Centre) -> None:
    for file in (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()


def apply(centre: Centre, parallelism: int) -> None:
    assert centre.apply(parallelism=parallelism).exit_code == 0


@pytest.fixture(scope="module")
def undisturbed() -> dict[Any, Any]:
    """What runs send that nobody disturbs, filled in by the first test that needs it."""
    return {}


@dataclass
class Stage:
    """Centres before what is to be disturbed: `import` begins with an empty organisation, `change` after the first import."""

    make: Callable[..., Centre]
    known: dict[Any, Any]

    def begun(self, scene: str, parallelism: int) -> Centre:
        """A fresh organisation and ledger; the request ledger begins anew."""
        centre = self.make()
        forget(centre)
        centre.configure(LIMITS)
        if scene == "change":
            centre.write(FIRST)
            apply(centre, parallelism)
        centre.write(FIRST if scene == "import" else SECOND)
        centre.admin("POST", "/requests/reset")
        return centre

    def reference(self, scene: str) -> tuple[Any, Counter[str], Any]:
        """The state an undisturbed run ends in, what it wrote by operation, and by object."""
        if scene not in self.known:
            centre = self.begun(scene, 5)
            apply(centre, 5)
            self.known[scene] = (centre.state(), writes(centre.requests()), intents(centre))
        found: tuple[Any, Counter[str], Any] = self.known[scene]
        return found


@pytest.fixture
def stage(make_centre: Callable[..., Centre], undisturbed: dict[Any, Any]) -> Stage:
    return Stage(make_centre, undisturbed)


@pytest.mark.parametrize("carried", ["none", pytest.param("some", marks=pytest.mark.long), "all"])
@pytest.mark.parametrize("parallelism", [pytest.param(1, marks=pytest.mark.long), 5])
@pytest.mark.parametrize("scene", ["import", "change"])
@pytest.mark.parametrize("share", range(min(STEP, KILLS // 2)))
def test_resume_repeats_at_most_one_write_per_connection(
    stage: Stage, scene: str, parallelism: int, carried: str, share: int
) -> None:
    state, sent, wanted = stage.reference(scene)
    held = 0
    for at in range(1 + share, sent.total() + 1, STEP):
        centre = stage.begun(scene, parallelism)
        massacre = Massacre(httpx.ASGITransport(centre.emulator.api), at, carried)
        centre.transport = massacre
        with pytest.raises(Killed):
            centre.apply(parallelism=parallelism)
        centre.transport = None
        apply(centre, parallelism)

        assert centre.state() == state, at
        # What was under way and not carried out never arrived: the journal counts it, the organisation does not.
        assert (writes(centre.requests()) - sent).total() <= (0 if carried == "none" else parallelism), at
        assert (intents(centre) - wanted).total() <= parallelism, at
        held = max(held, len(massacre.held))
    assert parallelism // 2 < held <= parallelism  # it was a massacre


def told(served: Served) -> Counter[str]:
    return writes(httpx.get(f"{served.addresses['admin_url']}/requests").json()["by_operation"])


def served_reference(served: Served, undisturbed: dict[Any, Any]) -> tuple[Any, Counter[str]]:
    """The state an undisturbed process ends in and what it wrote, in an organisation of its own."""
    if "served" not in undisturbed:
        with start() as process:
            assert process.stdout
            other = Served(served.root / "undisturbed", orjson.loads(process.stdout.readline()))
            other.root.mkdir()
            other.write(FIRST)
            assert other.run("apply", "--auto-approve").returncode == 0
            undisturbed["served"] = (other.state(), told(other))
            process.terminate()
    found: tuple[Any, Counter[str]] = undisturbed["served"]
    return found


@pytest.mark.parametrize("parallelism", [pytest.param(1, marks=pytest.mark.long), 5])
@pytest.mark.parametrize("at", range(28, 28 + min(KILLS * 2, 28), 4))
def test_resume_after_a_real_sigkill_repeats_at_most_one_write_per_connection(
    served: Served, undisturbed: dict[Any, Any], at: int, parallelism: int
) -> None:
    """The requests of planning are the first 16; what the dead process had sent may arrive after it."""
    served.write(FIRST)
    state, sent = served_reference(served, undisturbed)
    child = Path(__file__).with_name("kill_child.py")
    command = [sys.executable, child, str(at), "before", str(parallelism)]
    killed = subprocess.run(command, cwd=served.root, env=served.environment, check=False)
    assert killed.returncode == -signal.SIGKILL

    again = served.run("apply", "--auto-approve", "--parallelism", str(parallelism))

    assert again.returncode == 0, again.stderr
    assert served.state() == state
    assert (told(served) - sent).total() <= parallelism
