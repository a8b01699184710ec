"""`reconciler run recordings` as a user's shell runs it, against an organisation behind sockets; and killed for good."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow import recorded
from flow.served import Served
from flow.studio import events, md5, sound

from reconciler.runners.conversation_change import conversation_id

SETTINGS = """\
version: 1
organization: {region: eu-central-1, requests_per_minute: 0}
source: {platform: tabular, name: acme}
runners: {recordings: {from: calls, pattern: '(?P<conversation>C\\d+)\\.wav$', settle: 0s, shows_after: 0s}}
"""


class Calls:
    """The served organisation after three calls."""

    def __init__(self, served: Served) -> None:
        self.served = served
        served.write("presence_sources: [{key: acme, name: ACME Connect, primary: true}]\n")
        assert served.run("apply", "--auto-approve").returncode == 0
        (served.root / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
        (served.root / "calls").mkdir()
        for number in (1, 2, 3):
            self.told(f"C{number}")
            self.put(f"C{number}.wav", sound(number))

    def put(self, name: str, data: bytes) -> None:
        (self.served.root / "calls" / name).write_bytes(data)

    def told(self, native: str) -> None:
        addresses = self.served.addresses
        secrets = (addresses["client_id"], addresses["client_secret"])
        with httpx.Client(base_url=addresses["api_url"]) as client:
            login = client.post(f"{addresses['login_url']}/oauth/token", auth=secrets, data={"grant_type": "client_credentials"})
            client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            sources = client.get("/api/v2/presence/sources").json()["entities"]
            source = next(one["id"] for one in sources if one["type"] == "User")
            for body in events(native, source, 1_795_339_800.0):
                answer = client.post("/api/v2/events/conversations", json=body)
                assert answer.json()["errors"] == [], answer.text

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.served.run("run", "recordings", "--once", *arguments)

    def uploaded(self) -> Any:
        return httpx.get(f"{self.served.addresses['admin_url']}/recordings?digest=*").json()

    def once_each(self) -> None:
        found = self.uploaded()
        assert (found["files"], found["repeated"], found["by_status"]) == (3, 0, {"Success": 3})
        assert {digest: one["conversation"] for digest, (one,) in found["content"].items()} == {
            md5(sound(number)): conversation_id("acme", f"C{number}") for number in (1, 2, 3)
        }


@pytest.fixture
def calls(served: Served) -> Calls:
    return Calls(served)


def test_the_figures_have_the_names_other_programs_expect(calls: Calls) -> None:
    calls.put("notes.wav", b"<html>")

    planned, done, again = calls.run("--plan", "--json"), calls.run("--json"), calls.run("--json")

    assert list(orjson.loads(done.stdout)) == [
        *("found", "analytics", "archive", "refused", "waiting", "uploaded", "attached", "orphans", "bytes"),
    ]
    assert orjson.loads(done.stdout) == {
        "found": 4,
        "analytics": 3,
        "archive": 0,
        "refused": 1,
        "waiting": 0,
        "uploaded": 3,
        "attached": 3,
        "orphans": 0,
        "bytes": 3 * len(sound(1)),
    }
    plan = orjson.loads(planned.stdout)
    assert [one["name"] for one in plan["changes"]] == ["C1", "C2", "C3"]
    assert (plan["found"], plan["uploaded"]) == (4, 0)
    assert orjson.loads(again.stdout)["uploaded"] == 0
    assert [one.returncode for one in (planned, done, again)] == [0, 0, 0]
    calls.once_each()


@pytest.mark.long
def test_people_read_verdicts_reasons_and_what_was_done(calls: Calls) -> None:
    calls.put("C4.wav", sound(4)[: len(sound(4)) // 2])

    planned, done = calls.run("--plan"), calls.run()

    assert "  + C1.wav  C1 #1  analytics, 0:04, 128.1 kB\n" in planned.stdout
    assert "refused            1\n           1  cut: copy it again when the recorder is done\n" in planned.stdout
    assert "3 of 4 to upload (384.2 kB); 0 sent before." in planned.stdout
    assert "3 uploaded (384.2 kB), 3 attached, 0 waiting, 0 orphans, 0 failed." in done.stdout


@pytest.mark.long
def test_the_report_draws_the_doubtful_ones_and_runs_nothing(calls: Calls) -> None:
    calls.put("<img src=x>C4.wav", b"<html><script>alert(1)</script>")
    calls.put("C1_mono.wav", sound(1)[: len(sound(1)) // 2])

    done = calls.run("--plan", "--format", "html", "-o", "report.html")

    assert done.returncode == 0, done.stderr
    page = (Path(calls.served.root) / "report.html").read_text(encoding="utf-8")
    assert "&lt;img src=x&gt;C4.wav" in page
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("<polygon") == 2


def test_no_secret_is_printed_or_kept(calls: Calls) -> None:
    done = calls.run("--log", "json")

    kept = b"".join(one.read_bytes() for one in (calls.served.root / ".reconciler").rglob("ledger.db*"))
    for secret in (calls.served.addresses["client_secret"], "X-Amz-Signature"):
        assert secret not in done.stdout + done.stderr
        assert secret.encode() not in kept


@pytest.mark.long
@pytest.mark.parametrize("at", [9, 11, 14])
@pytest.mark.parametrize("after", ["before", "after"])
def test_a_process_killed_for_good_is_followed_by_one_that_ends_the_work(calls: Calls, at: int, after: str) -> None:
    command = [sys.executable, recorded.__file__, str(at), after]
    child = subprocess.run(command, cwd=calls.served.root, env=calls.served.environment, capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr

    done = calls.run("--json")

    assert done.returncode == 0, done.stderr
    calls.once_each()


def test_options_of_recordings_are_refused_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")

    done = Served(tmp_path, dict.fromkeys(("api_url", "login_url", "client_id", "client_secret"), "http://127.0.0.1:1")).run(
        "run", "status", "--again"
    )

    assert (done.returncode, "are for recordings" in " ".join(done.stderr.split())) == (64, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--feed", "x"], "recordings come from a store"),
        (["--format", "html"], "give -o FILE"),
        (["--unmapped"], "are for the other runners"),
    ],
)
def test_options_of_other_runners_are_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")

    done = Served(tmp_path, dict.fromkeys(("api_url", "login_url", "client_id", "client_secret"), "http://127.0.0.1:1")).run(
        "run", "recordings", "--once", *arguments
    )

    assert (done.returncode, words in done.stderr) == (64, True)
