"""Help that is true: for every command, with examples, and without loading what it does not need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from reconciler import __version__
from reconciler.cli.main import COMMANDS, reconciler

Desk = Callable[..., Any]


def commands(group: Any = reconciler, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command there is, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        yield (*before, name)
        if isinstance(found, click.Group):
            yield from commands(found, *before, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk(*words, "--help")

    assert (done.code, done.err) == (0, "")
    assert "Example" in done.out
    assert f"  reconciler {' '.join(words)}" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_they_say_themselves(name: str) -> None:
    command = reconciler.get_command(click.Context(reconciler), name)

    assert command
    assert command.help
    first = command.help.split("\n\n")[0].replace("\n", " ")
    assert f"{first.partition('. ')[0].rstrip('.')}." == COMMANDS[name][1]


def test_the_list_is_in_the_order_of_the_flow(desk: Desk) -> None:
    lines = desk("--help").out.partition("Commands:")[2].splitlines()

    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == list(COMMANDS)


def test_no_command_is_the_help(desk: Desk) -> None:
    done = desk()

    assert done.code == 64
    assert "First steps:" in done.err


def test_the_version_is_told(desk: Desk) -> None:
    assert desk("--version").out == f"reconciler, version {__version__}\n"


HEAVY = ("httpx", "sqlalchemy", "pydantic", "jinja2", "ruamel", "starlette", "uvicorn", "deepdiff", "alembic")


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["aply"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys; from reconciler.cli.main import answer; "
        f"answer({words!r}); print(sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr)"
    ).replace(repr(HEAVY), f"set({HEAVY!r})")

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.splitlines()[-1] == "[]"


def test_the_emulator_is_loaded_without_client_and_ledger() -> None:
    """It is a second opinion; and it starts while somebody waits."""
    code = "import sys, reconciler.pipeline.emulate; print(sorted({'httpx', 'sqlalchemy'} & sys.modules.keys()))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
