"""The workflows `init` writes: they call what is there, with what it knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.cli.main import answer
from reconciler.pipeline.callers import PATH, TEXT, UNKNOWN, callers, installed_from

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def jobs(text: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(text)["jobs"]
    return found


@pytest.mark.parametrize("text", [TEXT, re.sub(r"^  # (?=  |reconcile:)", "  ", TEXT, flags=re.MULTILINE)])
def test_callers_hand_over_what_the_workflows_know(text: str) -> None:
    for name, job in jobs(text).items():
        called = YAML(typ="safe", pure=True).load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
        call = called["on"]["workflow_call"]
        granted = {one for spec in called["jobs"].values() for one in spec["permissions"].items()}

        assert job["uses"] == f"REPOSITORY/.github/workflows/{name}.yml@COMMIT"
        assert set(job.get("with", {})) <= set(call["inputs"]), name
        assert set(job["secrets"]) == set(call["secrets"]), name
        assert {area for area, _ in granted} == set(job["permissions"]), name
        assert {one for one in granted if one[1] == "write"} <= set(job["permissions"].items()), name


def test_secrets_keep_their_names_so_that_an_environment_can_hold_them() -> None:
    for job in jobs(TEXT).values():
        assert {name: f"${{{{ secrets.{name} }}}}" for name in job["secrets"]} == job["secrets"]


def test_the_repository_and_commit_are_written() -> None:
    uses = [job["uses"] for job in jobs(callers(("acme/tool", COMMIT))).values()]

    assert uses == [f"acme/tool/.github/workflows/{name}.yml@{COMMIT}" for name in ("plan", "apply", "drift")]


@pytest.mark.parametrize(
    ("noted", "origin"),
    [
        ({"url": "https://github.com/acme/tool.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, ("acme/tool", COMMIT)),
        ({"url": "ssh://git@github.com/acme/tool", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, ("acme/tool", COMMIT)),
        ({"url": "https://example.com/acme/tool.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, UNKNOWN),
        ({"url": "file:///work/tool", "dir_info": {"editable": True}}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_where_the_package_came_from_is_found_out(noted: dict[str, Any], origin: tuple[str, str]) -> None:
    assert installed_from(noted) == origin


def test_init_writes_the_callers_and_names_the_ledger_they_need(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["-C", str(tmp_path), "init", "--name", "acme", "--source", "tabular"]) == 0

    said = " ".join(capsys.readouterr().out.split())
    assert jobs((tmp_path / PATH).read_text(encoding="utf-8")).keys() == {"plan", "apply", "drift"}
    assert "need a ledger that outlives a runner: PostgreSQL, its address as the secret LEDGER_URL" in said
