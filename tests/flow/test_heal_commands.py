"""`reconciler run interactions --reconcile` as it is typed: exit codes, stdout, stderr, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from flow.served import Served, Shell, start

from reconciler.plan.show import columns

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q1, name: 請求 (東京), members: {mode: exclusive, items: [a1]}}]
"""
SETTINGS = """\
version: 1
organization: {requests_per_minute: 0}
source: {platform: asterisk, name: acme, time_zone: Asia/Tokyo}
runners: {interactions: {feeds: [queue_log]}}
"""
LOG = """\
1763722805|c1|q1|NONE|ENTERQUEUE||123|1
1763722809|c1|q1|a1|CONNECT|4|x1|3
1763722860|c1|q1|a1|COMPLETECALLER|4|51|1
1763722905|c2|q1|NONE|ENTERQUEUE||456|1
1763722935|c2|q1|NONE|ABANDON|1|1|30
"""
DAY = "2025-11-21"
RECONCILE = ("run", "interactions", "--reconcile", DAY)


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Served]:
    """A repository with a log of a day long gone, and an organisation that was told nothing of it."""
    with start() as process:
        assert process.stdout
        floor = Served(tmp_path, orjson.loads(process.stdout.readline()))
        floor.write(WANTED)
        (tmp_path / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
        (tmp_path / "queue_log").write_text(LOG, encoding="utf-8")
        yield floor
        process.terminate()


@pytest.fixture
def shell(floor: Served, make_shell: Callable[[Served], Shell]) -> Shell:
    run = make_shell(floor)
    assert run("apply", "--auto-approve")[0] == 0
    return run


def test_a_day_is_planned_healed_and_then_whole(floor: Served, shell: Shell) -> None:
    planned = shell(*RECONCILE, "--plan")
    healed = shell(*RECONCILE)
    again = shell(*RECONCILE, "--json")
    page = shell(*RECONCILE, "--format", "html", "-o", "day.html")

    assert [one[0] for one in (planned, healed, again, page)] == [0, 0, 0, 0]
    assert max(columns(line) for line in planned[1].splitlines()) <= 80
    assert "missing      2 not in Genesys Cloud: c1, c2\n" in planned[1]
    assert planned[1].endswith("\n11 events of 2 conversations, about 1 request.\n")
    assert healed[1].endswith("\nTold 11 of 11 events of 2 conversations.\n")
    found = orjson.loads(again[1])
    assert (found["sent"], found["conversations"]["same"], found["totals"]) == (0, 2, {"native": 2, "live": 2})
    assert page[1] == ""
    assert page[2].startswith("Nothing to tell")
    assert "請求 (東京)" in (floor.root / "day.html").read_text(encoding="utf-8")


def test_a_read_back_that_is_not_whole_is_exit_code_five(floor: Served, shell: Shell) -> None:
    rule = {"operation": "POST /api/v2/analytics/conversations/details/query", "wrong_total": 3}
    httpx.post(f"{floor.addresses['admin_url']}/faults", json=rule).raise_for_status()

    code, out, _ = shell(*RECONCILE)

    assert code == 5
    assert "Refused: 0 of 3 conversations" in out
    assert "missing" not in out.replace("nothing is called missing", "")


def test_an_event_the_service_refuses_is_exit_code_six(floor: Served, shell: Shell) -> None:
    rule = {
        "operation": "POST /api/v2/events/conversations",
        "event_array": "communicationAnsweredEvents",
        "event_every": 1,
        "retryable": False,
    }
    httpx.post(f"{floor.addresses['admin_url']}/faults", json=rule).raise_for_status()

    code, out, err = shell(*RECONCILE)

    assert code == 6
    assert "1 refused." in out
    assert "not taken: c1: " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "status", "--reconcile", DAY], "--reconcile is for interactions"),
        (["run", "interactions", "--reconcile", "yesterday"], "'yesterday' is no period"),
        (["run", "interactions", "--reconcile", DAY, "--unmapped"], "leave out --listen and --unmapped"),
        (["run", "interactions", "--once", "-o", "file"], "--format and -o are for the report of --reconcile"),
    ],
)
def test_what_cannot_be_reconciled_says_why(shell: Shell, words: list[str], said: str) -> None:
    code, _, err = shell(*words)

    assert code == 64
    assert said in err
