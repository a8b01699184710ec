"""A call that goes from agent to agent is one conversation, whatever the platform names its recordings after."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from flow.studio import Studio, made, md5, sound

FIRST, SECOND = "0c4f2d1e-1111-4222-8333-444455556666", "0c4f2d1e-2222-4222-8333-444455556666"
RECORDS = [
    {"ContactId": FIRST, "InitiationMethod": "INBOUND", "Recordings": []},
    {"ContactId": SECOND, "InitialContactId": FIRST, "PreviousContactId": FIRST, "InitiationMethod": "TRANSFER"},
]


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Two legs of one call are recorded; no contact record says where."""
    studio = made(tmp_path, monkeypatch)
    studio.tell(FIRST)
    for number, contact in enumerate((FIRST, SECOND)):
        studio.put(f"CallRecordings/2026/11/22/{contact}_20261122T09:3{number}_UTC.wav", sound(number))
    (studio.root / "records.ndjson").write_bytes(b"\n".join(map(orjson.dumps, RECORDS)))
    return studio


def test_both_legs_go_to_the_conversation_of_the_first_contact(studio: Studio) -> None:
    studio.set_up(pattern="amazon-connect", index="records.ndjson")

    assert studio.run().document["attached"] == 2
    assert {call: set(found) for call, found in studio.attached().items()} == {
        studio.known_as(FIRST): {md5(sound(0)), md5(sound(1))}
    }


def test_without_records_the_leg_of_a_transfer_waits(studio: Studio) -> None:
    studio.set_up(pattern="amazon-connect")

    tally = studio.run()

    assert (tally.document["attached"], tally.waiting) == (1, {"Genesys Cloud does not know its conversation": 1})
