"""Problems as annotations: what a pull request shows beside its lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.annotate import annotation
from reconciler.model.problem import Place

Desk = Callable[..., Any]


def test_every_problem_of_a_manifest_is_an_annotation_with_its_line(desk: Desk, repository: Callable[..., None]) -> None:
    repository("skills: [{key: a, name: A, nam: A}]\nlanguages: [{key: b}]\n")

    done = desk("validate", "--format", "github")

    assert done.code == 1
    assert done.out.splitlines() == [
        "::error file=manifests/all.yaml,line=2,col=28::skill/a: unknown field 'nam'; did you mean name?",
        "::error file=manifests/all.yaml,line=3,col=13::language/b: name is missing; write it",
    ]


def test_the_file_is_named_from_where_the_command_was_typed(
    desk: Desk, repository: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository("skills: [{key: a}]\n")
    monkeypatch.chdir(tmp_path.parent)

    done = desk("-C", tmp_path.name, "validate", "--format", "github")

    assert done.out.startswith(f"::error file={tmp_path.name}/manifests/all.yaml,line=2,")


def test_valid_manifests_give_no_annotation(desk: Desk, repository: Callable[..., None]) -> None:
    repository()

    done = desk("validate", "--format", "github")

    assert (done.code, done.out) == (0, "Valid: 1 skill.\n")


def test_what_is_no_problem_of_a_line_is_an_annotation_of_the_run(desk: Desk) -> None:
    done = desk("validate", "--format", "github")

    assert done.code == 1
    assert done.out.startswith("::error::")


def test_stale_manifests_are_annotated_one_by_one(desk: Desk, tmp_path: Path) -> None:
    desk("init", "--name", "acme")
    mapping = 'version: 1\ncolumns: {users: {file: "a.csv", key: Id, name: Name, email: Mail}}\n'
    (tmp_path / "mapping" / "mapping.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / "export" / "a.csv").write_text("Id,Name,Mail\na1,Ann,ann@example.com\n", encoding="utf-8")

    done = desk("render", "--check", "--format", "github")

    assert done.code == 2
    assert [line.partition("::not what the export")[0] for line in done.out.splitlines()] == [
        "::error file=manifests/sources.yaml",
        "::error file=manifests/users/home.yaml",
    ]


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("two\nlines", None, "::error::two\\x0alines"),
        ("100 %0A", Place("a.yaml", 3), "::error file=a.yaml,line=3::100 %250A"),
        ("::stop-commands::x", Place("a,line=9::b.yaml"), "::error file=a%2Cline=9%3A%3Ab.yaml::::stop-commands::x"),
    ],
)
def test_no_text_writes_a_command(text: str, place: Place | None, line: str) -> None:
    assert annotation(text, place) == line
