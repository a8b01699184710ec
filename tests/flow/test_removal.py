"""Nothing goes without proof: pruning is opt-in, bounded, never from an incomplete list, and the way back is kept."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flow.centre import SMALL, Centre, changes

from reconciler.errors import Refused
from reconciler.model import document
from reconciler.model.change import Result
from reconciler.pipeline.plan import Consent

WITHOUT_TARO = (
    SMALL.replace("  - {key: a1,", "  # - {key: a1,")
    .replace("     department: Sales, phones", "  #  department: Sales, phones")
    .replace(", manager: a1", "")
    .replace("items: [a1, a2]", "items: [a2]")
)


ALL = frozenset({"user", "queue", "skill", "member", "division", "wrapup_code"})  # plans whose few objects are all of their kind


def give_role(centre: Centre, email: str) -> Any:
    """Grants somebody a role behind our back; the role's name."""
    roles = centre.behind("GET", "/api/v2/authorization/roles")["entities"]
    home = centre.behind("GET", "/api/v2/authorization/divisions/home")["id"]
    users = centre.behind("GET", "/api/v2/users", pageSize=100)["entities"]
    person = next(one["id"] for one in users if one["email"] == email)
    grants = {"grants": [{"roleId": roles[-1]["id"], "divisionId": home}]}
    centre.behind("POST", f"/api/v2/authorization/subjects/{person}/bulkadd", grants, subjectType="PC_USER")
    return roles[-1]["name"]


def consent(*prune: str, removals: int | None = None) -> Consent:
    return Consent(removals=removals, empty=ALL, prune=frozenset(prune))


def test_nobody_leaves_unless_pruning_was_asked_for(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(WITHOUT_TARO)

    plan = centre.plan(consent(removals=1))

    assert changes(plan) == ["update queue/q1"]
    assert [str(ref) for ref in plan.strays] == ["user/a1"]


ONE_LEFT = SMALL.replace('{key: acme, name: ACME, link: "https://acme.example/{externalId.value}"}', "{key: pbx, name: PBX}")


@pytest.mark.parametrize("ledger", [True, False])
def test_an_external_source_comes_back_as_it_went(centre: Centre, ledger: bool) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(ONE_LEFT)
    wish = Consent(removals=1, empty=frozenset({"external_source"}), prune=frozenset({"external_source"}))
    gone = centre.apply(consent=wish)
    assert changes(gone.plan) == ["create external_source/pbx", "deactivate external_source/acme"]
    assert not centre.plan(wish).changes

    centre.write(SMALL)
    for file in () if ledger else (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()
    back = centre.apply()

    assert (changes(back.plan), back.exit_code) == (["restore external_source/acme"], 0)
    assert {one["name"]: one["active"] for one in external_sources(centre)} == {"ACME": True, "PBX": True}
    assert not centre.plan().changes


def external_sources(centre: Centre) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = centre.behind("GET", "/api/v2/externalcontacts/externalsources")["entities"]
    return found


def test_keep_is_how_a_user_leaves_by_default(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(WITHOUT_TARO)

    plan = centre.plan(consent("user", removals=1))

    assert changes(plan) == ["update queue/q1"]


@pytest.mark.parametrize("way", ["inactive", "delete"])
def test_a_leaver_loses_roles_by_plan_and_gets_them_back(centre: Centre, way: str) -> None:
    centre.configure(f"guards: {{leavers: {{user: {way}}}, min_export_percent: 0}}\n")
    centre.write(SMALL)
    centre.apply()
    role = give_role(centre, "taro@example.com")
    whole = centre.state()
    centre.write(WITHOUT_TARO)

    leaving = centre.plan(consent("user", removals=2))
    applied = centre.apply(consent=consent("user", removals=2))
    gone = centre.state()
    centre.write(SMALL)
    back = centre.apply()

    op = "deactivate" if way == "inactive" else "delete"
    assert changes(leaving) == ["update queue/q1", f"{op} user/a1"]
    assert role in str([one.before for one in leaving.changes[-1].fields])
    assert {one.result for one in applied.outcomes} == {Result.DONE}
    assert gone != whole
    assert {one.result for one in back.outcomes} == {Result.DONE}, [one.note for one in back.outcomes]
    assert centre.state() == whole
    assert not centre.plan().changes


def test_a_leaver_is_not_removed_twice(centre: Centre) -> None:
    centre.configure("guards: {leavers: {user: inactive}, prune: [user], min_export_percent: 0}\n")
    centre.write(SMALL)
    centre.apply()
    centre.write(WITHOUT_TARO)
    centre.apply(consent=consent(removals=2))

    plan = centre.plan()

    assert not plan.changes


def without_queues() -> str:
    return SMALL[: SMALL.index("queues:")]


@pytest.mark.parametrize(("way", "op"), [("empty", "update"), ("delete", "delete")])
def test_queues_leave_by_being_emptied_unless_set_otherwise(centre: Centre, way: str, op: str) -> None:
    centre.configure(f"guards: {{leavers: {{queue: {way}}}, prune: [queue], min_export_percent: 0}}\n")
    centre.write(SMALL)
    centre.apply()
    centre.write(without_queues())
    agreed = consent(removals=3 if way == "empty" else 2)

    plan = centre.plan(agreed)
    applied = centre.apply(consent=agreed)

    assert changes(plan) == [f"{op} queue/q1", f"{op} queue/q2"]
    assert {one.result for one in applied.outcomes} == {Result.DONE}, [one.note for one in applied.outcomes]
    assert not centre.plan().changes


def test_a_removal_waits_for_what_lets_go_of_the_object(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill, wrapup_code], min_export_percent: 0}\n")
    centre.write(SMALL)
    centre.apply()
    less = SMALL.replace("{key: billing, name: Billing}, ", "").replace("billing: 4, ", "")
    centre.write(
        less.replace("wrapup_codes: [{key: sale, name: Sale, division: tokyo}]\n", "").replace(
            "[sale]", "{mode: exclusive, items: []}"
        )
    )
    agreed = consent(removals=2)

    plan = centre.plan(agreed)
    applied = centre.apply(consent=agreed)

    needs = {one.id: one.needs for one in plan.changes}
    assert needs["skill/billing"] == ("user/a1",)
    assert needs["wrapup_code/sale"] == ("queue/q1",)
    assert {one.result for one in applied.outcomes} == {Result.DONE}
    assert list(centre.state()["skills"]) == ["Returns"]


def test_limits_count_small_populations_too(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0}\n")
    centre.write("skills: [{key: a, name: A}, {key: b, name: B}, {key: c, name: C}]")
    centre.apply()
    centre.write("skills: [{key: a, name: A}, {key: b, name: B}]")

    with pytest.raises(Refused, match="1 of 3 skill objects would go"):
        centre.apply()
    with pytest.raises(Refused, match="2 removals were allowed, the plan holds 1"):
        centre.apply(consent=Consent(removals=2))
    applied = centre.apply(consent=Consent(removals=1))

    assert changes(applied.plan) == ["delete skill/c"]


def test_an_emptied_kind_needs_its_name(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0, max_removals_percent: 100}\n")
    centre.write("skills: [{key: a, name: A}]")
    centre.apply()
    centre.write("skills: []")

    with pytest.raises(Refused, match="--allow-empty skill"):
        centre.apply(consent=Consent(removals=1))


def test_protection_is_remembered_after_the_block_is_gone(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0, max_removals_percent: 100}\n")
    centre.write("skills: [{key: a, name: A}, {key: b, name: B, protected: true}]")
    centre.apply()
    centre.write("skills: [{key: a, name: A}]")

    plan = centre.plan()

    assert not plan.changes
    assert plan.warnings == ("skill/b is named by no manifest and stays: it is protected; `reconciler state forget` ends that",)


def test_an_announced_removal_happens_when_its_day_has_come(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0, max_removals_percent: 100}\n")
    centre.write("skills: [{key: a, name: A}, {key: b, name: B, delete_after: 2026-11-30}]")
    centre.apply()

    before = centre.plan()
    centre.pass_time(days=9)
    after = centre.plan()

    assert before.warnings == ("skill/b is announced to go after 2026-11-30",)
    assert not before.changes
    assert changes(after) == ["delete skill/b"]


@pytest.mark.parametrize("is_saved", [False, True])
def test_an_export_cut_short_removes_nobody(centre: Centre, is_saved: bool) -> None:
    centre.configure("guards: {prune: [skill], max_removals_percent: 100}\n")
    centre.write("skills: [" + ", ".join(f"{{key: s{n}, name: S{n}}}" for n in range(10)) + "]")
    centre.apply((document.text(centre.plan()), "plan.json") if is_saved else None)
    centre.write("skills: [{key: s0, name: S0}]")

    plan = centre.plan()

    assert not plan.changes
    assert "the manifests name 1 of 10 skills, less than 90 %" in plan.warnings[0]


def test_a_plan_for_some_objects_says_nothing_of_how_many_there_are(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], max_removals_percent: 100}\n")
    centre.write("skills: [" + ", ".join(f"{{key: s{n}, name: S{n}}}" for n in range(10)) + "]")
    centre.apply()
    centre.write("skills: [{key: s0, name: Other}]")
    centre.apply((document.text(centre.plan(Consent(targets=frozenset({"skill/s0"})))), "plan.json"))

    assert "less than 90 %" in centre.plan().warnings[0]


LISTINGS = {
    "skill": ("GET /api/v2/routing/skills", "skills: [{key: a, name: A}, {key: b, name: B}]", "skills: [{key: a, name: A}]"),
    "wrapup_code": (
        "GET /api/v2/routing/wrapupcodes",
        "wrapup_codes: [{key: a, name: A}, {key: b, name: B}]",
        "wrapup_codes: [{key: a, name: A}]",
    ),
    "queue": ("GET /api/v2/routing/queues", "queues: [{key: a, name: A}, {key: b, name: B}]", "queues: [{key: a, name: A}]"),
}


@pytest.mark.parametrize("fault", [{"short_page": 1}, {"wrong_total": 7}], ids=["short page", "wrong total"])
@pytest.mark.parametrize("kind", LISTINGS)
def test_an_incomplete_list_removes_and_creates_nothing(centre: Centre, kind: str, fault: dict[str, Any]) -> None:
    operation, before, after = LISTINGS[kind]
    centre.configure(
        f"guards: {{prune: [{kind}], leavers: {{queue: delete}}, min_export_percent: 0, max_removals_percent: 100}}\n"
    )
    centre.write(before)
    centre.apply()
    centre.write(after.replace("]", ", {key: new, name: New}]"))
    centre.admin("POST", "/faults", {"operation": operation, "every": 1, **fault})

    plan = centre.plan()

    assert not plan.changes
    assert "not read completely" in plan.warnings[0]


def test_what_others_use_is_not_pruned(centre: Centre) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0, max_removals_percent: 100}\n")
    centre.write("skills: [{key: a, name: A}, {key: b, name: B}]")
    centre.apply()
    home = centre.behind("GET", "/api/v2/authorization/divisions/home")["id"]
    body = {"name": "Own", "email": "own@x.jp", "divisionId": home, "state": "active"}
    own = centre.behind("POST", "/api/v2/users", body)
    skill = next(one["id"] for one in centre.behind("GET", "/api/v2/routing/skills")["entities"] if one["name"] == "B")
    centre.behind("PUT", f"/api/v2/users/{own['id']}/routingskills/bulk", [{"id": skill, "proficiency": 1}])
    centre.write("skills: [{key: a, name: A}]")

    plan = centre.plan()

    assert not plan.changes
    assert plan.warnings == ("skill/b is named by no manifest and stays: something that is not ours uses it",)


def test_a_client_that_does_not_see_all_divisions_removes_nothing(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.configure("guards: {prune: [skill], min_export_percent: 0, max_removals_percent: 100}\n")
    centre.write("skills: [{key: a, name: A}, {key: b, name: B}]")
    centre.apply()
    every = centre.admin("GET", "/clients")[0]["permissions"]
    narrow = centre.admin("POST", "/clients", {"name": "narrow", "permissions": every, "divisions": ["Home"]})
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", narrow["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", narrow["client_secret"])
    centre.write("skills: [{key: a, name: A}]")

    plan = centre.plan()

    assert not plan.changes
    assert "our roles do not cover all divisions with routing:skill:view" in plan.warnings[0]


class Killed(BaseException):
    """The process is gone as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Ends everything after the n-th write has been carried out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int) -> None:
        self.inner, self.left = inner, at

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        self.left -= (
            request.method in {"PATCH", "PUT", "DELETE"} or "bulkadd" in request.url.path or "/objects/" in request.url.path
        )
        if not self.left:
            raise Killed
        return answer


@pytest.mark.parametrize("way", ["inactive", "delete"])
@pytest.mark.parametrize("at", [1, 2])
def test_a_return_that_is_cut_off_still_gives_the_roles_back(centre: Centre, way: str, at: int) -> None:
    """Being active is the first request, the roles are the second: nothing must depend on both in one run."""
    centre.configure(f"guards: {{leavers: {{user: {way}}}, min_export_percent: 0}}\n")
    centre.write(SMALL)
    centre.apply()
    give_role(centre, "taro@example.com")
    before = roles(centre)
    centre.write(WITHOUT_TARO)
    assert centre.apply(consent=consent("user", removals=2)).exit_code == 0
    centre.write(SMALL)
    centre.transport = Guillotine(httpx.ASGITransport(centre.emulator.api), at)
    with pytest.raises(Killed):
        centre.apply()
    centre.transport = None

    again = centre.apply()

    assert again.exit_code == 0, [one.note for one in again.outcomes if one.note]
    assert roles(centre) == before != []
    assert not centre.plan().changes


def roles(centre: Centre) -> Any:
    return centre.state()["users"]["taro@example.com"]["roles"]
