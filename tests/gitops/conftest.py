"""A user's repository with its organisation, its Git and its GitHub, all in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow.nursery import Started
from flow.served import start
from gitops.workflow import Run, Runner

from reconciler.emulator.permission import PLAN

SETTINGS = """\
version: 1
organization: {region: eu-central-1, requests_per_minute: 0}
source: {platform: tabular, name: acme}
guards: {prune: [skill], max_removals: 0, max_removals_percent: 100, min_export_percent: 0}
"""
MAPPING = """\
version: 1
columns:
  users: {file: "agents.csv", key: Id, name: Name, email: Mail, skills: {column: Skills, separator: ";"}}
division: {default: home}
skills: {unrated: 4}
"""
AGENTS = "Id,Name,Mail,Skills\na1,山田 太郎,taro@example.com,Billing\na2,Hanako Sato,hanako@example.com,Returns\n"
QUIET = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")


@dataclass
class Project:
    """The repository, what its workflows may use, and what they left on GitHub."""

    root: Path
    runner: Runner
    addresses: dict[str, str]
    store: Path
    pulls: dict[str, Any] = field(default_factory=dict)

    def reconciler(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command as its author types it, without credentials."""
        return subprocess.run(
            [sys.executable, "-m", "reconciler", *words], cwd=self.root, capture_output=True, text=True, check=False
        )

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def render(self) -> None:
        done = self.reconciler("render")
        assert done.returncode == 0, done.stderr

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.root), *QUIET, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def change(self, export: str) -> str:
        """The commit of another export, rendered."""
        self.write("export/agents.csv", export)
        self.render()
        return self.commit()

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change")
        return self.git("rev-parse", "HEAD")

    def pull(self, *, fork: bool = False, **inputs: Any) -> Run:
        """What happens when the commits since main become a pull request, number 1."""
        base, head = self.git("rev-parse", "main"), self.git("rev-parse", "HEAD")
        repository = "stranger/centre" if fork else "acme/centre"
        event = {"pull_request": {"number": 1, "base": {"sha": base}, "head": {"repo": {"full_name": repository}}}}
        return self.runner.run("plan", head, event, **inputs)

    def merge(self, **inputs: Any) -> Run:
        """What happens when the pull request is merged."""
        commit = self.git("rev-parse", "HEAD")
        self.git("branch", "--force", "main", commit)
        hub = self.hub
        hub["pulls"][commit] = [{"number": 1, "merged_at": "2026-11-02T09:00:00Z"}]
        self.store.write_text(json.dumps(hub))
        return self.runner.run("apply", commit, **inputs)

    @property
    def hub(self) -> dict[str, Any]:
        """What GitHub holds."""
        empty = {"calls": [], "comments": [], "issues": [], "pulls": {}, "next": 100}
        found: dict[str, Any] = json.loads(self.store.read_text()) if self.store.exists() else empty
        return found

    @property
    def comments(self) -> list[str]:
        return [one["body"] for one in self.hub["comments"]]

    def state(self) -> Any:
        return httpx.get(f"{self.addresses['admin_url']}/state").json()

    def behind(self, method: str, path: str, body: Any = None) -> Any:
        """A request by somebody in Genesys Cloud."""
        login = httpx.post(
            f"{self.addresses['login_url']}/oauth/token",
            auth=(self.addresses["client_id"], self.addresses["client_secret"]),
            data={"grant_type": "client_credentials"},
        )
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        answer = httpx.request(method, f"{self.addresses['api_url']}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


def programs(folder: Path, store: Path) -> None:
    """`reconciler`, `gh` and `python3` as a runner has them on its PATH."""
    folder.mkdir()
    for name, line in (
        ("reconciler", f'exec "{sys.executable}" -m reconciler "$@"'),
        ("gh", f'exec "{sys.executable}" "{Path(__file__).with_name("gh.py")}" "{store}" "$@"'),
        ("python3", f'exec "{sys.executable}" "$@"'),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)


def _make(folder: Path, addresses: dict[str, str], reader: dict[str, str]) -> Project:
    store, path = folder / "hub.json", folder / "bin"
    programs(path, store)
    environment = {
        "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "RECONCILER_API_URL": addresses["api_url"],
        "RECONCILER_LOGIN_URL": addresses["login_url"],
    }
    secrets = {
        "PLAN_CLIENT_ID": reader["client_id"],
        "PLAN_CLIENT_SECRET": reader["client_secret"],
        "APPLY_CLIENT_ID": addresses["client_id"],
        "APPLY_CLIENT_SECRET": addresses["client_secret"],
        "LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
    }
    project = Project(folder / "centre", Runner(folder, folder / "centre", environment, secrets), addresses, store)
    project.root.mkdir()
    project.git("init", "--quiet", "--initial-branch", "main")
    project.write("reconciler.yaml", SETTINGS)
    project.write("mapping/mapping.yaml", MAPPING)
    project.write("export/agents.csv", AGENTS)
    project.render()
    project.commit()
    project.git("checkout", "--quiet", "-b", "change")
    return project


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """A repository whose organisation nobody may ask: there is none at its address."""
    nobody = {"api_url": "http://127.0.0.1:9", "login_url": "http://127.0.0.1:9", "client_id": "nobody", "client_secret": "none"}
    return _make(tmp_path, nobody, nobody)


@contextmanager
def _ended(process: Started) -> Iterator[None]:
    """Ends the process after the block, however that ended."""
    try:
        yield
    finally:
        process.terminate()


@contextmanager
def _served(folder: Path) -> Iterator[Project]:
    """A repository whose first state is applied; the plan client may only look."""
    with start() as process, _ended(process):
        assert process.stdout
        addresses = orjson.loads(process.stdout.readline())
        reader = httpx.post(f"{addresses['admin_url']}/clients", json={"name": "plan", "permissions": sorted(PLAN)}).json()
        project = _make(folder, addresses, reader)
        run = project.runner.run("apply", project.git("rev-parse", "main"), auto_approve=True)
        assert run.results == {"plan": "success", "apply": "success", "status": "skipped"}, run.out
        yield project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A repository and its organisation, to be changed."""
    with _served(tmp_path) as found:
        yield found


@dataclass(frozen=True)
class Opened:
    """A pull request that was planned, and the organisation before that."""

    project: Project
    run: Run
    before: Any


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A pull request with a changed export, planned; to be looked at only."""
    with _served(tmp_path_factory.mktemp("opened")) as found:
        found.change(f'{AGENTS}a3,"::set-env name=X::y",ada@example.com,Billing\n')
        before = found.state()
        yield Opened(found, found.pull(), before)
