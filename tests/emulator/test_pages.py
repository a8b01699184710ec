"""The ways lists are paged."""

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


def test_a_full_page_tells_where_it_stands(org: Org) -> None:
    for number in range(5):
        org.skill(f"S{number}")

    page = org("GET", "/routing/skills", pageSize=2, pageNumber=2).json()

    assert [one["name"] for one in page["entities"]] == ["S2", "S3"]
    assert (page["total"], page["pageCount"], page["pageSize"], page["pageNumber"]) == (5, 3, 2, 2)
    assert page["nextUri"] == "/api/v2/routing/skills?pageSize=2&pageNumber=3"
    assert page["previousUri"] == page["firstUri"] == "/api/v2/routing/skills?pageSize=2&pageNumber=1"
    assert page["lastUri"] == page["nextUri"]


def test_the_next_address_keeps_the_other_parameters(org: Org) -> None:
    org.user("a@example.com")
    org.user("b@example.com")

    page = org("GET", "/users", pageSize=1, expand="skills,languages").json()

    assert page["nextUri"] == "/api/v2/users?expand=skills%2Clanguages&pageSize=1&pageNumber=2"


def test_a_page_past_the_end_is_empty(org: Org) -> None:
    page = org("GET", "/routing/skills", pageNumber=9).json()

    assert (page["entities"], page["total"], "nextUri" in page) == ([], 0, False)


def test_pages_hold_25_unless_told_otherwise(org: Org) -> None:
    assert org("GET", "/users").json()["pageSize"] == 25


def test_members_come_without_totals(org: Org) -> None:
    queue = org.queue()["id"]
    people = [{"id": org.user(f"u{number}@example.com")["id"]} for number in range(3)]
    org("POST", f"/routing/queues/{queue}/members", people)

    first = org("GET", f"/routing/queues/{queue}/members", pageSize=2).json()
    last = org("GET", f"/routing/queues/{queue}/members", pageSize=2, pageNumber=2).json()

    assert first.keys() == {"entities", "pageSize", "pageNumber", "firstUri", "selfUri", "nextUri"}
    assert (len(last["entities"]), "nextUri" in last) == (1, False)


def test_presence_lists_are_not_paged(org: Org) -> None:
    assert org("GET", "/presence/definitions", pageSize=1).json().keys() == {"total", "entities", "selfUri"}


def test_users_by_cursor_end_without_one(org: Org) -> None:
    for number in range(3):
        org.user(f"u{number}@example.com")

    first = org("GET", "/users/query", pageSize=2).json()
    last = org("GET", "/users/query", pageSize=2, cursor=first["cursor"]).json()

    assert (first["results"], last["results"]) == (2, 1)
    assert "cursor" not in last
    assert "nextUri" not in last


def test_divisions_by_cursor_go_both_ways(org: Org, refused: Refused) -> None:
    for number in range(3):
        org.division(f"D{number}")
    first = org("GET", "/authorization/divisions/query", pageSize=2).json()
    second = org.raw("GET", first["nextUri"].removeprefix("/api/v2"), headers={"Authorization": f"Bearer {org.token}"}).json()
    back = org.raw("GET", second["previousUri"].removeprefix("/api/v2"), headers={"Authorization": f"Bearer {org.token}"})

    assert [one["name"] for one in second["entities"]] == ["D2", "Home"]
    assert back.json()["entities"] == first["entities"]
    both = org("GET", "/authorization/divisions/query", after="x", before="y")
    assert refused(both) == (400, "both.after.and.before.provided")


def test_external_sources_have_a_cursor_that_dies(org: Org, refused: Refused) -> None:
    for number in range(12):
        org.made("/externalcontacts/externalsources", {"name": f"E{number:02}"})

    first = org("GET", "/externalcontacts/externalsources", limit=10).json()
    second = org("GET", "/externalcontacts/externalsources", limit=10, cursor=first["cursors"]["after"])
    org.now += 86_401
    org.token = org.sign_in(*org.credentials)
    third = org("GET", "/externalcontacts/externalsources", limit=10, cursor=first["cursors"]["after"])

    assert names(second) == ["E10", "E11"]
    assert "after" not in second.json()["cursors"]
    assert refused(third) == (400, "bad.request")


def test_a_page_size_above_the_maximum_is_cut_and_noted(org: Org) -> None:
    assert org("GET", "/routing/wrapupcodes", pageSize=500).json()["pageSize"] == 100
    assert org.admin("GET", "/requests")["violations"][0]["code"] == "page.size"


def test_a_page_size_above_the_maximum_can_be_refused(org: Org, refused: Refused) -> None:
    org.turn(page_size_above_maximum="refuse")

    assert refused(org("GET", "/users", pageSize=501)) == (400, "invalid.query.param.value")


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/routing/queues", {"pageNumber": 0}, "invalid.page.number"),
        ("/routing/wrapupcodes", {"pageNumber": "x"}, "invalid.page.number"),
        ("/users", {"pageNumber": 0}, "invalid.query.param.value"),
        ("/users", {"pageSize": 0}, "invalid.query.param.value"),
        ("/externalcontacts/externalsources", {"limit": 5}, "invalid.query.param.value"),
        ("/users/query", {"cursor": "%%%"}, "bad.request"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(org: Org, refused: Refused, path: str, query: Any, code: str) -> None:
    assert refused(org("GET", path, **query)) == (400, code)


def test_lists_take_repeated_and_joined_values(org: Org) -> None:
    one, two = org.skill("One"), org.skill("Two")
    headers = {"Authorization": f"Bearer {org.token}"}

    joined = org("GET", "/routing/skills", id=f"{one},{two}")
    repeated = org.raw("GET", f"/routing/skills?id={one}&id={two}", headers=headers)

    assert names(joined) == names(repeated) == ["One", "Two"]


@pytest.mark.parametrize(
    ("order", "expected"), [("ASC", ["A", "B"]), ("ascending", ["A", "B"]), ("DESC", ["B", "A"]), ("descending", ["B", "A"])]
)
def test_sort_orders_are_read_in_any_spelling(org: Org, order: str, expected: list[str]) -> None:
    org.language("B")
    org.language("A")

    assert names(org("GET", "/routing/languages", sortOrder=order)) == expected


def test_a_view_of_queues_ends_at_page_five(org: Org, refused: Refused) -> None:
    assert org("GET", "/routing/queues/divisionviews", pageNumber=5).status_code == 200
    assert refused(org("GET", "/routing/queues/divisionviews", pageNumber=6)) == (400, "invalid.page.number")


def test_a_response_can_be_too_large(org: Org, refused: Refused) -> None:
    org.turn(response_cells_maximum=500)

    assert org("GET", "/users", pageSize=250, expand="skills").status_code == 200
    assert refused(org("GET", "/users", pageSize=500, expand="skills")) == (400, "response.entity.too.large")
