"""Lines of a feed → events, and the native record each comes from, which may lie on several lines."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.feeds.chunk import Record
from reconciler.formats.frame_record import Damaged
from reconciler.model.event import Event, Opens, Read, Rests
from reconciler.runners.window import reading


class Reader:
    """Understands a feed; `native` is the platform's part of it. Lines read before a restart are in no `record`."""

    def __init__(self, native: Read, name: str = "") -> None:
        self.native = native
        self._opens = native if isinstance(native, Opens) else None
        self._said: Sequence[Record] = [Record(b"", name)]
        self._open: list[Record] = []

    @property
    def place(self) -> str:
        """Where `record` begins."""
        return self._said[0].place

    @property
    def record(self) -> Record:
        """What the last call spoke of, whether it was understood or not."""
        if len(self._said) == 1:
            return self._said[0]
        return Record(b"\n".join(one.data.rstrip(b"\r\n") for one in self._said), self.place)

    def read(self, line: Record) -> Sequence[Event]:
        """The events that this line completes. Raises `ValueError`, and nothing else."""
        self._said = [line]
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
        self._said = self._open or [Record(self.native.state.encode(), self.place)]
        with reading():
            return self.native.rest()

    def _split(self, opens: Opens, line: Record) -> None:
        """The line ends a record, or lies behind its end, or goes on with what stays open."""
        self._open.append(line)
        self._said = self._open
        if ended := max(0, len(self._open) - opens.open_lines):
            self._said, self._open = self._open[:ended], self._open[ended:]
