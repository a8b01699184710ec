"""Contact events of Amazon Connect: what is told while it happens, and what the records add when they come."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.amazon_connect.written import ARN, RECORD, WRAPUP, ZERO, stamp
from sources.telling import Line, read_all

from reconciler.sources.amazon_connect.calls import CALLS


def event(kind: str, name: str = "c-1", start: float = 0, **said: Any) -> dict[str, Any]:
    """An event as EventBridge wraps it; `queue` and `agent` are (name, since), and what ends in Timestamp is in seconds."""
    body: dict[str, Any] = {
        "eventType": kind,
        "contactId": name,
        "channel": "VOICE",
        "initiationMethod": "INBOUND",
        "initiationTimestamp": stamp(start),
    }
    if "queue" in said:
        queue, since = said.pop("queue")
        body["queueInfo"] = {"queueArn": f"{ARN}/queue/{queue}", "queueType": "STANDARD", "enqueueTimestamp": stamp(since)}
    if "agent" in said:
        agent, since = said.pop("agent")
        body["agentInfo"] = {"agentArn": f"{ARN}/agent/{agent}", "connectedToAgentTimestamp": stamp(since)}
    body |= {key: stamp(value) if key.endswith("Timestamp") else value for key, value in said.items()}
    return {"version": "0", "source": "aws.connect", "detail-type": "Amazon Connect Contact Event", "detail": body}


MOVED = {"initiationMethod": "TRANSFER", "initialContactId": "c-1", "previousContactId": "c-1"}
FIRST = {"queue": ("q1", 10), "agent": ("a1", 20)}
THEN = {"queue": ("q2", 61), "agent": ("a2", 80)}
CALL = [
    event("INITIATED"),
    event("CONNECTED_TO_SYSTEM", connectedToSystemTimestamp=0),
    event("QUEUED", queue=("q1", 10)),
    event("CONNECTED_TO_AGENT", **FIRST),
    event("DISCONNECTED", **FIRST, disconnectTimestamp=100),
    event("COMPLETED", **FIRST, disconnectTimestamp=100),
]
TRANSFER = [
    *CALL[:4],
    event("INITIATED", "c-2", 60, **MOVED),
    event("QUEUED", "c-2", 60, **MOVED, queue=("q2", 61)),
    event("DISCONNECTED", **FIRST, disconnectTimestamp=70),
    event("CONNECTED_TO_AGENT", "c-2", 60, **MOVED, **THEN),
    event("DISCONNECTED", "c-2", 60, **MOVED, **THEN, disconnectTimestamp=150),
]


def record(**said: Any) -> dict[str, Any]:
    return {**RECORD, **said}


def told(line: Line, *records: Any) -> list[str]:
    return line.told(*records).splitlines()


def test_a_call_is_told_while_it_happens() -> None:
    line = Line(CALLS, ZERO)

    assert [told(line, one) for one in CALL] == [
        ["0 customer open customer", "0 c-1/flow open flow invited_by=customer"],
        [],
        ["10 c-1/flow close how=transfer", "10 c-1/queue open queue queue=q1 invited_by=customer"],
        ["20 c-1/agent open agent agent=a1 invited_by=c-1/queue", "20 c-1/queue close how=transfer"],
        ["100 customer close how=system", "100 c-1/agent close how=system"],
        [],
    ]
    assert line.is_settled()


def test_a_transfer_goes_on_as_it_began() -> None:
    line = Line(CALLS, ZERO)

    assert [told(line, one) for one in TRANSFER][4:] == [
        [],
        [
            "60 c-1/agent transfer command=c-2 attended initiating=c-1/agent object=customer queue=q2",
            "61 c-2/queue open queue queue=q2 invited_by=c-1/agent",
            "61 - progress command=c-2 destination=c-2/queue",
        ],
        ["70 c-1/agent close how=transfer_queue", "70 - end command=c-2 state=completed"],
        ["80 c-2/agent open agent agent=a2 invited_by=c-2/queue", "80 c-2/queue close how=transfer"],
        ["150 customer close how=system", "150 c-2/agent close how=system"],
    ]
    assert line.is_settled()


def test_a_transfer_that_is_taken_back_is_canceled() -> None:
    line = Line(CALLS, ZERO)
    back = event("DISCONNECTED", "c-2", 60, **MOVED, queue=("q2", 61), disconnectTimestamp=75)

    line.told(*TRANSFER[:6])

    assert told(line, back) == ["75 c-2/queue close how=system"]
    assert told(line, event("DISCONNECTED", **FIRST, disconnectTimestamp=100)) == [
        "75 - end command=c-2 state=canceled",
        "100 customer close how=system",
        "100 c-1/agent close how=system",
    ]


def test_the_record_adds_what_the_events_did_not_know_and_tells_nothing_twice() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    line.told(*CALL)
    assert line.over == set()

    assert told(line, record()) == ["130 c-1/agent dispose code=sale"]
    assert line.over == {"c-1"}
    assert not line.odd


def test_the_record_ends_what_the_events_left_open() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    line.told(*CALL[:4])

    assert told(line, record()) == [
        "55 c-1/agent hold held",
        "65 c-1/agent hold no-held",
        "100 customer close how=self",
        "100 c-1/agent close how=peer",
        "130 c-1/agent dispose code=sale",
    ]


def test_events_behind_the_record_say_nothing_more() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    line.told(record())

    assert told(line, *CALL) == []


def test_events_in_any_order_end_in_the_same_legs() -> None:
    for order in itertools.islice(itertools.permutations(CALL), 0, None, 7):
        line = Line(CALLS, ZERO)
        line.told(*order)

        assert {leg.state for leg in line.conversations["c-1"].legs.values()} == {"ended"}, order


def test_an_event_needs_no_wrapper() -> None:
    assert Line(CALLS, ZERO).told(CALL[0]["detail"]) == Line(CALLS, ZERO).told(CALL[0])


def test_the_printed_sample_is_told(samples: Any) -> None:
    [sample] = samples("amazon-connect/events/contact-event-connected-to-agent.json")
    line = Line(CALLS, ZERO)

    said = line.told(sample)

    assert [word.split()[2:4] for word in said.splitlines()] == [
        ["open", "customer"],
        ["open", "flow"],
        ["close", "how=transfer"],
        ["open", "queue"],
        ["open", "agent"],
        ["close", "how=transfer"],
    ]


def test_an_event_without_a_time_is_refused() -> None:
    with pytest.raises(ValueError, match="InitiationTimestamp is missing"):
        Line(CALLS, ZERO).events({"eventType": "INITIATED", "contactId": "c-1", "channel": "VOICE"})


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_events_and_records_leads_to_anything_illegal(data: Any) -> None:
    whole = [*CALL, *TRANSFER, record(), record(NextContactId="c-2", DisconnectTimestamp=stamp(70))]
    chosen = data.draw(st.lists(st.sampled_from(whole), min_size=1, max_size=12))
    line = Line(CALLS, ZERO, WRAPUP)

    line.tell(*read_all(line, [json.dumps(one).encode() for one in chosen]))
    line.close()

    assert all(one.is_settled for one in line.conversations.values() if one.legs)
