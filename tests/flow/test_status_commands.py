"""`reconciler run status` and `state quarantine` as they are typed: exit codes, stdout, stderr, signals, pages."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from flow.served import Served, Shell, start
from flow.shift import SETTINGS, STAFF, rows

from reconciler.plan.show import columns

FIGURES = {
    "read": 3,
    "events": 4,
    "sent": 4,
    "repeated": 0,
    "corrected": 0,
    "quarantined": 0,
    "unmapped": 1,
    "unknown_agents": 0,
}
LOG = ("1 a1 ADDMEMBER", "2 a1 PAUSE yoga", "3 NONE ABANDON")


@contextmanager
def organised() -> Iterator[dict[str, str]]:
    """An organisation behind sockets."""
    with start() as process:
        assert process.stdout
        yield orjson.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture(scope="module")
def organisation() -> Iterator[dict[str, str]]:
    """One for all tests that look at what is printed only."""
    with organised() as found:
        yield found


@pytest.fixture
def floor(tmp_path: Path, organisation: dict[str, str]) -> Served:
    """A repository, a ledger and a log of its own in that organisation."""
    return furnished(Served(tmp_path, organisation))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """The same in an organisation of its own, with the agents in it."""
    with organised() as found:
        floor = furnished(Served(tmp_path, found))
        assert floor.run("apply", "--auto-approve").returncode == 0
        yield floor


def furnished(floor: Served) -> Served:
    floor.write(STAFF)
    text = re.sub(r"organization: {[^}]*}", "organization: {requests_per_minute: 0}", SETTINGS)
    (floor.root / "reconciler.yaml").write_text(text, encoding="utf-8")
    (floor.root / "queue_log").write_text("".join(rows(*LOG)), encoding="utf-8")
    return floor


@pytest.fixture
def shell(floor: Served, make_shell: Callable[[Served], Shell]) -> Shell:
    run = make_shell(floor)
    assert run("apply", "--auto-approve")[0] == 0
    return run


def test_the_last_line_of_json_has_exactly_the_figures(shell: Shell) -> None:
    code, out, _ = shell("run", "status", "--feed", "queue_log", "--once", "--json")

    told = orjson.loads(out.splitlines()[-1])
    assert code == 0
    assert told.keys() == FIGURES.keys() | {"lag_p99_seconds"}
    assert told.items() >= FIGURES.items()


def test_an_unknown_agent_is_exit_code_six_with_its_name(floor: Served, shell: Shell) -> None:
    with (floor.root / "queue_log").open("a") as file:
        file.writelines(rows("4 SIP/99 ADDMEMBER"))

    code, out, err = shell("run", "status", "--feed", "queue_log", "--once")

    assert code == 6
    assert out == "4 records read, 4 events due, 4 sent, 0 repeated, 0 corrected, 0 set aside.\n"
    assert "unknown to Genesys Cloud: SIP/99 (1 x); apply their manifests, or translate them: agents in mapping.yaml" in err
    assert "in no table: reason yoga (1 x); see `reconciler run status --unmapped`" in err


def test_a_plan_is_shown_and_sends_nothing(shell: Shell) -> None:
    code, out, _ = shell("run", "status", "--feed", "queue_log", "--once", "--plan")
    as_json = shell("run", "status", "--feed", "queue_log", "--once", "--plan", "--json")

    assert (code, as_json[0]) == (0, 0)
    assert "  a1  山田 太郎\n" in out
    assert max(columns(line) for line in out.splitlines()) <= 80
    assert out.endswith("4 events of 1 agent, about 2 requests.\n")
    plan = orjson.loads(as_json[1])
    assert plan["format"] == "reconciler/plan"
    assert [one["kind"] for one in plan["changes"]].count("presence_event") == 2
    assert orjson.loads(shell("run", "status", "--feed", "queue_log", "--once", "--json")[1])["sent"] == 4


def test_reasons_without_a_place_are_listed(shell: Shell) -> None:
    code, out, err = shell("run", "status", "--feed", "queue_log", "--unmapped")
    as_json = shell("run", "status", "--feed", "queue_log", "--unmapped", "--json")

    assert (code, out) == (0, "reason yoga  1\n")
    assert err.splitlines()[-1].startswith("Put reasons into secondary_statuses or status.reasons of mapping.yaml")
    assert orjson.loads(as_json[1]) == {"reason yoga": 1}


def test_what_was_set_aside_is_listed(floor: Served, shell: Shell) -> None:
    with (floor.root / "queue_log").open("a") as file:
        file.write("garbage\n")

    ran = shell("run", "status", "--feed", "queue_log", "--once")
    listed, as_json = shell("state", "quarantine", "list"), shell("state", "quarantine", "list", "--json")
    (poison,) = orjson.loads(as_json[1])
    number = str(poison["number"])
    replayed = shell("state", "quarantine", "replay")
    again = shell("run", "status", "--feed", "queue_log", "--once", "--json")
    (poison,) = orjson.loads(shell("state", "quarantine", "list", "--json")[1])
    dropped = shell("state", "quarantine", "drop", str(poison["number"]))

    assert ran[0] == 6
    assert "set aside: no line of a queue log" in ran[2]
    assert listed[1].startswith(f"{number}  ")
    assert "queue_log:4)" in listed[1]
    assert replayed == (0, "", "1 put back; the next `reconciler run` tries them again.\n")
    assert (again[0], orjson.loads(again[1])["quarantined"]) == (6, 1)
    assert dropped == (0, "", "1 dropped.\n")
    assert shell("state", "quarantine", "list")[2] == "Nothing is in quarantine.\n"
    assert shell("state", "quarantine", "drop", "4711")[0] == 64


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run"], 64, "run one of them: reconciler run status"),
        (["run", "status", "--once"], 64, "no feed"),
        (["run", "status", "--once", "--feed", "nothing"], 1, "does not exist"),
        (["run", "statuses"], 64, "statuses"),
        (["run", "status", "--metrics", "70000"], 64, "70000"),
    ],
)
def test_what_cannot_be_run_says_why(shell: Shell, words: list[str], code: int, said: str) -> None:
    found = shell(*words)

    assert found[0] == code
    assert said in found[2]


def test_a_platform_without_a_feed_is_exit_code_64(floor: Served, shell: Shell) -> None:
    path = floor.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("asterisk", "avaya"))

    code, _, err = shell("run", "status", "--feed", "queue_log", "--once")

    assert code == 64
    assert "there are amazon-connect, asterisk" in err


def test_without_a_presence_source_of_ours_it_is_exit_code_one(floor: Served, shell: Shell) -> None:
    path = floor.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("name: acme", "name: other"))

    code, _, err = shell("run", "status", "--feed", "queue_log", "--once")

    assert code == 1
    assert "reconciler apply" in err


# ── as a process ─────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def running(floor: Served, *words: str, **pipes: int) -> Iterator[subprocess.Popen[str]]:
    """`reconciler run status` as a process, ended at the end whatever happens."""
    command = [sys.executable, "-m", "reconciler", "run", "status", *words]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | pipes
    with subprocess.Popen(command, cwd=floor.root, env=floor.environment, text=True, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def until(floor: Served, count: int) -> None:
    """Waits until Genesys Cloud has accepted so many events."""
    deadline = time.monotonic() + 60
    while (found := accepted(floor)) < count:
        assert time.monotonic() < deadline, f"only {found} events"
        time.sleep(0.05)


def accepted(floor: Served) -> int:
    shown = httpx.get(f"{floor.addresses['admin_url']}/events").json()
    return int(shown["presence"]["accepted"] + shown["routing_status"]["accepted"])


@pytest.mark.long
def test_a_run_that_follows_serves_numbers_until_it_is_told_to_end(alone: Served) -> None:
    with running(alone, "--feed", "queue_log", "--metrics", "0") as process:
        assert process.stderr
        address = re.search(r"http://127.0.0.1:\d+", process.stderr.readline())
        assert address
        until(alone, 4)
        with (alone.root / "queue_log").open("a") as file:
            file.writelines(rows("5 a1 UNPAUSE"))
        until(alone, 6)
        numbers = httpx.get(f"{address[0]}/metrics").text
        health, ready = httpx.get(f"{address[0]}/healthz"), httpx.get(f"{address[0]}/readyz")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    again = alone.run("run", "status", "--feed", "queue_log", "--once", "--json")

    assert process.returncode == 0, err
    assert out.endswith("4 records read, 6 events due, 6 sent, 0 repeated, 0 corrected, 0 set aside.\n")
    assert (health.status_code, ready.status_code) == (200, 200)
    assert 'reconciler_run_partitions{runner="status"} 16.0' in numbers
    assert 'reconciler_run_unmapped_total{runner="status"} 1.0' in numbers
    assert (again.returncode, orjson.loads(again.stdout)["sent"]) == (0, 0)


@pytest.mark.long
def test_standard_input_is_a_feed(alone: Served) -> None:
    command = [sys.executable, "-m", "reconciler", "run", "status", "--feed", "-", "--once", "--json"]
    text = "".join(rows(*LOG))

    first, second = (
        subprocess.run(command, cwd=alone.root, env=alone.environment, input=text, capture_output=True, text=True, check=False)
        for _ in "12"
    )

    assert (first.returncode, second.returncode) == (0, 0), (first.stderr, second.stderr)
    assert orjson.loads(first.stdout)["sent"] == 4
    told = orjson.loads(second.stdout)
    assert (told["read"], told["events"], told["sent"], told["repeated"]) == (3, 0, 0, 2)


@pytest.mark.long
def test_a_run_that_was_interrupted_is_taken_up_by_the_next(alone: Served) -> None:
    """SIGTERM while Genesys Cloud does not answer: what was taken over is told by the next run."""
    rule = {"operation": "POST /api/v2/events*", "status": 503}
    httpx.post(f"{alone.addresses['admin_url']}/faults", json=rule)
    with running(alone, "--feed", "queue_log") as process:
        deadline = time.monotonic() + 60
        while not httpx.get(f"{alone.addresses['admin_url']}/faults").json()[0]["fired"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    httpx.delete(f"{alone.addresses['admin_url']}/faults")
    again = alone.run("run", "status", "--feed", "queue_log", "--once", "--json")

    assert process.returncode == 0, err
    assert again.returncode == 0
    told = orjson.loads(again.stdout)
    assert (told["read"], told["sent"], accepted(alone)) == (0, 4, 4)
