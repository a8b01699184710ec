"""Contact records of Amazon Connect: whole conversations as texts, updates and disorder, and what is hostile.

In a text a line is a step: seconds since the start, the leg, what happened, and what is said of it.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.amazon_connect.written import ARN, WRAPUP, ZERO, stamp
from sources.telling import Line, read_all

from reconciler.model.event import Event
from reconciler.sources.amazon_connect.calls import CALLS

MAIL = {"Channel": "EMAIL", "customer": "ann@example.com", "ours": "help@example.com"}
CHILD = {"InitiationMethod": "TRANSFER", "InitialContactId": "c-1", "PreviousContactId": "c-1"}


def queue(name: str, enqueued: float | None = None) -> dict[str, Any]:
    return {"ARN": f"{ARN}/queue/{name}", "Name": name, "EnqueueTimestamp": stamp(enqueued), "DequeueTimestamp": None}


def agent(name: str, connected: float, work: tuple[float, float] | None = None, **said: Any) -> dict[str, Any]:
    begun, done = work or (None, None)
    return {
        "ARN": f"{ARN}/agent/{name}",
        "Username": name,
        "ConnectedToAgentTimestamp": stamp(connected),
        "AfterContactWorkStartTimestamp": stamp(begun),
        "AfterContactWorkEndTimestamp": stamp(done),
        **said,
    }


def record(name: str = "c-1", start: float = 0, end: float = 100, **said: Any) -> dict[str, Any]:
    """A contact record; a word in small letters is one of `customer`, `ours`, `system` (seconds) and `updated` (seconds)."""
    customer, ours = said.pop("customer", "+49301111"), said.pop("ours", "+49309999")
    system, updated = said.pop("system", start), said.pop("updated", end + 60)
    return {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": name,
        "InitialContactId": None,
        "PreviousContactId": None,
        "NextContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": stamp(start),
        "ConnectedToSystemTimestamp": stamp(system),
        "DisconnectTimestamp": stamp(end),
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": customer},
        "SystemEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": ours},
        "LastUpdateTimestamp": stamp(updated),
        "Attributes": {},
        "Queue": None,
        "Agent": None,
        **said,
    }


def answered(**said: Any) -> dict[str, Any]:
    """An answered call; its agent hands it over to another contact."""
    given = {"Queue": queue("q1", 10), "Agent": agent("a1", 20, (60, 70)), "NextContactId": "c-2"}
    return record("c-1", 0, said.pop("end", 60), **{**given, "DisconnectReason": "AGENT_DISCONNECT", **said})


ASKING = {"end": 100, "Agent": agent("a1", 20, (100, 110))}
SCENES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "inbound, answered, held twice, wrapped up": (
        [
            record(
                Queue=queue("q1", 10),
                Agent=agent("a1", 20, (100, 130), NumberOfHolds=2, CustomerHoldDuration=20),
                Attributes={"outcome": "sale"},
                Recordings=[{"Location": "b/x.wav", "StartTimestamp": None}],
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999 recording
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work recording invited_by=c-1/queue
20 c-1/queue close how=transfer
20 c-1/agent recorded file=b/x.wav start=1772438420000 stop=1772438500000
40 c-1/agent hold held
50 c-1/agent hold no-held
70 c-1/agent hold held
80 c-1/agent hold no-held
100 customer close how=self
100 c-1/agent close how=peer
130 c-1/agent dispose code=sale
""",
    ),
    "abandoned in the queue": (
        [record(end=40, Queue=queue("q1", 10))],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
40 customer close how=self
40 c-1/queue close how=peer
""",
    ),
    "abandoned in the flow": (
        [record(end=4)],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
4 customer close how=self
4 c-1/flow close how=peer
""",
    ),
    "outbound, answered": (
        [
            record(
                end=60,
                system=8,
                InitiationMethod="OUTBOUND",
                Queue=queue("q1"),
                Agent=agent("a1", 8, (60, 70)),
                DisconnectReason="AGENT_DISCONNECT",
            ),
        ],
        """
0 c-1/agent open agent agent=a1 after_work no-inbound queue=q1
0 customer open customer no-inbound alerting invited_by=c-1/agent ani=+49309999 dnis=+49301111
8 customer answer
60 c-1/agent close how=self
60 customer close how=peer
70 c-1/agent dispose
""",
    ),
    "outbound, nobody there": (
        [
            record(end=30, system=None, InitiationMethod="OUTBOUND", Agent=agent("a1", 0), DisconnectReason="AGENT_DISCONNECT"),
        ],
        """
0 c-1/agent open agent agent=a1 no-inbound
0 customer open customer no-inbound alerting invited_by=c-1/agent ani=+49309999 dnis=+49301111
30 c-1/agent close how=self
30 customer close how=peer
""",
    ),
    "a callback is a conversation of its own": (
        [
            record("c-0", end=15, Queue=queue("q1", 5), NextContactId="c-1"),
            record(
                start=20,
                system=50,
                InitiationMethod="CALLBACK",
                InitialContactId="c-0",
                PreviousContactId="c-0",
                Queue=queue("q1", 20),
                Agent=agent("a1", 42, (100, 110)),
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-0/flow open flow invited_by=customer
5 c-0/flow close how=transfer
5 c-0/queue open queue queue=q1 invited_by=customer
15 customer close how=self
15 c-0/queue close how=peer
42 c-1/agent open agent agent=a1 after_work no-inbound queue=q1
42 customer open customer no-inbound alerting invited_by=c-1/agent ani=+49309999 dnis=+49301111
50 customer answer
100 customer close how=self
100 c-1/agent close how=peer
110 c-1/agent dispose
""",
    ),
    "blind transfer to a queue": (
        [
            answered(),
            record("c-2", 60, 150, **CHILD, Queue=queue("q2", 60), Agent=agent("a2", 80, (150, 160))),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
60 c-1/agent transfer command=c-2 no-attended initiating=c-1/agent object=customer queue=q2
60 c-2/queue open queue queue=q2 invited_by=c-1/agent
60 - progress command=c-2 destination=c-2/queue
60 c-1/agent close how=transfer_queue
60 - end command=c-2 state=completed
70 c-1/agent dispose
80 c-2/agent open agent agent=a2 after_work invited_by=c-2/queue
80 c-2/queue close how=transfer
150 customer close how=self
150 c-2/agent close how=peer
160 c-2/agent dispose
""",
    ),
    "blind transfer to an agent": (
        [
            answered(),
            record("c-2", 60, 150, **CHILD, Queue=queue("agent/a2", 60), Agent=agent("a2", 65, (150, 160))),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
60 c-1/agent transfer command=c-2 no-attended initiating=c-1/agent object=customer agent=a2
60 c-1/agent close how=transfer_agent
65 c-2/agent open agent agent=a2 after_work invited_by=c-1/agent
65 - progress command=c-2 destination=c-2/agent
65 - end command=c-2 state=completed
70 c-1/agent dispose
150 customer close how=self
150 c-2/agent close how=peer
160 c-2/agent dispose
""",
    ),
    "attended transfer to a queue": (
        [
            answered(),
            record("c-2", 30, 150, **CHILD, Queue=queue("q2", 31), Agent=agent("a2", 40, (150, 160))),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
30 c-1/agent transfer command=c-2 attended initiating=c-1/agent object=customer queue=q2
31 c-2/queue open queue queue=q2 invited_by=c-1/agent
31 - progress command=c-2 destination=c-2/queue
40 c-2/agent open agent agent=a2 after_work invited_by=c-2/queue
40 c-2/queue close how=transfer
60 c-1/agent close how=transfer_queue
60 - end command=c-2 state=completed
70 c-1/agent dispose
150 customer close how=self
150 c-2/agent close how=peer
160 c-2/agent dispose
""",
    ),
    "attended transfer to an agent": (
        [
            answered(),
            record("c-2", 30, 150, **CHILD, Queue=queue("agent/a2", 31), Agent=agent("a2", 40, (150, 160))),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
30 c-1/agent transfer command=c-2 attended initiating=c-1/agent object=customer agent=a2
40 c-2/agent open agent agent=a2 after_work invited_by=c-1/agent
40 - progress command=c-2 destination=c-2/agent
60 c-1/agent close how=transfer_agent
60 - end command=c-2 state=completed
70 c-1/agent dispose
150 customer close how=self
150 c-2/agent close how=peer
160 c-2/agent dispose
""",
    ),
    "transfer to an agent who does not come": (
        [
            answered(),
            record("c-2", 60, 80, **CHILD, Queue=queue("agent/a2", 60)),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
60 c-1/agent transfer command=c-2 no-attended initiating=c-1/agent object=customer agent=a2
60 c-1/agent close how=transfer_agent
70 c-1/agent dispose
80 - end command=c-2 state=failed
80 customer close how=self
""",
    ),
    "transfer to a queue, taken back": (
        [
            answered(**ASKING, DisconnectReason="CUSTOMER_DISCONNECT"),
            record("c-2", 30, 50, **CHILD, Queue=queue("q2", 31), DisconnectReason="AGENT_DISCONNECT"),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
30 c-1/agent transfer command=c-2 attended initiating=c-1/agent object=customer queue=q2
31 c-2/queue open queue queue=q2 invited_by=c-1/agent
31 - progress command=c-2 destination=c-2/queue
50 - end command=c-2 state=canceled
50 c-2/queue close how=peer
100 customer close how=self
100 c-1/agent close how=peer
110 c-1/agent dispose
""",
    ),
    "consultation, back to the caller": (
        [
            answered(**ASKING),
            record(
                "c-2",
                30,
                50,
                **CHILD,
                Queue=queue("agent/a2", 31),
                Agent=agent("a2", 40, (50, 60)),
                DisconnectReason="AGENT_DISCONNECT",
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
40 c-2/agent open agent agent=a2 after_work invited_by=c-1/agent
40 c-1/agent consult initiating=c-1/agent destination=c-2/agent object=customer
40 c-1/agent consulting initiating=c-1/agent destination=c-2/agent object=customer
50 - consulted
50 c-2/agent close how=peer
60 c-2/agent dispose
100 c-1/agent close how=self
100 customer close how=peer
110 c-1/agent dispose
""",
    ),
    "consultation of somebody outside": (
        [
            answered(**ASKING),
            record(
                "c-2",
                30,
                50,
                **{**CHILD, "InitiationMethod": "EXTERNAL_OUTBOUND"},
                system=35,
                customer="+4940",
                DisconnectReason="THIRD_PARTY_DISCONNECT",
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
30 c-2/phone open phone number=+4940 no-inbound invited_by=c-1/agent alerting
35 c-2/phone answer
35 c-1/agent consult initiating=c-1/agent destination=c-2/phone object=customer
35 c-1/agent consulting initiating=c-1/agent destination=c-2/phone object=customer
50 - consulted
50 c-2/phone close how=peer
100 c-1/agent close how=self
100 customer close how=peer
110 c-1/agent dispose
""",
    ),
    "transfer to somebody outside": (
        [
            answered(
                end=150,
                NextContactId=None,
                DisconnectReason="THIRD_PARTY_DISCONNECT",
                TransferredToEndpoint={"Type": "TELEPHONE_NUMBER", "Address": "+4940"},
                TransferCompletedTimestamp=stamp(59),
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
59 c-1/agent transfer command=c-1/outside no-attended initiating=c-1/agent object=customer number=+4940
59 c-1/phone open phone number=+4940 no-inbound invited_by=c-1/agent
59 - progress command=c-1/outside destination=c-1/phone
60 c-1/agent close how=transfer
60 - end command=c-1/outside state=completed
70 c-1/agent dispose
150 c-1/phone close how=self
150 customer close how=peer
""",
    ),
    "from queue to queue": (
        [
            record(end=20, Queue=queue("q1", 10), NextContactId="c-2", DisconnectReason=None),
            record(
                "c-2", 20, 150, **{**CHILD, "InitiationMethod": "QUEUE_TRANSFER"}, Queue=queue("q2", 20), Agent=agent("a2", 40)
            ),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/queue close how=transfer_queue
20 c-2/queue open queue queue=q2 invited_by=customer
40 c-2/agent open agent agent=a2 invited_by=c-2/queue
40 c-2/queue close how=transfer
150 customer close how=self
150 c-2/agent close how=peer
""",
    ),
    "a flow after the agent hung up": (
        [
            answered(),
            record("c-2", 60, 90, **{**CHILD, "InitiationMethod": "DISCONNECT"}),
        ],
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 c-1/flow open flow invited_by=customer
10 c-1/flow close how=transfer
10 c-1/queue open queue queue=q1 invited_by=customer
20 c-1/agent open agent agent=a1 after_work invited_by=c-1/queue
20 c-1/queue close how=transfer
60 c-2/flow open flow invited_by=customer
60 c-1/agent close how=self
70 c-1/agent dispose
90 customer close how=self
90 c-2/flow close how=peer
""",
    ),
    "an e-mail, and the reply while it is open": (
        [
            record(
                "m-1",
                **MAIL,
                Queue=queue("q1", 1),
                Agent=agent("a1", 20, (100, 110)),
                DisconnectReason="AGENT_DISCONNECT",
                SegmentAttributes={"connect:EmailSubject": {"ValueString": "Bill"}},
            ),
            record("m-2", 30, 90, **MAIL, InitiationMethod="AGENT_REPLY", RelatedContactId="m-1", Agent=agent("a1", 30)),
        ],
        """
0 m-1/customer open customer inbound with_message from=ann@example.com to=help@example.com subject=Bill
0 m-1/flow open flow invited_by=m-1/customer from=ann@example.com to=help@example.com subject=Bill
1 m-1/flow close how=transfer
1 m-1/queue open queue queue=q1 invited_by=m-1/customer from=ann@example.com to=help@example.com subject=Bill
20 m-1/agent open agent agent=a1 after_work from=ann@example.com to=help@example.com subject=Bill invited_by=m-1/queue
20 m-1/queue close how=transfer
30 m-1/agent write
90 m-1/agent sent
100 m-1/agent close how=self
100 m-1/customer close how=peer
110 m-1/agent dispose
""",
    ),
    "an e-mail, a late reply, and the customer's answer": (
        [
            record(
                "m-1", 0, 50, **MAIL, Queue=queue("q1", 1), Agent=agent("a1", 20, (50, 60)), DisconnectReason="AGENT_DISCONNECT"
            ),
            record("m-2", 80, 90, **MAIL, InitiationMethod="AGENT_REPLY", RelatedContactId="m-1", Agent=agent("a2", 80)),
            record("m-3", 200, 250, **MAIL, RelatedContactId="m-2", Agent=agent("a1", 210), DisconnectReason="AGENT_DISCONNECT"),
        ],
        """
0 m-1/customer open customer inbound with_message from=ann@example.com to=help@example.com
0 m-1/flow open flow invited_by=m-1/customer from=ann@example.com to=help@example.com
1 m-1/flow close how=transfer
1 m-1/queue open queue queue=q1 invited_by=m-1/customer from=ann@example.com to=help@example.com
20 m-1/agent open agent agent=a1 after_work from=ann@example.com to=help@example.com invited_by=m-1/queue
20 m-1/queue close how=transfer
50 m-1/agent close how=self
50 m-1/customer close how=peer
60 m-1/agent dispose
80 m-2/customer open customer no-inbound previous=m-1/customer from=help@example.com to=ann@example.com
80 m-2/agent open agent agent=a2 from=help@example.com to=ann@example.com no-inbound
80 m-2/agent write
90 m-2/agent sent
90 m-2/agent close how=self
90 m-2/customer close how=peer
200 m-3/customer open customer inbound with_message previous=m-2/customer from=ann@example.com to=help@example.com
200 m-3/flow open flow invited_by=m-3/customer from=ann@example.com to=help@example.com
210 m-3/flow close how=transfer
210 m-3/agent open agent agent=a1 previous=m-1/agent from=ann@example.com to=help@example.com invited_by=m-3/customer
250 m-3/agent close how=self
250 m-3/customer close how=peer
""",
    ),
    "an e-mail is transferred": (
        [
            record("m-1", 0, 50, **MAIL, Queue=queue("q1", 1), Agent=agent("a1", 20, (50, 60)), NextContactId="m-2"),
            record(
                "m-2",
                50,
                90,
                **{**MAIL, **CHILD, "InitialContactId": "m-1", "PreviousContactId": "m-1"},
                Queue=queue("q2", 50),
                Agent=agent("a2", 60),
                DisconnectReason="AGENT_DISCONNECT",
            ),
        ],
        """
0 m-1/customer open customer inbound with_message from=ann@example.com to=help@example.com
0 m-1/flow open flow invited_by=m-1/customer from=ann@example.com to=help@example.com
1 m-1/flow close how=transfer
1 m-1/queue open queue queue=q1 invited_by=m-1/customer from=ann@example.com to=help@example.com
20 m-1/agent open agent agent=a1 after_work from=ann@example.com to=help@example.com invited_by=m-1/queue
20 m-1/queue close how=transfer
50 m-1/agent transfer command=m-2 no-attended initiating=m-1/agent object=m-1/customer queue=q2
50 m-2/queue open queue queue=q2 invited_by=m-1/customer from=ann@example.com to=help@example.com
50 - progress command=m-2 destination=m-2/queue
50 m-1/agent close how=transfer_queue
50 - end command=m-2 state=completed
60 m-2/agent open agent agent=a2 from=ann@example.com to=help@example.com invited_by=m-2/queue
60 m-2/queue close how=transfer
60 m-1/agent dispose
90 m-2/agent close how=self
90 m-1/customer close how=peer
""",
    ),
    "an e-mail to the customer": (
        [record("m-1", 30, 90, **MAIL, InitiationMethod="OUTBOUND", Agent=agent("a1", 30))],
        """
30 m-1/agent open agent agent=a1 from=help@example.com to=ann@example.com no-inbound
30 m-1/customer open customer no-inbound invited_by=m-1/agent from=help@example.com to=ann@example.com
30 m-1/agent write
90 m-1/agent sent
90 m-1/agent close how=self
90 m-1/customer close how=peer
""",
    ),
    "an e-mail to the customer that was dropped": (
        [
            record("m-1", 30, 90, **MAIL, InitiationMethod="OUTBOUND", Agent=agent("a1", 30), DisconnectReason="DISCARDED"),
        ],
        """
30 m-1/agent open agent agent=a1 from=help@example.com to=ann@example.com no-inbound
30 m-1/customer open customer no-inbound invited_by=m-1/agent from=help@example.com to=ann@example.com
30 m-1/agent write
90 m-1/agent close how=self
90 m-1/customer close how=peer
""",
    ),
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_conversation_is_told_leg_by_leg(scene: str) -> None:
    records, text = SCENES[scene]
    line = Line(CALLS, ZERO, WRAPUP)

    assert line.sorted(*records) == text.strip()
    assert line.is_settled()
    assert line.over == set(line.conversations)
    assert not line.odd


@pytest.mark.parametrize("scene", SCENES)
def test_records_may_come_in_any_order(scene: str) -> None:
    is_linked = "mail" not in scene  # e-mails that are related only are found by those that came before
    for order in itertools.permutations(SCENES[scene][0]):
        line = Line(CALLS, ZERO, WRAPUP)
        line.told(*order)
        line.close()

        assert all(one.is_settled for one in line.conversations.values() if one.legs)
        assert not is_linked or line.over == set(line.conversations)


@pytest.mark.parametrize("scene", SCENES)
def test_what_comes_twice_is_told_once(scene: str) -> None:
    records, text = SCENES[scene]
    line = Line(CALLS, ZERO, WRAPUP)

    assert line.sorted(*records, *records) == text.strip()
    assert line.sorted(*records) == ""


def test_a_record_that_names_a_next_contact_waits_with_its_end() -> None:
    line = Line(CALLS, ZERO)

    first = line.told(answered())
    then = line.told(record("c-2", 60, 150, **CHILD, Queue=queue("q2", 60), Agent=agent("a2", 80)))

    assert first.splitlines()[-1] == "20 c-1/queue close how=transfer"
    assert then.splitlines()[0].startswith("60 c-1/agent transfer command=c-2")
    assert line.is_settled()


def test_a_record_whose_former_contact_never_comes_is_told_when_asked() -> None:
    line = Line(CALLS, ZERO)

    assert line.told(record("c-2", 60, 150, **CHILD, Queue=queue("q2", 60), Agent=agent("a2", 80))) == ""
    assert line.tell(Event("c-1", ZERO, {})) == [
        "60 customer open customer ani=+49301111 dnis=+49309999",
        "60 c-2/queue open queue queue=q2 invited_by=customer",
        "80 c-2/agent open agent agent=a2 invited_by=c-2/queue",
        "80 c-2/queue close how=transfer",
        "150 customer close how=self",
        "150 c-2/agent close how=peer",
    ]
    assert line.is_settled()


def test_a_later_update_adds_what_was_not_told() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    plain = record(Queue=queue("q1", 10), Agent=agent("a1", 20))

    line.told(plain)

    assert line.told({**plain, "Attributes": {"outcome": "sale"}, "LastUpdateTimestamp": stamp(900)}) == (
        "100 c-1/agent dispose code=sale"
    )
    assert not line.odd


def test_an_older_update_changes_nothing() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    plain = record(Queue=queue("q1", 10), Agent=agent("a1", 20), updated=900)

    line.told(plain)

    assert line.told({**plain, "Attributes": {"outcome": "sale"}, "LastUpdateTimestamp": stamp(500)}) == ""


def test_a_code_that_comes_after_its_disposition_is_named() -> None:
    line = Line(CALLS, ZERO, WRAPUP)
    plain = record(Queue=queue("q1", 10), Agent=agent("a1", 20, (100, 120)))

    line.told(plain)

    assert line.told({**plain, "Attributes": {"outcome": "sale"}, "LastUpdateTimestamp": stamp(900)}) == ""
    assert line.odd == ["dispose c-1/agent: its wrap-up code came after it was said that there is none"]


@pytest.mark.parametrize(
    ("reason", "customer", "other"),
    [
        ("CUSTOMER_DISCONNECT", "self", "peer"),
        ("AGENT_DISCONNECT", "peer", "self"),
        ("TELECOM_PROBLEM", "error", "error"),
        ("BARGED", "system", "system"),
        ("CONTACT_FLOW_DISCONNECT", "system", "system"),
        ("OTHER", "system", "system"),
        (None, "system", "system"),
        ("SOMETHING_NEW", "system", "system"),
    ],
)
def test_who_ended_it_is_told_of_each_leg(reason: str | None, customer: str, other: str) -> None:
    lines = Line(CALLS, ZERO).told(record(Agent=agent("a1", 20), DisconnectReason=reason)).splitlines()

    assert f"100 customer close how={customer}" in lines
    assert f"100 c-1/agent close how={other}" in lines


def test_only_so_many_holds_as_the_record_counts_are_told_and_as_long() -> None:
    said = Line(CALLS, ZERO).told(record(Agent=agent("a1", 20, NumberOfHolds=3, CustomerHoldDuration=30)))

    times = [float(line.split()[0]) for line in said.splitlines() if " hold " in line]
    assert sum(times[1::2]) - sum(times[::2]) == 30
    assert len(times) == 6


def test_a_call_to_the_customer_that_no_agent_took_is_named_and_not_told() -> None:
    line = Line(CALLS, ZERO)

    assert line.told(record(InitiationMethod="API")) == ""
    assert line.odd == ["c-1: API without an agent cannot be told"]


def test_a_supervisor_who_listens_in_is_no_leg() -> None:
    line = Line(CALLS, ZERO)
    whole = answered(NextContactId="c-2", DisconnectReason="CUSTOMER_DISCONNECT")

    line.told(record("c-2", 30, 50, **{**CHILD, "InitiationMethod": "MONITOR"}, Agent=agent("boss", 30)), whole)

    assert "boss" not in str(line.conversations)
    assert line.is_settled()


def test_an_email_without_addresses_is_named_and_not_told() -> None:
    line = Line(CALLS, ZERO)

    assert line.told(record(Channel="EMAIL", customer=None)) == ""
    assert "an e-mail without addresses" in line.odd[0]


def test_other_channels_are_counted() -> None:
    line = Line(CALLS, ZERO)

    assert line.events(record(Channel="CHAT"), record(Channel="TASK"), record(Channel="CHAT")) == []
    assert line.read.odd == {"CHAT": 2, "TASK": 1}


def test_agent_events_in_the_same_feed_say_nothing() -> None:
    assert Line(CALLS, ZERO).events({"AgentARN": f"{ARN}/agent/a1", "EventType": "LOGIN"}) == []


def test_links_are_remembered_in_the_state() -> None:
    first = Line(CALLS, ZERO)
    first.events(record("m-2", InitiationMethod="AGENT_REPLY", RelatedContactId="m-1", **MAIL))

    later = Line(CALLS, ZERO, state=first.read.state)

    assert later.events(record("m-3", RelatedContactId="m-2", **MAIL))[0].key == "m-1"


def test_a_transfer_of_a_callback_stays_in_its_conversation() -> None:
    line = Line(CALLS, ZERO)
    callback = record("c-5", InitiationMethod="CALLBACK", InitialContactId="c-1", PreviousContactId="c-1")
    moved = record("c-6", InitiationMethod="TRANSFER", InitialContactId="c-1", PreviousContactId="c-5")

    assert [event.key for event in line.events(callback, moved)] == ["c-5", "c-5"]


@pytest.mark.long
def test_a_conversation_of_too_many_contacts_is_cut() -> None:
    line = Line(CALLS, ZERO)
    line.told(*(record(f"c-{number}", InitialContactId="c-0") for number in range(1, 202)))

    assert line.odd[-1].endswith("more than 200 contacts in one conversation")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "expected an object"),
        ({"some": "thing"}, "ContactId is missing"),
        ({**record(), "ContactId": None}, "ContactId is missing"),
        ({**record(), "InitiationTimestamp": None}, "InitiationTimestamp is missing"),
        ({**record(), "InitiationTimestamp": "yesterday"}, "initiationtimestamp is no time: 'yesterday'"),
        ({**record(), "DisconnectTimestamp": {}}, "disconnecttimestamp is no text"),
        ({**record(), "Queue": "q1"}, "queue is no object: 'q1'"),
        ({**record(), "Agent": [1]}, "agent is no object"),
        ({**record(), "ContactId": "c" * 300}, "ContactId is no id"),
        ({**record(), "ContactId": "c\n1"}, "ContactId is no id"),
    ],
)
def test_what_is_no_record_is_refused(said: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Line(CALLS, ZERO).events(said)


ODD = st.sampled_from(
    ["null", '""', "0", '"x"', "[]", "{}", "[1]", '{"a": 1}', "true", '"c-1"', '"c-2"', '"c-3"']
    + [json.dumps(stamp(second)) for second in (0, 45, 500)]
).map(json.loads)
WHOLE = [one for records, _ in SCENES.values() for one in records]


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_subset_of_fields_and_records_leads_to_anything_illegal(data: Any) -> None:
    records = []
    for one in data.draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4)):
        said = json.loads(json.dumps(one))
        for path in data.draw(st.lists(st.sampled_from(sorted(said)), max_size=4)):
            said[path] = data.draw(ODD)
        for part in ("Queue", "Agent"):
            if isinstance(said[part], dict) and said[part] and data.draw(st.booleans()):
                said[part][data.draw(st.sampled_from(sorted(said[part])))] = data.draw(ODD)
        said["InitiationMethod"] = data.draw(st.sampled_from([said["InitiationMethod"], *METHODS]))
        records.append(json.dumps(said).encode())
    line = Line(CALLS, ZERO, WRAPUP)

    events = read_all(line, records)
    line.tell(*events)
    for key in list(line.conversations):
        line.tell(Event(key, ZERO, {}))
    line.close()

    assert (
        line.is_settled() or not line.conversations or all(not one.legs for one in line.conversations.values() if not one.is_over)
    )


METHODS = [
    "INBOUND",
    "OUTBOUND",
    "TRANSFER",
    "QUEUE_TRANSFER",
    "CALLBACK",
    "API",
    "DISCONNECT",
    "EXTERNAL_OUTBOUND",
    "AGENT_REPLY",
]


def test_an_email_goes_on_from_the_newest_leg_that_was_told() -> None:
    line = Line(CALLS, ZERO)
    nameless = record("m-2", 20, 90, Channel="EMAIL", customer=None, InitialContactId="m-1", PreviousContactId="m-1")
    third = record("m-3", 50, 120, **MAIL, InitialContactId="m-1", PreviousContactId="m-2")

    said = line.told(nameless, third, record("m-1", **MAIL))

    assert "50 m-3/customer open customer inbound with_message previous=m-1/customer" in said
    assert line.odd == ["open m-2/customer: an e-mail without addresses; open m-2/flow: an e-mail without addresses"]
