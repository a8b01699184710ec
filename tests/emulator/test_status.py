"""Presence and routing status read back: with users, alone, in bulk, late, and out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Desk, Org

    Refused = Callable[[httpx.Response], tuple[int, str]]

UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"


# ── with users ───────────────────────────────────────────────────────────────


def test_nobody_is_on_anything_before_the_first_event(desk: Desk) -> None:
    assert (desk.shown(), desk.status()) == ("Offline", "OFF_QUEUE")


def test_a_user_shows_the_presence_injected_for_the_primary_source(desk: Desk) -> None:
    desk.send(desk.presence("Meal", at=7, message="Back at one"))

    shown = desk.read()["presence"]

    assert shown == {
        "id": desk.user,
        "source": "ACME",
        "sourceId": desk.source,
        "primary": True,
        "presenceDefinition": {
            "id": desk.definitions["Meal"],
            "systemPresence": "Meal",
            "selfUri": f"/api/v2/presence/definitions/{desk.definitions['Meal']}",
        },
        "message": "Back at one",
        "modifiedDate": desk.iso(7),
        "selfUri": f"/api/v2/users/{desk.user}/presences/{desk.source}",
    }


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("OffQueue", "OFF_QUEUE"),
        ("Idle", "IDLE"),
        ("Interacting", "INTERACTING"),
        ("Communicating", "COMMUNICATING"),
        ("NotResponding", "NOT_RESPONDING"),
    ],
)
def test_a_routing_status_is_read_in_the_spelling_of_reads(desk: Desk, sent: str, read: str) -> None:
    desk.send(desk.routing(sent, at=7))

    assert desk.read()["routingStatus"] == {"userId": desk.user, "status": read, "startTime": desk.iso(7)}
    assert desk.org("GET", f"/users/{desk.user}/routingstatus").json() == desk.read()["routingStatus"]


def test_the_list_of_users_shows_both(desk: Desk) -> None:
    desk.org.user("ben@example.com")
    desk.send(desk.presence("OnQueue"), desk.routing("Idle"))

    listed = desk.org("GET", "/users", expand=["presence", "routingStatus"]).json()["entities"]

    assert [(one["presence"]["presenceDefinition"]["systemPresence"], one["routingStatus"]["status"]) for one in listed] == [
        ("OnQueue", "IDLE"),
        ("Offline", "OFF_QUEUE"),
    ]


def test_a_queue_member_shows_the_routing_status(desk: Desk) -> None:
    queue = desk.org.queue()["id"]
    desk.org("POST", f"/routing/queues/{queue}/members", [{"id": desk.user}])
    desk.send(desk.routing("Interacting"))

    member = desk.org("GET", f"/routing/queues/{queue}/members").json()["entities"][0]

    assert member["routingStatus"]["status"] == "INTERACTING"


def test_presence_of_another_source_is_kept_but_not_shown(desk: Desk) -> None:
    other = desk.org.made("/presence/sources", {"name": "Other"})["id"]
    desk.send(desk.presence("Busy"), desk.presence("Meal", at=5, sourceId=other))
    before = desk.shown()

    desk.be_primary(other)

    assert (before, desk.shown()) == ("Busy", "Meal")


def test_a_users_own_primary_source_wins_over_the_organisations(desk: Desk) -> None:
    other = desk.org.made("/presence/sources", {"name": "Other"})["id"]
    desk.send(desk.presence("Busy"), desk.presence("Meal", sourceId=other))

    desk.org("PUT", f"/presence/users/{desk.user}/primarysource", {"sourceId": other})

    assert (desk.shown(), desk.read()["presence"]["sourceId"]) == ("Meal", other)


def test_an_event_without_a_definition_changes_the_message_only(desk: Desk) -> None:
    event = desk.presence("Busy", at=2, message="in a moment")
    del event["presenceDefinitionId"]

    desk.send(desk.presence("Meal", at=1), event)

    assert (desk.shown(), desk.read()["presence"]["message"]) == ("Meal", "in a moment")


# ── order and time ───────────────────────────────────────────────────────────


def test_an_older_event_is_kept_but_does_not_change_the_state(desk: Desk) -> None:
    desk.send(
        desk.presence("Busy", at=10), desk.presence("Meal", at=5), desk.routing("Idle", at=10), desk.routing("OffQueue", at=5)
    )

    assert (desk.shown(), desk.status(), len(desk.kept())) == ("Busy", "IDLE", 4)
    assert [desk.counts(kind)["out_of_order"] for kind in ("presence", "routing_status")] == [1, 1]


def test_of_two_events_with_one_time_the_later_accepted_is_the_state(desk: Desk) -> None:
    desk.send(desk.presence("Busy", at=10), desk.presence("Meal", at=10))

    assert (desk.shown(), desk.counts("presence")["out_of_order"]) == ("Meal", 0)


def test_an_older_event_is_the_state_where_a_switch_says_so(desk: Desk) -> None:
    desk.org.turn(event_out_of_order="apply")

    desk.send(desk.presence("Busy", at=10), desk.presence("Meal", at=5))

    assert desk.shown() == "Meal"


def test_an_older_event_is_refused_where_a_switch_says_so(desk: Desk) -> None:
    desk.org.turn(event_out_of_order="refuse")

    errors = desk.send(desk.presence("Busy", at=10)) + desk.send(desk.presence("Meal", at=5))

    assert ([one["retryable"] for one in errors], len(desk.kept())) == ([False], 1)


def test_an_accepted_event_shows_late_where_a_switch_says_so(desk: Desk) -> None:
    desk.org.turn(event_lag=30.0)
    desk.send(desk.presence("Busy"), desk.routing("Idle"))
    before = (desk.shown(), desk.status(), len(desk.kept()))

    desk.org.now += 30

    assert (before, desk.shown(), desk.status()) == (("Offline", "OFF_QUEUE", 2), "Busy", "IDLE")


# ── alone ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("deleted", [True, False])
def test_who_does_not_exist_is_off_queue(desk: Desk, deleted: bool) -> None:
    user = desk.user if deleted else UNKNOWN
    desk.org("DELETE", f"/users/{desk.user}")

    assert desk.org("GET", f"/users/{user}/routingstatus").json() == {"userId": user, "status": "OFF_QUEUE"}


def test_the_presence_of_a_registered_source_is_read_alone_only_where_a_switch_says_so(desk: Desk, refused: Refused) -> None:
    desk.send(desk.presence("Busy"))
    path = f"/users/{desk.user}/presences/{desk.source}"
    before = refused(desk.org("GET", path))
    desk.org.turn(presence_of_registered_source="answer")

    assert (before, desk.org("GET", path).json()) == ((404, "not.found"), desk.read()["presence"])


def test_the_built_in_presence_is_not_the_injected_one(desk: Desk) -> None:
    desk.send(desk.presence("Busy"))

    shown = desk.org("GET", f"/users/{desk.user}/presences/purecloud").json()

    assert (shown["source"], shown["primary"], shown["presenceDefinition"]["systemPresence"]) == ("PURECLOUD", False, "Offline")


@pytest.mark.parametrize("source", ["purecloud", "other"])
def test_the_presence_of_nobody_is_404(org: Org, refused: Refused, source: str) -> None:
    assert refused(org("GET", f"/users/{UNKNOWN}/presences/{source}")) == (404, "presenceservice.usernotfound")


# ── in bulk ──────────────────────────────────────────────────────────────────


def bulk(desk: Desk, *users: str, source: str = "") -> Any:
    return desk.org("GET", f"/users/presences/{source or desk.source}/bulk", id=",".join(users))


def test_a_bulk_read_shows_the_users_in_the_order_asked(desk: Desk) -> None:
    ben = desk.org.user("ben@example.com")["id"]
    desk.send(desk.presence("Busy", at=3))

    read = bulk(desk, ben, desk.user).json()

    assert [(one["userId"], one["sourceId"], one["presenceDefinition"]["systemPresence"]) for one in read] == [
        (ben, desk.source, "Offline"),
        (desk.user, desk.source, "Busy"),
    ]
    assert read[1]["modifiedDate"] == desk.iso(3)


def test_a_bulk_read_leaves_out_the_silent_where_a_switch_says_so(desk: Desk) -> None:
    ben = desk.org.user("ben@example.com")["id"]
    desk.org.turn(bulk_without_presence="absent")
    desk.send(desk.presence("Busy"))

    assert [one["userId"] for one in bulk(desk, ben, desk.user).json()] == [desk.user]
    assert bulk(desk, desk.user, source="purecloud").json() == []


def test_a_bulk_read_of_the_built_in_source_shows_no_injected_presence(desk: Desk) -> None:
    desk.send(desk.presence("Busy"))

    read = bulk(desk, desk.user, source="purecloud").json()

    assert [(one["source"], one["presenceDefinition"]["systemPresence"]) for one in read] == [("PURECLOUD", "Offline")]


def test_a_bulk_read_takes_50_ids(desk: Desk, refused: Refused) -> None:
    assert bulk(desk, *[desk.user] * 50).status_code == 200
    assert refused(bulk(desk, *[desk.user] * 51)) == (400, "max.user.presences")


def test_a_bulk_read_of_nobody_is_empty(desk: Desk) -> None:
    assert bulk(desk).json() == []


def test_a_bulk_read_names_who_is_missing(desk: Desk, refused: Refused) -> None:
    assert refused(bulk(desk, desk.user, UNKNOWN)) == (404, "presenceservice.usernotfound")
    assert refused(bulk(desk, desk.user, source=UNKNOWN)) == (404, "not.found")


# ── what the admin port tells ────────────────────────────────────────────────


def test_the_admin_port_lists_a_users_events_in_the_order_of_acceptance(desk: Desk) -> None:
    desk.org.now += 60
    desk.send(desk.presence("Busy", at=9), desk.presence("Meal", at=5, message="soup"), desk.routing("Idle", at=7))

    assert [(one["order"], one["kind"], one["eventDateTime"]) for one in desk.kept()] == [
        (1, "presence", desk.iso(9)),
        (2, "presence", desk.iso(5)),
        (3, "routing_status", desk.iso(7)),
    ]
    assert desk.kept()[1] == {
        "order": 2,
        "kind": "presence",
        "eventId": desk.kept()[1]["eventId"],
        "eventDateTime": desk.iso(5),
        "sourceId": desk.source,
        "presenceDefinitionId": desk.definitions["Meal"],
        "acceptedDateTime": desk.iso(60),
        "message": "soup",
    }
    assert desk.kept()[2]["status"] == "IDLE"


def test_the_admin_port_lists_several_users_or_all(desk: Desk) -> None:
    desk.send(desk.presence("Busy"))
    admin = desk.org.admin

    assert admin("GET", f"/events?user={UNKNOWN},{desk.user}")["users"][UNKNOWN] == []
    assert [*admin("GET", "/events?user=*")["users"]] == [desk.user]
    assert "users" not in admin("GET", "/events")


def test_every_event_is_counted_once(desk: Desk) -> None:
    event = desk.presence("Busy")
    desk.org.admin("POST", "/faults", {"operation": "POST *", "event_every": 4})
    desk.send(
        event, event, desk.presence("Meal", sourceId=UNKNOWN), desk.presence("Break"), desk.presence("Away") | {"eventId": ""}
    )

    assert desk.counts("presence") == {
        "requests": 1,
        "accepted": 1,
        "repeated": 1,
        "clashes": 0,
        "out_of_order": 0,
        "failed": 1,
        "refused": {"schema": 1, "source": 1},
    }


def test_only_the_last_events_of_a_user_are_kept_where_a_switch_says_so(desk: Desk) -> None:
    desk.org.turn(events_kept=3)
    events = [desk.presence("Busy", at=number) for number in range(10)]

    desk.send(*events)

    assert [one["eventId"] for one in desk.kept()] == [one["eventId"] for one in events[-3:]]
    assert desk.counts("presence")["accepted"] == 10
