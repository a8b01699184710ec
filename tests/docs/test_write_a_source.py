"""The guide's worked example, a whole new source, is a source: it renders, it is applied, and the second plan is empty."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from docs.box import organisation
from docs.walk import Shell, commands, follow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "write-a-source.md").read_text(encoding="utf-8")
LINES = 150

DRIVER = """
import contextlib, io, json, sys
from reconciler.cli.main import answer
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = answer(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
"""Types command lines into a copy of the package that the example is part of."""


def blocks(language: str) -> list[tuple[str, str]]:
    """(title, text) of the page's blocks in one language."""
    return re.findall(rf'^```{language} title="([^"]+)"\n(.*?)^```$', PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the example in it: links, but for the files the page writes or changes."""
    clone = tmp_path_factory.mktemp("clone")
    written = dict(blocks("python"))
    changed = {title: (ROOT / title).read_text(encoding="utf-8") for title, _ in blocks("diff")}
    for title, text in blocks("diff"):
        before = "".join(line[1:] for line in text.splitlines(keepends=True) if line[0] == " ")
        after = "".join(line[1:] for line in text.splitlines(keepends=True))
        assert changed[title].count(before) == 1, before
        changed[title] = changed[title].replace(before, after)
    for name in {*written, *changed}:
        _link(clone, Path(name).parent)
        (clone / name).unlink(missing_ok=True)
        (clone / name).write_text({**written, **changed}[name], encoding="utf-8")
    return clone


def _link(clone: Path, folder: Path) -> None:
    """Makes `folder` a real folder of the copy, and everything in it a link."""
    for part in [*reversed(folder.parents), folder][1:]:
        here = clone / part
        if here.is_symlink():
            here.unlink()
        here.mkdir(exist_ok=True)
        for path in (ROOT / part).iterdir():
            if not (here / path.name).exists():
                (here / path.name).symlink_to(path)


@pytest.fixture
def shell(clone: Path, tmp_path: Path) -> Iterator[Shell]:
    with organisation() as known:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "GENESYSCLOUD_", "CI"))},
            **known,
            "PYTHONPATH": str(clone),
            "PYTHONDONTWRITEBYTECODE": "1",  # the links lead to the caches of the real package
            "PYTHONUTF8": "1",
            "COLUMNS": "80",
        }
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        with subprocess.Popen([sys.executable, "-c", DRIVER], cwd=tmp_path, env=environment, **pipes) as driver:
            yield lambda line: [_ask(driver, words) for words in commands(line)][-1]
            assert driver.stdin
            driver.stdin.close()


def _ask(driver: subprocess.Popen[str], words: list[str]) -> tuple[int, str, str]:
    assert driver.stdin
    assert driver.stdout
    driver.stdin.write(orjson.dumps(words).decode() + "\n")
    driver.stdin.flush()
    code, out, err = orjson.loads(driver.stdout.readline())
    return code, out, err


def test_the_example_goes_from_an_export_to_an_empty_second_plan(tmp_path: Path, shell: Shell) -> None:
    assert len(follow(PAGE, tmp_path, shell)) == 4


def test_the_tests_of_the_example_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict(blocks("python"))
    module, test = found["reconciler/sources/bellboard.py"], found["tests/sources/test_bellboard.py"]
    names: dict[str, Any] = {"__name__": "reconciler.sources.bellboard"}
    fake = type(sys)("reconciler.sources.bellboard")
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    exec(compile(module, "bellboard.py", "exec"), fake.__dict__)
    exec(compile(test, "test_bellboard.py", "exec"), names)
    tests = [one for name, one in names.items() if name.startswith("test_")]

    assert len(tests) == 2
    for one in tests:
        one()


def test_the_example_stays_short() -> None:
    code = [line for _, text in blocks("python") for line in text.splitlines()]
    registered = [line for _, text in blocks("diff") for line in text.splitlines() if line.startswith("+")]

    assert len([*code, *registered]) < LINES


def test_the_example_is_written_as_the_rest_is() -> None:
    for name, text in blocks("python"):
        for command in (["check", "--quiet"], ["format", "--check", "--diff", "--quiet"]):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(ROOT / name), "-"],
                input=text,
                text=True,
                capture_output=True,
                check=False,
            )

            assert done.returncode == 0, done.stdout + done.stderr
