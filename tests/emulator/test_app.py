"""What every request has in common: token, allowance, envelope, headers, body checks, permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def test_a_token_is_given_for_client_credentials(org: Org) -> None:
    answer = org.login(auth=org.credentials, data={"grant_type": "client_credentials"})

    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert answer.json()["expires_in"] == 86_400


@pytest.mark.parametrize(
    ("auth", "grant", "expected"),
    [
        (("nobody", "x"), "client_credentials", (401, "invalid_client")),
        (None, "client_credentials", (401, "invalid_client")),
        ("ours", "password", (400, "unsupported_grant_type")),
    ],
)
def test_the_token_endpoint_refuses_in_the_words_of_oauth(org: Org, auth: Any, grant: str, expected: tuple[int, str]) -> None:
    credentials = org.credentials if auth == "ours" else auth
    answer = org.login(data={"grant_type": grant}, **({"auth": credentials} if credentials else {}))

    assert (answer.status_code, answer.json()["error"]) == expected


def test_a_busy_token_endpoint_answers_400(org: Org) -> None:
    org.turn(token_requests_per_minute=1)
    form = {"auth": org.credentials, "data": {"grant_type": "client_credentials"}}
    org.login(**form)

    answer = org.login(**form)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_description"].startswith("rate limit exceeded;")


def test_a_request_without_token_is_not_authenticated(org: Org, refused: Refused) -> None:
    assert refused(org.raw("GET", "/tokens/me")) == (401, "authentication.required")


def test_an_unknown_token_is_refused(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/tokens/me", token="made-up")) == (401, "bad.credentials")


def test_a_token_expires(emulate: Callable[..., Org], refused: Refused) -> None:
    org = emulate(token_seconds=60)
    assert org("GET", "/tokens/me").status_code == 200
    org.now += 61

    assert refused(org("GET", "/tokens/me")) == (401, "bad.credentials")
    assert org.admin("GET", "/requests")["violations"][0]["code"] == "bad.credentials"


def test_several_tokens_of_one_client_live_side_by_side(org: Org) -> None:
    second = org.sign_in(*org.credentials)

    assert [org("GET", "/tokens/me", token=one).status_code for one in (org.token, second)] == [200, 200]


def test_a_revoked_token_is_worthless(org: Org, refused: Refused) -> None:
    org("DELETE", "/tokens/me")

    assert refused(org("GET", "/tokens/me")) == (401, "bad.credentials")


def test_head_checks_the_token_without_a_body(org: Org) -> None:
    answer = org("HEAD", "/tokens/me")

    assert (answer.status_code, answer.content) == (200, b"")


def test_the_token_names_organisation_and_client(org: Org) -> None:
    body = org("GET", "/tokens/me").json()

    assert body["organization"]["id"] == org("GET", "/organizations/me").json()["id"]
    assert body["OAuthClient"]["id"] == org.credentials[0]


def test_a_client_is_nobody(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/users/me")) == (400, "not.a.user")


def test_every_answer_carries_a_correlation_id(org: Org) -> None:
    answer = org("GET", "/users/none")

    assert answer.headers["ININ-Correlation-Id"] == answer.json()["contextId"]
    assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"


def test_an_error_has_the_whole_envelope(org: Org) -> None:
    body = org("GET", "/users/none").json()

    assert body.keys() >= {"message", "code", "status", "contextId", "details", "errors"}
    assert (body["status"], body["details"], body["errors"]) == (404, [], [])


def test_the_allowance_is_told_with_every_answer(org: Org) -> None:
    org("GET", "/tokens/me")
    org.now += 10
    headers = org("GET", "/tokens/me").headers

    told = [headers[f"inin-ratelimit-{name}"] for name in ("count", "allowed", "reset")]
    assert told == ["2", "300", "50"]


def test_requests_above_the_allowance_wait_for_the_window(emulate: Callable[..., Org], refused: Refused) -> None:
    org = emulate(rate_limit=2)
    for _ in range(2):
        org("GET", "/tokens/me")
    org.now += 20

    answer = org("GET", "/tokens/me")

    assert refused(answer) == (429, "too.many.requests.retry.after")
    assert answer.headers["Retry-After"] == "40"
    assert answer.json()["message"] == "Rate limit exceeded the maximum. Retry the request in [40] seconds"
    org.now += 40
    assert org("GET", "/tokens/me").status_code == 200


def test_each_token_has_its_own_allowance(emulate: Callable[..., Org]) -> None:
    org = emulate(rate_limit=1)
    second = org.sign_in(*org.credentials)
    org("GET", "/tokens/me")

    assert org("GET", "/tokens/me", token=second).status_code == 200


def test_without_a_limit_nothing_is_told_about_one(emulate: Callable[..., Org]) -> None:
    org = emulate(rate_limit=0)
    answers = [org("GET", "/tokens/me") for _ in range(400)]

    assert {one.status_code for one in answers} == {200}
    assert "inin-ratelimit-count" not in answers[0].headers


def test_a_missing_permission_is_named(org: Org, refused: Refused) -> None:
    client = org.admin("POST", "/clients", {"permissions": ["routing:queue:view"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    answer = org("POST", "/routing/queues", {"name": "Q"}, token=token)

    assert refused(answer) == (403, "missing.permissions")
    assert "routing:queue:add" in answer.json()["message"]


def test_one_of_several_permissions_is_asked_for_as_such(org: Org, refused: Refused) -> None:
    client = org.admin("POST", "/clients", {"permissions": []})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert refused(org("POST", "/routing/skills", {"name": "S"}, token=token)) == (403, "missing.any.permissions")


@pytest.mark.parametrize(
    "path",
    [
        "/users",
        "/routing/skills",
        "/routing/languages",
        "/routing/wrapupcodes",
        "/routing/queues",
        "/authorization/divisions",
        "/presence/definitions",
        "/presence/sources",
        "/presence/settings",
        "/externalcontacts/externalsources",
        "/scim/v2/users",
    ],
)
def test_the_planning_client_reads_everything_it_plans(org: Org, path: str) -> None:
    token = org.sign_in(org.world.planner.id, org.world.planner.secret)

    assert org("GET", path, token=token).status_code == 200


def test_the_planning_client_writes_nothing(org: Org) -> None:
    token = org.sign_in(org.world.planner.id, org.world.planner.secret)
    writes = [("POST", "/users"), ("POST", "/routing/queues"), ("PUT", "/presence/settings"), ("POST", "/scim/v2/users")]

    assert {org(method, path, {}, token=token).status_code for method, path in writes} == {403}


def test_a_client_of_one_division_sees_a_partial_world(org: Org) -> None:
    tokyo = org.division("Tokyo")
    org.user("a@example.com", divisionId=tokyo)
    org.user("b@example.com")
    client = org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert [one["email"] for one in org("GET", "/users", token=token).json()["entities"]] == ["a@example.com"]
    permitted = org("GET", "/authorization/divisionspermitted/paged/me", token=token, permission="directory:user:view").json()
    assert (permitted["allDivsPermitted"], [one["id"] for one in permitted["entities"]]) == (False, [tokyo])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "Q", "colour": "red"}, (400, "invalid.property")),
        ({}, (400, "constraint.validation")),
        ({"name": 7}, (400, "bad.request")),
        ({"name": "Q", "scoringMethod": "Luck"}, (400, "invalid.value")),
        ([], (400, "bad.request")),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(org: Org, refused: Refused, body: Any, expected: tuple[int, str]) -> None:
    assert refused(org("POST", "/routing/queues", body)) == expected


def test_unknown_properties_can_be_let_pass(org: Org) -> None:
    org.turn(unknown_property="ignore")

    assert org("POST", "/routing/queues", {"name": "Q", "colour": "red"}).status_code == 200


def test_a_null_counts_as_absent(org: Org) -> None:
    assert "description" not in org.queue("Q", description=None)


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", (400, "bad.request")),
        (b"{}", "text/plain", (415, "unsupported.media.type")),
        (b'"' + b"x" * 512_000 + b'"', "application/json", (413, "request.entity.too.large")),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    org: Org, refused: Refused, content: bytes, kind: str, expected: tuple[int, str]
) -> None:
    headers = {"Authorization": f"Bearer {org.token}", "Content-Type": kind}

    assert refused(org.raw("POST", "/routing/skills", content=content, headers=headers)) == expected
    assert org.admin("GET", "/requests")["violations"][0]["code"] == expected[1]


def test_scim_takes_its_own_media_type(org: Org) -> None:
    headers = {"Authorization": f"Bearer {org.token}", "Content-Type": "application/scim+json"}
    content = b'{"userName": "ada@example.com", "displayName": "Ada"}'

    assert org.raw("POST", "/scim/v2/users", content=content, headers=headers).status_code == 201


def test_what_is_not_modelled_says_so(org: Org) -> None:
    answer = org("POST", "/recording/batchrequests", {})

    assert answer.status_code == 404
    assert "emulator" in answer.json()["message"]


def test_a_limit_namespace_tells_the_rate_that_is_enforced(emulate: Callable[..., Org]) -> None:
    org = emulate(rate_limit=120)
    entities = org("GET", "/organizations/limits/namespaces/platform.api").json()["entities"]

    assert {one["key"]: one["value"] for one in entities}["client.credentials.token.rate.per.minute"] == 120
    assert "presence" in org("GET", "/organizations/limits/namespaces").json()["entities"]
    defaults = org("GET", "/organizations/limits/namespaces/platform.api/defaults").json()["entities"]
    assert {one["key"]: one["value"] for one in defaults}["client.credentials.token.rate.per.minute"] == 300


def test_equal_configurations_give_equal_ids(emulate: Callable[..., Org]) -> None:
    first, second = emulate(seed="demo"), emulate(seed="demo")
    other = emulate(seed="demo", random_seed=1)

    users = [org("GET", "/users").json()["entities"][0]["id"] for org in (first, second, other)]
    assert users[0] == users[1] != users[2]
