"""Whoever follows a page sees what it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from docs.scenes import Scene
from docs.terminal import Terminal, Words
from docs.walk import Typed, differs, follow, steps

from docs import scenes
from reconciler.cli.main import reconciler
from reconciler.desired import validate
from reconciler.formats import yaml
from reconciler.kinds import REGISTRY
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place
from reconciler.settings import load

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCENES = {
    "docs/platforms/amazon-connect.md": Scene(scenes.connect),
    "docs/gitops.md": Scene(scenes.project, {"/tmp/reports": "reports"}),
    "docs/reference/commands.md": Scene(
        scenes.furnished,
        {"/var/log/": "log/", "--metrics 9400": "--metrics 0"},
        {
            "reconciler apply": 64,  # there is no terminal to ask on
            "reconciler apply plan.json": 3,  # a line above has carried it out
            "reconciler export": 1,  # the manifests are rendered: they are not overwritten
            "reconciler run status --feed /var/log/asterisk/queue_log": 6,  # the last row tells of somebody unknown
            "reconciler inspect --transcode -o call.wav agent.wav customer.wav": 1,  # call.wav exists: a line above judges it
            "reconciler state quarantine drop 3": 64,  # no lease, and nothing of these numbers, is there
            "reconciler state quarantine replay 3 4": 64,
            "reconciler state unlock 3f2a9c": 64,
        },
    ),
    "README.md": Scene(scenes.demo, {"/var/log/": "log/", "--feed - --once --json": "--feed - --once --json < rest.ndjson"}),
}
"""What pages need that cannot set everything up by themselves."""
ELSEWHERE = {"docs/write-a-source.md": "test_write_a_source.py", "README.ja.md": "README.md, whose screens it shows"}
"""Pages that are followed by a test of their own; so is gitlab.md, whose lines are in YAML: tests/gitops."""
SETTINGS = "version: 1\norganization: {region: eu-central-1}\nsource: {name: acme}\n"
"""What stands before an excerpt of reconciler.yaml."""
UNTYPED = {
    "python3 -m venv .venv && . .venv/bin/activate && pip install .": "installs from the network; `make demo` does it",
    "make demo": "sets up from the network; the demo is played by tests/demo",
    "make test": "runs this test",
    "reconciler demo": "is played by tests/demo",
    'eval "$(reconciler completion zsh)"': "needs zsh; what it prints is tested by tests/cli",
}
"""Lines that nobody types here, and why. Their arguments are understood all the same."""


def pages() -> dict[str, str]:
    """Every page of the documentation, and the files beside it."""
    found = [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in ("README.md", "README.ja.md", "CONTRIBUTING.md"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def typed(text: str) -> Iterator[str]:
    """The command lines of a page."""
    yield from (one.line for one in steps(text) if isinstance(one, Typed) and one.line != "echo $?")


LONG = {
    "docs/gitops.md",  # whose scripts tests/gitops runs
    "docs/platforms/five9.md",
    "docs/platforms/nice-cxone.md",
    "docs/platforms/salesforce.md",
    "docs/reference/commands.md",
}
"""Pages that are followed by `make soak`."""
FOLLOWED = sorted({name for name, text in pages().items() if any(typed(text))} - ELSEWHERE.keys())


def plain(line: str) -> str:
    """A line without the remark behind it."""
    return line.partition("  #")[0].strip()


def stays(words: Words) -> str:
    """What a command says that goes on for ever, once it has done what it does; it is ended then."""
    return r"." if {"--every", "--watch"} & set(words) else ""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in FOLLOWED])
def test_whoever_follows_a_page_sees_what_it_shows(name: str, tmp_path: Path) -> None:
    scene = SCENES.get(name, Scene())

    def shell(line: str) -> tuple[int, str, str]:
        line = plain(line)
        if line in UNTYPED:
            return 0, "", ""
        for old, new in scene.instead.items():
            line = line.replace(old, new)
        endless = line.startswith("reconciler run") and not {"--once", "--reconcile"} & set(shlex.split(line))
        return terminal.type(f"{line} --once" if endless else line)

    with Terminal(tmp_path, stays=stays) as terminal:
        scene.sets(terminal)

        assert follow(pages()[name], tmp_path, shell, ends=scene.ends)


def test_most_pages_are_followed_every_time() -> None:
    assert set(FOLLOWED) > LONG
    assert len(LONG) * 3 <= len(FOLLOWED)


def test_only_lines_that_a_page_has_are_left_out() -> None:
    lines = {plain(line) for text in pages().values() for line in typed(text)}

    assert set(UNTYPED) - lines == set()
    assert len(UNTYPED) < len(lines) / 10


@pytest.mark.parametrize("line", [line for line in UNTYPED if "reconciler " in line])
def test_what_is_not_typed_is_understood(line: str) -> None:
    name, *rest = shlex.split(line.removeprefix('eval "$(').removesuffix(')"'))[1:]
    command = reconciler.get_command(click.Context(reconciler), name)

    assert command
    command.make_context(name, rest, parent=click.Context(reconciler))


# ── files that pages show ────────────────────────────────────────────────────────────────────────────────────────────


def shown(language: str) -> list[Any]:
    """(page, title, text) of every block in a language."""
    block = rf'^```{language}(?: title="([^"]+)")?\n(.*?)^```$'
    return [(name, *one) for name, text in pages().items() for one in re.findall(block, text, re.DOTALL | re.MULTILINE)]


@pytest.mark.parametrize(("name", "title", "text"), shown("yaml"))
def test_what_a_page_shows_in_yaml_is_what_it_is_for(name: str, title: str, text: str, tmp_path: Path) -> None:
    tree = yaml.read(text.encode(), file=name).data

    if title.startswith("mapping/"):
        assert isinstance(parse(tree, place=lambda _path: Place(name)), Mapping)
    elif "jobs" in tree:
        _callers(tree["jobs"])
    elif "stages" in tree:
        assert {job["stage"] for job in tree.values() if isinstance(job, dict) and "stage" in job} <= set(tree["stages"])
    elif "runners" in tree:
        assert "version" not in tree
        (tmp_path / "reconciler.yaml").write_text(SETTINGS + text, encoding="utf-8")
        assert load(tmp_path)
    elif name != "docs/troubleshooting.md":  # whose manifest is wrong on purpose
        assert validate.load({name: text.encode()}, list(REGISTRY.values()), None)[1] == ()


def _callers(jobs: Any) -> None:
    """Jobs that call workflows of this repository say what those understand."""
    for job in jobs.values():
        path = re.fullmatch(r"OWNER/[\w-]+/(\.github/workflows/\w+\.yml)@REF", job["uses"])
        assert path
        called = yaml.read((ROOT / path[1]).read_bytes(), file=path[1]).data["on"]["workflow_call"]
        assert job["with"].keys() <= called["inputs"].keys()
        assert job["secrets"].keys() <= called["secrets"].keys()


def test_every_message_that_is_explained_exists() -> None:
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (DOCS.parent / "reconciler").rglob("*.py"))
    named = [quoted for line in re.findall(r"^- (.*)\n\n    ", page, re.MULTILINE) for quoted in re.findall(r"`([^`]+)`", line)]
    parts = {part.strip() for quoted in named for part in quoted.split("…") if len(part.strip()) > 1}

    assert len(named) > 20
    assert {part for part in parts if part not in code} == set()


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (("one", "…", "three"), ""),
        (("o…e",), ""),
        (("error: no",), ""),
        (("three", "one"), "one"),
        (("tw",), "tw"),
    ],
)
def test_a_screen_is_compared_line_by_line_and_in_order(shown: tuple[str, ...], missing: str) -> None:
    assert differs(shown, "one\ntwo\nthree\n", "error: no\n") == missing
