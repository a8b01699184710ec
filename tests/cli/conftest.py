"""A folder to work in, the command line in this process, and organisations behind sockets to work on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow.served import SETTINGS, Served, start

from reconciler.cli.main import answer


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout as one JSON document."""
        return orjson.loads(self.out)


Desk = Callable[..., Said]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    """Runs a command line in an empty folder, in this process."""
    for name in ("RECONCILER_API_URL", "RECONCILER_LOGIN_URL", "RECONCILER_LEDGER", "RECONCILER_SECRETS", "NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "the-id")
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        capfd.readouterr()
        code = answer(list(arguments))
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., None]:
    """Writes a repository into the folder."""

    def write(manifest: str = "skills: [{key: one, name: One}]\n", settings: str = SETTINGS) -> None:
        (tmp_path / "reconciler.yaml").write_text(settings, encoding="utf-8")
        (tmp_path / "manifests").mkdir(exist_ok=True)
        (tmp_path / "manifests" / "all.yaml").write_text(f"version: 1\n{manifest}", encoding="utf-8")

    return write


@pytest.fixture(scope="session")
def emulator() -> Iterator[dict[str, str]]:
    """An organisation that all tests of a worker share: each uses names of its own."""
    with start() as process:
        assert process.stdout
        yield orjson.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def office(tmp_path: Path, emulator: dict[str, str]) -> Iterator[Served]:
    """A repository and the shared organisation, for commands as processes; without faults afterwards."""
    found = Served(tmp_path, emulator)
    found.write("skills: []\n")
    yield found
    httpx.delete(f"{emulator['admin_url']}/faults")


@pytest.fixture
def connected(emulator: dict[str, str], desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The command line in this process, pointed to the shared organisation."""
    monkeypatch.setenv("RECONCILER_API_URL", emulator["api_url"])
    monkeypatch.setenv("RECONCILER_LOGIN_URL", emulator["login_url"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator["client_secret"])
    return desk
