"""Expressions of TaskRouter: what its documentation defines is decided, what it leaves open is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sources.twilio.expression import LENGTH, Unclear, parse

HAS: dict[str, Any] = {
    "skills": ["support", "billing"],
    "levels": [1, 2.0, None],
    "routing": {"levels": {"billing": 4}},
    "teams": {"all": ["a", "b"]},
    "team": "A",
    "number": 5,
    "digit": "5",
    "flag": True,
    "営業": "東京",
}


@pytest.mark.parametrize(
    "text",
    [
        "1==1",
        "0 != 1",
        "skills HAS 'support'",
        'skills has "support" and flag == TRUE',
        "(team == 'B') OR (number >= 5 AND number <= 5)",
        "routing.levels.billing > 3.5",
        "teams.all[1] == 'b'",
        "team IN ['A', 'B']",
        "team NOT IN ['B']",
        "number IN [1, 5.0]",
        "levels HAS 2",
        "team CONTAINS 'A'",
        "team != 'B'",
        "営業 == '東京'",
        "team == 'A' OR gone != 'x'",
        "number < 3 AND number > 1 OR team == 'A'",
    ],
)
def test_what_is_defined_chooses(text: str) -> None:
    assert parse(text)(HAS) is True


@pytest.mark.parametrize(
    "text",
    [
        "1 == 2",
        "gone == 'x'",
        "gone > 3",
        "gone HAS 'x'",
        "gone IN ['x']",
        "gone CONTAINS 'x'",
        "team.deeper == 'A'",
        "teams.all[9] == 'a'",
        "teams.all[99999999999] == 'a'",
        "skills == 'support'",
        "skills != 'other'",
        "skills > 1",
        "skills CONTAINS 'support'",
        "team HAS 'A'",
        "team IN gone",
        "team IN digit",
        "team == 'B' AND gone != 'x'",
        "number == 'five'",
        "skills HAS 7",
    ],
)
def test_what_is_defined_leaves_out(text: str) -> None:
    assert parse(text)(HAS) is False


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gone != 'x'", "NULL != 'x' is not documented ('gone')"),
        ("gone NOT IN ['x']", "NULL NOT IN ['x'] is not documented"),
        ("gone == absent", "NULL == NULL is not documented ('gone' and 'absent')"),
        ("digit == 5", "'5' == 5.0 is not documented"),
        ("digit IN [5]", "is not documented"),
        ("flag == 'true'", "is not documented"),
        ("team < 'B'", "is not documented"),
        ("number CONTAINS 5", "is not documented"),
        ("teams == 'x'", "is not documented"),
        ("skills HAS ['support']", "is not documented"),
        ("number > 3 OR number == 1 AND team == 'B'", "AND and OR without parentheses"),
    ],
)
def test_what_is_left_open_is_said_of_the_worker(text: str, told: str) -> None:
    chooses = parse(text)

    with pytest.raises(Unclear) as raised:
        chooses(HAS)

    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it ends where a value is expected"),
        ("team", "compared with nothing"),
        ("team ==", "it ends where a value is expected"),
        ("team = 'A'", "\"= 'A'\" is nothing that TaskRouter's documentation"),
        ("my-team == 'A'", "is nothing that TaskRouter's documentation"),
        ("team == 'A", "is nothing that TaskRouter's documentation"),
        ("(team == 'A'", "not closed"),
        ("team == 'A')", "')' where AND or OR is expected"),
        ("team == 'A' team == 'B'", "'team' where AND or OR is expected"),
        ("NOT team == 'A'", "'NOT' where a value is expected"),
        ("team NOT 'A'", "compared with nothing"),
        ("team IN ['A'", "not closed"),
        ("team IN ['A' 'B']", "not closed"),
        ("team IN [other]", "something else than constants"),
        ("team == null", "NULL is no constant"),
        ("worker.sid == 'x'", "routing steps of workflows only"),
        ("task.type == 'x'", "routing steps of workflows only"),
        ("\"language\" == 'en'", "a key is written without quotes"),
        ("(" * 60 + "1==1", "deeper than 40"),
        ("1==1 " * LENGTH, "longer than"),
    ],
)
def test_what_is_no_expression_is_said(text: str, told: str) -> None:
    with pytest.raises(Unclear) as raised:
        parse(text)

    assert told in str(raised.value)


WORDS = st.sampled_from(
    [
        "team",
        "gone",
        "skills",
        "teams.all[0]",
        "'A'",
        "5",
        "true",
        "==",
        "!=",
        ">",
        "HAS",
        "IN",
        "NOT",
        "AND",
        "OR",
        "(",
        ")",
        "[",
    ]
)


def decided(text: str, attributes: Any) -> bool | str:
    """What it says, or why it is unclear."""
    try:
        return parse(text)(attributes)
    except Unclear as unclear:
        return str(unclear)


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=40))
def test_any_text_is_decided_or_unclear(text: str) -> None:
    assert isinstance(decided(text, HAS), bool | str)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
)


@given(VALUES, VALUES, st.sampled_from(["==", "!=", ">", "<=", "CONTAINS", "HAS", "IN", "NOT IN"]))
def test_any_values_are_decided_or_unclear(left: Any, right: Any, sign: str) -> None:
    said = decided(f"a {sign} b", {"a": left, "b": right})

    assert said in {True, False} or "is not documented" in str(said)
