"""Search for users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def search(org: Org, *criteria: dict[str, Any], **more: Any) -> list[str]:
    return [one["email"] for one in org("POST", "/users/search", {"query": list(criteria)} | more).json()["results"]]


def exact(field: str, value: str) -> dict[str, Any]:
    return {"type": "EXACT", "fields": [field], "value": value}


def test_deleted_users_show_to_those_who_ask_for_them(org: Org) -> None:
    org("DELETE", f"/users/{org.user()['id']}")

    assert search(org, exact("email", "ada@example.com")) == []
    assert search(org, exact("email", "ADA@example.com"), exact("state", "deleted")) == ["ada@example.com"]


def test_the_index_lags_behind_deletions(org: Org) -> None:
    org.turn(search_lag=60.0)
    org("DELETE", f"/users/{org.user()['id']}")

    assert search(org, exact("state", "deleted")) == []
    org.now += 60
    assert search(org, exact("state", "deleted")) == ["ada@example.com"]


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"type": "TERMS", "fields": ["email"], "values": ["a@x.org", "c@x.org", "none@x.org"]}, ["a", "c"]),
        ({"type": "STARTS_WITH", "fields": ["name"], "value": "be"}, ["b"]),
        ({"type": "CONTAINS", "fields": ["name", "title"], "value": "LEAD"}, ["a", "b"]),
        ({"type": "REQUIRED_FIELDS", "fields": ["title"]}, ["a"]),
        ({"type": "MATCH_ALL"}, ["a", "b", "c"]),
        ({"type": "EXACT", "fields": ["email"], "value": "a@x.org", "operator": "NOT"}, ["b", "c"]),
        ({"type": "EXACT", "fields": ["nonsense"], "value": "x"}, []),
        (
            {
                "type": "EXACT",
                "group": [
                    {"type": "EXACT", "fields": ["name"], "value": "anna", "operator": "OR"},
                    {"type": "EXACT", "fields": ["name"], "value": "carl", "operator": "OR"},
                ],
            },
            ["a", "c"],
        ),
    ],
)
def test_criteria_select(org: Org, criterion: dict[str, Any], expected: list[str]) -> None:
    org.user("a@x.org", name="Anna", title="Team lead")
    org.user("b@x.org", name="Ben Leader")
    org.user("c@x.org", name="Carl")

    assert [one.partition("@")[0] for one in search(org, criterion)] == expected


def test_membership_and_skills_are_searchable(org: Org) -> None:
    queue, skill, user = org.queue()["id"], org.skill("Billing"), org.user()["id"]
    org("POST", f"/routing/queues/{queue}/members", [{"id": user}])
    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": 1}])
    org.user("b@example.com")

    assert search(org, exact("queueMembership.added", queue)) == ["ada@example.com"]
    assert search(org, exact("routingSkills.name", "billing")) == ["ada@example.com"]


def test_the_envelope_is_that_of_the_search_service(org: Org) -> None:
    org.user("a@x.org", name="A")
    org.user("b@x.org", name="B")

    body = org("POST", "/users/search", {"pageSize": 1, "pageNumber": 2, "query": [], "expand": ["skills"]}).json()

    assert (body["total"], body["pageCount"], body["types"]) == (2, 2, ["users"])
    assert [(one["name"], one["skills"]) for one in body["results"]] == [("B", [])]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": [exact("email", "x")] * 51}, "too.many.search.criteria"),
        ({"query": [{"type": "TERMS", "fields": ["email"], "values": ["x"] * 51}]}, "search.criteria.values.exceed.limit"),
        ({"pageSize": 100, "pageNumber": 101}, "too.many.requested.results"),
        ({"query": [{"type": "GUESS"}]}, "invalid.value"),
    ],
)
def test_a_search_has_bounds(org: Org, refused: Refused, body: Any, code: str) -> None:
    assert refused(org("POST", "/users/search", body)) == (400, code)


def test_a_criterion_takes_fifty_values(org: Org) -> None:
    assert search(org, {"type": "TERMS", "fields": ["email"], "values": ["x"] * 50}) == []


def test_a_search_is_no_write(org: Org) -> None:
    search(org)

    assert org.admin("GET", "/requests")["writes"] == 0
