"""The example for GitLab: its script lines, run against the emulator."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
from gitops.conftest import AGENTS, Project
from gitops.workflow import ROOT
from ruamel.yaml import YAML

PAGE = (ROOT / "docs" / "gitlab.md").read_text(encoding="utf-8")
HIRED = f"{AGENTS}a3,Ada Starlingham,ada@example.com,Billing\n"
PLACES = {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "1"}


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(
        re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[0]
    )
    return found


def run(project: Project, job: str) -> subprocess.CompletedProcess[str]:
    """A job's script as GitLab runs it: all lines in one shell that ends at the first failure."""
    spec, known = jobs()[job], project.runner.secrets
    own = {name: known[value.removeprefix("$")] for name, value in spec.get("variables", {}).items()}
    ledger = {"RECONCILER_LEDGER": known["LEDGER_URL"], "NOTES_TOKEN": "a-token"}
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(spec["script"])],
        cwd=project.root,
        env={**project.runner.environment, **PLACES, **ledger, **own},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_a_merge_request_is_planned_and_applied(project: Project) -> None:
    curl = project.runner.folder / "bin" / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$HOME/curl.log"\n')
    curl.chmod(0o755)
    project.change(HIRED)

    codes = [run(project, job).returncode for job in ("validate", "plan", "apply", "drift")]

    assert codes == [0, 0, 0, 0]
    assert "ada@example.com" in project.state()["users"]
    assert "https://gitlab.example/api/v4/projects/5/merge_requests/1/notes" in (project.runner.folder / "curl.log").read_text()
    assert "1 to add" in (project.root / "plan.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_stale_manifests_do_not_pass(repository: Project) -> None:
    repository.write("export/agents.csv", HIRED)

    assert run(repository, "validate").returncode == 2


def test_only_the_job_of_the_environment_has_the_apply_client() -> None:
    holders = [name for name, job in jobs().items() if "APPLY_CLIENT" in str(job)]

    assert holders == ["apply"]
    assert jobs()["apply"]["environment"] == "genesys-cloud"
