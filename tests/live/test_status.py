"""What agents are shown as, and what their status is told with, read from listings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from live.desk import Desk

from reconciler.errors import Unavailable
from reconciler.live.status import Shown, Stage, shown, stage

DEFINITIONS, SOURCES = "/api/v2/presence/definitions?deactivated=FALSE", "/api/v2/presence/sources?deactivated=FALSE"
SETTINGS, PEOPLE = "GET /api/v2/presence/settings", "/api/v2/users?state=active"
BUSY = {"id": "d-busy", "type": "System", "systemPresence": "Busy"}
MEAL = {"id": "d-meal", "type": "System", "systemPresence": "Meal"}
LUNCH = {"id": "d-lunch", "type": "User", "systemPresence": "Meal", "languageLabels": {"en_US": "Lunch"}}
OURS = {"id": "s-acme", "type": "User", "name": "ACME"}
BUILT_IN = {"id": "s-0", "type": "System", "name": "Genesys"}


def staged(desk: Desk) -> Stage:
    return asyncio.run(stage(desk))


def person(number: str, definition: str | None = "d-busy", routing: str | None = "OFF_QUEUE", **presence: Any) -> dict[str, Any]:
    """A user as read; None for what did not come."""
    body: dict[str, Any] = {"id": number}
    if definition is not None:
        body["presence"] = {"sourceId": "s-acme", "presenceDefinition": {"id": definition}, **presence}
    if routing is not None:
        body["routingStatus"] = {"userId": number, "status": routing}
    return body


def seen(*pages: list[dict[str, Any]], doubts: frozenset[str] = frozenset()) -> Shown:
    users = {f"u{number}": f"agent {number}" for number in range(5)}
    definitions = {"d-busy": "system_presence/Busy", "d-lunch": "secondary_status/lunch", "d-queue": "system_presence/OnQueue"}
    return asyncio.run(shown(Desk({PEOPLE: list(pages)}, doubts), users, definitions, "s-acme"))


# ── the stage ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_stage_has_system_presences_and_sources_of_type_user() -> None:
    desk = Desk(
        {DEFINITIONS: [[BUSY, MEAL], [LUNCH]], SOURCES: [[BUILT_IN, OURS]]},
        answers={SETTINGS: {"defaultPrimaryPresenceRegisteredSourceId": "s-acme"}},
    )

    assert staged(desk) == Stage({"Busy": "d-busy", "Meal": "d-meal"}, {"s-acme": "ACME"}, "s-acme")
    assert desk.asked == [DEFINITIONS, DEFINITIONS, SOURCES, SETTINGS]


@pytest.mark.parametrize("settings", [{"id": "x"}, {"defaultPrimaryPresenceRegisteredSourceId": None}])
def test_without_a_primary_source_of_its_own_an_organisation_has_none(settings: Mapping[str, Any]) -> None:
    assert staged(Desk({SOURCES: [[BUILT_IN]]}, answers={SETTINGS: settings})) == Stage({}, {}, "")


@pytest.mark.parametrize("listing", [DEFINITIONS, SOURCES])
def test_a_list_that_is_not_complete_is_no_stage(listing: str) -> None:
    """A second active source could be missing in it, or a definition that events are told with."""
    desk = Desk({DEFINITIONS: [[BUSY]], SOURCES: [[OURS]]}, frozenset({listing}))

    with pytest.raises(Unavailable, match="is not complete: page 2 did not come"):
        staged(desk)


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("definition", "routing", "pair"),
    [
        ("d-busy", "OFF_QUEUE", ("system_presence/Busy", "OffQueue")),
        ("d-lunch", "OFF_QUEUE", ("secondary_status/lunch", "OffQueue")),
        ("d-queue", "IDLE", ("system_presence/OnQueue", "Idle")),
        ("d-queue", "INTERACTING", ("system_presence/OnQueue", "Interacting")),
        ("d-queue", "COMMUNICATING", ("system_presence/OnQueue", "Communicating")),
        ("d-queue", "NOT_RESPONDING", ("system_presence/OnQueue", "NotResponding")),
        ("d-queue", "SOMETHING_NEW", ("system_presence/OnQueue", "")),
        ("somebody else's", "OFF_QUEUE", ("", "OffQueue")),
    ],
)
def test_users_are_shown_in_the_words_of_changes(definition: str, routing: str, pair: tuple[str, str]) -> None:
    assert seen([person("u1", definition, routing)]).pairs == {"agent 1": pair}


def test_users_of_all_pages_are_shown_and_only_ours() -> None:
    found = seen([person("u1"), person("stranger")], [person("u2")])

    assert (found.pairs.keys(), found.proof.complete) == ({"agent 1", "agent 2"}, True)


@pytest.mark.parametrize(
    "one", [person("u1", None), person("u1", routing=None), {"id": "u1", "presence": {}, "routingStatus": {}}]
)
def test_what_did_not_come_leaves_the_user_out(one: dict[str, Any]) -> None:
    assert seen([one]) == Shown({}, frozenset(), seen().proof)


def test_a_user_with_another_primary_source_is_named_and_left_out() -> None:
    found = seen([person("u1", sourceId="s-other"), person("u2")])

    assert (found.pairs.keys(), found.elsewhere) == ({"agent 2"}, {"agent 1"})


@pytest.mark.parametrize("source", [None, ""])
def test_a_user_without_a_source_is_ours(source: str | None) -> None:
    assert seen([person("u1", sourceId=source)]).pairs.keys() == {"agent 1"}


def test_a_list_that_is_not_complete_says_so() -> None:
    found = seen([person("u1")], doubts=frozenset({PEOPLE}))

    assert (found.pairs.keys(), found.proof.complete) == ({"agent 1"}, False)
