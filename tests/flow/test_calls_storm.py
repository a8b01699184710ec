"""Whatever happens to workers and connections: Genesys Cloud ends with the conversations of a run that nobody disturbed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from flow.calls import AGENTS, MESSY, QUEUES, Row, map_agents, rows, write
from flow.served import Served, start
from flow.storm import logged_in, storm
from ledger.server import Server, started

from reconciler.ledger import store
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline import book
from reconciler.pipeline import run as running
from reconciler.pipeline.session import now
from reconciler.runners.conversation_change import conversation_id
from reconciler.settings import load

STORMS = int(os.environ.get("RECONCILER_TEST_STORMS", "1"))  # `make soak` takes 200
CALLS = 30
LATER = 3 * 3600  # seconds after which one more call shows how long all others have been silent
SETTINGS = """\
version: 1
organization: {{requests_per_minute: 0}}
source: {{platform: asterisk, name: storm{seed}}}
ledger: "{ledger}"
runners: {{partitions: 4, tries: 20}}
"""


@dataclass
class Site:
    """An organisation, and the ids of what our calls speak of."""

    addresses: dict[str, str]
    bindings: dict[Ref, Binding]
    organization: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return httpx.request(method, f"{self.addresses['admin_url']}{path}", json=body, timeout=60).json()

    def told(self, wanted: list[str]) -> dict[str, Any]:
        """All that is known of these conversations but when it was accepted, and counts of what should never be."""
        shown = self.ask("GET", f"/conversations?conversation={','.join(wanted)}")
        for one in shown["conversations"].values():
            one["events"] = [{"array": row["array"], "event": row["event"]} for row in one["events"]]
        return {"conversations": shown["conversations"], **{name: shown[name] for name in ("clashes", "violations")}}


@contextmanager
def site() -> Iterator[Site]:
    """An organisation in a process of its own. Two of them are alike to the last id."""
    with start("--seed", f"large:{len(AGENTS)},{len(QUEUES)}") as process:
        assert process.stdout
        told = orjson.loads(process.stdout.readline())
        with logged_in(told) as client:
            source = client.post("/api/v2/presence/sources", json={"name": "ACME", "type": "User"}).json()["id"]
            users, queues = (
                [one["id"] for one in client.get(path, params={"pageSize": 100}).json()["entities"]]
                for path in ("/api/v2/users", "/api/v2/routing/queues")
            )
            me = client.get("/api/v2/tokens/me").json()["organization"]["id"]
        found = {Ref("presence_source", "acme"): Binding(source, "ACME")}
        found |= {Ref("user", f"a{key[6:]}"): Binding(one, one) for key, one in zip(AGENTS, users, strict=False)}
        found |= {Ref("queue", key): Binding(one, one) for key, one in zip(QUEUES, queues, strict=True)}
        yield Site(told, found, me)
        process.terminate()


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Site, Site]]:
    with site() as stormy, site() as calm:
        yield stormy, calm


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with started() as one:
        yield one


@pytest.mark.long
@pytest.mark.parametrize("seed", [seed for seed in range(STORMS) if seed % 4 != 3])
def test_killed_runs_on_sqlite_end_as_an_undisturbed_one(sites: tuple[Site, Site], tmp_path: Path, seed: int) -> None:
    weather(sites, tmp_path, seed, f"sqlite:///{tmp_path}/ledger.db")


@pytest.mark.parametrize("seed", [seed for seed in range(STORMS) if seed % 4 == 3])
def test_killed_runs_on_postgresql_end_as_an_undisturbed_one(
    sites: tuple[Site, Site], postgresql: Server, tmp_path: Path, seed: int
) -> None:
    weather(sites, tmp_path, seed, postgresql.database().replace("postgresql:", "postgresql+psycopg:"), postgresql)


def weather(sites: tuple[Site, Site], root: Path, seed: int, ledger: str, postgresql: Server | None = None) -> None:
    """The same calls are told in a storm and in a calm, and all who are left open are closed at last."""
    stormy, calm = sites
    begun = time.time() - LATER - 3600
    found = [*rows(seed, CALLS, begun, mess=MESSY), *one_more(begun + LATER)]
    wanted = natives(seed, found)
    clear = furnished(calm, root / "calm", seed, f"sqlite:///{root}/calm.db", found)
    finish(clear)
    assert book.quarantine(settings(clear)) == []

    served = furnished(stormy, root / "stormy", seed, ledger, found)
    dice = Random(seed)
    stormy.ask("POST", "/faults", trouble(dice))
    try:
        died = storm(served, dice, postgresql, runner="interactions", most=14)
    finally:
        stormy.ask("DELETE", "/faults")
    finish(served)

    assert died, "nothing happened"
    assert book.quarantine(settings(served)) == []
    assert stormy.told(wanted) == calm.told(wanted)
    conversations = calm.told(wanted)["conversations"].values()
    assert len(conversations) > CALLS
    assert all(one["over"] for one in conversations)


def one_more(at: float) -> Iterator[Row]:
    """A call that is over at once."""
    for number, said in enumerate(("ENTERQUEUE||123|1", "ABANDON|1|1|1")):
        yield Row(at + number, number, at + number, "log", f"{int(at) + number}|last|{QUEUES[0]}|NONE|{said}")


def natives(seed: int, found: list[Row]) -> list[str]:
    """Ids of all conversations that the rows can be of."""
    calls = {row.text.split("|")[1] if row.feed == "log" else row.text.split('","')[15] for row in found}
    return sorted(conversation_id(f"storm{seed}", call) for call in calls)


def furnished(site: Site, root: Path, seed: int, ledger: str, found: list[Row]) -> Served:
    """A repository with calls to tell, whose people are those of the site."""
    root.mkdir()
    served = Served(root, site.addresses)
    (root / "reconciler.yaml").write_text(SETTINGS.format(ledger=ledger, seed=seed))
    map_agents(root)
    write(root, found)
    with store.open(settings(served).ledger, organization=site.organization, source=f"storm{seed}", clock=now) as kept:
        kept.bind(site.bindings)
    return served


def settings(served: Served) -> Any:
    """Settings of a repository, as a worker of it has them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.environment.items():
            patch.setenv(name, value)
        return load(served.root)


def finish(served: Served) -> None:
    """A run that nobody disturbs, over everything there is."""
    feeds = [str(served.root / name) for name in ("queue_log", "Master.csv")]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.environment.items():
            patch.setenv(name, value)
        asyncio.run(running.run(load(served.root), running.Wishes(feeds, "interactions", once=True)))


def trouble(dice: Random) -> list[dict[str, Any]]:
    """Lost answers, 429, 503, and sometimes single events that are refused for the moment, carried out or not."""
    events = "POST /api/v2/events/*"
    more = [
        {"operation": events, "event_every": dice.randint(5, 40), "retryable": True},
        {"operation": events, "event_every": dice.randint(5, 40), "retryable": True, "event_applied": True},
        {"operation": events, "every": dice.randint(5, 12), "cut_before": True},
    ]
    return [
        {"operation": events, "every": dice.randint(4, 9), "lost": True},
        {"operation": "*", "every": dice.randint(5, 12), "status": 429, "retry_after": 1},
        {"operation": events, "every": dice.randint(5, 12), "status": 503},
        *dice.sample(more, 1),
    ]
