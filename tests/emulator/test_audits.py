"""The audit trail of queues: what is written down, when it shows, and what leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]

REALTIME = "/audits/query/realtime"
DAY = 86_400
HOUR = 3600


def day(number: float) -> str:
    return datetime.fromtimestamp(number, UTC).isoformat().replace("+00:00", "Z")


def ask(org: Org, *filters: tuple[str, str], since: float = DAY, **more: Any) -> httpx.Response:
    interval = f"{day(org.world.now() - since)}/{day(org.world.now() + 1)}"
    named = [{"property": name, "value": value} for name, value in (("EntityType", "Queue"), *filters)]
    return org("POST", REALTIME, {"interval": interval, "serviceName": "ContactCenter", "filters": named} | more)


def entries(org: Org, *filters: tuple[str, str], **more: Any) -> list[Any]:
    answer = ask(org, *filters, **more)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["entities"])


def actions(org: Org, **more: Any) -> list[str]:
    return [one["action"] for one in entries(org, **more)]


@pytest.fixture
def queue(org: Org) -> str:
    return str(org.queue()["id"])


def add(org: Org, queue: str, *users: str, **query: str) -> None:
    answer = org("POST", f"/routing/queues/{queue}/members", [{"id": one} for one in users], **query)
    assert answer.status_code == 204


def test_an_entry_names_queue_and_member(org: Org, queue: str) -> None:
    user = org.user()["id"]

    add(org, queue, user)

    (entry,) = entries(org, ("Action", "MemberAdd"))
    assert entry["entity"]["id"] == queue
    assert [one["property"] for one in entry["propertyChanges"]] == [f"QueueMember/{queue}:{user}"]


def test_members_and_codes_coming_and_going_are_written_down(org: Org, queue: str) -> None:
    user, code = org.user()["id"], org.code()["id"]

    add(org, queue, user)
    org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": code}])
    add(org, queue, user, delete="true")
    org("DELETE", f"/routing/queues/{queue}/wrapupcodes/{code}")

    assert actions(org) == ["MemberAdd", "WrapupCodeAdd", "MemberRemove", "WrapupCodeRemove"]


def test_what_changes_nothing_is_not_written_down(org: Org, queue: str) -> None:
    user, code = org.user()["id"], org.code()["id"]
    for _ in range(2):
        add(org, queue, user)
        org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": code}])

    assert actions(org) == ["MemberAdd", "WrapupCodeAdd"]


def test_joining_is_noise_of_its_own(org: Org, queue: str) -> None:
    user = org.user()["id"]
    add(org, queue, user)

    org("PATCH", f"/routing/queues/{queue}/members", [{"id": user, "joined": False}])
    org("PATCH", f"/users/{user}/queues/{queue}", {"id": queue, "joined": True})

    assert actions(org) == ["MemberAdd", "MemberUpdate", "MemberUpdate"]
    assert [one["action"] for one in entries(org, ("Action", "MemberAdd"))] == ["MemberAdd"]


def test_a_ring_number_leaves_no_entry(org: Org, queue: str) -> None:
    user = org.user()["id"]
    add(org, queue, user)

    org("PATCH", f"/routing/queues/{queue}/members/{user}", {"id": user, "ringNumber": 3})

    assert actions(org) == ["MemberAdd"]


def test_deleting_a_user_leaves_no_entry(org: Org, queue: str) -> None:
    user = org.user()["id"]
    add(org, queue, user)

    org("DELETE", f"/users/{user}")

    assert actions(org) == ["MemberAdd"]
    assert not org("GET", f"/routing/queues/{queue}/members").json()["entities"]


def test_deleting_a_code_leaves_no_entry(org: Org, queue: str) -> None:
    code = org.code()["id"]
    org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": code}])

    org("DELETE", f"/routing/wrapupcodes/{code}")

    assert actions(org) == ["WrapupCodeAdd"]


def test_pages_are_asked_for_in_the_body(org: Org, queue: str) -> None:
    for number in range(3):
        add(org, queue, org.user(f"{number}@example.com")["id"])

    pages = [ask(org, pageSize=2, pageNumber=number).json() for number in (1, 2, 3)]

    assert [(len(one["entities"]), one["total"], one["pageCount"]) for one in pages] == [(2, 3, 2), (1, 3, 2), (0, 3, 2)]
    assert len({entry["id"] for one in pages for entry in one["entities"]}) == 3


def test_the_newest_come_first_where_they_are_asked_for_so(org: Org, queue: str) -> None:
    user = org.user()["id"]
    add(org, queue, user)
    add(org, queue, user, delete="true")

    assert actions(org, sort=[{"name": "Timestamp", "sortOrder": "descending"}]) == ["MemberRemove", "MemberAdd"]


def test_nothing_older_than_fourteen_days_is_shown(org: Org, queue: str) -> None:
    add(org, queue, org.user()["id"])
    org.now += 14 * DAY - HOUR
    org.token = org.sign_in(*org.credentials)
    young = actions(org, since=20 * DAY)
    org.now += 2 * HOUR

    assert young == ["MemberAdd"]
    assert actions(org, since=20 * DAY) == []


def test_only_the_interval_is_shown(org: Org, queue: str) -> None:
    add(org, queue, org.user()["id"])
    org.now += HOUR

    assert actions(org, since=HOUR + 1) == ["MemberAdd"]
    assert actions(org, since=HOUR - 1) == []


def test_an_entry_may_show_late(org: Org, queue: str) -> None:
    org.turn(audit_delay=120.0)
    add(org, queue, org.user()["id"])
    at_once = actions(org)
    org.now += 120

    assert at_once == []
    assert actions(org) == ["MemberAdd"]


def test_all_filters_must_hold(org: Org, queue: str) -> None:
    other = str(org.queue("Other")["id"])
    user = org.user()["id"]
    add(org, queue, user)
    add(org, other, user)

    assert [one["entity"]["id"] for one in entries(org, ("EntityId", other), ("Action", "MemberAdd"))] == [other]
    assert entries(org, ("ClientId", org.home)) == []
    assert len(entries(org, ("ClientId", org.emulator.client_id))) == 2


def test_an_id_without_its_type_is_refused(org: Org, queue: str, refused: Refused) -> None:
    body = {"interval": f"{day(org.now - DAY)}/{day(org.now)}", "filters": [{"property": "EntityId", "value": queue}]}

    assert refused(org("POST", REALTIME, body)) == (400, "bad.request")


@pytest.mark.parametrize("interval", ["", "today", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z/soon"])
def test_an_interval_without_two_dates_is_refused(org: Org, interval: str, refused: Refused) -> None:
    assert refused(org("POST", REALTIME, {"interval": interval})) == (400, "invalid.date")


def test_queries_have_a_limit_below_the_tokens(org: Org) -> None:
    org.turn(audit_requests_per_minute=2)

    statuses = [ask(org).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    org.now += 60
    assert ask(org).status_code == 200
    assert org("GET", "/routing/skills").status_code == 200


def test_the_mapping_says_what_is_served(org: Org, queue: str) -> None:
    served = org("GET", f"{REALTIME}/servicemapping").json()["services"]
    add(org, queue, org.user()["id"])
    org.turn(audits_of_queues=False)

    (queues,) = [entity for service in served for entity in service["entities"] if entity["name"] == "Queue"]
    assert {"MemberAdd", "MemberRemove", "WrapupCodeAdd", "WrapupCodeRemove"} <= {*queues["actions"]}
    assert org("GET", f"{REALTIME}/servicemapping").json()["services"] == [{"name": "ContactCenter", "entities": []}]
    assert actions(org) == []


def test_audits_need_their_permission(org: Org, refused: Refused) -> None:
    made = org.admin("POST", "/clients", {"permissions": ["routing:queue:view"]})
    org.token = org.sign_in(made["client_id"], made["client_secret"])

    assert refused(ask(org)) == (403, "missing.permissions")
    assert refused(org("GET", f"{REALTIME}/servicemapping")) == (403, "missing.permissions")
