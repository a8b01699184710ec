"""Which files belong to a feed, and in which order they were written, told by their names alone as far as possible.

Files of one *family* are generations of one log: `queue_log`, `queue_log.1`, `queue_log.2.gz`, `queue_log-20261122`,
`queue_log.2026-11-22`, `queue_log.1766400000`; of `queue.log` also `queue-20261122.log`. The one without suffix is written now
and comes last; dates and times go up; small numbers go down (the highest is the oldest), unless the times of change clearly go up
with them, as with Asterisk's `rotatestrategy=sequential`, or a folder has none without suffix: then they are parts. Families, and
all other files of a folder, come in natural order of their names below it: `b2` before `b10`.
Source: logrotate(8), options start, dateext, compress; Asterisk's logger.conf, option rotatestrategy.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

_GENERATION = re.compile(
    r"(?P<stem>.+?)"
    r"(?:\.(?P<number>\d{1,4})"
    r"|[-._](?P<date>\d{10,13}|\d{8}(?:[-_T]?\d{2,6})?(?:-\d{10})?|\d{4}-\d\d(?:-\d\d(?:[-_T]\d\d(?:[-:]?\d\d){0,2})?)?))?"
    r"(?P<ending>\.[A-Za-z]\w{0,9})??"
    r"(?P<packed>\.gz)?",
    re.DOTALL,
)
_UNFINISHED = (".tmp", ".part", ".swp", "~")
_CLEARLY = 2_000_000_000  # nanoseconds between two rotations, at least


class Found(NamedTuple):
    """A file of the feed. `name` is below the feed's path; `size` and `changed` (nanoseconds) are those of the listing."""

    path: Path
    name: str
    family: str
    number: int | None
    date: str
    key: tuple[int, int]
    size: int
    changed: int

    @property
    def look(self) -> tuple[int, int]:
        """What changes when it is written to."""
        return self.size, self.changed

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed by gzip."""
        return self.name.endswith(".gz")

    @property
    def is_current(self) -> bool:
        """Whether it is the one that is written now."""
        return self.name == self.family and not self.is_packed


def generations(path: Path) -> list[Found]:
    """The file and what its rotations left beside it, oldest first; empty where nothing of it is there."""
    try:
        entries = [entry for entry in os.scandir(path.parent) if path.name in (entry.name, family(entry.name))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    made = [_found(entry, entry.name, path.name) for entry in entries]
    return _oldest_first([one for one in made if one], are_parts=False)


def folder(path: Path) -> list[Found]:
    """All files below the folder, oldest first. Hidden and unfinished ones and links are left out."""
    made = [_found(entry, name, family(name)) for entry, name in _walk(path, "") if not entry.is_symlink()]
    return _in_order([one for one in made if one])


@lru_cache(maxsize=65_536)
def family(name: str) -> str:
    """The family a name belongs to: the name without what a rotation puts into it."""
    match = _GENERATION.fullmatch(name)
    return match["stem"] + (match["ending"] or "") if match else name


def _walk(path: Path, above: str) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Files with their names below the folder; what cannot be looked into is passed over."""
    with suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(_UNFINISHED):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(path / entry.name, f"{above}{entry.name}/")
            else:
                yield entry, above + entry.name


def _found(entry: os.DirEntry[str], name: str, stem: str) -> Found | None:
    """The file as it is now, None where it is gone or no plain file."""
    try:
        seen = entry.stat()
    except OSError:
        return None
    match = _GENERATION.fullmatch(name) if name != stem else None
    if not stat.S_ISREG(seen.st_mode):
        return None
    number = int(match["number"]) if match and match["number"] else None
    date = match["date"] or "" if match else ""
    return Found(Path(entry.path), name, stem, number, date, (seen.st_dev, seen.st_ino), seen.st_size, seen.st_mtime_ns)


@lru_cache(maxsize=65_536)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """What names are sorted by: numbers in them count as numbers."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def _in_order(found: Iterable[Found]) -> list[Found]:
    ordered = []
    by_name = sorted(found, key=lambda one: (natural(one.family), one.family))
    for _, group in groupby(by_name, key=attrgetter("family")):
        files = list(group)
        ordered += _oldest_first(files, are_parts=not any(one.is_current for one in files))
    return ordered


def _oldest_first(files: list[Found], *, are_parts: bool) -> list[Found]:
    """The generations of one family; the numbers of parts go up."""
    numbered = sorted((one for one in files if one.number is not None), key=lambda one: one.number or 0)
    changes = [one.changed for one in numbered]
    goes_up = are_parts or (len(changes) > 1 and all(b - a > _CLEARLY for a, b in pairwise(changes)))
    numbered.sort(key=lambda one: ((one.number or 0) * (1 if goes_up else -1), one.is_packed))
    dated = sorted((one for one in files if one.date), key=lambda one: (natural(one.date), one.name))
    rest = [one for one in files if one.number is None and not one.date]
    return [*dated, *numbered, *sorted(rest, key=lambda one: not one.is_packed)]
