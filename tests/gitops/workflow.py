"""Runs a workflow on this machine: the shell steps as they stand in the YAML, the actions as what they do to a folder.

Knows of GitHub Actions what these workflows use: jobs in the order of `needs`, `if`, expressions of names and comparisons,
outputs, artifacts, summaries. Installing is left out: the reconciler under test is on the PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
INSTALL = "Install the reconciler"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
NAME = re.compile(r"'[^']*'|\b(?:true|false)\b|[A-Za-z_][\w.-]*(?:\(\))?")
OPERATORS = (("&&", " and "), ("||", " or "), ("!=", " <> "), ("!", " not "), (" <> ", " != "))


def load(path: Path) -> dict[str, Any]:
    """A workflow file. YAML 1.2, so that `on` is a word."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Step:
    """A shell step that ran."""

    job: str
    name: str
    seconds: float
    code: int
    out: str


@dataclass
class Run:
    """What became of a run."""

    results: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def out(self) -> str:
        """The log."""
        return "\n".join(step.out for step in self.steps)

    @property
    def annotations(self) -> list[str]:
        """Lines that GitHub would show beside a file."""
        return re.findall(r"^::error file=.*$", self.out, re.MULTILINE)


@dataclass
class Runner:
    """Runs workflows for a repository: `environment` is what every step sees, `secrets` what the caller hands over."""

    folder: Path
    origin: Path
    environment: dict[str, str]
    secrets: dict[str, str]
    number: int = 0

    def run(self, name: str, commit: str, event: dict[str, Any] | None = None, **inputs: Any) -> Run:
        """A called workflow from beginning to end, at a commit; `event` is what happened, a push without it."""
        self.number += 1
        flow, run = load(ROOT / ".github" / "workflows" / f"{name}.yml"), Run()
        call = flow["on"]["workflow_call"]
        unknown = set(inputs) - set(call["inputs"])
        assert not unknown, unknown
        github = {"event_name": "pull_request" if event else "push", "event": event or {}, "sha": commit, "token": "a-token"}
        contexts = {
            "inputs": {one: inputs.get(one, spec["default"]) for one, spec in call["inputs"].items()},
            "secrets": {one: self.secrets[one] for one in call["secrets"]},
            "github": {**github, "repository": "acme/centre", "ref": "refs/heads/main"},
            "needs": {},
        }
        for job, spec in flow["jobs"].items():
            _Job(self, run, job, spec, contexts).go(commit)
        contexts["jobs"] = contexts["needs"]
        run.outputs = {one: filled(spec["value"], contexts) for one, spec in call["outputs"].items()} if "outputs" in call else {}
        return run


@dataclass
class _Job:
    runner: Runner
    run: Run
    name: str
    spec: dict[str, Any]
    contexts: dict[str, Any]

    def go(self, commit: str) -> None:
        """Runs the job, or not, and hands its outputs to those that need it."""
        needs = self.spec.get("needs", [])
        before = {self.run.results[one] for one in ([needs] if isinstance(needs, str) else needs)}
        if not holds(self.spec.get("if", "success()"), self.contexts, failed=bool(before - {"success"})):
            self._end("skipped", {})
            return
        folder = self.runner.folder / f"run-{self.runner.number}" / self.name
        (folder / "temp").mkdir(parents=True)
        here = {**self.contexts, "steps": {}, "runner": {"temp": str(folder / "temp")}, "job": {}}
        failed = False
        for step in self.spec["steps"]:
            if holds(step.get("if", "success()"), here, failed=failed):
                failed = not self._step(step, here, folder, commit) or failed
        outputs = {one: filled(value, here) for one, value in self.spec.get("outputs", {}).items()}
        self._end("failure" if failed else "success", outputs)

    def _end(self, result: str, outputs: dict[str, str]) -> None:
        self.run.results[self.name] = result
        self.contexts["needs"][self.name] = {"outputs": outputs, "result": result}

    def _step(self, step: dict[str, Any], here: dict[str, Any], folder: Path, commit: str) -> bool:
        if "run" in step:
            return step["name"] == INSTALL or self._shell(step, here, folder, commit)
        wishes = {one: filled(str(value), here) for one, value in step.get("with", {}).items()}
        action = step["uses"].partition("@")[0].partition("/")[2]
        if action == "checkout":
            self._checkout(wishes, step, folder / "work", commit)
        elif action == "upload-artifact":
            shutil.copytree(wishes["path"], self._artifacts() / wishes["name"])
        elif action == "download-artifact":
            for found in self._artifacts().glob(wishes.get("pattern") or wishes["name"]):
                shutil.copytree(found, wishes["path"], dirs_exist_ok=True)
        else:
            assert action == "setup-python", action
        return True

    def _artifacts(self) -> Path:
        folder = self.runner.folder / f"run-{self.runner.number}" / "artifacts"
        folder.mkdir(exist_ok=True)
        return folder

    def _checkout(self, wishes: dict[str, str], step: dict[str, Any], work: Path, commit: str) -> None:
        into = work / wishes.get("path", "")
        if "repository" in step.get("with", {}):
            into.parent.mkdir(exist_ok=True)
            into.symlink_to(ROOT)
            return
        subprocess.run(["git", "clone", "--quiet", self.runner.origin, into], check=True)
        subprocess.run(["git", "-C", into, "checkout", "--quiet", wishes.get("ref") or commit], check=True)

    def _shell(self, step: dict[str, Any], here: dict[str, Any], folder: Path, commit: str) -> bool:
        """Runs a step as `bash -e` does on a runner. It sees what the step's `env` names and nothing else of ours."""
        work, output, summary = folder / "work", folder / "output", folder / "summary"
        output.write_text("")
        own = {one: filled(str(value), here) for one, value in step.get("env", {}).items()}
        facts = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": commit, "GITHUB_REPOSITORY": "acme/centre", "GITHUB_RUN_ID": "7"}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_SERVER_URL": "https://github.com"}
        begun = time.monotonic()
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=work,
            env={**self.runner.environment, **facts, **files, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        took = time.monotonic() - begun
        self.run.steps.append(Step(self.name, step["name"], took, done.returncode, done.stdout))
        self.run.summary += summary.read_text(encoding="utf-8") if summary.exists() else ""
        summary.unlink(missing_ok=True)
        here["steps"][step.get("id", "")] = {"outputs": dict(_outputs(output.read_text(encoding="utf-8")))}
        return done.returncode == 0


def _outputs(text: str) -> Iterator[tuple[str, str]]:
    for name, _, value in re.findall(r"^(\w+)<<(\w+)\n(.*?)\n\2$", text, re.DOTALL | re.MULTILINE):
        yield name, value


def filled(text: str, contexts: dict[str, Any]) -> str:
    """Text with its expressions evaluated, as GitHub writes values."""
    return EXPRESSION.sub(lambda found: _text(_value(found[1], contexts, failed=False)), text)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def holds(condition: str, contexts: dict[str, Any], *, failed: bool) -> bool:
    """Whether a condition holds; one that asks for no status holds only where nothing failed."""
    asks = re.search(r"\b(?:success|failure|always|cancelled)\(\)", condition)
    value = bool(_value(condition, contexts, failed=failed))
    return value if asks else value and not failed


def _value(expression: str, contexts: dict[str, Any], *, failed: bool) -> Any:
    """The value of an expression of names, texts, comparisons and `! && ||`."""
    states = {"success()": not failed, "failure()": failed, "always()": True, "cancelled()": False, "true": True, "false": False}
    found: list[Any] = []

    def noted(name: re.Match[str]) -> str:
        text = name[0]
        found.append(text[1:-1] if text.startswith("'") else states[text] if text in states else _looked_up(text, contexts))
        return f"found[{len(found) - 1}]"

    code = NAME.sub(noted, expression)
    for theirs, ours in OPERATORS:
        code = code.replace(theirs, ours)
    return eval(code.strip(), {"__builtins__": {}}, {"found": found})  # our own workflow files


def _looked_up(name: str, contexts: dict[str, Any]) -> Any:
    value: Any = contexts
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value
