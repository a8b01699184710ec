"""What stands in the head of a plan."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flow.centre import Centre

from reconciler import __version__
from reconciler.pipeline.plan import commit


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_DIR"):
        monkeypatch.delenv(name, raising=False)


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", folder, *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""


def test_without_a_commit_there_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    assert commit(tmp_path) == ""


def test_git_tells_the_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "One")

    assert commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["GITHUB_SHA", "CI_COMMIT_SHA"])
def test_ci_knows_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "abc123")

    assert commit(tmp_path) == "abc123"


def test_the_head_says_where_when_and_from_what(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SHA", "abc123")
    centre.write("skills: [{key: a, name: A}]\n")

    head = centre.plan().header
    asked = sum(centre.requests().values())

    assert (head.source, head.tool, head.commit, head.complete) == ("acme", __version__, "abc123", True)
    assert (head.created, head.expires) == ("2026-11-22T12:00:00+00:00", "2026-11-23T12:00:00+00:00")
    assert head.organization == centre.behind("GET", "/api/v2/organizations/me")["id"]
    assert head.desired_digest.startswith("sha256:")
    assert head.spent == asked
