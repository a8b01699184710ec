"""The ledger and its lease, as they are found."""

from __future__ import annotations

from typing import Any

import pytest
from flow.centre import Centre

from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger


@pytest.fixture
def kept(centre: Centre) -> Centre:
    """A centre with one object in its ledger."""
    centre.write("skills: [{key: one, name: One}]\n")
    centre.apply()
    return centre


def ledger(centre: Centre) -> SqlLedger:
    organization = centre.behind("GET", "/api/v2/organizations/me")["id"]
    return store.open(centre.settings.ledger, organization=organization, source="acme", clock=lambda: centre.time[0])


def test_one_that_is_not_there_yet_is_no_problem_and_is_not_made(centre: Centre, look: Any, said: Any) -> None:
    found = said(look(centre), "ledger")

    assert len(found) == 1
    assert found[0].startswith("ok ")
    assert found[0].endswith("ledger.db is not there yet; the first plan or apply makes it")
    assert not (centre.root / ".reconciler" / "ledger.db").exists()


def test_one_that_works_is_told_with_its_version(kept: Centre, look: Any, said: Any) -> None:
    found = said(look(kept), "ledger")

    assert found[0].startswith("ok sqlite:///")
    assert "opens and can be written, schema version " in found[0]
    assert found[1] == "ok bound for acme: 1 object"


def test_one_that_others_may_open_is_a_warning(kept: Centre, look: Any, said: Any) -> None:
    (kept.root / ".reconciler" / "ledger.db").chmod(0o644)

    assert "warning others than its owner may open it (mode 0644)" in said(look(kept), "ledger")


def test_one_that_is_no_database_is_a_problem(centre: Centre, look: Any, said: Any) -> None:
    (centre.root / ".reconciler").mkdir()
    (centre.root / ".reconciler" / "ledger.db").write_text("no database, but long enough to be looked at as one " * 40)

    report = look(centre)

    assert "the file is no SQLite database" in said(report, "ledger")[0]
    assert report.exit_code == 1


def test_an_empty_file_is_brought_up_to_date_by_others(centre: Centre, look: Any, said: Any) -> None:
    (centre.root / ".reconciler").mkdir()
    path = centre.root / ".reconciler" / "ledger.db"
    path.touch(0o600)

    found = said(look(centre), "ledger")

    assert found[0].endswith("has no schema yet; the next plan or apply brings it up to date")


def test_nobody_holds_a_lease_that_was_given_back(kept: Centre, look: Any, said: Any) -> None:
    assert said(look(kept), "lease") == ["ok nobody is applying"]


def test_who_holds_the_lease_is_named_with_how_to_break_it(kept: Centre, look: Any) -> None:
    with ledger(kept) as held:
        number = held.acquire("taro@tokyo")
        kept.pass_time(seconds=20)

        report = look(kept)

    found = next(one for one in report.findings if one.area == "lease")
    assert found.what.startswith("taro@tokyo (process ")
    assert "has been applying for 20 s" in found.what
    assert found.remedy == f"wait for it; if it is gone: reconciler state unlock {number}"
    assert (found.verdict, report.exit_code) == ("warning", 0)


def test_a_lease_that_has_ended_is_no_hindrance(kept: Centre, look: Any, said: Any) -> None:
    with ledger(kept) as held:
        held.acquire("taro@tokyo")
        kept.pass_time(seconds=31)

        assert said(look(kept), "lease") == ["ok taro@tokyo left one behind; the next apply takes it over"]


def test_requests_of_unknown_outcome_are_told(kept: Centre, look: Any, said: Any) -> None:
    from reconciler.model.call import Call

    with ledger(kept) as held:
        held.intend("run", "skill/two", Call("POST", "/api/v2/routing/skills"))

    assert "warning 1 request of unknown outcome, the first for skill/two" in said(look(kept), "ledger")
