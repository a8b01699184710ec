"""The exit codes, and what signals do to processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow.served import Served

from reconciler.ledger import store

Desk = Callable[..., Any]
NUMBERS = iter(range(10_000))


def skills(count: int, purpose: str) -> str:
    """Skills nobody else in this organisation has."""
    mark = f"{purpose} {os.getpid()} {next(NUMBERS)}"
    return f"skills: [{', '.join(f'{{key: {mark} {number}, name: {mark} {number}}}' for number in range(count))}]\n"


def fault(office: Served, **rule: Any) -> None:
    assert httpx.post(f"{office.addresses['admin_url']}/faults", json=rule).status_code == 200


def writes(office: Served, operation: str = "POST /api/v2/routing/skills") -> int:
    found = httpx.get(f"{office.addresses['admin_url']}/requests").json()
    return int(found["by_operation"].get(operation, 0))


def names(office: Served) -> list[str]:
    return list(office.state()["skills"])


def test_0_when_everything_is_done(office: Served, connected: Desk) -> None:
    office.write(skills(2, "done"))

    assert connected("apply", "--auto-approve").code == 0
    assert connected("plan", "--detailed-exitcode").code == 0


def test_1_for_a_problem_in_a_manifest(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: a, name: A, nam: A}]\n")

    done = connected("plan")

    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "manifests/centre.yaml:2:28 skill/a: unknown field 'nam'; did you mean name?",
        "error: 1 problem, nothing was done",
    ]


def test_2_when_changes_are_waiting(office: Served, connected: Desk) -> None:
    office.write(skills(1, "waiting"))

    assert connected("plan").code == 0
    assert connected("plan", "--detailed-exitcode").code == 2


def test_2_when_files_would_change(tmp_path: Path, desk: Desk) -> None:
    desk("init", "--name", "acme")
    (tmp_path / "mapping" / "mapping.yaml").write_text(
        'version: 1\ncolumns: {users: {file: "a.csv", key: Id, name: Name, email: Mail}}\n', encoding="utf-8"
    )
    (tmp_path / "export" / "a.csv").write_text("Id,Name,Mail\na1,Ann,ann@example.com\n", encoding="utf-8")

    codes = [desk(*words).code for words in (("render", "--check"), ("render",), ("render", "--check"))]

    assert codes == [2, 0, 0]


def test_3_for_a_plan_that_was_carried_out(office: Served, connected: Desk) -> None:
    office.write(skills(1, "replay"))
    connected("plan", "-o", "plan.json")

    first, second = connected("apply", "plan.json"), connected("apply", "plan.json")

    assert (first.code, second.code) == (0, 3)
    assert second.err == "error: this plan was carried out already; make a new one: reconciler plan -o FILE\n"


def test_4_while_somebody_else_applies(office: Served, connected: Desk) -> None:
    office.write(skills(1, "locked"))
    organization = connected("plan", "--json").json["organization"]["id"]
    url = f"sqlite:///{office.root}/.reconciler/ledger.db"
    with store.open(url, organization=organization, source="other", clock=lambda: datetime.now(UTC)) as ledger:
        lease = ledger.acquire("Ann")
        refused = connected("apply", "--auto-approve")
        shown = connected("state", "show", "--json").json["lease"]
        broken = connected("state", "unlock", lease)
        after = connected("apply", "--auto-approve")

    assert (refused.code, broken.code, after.code) == (4, 0, 0)
    assert "Ann (process" in refused.err
    assert f"reconciler state unlock {lease}" in refused.err
    assert (shown["holder"], shown["id"]) == ("Ann", lease)


def test_5_when_a_guard_refuses(office: Served, connected: Desk) -> None:
    office.write(skills(2, "guarded"))
    connected("apply", "--auto-approve")
    office.write("skills: []\n")
    with (office.root / "reconciler.yaml").open("a", encoding="utf-8") as file:
        file.write("guards: {prune: [skill], min_export_percent: 0}\n")

    plan, refused = connected("plan"), connected("apply", "--auto-approve")

    assert (plan.code, refused.code) == (0, 5)
    assert "--allow-empty skill" in plan.out
    assert "--allow-empty skill" in refused.err


def test_6_when_only_some_of_it_is_done(office: Served, connected: Desk) -> None:
    office.write(skills(3, "partly"))
    fault(office, operation="POST /api/v2/routing/skills", nth=2, status=400, code="bad.request")

    partly, rest = connected("apply", "--auto-approve"), connected("apply", "--auto-approve")

    assert (partly.code, rest.code) == (6, 0)
    assert "Applied: 2 done, 1 failed" in partly.out


def test_1_when_nothing_of_it_is_done(office: Served, connected: Desk) -> None:
    office.write(skills(1, "failed"))
    fault(office, operation="POST /api/v2/routing/skills", status=400, code="bad.request")

    done = connected("apply", "--auto-approve")

    assert done.code == 1
    assert "Applied: 1 failed" in done.out


def test_7_for_a_wrong_secret(office: Served, connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write(skills(1, "unknown"))
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")

    done = connected("plan")

    assert done.code == 7
    assert "check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET" in done.err
    assert "hunter2" not in done.err


def test_7_for_a_missing_permission(office: Served, connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write(skills(1, "forbidden"))
    client = httpx.post(f"{office.addresses['admin_url']}/clients", json={"permissions": ["routing:skill:view"]}).json()
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", client["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", client["client_secret"])

    done = connected("plan")

    assert done.code == 7
    assert "give the OAuth client a role with" in done.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["aply"], "Did you mean 'apply'?"),
        (["plan", "--detailed"], "--detailed"),
        (["apply", "nowhere.json"], "nowhere.json"),
        (["apply"], "nobody here to approve the plan: give a saved plan, or --auto-approve"),
        (["apply", "--auto-approve", "--lock-timeout", "soon"], "'soon' is no time: write for example 60s or 5m"),
        (["apply", "--auto-approve", "--parallelism", "0"], "0 is not in the range 1<=x<=50"),
        (["init", "--name", "ACME"], "'ACME' cannot name a source"),
        (["schema"], "which schema?"),
        (["state", "forget", "skill/nobody"], "not in the ledger: skill/nobody"),
        (["state", "forget", "nobody"], "nobody"),
        (["state", "unlock", "f00"], "no lease f00"),
        (["emulate", "--seed", "huge"], "huge"),
    ],
)
def test_64_for_wrong_usage(repository: Any, desk: Desk, words: list[str], told: str) -> None:
    repository()

    done = desk(*words)

    assert (done.code, done.out) == (64, "")
    assert told in done.err


def test_a_process_ends_with_the_code(office: Served) -> None:
    assert office.run("aply").returncode == 64


@contextmanager
def applying(office: Served, *words: str) -> Iterator[subprocess.Popen[str]]:
    """An apply of one change at a time that has sent its first write and waits for the answer."""
    before = writes(office)
    command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve", "--parallelism", "1", *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=office.root, env=office.environment, stdin=subprocess.DEVNULL, **pipes) as process:
        wait(process, lambda: writes(office) > before)
        yield process


def wait(process: subprocess.Popen[str], happened: Callable[[], bool]) -> None:
    while not happened():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            pytest.fail(f"ended too early: {process.communicate()}")


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_apply_finishes_what_is_in_flight(office: Served, connected: Desk, number: int, code: int) -> None:
    office.write(skills(4, "interrupted"))
    fault(office, operation="POST /api/v2/routing/skills", delay_ms=700)
    before = len(names(office))
    with applying(office) as process:
        process.send_signal(number)
        out, err = process.communicate()
    httpx.delete(f"{office.addresses['admin_url']}/faults")
    made = len(names(office)) - before

    again = connected("apply", "--auto-approve")

    assert process.returncode == code
    assert "Applied: 1 done, 3 stopped" in out
    assert err.splitlines() == [
        "stopping: finishing what is in flight; once more aborts at once",
        "error: interrupted: what was in flight is finished; apply again to go on",
    ]
    assert (again.code, made, len(names(office)) - before) == (0, 1, 4)


@pytest.mark.long
def test_an_interrupted_apply_prints_one_document(office: Served) -> None:
    office.write(skills(2, "document"))
    fault(office, operation="POST /api/v2/routing/skills", delay_ms=700)
    with applying(office, "--json") as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()

    assert process.returncode == 130
    assert orjson.loads(out)["results"] == {"done": 1, "failed": 0, "blocked": 0, "stopped": 1}


@pytest.mark.long
def test_a_second_signal_aborts_at_once(office: Served, connected: Desk) -> None:
    office.write(skills(3, "aborted"))
    fault(office, operation="POST /api/v2/routing/skills", delay_ms=60_000)
    before = len(names(office))
    with applying(office) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr
        assert process.stderr.readline().startswith("stopping")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    httpx.delete(f"{office.addresses['admin_url']}/faults")

    again = connected("apply", "--auto-approve")

    assert process.returncode == 143
    assert err == "error: interrupted: what was in flight may or may not be done; apply again to go on\n"
    assert (again.code, len(names(office)) - before) == (0, 3)


@pytest.mark.long
def test_an_apply_that_still_reads_ends_at_once(office: Served) -> None:
    office.write(skills(1, "reading"))
    fault(office, operation="GET /api/v2/users", delay_ms=60_000)
    before = writes(office, "GET /api/v2/users")
    command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=office.root, env=office.environment, stdin=subprocess.DEVNULL, **pipes) as process:
        wait(process, lambda: writes(office, "GET /api/v2/users") > before)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert (process.returncode, out, err) == (130, "", "error: interrupted: nothing was changed\n")
