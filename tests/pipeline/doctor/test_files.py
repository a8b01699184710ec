"""Manifests, rendering, and a mapping without effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flow.centre import SMALL, Centre

from reconciler.pipeline.render import render

AGENTS = "Agent ID,Name,Mail\na1,山田 太郎,taro@example.com\n"
MAPPING = """\
version: 1
columns: {users: {file: "*.csv", key: Agent ID, name: Name, email: Mail}}
"""


@pytest.fixture
def rendered(centre: Centre) -> Centre:
    """A repository whose manifests are rendered from a table of agents."""
    write(centre.root / "export" / "agents.csv", AGENTS)
    write(centre.root / "mapping" / "mapping.yaml", MAPPING)
    places = {name: centre.root / name for name in ("export", "mapping", "manifests")}
    render(**places, platform="tabular", source="acme")
    return centre


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_manifests_that_are_not_there_are_a_problem(centre: Centre, look: Any, said: Any) -> None:
    assert said(look(centre), "manifests")[0].startswith("problem no folder ")


def test_the_first_problems_of_manifests_are_told_with_their_places(centre: Centre, look: Any, said: Any) -> None:
    centre.write("".join(f"wrong{number}: []\n" for number in range(7)))

    found = said(look(centre), "manifests")

    assert found[0].startswith("problem manifests/centre.yaml:2:1: ")
    assert (len(found), found[-1]) == (6, "problem 2 more problems")


def test_manifests_are_counted(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SMALL)

    assert said(look(centre), "manifests") == ["ok 13 objects, all valid"]


def test_without_an_export_there_is_nothing_to_render(centre: Centre, look: Any, said: Any) -> None:
    assert said(look(centre), "render") == ["ok nothing is in export: the manifests are written by hand"]


def test_manifests_that_are_current_are_told_so(rendered: Centre, look: Any, said: Any) -> None:
    assert said(look(rendered), "render") == ["ok the manifests are what the export renders to"]


def test_manifests_that_are_behind_the_export_are_a_warning(rendered: Centre, look: Any, said: Any) -> None:
    write(rendered.root / "export" / "agents.csv", AGENTS.replace("太郎", "次郎"))
    before = (rendered.root / "manifests").rglob("*.yaml")
    texts = {path: path.read_bytes() for path in before}

    found = said(look(rendered), "render")

    assert found == ["warning 1 file not as the export renders: home.yaml"]
    assert {path: path.read_bytes() for path in texts} == texts


def test_an_export_that_cannot_be_rendered_is_a_problem(rendered: Centre, look: Any, said: Any) -> None:
    write(rendered.root / "export" / "agents.csv", AGENTS.replace("taro@example.com", "nowhere"))

    report = look(rendered)

    assert said(report, "render")[0].startswith("problem ")
    assert "'nowhere' is no e-mail address" in said(report, "render")[0]


def test_an_entry_that_renames_nothing_is_told_with_its_line(rendered: Centre, look: Any, said: Any) -> None:
    write(rendered.root / "mapping" / "mapping.yaml", f"{MAPPING}rename: {{users: {{Nobody: Somebody}}}}\n")

    assert any("rename.users: 'Nobody' is not in the export" in text for text in said(look(rendered), "mapping"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("agents: {SIP/1: nobody}", "agents.SIP/1: no manifest has the user 'nobody'"),
        ("skills: {keys: {Bills: bills}}", "skills.keys.Bills: no manifest has the skill 'bills'"),
        ("skills: {languages: {JA: jp}}", "skills.languages.JA: no manifest has the language 'jp'"),
        ("interactions: {wrapup_codes: {OK: sold}}", "interactions.wrapup_codes.OK: no manifest has the wrapup code 'sold'"),
        ("interactions: {billable: [a1, a9]}", "interactions.billable: no manifest has the user 'a9'"),
        ("division: {keys: {T: kyoto}}", "division.keys.T: no manifest has the division 'kyoto'"),
        ("division: {queues: {'*': kyoto}}", "division.queues.*: no manifest has the division 'kyoto'"),
    ],
)
def test_an_entry_that_names_what_no_manifest_has_is_told(centre: Centre, look: Any, said: Any, line: str, told: str) -> None:
    centre.write(SMALL)
    write(centre.root / "mapping" / "mapping.yaml", f"version: 1\n{line}\n")

    found = said(look(centre), "mapping")

    assert len(found) == 1
    assert found[0].startswith("warning mapping/mapping.yaml:2:")
    assert found[0].endswith(told)


def test_a_mapping_with_effect_is_told_so(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SMALL)
    write(centre.root / "mapping" / "mapping.yaml", "version: 1\nagents: {SIP/1: a1}\ndivision: {keys: {T: home}}\n")

    assert said(look(centre), "mapping") == ["ok every key that mapping.yaml names is in the manifests"]


def test_a_mapping_that_cannot_be_understood_is_a_problem(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SMALL)
    write(centre.root / "mapping" / "mapping.yaml", "version: 1\nagent: {}\n")

    assert said(look(centre), "mapping")[0].startswith("problem mapping/mapping.yaml:2:1 mapping: unknown key 'agent'")


# ── reconciler.yaml ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("until", "count"), [("2026-11-21", 1), ("2026-11-22", 0)])
def test_a_rule_to_ignore_that_has_ended_is_told(centre: Centre, look: Any, said: Any, until: str, count: int) -> None:
    """The last day counts; it is the 22nd."""
    centre.configure(f"ignore: [{{kind: user, key: a1, fields: [title], reason: his own, until: {until}}}]\n")

    found = said(look(centre), "settings")[1:]

    assert found == ["warning ignore: the rule for user a1 ended on 2026-11-21"][:count]


def test_people_who_may_become_billable_must_be_known(centre: Centre, look: Any, said: Any) -> None:
    centre.write(SMALL)
    centre.configure("billing: {allow: [a1, a9]}\n")

    assert said(look(centre), "settings")[1:] == ["warning billing.allow: no manifest has the user 'a9'"]
