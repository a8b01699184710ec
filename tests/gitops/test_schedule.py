"""Schedules: drift becomes an issue, and reconcile carries out what an export says."""

from __future__ import annotations

import pytest
from gitops.conftest import AGENTS, Project

LEFT = AGENTS.replace("Returns", "")


def drift(project: Project) -> tuple[str, str]:
    """Whether there is drift, and the states of all issues."""
    run = project.runner.run("drift", project.git("rev-parse", "main"))
    assert set(run.results.values()) == {"success"}, run.out
    return run.outputs["drift"], " ".join(one["state"] for one in project.hub["issues"])


@pytest.mark.long
def test_drift_opens_one_issue_until_it_is_gone(project: Project) -> None:
    users = project.behind("GET", "/api/v2/users?pageSize=100")["entities"]
    user = next(one for one in users if one["email"] == "taro@example.com")

    project.behind("PATCH", f"/api/v2/users/{user['id']}", {"version": user["version"], "name": "Somebody Else"})
    found, again = drift(project), drift(project)
    project.merge(auto_approve=True)
    gone = drift(project)

    assert found == again == ("true", "open")
    assert gone == ("false", "closed")
    assert project.hub["issues"][0]["title"] == "Drift in Genesys Cloud: 1 object"
    assert "Somebody Else" in project.hub["issues"][0]["body"]
    assert project.comments == ["This drift is gone. [The run](https://github.com/acme/centre/actions/runs/7)"]


@pytest.mark.long
def test_reconcile_applies_what_the_guards_allow(project: Project) -> None:
    project.write("export/agents.csv", f"{AGENTS}a3,Ada Starlingham,ada@example.com,\n")
    done = project.runner.run("reconcile", project.commit())
    project.write("export/agents.csv", LEFT + "a3,Ada Starlingham,ada@example.com,\n")
    refused = project.runner.run("reconcile", project.commit())

    assert done.results == {"reconcile": "success"}, done.out
    assert done.outputs["result"] == "done"
    assert "ada@example.com" in project.state()["users"]
    assert refused.results == {"reconcile": "failure"}, refused.out + refused.summary
    assert refused.outputs["failure_reason"] == "safety-limit", refused.out
    assert "Returns" in project.state()["skills"]
