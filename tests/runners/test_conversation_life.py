"""Random lives of conversations: whatever is tried, what is told is legal, and the same whenever and in whatever pieces.

The judge (see `runners.judge`) reads the events as they are sent, and knows nothing of the machine or its table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kinds.fake import Known
from runners.judge import Judge, Verdict, sent
from runners.test_conversation import CALLS, DAY, MAILS, steps

from reconciler.kinds.conversation_event import KIND
from reconciler.model.change import Change
from reconciler.model.interaction import Act, How, Media, Party, Step
from reconciler.runners.conversation import Illegal, advance, closing, follow
from reconciler.runners.conversation_change import Native, Sender, change
from reconciler.runners.conversation_legs import Conversation, Notice, unpacked

ACME = Sender("acme", "pbx")


def changes(notices: Iterable[Notice]) -> list[Change]:
    return [change(one, Native("call-7", "thread", "cel:3"), ACME) for one in notices]


def judged(notices: Iterable[Notice]) -> Judge:
    judge = Judge()
    for array, event in sent(changes(notices)):
        judge.hear(array, event)
    return judge


@pytest.mark.parametrize("name", [*CALLS, *MAILS])
def test_the_judge_finds_nothing_wrong_with_a_review(name: str) -> None:
    media = Media.VOICE if name in CALLS else Media.EMAIL
    _, told = follow(Conversation(media), steps({**MAILS, **CALLS}[name]))

    assert judged(told).is_over


@pytest.mark.parametrize("place", range(9))
def test_the_judge_misses_what_was_left_out(place: int) -> None:
    """Of the first call each event but holds and the disposition is needed by a later one, or by the end."""
    _, told = follow(Conversation(), steps(CALLS["inbound, through a menu, answered, held, wrapped up"]))
    needed = [one for one in told if one.act not in {Act.HOLD, Act.DISPOSE}]

    assert not is_legal([one for one in told if one is not needed[place]])


def is_legal(notices: Iterable[Notice]) -> bool:
    """Whether the judge lets events pass, and the conversation is over then."""
    try:
        return judged(notices).is_over
    except Verdict:
        return False


# ── random lives ─────────────────────────────────────────────────────────────────────────────────────────────────────

ANY = ("X", "X1", "Q", "A", "A1", "A2", "P", "Z")
LATER = st.sampled_from((0, 0, 0, 1, 2, 1000, -3, -20))
MAYBE = st.sampled_from((None, None, True, False))
TARGETS = st.sampled_from((("queue", "billing"), ("agent", "1001"), ("number", "+49301111")))


class Life(RuleBasedStateMachine):
    """One conversation to which anything may happen. What is refused changes nothing, what is told is heard by the judge."""

    def __init__(self) -> None:
        super().__init__()
        self.conversation = Conversation()
        self.judge = Judge()
        self.at = DAY
        self.steps: list[Step] = []
        self.told: list[Notice] = []
        self.refusals: list[Illegal] = []
        self.shifts: list[int] = []

    @initialize(name=st.sampled_from([*CALLS, *MAILS]), count=st.integers(0, 12))
    def begin(self, name: str, count: int) -> None:
        """Begins as a review does, and goes on at random."""
        self.conversation = Conversation(Media.VOICE if name in CALLS else Media.EMAIL, "thread")
        for one in steps({**MAILS, **CALLS}[name])[:count]:
            self.attempt(one.act, one.at - self.at, one.leg, dict(one.said))

    def attempt(self, act: Act, later: int, leg: str = "", said: dict[str, Any] | None = None) -> None:
        step = Step(act, self.at + later, leg, {name: value for name, value in (said or {}).items() if value is not None})
        try:
            after, told = advance(self.conversation, step)
        except Illegal as illegal:
            self.refusals.append(illegal)
            return
        self.conversation, self.at = after, max(self.at, step.at)
        self.steps.append(step)
        self.told += told
        self.shifts += [one.at - step.at for one in told]
        for event in sent(changes(told)):
            self.judge.hear(*event)

    def leg(self, data: st.DataObject) -> str:
        """Mostly a leg that lives, sometimes any."""
        live = [name for name, leg in self.conversation.legs.items() if not leg.is_over]
        return data.draw(st.sampled_from([*live, *live, *live, *ANY]))

    def command(self, data: st.DataObject) -> str:
        """Mostly a transfer that was begun, sometimes a new one."""
        return data.draw(st.sampled_from([*self.conversation.commands, *self.conversation.commands, "T1", "T2", "T3"]))

    @rule(data=st.data(), party=st.sampled_from(Party), later=LATER, flags=st.tuples(MAYBE, MAYBE), is_new=st.booleans())
    def open(self, data: st.DataObject, party: Party, later: int, flags: tuple[bool | None, bool | None], is_new: bool) -> None:
        peer = data.draw(st.none() | st.just(self.leg(data)))
        said: dict[str, Any] = {"party": party, "invited_by": peer, "alerting": flags[0]}
        who = data.draw(st.sampled_from(("1001", "1002", "1003")))
        said |= {Party.AGENT: {"agent": who, "after_work": flags[1]}, Party.QUEUE: {"queue": "billing"}}.get(party, {})
        if self.conversation.media is Media.EMAIL:
            previous = data.draw(st.none() | st.sampled_from(ANY))
            said |= {"from": "ann@example.com", "to": "help@example.com", "held": flags[1], "previous": previous}
        self.attempt(Act.OPEN, later, f"L{len(self.steps)}" if is_new else self.leg(data), said)

    @rule(data=st.data(), act=st.sampled_from((Act.ANSWER, Act.ANSWER, Act.WRITE, Act.SENT, Act.RECORDED)), later=LATER)
    def happen(self, data: st.DataObject, act: Act, later: int) -> None:
        self.attempt(act, later, self.leg(data))

    @rule(data=st.data(), held=MAYBE, later=LATER)
    def hold(self, data: st.DataObject, held: bool | None, later: int) -> None:
        self.attempt(Act.HOLD, later, self.leg(data), {"held": held})

    @rule(data=st.data(), hears=MAYBE, later=LATER)
    def audio(self, data: st.DataObject, hears: bool | None, later: int) -> None:
        self.attempt(Act.AUDIO, later, self.leg(data), {"can_hear": hears})

    @rule(data=st.data(), how=st.sampled_from(How), later=LATER)
    def close(self, data: st.DataObject, how: How, later: int) -> None:
        self.attempt(Act.CLOSE, later, self.leg(data), {"how": how})

    @rule(leg=st.sampled_from(ANY), code=st.sampled_from((None, "sale")), later=LATER)
    def dispose(self, leg: str, code: str | None, later: int) -> None:
        self.attempt(Act.DISPOSE, later, leg, {"code": code, "notes": "done"})

    @rule(data=st.data(), goal=TARGETS, attended=st.booleans(), later=LATER)
    def transfer(self, data: st.DataObject, goal: tuple[str, str], attended: bool, later: int) -> None:
        said = {"command": self.command(data), "attended": attended, "object": self.leg(data), goal[0]: goal[1]}
        self.attempt(Act.TRANSFER, later, self.leg(data), said)

    @rule(data=st.data(), later=LATER)
    def progress(self, data: st.DataObject, later: int) -> None:
        self.attempt(Act.PROGRESS, later, said={"command": self.command(data), "destination": self.leg(data)})

    @rule(data=st.data(), state=st.sampled_from(("completed", "canceled", "failed", "lost")), later=LATER)
    def end(self, data: st.DataObject, state: str, later: int) -> None:
        self.attempt(Act.END, later, said={"command": self.command(data), "state": state})

    @rule(data=st.data(), act=st.sampled_from((Act.CONSULT, Act.CONSULTING)), later=LATER)
    def consult(self, data: st.DataObject, act: Act, later: int) -> None:
        legs = {role: self.leg(data) for role in ("initiating", "destination", "object")}
        self.attempt(act, later, said=legs)

    @rule(later=LATER)
    def consulting(self, later: int) -> None:
        self.attempt(Act.CONSULTING, later)

    @rule(later=LATER)
    def consulted(self, later: int) -> None:
        self.attempt(Act.CONSULTED, later)

    @rule()
    def restart(self) -> None:
        self.conversation = unpacked(self.conversation.pack())

    @invariant()
    def refusals_say_what_and_what_to_do(self) -> None:
        assert all(one.what and one.remedy for one in self.refusals)

    @invariant()
    def events_are_told_close_to_their_time(self) -> None:
        assert all(0 <= shift <= 9 + len(self.told) for shift in self.shifts)

    def teardown(self) -> None:
        again, told = follow(Conversation(self.conversation.media, "thread"), self.steps)
        assert again.pack() == self.conversation.pack()
        assert changes(told) == changes(self.told)
        for how in (How.SYSTEM, How.ERROR):
            closed, last = follow(again, closing(again, self.at + 60_000, how))
            assert (closed.is_over, closed.is_settled) == (bool(again.legs), bool(again.legs))
            assert closing(closed, self.at + 60_000) == ()
            assert judged([*told, *last]).is_over


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestLife = Life.TestCase


# ── real calls with events lost, doubled and turned around ───────────────────────────────────────────────────────────


@st.composite
def broken(draw: st.DrawFn) -> tuple[Media, list[Step]]:
    """The steps of a review, some lost, some told twice, some in the place of others; times stay in order."""
    name = draw(st.sampled_from([*CALLS, *MAILS]))
    whole = steps({**MAILS, **CALLS}[name])
    kept = [one for one in whole for _ in range(draw(st.sampled_from((0, 1, 1, 1, 1, 1, 2))))]
    for _ in range(draw(st.integers(0, 3)) if len(kept) > 1 else 0):
        place = draw(st.integers(0, len(kept) - 2))
        kept[place : place + 2] = reversed(kept[place : place + 2])
    times = sorted(one.at for one in kept)
    return Media.VOICE if name in CALLS else Media.EMAIL, [one._replace(at=at) for one, at in zip(kept, times, strict=True)]


@settings(max_examples=300, deadline=None)
@given(broken(), st.lists(st.integers(0, 40)))
def test_what_is_left_of_a_broken_call_is_told_legally(case: tuple[Media, list[Step]], restarts: list[int]) -> None:
    media, found = case
    conversation, told = Conversation(media), list[Notice]()

    for place, step in enumerate(found):
        conversation = unpacked(conversation.pack()) if place in restarts else conversation
        try:
            conversation, notices = advance(conversation, step)
        except Illegal:
            continue
        told += notices
    conversation, last = follow(conversation, closing(conversation, DAY + 10**9))

    assert conversation.is_over or not conversation.legs
    assert judged([*told, *last]).is_over


@settings(max_examples=200, deadline=None)
@given(broken(), st.integers(1, 7))
def test_the_same_steps_are_the_same_bytes_in_any_pieces(case: tuple[Media, list[Step]], size: int) -> None:
    media, found = case
    legal, conversation = list[Step](), Conversation(media)
    for step in found:
        try:
            conversation, _ = advance(conversation, step)
        except Illegal:
            continue
        legal.append(step)
    whole, told = follow(Conversation(media), legal)

    pieces, again = Conversation(media), list[Notice]()
    for place in range(0, len(legal), size):
        pieces, notices = follow(unpacked(pieces.pack()), legal[place : place + size])
        again += notices

    assert pieces.pack() == whole.pack()
    assert KIND.call(changes(again), Known()) == KIND.call(changes(told), Known())
