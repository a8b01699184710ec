"""From manifests to an applied organisation and back to nothing to do."""

from __future__ import annotations

import pytest
from flow.centre import SMALL, Centre, changes, text

from reconciler.errors import NotAuthorised, Refused
from reconciler.model import document
from reconciler.model.change import Result
from reconciler.pipeline.plan import Consent


def test_a_plan_writes_nothing(centre: Centre) -> None:
    centre.write(SMALL)

    centre.plan()

    assert centre.admin("GET", "/requests")["writes"] == 0


@pytest.mark.parametrize("path", ["scim", "directory"])
def test_after_an_apply_the_plan_is_empty(centre: Centre, path: str) -> None:
    centre.write(SMALL)
    centre.configure("")
    settings = (centre.root / "reconciler.yaml").read_text(encoding="utf-8")
    wanted = settings.replace("requests_per_minute: 0", f"requests_per_minute: 0, user_writes: {path}")
    (centre.root / "reconciler.yaml").write_text(wanted, encoding="utf-8")

    applied = centre.apply()
    plan = centre.plan()

    assert {one.result for one in applied.outcomes} == {Result.DONE}, [str(one.note) for one in applied.outcomes]
    assert not plan.changes
    assert not plan.adoptions
    assert plan.unchanged == 13


def test_the_same_inputs_give_the_same_plan(centre: Centre) -> None:
    centre.write(SMALL)

    first, second = centre.plan(), centre.plan()

    assert document.dump(first) == document.dump(second)


def test_predicted_requests_are_the_requests_made(centre: Centre) -> None:
    centre.write(SMALL)

    applied = centre.apply()

    assert sum(one.requests for one in applied.outcomes) == applied.plan.predicted


EDITS = {
    "a name of a user": ("name: Hanako Sato", "name: 佐藤 花子", ["update user/a2"]),
    "an e-mail": ("email: hanako@", "email: h.sato@", ["update user/a2"]),
    "a division": ("division: tokyo, title", "division: osaka, title", ["update user/a1"]),
    "a level": ("skills: {returns: 3}", "skills: {returns: 5}", ["update user/a2"]),
    "a skill less": ("returns: 1.5", "", ["update user/a1"]),
    "a language less": ("languages: {ja: 5}", "languages: {}", ["update user/a1"]),
    "a phone": ("+81 3 1234 5678", "+81 3 9999 0000", ["update user/a1"]),
    "an employee id": ('"007"', "'008'", ["update user/a1"]),
    "a cleared title": ("title: Agent", "title: null", ["update user/a1"]),
    "another manager": ("manager: a1", "manager: null", ["update user/a2"]),
    "a queue's name": ("name: Returns, members", "name: Retouren, members", ["rename queue/q2"]),
    "a queue's division": ("Tokyo, division: tokyo", "Tokyo, division: osaka", ["update queue/q1"]),
    "a service level": ("percentage: 0.8", "percentage: 0.9", ["update queue/q1"]),
    "after-call work": ("timeout_seconds: 60", "timeout_seconds: 30", ["update queue/q1"]),
    "a member less": ("items: [a1, a2]", "items: [a2]", ["update queue/q1"]),
    "a label": ("ja: 昼食", "ja: ランチ", ["update secondary_status/lunch"]),
    "a wrap-up code's name": ("name: Sale,", "name: Sold,", ["rename wrapup_code/sale"]),
    "a division's name": ("大阪センター", "大阪コールセンター", ["rename division/osaka"]),
    "a link": ("acme.example", "acme.invalid", ["update external_source/acme"]),
    "no primary source": ("primary: true", "primary: false", ["update presence_source/acme"]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_one_edit_is_one_change_and_converges(centre: Centre, edit: tuple[str, str, list[str]]) -> None:
    before, after, expected = edit
    assert before in SMALL
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace(before, after))
    consent = Consent(removals=1)

    plan = centre.plan(consent)
    applied = centre.apply(consent=consent)

    assert changes(plan) == expected
    assert [one.note for one in applied.outcomes] == [""]
    assert sum(one.requests for one in applied.outcomes) == applied.plan.predicted
    assert not centre.plan().changes


def test_a_lost_ledger_is_found_again_without_a_write(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    before = centre.state()
    for file in (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()
    writes = centre.admin("GET", "/requests")["writes"]

    plan = centre.plan()
    centre.apply()

    assert not plan.changes
    assert len(plan.adoptions) == 13
    assert centre.state() == before
    assert centre.admin("GET", "/requests")["writes"] == writes
    assert not centre.plan().adoptions


def test_another_organisation_is_refused_before_anything_is_read(centre: Centre) -> None:
    centre.write(SMALL)
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("organization: {", "organization: {id: another, "), encoding="utf-8")

    with pytest.raises(NotAuthorised, match=r"reconciler\.yaml names another"):
        centre.plan()

    assert centre.requests() == {"POST /oauth/token": 1, "GET /api/v2/tokens/me": 1}


def test_members_a_manifest_does_not_name_stay_under_additive(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("members: {mode: exclusive, items: [a1, a2]}", "members: [a1]"))

    plan = centre.plan()

    assert not plan.changes


def test_members_that_are_not_mentioned_are_not_even_read(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(
        SMALL.replace(", members: {mode: exclusive, items: [a1, a2]}", "").replace(
            ", members: {mode: exclusive, items: [a2]}", ""
        )
    )
    centre.admin("POST", "/requests/reset")

    plan = centre.plan()

    assert not plan.changes
    assert "GET /api/v2/routing/queues/{queueId}/members" not in centre.requests()


def test_emptying_a_queue_is_refused_until_it_is_named(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("items: [a1, a2]", "items: []").replace("items: [a2]", "items: []"))

    with pytest.raises(Refused, match="--allow-empty member"):
        centre.apply()
    applied = centre.apply(consent=Consent(removals=3, empty=frozenset({"member"})))

    assert applied.exit_code == 0
    assert not centre.plan().changes


def test_one_bad_object_stops_only_what_needs_it(centre: Centre) -> None:
    centre.write(SMALL)
    centre.admin("POST", "/faults", {"operation": "POST /api/v2/routing/skills", "nth": 1, "status": 400, "code": "bad.request"})

    applied = centre.apply()

    results = {one.change.id: one.result for one in applied.outcomes}
    assert applied.exit_code == 6
    assert results["skill/billing"] is Result.FAILED
    assert results["user/a1"] is Result.BLOCKED
    assert results["queue/q2"] is Result.DONE
    assert centre.apply().exit_code == 0
    assert not centre.plan().changes


def test_a_plan_is_readable(centre: Centre) -> None:
    centre.write(SMALL)
    centre.apply()
    centre.write(SMALL.replace("billing: 4,", "billing: 5,").replace("name: Returns, members", "name: Retouren, members"))

    shown = text(centre.plan())

    assert shown.splitlines()[3:] == [
        "  ~   user/a1  山田 太郎                                manifests/centre.yaml:10",
        "        skills: billing 4 → 5",
        "  →   queue/q2  Returns                                 manifests/centre.yaml:17",
        "        (same object, recognised by ledger)",
        "        name: Returns → Retouren",
        "",
        "11 unchanged hidden.",
        "Plan: 0 to add, 1 to change, 0 to destroy, 1 to rename.",
        "19 requests read it; applying takes about 3 requests.",
    ]


def test_no_secret_is_written_anywhere(centre: Centre) -> None:
    centre.write(SMALL)

    applied = centre.apply()

    secret = centre.emulator.client_secret.encode()
    kept = [path for path in centre.root.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert not kept
    assert secret not in document.text(applied.plan)
    assert centre.emulator.client_secret not in repr(centre.settings)
