"""The supervisor web socket of Five9: snapshot, increments, and what they make of an agent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.five9.status import LIMIT, STATUS

START = 1_772_438_400_000


def row(state: str, reason: Any = "0", *, key: Any = "7", at: int = 0, **fields: Any) -> dict[str, Any]:
    return {"id": key, "state": state, "reasonCodeId": reason, "stateSince": START + at, "callType": None, **fields}


def message(kind: str, at: int = 100, **part: Any) -> dict[str, Any]:
    context = {"eventId": kind, "timeStamp": START + at, "tenantId": "1"}
    return {"context": context, "payLoad": [{"dataSource": "AGENT_STATE", **part}] if part else None}


def snapshot(*rows: dict[str, Any], at: int = 100) -> dict[str, Any]:
    return message("5000", at, data=list(rows))


def increment(at: int = 200, **part: Any) -> dict[str, Any]:
    return message("5012", at, **{"added": [], "updated": [], "removed": [], **part})


def presence(*channels: str, pending: int = 0) -> dict[str, Any]:
    return {"currentState": {"readyChannels": list(channels)}, "pendingState": {"notReadyReasonCode": pending}}


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (row("LOGGED_OUT"), "off"),
        (row("READY", "5"), "ready"),
        (row("NOT_READY", "367541"), "not_ready(367541)"),
        (row("NOT_READY", 367541), "not_ready(367541)"),
        (row("NOT_READY", "0"), "not_ready"),
        (row("RINGING"), "ready+offered"),
        (row("ON_CALL", callType="INBOUND"), "ready+routed"),
        (row("ON_CALL", onHoldStateSince=START + 1), "ready+routed"),
        (row("ON_CALL", callType="MANUAL"), "ready+own"),
        (row("ON_CALL", callType="INTERNAL"), "ready+own"),
        (row("ACW"), "ready+after_work"),
        (row("PARKED"), "unknown=PARKED"),
        (row("READY", presence=presence("VOICE", "CHAT")), "ready"),
        (row("READY", "9", presence=presence("CHAT")), "not_ready(9)"),
        (row("READY", presence=presence()), "ready"),
    ],
)
def test_the_state_follows_from_the_whole_row(feed: Any, told: dict[str, Any], word: str) -> None:
    assert feed("five9").after(snapshot(told)) == word


def test_another_channel_can_decide(feed: Any) -> None:
    one = feed("five9", {"status": {"channel": "chat"}})

    assert one.after(snapshot(row("READY", presence=presence("CHAT")))) == "ready"


def test_a_call_of_ones_own_leaves_a_break_a_break(feed: Any) -> None:
    one = feed("five9")

    assert (
        one.after(snapshot(row("NOT_READY", "9")), increment(updated=[row("ON_CALL", callType="MANUAL")])) == "not_ready(9)+own"
    )


def test_what_is_pending_changes_nothing(feed: Any) -> None:
    one = feed("five9")

    assert one.after(snapshot(row("ON_CALL", presence=presence("VOICE", pending=9)))) == "ready+routed"
    assert one.card.agent(one.known["7"]).pending == "9"


# ── snapshot and increments ──────────────────────────────────────────────────────────────────────────────────────────


def test_increments_tell_only_what_changes(feed: Any) -> None:
    one = feed("five9")
    one.tell(snapshot(row("READY"), row("READY", key="8")))

    assert one.tell(increment(updated=[row("READY"), row("RINGING", key="8", at=150)])) == ["8 ready+offered"]
    assert one.tell(increment(added=[row("READY", key="9")])) == ["9 ready"]
    assert one.tell(increment(removed=[{"id": "7"}, "8"])) == ["7 off", "8 off"]


def test_what_an_increment_leaves_out_stays(feed: Any) -> None:
    one = feed("five9")
    one.tell(snapshot(row("NOT_READY", "9", presence=presence("CHAT"))))

    assert one.tell(increment(updated=[{"id": "7", "state": "READY"}])) == ["7 not_ready(9)"]


def test_a_call_type_that_is_null_is_none(feed: Any) -> None:
    one = feed("five9")
    one.tell(snapshot(row("ON_CALL", callType="MANUAL")))

    assert one.tell(increment(updated=[{"id": "7", "calltype": None}])) == ["7 ready+routed"]


def test_an_increment_before_the_first_snapshot_means_nothing(feed: Any) -> None:
    one = feed("five9")

    assert one.tell(message("1010"), increment(added=[row("READY")])) == []
    assert one.read.odd == {"an increment before the first snapshot": 1}


def test_after_a_reconnect_the_snapshot_tells_the_differences(feed: Any) -> None:
    one = feed("five9")
    one.tell(snapshot(row("READY"), row("READY", key="8"), row("READY", key="9")), message("1010"))

    assert one.tell(increment(removed=["9"])) == []
    assert one.tell(snapshot(row("READY"), row("ON_CALL", key="9", at=300), at=400)) == ["9 ready+routed", "8 gone"]
    assert one.tell(snapshot(row("READY"), row("ON_CALL", key="9", at=300), at=500)) == []


def test_an_event_is_told_with_the_time_its_state_began(feed: Any) -> None:
    one = feed("five9")
    one.tell(
        snapshot(row("READY", at=5), row("NOT_READY", "9", key="8", at=5, reasonCodeSince=START + 50)),
        increment(200, updated=[row("READY", "1", at=5, presence=presence("CHAT"))]),
        increment(300, updated=[row("ON_CALL", at=999)], removed=["8"]),
    )

    assert [event.at - START for event in one.events] == [5, 50, 5, 300, 300]


def test_a_later_run_goes_on_with_increments(feed: Any) -> None:
    first = feed("five9")
    first.tell(snapshot(row("READY")))
    later = feed("five9", state=first.read.state)

    assert later.tell(increment(updated=[row("READY")])) == []
    assert later.tell(increment(updated=[row("NOT_READY", at=9)])) == ["7 not_ready"]


def test_a_row_that_is_none_hinders_no_others(feed: Any) -> None:
    one = feed("five9")
    one.tell(snapshot(row("READY", key="9")))

    assert one.tell(snapshot(row("READY", key=None), row(""), row("READY", key="8"))) == ["8 ready"]
    assert one.read.odd == {"an agent without id: ''": 1, "agent 7 without a state; expected such as READY": 1}


# ── what is passed over, what is wrong ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["1020", "1202", "5002", "5003", "5006", "5007", "6008"])
def test_other_messages_say_nothing(feed: Any, kind: str) -> None:
    one = feed("five9")

    assert one.tell(message(kind)) == []
    assert one.read.odd == {}


def test_unknown_messages_are_counted(feed: Any) -> None:
    one = feed("five9")

    assert one.tell(message("9999"), {**snapshot(), "payLoad": [{"dataSource": "ACD_STATUS", "data": [row("READY")]}]}) == []
    assert one.read.odd == {"message 9999": 1}


def test_keys_are_read_in_any_case(feed: Any) -> None:
    told = {
        "Context": {"EventId": 5000, "timestamp": START},
        "payload": [{"datasource": "agent_state", "Data": [{"Id": 7, "State": "ready"}]}],
    }

    assert feed("five9").tell(told) == ["7 ready"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "expected an object"),
        ("{}", r"context\.eventId is missing"),
        ('{"context": 7}', r"context\.eventId is missing"),
        (json.dumps({"context": {"eventId": "5000"}}), "timeStamp is no time"),
        (json.dumps({"context": {"eventId": "5000", "timeStamp": 10**30}}), "timeStamp is no time"),
        ("[" * 200_000, "not JSON"),
        (" " * (LIMIT + 1), "expected at most"),
    ],
)
def test_a_message_that_is_none_is_refused_with_a_reason(feed: Any, record: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feed("five9").tell(record)


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=2))


@given(st.sampled_from(["id", "state", "reasonCodeId", "stateSince", "callType", "presence"]), VALUES)
def test_no_value_of_another_type_does_more_than_be_refused(name: str, value: Any) -> None:
    read = STATUS.open(Mapping(), Clock(), "")
    for one in read(json.dumps(snapshot({**row("ON_CALL"), name: value})).encode()):
        assert isinstance(one, Event)
        STATUS.agent(STATUS.fold(None, one))


def test_messages_as_others_print_them_are_read(feed: Any, samples: Any) -> None:
    one = feed("five9")

    assert one.tell(*samples("five9/1010_successfulWebSocketConnection.json")) == []
    assert one.tell(*samples("five9/5000_stats.json")) == ["123456789 off", "345123789 not_ready(367541)"]
    assert one.read.odd == {}
