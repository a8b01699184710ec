"""A folder → its files as bytes by name. Nothing outside the folder is read, nothing that is not a plain file is opened."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from reconciler.model.problem import Place, Problem

SUFFIX = ".j2"
MAPPING = "mapping.yaml"
_KEPT_QUIET = frozenset({".gitkeep", ".gitignore", ".DS_Store"})
_ODD = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, and bytes that are no UTF-8


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be read, in bytes and files."""

    file: int = 256 * 1024 * 1024
    total: int = 1024 * 1024 * 1024
    files: int = 500_000


@dataclass(slots=True)
class Folder:
    """The files of a folder: path below it, with slashes → content; what could not be read; what was passed over."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def wrong(self, name: str, what: str, remedy: str) -> None:
        """Notes a problem with a file."""
        self.problems.append(Problem(Place(name), "", what, remedy))


def tree(folder: Path, *, limits: Limits = Limits(), suffix: str = "") -> Folder:
    """All files below `folder` in order of their names, only those that end in `suffix` if one is given.

    Hidden files and folders are passed over and noted. A link out of the folder, a device, a pipe, an unreadable or too large
    file is a problem.
    """
    found = Folder()
    root = folder.resolve()
    if not root.is_dir():
        found.wrong(str(folder), "no such folder", "check the paths in reconciler.yaml")
        return found
    size = 0
    for name, path in _walk(root, found):
        if not name.endswith(suffix):
            continue
        data = _content(path, name, root, found, limits)
        size += len(data or b"")
        if size > limits.total or len(found.files) >= limits.files:
            found.wrong(name, f"the folder holds more than {limits.total} bytes or {limits.files} files", "name the right folder")
            break
        if data is not None:
            found.files[name] = data
    return found


def _walk(root: Path, found: Folder) -> Iterator[tuple[str, Path]]:
    """(name, path) of every file, sorted; folders behind links are not entered."""

    def refuse(error: OSError) -> None:
        found.wrong(str(error.filename), f"cannot be read: {error.strerror}", "check the folder and its permissions")

    for folder, inner, names in os.walk(root, onerror=refuse):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            shown = path.relative_to(root).as_posix()
            if name in _KEPT_QUIET:
                continue
            if name.startswith("."):
                found.notes.append(f"{shown}: hidden, not read")
            elif _ODD.search(shown):
                found.wrong(ascii(shown), "an unreadable file name", "rename the file")
            else:
                yield shown, path
        for name in (name for name in inner if Path(folder, name).is_symlink()):
            shown = Path(folder, name).relative_to(root).as_posix()
            found.wrong(shown, "a link to a folder, not followed", "put the files themselves here")


def _content(path: Path, name: str, root: Path, found: Folder, limits: Limits) -> bytes | None:
    """The bytes of one file, None where it may not be read."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root):
            found.wrong(name, "a link out of the folder, not followed", "put the file itself here")
            return None
        if not stat.S_ISREG(real.stat().st_mode):
            found.wrong(name, "no plain file", "remove it from the folder")
            return None
        with real.open("rb") as file:
            data = file.read(limits.file + 1)
    except (OSError, RuntimeError) as error:
        found.wrong(name, f"cannot be read: {getattr(error, 'strerror', None) or error}", "check the file and its permissions")
        return None
    if len(data) > limits.file:
        found.wrong(name, f"larger than {limits.file} bytes", "split the file")
        return None
    return data


def packaged() -> dict[str, str]:
    """The default templates that ship with the package, by file name."""
    folder = resources.files("reconciler.sources").joinpath("templates")
    return {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name.endswith(SUFFIX)}


def templates(folder: Path | None) -> tuple[dict[str, str], list[Problem]]:
    """The default templates with the user's own of the same name in their place, and what is wrong with those."""
    found = packaged()
    if folder is None or not folder.is_dir():
        return found, []
    own = tree(folder, suffix=SUFFIX, limits=Limits(file=1024 * 1024, total=16 * 1024 * 1024, files=1000))
    for name, data in own.files.items():
        try:
            found[name] = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            place = Place(name, data.count(b"\n", 0, error.start) + 1)
            own.problems.append(Problem(place, "", "not UTF-8", "save the template as UTF-8"))
    return found, own.problems


def mapping(folder: Path | None) -> tuple[bytes, list[Problem]]:
    """The bytes of mapping.yaml in the folder, and what is wrong with it; empty where there is none: it may be left out."""
    path = folder / MAPPING if folder else None
    if path is None or not (path.exists() or path.is_symlink()):
        return b"", []
    found = Folder()
    data = _content(path, MAPPING, path.parent.resolve(), found, Limits(file=16 * 1024 * 1024))
    return data or b"", found.problems
