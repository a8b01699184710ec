"""`run recordings`: from a folder to the recordings of ended conversations."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path

import orjson
import pytest
from flow.studio import Studio, made, md5, sound

from reconciler.emulator.recording_ingest import attach
from reconciler.errors import Locked
from reconciler.pipeline.recordings import Wishes, run
from reconciler.runners.recording_link import LINKS


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Three calls are over; nothing is recorded yet."""
    return made(tmp_path, monkeypatch)


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


def test_a_plan_shows_it_and_sends_nothing(studio: Studio) -> None:
    studio.put("C1.wav", sound(1))
    before = studio.requests()

    made, tally = studio.rehearse()

    assert [f"{one.op} {one.ref.kind} {one.name}" for one in made.changes] == ["create recording C1"]
    assert (tally.document["analytics"], tally.document["uploaded"]) == (1, 0)
    assert {name for name in studio.requests() if studio.requests()[name] != before.get(name)} <= {
        "POST /oauth/token",
        "GET /api/v2/tokens/me",
        "GET /api/v2/analytics/conversations/details",
        "GET /api/v2/conversations/{conversationId}",
    }
    assert not (studio.root / ".reconciler").exists() or studio.run().document["uploaded"] == 1


def test_a_recording_waits_for_the_end_of_its_conversation(studio: Studio) -> None:
    studio.tell("C4", over=False)
    studio.put("C4.wav", sound(4))

    tally = studio.run()

    assert (tally.document["waiting"], tally.document["uploaded"]) == (1, 0)
    assert tally.waiting == {"its conversation has not ended": 1}
    asyncio.run(studio.end("C4"))
    assert studio.run().document["attached"] == 1


def test_a_recording_of_an_unknown_conversation_waits(studio: Studio) -> None:
    studio.put("C9.wav", sound(9))

    assert studio.run().waiting == {"Genesys Cloud does not know its conversation": 1}


def test_a_file_that_nothing_names_waits(studio: Studio) -> None:
    studio.put("greeting.wav", sound(9))

    assert studio.run().waiting == {"neither index nor pattern names its conversation": 1}


def test_segments_of_a_call_go_in_their_order(studio: Studio) -> None:
    for number in (3, 1, 2):
        studio.put(f"C1_{number}.wav", sound(number))

    studio.run()

    files = sorted((one["fileName"], digest) for digest, (one,) in studio.uploaded()["content"].items())
    assert [digest for _, digest in files] == [md5(sound(number)) for number in (1, 2, 3)]
    assert [name.split("_")[1] for name, _ in files] == ["001", "002", "003"]


def test_the_same_content_is_sent_once_whatever_the_files_are_called(studio: Studio) -> None:
    studio.put("C1.wav", sound(1))
    studio.put("C1_2.wav", sound(1))
    studio.put("C2.wav", sound(1))

    tally = studio.run()

    assert (tally.document["uploaded"], studio.uploaded()["files"]) == (1, 1)
    assert any("belongs to another conversation" in one for one in studio.notes)


@pytest.mark.parametrize("link", LINKS)
def test_every_linking_convention_leads_to_the_conversation(studio: Studio, link: str) -> None:
    studio.set_up(link=link)
    studio.turn(recording_link=link)
    studio.tell("C5")
    studio.put("C5.wav", sound(5))

    assert studio.run().document["attached"] == 1
    assert studio.attached()[studio.known_as("C5")] == [md5(sound(5))]


def test_a_file_beside_each_recording_tells_its_conversation(studio: Studio) -> None:
    studio.set_up(link="sidecar")
    studio.turn(recording_link="sidecar", recording_bytes=True)
    studio.put("C1.wav", sound(1))

    tally = studio.run()

    beside, recording = sorted(studio.emulator.world.recordings.by_key.values(), key=lambda file: file.name)
    assert beside.name == recording.name.replace(".wav", ".json")
    assert orjson.loads(beside.content.kept or b"") == {
        "conversationId": studio.known_as("C1"),
        "interactionId": "C1",
        "fileName": recording.name,
        "contentMd5": b64encode(bytes.fromhex(md5(sound(1)))).decode(),
        "contentType": "audio/wav",
        "seconds": 4.0,
        "part": 1,
        "agentChannel": "unknown",
    }
    assert (tally.document["uploaded"], tally.document["attached"], tally.document["bytes"]) == (1, 1, len(sound(1)))


def test_names_of_people_and_numbers_do_not_go_along(studio: Studio) -> None:
    studio.set_up(keep_name="true", pattern=r"'(?P<conversation>C\d+)\.wav$'")
    studio.put("+81312345678 山田 taro@example.com C1.wav", sound(1))

    studio.run()

    ((one,),) = studio.uploaded()["content"].values()
    assert "12345678" not in one["fileName"]
    assert "@" not in one["fileName"]
    assert "山田" not in one["fileName"]


HOSTILE = {
    "C1.wav": b"<html><script>alert(1)</script></html>",
    "C2.wav": b"PK\x03\x04" + bytes(1000),
    "C3.wav": b"",
    "C3_2.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x02\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
}


def test_what_is_no_recording_is_refused(studio: Studio) -> None:
    for name, data in HOSTILE.items():
        studio.put(name, data)
    (studio.root / "calls" / "C2_2.wav").symlink_to("/etc/passwd")
    with studio.put("C2_3.wav", b"RIFF").open("r+b") as file:
        file.truncate(10_000_000_000)

    tally = studio.run()

    assert tally.document == {
        **dict.fromkeys(("analytics", "archive", "waiting", "uploaded", "attached", "orphans", "bytes"), 0),
        "found": 6,
        "refused": 6,
    }


@pytest.mark.parametrize("name", ["C1\n<b>.wav", "録音C1.wav", f"{'x' * 230}C1.wav", "C1 %&#|~.wav"])
def test_any_name_goes_through(studio: Studio, name: str) -> None:
    studio.set_up(pattern=r"'(?P<conversation>C\d+)'")
    studio.put(name, sound(1))

    assert studio.run().document["attached"] == 1


def test_a_source_stays_unless_its_deletion_is_asked_for(studio: Studio) -> None:
    kept = studio.put("C1.wav", sound(1))

    assert studio.run().deleted == 0
    assert kept.read_bytes() == sound(1)
    studio.set_up(after="delete")
    refused, waiting = studio.put("C2.wav", b"<html>"), studio.put("C9.wav", sound(9))
    assert studio.run().deleted == 1
    assert (kept.exists(), refused.exists(), waiting.exists()) == (False, True, True)


def test_an_orphan_is_attached_by_plan(studio: Studio) -> None:
    """It was not told yet when the file came: the platform gave up waiting, then the conversation came after all."""
    studio.turn(recording_link="folder")
    studio.put("C1.wav", sound(1))

    tally = studio.run()

    assert studio.uploaded()["orphaned"] == 1
    assert (tally.document["attached"], tally.document["orphans"]) == (1, 0)
    assert studio.attached() == {studio.known_as("C1"): [md5(sound(1))]}


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_reports_are_read_in_any_form(studio: Studio, form: str) -> None:
    studio.turn(recording_report_format=form, recording_report_delay=5.0, recording_ingest_delay=30.0)
    studio.put("C1.wav", sound(1))

    assert studio.run().document["attached"] == 1


def test_without_reports_conversations_prove_it(studio: Studio) -> None:
    studio.turn(recording_report_state="Failed")
    studio.put("C1.wav", sound(1))

    assert studio.run().document["attached"] == 1
    assert any("no upload report came" in one for one in studio.notes)


def test_a_run_ends_when_what_it_sent_is_not_proven_in_time(studio: Studio) -> None:
    studio.set_up(prove_for="60s")
    studio.turn(recording_ingest_delay=3600.0)
    studio.put("C1.wav", sound(1))

    first = studio.run()
    studio.pass_time(hours=2)
    second = studio.run()

    assert (first.document["uploaded"], first.document["attached"]) == (1, 0)
    assert (second.document["uploaded"], second.document["attached"]) == (0, 1)


@pytest.fixture
def unused(studio: Studio) -> Studio:
    """One recording was uploaded, and the platform could not use it."""
    studio.turn(recording_link="folder", recording_unlinked="failure")
    studio.put("C1.wav", sound(1))
    assert studio.run().exit_code == 6
    studio.turn(recording_link="file_name", recording_unlinked="orphan")
    return studio


def test_what_the_platform_could_not_use_is_told_with_what_to_do(unused: Studio) -> None:
    tally = unused.run()

    assert (tally.document["uploaded"], tally.exit_code) == (0, 6)
    assert "reconciler run recordings --again" in tally.failed["C1.wav"]


def test_what_the_platform_could_not_use_is_sent_once_more_when_told(unused: Studio) -> None:
    (planned, _), again, after = unused.rehearse(again=True), unused.run(again=True), unused.run(again=True)

    assert len(planned.changes) == 1
    assert [(one.document["uploaded"], one.document["attached"], one.exit_code) for one in (again, after)] == [
        (1, 1, 0),
        (0, 0, 0),
    ]
    assert unused.attached() == {unused.known_as("C1"): [md5(sound(1))]}


def test_what_could_be_used_after_all_is_not_sent_once_more(studio: Studio) -> None:
    """It failed, and somebody on the other side has mended that meanwhile."""
    studio.turn(recording_link="folder", recording_unlinked="failure")
    studio.put("C1.wav", sound(1))
    studio.run()
    studio.turn(recording_link="file_name")
    emulator = studio.emulator.world
    attach(emulator, next(iter(emulator.recordings.by_key.values())), studio.known_as("C1"))

    tally = studio.run(again=True)

    assert (tally.document["uploaded"], tally.exit_code, studio.uploaded()["repeated"]) == (0, 0, 0)


def test_a_mended_file_is_no_failure_any_more(unused: Studio) -> None:
    unused.put("C1.wav", sound(2))

    assert unused.run().exit_code == 0


def test_two_runs_at_once_are_one_too_many(studio: Studio) -> None:
    studio.put("C1.wav", sound(1))
    refused: list[str] = []

    async def both() -> None:
        async def second() -> None:
            try:
                await run(studio.settings, Wishes(once=True), studio.doors)
            except Locked as error:
                refused.append(str(error))

        await asyncio.gather(run(studio.settings, Wishes(once=True), studio.doors), second())

    asyncio.run(both())

    assert len(refused) == 1
    assert studio.uploaded()["files"] == 1
