"""The legs of one call or e-mail: whatever is tried, what is said can happen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.interaction import How, Media, Party
from reconciler.model.legs import Legs
from reconciler.runners.conversation import closing, follow
from reconciler.runners.conversation_legs import Conversation

NAMES = st.sampled_from(("X", "Q1", "A1", "A2", "P1", ""))
MOVES = st.sampled_from(("T1", "T2", ""))
GOALS = st.sampled_from(({"queue": "q1"}, {"agent": "1001"}, {"number": "+4930111"}, {"agent": ""}))
OPENED = st.sampled_from(
    (
        (Party.CUSTOMER, {}),
        (Party.CUSTOMER, {"inbound": False, "alerting": True}),
        (Party.AGENT, {"agent": "1001"}),
        (Party.AGENT, {"agent": "1002", "alerting": True}),
        (Party.AGENT, {"agent": "1001", "inbound": False}),
        (Party.QUEUE, {"queue": "q1"}),
        (Party.PHONE, {"number": "+4930111", "alerting": True}),
    )
)
TRIED = st.one_of(
    st.tuples(st.just("open"), OPENED),
    st.tuples(st.just("open"), OPENED),
    st.tuples(st.just("answer"), NAMES),
    st.tuples(st.just("hold"), NAMES, st.booleans()),
    st.tuples(st.just("audio"), NAMES, st.booleans()),
    st.tuples(st.just("close"), NAMES, st.sampled_from((How.SELF, How.UNKNOWN, How.TRANSFER_CONFERENCE, How.TRANSFER_CONSULT))),
    st.tuples(st.just("dispose"), NAMES),
    st.tuples(st.just("transfer"), NAMES, NAMES, GOALS, st.booleans()),
    st.tuples(st.just("land"), MOVES, NAMES),
    st.tuples(st.just("settle"), MOVES, st.sampled_from(("", "canceled", "failed"))),
    st.tuples(st.just("ask"), NAMES, NAMES, NAMES),
    st.tuples(st.just("asked")),
    st.tuples(st.just("at"), st.integers(0, 9000)),
)


def attempt(legs: Legs, what: str, *words: Any) -> None:
    if what == "open":
        legs.open(words[0][0], **words[0][1])
    elif what == "hold":
        legs.hold(words[0], held=words[1])
    elif what == "audio":
        legs.audio(words[0], can_hear=True, can_speak=words[1])
    elif what == "dispose":
        legs.dispose(words[0], code="sold")
    elif what == "transfer":
        legs.transfer(*words[:2], attended=words[3], **words[2])
    else:
        getattr(legs, what)(*words)


@given(st.sampled_from(Media), st.lists(TRIED, max_size=40))
def test_whatever_is_tried_what_is_said_can_happen(media: Media, tried: list[tuple[Any, ...]]) -> None:
    legs = Legs(None, 1000, media)
    legs.known["sides"] = {"from": "a@example.com", "to": "b@example.com"}

    for one in tried:
        attempt(legs, *one)
    call, _ = follow(Conversation(media), legs.steps)

    assert list(call.legs) == list(legs.known["legs"])
    assert [leg for leg in call.legs if not call.legs[leg].is_over] == legs.live()
    assert bool(call.consult) == bool(legs.known["asks"])
    assert not call.legs or follow(call, closing(call, call.at + 1))[0].is_settled


def test_an_e_mail_without_addresses_is_not_told() -> None:
    assert Legs(None, 0, Media.EMAIL).open(Party.CUSTOMER) == ""


@pytest.mark.parametrize("state", ["failed", "canceled"])
def test_a_transfer_may_end_otherwise_than_it_went(state: str) -> None:
    legs = Legs(None, 0)
    caller, agent = legs.open(Party.CUSTOMER), legs.open(Party.AGENT, agent="1001")
    move = legs.transfer(agent, caller, queue="q1")
    legs.land(move, legs.open(Party.QUEUE, queue="q1"))
    legs.settle(move, state)
    legs.settle(move)

    assert [step.said["state"] for step in legs.steps if step.act == "end"] == [state]


def test_a_transfer_to_somebody_who_does_not_answer_has_failed() -> None:
    legs = Legs(None, 0)
    caller, agent = legs.open(Party.CUSTOMER), legs.open(Party.AGENT, agent="1001")
    move, asked = legs.transfer(agent, caller, agent="1002"), legs.open(Party.AGENT, agent="1002", alerting=True)
    legs.land(move, asked)
    legs.close(asked, How.SYSTEM)

    assert [step.said["state"] for step in legs.steps if step.act == "end"] == ["failed"]


@pytest.mark.parametrize(("leaves", "state"), [("A1", "completed"), ("A2", "canceled"), ("X", "completed")])
def test_an_attended_transfer_ends_as_one_of_the_two_leaves(leaves: str, state: str) -> None:
    legs = Legs(None, 0)
    caller, agent = legs.open(Party.CUSTOMER), legs.open(Party.AGENT, agent="1001")
    move = legs.transfer(agent, caller, attended=True, agent="1002")
    asked = legs.open(Party.AGENT, agent="1002", alerting=True)
    legs.land(move, asked)
    legs.answer(asked)
    assert legs.move() == move
    legs.close(leaves, How.SELF)

    assert [step.said["state"] for step in legs.steps if step.act == "end"] == [state]
    assert legs.is_broken(move) == (state == "canceled")


def test_after_work_is_told_once() -> None:
    legs = Legs(None, 0)
    legs.open(Party.CUSTOMER)
    agent = legs.open(Party.AGENT, agent="1001")
    legs.dispose(agent, code="too early")
    legs.close(agent, How.SELF)
    legs.dispose(agent, code="sold")
    legs.dispose(agent, code="again")

    assert [step.said for step in legs.steps if step.act == "dispose"] == [{"code": "sold"}]
