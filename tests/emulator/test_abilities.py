"""Skills and languages of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def levels(answer: httpx.Response) -> dict[str, float]:
    return {one["name"]: one["proficiency"] for one in answer.json()["entities"]}


def test_put_bulk_is_the_exact_set(org: Org) -> None:
    user, one, two = org.user()["id"], org.skill("One"), org.skill("Two")
    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": one, "proficiency": 1}])

    answer = org("PUT", f"/users/{user}/routingskills/bulk", [{"id": two, "proficiency": 2.5}])

    assert levels(answer) == levels(org("GET", f"/users/{user}/routingskills")) == {"Two": 2.5}


@pytest.mark.parametrize("family", ["routingskills", "routinglanguages"])
def test_patch_bulk_adds_or_changes(org: Org, family: str) -> None:
    make = org.skill if family == "routingskills" else org.language
    user, one, two = org.user()["id"], make("One"), make("Two")
    org("PATCH", f"/users/{user}/{family}/bulk", [{"id": one, "proficiency": 1}])

    org("PATCH", f"/users/{user}/{family}/bulk", [{"id": one, "proficiency": 4}, {"id": two, "proficiency": 2}])

    assert levels(org("GET", f"/users/{user}/{family}")) == {"One": 4, "Two": 2}


@pytest.mark.parametrize("family", ["routingskills", "routinglanguages"])
def test_patch_bulk_takes_fifty(org: Org, refused: Refused, family: str) -> None:
    make = org.skill if family == "routingskills" else org.language
    user = org.user()["id"]
    items = [{"id": make(f"N{number:02}"), "proficiency": 1} for number in range(51)]

    assert org("PATCH", f"/users/{user}/{family}/bulk", items[:50]).json()["total"] == 50
    assert refused(org("PATCH", f"/users/{user}/{family}/bulk", items)) == (400, "constraint.validation")
    assert org.admin("GET", "/requests")["violations"]


def test_languages_are_rounded(org: Org) -> None:
    user, english = org.user()["id"], org.language("English")

    answer = org("PATCH", f"/users/{user}/routinglanguages/bulk", [{"id": english, "proficiency": 3.5}])

    assert levels(answer) == {"English": 4}


@pytest.mark.parametrize("level", [-0.1, 5.1])
def test_levels_go_from_0_to_5(org: Org, refused: Refused, level: float) -> None:
    user, skill = org.user()["id"], org.skill()

    answer = org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": level}])

    assert refused(answer) == (400, "invalid.value")


def test_an_unknown_skill_is_not_found(org: Org, refused: Refused) -> None:
    user = org.user()["id"]

    answer = org("PUT", f"/users/{user}/routingskills/bulk", [{"id": org.home, "proficiency": 1}])

    assert refused(answer) == (404, "general.resource.not.found")


def test_single_skills_come_change_and_go(org: Org, refused: Refused) -> None:
    user, skill = org.user()["id"], org.skill("One")

    assert org("POST", f"/users/{user}/routingskills", {"id": skill, "proficiency": 1}).json()["proficiency"] == 1
    assert org("PUT", f"/users/{user}/routingskills/{skill}", {"proficiency": 2}).json()["proficiency"] == 2
    assert org("DELETE", f"/users/{user}/routingskills/{skill}").status_code == 200
    assert refused(org("DELETE", f"/users/{user}/routingskills/{skill}")) == (404, "general.resource.not.found")


def test_single_languages_come_change_and_go(org: Org, refused: Refused) -> None:
    user, known = org.user()["id"], org.language("One")

    assert org("POST", f"/users/{user}/routinglanguages", {"id": known, "proficiency": 1}).json()["proficiency"] == 1
    assert org("PATCH", f"/users/{user}/routinglanguages/{known}", {"proficiency": 2}).json()["proficiency"] == 2
    assert org("DELETE", f"/users/{user}/routinglanguages/{known}").status_code == 204
    assert refused(org("DELETE", f"/users/{user}/routinglanguages/{known}")) == (404, "general.resource.not.found")


@pytest.mark.parametrize(("bumps", "version"), [(True, 2), (False, 1)])
def test_skill_writes_touch_the_version_by_switch(org: Org, bumps: bool, version: int) -> None:
    org.turn(abilities_bump_version=bumps)
    user, skill = org.user()["id"], org.skill()

    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": 1}])

    assert org("GET", f"/users/{user}").json()["version"] == version


@pytest.mark.parametrize(("unassigns", "left"), [(True, 0), (False, 1)])
def test_a_deleted_skill_leaves_users_by_switch(org: Org, unassigns: bool, left: int) -> None:
    org.turn(delete_unassigns=unassigns)
    user, skill = org.user()["id"], org.skill()
    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": 1}])

    org("DELETE", f"/routing/skills/{skill}")

    assert org("GET", f"/users/{user}/routingskills").json()["total"] == left
    assert org("GET", f"/users/{user}").json()["version"] == 3 - left
