"""The conversation machine: whole conversations as reviews, one refusal per rule, times, memory, and closing by rule.

In a review a line at the margin is a step, and what is told of it stands indented below. Steps are written `SECONDS LEG ACT` and
what they say; a bare word is true, `no-` before it makes it false, a comma makes a list.
"""

from __future__ import annotations

import itertools
from textwrap import wrap
from typing import Any

import pytest

from reconciler.kinds.conversation_event import SHAPES
from reconciler.model.interaction import Act, How, Media, Party, Step
from reconciler.runners.conversation import Illegal, advance, closing, follow
from reconciler.runners.conversation_legs import Conversation, Notice, unpacked
from reconciler.runners.conversation_table import ENDS, ROWS, SILENT, TABLE

DAY = 1_795_334_400_000


def step(line: str) -> Step:
    """One line as a step; the first word after OPEN is the party."""
    seconds, leg, act, *words = line.split()
    said: dict[str, Any] = {"party": words.pop(0)} if act == Act.OPEN else {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            said[name.removeprefix("no-")] = not name.startswith("no-")
        elif name in {"skills", "cc", "bcc", "tags"}:
            said[name] = value.split(",")
        else:
            said[name] = value
    return Step(Act(act), DAY + round(float(seconds) * 1000), "" if leg == "-" else leg, said)


def steps(text: str) -> list[Step]:
    return [step(line) for line in text.strip().splitlines() if line[0].isdigit()]


def word(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return name if value else f"no-{name}"
    return f"{name}={','.join(value) if isinstance(value, list) else value}"


def shown(notice: Notice) -> str:
    return " ".join([notice.event, *([notice.leg] if notice.leg else []), *(word(*pair) for pair in notice.said.items())])


def review(text: str, media: Media = Media.VOICE) -> str:
    """The steps of a text, each with what the machine tells of it; times that had to be moved are shown. At last the legs."""
    conversation, lines = Conversation(media), []
    for line in text.strip().splitlines():
        if not line[0].isdigit():
            continue
        conversation, told = advance(conversation, step(line))
        lines += [line, *(f"    {shown(one)}{moved(one, step(line))}" for one in told)]
    return "\n".join([*lines, state(conversation)])


def moved(notice: Notice, of: Step) -> str:
    return f" (+{notice.at - of.at} ms)" if notice.at != of.at else ""


def state(conversation: Conversation) -> str:
    """The legs and what is open, in one line."""
    legs = " ".join(f"{name}:{leg.state}" for name, leg in conversation.legs.items())
    open_ = [name for name, command in conversation.commands.items() if command.state == "open"]
    rest = [f"open: {', '.join(open_)}"] if open_ else []
    rest += ["consulting"] if conversation.consult else []
    return "; ".join([legs, *rest, "over" if conversation.is_over else "going on"])


CALLS: dict[str, str] = {
    "inbound, through a menu, answered, held, wrapped up": """
0 X open customer ani=+49301111 dnis=+49309999 inbound recording
    externalEstablished X no-alerting inbound recording ani=+49301111 dnis=+49309999
0 I open flow name=Welcome invited_by=X
    ivrEstablished I no-alerting invited_by=X name=Welcome (+1 ms)
8 I close how=transfer
    communicationEnded I how=transfer
8 Q open queue queue=billing skills=refund,vip language=de invited_by=X
    routingEstablished Q queue=billing no-alerting invited_by=X skills=refund,vip language=de (+1 ms)
12 A open agent agent=1001 alerting invited_by=Q after_work recording
    userEstablished A user=1001 alerting invited_by=Q recording after_work
15 A answer
    communicationAnswered A
15 Q close how=transfer
    communicationEnded Q how=transfer (+1 ms)
60 A hold held
    holdUpdated A held
75 A hold no-held
    holdUpdated A no-held
90 X close how=self
    communicationEnded X how=self
90 A close how=peer
    communicationEnded A how=peer (+1 ms)
99 A dispose code=sale notes=done tags=hot,gold
    communicationDispositionApplied A wrapup_code=sale notes=done tags=hot,gold
X:ended I:ended Q:ended A:disposed; over
""",
    "abandoned in the queue": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
1 Q open queue queue=billing invited_by=X
    routingEstablished Q queue=billing no-alerting invited_by=X
44 X close how=self
    communicationEnded X how=self
44 Q close how=peer
    communicationEnded Q how=peer (+1 ms)
X:ended Q:ended; over
""",
    "nobody answers, then the second agent does": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
1 Q open queue queue=billing invited_by=X
    routingEstablished Q queue=billing no-alerting invited_by=X
5 A1 open agent agent=1001 alerting invited_by=Q after_work
    userEstablished A1 user=1001 alerting invited_by=Q after_work
20 A1 close how=system
    communicationEnded A1 how=system
21 A2 open agent agent=1002 alerting invited_by=Q after_work
    userEstablished A2 user=1002 alerting invited_by=Q after_work
24 A2 answer
    communicationAnswered A2
24 Q close how=transfer_queue
    communicationEnded Q how=transfer_queue (+1 ms)
80 A2 close how=self
    communicationEnded A2 how=self
80 X close how=peer
    communicationEnded X how=peer (+1 ms)
85 A2 dispose
    communicationDispositionApplied A2
X:ended Q:ended A1:ended A2:disposed; over
""",
    "outbound, on behalf of a queue": """
0 A open agent agent=1001 no-inbound queue=sales after_work
    userEstablished A user=1001 no-alerting no-inbound after_work queue=sales
1 X open customer no-inbound alerting invited_by=A ani=+49309999 dnis=+49301111
    externalEstablished X alerting no-inbound invited_by=A ani=+49309999 dnis=+49301111
9 X answer
    communicationAnswered X
70 A close how=self
    communicationEnded A how=self
70 X close how=peer
    communicationEnded X how=peer (+1 ms)
75 A dispose code=sale
    communicationDispositionApplied A wrapup_code=sale
A:disposed X:ended; over
""",
    "callback, told as an outbound call": """
0 A open agent agent=1001 alerting queue=billing
    userEstablished A user=1001 alerting no-inbound queue=billing
4 A answer
    communicationAnswered A
5 X open customer no-inbound alerting invited_by=A dnis=+49301111
    externalEstablished X alerting no-inbound invited_by=A dnis=+49301111
15 X answer
    communicationAnswered X
70 X close how=self
    communicationEnded X how=self
70 A close how=peer
    communicationEnded A how=peer (+1 ms)
A:ended X:ended; over
""",
    "internal": """
0 A1 open agent agent=1001
    userEstablished A1 user=1001 no-alerting no-inbound
0 A2 open agent agent=1002 inbound alerting invited_by=A1
    userEstablished A2 user=1002 alerting inbound invited_by=A1 (+1 ms)
6 A2 answer
    communicationAnswered A2
50 A2 close how=self
    communicationEnded A2 how=self
50 A1 close how=peer
    communicationEnded A1 how=peer (+1 ms)
A1:ended A2:ended; over
""",
    "blind transfer to a queue": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
0 Q1 open queue queue=billing invited_by=X
    routingEstablished Q1 queue=billing no-alerting invited_by=X (+1 ms)
5 A1 open agent agent=1001 alerting invited_by=Q1
    userEstablished A1 user=1001 alerting invited_by=Q1
8 A1 answer
    communicationAnswered A1
8 Q1 close how=transfer
    communicationEnded Q1 how=transfer (+1 ms)
30 A1 transfer command=T1 no-attended object=X queue=sales skills=refund language=de
    routingTransfer command=T1 no-attended initiating=A1 target=A1 object=X queue=sales skills=refund language=de
30 Q2 open queue queue=sales invited_by=A1
    routingEstablished Q2 queue=sales no-alerting invited_by=A1 (+1 ms)
30 - progress command=T1 destination=Q2
    progressTransfer command=T1 object=X destination=Q2 (+2 ms)
30 A1 close how=transfer_queue
    communicationEnded A1 how=transfer_queue (+3 ms)
30 - end command=T1 state=completed
    endTransfer command=T1 object=X state=completed (+4 ms)
35 A2 open agent agent=1002 alerting invited_by=Q2
    userEstablished A2 user=1002 alerting invited_by=Q2
38 A2 answer
    communicationAnswered A2
38 Q2 close how=transfer
    communicationEnded Q2 how=transfer (+1 ms)
90 X close how=self
    communicationEnded X how=self
90 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
X:ended Q1:ended A1:ended Q2:ended A2:ended; over
""",
    "blind transfer to a queue, over when the next agent answers": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 invited_by=X
    userEstablished A1 user=1001 no-alerting invited_by=X
30 - transfer command=T1 no-attended initiating=A1 target=A1 object=X queue=sales
    routingTransfer command=T1 no-attended initiating=A1 target=A1 object=X queue=sales
30 Q2 open queue queue=sales invited_by=X
    routingEstablished Q2 queue=sales no-alerting invited_by=X (+1 ms)
31 - progress command=T1 destination=Q2
    progressTransfer command=T1 object=X destination=Q2
35 A2 open agent agent=1002 alerting invited_by=Q2
    userEstablished A2 user=1002 alerting invited_by=Q2
38 A2 answer
    communicationAnswered A2
38 Q2 close how=transfer_queue
    communicationEnded Q2 how=transfer_queue (+1 ms)
38 A1 close how=transfer_queue
    communicationEnded A1 how=transfer_queue (+2 ms)
38 - end command=T1 state=completed
    endTransfer command=T1 object=X state=completed (+3 ms)
90 X close how=self
    communicationEnded X how=self
90 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
X:ended A1:ended Q2:ended A2:ended; over
""",
    "blind transfer to an agent": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 transfer command=T1 no-attended object=X agent=1002
    userTransfer command=T1 no-attended initiating=A1 target=A1 object=X user=1002
30 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1 (+1 ms)
30 - progress command=T1 object=X destination=A2
    progressTransfer command=T1 object=X destination=A2 (+2 ms)
30 A1 close how=transfer_agent
    communicationEnded A1 how=transfer_agent (+3 ms)
33 A2 answer
    communicationAnswered A2
33 - end command=T1 object=X state=completed
    endTransfer command=T1 object=X state=completed (+1 ms)
90 A2 close how=self
    communicationEnded A2 how=self
90 X close how=peer
    communicationEnded X how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "blind transfer to somebody outside": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 transfer command=T1 no-attended object=X number=+49302222
    phoneTransfer command=T1 no-attended initiating=A1 target=A1 object=X number=+49302222
30 P open phone number=+49302222 no-inbound invited_by=A1
    phoneEstablished P no-alerting no-inbound invited_by=A1 number=+49302222 (+1 ms)
31 - progress command=T1 destination=P
    progressTransfer command=T1 object=X destination=P
31 A1 close how=transfer
    communicationEnded A1 how=transfer (+1 ms)
32 - end command=T1 state=completed
    endTransfer command=T1 object=X state=completed
90 P close how=self
    communicationEnded P how=self
90 X close how=peer
    communicationEnded X how=peer (+1 ms)
X:ended A1:ended P:ended; over
""",
    "attended transfer to an agent": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 transfer command=T1 attended object=X agent=1002
    userTransfer command=T1 attended initiating=A1 target=A1 object=X user=1002
30 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1 (+1 ms)
33 A2 answer
    communicationAnswered A2
40 - progress command=T1 destination=A2
    progressTransfer command=T1 object=X destination=A2
40 - end command=T1 state=completed
    endTransfer command=T1 object=X state=completed (+1 ms)
40 A1 close how=transfer_agent
    communicationEnded A1 how=transfer_agent (+2 ms)
90 X close how=self
    communicationEnded X how=self
90 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "attended transfer, taken back": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 transfer command=T1 attended object=X agent=1002
    userTransfer command=T1 attended initiating=A1 target=A1 object=X user=1002
30 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1 (+1 ms)
33 A2 answer
    communicationAnswered A2
40 - end command=T1 state=canceled
    endTransfer command=T1 object=X state=canceled
40 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
90 X close how=self
    communicationEnded X how=self
90 A1 close how=peer
    communicationEnded A1 how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "transfer to an agent who does not answer": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 transfer command=T1 attended object=X agent=1002
    userTransfer command=T1 attended initiating=A1 target=A1 object=X user=1002
30 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1 (+1 ms)
30 - progress command=T1 destination=A2
    progressTransfer command=T1 object=X destination=A2 (+2 ms)
50 - end command=T1 state=failed
    endTransfer command=T1 object=X state=failed
50 A2 close how=system
    communicationEnded A2 how=system (+1 ms)
90 X close how=self
    communicationEnded X how=self
90 A1 close how=peer
    communicationEnded A1 how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "consultation, completed": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
30 A1 hold held
    holdUpdated A1 held
31 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1
31 A1 consult destination=A2 object=X
    consultTransfer initiating=A1 destination=A2 object=X (+1 ms)
34 A2 answer
    communicationAnswered A2
34 A1 consulting
    progressConsultTransfer initiating=A1 destination=A2 object=X (+1 ms)
50 - consulted
    endConsultTransfer
50 A1 close how=transfer_consult
    communicationEnded A1 how=transfer_consult (+1 ms)
90 X close how=self
    communicationEnded X how=self
90 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "consultation, back to the caller, then another": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
31 P open phone number=+49302222 alerting invited_by=A1
    phoneEstablished P alerting invited_by=A1 number=+49302222
31 - consult initiating=A1 destination=P object=X
    consultTransfer initiating=A1 destination=P object=X (+1 ms)
40 - consulted
    endConsultTransfer
40 P close how=peer
    communicationEnded P how=peer (+1 ms)
50 A2 open agent agent=1002 invited_by=A1
    userEstablished A2 user=1002 no-alerting invited_by=A1
50 A1 consult destination=A2 object=X
    consultTransfer initiating=A1 destination=A2 object=X (+1 ms)
60 - consulted
    endConsultTransfer
60 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
90 X close how=self
    communicationEnded X how=self
90 A1 close how=peer
    communicationEnded A1 how=peer (+1 ms)
X:ended A1:ended P:ended A2:ended; over
""",
    "conference, from which the first agent leaves": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
31 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1
31 A1 consult destination=A2 object=X
    consultTransfer initiating=A1 destination=A2 object=X (+1 ms)
34 A2 answer
    communicationAnswered A2
34 A1 consulting
    progressConsultTransfer initiating=A1 destination=A2 object=X (+1 ms)
50 - consulted
    endConsultTransfer
50 X audio can_hear can_speak
    audioUpdated X can_hear can_speak (+1 ms)
70 A1 close how=transfer_conference
    communicationEnded A1 how=transfer_conference
90 X close how=self
    communicationEnded X how=self
90 A2 close how=peer
    communicationEnded A2 how=peer (+1 ms)
X:ended A1:ended A2:ended; over
""",
    "two calls become one": """
0 A1 open agent agent=1001
    userEstablished A1 user=1001 no-alerting no-inbound
0 A2 open agent agent=1002 alerting invited_by=A1
    userEstablished A2 user=1002 alerting invited_by=A1 (+1 ms)
3 A2 answer
    communicationAnswered A2
20 A1 close how=transfer_conference into=1700000000.7
    communicationEnded A1 how=transfer_conference into=1700000000.7
20 A2 close how=transfer_conference into=1700000000.7
    communicationEnded A2 how=transfer_conference into=1700000000.7 (+1 ms)
A1:ended A2:ended; over
""",
    "network failure": """
0 X open customer ani=+49301111
    externalEstablished X no-alerting inbound ani=+49301111
5 A1 open agent agent=1001 alerting invited_by=X
    userEstablished A1 user=1001 alerting invited_by=X
8 A1 answer
    communicationAnswered A1
9 X close how=error
    communicationEnded X how=error
9 A1 close how=unknown
    communicationEnded A1 how=system (+1 ms)
X:ended A1:ended; over
""",
}

MAILS: dict[str, str] = {
    "answered": """
0 X open customer from=ann@example.com to=help@example.com subject=Bill with_message name=Ann
    emailExternalEstablished X to=help@example.com from=ann@example.com no-alerting inbound subject=Bill name=Ann with_message
0 F open flow from=ann@example.com to=help@example.com invited_by=X
    emailFlowEstablished F to=help@example.com from=ann@example.com no-alerting invited_by=X (+1 ms)
1 F close how=transfer
    emailCommunicationEnded F how=transfer
1 Q open queue queue=post from=ann@example.com to=help@example.com label=complaint invited_by=X
    emailRoutingEstablished Q queue=post to=help@example.com from=ann@example.com no-alerting invited_by=X label=complaint (+1 ms)
60 A open agent agent=1001 from=ann@example.com to=help@example.com alerting invited_by=Q after_work
    emailUserEstablished A user=1001 to=help@example.com from=ann@example.com alerting invited_by=Q after_work
65 A answer
    emailCommunicationAnswered A
65 Q close how=transfer_queue
    emailCommunicationEnded Q how=transfer_queue (+1 ms)
70 A hold held
    emailHoldUpdated A held
300 A hold no-held
    emailHoldUpdated A no-held
310 A write
    emailBeginTransmitting A
600 A sent
    emailCommunicationSentMessage A
601 A close how=self
    emailCommunicationEnded A how=self
601 X close how=peer
    emailCommunicationEnded X how=peer (+1 ms)
620 A dispose code=solved
    emailCommunicationDispositionApplied A wrapup_code=solved
X:ended F:ended Q:ended A:disposed; over
""",
    "an answer comes, and is a new leg of the same customer": """
0 X1 open customer from=ann@example.com to=help@example.com with_message
    emailExternalEstablished X1 to=help@example.com from=ann@example.com no-alerting inbound with_message
1 A1 open agent agent=1001 from=ann@example.com to=help@example.com invited_by=X1
    emailUserEstablished A1 user=1001 to=help@example.com from=ann@example.com no-alerting invited_by=X1
2 A1 write
    emailBeginTransmitting A1
3 A1 sent
    emailCommunicationSentMessage A1
4 A1 close how=self
    emailCommunicationEnded A1 how=self
4 X1 close how=peer
    emailCommunicationEnded X1 how=peer (+1 ms)
90000 X2 open customer inbound from=ann@example.com to=help@example.com previous=X1 with_message
    emailExternalEstablished X2 to=help@example.com from=ann@example.com no-alerting inbound previous=X1 with_message
90001 A2 open agent agent=1001 from=help@example.com to=ann@example.com previous=A1 invited_by=X2
    emailUserEstablished A2 user=1001 to=ann@example.com from=help@example.com no-alerting invited_by=X2 previous=A1
90002 A2 close how=unknown
    emailCommunicationEnded A2 how=unknown
90002 X2 close how=peer
    emailCommunicationEnded X2 how=peer (+1 ms)
X1:ended A1:ended X2:ended A2:ended; over
""",
    "spam": """
0 X open customer from=win@example.net to=help@example.com
    emailExternalEstablished X to=help@example.com from=win@example.net no-alerting inbound
1 A open agent agent=1001 from=win@example.net to=help@example.com alerting invited_by=X
    emailUserEstablished A user=1001 to=help@example.com from=win@example.net alerting invited_by=X
2 A answer
    emailCommunicationAnswered A
3 A close how=spam
    emailCommunicationEnded A how=spam
3 X close how=spam
    emailCommunicationEnded X how=spam (+1 ms)
X:ended A:ended; over
""",
    "transferred to a queue, then to an agent": """
0 X open customer from=ann@example.com to=help@example.com
    emailExternalEstablished X to=help@example.com from=ann@example.com no-alerting inbound
1 A1 open agent agent=1001 from=ann@example.com to=help@example.com invited_by=X
    emailUserEstablished A1 user=1001 to=help@example.com from=ann@example.com no-alerting invited_by=X
9 A1 transfer command=T1 no-attended object=X queue=post
    emailRoutingTransfer command=T1 no-attended initiating=A1 target=A1 object=X queue=post
9 Q open queue queue=post from=ann@example.com to=help@example.com invited_by=A1
    emailRoutingEstablished Q queue=post to=help@example.com from=ann@example.com no-alerting invited_by=A1 (+1 ms)
9 - progress command=T1 destination=Q
    emailProgressTransfer command=T1 object=X destination=Q (+2 ms)
9 A1 close how=transfer_queue
    emailCommunicationEnded A1 how=transfer_queue (+3 ms)
9 - end command=T1 state=completed
    emailEndTransfer command=T1 object=X state=completed (+4 ms)
20 A2 open agent agent=1002 from=ann@example.com to=help@example.com alerting invited_by=Q
    emailUserEstablished A2 user=1002 to=help@example.com from=ann@example.com alerting invited_by=Q
21 A2 answer
    emailCommunicationAnswered A2
21 Q close how=transfer
    emailCommunicationEnded Q how=transfer (+1 ms)
30 A2 transfer command=T2 no-attended object=X agent=1003
    emailUserTransfer command=T2 no-attended initiating=A2 target=A2 object=X user=1003
30 A3 open agent agent=1003 from=ann@example.com to=help@example.com alerting invited_by=A2
    emailUserEstablished A3 user=1003 to=help@example.com from=ann@example.com alerting invited_by=A2 (+1 ms)
30 - progress command=T2 destination=A3
    emailProgressTransfer command=T2 object=X destination=A3 (+2 ms)
30 A2 close how=transfer_agent
    emailCommunicationEnded A2 how=transfer_agent (+3 ms)
40 A3 answer
    emailCommunicationAnswered A3
40 - end command=T2 state=completed
    emailEndTransfer command=T2 object=X state=completed (+1 ms)
50 A3 close how=self
    emailCommunicationEnded A3 how=self
50 X close how=peer
    emailCommunicationEnded X how=peer (+1 ms)
X:ended A1:ended Q:ended A2:ended A3:ended; over
""",
    "written by an agent": """
0 A open agent agent=1001 from=help@example.com to=ann@example.com queue=post
    emailUserEstablished A user=1001 to=ann@example.com from=help@example.com no-alerting no-inbound queue=post
1 X open customer no-inbound from=help@example.com to=ann@example.com invited_by=A
    emailExternalEstablished X to=ann@example.com from=help@example.com no-alerting no-inbound invited_by=A
1 A write
    emailBeginTransmitting A (+1 ms)
9 A sent
    emailCommunicationSentMessage A
9 A close how=self
    emailCommunicationEnded A how=self (+1 ms)
9 X close how=peer
    emailCommunicationEnded X how=peer (+2 ms)
A:ended X:ended; over
""",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_told_as_reviewed(name: str) -> None:
    assert review(CALLS[name]) == CALLS[name].strip()


@pytest.mark.parametrize("name", MAILS)
def test_an_email_is_told_as_reviewed(name: str) -> None:
    assert review(MAILS[name], Media.EMAIL) == MAILS[name].strip()


def test_the_reviews_tell_every_event_of_the_interface() -> None:
    told = {word for text in (*CALLS.values(), *MAILS.values()) for line in text.splitlines() for word in line.split()}

    assert set(SHAPES) <= told


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────

CALL = """
0 X open customer ani=+49301111
1 Q open queue queue=billing invited_by=X
5 A open agent agent=1001 alerting invited_by=Q
"""
ANSWERED = f"{CALL}8 A answer\n8 Q close how=transfer"
ENDED = f"{ANSWERED}\n9 A close how=self"
OVER = f"{ENDED}\n9 X close how=peer"
MOVING = f"{ANSWERED}\n9 A transfer command=T no-attended object=X queue=sales"
ASKING = f"{ANSWERED}\n9 B open agent agent=1002\n9 A consult destination=B object=X"
MAIL = """
0 X open customer from=ann@example.com to=help@example.com
1 A open agent agent=1001 from=ann@example.com to=help@example.com invited_by=X
"""
MAIL_OVER = f"{MAIL}9 A close how=self\n9 X close how=peer"

BEFORE = {
    "before anything has happened": ("", Media.VOICE),
    "while a call rings": (CALL, Media.VOICE),
    "in a call": (ANSWERED, Media.VOICE),
    "after the agent has hung up": (ENDED, Media.VOICE),
    "after the disposition": (ENDED + "\n9 A dispose", Media.VOICE),
    "after a call": (OVER, Media.VOICE),
    "during a transfer": (MOVING, Media.VOICE),
    "after a transfer": (MOVING + "\n9 - end command=T state=failed", Media.VOICE),
    "during a consultation": (ASKING, Media.VOICE),
    "in an e-mail": (MAIL, Media.EMAIL),
    "after an e-mail": (MAIL_OVER, Media.EMAIL),
}
REFUSED = {
    "before anything has happened": """
0 Q open queue queue=billing
    open: leg Q (queue) is new, and it would come first, outbound
    inbound begins with the customer's leg, outbound (a callback too) and internal with the agent's
    what may happen to it now: open
0 X open customer no-inbound
    open: leg X (customer) is new, and it would come first, outbound
    inbound begins with the customer's leg, outbound (a callback too) and internal with the agent's
    what may happen to it now: open
0 A open agent agent=1001 inbound
    open: leg A (agent) is new, and it would come first, inbound
    inbound begins with the customer's leg, outbound (a callback too) and internal with the agent's
    what may happen to it now: open
0 X answer
    answer: leg X is new
    a leg is answered once, and only where it alerts
    what may happen to it now: open
0 X open stranger
    open: leg X (stranger) is new
    party must be one of: customer, flow, queue, agent, phone
    what may happen to it now: open
0 - open customer
    open: leg (customer) is new, and it has no name
    every leg has a name of its own
    what may happen to it now: open
""",
    "while a call rings": """
9 A open agent agent=1001
    open: leg A (agent) is alerting
    a leg is opened once, and its name is never used again
    what may happen to it now: answer, close
9 B open agent agent=1002 invited_by=Z
    open: leg B (agent) is new, and invited_by Z was never opened
    invited_by must name a leg of this conversation
    what may happen to it now: open
9 B open agent alerting
    open: leg B (agent) is new, and agent is missing
    the event cannot be told without
    what may happen to it now: open
9 B open queue
    open: leg B (queue) is new, and queue is missing
    the event cannot be told without
    what may happen to it now: open
9 B open agent agent=1002 alerting=yes
    open: leg B (agent) is new, and alerting must be true or false, and is 'yes'
    mend what the step says
    what may happen to it now: open
9 B open agent agent=1002 skills=refund colour=red
    open: leg B (agent) is new, and nobody knows colour
    there are: after_work, agent, alerting, ani, ani_name, bcc, can_hear, can_speak, cc, dnis, dnis_name,
      from, held, inbound, info, invited_by, label, language, name, number, party, previous, queue, recording,
      skills, station, subject, to, with_message
    mend what the step says
    what may happen to it now: open
9 X answer
    answer: leg X (customer) is connected
    a leg is answered once, and only where it alerts
    what may happen to it now: audio, close, hold
9 A hold held
    hold: leg A (agent) is alerting
    it needs a leg that is answered and not ended
    what may happen to it now: answer, close
9 A audio can_hear
    audio: leg A (agent) is alerting
    it needs a leg that is answered and not ended
    what may happen to it now: answer, close
4.9 A answer
    answer: leg A (agent) is alerting, and 100 ms late
    a step may lie up to 9 ms behind a younger one of its conversation
    what may happen to it now: answer, close
""",
    "in a call": """
9 A answer
    answer: leg A (agent) is connected
    a leg is answered once, and only where it alerts
    what may happen to it now: audio, close, hold
9 A hold
    hold: leg A (agent) is connected
    held must be true or false
    what may happen to it now: audio, close, hold
9 A audio
    audio: leg A (agent) is connected, and can_hear or can_speak is missing
    the event cannot be told without
    what may happen to it now: audio, close, hold
9 A write
    write: leg A (agent) is connected, and calls know nothing like it
    leave the step out
    what may happen to it now: audio, close, hold
9 A sent
    sent: leg A (agent) is connected, and calls know nothing like it
    leave the step out
    what may happen to it now: audio, close, hold
9 A close
    close: leg A (agent) is connected, and how is missing
    the event cannot be told without
    what may happen to it now: audio, close, hold
9 A close how=spam
    close: leg A (agent) is connected, and how is spam
    how must be one of: error, peer, self, system, transfer, transfer_agent, transfer_conference,
      transfer_consult, transfer_queue, unknown
    what may happen to it now: audio, close, hold
9 A dispose code=sale
    dispose: leg A (agent) is connected
    a disposition is for an agent's leg that has ended, once
    what may happen to it now: audio, close, hold
9 A transfer command=T no-attended object=X
    transfer: transfer T is new
    it goes to one of: queue, agent, number
    what may happen to it now: transfer
9 A transfer command=T no-attended object=X queue=sales agent=1002
    transfer: transfer T is new
    it goes to one of: queue, agent, number
    what may happen to it now: transfer
9 A transfer no-attended object=X queue=sales
    transfer: transfer is new, and command is missing
    the event cannot be told without
    what may happen to it now: transfer
9 A transfer command=T object=X queue=sales
    transfer: transfer T is new, and attended is missing
    the event cannot be told without
    what may happen to it now: transfer
9 - transfer command=T attended object=X queue=sales
    transfer: transfer T is new, and initiating and target are missing
    the event cannot be told without
    what may happen to it now: transfer
9 A transfer command=T attended object=Q queue=sales
    transfer: transfer T is new, and object Q (queue) is ended
    object must be one of: alerting, connected, held
    what may happen to it now: transfer
9 A transfer command=T attended object=A queue=sales
    transfer: transfer T is new, and object and initiating are both A
    they must be two legs
    what may happen to it now: transfer
9 A consult destination=Q object=X
    consult: the consultation is new, and destination Q (queue) is ended
    destination must be one of: alerting, connected, held
    what may happen to it now: consult
9 A consult destination=X object=X
    consult: the consultation is new, and object and destination are both X
    they must be two legs
    what may happen to it now: consult
9 A consulting destination=X
    consulting: the consultation is new
    only for a consultation that is begun
    what may happen to it now: consult
9 - consulted
    consulted: the consultation is new
    only for a consultation that is begun
    what may happen to it now: consult
""",
    "after the agent has hung up": """
9 A close how=self
    close: leg A (agent) is ended
    a leg ends once
    what may happen to it now: dispose
9 A hold held
    hold: leg A (agent) is ended
    it needs a leg that is answered and not ended
    what may happen to it now: dispose
9 A answer
    answer: leg A (agent) is ended
    a leg is answered once, and only where it alerts
    what may happen to it now: dispose
9 Q dispose code=sale
    dispose: leg Q (queue) is ended
    a disposition is for an agent's leg
    nothing may happen to it any more
""",
    "after the disposition": """
9 A dispose code=sale
    dispose: leg A (agent) is disposed
    a disposition is for an agent's leg that has ended, once
    nothing may happen to it any more
""",
    "after a call": """
10 A open agent agent=1001
    open: leg A (agent) is ended
    a leg is opened once, and its name is never used again
    what may happen to it now: dispose
10 B open agent agent=1002 invited_by=X
    open: leg B (agent) is new, and the conversation is over
    what comes now is another conversation
    nothing may happen to it any more
""",
    "during a transfer": """
9 A transfer command=T no-attended object=X queue=sales
    transfer: transfer T is open
    a transfer is begun once, and its name is never used again
    what may happen to it now: end, progress
9 - progress command=T destination=Z
    progress: transfer T is open, and destination Z was never opened
    destination must name a leg of this conversation
    what may happen to it now: end, progress
9 - progress command=T destination=Q
    progress: transfer T is open, and destination Q (queue) is ended
    destination must be one of: alerting, connected, held
    what may happen to it now: end, progress
9 - progress command=T destination=X
    progress: transfer T is open, and object and destination are both X
    they must be two legs
    what may happen to it now: end, progress
9 - progress command=U destination=A
    progress: transfer U is new
    only for a transfer that is begun and not over
    what may happen to it now: transfer
9 - end command=T object=A state=failed
    end: transfer T is open, and object is A
    it is about X
    what may happen to it now: end, progress
9 - end command=T state=completed
    end: transfer T is open
    a transfer ends once, and is completed only after it has progressed
    what may happen to it now: end, progress
9 - progress command=T destination=A
    progress: transfer T is open, and destination A is agent 1001
    it was begun for queue sales: end it as failed or canceled if it landed elsewhere
    what may happen to it now: end, progress
9 - end command=T state=dropped
    end: transfer T is open
    state must be one of: completed, canceled, failed
    what may happen to it now: end, progress
""",
    "after a transfer": """
9 - end command=T state=completed
    end: transfer T is over
    a transfer ends once, and is completed only after it has progressed
    nothing may happen to it any more
9 A transfer command=T no-attended object=X queue=sales
    transfer: transfer T is over
    a transfer is begun once, and its name is never used again
    nothing may happen to it any more
""",
    "during a consultation": """
9 A consult destination=B object=X
    consult: the consultation is open
    one consultation at a time
    what may happen to it now: consulted, consulting
9 - consulting object=B destination=X
    consulting: the consultation is open, and destination is X
    it was begun with B
    what may happen to it now: consulted, consulting
9 - consulting initiating=B destination=A
    consulting: the consultation is open, and initiating is B
    it was begun with A
    what may happen to it now: consulted, consulting
""",
    "in an e-mail": """
9 P open phone number=+49302222 from=a to=b
    open: leg P (phone) is new, and e-mails know nothing like it
    leave the step out
    what may happen to it now: open
9 A transfer command=T attended object=X number=+49302222
    transfer: transfer T is new, and e-mails know nothing like it
    leave the step out
    what may happen to it now: transfer
9 A consult destination=X object=X
    consult: the consultation is new, and e-mails know nothing like it
    leave the step out
    nothing may happen to it any more
9 - consulted
    consulted: the consultation is new
    only for a consultation that is begun
    nothing may happen to it any more
9 A audio can_hear
    audio: leg A (agent) is connected, and e-mails know nothing like it
    leave the step out
    what may happen to it now: close, hold, sent, write
9 A close how=transfer_conference
    close: leg A (agent) is connected, and how is transfer_conference
    how must be one of: error, peer, self, spam, system, transfer, transfer_agent, transfer_queue, unknown
    what may happen to it now: close, hold, sent, write
9 B open agent agent=1002 to=ann@example.com
    open: leg B (agent) is new, and from is missing
    the event cannot be told without
    what may happen to it now: open
9 B open agent agent=1002 to=ann@example.com from=help@example.com previous=X
    open: leg B (agent) is new, and previous X is customer
    previous must name a leg of the same agent
    what may happen to it now: open
9 B open agent agent=1002 to=ann@example.com from=help@example.com previous=A
    open: leg B (agent) is new, and previous A is agent 1001
    previous must name a leg of the same agent
    what may happen to it now: open
9 B open agent agent=1002 to=ann@example.com from=help@example.com previous=Z
    open: leg B (agent) is new, and previous Z was never opened
    previous must name a leg of this conversation
    what may happen to it now: open
""",
    "after an e-mail": """
9 B open agent agent=1002 to=ann@example.com from=help@example.com invited_by=X
    open: leg B (agent) is new, and the conversation is over
    what comes now is another conversation (or, in an e-mail, name the previous leg of the same party)
    what may happen to it now: open
9 A write
    write: leg A (agent) is ended
    it needs a leg that is answered and not ended
    what may happen to it now: dispose
""",
}


def message(before: str, line: str, media: Media) -> str:
    """Why a step is refused after others; an empty text where it is legal."""
    conversation, _ = follow(Conversation(media), steps(before) if before else [])
    try:
        advance(conversation, step(line))
    except Illegal as illegal:
        return str(illegal)
    return ""


def refused(text: str, before: str, media: Media) -> str:
    """The steps of a text, each on its own, with the reason why it is refused."""
    lines = list[str]()
    for line in (line for line in text.strip().splitlines() if line[0].isdigit()):
        parts = (message(before, line, media) or "legal").split("; ")
        lines += [line, *(one for part in parts for one in wrap(part, 110, initial_indent=" " * 4, subsequent_indent=" " * 6))]
    return "\n".join(lines)


@pytest.mark.parametrize("when", REFUSED)
def test_an_illegal_step_is_refused_for_its_reason(when: str) -> None:
    assert refused(REFUSED[when], *BEFORE[when]) == REFUSED[when].strip()


STATES = {
    "new": "",
    "alerting": "9 B open agent agent=1002 alerting",
    "connected": "9 B open agent agent=1002",
    "held": "9 B open agent agent=1002\n9 B hold held",
    "ended": "9 B open agent agent=1002\n9 B close how=self",
    "disposed": "9 B open agent agent=1002\n9 B close how=self\n9 B dispose",
}
ACTS = (
    "9 B open agent agent=1002",
    "9 B answer",
    "9 B hold held",
    "9 B hold no-held",
    "9 B audio can_hear",
    "9 B write",
    "9 B sent",
    "9 B close how=self",
    "9 B dispose",
    "9 B recorded file=x.wav",
    "9 B transfer command=T attended object=X queue=sales",
    "9 B transfer command=T attended object=X number=+49302222",
    "9 - consult initiating=A destination=B object=X",
)
MATRIX = {
    Media.VOICE: """
act                                                         new       alerting  connected held      ended     disposed
9 B open agent agent=1002                                   *         -         -         -         -         -
9 B answer                                                  -         *         -         -         -         -
9 B hold held                                               -         -         *         .         -         -
9 B hold no-held                                            -         -         .         *         -         -
9 B audio can_hear                                          -         -         *         *         -         -
9 B write                                                   -         -         -         -         -         -
9 B sent                                                    -         -         -         -         -         -
9 B close how=self                                          -         *         *         *         -         -
9 B dispose                                                 -         -         -         -         *         -
9 B recorded file=x.wav                                     .         .         .         .         .         .
9 B transfer command=T attended object=X queue=sales        -         *         *         *         -         -
9 B transfer command=T attended object=X number=+49302222   -         *         *         *         -         -
9 - consult initiating=A destination=B object=X             -         *         *         *         -         -
""",
    Media.EMAIL: """
act                                                         new       alerting  connected held      ended     disposed
9 B open agent agent=1002                                   *         -         -         -         -         -
9 B answer                                                  -         *         -         -         -         -
9 B hold held                                               -         -         *         .         -         -
9 B hold no-held                                            -         -         .         *         -         -
9 B audio can_hear                                          -         -         -         -         -         -
9 B write                                                   -         -         *         *         -         -
9 B sent                                                    -         -         *         *         -         -
9 B close how=self                                          -         *         *         *         -         -
9 B dispose                                                 -         -         -         -         *         -
9 B recorded file=x.wav                                     .         .         .         .         .         .
9 B transfer command=T attended object=X queue=sales        -         *         *         *         -         -
9 B transfer command=T attended object=X number=+49302222   -         -         -         -         -         -
9 - consult initiating=A destination=B object=X             -         -         -         -         -         -
""",
}


@pytest.mark.parametrize("media", Media)
def test_every_act_in_every_state_is_told_or_refused_by_the_table(media: Media) -> None:
    assert matrix(media) == MATRIX[media].strip()


def matrix(media: Media) -> str:
    """What each act does to an agent's leg in each state: `*` told, `.` nothing to tell, `-` refused."""
    lines = [f"{'act':<60}" + " ".join(f"{state:<9}" for state in STATES).rstrip()]
    for line in ACTS:
        signs = [sign(mailed(f"{ANSWERED}\n{state}", media), mailed(line, media), media) for state in STATES.values()]
        lines.append(f"{line:<60}" + " ".join(f"{one:<9}" for one in signs).rstrip())
    return "\n".join(lines).strip()


def mailed(text: str, media: Media) -> str:
    """The same steps, with addresses where it is an e-mail."""
    lines = text.strip().splitlines()
    to = " from=ann@example.com to=help@example.com" if media is Media.EMAIL else ""
    return "\n".join(f"{line}{to}" if " open " in line else line for line in lines)


def sign(before: str, line: str, media: Media) -> str:
    conversation, _ = follow(Conversation(media), steps(before))
    try:
        return "*" if advance(conversation, step(line))[1] else "."
    except Illegal:
        return "-"


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def times(text: str) -> list[int]:
    """Milliseconds of the day at which the events of a call are told."""
    return [one.at - DAY for one in follow(Conversation(), steps(text))[1]]


def test_events_of_one_moment_are_told_a_millisecond_apart() -> None:
    assert times(CALL.replace("1 Q", "0 Q").replace("5 A", "0 A")) == [0, 1, 2]


def test_an_event_is_told_at_its_own_time_once_the_moment_is_over() -> None:
    assert times(f"{CALL}5 A answer\n5.001 A hold held\n5.003 A hold no-held") == [0, 1000, 5000, 5001, 5002, 5003]


def test_a_step_a_few_milliseconds_behind_is_told_after_the_younger_one() -> None:
    assert times(f"{CALL}4.991 A answer") == [0, 1000, 5000, 5001]


def test_a_step_further_behind_is_refused() -> None:
    with pytest.raises(Illegal, match="10 ms late"):
        times(f"{CALL}4.990 A answer")


def test_steps_told_a_little_late_do_not_move_the_time_that_counts() -> None:
    with pytest.raises(Illegal, match="10 ms late"):
        times(f"{CALL}4.995 A answer\n4.990 A hold held")


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", CALLS)
def test_a_conversation_packed_at_any_point_goes_on_the_same(name: str) -> None:
    whole, told = follow(Conversation(tag="thread"), steps(CALLS[name]))

    conversation, again = Conversation(tag="thread"), list[Notice]()
    for one in steps(CALLS[name]):
        conversation, notices = advance(unpacked(conversation.pack()), one)
        again += notices

    assert (conversation.pack(), tuple(again)) == (whole.pack(), told)


def test_what_is_packed_is_what_is_unpacked() -> None:
    conversation, _ = follow(Conversation(tag="thread"), steps(ASKING + "\n9 A transfer command=T attended object=X queue=q"))

    assert unpacked(conversation.pack()) == conversation
    assert len(conversation.pack()) < 400


def test_refused_steps_leave_nothing_told_of_those_they_came_with() -> None:
    conversation, _ = follow(Conversation(), steps(CALL))

    with pytest.raises(Illegal):
        follow(conversation, steps("6 A answer\n7 A answer"))

    assert conversation.legs["A"].state == "alerting"


def test_the_order_in_which_a_step_says_things_changes_nothing() -> None:
    said = {"party": "customer", "ani": "+491", "info": {"b": "2", "a": "1"}, "dnis": "+492"}
    turned = {name: said[name] for name in reversed(said)} | {"info": {"a": "1", "b": "2"}}

    (one,), (other,) = (advance(Conversation(), Step(Act.OPEN, DAY, "X", words))[1] for words in (said, turned))

    assert repr(one) == repr(other)


def test_what_says_nothing_counts_as_not_said() -> None:
    said = {"party": Party.CUSTOMER, "ani": "", "dnis": None, "info": {}}

    assert advance(Conversation(), Step(Act.OPEN, DAY, "X", said))[1][0].said == {"alerting": False, "inbound": True}


def test_of_an_inbound_agent_no_queue_is_told() -> None:
    _, told = follow(Conversation(), steps(f"{CALL}6 B open agent agent=1002 inbound queue=billing"))

    assert "queue" not in told[-1].said


# ── closing by rule ──────────────────────────────────────────────────────────────────────────────────────────────────


def closed(text: str, media: Media = Media.VOICE, how: How = How.SYSTEM) -> str:
    """What is told when a conversation is closed by rule at 99 s, and how it stands then."""
    conversation, _ = follow(Conversation(media), steps(text))
    conversation, told = follow(conversation, closing(conversation, DAY + 99_000, how))
    return "\n".join([*(shown(one) for one in told), state(conversation)])


CLOSED = {
    "a call in a queue": (CALL, Media.VOICE),
    "a call that is transferred while somebody is consulted": (
        f"{ASKING}\n9 A transfer command=T attended object=X queue=sales",
        Media.VOICE,
    ),
    "a call whose agents owe a disposition, if they ever answered": (
        f"{CALL}6 B open agent agent=1002 after_work\n6 C open agent agent=1003 alerting after_work\n7 B close how=self",
        Media.VOICE,
    ),
    "an e-mail": (MAIL, Media.EMAIL),
}
CLOSINGS = {
    "a call in a queue": """
communicationEnded X how=system
communicationEnded Q how=system
communicationEnded A how=system
X:ended Q:ended A:ended; over
""",
    "a call that is transferred while somebody is consulted": """
endTransfer command=T object=X state=failed
endConsultTransfer
communicationEnded X how=system
communicationEnded A how=system
communicationEnded B how=system
X:ended Q:ended A:ended B:ended; over
""",
    "a call whose agents owe a disposition, if they ever answered": """
communicationEnded X how=system
communicationEnded Q how=system
communicationEnded A how=system
communicationEnded C how=system
communicationDispositionApplied B
X:ended Q:ended A:ended B:disposed C:ended; over
""",
    "an e-mail": """
emailCommunicationEnded A how=system
emailCommunicationEnded X how=system
X:ended A:ended; over
""",
}


@pytest.mark.parametrize("name", CLOSED)
def test_closing_by_rule_is_told_as_reviewed(name: str) -> None:
    assert closed(*CLOSED[name]) == CLOSINGS[name].strip()


def test_a_conversation_that_is_over_has_nothing_to_close() -> None:
    conversation, _ = follow(Conversation(), steps(OVER))

    assert closing(conversation, DAY + 99_000) == ()
    assert conversation.is_settled


def test_a_conversation_without_its_disposition_is_over_but_not_settled() -> None:
    conversation, _ = follow(Conversation(), steps(OVER.replace("alerting", "alerting after_work")))

    assert (conversation.is_over, conversation.is_settled) == (True, False)
    assert [one.act for one in closing(conversation, DAY + 99_000)] == [Act.DISPOSE]


def test_closing_never_goes_back_in_time() -> None:
    conversation, _ = follow(Conversation(), steps(CALL))

    assert {one.at - DAY for one in closing(conversation, DAY)} == {5000}


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_tells_every_event_of_the_interface() -> None:
    assert {event for row in TABLE for event in (row.voice, row.email) if event} == set(SHAPES)


def test_no_act_has_two_rows_for_one_state() -> None:
    for rows in ROWS.values():
        assert all(one.before.isdisjoint(other.before) for one, other in itertools.combinations(rows, 2))


def test_events_of_calls_are_told_of_calls_only() -> None:
    assert all(not (row.voice or SILENT).startswith("email") and (row.email or "email").startswith("email") for row in TABLE)


@pytest.mark.parametrize("media", Media)
@pytest.mark.parametrize("how", How)
def test_every_way_to_end_is_told_or_refused(media: Media, how: How) -> None:
    text = mailed(CALL, media)

    assert (message(text, f"9 X close how={how}", media) == "") == (how in ENDS[media])
