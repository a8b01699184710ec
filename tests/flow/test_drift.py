"""Drift of an organisation that somebody changes behind our back, and what rules and notifications make of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from flow.centre import SMALL, Centre, changes
from flow.served import Served

from reconciler.errors import InputError
from reconciler.kinds import REGISTRY
from reconciler.pipeline.drift import Seen, drift
from reconciler.settings import KindName


def drifted(centre: Centre, *, tell: bool = False) -> Seen:
    return asyncio.run(drift(centre.settings, centre.doors, tell=tell))


def told(seen: Seen) -> list[str]:
    """What moved: `user/a1 title genesys`, `queue/q2 gone`."""
    return [
        line
        for one in seen.drift.objects
        for line in ([f"{one.ref} {'.'.join(value.path)} {value.by}" for value in one.values] or [f"{one.ref} {one.what}"])
    ]


def user(centre: Centre, email: str) -> dict[str, Any]:
    found = centre.behind("GET", "/api/v2/users", pageSize=100)["entities"]
    return next(one for one in found if one["email"] == email)


def retitle(centre: Centre, title: str, email: str = "taro@example.com") -> None:
    """Somebody gives a person another title in Genesys Cloud."""
    one = user(centre, email)
    centre.behind("PATCH", f"/api/v2/users/{one['id']}", {"title": title, "version": one["version"]})


@pytest.fixture
def applied(centre: Centre) -> Centre:
    centre.write(SMALL)
    assert centre.apply().exit_code == 0
    return centre


def test_after_an_apply_there_is_no_drift(applied: Centre) -> None:
    assert told(drifted(applied)) == []


def test_a_change_in_genesys_cloud_is_drift(applied: Centre) -> None:
    retitle(applied, "Boss")

    seen = drifted(applied)

    assert told(seen) == ["user/a1 title genesys"]
    assert seen.drift.drifted


def test_a_change_in_git_waits_and_is_no_drift(applied: Centre) -> None:
    applied.write(SMALL.replace("title: Agent", "title: Lead"))

    seen = drifted(applied)

    assert told(seen) == ["user/a1 title git"]
    assert not seen.drift.drifted


def test_both_is_told_as_both(applied: Centre) -> None:
    retitle(applied, "Boss")
    applied.write(SMALL.replace("title: Agent", "title: Lead"))

    assert told(drifted(applied)) == ["user/a1 title both"]


def test_what_is_gone_and_what_is_new_is_told(applied: Centre) -> None:
    queues = applied.behind("GET", "/api/v2/routing/queues")["entities"]
    known = next(one["id"] for one in queues if one["name"] == "Returns")
    applied.behind("DELETE", f"/api/v2/routing/queues/{known}", forceDelete=True)
    applied.write(SMALL.replace("skills: [", "skills: [{key: new, name: New}, "))

    assert told(drifted(applied)) == ["skill/new new", "queue/q2 gone"]


def test_a_member_added_by_hand_is_told(applied: Centre) -> None:
    queues = applied.behind("GET", "/api/v2/routing/queues")["entities"]
    known = next(one["id"] for one in queues if one["name"] == "Returns")
    applied.behind("POST", f"/api/v2/routing/queues/{known}/members", [{"id": user(applied, "taro@example.com")["id"]}])

    assert told(drifted(applied)) == ["queue/q2 members.a1 genesys"]


def test_drift_writes_nothing(applied: Centre) -> None:
    retitle(applied, "Boss")
    writes = applied.admin("GET", "/requests")["writes"]

    drifted(applied)

    assert applied.admin("GET", "/requests")["writes"] == writes


RULE = "ignore: [{kind: user, key: 'a*', fields: [title], reason: payroll owns titles, until: 2026-12-31}]\n"


def test_a_rule_hides_a_difference_from_plan_and_drift_and_says_so(applied: Centre) -> None:
    retitle(applied, "Boss")
    applied.configure(RULE)

    plan, seen = applied.plan(), drifted(applied)

    assert changes(plan) == []
    assert told(seen) == []
    said = "ignored 1 difference of 1 object by the rule for user a* title: payroll owns titles"
    assert said in plan.warnings
    assert said in seen.drift.warnings


def test_a_rule_may_be_about_every_kind_there_is() -> None:
    assert get_args(KindName) == tuple(REGISTRY)


@pytest.mark.parametrize("flaw", ["kind: users", "reason: ''", "fields: []", "until: soon"])
def test_a_rule_that_cannot_be_understood_is_a_problem(centre: Centre, flaw: str) -> None:
    field = flaw.partition(":")[0]
    rule = {"kind": "kind: user", "fields": "fields: [title]", "reason": "reason: because"} | {field: flaw}
    centre.configure(f"ignore: [{{{', '.join(rule.values())}}}]\n")

    with pytest.raises(InputError, match=r"reconciler\.yaml:4"):
        centre.plan()


def test_an_apply_under_a_rule_leaves_the_value_alone(applied: Centre) -> None:
    retitle(applied, "Boss")
    applied.configure(RULE)
    applied.write(SMALL.replace("department: Sales", "department: Service"))

    assert applied.apply().exit_code == 0

    taro = user(applied, "taro@example.com")
    assert (taro["title"], taro["department"]) == ("Boss", "Service")


def test_an_ended_rule_lets_the_difference_through_and_says_so(applied: Centre) -> None:
    retitle(applied, "Boss")
    applied.configure(RULE)
    applied.pass_time(days=60)

    plan = applied.plan()

    assert changes(plan) == ["update user/a1"]
    assert any("held until 2026-12-31" in one for one in plan.warnings)
    assert told(drifted(applied)) == ["user/a1 title genesys"]


def test_a_new_object_is_made_whole_under_a_rule(centre: Centre) -> None:
    centre.configure(RULE)
    centre.write(SMALL)

    centre.apply()

    assert user(centre, "taro@example.com")["title"] == "Agent"


def notified(centre: Centre, path: Path) -> list[str]:
    """The titles of what a command was told so far."""
    drifted(centre, tell=True)
    return [line for line in path.read_text(encoding="utf-8").splitlines() if "→" in line] if path.exists() else []


def test_the_same_drift_is_notified_once(applied: Centre, tmp_path: Path) -> None:
    heard = tmp_path / "heard.txt"
    applied.configure(f"notify: {{command: [sh, -c, 'cat >> {heard}']}}\n")

    nothing = notified(applied, heard)
    retitle(applied, "Boss")
    first, again = notified(applied, heard), notified(applied, heard)
    retitle(applied, "Chief")
    other = notified(applied, heard)

    assert nothing == []
    assert first == again == ["  title: Agent → Boss"]
    assert other == ["  title: Agent → Boss", "  title: Agent → Chief"]


def test_drift_that_ended_and_comes_back_is_notified_again(applied: Centre, tmp_path: Path) -> None:
    heard = tmp_path / "heard.txt"
    applied.configure(f"notify: {{command: [sh, -c, 'cat >> {heard}']}}\n")
    for title in ("Boss", "Agent", "Boss"):
        retitle(applied, title)
        found = notified(applied, heard)

    assert found == ["  title: Agent → Boss"] * 2


@pytest.mark.long
def test_the_commands_answer_in_a_shell(served: Served) -> None:
    assert served.run("apply", "--auto-approve").returncode == 0

    none = served.run("drift", "--detailed-exitcode")
    served.write(SMALL.replace("title: Agent", "title: Lead"))
    waiting = served.run("drift", "--detailed-exitcode", "--json")
    exported = served.run("export", "--directory", "backup", "--json")

    assert (none.returncode, none.stderr) == (0, "")
    assert none.stdout.endswith("No drift: nobody changed in Genesys Cloud what was applied.\n")
    assert waiting.returncode == 0
    assert orjson.loads(waiting.stdout)["objects"][0]["fields"][0]["by"] == "git"
    assert exported.returncode == 0
    assert orjson.loads(exported.stdout)["counts"]["users"] == 2
    assert (served.root / "backup" / "users" / "tokyo.yaml").is_file()


def test_what_could_not_be_applied_is_no_drift(applied: Centre) -> None:
    """One of two new members fails: the queue goes on without, and waits in Git for the rest."""
    text = SMALL.replace("Hanako Sato", "Hanako Suzuki").replace("items: [a2]", "items: [a2, a3, a4]")
    new = "".join(f"  - {{key: {key}, name: New {key}, email: {key}@example.com}}\n" for key in ("a3", "a4"))
    applied.write(text.replace("queues:\n", f"{new}queues:\n"))
    applied.admin("POST", "/faults", {"operation": "POST /api/v2/scim/v2/users", "nth": 1, "status": 400})

    done = applied.apply(parallelism=1)

    (queue,) = (one for one in done.outcomes if str(one.change.ref) == "queue/q2")
    assert (done.exit_code, queue.result, queue.note) == (6, "done", "without user/a3, which failed")
    assert not done.remaining
    assert changes(applied.plan()) == ["create user/a3", "update queue/q2"]
    assert told(drifted(applied)) == ["user/a3 new", "queue/q2 members.a3 git"]
