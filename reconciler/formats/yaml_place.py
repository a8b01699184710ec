"""Where things stand in a YAML text: parser events with a bound, lines and columns of bytes and of paths.

Nothing is built here; a text whose places are asked for is followed along the wanted paths only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.model.problem import Place

Path = tuple[str | int, ...]
"""The way to a value: the number of the document, then keys of mappings and indices of lists."""

WANTED: Final = object()
"""Stands for the key a mapping waits for."""

FAULTS: Final = (YAMLError, YAMLStreamError)
"""What the parser raises on text that is no YAML."""


class TooLong(Exception):
    """One scalar or comment goes on for longer than the limit."""


class Feed:
    """Hands the text to the parser in pieces, so that a scalar of 60 MB is refused before it is held in memory."""

    __slots__ = ("at", "fresh", "most", "text")

    def __init__(self, text: bytes, most: int) -> None:
        self.text = text
        self.most = most
        self.at = 0
        self.fresh = 0

    def read(self, size: int) -> bytes:
        """The next bytes; `TooLong` when too many were read since `fresh` was set to 0."""
        if self.fresh > self.most:
            raise TooLong
        piece = self.text[self.at : self.at + size]
        self.at += size
        self.fresh += len(piece)
        return piece


def events(feed: Feed) -> Iterator[Any]:
    """The events of a text, by ruamel's C parser. One of `FAULTS` where it is no YAML."""
    parser = YAML(typ="safe", pure=False).Parser(feed)
    return iter(parser.get_event, None)


def spot(text: bytes, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a byte."""
    start = text.rfind(b"\n", 0, offset) + 1
    column = len(text[start:offset].decode("utf-8", "replace").removeprefix("\ufeff")) + 1
    return text.count(b"\n", 0, offset) + 1, column


def mark(file: str, event: Any) -> Place:
    """Where an event begins."""
    return Place(file, event.start_mark.line + 1, event.start_mark.column + 1)


def places(text: bytes, file: str, paths: Iterable[Path]) -> dict[Path, Place]:
    """Where each path begins, or the longest part of it that exists; the first where a key stands twice.

    A value in a mapping begins at its key, an item of a list at its first character.
    """
    paths = tuple(paths)
    finder = _Finder(paths, file)
    try:
        for event in events(Feed(text, len(text))):
            finder.take(event)
            # Reading on could cost more than it may: what comes behind a duplicate key may be hostile.
            if not finder.missing:
                break
    except FAULTS:
        pass  # whoever asks for places in broken YAML takes what there is
    return {path: finder.found(path) for path in paths}


class _Finder:
    """Follows events along the wanted paths: a tree of dicts, in each node its place under the key None."""

    __slots__ = ("document", "file", "missing", "node", "stack", "wanted")

    def __init__(self, paths: Iterable[Path], file: str) -> None:
        self.file = file
        self.wanted: dict[Any, Any] = {}
        self.missing = 0
        for path in paths:
            self.want(path)
        self.document = -1
        # Per open container: its node (None where nobody wants it) and the next index, or WANTED before a key, None after it.
        self.stack: list[list[Any]] = []
        self.node: Any = None

    def want(self, path: Path) -> None:
        """Adds a path to the tree."""
        node = self.wanted
        for step in path:
            if step not in node:
                node[step] = {}
                self.missing += 1
            node = node[step]

    def take(self, event: Any) -> None:
        """Notes places while the event passes."""
        if isinstance(event, DocumentStartEvent):
            self.document += 1
            self.stack = [[self.wanted, self.document]]
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.stack.pop()
        elif isinstance(event, (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent)):
            self.node_event(event)

    def node_event(self, event: Any) -> None:
        """A key, or a value that may open a container."""
        frame = self.stack[-1]
        if frame[1] is WANTED:
            frame[1] = None
            self.step(frame[0], getattr(event, "value", None), event)
            return
        if frame[1] is None:
            frame[1] = WANTED
        else:
            self.step(frame[0], frame[1], event)
            frame[1] += 1
        if isinstance(event, MappingStartEvent):
            self.stack.append([self.node, WANTED])
        elif isinstance(event, SequenceStartEvent):
            self.stack.append([self.node, 0])

    def step(self, around: Any, step: Any, event: Any) -> None:
        """Goes one step down, and notes where that was."""
        self.node = around.get(step) if around is not None and step is not None else None
        if self.node is not None and None not in self.node:
            self.node[None] = mark(self.file, event)
            self.missing -= 1

    def found(self, path: Path) -> Place:
        """The place of the longest part of `path` that exists."""
        node, place = self.wanted, Place(self.file)
        for step in path:
            node = node[step]
            place = node.get(None, place)
        return place
