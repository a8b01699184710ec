"""External identifiers of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


PAIR = {"authorityName": "acme", "externalKey": "a-1"}


def test_an_identifier_finds_its_user(org: Org) -> None:
    known = org.user()["id"]

    assert org("POST", f"/users/{known}/externalid", PAIR).json()[0]["externalKey"] == "a-1"
    assert org("GET", "/users/externalid/acme/a-1").json()["id"] == known
    assert org("GET", f"/users/{known}/externalid/acme").json()["externalKey"] == "a-1"
    assert [one["authorityName"] for one in org("GET", f"/users/{known}/externalid").json()] == ["acme"]


def test_the_answer_can_be_a_single_object(org: Org) -> None:
    """Not held against the definition, which knows only the array."""
    org.turn(external_id_answer="object")
    path, headers = f"/api/v2/users/{org.user()['id']}/externalid", {"Authorization": f"Bearer {org.token}"}

    answer = org._send(org.emulator.api, "POST", path, json=PAIR, headers=headers)

    assert answer.json()["externalKey"] == "a-1"


def test_casing_counts(org: Org, refused: Refused) -> None:
    org("POST", f"/users/{org.user()['id']}/externalid", PAIR)

    assert refused(org("GET", "/users/externalid/acme/A-1")) == (404, "general.resource.not.found")


def test_a_pair_belongs_to_one_user(org: Org, refused: Refused) -> None:
    org("POST", f"/users/{org.user()['id']}/externalid", PAIR)

    answer = org("POST", f"/users/{org.user('b@example.com')['id']}/externalid", PAIR)

    assert refused(answer) == (409, "general.resource.conflict")


def test_a_user_has_one_key_per_authority(org: Org, refused: Refused) -> None:
    known = org.user()["id"]
    org("POST", f"/users/{known}/externalid", PAIR)

    assert refused(org("POST", f"/users/{known}/externalid", PAIR | {"externalKey": "a-2"})) == (
        409,
        "general.resource.conflict",
    )


@pytest.mark.parametrize("part", ["authorityName", "externalKey"])
def test_neither_part_may_be_empty(org: Org, refused: Refused, part: str) -> None:
    assert refused(org("POST", f"/users/{org.user()['id']}/externalid", PAIR | {part: " "})) == (400, "general.bad.request")


def test_a_removed_pair_is_free(org: Org, refused: Refused) -> None:
    known = org.user()["id"]
    org("POST", f"/users/{known}/externalid", PAIR)

    assert org("DELETE", f"/users/{known}/externalid/acme/a-1").status_code == 204
    assert refused(org("DELETE", f"/users/{known}/externalid/acme/a-1")) == (404, "general.resource.not.found")
    assert org("POST", f"/users/{org.user('b@example.com')['id']}/externalid", PAIR).status_code == 200


@pytest.mark.parametrize(("kept", "status"), [(True, 409), (False, 200)])
def test_a_deleted_user_keeps_its_pairs_by_switch(org: Org, kept: bool, status: int) -> None:
    org.turn(deleted_keeps_external_ids=kept)
    known = org.user()["id"]
    org("POST", f"/users/{known}/externalid", PAIR)
    org("DELETE", f"/users/{known}")

    assert org("POST", f"/users/{org.user('b@example.com')['id']}/externalid", PAIR).status_code == status


def test_a_key_with_a_slash_survives_when_it_is_escaped(org: Org) -> None:
    known = org.user()["id"]
    org("POST", f"/users/{known}/externalid", PAIR | {"externalKey": "SIP/10 01"})

    assert org("GET", "/users/externalid/acme/SIP%2F10%2001").json()["id"] == known


def test_every_identifier_counts_as_a_version(org: Org) -> None:
    known = org.user()["id"]
    org("POST", f"/users/{known}/externalid", PAIR)

    assert org("GET", f"/users/{known}").json()["version"] == 2
