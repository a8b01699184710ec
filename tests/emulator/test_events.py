"""Injection of presence and routing status: what is accepted, what an event is refused for, and what the switches change."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator.ask import Ask, Query
from reconciler.emulator.events import inject_routing_status

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Desk, Org

    Refused = Callable[[httpx.Response], tuple[int, str]]

UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"
PRESENCE, ROUTING = "/events/users/presence", "/events/users/routingstatus"


# ── batches ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [{}, {"userPresenceEvents": []}, {"userPresenceEvents": None}])
def test_an_empty_batch_is_refused(org: Org, refused: Refused, body: Any) -> None:
    assert refused(org("POST", PRESENCE, body)) == (400, "zero.events.submitted")


@pytest.mark.parametrize(("path", "batch"), [(PRESENCE, "userPresenceEvents"), (ROUTING, "userRoutingStatusEvents")])
def test_a_batch_of_101_is_refused(org: Org, refused: Refused, path: str, batch: str) -> None:
    assert refused(org("POST", path, {batch: [{}] * 101})) == (400, "max.batch.size.surpassed")


def test_a_batch_of_100_is_accepted(desk: Desk) -> None:
    events = [desk.presence("Busy", at=number) for number in range(100)]

    assert desk.send(*events) == []
    assert desk.counts("presence")["accepted"] == 100


@pytest.mark.parametrize("event", ["text", 7, None, []])
def test_something_else_than_an_object_refuses_the_batch(org: Org, refused: Refused, event: Any) -> None:
    assert refused(org("POST", PRESENCE, {"userPresenceEvents": [event]})) == (400, "bad.request")


@pytest.mark.parametrize("path", [PRESENCE, ROUTING])
def test_injection_needs_its_permission(org: Org, refused: Refused, path: str) -> None:
    planner = org.world.planner
    token = org.sign_in(planner.id, planner.secret)

    assert refused(org("POST", path, {}, token=token)) == (403, "missing.permissions")


# ── single events ────────────────────────────────────────────────────────────

WRONG = [
    ("eventId", "no-id"),
    ("eventId", None),
    ("eventId", 7),
    ("eventId", "b1d7cf1e-3c1d-1c5e-8a43-0a3f5bd2a001"),  # version 1
    ("eventDateTime", None),
    ("eventDateTime", "yesterday"),
    ("eventDateTime", "2026-07-01"),
    ("eventDateTime", "2026-07-01T12:00:00"),
    ("eventDateTime", True),
    ("eventDateTime", 1e30),
    ("eventDateTime", {}),
    ("userId", None),
    ("userId", ["x"]),
    ("sourceId", None),
    ("presenceDefinitionId", 5),
    ("message", {}),
    ("colour", "red"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_event_that_breaks_its_schema_stands_alone_in_errors(desk: Desk, name: str, value: Any) -> None:
    wrong = desk.presence("Busy") | {name: value}

    errors = desk.send(desk.presence("Meal"), wrong, desk.presence("Break"))

    assert [one["retryable"] for one in errors] == [False]
    assert errors[0].get("eventId") == (wrong["eventId"] if isinstance(wrong["eventId"], str) else None)
    assert (desk.counts("presence")["accepted"], desk.counts("presence")["refused"]) == (2, {"schema": 1})


@pytest.mark.parametrize("status", ["OFF_QUEUE", "idle", "", None, 3])
def test_a_routing_status_has_its_five_spellings(desk: Desk, status: Any) -> None:
    errors = desk.send(desk.routing("Idle") | {"status": status})

    assert [one["retryable"] for one in errors] == [False]


def test_the_whole_batch_falls_with_one_event_where_a_switch_says_so(desk: Desk, refused: Refused) -> None:
    desk.org.turn(event_schema_failure="batch")
    events = [desk.presence("Meal"), desk.presence("Busy") | {"eventId": "x"}]

    assert refused(desk.org("POST", PRESENCE, {"userPresenceEvents": events})) == (400, "constraint.validation")
    assert desk.counts("presence")["accepted"] == 0


@pytest.mark.parametrize(
    "written",
    ["2026-05-28T20:26:40Z", "2026-05-28T20:26:40.000Z", "2026-05-29T05:26:40+09:00", 1780000000, "1780000000", 1780000000000],
)
def test_the_time_may_be_iso_or_epoch(desk: Desk, written: Any) -> None:
    assert desk.send(desk.routing("Idle") | {"eventDateTime": written}) == []
    assert desk.kept()[0]["eventDateTime"] == desk.iso(0)


@pytest.mark.parametrize(("name", "reason"), [("userId", "user"), ("sourceId", "source"), ("presenceDefinitionId", "definition")])
def test_what_is_unknown_is_refused_for_good_or_not_by_a_switch(desk: Desk, name: str, reason: str) -> None:
    def flags() -> list[bool]:
        return [one["retryable"] for one in desk.send(desk.presence("Busy") | {name: UNKNOWN})]

    for_good = flags()
    desk.org.turn(event_of_unknown_retryable=True)

    assert (for_good, flags()) == ([False], [True])
    assert desk.counts("presence")["refused"] == {reason: 2}


def test_an_unknown_property_is_ignored_where_a_switch_says_so(desk: Desk) -> None:
    desk.org.turn(unknown_property="ignore")

    assert desk.send(desk.presence("Busy") | {"colour": "red"}) == []


@pytest.mark.parametrize(("form", "accepted"), [("described", 0), ("uuid", 0), ("any", 1)])
def test_how_an_event_id_must_look_is_a_switch(desk: Desk, form: str, accepted: int) -> None:
    desk.org.turn(event_id_form=form)

    assert len(desk.send(desk.routing("Idle") | {"eventId": "a-1"})) == 1 - accepted


def test_a_routing_status_event_takes_any_uuid_as_id(desk: Desk) -> None:
    version_1 = "b1d7cf1e-3c1d-1c5e-8a43-0a3f5bd2a001"

    assert desk.send(desk.routing("Idle") | {"eventId": version_1}) == []


def test_a_deactivated_source_is_refused_until_a_switch_is_turned(desk: Desk) -> None:
    desk.org("DELETE", f"/presence/sources/{desk.source}")
    before = desk.send(desk.presence("Busy"), desk.routing("OffQueue"))
    desk.org.turn(event_deactivated_source="accept")

    assert ([one["retryable"] for one in before], desk.send(desk.presence("Busy"))) == ([False, False], [])


def test_the_built_in_source_is_refused_until_a_switch_is_turned(desk: Desk) -> None:
    built_in = next(one["id"] for one in desk.org("GET", "/presence/sources").json()["entities"] if one["type"] == "System")
    event = desk.presence("Busy") | {"sourceId": built_in}
    before = desk.send(event)
    desk.org.turn(event_system_source="accept")

    assert (len(before), desk.send(event)) == (1, [])


def test_a_deactivated_definition_is_refused_until_a_switch_is_turned(desk: Desk) -> None:
    body = {"languageLabels": {"en_US": "Lunch"}, "systemPresence": "Meal"}
    lunch = desk.org.made("/presence/definitions", body)["id"]
    desk.org("DELETE", f"/presence/definitions/{lunch}")
    event = desk.presence("Busy") | {"presenceDefinitionId": lunch}
    before = desk.send(event)
    desk.org.turn(event_deactivated_definition="accept")

    assert (len(before), desk.send(event)) == (1, [])


def test_an_inactive_user_is_refused_until_a_switch_is_turned(desk: Desk) -> None:
    desk.org("PUT", f"/users/{desk.user}/state", {"state": "inactive"})
    before = desk.send(desk.presence("Busy"))
    desk.org.turn(event_of_inactive_user="accept")

    assert (len(before), desk.send(desk.presence("Busy"))) == (1, [])


def test_a_deleted_user_is_unknown(desk: Desk) -> None:
    desk.org("DELETE", f"/users/{desk.user}")

    assert len(desk.send(desk.presence("Busy"))) == 1
    assert desk.counts("presence")["refused"] == {"user": 1}


def test_a_user_of_a_division_the_client_does_not_see_is_unknown(desk: Desk) -> None:
    desk.org.division("Tokyo")
    client = desk.org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = desk.org.sign_in(client["client_id"], client["client_secret"])

    answer = desk.org("POST", PRESENCE, {"userPresenceEvents": [desk.presence("Busy")]}, token=token)

    assert [one["retryable"] for one in answer.json()["errors"]] == [False]


def test_the_source_of_a_routing_status_is_unchecked_where_a_switch_says_so(desk: Desk) -> None:
    event = desk.routing("Idle") | {"sourceId": "any platform"}
    before = desk.send(event)
    desk.org.turn(routing_status_source="unchecked")

    assert (len(before), desk.send(event)) == (1, [])


@pytest.mark.parametrize(("switch", "at"), [("event_age_maximum", -3601), ("event_ahead_maximum", 3601)])
def test_an_event_too_far_from_now_is_refused_where_a_switch_says_so(desk: Desk, switch: str, at: float) -> None:
    before = desk.send(desk.presence("Busy", at=at))
    desk.org.turn(**{switch: 3600.0})

    assert (before, len(desk.send(desk.presence("Busy", at=at)))) == ([], 1)


# ── repetitions ──────────────────────────────────────────────────────────────


def test_a_repeated_event_is_accepted_and_not_applied(desk: Desk) -> None:
    first = desk.presence("Busy", at=0)
    desk.send(first, desk.presence("Meal", at=1))

    assert desk.send(first, first | {"eventId": first["eventId"].upper()}) == []
    assert (desk.shown(), len(desk.kept())) == ("Meal", 2)
    assert (desk.counts("presence")["accepted"], desk.counts("presence")["repeated"]) == (2, 2)


def test_a_repetition_inside_one_batch_is_not_applied(desk: Desk) -> None:
    event = desk.presence("Busy")

    desk.send(event, event)

    assert len(desk.kept()) == 1


def test_one_id_for_two_different_events_is_counted_as_a_clash(desk: Desk) -> None:
    event = desk.presence("Busy")

    desk.send(event, event | {"eventDateTime": desk.iso(5)})

    assert (desk.counts("presence")["repeated"], desk.counts("presence")["clashes"]) == (1, 1)


def test_an_id_of_a_presence_event_is_taken_for_routing_status_as_well(desk: Desk) -> None:
    event = desk.presence("Busy")
    desk.send(event)

    assert desk.send(desk.routing("Idle", eventId=event["eventId"])) == []
    assert (desk.status(), desk.counts("routing_status")["clashes"]) == ("OFF_QUEUE", 1)


@pytest.mark.parametrize(("turned", "errors", "kept"), [("apply", 0, 2), ("refuse", 1, 1)])
def test_what_becomes_of_a_repeated_event_is_a_switch(desk: Desk, turned: str, errors: int, kept: int) -> None:
    desk.org.turn(event_repeated=turned)
    event = desk.presence("Busy")
    desk.send(event)

    assert (len(desk.send(event)), len(desk.kept())) == (errors, kept)


def test_a_refused_event_may_come_again_under_its_id(desk: Desk) -> None:
    event = desk.presence("Busy")
    desk.send(event | {"userId": UNKNOWN})

    assert (desk.send(event), desk.shown()) == ([], "Busy")


def test_event_ids_are_forgotten_beyond_the_bound(desk: Desk) -> None:
    desk.org.turn(event_ids_kept=10)
    events = [desk.presence("Busy", at=number) for number in range(40)]
    desk.send(*events)

    desk.send(events[0], events[-1])

    assert (desk.counts("presence")["repeated"], len(desk.org.world.history.remembered) <= 20) == (1, True)


# ── cost ─────────────────────────────────────────────────────────────────────


def test_a_hundred_events_cost_less_than_three_milliseconds_of_cpu(desk: Desk) -> None:
    """Without HTTP, the cheapest of ten: it takes a third of that."""
    world = desk.org.world
    bodies = [{"userRoutingStatusEvents": [desk.routing("Idle", at=one) for one in range(100)]} for _ in range(10)]
    spent = []
    for body in bodies:
        began = time.process_time()
        inject_routing_status(Ask("", {}, Query(()), {}, body, world.client), world)
        spent.append(time.process_time() - began)

    assert (desk.counts("routing_status")["accepted"], min(spent) < 0.003) == (1000, True)
