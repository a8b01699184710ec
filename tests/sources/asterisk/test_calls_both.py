"""Calls of which a queue log and CEL tell at once: what one of them leaves out the other says, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources.asterisk.written import PHONE_TRANSFERS, cells, rows, worn

from reconciler.model.event import Event
from reconciler.model.stream import Taken
from reconciler.runners.window import Window, item

A, B = "PJSIP/1001", "PJSIP/1002"

QUEUED = """
0.2 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600
0.3 ANSWER PJSIP/trunk-1
2.1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal cid_num=1001 exten=s
5.1 ANSWER PJSIP/1001-2 of=c2/c1 cid_num=1001
5.4 BRIDGE_ENTER PJSIP/1001-2 of=c2/c1
5.4 BRIDGE_ENTER PJSIP/trunk-1
"""
LOG = f"""
1 ENTERQUEUE billing - |+4930111|1
5 CONNECT billing {A} 4|c2|3
"""
TOLD = f"""\
0.2 X open customer ani=+4930111 dnis=600
1 Q1 open queue queue=billing invited_by=X
2 A1 open agent agent={A} alerting invited_by=Q1
5 A1 answer
5 Q1 close how=transfer
"""
SEPARATE = """
10 HOLD PJSIP/1001-2 of=c2/c1
12 CHAN_START PJSIP/1001-4 of=c4/c4 context=internal cid_num=1001 exten=1002
13 CHAN_START PJSIP/1002-5 of=c5/c4 context=internal cid_num=1002 exten=s
15 ANSWER PJSIP/1002-5 of=c5/c4
20.4 ATTENDEDTRANSFER PJSIP/1001-2 of=c2/c1 channel2_name=PJSIP/1001-4 transferee_channel_name=PJSIP/trunk-1 \
transfer_target_channel_name=PJSIP/1002-5
20.5 HANGUP PJSIP/1001-2 of=c2/c1 hangupsource=PJSIP/1001-2
20.5 HANGUP PJSIP/1001-4 of=c4/c4
20.6 BRIDGE_ENTER PJSIP/1002-5 of=c5/c1
"""
OVER = """
40.1 HANGUP PJSIP/1002-5 of=c5/c1
40.2 HANGUP PJSIP/trunk-1
40.3 LINKEDID_END PJSIP/trunk-1
"""
CONSULTED = """\
10 A1 hold held
20.4 A2 open agent agent=PJSIP/1002 invited_by=A1
20.4 A1 consult destination=A2 object=X
20.4 A1 consulting
20.4 - consulted
20.4 A1 close how=transfer_consult
40.1 A2 close how=self
40.2 X close how=peer
"""
BLIND = """
20.4 BLINDTRANSFER PJSIP/1001-2 of=c2/c1 extension=1002 transferee_channel_name=PJSIP/trunk-1
20.5 HANGUP PJSIP/1001-2 of=c2/c1
21 CHAN_START PJSIP/1002-5 of=c5/c1 context=internal cid_num=1002 exten=s
25 ANSWER PJSIP/1002-5 of=c5/c1
"""
BLIND_TOLD = f"""\
20 A1 transfer command=T1 no-attended object=X agent={B}
20 A1 close how=transfer_agent
21 A2 open agent agent={B} alerting invited_by=X
21 - progress command=T1 destination=A2
25 A2 answer
25 - end command=T1 state=completed
40.1 A2 close how=self
40.2 X close how=peer
"""
OLD = """
0.2 CHAN_START SIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600
2.1 CHAN_START SIP/1001-2 of=c2/c1 context=internal cid_num=1001 exten=s
5.1 ANSWER SIP/1001-2 of=c2/c1 cid_num=1001
5.4 BRIDGE_START SIP/trunk-1 peer=SIP/1001-2
"""
OLD_LOG = LOG.replace("PJSIP", "SIP")
OLD_TOLD = TOLD.replace("PJSIP", "SIP")
PICKED = """
0.2 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600
2.1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal cid_num=1001 exten=s
4.2 CHAN_START PJSIP/1002-3 of=c3/c3 context=internal exten=*8
{at} PICKUP PJSIP/1001-2 of=c2/c1 pickup_channel=PJSIP/1002-3 pickup_channel_uniqueid=c3
5.7 ANSWER PJSIP/1002-3 of=c2/c1
5.7 HANGUP PJSIP/1001-2<ZOMBIE> of=c3/c1
5.8 BRIDGE_ENTER PJSIP/1002-3 of=c2/c1
10 HOLD PJSIP/1002-3 of=c2/c1
30.1 HANGUP PJSIP/1002-3 of=c2/c1
30.2 HANGUP PJSIP/trunk-1
30.3 LINKEDID_END PJSIP/trunk-1
"""
ASKED = f"20 ATTENDEDTRANSFER billing {A} BRIDGE|b1|4|15|1"
REVIEWS: dict[str, tuple[str, str, str]] = {
    "transferred after asking, and the queue log writes first": (
        QUEUED + SEPARATE + OVER,
        LOG + ASKED,
        TOLD + CONSULTED,
    ),
    "transferred after asking, and CEL writes first": (
        QUEUED + SEPARATE + OVER,
        LOG + ASKED.replace("20", "20.45", 1),
        TOLD + CONSULTED,
    ),
    "transferred after asking by a member whose name is no channel": (
        QUEUED + SEPARATE + OVER,
        (LOG + ASKED).replace(A, "Ann"),
        TOLD.replace(A, "Ann") + CONSULTED,
    ),
    "transferred after asking by a member who is called through another channel": (
        QUEUED + SEPARATE + OVER,
        (LOG + ASKED).replace(A, "Ann").replace("|c2|", "|c77|"),
        TOLD.replace(A, "Ann") + CONSULTED,
    ),
    "transferred after asking, and no row of CEL says to whom": (
        QUEUED + "20.5 HANGUP PJSIP/1001-2 of=c2/c1 hangupsource=PJSIP/1001-2\n" + OVER,
        LOG + ASKED,
        TOLD + "20.5 A1 close how=transfer_consult\n40.2 X close how=self\n",
    ),
    "transferred after asking, and then into a queue": (
        QUEUED + "42 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1\n",
        LOG + ASKED + "\n30 ENTERQUEUE second - |+4930111|1\n40 EXITWITHKEY second - 1|1|1|10",
        TOLD
        + """\
30 A1 close how=transfer_consult
30 Q2 open queue queue=second invited_by=X
40 Q2 close how=transfer
42 X close how=self
""",
    ),
    "transferred after asking, 1.8 to 11": (
        OLD
        + """
20.4 ATTENDEDTRANSFER SIP/1001-2 of=c2/c1 peer=SIP/1002-5
20.5 HANGUP SIP/1001-2 of=c2/c1
40.1 HANGUP SIP/1002-5 of=c5/c1
40.2 HANGUP SIP/trunk-1
""",
        OLD_LOG + ASKED.replace("PJSIP", "SIP"),
        OLD_TOLD + CONSULTED.replace("PJSIP", "SIP").replace("10 A1 hold held\n", ""),
    ),
    "transferred after asking, by the telephone, 1.8 to 11": (
        OLD + PHONE_TRANSFERS,
        f"{OLD_LOG}20 TRANSFER billing SIP/1001 1002|internal|4|15|1",
        OLD_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X agent=SIP/1002
20 A1 close how=transfer_agent
20.5 A2 open agent agent=SIP/1002 no-alerting invited_by=X
20.5 - progress command=T1 destination=A2
20.5 - end command=T1 state=completed
40.1 A2 close how=self
40.2 X close how=peer
""",
    ),
    "transferred blindly to an agent": (
        QUEUED + BLIND + OVER,
        f"{LOG}20 BLINDTRANSFER billing {A} 1002|internal|4|15|1",
        TOLD + BLIND_TOLD,
    ),
    "transferred blindly to an agent, and CEL writes first": (
        QUEUED + BLIND + OVER,
        f"{LOG}20.45 BLINDTRANSFER billing {A} 1002|internal|4|15|1",
        TOLD + BLIND_TOLD.replace("20 ", "20.45 "),
    ),
    "transferred blindly to an agent, 1.8 to 11": (
        OLD
        + """
20.4 BLINDTRANSFER SIP/trunk-1 peer=SIP/1001-2 extension=1002
20.5 HANGUP SIP/1001-2 of=c2/c1
21 CHAN_START SIP/1002-5 of=c5/c1 context=internal cid_num=1002 exten=s
25 ANSWER SIP/1002-5 of=c5/c1
40.1 HANGUP SIP/1002-5 of=c5/c1
40.2 HANGUP SIP/trunk-1
""",
        f"{OLD_LOG}20 TRANSFER billing SIP/1001 1002|internal|4|15|1",
        OLD_TOLD + BLIND_TOLD.replace("PJSIP", "SIP"),
    ),
    "transferred blindly to a queue": (
        QUEUED
        + """
20.4 BLINDTRANSFER PJSIP/1001-2 of=c2/c1 extension=billing transferee_channel_name=PJSIP/trunk-1
20.5 HANGUP PJSIP/1001-2 of=c2/c1
21.1 CHAN_START PJSIP/1002-5 of=c5/c1 context=internal cid_num=1002 exten=s
"""
        + OVER,
        f"""{LOG}20 BLINDTRANSFER billing {A} billing|internal|4|15|1
21 ENTERQUEUE billing - |+4930111|1
25 CONNECT billing {B} 4|c5|3
40 COMPLETEAGENT billing {B} 4|15|1""",
        TOLD
        + f"""\
20 A1 transfer command=T1 no-attended object=X queue=billing
20 A1 close how=transfer_queue
21 Q2 open queue queue=billing invited_by=X
21 - progress command=T1 destination=Q2
21 - end command=T1 state=completed
22 A2 open agent agent={B} alerting invited_by=Q2
25 A2 answer
25 Q2 close how=transfer
40 A2 close how=self
40 X close how=peer
""",
    ),
    "picked up by a colleague, and CEL writes first": (
        PICKED.format(at="4.9"),
        f"{LOG}30 COMPLETEAGENT billing {A} 4|25|1",
        f"""\
0.2 X open customer ani=+4930111 dnis=600
1 Q1 open queue queue=billing invited_by=X
2 A1 open agent agent={A} alerting invited_by=Q1
5 A1 close how=system
5 A2 open agent agent={B} alerting invited_by=Q1
5 A2 answer
5 Q1 close how=transfer
10 A2 hold held
30 A2 close how=self
30 X close how=peer
""",
    ),
    "picked up by a colleague, and the queue log writes first": (
        PICKED.format(at="5.6"),
        f"{LOG}30 COMPLETEAGENT billing {A} 4|25|1",
        TOLD
        + f"""\
5.6 A2 open agent agent={B} invited_by=X
5.6 A1 close how=system
10 A2 hold held
30 A2 close how=self
30 X close how=peer
""",
    ),
    "queued in the second in which it came": (
        """
1.2 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600
30 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
""",
        "1 ENTERQUEUE billing - |+4930111|1\n9 EXITWITHTIMEOUT billing - 1|1|8",
        """\
1 X open customer ani=+4930111
1 Q1 open queue queue=billing invited_by=X
9 Q1 close how=transfer
30 X close how=self
""",
    ),
}
SILENT = {"transferred after asking, and no row of CEL says to whom", "transferred after asking, and then into a queue"}
"""Stories in which a row is missing."""


def lines(name: str) -> tuple[list[str], list[str]]:
    """What CEL and the queue log write of a story."""
    cel, log, _ = REVIEWS[name]
    return [orjson.dumps(row).decode() for row in cells(cel)], rows(log)


def hear(one: Any, written: Sequence[str]) -> Any:
    """The lines as a window hands them out that has them all."""
    window = Window(1000, hold=True)
    for number, event in enumerate(event for line in written for event in one.read(line.encode())):
        new = item(event, "acme")
        window.add(0, [Taken(number, new.id, new.key, new.payload, 0, 0)])
    window.hold = False
    for due in window.due(10**15):
        one.hear(Event(due.taken.key, due.at, due.data, order=due.order))
    return one


@pytest.mark.parametrize("name", REVIEWS)
def test_a_call_reads_as_a_review(calls: Any, name: str) -> None:
    cel, log = lines(name)

    assert hear(calls(), [*cel, *log]).shown() == REVIEWS[name][2]


@pytest.mark.parametrize("name", sorted(REVIEWS.keys() - SILENT))
def test_what_both_have_told_is_not_odd(calls: Any, name: str) -> None:
    cel, log = lines(name)

    assert hear(calls(), [*cel, *log]).odd == []


@pytest.mark.parametrize("name", sorted(SILENT))
def test_what_neither_has_told_is_said(calls: Any, name: str) -> None:
    cel, log = lines(name)

    assert hear(calls(), [*cel, *log]).odd == ["an attended transfer: no row says to whom"]


@pytest.mark.parametrize("name", REVIEWS)
def test_every_call_can_be_closed(calls: Any, name: str) -> None:
    cel, log = lines(name)

    assert hear(calls(), [*cel, *log]).close().is_settled


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(REVIEWS)), st.randoms(use_true_random=False))
def test_in_whatever_order_both_are_read_the_call_is_the_same(calls: Any, name: str, dice: Any) -> None:
    """But for who an extension is, which is what was read so far: here the mapping says so."""
    cel, log = lines(name)
    agents = [A, B] if "1.8 to 11" not in name else ["SIP/1001", "SIP/1002"]
    turns = [cel] * len(cel) + [log] * len(log)
    dice.shuffle(turns)
    left = {id(cel): iter(cel), id(log): iter(log)}

    one = hear(calls(agents), [next(left[id(turn)]) for turn in turns])

    assert one.steps == hear(calls(agents), [*cel, *log]).steps


ALL = [line for name in REVIEWS for part in lines(name) for line in part]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALL), max_size=40))
def test_any_rows_in_any_order_are_told_legally(calls: Any, written: list[str]) -> None:
    one = calls().tell(*written)

    assert one.close().is_settled


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(REVIEWS)), st.data())
def test_a_call_with_rows_lost_and_doubled_is_told_legally(calls: Any, name: str, data: st.DataObject) -> None:
    one = hear(calls(), data.draw(worn([line for part in lines(name) for line in part])))

    assert one.close().is_settled


@pytest.mark.parametrize("end", ["MIXMONITOR_STOP", "HANGUP", "LINKEDID_END"])
def test_a_recording_ends_though_the_queue_log_has_ended_the_call(calls: Any, end: str) -> None:
    cel = f"{QUEUED}6 MIXMONITOR_START PJSIP/1001-2 of=c2/c1 filename=/a.wav\n30.5 {end} PJSIP/1001-2 of=c2/c1 filename=/a.wav"
    log = f"{LOG}30 COMPLETECALLER billing {A} 4|25|1"

    one = hear(calls(), [*(orjson.dumps(row).decode() for row in cells(cel)), *rows(log)])

    assert one.shown().endswith("30 A1 close how=peer\n30.5 A1 recorded file=/a.wav start=6 stop=30.5\n")


def test_rows_of_one_instant_come_in_one_order(calls: Any) -> None:
    """Neither feed counts its rows here, so that only which feed it is can tell them apart."""
    row = {**cells("1 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600")[0], "id": ""}
    cel, log = orjson.dumps(row).decode(), rows("1 ENTERQUEUE billing - |+4930111|1")[0]

    assert hear(calls(), [cel, log]).steps == hear(calls(), [log, cel]).steps


def test_a_number_beyond_all_tables_is_none(calls: Any) -> None:
    row = {**cells("1 CHAN_START PJSIP/trunk-1 context=from-pstn")[0], "id": "9" * 40}
    log = {"time": "1790000001", "callid": "c1", "event": "ENTERQUEUE", "queuename": "q", "agent": "NONE", "id": "9" * 40}

    one = hear(calls(), [orjson.dumps(row).decode(), orjson.dumps(log).decode()])

    assert len(one.machine["c1"].legs) == 2
