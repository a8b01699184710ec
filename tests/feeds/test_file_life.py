"""Any life of a log, looked at at any time: every line once and in order; from any earlier bookmark, every line behind it."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.feeds.watch import Watch

KEEP = 50


class Life(RuleBasedStateMachine):
    """A log that is written, rotated and read. `written` are its lines in order; `seen` what the feed handed out."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="feed-"))
        self.log = self.folder / "log"
        self.written: list[str] = []
        self.seen: list[str] = []
        self.bookmarks: list[tuple[int, str]] = []
        self.half = ""
        self.watch = Watch("log", self.log, "lines")
        self.path = self.log

    def teardown(self) -> None:
        self.look()
        if self.half:
            self.append(1, "")
        self.look()
        self.look()
        assert self.seen == self.written
        self.watch.close()
        shutil.rmtree(self.folder)

    @initialize(width=st.sampled_from([1, 2000]), is_folder=st.booleans())
    def begin(self, width: int, *, is_folder: bool) -> None:
        """Lines are short, or so long that a few are more than what a digest covers."""
        self.width = width
        self.path = self.folder if is_folder else self.log
        self.watch = Watch("log", self.path, "lines")
        self.look()

    @rule(count=st.integers(1, 4), half=st.sampled_from(["", "half"]))
    def append(self, count: int, half: str) -> None:
        with self.log.open("a") as file:
            for _ in range(count):
                line = f"{len(self.written)}-{'x' * self.width}"
                file.write((line if not self.half else line.removeprefix(self.half)) + "\n")
                self.written.append(line)
                self.half = ""
            if half:
                self.half = f"{len(self.written)}-"
                file.write(self.half)

    @rule()
    def look(self) -> None:
        for chunk in self.watch.round():
            self.seen += [record.data.decode() for record in chunk.records]
            self.bookmarks.append((len(self.seen), chunk.bookmark.text))

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(write=st.booleans())
    def rename(self, *, write: bool) -> None:
        self.shift()
        self.log.rename(self.folder / "log.1")
        if write or self.path == self.folder:  # there, numbers without the file they came from are parts
            self.append(1, "")

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(look=st.booleans())
    def copy_and_empty(self, *, look: bool) -> None:
        self.shift()
        shutil.copy(self.log, self.folder / "log.1")
        if look:
            self.look()
        with self.log.open("r+") as file:
            file.truncate(0)

    @precondition(lambda self: (self.folder / "log.1").exists())
    @rule(look=st.booleans())
    def compress(self, *, look: bool) -> None:
        for number in range(1, KEEP):
            old, new = self.folder / f"log.{number}", self.folder / f"log.{number}.gz"
            if old.exists():
                new.write_bytes(gzip.compress(old.read_bytes()))
                if look:
                    self.look()
                old.unlink()

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(write=st.booleans())
    def empty(self, *, write: bool) -> None:
        """What was read before cannot be read again."""
        self.look()
        self.log.write_text("")
        self.bookmarks = self.bookmarks[-1:]
        if write:
            self.append(3, "")

    @precondition(lambda self: self.log.exists() and not self.half)
    @rule(write=st.booleans())
    def delete(self, *, write: bool) -> None:
        """What was read before cannot be read again."""
        self.look()
        self.log.unlink()
        self.bookmarks = self.bookmarks[-1:]
        if write or self.path == self.folder:
            self.append(1, "")

    @precondition(lambda self: self.bookmarks)
    @rule(data=st.data(), last=st.booleans())
    def restart(self, data: st.DataObject, *, last: bool) -> None:
        """From the last bookmark nothing comes twice; from an earlier one, what came behind it comes again."""
        self.watch.close()
        at = len(self.bookmarks) - 1 if last else data.draw(st.integers(max(0, len(self.bookmarks) - 3), len(self.bookmarks) - 1))
        count, text = self.bookmarks[at]
        del self.bookmarks[at + 1 :], self.seen[count:]
        self.watch = Watch("log", self.path, "lines", bookmark=text)

    def shift(self) -> None:
        for number in range(KEEP, 0, -1):
            for suffix in ("", ".gz"):
                old = self.folder / f"log.{number}{suffix}"
                if old.exists():
                    old.rename(self.folder / f"log.{number + 1}{suffix}")

    @invariant()
    def nothing_twice_and_in_order(self) -> None:
        assert self.seen == self.written[: len(self.seen)]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
