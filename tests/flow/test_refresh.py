"""A cheap run reads members and codes only where something may have changed; what it misses is never acted on."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flow.centre import SMALL, Centre, changes

from reconciler.emulator.things import Member
from reconciler.model.change import Plan, Result
from reconciler.pipeline import plan as planning
from reconciler.pipeline.plan import Consent
from reconciler.pipeline.refresh import SEEN
from reconciler.pipeline.session import connect

LARGE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "bench" / "centre.py")))
MEMBERS = "GET /api/v2/routing/queues/{queueId}/members"
CODES = "GET /api/v2/routing/queues/{queueId}/wrapupcodes"
AUDITS = "POST /api/v2/audits/query/realtime"
SERVICES = "GET /api/v2/audits/query/realtime/servicemapping"
GUARDS = "guards: {max_removals_percent: 100}\n"
CHANGED = f"refresh: {{mode: changed, full_every: 24h, overlap: 10m}}\n{GUARDS}"
EMPTY = Consent(empty=frozenset({"member"}))
THREE = SMALL.replace("queues:\n", "  - {key: a3, name: Ken Mori, email: ken@example.com}\nqueues:\n").replace(
    "{key: sale, name: Sale, division: tokyo}", "{key: sale, name: Sale}, {key: lost, name: Lost}"
)


@pytest.fixture
def settled(centre: Centre) -> Centre:
    """Three people, two queues (Taro and Hanako in q1, Hanako in q2), everything as wanted and read half an hour ago."""
    centre.configure(CHANGED)
    centre.write(THREE)
    centre.apply()
    centre.pass_time(minutes=30)
    centre.plan()
    centre.pass_time(minutes=30)
    centre.admin("POST", "/requests/reset")
    return centre


def queue(centre: Centre, name: str = "Billing Tokyo") -> Any:
    """A queue of the emulator itself: what is done to it there leaves no trace."""
    return next(one for one in centre.emulator.world.queues.values() if one.name == name)


def person(centre: Centre, who: str) -> Any:
    return centre.emulator.world.people.by_email[f"{who}@example.com"]


def code(centre: Centre, name: str) -> str:
    return str(centre.emulator.world.codes.named(name)["id"])  # type: ignore[index]


def member(centre: Centre, who: str, **query: Any) -> None:
    """Puts somebody into q1 behind our back, or takes him out with `delete`."""
    centre.behind("POST", f"/api/v2/routing/queues/{queue(centre).id}/members", [{"id": person(centre, who).id}], **query)


def swap(centre: Centre) -> None:
    """Hanako goes from q1, Ken comes: by API, so with two entries, two minutes ago."""
    member(centre, "hanako", delete="true")
    member(centre, "ken")
    centre.pass_time(minutes=2)


def swap_unseen(centre: Centre) -> None:
    """The same without a trace, as rule-driven groups do it (inferred)."""
    there = queue(centre)
    del there.members[person(centre, "hanako").id]
    there.members[person(centre, "ken").id] = Member()


def looked(centre: Centre) -> tuple[int, int]:
    """How often members and codes were asked for since they were last counted."""
    counted = centre.requests()
    centre.admin("POST", "/requests/reset")
    return counted.get(MEMBERS, 0), counted.get(CODES, 0)


def moved(plan: Plan) -> dict[str, bool]:
    """Who comes (True) and goes (False) in q1 by the plan."""
    return {one.path[1]: bool(one.after) for change in plan.changes for one in change.fields if one.path[0] == "members"}


def heals(centre: Centre) -> None:
    """The next complete reading sees what was missed, and an apply mends it."""
    centre.pass_time(hours=24)
    plan = centre.plan(EMPTY)
    assert moved(plan) == {"a2": True, "a3": False}
    assert {one.result for one in centre.apply(consent=EMPTY).outcomes} == {Result.DONE}
    assert centre.emulator.world.queues[queue(centre).id].members.keys() == {person(centre, who).id for who in ("taro", "hanako")}
    assert not centre.plan().changes


def planned(centre: Centre, mode: Any) -> Plan:
    return asyncio.run(planning.plan(centre.settings, None, centre.doors, mode))


def record(centre: Centre, text: str | None = None) -> str | None:
    """What the ledger keeps of the last reading; `text` puts something else there."""

    async def ask() -> str | None:
        async with connect(centre.settings, centre.doors) as session:
            if text is not None:
                session.ledger.set_fact(SEEN, text)
            return session.ledger.fact(SEEN)

    return asyncio.run(ask())


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_organisation_is_listed_and_nothing_more(settled: Centre) -> None:
    plan = settled.plan()

    counted = settled.requests()
    assert (plan.changes, plan.adoptions, plan.warnings) == ((), (), ())
    assert (counted[AUDITS], counted[SERVICES]) == (4, 1)
    assert looked(settled) == (0, 0)


@pytest.mark.parametrize(
    ("users", "queues", "requests"), [(100, 10, 21), (1_000, 50, 22), pytest.param(10_000, 1_000, 41, marks=pytest.mark.long)]
)
def test_an_unchanged_organisation_costs_its_lists_and_seven_requests(
    make_centre: Any, users: int, queues: int, requests: int
) -> None:
    """Token, organisation check, mapping of services, four audit queries: 50 at most for 10,000 users and 1,000 queues."""
    centre = make_centre(seed=f"large:{users},{queues}")
    centre.configure(CHANGED)
    LARGE.write(centre.root, users, queues)
    asyncio.run(_bound(centre))
    first = centre.plan()
    centre.pass_time(hours=1)
    centre.admin("POST", "/requests/reset")

    plan = centre.plan()

    counted = centre.admin("GET", "/requests")
    assert (plan.changes, plan.adoptions, plan.warnings) == ((), (), ())
    assert (counted["total"], counted["writes"], plan.header.spent) == (requests, 0, requests)
    assert requests == LARGE.minimum(users, queues) - 2 * queues + 7 <= 50
    assert first.header.spent == LARGE.minimum(users, queues) + 2


async def _bound(centre: Centre) -> None:
    async with connect(centre.settings, centre.doors) as session:
        await LARGE.bind(session)


def test_a_window_of_almost_a_day_costs_two_slices_at_most(settled: Centre) -> None:
    settled.pass_time(hours=22, minutes=50)

    plan = settled.plan()

    assert not plan.warnings
    assert settled.requests()[AUDITS] in {4, 8}
    assert looked(settled) == (0, 0)


def test_it_is_off_unless_asked_for(centre: Centre) -> None:
    centre.write(THREE)
    centre.apply()
    centre.admin("POST", "/requests/reset")

    centre.plan()

    assert AUDITS not in centre.requests()
    assert looked(centre) == (2, 1)
    assert record(centre) is None


def test_it_can_be_asked_for_once(centre: Centre) -> None:
    centre.configure(GUARDS)
    centre.write(THREE)
    centre.apply()
    centre.pass_time(hours=1)
    planned(centre, "changed")
    centre.pass_time(minutes=5)
    centre.admin("POST", "/requests/reset")

    planned(centre, "changed")

    assert looked(centre) == (0, 0)


def test_a_full_run_renews_the_record(settled: Centre) -> None:
    settled.pass_time(hours=22)

    planned(settled, "full")
    full = looked(settled)
    settled.pass_time(hours=22)
    settled.plan()

    assert full == (2, 1)
    assert looked(settled) == (0, 0)


# ── what it sees ─────────────────────────────────────────────────────────────────────────────────────────────────────


def add_code(centre: Centre, seconds: float = 120) -> None:
    centre.behind("POST", f"/api/v2/routing/queues/{queue(centre).id}/wrapupcodes", [{"id": code(centre, "Lost")}])
    centre.pass_time(seconds=seconds)


def take_code(centre: Centre) -> None:
    centre.behind("DELETE", f"/api/v2/routing/queues/{queue(centre).id}/wrapupcodes/{code(centre, 'Sale')}")
    centre.pass_time(seconds=120)


def grow_unseen(centre: Centre) -> None:
    queue(centre).members[person(centre, "ken").id] = Member()
    queue(centre).count()


SEES: dict[str, tuple[Callable[[Centre], None], list[str]]] = {
    "a member more": (lambda centre: member(centre, "ken"), ["members.a3"]),
    "a member less": (lambda centre: member(centre, "taro", delete="true"), ["members.a1"]),
    "a swap of equal size": (swap, ["members.a2", "members.a3"]),
    "a code less": (take_code, ["wrapup_codes.sale"]),
    "another count without an entry": (grow_unseen, ["members.a3"]),
}


@pytest.mark.parametrize("case", SEES.values(), ids=SEES)
def test_what_somebody_else_did_is_seen(settled: Centre, case: tuple[Callable[[Centre], None], list[str]]) -> None:
    act, fields = case
    act(settled)

    plan = settled.plan(EMPTY)

    assert changes(plan) == ["update queue/q1"]
    assert [".".join(one.path) for one in plan.changes[0].fields] == fields
    assert looked(settled) == (1, 1)  # what is going to change is read whole; q2 is not
    settled.apply(consent=EMPTY)
    assert not planned(settled, "full").changes


def test_a_code_more_is_seen_where_it_is_nobodys_business(settled: Centre) -> None:
    add_code(settled)

    plan = settled.plan()

    assert not plan.changes
    assert looked(settled) == (0, 1)


def test_an_entry_is_followed_up_once(settled: Centre) -> None:
    add_code(settled)
    settled.plan()
    first = looked(settled)
    settled.pass_time(minutes=5)

    settled.plan()

    assert (first, looked(settled)) == ((0, 1), (0, 0))


def test_an_entry_just_before_a_reading_is_followed_up_again(settled: Centre) -> None:
    """The queue may not have shown yet what the trail told already."""
    add_code(settled, seconds=30)
    settled.plan()
    first = looked(settled)
    settled.pass_time(minutes=5)

    settled.plan()

    assert (first, looked(settled)) == ((0, 1), (0, 1))


def test_an_entry_that_shows_late_is_caught_by_the_overlap(settled: Centre) -> None:
    settled.pass_time(minutes=40)  # so that the early plan moves the record on
    settled.admin("PATCH", "/switches", {"audit_delay": 300.0})
    swap(settled)
    settled.pass_time(minutes=2)
    early = settled.plan(EMPTY)
    settled.pass_time(minutes=5)

    late = settled.plan(EMPTY)

    assert not early.changes
    assert moved(late) == {"a2": True, "a3": False}


def test_agents_who_join_and_leave_their_queues_cost_nothing(settled: Centre) -> None:
    body = [{"id": person(settled, "taro").id, "joined": False}]
    settled.behind("PATCH", f"/api/v2/routing/queues/{queue(settled).id}/members", body)

    settled.plan()

    assert looked(settled) == (0, 0)


def test_a_queue_that_groups_fill_is_always_read(settled: Centre) -> None:
    queue(settled).settings["memberGroups"] = [{"id": settled.emulator.world.new_id(), "type": "GROUP"}]
    swap_unseen(settled)

    plan = settled.plan(EMPTY)

    assert moved(plan) == {"a2": True, "a3": False}
    assert looked(settled) == (1, 1)


def test_a_user_who_changes_standing_marks_all_queues_it_was_in(settled: Centre) -> None:
    who = person(settled, "hanako")

    settled.behind("PATCH", f"/api/v2/users/{who.id}", {"state": "inactive", "version": who.version})
    settled.plan()

    assert looked(settled) == (2, 0)


def test_a_deleted_user_marks_all_queues_it_was_in(settled: Centre) -> None:
    settled.admin("PATCH", "/switches", {"deleted_keeps_memberships": True})  # so that the counts say nothing

    settled.behind("DELETE", f"/api/v2/users/{person(settled, 'hanako').id}")
    settled.plan()

    assert looked(settled)[0] == 2


def test_a_deleted_code_marks_the_queues_it_was_in(settled: Centre) -> None:
    settled.behind("DELETE", f"/api/v2/routing/wrapupcodes/{code(settled, 'Sale')}")

    plan = settled.plan()

    assert changes(plan) == ["create wrapup_code/sale", "update queue/q1"]
    assert looked(settled) == (1, 1)


def test_a_queue_managed_since_then_is_read(settled: Centre) -> None:
    settled.write(THREE.replace("name: Returns, members", "name: Returns, wrapup_codes: [lost], members"))

    plan = settled.plan()

    assert changes(plan) == ["update queue/q2"]
    assert looked(settled) == (1, 1)


def test_what_apply_wrote_is_remembered(settled: Centre) -> None:
    settled.admin("PATCH", "/switches", {"audit_delay": 7200.0})
    settled.write(THREE.replace("items: [a1, a2]", "items: [a1, a2, a3]"))
    settled.apply()
    settled.pass_time(minutes=5)
    settled.admin("POST", "/requests/reset")

    plan = settled.plan()

    assert not plan.changes
    assert looked(settled) == (0, 0)


def test_what_apply_was_about_to_write_is_read_when_it_was_stopped(settled: Centre) -> None:
    settled.write(THREE.replace("items: [a1, a2]", "items: [a1, a2, a3]"))
    stopped = settled.apply(stopping=lambda: True)
    settled.write(THREE)
    settled.admin("POST", "/requests/reset")

    plan = settled.plan()

    assert {one.result for one in stopped.outcomes} == {Result.STOPPED}
    assert not plan.changes
    assert looked(settled) == (1, 1)


# ── nothing changes on a remembered value ────────────────────────────────────────────────────────────────────────────


def test_a_removal_is_planned_only_after_its_queue_was_read(settled: Centre) -> None:
    swap_unseen(settled)
    settled.write(THREE.replace("items: [a1, a2]", "items: [a1]"))

    plan = settled.plan(EMPTY)

    assert moved(plan) == {"a3": False}  # Hanako, whom memory still has there, went by other hands
    assert looked(settled) == (1, 1)


def test_an_addition_is_planned_only_after_its_queue_was_read(settled: Centre) -> None:
    swap_unseen(settled)
    settled.write(THREE.replace("items: [a1, a2]", "items: [a1, a3]"))

    plan = settled.plan(EMPTY)

    assert not plan.changes
    assert looked(settled) == (1, 1)


def test_a_queue_that_is_to_be_emptied_is_read_first(settled: Centre) -> None:
    settled.configure(CHANGED.replace("{max_", "{prune: [queue], min_export_percent: 0, max_"))
    swap_unseen(settled)
    settled.write(
        THREE[: THREE.index("  - {key: q1")] + "  - {key: q2, name: Returns, members: {mode: exclusive, items: [a2]}}\n"
    )

    plan = settled.plan(EMPTY)

    assert moved(plan) == {"a1": False, "a3": False}
    assert looked(settled)[0] == 1


def test_a_queue_that_cannot_be_read_keeps_its_members(settled: Centre) -> None:
    settled.write(THREE.replace("items: [a1, a2]", "items: [a1]"))
    settled.admin("POST", "/faults", {"operation": MEMBERS, "every": 1, "short_page": 1})

    plan = settled.plan(EMPTY)

    assert not plan.changes
    assert plan.warnings == ("queue/q1 members: not read completely (1 came, the object counts 2); left alone",)


# ── what it can miss ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_misses_an_entry_that_shows_later_than_the_overlap(settled: Centre) -> None:
    settled.admin("PATCH", "/switches", {"audit_delay": 10_000.0})
    swap(settled)
    for _ in range(3):
        settled.pass_time(hours=2)
        settled.plan(EMPTY)

    assert not settled.plan(EMPTY).changes
    heals(settled)


def test_it_misses_a_swap_that_groups_made_without_being_shown(settled: Centre) -> None:
    swap_unseen(settled)

    assert not settled.plan(EMPTY).changes
    heals(settled)


def test_it_misses_entries_that_our_permissions_do_not_show(settled: Centre) -> None:
    swap(settled)
    settled.emulator.world.audits.clear()

    assert not settled.plan(EMPTY).changes
    heals(settled)


def test_it_misses_a_restored_user_who_took_anothers_place(settled: Centre) -> None:
    """Ken was deleted when the queue was read, and comes back into it in the moment in which Hanako goes."""
    swap_unseen(settled)
    ken = person(settled, "ken")
    settled.behind("PATCH", f"/api/v2/users/{ken.id}", {"state": "inactive", "version": ken.version})
    settled.behind("PATCH", f"/api/v2/users/{ken.id}", {"state": "active", "version": ken.version})

    assert not settled.plan(EMPTY).changes
    heals(settled)


def test_it_misses_ring_numbers_which_nobody_manages(settled: Centre) -> None:
    path = f"/api/v2/routing/queues/{queue(settled).id}/members/{person(settled, 'taro').id}"
    settled.behind("PATCH", path, {"id": person(settled, "taro").id, "ringNumber": 3})

    assert not settled.plan().changes
    assert looked(settled) == (0, 0)
    assert not planned(settled, "full").changes


# ── when it does not trust itself ────────────────────────────────────────────────────────────────────────────────────


FAULTS: dict[str, dict[str, Any]] = {
    "no permission": {"operation": AUDITS, "status": 403, "code": "missing.permissions"},
    "no permission for the mapping": {"operation": SERVICES, "status": 403, "code": "missing.permissions"},
    "throttled for long": {"operation": AUDITS, "status": 429, "retry_after": 60},
    "unavailable": {"operation": AUDITS, "status": 503},
    "a timeout": {"operation": AUDITS, "status": 504},
    "a bad request": {"operation": AUDITS, "status": 400},
    "a connection that dies": {"operation": AUDITS, "cut_before": True},
    "a short page": {"operation": AUDITS, "short_page": 0},
    "a wrong total": {"operation": AUDITS, "wrong_total": 7},
    "a page without total": {"operation": AUDITS, "drop_expand": ["total"]},
    "entries without their object": {"operation": AUDITS, "drop_expand": ["entity"]},
    "entries without date": {"operation": AUDITS, "drop_expand": ["eventDate"]},
    "a mapping that is none": {"operation": SERVICES, "drop_expand": ["services"]},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_any_fault_of_the_trail_makes_it_read_everything(settled: Centre, fault: dict[str, Any]) -> None:
    swap(settled)
    settled.admin("POST", "/faults", {"every": 1, **fault})

    plan = settled.plan(EMPTY)

    assert looked(settled) == (2, 1)
    assert moved(plan) == {"a2": True, "a3": False}
    assert len(plan.warnings) == 1
    assert plan.warnings[0].startswith("everything was read, because the audit trail proves nothing: ")
    assert fault["operation"] in plan.warnings[0]


def test_a_moments_throttling_is_waited_for(settled: Centre) -> None:
    settled.admin("PATCH", "/switches", {"audit_requests_per_minute": 2})

    plan = settled.plan()

    assert not plan.warnings
    assert looked(settled) == (0, 0)


def test_a_client_without_the_permission_reads_everything_and_says_so(settled: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    rights = settled.emulator.world.planner.permissions - {"audits:audit:view"}
    made = settled.admin("POST", "/clients", {"permissions": sorted(rights)})
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", made["client_id"])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", made["client_secret"])

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert "audits:audit:view" in plan.warnings[0]


def test_a_service_that_is_not_mapped_makes_it_read_everything(settled: Centre) -> None:
    settled.admin("PATCH", "/switches", {"audits_of_queues": False})

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert "does not know MemberAdd, MemberRemove, WrapupCodeAdd, WrapupCodeRemove" in plan.warnings[0]


def test_what_was_read_longer_ago_than_the_trail_reaches_is_read_again(settled: Centre) -> None:
    settled.configure(CHANGED.replace("24h", "30d"))
    settled.pass_time(days=14)

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert "out of its reach" in plan.warnings[0]


def test_a_clock_that_went_back_makes_it_read_everything(settled: Centre) -> None:
    settled.pass_time(hours=-3)
    settled.emulator.world.advance(3 * 3600)  # ours, not theirs

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert "out of its reach" in plan.warnings[0]


def test_everything_is_read_when_the_time_has_come(settled: Centre) -> None:
    settled.pass_time(hours=23, minutes=1)

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert AUDITS not in settled.requests()
    assert not plan.warnings


@pytest.mark.parametrize("text", ["nonsense", "{}", '{"format": 2}', "[]"])
def test_a_record_that_cannot_be_understood_is_read_anew(settled: Centre, text: str) -> None:
    record(settled, text)
    settled.admin("POST", "/requests/reset")

    settled.plan()
    first = looked(settled)
    settled.plan()

    assert (first, looked(settled)) == ((2, 1), (0, 0))


def test_a_lost_ledger_means_reading_everything(settled: Centre) -> None:
    for file in (settled.root / ".reconciler").glob("ledger.db*"):
        file.unlink()

    plan = settled.plan()

    assert looked(settled) == (2, 1)
    assert not plan.changes
