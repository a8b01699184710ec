"""Users: lists, versions, states, what is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def listed(org: Org, **query: Any) -> list[str]:
    return [one["email"] for one in org("GET", "/users", **query).json()["entities"]]


def test_a_new_user_is_inactive_unless_told_otherwise(org: Org) -> None:
    body = {"name": "Ada", "email": "ada@example.com", "divisionId": org.home}

    assert org.made("/users", body)["state"] == "inactive"


def test_a_user_is_answered_as_it_was_written(org: Org) -> None:
    contact = {"address": "+81312345678", "mediaType": "PHONE", "type": "WORK"}
    known = org.user(title="Agent", department="Care", addresses=[contact])["id"]

    user = org("GET", f"/users/{known}").json()

    assert (user["title"], user["department"], user["addresses"]) == ("Agent", "Care", [contact])
    assert user["division"] == {
        "id": org.home,
        "name": "Home",
        "selfUri": f"/api/v2/authorization/divisions/{org.home}",
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [("active", ["a"]), ("inactive", ["i"]), ("deleted", ["d"]), ("any", ["a", "i"]), ("ANY", ["a", "i"])],
)
def test_users_are_listed_by_state(org: Org, state: str, expected: list[str]) -> None:
    org.user("a@example.com")
    org.user("i@example.com", state="inactive")
    org("DELETE", f"/users/{org.user('d@example.com')['id']}")

    assert [one.partition("@")[0] for one in listed(org, state=state)] == expected


def test_any_state_can_be_made_to_show_deleted_users(org: Org) -> None:
    org("DELETE", f"/users/{org.user()['id']}")
    org.turn(any_includes_deleted=True)

    assert listed(org, state="any") == ["ada@example.com"]


def test_users_are_refreshed_by_id(org: Org, refused: Refused) -> None:
    one, two = org.user("a@example.com")["id"], org.user("b@example.com")["id"]

    assert listed(org, id=f"{two},{one}") == ["b@example.com", "a@example.com"]
    assert refused(org("GET", "/users", id=",".join([one] * 101))) == (400, "max.user.ids")


def test_inactive_users_end_at_ten_thousand(org: Org, refused: Refused) -> None:
    assert org("GET", "/users", state="inactive", pageSize=500, pageNumber=20).status_code == 200
    answer = org("GET", "/users", state="inactive", pageSize=500, pageNumber=21)

    assert refused(answer) == (400, "bad.request")


def test_users_carry_skills_only_when_asked(org: Org) -> None:
    user, skill = org.user()["id"], org.skill("Billing")
    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": 3.5}])

    plain = org("GET", "/users").json()["entities"][0]
    full = org("GET", "/users", expand="skills,languages").json()["entities"][0]

    assert "skills" not in plain
    assert [(one["name"], one["proficiency"]) for one in full["skills"]] == [("Billing", 3.5)]
    assert full["languages"] == []


def test_an_unknown_expansion_is_refused(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/users", expand="everything")) == (400, "invalid.query.param.value")


@pytest.mark.parametrize("expand", ["presence", "routingStatus", "authorization", "employerInfo", "dateWelcomeSent", "groups"])
def test_expansions_come_or_stay_away_but_never_fail(org: Org, expand: str) -> None:
    org.user()

    assert org("GET", "/users", expand=expand).status_code == 200


def test_a_patch_changes_what_it_names(org: Org) -> None:
    user, boss = org.user(), org.user("boss@example.com")
    body = {"version": user["version"], "title": "Lead", "manager": boss["id"], "employerInfo": {"employeeId": "007"}}

    changed = org("PATCH", f"/users/{user['id']}", body).json()
    read = org("GET", f"/users/{user['id']}", expand="employerInfo").json()

    assert (changed["version"], changed["title"], changed["name"]) == (user["version"] + 1, "Lead", "Ada")
    assert (read["manager"]["id"], read["employerInfo"]) == (boss["id"], {"employeeId": "007"})


def test_an_empty_manager_clears_it(org: Org) -> None:
    user, boss = org.user(), org.user("boss@example.com")
    org("PATCH", f"/users/{user['id']}", {"version": 1, "manager": boss["id"]})

    assert "manager" not in org("PATCH", f"/users/{user['id']}", {"version": 2, "manager": ""}).json()


def test_a_patch_cannot_move_a_user(org: Org, refused: Refused) -> None:
    user = org.user()

    answer = org("PATCH", f"/users/{user['id']}", {"version": 1, "divisionId": org.division()})

    assert refused(answer) == (400, "invalid.property")


@pytest.mark.parametrize("status", [409, 400])
def test_a_stale_version_is_a_conflict(org: Org, refused: Refused, status: int) -> None:
    org.turn(version_conflict_status=status)
    user = org.user()

    answer = org("PATCH", f"/users/{user['id']}", {"version": 7, "title": "Lead"})

    assert refused(answer) == (status, "general.conflict")
    assert "does not match the current version" in answer.json()["message"]


def test_the_version_has_to_be_given(org: Org, refused: Refused) -> None:
    assert refused(org("PATCH", f"/users/{org.user()['id']}", {"title": "x"})) == (400, "constraint.validation")


def test_state_stands_alone_in_a_patch(org: Org) -> None:
    user = org.user()

    changed = org("PATCH", f"/users/{user['id']}", {"version": 1, "state": "inactive", "title": "Lead"}).json()

    assert (changed["state"], "title" in changed) == ("inactive", False)


@pytest.mark.parametrize("status", [409, 400])
@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
def test_an_email_in_use_is_a_conflict(org: Org, refused: Refused, email: str, status: int) -> None:
    org.turn(duplicate_email_status=status)
    org.user("ada@example.com")

    answer = org("POST", "/users", {"name": "Other", "email": email, "divisionId": org.home})

    assert refused(answer) == (status, "general.conflict")


def test_a_deleted_user_keeps_its_email(org: Org, refused: Refused) -> None:
    org("DELETE", f"/users/{org.user()['id']}")

    answer = org("POST", "/users", {"name": "Other", "email": "ada@example.com", "divisionId": org.home})

    assert refused(answer) == (409, "general.conflict")


def test_a_refused_change_changes_nothing(org: Org, refused: Refused) -> None:
    org.user("boss@example.com")
    user = org.user()
    before = org.admin("GET", "/state")

    answer = org("PATCH", f"/users/{user['id']}", {"version": 1, "name": "X", "email": "boss@example.com"})

    assert refused(answer) == (409, "general.conflict")
    assert org.admin("GET", "/state") == before


def test_a_deleted_user_is_found_only_by_those_who_look_for_it(org: Org, refused: Refused) -> None:
    known = org.user()["id"]
    org("DELETE", f"/users/{known}")

    assert refused(org("GET", f"/users/{known}")) == (404, "general.resource.not.found")
    assert org("GET", f"/users/{known}", state="deleted").json()["state"] == "deleted"


def test_deleting_twice_is_no_error(org: Org, refused: Refused) -> None:
    known = org.user()["id"]

    assert [org("DELETE", f"/users/{known}").status_code for _ in range(2)] == [200, 200]
    assert refused(org("DELETE", f"/users/{org.home}")) == (404, "general.resource.not.found")


def test_a_deleted_user_comes_back_by_state_alone(org: Org) -> None:
    tokyo = org.division("Tokyo")
    known = org.user(divisionId=tokyo)["id"]
    org("DELETE", f"/users/{known}")
    version = org("GET", f"/users/{known}", state="deleted").json()["version"]

    back = org("PATCH", f"/users/{known}", {"state": "active", "version": version}).json()

    assert (back["state"], back["division"]["name"], listed(org)) == ("active", "Home", ["ada@example.com"])


@pytest.mark.parametrize("state", ["inactive", "deleted"])
def test_roles_are_lost_with_the_state_for_good(org: Org, state: str) -> None:
    known = org.user()["id"]
    assert org("GET", f"/authorization/subjects/{known}").json()["grants"]

    org("PATCH", f"/users/{known}", {"state": state, "version": 1})
    org("PATCH", f"/users/{known}", {"state": "active", "version": 2})

    assert org("GET", f"/authorization/subjects/{known}").json()["grants"] == []


@pytest.mark.parametrize(("kept", "members"), [(True, 1), (False, 0)])
def test_memberships_survive_deletion_by_switch(org: Org, kept: bool, members: int) -> None:
    org.turn(deleted_keeps_memberships=kept)
    queue, known = org.queue()["id"], org.user()["id"]
    org("POST", f"/routing/queues/{queue}/members", [{"id": known}])

    org("DELETE", f"/users/{known}")

    assert len(org("GET", f"/routing/queues/{queue}/members").json()["entities"]) == members


@pytest.mark.parametrize(("kept", "count"), [(True, 1), (False, 0)])
def test_an_inactive_user_leaves_its_queues_by_switch(org: Org, kept: bool, count: int) -> None:
    org.turn(inactive_keeps_memberships=kept)
    queue, known = org.queue()["id"], org.user()["id"]
    org("POST", f"/routing/queues/{queue}/members", [{"id": known}])

    org("PATCH", f"/users/{known}", {"state": "inactive", "version": 1})

    assert org("GET", f"/routing/queues/{queue}").json()["memberCount"] == count


def test_the_narrow_call_keeps_the_reason(org: Org) -> None:
    known = org.user()["id"]

    org("PUT", f"/users/{known}/state", {"state": "inactive", "version": 1, "stateChangeReason": "Leave"})

    state = org("GET", f"/users/{known}/state").json()
    assert (state["state"], state["version"], state["stateChangeReason"]) == ("inactive", 2, "Leave")


def test_only_an_invitation_says_welcome(org: Org) -> None:
    known = org.user()["id"]
    assert "dateWelcomeSent" not in org("GET", f"/users/{known}", expand="dateWelcomeSent").json()

    assert org("POST", f"/users/{known}/invite").status_code == 204
    assert "dateWelcomeSent" in org("GET", f"/users/{known}", expand="dateWelcomeSent").json()


def test_the_bulk_call_changes_one_field_of_50_users(org: Org, refused: Refused) -> None:
    known = org.user()["id"]

    changed = org("PATCH", "/users/bulk", [{"id": known, "acdAutoAnswer": True}]).json()

    assert changed["entities"][0]["acdAutoAnswer"] is True
    assert org("PATCH", "/users/bulk", [{"id": known}] * 50).status_code == 200
    assert refused(org("PATCH", "/users/bulk", [{"id": known}] * 51)) == (400, "max.directory.users")


def test_new_users_can_be_missing_from_lists_for_a_while(org: Org) -> None:
    org.turn(list_lag=5.0)
    org.user()

    assert listed(org) == []
    org.now += 5
    assert listed(org) == ["ada@example.com"]


def test_a_query_over_all_divisions_needs_all_divisions(org: Org, refused: Refused) -> None:
    client = org.admin("POST", "/clients", {"divisions": ["Home"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert refused(org("GET", "/users/query", token=token)) == (403, "missing.division.permission")


def test_a_user_of_another_division_is_out_of_reach(org: Org, refused: Refused) -> None:
    known = org.user(divisionId=org.division("Tokyo"))["id"]
    client = org.admin("POST", "/clients", {"divisions": ["Home"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert refused(org("GET", f"/users/{known}", token=token)) == (403, "missing.division.permission")


def test_a_password_is_taken_and_forgotten(org: Org, refused: Refused) -> None:
    path = f"/users/{org.user()['id']}/password"

    assert org("POST", path, {"newPassword": "correct horse"}).status_code == 204
    assert refused(org("POST", path, {"newPassword": ""})) == (400, "password.empty")


def test_a_change_that_cannot_be_is_refused(org: Org, refused: Refused) -> None:
    user = org.user()
    contact = {"address": "+49", "extension": "7"}

    for body, expected in (
        ({"addresses": [contact]}, (400, "general.bad.request")),
        ({"name": " "}, (400, "general.bad.request")),
        ({"email": "no address"}, (400, "general.bad.request")),
        ({"manager": "nobody"}, (404, "general.resource.not.found")),
    ):
        assert refused(org("PATCH", f"/users/{user['id']}", body | {"version": 1})) == expected


def test_a_user_needs_a_division_that_exists(org: Org, refused: Refused) -> None:
    body = {"name": "Ada", "email": "ada@example.com", "divisionId": "none"}

    assert refused(org("POST", "/users", body)) == (400, "general.bad.request")


def test_a_changed_email_frees_the_old_one(org: Org) -> None:
    user = org.user("old@example.com")

    assert org("PATCH", f"/users/{user['id']}", {"version": 1, "email": "new@example.com"}).json()["email"] == "new@example.com"
    assert org.user("old@example.com")["id"] != user["id"]
