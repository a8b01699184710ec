"""Native states of any shape become legal pairs, by one table."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Agent, Contact, Standing
from reconciler.runners.pairs import ON_QUEUE, ROUTING, SYSTEM, TABLE, Pair, Pairs, Word, is_legal, reasons, word

UNMAPPED = Pair("system_presence/Away", "OffQueue")
BUSY, LUNCH = Pair("system_presence/Busy", "OffQueue"), "secondary_status/lunch"
ON_IDLE = Pair(ON_QUEUE, "Idle")
PAIRS = Pairs(TABLE, {"lunch": LUNCH, "campaign": ON_QUEUE}, UNMAPPED)
OFF, READY, NOT_READY, GONE, UNKNOWN = Standing.OFF, Standing.READY, Standing.NOT_READY, Standing.GONE, Standing.UNKNOWN
ROUTED, AFTER, OWN, OFFERED, REFUSED = (
    Contact.ROUTED, Contact.AFTER_WORK, Contact.OWN, Contact.OFFERED, Contact.REFUSED,
)  # fmt: skip

agents = st.builds(
    Agent,
    st.sampled_from(Standing),
    st.sampled_from(("", "lunch", "campaign", "nobody knows")),
    st.lists(st.sampled_from(Contact), max_size=4).map(tuple),
    st.sampled_from(("", "AUX_9")),
    st.sampled_from(("", "lunch")),
)


@pytest.mark.parametrize(
    ("agent", "presence", "routing"),
    [
        (Agent(OFF), "Offline", "OffQueue"),
        (Agent(GONE), "Offline", "OffQueue"),
        (Agent(READY), "OnQueue", "Idle"),
        (Agent(READY, contacts=(OFFERED,)), "OnQueue", "Idle"),
        (Agent(READY, contacts=(REFUSED,)), "OnQueue", "NotResponding"),
        (Agent(READY, contacts=(ROUTED,)), "OnQueue", "Interacting"),
        (Agent(READY, contacts=(AFTER,)), "OnQueue", "Interacting"),
        (Agent(READY, contacts=(OWN,)), "OnQueue", "Communicating"),
        (Agent(NOT_READY), "Busy", "OffQueue"),
        (Agent(NOT_READY, "lunch"), "lunch", "OffQueue"),
        (Agent(NOT_READY, "lunch", (OWN,)), "lunch", "OffQueue"),
        (Agent(NOT_READY, "lunch", (ROUTED,)), "OnQueue", "Interacting"),
        (Agent(NOT_READY, "lunch", (AFTER,)), "OnQueue", "Interacting"),
        (Agent(NOT_READY, "lunch", (OFFERED,)), "lunch", "OffQueue"),
        (Agent(NOT_READY, "lunch", (REFUSED,)), "lunch", "OffQueue"),
        (Agent(OFF, contacts=(OWN,)), "Offline", "OffQueue"),
        (Agent(OFF, contacts=(ROUTED,)), "OnQueue", "Interacting"),
        (Agent(UNKNOWN, contacts=(ROUTED,), native="AUX_9"), "OnQueue", "Interacting"),
    ],
)
def test_a_state_is_shown_by_the_table(agent: Agent, presence: str, routing: str) -> None:
    pair, unmapped = PAIRS.of(agent)

    assert (pair.presence.partition("/")[2], pair.routing_status, unmapped) == (presence, routing, "")


@pytest.mark.parametrize(
    ("strong", "weak"), [(ROUTED, AFTER), (AFTER, OWN), (OWN, OFFERED), (OFFERED, REFUSED), (ROUTED, REFUSED)]
)
def test_of_several_contacts_the_strongest_wins(strong: Contact, weak: Contact) -> None:
    both = [Agent(READY, contacts=contacts) for contacts in permutations((strong, weak, weak))]

    assert {word(one) for one in both} == {word(Agent(READY, contacts=(strong,)))}


@given(agents, st.text(max_size=3))
def test_what_is_pending_changes_nothing(agent: Agent, pending: str) -> None:
    assert PAIRS.of(agent._replace(pending=pending)) == PAIRS.of(agent)


@given(agents, st.randoms(use_true_random=False))
def test_the_order_of_contacts_changes_nothing(agent: Agent, random: object) -> None:
    contacts = list(agent.contacts)
    random.shuffle(contacts)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert PAIRS.of(agent._replace(contacts=tuple(contacts))) == PAIRS.of(agent)


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        (Agent(UNKNOWN, native="AUX_9"), "state AUX_9"),
        (Agent(UNKNOWN, native="AUX_9", contacts=(OFFERED,)), "state AUX_9"),
        (Agent(NOT_READY, "siesta"), "reason siesta"),
        (Agent(NOT_READY, "siesta", (OWN,)), "reason siesta"),
    ],
)
def test_what_no_table_knows_is_named_and_sent_as_the_mapping_says(agent: Agent, named: str) -> None:
    assert PAIRS.of(agent) == (UNMAPPED, named)


def test_what_was_said_once_is_said_again() -> None:
    pairs = Pairs(TABLE, {}, UNMAPPED)

    assert [pairs.of(Agent(NOT_READY, "siesta")) for _ in range(2)] == [(UNMAPPED, "reason siesta")] * 2


def test_more_states_than_are_remembered_are_still_understood() -> None:
    pairs = Pairs(TABLE, {}, UNMAPPED)

    found = {pairs.of(Agent(UNKNOWN, native=f"AUX_{number}"))[1] for number in range(10_050)}

    assert len(found) == 10_050


@pytest.mark.parametrize("state", Word)
def test_the_default_table_is_legal(state: Word) -> None:
    assert is_legal(TABLE[state])


@pytest.mark.parametrize("presence", SYSTEM)
@pytest.mark.parametrize("routing", ROUTING)
def test_off_queue_goes_with_every_presence_but_on_queue(presence: str, routing: str) -> None:
    legal = routing != "OffQueue" if presence == "OnQueue" else routing in {"OffQueue", "Communicating"}

    assert is_legal(Pair(f"system_presence/{presence}", routing)) is legal


legal_pairs = st.builds(
    Pair, st.sampled_from([f"system_presence/{name}" for name in SYSTEM] + [LUNCH]), st.sampled_from(ROUTING)
).filter(is_legal)


resting = st.builds(Agent, st.just(NOT_READY), st.sampled_from(("", "lunch", "campaign")), st.sampled_from(((), (OWN,))))


@given(st.dictionaries(st.sampled_from(Word), legal_pairs), legal_pairs, agents | resting)
def test_every_pair_is_legal_whatever_the_user_s_table_says(own: dict[Word, Pair], unmapped: Pair, agent: Agent) -> None:
    pairs = Pairs({**TABLE, **own}, {"lunch": LUNCH, "campaign": ON_QUEUE}, unmapped)

    assert is_legal(pairs.of(agent)[0])


@pytest.mark.parametrize(
    ("agent", "own", "pair"),
    [
        (Agent(NOT_READY, "campaign"), {}, ON_IDLE),
        (Agent(NOT_READY, "campaign", (OWN,)), {Word.NOT_READY_OWN_CALL: BUSY._replace(routing_status="Communicating")},
         Pair(ON_QUEUE, "Communicating")),
        (Agent(NOT_READY, "lunch", (OWN,)), {Word.NOT_READY_OWN_CALL: BUSY._replace(routing_status="Communicating")},
         Pair(LUNCH, "Communicating")),
        (Agent(NOT_READY, "lunch"), {Word.NOT_READY: ON_IDLE}, Pair(LUNCH, "OffQueue")),
        (Agent(NOT_READY), {Word.NOT_READY: ON_IDLE}, ON_IDLE),
    ],
)  # fmt: skip
def test_the_presence_of_a_reason_brings_a_routing_status_that_goes_with_it(
    agent: Agent, own: dict[Word, Pair], pair: Pair
) -> None:
    pairs = Pairs({**TABLE, **own}, {"lunch": LUNCH, "campaign": ON_QUEUE}, UNMAPPED)

    assert pairs.of(agent) == (pair, "")


def test_a_pair_is_said_in_words() -> None:
    assert str(Pair(LUNCH, "OffQueue")) == "lunch and OffQueue"


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statuses", "bound", "plain", "system", "presence"),
    [
        ({}, (), {}, {"n1": "Meal"}, "system_presence/Meal"),
        ({}, (), {"n1": "Break"}, {"n1": "Meal"}, "system_presence/Break"),
        ({}, ("n1",), {"n1": "Break"}, {"n1": "Meal"}, "secondary_status/n1"),
        ({"n1": ("lunch", "Meal")}, ("n1", "lunch"), {"n1": "Break"}, {}, "secondary_status/lunch"),
        ({"n1": ("lunch", "Meal")}, (), {"n1": "Break"}, {}, "system_presence/Meal"),
        ({"n1": ("lunch", "Meal")}, ("n1",), {}, {}, "system_presence/Meal"),
        ({}, (), {}, {}, None),
    ],
)
def test_a_reason_means_the_strongest_of_what_is_said_of_it(
    statuses: dict[str, tuple[str, str]],
    bound: tuple[str, ...],
    plain: dict[str, str],
    system: dict[str, str],
    presence: str | None,
) -> None:
    assert reasons(statuses, bound, plain, system).get("n1") == presence
