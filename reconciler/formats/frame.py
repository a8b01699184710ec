"""Bytes → native records, in pieces as they come: `lines`, `json` (values one after the other, or in arrays), `xml` (documents).

A record is at most a megabyte, or 64 of them in the frames `large json` and `large xml`.

Records are found, not understood: by line ends, by brackets and strings, by tags. So sloppy input keeps its records (the reader
of the platform judges them), any split of the input gives the same ones, and hostile input costs time in proportion to its
length and never more memory than that and what was fed last.

What cannot be a record of the frame comes as `Damaged`, with the reason, and the next whole record is found again: nothing is
dropped without a word. The input is UTF-8 or another encoding whose line ends, brackets and quotation marks are ASCII.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.formats.frame_json import JsonCutter
from reconciler.formats.frame_record import LARGE, LIMIT, START, TOO_LONG, Cutter, Damaged, Piece, Position
from reconciler.formats.frame_xml import XmlCutter

__all__ = ["CUTTERS", "LIMIT", "START", "Cutter", "Damaged", "LineCutter", "Piece", "Position", "cut", "cutter"]


class LineCutter(Cutter):
    """Lines ended by LF or CRLF, without that. Empty ones are no records; NUL bytes before a line are left out.

    NUL: a program that goes on writing where it was, into a log that was emptied under its hands, leaves a hole of them.
    """

    def __init__(self, position: Position = START) -> None:
        super().__init__(position)
        self._at = 0  # no line ends before here

    @property
    def is_idle(self) -> bool:
        """Whether it holds no unfinished line."""
        return not self._buffer and not self._kept

    def take(self, most: int = 1000, *, final: bool = False) -> list[Piece]:
        """The lines that are complete; with `final` also what stands behind the last line end."""
        found: list[Piece] = []
        if not self._has_begun(final=final):
            return found
        while not found and (end := self._buffer.find(b"\n", self._at)) >= 0:
            self._split(found, 1 if self._kept else most, end)
        if not found:
            self._wait()
            if final and (self._kept or self._buffer):
                self._split(found, 1, len(self._buffer))
        return found

    def _split(self, found: list[Piece], most: int, end: int) -> None:
        """Moves lines from the buffer to `found`: at most so many; the first of them ends at `end`."""
        if most == 1:
            lines, rest = [bytes(self._buffer[:end])], self._buffer[end + 1 :]
        else:
            *lines, last = bytes(self._buffer).split(b"\n", most)
            rest = bytearray(last)
        kept, offset, line = self._kept, self._base, self.position.line
        for text in lines:
            data = kept or text.removesuffix(b"\r")
            if data[:1] == b"\0":
                data = data.lstrip(b"\0")
            if kept or len(data) > self.limit:
                found.append(Piece(offset, line, Damaged.because(TOO_LONG.format(self.limit), data[: self.limit])))
            elif data and not data.isspace():
                found.append(Piece(offset, line, data))
            offset += len(text) + 1
            line += 1
        is_last = most == 1 and end == len(self._buffer)
        self._buffer, self._base, self._kept, self._at = rest, offset - is_last, b"", 0
        self.position = Position(self._base, line - is_last)

    def _wait(self) -> None:
        """Makes room behind the beginning of a line that does not end here."""
        if len(self._buffer) > self.limit + 1 and not self._kept:
            before = len(self._buffer)
            self._buffer = self._buffer.lstrip(b"\0")
            self._base += before - len(self._buffer)
            self._kept = bytes(self._buffer[: self.limit]) if len(self._buffer) > self.limit + 1 else b""
        if self._kept:
            self._base += len(self._buffer)
            self._buffer.clear()
        self._at = len(self._buffer)


class LargeJsonCutter(JsonCutter):
    """JSON whose records may be everybody's state at once: 10,000 agents are some 20 MB."""

    limit = LARGE


class LargeXmlCutter(XmlCutter):
    """XML whose records may be everybody's state at once."""

    limit = LARGE


CUTTERS: Mapping[str, type[Cutter]] = MappingProxyType(
    {"lines": LineCutter, "json": JsonCutter, "xml": XmlCutter, "large json": LargeJsonCutter, "large xml": LargeXmlCutter}
)


def cutter(frame: str, position: Position = START) -> Cutter:
    """A cutter for this frame that goes on at a position. Raises `ValueError` for a frame that does not exist."""
    if frame not in CUTTERS:
        raise ValueError(f"{frame!r} is no frame; choose one of {', '.join(CUTTERS)}")
    return CUTTERS[frame](position)


def cut(frame: str, buffer: bytes, *, final: bool) -> tuple[list[tuple[int, bytes]], int]:
    """(the records in `buffer` with their offsets, how many bytes they use up). Without `final` the rest waits for more bytes.

    For input that is there as a whole; what comes in pieces is cheaper with a `cutter`, which remembers how far it looked.
    """
    one = cutter(frame)
    one.feed(buffer)
    found = []
    while pieces := one.take(final=final):
        found += [(piece.offset, piece.data) for piece in pieces]
    return found, one.position.offset
