"""Completion by the shell: by the way a shell asks for it, and by a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import COMMANDS

Desk = Callable[..., Any]
OBJECTS = """\
skills: [{key: one, name: One}, {key: two, name: 二つ}, {key: "with a blank", name: Blank}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
"""


@pytest.fixture
def offered(tmp_path: Path, repository: Any) -> Callable[[str], list[str]]:
    """What is offered for the last word of a line, as bash hears it."""
    repository(OBJECTS)

    def ask(line: str) -> list[str]:
        words = f"reconciler {line}"
        asked = {"_RECONCILER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
        command = [sys.executable, "-m", "reconciler"]
        done = subprocess.run(command, cwd=tmp_path, env=os.environ | asked, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return [text.partition(",")[2] for text in done.stdout.splitlines() if text]

    return ask


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", list(COMMANDS)),
        pytest.param("do", ["doctor"], marks=pytest.mark.long),
        pytest.param("plan --tar", ["--target"], marks=pytest.mark.long),
        pytest.param("plan --format ", ["text", "json", "markdown", "html"], marks=pytest.mark.long),
        pytest.param("plan --target ", ["skill/", "user/"], marks=pytest.mark.long),
        ("plan --target s", ["skill/one", "skill/two"]),
        pytest.param("plan --target skill/t", ["skill/two"], marks=pytest.mark.long),
        pytest.param("apply --target user/", ["user/a1"], marks=pytest.mark.long),
        pytest.param("plan --target queue/", [], marks=pytest.mark.long),
        ("plan --prune user,qu", ["user,queue"]),
        pytest.param("plan --allow-empty sk", ["skill"], marks=pytest.mark.long),
        pytest.param("state list wrap", ["wrapup_code"], marks=pytest.mark.long),
        pytest.param("completion ", ["bash", "zsh", "fish"], marks=pytest.mark.long),
    ],
)
def test_the_shell_is_offered(offered: Any, line: str, words: list[str]) -> None:
    assert offered(line) == words


@pytest.mark.long
def test_another_folder_has_other_keys(offered: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    assert offered("-C elsewhere plan --target s") == []


def test_manifests_that_cannot_be_read_offer_nothing(offered: Any, tmp_path: Path) -> None:
    (tmp_path / "manifests" / "all.yaml").write_text("version: 1\nskills: [{}]\n")

    assert offered("plan --target ") == []


def test_a_key_that_is_pressed_loads_nothing_heavy() -> None:
    code = (
        "import os, sys; os.environ.update(_RECONCILER_COMPLETE='bash_complete', COMP_WORDS='reconciler ', COMP_CWORD='1')\n"
        "from reconciler.cli.main import answer\n"
        "try: answer([])\n"
        "except SystemExit: print({'httpx', 'sqlalchemy', 'pydantic'} & sys.modules.keys(), file=sys.stderr)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr == "set()\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for(desk: Desk, shell: str) -> None:
    done = desk("completion", shell)

    assert done.code == 0
    assert f"_RECONCILER_COMPLETE={shell}_complete" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_understands_its_script(desk: Desk, tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(desk("completion", shell).out)

    done = subprocess.run([program, "-n", tmp_path / "script"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_a_key(desk: Desk, repository: Any, tmp_path: Path) -> None:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed")
    repository(OBJECTS)
    (tmp_path / "script").write_text(desk("completion", "bash").out)
    (tmp_path / "reconciler").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    (tmp_path / "reconciler").chmod(0o755)
    asking = (
        "source ./script; COMP_WORDS=(reconciler plan --target skill/o); COMP_CWORD=3;"
        " _reconciler_completion ./reconciler; echo ${COMPREPLY[@]}"
    )

    done = subprocess.run([program, "-c", asking], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout == "skill/one\n", done.stderr
