"""The reference says what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from reconciler.cli.main import COMMANDS
from reconciler.errors import ReconcilerError
from reconciler.settings import Environment

DOCS = Path(__file__).parents[2] / "docs"


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE, NAVIGATION = program("generate"), program("navigation")


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name: str) -> None:
    assert page(name) == GENERATE.PAGES[name](), "bring it up to date: make reference"


def test_there_is_no_other_page_of_the_reference() -> None:
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(GENERATE.PAGES)


def test_every_command_exit_code_and_variable_stands_in_the_reference() -> None:
    codes = {int(code) for code in re.findall(r"^\| `(\d+)` \|", page("exit-codes.md"), re.MULTILINE)}
    raised = {one.exit_code for one in _below(ReconcilerError)}

    assert re.findall(r"^## reconciler (\w+)$", page("commands.md"), re.MULTILINE) == list(COMMANDS)
    assert {0, 2, 6, 130, 143} | raised == codes
    assert {f"`RECONCILER_{name.upper()}`" for name in Environment.model_fields} <= set(page("settings.md").split())


def _below(kind: type[ReconcilerError]) -> list[type[ReconcilerError]]:
    return [kind, *(one for inner in kind.__subclasses__() for one in _below(inner))]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["string", "number", "boolean"]}, "text"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "null"}]}, "text"),
        ({"type": "integer", "minimum": 0}, "whole number from 0"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list of `a` or `b`"),
        (
            {"additionalProperties": {"type": "number", "minimum": 0, "maximum": 5}, "type": "object"},
            "mapping to number from 0 to 5",
        ),
        ({"$ref": "#/$defs/Block"}, "[block.inner](#blockinner)"),
        ({}, "anything"),
    ],
)
def test_what_may_be_written_is_said_in_words(schema: dict[str, object], words: str) -> None:
    block = {"properties": {"inner": {"$ref": "#/$defs/Block"}}}
    tree = {"properties": {"block": {"$ref": "#/$defs/Outer"}}, "$defs": {"Outer": block, "Block": {"properties": {}}}}

    assert GENERATE.Schema(tree).kind(schema) == words


def test_every_page_has_its_place_in_the_navigation() -> None:
    places = [page for section in NAVIGATION.navigation(DOCS) for pages in section.values() for page in pages]

    assert sorted(places) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_a_page_that_no_section_names_comes_last(tmp_path: Path) -> None:
    for name in ("index.md", "odd.md", "platforms/b.md", "platforms/a.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    assert NAVIGATION.navigation(tmp_path) == [
        {"Start": ["index.md"]},
        {"Platforms": ["platforms/a.md", "platforms/b.md"]},
        {"More": ["odd.md"]},
    ]
