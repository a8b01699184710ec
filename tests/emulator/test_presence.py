"""Presence definitions, sources and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


DEFINITIONS, SOURCES, SETTINGS = "/presence/definitions", "/presence/sources", "/presence/settings"
LUNCH = {"languageLabels": {"en_US": "Lunch", "ja": "昼食"}, "systemPresence": "Meal"}
PREFIX = "presenceservice.organizationpresence."
RESTORE = {"enabled": True, "restoreTimeMilliseconds": 1000, "restoreOnQueueEnabled": False}


def test_an_organisation_is_born_with_ten_presences(org: Org) -> None:
    body = org("GET", DEFINITIONS).json()

    assert (body["total"], {one["type"] for one in body["entities"]}) == (10, {"System"})
    assert len(org("GET", "/systempresences").json()) == 10


def test_a_definition_is_for_all_divisions_unless_told_otherwise(org: Org) -> None:
    tokyo = org.division("Tokyo")

    assert org.made(DEFINITIONS, LUNCH)["divisionId"] == "*"
    assert org.made(DEFINITIONS, LUNCH | {"divisionId": tokyo})["divisionId"] == tokyo
    assert org("GET", DEFINITIONS, divisionId=tokyo).json()["total"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"systemPresence": "Meal"}, "musthaveatleastonelocalelabeldefined"),
        (LUNCH | {"languageLabels": {}}, "musthaveatleastonelocalelabeldefined"),
        (LUNCH | {"languageLabels": {"tlh": "x"}}, "localevaluesinvalid"),
        (LUNCH | {"languageLabels": {"ja": " "}}, "localevaluesinvalid"),
        ({"languageLabels": {"ja": "x"}}, "systempresencecannotbenull"),
        (LUNCH | {"divisionId": "none"}, "invaliddivisionid"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, code: str) -> None:
    assert refused(org("POST", DEFINITIONS, body)) == (409, PREFIX + code)


def test_there_can_be_too_many_definitions(org: Org, refused: Refused) -> None:
    org.turn(definitions_maximum=10)

    assert refused(org("POST", DEFINITIONS, LUNCH)) == (409, PREFIX + "toomanyorganizationpresences")


def test_deleting_a_definition_deactivates_it(org: Org) -> None:
    known = org.made(DEFINITIONS, LUNCH)["id"]

    assert org("DELETE", f"{DEFINITIONS}/{known}").status_code == 204
    assert org("GET", f"{DEFINITIONS}/{known}").json()["deactivated"] is True
    assert [one["id"] for one in org("GET", DEFINITIONS, deactivated="TRUE").json()["entities"]] == [known]
    assert org("GET", DEFINITIONS, deactivated="FALSE").json()["total"] == 10


def test_a_definition_can_be_brought_back(org: Org) -> None:
    known = org.made(DEFINITIONS, LUNCH)["id"]
    org("DELETE", f"{DEFINITIONS}/{known}")

    back = org("PUT", f"{DEFINITIONS}/{known}", LUNCH | {"deactivated": False, "languageLabels": {"en_US": "Break"}}).json()

    assert (back["deactivated"], back["languageLabels"]) == (False, {"en_US": "Break"})


@pytest.mark.parametrize(("switch", "status"), [("refuse", 409), ("ignore", 200)])
def test_the_system_presence_is_fixed(org: Org, switch: str, status: int) -> None:
    org.turn(changed_system_presence=switch)
    known = org.made(DEFINITIONS, LUNCH)["id"]

    answer = org("PUT", f"{DEFINITIONS}/{known}", LUNCH | {"systemPresence": "Break"})

    assert answer.status_code == status
    assert org("GET", f"{DEFINITIONS}/{known}").json()["systemPresence"] == "Meal"


def test_system_definitions_belong_to_the_platform(org: Org, refused: Refused) -> None:
    known = org("GET", DEFINITIONS).json()["entities"][0]["id"]

    assert refused(org("DELETE", f"{DEFINITIONS}/{known}")) == (409, "request.conflict")
    assert refused(org("PUT", f"{DEFINITIONS}/{known}", LUNCH)) == (409, "request.conflict")


def test_labels_come_whole_or_in_one_locale(org: Org) -> None:
    known = org.made(DEFINITIONS, LUNCH)["id"]

    labels = [org("GET", f"{DEFINITIONS}/{known}", localeCode=code).json()["languageLabels"] for code in ("ALL", "ja")]

    assert labels == [LUNCH["languageLabels"], {"ja": "昼食"}]


def test_an_unknown_definition_is_not_found(org: Org, refused: Refused) -> None:
    assert refused(org("GET", f"{DEFINITIONS}/none")) == (404, PREFIX + "organizationpresencenotfound")


def test_a_source_comes_goes_and_comes_back(org: Org) -> None:
    known = org.made(SOURCES, {"name": "ACME", "description": "Calls"})["id"]
    assert {one["type"] for one in org("GET", SOURCES).json()["entities"]} == {"System", "User"}

    assert org("DELETE", f"{SOURCES}/{known}").status_code == 204
    assert org("GET", f"{SOURCES}/{known}").json()["deactivated"] is True
    assert org("GET", SOURCES, deactivated="true").json()["total"] == 1

    back = org("PUT", f"{SOURCES}/{known}", {"name": "ACME 2"}).json()
    assert (back["name"], back["deactivated"], "description" in back) == ("ACME 2", False, False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": " "}, "namecannotbeblank"),
        ({"name": "x" * 256}, "nametoolong"),
        ({"name": "x", "description": "x" * 256}, "descriptiontoolong"),
    ],
)
def test_a_source_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, code: str) -> None:
    assert refused(org("POST", SOURCES, body)) == (409, f"presenceservice.source.{code}")


def test_there_can_be_too_many_sources(org: Org, refused: Refused) -> None:
    org.turn(active_sources_maximum=1)
    org.made(SOURCES, {"name": "A"})

    assert refused(org("POST", SOURCES, {"name": "B"})) == (409, "presenceservice.source.toomanyactivesources")
    assert org("POST", SOURCES, {"name": "B", "deactivated": True}).status_code == 200


def test_the_system_source_belongs_to_the_platform(org: Org, refused: Refused) -> None:
    known = org("GET", SOURCES).json()["entities"][0]["id"]

    put, delete = org("PUT", f"{SOURCES}/{known}", {"name": "X"}), org("DELETE", f"{SOURCES}/{known}")

    assert refused(put) == (409, "presenceservice.source.systemsourcescannotbeupdated")
    assert refused(delete) == (409, "presenceservice.source.systemsourcescannotbedeleted")


def test_settings_are_replaced_as_a_whole(org: Org) -> None:
    ours = org.made(SOURCES, {"name": "ACME"})["id"]
    before = org("GET", SETTINGS).json()["defaultPrimaryPresenceRegisteredSourceId"]
    body = {"restorePresenceSettings": RESTORE, "defaultPrimaryPresenceRegisteredSourceId": ours}

    assert org("PUT", SETTINGS, body).json()["defaultPrimaryPresenceRegisteredSourceId"] == ours
    assert org("PUT", SETTINGS, {"restorePresenceSettings": RESTORE}).json()["defaultPrimaryPresenceRegisteredSourceId"] == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (409, "presenceservice.organizationconfiguration.restorepresenceconfigurationnotprovided")),
        ({"restorePresenceSettings": {"enabled": True}}, (400, "constraint.validation")),
        (
            {"restorePresenceSettings": RESTORE | {"restoreTimeMilliseconds": -1}},
            (409, "presenceservice.organizationconfiguration.invalidrestoretimemilliseconds"),
        ),
        (
            {"restorePresenceSettings": RESTORE, "defaultPrimaryPresenceRegisteredSourceId": "none"},
            (404, "presenceservice.source.sourcenotfound"),
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(org: Org, refused: Refused, body: Any, expected: tuple[int, str]) -> None:
    assert refused(org("PUT", SETTINGS, body)) == expected


def test_the_primary_source_is_the_users_or_the_organisations(org: Org) -> None:
    user, ours = org.user()["id"], org.made(SOURCES, {"name": "ACME"})["id"]
    path = f"/presence/users/{user}/primarysource"
    default = org("GET", SETTINGS).json()["defaultPrimaryPresenceRegisteredSourceId"]

    assert (org("GET", path).json()["sourceId"], org("GET", path).json()["registered"]) == (default, False)
    assert org("PUT", path, {"sourceId": ours}).json()["registered"] is True
    assert org("GET", f"/users/{user}", expand="presence").json()["presence"]["sourceId"] == ours
