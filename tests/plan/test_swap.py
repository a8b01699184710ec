"""Names that change hands in a ring: who steps aside, and who is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan.states import bound, desired, needs, snapshot, there, told, wish

from reconciler.errors import InputError
from reconciler.kinds import REGISTRY
from reconciler.model.change import Plan
from reconciler.model.resource import Snapshot, State
from reconciler.plan.make import Terms, make
from reconciler.plan.show import counts
from reconciler.plan.swap import rings


def planned(state: State, live: Snapshot) -> Plan:
    return make(REGISTRY, state, live, bound(*live.live.values()), Terms())


def named(kind: str, **names: str) -> Snapshot:
    return snapshot(*(there(f"{kind}/{key}", name=name) for key, name in names.items()))


def wished(kind: str, **names: str) -> State:
    return desired(*(wish(f"{kind}/{key}", name=name) for key, name in names.items()))


def test_of_queues_that_exchange_their_names_one_steps_aside_first() -> None:
    plan = planned(wished("queue", a="Two", b="One"), named("queue", a="One", b="Two"))

    assert told(plan.changes) == [
        "rename queue/a#aside name:'One'→'One (moving)'",
        "rename queue/b name:'Two'→'One'",
        "rename queue/a name:'One (moving)'→'Two'",
    ]
    assert needs(plan.changes) == {"queue/b": ["queue/a#aside"], "queue/a": ["queue/a#aside", "queue/b"]}
    assert plan.changes[0].reason == "makes room for queue/b, which takes its name over before the next one is free"
    assert plan.predicted == 6
    assert counts(plan)["to rename"] == 2


def test_a_longer_ring_needs_one_step_as_well() -> None:
    plan = planned(wished("queue", a="Two", b="Three", c="One"), named("queue", a="One", b="Two", c="Three"))

    assert [one.id for one in plan.changes] == ["queue/a#aside", "queue/c", "queue/b", "queue/a"]


def test_the_name_for_the_moment_is_nobodys() -> None:
    live = named("queue", a="One", b="Two", c="one (moving)", d="One (Moving)+")

    plan = planned(wished("queue", a="Two", b="One"), live)

    assert plan.changes[0].fields[0].after == "One (moving)++"


def test_what_else_changes_is_written_once() -> None:
    state = desired(wish("queue/a", name="Two", description="x"), wish("queue/b", name="One"))

    plan = planned(state, named("queue", a="One", b="Two"))

    assert [[one.path[0] for one in change.fields] for change in plan.changes] == [["name"], ["name"], ["name", "description"]]


def test_names_that_move_on_in_a_row_need_no_step() -> None:
    plan = planned(wished("queue", a="Two", b="Three"), named("queue", a="One", b="Two"))

    assert [one.id for one in plan.changes] == ["queue/b", "queue/a"]


def test_addresses_that_are_exchanged_are_refused_with_what_to_do() -> None:
    live = snapshot(*(there(f"user/{key}", name=key, email=f"{key}@x.jp") for key in "ab"))
    state = desired(wish("user/a", email="B@x.jp"), wish("user/b", email="a@x.jp"))

    with pytest.raises(InputError) as caught:
        planned(state, live)

    assert str(caught.value) == (
        "m.yaml:1 user/a: 2 objects exchange their e-mail addresses (user/a: 'a@x.jp' → 'B@x.jp', user/b: 'b@x.jp' → 'a@x.jp'),"
        " and Genesys Cloud lets no two have the same at any time;"
        " give user/a an address that nobody has, apply, then write the one it shall have and apply again"
    )


@pytest.mark.parametrize("kind", ["division", "skill", "wrapup_code", "presence_source", "external_source"])
def test_what_is_known_by_its_name_alone_does_not_step_aside(kind: str) -> None:
    with pytest.raises(InputError, match=f"{kind}/a: 2 objects exchange their names .*; give {kind}/a a name that nobody has"):
        planned(wished(kind, a="Two", b="One"), named(kind, a="One", b="Two"))


def test_every_ring_is_told() -> None:
    live = named("division", a="1", b="2", c="3", d="4", e="5")
    state = wished("division", a="2", b="1", c="4", d="5", e="3")

    with pytest.raises(InputError) as caught:
        planned(state, live)

    assert [(one.subject, one.what.partition(" (")[0]) for one in caught.value.problems] == [
        ("division/a", "2 objects exchange their names"),
        ("division/c", "3 objects exchange their names"),
    ]


@given(st.permutations(range(7)))
def test_carried_out_in_order_no_two_ever_have_the_same_name(after: list[int]) -> None:
    names = {f"queue/{key}": f"Name {key}" for key in range(7)}
    live = snapshot(*(there(ref, name=name) for ref, name in names.items()))
    state = desired(*(wish(f"queue/{key}", name=f"Name {new}") for key, new in enumerate(after)))

    for change in planned(state, live).changes:
        names[str(change.ref)] = change.fields[0].after
        assert len(set(names.values())) == len(names)

    assert names == {f"queue/{key}": f"Name {new}" for key, new in enumerate(after)}


def test_rings_are_found_behind_their_tails() -> None:
    assert rings({"a": ["c"], "b": ["c"], "c": ["d"], "d": ["c"], "e": ["f"]}) == [["c", "d"]]
