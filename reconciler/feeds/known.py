"""What was read of all files of a feed, whatever they are called by now; where to begin in one that turns up."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, suppress
from typing import NamedTuple, TypeAlias

from reconciler.feeds.mark import HEAD, SKIPPED, Door, Mark, begins, digest, fits, mark, marks, opened, skipped, text
from reconciler.feeds.names import Found
from reconciler.formats.frame import START, Position

LOST = 32

_log = logging.getLogger(__name__)

Key: TypeAlias = tuple[int, int]
Look: TypeAlias = tuple[int, int]


class Moved(Exception):
    """The files moved while they were looked at: look again, so that the order is right."""


class _Copy(NamedTuple):
    """A file that waits because it is a copy of another one: how both looked, how far that one was read, and the copy itself."""

    original: Key
    look: Look
    original_look: Look
    offset: int
    itself: Mark


class Known:
    """The marks of a feed: of files that are there, and of content that is no longer where it was, perhaps in a copy."""

    def __init__(self, bookmark: str, family: Callable[[str], str]) -> None:
        """`family` tells it for a name. Raises `ValueError` for a text that is no bookmark."""
        self._family = family
        self._here: dict[Key, Mark] = {}
        self._families: dict[Key, str] = {}
        self._named: dict[str, Key] = {}
        self._alike: dict[tuple[str, int, str], set[Key]] = {}  # by family, and length and digest of their beginning
        self._lengths: dict[str, Counter[int]] = {}  # of those beginnings, by family
        self._lost: list[Mark] = []
        self._copies: dict[Key, _Copy] = {}
        for one in marks(bookmark):
            self.lose(one.key)
            self._put(one)

    def __len__(self) -> int:
        return len(self._here) + len(self._lost)

    def __contains__(self, key: object) -> bool:
        return key in self._here

    def text(self) -> str:
        """All of it as the text of a bookmark."""
        return text([*self._lost, *self._here.values()])

    def move(self, one: Found, door: Door, position: Position) -> None:
        """The file was read up to there."""
        self._put(mark(door, one.name, position))

    def skip(self, one: Found) -> None:
        """The file as it is now counts as read. Does nothing where it cannot be opened."""
        with suppress(OSError), closing(opened(one.path)) as door:
            self._put(skipped(door, one.name) if one.is_packed else mark(door, one.name, Position(door.size())))

    def lose(self, key: Key) -> None:
        """What was read of this file does not stand in it any more, or it is gone."""
        gone = self._drop(key)
        if gone and gone.offset > 0:
            self._lost = [*self._lost, gone][-LOST:]

    def keep(self, keys: Container[Key]) -> None:
        """Only these are still there."""
        for key in [key for key in self._here if key not in keys]:
            self.lose(key)
        self._copies = {key: copy for key, copy in self._copies.items() if key in keys}

    def position(self, key: Key) -> Position:
        """How far a file was read that is known."""
        return self._here[key].position

    def stands(self, key: Key, door: Door) -> bool:
        """Whether it is known what was read of the file, and it still stands in it."""
        return key in self._here and fits(self._here[key], door)

    def origin(self, one: Found, door: Door, listed: Mapping[Key, Found]) -> Position | None:
        """Where to begin in a file that was not open; None where it must wait, or is not to be read.

        Raises `Unreadable`, and `Moved`.
        """
        known = self._here.get(one.key)
        if known and known.offset == SKIPPED:
            return None
        if known and known.offset > 0 and fits(known, door):
            return known.position
        self.lose(one.key)
        for other in self._relatives(one, door):
            found = self._beside(one, door, other, listed)
            found = self._instead(one, door, other, listed) if found == START else found
            if found != START:
                return found
        return START

    def waits(self, one: Found, listed: Mapping[Key, Found]) -> bool:
        """Whether it is a copy, and neither it nor its original has changed since that was found out."""
        copy = self._copies.get(one.key)
        if not copy or copy.original not in listed or copy.original not in self._here:
            return False
        now = (one.look, listed[copy.original].look, self._here[copy.original].offset)
        return now == (copy.look, copy.original_look, copy.offset)

    def _relatives(self, one: Found, door: Door) -> Iterator[Mark]:
        """Marks of other files this may be a copy of: lost ones, those that begin alike, and what copies are usually made of."""
        yield from [other for other in self._lost if self._family(other.name) == one.family]
        beginning = door.read(0, HEAD)
        keys = {self._named[name] for name in (one.family, one.name.removesuffix(".gz")) if name in self._named}
        for length in self._lengths.get(one.family, ()):
            if length <= len(beginning):
                keys |= self._alike.get((one.family, length, digest(beginning[:length])), set())
        yield from [self._here[key] for key in sorted(keys) if self._here[key].offset != SKIPPED]

    def _beside(self, one: Found, door: Door, other: Mark, listed: Mapping[Key, Found]) -> Position | None:
        """Where to begin beside a file that still stands: `START` if this is no copy of it, None while that one leads."""
        original = listed.get(other.key)
        if not original or self._here.get(other.key) is not other:
            return START
        with closing(_opened(original)) as beside:
            size = door.size()
            if not fits(other, beside) or not _is_copy(other, door, beside, size):
                return START
            if beside.size() == other.offset < size:  # this one is written on, the other one is the copy
                return other.position
            itself = mark(door, one.name, Position(size))
        self._copies[one.key] = _Copy(original.key, one.look, original.look, other.offset, itself)
        return None

    def _instead(self, one: Found, door: Door, other: Mark, listed: Mapping[Key, Found]) -> Position:
        """Where to begin in a copy whose original is gone or was emptied; `START` if it is none."""
        if other.offset == 0:
            return START
        if fits(other, door):
            self._forget(other)
            _log.info("%s holds what was read as %s, up to byte %d", one.path, other.name, other.offset)
            return other.position
        copy = self._copies.get(one.key)
        was_copy = copy and copy.original == other.key and other.key in listed and fits(copy.itself, door)
        if begins(other, door) or (was_copy and door.size() < other.offset):  # more was read than was copied
            return Position(door.size(), other.line, other.state)
        return START

    def _forget(self, other: Mark) -> None:
        if self._here.get(other.key) is other:
            self._drop(other.key)
        else:
            self._lost.remove(other)

    def _put(self, one: Mark) -> None:
        self._drop(one.key)
        self._here[one.key] = one
        self._named[one.name] = one.key
        self._families[one.key] = family = self._family(one.name)
        if one.offset > 0:
            length = min(one.offset, HEAD)
            self._alike.setdefault((family, length, one.head), set()).add(one.key)
            self._lengths.setdefault(family, Counter())[length] += 1

    def _drop(self, key: Key) -> Mark | None:
        gone, family = self._here.pop(key, None), self._families.pop(key, "")
        if gone and self._named.get(gone.name) == key:
            del self._named[gone.name]
        if gone and gone.offset > 0:
            length = min(gone.offset, HEAD)
            alike, lengths = self._alike[family, length, gone.head], self._lengths[family]
            alike.discard(key)
            lengths[length] -= 1
            if not alike:
                del self._alike[family, length, gone.head]
            if not lengths[length]:
                del lengths[length]
        return gone


def _opened(one: Found) -> Door:
    try:
        door = opened(one.path)
    except FileNotFoundError:
        raise Moved from None
    if door.key() != one.key:
        door.close()
        raise Moved
    return door


def _is_copy(other: Mark, door: Door, beside: Door, size: int) -> bool:
    """Whether a file of that size holds what was read of another one, or is how that one begins."""
    if other.offset > 0 and (fits(other, door) or begins(other, door)):
        return True
    if not 0 < size <= beside.size() or (other.offset > 0 and size >= HEAD):
        return False
    return door.read(0, min(size, HEAD)) == beside.read(0, min(size, HEAD))
