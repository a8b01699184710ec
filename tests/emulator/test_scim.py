"""Users written by SCIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
PATCH = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
ADA = {"userName": "ada@example.com", "displayName": "Ada"}


def created(org: Org, **more: Any) -> str:
    return str(org.made("/scim/v2/users", ADA | more)["id"])


def patch(org: Org, known: str, *operations: dict[str, Any]) -> httpx.Response:
    return org("PATCH", f"/scim/v2/users/{known}", {"schemas": PATCH, "Operations": list(operations)})


def genesys(org: Org, known: str) -> dict[str, Any]:
    document: dict[str, Any] = org("GET", f"/scim/v2/users/{known}").json()[GENESYS]
    return document


def test_one_request_writes_a_whole_user(org: Org) -> None:
    org.skill("Billing")
    org.language("English")
    org.division("Tokyo")
    boss = org.user("boss@example.com")["id"]
    body = ADA | {
        "title": "Agent",
        "active": True,
        "phoneNumbers": [{"value": "+81312345678", "type": "work", "primary": True}],
        ENTERPRISE: {"division": "Tokyo", "department": "Care", "manager": {"value": boss}, "employeeNumber": "007"},
        GENESYS: {
            "routingSkills": [{"name": "Billing", "proficiency": 4.0}],
            "routingLanguages": [{"name": "English", "proficiency": 5}],
            "externalIds": [{"authority": "acme", "value": "a-1"}],
        },
    }

    answer = org("POST", "/scim/v2/users", body)
    user = org("GET", f"/users/{answer.json()['id']}", expand="skills,languages,employerInfo").json()

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert (user["state"], user["division"]["name"], user["department"], user["title"]) == ("active", "Tokyo", "Care", "Agent")
    assert user["manager"]["id"] == boss
    assert user["employerInfo"] == {"employeeId": "007"}
    assert user["addresses"] == [{"address": "+81312345678", "mediaType": "PHONE", "type": "WORK"}]
    assert [(one["name"], one["proficiency"]) for one in user["skills"] + user["languages"]] == [
        ("Billing", 4.0),
        ("English", 5.0),
    ]
    assert org("GET", "/users/externalid/acme/a-1").json()["id"] == user["id"]


def test_what_scim_wrote_is_listed_at_once(org: Org) -> None:
    created(org)

    assert [one["email"] for one in org("GET", "/users").json()["entities"]] == ["ada@example.com"]


@pytest.mark.parametrize(
    "extension",
    [
        {GENESYS: {"routingSkills": [{"name": "billing"}]}},
        {GENESYS: {"routingLanguages": [{"name": "Klingon"}]}},
        {ENTERPRISE: {"division": "Nowhere"}},
        {ENTERPRISE: {"manager": {"value": "nobody"}}},
        {"roles": [{"value": "King"}]},
    ],
)
def test_a_name_that_does_not_exist_refuses_the_whole_user(org: Org, refused: Refused, extension: Any) -> None:
    """Casing of skill names counts: there is Billing, not billing."""
    org.skill("Billing")

    assert refused(org("POST", "/scim/v2/users", ADA | extension)) == (400, "invalid.value")
    assert org("GET", "/users").json()["total"] == 0


def test_a_refused_user_does_not_occupy_its_identifier(org: Org) -> None:
    pair = {"externalIds": [{"authority": "acme", "value": "a-1"}]}
    org("POST", "/scim/v2/users", ADA | {GENESYS: pair | {"routingSkills": [{"name": "None"}]}})

    assert org("POST", "/scim/v2/users", ADA | {GENESYS: pair}).status_code == 201


def test_an_email_in_use_is_not_unique(org: Org, refused: Refused) -> None:
    org.user("ada@example.com")

    assert refused(org("POST", "/scim/v2/users", ADA)) == (409, "uniqueness")


@pytest.mark.parametrize(("switch", "status"), [("conflict", 409), ("restore", 201)])
def test_an_email_of_a_deleted_user_is_a_guess(org: Org, switch: str, status: int) -> None:
    org.turn(scim_create_over_deleted=switch)
    org("DELETE", f"/users/{org.user('ada@example.com')['id']}")

    assert org("POST", "/scim/v2/users", ADA).status_code == status


def test_an_identifier_in_use_is_a_conflict(org: Org, refused: Refused) -> None:
    pair = {GENESYS: {"externalIds": [{"authority": "acme", "value": "a-1"}]}}
    created(org, **pair)

    answer = org("POST", "/scim/v2/users", {"userName": "b@example.com", "displayName": "B"} | pair)

    assert refused(answer) == (409, "uniqueness")


def test_lists_leave_the_genesys_extension_out_unless_asked(org: Org) -> None:
    created(org, **{GENESYS: {"externalIds": [{"authority": "acme", "value": "a-1"}]}})

    plain = org("GET", "/scim/v2/users").json()["Resources"][0]
    asked = org("GET", "/scim/v2/users", attributes=f"{GENESYS}:externalIds").json()["Resources"][0]

    assert GENESYS not in plain
    assert asked.keys() == {"schemas", "id", "userName", "active", "meta", GENESYS}
    assert asked[GENESYS] == {"externalIds": [{"authority": "acme", "value": "a-1"}]}


def test_attributes_can_be_excluded(org: Org) -> None:
    created(org)

    resource = org("GET", "/scim/v2/users", excludedAttributes=f"roles,{ENTERPRISE}:division").json()["Resources"][0]

    assert "roles" not in resource
    assert "division" not in resource.get(ENTERPRISE, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["ada", "bea"]),
        ("active eq false", ["ina"]),
        ("active eq true", ["ada", "bea"]),
        ('userName eq "ADA@example.com"', ["ada"]),
        ("userName eq ina@example.com", ["ina"]),
        ("email eq none@example.com", []),
        (f'{GENESYS}:externalIds[authority eq "acme" and value eq "a/1"]', ["ada"]),
        ('externalIds[authority eq "acme" and value eq "A/1"]', []),
        ("division eq Home", ["ada", "bea", "ina"]),
        ("division eq Tokyo", []),
        ("employeeNumber eq 7", ["bea"]),
        ("externalId eq x-1", ["bea"]),
        ('userName eq "ada@example.com" and active eq false', []),
        ("manager eq nobody", []),
    ],
)
def test_filters_select(org: Org, text: str, expected: list[str]) -> None:
    created(org, **{GENESYS: {"externalIds": [{"authority": "acme", "value": "a/1"}]}})
    org.made(
        "/scim/v2/users",
        {"userName": "bea@example.com", "displayName": "Bea", "externalId": "x-1", ENTERPRISE: {"employeeNumber": "7"}},
    )
    org.made("/scim/v2/users", {"userName": "ina@example.com", "displayName": "Ina", "active": False})
    org("DELETE", f"/users/{org.user('del@example.com')['id']}")

    found = org("GET", "/scim/v2/users", filter=text).json()["Resources"]

    assert [one["userName"].partition("@")[0] for one in found] == expected


@pytest.mark.parametrize("text", ["userName", "userName sw a", "shoeSize eq 7", "groups[value eq x]", "active eq maybe"])
def test_a_filter_that_cannot_be_read_is_refused(org: Org, text: str) -> None:
    assert org("GET", "/scim/v2/users", filter=text).status_code == 400


def test_pages_start_at_an_index(org: Org) -> None:
    for name in "abc":
        org.user(f"{name}@example.com")

    page = org("GET", "/scim/v2/users", startIndex=3, count=2).json()

    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 3, 1)
    assert org("GET", "/scim/v2/users", count=0).json()["totalResults"] == 3


def test_large_pages_with_costly_attributes_are_refused(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/scim/v2/users", count=26)) == (429, "too.many.requests")
    assert org("GET", "/scim/v2/users", count=100, attributes="id,active").status_code == 200
    org.turn(scim_large_page_refused=False)
    assert org("GET", "/scim/v2/users", count=26).status_code == 200


def test_the_version_is_the_users(org: Org) -> None:
    known = created(org)
    answer = org("GET", f"/scim/v2/users/{known}")

    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["meta"]["version"] == "1"
    assert org("GET", f"/users/{known}").json()["version"] == 1


def test_an_unchanged_user_is_304(org: Org) -> None:
    headers = {"Authorization": f"Bearer {org.token}", "If-None-Match": '"1"'}

    assert org.raw("GET", f"/scim/v2/users/{created(org)}", headers=headers).status_code == 304


@pytest.mark.parametrize("status", [400, 409])
def test_a_stale_etag_is_refused(org: Org, refused: Refused, status: int) -> None:
    org.turn(scim_version_mismatch_status=status)
    headers = {"Authorization": f"Bearer {org.token}", "If-Match": '"7"'}
    body = {"schemas": PATCH, "Operations": []}

    answer = org.raw("PATCH", f"/scim/v2/users/{created(org)}", json=body, headers=headers)

    assert refused(answer) == (status, "invalidVers")


def test_a_fresh_etag_is_accepted(org: Org) -> None:
    headers = {"Authorization": f"Bearer {org.token}", "If-Match": '"1"'}
    body = {"schemas": PATCH, "Operations": [{"op": "replace", "path": "title", "value": "Lead"}]}

    answer = org.raw("PATCH", f"/scim/v2/users/{created(org)}", json=body, headers=headers)

    assert (answer.status_code, answer.json()["title"], answer.headers["ETag"]) == (200, "Lead", '"2"')


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": f"{GENESYS}:externalIds", "value": [{"authority": "b", "value": "2"}]}, ["a1", "b2"]),
        ({"op": "add", "value": {GENESYS: {"externalIds": [{"authority": "b", "value": "2"}]}}}, ["a1", "b2"]),
        ({"op": "replace", "path": f"{GENESYS}:externalIds", "value": [{"authority": "b", "value": "2"}]}, ["b2"]),
        ({"op": "replace", "path": f'{GENESYS}:externalIds[authority eq "a"].value', "value": "3"}, ["a3"]),
        ({"op": "replace", "path": f'{GENESYS}:externalIds[authority eq "a"]', "value": {"value": "3"}}, ["a3"]),
        ({"op": "remove", "path": f'{GENESYS}:externalIds[authority eq "a" and value eq "1"]'}, []),
        ({"op": "remove", "path": f"{GENESYS}:externalIds"}, []),
        ({"op": "Add", "path": f"{GENESYS}:externalIds", "value": {"authority": "a", "value": "1"}}, ["a1"]),
    ],
)
def test_a_patch_changes_pairs_one_by_one(org: Org, operation: dict[str, Any], expected: list[str]) -> None:
    known = created(org, **{GENESYS: {"externalIds": [{"authority": "a", "value": "1"}]}})

    answer = patch(org, known, operation)

    assert answer.status_code == 200, answer.text
    assert [one["authority"] + one["value"] for one in genesys(org, known)["externalIds"]] == expected


def test_a_patch_changes_plain_attributes(org: Org) -> None:
    org.division("Tokyo")
    boss = org.user("boss@example.com")["id"]
    known = created(org)

    patch(
        org,
        known,
        {"op": "replace", "path": "displayName", "value": "Ada L."},
        {"op": "replace", "path": "userName", "value": "lovelace@example.com"},
        {"op": "add", "path": f"{ENTERPRISE}:division", "value": "Tokyo"},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": boss},
        {"op": "replace", "value": {"title": "Countess", ENTERPRISE: {"department": "Engines"}}},
    )

    user = org("GET", f"/users/{known}").json()
    told = [user[name] for name in ("name", "email", "title", "department")]
    assert told == ["Ada L.", "lovelace@example.com", "Countess", "Engines"]
    assert (user["division"]["name"], user["manager"]["id"]) == ("Tokyo", boss)


def test_a_patch_deactivates_with_all_that_is_lost(org: Org) -> None:
    known = created(org)

    patch(org, known, {"op": "replace", "path": "active", "value": False})

    assert org("GET", f"/users/{known}").json()["state"] == "inactive"
    assert org("GET", f"/authorization/subjects/{known}").json()["grants"] == []


def test_a_patch_removes_an_attribute(org: Org) -> None:
    known = created(org, title="Agent")

    assert "title" not in patch(org, known, {"op": "remove", "path": "title"}).json()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove"},
        {"op": "replace", "path": "id", "value": "x"},
        {"op": "replace", "path": "shoeSize", "value": 7},
        {"op": "replace", "path": f'{GENESYS}:externalIds[authority eq "none"]', "value": {"value": "1"}},
        {"op": "remove", "path": f'{GENESYS}:externalIds[authority eq "none"]'},
        {"op": "add", "path": f"{GENESYS}:externalIds", "value": "x"},
        {"op": "add", "value": "x"},
        {"op": "add", "path": "title[", "value": "x"},
        {"op": "replace", "path": "title", "value": 7},
        {"op": "explode", "path": "title"},
    ],
)
def test_an_operation_that_makes_no_sense_changes_nothing(org: Org, operation: dict[str, Any]) -> None:
    known = created(org)
    before = org("GET", f"/scim/v2/users/{known}").json()

    assert patch(org, known, {"op": "replace", "path": "title", "value": "X"}, operation).status_code == 400
    assert org("GET", f"/scim/v2/users/{known}").json() == before


@pytest.mark.parametrize(("clears", "left"), [(True, []), (False, [{"authority": "a", "value": "1"}])])
def test_a_put_clears_omitted_attributes_by_switch(org: Org, clears: bool, left: list[Any]) -> None:
    org.turn(scim_put_clears_omitted=clears)
    known = created(org, title="Agent", **{GENESYS: {"externalIds": [{"authority": "a", "value": "1"}]}})

    answer = org("PUT", f"/scim/v2/users/{known}", ADA)

    assert ("title" in answer.json()) is not clears
    assert answer.json()[GENESYS]["externalIds"] == left


def test_a_put_takes_back_what_was_read(org: Org) -> None:
    org.skill("Billing")
    known = created(org, title="Agent", **{GENESYS: {"routingSkills": [{"name": "Billing", "proficiency": 3.0}]}})
    read = org("GET", f"/scim/v2/users/{known}").json()

    answer = org("PUT", f"/scim/v2/users/{known}", read)

    assert answer.json() | {"meta": None} == read | {"meta": None}


def test_a_deleted_user_is_gone_for_scim(org: Org, refused: Refused) -> None:
    known = created(org)

    assert org("DELETE", f"/scim/v2/users/{known}").status_code == 204
    assert refused(org("GET", f"/scim/v2/users/{known}")) == (404, "general.resource.not.found")
    assert org("GET", f"/users/{known}", state="deleted").json()["email"] == "ada@example.com"


def test_roles_are_written_by_name(org: Org) -> None:
    known = created(org, roles=[{"value": "Supervisor"}])

    assert org("GET", f"/scim/v2/users/{known}").json()["roles"] == [{"value": "Supervisor"}]
    assert [one["role"]["name"] for one in org("GET", f"/authorization/subjects/{known}").json()["grants"]] == ["Supervisor"]


def test_a_user_without_roles_is_an_employee(org: Org) -> None:
    assert org("GET", f"/scim/v2/users/{created(org)}").json()["roles"] == [{"value": "employee"}]


def test_a_hire_date_is_a_date(org: Org, refused: Refused) -> None:
    answer = org("POST", "/scim/v2/users", ADA | {ENTERPRISE: {"dateHire": "yesterday"}})

    assert refused(answer) == (400, "invalid.date")
    assert org("POST", "/scim/v2/users", ADA | {ENTERPRISE: {"dateHire": "2026-01-31"}}).status_code == 201


def test_the_core_identifier_has_an_authority_nobody_can_write(org: Org, refused: Refused) -> None:
    known = created(org, externalId="x-1")
    pair = {"authorityName": "x-pc:scimv2:v1", "externalKey": "x-1"}

    assert [one["externalKey"] for one in org("GET", f"/users/{known}/externalid").json()] == ["x-1"]
    assert genesys(org, known)["externalIds"] == []
    assert refused(org("POST", f"/users/{known}/externalid", pair)) == (400, "general.bad.request")
    assert refused(org("DELETE", f"/users/{known}/externalid/x-pc:scimv2:v1/x-1")) == (400, "general.bad.request")


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({}, 201),
        ({GENESYS: {"routingSkills": []}}, 403),
        ({GENESYS: {"routingLanguages": []}}, 403),
        ({"roles": []}, 403),
    ],
)
def test_each_attribute_has_its_own_permission(org: Org, document: Any, status: int) -> None:
    client = org.admin("POST", "/clients", {"permissions": ["directory:user:add"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert org("POST", "/scim/v2/users", ADA | document, token=token).status_code == status


def test_a_phone_of_another_product_keeps_its_product(org: Org) -> None:
    phones = [{"value": "tel:+491", "type": "zoomphone"}, {"value": "+492", "type": "mobile"}]
    known = created(org, phoneNumbers=phones)

    read = org("GET", f"/scim/v2/users/{known}").json()["phoneNumbers"]

    assert [(one["value"], one["type"]) for one in read] == [("tel:+491", "zoomphone"), ("tel:+492", "mobile")]
    addresses = org("GET", f"/users/{known}").json()["addresses"]
    assert [(one["address"], one["type"], one.get("integration")) for one in addresses] == [
        ("+491", "OTHER", "zoomphone"),
        ("+492", "MOBILE", None),
    ]


def test_fifty_skills_are_enough(org: Org, refused: Refused) -> None:
    org.skill("x")
    items = [{"name": "x"}] * 51

    assert refused(org("POST", "/scim/v2/users", ADA | {GENESYS: {"routingSkills": items}})) == (400, "constraint.validation")
    assert org("POST", "/scim/v2/users", ADA | {GENESYS: {"routingSkills": items[:50]}}).status_code == 201
