"""The queue log of Asterisk as calls: whole calls as reviews, what missing rows do, and every form rows come in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources.asterisk.written import rows, worn

from reconciler.model.interaction import Act
from reconciler.sources import CALLS

A, B = "PJSIP/1001", "PJSIP/1002"

ANSWERED = f"""
0 DID billing - +4930222
0 ENTERQUEUE billing - |+4930111|1
9 CONNECT billing {A} 9|c1.2|4
60 COMPLETECALLER billing {A} 9|51|1
"""
TALK = f"""
0 ENTERQUEUE billing - |+4930111|1
9 CONNECT billing {A} 9|c1.2|4
"""
TALK_TOLD = f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=billing invited_by=X
5 A1 open agent agent={A} alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
"""
REVIEWS = {
    "answered, and the caller hangs up": (
        ANSWERED,
        f"""\
0 X open customer ani=+4930111 dnis=+4930222
0 Q1 open queue queue=billing invited_by=X
5 A1 open agent agent={A} alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
60 X close how=self
60 A1 close how=peer
""",
    ),
    "the agent hangs up": (
        f"""{TALK}\
60 COMPLETEAGENT billing {A} 9|51|1
""",
        f"""{TALK_TOLD}\
60 A1 close how=self
60 X close how=peer
""",
    ),
    "abandoned while it rang": (
        f"""
0 ENTERQUEUE billing - ||1
30 RINGCANCELED billing {A} 12500
30 ABANDON billing - 1|1|30
""",
        f"""\
0 X open customer
0 Q1 open queue queue=billing invited_by=X
17.5 A1 open agent agent={A} alerting invited_by=Q1
30 A1 close how=system
30 X close how=self
30 Q1 close how=peer
""",
    ),
    "nobody answers, then the second agent does": (
        f"""
0 ENTERQUEUE billing - |+4930111|1
15 RINGNOANSWER billing {A} 15000
21 CONNECT billing {B} 21|c1.3|9
40 COMPLETEAGENT billing {B} 21|19|1
""",
        f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=billing invited_by=X
0 A1 open agent agent={A} alerting invited_by=Q1
15 A1 close how=system
15 A2 open agent agent={B} alerting invited_by=Q1
21 A2 answer
21 Q1 close how=transfer
40 A2 close how=self
40 X close how=peer
""",
    ),
    "from one queue into the next": (
        f"""
0 ENTERQUEUE billing - |+4930111|1
20 EXITWITHTIMEOUT billing - 1|1|20
21 ENTERQUEUE second - |+4930111|1
30 CONNECT second {A} 9|c1.2|2
40 COMPLETECALLER second {A} 9|10|1
""",
        f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=billing invited_by=X
20 Q1 close how=transfer
21 Q2 open queue queue=second invited_by=X
28 A1 open agent agent={A} alerting invited_by=Q2
30 A1 answer
30 Q2 close how=transfer
40 X close how=self
40 A1 close how=peer
""",
    ),
    "transferred blindly into a queue": (
        f"""
0 ENTERQUEUE 600 - |+4930111|1
9 CONNECT 600 {A} 9|c1.2|4
20 BLINDTRANSFER 600 {A} 600|internal|9|11|1
21 ENTERQUEUE 600 - |+4930111|1
29 CONNECT 600 {B} 8|c1.4|3
50 COMPLETECALLER 600 {B} 8|21|1
""",
        f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=600 invited_by=X
5 A1 open agent agent={A} alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
20 A1 transfer command=T1 no-attended object=X queue=600
20 A1 close how=transfer_queue
21 Q2 open queue queue=600 invited_by=X
21 - progress command=T1 destination=Q2
21 - end command=T1 state=completed
26 A2 open agent agent={B} alerting invited_by=Q2
29 A2 answer
29 Q2 close how=transfer
50 X close how=self
50 A2 close how=peer
""",
    ),
    "transferred blindly to an agent heard of before": (
        f"""
0 ENTERQUEUE billing - |+4930111|1
8 RINGNOANSWER billing {B} 8000
9 CONNECT billing {A} 9|c1.2|1
20 TRANSFER billing {A} 1002|internal|9|11|1
""",
        f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=billing invited_by=X
0 A1 open agent agent={B} alerting invited_by=Q1
8 A1 close how=system
8 A2 open agent agent={A} alerting invited_by=Q1
9 A2 answer
9 Q1 close how=transfer
20 A2 transfer command=T1 no-attended object=X agent={B}
20 A3 open agent agent={B} alerting invited_by=A2
20 - progress command=T1 destination=A3
20 A2 close how=transfer_agent
20 - end command=T1 state=completed
""",
    ),
    "transferred blindly to somebody outside": (
        f"""{TALK}\
20 BLINDTRANSFER billing {A} 0049891234|outbound|9|11|1
""",
        f"""{TALK_TOLD}\
20 A1 transfer command=T1 no-attended object=X number=0049891234
20 P1 open phone number=0049891234 invited_by=A1
20 - progress command=T1 destination=P1
20 A1 close how=transfer
20 - end command=T1 state=completed
""",
    ),
    "transferred after asking": (
        f"""{TALK}\
20 ATTENDEDTRANSFER billing {A} BRIDGE|ab12|9|11|1
""",
        f"""{TALK_TOLD}\
20 A1 close how=transfer_consult
""",
    ),
    "a restart in the middle": (
        f"""{TALK}\
33 QUEUESTART - -
""",
        f"""{TALK_TOLD}\
33 X close how=system
33 A1 close how=system
""",
    ),
    "the agent hangs up on the announcement, then another takes it": (
        f"""
0 ENTERQUEUE billing - |+4930111|1
9 AGENTDUMP billing {A}
14 CONNECT billing {B} 14|c1.3|4
15 SYSCOMPAT billing {B}
""",
        f"""\
0 X open customer ani=+4930111
0 Q1 open queue queue=billing invited_by=X
9 A1 open agent agent={A} alerting invited_by=Q1
9 A1 close how=self
10 A2 open agent agent={B} alerting invited_by=Q1
14 A2 answer
14 Q1 close how=transfer
15 X close how=error
15 A2 close how=error
""",
    ),
    "never queued": ("0 JOINEMPTY billing -\n0 FULL second -\n0 CLOSED third -", "\n"),
    "read from the middle: what is missing was said": (
        f"60 COMPLETEAGENT billing {A} 9|41|1",
        f"""\
10 X open customer
10 Q1 open queue queue=billing invited_by=X
19 A1 open agent agent={A} alerting invited_by=Q1
19 A1 answer
19 Q1 close how=transfer
60 A1 close how=self
60 X close how=peer
""",
    ),
    "the end was never written, and the caller queues again": (
        f"""{TALK}\
50 ENTERQUEUE second - |+4930111|1
55 ABANDON second - 1|1|5
""",
        f"""{TALK_TOLD}\
50 A1 close how=system
50 Q2 open queue queue=second invited_by=X
55 X close how=self
55 Q2 close how=peer
""",
    ),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_a_call_reads_as_a_review(calls: Any, name: str) -> None:
    text, review = REVIEWS[name]

    assert calls().tell(*rows(text)).shown() == review


@pytest.mark.parametrize("name", REVIEWS)
def test_every_call_can_be_closed(calls: Any, name: str) -> None:
    assert calls().tell(*rows(REVIEWS[name][0])).close().is_settled


def test_a_call_whose_end_is_written_is_over(calls: Any) -> None:
    assert calls().tell(*rows(ANSWERED)).over == {"c1"}


def test_a_transfer_to_an_agent_of_the_mapping_needs_no_row_of_it(calls: Any) -> None:
    one = calls(["Local/77@agents/n"]).tell(*rows(f"0 BLINDTRANSFER q {A} 77|internal|0|0|1"))

    assert "transfer command=T1 no-attended object=X agent=Local/77@agents/n" in one.shown()


def test_a_failed_transfer_ends_with_the_caller(calls: Any) -> None:
    one = calls().tell(*rows(f"0 BLINDTRANSFER q {A} q|internal|0|0|1\n5 FULL q -\n9 ABANDON q - 1|1|1"))

    assert "5 - end command=T1 state=failed\n9 X close how=self\n" in one.shown()


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        (f"{ANSWERED}61 COMPLETECALLER billing {A} 9|51|1", "COMPLETECALLER after the end of the call"),
        (f"9 BLINDTRANSFER q {A} |internal|1|1|1", "a transfer without extension"),
        (f"9 ATTENDEDTRANSFER q {A} APP|Queue|1|1|1", "an attended transfer: the queue log does not say to whom"),
    ],
)
def test_what_could_not_be_understood_is_said(calls: Any, text: str, odd: str) -> None:
    assert calls().tell(*rows(text)).odd == [odd]


@pytest.mark.parametrize("place", range(3))
def test_a_row_of_a_talk_that_comes_twice_says_nothing_more(calls: Any, place: int) -> None:
    whole = rows(ANSWERED)[1:]

    assert calls().tell(*whole[: place + 1], whole[place], *whole[place + 1 :]).steps == calls().tell(*whole).steps


def test_equal_rows_are_one_event(calls: Any) -> None:
    one, again = calls().tell(*rows(ANSWERED)), calls().tell(*rows(f"0 CONNECT other {B} 1|x|1", "c9"), *rows(ANSWERED))

    assert [event.id for event in again.events][1:] == [event.id for event in one.events]


def test_rows_about_agents_are_no_calls_and_unknown_ones_are_counted(calls: Any) -> None:
    one = calls().tell(*rows(f"0 PAUSE q {A} tea\n1 ADDMEMBER q {A}\n2 DANCE q {A}\n3 DANCE q {A}"))

    assert (one.events, one.read.odd) == ([], {"DANCE": 2})


@pytest.mark.parametrize(
    "line", ["1|c1|q|NONE|CONNECT|1", "1|c1||NONE|ENTERQUEUE", "x|c1|q|NONE|ENTERQUEUE", "1|c1|q|a|", "1|\x01|q|a|ABANDON"]
)
def test_a_row_that_cannot_be_is_refused(calls: Any, line: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no line"):
        calls().tell(line)


def test_a_second_run_goes_on_where_the_first_stopped(calls: Any) -> None:
    lines = ["time,callid,queuename,agent,event,data1,data2,data3", f"2026-10-25 00:00:00,c0,600,{B},RINGNOANSWER,0,,"]
    first = calls().tell(*lines)

    second = calls(state=first.read.state).tell(f"2026-10-25 00:00:10,c1,q,{A},BLINDTRANSFER,600,,")
    third = calls(state=second.read.state).tell(f"2026-10-25 00:00:20,c2,q,{A},BLINDTRANSFER,1002,,")

    assert [one.events[-1].data["goal"] for one in (second, third)] == [{"queue": "600"}, {"agent": B}]


def test_the_card_says_what_the_log_does_not_tell() -> None:
    assert CALLS["asterisk"].platform == "asterisk"
    assert {Act.DISPOSE, Act.SENT} & CALLS["asterisk"].sees == set()


# ── disorder ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALL = [line for text, _ in REVIEWS.values() for line in rows(text)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(ALL), max_size=25))
def test_any_rows_in_any_order_are_told_legally(calls: Any, lines: list[str]) -> None:
    one = calls().tell(*lines)

    assert one.close().is_settled


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(REVIEWS)), st.data())
def test_a_call_with_rows_lost_and_doubled_is_told_legally(calls: Any, name: str, data: st.DataObject) -> None:
    one = calls().tell(*data.draw(worn(rows(REVIEWS[name][0]))))

    assert one.close().is_settled


# ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "mysql-realtime-queue_log.sql",
        "xivo-03-call-on-a-queue-with-join-empty-conditions-met.txt",
        "xivo-04-enter-the-queue-and-get-answered-by-an-agent.txt",
        "xivo-05-agent-or-caller-ends-the-call-after-12-seconds.txt",
        "xivo-08-caller-abandon-before-an-answer.txt",
    ],
)
def test_rows_as_others_print_them_are_told_legally(calls: Any, samples: Any, name: str) -> None:
    one = calls().tell(*(line.decode() for line in samples(f"asterisk/queue_log/{name}", b"\n")))

    assert one.close().is_settled
    assert one.events
    assert one.read.odd == {}
