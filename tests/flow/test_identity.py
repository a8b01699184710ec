"""Whose is what, for life: adopted, renamed, handed over, replaced, restored; never doubled, never somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flow.centre import SMALL, Centre, changes

from reconciler.errors import InputError
from reconciler.model.change import Op, Result
from reconciler.pipeline.plan import Consent


def forget(centre: Centre) -> None:
    """Loses the ledger."""
    for file in (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()


def call(centre: Centre, method: str, path: str, body: Any = None, **query: Any) -> Any:
    """A request behind our back, by somebody with all rights."""
    return centre.behind(method, path, body, **query)


def user_id(centre: Centre, email: str) -> str:
    found = call(centre, "GET", "/api/v2/users", pageSize=100)["entities"]
    return next(one["id"] for one in found if one["email"] == email)


def test_an_object_that_exists_is_adopted_with_its_differences(centre: Centre) -> None:
    call(centre, "POST", "/api/v2/routing/queues", {"name": "Returns", "description": "old words"})
    centre.write("queues: [{key: q2, name: Returns, description: new words}]")

    plan = centre.plan()
    centre.apply()

    assert changes(plan) == ["adopt queue/q2"]
    assert [(one.path, one.before, one.after) for one in plan.changes[0].fields] == [(("description",), "old words", "new words")]
    assert not centre.plan().changes


def test_an_object_that_is_as_wanted_is_adopted_without_a_request(centre: Centre) -> None:
    call(centre, "POST", "/api/v2/routing/queues", {"name": "Returns"})
    centre.write("queues: [{key: q2, name: Returns}]")

    plan = centre.plan()
    applied = centre.apply()

    assert [str(one.ref) for one in plan.adoptions] == ["queue/q2"]
    assert not plan.changes
    assert not applied.outcomes
    assert not centre.plan().adoptions


def test_a_rename_keeps_the_object_by_its_mark_when_the_ledger_is_lost(centre: Centre) -> None:
    centre.write("queues: [{key: q2, name: Returns}]")
    centre.apply()
    forget(centre)
    centre.write("queues: [{key: q2, name: Retouren}]")

    plan = centre.plan()
    centre.apply()

    assert changes(plan) == ["rename queue/q2"]
    assert [queue["name"] for queue in call(centre, "GET", "/api/v2/routing/queues")["entities"]] == ["Retouren"]


def test_previously_declares_a_rename_when_ledger_and_mark_are_gone(centre: Centre) -> None:
    centre.write("wrapup_codes: [{key: sale, name: Sale}]")
    centre.apply()
    forget(centre)
    centre.write("wrapup_codes: [{key: sold, name: Sold, previously: Sale}]")

    plan = centre.plan()
    centre.apply()

    assert changes(plan) == ["rename wrapup_code/sold"]
    assert [code["name"] for code in call(centre, "GET", "/api/v2/routing/wrapupcodes")["entities"]] == ["Sold"]


def test_previously_hands_a_binding_to_the_new_key(centre: Centre) -> None:
    centre.write("wrapup_codes: [{key: sale, name: Sale}]")
    centre.apply()
    centre.write("wrapup_codes: [{key: sold, name: Sale, previously: sale}]")

    applied = centre.apply()
    plan = centre.plan()

    assert applied.exit_code == 0
    assert not plan.changes
    assert not plan.strays


def test_two_candidates_are_an_error_that_names_both(centre: Centre) -> None:
    for _ in range(2):
        call(centre, "POST", "/api/v2/presence/sources", {"name": "ACME"})
    centre.write("presence_sources: [{key: acme, name: ACME}]")

    with pytest.raises(InputError, match=r"presence_source/acme: matches 2 objects: 'ACME' \(.*\) and 'ACME' \(.*\)"):
        centre.plan()


ONE = "users: [{key: a1, name: Taro, email: taro@example.com}]"


def test_an_address_that_changed_hands_names_both_people(centre: Centre) -> None:
    centre.write(ONE)
    centre.apply()
    centre.write("users: [{key: b7, name: Jiro, email: taro@example.com}]")

    with pytest.raises(InputError, match=r"the e-mail address of 'Jiro' belongs to 'Taro' \(.*\), which has the key 'a1'"):
        centre.plan()
    forget(centre)
    with pytest.raises(InputError, match=r"the e-mail address of 'Jiro' belongs to 'Taro' \(.*\), which has the key 'a1'"):
        centre.plan()


def test_an_address_can_be_passed_on_in_one_plan(centre: Centre) -> None:
    centre.write(ONE)
    centre.apply()
    centre.write("users: [{key: a1, name: Taro, email: t.taro@example.com}, {key: b7, name: Jiro, email: taro@example.com}]")

    plan = centre.plan()
    applied = centre.apply()

    assert changes(plan) == ["update user/a1", "create user/b7"]
    assert plan.changes[1].needs == ("user/a1",)
    assert applied.exit_code == 0
    assert not centre.plan().changes


SKILLED = """\
skills: [{key: billing, name: NAME}]
languages: [{key: ja, name: LANGUAGE}]
users:
  - {key: a1, name: Taro, email: taro@example.com, skills: {billing: 4}, languages: {ja: 5}}
  - {key: a2, name: Jiro, email: jiro@example.com, skills: {billing: 2}}
"""


def skilled(skill: str, language: str) -> str:
    return SKILLED.replace("NAME", skill).replace("LANGUAGE", language)


def test_a_renamed_skill_is_replaced_in_one_reviewed_step(centre: Centre) -> None:
    centre.write(skilled("Billing", "Japanese"))
    centre.apply()
    centre.write(skilled("Invoices", "日本語"))
    consent = Consent(removals=2, empty=frozenset({"skill", "language"}))

    plan = centre.plan(consent)
    applied = centre.apply(consent=consent)

    assert changes(plan) == [
        "replace skill/billing",
        "replace language/ja",
        "update user/a1",
        "update user/a2",
        "delete skill/~Billing",
        "delete language/~Japanese",
    ]
    assert {one.result for one in applied.outcomes} == {Result.DONE}, [one.note for one in applied.outcomes]
    state = centre.state()
    assert list(state["skills"]) == ["Invoices"]
    assert list(state["languages"]) == ["日本語"]
    assert not centre.plan().changes
    assert not centre.plan().strays


def test_a_skill_that_others_use_is_not_retired(centre: Centre) -> None:
    centre.write(skilled("Billing", "Japanese"))
    centre.apply()
    skill = call(centre, "GET", "/api/v2/routing/skills")["entities"][0]["id"]
    home = call(centre, "GET", "/api/v2/authorization/divisions/home")["id"]
    other = call(centre, "POST", "/api/v2/users", {"name": "Own", "email": "own@x.jp", "divisionId": home, "state": "active"})
    call(centre, "PUT", f"/api/v2/users/{other['id']}/routingskills/bulk", [{"id": skill, "proficiency": 3}])
    centre.write(skilled("Invoices", "Japanese"))
    consent = Consent(removals=1, empty=frozenset({"skill"}))

    applied = centre.apply(consent=consent)

    assert "stays in Genesys Cloud: something that is not ours uses it" in "\n".join(applied.plan.warnings)
    assert sorted(centre.state()["skills"]) == ["Billing", "Invoices"]
    assert not centre.plan().changes


@pytest.mark.parametrize("gone", ["inactive", "deleted"])
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_somebody_who_returns_is_restored_whole(make_centre: Callable[..., Centre], gone: str, ledger: str) -> None:
    centre = make_centre()
    centre.write(SMALL)
    centre.apply()
    whole = centre.state()
    taro = user_id(centre, "taro@example.com")
    if gone == "deleted":
        call(centre, "DELETE", f"/api/v2/users/{taro}")
    else:
        version = call(centre, "GET", f"/api/v2/users/{taro}")["version"]
        call(centre, "PATCH", f"/api/v2/users/{taro}", {"state": "inactive", "version": version})
    if ledger == "lost":
        forget(centre)

    plan = centre.plan()
    applied = centre.apply()

    assert [one.op for one in plan.changes if str(one.ref) == "user/a1"] == [Op.RESTORE]
    assert {one.result for one in applied.outcomes} == {Result.DONE}, [one.note for one in applied.outcomes]
    assert user_id(centre, "taro@example.com") == taro
    assert without_roles(centre.state()) == without_roles(whole)
    assert not centre.plan().changes


@pytest.mark.parametrize("gone", ["inactive", "deleted"])
def test_what_somebody_kept_who_returns_is_compared_at_once(centre: Centre, gone: str) -> None:
    """A skill nobody wants, on a person no listing shows and no ledger knows."""
    centre.write("users: [{key: a1, name: Taro, email: taro@example.com, skills: {}, languages: {}}]")
    centre.apply()
    taro = user_id(centre, "taro@example.com")
    skill = call(centre, "POST", "/api/v2/routing/skills", {"name": "Theirs"})
    call(centre, "POST", f"/api/v2/users/{taro}/routingskills", {"id": skill["id"], "proficiency": 1})
    if gone == "deleted":
        call(centre, "DELETE", f"/api/v2/users/{taro}")
    else:
        version = call(centre, "GET", f"/api/v2/users/{taro}")["version"]
        call(centre, "PATCH", f"/api/v2/users/{taro}", {"state": "inactive", "version": version})
    forget(centre)

    applied = centre.apply()

    assert (applied.exit_code, applied.remaining) == (0, ())
    assert not centre.plan().changes


def without_roles(state: Any) -> Any:
    """Nobody told us which roles they had: Genesys Cloud strips them and we did not see it."""
    people = {email: {name: value for name, value in one.items() if name != "roles"} for email, one in state["users"].items()}
    return {**state, "users": people}


def test_a_create_that_meets_a_hidden_person_becomes_a_restore(centre: Centre) -> None:
    home = call(centre, "GET", "/api/v2/authorization/divisions/home")["id"]
    other = call(centre, "POST", "/api/v2/users", {"name": "Taro", "email": "taro@example.com", "divisionId": home})
    call(centre, "DELETE", f"/api/v2/users/{other['id']}")
    centre.write(ONE)
    centre.admin("POST", "/faults", {"operation": "POST /api/v2/users/search", "nth": 1, "empty": True})

    applied = centre.apply()

    assert changes(applied.plan) in (["create user/a1"], ["restore user/a1"])
    assert applied.exit_code == 0, [one.note for one in applied.outcomes]
    assert user_id(centre, "taro@example.com") == other["id"]
    assert not centre.plan().changes


def test_two_sources_never_touch_each_others_objects(centre: Centre) -> None:
    centre.write("queues: [{key: q1, name: Billing}]\nusers: [{key: a1, name: Taro, email: taro@example.com}]")
    centre.apply()
    before = centre.state()
    settings = (centre.root / "reconciler.yaml").read_text(encoding="utf-8")
    (centre.root / "reconciler.yaml").write_text(settings.replace("name: acme", "name: other"), encoding="utf-8")

    with pytest.raises(InputError, match="belongs to the source 'acme'"):
        centre.plan()
    centre.write("queues: [{key: q9, name: Other}]")
    applied = centre.apply(consent=Consent(prune=frozenset({"queue", "user"})))

    assert changes(applied.plan) == ["create queue/q9"]
    assert not applied.plan.strays
    assert centre.state()["queues"]["Billing"] == before["queues"]["Billing"]
