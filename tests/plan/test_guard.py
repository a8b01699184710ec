"""Too much: limits, shares, emptied kinds, and the words that override them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan.states import change, snapshot, there

from reconciler.model.change import Change, Op, Refusal
from reconciler.model.resource import UNKNOWN, Snapshot
from reconciler.plan.guard import Limits, guard, population, removals


def users(count: int) -> Snapshot:
    return snapshot(*(there(f"user/u{number}") for number in range(count)))


def gone(count: int, kind: str = "user", op: Op = Op.DELETE) -> list[Change]:
    return [change(op, f"{kind}/u{number}") for number in range(count)]


def names(refused: list[Refusal]) -> list[str]:
    return [one.guard for one in refused]


@pytest.mark.parametrize(
    ("count", "of", "limits", "expected"),
    [
        (0, 0, Limits(), []),
        (0, 100, Limits(allowed=5), []),
        (10, 100, Limits(), []),
        (11, 100, Limits(), ["percent"]),
        (25, 1000, Limits(), []),
        (26, 1000, Limits(), ["limit"]),
        (26, 100, Limits(), ["limit", "percent"]),
        (1, 9, Limits(), ["percent"]),
        (1, 10, Limits(), []),
        (1, 1, Limits(), ["empty", "percent"]),
        (1, 1, Limits(percent=100), ["empty"]),
        (100, 100, Limits(), ["empty", "limit", "percent"]),
        (100, 100, Limits(empty=frozenset({"user"})), ["limit", "percent"]),
        (100, 100, Limits(empty=frozenset({"skill"})), ["empty", "limit", "percent"]),
        (100, 100, Limits(allowed=100), ["empty"]),
        (100, 100, Limits(allowed=100, empty=frozenset({"user"})), []),
        (30, 1000, Limits(allowed=30), []),
        (30, 1000, Limits(allowed=29), ["number", "limit"]),
        (30, 1000, Limits(allowed=31), ["number", "limit"]),
        (3, 1000, Limits(allowed=4), ["number"]),
        (3, 1000, Limits(allowed=0), ["number"]),
        (1, 1000, Limits(removals=0), ["limit"]),
        (1, 1000, Limits(percent=0), ["percent"]),
        (3, 0, Limits(), ["percent"]),
    ],
)
def test_what_is_refused(count: int, of: int, limits: Limits, expected: list[str]) -> None:
    assert names(guard(gone(count), users(of), limits)) == expected


@pytest.mark.parametrize("op", list(Op))
def test_only_removals_count(op: Op) -> None:
    assert removals(gone(3, op=op)) == ({"user": 3} if op.removes else {})


def test_the_words_of_a_refusal_override_it() -> None:
    assert guard(gone(30), users(30), Limits()) == [
        Refusal("empty", "would remove every user we have: 30 of 30", "--allow-empty user"),
        Refusal("limit", "30 removals of user, at most 25 are allowed", "--allow-removals 30"),
        Refusal("percent", "30 of 30 user objects would go (100 %), allowed are 10 %", "--allow-removals 30"),
    ]


def test_many_kinds_have_one_limit_together() -> None:
    live = snapshot(*(there(f"{kind}/u{number}") for kind in ("user", "skill") for number in range(1000)))
    found = guard([*gone(20), *gone(20, "skill")], live, Limits())

    assert found == [Refusal("limit", "40 removals in all, at most 25 are allowed", "--allow-removals 40")]


def test_members_of_all_queues_count_as_one_kind() -> None:
    live = snapshot(there("queue/q", members=frozenset("abcdefghij")), there("queue/r", members=frozenset("abcdefghij")))
    out: list[tuple[str, Any, Any]] = [("members.a", True, False), ("members.b", True, False), ("members.z", False, True)]
    changes = [change(Op.UPDATE, "queue/q", *out), change(Op.UPDATE, "queue/r", *out[:1])]

    assert removals(changes) == {"member": 3}
    assert population(live) == {"queue": 2, "member": 20}
    assert names(guard(changes, live, Limits())) == ["percent"]
    assert names(guard(changes, live, Limits(percent=15))) == []


def test_emptied_queues_are_named_as_such() -> None:
    live = snapshot(there("queue/q", members=frozenset("a")), there("queue/r", members=UNKNOWN))

    found = guard([change(Op.UPDATE, "queue/q", ("members.a", True, False))], live, Limits(percent=100))

    assert found == [Refusal("empty", "would remove every member we have: 1 of 1", "--allow-empty member")]


def test_skills_of_people_are_no_removals() -> None:
    assert removals([change(Op.UPDATE, "user/a", ("skills.x", 1.0, None), ("title", "x", ""))]) == {}


def test_the_old_half_of_a_replacement_is_counted_with_the_new_one() -> None:
    assert removals([change(Op.REPLACE, "skill/a"), change(Op.DELETE, "skill/~Old")]) == {"skill": 1}


@given(st.integers(0, 60), st.integers(1, 400), st.integers(0, 30), st.sampled_from([0, 5.0, 10.0, 100]))
def test_no_plan_gets_past_its_limits(count: int, of: int, most: int, percent: float) -> None:
    count = min(count, of)

    allowed = not guard(gone(count), users(of), Limits(most, percent))

    assert allowed == (count == 0 or (count <= most and 100 * count / of <= percent and count < of))


@given(st.integers(1, 40), st.integers(0, 40))
def test_only_the_exact_number_overrides(count: int, allowed: int) -> None:
    refused = guard(gone(count), users(1000), Limits(0, 0, allowed))

    assert bool(refused) == (allowed != count)
