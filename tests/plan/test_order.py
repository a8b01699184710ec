"""Who waits for whom, and in which order a plan stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan.states import change, needs, told

from reconciler.errors import InputError
from reconciler.kinds import REGISTRY
from reconciler.model.change import Change, Op
from reconciler.model.resource import Ref
from reconciler.plan.order import order, waves


def ordered(*changes: Change, **more: Any) -> list[Change]:
    return order(REGISTRY, changes, **more)


CENTRE = (
    change(Op.UPDATE, "queue/q", ("members.ann", False, True), ("members.bob", False, True), part="members"),
    change(Op.CREATE, "queue/q", ("name", "", "Q"), ("division", "home", "tokyo"), ("wrapup_codes.sale", False, True)),
    change(
        Op.CREATE,
        "user/ann",
        ("division", "home", "tokyo"),
        ("manager", "", "bob"),
        ("skills.s", None, 0),
        ("languages.ja", None, 5),
    ),
    change(Op.RESTORE, "user/bob"),
    change(Op.CREATE, "skill/s", ("name", "", "S"), ("division", "*", "tokyo")),
    change(Op.REPLACE, "language/ja", ("name", "Old", "New")),
    change(Op.CREATE, "wrapup_code/sale", ("name", "", "Sale")),
    change(Op.RENAME, "division/tokyo", ("name", "Tokyo", "東京")),
    change(Op.UPDATE, "user/eve", ("division", "osaka", "nagoya"), ("skills.old", 1.0, None)),
    change(Op.DELETE, "skill/old"),
)


def test_a_change_waits_for_what_its_new_values_name() -> None:
    found = ordered(*CENTRE)

    assert needs(found) == {
        "skill/s": ["division/tokyo"],
        "user/ann": ["division/tokyo", "language/ja", "skill/s", "user/bob"],
        "queue/q": ["division/tokyo", "wrapup_code/sale"],
        "queue/q#members": ["queue/q", "user/ann", "user/bob"],
    }


def test_a_plan_stands_in_waves_of_kinds_with_removals_last() -> None:
    assert [one.id for one in ordered(*CENTRE)] == [
        "division/tokyo",
        "wrapup_code/sale",
        "user/bob",
        "user/eve",
        "skill/old",
        "language/ja",
        "skill/s",
        "queue/q",
        "user/ann",
        "queue/q#members",
    ]


def test_a_removal_waits_for_those_that_let_go() -> None:
    found = ordered(*CENTRE, drops={Ref("skill", "old"): ["user/eve"]})

    assert needs(found)["skill/old"] == ["user/eve"]
    assert [one.id for one in found].index("skill/old") > [one.id for one in found].index("user/eve")


def test_only_what_goes_waits_for_those_that_let_go() -> None:
    update = change(Op.UPDATE, "skill/s", ("division", "*", "a"))

    assert needs(ordered(update, change(Op.UPDATE, "user/eve"), drops={Ref("skill", "s"): ["user/eve"]})) == {}


def test_a_name_is_taken_over_after_it_was_given_up() -> None:
    found = ordered(change(Op.CREATE, "queue/a"), change(Op.RENAME, "queue/b"), frees={"queue/a": ["queue/b"]})

    assert [one.id for one in found] == ["queue/b", "queue/a"]


def test_nobody_waits_for_an_object_that_only_changes() -> None:
    found = ordered(change(Op.UPDATE, "user/bob", ("title", "", "x")), change(Op.UPDATE, "user/ann", ("manager", "", "bob")))

    assert needs(found) == {}


def test_nobody_waits_for_the_second_part_of_an_object() -> None:
    part = change(Op.UPDATE, "queue/q", ("members.ann", False, True), part="members")

    assert needs(ordered(part)) == {}


def test_an_object_does_not_wait_for_itself() -> None:
    assert needs(ordered(change(Op.CREATE, "user/ann", ("manager", "", "ann")))) == {}


def test_those_who_need_each_other_are_named() -> None:
    ring = [change(Op.CREATE, f"user/{one}", ("manager", "", other)) for one, other in ("ab", "bc", "ca")]

    with pytest.raises(InputError, match=r"these objects need each other: user/\w → user/\w → user/\w → user/\w; break the ring"):
        ordered(*ring)


def test_a_plan_of_nothing_has_no_waves() -> None:
    assert ordered() == []
    assert waves([], REGISTRY) == []


# ── any plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = st.sampled_from([f"k{number}" for number in range(5)])


@st.composite
def plans(draw: st.DrawFn) -> list[Change]:
    """Changes whose managers lead from a greater key to a smaller one, so that there is no ring."""
    found: dict[str, Change] = {}
    for kind in ("division", "skill", "wrapup_code", "user", "queue"):
        for key in draw(st.sets(KEYS, max_size=4)):
            op = draw(st.sampled_from([Op.CREATE, Op.CREATE, Op.UPDATE, Op.RESTORE, Op.DELETE]))
            fields: list[tuple[str, Any, Any]] = []
            if kind in {"user", "queue", "skill"} and draw(st.booleans()):
                fields.append(("division", "home", draw(KEYS)))
            if kind == "user":
                fields += [
                    (f"skills.{one}", None, draw(st.sampled_from([0, 1.0, None]))) for one in draw(st.sets(KEYS, max_size=2))
                ]
                boss = draw(KEYS)
                fields += [("manager", "", boss)] if boss < key else []
            if kind == "queue":
                fields += [(f"wrapup_codes.{one}", False, True) for one in draw(st.sets(KEYS, max_size=2))]
                members = [(f"members.{one}", False, True) for one in draw(st.sets(KEYS, max_size=3))]
                found[f"{kind}/{key}#members"] = change(Op.UPDATE, f"{kind}/{key}", *members, part="members")
            found[f"{kind}/{key}"] = change(op, f"{kind}/{key}", *fields)
    return list(found.values())


@given(plans())
def test_everything_needed_stands_before(changes: list[Change]) -> None:
    found = ordered(*changes)

    place = {one.id: number for number, one in enumerate(found)}
    assert all(place[need] < place[one.id] for one in found for need in one.needs)


@given(plans())
def test_ordering_loses_nothing(changes: list[Change]) -> None:
    assert sorted(told(ordered(*changes))) == sorted(told(changes))


@given(plans(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_changes_come(changes: list[Change], random: Any) -> None:
    first = ordered(*changes)
    random.shuffle(changes)

    assert ordered(*changes) == first


@given(plans())
def test_who_is_in_a_wave_needs_nobody_in_it(changes: list[Change]) -> None:
    for wave in waves(ordered(*changes), REGISTRY):
        ids = {one.id for one in wave}
        assert not any(ids & set(one.needs) for one in wave)


@given(plans())
def test_needs_name_changes_of_the_plan_alone(changes: list[Change]) -> None:
    ids = {one.id for one in changes}

    assert all(set(one.needs) <= ids - {one.id} for one in ordered(*changes))
