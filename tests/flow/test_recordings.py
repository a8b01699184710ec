"""`run recordings`: from a folder to the recordings of ended conversations."""

from __future__ import annotations

from pathlib import Path

import pytest
from flow.centre import NOON
from flow.studio import Studio, md5, sound

from reconciler.emulator.app import Config, build


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Three calls are over; nothing is recorded yet."""
    clock = [NOON]
    emulator = build(Config(rate_limit=0), clock=lambda: clock[0])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
    for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
        monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
    one = Studio(tmp_path, emulator, clock=clock)
    one.open()
    one.tell("C1", "C2", "C3")
    return one


def test_each_recording_is_attached_to_its_conversation(studio: Studio) -> None:
    for number in (1, 2, 3):
        studio.put(f"C{number}.wav", sound(number))

    tally = studio.run()

    assert tally.document == {
        "found": 3,
        "analytics": 3,
        "archive": 0,
        "refused": 0,
        "waiting": 0,
        "uploaded": 3,
        "attached": 3,
        "orphans": 0,
        "bytes": 3 * len(sound(1)),
    }
    assert studio.attached() == {studio.known_as(f"C{number}"): [md5(sound(number))] for number in (1, 2, 3)}
    assert tally.exit_code == 0


def test_a_second_run_sends_nothing(studio: Studio) -> None:
    studio.put("C1.wav", sound(1))
    studio.run()
    before = studio.uploaded()

    tally = studio.run()

    assert (tally.document["uploaded"], tally.document["attached"]) == (0, 0)
    assert studio.uploaded() == before
