"""Calls and e-mails of Twilio: what TaskRouter and Voice tell, step by step, and what they cannot make us say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.telling import Line, read_all
from sources.twilio.stories import START, STORIES, VOICE, records, stamp

from reconciler.model.interaction import Act
from reconciler.sources.twilio.calls import CALLS

ANSWERED = "answered, wrapped up with a code, and nobody says who hung up"


def line(mapping: Any = None, state: str = "") -> Line:
    return Line(CALLS, START, mapping, state=state)


def lines(name: str) -> list[str]:
    story, attributes, channel, _ = STORIES[name]
    return records(story, attributes, channel)


@pytest.mark.parametrize("name", STORIES)
def test_a_conversation_reads_as_a_review(name: str) -> None:
    one = line()

    told = one.told(*lines(name))

    assert told + "\n" == STORIES[name][3]
    assert one.is_settled()
    assert len(one.conversations) == 1
    assert one.odd == []


@pytest.mark.parametrize("name", STORIES)
def test_a_conversation_reads_the_same_as_a_window_puts_its_events(name: str) -> None:
    assert line().sorted(*lines(name)) + "\n" == STORIES[name][3]


def test_a_call_back_of_the_second_in_which_an_agent_accepts_is_the_agents() -> None:
    story = """
0 task.created
0 task-queue.entered WQ1
4 reservation.created 1 a
9 participant-join CA1
9 participant-join CA2
9.4 reservation.accepted 1 a
60 participant-leave CA2
60 participant-leave CA1
60.2 reservation.wrapup 1 a
"""

    assert line().sorted(*records(story, VOICE)).splitlines()[-2:] == ["60 A1 close how=self", "60 X close how=peer"]


@pytest.mark.parametrize("name", STORIES)
def test_whatever_comes_twice_is_told_once(name: str) -> None:
    one = line()

    told = one.told(*(twice for record in lines(name) for twice in (record, record)))

    steps = [step for step in told.split("\n") if " recorded " not in step]
    assert steps == [step for step in STORIES[name][3].splitlines() if " recorded " not in step]


@pytest.mark.parametrize("name", STORIES)
def test_a_record_that_comes_again_is_the_same_event(name: str) -> None:
    one = line()

    assert one.events(*lines(name)) == one.events(*lines(name))


@pytest.mark.parametrize("name", STORIES)
def test_a_conversation_that_is_cut_off_can_be_closed(name: str) -> None:
    whole = lines(name)
    for count in range(1, len(whole)):
        one = line()
        one.told(*whole[:count])
        one.close()
        assert all(call.is_settled for call in one.conversations.values() if call.legs)


def test_the_end_of_the_task_is_the_end_of_the_conversation() -> None:
    one = line()
    one.told(*lines(ANSWERED))

    assert one.over == {"CA1"}


def test_a_conversation_is_known_by_the_call_of_the_customer_and_else_by_the_task() -> None:
    assert {event.key for event in line().events(*lines("outbound, answered"))} == {"WT1"}
    assert {event.key for event in line().events(*lines("the agent hangs up"))} == {"CA1"}
    assert {event.key for event in line().events(*lines("an e-mail, moved to a colleague"))} == {"WT1"}


def test_two_tasks_of_one_call_are_one_conversation() -> None:
    first = records("0 task.created\n0 task-queue.entered WQ1\n9 task.canceled TaskCanceledReason=Workflow", VOICE)
    second = records("5 task.created\n5 task-queue.entered WQ2", VOICE, task="WT2")

    assert {event.key for event in line().events(*first, *second)} == {"CA1"}


def test_a_second_run_goes_on_where_the_first_stopped() -> None:
    whole = lines("a menu, a hold, a mute, a recording, and the caller hangs up")
    first = line()
    told = first.tell(*first.events(*whole[:8]))
    second = line(state=first.read.state)
    second.memories, second.conversations = first.memories, first.conversations

    told += second.tell(*second.events(*whole[8:]))

    assert "\n".join(told) == line().told(*whole)


def test_a_later_event_says_what_a_missing_one_said() -> None:
    told = line().told(*records("9 reservation.accepted 1 a\n60 reservation.completed 1 a", VOICE))

    assert told.splitlines()[:4] == [
        "9 X open customer ani=+4930111 dnis=+4930222",
        "9 Q1 open queue queue=WQ1 invited_by=X",
        "9 A1 open agent agent=WKa no-alerting invited_by=Q1",
        "9 Q1 close how=transfer",
    ]


def test_a_reservation_that_is_told_after_its_end_rings_nowhere() -> None:
    story = "0 task.created\n0 task-queue.entered WQ1\n9 reservation.timeout 1 a\n9.1 reservation.created 1 a"

    assert "agent" not in line().told(*records(story, VOICE))


def test_a_cloud_event_says_the_same_as_a_post() -> None:
    payload = {
        "eventtype": "task.created",
        "task_sid": "WT1",
        "task_channel_unique_name": "voice",
        "task_attributes": json.dumps(VOICE),
        "timestamp": "2026-03-02T08:00:00.000Z",
        "sid": "EV0task.created",
    }
    event = {"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "id": "NO1", "data": {"payload": payload}}

    (found,) = line().events(json.dumps(event))
    (post,) = line().events(*records("0 task.created TaskQueueSid=", VOICE))

    assert found == post


def test_the_wrap_up_code_may_stand_in_another_attribute() -> None:
    one = line({"interactions": {"wrapup_attribute": "result"}})

    told = one.told(*records(STORIES[ANSWERED][0], {**VOICE, "result": "Refund"}))

    assert "75 A1 dispose code=Refund" in told


def test_what_is_neither_a_call_nor_an_e_mail_is_counted() -> None:
    one = line()

    assert one.events(*records("0 task.created", {}, "sms"), *records("0 task.created", VOICE, "default")) != []
    assert one.read.odd == {"channel sms": 1}


def test_what_nobody_knows_is_counted_and_what_changes_no_leg_is_not() -> None:
    one = line()
    told = [
        {"EventType": kind, "TaskSid": "WT1"} for kind in ("task.dreamt", "worker.activity.update", "task-queue.moved", "x.y")
    ]
    posts = [
        {"CallSid": "CA1", "CallStatus": "musing"},
        {"CallSid": "CA1", "CallStatus": "queued"},
        {"sid": "WK1", "available": "true"},
    ]

    assert one.events(*(urlencode(record) for record in [*told, *posts])) == []
    assert one.read.odd == {"task.dreamt": 1, "x.y": 1, "call musing": 1}


def test_an_e_mail_without_addresses_is_named_and_not_told() -> None:
    one = line()

    assert one.told(*records("0 task.created\n0 task-queue.entered WQ1", {"subject": "Bill"}, "email")) == ""
    assert one.odd[0] == "WT1: an e-mail without addresses: expected from and to in its attributes"


def test_a_transfer_of_nobody_is_named() -> None:
    one = line()
    one.told(*records("0 task.created\n5 task.transfer-initiated 1 WQ2 COLD", VOICE))

    assert one.odd == ["a transfer of nobody, by nobody or to nowhere"]


def test_a_call_that_no_task_tells_of_is_told_as_far_as_it_goes() -> None:
    one = line()

    told = one.told(*records("0 call:ringing CA7\n1 call:in-progress CA7\n9 call:completed CA7", VOICE))

    assert told.splitlines()[-2:] == ["9 X close how=self", "9 I1 close how=peer"]
    assert one.is_settled()


def test_a_call_to_somebody_is_nobody_until_its_task_is_known() -> None:
    assert line().told(*records("0 call:ringing CA7 Direction=outbound-api", VOICE)) == ""


@pytest.mark.parametrize("name", ["event.read_full", "task.read_full", "worker.read_full"])
def test_answers_as_others_print_them_say_nothing_of_calls(samples: Any, name: str) -> None:
    one = line()

    assert one.events(*samples(f"twilio/taskrouter/{name}.json", b"\n")) == []
    assert one.read.odd == {}


def test_the_status_of_workers_passes_over_call_backs_in_the_same_feed(feed: Any) -> None:
    one = feed("twilio")

    assert one.tell(*records("0 call:ringing CA1\n1 participant-join CA1\n2 recording:completed CA1", VOICE)) == []
    assert one.read.odd == {}


def test_what_is_remembered_of_a_conversation_does_not_grow_with_what_comes_again() -> None:
    one = line()
    whole = lines("transferred blindly into a queue")
    one.told(*whole)
    size = len(json.dumps(one.memories))

    one.told(*whole * 20)

    assert len(json.dumps(one.memories)) == size


TASK = {"EventType": "task.created", "TaskSid": "WT1", "TaskChannelUniqueName": "voice", "TimestampMs": str(START)}
CALL = {"CallSid": "CA1", "CallStatus": "ringing", "Timestamp": stamp(0)}


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ({**TASK, "TaskSid": ""}, "expected TaskSid"),
        ({**TASK, "TaskSid": "*"}, r"expected TaskSid, found '\*'"),
        ({**TASK, "TaskSid": "WT\0"}, "expected TaskSid"),
        ({**TASK, "TaskSid": "W" * 201}, "expected TaskSid"),
        ({**TASK, "TaskAttributes": "{"}, "TaskAttributes are no JSON"),
        ({**TASK, "TaskAttributes": "[1]"}, "TaskAttributes are no object"),
        ({**TASK, "TimestampMs": "yesterday"}, "no time: 'yesterday'"),
        ({**TASK, "TimestampMs": "9" * 30}, "no time"),
        ({**TASK, "TimestampMs": ""}, "no time"),
        ({**TASK, "EventType": "task-queue.entered"}, "expected TaskQueueSid"),
        ({**TASK, "EventType": "reservation.created", "WorkerSid": "WKa"}, "expected ReservationSid"),
        ({**TASK, "EventType": "reservation.created", "ReservationSid": "WR1"}, "expected WorkerSid"),
        ({**CALL, "CallSid": ""}, "expected CallSid"),
        ({**CALL, "Timestamp": "soon"}, "no time: 'soon'"),
        ({"ConferenceSid": "", "StatusCallbackEvent": "participant-join"}, "expected ConferenceSid"),
        ({"RecordingSid": "RE1", "RecordingStatus": "completed"}, "a recording of nothing"),
        ({"a": "b"}, "neither an event of TaskRouter nor a call back of Voice"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_what_is_wrong(record: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        line().events(urlencode(record))


def test_wrong_types_inside_json_are_refused_or_passed_over() -> None:
    whole = {**TASK, "TaskAttributes": {**VOICE, "name": ["x"], "conference": "no", "conversations": 7, "from": "+49\x0030"}}

    with pytest.raises(ValueError, match=r"expected TaskSid, found .*'a': 1"):
        line().events(json.dumps({**whole, "TaskSid": {"a": 1}}))

    assert line().told(json.dumps(whole)) == "0 X open customer ani=+4930 dnis=+4930222"


def test_the_card_says_what_the_feed_does_not_tell() -> None:
    assert CALLS.platform == "twilio"
    assert {Act.CONSULT, Act.SENT} & CALLS.sees == set()


# ── disorder ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALL = [record.encode() for name in STORIES for record in lines(name)]


@given(st.lists(st.sampled_from(ALL), max_size=25))
def test_any_records_in_any_order_are_told_legally(found: list[bytes]) -> None:
    one = line()
    one.tell(*read_all(one, found))
    one.close()

    assert all(call.is_settled for call in one.conversations.values() if call.legs)


@given(st.sampled_from(sorted(STORIES)), st.data())
def test_a_conversation_with_records_lost_doubled_and_late_is_told_legally(name: str, data: st.DataObject) -> None:
    whole = [record.encode() for record in lines(name)]
    found = data.draw(st.lists(st.sampled_from(whole), max_size=2 * len(whole)))
    one = line()
    one.tell(*sorted(read_all(one, found), key=lambda event: event.at))
    one.close()

    assert all(call.is_settled for call in one.conversations.values() if call.legs)


@given(
    st.dictionaries(
        st.sampled_from([*TASK, *CALL, "TaskAttributes", "ReservationSid", "WorkerSid"]), st.text() | st.none() | st.floats()
    )
)
def test_hostile_values_never_crash(values: dict[str, Any]) -> None:
    one = line()
    found = read_all(one, [json.dumps({**TASK, **values}).encode(), json.dumps({**CALL, **values}).encode()])

    one.tell(*found)
