"""Looks at the files of a feed and reads what is new, oldest first (see `names`), through all a rotation may do.

* renamed, with a new file in its place: the rest of the old one first, then the new one;
* copied, then emptied (logrotate's copytruncate): the copy is known by what stands in it; it is read on only once the original
  is emptied, from where the original was read to;
* compressed: known by what stands in it too; nothing is read again, only the rest if there is one;
* deleted and made anew, or replaced: the rest through the handle that is still open, then the new one.

A half-written last record waits. It counts when nothing can follow: with `once`, in a compressed or deleted file, in a generation
that a newer one has followed and that did not grow for a round, and in a folder after `QUIET` rounds.

Of a single file without a bookmark only the file itself is read: what rotations left before is history. With one, everything the
bookmark does not know is new. A file that is emptied and at once filled with the very same bytes is not told from one left alone.
The bookmark names every file that is still there, so a folder should lose what was read long ago: some thousand files are fine.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from reconciler.feeds.chunk import MOST, Chunk, Record
from reconciler.feeds.known import Key, Known, Look, Moved
from reconciler.feeds.mark import Door, Unreadable, opened
from reconciler.feeds.names import Found, family, folder, generations
from reconciler.formats.frame import Cutter, cutter
from reconciler.model.stream import Bookmark

PIECE = 128 * 1024
QUIET = 60
HANDLES = 64
_PASSES = 10

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Reading:
    """An open file: how far it was fed to its cutter, what it looked like then, and for how many rounds it did."""

    found: Found
    door: Door
    cutter: Cutter
    read_to: int
    look: Look = (-1, -1)
    quiet: int = 0
    is_over: bool = False  # its end counted as the end of a record


class Watch:
    """The files of one feed between rounds."""

    def __init__(self, name: str, path: Path, frame: str, *, once: bool = False, bookmark: str = "") -> None:
        self._name, self._path, self._frame, self._once = name, path, frame, once
        self._open: dict[Key, _Reading] = {}
        self._late: list[_Reading] = []  # deleted after they were emptied and perhaps written anew
        self._rested: dict[Key, Look] = {}  # closed: nothing to do while they look like this
        self._told: set[str] = set()
        try:
            self._known = Known(bookmark, self._family)
        except ValueError as error:
            _log.warning("%s: %s; reading from the beginning", name, error)
            self._known = Known("", self._family)
        self._is_first = not self._known

    def round(self) -> Iterator[Chunk]:
        """What is new in all files. Raises `OSError` where the folder cannot be looked into."""
        for _ in range(_PASSES):
            try:
                yield from self._pass()
            except Moved:
                continue
            return

    def close(self) -> None:
        """Gives all files back."""
        for reading in [*self._open.values(), *self._late]:
            reading.door.close()

    def _family(self, name: str) -> str:
        return family(name) if self._path.is_dir() else self._path.name

    def _pass(self) -> Iterator[Chunk]:
        files = folder(self._path) if self._path.is_dir() else generations(self._path)
        if self._is_first and not self._path.is_dir():
            self._skip_history(files)
        self._is_first = False
        listed = {one.key: one for one in files}
        yield from self._gone(listed)
        for one, newer in zip_longest(files, files[1:]):
            is_followed = newer is not None and newer.family == one.family and newer.size > 0
            yield from self._look(one, listed, is_followed=is_followed)
            self._rest()
        yield from self._rewritten(listed)

    def _skip_history(self, files: list[Found]) -> None:
        """Older generations of a file that is read for the first time count as read."""
        for one in files:
            if one.name != self._path.name:
                self._known.skip(one)
                _log.info("%s: %s is older than the feed and not read", self._name, one.path)

    def _gone(self, listed: dict[Key, Found]) -> Iterator[Chunk]:
        """The rest of files that were deleted or moved away."""
        for key, reading in list(self._open.items()):
            if key in listed:
                continue
            if not self._stands(reading) or self._may_be_younger(reading, listed):
                self._late.append(self._open.pop(key))
                continue
            is_over = self._once or reading.door.links() == 0 or reading.door.size() <= reading.read_to
            yield from self._read(reading, final=is_over)
            if is_over:
                self._shut(key)
        if listed:  # else the folder itself may be away for a while
            self._known.keep(listed.keys() | self._open.keys())
            self._rested = {key: look for key, look in self._rested.items() if key in listed}

    def _may_be_younger(self, reading: _Reading, listed: dict[Key, Found]) -> bool:
        """Whether nothing was read of a file yet, and there are generations of it that nobody has seen."""
        if self._known.position(reading.found.key).offset:
            return False
        return any(
            one.family == reading.found.family and not one.is_current and one.key not in self._known for one in listed.values()
        )

    def _rewritten(self, listed: dict[Key, Found]) -> Iterator[Chunk]:
        """What was written into files between their being emptied and deleted, where nothing else holds it."""
        while self._late:
            reading = self._late[-1]
            position = self._known.origin(reading.found, reading.door, listed)
            if position is not None:
                reading.cutter, reading.read_to = cutter(self._frame, position), position.offset
                yield from self._read(reading, final=True)
            self._late.pop().door.close()

    def _look(self, one: Found, listed: dict[Key, Found], *, is_followed: bool) -> Iterator[Chunk]:
        """What is new in one file."""
        reading = self._open.get(one.key)
        if reading is None:
            reading = self._begin(one, listed)
        elif reading.look == one.look:
            reading.quiet += 1
        elif self._stands(reading):
            reading.quiet = 0
        else:
            self._shut(one.key)
            raise Moved
        if reading is None:
            return
        reading.found = one
        waited = 1 if is_followed else QUIET
        may_end = is_followed or self._path.is_dir()
        final = self._once or one.is_packed or (may_end and reading.quiet >= waited)
        if reading.look != one.look or (final and not reading.is_over):
            reading.look, reading.is_over = one.look, final
            yield from self._read(reading, final=final)
            if one.is_packed:
                self._shut(one.key)

    def _begin(self, one: Found, listed: dict[Key, Found]) -> _Reading | None:
        """The file, opened where it is to be read on; None where there is nothing to read in it now."""
        if self._rested.get(one.key) == one.look or self._known.waits(one, listed):
            return None
        try:
            door = opened(one.path)
        except FileNotFoundError:
            raise Moved from None
        except OSError as error:
            self._tell(one, error)
            return None
        try:
            return self._opened(one, door, listed)
        except Unreadable as error:
            self._tell(one, error)
            self._rested[one.key] = one.look
        finally:
            if one.key not in self._open:
                door.close()
        return None

    def _opened(self, one: Found, door: Door, listed: dict[Key, Found]) -> _Reading | None:
        if door.key() != one.key:
            raise Moved
        position = self._known.origin(one, door, listed)
        if position is None:
            if not self._known.waits(one, listed):
                self._rested[one.key] = one.look
            return None
        self._known.move(one, door, position)
        self._open[one.key] = reading = _Reading(one, door, cutter(self._frame, position), position.offset)
        return reading

    def _stands(self, reading: _Reading) -> bool:
        """Whether what was read still stands in an open file."""
        key = reading.found.key
        if not self._known.stands(key, reading.door):
            _log.info("%s: %s was emptied or written anew", self._name, reading.found.path)
            self._known.lose(key)
            return False
        if reading.door.size() < reading.read_to:  # only a half-written record was taken back
            position = self._known.position(key)
            reading.cutter, reading.read_to = cutter(self._frame, position), position.offset
        return True

    def _read(self, reading: _Reading, *, final: bool) -> Iterator[Chunk]:
        """All there is; with `final` what is left at the end is a record too."""
        try:
            while piece := reading.door.read(reading.read_to, PIECE):
                reading.read_to += len(piece)
                reading.cutter.feed(piece)
                yield from self._taken(reading, final=False)
        except Unreadable as error:
            self._tell(reading.found, error)
            self._shut(reading.found.key)
            return
        if final:
            yield from self._taken(reading, final=True)

    def _taken(self, reading: _Reading, *, final: bool) -> Iterator[Chunk]:
        place = str(reading.found.path)
        while pieces := reading.cutter.take(MOST, final=final):
            self._known.move(reading.found, reading.door, reading.cutter.position)
            records = [Record(data, f"{place}:{line}") for _, line, data in pieces]
            yield Chunk(records, Bookmark(self._name, self._known.text()))

    def _rest(self) -> None:
        """Closes what was quiet for longest where many files are open."""
        spare = len(self._open) - HANDLES
        if spare > 0:
            quietest = sorted(self._open.values(), key=lambda one: (one.cutter.is_idle, one.quiet), reverse=True)
            for reading in quietest[:spare]:
                self._shut(reading.found.key)

    def _shut(self, key: Key) -> None:
        """Closes a file; it is opened again when it looks different."""
        if reading := self._open.pop(key, None):
            reading.door.close()
            self._rested[key] = reading.look

    def _tell(self, one: Found, error: OSError) -> None:
        """Warns of a file once."""
        what = f"{one.path}: {error.strerror or error}"
        if what not in self._told:
            self._told.add(what)
            _log.warning("%s: %s", self._name, what)
