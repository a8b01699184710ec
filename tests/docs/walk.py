"""Pages as a user follows them: files are written as their titles say, command lines are typed, screens are compared.

A block with a title, as in ```` ```yaml title="mapping/mapping.yaml" ````, is a file. A block `console` is a screen: lines that
begin with `$ ` are typed, the others are what comes back, on stdout or stderr, in order. `…` stands for anything, alone on a
line for any lines. A command ends with 0 unless `echo $?` behind it shows another number. A block `sh` is typed line by line.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Shell = Callable[[str], tuple[int, str, str]]
"""Types a line: exit code, stdout, stderr."""

_BLOCK = re.compile(r"^( *)```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LOOP = re.compile(r"^for .*?^done$|^[^\n]+$", re.DOTALL | re.MULTILINE)
TYPED = "$ "
PROGRAMS = ("reconciler ", "make ")
"""What a block without a language begins with where it is typed; all others are drawings."""


@dataclass(frozen=True)
class File:
    """A file a page tells the reader to write."""

    name: str
    text: str


@dataclass(frozen=True)
class Typed:
    """A command line and what the page shows of its answer."""

    line: str
    shown: tuple[str, ...] = ()


def steps(page: str) -> Iterator[File | Typed]:
    """What a page tells the reader to do, in its order."""
    for indent, language, title, body in _BLOCK.findall(page):
        text = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        if title and language != "diff":
            yield File(title, text)
        elif language == "console" or (not language and text.startswith(TYPED)):
            yield from _screen(text)
        elif language == "sh" or (not language and text.startswith(PROGRAMS)):
            yield from (Typed(line) for line in _LOOP.findall(text.replace("\\\n", " ")))


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


def follow(page: str, folder: Path, shell: Shell, *, ends: Mapping[str, int] | None = None) -> list[str]:
    """Does everything a page says inside `folder`; the lines that were typed. Fails where a screen is another one.

    `ends` has the exit codes of lines that a page shows without their answer.
    """
    typed: list[str] = []
    code = 0
    for step in steps(page):
        if isinstance(step, File):
            (folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.name).write_text(step.text, encoding="utf-8")
        elif step.line == "echo $?":
            assert step.shown == (str(code),), step
            code = 0
        else:
            assert code == 0, f"before {step.line!r}: exit code {code}"
            code, out, err = shell(step.line)
            typed.append(step.line)
            missing = differs(step.shown, out, err)
            assert not missing, f"$ {step.line}\nnot on the screen: {missing}\n--- stdout\n{out}--- stderr\n{err}"
            if not step.shown:
                wanted = (ends or {}).get(step.line, 0)
                assert code == wanted, f"$ {step.line}\nexit code {code}\n--- stdout\n{out}--- stderr\n{err}"
                code = 0
    assert code == 0, f"after {typed[-1]!r}: exit code {code}"
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
