"""Calls of Genesys Engage as reviews: messages of T-Servers, told one after the other, and the steps they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.telling import Line, read_all

from reconciler.sources import CALLS

SECOND = 1_790_000_000
CARD = CALLS["genesys-engage"]
WRAPUP = {"interactions": {"wrapup_attribute": "Disposition"}}
KINDS = {"internal": 1, "inbound": 2, "outbound": 3, "consult": 4}
STATES = {"transferred": 1, "conferenced": 2, "remote": 5, "busy": 6, "noanswer": 7, "redirected": 22}
WORDS = {
    "from": "OtherDN",
    "to": "OtherDN",
    "other": "OtherDN",
    "third": "ThirdPartyDN",
    "agent": "AgentID",
    "queue": "ThisQueue",
    "ani": "ANI",
    "dnis": "DNIS",
    "was": "PreviousConnID",
    "of": "TransferConnID",
    "uuid": "CallUUID",
    "role": "ThisDNRole",
    "number": "EventSequenceNumber",
}


def messages(text: str) -> list[dict[str, Any]]:
    """`SECOND NAME CONN DN word=value …` a line → messages. `vq` is a virtual queue, `code=X` stands in the data of the call."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        second, name, conn, dn, *words = line.split()
        at = float(second)
        message: dict[str, Any] = {"MessageName": f"Event{name}", "TimeinSecs": SECOND + int(at), "ThisDN": dn}
        message |= {"TimeinuSecs": round(at % 1 * 1_000_000)} | ({"ConnID": conn} if conn != "-" else {})
        for word in words:
            key, _, value = word.partition("=")
            message |= _word(key, value)
        found.append(message)
    return found


def _word(key: str, value: str) -> dict[str, Any]:
    if key in KINDS:
        return {"CallType": KINDS[key]}
    if key in STATES:
        return {"CallState": STATES[key]}
    if key == "vq":
        return {"Extensions": {"VQID": "1"}}
    return {"UserData": {"Disposition": value}} if key == "code" else {WORDS[key]: value}


LOGINS = """
0 AgentLogin - 7001 agent=anna
0 AgentLogin - 7002 agent=ben
0 AgentLogin - 7003 agent=cleo
"""
ARRIVES = """
1 Queued c1 8000 inbound from=030111 ani=+4930111 dnis=+4930222
1 RouteRequest c1 8000 inbound from=030111 ani=+4930111
3 Queued c1 VQ_Sales inbound from=030111 vq
"""
ARRIVES_TOLD = """\
1 X open customer ani=+4930111 dnis=+4930222
1 I1 open flow name=8000 invited_by=X
3 Q1 open queue queue=VQ_Sales invited_by=I1
3 I1 close how=transfer
"""
TALKS = (
    ARRIVES
    + """
8 Diverted c1 VQ_Sales inbound third=7001
8 Diverted c1 8000 inbound third=7001
8 Ringing c1 7001 inbound from=030111 ani=+4930111 queue=VQ_Sales
11 Established c1 7001 inbound from=030111 queue=VQ_Sales
"""
)
TALKS_TOLD = (
    ARRIVES_TOLD
    + """\
8 Q1 close how=transfer
8 A1 open agent number=7001 alerting invited_by=Q1 agent=anna
11 A1 answer
"""
)
PASSES = (
    TALKS
    + """
20 Released c1 7001 inbound transferred third=7002
20 Ringing c1 7002 inbound third=7001
"""
)
PASSES_TOLD = (
    TALKS_TOLD
    + """\
20 A1 transfer command=T1 no-attended object=X agent=ben
20 A1 close how=transfer_agent
20 A2 open agent number=7002 alerting invited_by=X agent=ben
20 - progress command=T1 destination=A2
"""
)
ASKS = (
    TALKS
    + """
20 Held c1 7001 inbound from=030111
21 Dialing c2 7001 consult to=7002 of=c1
21 Ringing c2 7002 consult from=7001 of=c1
25 Established c2 7002 consult from=7001
25 Established c2 7001 consult to=7002
"""
)
ASKS_TOLD = (
    TALKS_TOLD
    + """\
20 A1 hold held
21 A2 open agent number=7002 alerting invited_by=A1 agent=ben
25 A2 answer
25 A1 consult destination=A2 object=X
25 A1 consulting
"""
)
REVIEWS = {
    "through a strategy and a queue to an agent, held, and the caller hangs up": (
        TALKS
        + """
20 Held c1 7001 inbound
25 Retrieved c1 7001 inbound
40 Released c1 7001 inbound remote
""",
        TALKS_TOLD
        + """\
20 A1 hold held
25 A1 hold no-held
40 X close how=self
40 A1 close how=peer
""",
    ),
    "the agent hangs up, and the code comes while wrapping up": (
        TALKS
        + """
30 AttachedDataChanged c1 7001 code=maybe
40 Released c1 7001 inbound code=maybe
45 AttachedDataChanged c1 7001 code=sale
""",
        TALKS_TOLD
        + """\
40 A1 close how=self
40 X close how=peer
40 A1 dispose code=maybe
""",
    ),
    "a code that comes after the end": (
        TALKS + "40 Released c1 7001 inbound\n45 UserEvent c1 7001 code=sale\n",
        TALKS_TOLD + "40 A1 close how=self\n40 X close how=peer\n45 A1 dispose code=sale\n",
    ),
    "given up in the queue": (
        ARRIVES + "9 Abandoned c1 VQ_Sales inbound\n9 Abandoned c1 8000 inbound\n",
        ARRIVES_TOLD + "9 X close how=self\n9 Q1 close how=peer\n",
    ),
    "given up while it rang": (
        ARRIVES + "5 Diverted c1 VQ_Sales\n5 Ringing c1 7001 inbound queue=VQ_Sales\n9 Abandoned c1 7001 inbound\n",
        ARRIVES_TOLD
        + """\
5 Q1 close how=transfer
5 A1 open agent number=7001 alerting invited_by=Q1 agent=anna
9 X close how=self
9 A1 close how=peer
""",
    ),
    "no answer, back to the queue, then another agent": (
        ARRIVES
        + """
5 Diverted c1 VQ_Sales third=7001
5 Ringing c1 7001 inbound queue=VQ_Sales
15 Released c1 7001 inbound redirected
15 Queued c1 VQ_Sales inbound vq
16 Diverted c1 VQ_Sales third=7002
16 Ringing c1 7002 inbound queue=VQ_Sales
18 Established c1 7002 inbound queue=VQ_Sales
30 Released c1 7002 inbound
""",
        ARRIVES_TOLD
        + """\
5 Q1 close how=transfer
5 A1 open agent number=7001 alerting invited_by=Q1 agent=anna
15 A1 close how=system
15 Q2 open queue queue=VQ_Sales invited_by=X
16 Q2 close how=transfer
16 A2 open agent number=7002 alerting invited_by=Q2 agent=ben
18 A2 answer
30 A2 close how=self
30 X close how=peer
""",
    ),
    "straight to the desk, refused": (
        """
1 Ringing c1 7001 inbound from=030111 ani=+4930111
5 Released c1 7001 inbound
6 Ringing c1 7002 inbound from=030111
8 Abandoned c1 7002 inbound
""",
        """\
1 X open customer ani=+4930111
1 A1 open agent number=7001 alerting invited_by=X agent=anna
5 A1 close how=self
6 A2 open agent number=7002 alerting invited_by=X agent=ben
8 X close how=self
8 A2 close how=peer
""",
    ),
    "an ACD queue that was not known until the call left it": (
        """
1 Queued c1 8500 inbound from=030111
5 Diverted c1 8500 third=7001
5 Ringing c1 7001 inbound queue=8500
6 Established c1 7001 inbound
9 Released c1 7001 inbound
""",
        """\
1 X open customer ani=030111
1 Q1 open queue queue=8500 invited_by=X
5 Q1 close how=transfer
5 A1 open agent number=7001 alerting invited_by=Q1 agent=anna
6 A1 answer
9 A1 close how=self
9 X close how=peer
""",
    ),
    "asked and back, and the call goes on": (
        ASKS
        + """
35 Released c2 7001 consult to=7002
35 Released c2 7002 consult remote
36 Retrieved c1 7001 inbound
50 Released c1 7001 inbound remote
""",
        ASKS_TOLD
        + """\
35 - consulted
35 A2 close how=peer
36 A1 hold no-held
50 X close how=self
50 A1 close how=peer
""",
    ),
    "the one who was asked hangs up": (
        ASKS
        + """
35 Released c2 7002 consult
35 Released c2 7001 consult remote
36 Retrieved c1 7001 inbound
50 Released c1 7001 inbound
""",
        ASKS_TOLD
        + """\
35 - consulted
35 A2 close how=self
36 A1 hold no-held
50 A1 close how=self
50 X close how=peer
""",
    ),
    "the customer hangs up while the agent asks": (
        ASKS
        + """
30 Released c1 7001 inbound remote
35 Released c2 7002 consult
35 Released c2 7001 consult remote
""",
        ASKS_TOLD
        + """\
30 - consulted
30 X close how=self
30 A1 close how=peer
35 A2 close how=self
""",
    ),
    "asked, then handed over": (
        ASKS
        + """
35 Released c2 7001 consult transferred
35 Released c1 7001 inbound transferred
35 PartyChanged c1 7002 inbound was=c2 transferred third=7001
60 Released c1 7002 inbound remote
""",
        ASKS_TOLD
        + """\
35 - consulted
35 A1 close how=transfer_consult
60 X close how=self
60 A2 close how=peer
""",
    ),
    "handed over before who was asked has answered": (
        TALKS
        + """
20 Held c1 7001 inbound
21 Dialing c2 7001 consult to=7002 was=c1
21 Ringing c2 7002 consult from=7001 was=c1
24 Released c2 7001 consult transferred
24 Released c1 7001 inbound transferred
24 PartyChanged c1 7002 inbound was=c2 transferred third=7001
26 Established c1 7002 inbound
60 Released c1 7002 inbound
""",
        TALKS_TOLD
        + """\
20 A1 hold held
21 A2 open agent number=7002 alerting invited_by=A1 agent=ben
24 A1 transfer command=T1 attended object=X agent=ben
24 - progress command=T1 destination=A2
24 A1 close how=transfer_agent
26 A2 answer
26 - end command=T1 state=completed
60 A2 close how=self
60 X close how=peer
""",
    ),
    "asked somebody outside, and handed over": (
        TALKS
        + """
20 Held c1 7001 inbound
21 Dialing c2 7001 consult to=+49891 of=c1
22 NetworkReached c2 7001 consult to=+49891
25 Established c2 7001 consult to=+49891
35 Released c2 7001 consult transferred
35 Released c1 7001 inbound transferred third=+49891
""",
        TALKS_TOLD
        + """\
20 A1 hold held
22 P1 open phone number=+49891 alerting invited_by=A1 no-inbound
25 P1 answer
25 A1 consult destination=P1 object=X
25 A1 consulting
35 - consulted
35 A1 close how=transfer_consult
35 X close how=system
35 P1 close how=system
""",
    ),
    "in one step to an agent": (
        PASSES
        + """\
22 Established c1 7002 inbound
30 Released c1 7002 inbound remote
""",
        PASSES_TOLD
        + """\
22 A2 answer
22 - end command=T1 state=completed
30 X close how=self
30 A2 close how=peer
""",
    ),
    "in one step to an agent who does not answer": (
        PASSES
        + """\
35 Released c1 7002 inbound noanswer
35 Queued c1 VQ_Sales inbound vq
40 Abandoned c1 VQ_Sales inbound
""",
        PASSES_TOLD
        + """\
35 - end command=T1 state=failed
35 A2 close how=system
35 Q2 open queue queue=VQ_Sales invited_by=X
40 X close how=self
40 Q2 close how=peer
""",
    ),
    "in one step to a queue": (
        TALKS
        + """
20 Released c1 7001 inbound transferred third=VQ_Sales
20 Queued c1 VQ_Sales inbound vq third=7001
25 Diverted c1 VQ_Sales inbound
25 Ringing c1 7002 inbound queue=VQ_Sales
26 Established c1 7002 inbound
30 Released c1 7002 inbound
""",
        TALKS_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X queue=VQ_Sales
20 A1 close how=transfer_queue
20 Q2 open queue queue=VQ_Sales invited_by=X
20 - progress command=T1 destination=Q2
25 - end command=T1 state=completed
25 Q2 close how=transfer
25 A2 open agent number=7002 alerting invited_by=Q2 agent=ben
26 A2 answer
30 A2 close how=self
30 X close how=peer
""",
    ),
    "in one step to a route point": (
        TALKS
        + """
20 Released c1 7001 inbound transferred third=8000
20 Queued c1 8000 inbound
20 RouteRequest c1 8000 inbound
21 Queued c1 VQ_Care inbound vq
25 Abandoned c1 VQ_Care inbound
""",
        TALKS_TOLD
        + """\
20 A1 close how=transfer
20 I2 open flow name=8000 invited_by=X
21 Q2 open queue queue=VQ_Care invited_by=I2
21 I2 close how=transfer
25 X close how=self
25 Q2 close how=peer
""",
    ),
    "in one step to somebody outside": (
        TALKS + "20 Released c1 7001 inbound transferred third=+49891\n",
        TALKS_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X number=+49891
20 P1 open phone number=+49891 invited_by=A1 no-inbound
20 - progress command=T1 destination=P1
20 A1 close how=transfer
20 - end command=T1 state=completed
20 X close how=system
20 P1 close how=system
""",
    ),
    "a conference, which whoever called it leaves first": (
        ASKS
        + """
35 Released c2 7001 consult conferenced
35 Retrieved c1 7001 inbound
35 PartyAdded c1 7001 inbound other=7002 conferenced
35 PartyChanged c1 7002 inbound was=c2 conferenced third=7001
50 Released c1 7001 inbound
50 PartyDeleted c1 7002 inbound other=7001
60 Released c1 7002 inbound remote
""",
        ASKS_TOLD
        + """\
35 A1 hold no-held
35 - consulted
50 A1 close how=self
60 X close how=self
60 A2 close how=peer
""",
    ),
    "a conference that the customer leaves": (
        ASKS
        + """
35 PartyAdded c1 7001 inbound other=7002 conferenced
35 PartyChanged c1 7002 inbound was=c2 conferenced
50 PartyDeleted c1 7001 inbound other=030111
50 PartyDeleted c1 7002 inbound other=030111
60 Released c1 7002 inbound
60 Released c1 7001 inbound remote
""",
        ASKS_TOLD
        + """\
35 - consulted
35 A1 hold no-held
50 X close how=self
60 A2 close how=self
60 A1 close how=peer
""",
    ),
    "two calls of an agent's that become one": (
        TALKS
        + """
20 Held c1 7001 inbound
21 Dialing c2 7001 internal to=7002
21 Ringing c2 7002 internal from=7001
25 Established c2 7002 internal from=7001
35 Released c1 7001 inbound transferred third=7002
35 PartyChanged c1 7002 inbound was=c2 transferred third=7001
60 Released c1 7002 inbound remote
""",
        TALKS_TOLD
        + """\
20 A1 hold held
21 A1 open agent agent=anna number=7001
21 A2 open agent number=7002 inbound alerting invited_by=A1 agent=ben
25 A2 answer
35 A1 transfer command=T1 no-attended object=X agent=ben
35 A1 close how=transfer_agent
35 A1 close how=transfer_conference into=c1
35 A2 close how=transfer_conference into=c1
35 A2 open agent number=7002 no-alerting invited_by=X agent=ben
35 - progress command=T1 destination=A2
60 - end command=T1 state=completed
60 X close how=self
60 A2 close how=peer
""",
    ),
    "outgoing, muted for a while": (
        """
1 Dialing c1 7001 outbound to=0049891
2 NetworkReached c1 7001 outbound to=0049891
7 Established c1 7001 outbound to=0049891
8 MuteOn c1 7001
9 MuteOff c1 7001
20 Released c1 7001 outbound
""",
        """\
1 A1 open agent agent=anna no-inbound number=7001 no-alerting
1 X open customer no-inbound alerting invited_by=A1 dnis=0049891
7 X answer
8 A1 audio can_hear no-can_speak
9 A1 audio can_hear can_speak
20 A1 close how=self
20 X close how=peer
""",
    ),
    "outgoing, and nobody answers": (
        "1 Dialing c1 7001 outbound to=0049891\n20 Released c1 7001 outbound noanswer\n",
        """\
1 A1 open agent agent=anna no-inbound number=7001 no-alerting
1 X open customer no-inbound alerting invited_by=A1 dnis=0049891
20 A1 close how=self
20 X close how=system
""",
    ),
    "dialled by a campaign, then offered to an agent": (
        """
1 Dialing c1 8900 outbound to=0049891
5 Queued c1 VQ_Dial outbound vq
6 Diverted c1 VQ_Dial outbound
6 Ringing c1 7001 outbound other=0049891 queue=VQ_Dial
7 Established c1 7001 outbound other=0049891
9 Released c1 7001 outbound remote
""",
        """\
6 A1 open agent agent=anna no-inbound queue=VQ_Dial number=7001 alerting
6 X open customer no-inbound no-alerting invited_by=A1 dnis=0049891
7 A1 answer
9 X close how=self
9 A1 close how=peer
""",
    ),
    "internal": (
        """
1 Dialing c1 7001 internal to=7002
1 Ringing c1 7002 internal from=7001
4 Established c1 7002 internal from=7001
4 Established c1 7001 internal to=7002
9 Released c1 7002 internal
9 Released c1 7001 internal remote
""",
        """\
1 A1 open agent agent=anna number=7001
1 A2 open agent number=7002 inbound alerting invited_by=A1 agent=ben
4 A2 answer
9 A2 close how=self
9 A1 close how=peer
""",
    ),
    "internal, given up": (
        """
1 Dialing c1 7001 internal to=7002
1 Ringing c1 7002 internal from=7001
4 Released c1 7001 internal
4 Abandoned c1 7002 internal
""",
        """\
1 A1 open agent agent=anna number=7001
1 A2 open agent number=7002 inbound alerting invited_by=A1 agent=ben
4 A1 close how=self
4 A2 close how=peer
""",
    ),
    "a phone in the house where nobody is logged in": (
        """
1 Dialing c1 7009 internal to=7001
1 Ringing c1 7001 internal from=7009
4 Established c1 7001 internal from=7009
4 Established c1 7009 internal to=7001
9 Released c1 7009 internal
9 Released c1 7001 internal remote
""",
        """\
1 X open customer ani=7009
1 A1 open agent number=7001 alerting invited_by=X agent=anna
4 A1 answer
9 X close how=self
9 A1 close how=peer
""",
    ),
    "a supervisor who listens": (
        TALKS + "20 Ringing c1 7003 inbound role=10\n21 Established c1 7003 inbound role=10\n40 Released c1 7001 inbound\n",
        TALKS_TOLD + "40 A1 close how=self\n40 X close how=peer\n",
    ),
}


def line(mapping: Any = None) -> Line:
    one = Line(CARD, SECOND * 1000, mapping or WRAPUP)
    assert one.events(*messages(LOGINS)) == []
    return one


@pytest.mark.parametrize("name", REVIEWS)
def test_a_call_is_told_leg_by_leg(name: str) -> None:
    text, expected = REVIEWS[name]
    one = line()

    assert one.told(*messages(text)) + "\n" == expected
    assert one.is_settled()


@pytest.mark.parametrize("name", sorted(REVIEWS))
def test_a_pair_of_servers_tells_everything_twice_and_nothing_more_comes_of_it(name: str) -> None:
    text, expected = REVIEWS[name]
    twice = [json.loads(json.dumps(message)) for message in messages(text) for _ in range(2)]

    assert line().told(*twice) + "\n" == expected


@pytest.mark.parametrize("name", ["asked, then handed over", "two calls of an agent's that become one"])
def test_reading_can_be_stopped_at_any_message(name: str) -> None:
    story = messages(REVIEWS[name][0])
    whole = line().events(*story)

    for cut in range(len(story)):
        first = line()
        events = first.events(*story[:cut])
        assert events + Line(CARD, SECOND * 1000, WRAPUP, state=first.read.state).events(*story[cut:]) == whole


def test_names_of_unknown_messages_do_not_grow_without_bound() -> None:
    one = line()
    one.events(*({"MessageName": f"EventX{number}"} for number in range(1100)))

    assert (len(one.read.odd), one.read.odd["…"]) == (1001, 100)


def test_a_call_goes_on_over_midnight() -> None:
    one = Line(CARD, 1_790_035_199_000)
    one.read(
        json.dumps({"MessageName": "EventAgentLogin", "ThisDN": "7001", "AgentID": "anna", "TimeinSecs": 1_790_000_000}).encode()
    )
    said = {"ConnID": "c1", "ThisDN": "7001", "CallType": 2, "ANI": "030111"}

    told = one.told(
        *({"MessageName": f"Event{name}", **said, "Time": time}
          for name, time in (("Ringing", "2026-09-21T23:59:59+00:00"), ("Established", "2026-09-22T00:00:03+00:00"))),
        {"MessageName": "EventReleased", **said, "Time": "2026-09-22T00:10:00+00:00"},
    )  # fmt: skip

    assert [line.split()[1:3] for line in told.splitlines()][-2:] == [["A1", "close"], ["X", "close"]]
    assert one.is_settled()


def test_messages_out_of_order_are_put_right_by_their_times_and_numbers() -> None:
    text, expected = REVIEWS["through a strategy and a queue to an agent, held, and the caller hangs up"]
    numbered = [{**message, "EventSequenceNumber": number} for number, message in enumerate(messages(text), 1)]

    assert line().sorted(*reversed(numbered)) != ""
    assert line().sorted(*numbered[::2], *numbered[1::2]).splitlines() == expected.splitlines()


def test_calls_of_several_servers_with_one_uuid_are_one_conversation() -> None:
    one = line()
    one.told(*messages("1 Ringing c1 7001 inbound uuid=u1 ani=1\n2 Ringing c9 7002 inbound uuid=u1"))

    assert list(one.conversations) == ["u1"]


def test_a_consultation_seen_before_its_call_is_kept_with_it() -> None:
    one = line()
    one.told(*messages("1 Dialing c2 7001 consult of=c1 to=7002\n1 Ringing c2 7002 consult of=c1 from=7001"))

    assert list(one.conversations) == ["c1"]


def test_a_route_point_that_was_seen_once_is_known_by_a_later_run() -> None:
    one = line()
    one.told(*messages(ARRIVES))

    later = Line(CARD, SECOND * 1000, WRAPUP, state=one.read.state)

    assert later.told(*messages("50 Queued c7 8000 inbound from=1\n51 Queued c7 VQ_Sales inbound from=1")) == (
        "50 X open customer ani=1\n50 I1 open flow name=8000 invited_by=X\n"
        "51 Q1 open queue queue=VQ_Sales invited_by=I1\n51 I1 close how=transfer"
    )


def test_a_call_without_its_end_is_closed_by_rule() -> None:
    one = line()
    one.told(*messages(TALKS))
    one.close()

    assert one.is_settled()


def test_what_comes_after_the_end_is_named() -> None:
    one = line()
    one.told(*messages(TALKS + "40 Released c1 7001 inbound\n50 Held c1 7001 inbound"))

    assert one.odd == ["EventHeld after the end of the call"]


def test_a_message_older_than_what_its_dn_has_told_changes_nothing() -> None:
    one = line()
    one.told(*messages(TALKS + "20 Held c1 7001\n25 Retrieved c1 7001"))

    assert one.told(*messages("20 Held c1 7001")) == ""


def test_an_agent_known_by_the_mapping_needs_no_login() -> None:
    one = Line(CARD, SECOND * 1000, {"agents": {"7001": "anna"}})

    assert "agent=7001" in one.told(*messages("1 Ringing c1 7001 inbound ani=1"))


def test_a_log_is_read_as_json_is() -> None:
    log = """\
Local time: 2026-09-21T13:33:20.000
@13:33:21.1250 [gsrv] message EventRinging
\tAttributeConnID\t006c02462a161006
\tAttributeThisDN\t'7001'
\tAttributeAgentID\t'anna'
\tAttributeCallType\t2
\tAttributeANI\t'030111'
@13:33:25.0000 [gsrv] message EventReleased
\tAttributeConnID\t006c02462a161006
\tAttributeThisDN\t'7001'
\tAttributeCallType\t2
\tAttributeCallState\t5
@13:33:26.0000 end
"""
    one = Line(CARD, 1_789_997_600_000)

    told = one.told(*log.encode().splitlines(keepends=True)).splitlines()

    assert [words.split()[1:4] for words in told] == [
        ["X", "open", "customer"],
        ["A1", "open", "agent"],
        ["A1", "close", "how=peer"],
        ["X", "close", "how=peer"],
    ]


def test_the_sample_of_a_virtual_queue_is_a_queue(samples: Any) -> None:
    text = samples("genesys-engage/t-server/request-distribute-event-eventqueued.txt", b"\n")
    lines = [b"Local time: 2026-09-21T13:33:20.000", b"@13:33:21.1250 " + text[0], *text[1:], b"end"]
    one = Line(CARD, SECOND * 1000)

    assert [words.split()[1:3] for words in one.told(*lines).splitlines()] == [["X", "open"], ["Q1", "open"]]
    assert list(one.conversations) == ["AM5D3AE9D90757BKTSVJTCIAR4000014"]


def test_unknown_messages_are_counted_by_name() -> None:
    one = line()
    one.events(*messages("1 Teleported c1 7001\n2 OffHook c1 7001"))

    assert one.read.odd == {"EventTeleported": 1}


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({"MessageName": "EventRinging", "ConnID": "c1"}, "EventRinging without ThisDN"),
        ({"MessageName": "EventRinging", "ThisDN": "1"}, "EventRinging without a call"),
        ({"MessageName": "EventRinging", "ThisDN": "1", "ConnID": "a\0b"}, "EventRinging without a call"),
        ({"MessageName": "EventRinging", "ThisDN": "1", "ConnID": "c" * 300}, "EventRinging without a call"),
        ({"MessageName": "EventRinging", "ThisDN": "1", "ConnID": "c1"}, "has no time"),
        ({"MessageName": "EventRinging", "ThisDN": "1", "ConnID": "c1", "TimeinSecs": "9" * 40}, "is no time"),
        ({"MessageName": "EventRinging", "ThisDN": "1", "ConnID": "c1", "CallUUID": "u\0", "TimeinSecs": 1}, "is no id"),
        ({"what": "ever"}, "no message of Genesys Engage"),
        ({"TypeId": "Inbound", "MediaType": "email", "StartDate": "2026-01-01"}, "expected Id"),
        ({"Id": "m1", "TypeId": "Sideways", "MediaType": "email", "StartDate": "2026-01-01"}, "expected Inbound or Outbound"),
        ({"Id": "m1", "TypeId": "Inbound", "MediaType": "email", "StartDate": "yesterday"}, "startdate is no time"),
    ],
)
def test_a_message_that_cannot_be_understood_says_what_is_wrong(message: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        line().events(message)


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_messages_leads_to_anything_illegal(data: Any) -> None:
    whole = [message for text, _ in REVIEWS.values() for message in messages(text)]
    kept = data.draw(st.sampled_from(sorted(REVIEWS)).map(lambda name: messages(REVIEWS[name][0])))
    mixed = data.draw(st.lists(st.sampled_from([*kept, *kept, *kept, *whole]), min_size=1, max_size=30))
    one = line()

    one.tell(*read_all(one, [json.dumps(message).encode() for message in data.draw(st.permutations(mixed))]))
    one.close()

    assert all(conversation.is_settled for conversation in one.conversations.values() if conversation.legs)


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_messages_with_anything_in_them_never_break_it(data: Any) -> None:
    message = dict(data.draw(st.sampled_from(messages(ASKS))))
    for name in data.draw(
        st.lists(st.sampled_from(sorted({*message, *WORDS.values(), "CallState", "UserData"})), min_size=1, max_size=4)
    ):
        message[name] = data.draw(JUNK)
    one = line()

    one.tell(*read_all(one, [json.dumps(message).encode()]))
