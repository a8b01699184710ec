"""Roles and grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def granted(org: Org, known: str) -> list[tuple[str, str]]:
    grants = org("GET", f"/authorization/subjects/{known}").json()["grants"]
    return [(one["role"]["name"], one["division"]["name"]) for one in grants]


def role(org: Org, name: str) -> str:
    return str(org("GET", "/authorization/roles", name=name).json()["entities"][0]["id"])


def test_a_new_user_holds_the_default_role(org: Org) -> None:
    assert granted(org, org.user()["id"]) == [("employee", "Home")]


def test_grants_are_added_removed_replaced(org: Org) -> None:
    user, tokyo, supervisor = org.user()["id"], org.division("Tokyo"), role(org, "Supervisor")
    one = {"grants": [{"roleId": supervisor, "divisionId": tokyo}]}

    assert org("POST", f"/authorization/subjects/{user}/bulkadd", one).status_code == 204
    assert granted(org, user) == [("employee", "Home"), ("Supervisor", "Tokyo")]
    org("POST", f"/authorization/subjects/{user}/bulkremove", one)
    assert granted(org, user) == [("employee", "Home")]
    org("POST", f"/authorization/subjects/{user}/bulkreplace", one)
    assert granted(org, user) == [("Supervisor", "Tokyo")]


def test_grants_can_be_given_back_after_a_return(org: Org) -> None:
    user = org.user()["id"]
    org("PATCH", f"/users/{user}", {"state": "inactive", "version": 1})
    body = {"grants": [{"roleId": role(org, "employee"), "divisionId": org.home}]}

    org("POST", f"/authorization/subjects/{user}/bulkadd", body)

    assert granted(org, user) == [("employee", "Home")]


def test_an_unknown_role_is_refused(org: Org, refused: Refused) -> None:
    body = {"grants": [{"roleId": "none", "divisionId": org.home}]}

    answer = org("POST", f"/authorization/subjects/{org.user()['id']}/bulkadd", body)

    assert refused(answer) == (400, "bad.role.divisions")


def test_roles_are_read(org: Org, refused: Refused) -> None:
    known = role(org, "employee")

    assert org("GET", f"/authorization/roles/{known}").json()["default"] is True
    assert org("GET", "/authorization/roles").json()["total"] == 5
    assert refused(org("GET", "/authorization/roles/none")) == (404, "general.resource.not.found")


def test_the_roles_of_a_user_are_read(org: Org) -> None:
    user = org.user()["id"]

    assert [one["name"] for one in org("GET", f"/users/{user}/roles").json()["roles"]] == ["employee"]
    expanded = org("GET", f"/users/{user}", expand="authorization").json()["authorization"]
    assert [one["name"] for one in expanded["roles"]] == ["employee"]


def test_the_client_is_a_subject_too(org: Org) -> None:
    own = org("GET", "/authorization/subjects/me").json()

    assert own == org("GET", f"/authorization/subjects/{org.credentials[0]}").json()
    assert [(one["role"]["name"], one["division"]["id"]) for one in own["grants"]] == [("EX Integration", "*")]


def test_somebody_unknown_holds_nothing(org: Org) -> None:
    assert granted(org, "nobody") == []
