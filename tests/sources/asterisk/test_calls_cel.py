"""Channel event logging of Asterisk as calls: whole calls of both styles as reviews, what missing rows do, and its forms."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sources.asterisk.written import COLUMNS, PHONE_TRANSFERS, START, cells, table, worn

from reconciler.model.event import Event
from reconciler.sources import CALLS

INBOUND = """
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=4930222
1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal cid_num=1001 exten=s
5 ANSWER PJSIP/1001-2 of=c2/c1 cid_num=1001
5 ANSWER PJSIP/trunk-1
5.1 BRIDGE_ENTER PJSIP/1001-2 of=c2/c1
5.1 BRIDGE_ENTER PJSIP/trunk-1
"""
INBOUND_TOLD = """\
0 X open customer ani=+4930111 dnis=4930222
1 A1 open agent agent=PJSIP/1001 alerting invited_by=X
5 A1 answer
"""
REVIEWS = {
    "answered, held, recorded, and the caller hangs up": (
        INBOUND
        + """
6 MIXMONITOR_START PJSIP/1001-2 of=c2/c1 filename=/spool/a.wav mixmonitor_id=0x1
10 HOLD PJSIP/1001-2 of=c2/c1
15 UNHOLD PJSIP/1001-2 of=c2/c1
18 MIXMONITOR_STOP PJSIP/1001-2 of=c2/c1 mixmonitor_id=0x1
20 BRIDGE_EXIT PJSIP/trunk-1
20 HANGUP PJSIP/1001-2 of=c2/c1 hangupsource=PJSIP/trunk-1
20 CHAN_END PJSIP/1001-2 of=c2/c1
20.1 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
20.1 CHAN_END PJSIP/trunk-1
20.1 LINKEDID_END PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
10 A1 hold held
15 A1 hold no-held
18 A1 recorded file=/spool/a.wav start=6 stop=18
20 A1 close how=peer
20.1 X close how=self
""",
    ),
    "who left the bridge first hung up, and a recording ends with its channel": (
        INBOUND
        + """
6 MIXMONITOR_START PJSIP/1001-2 of=c2/c1 filename=/spool/a.wav mixmonitor_id=0x1
20 BRIDGE_EXIT PJSIP/1001-2 of=c2/c1
20 HANGUP PJSIP/1001-2 of=c2/c1
20 BRIDGE_EXIT PJSIP/trunk-1
20.1 HANGUP PJSIP/trunk-1
20.1 LINKEDID_END PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
20 A1 recorded file=/spool/a.wav start=6 stop=20
20 A1 close how=self
20.1 X close how=peer
""",
    ),
    "abandoned while it rang": (
        """
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=4930222
1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal exten=s
9 HANGUP PJSIP/1001-2 of=c2/c1 hangupsource=
9 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
9 LINKEDID_END PJSIP/trunk-1
""",
        """\
0 X open customer ani=+4930111 dnis=4930222
1 A1 open agent agent=PJSIP/1001 alerting invited_by=X
9 A1 close how=system
9 X close how=self
""",
    ),
    "no answer, then the second agent": (
        """
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=4930222
1 CHAN_START Local/1001@agents-1;1 of=c5/c1 exten=1001
1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal exten=s
9 HANGUP PJSIP/1001-2 of=c2/c1 hangupsource=PJSIP/1001-2
10 CHAN_START PJSIP/1002-3 of=c3/c1 context=internal exten=s
12 ANSWER PJSIP/1002-3 of=c3/c1
20 HANGUP PJSIP/1002-3 of=c3/c1
20 HANGUP PJSIP/trunk-1
""",
        """\
0 X open customer ani=+4930111 dnis=4930222
1 A1 open agent agent=PJSIP/1001 alerting invited_by=X
9 A1 close how=self
10 A2 open agent agent=PJSIP/1002 alerting invited_by=X
12 A2 answer
20 A2 close how=self
20 X close how=peer
""",
    ),
    "internal, 1.8 to 11": (
        """
0 CHAN_START SIP/1001-1 context=default cid_num=1001 exten=1002
1 CHAN_START SIP/1002-2 of=c2/c1 context=default cid_num=1002 exten=s
5 ANSWER SIP/1002-2 of=c2/c1
5 ANSWER SIP/1001-1
5 BRIDGE_START SIP/1001-1
9 BRIDGE_END SIP/1001-1
9 HANGUP SIP/1002-2 of=c2/c1
9 CHAN_END SIP/1002-2 of=c2/c1
9 HANGUP SIP/1001-1
9 CHAN_END SIP/1001-1
""",
        """\
0 A1 open agent agent=SIP/1001 no-alerting
1 A2 open agent agent=SIP/1002 inbound alerting invited_by=A1
5 A2 answer
9 A2 close how=self
9 A1 close how=peer
""",
    ),
    "outgoing": (
        """
0 CHAN_START PJSIP/1001-1 context=internal cid_num=1001 exten=0049891234
1 CHAN_START PJSIP/carrier-2 of=c2/c1 context=from-trunk exten=s
7 ANSWER PJSIP/carrier-2 of=c2/c1
7 ANSWER PJSIP/1001-1
9 HANGUP PJSIP/carrier-2 of=c2/c1 hangupsource=PJSIP/1001-1
9 HANGUP PJSIP/1001-1 hangupsource=PJSIP/1001-1
9 LINKEDID_END PJSIP/1001-1
""",
        """\
0 A1 open agent agent=PJSIP/1001 no-alerting
1 X open customer no-inbound alerting invited_by=A1 dnis=0049891234
7 X answer
9 X close how=peer
9 A1 close how=self
""",
    ),
    "clicked to call: the agent's phone rings first": (
        """
0 CHAN_START PJSIP/1001-1 context=internal exten=s
3 ANSWER PJSIP/1001-1
4 CHAN_START PJSIP/carrier-2 of=c2/c1 context=from-trunk exten=s
5 LINKEDID_END PJSIP/1001-1
""",
        """\
0 A1 open agent agent=PJSIP/1001 alerting
3 A1 answer
4 X open customer no-inbound alerting invited_by=A1
5 X close how=system
5 A1 close how=system
""",
    ),
    "transferred blindly to an agent seen before": (
        INBOUND
        + """
8 CHAN_START PJSIP/1002-9 of=c9/c9 context=internal cid_num=1002 exten=*97
8 LINKEDID_END PJSIP/1002-9 of=c9/c9
20 BLINDTRANSFER PJSIP/1001-2 of=c2/c1 extension=1002 transferee_channel_name=PJSIP/trunk-1
20 BRIDGE_EXIT PJSIP/1001-2 of=c2/c1
20 HANGUP PJSIP/1001-2 of=c2/c1
21 CHAN_START PJSIP/1002-3 of=c3/c1 context=internal cid_num=1002 exten=s
25 ANSWER PJSIP/1002-3 of=c3/c1
40 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
40 HANGUP PJSIP/1002-3 of=c3/c1 hangupsource=PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X agent=PJSIP/1002
20 A1 close how=transfer_agent
21 A2 open agent agent=PJSIP/1002 alerting invited_by=X
21 - progress command=T1 destination=A2
25 A2 answer
25 - end command=T1 state=completed
40 X close how=self
40 A2 close how=peer
""",
    ),
    "transferred blindly to somebody outside": (
        INBOUND
        + """
20 BLINDTRANSFER PJSIP/1001-2 of=c2/c1 extension=0049891234 transferee_channel_name=PJSIP/trunk-1
20 HANGUP PJSIP/1001-2 of=c2/c1
21 CHAN_START PJSIP/trunk-3 of=c3/c1 context=from-pstn exten=s
25 ANSWER PJSIP/trunk-3 of=c3/c1
40 HANGUP PJSIP/trunk-3 of=c3/c1
40 HANGUP PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X number=0049891234
20 A1 close how=transfer
21 P1 open phone number=0049891234 alerting invited_by=X
21 - progress command=T1 destination=P1
25 P1 answer
25 - end command=T1 state=completed
40 P1 close how=self
40 X close how=peer
""",
    ),
    "transferred blindly to where nobody is": (
        INBOUND
        + """
20 BLINDTRANSFER PJSIP/1001-2 of=c2/c1 extension=0049891234 transferee_channel_name=PJSIP/trunk-1
20 HANGUP PJSIP/1001-2 of=c2/c1
22 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X number=0049891234
20 A1 close how=transfer
22 - end command=T1 state=failed
22 X close how=self
""",
    ),
    "transferred blindly, 1.8 to 11: the row is of whoever is transferred": (
        INBOUND
        + """
20 BLINDTRANSFER PJSIP/trunk-1 peer=PJSIP/1001-2 extension=0049891234
20 HANGUP PJSIP/1001-2 of=c2/c1
22 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
20 A1 transfer command=T1 no-attended object=X number=0049891234
20 A1 close how=transfer
22 - end command=T1 state=failed
22 X close how=self
""",
    ),
    "transferred after asking": (
        INBOUND
        + """
10 HOLD PJSIP/1001-2 of=c2/c1
12 CHAN_START PJSIP/1001-4 of=c4/c4 context=internal cid_num=1001 exten=1002
13 CHAN_START PJSIP/1002-5 of=c5/c4 context=internal cid_num=1002 exten=s
15 ANSWER PJSIP/1002-5 of=c5/c4
20 ATTENDEDTRANSFER PJSIP/1001-2 of=c2/c1 channel2_name=PJSIP/1001-4 transferee_channel_name=PJSIP/trunk-1 \
transfer_target_channel_name=PJSIP/1002-5
20 HANGUP PJSIP/1001-2 of=c2/c1
20 HANGUP PJSIP/1001-4 of=c4/c4
20 BRIDGE_ENTER PJSIP/1002-5 of=c5/c1
40 HANGUP PJSIP/1002-5 of=c5/c1
40 HANGUP PJSIP/trunk-1
40 LINKEDID_END PJSIP/trunk-1
""",
        INBOUND_TOLD
        + """\
10 A1 hold held
20 A2 open agent agent=PJSIP/1002 invited_by=A1
20 A1 consult destination=A2 object=X
20 A1 consulting
20 - consulted
20 A1 close how=transfer_consult
40 A2 close how=self
40 X close how=peer
""",
    ),
    "transferred after asking, by the telephone, 1.8 to 11": (
        INBOUND.replace("PJSIP", "SIP") + PHONE_TRANSFERS,
        INBOUND_TOLD.replace("PJSIP", "SIP")
        + """\
20.4 A1 close how=self
20.5 A2 open agent agent=SIP/1002 no-alerting invited_by=X
40.1 A2 close how=self
40.2 X close how=peer
""",
    ),
    "picked up by a colleague": (
        """
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=4930222
1 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal exten=s
4 CHAN_START PJSIP/1002-3 of=c3/c3 context=internal exten=*8
5 PICKUP PJSIP/1001-2 of=c2/c1 pickup_channel=PJSIP/1002-3
5 ANSWER PJSIP/1002-3 of=c3/c1
5 HANGUP PJSIP/1001-2<ZOMBIE> of=c3/c1
30 HANGUP PJSIP/1002-3 of=c2/c1
30 HANGUP PJSIP/trunk-1
""",
        """\
0 X open customer ani=+4930111 dnis=4930222
1 A1 open agent agent=PJSIP/1001 alerting invited_by=X
5 A2 open agent agent=PJSIP/1002 invited_by=X
5 A1 close how=system
30 A2 close how=self
30 X close how=peer
""",
    ),
    "read from the middle": (
        """
0 BRIDGE_ENTER PJSIP/1001-2 of=c2/c1
9 HANGUP PJSIP/1001-2 of=c2/c1
9 HANGUP PJSIP/trunk-1
""",
        "\n",
    ),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_a_call_reads_as_a_review(calls: Any, name: str) -> None:
    text, review = REVIEWS[name]

    assert calls().tell(*table(text)).shown() == review


@pytest.mark.parametrize("name", REVIEWS)
def test_every_call_can_be_closed(calls: Any, name: str) -> None:
    assert calls().tell(*table(REVIEWS[name][0])).close().is_settled


def test_two_calls_that_become_one_say_so(calls: Any) -> None:
    one = calls().tell(*table(REVIEWS["transferred after asking"][0]))

    assert one.shown("c4").endswith("20 A1 close how=self\n20 A2 close how=transfer_conference into=c1\n")


@pytest.mark.parametrize(
    ("source", "how"), [("PJSIP/trunk-1", "self"), ("PJSIP/1001-2", "peer"), ("dialplan/builtin", "peer"), ("", "peer")]
)
def test_who_hung_up_is_said_by_the_platform_or_by_the_bridge(calls: Any, source: str, how: str) -> None:
    end = f"20 BRIDGE_EXIT PJSIP/1001-2 of=c2/c1\n20 HANGUP PJSIP/trunk-1 hangupsource={source}"

    assert calls().tell(*table(f"{INBOUND}{end}")).shown().endswith(f"20 X close how={how}\n")


def test_all_of_a_call_that_becomes_part_of_another_say_so(calls: Any) -> None:
    one = calls().tell(*table(REVIEWS["transferred after asking, by the telephone, 1.8 to 11"][0]))

    ends = "20.5 A1 close how=transfer_conference into=c1\n20.5 A2 close how=transfer_conference into=c1\n"
    assert one.shown("c4").endswith(ends)


def test_the_end_of_a_call_that_was_never_read_is_the_end(calls: Any) -> None:
    rows = "0 HANGUP PJSIP/1-1\n1 LINKEDID_END PJSIP/2-1 of=c2/c2\n1 CHAN_START Local/3-1 of=c3/c3\n2 HANGUP Local/3-1 of=c3/c3"

    assert calls().tell(*table(rows)).over == {"c1", "c2"}


def test_what_could_not_be_understood_is_said(calls: Any) -> None:
    bare = "20 BLINDTRANSFER PJSIP/1001-2 of=c2/c1\n20 ATTENDEDTRANSFER PJSIP/1001-2 of=c2/c1\n20 PICKUP PJSIP/1001-2 of=c2/c1\n"

    one = calls().tell(
        *table(INBOUND + bare + "21 LINKEDID_END PJSIP/trunk-1\n22 CHAN_START PJSIP/1001-9 of=c9/c1\n22 HANGUP X-1")
    )

    assert one.odd == [
        "a blind transfer that does not say of whom, or where to",
        "an attended transfer that does not say of whom, or to whom",
        "a pickup of nobody, or by nobody",
        "CHAN_START after the end of the call",
    ]


# ── beside the queue log ─────────────────────────────────────────────────────────────────────────────────────────────


def test_while_a_call_is_queued_the_queue_log_knows_better(calls: Any) -> None:
    """Both feeds in the order of time, as a window hands them out."""
    cel = table("""
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=600
2 CHAN_START PJSIP/1001-2 of=c2/c1 context=internal exten=s
5 ANSWER PJSIP/1001-2 of=c2/c1
8 HOLD PJSIP/1001-2 of=c2/c1
9 UNHOLD PJSIP/1001-2 of=c2/c1
20 HANGUP PJSIP/1001-2 of=c2/c1
20 HANGUP PJSIP/trunk-1
20 LINKEDID_END PJSIP/trunk-1
""")
    log = [
        f"{START + 1}|c1|billing|NONE|ENTERQUEUE||+4930111|1",
        f"{START + 5}|c1|billing|Ann|CONNECT|4|c2|3",
        f"{START + 20}|c1|billing|Ann|COMPLETECALLER|4|15|1",
    ]
    one = calls()
    events = [event for line in [*cel, *log] for event in one.read(line.encode())]

    for event in sorted(events, key=lambda event: event.at):
        if event.data["event"] != "LINKEDID_END":
            one.hear(event)

    assert one.odd == []
    assert (
        one.shown()
        == """\
0 X open customer ani=+4930111 dnis=600
1 Q1 open queue queue=billing invited_by=X
2 A1 open agent agent=Ann alerting invited_by=Q1
5 A1 answer
5 Q1 close how=transfer
8 A1 hold held
9 A1 hold no-held
20 X close how=self
20 A1 close how=peer
"""
    )


def test_a_call_that_left_the_queue_ends_as_cel_says(calls: Any) -> None:
    first, *rest = cells("0 CHAN_START DAHDI/i1/+49-1 cid_num=+4930111\n30 HANGUP DAHDI/i1/+49-1 hangupsource=DAHDI/i1/+49-1")
    one = calls()
    one.tell(orjson.dumps(first).decode(), f"{START + 1}|c1|q|NONE|ENTERQUEUE|", f"{START + 9}|c1|q|NONE|EXITWITHKEY|2|1|1|8")

    one.tell(*(orjson.dumps(row).decode() for row in rest))

    assert one.shown().endswith("9 Q1 close how=transfer\n30 X close how=self\n")


def test_an_agent_who_calls_a_queue_is_no_customer(calls: Any) -> None:
    one = calls().tell(*table("0 CHAN_START PJSIP/1001-1 context=internal exten=600"))

    one.tell(f"{START + 1}|c1|600|NONE|ENTERQUEUE||1001|1", f"{START + 9}|c1|600|PJSIP/1002|CONNECT|8|c2|3")
    one.tell(f"{START + 20}|c1|600|PJSIP/1002|COMPLETEAGENT|8|11|1")

    assert (
        one.shown()
        == """\
0 A1 open agent agent=PJSIP/1001 no-alerting
1 Q1 open queue queue=600 invited_by=A1
6 A2 open agent agent=PJSIP/1002 alerting invited_by=Q1
9 A2 answer
9 Q1 close how=transfer
20 A2 close how=self
20 A1 close how=peer
"""
    )


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SHORT = """
0 CHAN_START PJSIP/trunk-1 context=from-pstn cid_num=+4930111 exten=4930222
9 HANGUP PJSIP/trunk-1 hangupsource=PJSIP/trunk-1
"""
CUSTOM = (
    *("eventtype", "eventtime", "cid_name", "cid_num", "", "", "", "exten", "context", "channame"),
    *("", "", "", "", "uniqueid", "linkedid", "peer", "", "", "extra"),
)
LITERAL = ("eventtype", "a", *CUSTOM[1:])
FIELDS = (
    *("eventtype", "eventtype", "a", "eventtime", "", "cid_name", "cid_num", "exten", "context", "channame"),
    *("", "", "", "", "uniqueid", "", "", "", "", "peer", "linkedid", "", "extra", ""),
)
AS_FIELDS = {"eventtype": "EventType", "eventtime": "EventTime", "cid_num": "CIDNum", "channame": "ChanName"}


def quoted(values: Any, sep: str = ",") -> str:
    return sep.join('"' + value.replace('"', '""') + '"' for value in values)


FORMS = {
    "an aligned table": table(SHORT),
    "a table without spaces": [line.replace(" | ", "|") for line in table(SHORT)],
    "commas": [",".join(COLUMNS), *(quoted(row.values()) for row in cells(SHORT))],
    "Master.csv": [quoted(row.get(name, "") for name in CUSTOM) for row in cells(SHORT)],
    "Master.csv with a literal": [quoted(row.get(name, name) for name in LITERAL) for row in cells(SHORT)],
    "fields of cel_custom": [quoted(row.get(name, name) for name in FIELDS) for row in cells(SHORT)],
    "the same with tabs": [quoted((row.get(name, name) for name in FIELDS), "\t") for row in cells(SHORT)],
    "the same without a literal": [quoted(row.get(name, name) for name in FIELDS if name != "a") for row in cells(SHORT)],
    "the same as JSON": [orjson.dumps({AS_FIELDS.get(name, name): row[name] for name in row}).decode() for row in cells(SHORT)],
    "JSON": [orjson.dumps(row).decode() for row in cells(SHORT)],
    "a dump": [
        "CREATE TABLE `cel` (",
        *(f"  `{name}` varchar(80) NOT NULL," for name in COLUMNS),
        "  PRIMARY KEY (`id`)",
        ");",
        "CREATE TABLE `cdr` (",
        "  `id` int",
        ");",
        *("INSERT INTO `cel` VALUES ('" + "','".join(row.values()) + "');" for row in cells(SHORT)),
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_read_in_every_form(calls: Any, form: str) -> None:
    shown = "0 X open customer ani=+4930111 dnis=4930222\n9 X close how=self\n"

    assert calls().tell(*FORMS[form]).shown() == shown


@pytest.mark.parametrize("form", FORMS)
def test_a_line_of_a_queue_log_behind_rows_of_cel_is_one(calls: Any, form: str) -> None:
    one = calls().tell(*FORMS[form], f"{START}|c2|q|NONE|ENTERQUEUE||1|1")

    assert [event.key for event in one.events] == ["c1", "c1", "c2"]


def test_tables_of_both_take_turns(calls: Any) -> None:
    log = ["time | callid | queuename | agent | event | data1", f"{START} | c2 | q | NONE | ABANDON | 1"]

    one = calls().tell(*table(SHORT), *log, *table(SHORT.replace("trunk-1", "trunk-9")), *log)

    assert [event.key for event in one.events] == ["c1", "c1", "c2", "c1", "c1", "c2"]


def test_what_stands_in_extra_may_be_json_within_json(calls: Any) -> None:
    row = {**cells("9 HANGUP PJSIP/trunk-1")[0], "extra": {"hangupsource": "PJSIP/1001-2"}}

    one = calls().tell(FORMS["JSON"][0], orjson.dumps(row).decode())

    assert one.events[-1].data["by"] == "PJSIP/1001-2"


@pytest.mark.parametrize(
    ("column", "value"),
    [("linkedid", ""), ("linkedid", "\x01"), ("eventtype", ""), ("eventtime", "noon"), ("channame", "X" * 201)],
)
def test_a_row_that_cannot_be_is_refused(calls: Any, column: str, value: str) -> None:
    row = {**cells(SHORT)[0], column: value}

    with pytest.raises(ValueError, match="expected"):
        calls().tell(orjson.dumps(row).decode())


@given(st.binary(max_size=200))
@example(b'"CHAN_START","')
@example(b'CHAN_START,\r"x')
def test_no_line_does_more_than_be_refused(calls: Any, record: bytes) -> None:
    read = calls().read
    for one in (record, b'"HANGUP",' + record, b'{"eventtype":' + record, b"INSERT INTO cel VALUES (" + record):
        try:
            events = read(one)
        except ValueError:
            continue
        assert all(isinstance(event, Event) for event in events)


def test_what_platforms_write_besides_is_silent_and_what_nobody_knows_is_counted(calls: Any) -> None:
    one = calls().tell(*table("0 APP_START PJSIP/1-1\n0 WAZO_CALL_LOG_DESTINATION PJSIP/1-1\n0 DANCE PJSIP/1-1"))

    assert (one.events, one.read.odd) == ([], {"DANCE": 1})


def test_a_second_run_goes_on_where_the_first_stopped(calls: Any) -> None:
    lines = table(REVIEWS["transferred after asking"][0])
    whole, first = calls().tell(*lines), calls().tell(*lines[:11])

    second = calls(state=first.read.state)
    second.memory, second.machine, second.steps = first.memory, first.machine, first.steps

    assert second.tell(*lines[11:]).steps == whole.steps


@pytest.mark.long
def test_channels_whose_end_was_lost_are_forgotten_when_there_are_too_many(calls: Any) -> None:
    many = 20_000
    one = calls()
    for number in range(many):
        one.read(orjson.dumps(cells(f"0 ANSWER PJSIP/lost-{number} of=l{number}/l{number}")[0]))

    one.tell(*table(REVIEWS["transferred after asking"][0]))

    assert len(orjson.loads(one.read.state)["cel"]["calls"]) <= many
    assert "into=c1" in one.shown("c4")


def test_a_channel_that_has_hung_up_is_forgotten(calls: Any) -> None:
    one = calls().tell(*table(INBOUND + "20 HANGUP PJSIP/1001-2 of=c2/c1\n20 CHAN_END PJSIP/trunk-1"))

    assert orjson.loads(one.read.state)["cel"].get("calls") is None


# ── disorder ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALL = [row for text, _ in REVIEWS.values() for row in cells(text)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(ALL), max_size=40))
def test_any_rows_in_any_order_are_told_legally(calls: Any, rows: list[dict[str, str]]) -> None:
    one = calls().tell(*(orjson.dumps(row).decode() for row in rows))

    assert one.close().is_settled


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(REVIEWS)), st.data())
def test_a_call_with_rows_lost_and_doubled_is_told_legally(calls: Any, name: str, data: st.DataObject) -> None:
    header, *rows = table(REVIEWS[name][0])

    one = calls().tell(header, *data.draw(worn(rows)))

    assert one.close().is_settled


@pytest.mark.parametrize("name", REVIEWS)
def test_nothing_that_is_given_is_changed_and_the_same_is_told_again(calls: Any, name: str) -> None:
    memory: Any = None
    for event in calls().tell(*table(REVIEWS[name][0])).events:
        before = orjson.dumps(memory)
        told = CALLS["asterisk"].tell(memory, event)
        assert orjson.dumps(memory) == before
        assert CALLS["asterisk"].tell(memory, event) == told
        memory = told.memory


# ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "legs"),
    [
        ("xivo-01-outgoing-call.txt", {"A1", "X"}),
        ("xivo-02-internal-call.txt", {"A1", "A2"}),
        ("xivo-09-blind-transfer.txt", {"X", "A1", "A2"}),
        ("xivo-11-attended-transfer.txt", {"X", "A1", "A2"}),
        ("xivo-16-call-to-a-queue.txt", {"X", "A1"}),
        ("wazo/call_group--group_call_destination_internal_is_answering_callee.txt", {"A1", "A2", "A3"}),
        ("wazo/call_log_generation--answered_outgoing_call.txt", {"A1", "X"}),
        ("wazo/call_log_generation--noanswer_forward_to_internal_answered.txt", {"A1", "A2", "A3"}),
        ("wazo/call_log_generation--user_missed_call_fallback_missed.txt", {"A1", "A2", "A3"}),
        ("wazo/recording_generation--missing_mixmonitor_stop.txt", {"A1", "A2"}),
        ("wazo/recording_generation--recording_pause_resume.txt", {"A1", "A2"}),
    ],
)
def test_rows_as_others_print_them_are_told_legally(calls: Any, samples: Any, name: str, legs: set[str]) -> None:
    """Tables printed newest first, or in no order, come out of the window by time."""
    one = calls(zone="Europe/Paris")
    events = [event for line in samples(f"asterisk/cel/{name}", b"\n") for event in one.read(line)]

    for event in sorted(events, key=lambda event: (event.at, event.order)):
        one.hear(event)

    assert legs in [set(call.legs) for call in one.machine.values()]
    assert one.close().is_settled
    assert one.read.odd == {}
