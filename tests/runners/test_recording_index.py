"""Indexes of recordings: tables, JSON, contact records."""

from __future__ import annotations

import orjson
import pytest

from reconciler.model.moment import Clock
from reconciler.model.recorded import Described
from reconciler.model.recording import Agent
from reconciler.runners.recording_index import Index, read

COLUMNS = {name: name for name in ("file", "conversation", "start", "seconds", "part", "agent")}


def index(data: bytes, columns: dict[str, str] | None = None) -> Index:
    found = Index()
    read(found, data, file="calls.csv", columns=columns or COLUMNS, clock=Clock())
    return found


TABLE = b"file;conversation;start;seconds;part;agent\na/1.wav;C1;2026-11-22T09:30:00Z;61.5;2;Left\n"
ROW = Described("a/1.wav", "C1", 1_795_339_800_000, 61.5, 2, Agent.LEFT, "calls.csv:2")


def test_a_table_has_a_row_per_file() -> None:
    assert index(TABLE).rows == [ROW]


@pytest.mark.parametrize("form", [b"%b", b"[%b]", b'{"recordings": [%b]}', b"%b\n%b"])
def test_json_has_an_object_per_file_however_it_is_wrapped(form: bytes) -> None:
    row = b'{"file": "a/1.wav", "conversation": "C1", "start": "2026-11-22T09:30:00Z", "seconds": 61.5}'

    found = index(form.replace(b"%b", row))

    assert {(one.name, one.conversation, one.start, one.seconds) for one in found.rows} == {ROW_SAYS}


ROW_SAYS = ("a/1.wav", "C1", 1_795_339_800_000, 61.5)


def test_columns_may_have_other_names() -> None:
    found = index(b"Pfad,Anruf\nx.wav,C1\n", COLUMNS | {"file": "Pfad", "conversation": "Anruf"})

    assert found.rows == [Described("x.wav", "C1", place="calls.csv:2")]


def test_a_column_says_which_side_a_file_holds() -> None:
    found = index(b"file,conversation,channel\nx.wav,C1,Agent\n", COLUMNS | {"channel": "channel"})

    assert [one.channel for one in found.rows] == ["agent"]


def test_a_row_without_file_or_conversation_is_told_with_its_line() -> None:
    found = index(b"file,conversation\nx.wav,\n,C1\n")

    assert [str(one) for one in found.problems] == [
        "calls.csv:2: warning: names no file or no conversation; see runners.recordings.columns",
        "calls.csv:3: warning: names no file or no conversation; see runners.recordings.columns",
    ]


RECORD = {
    "ContactId": "second",
    "InitialContactId": "first",
    "Recordings": [
        {
            "Location": "bucket/CallRecordings/a.wav",
            "StartTimestamp": "2026-11-22T09:30:00Z",
            "StopTimestamp": "2026-11-22T09:31:00Z",
            "Status": "AVAILABLE",
        },
        {"Location": "bucket/CallRecordings/b.wav", "Status": "DELETED"},
        {"Location": None},
    ],
}


def test_a_contact_record_names_its_recordings_for_the_first_contact() -> None:
    found = index(orjson.dumps(RECORD)).find("CallRecordings/a.wav")

    assert found
    assert (found.name, found.conversation, found.seconds, found.agent) == (
        "bucket/CallRecordings/a.wav",
        "first",
        60.0,
        Agent.RIGHT,
    )


CHAIN = [
    {"ContactId": "c3", "PreviousContactId": "c2", "InitialContactId": "c1", "InitiationMethod": "TRANSFER"},
    {"ContactId": "c2", "PreviousContactId": "c1"},
    {"ContactId": "c1", "InitiationMethod": "INBOUND"},
    {"ContactId": "back", "PreviousContactId": "c1", "InitialContactId": "c1", "InitiationMethod": "CALLBACK"},
    {"ContactId": "after", "PreviousContactId": "back", "InitialContactId": "c1", "InitiationMethod": "TRANSFER"},
    {"ContactId": "alone", "PreviousContactId": "lost"},
    {"ContactId": "round", "PreviousContactId": "about"},
    {"ContactId": "about", "PreviousContactId": "round"},
]


@pytest.mark.parametrize(
    ("leg", "wanted"),
    [
        *(("c1", "c1"), ("c2", "c1"), ("c3", "c1")),
        *(("back", "back"), ("after", "back")),
        *(("alone", "lost"), ("nobody", "nobody"), ("round", "round")),
    ],
)
def test_a_leg_leads_to_the_conversation_it_belongs_to(leg: str, wanted: str) -> None:
    """A file is named after the contact of its leg; in whatever order the records came."""
    found = index(orjson.dumps(CHAIN))

    assert found.led(Described(f"{leg}.wav", leg)).conversation == wanted


def test_an_older_contact_record_in_other_case_has_one_recording() -> None:
    (found,) = index(b'{"contactId": "only", "recording": {"location": "/b/x.wav"}}').rows

    assert (found.name, found.conversation) == ("b/x.wav", "only")


def test_a_contact_without_recording_is_no_problem() -> None:
    found = index(b'{"ContactId": "only", "Recordings": null, "Recording": null}')

    assert (found.rows, found.problems) == ([], [])


@pytest.mark.parametrize("name", ["a/1.wav", "bucket/a/1.wav", "1.wav"])
def test_a_file_is_found_by_its_path_or_the_end_of_it(name: str) -> None:
    found = index(TABLE).find(name)

    assert found == ROW


@pytest.mark.parametrize("name", ["b/1.wav", "a/11.wav", "2.wav"])
def test_another_file_is_not_found(name: str) -> None:
    assert index(TABLE).find(name) is None


def test_a_name_that_two_rows_claim_for_different_conversations_is_nobodys() -> None:
    found = index(b"file,conversation\na/1.wav,C1\nb/1.wav,C2\n")

    assert found.find("1.wav") is None
    assert found.find("b/1.wav") == Described("b/1.wav", "C2", place="calls.csv:3")


def test_rows_that_come_later_are_found_too() -> None:
    found = index(TABLE)
    found.find("x")
    read(found, b"file,conversation\nx.wav,C9\n", file="more.csv", columns=COLUMNS, clock=Clock())

    assert found.find("x.wav") == Described("x.wav", "C9", place="more.csv:2")


def test_numbers_that_are_none_say_nothing() -> None:
    (found,) = index(b"file,conversation,seconds,part,start\nx.wav,C1,nan,-1,soon\n").rows

    assert (found.seconds, found.part, found.start) == (0, 0, 0)
