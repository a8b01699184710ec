"""Timelines of users over the analytics query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Desk

    Refused = Callable[[httpx.Response], tuple[int, str]]

QUERY = "/analytics/users/details/query"
DAY = 86_400


def ask(desk: Desk, begin: float = 0, end: float = 3600, **more: Any) -> Any:
    return desk.org("POST", QUERY, {"interval": f"{desk.iso(begin)}/{desk.iso(end)}"} | more)


def found(desk: Desk, begin: float = 0, end: float = 3600, **more: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ask(desk, begin, end, **more).json()["userDetails"]
    return listed


def statuses(details: list[dict[str, Any]]) -> list[str]:
    return [one["routingStatus"] for detail in details for one in detail.get("routingStatus", ())]


def only(dimension: str, *values: str, kind: str = "or") -> list[dict[str, Any]]:
    return [{"type": kind, "predicates": [{"dimension": dimension, "value": one} for one in values]}]


def test_records_last_from_event_to_event(desk: Desk) -> None:
    desk.send(
        desk.presence("OnQueue", at=10),
        desk.presence("Meal", at=40),
        desk.routing("Idle", at=10),
        desk.routing("OffQueue", at=40),
    )

    assert found(desk) == [
        {
            "userId": desk.user,
            "primaryPresence": [
                {
                    "startTime": desk.iso(10),
                    "endTime": desk.iso(40),
                    "systemPresence": "ON_QUEUE",
                    "organizationPresenceId": desk.definitions["OnQueue"],
                },
                {"startTime": desk.iso(40), "systemPresence": "MEAL", "organizationPresenceId": desk.definitions["Meal"]},
            ],
            "routingStatus": [
                {"startTime": desk.iso(10), "endTime": desk.iso(40), "routingStatus": "IDLE"},
                {"startTime": desk.iso(40), "routingStatus": "OFF_QUEUE"},
            ],
        }
    ]


def test_a_late_event_takes_its_place_in_the_timeline(desk: Desk) -> None:
    desk.send(desk.routing("Idle", at=10), desk.routing("OffQueue", at=40), desk.routing("Interacting", at=20))

    assert statuses(found(desk)) == ["IDLE", "INTERACTING", "OFF_QUEUE"]


def test_presence_of_another_source_is_not_in_the_timeline(desk: Desk) -> None:
    other = desk.org.made("/presence/sources", {"name": "Other"})["id"]
    desk.send(desk.presence("Meal", sourceId=other))

    assert ask(desk).json() == {"userDetails": [], "totalHits": 0}


def test_an_event_that_does_not_show_yet_is_not_in_the_timeline(desk: Desk) -> None:
    desk.send(desk.routing("Idle"))
    desk.org.turn(event_lag=60.0)
    desk.send(desk.routing("OffQueue", at=1), desk.presence("Meal"))
    before = found(desk)

    desk.org.now += 60

    assert (statuses(before), "primaryPresence" in before[0], statuses(found(desk))) == (["IDLE"], False, ["IDLE", "OFF_QUEUE"])


def test_who_has_nothing_that_shows_yet_is_not_found(desk: Desk) -> None:
    desk.org.turn(event_lag=60.0)
    desk.send(desk.routing("Idle"))

    assert ask(desk).json() == {"userDetails": [], "totalHits": 0}


@pytest.mark.parametrize(
    ("switch", "begin", "end", "expected"),
    [
        ("overlap", 0, 10, []),
        ("overlap", 0, 11, ["IDLE"]),
        ("overlap", 0, 20, ["IDLE"]),
        ("overlap", 15, 30, ["IDLE", "INTERACTING"]),
        ("overlap", 20, 30, ["INTERACTING"]),
        ("overlap", 50, 60, ["OFF_QUEUE"]),
        ("overlap", 50, 50, []),
        ("started", 15, 30, ["INTERACTING"]),
        ("started", 50, 60, []),
    ],
)
def test_an_interval_takes_in_what_overlaps_it_or_begins_in_it(
    desk: Desk, switch: str, begin: float, end: float, expected: list[str]
) -> None:
    desk.org.turn(details_records=switch)
    desk.send(desk.routing("Idle", at=10), desk.routing("Interacting", at=20), desk.routing("OffQueue", at=40))

    assert statuses(found(desk, begin, end)) == expected
    assert ask(desk, begin, end).json()["totalHits"] == bool(expected)


def test_filters_choose_users_and_records(desk: Desk) -> None:
    ben = desk.org.user("ben@example.com")["id"]
    desk.send(desk.routing("Idle", at=1), desk.routing("OffQueue", at=2), desk.routing("Interacting", agentId=ben))

    assert [one["userId"] for one in found(desk)] == [desk.user, ben]
    assert [one["userId"] for one in found(desk, order="desc")] == [ben, desk.user]
    assert [one["userId"] for one in found(desk, userFilters=only("userId", ben))] == [ben]
    assert found(desk, userFilters=only("userId", ben, desk.user, kind="and")) == []
    assert statuses(found(desk, routingStatusFilters=only("routingStatus", "OFF_QUEUE", "INTERACTING"))) == [
        "OFF_QUEUE",
        "INTERACTING",
    ]


def test_clauses_and_operators_are_understood(desk: Desk) -> None:
    desk.send(desk.presence("Meal"), desk.presence("Busy", at=1))
    exists = {"type": "and", "predicates": [{"dimension": "systemPresence", "operator": "exists"}]}
    missing = {"type": "and", "predicates": [{"dimension": "systemPresence", "operator": "notExists"}]}

    def seen(*filters: dict[str, Any]) -> list[str]:
        details = found(desk, presenceFilters=list(filters))
        return [one["systemPresence"] for detail in details for one in detail["primaryPresence"]]

    assert seen(exists) == ["MEAL", "BUSY"]
    assert seen(missing) == []
    assert seen({"type": "or"}) == ["MEAL", "BUSY"]
    assert seen({"type": "or", "clauses": [missing, only("systemPresence", "BUSY")[0]]}) == ["BUSY"]


def test_users_come_in_pages(desk: Desk) -> None:
    others = [desk.org.user(f"u-{number}@example.com")["id"] for number in range(4)]
    desk.send(*[desk.routing("Idle", agentId=one) for one in others])

    pages = [ask(desk, paging={"pageSize": 3, "pageNumber": number}).json() for number in (1, 2, 3)]

    assert [[one["userId"] for one in page["userDetails"]] for page in pages] == [others[:3], others[3:], []]
    assert {page["totalHits"] for page in pages} == {4}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"interval": "today"}, "invalid.date"),
        ({"interval": "2026-07-02T00:00:00Z/2026-07-01T00:00:00Z"}, "constraint.validation"),
        ({"interval": "2026-07-01T00:00:00/2026-07-08T00:00:01"}, "constraint.validation"),
        ({"paging": {"pageSize": 0, "pageNumber": 1}}, "constraint.validation"),
        ({"paging": {"pageSize": 1}}, "constraint.validation"),
        ({"userFilters": only("userId", *["x"] * 101)}, "constraint.validation"),
        ({"userFilters": only("name", "x")}, "invalid.value"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(desk: Desk, refused: Refused, body: Any, code: str) -> None:
    assert refused(desk.org("POST", QUERY, {"interval": "2026-07-01T00:00:00Z/2026-07-02T00:00:00Z"} | body)) == (400, code)


def test_an_interval_with_a_filter_may_have_31_days(desk: Desk) -> None:
    assert ask(desk, 0, 31 * DAY, userFilters=only("userId", desk.user)).status_code == 200
    assert ask(desk, 0, 7 * DAY).status_code == 200
    assert ask(desk, 0, 31 * DAY).status_code == 400


def test_a_client_sees_users_of_its_divisions(desk: Desk) -> None:
    desk.send(desk.routing("Idle"))
    desk.org.division("Tokyo")
    client = desk.org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = desk.org.sign_in(client["client_id"], client["client_secret"])

    answer = desk.org("POST", QUERY, {"interval": f"{desk.iso(0)}/{desk.iso(60)}"}, token=token)

    assert answer.json()["totalHits"] == 0
