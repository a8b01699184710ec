"""Recordings on their way: where a file lies, what is said of it, what it is worth; and the port of its store. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol

from reconciler.model.recording import Agent, Inspected, Verdict


@dataclass(frozen=True, slots=True, order=True)
class Stored:
    """A file of a store: its path below the root, with slashes, its size, and when it changed: milliseconds since 1970, or 0."""

    name: str
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Described:
    """What an index or a file's name says of a recording.

    `conversation` is the native id. `start` is in milliseconds since 1970 and `seconds` the length, 0 where nothing is said.
    `part` is the place among the segments of one call, 0 where nothing is said. `place` is where it was read. `channel` is the
    word for the side of the call that the file holds alone, empty where nothing is said; `twin` is the same for both sides.
    """

    name: str
    conversation: str
    start: int = 0
    seconds: float = 0.0
    part: int = 0
    agent: Agent = Agent.UNKNOWN
    place: str = ""
    channel: str = ""
    twin: str = ""


@dataclass(frozen=True, slots=True)
class Digests:
    """Of the content: SHA-256 in hex, by which it is known, and MD5 in base64, which the upload asks for."""

    sha256: str
    md5: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was read from end to end: its content, what it is, and what it is good for.

    `sides` are the files it is made of, left and right, with their SHA-256; empty for a file that lies there as it is.
    """

    digests: Digests
    found: Inspected
    verdict: Verdict
    sides: tuple[tuple[Stored, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A recording that can be planned: the file, what is said of it, what it is; `part` counts from 1 within its conversation."""

    stored: Stored
    described: Described
    examined: Examined
    part: int = 1


class Stage(StrEnum):
    """How far a recording is. What is `sent` and not `taken` may have arrived: that is read before it is sent again."""

    SENT = "sent"  # an address was asked for; whether the bytes arrived is unknown
    TAKEN = "taken"  # the storage took the bytes
    ATTACHED = "attached"  # a recording of its conversation
    ORPHAN = "orphan"  # the platform finds no conversation for it
    FAILED = "failed"  # the platform could not use it
    JOINED = "joined"  # it went as one side of another recording, whose digest is its `key`


@dataclass(frozen=True, slots=True)
class Upload:
    """What the ledger knows of one content. `at` is when its address was asked for, in milliseconds since 1970.

    `conversation` is the native id and `known_as` the id in Genesys Cloud; `sent_as` the name it was sent under, `key` the one
    the storage gave it; `note` is what people should know.
    """

    digest: str
    name: str
    conversation: str
    known_as: str
    sent_as: str
    size: int
    seconds: float
    stage: Stage
    at: int
    key: str = ""
    note: str = ""


class Store(Protocol):
    """Where recordings lie. Nothing outside of its root is read; links are not followed. May block: ask it in a thread."""

    def files(self) -> Iterable[Stored]:
        """Every plain file, hidden ones left out, sorted by name. Raises `OSError` where the store does not answer."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The file, with a descriptor of this machine. Raises `OSError`."""
        ...

    def remove(self, name: str) -> None:
        """Deletes a file; one that is gone is no error. Raises `OSError`."""
        ...

    def close(self) -> None:
        """Gives connections back."""
        ...
