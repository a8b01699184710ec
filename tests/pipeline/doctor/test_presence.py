"""The presence source that agents' statuses are told for."""

from __future__ import annotations

from typing import Any

import pytest
from flow.centre import Centre

SOURCE = "presence_sources: [{key: acme, name: ACME Connect, primary: true}]\n"
RUNNER = 'runners: {status: {feeds: ["-"]}}\n'


def test_without_one_nothing_is_wrong_until_a_runner_needs_it(centre: Centre, look: Any, said: Any) -> None:
    centre.write("skills: []\n")
    before = said(look(centre), "presence source")
    centre.configure(RUNNER)

    after = said(look(centre), "presence source")

    assert before == ["warning no presence source is in the manifests; `run status` needs one"]
    assert after == ["problem no presence source is in the manifests; `run status` needs one"]


def test_one_that_waits_for_an_apply_is_told_so(centre: Centre, look: Any) -> None:
    centre.write(SOURCE)

    found = next(one for one in look(centre).findings if one.area == "presence source")

    assert found.what == "presence source 'acme' is not active in Genesys Cloud; `run status` needs one"
    assert found.remedy == "run `reconciler apply`: the manifests name it"


def test_the_primary_one_is_as_it_should_be(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SOURCE)
    centre.apply()

    assert said(look(centre), "presence source") == [
        "ok 'acme' is active: ACME Connect",
        "ok it is the primary one: what it tells counts for adherence",
    ]


def test_another_primary_one_is_a_warning(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SOURCE.replace(", primary: true", ""))
    centre.apply()

    assert said(look(centre), "presence source")[1] == (
        "warning the primary one is the built-in one: what is told for 'acme' does not count for adherence"
    )


def test_a_second_active_one_is_a_problem(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SOURCE)
    centre.apply()
    centre.behind("POST", "/api/v2/presence/sources", {"name": "Old platform"})

    assert said(look(centre), "presence source")[2] == (
        "problem further sources of type User are active: Old platform; agents would be shown twice"
    )


@pytest.mark.parametrize("lost", [False, True])
def test_it_is_known_by_the_ledger_and_without_it(centre: Centre, look: Any, said: Any, *, lost: bool) -> None:
    centre.write(SOURCE)
    centre.apply()
    if lost:
        (centre.root / ".reconciler" / "ledger.db").unlink()

    assert said(look(centre), "presence source")[0] == "ok 'acme' is active: ACME Connect"
