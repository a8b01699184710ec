"""Pull requests: what the check says, what the comment shows, and what a merge carries out."""

from __future__ import annotations

import pytest
from gitops.conftest import AGENTS, Opened, Project

HIRED = f"{AGENTS}a3,Ada Starlingham,ada@example.com,Billing\n"
MORE = f"{HIRED}a4,Grace Kumo,grace@example.com,\n"
LEFT = AGENTS.replace("Returns", "")
"""Nobody has the skill Returns any more, so that the manifests no longer name it; the guards allow no removal."""

# ── a changed export ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_a_changed_export_becomes_a_comment_with_the_plan(opened: Opened) -> None:
    comment = opened.project.comments[0]

    assert opened.run.results == {"validate": "success", "plan": "success", "comment": "success"}, opened.run.out
    assert "### Plan: 1 to add, 0 to change, 0 to destroy" in comment
    assert "**Status:** Waits for the merge." in comment
    assert "user/a3" in opened.run.summary


@pytest.mark.long
def test_outputs_count_what_would_change(opened: Opened) -> None:
    names = ("changes", "to_add", "to_change", "to_destroy", "to_adopt", "to_rename", "plan_path", "failure_reason")

    assert [opened.run.outputs[name] for name in names] == ["true", "1", "0", "0", "0", "0", "plan.json", ""]


@pytest.mark.long
def test_planning_a_pull_request_writes_nothing(opened: Opened) -> None:
    assert opened.project.state() == opened.before


@pytest.mark.long
def test_no_secret_is_shown(opened: Opened) -> None:
    shown = opened.run.out + opened.run.summary + opened.project.store.read_text()

    assert [name for name, value in opened.project.runner.secrets.items() if value in shown] == []


@pytest.mark.long
def test_a_name_cannot_write_a_workflow_command(opened: Opened) -> None:
    log = opened.run.out.splitlines()
    told = [place for place, line in enumerate(log) if "set-env" in line]

    assert told
    for place in told:
        begun = next(one for one in range(place, -1, -1) if log[one].startswith("::stop-commands::"))
        assert f"::{log[begun].rpartition('::')[2]}::" not in log[begun + 1 : place]


# ── without an organisation ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_stale_manifests_are_not_planned(repository: Project) -> None:
    repository.write("export/agents.csv", HIRED)
    repository.commit()

    run = repository.pull()

    assert run.results == {"validate": "failure", "plan": "skipped", "comment": "success"}
    assert run.outputs["failure_reason"] == "stale-manifests"
    assert [one.partition("::not what")[0] for one in run.annotations] == ["::error file=manifests/users/home.yaml"]
    assert "run `reconciler render` and commit what it writes" in repository.comments[0]


@pytest.mark.long
def test_invalid_manifests_are_annotated_line_by_line(repository: Project) -> None:
    repository.write("manifests/extra.yaml", "version: 1\nskills: [{key: b, nam: B}]\n")
    repository.commit()

    run = repository.pull()

    assert run.outputs["failure_reason"] == "invalid"
    assert [one.split("::")[1] for one in run.annotations] == [
        "error file=manifests/extra.yaml,line=2,col=10",
        "error file=manifests/extra.yaml,line=2,col=19",
    ]


@pytest.mark.long
def test_a_fork_is_checked_and_nothing_else(repository: Project) -> None:
    repository.change(HIRED)

    run = repository.pull(fork=True)

    assert run.results == {"validate": "success", "plan": "skipped", "comment": "skipped"}
    assert repository.hub["calls"] == []


@pytest.mark.long
def test_a_pull_request_that_touches_no_manifest_is_not_planned(repository: Project) -> None:
    repository.write("README.md", "Words.\n")
    repository.commit()

    run = repository.pull(add_github_comment="changes-only")

    assert set(run.results.values()) == {"success"}
    assert run.outputs["changes"] == "false"
    assert repository.comments == []


@pytest.mark.long
def test_what_keeps_a_plan_from_being_made_is_told(repository: Project) -> None:
    repository.runner.secrets.update(PLAN_CLIENT_ID="", PLAN_CLIENT_SECRET="")
    repository.change(HIRED)

    run = repository.pull()

    assert (run.results["plan"], run.outputs["failure_reason"]) == ("failure", "plan-failed")
    assert "GENESYSCLOUD_OAUTHCLIENT_ID" in repository.comments[0]


# ── merges ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_a_merge_carries_out_what_the_comment_showed(project: Project) -> None:
    project.change(HIRED)
    project.pull()

    run = project.merge()
    told = project.comments[0]
    again = project.merge()

    assert run.results == {"plan": "success", "apply": "success", "status": "success"}, run.out
    assert "ada@example.com" in project.state()["users"]
    assert "**Status:** Applied: 1 done." in told
    assert "This is the plan the pull request showed." in run.summary
    assert again.results == {"plan": "success", "apply": "skipped", "status": "success"}
    assert "**Status:** Nothing was left to do." in project.comments[0]


@pytest.mark.long
def test_another_plan_than_the_comment_showed_is_not_applied(project: Project) -> None:
    project.change(HIRED)
    project.pull()
    project.change(MORE)

    run = project.merge()
    before = project.state()["users"]
    told = project.comments[0]
    agreed = project.merge(auto_approve=True)

    assert run.results == {"plan": "failure", "apply": "skipped", "status": "success"}
    assert run.outputs["failure_reason"] == "plan-changed"
    assert "ada@example.com" not in before
    assert "**Status:** Not applied (plan-changed)." in told
    assert agreed.results["apply"] == "success", agreed.out


@pytest.mark.long
def test_a_refused_plan_is_applied_by_its_exact_number_alone(project: Project) -> None:
    project.change(LEFT)

    run = project.pull()
    shown = project.comments[0]
    refused = project.merge(auto_approve=True)
    left = project.state()["skills"]
    agreed = project.merge(auto_approve=True, allow_removals="1")

    assert (run.results["plan"], run.outputs["failure_reason"]) == ("failure", "safety-limit"), run.out
    assert "> **Refused:**" in shown
    assert "**Status:** Not to be applied." in shown
    assert refused.results == {"plan": "failure", "apply": "skipped", "status": "success"}
    assert refused.outputs["failure_reason"] == "safety-limit"
    assert "Returns" in left
    assert agreed.results["apply"] == "success", agreed.out
    assert "Returns" not in project.state()["skills"]
