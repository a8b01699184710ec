"""Centres for the tests of whole flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flow.centre import NOON, Centre
from flow.served import Served, Shell, start
from flow.shift import Shift

from reconciler.emulator.app import Config, Emulator, build


def _log_in(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """The environment of a user of this organisation, and of no other."""
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
    for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
        monkeypatch.delenv(f"RECONCILER_{name}", raising=False)


@pytest.fixture
def make_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Centre]:
    """A centre with an organisation of the given seed."""

    def make(**config: Any) -> Centre:
        clock = [NOON]
        emulator = build(Config(**{"rate_limit": 0, **config}), clock=lambda: clock[0])
        _log_in(monkeypatch, emulator)
        centre = Centre(tmp_path, emulator, clock=clock)
        centre.configure("")
        return centre

    return make


@pytest.fixture
def make_shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shift]:
    """A contact centre at work, in an organisation of the given seed; its people are not there yet."""

    def make(**config: Any) -> Shift:
        made: list[Shift] = []
        emulator = build(Config(**{"rate_limit": 0, **config}), clock=lambda: made[0].now if made else NOON)
        _log_in(monkeypatch, emulator)
        made.append(Shift(tmp_path, emulator, clock=[NOON]))
        made[0].configure("")
        return made[0]

    return make


@pytest.fixture
def shift(make_shift: Callable[..., Shift]) -> Shift:
    """A contact centre at work, with two agents in the organisation."""
    one = make_shift()
    one.open()
    return one


@pytest.fixture
def centre(make_centre: Callable[..., Centre]) -> Centre:
    """An empty organisation and an empty repository."""
    return make_centre()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An empty organisation behind sockets and a repository that wants SMALL in it."""
    with start() as process:
        assert process.stdout
        found = Served(tmp_path, orjson.loads(process.stdout.readline()))
        found.write()
        yield found
        process.terminate()


@pytest.fixture
def make_shell(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[[Served], Shell]:
    """A shell in the folder of a repository, in whose organisation its user is logged in."""

    def make(floor: Served) -> Shell:
        from reconciler.cli.main import answer

        for name, value in floor.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(floor.root)

        def run(*words: str) -> tuple[int, str, str]:
            capfd.readouterr()
            code = answer(list(words))
            said = capfd.readouterr()
            return code, said.out, said.err

        return run

    return make
