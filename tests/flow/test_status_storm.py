"""Whatever happens to workers, connections, Genesys Cloud and the ledger: every transition arrives, once and in order."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from flow.served import Served, start
from flow.storm import AGENTS, log, logged_in, storm, trouble
from ledger.server import Server, started

from reconciler.ledger import store
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline import book
from reconciler.pipeline import run as running
from reconciler.pipeline.session import now
from reconciler.settings import load

STORMS = int(os.environ.get("RECONCILER_TEST_STORMS", "1"))  # `make soak` takes 200
SETTINGS = """\
version: 1
organization: {{requests_per_minute: 0}}
source: {{platform: asterisk, name: acme}}
ledger: "{ledger}"
runners: {{partitions: 4, tries: 20}}
"""


@dataclass
class Site:
    """An organisation with users for every storm, and what admins see of it."""

    addresses: dict[str, str]
    users: list[str]
    source: str
    organization: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return httpx.request(method, f"{self.addresses['admin_url']}{path}", json=body, timeout=60).json()

    def histories(self, users: list[str]) -> list[list[str]]:
        """Ids of the events accepted of each, in that order."""
        found = self.ask("GET", f"/events?user={','.join(users)}")["users"]
        return [[event["eventId"] for event in found[one]] for one in users]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with start("--seed", f"large:{AGENTS * STORMS + 1},1") as process:
        assert process.stdout
        told = orjson.loads(process.stdout.readline())
        with logged_in(told) as client:
            source = client.post("/api/v2/presence/sources", json={"name": "ACME", "type": "User"}).json()["id"]
            me = client.get("/api/v2/tokens/me").json()["organization"]["id"]
            pages = (client.get("/api/v2/users", params={"pageSize": 500, "pageNumber": page}).json() for page in count(1))
            users: list[str] = []
            for page in pages:
                users += [one["id"] for one in page["entities"]]
                if not page.get("nextUri"):
                    break
        yield Site(told, users, source, me)
        process.terminate()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with started() as one:
        yield one


@pytest.mark.long
@pytest.mark.parametrize("seed", range(0, STORMS, 2))
def test_nothing_is_lost_or_disordered_on_sqlite(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    weather(site, furnished(site, tmp_path, monkeypatch, seed, f"sqlite:///{tmp_path}/ledger.db"), seed)


@pytest.mark.parametrize("seed", range(1, STORMS, 2))
def test_nothing_is_lost_or_disordered_on_postgresql(
    site: Site, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    weather(site, furnished(site, tmp_path, monkeypatch, seed, postgresql.database()), seed, postgresql)


def furnished(site: Site, root: Path, monkeypatch: pytest.MonkeyPatch, seed: int, ledger: str) -> Served:
    """A repository whose agents are bound to users no other storm knows, and a log of two hours ago."""
    found = Served(root, site.addresses)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    (root / "reconciler.yaml").write_text(SETTINGS.format(ledger=ledger.replace("postgresql:", "postgresql+psycopg:")))
    (root / "queue_log").write_text(log(seed, int(time.time()), 150))
    with store.open(load(root).ledger, organization=site.organization, source="acme", clock=now) as kept:
        agents = {Ref("user", f"s{seed}m{number}"): Binding(one, one) for number, one in enumerate(ours(site, seed))}
        kept.bind({**agents, Ref("presence_source", "acme"): Binding(site.source, "ACME")})
    return found


def ours(site: Site, seed: int) -> list[str]:
    return site.users[AGENTS * seed : AGENTS * (seed + 1)]


def weather(site: Site, served: Served, seed: int, postgresql: Server | None = None) -> None:
    """Two workers at a time, most of them killed, while requests fail in every way; then the histories are compared."""
    dice, users = Random(seed), ours(site, seed)
    plan, _ = asyncio.run(running.rehearse(load(served.root), running.Wishes([str(served.root / "queue_log")], once=True)))
    wanted = [[one.ref.key for one in plan.changes if one.name == f"s{seed}m{number}"] for number in range(AGENTS)]
    before = site.ask("GET", "/events")
    site.ask("POST", "/faults", trouble(dice))
    try:
        storm(served, dice, postgresql)
    finally:
        site.ask("DELETE", "/faults")
    after = site.ask("GET", "/events")

    assert book.quarantine(load(served.root)) == []
    found = site.histories(users)
    assert [set(one) - set(other) for one, other in zip(wanted, found, strict=True)] == [set()] * AGENTS, "lost"
    assert [set(one) - set(other) for one, other in zip(found, wanted, strict=True)] == [set()] * AGENTS, "not in the log"
    assert found == wanted, "out of order"
    for kind in ("presence", "routing_status"):
        assert after[kind]["clashes"] == before[kind]["clashes"]
        assert after[kind]["out_of_order"] == before[kind]["out_of_order"]
