"""Skills, languages and wrap-up codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def names(answer: httpx.Response) -> list[str]:
    return [one["name"] for one in answer.json()["entities"]]


@pytest.mark.parametrize("status", [409, 400])
@pytest.mark.parametrize("name", ["Billing", "BILLING", " Billing "])
def test_a_skill_name_is_unique(org: Org, refused: Refused, name: str, status: int) -> None:
    org.turn(duplicate_skill_status=status)
    org.skill("Billing")

    assert refused(org("POST", "/routing/skills", {"name": name})) == (status, "general.conflict")


def test_a_language_name_is_unique(org: Org, refused: Refused) -> None:
    org.language("English")

    assert refused(org("POST", "/routing/languages", {"name": "english"})) == (400, "general.conflict")


def test_a_skill_cannot_be_renamed(org: Org, refused: Refused) -> None:
    known = org.skill()

    assert refused(org("PATCH", f"/routing/skills/{known}", {"name": "Other"})) == (400, "invalid.property")


def test_a_skill_can_be_moved(org: Org) -> None:
    known, tokyo = org.skill(), org.division("Tokyo")

    moved = org("PATCH", f"/routing/skills/{known}", {"divisionId": tokyo}).json()

    assert (moved["division"]["id"], moved["version"]) == (tokyo, "2")


def test_a_skill_can_be_made_in_a_division(org: Org, refused: Refused) -> None:
    tokyo = org.division("Tokyo")

    assert org.made("/routing/skills", {"name": "A", "divisionId": tokyo})["division"]["name"] == "Tokyo"
    assert refused(org("POST", "/routing/skills", {"name": "B", "divisionId": "none"})) == (400, "bad.request")


def test_skills_are_filtered_by_prefix(org: Org) -> None:
    for name in ("Billing", "Bilingual", "Sales"):
        org.skill(name)

    assert names(org("GET", "/routing/skills", name="BIL")) == ["Bilingual", "Billing"]


def test_a_deleted_skill_is_gone_and_its_name_free(org: Org, refused: Refused) -> None:
    known = org.skill("Billing")

    assert org("DELETE", f"/routing/skills/{known}").status_code == 200
    assert refused(org("GET", f"/routing/skills/{known}")) == (404, "skillsservice.skillnotfound")
    assert refused(org("DELETE", f"/routing/skills/{known}")) == (404, "skillsservice.skillnotfound")
    assert org.skill("Billing") != known


def test_deleted_skills_can_be_made_to_show(org: Org) -> None:
    org.turn(deleted_skills_listed=True, deleted_skill_by_id="shown")
    known = org.skill("Billing")
    org("DELETE", f"/routing/skills/{known}")

    assert org("GET", f"/routing/skills/{known}").json()["state"] == "deleted"
    assert [one["state"] for one in org("GET", "/routing/skills").json()["entities"]] == ["deleted"]


def test_a_language_comes_and_goes(org: Org, refused: Refused) -> None:
    known = org.language("English")

    assert org("GET", f"/routing/languages/{known}").json()["name"] == "English"
    assert org("DELETE", f"/routing/languages/{known}").status_code == 204
    assert refused(org("GET", f"/routing/languages/{known}")) == (404, "not.found")


def test_a_code_belongs_to_all_divisions_unless_told_otherwise(org: Org) -> None:
    tokyo = org.division("Tokyo")

    assert org.code("A")["division"]["id"] == "*"
    assert org.code("B", division={"id": tokyo})["division"]["name"] == "Tokyo"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "sale"}, "duplicate.name"),
        ({"name": " "}, "invalid.name"),
        ({"name": "X", "division": {"id": "none"}}, "resource.not.found"),
    ],
)
def test_a_code_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, code: str) -> None:
    org.code("Sale")

    assert refused(org("POST", "/routing/wrapupcodes", body)) == (400, code)


def test_a_code_is_replaced_as_a_whole(org: Org) -> None:
    tokyo = org.division("Tokyo")
    known = org.code("Sale", description="Sold")["id"]

    changed = org("PUT", f"/routing/wrapupcodes/{known}", {"name": "Sold", "division": {"id": tokyo}}).json()

    assert (changed["name"], changed["division"]["id"], "description" in changed) == ("Sold", tokyo, False)
    assert org.code("Sale")["id"] != known


def test_a_code_takes_back_what_was_read(org: Org) -> None:
    known = org.code("Sale", description="Sold")["id"]
    read = org("GET", f"/routing/wrapupcodes/{known}").json()

    org.now += 1
    again = org("PUT", f"/routing/wrapupcodes/{known}", read).json()

    assert again | {"dateModified": None} == read | {"dateModified": None}


def test_codes_are_filtered(org: Org) -> None:
    tokyo = org.division("Tokyo")
    known = org.code("Sale", division={"id": tokyo})["id"]
    org.code("Resale")

    assert names(org("GET", "/routing/wrapupcodes", name="sale")) == ["Sale"]
    assert names(org("GET", "/routing/wrapupcodes", name="*sale")) == ["Resale", "Sale"]
    assert names(org("GET", "/routing/wrapupcodes", id=known)) == ["Sale"]
    assert names(org("GET", "/routing/wrapupcodes", divisionId=tokyo)) == ["Sale"]


@pytest.mark.parametrize(("state", "expected"), [("Active", ["New"]), ("Deleted", ["Old"]), ("ActiveAndDeleted", ["New", "Old"])])
def test_deleted_codes_show_in_the_view(org: Org, refused: Refused, state: str, expected: list[str]) -> None:
    old = org.code("Old")["id"]
    org.code("New")
    org("DELETE", f"/routing/wrapupcodes/{old}")

    assert names(org("GET", "/routing/wrapupcodes/divisionviews", includeState=state)) == expected
    assert names(org("GET", "/routing/wrapupcodes")) == ["New"]
    assert refused(org("GET", f"/routing/wrapupcodes/{old}")) == (404, "resource.not.found")
    assert org("GET", f"/routing/wrapupcodes/divisionviews/{old}").json()["name"] == "Old"


def test_the_view_wants_name_or_id(org: Org, refused: Refused) -> None:
    known = org.code("Sale")["id"]

    answer = org("GET", "/routing/wrapupcodes/divisionviews", name="Sale", id=known)

    assert refused(answer) == (400, "name.and.id.specified")


def test_an_id_that_is_none_is_refused(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/routing/wrapupcodes/none")) == (400, "invalid.id")


def test_a_renamed_division_shows_everywhere(org: Org) -> None:
    tokyo = org.division("Tokyo")
    known = org.code("Sale", division={"id": tokyo})["id"]

    org("PUT", f"/authorization/divisions/{tokyo}", {"name": "Osaka", "description": ""})

    assert org("GET", f"/routing/wrapupcodes/{known}").json()["division"]["name"] == "Osaka"


def test_a_deleted_code_leaves_its_queues(org: Org) -> None:
    queue, known = org.queue()["id"], org.code()["id"]
    org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": known}])

    org("DELETE", f"/routing/wrapupcodes/{known}")

    assert names(org("GET", f"/routing/queues/{queue}/wrapupcodes")) == []
