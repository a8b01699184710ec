"""Workers of TaskRouter: activities and reservations, as posts, as streams, as answers of the REST service."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.twilio.records import LIMIT
from reconciler.sources.twilio.status import STATUS

START = 1_772_438_400_000
WORKER = "WK0000000000000000000000000000000a"


def event(kind: str, at: int = 0, sid: str = "", **fields: str) -> dict[str, str]:
    """The fields of a post; `at` in milliseconds."""
    return {
        "EventType": kind,
        "Sid": sid or f"EV{kind}{at}",
        "Timestamp": str((START + at) // 1000),
        "TimestampMs": str(START + at),
        "WorkerSid": WORKER,
        "WorkspaceSid": "WS1",
        **fields,
    }


def activity(name: str, at: int = 0, sid: str = "") -> dict[str, str]:
    return event("worker.activity.update", at, WorkerActivityName=name, WorkerActivitySid=sid or f"WA{name}")


def reservation(kind: str, at: int = 0, sid: str = "WR1", task: str = "WT1") -> dict[str, str]:
    return event(f"reservation.{kind}", at, ReservationSid=sid, TaskSid=task)


def posts(*events: dict[str, str]) -> list[str]:
    return [urlencode(one) for one in events]


def flags(**available: bool) -> str:
    """The answer that lists activities."""
    rows = [{"sid": f"WA{name}", "friendly_name": name, "available": flag} for name, flag in available.items()]
    return json.dumps({"activities": rows, "meta": {}}, indent=4)


def tell(feed: Any, *records: str, mapping: Any = None) -> Any:
    one = feed("twilio", mapping)
    return one.tell(*(line for record in records for line in record.split("\n")))


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([activity("Available")], "ready"),
        ([activity("Unavailable")], "not_ready(WAUnavailable)"),
        ([activity("Offline")], "off"),
        ([activity("Idle")], "ready"),
        ([activity("Lunch")], "not_ready(WALunch)"),
        ([activity("Emails")], "ready"),
        ([activity("Dreaming")], "unknown=Dreaming"),
        ([activity("Available"), reservation("created")], "ready+offered"),
        ([activity("Available"), reservation("created"), reservation("accepted")], "ready+routed"),
        ([activity("Available"), reservation("accepted"), reservation("wrapup")], "ready+after_work"),
        ([activity("Available"), reservation("accepted"), event("task.wrapup", TaskSid="WT1")], "ready+after_work"),
        ([activity("Available"), reservation("accepted"), reservation("completed")], "ready"),
        ([activity("Available"), reservation("accepted"), event("task.completed", TaskSid="WT1")], "ready"),
        ([activity("Available"), reservation("accepted"), event("task.completed", TaskSid="WT2")], "ready+routed"),
        ([activity("Available"), reservation("created"), reservation("canceled")], "ready"),
        ([activity("Available"), reservation("created"), reservation("rescinded")], "ready"),
        ([activity("Available"), reservation("created"), reservation("rejected")], "ready"),
        (
            [activity("Available"), reservation("created"), reservation("timeout", 9), activity("Unavailable", 500)],
            "ready+refused",
        ),
        ([activity("Available"), activity("Unavailable", 9), reservation("timeout", 500)], "ready+refused"),
        ([activity("Available"), reservation("timeout", 9), activity("Lunch", 60_000)], "not_ready(WALunch)"),
        (
            [activity("Available"), reservation("rejected", 9), activity("Unavailable", 10), activity("Lunch", 60_000)],
            "not_ready(WALunch)",
        ),
        ([activity("Available"), reservation("rejected", 9), activity("Offline", 10)], "off"),
        ([activity("Available"), reservation("accepted"), reservation("created", sid="WR2")], "ready+routed+offered"),
        ([activity("Lunch"), reservation("accepted")], "not_ready(WALunch)+routed"),
        ([reservation("created")], "ready+offered"),
        ([activity("Available"), event("worker.deleted")], "gone"),
    ],
)
def test_the_state_follows_from_activity_and_reservations(feed: Any, events: list[dict[str, str]], word: str) -> None:
    said = tell(feed, flags(Lunch=False, Emails=True), *posts(*events))

    assert said[-1] == f"{WORKER} {word}"


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([reservation("accepted", 5), reservation("created", 0)], "ready+routed"),
        ([reservation("completed", 9), reservation("accepted", 5)], "ready"),
        ([activity("Available", 9), activity("Offline", 0)], "ready"),
    ],
)
def test_what_arrives_late_takes_nothing_back(feed: Any, events: list[dict[str, str]], word: str) -> None:
    assert tell(feed, *posts(activity("Available"), *events))[-1] == f"{WORKER} {word}"


def test_an_activity_may_be_known_by_name_alone(feed: Any) -> None:
    told = event("worker.activity.update", WorkerActivityName="Unavailable")

    assert tell(feed, *posts(told)) == [f"{WORKER} not_ready(Unavailable)"]


def test_a_refusal_by_somebody_ready_leads_nowhere_by_itself(feed: Any) -> None:
    assert tell(feed, *posts(activity("Available"), reservation("timeout", 1), activity("Available", 2)))[-1] == f"{WORKER} ready"


def test_an_event_has_the_platforms_own_id_and_milliseconds(feed: Any) -> None:
    one = feed("twilio")
    one.tell(*posts(activity("Available", 125)))

    assert [(said.key, said.at, said.id) for said in one.events] == [(WORKER, START + 125, "EVworker.activity.update125")]


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PAYLOAD = {
    "eventtype": "worker.activity.update",
    "sid": "EV1",
    "timestamp_ms": START,
    "worker_sid": WORKER,
    "worker_activity_sid": "WAAvailable",
    "worker_activity_name": "Available",
    "worker_attributes": '{"full_name": "Kim {"}',
}
CLOUD = {"specversion": "1.0", "type": "com.twilio.taskrouter.worker.activity.update", "id": "NO1", "data": {"payload": PAYLOAD}}
LISTED = {
    "event_type": "worker.activity.update",
    "sid": "EV1",
    "event_date_ms": START,
    "event_date": "2026-03-02T08:00:00Z",
    "resource_type": "worker",
    "resource_sid": WORKER,
    "event_data": {"worker_activity_name": "Available", "worker_activity_sid": "WAAvailable"},
}


@pytest.mark.parametrize(
    "text",
    [
        urlencode({**activity("Available", sid="WAAvailable"), "Sid": "EV1", "EventDescription": "é & {=}"}),
        json.dumps(CLOUD),
        json.dumps([CLOUD]),
        json.dumps([CLOUD], indent=2),
        json.dumps({"events": [LISTED], "meta": {"key": "events"}}, indent=4),
        json.dumps({"events": [{**LISTED, "event_data": json.dumps(LISTED["event_data"])}]}),
        json.dumps(LISTED, indent=1).replace("\n}", ",\n}"),
    ],
)
def test_an_event_is_the_same_in_every_form(feed: Any, text: str) -> None:
    one = feed("twilio")

    assert one.tell(*text.split("\n")) == [f"{WORKER} ready"]
    assert (one.events[0].at, one.events[0].id) == (START, "EV1")


def test_workers_of_an_answer_are_states_since_their_last_change(feed: Any) -> None:
    row = {
        "sid": WORKER,
        "activity_sid": "WA7",
        "activity_name": "available",
        "available": False,
        "date_status_changed": "2026-03-02T08:00:00Z",
    }
    one = feed("twilio")

    assert one.tell(*json.dumps({"workers": [row]}, indent=4).split("\n")) == [f"{WORKER} not_ready(WA7)"]
    assert one.events[0].at == START


def test_a_flag_is_learnt_from_every_record_that_tells_it(feed: Any) -> None:
    learnt = event("activity.updated", ActivitySid="WALunch", ActivityName="Lunch", ActivityAvailable="false")

    assert tell(feed, *posts(activity("Lunch"), learnt, activity("Lunch", 1))) == [
        f"{WORKER} unknown=Lunch",
        f"{WORKER} not_ready(WALunch)",
    ]


@pytest.mark.parametrize(
    ("mapping", "word"),
    [
        ({"status": {"states": {"Emails": "ready"}}}, "ready"),
        ({"status": {"states": {"WAEmails": "off"}}}, "off"),
        ({"status": {"reasons": {"WAEmails": "Busy"}}}, "not_ready(WAEmails)"),
        ({"status": {"reasons": {"Emails": "Busy"}}}, "not_ready(WAEmails)"),
        ({"secondary_statuses": {"Emails": {"system_presence": "Busy"}}}, "not_ready(WAEmails)"),
    ],
)
def test_the_mapping_can_say_what_an_activity_is(feed: Any, mapping: Any, word: str) -> None:
    assert tell(feed, *posts(activity("Emails")), mapping=mapping) == [f"{WORKER} {word}"]


def test_a_later_run_goes_on_inside_a_record(feed: Any) -> None:
    state, said = "", []
    for line in [*flags(Lunch=False).split("\n"), *posts(activity("Lunch")), *json.dumps([CLOUD], indent=2).split("\n")]:
        one = feed("twilio", state=state)
        said += one.tell(line)
        state = one.read.state

    assert said == [f"{WORKER} not_ready(WALunch)", f"{WORKER} ready"]


def test_a_record_that_never_ends_does_not_swallow_the_next(feed: Any) -> None:
    one = feed("twilio")

    assert one.tell('{"specversion": "1.0", "data": {', json.dumps(CLOUD)) == [f"{WORKER} ready"]
    assert one.read.odd == {"a record that never ended": 1}


# ── what is passed over, what is wrong ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind",
    ["task.created", "task-queue.entered", "workflow.entered", "workspace.created", "worker.attributes.update", "task.wrapup"],
)
def test_events_about_no_worker_give_no_events(feed: Any, kind: str) -> None:
    one = feed("twilio")

    assert one.tell(*posts({**event(kind), "WorkerSid": ""})) == []
    assert one.read.odd == {}


def test_unknown_types_and_activities_are_counted(feed: Any) -> None:
    one = feed("twilio")
    one.tell(*posts(event("reservation.dreamt"), event("weather.changed"), activity("Lunch")))

    assert one.read.odd == {"reservation.dreamt": 1, "weather.changed": 1, "activity Lunch": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hello", "neither a form nor JSON"),
        ("a=b", "no event of TaskRouter"),
        (urlencode({**activity("Available"), "WorkerSid": ""}), "no worker"),
        (urlencode({**activity("Available"), "WorkerSid": "W" * 201}), "no worker"),
        (urlencode({**reservation("created"), "WorkerSid": ""}), "no worker"),
        (urlencode({**activity("Available"), "TimestampMs": "9" * 30}), "no time"),
        (urlencode({**activity("Available"), "TimestampMs": "", "Timestamp": ""}), "no time: ''"),
        (urlencode({**activity("Available"), "TimestampMs": "soon"}), "no time: 'soon'"),
        (urlencode(event("worker.activity.update")), "no activity"),
        ("{]", "not JSON"),
        ("[1]", "expected an object"),
        ('{"a": ' * 200 + "1" + "}" * 200, "no event of TaskRouter|not JSON"),
        ('{"x": "' + "y" * LIMIT + '"}', "more than"),
        ("[" * 200_000 + "]" * 200_000, "not JSON"),
    ],
)
def test_a_record_that_is_none_is_refused_with_a_reason(feed: Any, line: str, message: str) -> None:
    one = feed("twilio")

    with pytest.raises(ValueError, match=message):
        one.tell(line)
    assert one.tell(*posts(activity("Available"))) == [f"{WORKER} ready"]


def test_what_is_no_text_is_no_id(feed: Any) -> None:
    line = json.dumps({"EventType": "worker.activity.update", "Sid": {"WK": 1}, "TimestampMs": 1})

    with pytest.raises(ValueError, match="no activity: expected WorkerActivitySid"):
        feed("twilio").tell(line)


def test_a_record_that_grows_for_ever_is_refused(feed: Any) -> None:
    one = feed("twilio")

    with pytest.raises(ValueError, match="more than"):
        one.tell(*["[" + "1," * 1000] * 1000)


@given(st.lists(st.text(alphabet='{}[]"=&%a1\\:, ', max_size=30), max_size=6))
def test_no_line_does_more_than_be_refused(lines: list[str]) -> None:
    read = STATUS.open(Mapping(), Clock(), "")
    for line in lines:
        try:
            events = read(line.encode())
        except ValueError:
            continue
        assert all(isinstance(one, Event) for one in events)


@given(
    st.lists(
        st.tuples(st.sampled_from(["created", "accepted", "wrapup", "completed", "timeout"]), st.integers(0, 3)), max_size=12
    )
)
def test_every_order_of_events_ends_in_a_state(history: list[tuple[str, int]]) -> None:
    read, memory = STATUS.open(Mapping(), Clock(), ""), None
    for at, (kind, number) in enumerate(history):
        for one in read(urlencode(reservation(kind, at, f"WR{number}")).encode()):
            before = repr(memory)
            memory, again = STATUS.fold(memory, one), memory
            assert repr(again) == before
            assert STATUS.agent(memory).standing == "ready"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("event.fetch.json", ["off"]),
        ("event.read_full.json", ["off"]),
        ("event.read_empty.json", []),
        ("worker.read_full.json", ["off"]),
        ("worker.fetch.json", ["not_ready"]),
        ("activity.read_full.json", []),
        ("task.read_full.json", []),
        ("workspace.fetch.json", []),
    ],
)
def test_answers_as_others_print_them_are_read(feed: Any, samples: Any, name: str, said: list[str]) -> None:
    found = feed("twilio").tell(*samples(f"twilio/taskrouter/{name}", b"\n"))

    assert [one.split(" ")[1].partition("(")[0] for one in found] == said
