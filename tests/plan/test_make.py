"""A whole plan from two states: what it holds, what it costs, and what it is limited to."""

from __future__ import annotations

import random as dice
from dataclasses import replace
from typing import Any

import pytest
from plan.states import bound, desired, snapshot, there, told, wish

from reconciler.kinds import REGISTRY
from reconciler.model.change import Header, Plan
from reconciler.model.document import text
from reconciler.model.kind import Options
from reconciler.model.resource import Additive, Ref, Snapshot, State
from reconciler.plan.guard import Limits
from reconciler.plan.leave import Leaving
from reconciler.plan.make import Terms, aimed, make, names, seconds

WISHES = desired(
    wish("division/tokyo", name="Tokyo"),
    wish("skill/billing", name="Billing", division="tokyo"),
    wish("user/ann", name="Ann", email="ann@x", division="tokyo", skills={"billing": 0.0}),
    wish("user/bob", name="Bob", email="bob@x", title="Agent", manager="ann"),
    wish("queue/q", name="Q", members=frozenset({"ann", "bob"}), wrapup_codes=Additive(frozenset({"sale"}))),
    wish("wrapup_code/sale", name="Sale"),
)
THERE = (
    there("user/bob", name="Bob", email="bob@x"),
    there("wrapup_code/sale", "name", name="Sale"),
    there("skill/old", name="Old"),
)
LIVE = snapshot(*THERE)


def planned(state: State = WISHES, live: Snapshot = LIVE, **terms: Any) -> Plan:
    bindings = bound(*(one for one in live.live.values() if one.by == "ledger"))
    return make(REGISTRY, state, live, bindings, Terms(**terms))


def test_a_plan_holds_everything_a_reviewer_needs() -> None:
    plan = planned(header=Header("org", source="acme"))

    assert told(plan.changes) == [
        "create division/tokyo name:''→'Tokyo'",
        "create queue/q name:''→'Q' wrapup_codes.sale:False→True",
        "create skill/billing name:''→'Billing' division:'*'→'tokyo'",
        "create user/ann name:''→'Ann' email:''→'ann@x' division:'home'→'tokyo' skills.billing:None→0.0",
        "update user/bob title:''→'Agent' manager:''→'ann'",
        "update queue/q#members members.ann:False→True members.bob:False→True",
    ]
    assert [str(one.ref) for one in plan.adoptions] == ["wrapup_code/sale"]
    assert (plan.unchanged, plan.strays, plan.refusals) == (1, (Ref("skill", "old"),), ())
    assert plan.header == Header("org", source="acme")


def test_a_plan_names_people() -> None:
    plan = planned()

    assert plan.names == {
        "division/tokyo": "Tokyo",
        "skill/billing": "Billing",
        "user/ann": "Ann",
        "user/bob": "Bob",
        "wrapup_code/sale": "Sale",
        "skill/old": "Old",  # a stray
    }


def test_who_is_in_no_manifest_is_named_as_genesys_cloud_does() -> None:
    live = snapshot(there("user/eve", name="Eve"), there("queue/q", name="Q", members=frozenset({"eve", "zoe"})))
    state = desired(wish("queue/q", name="Q", members=frozenset()))
    plan = planned(state, live)

    assert names(REGISTRY, plan.changes, state, live) == {"user/eve": "Eve"}


@pytest.mark.parametrize(("options", "expected"), [(Options(), 1), (Options(user_writes="directory"), 3)])
def test_requests_are_predicted_by_the_path_that_is_set(options: Options, expected: int) -> None:
    plan = planned(options=options)

    assert plan.predicted == 1 + 2 + 1 + expected + 1 + 1
    assert plan.seconds == seconds(plan.predicted, 300)


@pytest.mark.parametrize(
    ("requests", "per_minute", "expected"), [(0, 300, 0), (1, 300, 1), (300, 300, 60), (301, 300, 61), (5, 0, 0), (7, 600, 1)]
)
def test_time_is_requests_by_the_limit(requests: int, per_minute: int, expected: int) -> None:
    assert seconds(requests, per_minute) == expected


def test_what_was_agreed_to_go_goes_with_its_guards() -> None:
    plan = planned(leaving=Leaving(frozenset({"skill"})))

    assert told(plan.changes)[-1] != "delete skill/old"
    assert "delete skill/old" in told(plan.changes)
    assert plan.strays == ()
    assert {one.guard for one in plan.refusals} == {"empty", "percent"}
    assert planned(leaving=Leaving(frozenset({"skill"})), limits=Limits(allowed=1, empty=frozenset({"skill"}))).refusals == ()


def test_a_day_that_has_come_takes_its_object_out() -> None:
    state = desired(wish("user/bob", name="Bob")._replace(delete_after="2027-01-31"))

    assert planned(state, today="2027-01-31").strays == (Ref("skill", "old"), Ref("user", "bob"))
    assert planned(state, today="2027-01-30").warnings == ("user/bob is announced to go after 2027-01-31",)


# ── targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ((), ["division/tokyo", "queue/q", "skill/billing", "user/ann", "user/bob", "queue/q#members"]),
        (("division/*",), ["division/tokyo"]),
        (("user/ann",), ["division/tokyo", "skill/billing", "user/ann"]),
        (("user/bob",), ["division/tokyo", "skill/billing", "user/ann", "user/bob"]),
        (("queue/q",), ["division/tokyo", "queue/q", "skill/billing", "user/ann", "queue/q#members"]),
        (("nothing/*",), []),
    ],
)
def test_a_target_brings_what_it_needs(targets: tuple[str, ...], expected: list[str]) -> None:
    assert [one.id for one in aimed(list(planned().changes), frozenset(targets))] == expected
    assert [one.id for one in planned(targets=frozenset(targets)).changes] == expected


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(5))
def test_the_same_inputs_give_the_same_bytes_in_any_order(seed: int) -> None:
    shuffled = dice.Random(seed)

    def mixed(mapping: Any) -> Any:
        return dict(shuffled.sample(list(mapping.items()), len(mapping)))

    live = replace(LIVE, live=mixed(LIVE.live), ids=mixed(LIVE.ids))
    state = State({ref: one._replace(fields=mixed(one.fields)) for ref, one in mixed(WISHES.resources).items()}, WISHES.digest)

    assert text(planned(state, live)) == text(planned())
