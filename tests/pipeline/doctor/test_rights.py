"""Permissions by name, for planning, applying and running; proven against an organisation that refuses what is not held."""

from __future__ import annotations

from typing import Any

import pytest
from flow.centre import SMALL, Centre

from reconciler.errors import NotAuthorised
from reconciler.kinds import REGISTRY
from reconciler.pipeline.doctor.permission import PLAN, RUN, WRITE, configured, reading, writing

ALL_WRITES = {name for names in WRITE.values() for name in names}


@pytest.fixture
def wanted(centre: Centre) -> Centre:
    """An empty organisation that shall get one object of every kind."""
    centre.write(SMALL)
    return centre


# ── the table is true ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_planning_is_said_to_need_is_enough(wanted: Centre, as_client: Any) -> None:
    as_client(wanted, PLAN)

    assert len(wanted.plan().changes) > 10


@pytest.mark.parametrize("name", PLAN)
def test_nothing_that_planning_is_said_to_need_can_be_left_out(wanted: Centre, as_client: Any, name: str) -> None:
    """The list of users names no permission, but the search for deleted people does."""
    as_client(wanted, PLAN, without=[name])

    with pytest.raises(NotAuthorised, match=name):
        wanted.plan()


def test_what_applying_is_said_to_need_is_enough(wanted: Centre, as_client: Any) -> None:
    as_client(wanted, {*PLAN, *ALL_WRITES})

    assert wanted.apply().exit_code == 0


def test_changes_need_nothing_else(wanted: Centre, as_client: Any) -> None:
    as_client(wanted, {*PLAN, *ALL_WRITES})
    wanted.apply()
    more = SMALL.replace("name: Hanako Sato", "name: Hanako Suzuki, division: osaka").replace("name: Sale,", "name: Sold,")
    wanted.write(more.replace("name: Returns, members", "name: Refunds, division: osaka, members"))

    assert wanted.apply().exit_code == 0


def test_every_kind_has_its_permissions() -> None:
    assert set(WRITE) == set(REGISTRY)


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_kinds_of_the_manifests_are_asked_for(centre: Centre) -> None:
    assert set(writing(centre.settings, ["language"])) == {"routing:skill:manage"}


def test_the_audit_trail_counts_where_it_is_read(centre: Centre) -> None:
    centre.configure("refresh: {mode: changed}\n")

    assert "audits:audit:view" in reading(centre.settings)


@pytest.mark.parametrize(
    ("guards", "more"),
    [
        ("{prune: [wrapup_code]}", {"routing:wrapupCode:delete"}),
        ("{prune: [division]}", {"authorization:division:delete"}),
        ("{prune: [user]}", set()),
        ("{prune: [user], leavers: {user: inactive}}", {"authorization:grant:add"}),
        ("{prune: [user], leavers: {user: delete}}", {"authorization:grant:add", "directory:user:delete"}),
        ("{prune: [queue], leavers: {queue: delete}}", {"routing:queue:delete"}),
        ("{prune: [queue]}", set()),
    ],
)
def test_removing_asks_for_more_where_it_is_allowed(centre: Centre, guards: str, more: set[str]) -> None:
    centre.configure(f"guards: {guards}\n")

    assert set(writing(centre.settings, [])) == more


def test_runners_are_those_that_have_something_to_do(centre: Centre) -> None:
    centre.configure('runners: {status: {feeds: ["-"]}, recordings: {from: calls}}\n')

    assert configured(centre.settings) == ("status", "recordings")


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_client_with_everything_is_fit_for_everything(wanted: Centre, look: Any, said: Any) -> None:
    wanted.configure('runners: {status: {feeds: ["-"]}}\n')

    assert said(look(wanted), "permissions") == [
        "ok GENESYSCLOUD_OAUTHCLIENT: all 8 for plan in all divisions",
        "ok GENESYSCLOUD_OAUTHCLIENT: all 20 for apply in all divisions",
        "ok GENESYSCLOUD_OAUTHCLIENT: all 2 for run in all divisions",
    ]


def test_a_client_that_may_write_nothing_only_plans(wanted: Centre, look: Any, said: Any, as_client: Any) -> None:
    as_client(wanted, PLAN)

    report = look(wanted)

    assert said(report, "permissions") == [
        "ok GENESYSCLOUD_OAUTHCLIENT: all 8 for plan in all divisions",
        "ok GENESYSCLOUD_OAUTHCLIENT: none for apply; it is taken for a client that only plans",
    ]


def test_a_client_that_shall_apply_is_told_everything_it_lacks(wanted: Centre, look: Any, said: Any, as_client: Any) -> None:
    as_client(wanted, PLAN)

    report = look(wanted, "apply")

    lacking = [text.partition(" lacks ")[2] for text in said(report, "permissions") if text.startswith("problem")]
    assert len(lacking) == 9
    assert "routing:queue:add, routing:queue:edit, needed for: apply (queue)" in lacking
    assert sum(len(text.partition(", needed for")[0].split(", ")) for text in lacking) == 20
    assert report.exit_code == 7


def test_a_client_that_shall_only_plan_is_not_asked_for_more(wanted: Centre, look: Any, said: Any) -> None:
    report = look(wanted, "plan")

    assert said(report, "permissions") == ["ok GENESYSCLOUD_OAUTHCLIENT: all 8 for plan in all divisions"]


@pytest.mark.parametrize("name", [*PLAN, *sorted(ALL_WRITES), *RUN["status"], *RUN["interactions"]])
def test_a_permission_that_is_missing_is_named(wanted: Centre, look: Any, as_client: Any, name: str) -> None:
    wanted.configure('runners: {status: {feeds: ["-"]}, interactions: {feeds: ["-"]}}\n')
    as_client(wanted, without=[name])

    report = look(wanted)

    named = [one for one in report.findings if f" {name}," in one.what]
    assert [(one.verdict, one.exit_code) for one in named] == [("problem", 7)]
    assert "OAuth client" in named[0].remedy
    assert report.exit_code == 7


def test_a_division_of_the_manifests_that_is_not_covered_is_a_problem(
    wanted: Centre, look: Any, said: Any, as_client: Any
) -> None:
    wanted.apply()
    as_client(wanted, divisions=["東京センター"])

    report = look(wanted, "plan")

    assert said(report, "permissions")[0] == (
        "problem GENESYSCLOUD_OAUTHCLIENT lacks directory:user:view in 大阪センター, of which the manifests speak"
    )
    assert report.exit_code == 7


def test_other_divisions_that_are_not_covered_are_a_warning(wanted: Centre, look: Any, said: Any, as_client: Any) -> None:
    wanted.apply()
    as_client(wanted, divisions=["東京センター", "大阪センター"])

    report = look(wanted, "plan")

    assert said(report, "permissions")[0] == (
        "warning GENESYSCLOUD_OAUTHCLIENT holds directory:user:view only in 大阪センター, 東京センター"
    )
    assert report.exit_code == 0


def test_the_data_tell_where_each_permission_is_held(wanted: Centre, look: Any, as_client: Any) -> None:
    wanted.apply()
    as_client(wanted, PLAN, without=["presence:source:view"], divisions=["東京センター"])

    places = {one["permission"]: one["divisions"] for one in look(wanted).permissions}

    assert places["directory:user:view"] == ["東京センター"]
    assert places["presence:source:view"] == places["routing:queue:add"] == []
