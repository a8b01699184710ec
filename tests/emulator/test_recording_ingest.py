"""What becomes of uploaded files: recordings, waiting files, orphans, failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator.recordings import UNKNOWN, grant, hexed, metadata, orphans, put, statuses, told, upload, wav

if TYPE_CHECKING:
    from emulator.calls import Call, Floor

    from tests.emulator.conftest import Org

HOUR = 3600


def whole(floor: Floor, name: str = "call") -> Call:
    """A call that is over."""
    call = floor.call(name)
    assert floor.send(*call.whole()) == []
    return call


def attached(org: Org, conversation: str) -> int:
    return len(metadata(org, conversation))


def test_a_file_called_by_an_ended_conversation_is_its_recording(floor: Floor) -> None:
    call = whole(floor)
    upload(floor.org, f"{call.id}_1.wav")

    assert attached(floor.org, call.id) == 1
    assert statuses(floor.org) == {f"{call.id}_1.wav": "Success"}


@pytest.mark.parametrize("name", ["{id}.wav", "{id}_a_b.wav", "2026/07/{id}_1.wav", "{ID}_1.wav", "{id}"])
def test_the_name_begins_with_the_conversation(floor: Floor, name: str) -> None:
    call = whole(floor)
    upload(floor.org, name.format(id=call.id, ID=call.id.upper()))

    assert attached(floor.org, call.id) == 1


@pytest.mark.parametrize("name", ["call_{id}.wav", "{id}0.wav", "{id}-1.wav", "{id}/1.wav", "1.wav"])
def test_a_name_that_tells_no_conversation_makes_an_orphan_at_once(floor: Floor, name: str) -> None:
    call = whole(floor)
    upload(floor.org, name.format(id=call.id))

    assert [one["orphanStatus"] for one in orphans(floor.org)] == ["NO_CONVERSATION"]
    assert attached(floor.org, call.id) == 0


def test_several_files_of_one_conversation_are_several_recordings_in_order(floor: Floor) -> None:
    call = whole(floor)
    floor.org.turn(recording_names=True)
    for number in (2, 1):
        upload(floor.org, f"{call.id}_{number}.wav", wav(number))

    assert [one["name"][-5:] for one in metadata(floor.org, call.id)] == ["2.wav", "1.wav"]


def test_a_file_waits_for_the_end_of_its_conversation(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    floor.send(*call.answered())
    upload(org, f"{call.id}_1.wav")

    assert (statuses(org), attached(org, call.id)) == ({f"{call.id}_1.wav": "WaitForConversation"}, 0)
    org.now += 20 * HOUR
    floor.send(call.end("X", "Self"))
    assert attached(org, call.id) == 0
    floor.send(call.end("A", "Peer"))
    assert (statuses(org), attached(org, call.id)) == ({f"{call.id}_1.wav": "Success"}, 1)


def test_a_file_waits_for_a_conversation_nobody_told_yet(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    upload(org, f"{call.id}_1.wav")
    upload(org, f"{call.id}_2.wav")
    assert set(statuses(org).values()) == {"WaitForConversation"}

    floor.send(*call.whole())

    assert attached(org, call.id) == 2
    assert told(org)["waited"] == 2


def test_a_file_of_an_unknown_conversation_is_an_orphan_after_a_while(org: Org) -> None:
    upload(org, f"{UNKNOWN}_1.wav")

    org.now += HOUR - 1
    assert orphans(org) == []
    org.now += 1
    assert [one["orphanStatus"] for one in orphans(org)] == ["UNKNOWN_CONVERSATION"]
    assert statuses(org) == {f"{UNKNOWN}_1.wav": "WaitForConversation"}


def test_patience_with_unknown_conversations_can_be_none(org: Org) -> None:
    org.turn(recording_unknown_wait=0.0, recording_orphan_status="Failure")
    upload(org, f"{UNKNOWN}_1.wav")

    assert len(orphans(org)) == 1
    assert statuses(org) == {f"{UNKNOWN}_1.wav": "Failure"}


def test_patience_with_an_open_conversation_can_end(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    org.turn(recording_open_wait=2.0 * HOUR)
    floor.send(*call.answered())
    upload(org, f"{call.id}_1.wav")

    org.now += 2 * HOUR - 1
    assert orphans(org) == []
    org.now += 1
    assert [one["orphanStatus"] for one in orphans(org)] == ["CONVERSATION_NOT_COMPLETE"]


def test_a_conversation_that_ended_in_time_has_its_file_even_if_nobody_looked(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    org.turn(recording_open_wait=1.0 * HOUR)
    upload(org, f"{call.id}_1.wav")
    floor.send(*call.whole())

    org.now += 2 * HOUR

    assert (orphans(org), attached(org, call.id)) == ([], 1)


def test_a_conversation_that_opens_while_a_file_waits_gets_the_longer_time(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    upload(org, f"{call.id}_1.wav")
    floor.send(*call.answered())

    org.now += 20 * HOUR

    assert orphans(org) == []


def test_an_orphan_stays_one_when_its_conversation_ends_after_all(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    upload(org, f"{call.id}_1.wav")
    org.now += HOUR
    assert len(orphans(org)) == 1

    floor.send(*call.whole())

    assert ([one["orphanStatus"] for one in orphans(org)], attached(org, call.id)) == (["CONVERSATION_NOT_EVALUATED"], 0)


def test_an_orphan_can_heal_by_itself(floor: Floor) -> None:
    org, call = floor.org, floor.call()
    org.turn(recording_orphan_heals=True)
    upload(org, f"{call.id}_1.wav")
    org.now += HOUR
    assert len(orphans(org)) == 1

    floor.send(*call.whole())

    assert (orphans(org), attached(org, call.id)) == ([], 1)


def test_a_file_is_pending_while_it_is_looked_at(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    org.turn(recording_ingest_delay=30.0)
    upload(org, f"{call.id}_1.wav")

    assert (statuses(org), attached(org, call.id)) == ({f"{call.id}_1.wav": "Pending"}, 0)
    org.now += 30
    assert attached(org, call.id) == 1


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b"<html>", "no audio")])
def test_what_is_no_audio_fails(floor: Floor, content: bytes, reason: str) -> None:
    org, call = floor.org, whole(floor)
    upload(org, f"{call.id}_1.wav", content)

    file = told(org, "*")["content"][hexed(content)][0]
    assert (file["status"], file["reason"], attached(org, call.id)) == ("Failure", reason, 0)


@pytest.mark.parametrize(
    "head", [b"RF64", b"riff\x2e\x91\xcf\x11", b"OggS", b"fLaC", b"ID3\x04", b"\xff\xfb\x90", b"\x00\x00\x00\x20ftypM4A "]
)
def test_audio_is_known_by_its_first_bytes(floor: Floor, head: bytes) -> None:
    call = whole(floor)
    upload(floor.org, f"{call.id}_1.bin", head + b"and so on")

    assert attached(floor.org, call.id) == 1


def test_what_is_no_audio_can_be_taken(floor: Floor) -> None:
    call = whole(floor)
    floor.org.turn(recording_no_audio="accept")
    upload(floor.org, f"{call.id}_1.wav", b"<html>")

    assert attached(floor.org, call.id) == 1


def test_a_file_without_a_conversation_can_fail(org: Org) -> None:
    org.turn(recording_unlinked="failure")
    upload(org, "call.wav")

    assert (statuses(org), orphans(org)) == ({"call.wav": "Failure"}, [])


def test_putting_again_to_the_same_address_makes_no_second_recording(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    granted = grant(org, f"{call.id}_1.wav", wav())
    for _ in range(2):
        put(org, granted, wav())

    assert attached(org, call.id) == 1


def test_the_same_content_under_a_second_address_makes_a_second_recording(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    for _ in range(2):
        upload(org, f"{call.id}_1.wav")

    assert (attached(org, call.id), told(org)["repeated"]) == (2, 1)


def test_a_file_that_failed_can_be_put_again(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    granted = org.made("/uploads/recordings", {"fileName": f"{call.id}_1.wav"})
    put(org, granted, b"")
    assert put(org, granted, wav()).status_code == 200

    assert attached(org, call.id) == 1


# ── other ways to tell the conversation ──────────────────────────────────────────────────────────────────────────────


def test_a_folder_can_tell_the_conversation(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    org.turn(recording_link="folder")
    upload(org, f"{call.id}/a/1.wav")
    upload(org, f"{call.id}_1.wav")

    assert (attached(org, call.id), len(orphans(org))) == (1, 1)


def test_the_interaction_of_the_platform_can_tell_the_conversation(floor: Floor) -> None:
    org, call = floor.org, floor.call("first")
    org.turn(recording_link="interaction_id")
    upload(org, "2026/native-first_1.wav")
    assert set(statuses(org).values()) == {"WaitForConversation"}

    floor.send(*call.whole())
    upload(org, "native-first_2.wav")

    assert (attached(org, call.id), told(org)["waited"]) == (2, 1)


def test_a_side_car_can_tell_the_conversation(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    org.turn(recording_link="sidecar")
    upload(org, "a/1.wav")
    assert statuses(org) == {"a/1.wav": "WaitForConversation"}

    upload(org, "a/1.json", json.dumps({"conversationId": call.id.upper()}).encode())

    assert (attached(org, call.id), set(statuses(org).values())) == (1, {"Success"})


def test_a_side_car_that_comes_first_is_remembered(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    org.turn(recording_link="sidecar")
    upload(org, "1.json", json.dumps({"conversationId": call.id}).encode())
    upload(org, "1.wav")

    assert attached(org, call.id) == 1


def test_a_side_car_that_never_comes_leaves_an_orphan(org: Org) -> None:
    org.turn(recording_link="sidecar")
    upload(org, "1.wav")

    org.now += HOUR

    assert [one["orphanStatus"] for one in orphans(org)] == ["NO_CONVERSATION"]


def test_a_side_car_that_comes_late_takes_the_orphan_back(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    org.turn(recording_link="sidecar", recording_orphan_heals=True)
    upload(org, "1.wav")
    org.now += HOUR
    assert len(orphans(org)) == 1

    upload(org, "1.json", json.dumps({"conversationId": call.id}).encode())

    assert (orphans(org), attached(org, call.id)) == ([], 1)


def test_a_deleted_orphan_is_none_again_for_no_reason(floor: Floor) -> None:
    org, call = floor.org, floor.call("first")
    org.turn(recording_link="interaction_id", recording_open_wait=3.0 * HOUR)
    upload(org, "native-first_1.wav")
    floor.send(*call.answered())
    org.now += 3 * HOUR
    org("DELETE", f"/orphanrecordings/{orphans(org)[0]['id']}")

    org.now += 3 * HOUR

    assert orphans(org) == []


# ── comparing runs ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_runs_in_another_order_tell_the_same(floor: Floor) -> None:
    org, call = floor.org, whole(floor)
    uploads: list[tuple[str, Any]] = [(f"{call.id}_1.wav", wav(1)), (f"{UNKNOWN}_1.wav", wav(1)), ("x.wav", wav(2))]
    for name, content in uploads:
        upload(org, name, content)
    before = told(org, "*")["content"]
    org.world.recordings.by_key = dict(reversed(org.world.recordings.by_key.items()))

    assert json.dumps(before) == json.dumps(told(org, "*")["content"])
