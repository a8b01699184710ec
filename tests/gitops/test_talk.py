"""Comments and issues: which are ours, which are brought up to date, and which are closed. Scripts alone, without a plan made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitops.conftest import programs
from gitops.workflow import ROOT

Talk = Callable[..., dict[str, Any]]
PLAN = {"changes": [], "adoptions": [], "refusals": [], "organization": {"id": "an-organisation"}}
DRIFT = {"fingerprint": "sha256:one", "objects": [{"drift": True}]}


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    """Runs a script with reports and inputs; what GitHub holds then."""
    programs(tmp_path / "bin", tmp_path / "hub.json")
    (tmp_path / "reports").mkdir()

    def run(script: str, reports: dict[str, str], **inputs: str) -> dict[str, Any]:
        for name, text in reports.items():
            (tmp_path / "reports" / name).write_text(text, encoding="utf-8")
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        wishes = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        environment = {"PATH": path, "REPORTS": str(tmp_path / "reports"), "GITHUB_REPOSITORY": "acme/centre", **wishes}
        command = [sys.executable, ROOT / ".github" / "scripts" / f"{script}.py"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads((tmp_path / "hub.json").read_text())
        return found

    return run


def comment(talk: Talk, text: str = "A plan.", **inputs: str) -> list[str]:
    reports = {"plan.md": text, "plan.json": json.dumps(PLAN)}
    return [one["body"] for one in talk("comment", reports, pull_request="1", **inputs)["comments"]]


def test_a_second_plan_stands_where_the_first_one_stood(talk: Talk) -> None:
    comment(talk, "The first plan.")

    found = comment(talk, "The second plan.")

    assert len(found) == 1
    assert "The second plan." in found[0]


@pytest.mark.parametrize(("name", "value"), [("label", "osaka"), ("path", "osaka"), ("add_github_comment", "always-new")])
def test_labels_paths_or_a_wish_make_another_comment(talk: Talk, name: str, value: str) -> None:
    comment(talk)

    assert len(comment(talk, **{name: value})) == 2


def test_a_comment_of_somebody_else_is_never_ours(talk: Talk, tmp_path: Path) -> None:
    comment(talk)
    store = tmp_path / "hub.json"
    store.write_text(store.read_text().replace("github-actions[bot]", "mallory"))

    assert len(comment(talk)) == 2


def test_without_changes_there_is_a_comment_only_where_one_was(talk: Talk) -> None:
    wishes = {"add_github_comment": "changes-only", "changes": "false"}

    assert comment(talk, **wishes) == []
    comment(talk)
    assert "**Status:** Nothing to do." in comment(talk, **wishes)[0]


def issues(talk: Talk, fingerprint: str) -> list[str]:
    drift = json.dumps({**DRIFT, "fingerprint": fingerprint})
    return [one["state"] for one in talk("issue", {"drift.json": drift, "drift.md": "Words."})["issues"]]


def test_another_drift_closes_the_issue_of_the_first(talk: Talk) -> None:
    assert issues(talk, "sha256:one") == ["open"]
    assert issues(talk, "sha256:two") == ["closed", "open"]
    assert issues(talk, "sha256:two") == ["closed", "open"]
    assert issues(talk, "") == ["closed", "closed"]
