"""Where recordings lie."""

from __future__ import annotations

from typing import Any

import pytest
from flow.centre import Centre

PATTERN = r"""pattern: '(?P<conversation>C\d+)\.wav$'"""


def configure(centre: Centre, text: str) -> None:
    centre.configure(f"runners: {{recordings: {{{text}}}}}\n")


def test_without_a_store_nothing_is_said(centre: Centre, look: Any, said: Any) -> None:
    assert said(look(centre), "recordings") == []


def test_a_folder_with_recordings_is_fine(centre: Centre, look: Any, said: Any) -> None:
    configure(centre, f"from: calls, {PATTERN}")
    (centre.root / "calls").mkdir()
    (centre.root / "calls" / "C1.wav").touch()

    assert said(look(centre), "recordings") == [
        "ok calls answers",
        "ok index and pattern of runners.recordings can be read",
    ]


def test_an_empty_folder_is_a_warning(centre: Centre, look: Any, said: Any) -> None:
    configure(centre, f"from: calls, {PATTERN}")
    (centre.root / "calls").mkdir()

    assert said(look(centre), "recordings")[0] == "warning calls answers and is empty"


def test_a_folder_that_is_not_there_is_a_problem(centre: Centre, look: Any, said: Any) -> None:
    configure(centre, f"from: calls, {PATTERN}")

    assert said(look(centre), "recordings")[0] == "problem calls: no such folder"


def test_an_address_nobody_understands_is_a_problem_without_its_password(centre: Centre, look: Any, said: Any) -> None:
    configure(centre, f'from: "ftp://me:hunter2@store/calls", {PATTERN}')

    report = look(centre)

    assert said(report, "recordings")[0].startswith("problem runners.recordings.from: ftp://store/calls is not understood; ")
    assert "hunter2" not in str(report)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("index: nowhere.csv", "nowhere.csv: No such file or directory; check the path"),
        ("least: archive", "what recordings belong to is not said"),
    ],
)
def test_what_says_to_which_call_they_belong_must_be_there(centre: Centre, look: Any, said: Any, more: str, told: str) -> None:
    configure(centre, f"from: calls, {more}")

    assert told in said(look(centre), "recordings")[-1]
