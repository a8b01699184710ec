"""Calls of Finesse as their users are told of them: lines of text → notifications, and what is to be told of each."""

from __future__ import annotations

from xml.sax.saxutils import escape

START = 1_772_438_400_000  # 2026-03-02, eight in the morning
STATES = {
    "ring": "ALERTING",
    "talk": "ACTIVE",
    "hold": "HELD",
    "out": "DROPPED",
    "work": "WRAP_UP",
    "dial": "INITIATED",
    "fail": "FAILED",
}


def time(second: float) -> str:
    days, rest = divmod(int(second) + 8 * 3600, 86_400)
    return f"2026-03-{2 + days:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.000Z"


def documents(story: str) -> list[str]:
    """`VIEWER EVENT DIALOG ADDRESS:STATE:SECOND … [name=value …]` a line → notifications; four digits are an agent's extension.

    The viewer is a login, `-` for a poll.
    """
    return [document(line) for line in story.splitlines() if line.strip()]


def document(line: str) -> str:
    viewer, event, number, *rest = line.split()
    said = dict(word.split("=", 1) for word in rest if "=" in word)
    seats = "".join(_seat(*word.rsplit(":", 2)) for word in rest if "=" not in word)
    associated = f"/finesse/api/Dialog/{said['of']}" if "of" in said else ""
    body = (
        f"<Dialog><associatedDialogUri>{associated}</associatedDialogUri><id>{number}</id><mediaType>Voice</mediaType>"
        f"<secondaryId>{said.get('took', '')}</secondaryId>"
        f"<fromAddress>{said.get('from', '+4930111')}</fromAddress><toAddress>{said.get('to', '+4930222')}</toAddress>"
        f"<mediaProperties><DNIS>{said.get('dnis', '')}</DNIS><callType>{said.get('call', 'ACD_IN')}</callType>"
        f"<queueName>{escape(said.get('queue', ''))}</queueName>"
        f"<wrapUpReason>{escape(said.get('code', ''))}</wrapUpReason></mediaProperties>"
        f"<participants>{seats}</participants><state>{said.get('state', 'ACTIVE')}</state></Dialog>"
    )
    if viewer == "-":
        return f"<Dialogs>{body}</Dialogs>"
    data = f"<dialogs>{body}</dialogs>" if event in {"POST", "DELETE"} else body
    source = f"<source>/finesse/api/User/{viewer}/Dialogs</source>"
    return f"<Update><data>{data}</data><event>{event}</event><requestId/>{source}</Update>"


def _seat(address: str, state: str, second: str) -> str:
    kind = "AGENT_DEVICE" if len(address) == 4 else ""
    return (
        f"<Participant><actions><action>DROP</action></actions><mediaAddress>{address}</mediaAddress>"
        f"<mediaAddressType>{kind}</mediaAddressType><startTime>{time(0)}</startTime><state>{STATES[state]}</state>"
        f"<stateCause/><stateChangeTime>{time(float(second))}</stateChangeTime></Participant>"
    )


COME = """
ann POST 7 +4930111:talk:0 5001:ring:0 queue=Billing
ann PUT 7 +4930111:talk:0 5001:talk:9 queue=Billing
"""
TALK = """\
0 X open customer ani=+4930111 dnis=+4930222
0 Q1 open queue queue=Billing invited_by=X
0 A1 open agent agent=ann alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
"""
CONSULT = f"""{COME}
ann PUT 7 +4930111:talk:0 5001:hold:20 queue=Billing
ann POST 8 5001:dial:21 of=7 call=CONSULT from=5001 to=5002
ann PUT 8 5001:dial:21 5002:ring:22 of=7 call=CONSULT from=5001 to=5002
bob POST 8 5001:dial:21 5002:ring:22 of=7 call=CONSULT_OFFERED from=5001 to=5002
ann PUT 8 5001:talk:25 5002:talk:25 of=7 call=CONSULT from=5001 to=5002
bob PUT 8 5001:talk:25 5002:talk:25 of=7 call=CONSULT_OFFERED from=5001 to=5002
"""
ASKED = f"""{TALK}\
20 A1 hold held
22 A2 open agent agent=5002 alerting invited_by=A1
22 A1 consult destination=A2 object=X
25 A2 answer
25 A1 consulting
"""
LEAVES = """\
ann DELETE 7 +4930111:talk:0 5001:out:40 5002:talk:40 call=TRANSFER queue=Billing
"""
DONE = """\
ann DELETE 8 5001:out:40 5002:out:40 of=7 call=CONSULT state=DROPPED
bob DELETE 8 5001:out:40 5002:out:40 of=7 call=CONSULT_OFFERED state=DROPPED
"""
TAKES = """\
bob POST 7 +4930111:talk:0 5001:out:40 5002:talk:40 call=TRANSFER took=8
bob DELETE 7 +4930111:out:70 5001:out:40 5002:out:71 call=TRANSFER state=DROPPED
"""
HANDED_TOLD = f"""{ASKED}\
40 - consulted
40 A1 close how=transfer_consult
70 X close how=self
71 A2 close how=peer
"""
STORIES: dict[str, tuple[str, str]] = {
    "answered, held, and the caller hangs up": (
        f"""{COME}
ann PUT 7 +4930111:talk:0 5001:hold:20 queue=Billing
ann PUT 7 +4930111:talk:0 5001:talk:30 queue=Billing
ann DELETE 7 +4930111:out:60 5001:out:61 queue=Billing state=DROPPED
""",
        f"""{TALK}\
20 A1 hold held
30 A1 hold no-held
60 X close how=self
61 A1 close how=peer
""",
    ),
    "the agent hangs up, and works on it": (
        f"""{COME}
ann PUT 7 +4930111:out:61 5001:work:60 queue=Billing state=DROPPED
ann PUT 7 +4930111:out:61 5001:work:60 queue=Billing state=DROPPED code=Sold
ann DELETE 7 +4930111:out:61 5001:out:75 queue=Billing state=DROPPED code=Sold
""",
        f"""{TALK}\
60 A1 close how=self
61 X close how=peer
75 A1 dispose code=Sold
""",
    ),
    "after work without a reason": (
        f"""{COME}
ann PUT 7 +4930111:out:60 5001:work:61 queue=Billing state=DROPPED
ann DELETE 7 +4930111:out:60 5001:out:75 queue=Billing state=DROPPED
""",
        f"""{TALK}\
60 X close how=self
61 A1 close how=peer
75 A1 dispose
""",
    ),
    "a reason chosen while they talk": (
        f"""{COME}
ann PUT 7 +4930111:talk:0 5001:talk:9 queue=Billing code=Sold
ann DELETE 7 +4930111:out:60 5001:out:60 queue=Billing state=DROPPED code=Sold
""",
        f"""{TALK}\
60 X close how=unknown
60 A1 close how=unknown
60 A1 dispose code=Sold
""",
    ),
    "a caller who is no participant": (
        """
ann POST 7 5001:ring:0 queue=Billing
ann PUT 7 5001:talk:9 queue=Billing
ann DELETE 7 5001:out:60 queue=Billing state=DROPPED
""",
        f"""{TALK}\
60 A1 close how=self
60 X close how=peer
""",
    ),
    "given up while it rings": (
        """
ann POST 7 +4930111:talk:0 5001:ring:0 queue=Billing
ann DELETE 7 +4930111:out:8 5001:out:8 queue=Billing state=DROPPED
""",
        """\
0 X open customer ani=+4930111 dnis=+4930222
0 Q1 open queue queue=Billing invited_by=X
0 A1 open agent agent=ann alerting invited_by=Q1
8 X close how=self
8 A1 close how=system
8 Q1 close how=peer
""",
    ),
    "no answer, and the next agent takes it": (
        """
ann POST 7 +4930111:talk:0 5001:ring:0 queue=Billing
ann DELETE 7 +4930111:talk:0 5001:out:15 queue=Billing
bob POST 7 +4930111:talk:0 5001:out:15 5002:ring:16 queue=Billing
bob PUT 7 +4930111:talk:0 5001:out:15 5002:talk:20 queue=Billing
bob DELETE 7 +4930111:out:50 5001:out:15 5002:out:51 queue=Billing state=DROPPED
""",
        """\
0 X open customer ani=+4930111 dnis=+4930222
0 Q1 open queue queue=Billing invited_by=X
0 A1 open agent agent=ann alerting invited_by=Q1
15 A1 close how=system
16 A2 open agent agent=bob alerting invited_by=Q1
20 A2 answer
20 Q1 close how=transfer
50 X close how=self
51 A2 close how=peer
""",
    ),
    "outbound": (
        """
ann POST 7 5001:dial:0 call=OUT from=5001 to=+4930111 state=INITIATED
ann PUT 7 5001:dial:0 +4930111:ring:2 call=OUT from=5001 to=+4930111 state=ALERTING
ann PUT 7 5001:talk:9 +4930111:talk:9 call=OUT from=5001 to=+4930111
ann DELETE 7 5001:out:31 +4930111:out:30 call=OUT from=5001 to=+4930111 state=DROPPED
""",
        """\
0 A1 open agent agent=ann no-inbound
0 X open customer no-inbound alerting invited_by=A1 dnis=+4930111
9 X answer
30 X close how=self
31 A1 close how=peer
""",
    ),
    "outbound, and nobody can be reached": (
        """
ann POST 7 5001:dial:0 call=OUT from=5001 to=+4930111 state=INITIATED
ann DELETE 7 5001:fail:5 +4930111:fail:5 call=OUT from=5001 to=+4930111 state=FAILED
""",
        """\
0 A1 open agent agent=ann no-inbound
0 X open customer no-inbound alerting invited_by=A1 dnis=+4930111
5 A1 close how=error
5 X close how=error
""",
    ),
    "one agent calls another": (
        """
ann POST 7 5001:dial:0 call=AGENT_INSIDE from=5001 to=5002 state=INITIATED
ann PUT 7 5001:dial:0 5002:ring:1 call=AGENT_INSIDE from=5001 to=5002 state=ALERTING
bob POST 7 5001:dial:0 5002:ring:1 call=AGENT_INSIDE from=5001 to=5002 state=ALERTING
bob PUT 7 5001:talk:5 5002:talk:5 call=AGENT_INSIDE from=5001 to=5002
bob DELETE 7 5001:out:20 5002:out:21 call=AGENT_INSIDE from=5001 to=5002 state=DROPPED
""",
        """\
0 A1 open agent agent=ann no-inbound
1 A2 open agent agent=5002 inbound alerting invited_by=A1
5 A2 answer
20 A1 close how=self
21 A2 close how=peer
""",
    ),
    "transferred blindly": (
        f"""{COME}
ann DELETE 7 +4930111:talk:0 5001:out:20 5002:ring:20 call=DIRECT_TRANSFER
bob POST 7 +4930111:talk:0 5001:out:20 5002:ring:20 call=DIRECT_TRANSFER
bob PUT 7 +4930111:talk:0 5001:out:20 5002:talk:25 call=DIRECT_TRANSFER
bob DELETE 7 +4930111:out:50 5001:out:20 5002:out:51 call=DIRECT_TRANSFER state=DROPPED
""",
        f"""{TALK}\
20 A1 transfer command=T1 no-attended object=X agent=5002
20 A2 open agent agent=5002 alerting invited_by=A1
20 - progress command=T1 destination=A2
20 A1 close how=transfer_agent
25 A2 answer
25 - end command=T1 state=completed
50 X close how=self
51 A2 close how=peer
""",
    ),
    "transferred to where nobody sees": (
        f"""{COME}
ann DELETE 7 +4930111:talk:0 5001:out:20
- - 7 +4930111:out:90 5001:out:20 state=DROPPED
""",
        f"""{TALK}\
20 A1 close how=transfer
90 X close how=peer
""",
    ),
    "asked, and transferred": (
        CONSULT + LEAVES + DONE + TAKES,
        HANDED_TOLD,
    ),
    "asked, and transferred, told the other way round": (
        CONSULT + DONE + LEAVES + TAKES,
        HANDED_TOLD,
    ),
    "asked, and the second call survives": (
        f"""{CONSULT}
ann DELETE 7 +4930111:out:40 5001:out:40 queue=Billing state=DROPPED
ann DELETE 8 5001:out:40 5002:talk:25 +4930111:talk:40 of=7 took=7 call=TRANSFER
bob PUT 8 5001:out:40 5002:talk:25 +4930111:talk:40 took=7 call=TRANSFER
bob DELETE 8 5001:out:40 5002:out:71 +4930111:out:70 took=7 call=TRANSFER state=DROPPED
""",
        HANDED_TOLD,
    ),
    "asked, and back to the caller": (
        f"""{CONSULT}
ann DELETE 8 5001:out:40 5002:out:39 of=7 call=CONSULT state=DROPPED
bob DELETE 8 5001:out:40 5002:out:39 of=7 call=CONSULT_OFFERED state=DROPPED
ann PUT 7 +4930111:talk:0 5001:talk:42 queue=Billing
ann DELETE 7 +4930111:out:60 5001:out:61 queue=Billing state=DROPPED
""",
        f"""{ASKED}\
42 A1 hold no-held
42 - consulted
42 A2 close how=self
60 X close how=self
61 A1 close how=peer
""",
    ),
    "asked, and nobody answers": (
        f"""{COME}
ann PUT 7 +4930111:talk:0 5001:hold:20 queue=Billing
ann POST 8 5001:dial:21 +4940333:ring:22 of=7 call=CONSULT from=5001 to=+4940333
ann DELETE 8 5001:out:35 +4940333:out:35 of=7 call=CONSULT from=5001 to=+4940333 state=DROPPED
ann PUT 7 +4930111:talk:0 5001:talk:36 queue=Billing
ann DELETE 7 +4930111:out:60 5001:out:61 queue=Billing state=DROPPED
""",
        f"""{TALK}\
20 A1 hold held
22 P1 open phone number=+4940333 alerting invited_by=A1
22 A1 consult destination=P1 object=X
35 - consulted
35 P1 close how=system
36 A1 hold no-held
60 X close how=self
61 A1 close how=peer
""",
    ),
    "asked, and all three talk": (
        f"""{CONSULT}
ann PUT 7 +4930111:talk:0 5001:talk:40 5002:talk:40 call=CONFERENCE queue=Billing took=8
ann DELETE 8 5001:out:40 5002:out:40 of=7 call=CONSULT state=DROPPED
bob DELETE 8 5001:out:40 5002:out:40 of=7 call=CONSULT_OFFERED state=DROPPED
bob POST 7 +4930111:talk:0 5001:talk:40 5002:talk:40 call=CONFERENCE took=8
ann DELETE 7 +4930111:talk:0 5001:out:60 5002:talk:40 call=CONFERENCE
bob DELETE 7 +4930111:out:80 5001:out:60 5002:out:81 call=CONFERENCE state=DROPPED
""",
        f"""{ASKED}\
40 A1 hold no-held
40 - consulted
60 A1 close how=self
80 X close how=self
81 A2 close how=peer
""",
    ),
    "over midnight": (
        """
ann POST 7 +4930111:talk:57590 5001:ring:57590 queue=Billing
ann PUT 7 +4930111:talk:57590 5001:talk:57595 queue=Billing
ann DELETE 7 +4930111:out:57610 5001:out:57611 queue=Billing state=DROPPED
""",
        """\
57590 X open customer ani=+4930111 dnis=+4930222
57590 Q1 open queue queue=Billing invited_by=X
57590 A1 open agent agent=ann alerting invited_by=Q1
57595 A1 answer
57595 Q1 close how=transfer
57610 X close how=self
57611 A1 close how=peer
""",
    ),
}
