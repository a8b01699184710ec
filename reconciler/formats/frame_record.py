"""What all cutters share: the buffer, where a record stands, and what becomes of one that is too long or broken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

LIMIT = 1024 * 1024
LARGE = 64 * LIMIT
TOO_LONG = "longer than {} bytes; the rest of it is left out"
NEVER_CLOSED = "it is never closed"
_MARK = b"\xef\xbb\xbf"


class Damaged(bytes):
    """A record that is not what its frame promises: too long (then these are its first bytes), never closed, broken."""

    why: str

    @classmethod
    def because(cls, why: str, data: bytes) -> Damaged:
        """The bytes of a record with what is wrong with it."""
        found = cls(data)
        found.why = why
        return found


class Piece(NamedTuple):
    """A record, at which byte and on which line of the input it begins. `data` is a `Damaged` where something is wrong."""

    offset: int
    line: int
    data: bytes


class Position(NamedTuple):
    """Where a cutter can go on: right behind a record. `state` is for the cutter of that frame alone."""

    offset: int = 0
    line: int = 1
    state: str = ""


START = Position()


class Cutter(ABC):
    """Bytes in pieces of any size → records. It holds at most what it was fed last and `limit` bytes of an unfinished record."""

    limit = LIMIT

    def __init__(self, position: Position = START) -> None:
        """Feed it from `position.offset` on."""
        self.position = position
        self._buffer = bytearray()
        self._base = position.offset  # of the buffer's first byte in the input
        self._kept = b""  # the beginning of a record that is too long for the buffer
        self._is_fresh = position.offset == 0

    def feed(self, piece: bytes) -> None:
        """Takes more of the input."""
        self._buffer += piece

    @property
    @abstractmethod
    def is_idle(self) -> bool:
        """Whether it holds no unfinished record."""

    @abstractmethod
    def take(self, most: int = 1000, *, final: bool = False) -> list[Piece]:
        """The next records that are complete, at most `most`; call it until there are none before feeding more.

        With `final` the input ends here: what is left is a record too, `Damaged` where the frame says it is not whole.
        """

    def _has_begun(self, *, final: bool) -> bool:
        """Goes over a byte order mark; False while it is not clear whether there is one."""
        if self._is_fresh and (final or len(self._buffer) >= len(_MARK) or not _MARK.startswith(self._buffer)):
            self._is_fresh = False
            if self._buffer.startswith(_MARK):
                del self._buffer[: len(_MARK)]
                self._base += len(_MARK)
        return not self._is_fresh


class TreeCutter(Cutter):
    """A cutter for records that are nested inside: it looks at every byte once and remembers how deep it is."""

    def __init__(self, position: Position = START) -> None:
        super().__init__(position)
        self._at = 0  # how far the buffer is understood
        self._line = position.line  # of the byte `_counted`
        self._counted = 0
        self._start = -1  # of the unfinished record in the buffer; below 0 between records
        self._from = position

    @property
    def is_idle(self) -> bool:
        """Whether it holds no unfinished record."""
        return self._start < 0

    def take(self, most: int = 1000, *, final: bool = False) -> list[Piece]:
        """The next records; see `Cutter`."""
        found: list[Piece] = []
        if not self._has_begun(final=final):
            return found
        while len(found) < most:
            step = self._step(final=final)
            if isinstance(step, Piece):
                found.append(step)
            elif not step:
                found += self._rest() if final and self._start >= 0 else ()
                break
        self._trim()
        return found

    @abstractmethod
    def _step(self, *, final: bool) -> Piece | bool:
        """A record that ends, True where something else was understood, False where more bytes are needed."""

    @abstractmethod
    def _rest(self) -> list[Piece]:
        """What the unfinished record is when nothing follows."""

    def _state(self) -> str:
        """What `Position.state` must say at this place."""
        return ""

    def _line_at(self, at: int) -> int:
        """The line of a place in the buffer; never asked for an earlier place than before."""
        self._line += self._buffer.count(b"\n", self._counted, at)
        self._counted = at
        return self._line

    def _open(self, at: int) -> None:
        """A record begins here."""
        self._start = at
        self._from = Position(self._base + at, self._line_at(at))

    def _is_long(self, at: int) -> bool:
        return self._base + at - self._from.offset > self.limit

    def _close(self, end: int, why: str = "") -> Piece:
        """The record that ends here; the next one is looked for from here on."""
        if self._is_long(end):
            why = TOO_LONG.format(self.limit)
        data = self._kept or bytes(self._buffer[self._start : min(end, self._start + self.limit)])
        piece = Piece(self._from.offset, self._from.line, Damaged.because(why, data) if why else data)
        self._forget(end)
        self.position = Position(self._base + end, self._line_at(end), self._state())
        return piece

    def _forget(self, end: int) -> None:
        """There is no unfinished record, and everything up to here is understood."""
        self._start, self._kept, self._at = -1, b"", end

    def _trim(self) -> None:
        """Drops what is no longer needed; one byte before `_at` is, to see whether a line begins there."""
        if self._start >= 0 and not self._kept and self._is_long(self._at):
            self._kept = bytes(self._buffer[self._start : self._start + self.limit])
        is_held = self._start >= 0 and not self._kept
        gone = self._start if is_held else max(self._at - 1, 0)
        self._line_at(max(gone, self._counted))
        self._counted -= gone
        self._at -= gone
        self._base += gone
        self._start = min(self._start, 0)
        del self._buffer[:gone]
