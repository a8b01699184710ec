"""The ongoing sync: nothing to ask, nothing told twice, nothing that ends it but what a person must mend."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx
import pytest
from flow.centre import SMALL, Centre
from flow.served import Served, start

from reconciler.errors import InputError, NotAuthorised, Refused, UsageError
from reconciler.ledger import store
from reconciler.pipeline.apply import Wishes
from reconciler.pipeline.cycle import Cycle
from reconciler.pipeline.reconcile import POLL_SECONDS, RETRY_SECONDS, Pace, Watchers, reconcile
from reconciler.pipeline.session import Doors, Session

ONCE = Pace()
EVERY = Pace(every=300)
WATCH = Pace(watch=True)
MAPPING = "version: 1\ncolumns: {users: {file: agents.csv, key: Id, name: Name, email: Mail}}\n"
PRUNING = "guards: {leavers: {user: delete}, prune: [user], min_export_percent: 0}\n"
TELLING = 'notify: {{command: ["{python}", "{script}"]}}\n'
APPEND = "import sys; open('told.txt', 'a').write(sys.stdin.read())"


@dataclass
class Service:
    """A running reconcile: what it said of each cycle, and what happens before the next one."""

    centre: Centre
    cycles: list[Cycle] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    happens: dict[int, Callable[[], Any]] = field(default_factory=dict)
    """What happens during the n-th sleep between cycles, beginning with 1."""
    until: int = 1
    is_idle: bool = False

    def run(self, pace: Pace, more: int = 1, **watchers: Any) -> list[str]:
        """The results of all cycles, after so many more."""
        self.until = len(self.cycles) + more
        heard = replace(Watchers(**watchers), ended=self.ended)
        wishes = Wishes(stopping=lambda: len(self.cycles) >= self.until)
        asyncio.run(reconcile(self.centre.settings, pace, wishes, heard, self.doors))
        return self.results

    @property
    def results(self) -> list[str]:
        return [one.result for one in self.cycles]

    @property
    def doors(self) -> Doors:
        return replace(self.centre.doors, sleep=self.sleep, opened=self.opened)

    def opened(self, _session: Session) -> None:
        self.is_idle = False

    def ended(self, cycle: Cycle, troubles: list[str]) -> None:
        self.is_idle = True
        self.cycles.append(cycle)
        self.troubles += troubles

    async def sleep(self, seconds: float) -> None:
        if self.is_idle:
            self.slept.append(seconds)
            await asyncio.to_thread(self.happens.get(len(self.slept), lambda: None))
        await self.centre.sleep(seconds)


@pytest.fixture
def service(centre: Centre) -> Service:
    (centre.root / "mapping").mkdir()
    (centre.root / "mapping" / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    export(centre, "Taro", "Hanako")
    return Service(centre)


def export(centre: Centre, *names: str) -> None:
    """What the platform hands out; written a second after what was there."""
    path = centre.root / "export" / "agents.csv"
    path.parent.mkdir(exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    rows = "".join(f"{name.lower()},{name},{name.lower()}@example.com\n" for name in names)
    path.write_text(f"Id,Name,Mail\n{rows}", encoding="utf-8")
    if before:
        os.utime(path, ns=(before + 10**9, before + 10**9))


def people(centre: Centre) -> set[str]:
    return {one["email"] for one in centre.behind("GET", "/api/v2/users", pageSize=100)["entities"]} & {
        f"{name}@example.com" for name in ("taro", "hanako", "jiro")
    }


def refusing(service: Service) -> None:
    """A centre in which the next cycle would remove half of all people."""
    (service.centre.root / "append.py").write_text(APPEND, encoding="utf-8")
    service.centre.configure(PRUNING + TELLING.format(python=sys.executable, script="append.py"))
    service.run(ONCE)
    service.cycles.clear()
    export(service.centre, "Hanako")


def told(service: Service) -> str:
    path = service.centre.root / "told.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


# ── one cycle ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_cycle_goes_from_an_export_to_people(service: Service) -> None:
    assert service.run(ONCE) == ["done"]
    assert people(service.centre) == {"taro@example.com", "hanako@example.com"}


def test_the_next_run_renders_nothing_when_the_export_is_as_it_was(service: Service) -> None:
    service.run(ONCE)
    service.run(ONCE)

    assert [one.rendered is None for one in service.cycles] == [False, True]


@pytest.mark.long
def test_a_touched_file_with_the_same_contents_renders_nothing(service: Service) -> None:
    service.run(ONCE)
    export(service.centre, "Taro", "Hanako")
    service.run(ONCE)

    assert service.cycles[-1].rendered is None


LATER = ("mapping/mapping.yaml", "manifests/users/home.yaml")


@pytest.mark.parametrize("file", ["export/agents.csv", *(pytest.param(one, marks=pytest.mark.long) for one in LATER)])
def test_a_change_of_anything_that_rendering_reads_or_writes_renders_again(service: Service, file: str) -> None:
    service.run(ONCE)
    with (service.centre.root / file).open("a", encoding="utf-8") as opened:
        opened.write("\n")
    service.run(ONCE)

    assert service.cycles[-1].rendered is not None


def test_what_was_changed_in_genesys_is_set_right_without_rendering(service: Service) -> None:
    service.run(ONCE)
    found = service.centre.behind("GET", "/api/v2/users", pageSize=100)["entities"]
    taro = next(one for one in found if one["email"] == "taro@example.com")
    service.centre.behind("PATCH", f"/api/v2/users/{taro['id']}", {"name": "Mallory", "version": taro["version"]})

    service.run(ONCE)

    assert service.cycles[-1].rendered is None
    assert service.centre.behind("GET", f"/api/v2/users/{taro['id']}")["name"] == "Taro"


def test_manifests_written_by_hand_need_no_export(centre: Centre) -> None:
    centre.write(SMALL)
    service = Service(centre)

    assert service.run(ONCE) == ["done"]
    assert service.cycles[0].rendered is None


def test_an_export_that_vanishes_is_a_failure(service: Service) -> None:
    service.run(ONCE)
    (service.centre.root / "export" / "agents.csv").rename(service.centre.root / "agents.csv")
    (service.centre.root / "export").rmdir()

    with pytest.raises(InputError, match="no such folder"):
        service.run(ONCE)


def test_a_single_cycle_that_is_refused_says_so(service: Service) -> None:
    refusing(service)

    with pytest.raises(Refused, match="--allow-removals 1"):
        service.run(ONCE)

    assert service.results == ["refused"]
    assert people(service.centre) == {"taro@example.com", "hanako@example.com"}


# ── again and again ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_cycles_begin_at_even_distances(service: Service) -> None:
    begun = []
    service.happens = {number: lambda: begun.append(service.cycles[-1].began) for number in (1, 2, 3)}

    service.run(EVERY, more=4)

    assert {(later - earlier).total_seconds() for earlier, later in itertools.pairwise(begun)} == {300}


def test_a_network_that_fails_is_counted_and_tried_again(service: Service) -> None:
    service.happens = {1: lambda: trouble(service.centre, 503)}
    service.run(EVERY, more=2)
    service.centre.admin("DELETE", "/faults")
    service.run(EVERY)

    assert service.results == ["done", "failed", "done"]


def test_a_refusal_does_not_end_the_service(service: Service) -> None:
    refusing(service)
    slept = len(service.slept)
    service.happens = {slept + 2: lambda: export(service.centre, "Taro", "Hanako")}

    assert service.run(EVERY, more=3) == ["refused", "refused", "done"]


@pytest.mark.long
def test_a_broken_export_does_not_end_the_service(service: Service) -> None:
    def broken() -> None:
        (service.centre.root / "export" / "agents.csv").write_text("Id,Name\n1,Taro\n", encoding="utf-8")

    service.happens = {1: broken, 2: lambda: export(service.centre, "Taro", "Jiro")}

    assert service.run(EVERY, more=3) == ["done", "failed", "done"]


def test_refused_credentials_end_the_service(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.happens = {1: lambda: monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "wrong")}

    with pytest.raises(NotAuthorised):
        service.run(EVERY, more=9)

    assert service.results == ["done", "failed"]


def test_somebody_elses_apply_is_waited_for(service: Service) -> None:
    service.run(ONCE)
    organization = service.centre.behind("GET", "/api/v2/organizations/me")["id"]
    now = service.doors.now
    with store.open(service.centre.settings.ledger, organization=organization, source="other", clock=now) as other:
        other.acquire("somebody@elsewhere")
        service.cycles.clear()
        service.happens = {len(service.slept) + 1: other.release}

        assert service.run(EVERY, more=2) == ["locked", "done"]


def test_the_second_cycle_sends_only_what_reading_takes(service: Service) -> None:
    service.run(EVERY, more=3)

    assert service.cycles[1].requests == service.cycles[2].requests < service.cycles[0].requests


# ── watching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_export_begins_a_cycle(service: Service) -> None:
    service.happens = {4: lambda: export(service.centre, "Taro", "Hanako", "Jiro")}

    service.run(WATCH, more=2)

    assert people(service.centre) == {"taro@example.com", "hanako@example.com", "jiro@example.com"}
    assert service.slept == [POLL_SECONDS] * 5


def test_an_export_that_is_still_being_written_is_waited_for(service: Service) -> None:
    service.happens = {
        2: lambda: export(service.centre, "Taro"),
        3: lambda: export(service.centre, "Taro", "Hanako"),
        4: lambda: export(service.centre, "Taro", "Hanako", "Jiro"),
    }

    service.run(WATCH, more=2)

    assert len(service.slept) == 5


@pytest.mark.long
def test_an_export_that_changes_back_begins_no_cycle(service: Service) -> None:
    path = service.centre.root / "export" / "agents.csv"
    was = path.stat().st_mtime_ns
    service.happens = {
        1: lambda: os.utime(path, ns=(1, 1)),
        2: lambda: os.utime(path, ns=(was, was)),
        9: lambda: export(service.centre, "Taro", "Jiro", "Hanako"),
    }

    service.run(WATCH, more=2)

    assert len(service.slept) == 10


def test_a_failed_cycle_is_tried_again_without_a_change(service: Service) -> None:
    trouble(service.centre, 503)
    service.happens = {}
    before = service.centre.clock[0]

    service.run(WATCH, more=2)

    assert service.results == ["failed", "failed"]
    assert service.cycles[1].began.timestamp() - before >= RETRY_SECONDS


def test_watching_and_time_go_together(service: Service) -> None:
    service.run(Pace(every=10, watch=True), more=2)

    assert service.slept == [3, 3, 3, 1]


def test_nothing_to_watch_is_told_at_once(centre: Centre) -> None:
    centre.write(SMALL)

    with pytest.raises(UsageError, match="nothing to watch"):
        Service(centre).run(WATCH)


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_told_once(service: Service) -> None:
    refusing(service)

    service.run(EVERY, more=3)

    assert told(service).count("reconciler: source acme: refused") == 1
    assert "--allow-removals 1" in told(service)


@pytest.mark.long
def test_a_refusal_is_told_once_by_single_cycles_too(service: Service) -> None:
    refusing(service)
    for _ in range(2):
        with pytest.raises(Refused):
            service.run(ONCE)

    assert told(service).count("refused") == 1


@pytest.mark.long
def test_a_refusal_that_comes_back_is_told_again(service: Service) -> None:
    refusing(service)
    slept = len(service.slept)
    service.happens = {
        slept + 1: lambda: export(service.centre, "Taro", "Hanako"),
        slept + 2: lambda: export(service.centre, "Hanako"),
    }

    service.run(EVERY, more=3)

    assert told(service).count("refused") == 2


@pytest.mark.long
def test_another_refusal_is_told_as_well(service: Service) -> None:
    refusing(service)
    slept = len(service.slept)
    service.happens = {slept + 1: lambda: export(service.centre, "Jiro"), slept + 2: lambda: export(service.centre, "Hanako")}

    service.run(EVERY, more=3)

    assert service.results == ["refused"] * 3
    assert told(service).count("refused") == 2


@pytest.mark.long
def test_a_network_that_fails_tells_nobody(service: Service) -> None:
    refusing(service)
    trouble(service.centre, 503)

    service.run(EVERY, more=2)

    assert service.results == ["failed", "failed"]
    assert told(service) == ""


def test_a_change_that_fails_is_told_once(service: Service) -> None:
    (service.centre.root / "append.py").write_text(APPEND, encoding="utf-8")
    service.centre.configure(TELLING.format(python=sys.executable, script="append.py"))
    service.centre.admin("POST", "/faults", {"operation": "POST /api/v2/scim/v2/users", "status": 400})

    service.run(EVERY, more=3)

    assert service.results == ["partly"] * 3
    assert told(service).count("reconciler: source acme: partly") == 1


def mended(service: Service) -> dict[int, Callable[[], Any]]:
    """After a refused cycle the export is whole again."""
    return {len(service.slept) + 1: lambda: export(service.centre, "Taro", "Hanako")}


def titles(service: Service) -> list[str]:
    return [line.removeprefix("reconciler: source acme: ") for line in told(service).splitlines() if "source acme" in line]


@pytest.mark.long
def test_that_a_refusal_is_over_is_told_once(service: Service) -> None:
    refusing(service)
    service.happens = mended(service)

    service.run(EVERY, more=4)

    assert service.results == ["refused", "done", "done", "done"]
    assert titles(service) == ["refused", "recovered"]
    assert "everything is as the manifests say" in told(service)


@pytest.mark.long
def test_that_it_is_over_is_told_by_single_cycles_too(service: Service) -> None:
    refusing(service)
    with pytest.raises(Refused):
        service.run(ONCE)
    export(service.centre, "Taro", "Hanako")
    service.run(ONCE)
    service.run(ONCE)

    assert titles(service) == ["refused", "recovered"]


@pytest.mark.long
def test_that_failed_changes_went_well_is_told(service: Service) -> None:
    (service.centre.root / "append.py").write_text(APPEND, encoding="utf-8")
    service.centre.configure(TELLING.format(python=sys.executable, script="append.py"))
    service.centre.admin("POST", "/faults", {"operation": "POST /api/v2/scim/v2/users", "status": 400})
    service.happens = {1: lambda: service.centre.admin("DELETE", "/faults")}

    service.run(EVERY, more=3)

    assert titles(service) == ["partly", "recovered"]


def test_nobody_hears_the_end_of_what_nobody_was_told(service: Service) -> None:
    """A network that fails tells nobody."""
    refusing(service)
    export(service.centre, "Taro", "Hanako")
    trouble(service.centre, 503)
    service.happens = {len(service.slept) + 1: lambda: service.centre.admin("DELETE", "/faults")}

    service.run(EVERY, more=2)

    assert service.results == ["failed", "done"]
    assert told(service) == ""


@pytest.mark.long
def test_an_end_that_could_not_be_told_is_told_after_the_next_success(service: Service) -> None:
    refusing(service)
    script = service.centre.root / "append.py"
    first = len(service.slept) + 1

    def mend() -> None:
        export(service.centre, "Taro", "Hanako")
        script.write_text("import sys; sys.exit(3)", encoding="utf-8")

    service.happens = {first: mend, first + 1: lambda: script.write_text(APPEND, encoding="utf-8")}

    service.run(EVERY, more=4)

    assert service.results == ["refused", "done", "done", "done"]
    assert titles(service) == ["refused", "recovered"]
    assert len(service.troubles) == 1


@pytest.mark.long
def test_a_refusal_that_comes_back_before_its_end_was_told_is_told_again(service: Service) -> None:
    refusing(service)
    script = service.centre.root / "append.py"
    first = len(service.slept) + 1

    def mend() -> None:
        export(service.centre, "Taro", "Hanako")
        script.write_text("import sys; sys.exit(3)", encoding="utf-8")

    def again() -> None:
        export(service.centre, "Hanako")
        script.write_text(APPEND, encoding="utf-8")

    service.happens = {first: mend, first + 1: again}

    service.run(EVERY, more=3)

    assert titles(service) == ["refused", "refused"]


@pytest.mark.long
def test_every_end_is_a_message_of_its_own(service: Service) -> None:
    """Whoever keeps messages by id must not take the second end for the first."""
    heard: list[Any] = []
    listening(service.centre, heard, 204)
    refusing(service)
    service.centre.configure(PRUNING + 'notify: {webhook: "https://hook.test/secret-path"}\n')
    first = len(service.slept) + 1
    names = [("Taro", "Hanako"), ("Jiro", "Hanako"), ("Taro", "Hanako")]
    service.happens = {first + place: partial(export, service.centre, *one) for place, one in enumerate(names)}

    service.run(EVERY, more=4)

    assert [one["result"] for one in heard] == ["refused", "recovered", "refused", "recovered"]
    assert heard[1]["id"] != heard[3]["id"]


@pytest.mark.long
def test_a_command_that_fails_is_tried_again(service: Service) -> None:
    refusing(service)
    (service.centre.root / "append.py").write_text("import sys; sys.exit(3)", encoding="utf-8")

    service.run(EVERY, more=2)

    assert len(service.troubles) == 2
    assert service.troubles[0].endswith("ended with code 3")


def test_a_command_gets_no_secret_and_no_shell(service: Service) -> None:
    (service.centre.root / "append.py").write_text(
        "import json, os, sys; json.dump([sys.argv[1:], dict(os.environ)], open('told.txt', 'w'))", encoding="utf-8"
    )
    service.centre.configure(PRUNING + f'notify: {{command: ["{sys.executable}", append.py, "$(id); *"]}}\n')
    service.run(ONCE)
    export(service.centre, "Hanako")
    with pytest.raises(Refused):
        service.run(ONCE)

    arguments, environment = json.loads(told(service))
    assert arguments == ["$(id); *"]
    assert not [name for name in environment if name.startswith(("GENESYSCLOUD_", "RECONCILER_"))]


def test_a_web_hook_gets_the_text_as_json(service: Service) -> None:
    heard: list[Any] = []
    listening(service.centre, heard, 204)
    refusing(service)
    service.centre.configure(PRUNING + 'notify: {webhook: "https://hook.test/secret-path"}\n')

    service.run(EVERY, more=3)

    assert [one["result"] for one in heard] == ["refused"]
    assert "--allow-removals 1" in heard[0]["text"]


@pytest.mark.long
def test_a_web_hook_that_fails_shows_its_host_only(service: Service) -> None:
    listening(service.centre, [], 500)
    refusing(service)
    service.centre.configure(PRUNING + 'notify: {webhook: "https://hook.test/secret-path"}\n')

    service.run(EVERY, more=2)

    assert len(service.troubles) == 2
    assert "hook.test" in service.troubles[0]
    assert "secret-path" not in service.troubles[0]


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_are_written_after_each_cycle(service: Service, tmp_path: Path) -> None:
    service.run(EVERY, more=2, textfile=tmp_path / "reconciler.prom")

    found = numbers(tmp_path / "reconciler.prom")
    assert found["reconciler_last_success_timestamp_seconds"] == service.cycles[-1].ended.timestamp()
    assert found['reconciler_cycles_total{result="done"}'] == 2
    assert found["reconciler_requests_total"] == sum(one.requests for one in service.cycles)
    assert found['reconciler_changes_total{op="create",result="done"}'] == 4


@pytest.mark.long
def test_the_size_of_a_refused_plan_is_told(service: Service, tmp_path: Path) -> None:
    refusing(service)
    with pytest.raises(Refused):
        service.run(ONCE, textfile=tmp_path / "reconciler.prom")

    found = numbers(tmp_path / "reconciler.prom")
    assert found['reconciler_plan_changes{op="delete"}'] == 1
    assert not [name for name in found if name.startswith("reconciler_changes_total{")]


@pytest.mark.long
def test_the_last_success_outlives_the_process(service: Service, tmp_path: Path) -> None:
    refusing(service)
    with pytest.raises(Refused):
        service.run(ONCE, textfile=tmp_path / "reconciler.prom")

    found = numbers(tmp_path / "reconciler.prom")
    assert found["reconciler_last_success_timestamp_seconds"] > 0
    assert found["reconciler_last_refusal_timestamp_seconds"] == service.cycles[-1].ended.timestamp()


def test_a_folder_that_cannot_be_written_does_not_end_the_service(service: Service, tmp_path: Path) -> None:
    assert service.run(EVERY, more=2, textfile=tmp_path / "none" / "reconciler.prom") == ["done", "done"]
    assert len(service.troubles) == 2


def test_numbers_are_served_while_it_runs(service: Service) -> None:
    pages: list[str] = []
    ports: list[int] = []
    service.happens = {1: lambda: pages.append(httpx.get(f"http://127.0.0.1:{ports[0]}/metrics").text)}

    service.run(EVERY, more=2, port=0, listening=ports.append)

    assert 'reconciler_cycles_total{result="done"} 1.0' in pages[0]


# ── as a process ─────────────────────────────────────────────────────────────────────────────────────────────────────


def started(served: Served, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "reconciler", "reconcile", *options]
    return subprocess.Popen(
        command, cwd=served.root, env=served.environment, stdout=PIPE, stderr=PIPE, stdin=subprocess.DEVNULL, text=True
    )


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_waits_ends_well_when_told_to(served: Served, number: int) -> None:
    with started(served, "--every", "1h", "--json") as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        process.send_signal(number)
        rest, said = process.communicate()

    assert (first["result"], process.returncode, rest, said) == ("done", 0, "", "Stopped.\n")


@pytest.mark.long
def test_a_service_that_writes_finishes_what_is_in_flight(tmp_path: Path) -> None:
    with start("--latency-ms", "60") as emulator:
        assert emulator.stdout
        served = Served(tmp_path, json.loads(emulator.stdout.readline()))
        served.write()
        with started(served, "--every", "1h") as process:
            assert process.stdout
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            rest, said = process.communicate()
        again = served.run("reconcile")
        whole = served.state()
        emulator.terminate()

    assert process.returncode == 0, said
    assert " partly: " in rest.splitlines()[-1]
    assert again.returncode == 0
    assert whole == served.undisturbed()


def test_a_single_cycle_prints_one_document(served: Served) -> None:
    done = served.run("reconcile", "--json")

    found = json.loads(done.stdout)
    assert (done.returncode, found["result"], found["rendered"], found["results"]["failed"]) == (0, "done", None, 0)


@pytest.mark.long
def test_a_refused_cycle_ends_with_5_and_one_document(served: Served) -> None:
    served.write()
    assert served.run("reconcile").returncode == 0
    served.write(SMALL.replace("items: [a1, a2]", "items: []").replace("items: [a2]", "items: []"))

    done = served.run("reconcile", "--json")

    assert done.returncode == 5
    assert json.loads(done.stdout)["error"]["type"] == "Refused"


@pytest.mark.parametrize(("time", "words"), [("soon", "write for example 60s or 5m"), ("0s", "needs some time between cycles")])
def test_a_time_that_is_none_is_told(served: Served, time: str, words: str) -> None:
    done = served.run("reconcile", "--every", time)

    assert done.returncode == 64
    assert words in done.stderr


# ── trouble on demand ────────────────────────────────────────────────────────────────────────────────────────────────


def trouble(centre: Centre, status: int) -> None:
    centre.admin("POST", "/faults", {"operation": "GET /api/v2/users", "status": status})


def numbers(path: Path) -> dict[str, float]:
    rows = (line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def listening(centre: Centre, heard: list[Any], status: int) -> None:
    """Puts a web hook beside the organisation."""
    inner = httpx.ASGITransport(centre.emulator.api)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "hook.test":
            heard.append(json.loads(request.content))
            return httpx.Response(status)
        return await inner.handle_async_request(request)

    centre.transport = httpx.MockTransport(answer)
