from __future__ import annotations

import pytest

from reconciler.model.change import Change, FieldChange, Op, Plan
from reconciler.model.resource import Ref
from reconciler.plan.guard import billable, unpaid
from reconciler.plan.show import costly, lines, markdown

GIVEN = FieldChange(("roles", "r1:d1"), None, "Supervisor in Tokyo")
LOST = FieldChange(("roles", "r1:d1"), "Supervisor in Tokyo", None)
RENAMED = FieldChange(("name",), "Taro", "Jiro")


def user(op: Op, *fields: FieldChange, key: str = "a1", name: str = "山田 太郎") -> Change:
    return Change(op, Ref("user", key), name, fields)


def test_a_role_given_back_makes_a_user_billable() -> None:
    assert billable([user(Op.RESTORE, RENAMED, GIVEN)]) == ("a1",)


@pytest.mark.parametrize(
    "change",
    [
        user(Op.CREATE, FieldChange(("name",), None, "Taro")),
        user(Op.UPDATE, RENAMED),
        user(Op.RESTORE, RENAMED),
        user(Op.DELETE, LOST),
        user(Op.DEACTIVATE, LOST),
        Change(Op.UPDATE, Ref("queue", "q1"), "Q", (FieldChange(("members", "a1"), before=False, after=True),)),
    ],
    ids=lambda change: change.op.value,
)
def test_nothing_but_a_role_does(change: Change) -> None:
    assert billable([change]) == ()


def test_users_are_named_once_in_order() -> None:
    changes = [user(Op.RESTORE, GIVEN, GIVEN, key=key) for key in ("b", "a", "b")]

    assert billable(changes) == ("a", "b")


def test_everybody_is_allowed_without_a_list() -> None:
    assert unpaid(["a1"], None) == []


def test_a_list_allows_those_it_names() -> None:
    assert unpaid(["a1", "a2"], frozenset({"a1", "a2", "a3"})) == []


def test_an_empty_list_allows_nobody() -> None:
    refused = unpaid(["a1"], frozenset())

    assert [one.what for one in refused] == ["1 user would become billable that billing.allow does not name: a1"]


def test_a_refusal_names_the_first_of_many() -> None:
    refused = unpaid([f"a{number:02}" for number in range(20)], frozenset({"a00"}))

    assert refused[0].what.startswith("19 users would become billable")
    assert refused[0].what.endswith("a08 and 11 more")


def test_every_text_says_who_becomes_billable() -> None:
    plan = Plan((user(Op.RESTORE, GIVEN),), billable=("a1",))

    assert costly(plan) == "Billable: 1 user becomes billable by the roles given back: 山田 太郎."
    assert any("1 user becomes billable" in line.text for line in lines(plan))
    assert "**Billable:** 1 user becomes billable" in markdown(plan)
