"""External sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


PATH = "/externalcontacts/externalsources"


def test_a_source_is_answered_as_it_was_written(org: Org) -> None:
    body = {"name": " ACME ", "linkConfiguration": {"uriTemplate": "https://acme.example/{id}"}}
    known = org.made(PATH, body)["id"]

    source = org("GET", f"{PATH}/{known}").json()

    assert (source["name"], source["active"], source["linkConfiguration"]) == ("ACME", True, body["linkConfiguration"])


def test_put_replaces(org: Org) -> None:
    known = org.made(PATH, {"name": "ACME", "linkConfiguration": {"uriTemplate": "https://acme.example/"}})["id"]

    changed = org("PUT", f"{PATH}/{known}", {"name": "ACME 2", "active": False}).json()

    assert (changed["name"], changed["active"], "linkConfiguration" in changed) == ("ACME 2", False, False)
    assert org.made(PATH, {"name": "ACME"})["id"] != known


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "acme"}, (409, "external.source.exists")),
        ({}, (422, "validation.failed")),
        ({"name": "x" * 201}, (422, "validation.failed")),
        ({"name": "x", "linkConfiguration": {"uriTemplate": "not an address"}}, (422, "validation.failed")),
        ({"name": "x", "linkConfiguration": {"uriTemplate": "https://x/" + "y" * 400}}, (422, "validation.failed")),
        ({"name": "x", "linkConfiguration": {"uriTemplate": "mailto:x"}}, (422, "validation.failed")),
        ({"name": "x", "linkConfiguration": {"uriTemplate": "http://[x"}}, (422, "validation.failed")),
    ],
)
def test_a_source_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, expected: tuple[int, str]) -> None:
    org.made(PATH, {"name": "ACME"})

    assert refused(org("POST", PATH, body)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [({}, ["A1", "B1"]), ({"active": "true"}, ["A1"]), ({"active": "false"}, ["B1"]), ({"name": "b"}, ["B1"])],
)
def test_sources_are_filtered(org: Org, query: Any, expected: list[str]) -> None:
    org.made(PATH, {"name": "B1", "active": False})
    org.made(PATH, {"name": "A1"})

    assert [one["name"] for one in org("GET", PATH, **query).json()["entities"]] == expected


def test_a_deleted_source_is_gone(org: Org, refused: Refused) -> None:
    known = org.made(PATH, {"name": "ACME"})["id"]

    assert org("DELETE", f"{PATH}/{known}").status_code == 200
    assert refused(org("GET", f"{PATH}/{known}")) == (404, "entity.not.found")
    assert org.made(PATH, {"name": "ACME"})["id"] != known
