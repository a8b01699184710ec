"""Manifest texts → files. The renderer owns files whose first line carries its mark, and touches no others.

A file is written whole or not at all: to a name of its own beside the target, then renamed. Nothing is written outside the
folder, whatever links lie in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.problem import Place, Problem

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Difference:
    """What writing would do: files to write (name → text) and to remove, and what stands in the way."""

    changed: Mapping[str, str]
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def compare(folder: Path, texts: Mapping[str, str], *, mark: str, keep: Iterable[str] = ()) -> Difference:
    """What differs between `texts` (name below `folder` → text) and the files that are there.

    Owned files without a text are to be removed, unless their name is in `keep` or begins with an entry of it that ends in a
    slash. A file of somebody else where one must be written is a problem.
    """
    root = folder.resolve()
    kept = tuple(keep)
    changed, problems = {}, []
    for name, text in sorted(texts.items()):
        problem = _hindrance(root, name, mark)
        if problem:
            problems.append(problem)
        elif _bytes(root / name) != text.encode():
            changed[name] = text
    here = (name for name in owned(root, mark) if name not in texts)
    removed = tuple(name for name in here if not any(name == one or (one.endswith("/") and name.startswith(one)) for one in kept))
    return Difference(changed, removed, tuple(problems))


def carry_out(folder: Path, difference: Difference) -> None:
    """Writes and removes what `difference` says. Safe to repeat."""
    root = folder.resolve()
    for name, text in difference.changed.items():
        _write(root / name, text.encode())
    for name in difference.removed:
        with suppress(FileNotFoundError):
            (root / name).unlink()
        with suppress(OSError):  # a folder that is not empty stays
            (root / name).parent.rmdir() if (root / name).parent != root else None


def _hindrance(root: Path, name: str, mark: str) -> Problem | None:
    path = root / name
    if not path.resolve().is_relative_to(root):
        return Problem(Place(name), "", "a link leads out of the folder of manifests", "remove the link")
    if any(one.exists() and not one.is_dir() for one in path.parents if one.is_relative_to(root)):
        return Problem(Place(name), "", "a file stands where a folder is needed", "move it")
    if path.is_dir():
        return Problem(Place(name), "", "a folder stands where a file must be written", "move it")
    data = _bytes(path)
    if data is not None and not data.startswith(mark.encode()):
        what = "this file is not the renderer's, but rendering writes one of this name"
        return Problem(Place(name, 1), "", what, "rename your file; its first line does not carry the mark of rendered files")
    return None


def owned(root: Path, mark: str) -> list[str]:
    """Names of files below the folder that carry the mark, sorted; nothing behind links."""
    found = []
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in (name for name in sorted(names) if name.endswith(ENDINGS)):
            path = Path(folder, name)
            if not path.is_symlink() and _head(path, len(mark.encode())) == mark.encode():
                found.append(path.relative_to(root).as_posix())
    return found


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
