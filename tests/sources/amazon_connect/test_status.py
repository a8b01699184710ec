"""The agent event stream of Amazon Connect: from a snapshot to a neutral state, and every way records are wrapped."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.amazon_connect.status import STATUS
from reconciler.sources.amazon_connect.wrapped import LIMIT

INSTANCE = "arn:aws:connect:eu-central-1:111122223333:instance/3f8d1c52-0000-4000-8000-000000000001"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AVAILABLE, OFFLINE, LUNCH = ("ROUTABLE", "Available"), ("OFFLINE", "Offline"), ("CUSTOM", "Lunch")


def stamp(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status(kind: tuple[str, str], since: float = 0) -> dict[str, Any]:
    return {"ARN": f"{INSTANCE}/agent-state/{kind[1].lower()}", "Name": kind[1], "Type": kind[0], "StartTimestamp": stamp(since)}


def contact(state: str, method: str = "INBOUND", queue: str = "q-1") -> dict[str, Any]:
    where = {"ARN": f"{INSTANCE}/queue/{queue}", "Name": queue} if queue else None
    return {"ContactId": "c-1", "Channel": "VOICE", "InitiationMethod": method, "State": state, "Queue": where}


def event(
    kind: str = "STATE_CHANGE",
    shown: tuple[str, str] = AVAILABLE,
    contacts: tuple[dict[str, Any], ...] = (),
    *,
    at: float = 0,
    since: float = 0,
    following: tuple[str, str] | None = None,
) -> dict[str, Any]:
    snapshot: dict[str, Any] = {
        "AgentStatus": status(shown, since),
        "Contacts": list(contacts),
        "Configuration": {"Username": "kim"},
    }
    if following:
        snapshot["NextAgentStatus"] = status(following)
    return {
        "AgentARN": f"{INSTANCE}/agent/a-1",
        "CurrentAgentSnapshot": snapshot,
        "EventId": f"e-{kind}-{at}",
        "EventTimestamp": stamp(at),
        "EventType": kind,
        "PreviousAgentSnapshot": None,
        "Version": "2017-10-01",
    }


@pytest.mark.parametrize(
    ("shown", "contacts", "word"),
    [
        (AVAILABLE, [], "ready"),
        (LUNCH, [], "not_ready(lunch)"),
        (OFFLINE, [], "off"),
        (("SPECIAL", "Odd"), [], "unknown=SPECIAL"),
        (AVAILABLE, [contact("CONNECTING")], "ready+offered"),
        (AVAILABLE, [contact("INCOMING")], "ready+offered"),
        (AVAILABLE, [contact("PENDING")], "ready+offered"),
        (AVAILABLE, [contact("MISSED")], "ready+refused"),
        (AVAILABLE, [contact("REJECTED")], "ready+refused"),
        (AVAILABLE, [contact("ERROR")], "ready+refused"),
        (AVAILABLE, [contact("CONNECTED")], "ready+routed"),
        (AVAILABLE, [contact("CONNECTED_ONHOLD")], "ready+routed"),
        (AVAILABLE, [contact("PAUSED", "API")], "ready+routed"),
        (AVAILABLE, [contact("CONNECTED", "TRANSFER", "")], "ready+routed"),
        (AVAILABLE, [contact("ENDED")], "ready+after_work"),
        (LUNCH, [contact("CONNECTED")], "not_ready(lunch)+routed"),
        (OFFLINE, [contact("ENDED")], "off+after_work"),
        (AVAILABLE, [contact("CONNECTED", "OUTBOUND", "q-out")], "ready+routed"),
        (AVAILABLE, [contact("CONNECTED", "OUTBOUND", "")], "ready+own"),
        (LUNCH, [contact("CONNECTED", "OUTBOUND", "q-out")], "not_ready(lunch)+own"),
        (OFFLINE, [contact("CONNECTED_ONHOLD", "OUTBOUND", "q-out")], "off+own"),
        (AVAILABLE, [contact("ENDED"), contact("CONNECTED"), contact("MISSED")], "ready+after_work+routed+refused"),
        (AVAILABLE, [contact("DREAMING")], "unknown=contact DREAMING"),
        (AVAILABLE, [contact("DREAMING"), contact("CONNECTED")], "unknown=contact DREAMING+routed"),
    ],
)
def test_the_state_follows_from_the_whole_snapshot(
    feed: Any, shown: tuple[str, str], contacts: list[dict[str, Any]], word: str
) -> None:
    assert feed("amazon-connect").after(event("STATE_CHANGE", shown, tuple(contacts))) == word


@pytest.mark.parametrize(
    ("shown", "following", "contacts", "said"),
    [
        (AVAILABLE, LUNCH, [contact("CONNECTED")], ("ready+routed", "Lunch")),
        (AVAILABLE, LUNCH, [contact("MISSED")], ("ready+refused", "Lunch")),
        (AVAILABLE, LUNCH, [], ("not_ready(lunch)", "")),
        (AVAILABLE, OFFLINE, [], ("off", "")),
        (LUNCH, AVAILABLE, [contact("CONNECTED")], ("not_ready(lunch)+routed", "Available")),
        (LUNCH, AVAILABLE, [], ("not_ready(lunch)", "Available")),
    ],
)
def test_the_next_status_waits_for_the_end_of_contacts(
    feed: Any, shown: Any, following: Any, contacts: list[dict[str, Any]], said: tuple[str, str]
) -> None:
    one = feed("amazon-connect")

    word = one.after(event("STATE_CHANGE", shown, tuple(contacts), following=following))

    assert (word, one.card.agent(one.known["a-1"]).pending) == said


def test_a_day_is_told_from_login_to_logout(feed: Any) -> None:
    day = [
        event("LOGIN", OFFLINE, at=0),
        event("STATE_CHANGE", AVAILABLE, at=1, since=1),
        event("STATE_CHANGE", AVAILABLE, (contact("CONNECTING"),), at=2, since=1),
        event("STATE_CHANGE", AVAILABLE, (contact("CONNECTED"),), at=3, since=1),
        event("HEART_BEAT", AVAILABLE, (contact("CONNECTED"),), at=123, since=1),
        event("STATE_CHANGE", AVAILABLE, (contact("ENDED"),), at=130, since=1),
        event("STATE_CHANGE", AVAILABLE, at=140, since=1),
        event("LOGOUT", AVAILABLE, at=150, since=1),
    ]

    said = feed("amazon-connect").tell(*day)

    words = ["off", "ready", "ready+offered", "ready+routed", "ready+routed", "ready+after_work", "ready", "off"]
    assert said == [f"a-1 {word}" for word in words]


@pytest.mark.parametrize(
    ("later", "word"),
    [
        (event("HEART_BEAT", AVAILABLE, at=120, since=1), "off"),
        (event("HEART_BEAT", AVAILABLE, (contact("CONNECTED"),), at=120, since=1), "off"),
        (event("HEART_BEAT", AVAILABLE, at=120, since=60), "off"),
        (event("STATE_CHANGE", AVAILABLE, at=120, since=1), "off"),
        (event("STATE_CHANGE", AVAILABLE, at=120, since=120), "ready"),
        (event("LOGIN", AVAILABLE, at=120, since=1), "ready"),
    ],
)
def test_only_a_login_or_a_newer_status_brings_back(feed: Any, later: dict[str, Any], word: str) -> None:
    one = feed("amazon-connect")

    assert one.after(event("LOGOUT", AVAILABLE, at=10, since=1)) == "off"
    assert one.after(later) == word


def test_a_logout_needs_no_snapshot(feed: Any) -> None:
    assert feed("amazon-connect").after({**event("LOGOUT"), "CurrentAgentSnapshot": None}) == "off"


def test_a_heart_beat_repeats_the_state(feed: Any) -> None:
    one = feed("amazon-connect")
    one.tell(event("STATE_CHANGE", LUNCH, at=1))
    before = one.card.agent(one.known["a-1"])
    one.tell(event("HEART_BEAT", LUNCH, at=121))

    assert one.card.agent(one.known["a-1"]) == before


@pytest.mark.parametrize(("name", "word"), [("Available", "ready"), ("Offline", "off"), ("Tea", "not_ready(tea)")])
def test_without_a_type_the_built_in_two_are_known_by_name(feed: Any, name: str, word: str) -> None:
    told = event("STATE_CHANGE", ("", name))
    del told["CurrentAgentSnapshot"]["AgentStatus"]["Type"]

    assert feed("amazon-connect").after(told) == word


@pytest.mark.parametrize("reasons", [{"Lunch": "Meal"}, {"lunch": "Meal"}, {}])
def test_a_reason_is_the_id_of_the_status_however_the_mapping_names_it(feed: Any, reasons: dict[str, str]) -> None:
    one = feed("amazon-connect", {"status": {"reasons": reasons}})

    assert one.after(event("STATE_CHANGE", LUNCH)) == "not_ready(lunch)"


def test_a_snapshot_without_a_status_is_not_known(feed: Any) -> None:
    told = event()
    told["CurrentAgentSnapshot"]["AgentStatus"] = None

    assert feed("amazon-connect").after(told) == "unknown="


def test_an_event_has_the_streams_own_id_and_time(feed: Any) -> None:
    one = feed("amazon-connect")
    one.tell(event(at=0.125))

    assert [(said.key, said.at, said.id) for said in one.events] == [("a-1", 1_772_438_400_125, "e-STATE_CHANGE-0.125")]


def test_the_same_record_twice_is_the_same_event(feed: Any) -> None:
    one = feed("amazon-connect")
    one.tell(event(), event())

    assert one.events[0] == one.events[1]


def encoded(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "wrapped",
    [
        event(),
        [event()],
        json.dumps(event()),
        {"Records": [{"kinesis": {"data": encoded(event()), "sequenceNumber": "1"}, "eventSource": "aws:kinesis"}]},
        {"Records": [{"Data": encoded(event()), "PartitionKey": "x"}], "MillisBehindLatest": 0},
        {"requestId": "r", "timestamp": 1, "records": [{"data": encoded(event())}]},
        {"recordId": "1", "data": encoded(event())},
        {"Records": [{"messageId": "m", "body": json.dumps(event())}]},
        {"version": "0", "detail-type": "x", "detail": event()},
        {"Records": [{"kinesis": {"data": encoded(json.dumps(event()))}}]},
    ],
)
def test_a_record_is_found_in_every_wrapper(feed: Any, wrapped: Any) -> None:
    assert feed("amazon-connect").tell(json.dumps(wrapped)) == ["a-1 ready"]


def test_keys_are_read_in_either_case(feed: Any) -> None:
    def small(value: Any) -> Any:
        if isinstance(value, dict):
            return {key[:1].lower() + key[1:]: small(inner) for key, inner in value.items()}
        return [small(inner) for inner in value] if isinstance(value, list) else value

    assert feed("amazon-connect").after(small(event("STATE_CHANGE", LUNCH, (contact("ENDED"),)))) == "not_ready(lunch)+after_work"


def test_comments_and_trailing_commas_are_read(feed: Any) -> None:
    text = json.dumps(event(), indent=1).replace('"Version": "2017-10-01"', '"Version": "2017-10-01", // the model\'s\n')

    assert feed("amazon-connect").after("\ufeff" + text) == "ready"


@pytest.mark.parametrize(
    "other", [{"ContactId": "c", "Agent": None}, {"detail": {"contactId": "c", "eventType": "QUEUED"}}, [], {}]
)
def test_records_about_contacts_give_no_events(feed: Any, other: Any) -> None:
    one = feed("amazon-connect")

    assert one.tell(json.dumps(other)) == []
    assert one.read.odd == {}


def test_unknown_types_are_counted(feed: Any) -> None:
    one = feed("amazon-connect")

    assert one.tell(event("ENABLED"), event("ENABLED")) == []
    assert one.read.odd == {"ENABLED": 2}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "not JSON"),
        ("7", "expected an object, found '7'"),
        ("[" * 300_000, "not JSON"),
        ('{"a":' * 90 + "1" + "}" * 90, "AgentARN names no agent"),
        ({"EventType": "LOGIN"}, "AgentARN names no agent"),
        ({**event(), "AgentARN": "x/" + "a" * 201}, "AgentARN names no agent"),
        ({**event(), "EventType": None}, "EventType is missing"),
        ({**event(), "EventTimestamp": "soon"}, "EventTimestamp is no time: 'soon'"),
        ({**event(), "EventTimestamp": None}, "EventTimestamp is no time"),
        ({**event(), "CurrentAgentSnapshot": None}, "STATE_CHANGE without CurrentAgentSnapshot"),
        ({"data": "no base64!"}, "no base64"),
        ({"Records": [{"kinesis": {"data": "AAAA"}}]}, "not JSON"),
        ([[[[[[[[]]]]]]]], "wrapped more than 6 times"),
    ],
)
def test_a_record_that_is_none_is_refused_with_a_reason(feed: Any, record: Any, message: str) -> None:
    text = record if isinstance(record, str) else json.dumps(record)

    with pytest.raises(ValueError, match=message):
        feed("amazon-connect").tell(text)


def test_a_huge_record_is_refused(feed: Any) -> None:
    with pytest.raises(ValueError, match=f"expected at most {LIMIT}"):
        feed("amazon-connect").tell(b'"' + b"x" * 10_485_760 + b'"')


@given(st.binary(max_size=200))
def test_no_record_does_more_than_be_refused(record: bytes) -> None:
    try:
        events = STATUS.open(Mapping(), Clock(), "")(record)
    except ValueError:
        return
    assert all(isinstance(one, Event) for one in events)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2))


@given(st.sampled_from(["AgentStatus", "Contacts", "NextAgentStatus"]), JSON)
def test_no_value_of_another_type_does_more_than_be_refused(name: str, value: Any) -> None:
    told = event()
    told["CurrentAgentSnapshot"][name] = value
    try:
        events = STATUS.open(Mapping(), Clock(), "")(json.dumps(told).encode())
    except ValueError:
        return
    for one in events:
        STATUS.agent(STATUS.fold(None, one))


def test_what_a_later_run_needs_is_kept(feed: Any) -> None:
    one = feed("amazon-connect")
    one.tell(event())

    assert feed("amazon-connect", state=one.read.state).read.state == one.read.state
