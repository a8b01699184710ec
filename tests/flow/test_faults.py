"""Trouble in the world: throttling, lost answers, incomplete reads, expired tokens, missing permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from flow.centre import SMALL, Centre, changes

from reconciler.errors import NotAuthorised, Unavailable
from reconciler.model.change import Result
from reconciler.pipeline.plan import Consent

MakeCentre = Callable[..., Centre]


def fault(centre: Centre, **rule: Any) -> None:
    assert "error" not in centre.admin("POST", "/faults", rule)


def fired(centre: Centre) -> int:
    """How often rules have struck."""
    return sum(rule["fired"] for rule in centre.admin("GET", "/faults"))


def ended(centre: Centre) -> Any:
    """The state of the organisation; an empty description and none are the same."""
    state = centre.state()
    sources = [{"description": "", **one} for one in state["presence_sources"]]
    return {**state, "presence_sources": sources}


def reference(make_centre: MakeCentre, remembered: dict[str, Any]) -> Any:
    """The state an undisturbed run ends in, found out once."""
    if not remembered:
        centre = make_centre()
        centre.write(SMALL)
        assert centre.apply().exit_code == 0
        remembered["state"] = ended(centre)
        for file in (centre.root / ".reconciler").glob("ledger.db*"):
            file.unlink()
    return remembered["state"]


CONSENT = Consent(removals=1)


# ── throttling and outages ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_storm_of_429_is_sat_out(centre: Centre) -> None:
    """Every second request is refused for half a minute, forty times."""
    centre.write(SMALL)
    fault(centre, operation="*", every=2, times=40, status=429, retry_after=30)
    started = centre.clock[0]

    done = centre.apply()

    assert fired(centre) == 40
    assert {one.result for one in done.outcomes} == {Result.DONE}
    assert centre.clock[0] - started >= 30
    assert not centre.plan().changes


def test_a_pause_holds_for_everybody(centre: Centre) -> None:
    """Listings are asked for together; one refusal makes all others wait as well."""
    centre.write(SMALL)
    fault(centre, operation="GET /api/v2/authorization/divisions", nth=1, status=429, retry_after=45)
    started = centre.clock[0]
    late: list[float] = []

    class Watch(httpx.AsyncBaseTransport):
        inner = httpx.ASGITransport(centre.emulator.api)
        refused = False

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if self.refused:
                late.append(centre.clock[0])
            answered = await self.inner.handle_async_request(request)
            self.refused |= answered.status_code == 429
            return answered

    centre.transport = Watch()
    centre.plan()

    assert late
    assert min(late) >= started + 45


def test_a_limit_of_the_service_is_lived_with(make_centre: MakeCentre) -> None:
    centre = make_centre(rate_limit=10)
    centre.write(SMALL)

    assert centre.apply().exit_code == 0
    assert not centre.plan().changes


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_reads_are_repeated(centre: Centre, status: int) -> None:
    centre.write(SMALL)
    calm = changes(centre.plan())
    fault(centre, operation="GET *", every=2, status=status)

    assert changes(centre.plan()) == calm
    assert fired(centre) > 5


def test_reads_that_never_come_end_the_plan(centre: Centre) -> None:
    centre.write(SMALL)
    fault(centre, operation="GET /api/v2/routing/skills", status=503)

    with pytest.raises(
        Unavailable, match=r"^GET /api/v2/routing/skills: 503 service\.unavailable: .*; given up after attempt 10"
    ):
        centre.apply()

    assert centre.admin("GET", "/requests")["writes"] == 0


# ── lost answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

CREATES = (
    "POST /api/v2/authorization/divisions",
    "POST /api/v2/externalcontacts/externalsources",
    "POST /api/v2/presence/definitions",
    "POST /api/v2/presence/sources",
    "POST /api/v2/routing/languages",
    "POST /api/v2/routing/queues",
    "POST /api/v2/routing/queues/{queueId}/members",
    "POST /api/v2/routing/queues/{queueId}/wrapupcodes",
    "POST /api/v2/routing/skills",
    "POST /api/v2/routing/wrapupcodes",
    "POST /api/v2/scim/v2/users",
    "PUT /api/v2/presence/settings",
)
LOSSES: dict[str, dict[str, Any]] = {
    "cut after": {"lost": True},
    "504 after": {"lost": True, "status": 504},
    "cut before": {"cut_before": True},
}


def writes(centre: Centre) -> set[str]:
    reads = ("GET ", "POST /oauth/token", "POST /api/v2/users/search")
    return {name for name in centre.requests() if not name.startswith(reads)}


def test_the_table_of_creates_is_whole(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()

    assert writes(centre) == set(CREATES)


@pytest.fixture(scope="module")
def remembered() -> dict[str, Any]:
    """The end of an undisturbed run, found out by the first test that needs it."""
    return {}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("operation", CREATES)
def test_a_create_whose_answer_is_lost_happens_once(
    make_centre: MakeCentre, remembered: dict[str, Any], operation: str, loss: dict[str, Any]
) -> None:
    calm = reference(make_centre, remembered)
    centre = make_centre()
    centre.write(SMALL)
    fault(centre, operation=operation, nth=1, **loss)

    done = centre.apply()

    assert fired(centre) == 1
    assert {one.result for one in done.outcomes} == {Result.DONE}, [one.note for one in done.outcomes if one.note]
    assert ended(centre) == calm
    assert not centre.plan().changes


@pytest.mark.parametrize("operation", CREATES)
def test_a_create_that_is_lost_every_time_is_found_by_the_next_run(
    make_centre: MakeCentre, remembered: dict[str, Any], operation: str
) -> None:
    calm = reference(make_centre, remembered)
    centre = make_centre()
    centre.write(SMALL)
    fault(centre, operation=operation, lost=True)
    centre.apply()
    centre.admin("DELETE", "/faults")

    again = centre.apply()

    assert again.exit_code == 0, [one.note for one in again.outcomes if one.note]
    assert ended(centre) == calm
    assert not centre.plan().changes


EDITS = {
    "user": ("title: Agent", "title: Senior"),
    "e-mail": ("email: hanako@", "email: h.sato@"),
    "level": ("skills: {returns: 3}", "skills: {returns: 5, billing: 1}"),
    "division of a user": ("division: tokyo, title", "division: osaka, title"),
    "queue": ("name: Returns, members", "name: Retouren, members"),
    "members": ("items: [a2]}", "items: [a1]}"),
    "division": ("大阪センター", "大阪コールセンター"),
    "label": ("ja: 昼食", "ja: ランチ"),
    "code": ("name: Sale,", "name: Sold,"),
    "source": ("acme.example", "acme.invalid"),
}


@pytest.mark.parametrize("loss", [{"lost": True}, {"status": 503}], ids=["cut after", "503 before"])
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_whose_answer_is_lost_is_made(centre: Centre, edit: tuple[str, str], loss: dict[str, Any]) -> None:
    assert edit[0] in SMALL
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace(*edit))
    for operation in ("POST /api/v2/routing/*", "POST /api/v2/authorization/*", "PUT *", "PATCH *"):
        fault(centre, operation=operation, nth=1, **loss)

    done = centre.apply(consent=CONSENT)

    assert fired(centre) >= 1
    assert {one.result for one in done.outcomes} == {Result.DONE}, [one.note for one in done.outcomes if one.note]
    assert not centre.plan().changes


def test_a_write_that_never_answers_fails_alone(centre: Centre) -> None:
    centre.write(SMALL)
    fault(centre, operation="POST /api/v2/routing/languages", cut_before=True)

    done = centre.apply()

    failed = {one.change.id: one for one in done.outcomes if one.result is not Result.DONE}
    assert done.exit_code == 6
    assert failed["language/ja"].result is Result.FAILED
    assert "whether it was carried out is unknown until it is read" in failed["language/ja"].note
    assert set(failed) - {"language/ja"} == {one for one, kept in failed.items() if kept.result is Result.BLOCKED}
    assert "queue/q2" not in failed


# ── incomplete reads ─────────────────────────────────────────────────────────────────────────────────────────────────

MORE = SMALL.replace(
    "divisions: [", "divisions: [{key: gone, name: Gone}, "
).replace("skills: [{key: b", "skills: [{key: gone, name: Gone}, {key: b").replace(
    "languages: [{", "languages: [{key: gone, name: Gone}, {"
).replace("wrapup_codes: [{key: s", "wrapup_codes: [{key: gone, name: Gone, division: tokyo}, {key: s").replace(
    "secondary_statuses: [", "secondary_statuses: [{key: gone, system_presence: Break, labels: {en_US: Gone}}, "
).replace("presence_sources: [", "presence_sources: [{key: gone, name: Gone}, ").replace(
    "external_sources: [", "external_sources: [{key: gone, name: Gone}, "
).replace("users:\n", "users:\n  - {key: gone, name: Gone, email: gone@example.com}\n").replace(
    "queues:\n", "queues:\n  - {key: gone, name: Gone}\n"
)  # fmt: skip
AFTER = MORE.replace("gone", "new").replace("Gone", "New")
EVERY_KIND = {
    "division", "skill", "language", "wrapup_code", "secondary_status", "presence_source", "external_source", "user", "queue",
}  # fmt: skip
GUARDS = f"""\
guards: {{prune: [{", ".join(sorted(EVERY_KIND))}], leavers: {{user: delete, queue: delete}}, max_removals_percent: 100,
  min_export_percent: 0}}
"""

LISTINGS = {  # kind → its listing; divisions and external sources are left out: theirs tell no total
    "skill": "GET /api/v2/routing/skills",
    "language": "GET /api/v2/routing/languages",
    "wrapup_code": "GET /api/v2/routing/wrapupcodes",
    "secondary_status": "GET /api/v2/presence/definitions",
    "presence_source": "GET /api/v2/presence/sources",
    "user": "GET /api/v2/users",
    "queue": "GET /api/v2/routing/queues",
}


def replaced(centre: Centre) -> None:
    """Of every kind one object has to go and one to come, and both are allowed."""
    centre.configure(GUARDS)
    centre.write(MORE)
    assert centre.apply().exit_code == 0
    centre.write(AFTER)


def coming_or_going(centre: Centre) -> set[tuple[str, str]]:
    found = centre.plan().changes
    return {(one.ref.kind, str(one.op)) for one in found if one.op.removes or (one.op == "create" and not one.part)}


def test_without_trouble_of_every_kind_one_comes_and_one_goes(centre: Centre) -> None:
    replaced(centre)

    found = coming_or_going(centre)

    assert {kind for kind, op in found if op == "create"} == EVERY_KIND
    assert {kind for kind, op in found if op != "create"} == EVERY_KIND


@pytest.mark.parametrize("trouble", [{"short_page": 1}, {"wrong_total": 999}], ids=str)
@pytest.mark.parametrize("kind", LISTINGS)
def test_nothing_of_a_kind_that_was_not_read_to_its_end_comes_or_goes(centre: Centre, kind: str, trouble: dict[str, int]) -> None:
    replaced(centre)
    fault(centre, operation=LISTINGS[kind], **trouble)

    plan = centre.plan()

    assert fired(centre)
    assert not [one.id for one in plan.changes if one.ref.kind == kind and (one.op.removes or one.op == "create")]
    assert any("not read completely" in one for one in plan.warnings), plan.warnings


def test_members_of_a_short_page_are_left_alone(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("items: [a1, a2]", "items: [a1]"))
    fault(centre, operation="GET /api/v2/routing/queues/{queueId}/members", short_page=1)

    plan = centre.plan()

    assert plan.changes == ()
    assert any(one.startswith("queue/q1 members: not read completely") for one in plan.warnings), plan.warnings


# ── dropped expansions ───────────────────────────────────────────────────────────────────────────────────────────────

OWN = {"skills": "GET /api/v2/users/{userId}/routingskills", "languages": "GET /api/v2/users/{userId}/routinglanguages"}


@pytest.mark.parametrize("field", OWN)
def test_an_expansion_that_did_not_come_is_read_on_its_own(centre: Centre, field: str) -> None:
    centre.write(SMALL)
    centre.apply()
    fault(centre, operation="GET /api/v2/users", drop_expand=[field])
    centre.admin("POST", "/requests/reset")

    plan = centre.plan()

    assert (plan.changes, plan.warnings) == ((), ())
    assert centre.requests()[OWN[field]] == SMALL.count(f"{field}: {{", SMALL.index("users:"))


def test_an_edit_is_planned_from_the_own_reading(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("returns: 1.5", "returns: 2.5"))
    fault(centre, operation="GET /api/v2/users", drop_expand=["skills", "languages"])

    assert [(one.path, one.before, one.after) for change in centre.plan().changes for one in change.fields] == [
        (("skills", "returns"), 1.5, 2.5)
    ]


@pytest.mark.parametrize("field", OWN)
def test_a_field_that_stays_unknown_is_not_planned(centre: Centre, field: str) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("skills: {billing: 4, returns: 1.5}, languages: {ja: 5}", "skills: {}, languages: {}"))
    fault(centre, operation="GET /api/v2/users", drop_expand=[field])
    fault(centre, operation=OWN[field], short_page=0)

    plan = centre.plan(CONSENT)

    planned = {one.path[0] for change in plan.changes for one in change.fields}
    assert planned == {"skills", "languages"} - {field}
    assert any(f"user/a1 {field}: not read completely" in one for one in plan.warnings), plan.warnings


# ── tokens and permissions ───────────────────────────────────────────────────────────────────────────────────────────


class Tick(httpx.AsyncBaseTransport):
    """Passes requests on; every one of them takes some seconds."""

    def __init__(self, centre: Centre, seconds: float) -> None:
        self.centre = centre
        self.seconds = seconds
        self.inner = httpx.ASGITransport(centre.emulator.api)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.centre.clock[0] += self.seconds
        return await self.inner.handle_async_request(request)


def test_a_token_that_ends_in_mid_run_is_renewed(make_centre: MakeCentre) -> None:
    centre = make_centre(token_seconds=600)
    centre.write(SMALL)
    centre.transport = Tick(centre, 100)

    done = centre.apply()

    assert done.exit_code == 0
    assert centre.requests()["POST /oauth/token"] > 3
    assert not centre.plan().changes


def test_a_token_that_is_revoked_is_renewed(centre: Centre) -> None:
    centre.write(SMALL)
    fault(centre, operation="POST /api/v2/routing/skills", nth=1, status=401)

    done = centre.apply()

    assert done.exit_code == 0
    assert centre.requests()["POST /oauth/token"] == 2


def test_credentials_that_are_refused_in_mid_run_stop_it(centre: Centre) -> None:
    centre.write(SMALL)
    fault(centre, operation="P* /api/v2/routing/*", status=401)

    done = centre.apply()

    results = [one.result for one in done.outcomes]
    assert done.exit_code in {6, 7}
    assert Result.STOPPED in results
    assert centre.requests()["POST /oauth/token"] <= 7


@pytest.mark.parametrize(("more", "code"), [([], 7), (["routing:skill:manage"], 6)])
def test_only_where_nothing_at_all_was_permitted_that_is_the_outcome(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, more: list[str], code: int
) -> None:
    """A client that may only look reads and plans, and every write of its is refused."""
    centre.write(SMALL)
    held = [one for one in centre.admin("GET", "/clients")[0]["permissions"] if one.endswith((":view", ":search"))]
    client = centre.admin("POST", "/clients", {"permissions": held + more})
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", client["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", client["client_secret"])

    done = centre.apply()

    assert done.exit_code == code
    assert any(one.result is Result.DONE for one in done.outcomes) is bool(more)


PERMISSIONS = {
    "GET /api/v2/routing/queues": "routing:queue:view",
    "GET /api/v2/routing/wrapupcodes": "routing:wrapupCode:view",
    "GET /api/v2/presence/definitions": "presence:presenceDefinition:view",
}


@pytest.mark.parametrize(("operation", "permission"), PERMISSIONS.items())
def test_a_missing_permission_is_named(centre: Centre, monkeypatch: pytest.MonkeyPatch, operation: str, permission: str) -> None:
    centre.write(SMALL)
    held = [one for one in centre.admin("GET", "/clients")[0]["permissions"] if one != permission]
    client = centre.admin("POST", "/clients", {"permissions": held})
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", client["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", client["client_secret"])

    with pytest.raises(NotAuthorised) as caught:
        centre.apply()

    assert caught.value.exit_code == 7
    assert str(caught.value).startswith(f"{operation}: 403 ")
    assert f"give the OAuth client a role with {permission} in all divisions concerned" in str(caught.value)
    assert centre.admin("GET", "/requests")["writes"] == 0
