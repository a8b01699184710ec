"""Pages as a user follows them: files are written as their titles say, command lines are typed, screens are compared.

A block with a title, as in ```` ```yaml title="mapping/mapping.yaml" ````, is a file. A block `console` is a screen: lines that
begin with `$ ` are typed, the others are what comes back, on stdout or stderr, in order. `…` stands for anything, alone on a
line for any lines. A command ends with 0 unless `echo $?` behind it shows another number.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Shell = Callable[[list[str]], tuple[int, str, str]]

_BLOCK = re.compile(r"^( *)```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
TYPED = "$ "
LETTERS = {"reconciler"}
"""Programs that are ours; everything else on a screen is for the reader's own shell and is refused."""


@dataclass(frozen=True)
class File:
    """A file a page tells the reader to write."""

    name: str
    text: str


@dataclass(frozen=True)
class Typed:
    """A command line and what the page shows of its answer."""

    line: str
    shown: tuple[str, ...]


def steps(page: str) -> Iterator[File | Typed]:
    """What a page tells the reader to do, in its order."""
    for indent, language, title, body in _BLOCK.findall(page):
        text = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        if title and language != "diff":
            yield File(title, text)
        elif language == "console":
            yield from _screen(text)


def _screen(text: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *shown = part.replace("\\\n", " ").splitlines()
        yield Typed(line, tuple(one for one in shown if one.strip()))


def commands(line: str) -> Iterator[list[str]]:
    """The calls of `reconciler` in a command line; anything else fails."""
    for part in line.split(" && "):
        name, *words = shlex.split(part, comments=True)
        assert name == "reconciler", f"no test can type {part!r}"
        yield words


def follow(page: str, folder: Path, shell: Shell) -> int:
    """Does everything a page says inside `folder`; how many commands were typed. Fails where a screen is another one."""
    typed, code = 0, 0
    for step in steps(page):
        if isinstance(step, File):
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.name).write_text(step.text, encoding="utf-8")
        elif step.line == "echo $?":
            assert step.shown == (str(code),), step
            code = 0
        else:
            assert code == 0, f"before {step.line!r}: exit code {code}"
            for words in commands(step.line):
                code, out, err = shell(words)
                typed += 1
            missing = differs(step.shown, out, err)
            assert not missing, f"$ {step.line}\nnot on the screen: {missing}\n--- stdout\n{out}--- stderr\n{err}"
    assert code == 0
    return typed


def differs(shown: tuple[str, ...], out: str, err: str) -> str:
    """The first line shown that neither stdout nor stderr has at its turn; empty where all are there."""
    rest = {"out": iter(out.splitlines()), "err": iter(err.splitlines())}
    held = {name: list(lines) for name, lines in rest.items()}
    at = dict.fromkeys(held, 0)
    for line in shown:
        if line.strip() == "…":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        spot = next(
            (
                (name, n)
                for name, lines in held.items()
                for n in range(at[name], len(lines))
                if pattern.fullmatch(lines[n].rstrip())
            ),
            None,
        )
        if spot is None:
            return line
        at[spot[0]] = spot[1] + 1
    return ""
