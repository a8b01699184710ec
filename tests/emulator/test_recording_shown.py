"""Reading recordings back, reports about them, and orphans one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator.recordings import ORPHANS, REPORTS, UNKNOWN, hexed, md5, metadata, orphans, report, rows, told, upload, wav

from reconciler.emulator.recording_report import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from emulator.calls import Call, Floor

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


@pytest.fixture
def call(floor: Floor) -> Call:
    """A call that is over; it began a second after the start and took seven."""
    told_call = floor.call()
    assert floor.send(*told_call.whole()) == []
    return told_call


def recordings(org: Org, conversation: str, **query: Any) -> list[dict[str, Any]]:
    answer = org("GET", f"/conversations/{conversation}/recordings", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def an_orphan(org: Org, name: str = "call.wav") -> str:
    upload(org, name)
    return str(orphans(org)[-1]["id"])


# ── of a conversation ────────────────────────────────────────────────────────────────────────────────────────────────


def test_metadata_tell_no_times_of_a_call(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav")

    (shown,) = metadata(org, call.id)

    assert (shown["conversationId"], shown["media"], shown["fileState"]) == (call.id, "audio", "AVAILABLE")
    assert shown["sessionId"] == call.leg("X")
    assert not shown.keys() & {"startTime", "endTime", "name", "path"}
    assert org("GET", f"/conversations/{call.id}/recordingmetadata/{shown['id']}").json() == shown


def test_names_can_be_shown(org: Org, call: Call) -> None:
    org.turn(recording_names=True)
    key = upload(org, f"{call.id}_1.wav")

    assert [(one["name"], one["path"]) for one in metadata(org, call.id)] == [(f"{call.id}_1.wav", key)]


def test_a_recording_lasts_as_long_as_its_file_plays(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav", wav(2.5))

    (shown,) = recordings(org, call.id)

    iso = call.floor.desk.iso
    assert (shown["startTime"], shown["endTime"], shown["outputDurationMs"]) == (iso(1), iso(3.5), 2500)


def test_a_header_that_lies_changes_no_length(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav", wav(2, told=10**9))
    upload(org, f"{call.id}_2.wav", wav(3, told=0xFFFFFFFF))
    upload(org, f"{call.id}_3.wav", wav(4, told=32_000))

    assert [one["outputDurationMs"] for one in recordings(org, call.id)] == [2000, 3000, 1000]


def test_a_file_whose_length_is_unknown_lasts_as_long_as_its_conversation(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.ogg", b"OggS and so on")

    (shown,) = recordings(org, call.id)

    assert shown["endTime"] == call.floor.desk.iso(7)
    assert "outputDurationMs" not in shown


def test_media_can_be_downloaded_where_bytes_are_kept(org: Org, call: Call) -> None:
    org.turn(recording_bytes=True)
    upload(org, f"{call.id}_1.wav")

    (shown,) = recordings(org, call.id, formatId="WAV")

    answer = org.storage("GET", shown["mediaUris"]["S"]["mediaUri"])
    assert (answer.content, answer.headers["content-type"]) == (wav(), "audio/wav")


def test_media_cannot_be_downloaded_where_bytes_are_not_kept(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav")

    assert org.storage("GET", recordings(org, call.id)[0]["mediaUris"]["S"]["mediaUri"]).status_code == 404


def test_without_a_format_there_is_no_media(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav")

    assert "mediaUris" not in recordings(org, call.id, formatId="NONE")[0]


def test_a_recording_is_transcoded_for_a_while(org: Org, call: Call) -> None:
    org.turn(recording_transcode_delay=5.0)
    upload(org, f"{call.id}_1.wav")
    one = f"/conversations/{call.id}/recordings/{metadata(org, call.id)[0]['id']}"

    assert [org("GET", path).status_code for path in (f"/conversations/{call.id}/recordings", one)] == [202, 202]
    assert recordings(org, call.id, formatId="NONE")[0]["id"] == org("GET", one, formatId="NONE").json()["id"]
    org.now += 5
    assert org("GET", one).status_code == 200


def test_a_conversation_without_recordings_has_an_empty_list(org: Org, call: Call) -> None:
    assert (metadata(org, call.id), recordings(org, call.id)) == ([], [])


@pytest.mark.parametrize("what", ["recordings", "recordingmetadata"])
def test_what_is_not_there_is_not_found(org: Org, call: Call, refused: Refused, what: str) -> None:
    assert refused(org("GET", f"/conversations/{UNKNOWN}/{what}")) == (404, "conversation.not.found")
    assert refused(org("GET", f"/conversations/{call.id}/{what}/{UNKNOWN}")) == (404, "recording.recording.not.found")


def test_an_unknown_format_is_refused(org: Org, call: Call, refused: Refused) -> None:
    assert refused(org("GET", f"/conversations/{call.id}/recordings", formatId="AIFF")) == (400, "invalid.query.param.value")


def test_recordings_are_read_with_their_permission(org: Org, call: Call, refused: Refused) -> None:
    narrow = org.admin("POST", "/clients", {"permissions": ["recording:recording:upload"]})
    token = org.sign_in(narrow["client_id"], narrow["client_secret"])

    assert refused(org("GET", f"/conversations/{call.id}/recordingmetadata", token=token)) == (403, "missing.any.permissions")
    for path in (ORPHANS, f"{REPORTS}/{UNKNOWN}"):
        assert refused(org("GET", path, token=token)) == (403, "missing.permissions")


# ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_tells_every_file_since_a_date(org: Org, call: Call) -> None:
    upload(org, "early.wav")
    org.now += 60
    key = upload(org, f"{call.id}_1.wav")

    (row,) = rows(report(org, call.floor.desk.iso(60)))

    recording = metadata(org, call.id)[0]["id"]
    assert row == {
        "fileName": f"{call.id}_1.wav",
        "uploadKey": key,
        "contentMd5": md5(wav()),
        "sizeBytes": str(len(wav())),
        "dateUploaded": call.floor.desk.iso(60),
        "uploadStatus": "Success",
        "reason": "",
        "conversationId": call.id,
        "recordingId": recording,
    }


def test_a_report_can_be_about_one_status(org: Org, call: Call) -> None:
    upload(org, f"{call.id}_1.wav")
    upload(org, f"{UNKNOWN}_1.wav")

    waiting = rows(report(org, uploadStatus="WaitForConversation"))

    assert [one["fileName"] for one in waiting] == [f"{UNKNOWN}_1.wav"]


@pytest.mark.parametrize("files", [0, 2])
def test_a_report_has_other_formats(org: Org, files: int) -> None:
    for number in range(files):
        upload(org, f"{number}.wav")
    org.turn(recording_report_format="json")
    listed = json.loads(report(org))
    org.turn(recording_report_format="ndjson")

    assert [json.loads(line) for line in report(org).splitlines() if line] == listed
    assert [one["fileName"] for one in listed] == [f"{number}.wav" for number in range(files)]


def test_a_report_takes_its_time(org: Org) -> None:
    org.turn(recording_report_delay=10.0)
    known = org("POST", REPORTS, {"dateSince": "2026-01-01T00:00:00Z"}).json()["id"]

    early = org("GET", f"{REPORTS}/{known}").json()
    org.now += 10

    assert (early["state"], "signedUrl" in early) == ("InProgress", False)
    assert org("GET", f"{REPORTS}/{known}").json()["state"] == "Completed"


def test_a_report_can_fail(org: Org) -> None:
    org.turn(recording_report_state="Failed")
    known = org("POST", REPORTS, {"dateSince": "2026-01-01T00:00:00Z"}).json()["id"]

    assert org("GET", f"{REPORTS}/{known}").json() == {
        "id": known,
        "state": "Failed",
        "selfUri": f"/api/v2{REPORTS}/{known}",
    }


def test_the_address_of_a_report_expires(org: Org) -> None:
    known = org("POST", REPORTS, {"dateSince": "2026-01-01T00:00:00Z"}).json()["id"]
    url = org("GET", f"{REPORTS}/{known}").json()["signedUrl"]

    org.now += 3600

    assert org.storage("GET", url).status_code == 403


@pytest.mark.parametrize("body", [{"dateSince": "yesterday"}, {"dateSince": "2026-01-01"}])
def test_a_report_wants_a_date(org: Org, refused: Refused, body: dict[str, str]) -> None:
    assert refused(org("POST", REPORTS, body)) == (400, "invalid.date")
    assert refused(org("POST", REPORTS, {})) == (400, "constraint.validation")


def test_only_the_last_reports_are_kept(org: Org) -> None:
    made = [org("POST", REPORTS, {"dateSince": "2026-01-01T00:00:00Z"}).json()["id"] for _ in range(KEPT + 1)]

    assert [org("GET", f"{REPORTS}/{known}").status_code for known in made[:2]] == [404, 200]


def test_an_unknown_report_is_not_found(org: Org, refused: Refused) -> None:
    assert refused(org("GET", f"{REPORTS}/{UNKNOWN}")) == (404, "not.found")


# ── orphans ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_orphan_tells_the_file_it_was(org: Org) -> None:
    known = an_orphan(org, "native-1.wav")

    shown = org("GET", f"{ORPHANS}/{known}").json()

    assert shown == orphans(org)[0]
    assert (shown["name"], shown["sourceOrphaningId"], shown["mediaSizeBytes"]) == ("native-1.wav", "native-1.wav", len(wav()))


def test_orphans_come_in_pages(org: Org) -> None:
    for number in range(3):
        upload(org, f"{number}.wav")

    page = org("GET", ORPHANS, pageSize=2, pageNumber=2).json()

    assert ([one["name"] for one in page["entities"]], page["total"], page["pageCount"]) == (["2.wav"], 3, 2)


def test_orphans_are_filtered_by_what_is_known_of_their_conversation(org: Org, floor: Floor) -> None:
    call = floor.call()
    upload(org, f"{call.id}_1.wav")
    upload(org, "call.wav")
    org.now += 3600
    floor.send(*call.whole())

    assert [len(orphans(org, hasConversation=flag)) for flag in ("true", "false")] == [1, 2]
    assert [len(orphans(org, media=media)) for media in ("Call", "Screen")] == [2, 0]


def test_an_orphan_is_attached_to_a_conversation(org: Org, call: Call) -> None:
    known = an_orphan(org)

    made = org("PUT", f"{ORPHANS}/{known}", {"conversationId": call.id}).json()

    assert made["conversationId"] == call.id
    assert [one["id"] for one in metadata(org, call.id)] == [made["id"]]
    assert orphans(org) == []
    assert org("GET", f"{ORPHANS}/{known}").status_code == 404
    assert told(org, hexed(wav()))["content"][hexed(wav())][0]["status"] == "Success"


def test_an_orphan_without_a_conversation_is_attached_to_the_one_it_tells(org: Org, floor: Floor) -> None:
    call = floor.call()
    upload(org, f"{call.id}_1.wav")
    org.now += 3600
    (orphan,) = orphans(org)
    floor.send(*call.whole())

    assert org("PUT", f"{ORPHANS}/{orphan['id']}").json()["conversationId"] == call.id


@pytest.mark.parametrize("body", [{"conversationId": UNKNOWN}, {}, None])
def test_an_orphan_is_attached_to_conversations_that_exist(org: Org, refused: Refused, body: Any) -> None:
    known = an_orphan(org)

    assert refused(org("PUT", f"{ORPHANS}/{known}", body)) == (400, "recording.orphan.unknown.conversation")
    assert len(orphans(org)) == 1


def test_dates_of_retention_are_kept(org: Org, call: Call) -> None:
    known = an_orphan(org)
    dates = {"archiveDate": "2027-01-01T00:00:00.000Z", "deleteDate": "2028-01-01T00:00:00.000Z"}

    made = org("PUT", f"{ORPHANS}/{known}", {"conversationId": call.id} | dates).json()

    assert made.items() > dates.items()


@pytest.mark.parametrize(
    "dates",
    [
        {"archiveDate": "2026-05-29T00:00:00Z"},
        {"deleteDate": "2020-01-01T00:00:00Z"},
        {"archiveDate": "2028-01-01T00:00:00Z", "deleteDate": "2027-01-01T00:00:00Z"},
        {"exportDate": "2028-01-01T00:00:00Z"},
    ],
)
def test_dates_of_retention_are_in_order(org: Org, call: Call, refused: Refused, dates: dict[str, str]) -> None:
    known = an_orphan(org)

    answer = org("PUT", f"{ORPHANS}/{known}", {"conversationId": call.id} | dates)

    assert refused(answer) == (400, "recording.orphan.retention.data.invalid")
    assert len(orphans(org)) == 1


def test_an_orphan_is_deleted(org: Org) -> None:
    known = an_orphan(org)

    assert org("DELETE", f"{ORPHANS}/{known}").json()["id"] == known
    assert (orphans(org), org("DELETE", f"{ORPHANS}/{known}").status_code) == ([], 404)


def test_a_deleted_orphan_does_not_heal(org: Org, floor: Floor) -> None:
    call = floor.call()
    org.turn(recording_orphan_heals=True)
    upload(org, f"{call.id}_1.wav")
    org.now += 3600
    org("DELETE", f"{ORPHANS}/{orphans(org)[0]['id']}")

    floor.send(*call.whole())

    assert metadata(org, call.id) == []


def test_the_media_of_an_orphan_can_be_had(org: Org) -> None:
    org.turn(recording_bytes=True, recording_transcode_delay=1.0)
    known = an_orphan(org)

    assert org("GET", f"{ORPHANS}/{known}/media").status_code == 202
    org.now += 1
    shown = org("GET", f"{ORPHANS}/{known}/media").json()
    assert org.storage("GET", shown["mediaUris"]["S"]["mediaUri"]).content == wav()
