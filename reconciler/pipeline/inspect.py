"""Files → verdicts, and one or two files → one that is fit. No network, no settings; decoding happens in boxes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import mkstemp
from typing import BinaryIO

from reconciler.audio import entry
from reconciler.audio.box import Bounds, Box
from reconciler.errors import InputError
from reconciler.model.problem import Place, Problem
from reconciler.model.recording import Accept, Flaw, Inspected, Verdict
from reconciler.runners.recording_rules import judge

BOUNDS = Bounds()
BOXES = 4
"""Children that decode at the same time, at most; no more than there are processors."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, what it is, and what it is good for."""

    path: Path
    found: Inspected
    verdict: Verdict


def inspect(paths: Sequence[Path], accept: Accept, *, thorough: bool = False, bounds: Bounds = BOUNDS) -> Iterator[Judged]:
    """The files in the order given, each as soon as it and those before it are judged. Never raises for a file."""
    count = max(1, min(len(paths), os.cpu_count() or 1, BOXES))
    free: SimpleQueue[Box] = SimpleQueue()

    def one(path: Path) -> Judged:
        box = free.get()
        try:
            found = look(box, path, thorough=thorough)
        finally:
            free.put(box)
        return Judged(path, found, judge(found, accept))

    with ExitStack() as boxes, ThreadPoolExecutor(count) as pool:
        for _ in range(count):
            free.put(boxes.enter_context(Box(bounds)))
        yield from pool.map(one, paths)


def look(box: Box, path: Path, *, thorough: bool = False, follow: bool = True) -> Inspected:
    """What the file is; one that cannot be opened, or is a link where none is followed, is a flaw as well."""
    try:
        with entry.opened(path, follow=follow) as file:
            return box.inspect(file, name=path.name, thorough=thorough)
    except OSError as error:
        return Inspected(flaw=Flaw.UNREADABLE, detail=(error.strerror or str(error)).lower())
    except ValueError:
        return Inspected(flaw=Flaw.UNREADABLE, detail="no file can have this name")


def transcode(paths: Sequence[Path], output: Path, accept: Accept) -> Judged:
    """Writes `output` from one file, or from two mono files as left and right, and judges it.

    Raises `InputError` where that would lose or pretend something, where a file cannot be read, or where `output` exists: then
    nothing is left behind. The files themselves are never changed.
    """
    if output.exists() or output.is_symlink():
        raise InputError([_problem(output, "exists already", "name a new file")])
    part: Path | None = None
    try:
        with ExitStack() as stack, Box() as box:
            files = [stack.enter_context(_source(path)) for path in paths]
            number, name = mkstemp(dir=output.parent, prefix=".inspect-")
            part, target = Path(name), stack.enter_context(os.fdopen(number, "w+b", buffering=0))
            left, right = files[0], files[1] if len(files) > 1 else None
            if why := box.join(left, right, target):
                raise InputError([_problem(path, why, "take other recordings; nothing was written") for path in paths[:1]])
            found = look(box, part)
            part.replace(output)
    finally:
        if part:
            with suppress(OSError):
                part.unlink()
    return Judged(output, found, judge(found, accept))


def _source(path: Path) -> BinaryIO:
    try:
        return entry.opened(path)
    except OSError as error:
        raise InputError([_problem(path, f"cannot be read: {error.strerror}", "check the file and its rights")]) from None


def _problem(path: Path, what: str, remedy: str) -> Problem:
    return Problem(Place(path.as_posix()), "", what, remedy)
