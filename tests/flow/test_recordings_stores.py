"""Recordings behind every kind of store: uploaded once, attached, and not sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from files import servers
from files.servers import Server
from flow.studio import Studio, made, md5, sound


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return made(tmp_path / "centre", monkeypatch)


@pytest.fixture(params=servers.KINDS)
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with servers.running(request.param, tmp_path / "served") as one:
        for name, value in one.environment.items():
            monkeypatch.setenv(name, value)
        yield one


def test_recordings_of_a_store_are_attached_once(studio: Studio, server: Server) -> None:
    server.put("2026/録音 C1.wav", sound(1))
    server.put("C2.wav", sound(2))
    studio.set_up(**{"from": f"'{server.address}'"})

    first, second = studio.run(), studio.run()

    assert (first.document["uploaded"], first.document["attached"], second.document["uploaded"]) == (2, 2, 0)
    assert studio.attached() == {studio.known_as("C1"): [md5(sound(1))], studio.known_as("C2"): [md5(sound(2))]}
    assert server.has("C2.wav")


def test_recordings_of_a_store_are_deleted_where_that_is_asked(studio: Studio, server: Server) -> None:
    server.put("C1.wav", sound(1))
    studio.set_up(**{"from": f"'{server.address}'", "after": "delete"})

    tally = studio.run()

    assert (tally.document["attached"], tally.deleted) == (1, 1)
    assert not server.has("C1.wav")
