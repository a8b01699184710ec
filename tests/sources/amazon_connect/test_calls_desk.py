"""The agent event stream of Amazon Connect as a feed of calls, alone and beside contact events and records."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.amazon_connect.written import ARN, RECORD, WRAPUP, ZERO, stamp
from sources.telling import Line, read_all

from reconciler.model.event import Event
from reconciler.sources.amazon_connect.calls import CALLS


def contact(state: str, since: float, name: str = "c-1", **said: Any) -> dict[str, Any]:
    queue = said.pop("queue", "q1")
    return {
        "ContactId": name,
        "InitialContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "State": state,
        "StateStartTimestamp": stamp(since),
        "ConnectedToAgentTimestamp": None,
        "QueueTimestamp": stamp(10) if queue else None,
        "Queue": {"ARN": f"{ARN}/queue/{queue}", "Name": queue} if queue else None,
        **{key: stamp(value) if key.endswith("Timestamp") else value for key, value in said.items()},
    }


class Desk:
    """An agent's desk: each event holds the contacts now and before."""

    def __init__(self, agent: str = "a1") -> None:
        self.agent = agent
        self.now: list[dict[str, Any]] = []

    def shows(self, second: float, *contacts: dict[str, Any], kind: str = "STATE_CHANGE") -> dict[str, Any]:
        before, self.now = self.now, list(contacts)
        status = {"ARN": f"{ARN}/agent-state/s1", "Name": "Available", "Type": "ROUTABLE", "StartTimestamp": stamp(0)}
        return {
            "AgentARN": f"{ARN}/agent/{self.agent}",
            "EventId": f"{self.agent}-{second}",
            "EventType": kind,
            "EventTimestamp": stamp(second),
            "CurrentAgentSnapshot": {"AgentStatus": status, "Contacts": self.now},
            "PreviousAgentSnapshot": {"AgentStatus": status, "Contacts": before},
        }


def talk(agent: str = "a1", *, ring: float = 15.5, take: float = 20.25, name: str = "c-1", **said: Any) -> list[dict[str, Any]]:
    """Rings, is taken, put on hold from 40 to 50, ends at 100, is done with at 130."""
    one, connected = Desk(agent), {"ConnectedToAgentTimestamp": take, **said}
    return [
        one.shows(ring, contact("CONNECTING", ring, name, **said)),
        one.shows(take, contact("CONNECTED", take, name, **connected)),
        one.shows(40, contact("CONNECTED_ONHOLD", take, name, **connected)),
        one.shows(45, contact("CONNECTED_ONHOLD", take, name, **connected), kind="HEART_BEAT"),
        one.shows(50, contact("CONNECTED", take, name, **connected)),
        one.shows(100.5, contact("ENDED", 100.5, name, **connected)),
        one.shows(130),
    ]


TALK = talk()
TALK_TOLD = [
    "10 customer open customer",
    "10 c-1/queue open queue queue=q1 invited_by=customer",
    "15.5 c-1/offer/a1/1772438415500 open agent agent=a1 alerting invited_by=c-1/queue",
    "20.25 c-1/offer/a1/1772438415500 answer",
    "20.25 c-1/queue close how=transfer",
    "40 c-1/offer/a1/1772438415500 hold held",
    "50 c-1/offer/a1/1772438415500 hold no-held",
]


def event(kind: str, name: str = "c-1", start: float = 0, **said: Any) -> dict[str, Any]:
    body = {"eventType": kind, "contactId": name, "channel": "VOICE", "initiationMethod": "INBOUND"}
    times = {key: stamp(value) if key.endswith("Timestamp") else value for key, value in said.items()}
    return {**body, "initiationTimestamp": stamp(start), **times}


QUEUED = {"queueInfo": {"queueArn": f"{ARN}/queue/q1", "queueType": "STANDARD", "enqueueTimestamp": stamp(10)}}
TAKEN = {**QUEUED, "agentInfo": {"agentArn": f"{ARN}/agent/a1", "connectedToAgentTimestamp": stamp(20)}}
EVENTS = [
    event("INITIATED"),
    event("QUEUED", **QUEUED),
    event("CONNECTED_TO_AGENT", **TAKEN),
    event("DISCONNECTED", **TAKEN, disconnectTimestamp=100),
]


def told(line: Line, *records: Any) -> list[str]:
    return line.told(*records).splitlines()


def released(line: Line, key: str = "c-1") -> list[str]:
    """What is told when nothing more comes."""
    return line.tell(Event(key, ZERO + 200_000, {}))


def test_a_call_is_told_while_it_rings_and_is_on_hold() -> None:
    line = Line(CALLS, ZERO)

    assert told(line, *TALK) == TALK_TOLD


def test_a_call_nobody_else_tells_of_ends_as_of_when_its_agent_was_done() -> None:
    line = Line(CALLS, ZERO)
    line.told(*TALK)

    assert released(line) == ["100.5 customer close how=system", "100.5 c-1/offer/a1/1772438415500 close how=system"]
    line.close()
    assert line.is_settled()


def test_offers_that_nobody_took_are_legs_of_their_own() -> None:
    first, line = Desk("a2"), Line(CALLS, ZERO)
    missed = [
        first.shows(11, contact("CONNECTING", 11)),
        first.shows(14, contact("MISSED", 14)),
        first.shows(14.5),
    ]

    assert told(line, *missed, TALK[0])[2:] == [
        "11 c-1/offer/a2/1772438411000 open agent agent=a2 alerting invited_by=c-1/queue",
        "14 c-1/offer/a2/1772438411000 close how=system",
        "15.5 c-1/offer/a1/1772438415500 open agent agent=a1 alerting invited_by=c-1/queue",
    ]


def test_an_offer_that_is_gone_was_missed() -> None:
    one, line = Desk(), Line(CALLS, ZERO)

    assert told(line, one.shows(11, contact("CONNECTING", 11)), one.shows(14))[-1].startswith("14 c-1/offer/a1/")


def test_an_offer_that_came_and_went_in_an_instant_rang_first() -> None:
    one, line = Desk(), Line(CALLS, ZERO)

    lines = told(line, one.shows(11, contact("CONNECTING", 11)), one.shows(11, contact("MISSED", 11)))

    assert [words.split()[2] for words in lines[-2:]] == ["open", "close"]


def test_a_call_that_was_given_up_while_it_rang_ends_everywhere() -> None:
    line = Line(CALLS, ZERO)

    line.told(*EVENTS[:2], TALK[0], event("DISCONNECTED", **QUEUED, disconnectTimestamp=18))

    assert line.is_settled()
    assert not line.odd


def test_three_feeds_of_one_call_are_one_conversation() -> None:
    line = Line(CALLS, ZERO, WRAPUP)

    assert line.sorted(*TALK, *EVENTS, RECORD).splitlines() == [
        "0 customer open customer",
        "0 c-1/flow open flow invited_by=customer",
        "10 c-1/flow close how=transfer",
        "10 c-1/queue open queue queue=q1 invited_by=customer",
        "15.5 c-1/offer/a1/1772438415500 open agent agent=a1 alerting invited_by=c-1/queue",
        "20 c-1/offer/a1/1772438415500 answer",
        "20 c-1/queue close how=transfer",
        "40 c-1/offer/a1/1772438415500 hold held",
        "50 c-1/offer/a1/1772438415500 hold no-held",
        "100 customer close how=system",
        "100 c-1/offer/a1/1772438415500 close how=system",
        "130 c-1/offer/a1/1772438415500 dispose code=sale",
    ]
    assert list(line.conversations) == ["c-1"]
    assert line.is_settled()
    assert not line.odd


def test_a_record_that_comes_first_leaves_only_the_rest_to_say() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    line.told(RECORD)

    assert told(line, *TALK) == []
    assert not line.odd


def test_the_same_events_again_say_nothing_more() -> None:
    line = Line(CALLS, ZERO)
    line.told(*TALK)

    assert told(line, *TALK) == []


def test_a_transfer_is_told_with_the_events_that_know_of_it() -> None:
    line = Line(CALLS, ZERO)
    moved = {"initiationMethod": "TRANSFER", "initialContactId": "c-1", "previousContactId": "c-1"}
    queue = {"queueArn": f"{ARN}/queue/q2", "queueType": "STANDARD", "enqueueTimestamp": stamp(91)}
    then = talk(
        "a2", ring=95, take=97, name="c-2", InitialContactId="c-1", InitiationMethod="TRANSFER", queue="q2", QueueTimestamp=91
    )

    lines = line.sorted(*EVENTS[:3], *TALK, event("INITIATED", "c-2", 90, **moved, queueInfo=queue), *then[:2]).splitlines()

    assert [
        words.replace("c-1/offer/a1/1772438415500", "A1").replace("c-2/offer/a2/1772438495000", "A2") for words in lines[-8:]
    ] == [
        "90 A1 transfer command=c-2 attended initiating=A1 object=customer queue=q2",
        "91 c-2/queue open queue queue=q2 invited_by=A1",
        "91 - progress command=c-2 destination=c-2/queue",
        "95 A2 open agent agent=a2 alerting invited_by=c-2/queue",
        "97 A2 answer",
        "97 c-2/queue close how=transfer",
        "100.5 A1 close how=transfer_queue",
        "100.5 - end command=c-2 state=completed",
    ]


def test_a_desk_that_only_saw_the_end_does_no_harm() -> None:
    line = Line(CALLS, ZERO)
    line.told(TALK[-1], *EVENTS)

    assert line.is_settled()
    assert not line.odd


def test_outgoing_calls_begin_with_the_agent() -> None:
    one, line = Desk(), Line(CALLS, ZERO)
    said = {"InitiationMethod": "OUTBOUND", "queue": None}
    dials = one.shows(5, contact("CONNECTING", 5, **said))
    talks = one.shows(9, contact("CONNECTED", 9, ConnectedToAgentTimestamp=9, **said))

    assert told(line, dials, talks, one.shows(20)) == [
        "5 c-1/agent open agent agent=a1 no-inbound",
        "5 customer open customer no-inbound alerting invited_by=c-1/agent",
        "9 customer answer",
    ]


def test_chats_are_counted_and_e_mails_left_to_their_records() -> None:
    one, line = Desk(), Line(CALLS, ZERO)
    line.events(one.shows(5, contact("CONNECTING", 5, Channel="CHAT"), contact("CONNECTING", 5, "c-2", Channel="EMAIL")))

    assert line.read.odd == {"CHAT": 1}


def test_supervisors_who_listen_are_no_legs() -> None:
    line = Line(CALLS, ZERO)

    assert (
        told(line, Desk("boss").shows(30, contact("CONNECTED", 30, "c-9", InitialContactId="c-1", InitiationMethod="MONITOR")))
        == []
    )


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"AgentARN": f"{ARN}/agent/"}, "AgentARN names no agent"),
        ({"AgentARN": ["x"]}, "AgentARN is no text"),
        ({"EventTimestamp": "soon"}, "EventTimestamp is no time"),
        ({"EventTimestamp": None}, "EventTimestamp is missing"),
        ({"CurrentAgentSnapshot": {"Contacts": "many"}}, "Contacts is no list"),
        ({"CurrentAgentSnapshot": {"Contacts": [{"ContactId": "a\0b", "Channel": "VOICE", "State": "CONNECTED"}]}}, "is no id"),
        (
            {"CurrentAgentSnapshot": {"Contacts": [contact("CONNECTED", 1) | {"QueueTimestamp": "now"}]}},
            "QueueTimestamp is no time",
        ),
        ({"CurrentAgentSnapshot": {"Contacts": [contact("CONNECTED", 1) | {"State": {}}]}}, "State is no text"),
    ],
)
def test_an_event_that_cannot_be_understood_says_what_is_wrong(said: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Line(CALLS, ZERO).events(TALK[0] | {"PreviousAgentSnapshot": None} | said)


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_the_three_feeds_leads_to_anything_illegal(data: Any) -> None:
    other = talk("a2", ring=95, take=97, name="c-2", InitialContactId="c-1", InitiationMethod="TRANSFER", queue="q2")
    back = talk("a3", ring=11, take=12, InitiationMethod="OUTBOUND")
    whole = [*TALK, *TALK, *other, *back[:3], *EVENTS, RECORD, RECORD | {"NextContactId": "c-2"}]
    line = Line(CALLS, ZERO, WRAPUP)

    line.tell(*read_all(line, [json.dumps(one).encode() for one in data.draw(st.lists(st.sampled_from(whole), min_size=1))]))
    for key in list(line.conversations):
        released(line, key)
    line.close()

    assert all(one.is_settled for one in line.conversations.values() if one.legs)
