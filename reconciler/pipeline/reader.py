"""Lines of a feed → events, and the native record each comes from, which may lie on several lines."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.feeds.chunk import Record
from reconciler.formats.frame_record import Damaged
from reconciler.model.event import Event, Opens, Read, Rests
from reconciler.runners.window import reading


class Reader:
    """Understands a feed. `record` is what the last call spoke of, whether it was understood or not; `native` understands it.

    Lines read before a restart are not in it.
    """

    def __init__(self, native: Read, name: str = "") -> None:
        self.native = native
        self.record = Record(b"", name)
        self._opens = native if isinstance(native, Opens) else None
        self._lines: list[Record] = []

    def read(self, line: Record) -> Sequence[Event]:
        """The events that this line completes. Raises `ValueError`, and nothing else."""
        self.record = line
        if isinstance(line.data, Damaged):
            raise ValueError(line.data.why)  # noqa: TRY004 - it is the record that is wrong
        if self._opens is None:
            with reading():
                return self.native(line.data)
        try:
            with reading():
                return self.native(line.data)
        finally:
            self._split(self._opens, line)

    def rest(self) -> Sequence[Event]:
        """The events of the record that is open at the end of the feed. Raises `ValueError`, and nothing else."""
        if not isinstance(self.native, Rests):
            return ()
        self.record = _joined(self._lines or [Record(self.native.state.encode(), self.record.place)])
        with reading():
            return self.native.rest()

    def _split(self, opens: Opens, line: Record) -> None:
        """The line ends a record, or lies behind its end, or goes on with what stays open."""
        lines = [*self._lines, line]
        first = max(0, len(lines) - opens.open_lines)
        self.record, self._lines = _joined(lines[:first] or lines), lines[first:]


def _joined(lines: Sequence[Record]) -> Record:
    """One record of several lines, where the first of them stands."""
    return lines[0] if len(lines) == 1 else Record(b"\n".join(one.data.rstrip(b"\r\n") for one in lines), lines[0].place)
