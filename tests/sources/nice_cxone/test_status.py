"""Polled agent states of NICE CXone: names, texts for everything, and who is missing from a list."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.nice_cxone.status import LIMIT, STATUS

START = 1_772_438_400_000


def stamp(second: int) -> str:
    return f"2026-03-02T08:{second // 60:02d}:{second % 60:02d}.5Z"


def row(state: Any, *, key: Any = 7, at: int = 0, changed: int | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "AgentId": key,
        "AgentStateName": state,
        "IsACW": False,
        "OutStateId": None,
        "OutStateDescription": None,
        "SkillId": 0,
        "StartDate": stamp(at),
        "LastUpdateTime": stamp(at if changed is None else changed),
        **fields,
    }


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"lastPollTime": stamp(0), "agentStates": list(rows)}


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (row("LoggedOut"), "off"),
        (row("Available"), "ready"),
        (row("Unavailable"), "not_ready"),
        (row("Unavailable", OutStateId=0), "not_ready"),
        (row("Unavailable", OutStateId=12, OutStateDescription="Lunch"), "not_ready(12 Lunch)"),
        (row("Unavailable", OutStateDescription="Lunch"), "not_ready(Lunch)"),
        (row("Unavailable", OutStateId="12", IsACW="True"), "not_ready(12)+after_work"),
        (row("Unavailable", IsACW=True), "not_ready+after_work"),
        (row("InboundPending"), "ready+offered"),
        (row("Outbound Pending"), "ready+offered"),
        (row("InboundContact", SkillId=5), "ready+routed"),
        (row("OutboundContact", SkillId="5"), "ready+routed"),
        (row("OutboundContact", SkillId="0"), "ready+own"),
        (row("InboundConsult", SkillId=5), "ready+routed"),
        (row("OutboundConsult", SkillId=None), "ready+own"),
        (row("Refused"), "ready+refused"),
        (row("Dreaming"), "unknown=Dreaming"),
        (row(None, AgentStateId=1), "unknown=1"),
    ],
)
def test_the_state_follows_from_the_whole_row(feed: Any, told: dict[str, Any], word: str) -> None:
    assert feed("nice-cxone").after(told) == word


def test_a_contact_of_ones_own_leaves_a_break_a_break(feed: Any) -> None:
    assert feed("nice-cxone").after(row("Unavailable", OutStateId=3), row("OutboundContact", at=5)) == "not_ready(3)+own"


def test_a_reason_is_told_with_its_name(feed: Any) -> None:
    out = row("Unavailable", OutStateId=12, OutStateDescription="Lunch")

    assert feed("nice-cxone").after(out) == "not_ready(12 Lunch)"
    assert feed("nice-cxone").after(out, row("OutboundContact", at=5)) == "not_ready(12 Lunch)+own"
    assert feed("nice-cxone").after(row("Unavailable", OutStateId=0, OutStateDescription="Lunch")) == "not_ready(Lunch)"
    assert feed("nice-cxone").after(out, row("Available", at=5)) == "ready"


def camel(told: dict[str, Any]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: value for name, value in told.items()}


def texts(told: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else str(value) for name, value in told.items()}


@pytest.mark.parametrize(
    "record",
    [
        row("Available"),
        camel(row("Available")),
        texts(row("Available")),
        [row("Available")],
        {"resultSet": row("Available")},
        listed(row("Available")),
        {"resultSet": {"_links": {}, "agentStates": [camel(texts(row("Available")))]}},
        json.dumps(listed(row("Available")))[:-1] + ",} // polled",
    ],
)
def test_an_agent_is_found_in_every_form(feed: Any, record: Any) -> None:
    one = feed("nice-cxone")

    assert one.tell(record if isinstance(record, str) else json.dumps(record)) == ["7 ready"]
    assert one.events[0].at == START + 500


# ── what has changed ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_equal_to_the_last_poll_gives_no_event(feed: Any) -> None:
    one = feed("nice-cxone")

    assert one.tell(listed(row("Available")), listed(row("Available", changed=9)), row("Available")) == ["7 ready"]


def test_what_is_older_than_the_last_poll_gives_no_event(feed: Any) -> None:
    one = feed("nice-cxone")

    assert one.tell(row("Available", at=9), row("Unavailable", at=5)) == ["7 ready"]
    assert one.read.odd == {"a row older than what is known": 1}


def test_a_change_within_a_state_is_told_with_its_own_time(feed: Any) -> None:
    one = feed("nice-cxone")
    one.tell(row("Unavailable", at=5, changed=5), row("Unavailable", at=5, changed=60, IsACW=True), row("Available", at=70))

    assert [(event.at - START) // 1000 for event in one.events] == [5, 60, 70]


def test_who_is_missing_from_a_full_list_is_gone(feed: Any) -> None:
    one = feed("nice-cxone")
    one.tell(listed(row("Available"), row("Available", key=8, at=30)))

    assert one.tell(listed(row("Available", key=8, at=30))) == ["7 gone"]
    assert one.events[-1].at == START + 30_500
    assert one.tell(listed()) == ["8 gone"]
    assert one.tell(listed()) == []
    assert one.tell(listed(row("Available"))) == ["7 ready"]


def test_lists_of_changes_tell_of_nobody_who_is_missing(feed: Any) -> None:
    one = feed("nice-cxone", {"status": {"only_changes": True}})

    assert one.tell(listed(row("Available")), listed()) == ["7 ready"]


def test_agents_told_one_by_one_are_not_missing_from_a_list(feed: Any) -> None:
    one = feed("nice-cxone")

    assert one.tell(row("Available"), listed(row("Available", key=8)), listed()) == ["7 ready", "8 ready", "8 gone"]


def test_a_row_that_is_none_hinders_no_others_and_nobody_is_missing(feed: Any) -> None:
    one = feed("nice-cxone")
    one.tell(listed(row("Available", key=9)))

    assert one.tell(listed(row(""), row("Available", key=8))) == ["8 ready"]
    assert one.read.odd == {"agent 7 without AgentStateName; expected such as Available": 1}


def test_a_later_run_knows_what_was_told(feed: Any) -> None:
    first = feed("nice-cxone")
    first.tell(listed(row("Available"), row("Available", key=8)))
    later = feed("nice-cxone", state=first.read.state)

    assert later.tell(listed(row("Available"))) == ["8 gone"]


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_records_about_other_things_give_no_events(feed: Any) -> None:
    assert feed("nice-cxone").tell({"ContactId": 5, "State": "x"}, {"AgentId": 7, "UserName": "kim"}) == []


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "not JSON"),
        ("7", "no agent state"),
        ("{}", "no agent state"),
        (json.dumps({"agents": [{"AgentId": 7}]}), "no agent state"),
        (json.dumps(row("Available", key=None)), "an agent without AgentId"),
        (json.dumps(row("Available", key="7" * 201)), "an agent without AgentId"),
        (json.dumps(row(None)), "agent 7 without AgentStateName"),
        (json.dumps({**row("Available"), "StartDate": "soon"}), "startdate is no time: 'soon'"),
        (json.dumps({**row("Available"), "StartDate": None, "LastUpdateTime": "null"}), "agent 7 without a time"),
        ("[" * 200_000, "not JSON"),
        (" " * (LIMIT + 1), "expected at most"),
    ],
)
def test_a_record_that_is_none_is_refused_with_a_reason(feed: Any, record: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feed("nice-cxone").tell(record)


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=2))


@given(st.sampled_from(sorted(row("Available"))), VALUES)
def test_no_value_of_another_type_does_more_than_be_refused(name: str, value: Any) -> None:
    read = STATUS.open(Mapping(), Clock(), "")
    for one in read(json.dumps(listed({**row("InboundContact"), name: value})).encode()):
        assert isinstance(one, Event)
        STATUS.agent(STATUS.fold(None, one))


def test_a_state_as_others_print_it_is_read(feed: Any, samples: Any) -> None:
    assert feed("nice-cxone").tell(*samples("nice-cxone/agent-state-available.json")) == ["293558 ready"]


def test_a_contact_as_others_print_it_says_nothing(feed: Any, samples: Any) -> None:
    assert feed("nice-cxone").tell(*samples("nice-cxone/contact.json")) == []
