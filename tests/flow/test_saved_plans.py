"""A plan that was saved: shown, carried out once, refused when the world has moved, continued after a cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import orjson
import pytest
from flow.centre import SMALL, Centre, changes

from reconciler.cli.main import answer
from reconciler.errors import InputError, Refused, StalePlan
from reconciler.model import document
from reconciler.model.change import Plan, Result
from reconciler.pipeline.plan import Consent

SCHEMA = orjson.loads((Path(__file__).parents[2] / "schemas" / "plan.v1.json").read_bytes())
MEMBER = ("members: {mode: exclusive, items: [a1, a2]}", "members: {mode: exclusive, items: [a1]}")


def save(centre: Centre, consent: Consent | None = None) -> tuple[bytes, str]:
    """What `plan -o plan.json` writes."""
    return document.text(centre.plan(consent)), "plan.json"


def moved(centre: Centre, saved: tuple[bytes, str]) -> str:
    """Why the plan is refused; and nothing was written then."""
    before = centre.state()
    with pytest.raises(StalePlan) as caught:
        centre.apply(saved)
    assert centre.state() == before
    assert str(caught.value).endswith("make a new one: reconciler plan -o FILE")
    return str(caught.value)


def rewritten(saved: tuple[bytes, str], **members: Any) -> tuple[bytes, str]:
    """The plan with other members and the id that belongs to them."""
    plan = {**orjson.loads(saved[0]), **members}
    return orjson.dumps({**plan, "id": document.identity(plan)}), saved[1]


# ── what it looks like ───────────────────────────────────────────────────────────────────────────────────────────────


def test_every_plan_is_valid_by_its_schema(centre: Centre) -> None:
    valid = jsonschema_rs.validator_for(SCHEMA)
    centre.write(SMALL)
    first, _ = save(centre)
    centre.apply()
    empty, _ = save(centre)
    centre.write(SMALL.replace(*MEMBER).replace("name: Returns,", "name: Retouren,"))
    edited, _ = save(centre)

    for text in (first, empty, edited):
        assert not list(valid.iter_errors(orjson.loads(text)))
    assert orjson.loads(edited)["refusals"]


def test_a_plan_is_read_back_as_it_was(centre: Centre) -> None:
    centre.write(SMALL)
    plan = centre.plan()

    again, plan_id = document.load(document.text(plan), "plan.json")

    assert plan_id == document.dump(plan)["id"]
    assert document.text(again) == document.text(plan)


@pytest.fixture
def show(centre: Centre, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What `reconciler show` prints for a plan of SMALL."""
    centre.write(SMALL)
    (centre.root / "plan.json").write_bytes(save(centre)[0])
    monkeypatch.chdir(centre.root)

    def run(*words: str) -> str:
        capfd.readouterr()
        assert answer(["show", "plan.json", *words]) == 0
        return capfd.readouterr().out

    return run


def test_it_is_shown_as_text(show: Callable[..., str]) -> None:
    lines = show().splitlines()

    assert lines[0] == "Plan for source acme in organisation"
    assert any(line.startswith("  +   user/a1  山田 太郎") for line in lines)
    assert "Plan: 13 to add, 0 to change, 0 to destroy." in lines
    assert max(map(len, lines)) <= 80


def test_it_is_shown_as_json(show: Callable[..., str], centre: Centre) -> None:
    assert show("--json") == show("--format", "json") == (centre.root / "plan.json").read_text(encoding="utf-8")


def test_it_is_shown_as_markdown(show: Callable[..., str]) -> None:
    text = show("--format", "markdown")

    assert text.startswith("### Plan: 13 to add, 0 to change, 0 to destroy.\n")
    assert "- `+` **user/a1** 山田 太郎" in text


def test_an_expired_one_is_shown_with_a_word(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    centre.write(SMALL)
    centre.pass_time(days=-3650)
    (centre.root / "plan.json").write_bytes(save(centre)[0])
    monkeypatch.chdir(centre.root)

    code = answer(["show", "plan.json"])

    assert code == 0
    assert "This plan expired at 2016" in capfd.readouterr().err


# ── carried out ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_does_what_it_says(centre: Centre) -> None:
    centre.write(SMALL)
    plan = centre.plan()

    done = centre.apply((document.text(plan), "plan.json"))

    assert [one.change.id for one in done.outcomes] == [one.id for one in plan.changes]
    assert {one.result for one in done.outcomes} == {Result.DONE}
    assert not centre.plan().changes


def test_it_does_no_more_than_it_says(centre: Centre) -> None:
    """What moved beside it since waits for the next plan."""
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("title: Agent", "title: Senior"))
    saved = save(centre)
    centre.behind("DELETE", f"/api/v2/routing/wrapupcodes/{ids(centre, 'wrapupcodes')['Sale']}")

    done = centre.apply(saved)

    assert [one.change.id for one in done.outcomes] == ["user/a1"]
    assert changes(done.plan) == ["update user/a1"]
    assert "wrapup_code/sale" in [one.id for one in centre.plan().changes]


def ids(centre: Centre, listing: str) -> dict[str, str]:
    return {one["name"]: one["id"] for one in centre.behind("GET", f"/api/v2/routing/{listing}", pageSize=100)["entities"]}


def user(centre: Centre, email: str) -> Any:
    return next(one for one in centre.behind("GET", "/api/v2/users", pageSize=100)["entities"] if one["email"] == email)


def test_removals_that_were_agreed_to_need_no_second_word(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace(*MEMBER))

    done = centre.apply(save(centre, Consent(removals=1)))

    assert done.exit_code == 0
    assert not centre.plan().changes


def test_pruning_that_was_agreed_to_needs_no_second_word(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.configure("guards: {max_removals_percent: 100, min_export_percent: 0}\n")
    centre.write(SMALL.replace("{key: osaka, name: 大阪センター}", ""))
    agreed = Consent(prune=frozenset({"division"}))

    done = centre.apply(save(centre, agreed))

    assert [str(one.change.op) for one in done.outcomes] == ["delete"]
    assert "大阪センター" not in centre.state()["divisions"]


def test_adoptions_are_taken_in(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    for file in (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()
    centre.write(SMALL.replace("title: Agent", "title: Senior"))
    saved = save(centre)
    assert len(orjson.loads(saved[0])["adoptions"]) == 12

    centre.apply(saved)

    after = centre.plan()
    assert (after.changes, after.adoptions) == ((), ())


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_replay_is_refused(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    centre.apply(saved)

    assert moved(centre, saved).startswith("this plan was carried out already")


def test_an_expired_one_is_refused(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    centre.pass_time(hours=24)
    centre.apply(saved)  # to the second it is good
    centre.write(SMALL.replace("title: Agent", "title: Senior"))
    late = save(centre)
    centre.pass_time(hours=24, seconds=1)

    assert moved(centre, late).startswith("this plan expired at 2026-11-24T12:00:")


def test_the_life_of_a_plan_is_set_by_the_settings(centre: Centre) -> None:
    centre.write(SMALL)
    centre.configure("plan_ttl: 5m\n")
    saved = save(centre)
    centre.pass_time(minutes=6)

    assert moved(centre, saved).startswith("this plan expired at 2026-11-22T12:05:")


def test_changed_manifests_refuse_it(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    centre.write(SMALL.replace("Hanako", "Hana"))

    assert moved(centre, saved).startswith("the manifests have changed since this plan was made")


def test_a_manifest_written_otherwise_does_not_refuse_it(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    centre.write(f"# a comment\n{SMALL}", "another.yaml")
    (centre.root / "manifests" / "centre.yaml").unlink()

    assert centre.apply(saved).exit_code == 0


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ({"organization": {"id": "o-2", "region": ""}}, "this plan was made for organisation o-2 and source acme"),
        ({"source": "other"}, "and source other; make a new one"),
    ],
)
def test_one_for_somebody_else_is_refused(centre: Centre, member: dict[str, Any], told: str) -> None:
    centre.write(SMALL)

    assert told in moved(centre, rewritten(save(centre), **member))


def edit_user(centre: Centre) -> None:
    there = user(centre, "taro@example.com")
    centre.behind("PATCH", f"/api/v2/users/{there['id']}", {"title": "Chief", "version": there["version"]})


def add_skill(centre: Centre) -> None:
    there = user(centre, "taro@example.com")
    added = [{"id": ids(centre, "skills")["Billing"], "proficiency": 2}]
    centre.behind("PATCH", f"/api/v2/users/{there['id']}/routingskills/bulk", added)


def remove_member(centre: Centre) -> None:
    queue = ids(centre, "queues")["Billing Tokyo"]
    body = [{"id": user(centre, "taro@example.com")["id"]}]
    centre.behind("POST", f"/api/v2/routing/queues/{queue}/members", body, delete="true")


def division(centre: Centre, name: str) -> str:
    listed = centre.behind("GET", "/api/v2/authorization/divisions")["entities"]
    return f"/api/v2/authorization/divisions/{next(one['id'] for one in listed if one['name'] == name)}"


def delete_division(centre: Centre) -> None:
    centre.behind("DELETE", division(centre, "大阪センター"))


def rename_division(centre: Centre) -> None:
    centre.behind("PUT", division(centre, "大阪センター"), {"name": "Osaka", "description": ""})


def deactivate_user(centre: Centre) -> None:
    there = user(centre, "taro@example.com")
    centre.behind("PATCH", f"/api/v2/users/{there['id']}", {"state": "inactive", "version": there["version"]})


def delete_user(centre: Centre) -> None:
    centre.behind("DELETE", f"/api/v2/users/{user(centre, 'taro@example.com')['id']}")


BEHIND = {
    "somebody who was let go": (deactivate_user, ("title: Agent", "title: Senior"), "user/a1: is inactive in Genesys Cloud"),
    "somebody who was deleted": (delete_user, ("title: Agent", "title: Senior"), "user/a1: is deleted in Genesys Cloud"),
    "a field": (edit_user, ("title: Agent", "title: Senior"), "user/a1: title"),
    "another field of the same object": (edit_user, ("department: Sales", "department: Service"), "user/a1: title"),
    "a level": (add_skill, ("title: Agent", "title: Senior"), "user/a1: skills.billing"),
    "a member": (remove_member, ("name: Billing Tokyo", "name: Billing"), "queue/q1: members.a1"),
    "an object": (delete_division, ("大阪センター", "大阪コールセンター"), "division/osaka: "),
    "a name": (rename_division, ("大阪センター", "大阪コールセンター"), "division/osaka: name"),
}


@pytest.mark.parametrize(("behind", "edit", "told"), BEHIND.values(), ids=BEHIND)
def test_what_moved_behind_our_back_is_named(
    centre: Centre, behind: Callable[[Centre], None], edit: tuple[str, str], told: str
) -> None:
    assert edit[0] in SMALL
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace(*edit))
    saved = save(centre)
    behind(centre)

    message = moved(centre, saved)

    assert message.startswith("the organisation has changed since this plan was made:\n")
    assert f"  {told}" in message


def test_an_object_that_came_into_being_is_named(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    centre.behind("POST", "/api/v2/routing/skills", {"name": "Billing"})

    assert "  skill/billing: is as wanted already, or came into being by other hands" in moved(centre, saved)


def test_a_plan_with_refusals_is_refused(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace(*MEMBER))
    saved = save(centre)
    before = centre.state()

    with pytest.raises(Refused, match="Plan again with --allow-removals 1"):
        centre.apply(saved, consent=Consent(removals=1))

    assert centre.state() == before


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a value": (lambda text: text.replace(b'"after": "Billing"', b'"after": "Bribing"', 1), "was changed after it was made"),
    "half of it": (lambda text: text[: len(text) // 2], "is not JSON"),
    "nothing": (lambda _: b"", "is not JSON"),
    "a list": (lambda _: b"[]", "is no plan of format version 1"),
    "another format": (lambda text: text.replace(b"reconciler/plan", b"another/plan"), "is no plan of format version 1: format"),
    "a later major version": (lambda text: text.replace(b'"1.0"', b'"2.0"'), "is no plan of format version 1: format_version"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_is_refused_before_anything_is_asked(centre: Centre, spoil: Callable[[bytes], bytes], told: str) -> None:
    centre.write(SMALL)
    text, name = save(centre)
    centre.admin("POST", "/requests/reset")

    with pytest.raises(InputError) as caught:
        centre.apply((spoil(text), name))

    assert str(caught.value).startswith("plan.json: ")
    assert told in str(caught.value)
    assert centre.requests() == {}


# ── continued ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """Ends the process as far as our code can tell."""


class Cut(httpx.AsyncBaseTransport):
    """Passes requests on and ends everything after so many writes; the last one is carried out, but not answered."""

    def __init__(self, centre: Centre, writes: int) -> None:
        self.inner = httpx.ASGITransport(centre.emulator.api)
        self.left = writes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answered = await self.inner.handle_async_request(request)
        self.left -= request.method != "GET" and not request.url.path.endswith(("/token", "/search"))
        if self.left == 0:
            raise Killed
        return answered


def cut(centre: Centre, saved: tuple[bytes, str], writes: int) -> None:
    """Carries the plan out until it is cut off."""
    centre.transport = Cut(centre, writes)
    with pytest.raises(Killed):
        centre.apply(saved)
    centre.transport = None


@pytest.mark.parametrize("writes", range(1, 19, 2))
def test_a_cut_one_is_continued(centre: Centre, writes: int) -> None:
    centre.write(SMALL)
    plan = centre.plan()
    saved = document.text(plan), "plan.json"
    cut(centre, saved, writes)

    done = centre.apply(saved)

    assert done.exit_code == 0, [one.note for one in done.outcomes]
    assert len(done.outcomes) < len(plan.changes)
    assert not centre.plan().changes
    assert moved(centre, saved).startswith("this plan was carried out already")


def test_one_that_is_cut_again_and_again_ends_where_it_should(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    for _ in range(3):
        cut(centre, saved, 3)

    assert centre.apply(saved).exit_code == 0
    assert not centre.plan().changes


def test_failures_are_continued_as_well(centre: Centre) -> None:
    centre.write(SMALL)
    saved = save(centre)
    rule = {"operation": "POST /api/v2/routing/languages", "status": 400, "code": "bad.request", "times": 1}
    centre.admin("POST", "/faults", rule)

    codes = [centre.apply(saved).exit_code for _ in range(2)]

    assert codes == [6, 0]
    assert not centre.plan().changes


def test_what_a_cut_one_has_not_begun_is_still_compared(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("title: Agent", "title: Senior").replace("name: Returns, members", "name: Retouren, members"))
    saved = save(centre)
    assert [one.id for one in plan_of(saved).changes] == ["user/a1", "queue/q2"]
    cut(centre, saved, 1)
    queue = centre.behind("GET", f"/api/v2/routing/queues/{ids(centre, 'queues')['Returns']}")
    centre.behind("PUT", f"/api/v2/routing/queues/{queue['id']}", {**queue, "name": "Returned"})

    assert "  queue/q2: name" in moved(centre, saved)


def plan_of(saved: tuple[bytes, str]) -> Plan:
    return document.load(*saved)[0]
