"""Agents of Genesys Engage: T-Library events and Stat Server states, in JSON and as logs print them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.genesys_engage.records import LIMIT
from reconciler.sources.genesys_engage.status import STATUS

SECOND = 1_772_438_400
KINDS = {"internal": 1, "inbound": 2, "outbound": 3, "consult": 4, "unknown": 0}


def event(name: str, at: int = 0, dn: str = "7001", **fields: Any) -> dict[str, Any]:
    return {"MessageName": f"Event{name}", "AgentID": "1001", "ThisDN": dn, "TimeinSecs": SECOND + at, **fields}


def not_ready(reason: str = "", mode: Any = 0, **fields: Any) -> dict[str, Any]:
    reasons = {"ReasonCode": reason} if reason else None
    return event("AgentNotReady", AgentWorkMode=mode, Reasons=reasons, **fields)


def call(name: str, kind: str = "inbound", number: str = "c1", **fields: Any) -> dict[str, Any]:
    return event(name, ConnID=number, CallType=KINDS[kind], **fields)


def state(name: str, reason: str = "", **fields: Any) -> dict[str, Any]:
    return {"agentId": "1001", "state": name, "reason": reason, "time": "2026-03-02T08:00:00Z", **fields}


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([event("AgentLogin")], "not_ready"),
        ([event("AgentLogin", AgentWorkMode="AutoIn")], "ready"),
        ([event("AgentReady")], "ready"),
        ([not_ready("Lunch")], "not_ready(Lunch)"),
        ([not_ready()], "not_ready"),
        ([event("AgentNotReady", Reasons={"Lunch": "12"})], "not_ready(12)"),
        ([event("AgentNotReady", Extensions={"ReasonCode": "5", "x": 1})], "not_ready(5)"),
        ([not_ready("x", 3)], "not_ready+after_work"),
        ([not_ready("", "3 (AfterCallWork)")], "not_ready+after_work"),
        ([event("AgentAfterCallWork")], "not_ready+after_work"),
        ([event("AgentReady"), event("AgentLogout")], "off"),
        ([event("AgentReady"), call("Ringing")], "ready+offered"),
        ([event("AgentReady"), call("Ringing", "internal")], "ready"),
        ([event("AgentReady"), call("Ringing"), call("Established")], "ready+routed"),
        ([event("AgentReady"), call("Established"), call("Held")], "ready+routed"),
        ([event("AgentReady"), call("Established"), call("Held"), call("Dialing", "consult", "c2")], "ready+routed+routed"),
        ([event("AgentReady"), call("Established", "consult")], "ready+own"),
        ([event("AgentReady"), call("Established"), call("Released")], "ready"),
        ([event("AgentReady"), call("Ringing"), call("Abandoned")], "ready"),
        ([event("AgentReady"), call("Dialing", "outbound")], "ready+own"),
        ([event("AgentReady"), call("Established", "unknown")], "ready+own"),
        ([not_ready("Lunch"), call("Established", "outbound")], "not_ready(Lunch)+own"),
        ([event("AgentReady"), call("Established"), not_ready("", 3)], "not_ready+after_work+routed"),
        ([event("AgentReady"), call("Established"), event("AgentLogout")], "off"),
        (
            [event("AgentReady"), call("Established", "consult"), call("PartyChanged", "inbound", "c9", PreviousConnID="c1")],
            "ready+routed",
        ),
        (
            [
                event("AgentReady"),
                call("Established"),
                call("PartyChanged", number="c9", PreviousConnID="c1"),
                call("Released", number="c9"),
            ],
            "ready",
        ),
        ([event("AgentReady"), call("PartyChanged", number="c9")], "ready"),
        ([call("Established")], "unknown=no state told yet+routed"),
        ([state("LoggedOut")], "off"),
        ([state("WaitForNextCall", "x")], "ready"),
        ([state("NotReadyForNextCall", "Lunch")], "not_ready(Lunch)"),
        ([state("AfterCallWork")], "not_ready+after_work"),
        ([state("CallRinging")], "ready+offered"),
        ([state("CallInbound")], "ready+routed"),
        ([state("CallOnHold")], "ready+routed"),
        ([state("CallConsult")], "ready+routed"),
        ([state("CallOutbound")], "ready+own"),
        ([state("CallInternal")], "ready+own"),
        ([state("CallDialing")], "ready+own"),
        ([state("CallUnknown")], "ready+own"),
        ([state("NotReadyForNextCall", "Lunch"), state("CallOutbound")], "not_ready(Lunch)+own"),
        ([state("WaitForNextCall"), state("Monitored")], "ready"),
        ([state("Dreaming")], "unknown=Dreaming"),
    ],
)
def test_the_state_follows_from_everything_known_of_an_agent(feed: Any, events: list[dict[str, Any]], word: str) -> None:
    assert feed("genesys-engage").after(*events) == word


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([event("AgentReady"), not_ready("Tea", dn="7002")], "not_ready(Tea)"),
        ([not_ready("Tea"), event("AgentReady", dn="7002")], "not_ready(Tea)"),
        ([not_ready("Tea"), not_ready("Lunch", dn="7002")], "not_ready(Lunch)"),
        ([not_ready("Tea"), event("AgentReady", dn="7002"), event("AgentLogout")], "ready"),
        ([event("AgentReady"), event("AgentReady", dn="7002"), event("AgentLogout")], "ready"),
        ([event("AgentReady"), event("AgentLogout"), event("AgentLogout", dn="7002")], "off"),
    ],
)
def test_at_several_places_the_worst_counts(feed: Any, events: list[dict[str, Any]], word: str) -> None:
    assert feed("genesys-engage").after(*events) == word


def test_one_medium_alone_can_decide(feed: Any) -> None:
    one = feed("genesys-engage", {"status": {"channel": "voice"}})

    assert one.tell(event("AgentReady"), state("NotReadyForNextCall", media="chat"), not_ready(MediaType=5)) == ["1001 ready"]


def test_a_call_finds_its_agent_by_the_dn(feed: Any) -> None:
    one = feed("genesys-engage")
    ringing = {**call("Ringing"), "AgentID": None}

    assert one.tell(ringing, event("AgentReady"), ringing) == ["1001 ready", "1001 ready+offered"]
    assert one.tell(event("AgentLogout"), ringing) == ["1001 off"]


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SERVER_LOG = f"""
@08:00:00.1250 [0] 8.1.0 distribute_event: message EventAgentNotReady
\tAttributeEventSequenceNumber\t00000000000003e8
\tAttributeTimeinuSecs\t125000
\tAttributeTimeinSecs\t{SECOND} (08:00:00)
\tAttributeReasons\t[33] 00 01 00 00..
\t\t'ReasonCode'\t'Lunch'
\tAttributeAgentWorkMode\t4
\tAttributeAgentID\t'1001'
\tAttributeThisDN\t'7001'
2026-03-02T08:00:00.126 Trc 04541 sent to 12 (StatServer)
"""
SDK_LOG = f"""
'EventAgentNotReady' (76) attributes:
\tAttributeAgentID [str] = "1001"
\tAttributeThisDN [str] = "7001"
\tAttributeReasons [bstr] = KVList:
\t\t'ReasonCode' [str] = "Lunch"
\tAttributeTimeinSecs [int] = {SECOND}
\tAttributeTimeinuSecs [int] = 125000
'EventACK' (138) attributes:
"""
DATED_LOG = """
Local time: 2026-03-02T07:00:00.000
08:00:00.125 Int 04543 received from 65200(TServer) message EventAgentNotReady
AttributeAgentID    '1001'
AttributeThisDN    '7001'
AttributeReasons    [33] 00 01 00 00..
'ReasonCode'    'Lunch'
08:00:00.200 other line
"""
JSON = json.dumps(not_ready("Lunch", TimeinuSecs=125000))
SPREAD = json.dumps({"messages": [not_ready("Lunch", TimeinuSecs=125000)]}, indent=2)
NESTED = json.dumps(
    {"event": "EventAgentNotReady", "attributes": {**not_ready("Lunch", TimeinuSecs=125000), "MessageName": None}}
)
STAT = json.dumps(state("NotReadyForNextCall", "Lunch", time=SECOND * 1000 + 125))


@pytest.mark.parametrize("text", [SERVER_LOG, SDK_LOG, DATED_LOG, JSON, SPREAD, NESTED, STAT])
def test_an_event_is_the_same_in_every_form(feed: Any, text: str) -> None:
    one = feed("genesys-engage")

    assert one.tell(*text.split("\n")) == ["1001 not_ready(Lunch)"]
    assert [(said.at, said.id) for said in one.events] == [(SECOND * 1000 + 125, "")]


@pytest.mark.parametrize("text", [SERVER_LOG, SDK_LOG, DATED_LOG, SPREAD])
def test_reading_can_be_stopped_at_any_line(feed: Any, text: str) -> None:
    kept, said = "", []
    for line in text.split("\n"):
        one = feed("genesys-engage", state=kept)
        said += one.tell(line)
        kept = one.read.state

    assert said == ["1001 not_ready(Lunch)"]


def test_a_message_that_is_open_at_the_end_can_be_asked_for(feed: Any) -> None:
    one = feed("genesys-engage")
    one.tell(*SERVER_LOG.strip().split("\n")[:-1])

    assert one.events == []
    assert [said.data["why"] for said in one.read.rest()] == ["Lunch"]
    assert one.read.rest() == []


def test_a_server_pair_that_repeats_an_event_repeats_it_alike(feed: Any) -> None:
    one = feed("genesys-engage")
    one.tell(event("AgentReady", EventSequenceNumber=1), event("AgentReady", EventSequenceNumber=9))

    assert one.events[0] == one.events[1]


def test_a_record_that_never_ends_does_not_swallow_the_next(feed: Any) -> None:
    one = feed("genesys-engage")

    assert one.tell('{"a": {', event("AgentReady")) == ["1001 ready"]
    assert one.read.odd == {"a record that never ended": 1}


# ── what is passed over, what is wrong ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["EventQueued", "EventDiverted", "EventAttachedDataChanged", "RequestAgentReady"])
def test_events_about_no_agent_give_no_events(feed: Any, name: str) -> None:
    one = feed("genesys-engage")

    assert one.tell({**event("x"), "MessageName": name}) == []
    assert one.read.odd == {}


def test_unknown_events_of_agents_are_counted(feed: Any) -> None:
    one = feed("genesys-engage")
    one.tell(event("AgentDreaming"), state("Monitored"))

    assert one.read.odd == {"EventAgentDreaming": 1, "state Monitored": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{]", "not JSON"),
        ("[1]", "expected an object"),
        ("{}", "no message of Genesys Engage"),
        ("[" * 200_000 + "]" * 200_000, "not JSON"),
        ("x" * (LIMIT + 1), "more than"),
        ("\tAttributeAgentID\t'1001'", "an attribute without its message"),
        (json.dumps({**event("AgentReady"), "AgentID": None}), "no agent: expected AgentID"),
        (json.dumps({**event("AgentReady"), "AgentID": "1" * 201}), "no agent"),
        (json.dumps({**event("AgentReady"), "TimeinSecs": "soon"}), "'soon' is no time"),
        (json.dumps({**event("AgentReady"), "TimeinSecs": 10**15}), "is no time"),
        (json.dumps({**event("AgentReady"), "TimeinSecs": None}), "it has no time"),
        (json.dumps({**call("Established"), "ConnID": None}), "EventEstablished without a call"),
    ],
)
def test_a_record_that_is_none_is_refused_with_a_reason(feed: Any, line: str, message: str) -> None:
    one = feed("genesys-engage")

    with pytest.raises(ValueError, match=message):
        one.tell(line)
    assert one.tell(event("AgentReady")) == ["1001 ready"]


PIECES = [
    "message EventAgentReady",
    "\tAttributeAgentID\t'1'",
    "\t'k' 'v'",
    "{",
    "}",
    '{"state": "CallInbound"}',
    "AttributeReasons [1]",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=8))
def test_no_line_does_more_than_be_refused(lines: list[str]) -> None:
    read = STATUS.open(Mapping(), Clock(), "")
    for line in lines:
        try:
            events = read(line.encode("utf-8", "surrogatepass"))
        except ValueError:
            continue
        assert all(isinstance(one, Event) for one in events)


NAMES = st.sampled_from(["AgentReady", "AgentNotReady", "AgentLogout", "Ringing", "Established", "Released", "PartyChanged"])


@given(st.lists(st.tuples(NAMES, st.sampled_from(sorted(KINDS)), st.sampled_from(["c1", "c2"])), max_size=12))
def test_folding_changes_nothing_it_is_given(history: list[tuple[str, str, str]]) -> None:
    read, memory = STATUS.open(Mapping(), Clock(), ""), None
    for name, kind, number in history:
        for one in read(json.dumps(call(name, kind, number, PreviousConnID="c1")).encode()):
            before = repr(memory)
            memory, former = STATUS.fold(memory, one), memory
            assert repr(former) == before
            STATUS.agent(memory)


def test_a_message_as_others_print_it_says_nothing_of_agents(feed: Any, samples: Any) -> None:
    one = feed("genesys-engage")

    assert one.tell(*samples("genesys-engage/t-server/request-distribute-event-eventqueued.txt", b"\n")) == []
    assert one.read.rest() == []
    assert one.read.odd == {}
