"""Events of lines, and the record each comes from."""

from __future__ import annotations

import orjson
import pytest

from reconciler.feeds.chunk import Record
from reconciler.formats.frame_record import Damaged
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.pipeline.reader import Reader
from reconciler.sources import CALLS

TASK = {
    "eventtype": "task.created",
    "timestamp": "2026-11-23T08:00:00Z",
    "sid": "EV01",
    "task_sid": "WT01",
    "task_channel_unique_name": "voice",
    "task_attributes": orjson.dumps({"call_sid": "CA01", "from": "+4930555001", "to": "600"}).decode(),
}
ON_ONE = orjson.dumps(TASK).decode()
ON_MANY = orjson.dumps(TASK, option=orjson.OPT_INDENT_2).decode()
FORM = "CallSid=CA01&CallStatus=completed&Direction=inbound&Timestamp=Mon%2C+23+Nov+2026+08%3A01%3A32+%2B0000"


def queued(call: str, at: str = "08:00:01.0000") -> str:
    return f"@{at} [0] message EventQueued\n  AttributeThisDN 'VQ'\n  AttributeConnID {call}\n  AttributeCallType 2\n"


TICK = "@08:00:02.0000 [0] message EventTimerTick\n  AttributeServer 1\n"
LOG = f"Local time: 2026-11-23T08:00:00.000\n{queued('1')}{TICK}{queued('2')}"
BETWEEN = [("CA01", "feed:1", f"{FORM} … 1"), ("CA01", "feed:2", "{ … 8"), ("CA01", "feed:10", f"{FORM} … 1")]


def heard(platform: str, text: str) -> list[tuple[str, str, str]]:
    """Conversation, place and first line of every event of a text; at its end too, what is set aside by its cause."""
    reader = Reader(CALLS[platform].open(Mapping(), Clock("UTC"), ""), "feed")
    found: list[tuple[str, str, str]] = []

    def note(words: list[str]) -> None:
        if not words:
            return
        lines = reader.record.data.decode().splitlines()
        found.extend((one, reader.record.place, f"{lines[0].strip()} … {len(lines)}") for one in words)

    for number, line in enumerate(text.splitlines(keepends=True), 1):
        try:
            note([event.key for event in reader.read(Record(line.encode(), f"feed:{number}"))])
        except ValueError as error:
            note([str(error)])
    note([event.key for event in reader.rest()])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ON_ONE, [("CA01", "feed:1", f"{ON_ONE} … 1")]),
        (ON_MANY, [("CA01", "feed:1", "{ … 8")]),
        (
            f"{FORM}\n{ON_MANY}\n{FORM}",
            [("CA01", "feed:1", f"{FORM} … 1"), ("CA01", "feed:2", "{ … 8"), ("CA01", "feed:10", f"{FORM} … 1")],
        ),
        (f"{{\n{ON_MANY}", [("CA01", "feed:2", "{ … 8")]),
        ("{\n broken\n}\n" + ON_ONE, [("feed:1",), ("CA01", "feed:4", f"{ON_ONE} … 1")]),
    ],
    ids=["one line", "many lines", "between forms", "behind one that never ended", "behind a broken one"],
)
def test_an_event_of_twilio_comes_from_the_lines_of_its_record(text: str, expected: list[tuple[str, ...]]) -> None:
    found = heard("twilio", text)

    assert [one if len(wanted) == 3 else one[1:2] for one, wanted in zip(found, expected, strict=True)] == expected


def test_a_message_in_a_log_ends_where_another_line_begins() -> None:
    assert heard("genesys-engage", LOG) == [
        ("1", "feed:2", "@08:00:01.0000 [0] message EventQueued … 4"),
        ("2", "feed:8", "@08:00:01.0000 [0] message EventQueued … 4"),
    ]


def test_what_cannot_be_understood_is_the_message_and_not_the_line_behind_it() -> None:
    found = heard("genesys-engage", f"@09:00:00 [0] message EventQueued\n  AttributeConnID 7\n  AttributeThisDN 'VQ'\n{LOG}")

    assert [(place, said) for _, place, said in found][:2] == [
        ("feed:1", "@09:00:00 [0] message EventQueued … 4"),  # with the line that ends it, since that begins nothing
        ("feed:5", "@08:00:01.0000 [0] message EventQueued … 4"),
    ]
    assert "no time" in found[0][0]


def test_a_record_of_very_many_lines_is_put_together_once() -> None:
    text = ON_MANY.replace("{", "{\n" + '"x":\n1,\n' * 5_000, 1)

    assert heard("twilio", text)[0][:2] == ("CA01", "feed:1")


def test_a_damaged_record_is_told_by_its_cause() -> None:
    reader = Reader(CALLS["asterisk"].open(Mapping(), Clock("UTC"), ""))

    with pytest.raises(ValueError, match="too long"):
        reader.read(Record(Damaged.because("too long", b"x"), "log:9"))

    assert reader.record.place == "log:9"


def test_a_record_that_was_begun_before_a_restart_is_ended() -> None:
    lines = [f"{line}\n".encode() for line in ON_MANY.splitlines()]
    before = Reader(CALLS["twilio"].open(Mapping(), Clock("UTC"), ""))
    for line in lines[:4]:
        before.read(Record(line, "feed:1"))

    after = Reader(CALLS["twilio"].open(Mapping(), Clock("UTC"), before.native.state))
    events = [event for number, line in enumerate(lines[4:], 5) for event in after.read(Record(line, f"feed:{number}"))]

    assert [event.key for event in events] == ["CA01"]
    assert after.record.place == "feed:5"
