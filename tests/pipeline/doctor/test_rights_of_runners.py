"""What runners are said to need is enough, and nothing of what they send with can be left out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from flow.centre import NOON, Centre
from flow.studio import Studio, sound

from reconciler.emulator.app import Config, build
from reconciler.errors import ReconcilerError
from reconciler.pipeline import run as running
from reconciler.pipeline.doctor.permission import PLAN, RUN

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q1, name: Billing, members: {mode: exclusive, items: [a1]}}]
"""
LOG = """\
1795000000|NONE|q1|a1|ADDMEMBER|
1795000005|c1|q1|NONE|ENTERQUEUE||123|1
1795000009|c1|q1|a1|CONNECT|4|c2|3
1795000060|c1|q1|a1|COMPLETECALLER|4|51|1
"""


@pytest.fixture
def floor(centre: Centre) -> Centre:
    """A centre on Asterisk with a queue log."""
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("tabular", "asterisk"))
    centre.write(WANTED)
    assert centre.apply().exit_code == 0
    (centre.root / "queue_log").write_text(LOG)
    return centre


def tell(centre: Centre, runner: str) -> Any:
    wishes = running.Wishes((str(centre.root / "queue_log"),), runner, once=True)
    return asyncio.run(running.run(centre.settings, wishes, centre.doors))


@pytest.mark.parametrize("runner", ["status", "interactions"])
def test_it_is_enough(floor: Centre, as_client: Any, runner: str) -> None:
    as_client(floor, {*PLAN, *RUN[runner]})

    assert tell(floor, runner).exit_code == 0


@pytest.mark.parametrize(
    ("runner", "name"), [(runner, name) for runner in ("status", "interactions") for name in RUN[runner] if "inject" in name]
)
def test_nothing_that_sends_can_be_left_out(floor: Centre, as_client: Any, runner: str, name: str) -> None:
    as_client(floor, {*PLAN, *RUN[runner]}, without=[name])

    with pytest.raises(ReconcilerError, match=name):
        tell(floor, runner)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A centre with one recorded call."""
    clock = [NOON]
    emulator = build(Config(rate_limit=0), clock=lambda: clock[0])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
    for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
        monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
    one = Studio(tmp_path, emulator, clock=clock)
    one.open()
    one.tell("C1")
    one.put("C1.wav", sound(1))
    return one


def test_it_is_enough_for_recordings(studio: Studio, as_client: Any) -> None:
    as_client(studio, {*PLAN, *RUN["recordings"]})

    assert studio.run().exit_code == 0
