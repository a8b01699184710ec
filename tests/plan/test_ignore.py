"""What ignore rules hide from a plan, and what they say about themselves."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds import REGISTRY
from reconciler.model.resource import Additive, Live, Ref, Resource, Snapshot, State
from reconciler.plan.ignore import Rule, Sieve, ignoring

USER = Ref("user", "a1")
EMPTY = {name: spec.empty for name, spec in REGISTRY["user"].fields.items()} | {"name": "Taro", "email": "t@x.jp"}


def rule(*fields: str, **more: str) -> Rule:
    return Rule("user", fields, "payroll owns it", **more)


def left(rules: list[Rule], want: dict[str, Any], have: dict[str, Any], *, today: str = "2026-11-22", **live: Any) -> Any:
    """The wanted fields after the rules, and what the rules say."""
    sieve = Sieve(rules, today)
    desired = State({USER: Resource(USER, want)}, "digest")
    there = Snapshot({USER: Live(USER, "id", "Taro", {**EMPTY, **have}, **live)}, {}, {})
    return ignoring(REGISTRY, desired, there, sieve).resources[USER].fields, sieve.warnings()


def test_a_hidden_field_stays_as_it_is() -> None:
    fields, said = left([rule("title")], {"title": "Agent", "department": "Sales"}, {"title": "Boss"})

    assert fields == {"title": "Boss", "department": "Sales"}
    assert said == ["ignored 1 difference of 1 object by the rule for user title: payroll owns it"]


@pytest.mark.parametrize("pattern", ["skills", "skills.*", "skills.b*", "sk*", "*"])
def test_a_pattern_covers_what_is_below_it(pattern: str) -> None:
    fields, _ = left([rule(pattern)], {"skills": {"billing": 4.0}}, {"skills": {"billing": 2.0}})

    assert fields == {"skills": {"billing": 2.0}}


def test_only_the_named_part_of_a_collection_is_hidden() -> None:
    want, have = {"skills": {"billing": 4.0, "returns": 1.0}}, {"skills": {"billing": 2.0, "sales": 3.0}}

    fields, said = left([rule("skills.billing", "skills.sales")], want, have)

    assert fields == {"skills": {"billing": 2.0, "returns": 1.0, "sales": 3.0}}
    assert said == [
        "ignored 2 differences of 1 object by the rule for user skills.billing, skills.sales: payroll owns it",
    ]


def test_what_is_only_added_to_can_be_hidden_too() -> None:
    fields, _ = left([rule("skills.billing")], {"skills": Additive({"billing": 4.0, "sales": 1.0})}, {"skills": {"old": 1.0}})

    assert fields == {"skills": {"old": 1.0, "sales": 1.0}}


@pytest.mark.parametrize(
    ("more", "hidden"),
    [
        ({"key": "a*"}, True),
        ({"key": "b*"}, False),
        ({"name": "Ta*"}, True),
        ({"name": "Ji*"}, False),
        ({"key": "a1", "name": "Jiro"}, False),
    ],
)
def test_selectors_are_patterns_of_key_and_name(more: dict[str, str], hidden: bool) -> None:
    fields, _ = left([rule("title", **more)], {"title": "Agent"}, {"title": "Boss"})

    assert (fields == {"title": "Boss"}) is hidden


@pytest.mark.parametrize(("today", "hidden"), [("2026-11-22", True), ("2026-11-23", False)])
def test_a_rule_holds_through_its_last_day(today: str, hidden: bool) -> None:
    fields, said = left([rule("title", until="2026-11-22")], {"title": "Agent"}, {"title": "Boss"}, today=today)

    assert (fields == {"title": "Boss"}) is hidden
    assert any("held until 2026-11-22: its differences count again" in one for one in said) is not hidden


def test_a_rule_that_fits_nothing_says_so() -> None:
    _, said = left([rule("titel")], {"title": "Agent"}, {"title": "Boss"})

    assert said == ["the ignore rule for user titel fits nothing that a manifest manages: mend or remove it"]


def test_a_rule_that_fits_and_hides_nothing_is_quiet() -> None:
    assert left([rule("title")], {"title": "Agent"}, {"title": "Agent"})[1] == []


def test_the_first_rule_that_covers_a_difference_counts_it() -> None:
    _, said = left([rule("title"), rule("*", name="T*")], {"title": "Agent"}, {"title": "Boss"})

    assert said == ["ignored 1 difference of 1 object by the rule for user title: payroll owns it"]


@pytest.mark.parametrize("standing", ["inactive", "deleted"])
def test_somebody_who_comes_back_comes_back_as_described(standing: str) -> None:
    assert left([rule("title")], {"title": "Agent"}, {}, standing=standing)[0] == {"title": "Agent"}


@pytest.mark.parametrize(
    ("pattern", "wished", "is_left"),
    [("active", {"active": True}, True), ("*", {"active": True}, True), ("*", {}, True), ("link", {"active": True}, False)],
)
def test_a_source_may_be_left_inactive(pattern: str, wished: dict[str, Any], is_left: bool) -> None:
    ref = Ref("external_source", "s")
    there = Live(ref, "id", "S", {"name": "S", "active": False, "link": ""}, "inactive")
    sieve = Sieve([Rule("external_source", (pattern,), "sales switches it")])
    resource = Resource(ref, {"name": "S", "link": "", **wished})

    fields = ignoring(REGISTRY, State({ref: resource}), Snapshot({ref: there}, {}, {}), sieve).resources[ref].fields

    assert (fields.get("active") is False) is is_left
    assert ["ignored 1 difference of 1 object" in line for line in sieve.warnings()] == [True] * is_left


def test_values_that_count_as_the_same_are_no_difference() -> None:
    assert left([rule("email")], {"email": "T@X.jp"}, {}) == ({"email": "T@X.jp"}, [])
