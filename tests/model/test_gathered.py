"""Answers about one object, put together."""

from typing import Any

import pytest

from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place

A, B = Place("a.json"), Place("b.json")


def told(first: dict[str, Any], second: dict[str, Any], stamps: tuple[str, str] = ("", "")) -> Any:
    gathered = Gathered()
    gathered.add("user", "u1", first, A, stamps[0])
    gathered.add("user", "u1", second, B, stamps[1])
    return gathered.all("user")["u1"].fields, [str(problem) for problem in gathered.problems]


def test_answers_about_one_object_are_merged() -> None:
    assert told({"name": "Ann", "email": None}, {"name": "Ann", "email": "a@example.com"}) == (
        {"name": "Ann", "email": "a@example.com"},
        [],
    )


def test_answers_that_disagree_are_a_problem_with_both_places() -> None:
    _, problems = told({"name": "Ann"}, {"name": "Bob"})

    assert problems == ["b.json user/u1: name is 'Bob' here and 'Ann' in a.json; keep the newer of the two answers"]


@pytest.mark.parametrize(("stamps", "name"), [(("1", "2"), "Bob"), (("2", "1"), "Ann")])
def test_the_newer_of_two_dated_answers_counts(stamps: tuple[str, str], name: str) -> None:
    assert told({"name": "Ann"}, {"name": "Bob"}, stamps) == ({"name": name}, [])


def test_an_older_answer_adds_what_the_newer_does_not_say() -> None:
    assert told({"name": "Ann"}, {"email": "a@example.com"}, ("2", "1"))[0] == {"name": "Ann", "email": "a@example.com"}


def test_answers_of_the_same_time_may_not_disagree() -> None:
    assert len(told({"name": "Ann"}, {"name": "Bob"}, ("1", "1"))[1]) == 1


def test_a_long_value_is_shortened_in_messages() -> None:
    assert "x" * 80 not in told({"name": "x" * 99}, {"name": "Bob"})[1][0]


def test_what_has_no_counterpart_is_counted() -> None:
    gathered = Gathered()
    gathered.count("workflows")
    gathered.count("workflows")

    assert gathered.notes() == ("workflows (2): no counterpart in Genesys Cloud, not used",)
