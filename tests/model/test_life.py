"""The legs of one call: whatever is tried, what is said can happen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.interaction import How, Party
from reconciler.model.life import Life
from reconciler.runners.conversation import closing, follow
from reconciler.runners.conversation_legs import Conversation

LEGS = st.sampled_from(("X", "Q1", "A1", "A2", "P1", "T1", ""))
MOVES = st.sampled_from(("T1", "T2", ""))
GOALS = st.sampled_from(({"queue": "billing"}, {"agent": "1001"}, {"number": "+4930111"}))
OPENED = st.sampled_from(
    (
        (Party.CUSTOMER, {}),
        (Party.CUSTOMER, {}),
        (Party.CUSTOMER, {"inbound": False, "alerting": True}),
        (Party.AGENT, {"agent": "1001"}),
        (Party.AGENT, {"agent": "1001", "alerting": True}),
        (Party.QUEUE, {"queue": "billing"}),
        (Party.PHONE, {"number": "+4930111", "alerting": True}),
    )
)
TRIED = st.one_of(
    st.tuples(st.just("open"), OPENED),
    st.tuples(st.just("open"), OPENED),
    st.tuples(st.just("answer"), LEGS),
    st.tuples(st.just("hold"), LEGS, st.booleans()),
    st.tuples(st.just("close"), LEGS, st.sampled_from((How.SELF, How.PEER, How.SYSTEM, How.TRANSFER_CONFERENCE))),
    st.tuples(st.just("transfer"), LEGS, LEGS, GOALS),
    st.tuples(st.just("land"), MOVES, LEGS),
    st.tuples(st.just("settle"), MOVES),
    st.tuples(st.just("consult"), LEGS, LEGS, LEGS),
    st.tuples(st.just("recorded"), LEGS),
    st.tuples(st.just("finish"), st.just(How.PEER)),
    st.tuples(st.just("at"), st.integers(0, 9000)),
)


def attempt(life: Life, what: str, *words: Any) -> None:
    if what == "open":
        ((party, said),) = words
        if party is Party.CUSTOMER and "inbound" in said and not life.known["legs"]:
            return  # rows never say so of the first leg
        life.open(party, **said)
    elif what == "hold":
        life.hold(words[0], held=words[1])
    elif what == "transfer":
        life.transfer(*words[:2], **words[2])
    else:
        getattr(life, what)(*words)


@settings(max_examples=300, deadline=None)
@given(st.lists(TRIED, max_size=40))
def test_whatever_is_tried_what_is_said_can_happen(tried: list[tuple[Any, ...]]) -> None:
    life = Life(None, 1000)
    attempt(life, "open", (Party.CUSTOMER, {}))

    for one in tried:
        attempt(life, *one)
    call, _ = follow(Conversation(), life.steps)

    assert {name: str(leg.state) for name, leg in call.legs.items()} == {name: life.state(name) for name in life.known["legs"]}
    assert life.is_over == call.is_over
    assert follow(call, closing(call, call.at + 1))[0].is_settled


def test_a_call_that_is_over_opens_nothing() -> None:
    life = Life(None, 0)
    life.open(Party.CUSTOMER)
    life.finish(How.PEER)

    assert (life.open(Party.AGENT, agent="1001"), life.is_over) == ("", True)


@pytest.mark.parametrize("party", [Party.QUEUE, Party.PHONE, Party.FLOW])
def test_only_a_customer_or_an_agent_comes_first(party: Party) -> None:
    assert Life(None, 0).open(party) == ""


def test_a_transfer_lands_on_nobody_who_is_gone() -> None:
    life = Life(None, 0)
    caller, agent = life.open(Party.CUSTOMER), life.open(Party.AGENT, agent="1001")
    move, gone = life.transfer(agent, caller, queue="billing"), life.open(Party.QUEUE, queue="billing")
    life.close(gone, How.PEER)

    assert (life.land(move, gone), life.land(move, ""), life.move()) == (False, False, move)
