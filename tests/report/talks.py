"""Conversations written as steps, retold and drawn: `SECONDS LEG ACT word name=value`, as the tests of the machine write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.event import EVERYBODY, Event, Memory, Read
from reconciler.model.interaction import Act, InteractionFeed, Media, Step, Told
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.model.story import Story
from reconciler.report.conversation import lines
from reconciler.runners.retelling import Heard, Listener, retold

START = 1_795_334_400_000  # 2026-11-22T08:00:00Z
PEOPLE = {
    "a1": "青空 ひかり",
    "a2": "Ada Lanternwood",
    "billing": "料金のご相談",
    "technical": "Technical Support",
    "sale": "Sale",
}


def step(line: str) -> Step:
    """One line as a step; the first word after OPEN is the party, `no-` makes a word false."""
    seconds, leg, act, *words = line.split()
    said: dict[str, Any] = {"party": words.pop(0)} if act == Act.OPEN else {}
    for word in words:
        name, sign, value = word.partition("=")
        said[name.removeprefix("no-")] = value if sign else not name.startswith("no-")
    return Step(Act(act), START + round(float(seconds) * 1000), "" if leg == "-" else leg, said)


def tell(memory: Memory | None, event: Event) -> Told:
    """What the steps in an event say: the card of a platform whose events are steps."""
    steps = tuple(step(line) for line in event.data["steps"])
    return Told({"before": memory}, steps, Media(event.data.get("media", "voice")), odd=event.data.get("odd", ""))


def _open(_table: Table, _clock: Clock, _state: str) -> Read:
    raise NotImplementedError("events are made, not read")


CARD = InteractionFeed("steps", "stream", "lines", _open, tell, silence_seconds=3600.0)
BLANK = Story("steps", "acme", "c1", "Asia/Tokyo")


def heard(text: str, **said: Any) -> list[Heard]:
    """A native event for every paragraph of a text, at the time of its last step, read from a line of a file."""
    found = []
    for number, paragraph in enumerate(text.strip().split("\n\n"), 1):
        steps = [line for line in paragraph.splitlines() if line[0].isdigit()]
        odd = [line.removeprefix("odd ") for line in paragraph.splitlines() if line.startswith("odd ")]
        data = {"steps": steps, "odd": "".join(odd), **said}
        at = step(steps[-1]).at if steps else START
        found.append(Heard(Event("c1", at, data), f"log:{number}", f"native {number}"))
    return found


def everybody(seconds: float) -> Heard:
    """The platform starts again: every open conversation hears a step that cannot be."""
    data = {"steps": [f"{seconds} Z answer"]}
    return Heard(Event(EVERYBODY, START + round(seconds * 1000), data), "log:99", "restart")


def listener(newest: float = 0.0, people: Mapping[str, str] | None = None, **said: Any) -> Listener:
    """Somebody who knows these people."""
    names = PEOPLE if people is None else people
    return Listener(CARD, "c1", lambda _kind, native: names.get(native), START + round(newest * 1000), **said)


def story(text: str, newest: float = 0.0, media: str = "voice", people: Mapping[str, str] | None = None) -> Story:
    """A conversation from its text."""
    return retold(listener(newest, people), heard(text, media=media), BLANK)


def drawn(one: Story, width: int = 80) -> str:
    """The conversation as text."""
    return "\n".join(line.text for line in lines(one, width)) + "\n"


SIMPLE = """
0 X open customer ani=+815000001
0 Q open queue queue=billing invited_by=X

12 A open agent agent=a1 alerting after_work invited_by=Q

20 A answer
20 Q close how=transfer

50 A hold held

65 A hold no-held

120 X close how=self
120 A close how=peer

140 A dispose code=sale
"""
TRANSFERRED = """
0 X open customer ani=+815000001

5 A open agent agent=a1 invited_by=X

60 A transfer command=t1 attended object=X queue=technical
60 Q open queue queue=technical invited_by=A
60 - progress command=t1 destination=Q

75 B open agent agent=a2 invited_by=Q
75 Q close how=transfer

90 A close how=transfer_queue
90 - end command=t1 state=completed

180 X close how=self
180 B close how=peer
"""
CONSULTED = """
0 X open customer ani=+815000001

5 A open agent agent=a1 invited_by=X

60 B open agent agent=a2 invited_by=A
60 A consult destination=B object=X
60 - consulting

95 - consulted
95 B close how=peer

150 A close how=self
150 X close how=peer
"""
ILLEGAL = """
0 X open customer ani=+815000001

5 A open agent agent=a1 alerting invited_by=X
odd a word nobody knows

9 A answer

30 A answer

60 X close how=self
"""
