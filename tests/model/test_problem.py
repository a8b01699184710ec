"""Problems and places as people and editors read them; texts that cannot paint a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.problem import Place, Problem, plain


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(), ""),
        (Place("a.yaml"), "a.yaml"),
        (Place("a.yaml", 3), "a.yaml:3"),
        (Place("a.yaml", 3, 5), "a.yaml:3:5"),
        (Place("a\n.yaml", 3), "a\\x0a.yaml:3"),
    ],
)
def test_a_place_reads_as_editors_want_it(place: Place, expected: str) -> None:
    assert str(place) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem(Place("a.yaml", 3, 5), "user/ann", "no name", "write one"), "a.yaml:3:5 user/ann: no name; write one"),
        (Problem(Place("a.yaml"), "", "is not UTF-8"), "a.yaml: is not UTF-8"),
        (Problem(Place(), "user/ann", "no name"), "user/ann: no name"),
        (Problem(Place(), "", "no name"), "no name"),
        (Problem(Place(), "", "odd", warning=True), "warning: odd"),
        (Problem(Place("a"), "user/\x1b[31m", "x\ny", "\u202ez"), "a user/\\x1b[31m: x\\x0ay; \\u202ez"),
    ],
)
def test_a_problem_is_one_line(problem: Problem, expected: str) -> None:
    assert str(problem) == expected


def test_problems_stand_in_the_order_of_files_and_lines() -> None:
    ten, nine = Problem(Place("a", 10), "", "x"), Problem(Place("a", 9), "", "y")

    assert sorted([ten, nine]) == [nine, ten]


@pytest.mark.parametrize(
    "sign", ["\x00", "\x1b", "\x7f", "\x9b", "\u061c", "\u200e", "\u200f", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_signs_nobody_sees_are_shown(sign: str) -> None:
    assert plain(f"a{sign}b").isascii()


@given(st.text(st.characters()))
def test_what_is_shown_never_steers_a_terminal(text: str) -> None:
    shown = plain(text)

    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(sign) for sign in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    shown.encode()


def test_ordinary_text_stays_as_it_is() -> None:
    assert plain("東京 “Tōkyō” 🙂\u200d") == "東京 “Tōkyō” 🙂\u200d"
