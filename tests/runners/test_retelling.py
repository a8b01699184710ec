"""One conversation retold: what each leg did when, what is refused and stays so, and what silence, masks and rules change."""

from __future__ import annotations

import pytest
from report.talks import BLANK, CARD, CONSULTED, ILLEGAL, SIMPLE, START, TRANSFERRED, everybody, heard, listener, story

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import InteractionFeed, Told
from reconciler.model.mapping import Mask, Which
from reconciler.model.story import Story
from reconciler.runners.retelling import FOLLOWS, NO_MORE, RULE, Listener, retold
from reconciler.runners.scope import Scope


def legs(one: Story) -> list[str]:
    """`NUMBER party: phase from-to, …` in seconds, and how it ended."""
    return [
        f"{lane.number} {lane.party}: "
        + ", ".join(f"{span.phase} {seconds(span.start)}-{seconds(span.end)}" for span in lane.spans)
        + f"; {lane.how or 'open'}"
        for lane in one.lanes
    ]


def seconds(at: int) -> str:
    return f"{(at - START) / 1000:g}"


def test_legs_ring_talk_hold_and_work_after() -> None:
    assert legs(story(SIMPLE)) == [
        "1 customer: talking 0-120; self",
        "2 queue: waiting 0-20; transfer",
        "3 agent: ringing 12-20, talking 20-50, on hold 50-65, talking 65-120, after work 120-140; peer",
    ]


def test_a_transfer_has_its_target_its_landing_and_its_end() -> None:
    (move,) = story(TRANSFERRED).moves

    assert (move.what, move.goal, move.begun_by, move.landed, move.outcome) == (
        "attended transfer", "queue Technical Support", 2, 3, "completed",
    )  # fmt: skip
    assert (seconds(move.at), seconds(move.end or 0)) == ("60", "90.001")


def test_a_transfer_that_nobody_ended_is_open() -> None:
    (move,) = story(TRANSFERRED.partition("90 A close")[0]).moves

    assert (move.outcome, move.end) == ("open", None)


def test_a_consultation_goes_to_a_colleague() -> None:
    (move,) = story(CONSULTED).moves

    assert (move.what, move.goal, move.outcome) == ("consultation", "agent Ada Lanternwood", "ended")


def test_of_a_refused_event_nothing_is_told_and_what_follows_waits() -> None:
    one = story(ILLEGAL)

    assert [entry.refused.partition("; a leg")[0] for entry in one.refused] == ["answer: leg A (agent) is connected", FOLLOWS]
    assert [seconds(entry.refused_at) for entry in one.refused[:1]] == ["30"]
    assert all(not entry.told for entry in one.refused)
    assert legs(one)[1] == "2 agent: ringing 5-9, talking 9-30; open"


def test_an_event_with_one_step_that_cannot_be_tells_none_of_them() -> None:
    one = story(SIMPLE.replace("20 A answer\n20 Q close", "20 A answer\n20 Z close"))

    assert len(one.entries[2].told) == 0
    assert "leg Z is new" in one.entries[2].refused


def test_events_come_in_order_of_their_times() -> None:
    forwards, backwards = heard(SIMPLE), heard(SIMPLE)[::-1]

    assert retold(listener(), backwards, BLANK) == retold(listener(), forwards, BLANK)


def test_silence_closes_by_rule_what_is_open() -> None:
    one = story(SIMPLE.partition("120 X close")[0], newest=5000)

    assert (one.entries[-1].words, one.entries[-1].place) == (RULE, "")
    told = [told.event for told in one.entries[-1].told]
    assert told == ["communicationEnded", "communicationEnded", "communicationDispositionApplied"]
    assert not one.is_open
    assert one.notes == ()


def test_before_silence_is_long_enough_it_is_only_noted() -> None:
    one = story(SIMPLE.partition("120 X close")[0], newest=3000)

    assert one.is_open
    assert one.notes == ("it is open at the end of the feeds; a run closes it by rule after 1 h without a word",)


def test_a_feed_of_records_tells_what_waited_before_it_is_closed() -> None:
    def tell(_memory: Memory | None, event: Event) -> Told:
        return CARD.tell(None, event if event.data else event._replace(data={"steps": ["30 A answer"]}))

    card = InteractionFeed("steps", "record", "lines", CARD.open, tell, silence_seconds=60.0)
    text = "0 X open customer\n\n5 A open agent agent=a1 alerting invited_by=X"

    one = retold(Listener(card, "c1", lambda _kind, native: native, START + 1_000_000), heard(text), BLANK)

    assert [entry.words for entry in one.entries[-2:]] == [NO_MORE, RULE]
    assert legs(one)[1].startswith("2 agent: ringing 5-30")


def test_what_concerns_everybody_does_not_refuse_a_conversation() -> None:
    one = retold(listener(), [*heard(SIMPLE), everybody(30)], BLANK)

    assert one == story(SIMPLE)


def test_strangers_are_noted_by_their_native_names() -> None:
    one = story(SIMPLE, people={"billing": "Billing", "sale": "Sale"})

    assert one.lanes[2].called == "a1"
    assert one.notes == ("in no manifest: user/a1; a run holds the conversation until they are applied",)


@pytest.mark.parametrize(
    ("scope", "note"),
    [
        (Scope(exclude=(Which(queue=("bill*",)),)), "the rules of mapping.yaml leave it out: a run tells nothing of it"),
        (Scope(allowed=frozenset({"a2"})), "user/a1 may not become billable: a run tells nothing of it"),
        (Scope(include=(Which(direction=("inbound",)),)), ""),
    ],
)
def test_what_rules_leave_out_is_drawn_with_a_note(scope: Scope, note: str) -> None:
    one = retold(listener(scope=scope), heard(SIMPLE), BLANK)

    assert one.notes == ((note,) if note else ())
    assert len(one.lanes) == 3


def test_a_masked_number_stands_nowhere() -> None:
    events = [one._replace(words=f"{one.words} of +815000001") for one in heard(ILLEGAL)]

    one = retold(listener(mask=Mask(numbers="last4")), events, BLANK)

    assert "+815000001" not in repr(one)
    assert one.lanes[0].called == "****0001"
    assert one.entries[-1].words == "native 5 of ****0001"
