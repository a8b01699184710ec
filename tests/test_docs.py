"""What the documents say is what happens."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import pytest

from reconciler import __version__, errors
from reconciler.cli.main import COMMANDS, reconciler
from reconciler.cli.run import _check
from reconciler.demo import export
from reconciler.demo.play import SETTINGS
from reconciler.desired import validate
from reconciler.emulator.app import Config, build
from reconciler.kinds import REGISTRY
from reconciler.pipeline.apply import apply
from reconciler.pipeline.plan import plan
from reconciler.pipeline.render import render
from reconciler.pipeline.session import Doors
from reconciler.plan.show import lines
from reconciler.settings import Environment, Organization, load

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *PAGES]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str = "") -> list[str]:
    """The fenced blocks of a document in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    """One section of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def table(text: str) -> dict[str, str]:
    """The rows of a table whose first column is code."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def called() -> Iterator[str]:
    """Every command line of ours in the documents."""
    for path in DOCUMENTS:
        if path.name == "write-a-source.md":  # its platform is there only where the page is followed
            continue
        text = path.read_text(encoding="utf-8")
        screens = blocks(text, "(?:console|sh|bash|yaml)?")
        yield from (line for block in screens for line in re.findall(r"^(?:\$ | *- )?(reconciler .*)$", block, re.MULTILINE))
        if path.parent.name != "reference":  # whose words are those of the code
            yield from re.findall(r"`(reconciler [^`]+)`", prose(text))


def prose(text: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("line", sorted(set(called())))
def test_every_command_line_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.json").write_text("{}")
    for part in line.split("&&"):
        name, *rest = shlex.split(part.partition(" > ")[0], comments=True)[1:]
        command = reconciler.get_command(click.Context(reconciler), name)

        assert command, name
        context = command.make_context(name, rest, parent=click.Context(reconciler))
        if name == "run":
            _check(context.params)  # what options of single runners go together


def test_the_table_of_commands_is_whole_and_in_order() -> None:
    assert list(table(section("Commands"))) == list(COMMANDS)


def test_options_named_in_the_table_exist() -> None:
    for name, words in table(section("Commands")).items():
        command: Any = reconciler.get_command(click.Context(reconciler), name)
        options = {option for parameter in command.params for option in parameter.opts}
        named = {option.split()[0] for option in re.findall(r"`(--?[a-z][^`]*)`", words)}

        assert named <= options, name


def test_the_parts_of_state_are_named() -> None:
    group: Any = reconciler.get_command(click.Context(reconciler), "state")

    assert set(re.findall(r"`(\w+)`", table(section("Commands"))["state"])) == set(group.commands)


def test_the_exit_codes_are_those_of_the_code() -> None:
    told = section("Commands").partition("Exit codes: ")[2].partition("\n\n")[0].replace("\n", " ")
    codes = {int(number) for part in told.split(" · ") for number in re.findall(r"\d+", part.split()[0])}
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.ReconcilerError)]
    raised = {one.exit_code for one in kinds if one is not errors.Interrupted} | {errors.Interrupted("").exit_code}

    assert codes == raised | {0, 2, 6, 143}


def test_every_variable_that_is_named_is_read() -> None:
    known = {f"RECONCILER_{name.upper()}" for name in Environment.model_fields} | {"GENESYSCLOUD_REGION", "GENESYS_SWAGGER"}
    known |= {f"{client}{part}" for client in Organization().clients for part in ("", "_ID", "_SECRET")}
    named = {name for path in DOCUMENTS for name in re.findall(r"\b(?:RECONCILER|GENESYS\w*)_[A-Z_]+\b", path.read_text("utf-8"))}

    assert named
    assert named <= known


def test_make_has_the_targets_that_are_named() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target for path in DOCUMENTS for target in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert {"demo", "test"} <= named <= targets


# ── examples ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def second_day(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What `reconciler plan` prints on the second day of the demo."""
    folder = tmp_path_factory.mktemp("centre")
    emulator = build(Config(rate_limit=0))
    doors = Doors(transport=httpx.ASGITransport(emulator.api))
    (folder / "reconciler.yaml").write_text(SETTINGS, encoding="utf-8")
    shutil.copytree(ROOT / "manifests", folder / "manifests")
    export.write(folder / "export", day=2)
    export.write_mapping(folder / "mapping")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("API_URL", "LOGIN_URL"):
            patch.setenv(f"RECONCILER_{name}", "http://api.test")
        patch.setenv("RECONCILER_REQUESTS_PER_MINUTE", "0")
        patch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
        patch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
        settings = load(folder)
        assert asyncio.run(apply(settings, doors=doors)).exit_code == 0
        source = settings.file.source
        places = {name: folder / name for name in ("export", "mapping", "manifests")}
        render(**places, platform=source.platform, source=source.name)
        return [line.text for line in lines(asyncio.run(plan(settings, doors=doors)))]


def test_the_plan_of_the_readme_is_the_one_of_the_demo(second_day: list[str]) -> None:
    excerpt = next(block for block in blocks(README) if block.startswith("$ reconciler plan")).splitlines()[1:]
    rest = iter(second_day)

    assert [line for line in excerpt if line != "  …" and line not in rest] == []


def test_every_manifest_in_the_readme_is_valid() -> None:
    found = blocks(section("Manifests"), "yaml")

    assert found
    for text in found:
        state, warnings = validate.load({"README.md": text.encode()}, list(REGISTRY.values()), None)
        assert (len(state.resources), warnings) == (4, ())


def test_the_figures_of_the_demo_are_true(second_day: list[str]) -> None:
    people = sum(path.read_text(encoding="utf-8").count("\n  - key: ") for path in (ROOT / "manifests" / "users").iterdir())

    assert f"a sample centre of {people} agents" in README
    assert second_day


# ── the documents themselves ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(text)))
    named = re.findall(r"`((?:reconciler|tests|schemas|manifests)/[\w./-]*\.(?:py|json|yaml|toml))`", text)

    for link in (link for link in links if not re.match(r"[a-z]+:", link)):
        target, _, anchor = link.partition("#")
        there = path.parent / target if target else path
        assert there.exists(), link
        assert not anchor or anchor in {slug(title) for title in re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.MULTILINE)}
    assert [name for name in named if not (ROOT / name).exists()] == [] or path.name.startswith("README") or path in PAGES


def test_the_japanese_readme_shows_the_same_screens() -> None:
    japanese = (ROOT / "README.ja.md").read_text(encoding="utf-8")

    assert blocks(japanese, r"\w*") == blocks(README, r"\w*")
    assert re.findall(r"^(#+) ", japanese, re.MULTILINE) == re.findall(r"^(#+) ", README, re.MULTILINE)
    assert list(table(japanese)) == list(table(README))
    assert "](README.ja.md)" in README
    assert "](README.md)" in japanese
    assert _codes(japanese) == _codes(README)


def _codes(text: str) -> list[str]:
    """What stands in code marks, sorted: commands, settings and names are the same in any language."""
    return sorted(set(re.findall(r"`([^`\n]+)`", prose(text))))


def slug(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def test_the_changelog_has_a_place_for_what_comes() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(r"^## Unreleased$", text, re.MULTILINE)
    assert re.search(r"^### (Added|Changed|Deprecated|Removed|Fixed|Security)$", text, re.MULTILINE)


def test_the_package_says_what_the_readme_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = re.search(r"Python (\d+\.\d+) or newer", README)

    assert README.startswith(f"# {project['name']}\n")
    assert least
    assert project["requires-python"] == f">={least[1]}"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{project['license']} License")
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.?\w+)?", __version__)


def files() -> Iterator[Path]:
    """Every text of the repository but this one."""
    for folder in ("reconciler", "tests", "schemas", "manifests", ".github", ".ci"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in {".md", ".toml", ".lock"})
    yield ROOT / "Makefile"


OWN = r"(?<![\w./}])/(?:home|root|Users|work|builds|tmp/venv)/\w[\w./-]*"
"""A path that exists on one machine only."""


def test_nothing_speaks_of_one_machine() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        if path != Path(__file__)
        for match in re.finditer(OWN, path.read_text(encoding="utf-8", errors="replace"))
    }

    assert found == set()


def test_packages_are_named_without_a_registry() -> None:
    for name in ("pyproject.toml", "requirements.lock", "Makefile", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8")

        assert not re.search(r"index-url|trusted-host|find-links|@ (?:https?|file):", text), name
