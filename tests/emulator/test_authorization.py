"""Divisions and what belongs to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


PATH = "/authorization/divisions"


def names(answer: httpx.Response) -> list[str]:
    return [one["name"] for one in answer.json()["entities"]]


def test_every_organisation_has_a_home(org: Org, refused: Refused) -> None:
    home = org("GET", f"{PATH}/home").json()

    assert (home["name"], home["homeDivision"]) == ("Home", True)
    assert refused(org("DELETE", f"{PATH}/{home['id']}")) == (400, "precondition.failure")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "home", "description": ""}, (409, "resource.already.exists")),
        ({"name": " ", "description": ""}, (400, "division.name.invalid")),
        ({"name": "x" * 257, "description": ""}, (400, "max.length.exceeded")),
        ({"name": "x"}, (400, "constraint.validation")),
    ],
)
def test_a_division_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, expected: tuple[int, str]) -> None:
    assert refused(org("POST", PATH, body)) == expected


def test_there_can_be_too_many_divisions(org: Org, refused: Refused) -> None:
    org.turn(divisions_maximum=1)

    assert org("GET", f"{PATH}/limit").json() == 1
    assert refused(org("POST", PATH, {"name": "x", "description": ""})) == (400, "max.scopes.exceeded")


def test_renaming_keeps_the_id(org: Org) -> None:
    known = org.division("Tokyo")
    user = org.user(divisionId=known)["id"]

    changed = org("PUT", f"{PATH}/{known}", {"name": "Osaka", "description": "West"}).json()

    assert (changed["id"], changed["name"], changed["description"]) == (known, "Osaka", "West")
    assert org("GET", f"/users/{user}").json()["division"]["name"] == "Osaka"


def test_a_name_is_a_search_term(org: Org) -> None:
    org.division("Tokyo East")

    assert names(org("GET", PATH, name="east")) == ["Tokyo East"]


def test_counts_come_on_request(org: Org) -> None:
    org.user()
    org.queue()

    assert org("GET", f"{PATH}/{org.home}", objectCount="true").json()["objectCounts"] == {"USER": 1, "QUEUE": 1}
    assert "objectCounts" not in org("GET", PATH).json()["entities"][0]
    assert org("GET", PATH, objectCount="true").json()["entities"][0]["objectCounts"]["USER"] == 1


def test_a_division_is_deleted_only_when_empty(org: Org, refused: Refused) -> None:
    known = org.division("Tokyo")
    user = org.user(divisionId=known)["id"]
    assert refused(org("DELETE", f"{PATH}/{known}")) == (400, "precondition.failure")

    org("POST", f"{PATH}/{org.home}/objects/USER", [user])

    assert org("DELETE", f"{PATH}/{known}").status_code == 204
    assert refused(org("GET", f"{PATH}/{known}")) == (404, "not.found")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/routing/wrapupcodes", {"name": "Sale", "division": {"id": "HERE"}}),
        ("/routing/skills", {"name": "Sale", "divisionId": "HERE"}),
        ("/routing/queues", {"name": "Sale", "division": {"id": "HERE"}}),
        ("/presence/definitions", {"languageLabels": {"en": "x"}, "systemPresence": "Meal", "divisionId": "HERE"}),
    ],
)
def test_everything_that_sits_in_a_division_holds_it(org: Org, refused: Refused, path: str, body: Any) -> None:
    known = org.division("Tokyo")
    org.made(path, json.loads(json.dumps(body).replace("HERE", known)))

    assert refused(org("DELETE", f"{PATH}/{known}")) == (400, "precondition.failure")


def test_a_division_can_seem_full_after_a_move(org: Org, refused: Refused) -> None:
    org.turn(division_count_lag=30.0)
    known = org.division("Tokyo")
    org("POST", f"{PATH}/{org.home}/objects/USER", [org.user(divisionId=known)["id"]])

    assert refused(org("DELETE", f"{PATH}/{known}")) == (400, "precondition.failure")
    org.now += 30
    assert org("DELETE", f"{PATH}/{known}").status_code == 204


def test_a_deleted_division_can_be_restored(org: Org, refused: Refused) -> None:
    known = org.division("Tokyo")
    org("DELETE", f"{PATH}/{known}")
    assert names(org("GET", f"{PATH}/deleted")) == ["Tokyo"]

    body = {"name": "Tokyo", "description": ""}

    assert org("POST", f"{PATH}/{known}/restore", body).json()["id"] == known
    assert refused(org("POST", f"{PATH}/{known}/restore", body)) == (409, "resource.already.exists")


def test_the_name_of_a_deleted_division_is_free(org: Org, refused: Refused) -> None:
    known = org.division("Tokyo")
    org("DELETE", f"{PATH}/{known}")
    org.division("Tokyo")

    answer = org("POST", f"{PATH}/{known}/restore", {"name": "Tokyo", "description": ""})

    assert refused(answer) == (409, "resource.already.exists")


def test_users_and_queues_are_moved(org: Org) -> None:
    tokyo, user, queue = org.division("Tokyo"), org.user()["id"], org.queue()["id"]

    answers = [org("POST", f"{PATH}/{tokyo}/objects/{kind}", [one]) for kind, one in (("USER", user), ("QUEUE", queue))]

    assert [one.status_code for one in answers] == [204, 204]
    assert org("GET", f"/users/{user}").json()["division"]["id"] == tokyo
    assert org("GET", f"/users/{user}").json()["version"] == 2
    assert org("GET", f"/routing/queues/{queue}").json()["division"]["id"] == tokyo


def test_a_move_touches_the_version_by_switch(org: Org) -> None:
    org.turn(division_bumps_version=False)
    user = org.user()["id"]

    org("POST", f"{PATH}/{org.division('Tokyo')}/objects/USER", [user])

    assert org("GET", f"/users/{user}").json()["version"] == 1


@pytest.mark.parametrize(
    ("kind", "ids", "expected"),
    [
        ("SKILL", ["x"], (400, "invalid.value")),
        ("USER", [], (400, "empty.bulk.division.update")),
        ("USER", ["x"] * 51, (400, "too.many.bulk.division.updates")),
        ("USER", ["x"], (404, "general.resource.not.found")),
        ("FLOW", ["x"], (404, "general.resource.not.found")),
    ],
)
def test_a_move_that_cannot_be_is_refused(
    org: Org, refused: Refused, kind: str, ids: list[str], expected: tuple[int, str]
) -> None:
    assert refused(org("POST", f"{PATH}/{org.home}/objects/{kind}", ids)) == expected


def test_a_move_needs_both_divisions(org: Org, refused: Refused) -> None:
    tokyo, user = org.division("Tokyo"), org.user()["id"]
    client = org.admin("POST", "/clients", {"divisions": ["Home"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    answer = org("POST", f"{PATH}/{tokyo}/objects/USER", [user], token=token)

    assert refused(answer) == (403, "bulk.move.no.permission.division")


def test_the_permitted_divisions_are_told(org: Org, refused: Refused) -> None:
    path = "/authorization/divisionspermitted/paged/me"

    assert org("GET", path, permission="routing:queue:view").json()["allDivsPermitted"] is True
    assert org("GET", path, permission="billing:subscription:view").json()["entities"] == []
    assert refused(org("GET", path)) == (400, "missing.permission.param")
