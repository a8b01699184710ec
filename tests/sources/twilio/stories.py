"""Conversations of Twilio as their platform tells them: lines of text → records, and what is to be told of each."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

START = 1_772_438_400_000  # 2026-03-02, eight in the morning
VOICE = {"call_sid": "CA1", "from": "+4930111", "to": "+4930222", "direction": "inbound"}
OUT = {"from": "+4930222", "outbound_to": "+4930111", "direction": "outbound"}
MAIL = {"customerAddress": "eva@example.com", "proxyAddress": "help@example.org", "subject": "Bill", "name": "Eva"}
_DAYS = ("Mon", "Tue")


def stamp(second: float) -> str:
    """The time of a call back: whole seconds, as in mail."""
    hours, rest = divmod(int(second), 3600)
    days, hours = divmod(hours + 8, 24)
    return f"{_DAYS[days]}, {2 + days:02d} Mar 2026 {hours:02d}:{rest // 60:02d}:{rest % 60:02d} +0000"


def records(story: str, attributes: dict[str, Any], channel: str = "voice", task: str = "WT1") -> list[str]:
    """`SECOND EVENT [words] [Name=value …]` a line → posts.

    Words of a reservation: its number and the worker; of a queue: its name; of a call or conference: the call.
    """
    return [
        urlencode(record)
        for number, line in enumerate(filter(None, story.splitlines()))
        for record in [_record(number, line.split(), attributes, channel, task)]
    ]


def _record(number: int, words: list[str], attributes: dict[str, Any], channel: str, task: str) -> dict[str, str]:
    second, kind, *rest = words
    more = dict(word.split("=", 1) for word in rest if "=" in word)
    plain = [word for word in rest if "=" not in word]
    if kind.startswith("call:"):
        said = {"CallSid": plain[0], "CallStatus": kind[5:], "Direction": "inbound", "From": "+4930111", "To": "+4930222"}
        return {**said, "Timestamp": stamp(float(second)), "SequenceNumber": str(number), **more}
    if kind.startswith(("participant", "conference")):
        said = {"ConferenceSid": "CF1", "FriendlyName": task, "StatusCallbackEvent": kind, "CallSid": plain[0] if plain else ""}
        return {**said, "Timestamp": stamp(float(second)), "SequenceNumber": str(number), **more}
    if kind.startswith("recording:"):
        said = {
            "RecordingSid": "RE1",
            "CallSid": plain[0],
            "RecordingStatus": kind[10:],
            "RecordingUrl": "https://example.com/RE1",
        }
        return {**said, "Timestamp": stamp(float(second)), **more}
    code = more.pop("code", "")
    calls = {side: more.pop(side) for side in ("customer", "worker") if side in more}
    said = {
        **attributes,
        **({"conversations": {"outcome": code}} if code else {}),
        **({"conference": {"sid": "CF1", "participants": calls}} if calls else {}),
    }
    record = {
        "EventType": kind,
        "Sid": f"EV{number}{kind}",
        "TimestampMs": str(START + round(float(second) * 1000)),
        "TaskSid": task,
        "TaskChannelUniqueName": channel,
        "TaskAttributes": json.dumps(said),
        "TaskQueueSid": "WQ1",
    }
    if kind.startswith("reservation."):
        record |= {"ReservationSid": f"WR{plain[0]}", "WorkerSid": f"WK{plain[1]}"}
    if kind == "task-queue.entered" and plain:
        record["TaskQueueSid"] = plain[0]
    if kind.startswith("task.transfer"):
        by, to, mode = plain
        record |= {
            "TaskTransferSid": "TT1",
            "TransferInitiatingReservationSid": f"WR{by}",
            "TransferTo": to,
            "TransferMode": mode,
        }
    return record | more


QUEUED = """
0 task.created
0 task-queue.entered WQ1
4 reservation.created 1 a
9 reservation.accepted 1 a
"""
WAIT = """\
0 X open customer ani=+4930111 dnis=+4930222
0 Q1 open queue queue=WQ1 invited_by=X
"""
TALK = f"""{WAIT}\
4 A1 open agent agent=WKa alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
"""
ENDED = """
60 reservation.wrapup 1 a
75 reservation.completed 1 a code=sold
75 task.completed code=sold
"""
ENDED_TOLD = """\
60 X close how=unknown
60 A1 close how=unknown
75 A1 dispose code=sold
"""
ASKS = f"""{QUEUED}
30 task.transfer-initiated 1 WKb WARM
32 reservation.created 2 b
"""
ASKED = f"""{TALK}\
30 A1 transfer command=T1 attended object=X agent=WKb
32 A2 open agent agent=WKb alerting invited_by=A1
32 - progress command=T1 destination=A2
"""
CALLS_OUT = """
0 task.created
0 reservation.created 1 a
0.5 reservation.accepted 1 a
1 task.updated customer=CA9 worker=CA8
"""
CALLS_OUT_TOLD = """\
0.5 A1 open agent agent=WKa no-inbound queue=WQ1
0.5 X open customer no-inbound alerting invited_by=A1 ani=+4930222 dnis=+4930111
"""
STORIES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "answered, wrapped up with a code, and nobody says who hung up": (
        QUEUED + ENDED,
        VOICE,
        "voice",
        f"""{TALK}\
{ENDED_TOLD}""",
    ),
    "a menu, a hold, a mute, a recording, and the caller hangs up": (
        """
0 call:ringing CA1
1 call:in-progress CA1
20 task.created
20.1 task-queue.entered WQ1
24 reservation.created 1 a
29 reservation.accepted 1 a
30 participant-join CA1
30 participant-join CA2
40 participant-hold CA1
50 participant-unhold CA1
52 participant-mute CA2
55 participant-unmute CA2
60 participant-leave CA1
60 call:completed CA1
60 participant-leave CA2
61 recording:completed CA2 RecordingDuration=30
60.5 reservation.wrapup 1 a
90 reservation.completed 1 a
90 task.completed
""",
        VOICE,
        "voice",
        """\
0 X open customer ani=+4930111 dnis=+4930222
1 I1 open flow invited_by=X
20.1 I1 close how=transfer
20.1 Q1 open queue queue=WQ1 invited_by=X
24 A1 open agent agent=WKa alerting invited_by=Q1
29 A1 answer
29 Q1 close how=transfer
40 A1 hold held
50 A1 hold no-held
52 A1 audio can_hear no-can_speak
55 A1 audio can_hear can_speak
60 X close how=self
60 A1 close how=peer
61 A1 recorded file=https://example.com/RE1 start=1772438431000 stop=1772438461000
90 A1 dispose
""",
    ),
    "the agent hangs up": (
        """
0 task.created
0 task-queue.entered WQ1
4 reservation.created 1 a
9 reservation.accepted 1 a
10 task.updated customer=CA1 worker=CA2
60 participant-leave CA2
60 participant-leave CA1
60 reservation.wrapup 1 a
75 task.completed code=sold
""",
        VOICE,
        "voice",
        f"""{TALK}\
60 A1 close how=self
60 X close how=peer
75 A1 dispose code=sold
""",
    ),
    "abandoned in the queue": (
        """
0 task.created
0 task-queue.entered WQ1
20 task.canceled TaskCanceledReason=hangup
""",
        VOICE,
        "voice",
        f"""{WAIT}\
20 X close how=self
20 Q1 close how=peer
""",
    ),
    "abandoned while it rang, as the call says": (
        """
0 call:in-progress CA1
1 task.created
1 task-queue.entered WQ1
5 reservation.created 1 a
12 call:completed CA1
12.2 reservation.canceled 1 a
12.3 task.canceled TaskCanceledReason=hangup
""",
        VOICE,
        "voice",
        """\
0 X open customer ani=+4930111 dnis=+4930222
0 I1 open flow invited_by=X
1 I1 close how=transfer
1 Q1 open queue queue=WQ1 invited_by=X
5 A1 open agent agent=WKa alerting invited_by=Q1
12 X close how=self
12 Q1 close how=peer
12.2 A1 close how=system
""",
    ),
    "no answer, refused, rescinded, then answered": (
        """
0 task.created
0 task-queue.entered WQ1
1 reservation.created 1 a
16 reservation.timeout 1 a
17 reservation.created 2 b
19 reservation.rejected 2 b
20 reservation.created 3 c
20 reservation.created 4 d
25 reservation.accepted 4 d
25 reservation.rescinded 3 c
60 reservation.completed 4 d
60 task.completed
""",
        VOICE,
        "voice",
        f"""{WAIT}\
1 A1 open agent agent=WKa alerting invited_by=Q1
16 A1 close how=system
17 A2 open agent agent=WKb alerting invited_by=Q1
19 A2 close how=self
20 A3 open agent agent=WKc alerting invited_by=Q1
20 A4 open agent agent=WKd alerting invited_by=Q1
25 A4 answer
25 Q1 close how=transfer
25 A3 close how=system
60 X close how=unknown
60 A4 close how=unknown
""",
    ),
    "from one queue into the next": (
        """
0 task.created
0 task-queue.entered WQ1
30 task-queue.timeout
30 task-queue.moved
30.1 task-queue.entered WQ2
40 task.canceled TaskCanceledReason=Workflow+timeout
""",
        VOICE,
        "voice",
        f"""{WAIT}\
30.1 Q1 close how=transfer
30.1 Q2 open queue queue=WQ2 invited_by=X
40 X close how=system
40 Q2 close how=system
""",
    ),
    "transferred blindly into a queue": (
        f"""{QUEUED}
30 task.transfer-initiated 1 WQ2 COLD
30.2 reservation.wrapup 1 a
31 task-queue.entered WQ2
33 reservation.created 2 b
38 reservation.accepted 2 b
38.1 task.transfer-completed 1 WQ2 COLD
40 reservation.completed 1 a code=moved
80 reservation.wrapup 2 b
90 reservation.completed 2 b code=sold
90 task.completed
""",
        VOICE,
        "voice",
        f"""{TALK}\
30 A1 transfer command=T1 no-attended object=X queue=WQ2
30 Q2 open queue queue=WQ2 invited_by=A1
30 - progress command=T1 destination=Q2
30.2 A1 close how=transfer_queue
33 A2 open agent agent=WKb alerting invited_by=Q2
38 A2 answer
38 - end command=T1 state=completed
38 Q2 close how=transfer
40 A1 dispose code=moved
80 X close how=unknown
80 A2 close how=unknown
90 A2 dispose code=sold
""",
    ),
    "transferred with a word to a colleague": (
        f"""{QUEUED}
30 task.transfer-initiated 1 WKb WARM
31 participant-hold CA1
32 reservation.created 2 b
36 reservation.accepted 2 b
50 participant-unhold CA1
52 reservation.wrapup 1 a
52.1 task.transfer-completed 1 WKb WARM
55 reservation.completed 1 a
80 task.wrapup
95 task.completed code=sold
""",
        VOICE,
        "voice",
        f"""{TALK}\
30 A1 transfer command=T1 attended object=X agent=WKb
31 A1 hold held
32 A2 open agent agent=WKb alerting invited_by=A1
32 - progress command=T1 destination=A2
36 A2 answer
50 A1 hold no-held
52 - end command=T1 state=completed
52 A1 close how=transfer_agent
55 A1 dispose
80 X close how=unknown
80 A2 close how=unknown
95 A2 dispose code=sold
""",
    ),
    "asked a colleague, who does not answer, and back": (
        f"""{ASKS}\
47 reservation.timeout 2 b
47 task.transfer-attempt-failed 1 WKb WARM
47.1 task.transfer-failed 1 WKb WARM
{ENDED}""",
        VOICE,
        "voice",
        f"""{ASKED}\
47 - end command=T1 state=failed
47 A2 close how=system
{ENDED_TOLD}""",
    ),
    "asked a colleague, and back": (
        f"""{ASKS}\
36 reservation.accepted 2 b
50 reservation.wrapup 2 b
50 task.transfer-canceled 1 WKb WARM
51 reservation.completed 2 b
{ENDED}""",
        VOICE,
        "voice",
        f"""{ASKED}\
36 A2 answer
50 - end command=T1 state=canceled
50 A2 close how=self
51 A2 dispose
{ENDED_TOLD}""",
    ),
    "a transfer into a queue taken back": (
        f"""{QUEUED}
30 task.transfer-initiated 1 WQ2 WARM
40 task.transfer-canceled 1 WQ2 WARM
{ENDED}""",
        VOICE,
        "voice",
        f"""{TALK}\
30 A1 transfer command=T1 attended object=X queue=WQ2
30 Q2 open queue queue=WQ2 invited_by=A1
30 - progress command=T1 destination=Q2
40 - end command=T1 state=canceled
40 Q2 close how=system
{ENDED_TOLD}""",
    ),
    "a conference with somebody outside": (
        f"""{QUEUED}
10 participant-join CA1
10 participant-join CA2
30 participant-join CA3
50 participant-leave CA2
50 reservation.wrapup 1 a
60 participant-leave CA3
60 participant-leave CA1
75 reservation.completed 1 a
75 task.completed
""",
        VOICE,
        "voice",
        f"""{TALK}\
30 P1 open phone invited_by=A1
50 A1 close how=self
60 P1 close how=self
60 X close how=peer
75 A1 dispose
""",
    ),
    "outbound, answered": (
        f"""{CALLS_OUT}\
1 participant-join CA8
9 participant-join CA9
50 participant-leave CA9
50 participant-leave CA8
50 reservation.wrapup 1 a
60 reservation.completed 1 a code=sold
60 task.completed
""",
        OUT,
        "voice",
        f"""{CALLS_OUT_TOLD}\
9 X answer
50 X close how=self
50 A1 close how=peer
60 A1 dispose code=sold
""",
    ),
    "outbound, busy": (
        f"""{CALLS_OUT}\
9 call:busy CA9 Direction=outbound-api
10 reservation.wrapup 1 a
11 task.completed
""",
        OUT,
        "voice",
        f"""{CALLS_OUT_TOLD}\
9 X close how=self
10 A1 close how=peer
11 A1 dispose
""",
    ),
    "over midnight": (
        """
57595 task.created
57595 task-queue.entered WQ1
57597 reservation.created 1 a
57599 reservation.accepted 1 a
57605 call:completed CA1
57605.5 reservation.completed 1 a
57606 task.completed
""",
        VOICE,
        "voice",
        """\
57595 X open customer ani=+4930111 dnis=+4930222
57595 Q1 open queue queue=WQ1 invited_by=X
57597 A1 open agent agent=WKa alerting invited_by=Q1
57599 A1 answer
57599 Q1 close how=transfer
57605 X close how=self
57605.5 A1 close how=peer
""",
    ),
    "an e-mail, moved to a colleague": (
        """
0 task.created
0 task-queue.entered WQ1
4 reservation.created 1 a
9 reservation.accepted 1 a
30 task.transfer-initiated 1 WKb COLD
30.1 reservation.completed 1 a
33 reservation.created 2 b
40 reservation.accepted 2 b
300 reservation.completed 2 b code=sold
300 task.completed
""",
        MAIL,
        "email",
        """\
0 X open customer from=eva@example.com to=help@example.org subject=Bill name=Eva with_message
0 Q1 open queue from=eva@example.com to=help@example.org subject=Bill queue=WQ1 invited_by=X
4 A1 open agent from=eva@example.com to=help@example.org subject=Bill agent=WKa alerting invited_by=Q1
9 A1 answer
9 Q1 close how=transfer
30 A1 transfer command=T1 no-attended object=X agent=WKb
30.1 A1 close how=transfer_agent
33 A2 open agent from=eva@example.com to=help@example.org subject=Bill agent=WKb alerting invited_by=X
33 - progress command=T1 destination=A2
40 A2 answer
40 - end command=T1 state=completed
300 X close how=peer
300 A2 close how=self
300 A2 dispose code=sold
""",
    ),
}
