"""Upload reports, metadata and orphans, in forms nobody published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.recorded import Stage, Upload
from reconciler.runners.recording_proof import Status, arrived, attached, mismatch, orphaned, rows, staged

CALL = "11111111-0000-4000-8000-000000000001"
ONE = Upload("d1", "a.wav", "C1", CALL, f"{CALL}_001_d1.wav", 100, 60.0, Stage.TAKEN, 1, key=f"org/k1/{CALL}_001_d1.wav")
TWO = replace(ONE, digest="d2", sent_as=f"{CALL}_002_d2.wav", key=f"org/k2/{CALL}_002_d2.wav", size=200, seconds=30.0, at=2)
RECORDING = "22222222-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "text",
    [
        f"fileName,uploadStatus\n{ONE.sent_as},Success\n",
        f"Status;Key\nSuccess;{ONE.key}\n",
        f'{{"file": "{ONE.sent_as}", "uploadStatus": "Success"}}\n{{"file": "other.wav", "uploadStatus": "Pending"}}\n',
        f'[{{"key": "bucket/x/{ONE.sent_as}", "state": "Success"}}]',
        f'{{"entities": [{{"key": "{ONE.key}", "state": "Success"}}]}}',
    ],
)
def test_a_report_is_read_whatever_its_form(text: str) -> None:
    found = arrived([ONE, TWO], rows(text.encode()))

    assert {digest: row.status for digest, row in found.items()} == {"d1": Status.SUCCESS}


@pytest.mark.parametrize("text", ["", "\n", "fileName,uploadStatus\n", "[]", "{}", "<html>no</html>"])
def test_a_report_without_uploads_knows_none(text: str) -> None:
    assert arrived([ONE, TWO], rows(text.encode())) == {}


@pytest.mark.parametrize(
    ("stage", "status", "wanted"),
    [
        (Stage.SENT, "Pending", Stage.TAKEN),
        (Stage.SENT, None, Stage.SENT),
        (Stage.TAKEN, "Failure", Stage.FAILED),
        (Stage.TAKEN, "Success", Stage.TAKEN),
        (Stage.ATTACHED, "Failure", Stage.ATTACHED),
    ],
)
def test_what_a_report_says_of_an_upload(stage: Stage, status: str | None, wanted: Stage) -> None:
    one = replace(ONE, stage=stage)
    report = rows(f"name,state\n{ONE.sent_as},{status}\n".encode()) if status else []

    assert staged(one, arrived([one], report).get("d1")).stage is wanted


def shown(**more: Any) -> dict[str, Any]:
    return {"id": RECORDING, "conversationId": CALL, "media": "audio"} | more


def test_a_recording_the_report_names_is_attached() -> None:
    report = rows(f"name,state,id\n{TWO.sent_as},Success,{RECORDING}\n{ONE.sent_as},Success,other\n".encode())

    assert attached([ONE, TWO], arrived([ONE, TWO], report), [shown()]) == {"d2"}


def test_a_recording_that_shows_its_name_is_attached() -> None:
    assert attached([ONE, TWO], {}, [shown(name=TWO.sent_as)]) == {"d2"}


def test_without_names_as_many_are_attached_as_are_shown() -> None:
    assert attached([TWO, ONE], {}, [shown()]) == {"d1"}
    assert attached([TWO, ONE], {}, [shown(), shown(id="x")]) == {"d1", "d2"}
    assert attached([TWO, ONE], {}, []) == set()


def test_what_still_waits_by_the_report_is_not_attached() -> None:
    report = rows(f"name,state\n{ONE.sent_as},WaitForConversation\n".encode())

    assert attached([ONE], arrived([ONE], report), [shown()]) == set()


@pytest.mark.parametrize(
    "orphan",
    [
        {"name": TWO.sent_as},
        {"sourceOrphaningId": TWO.key},
        {"recording": {"path": f"x/{TWO.sent_as}"}},
        {"mediaSizeBytes": 200},
    ],
)
def test_an_orphan_is_known_by_name_key_or_size(orphan: dict[str, Any]) -> None:
    assert orphaned([ONE, TWO], [{"id": "o1"} | orphan]) == {"d2": "o1"}


def test_an_orphan_of_somebody_else_is_left_alone() -> None:
    same = replace(TWO, digest="d3", sent_as="y.wav", key="")

    assert orphaned([TWO, same], [{"id": "o1", "mediaSizeBytes": 200}]) == {}
    assert orphaned([ONE], [{"id": "o1", "name": "theirs.wav", "mediaSizeBytes": 100}]) == {}


def timed(seconds: float) -> dict[str, Any]:
    return shown(
        startTime="2026-11-22T09:00:00.000Z", endTime=f"2026-11-22T09:{int(seconds) // 60:02}:{int(seconds) % 60:02}.000Z"
    )


def test_lengths_that_differ_are_told() -> None:
    assert mismatch([ONE, TWO], [timed(60), timed(31)]) == ""
    assert mismatch([ONE, TWO], [timed(60), timed(12)]) == "30.0 s were sent, 12.0, 60.0 s are shown"
    assert mismatch([ONE], [shown(outputDurationMs=20_000)]) == "60.0 s were sent, 20.0 s are shown"


def test_lengths_that_are_not_shown_say_nothing() -> None:
    assert mismatch([ONE], [shown()]) == ""
