"""What the first bytes of a body tell: which container it is, how long it plays, which conversation a JSON document names.

Only what a platform would need to take a file in. It decodes no sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 4096  # so much of a body is looked at

# The place of a mark and the mark, per container.
_MARKS = (
    ("wav", 0, b"RIFF"),
    ("wav", 0, b"RF64"),
    ("w64", 0, b"riff\x2e\x91\xcf\x11"),
    ("ogg", 0, b"OggS"),
    ("flac", 0, b"fLaC"),
    ("webm", 0, b"\x1a\x45\xdf\xa3"),
    ("mp4", 4, b"ftyp"),
    ("mp3", 0, b"ID3"),
    ("mp3", 0, b"\xff\xfb"),
    ("mp3", 0, b"\xff\xf3"),
    ("mp3", 0, b"\xff\xf2"),
    ("au", 0, b".snd"),
    ("aiff", 0, b"FORM"),
    ("amr", 0, b"#!AMR"),
)
_UNTOLD = (0, 0xFFFFFFFF)  # sizes of a data chunk whose writer did not know better


def media(head: bytes) -> str:
    """The container the bytes begin like; empty for anything that is none."""
    return next((name for name, place, mark in _MARKS if head.startswith(mark, place)), "")


def seconds(head: bytes, size: int) -> float | None:
    """How long a WAV of `size` bytes plays, by its data and not by its header where the two differ; None for anything else."""
    rate = 0
    for name, start, length in _chunks(head):
        if name == b"fmt ":
            rate = int.from_bytes(head[start + 8 : start + 12], "little")
        if name == b"data" and rate:
            there = max(size - start, 0)
            return (there if length in _UNTOLD else min(length, there)) / rate
    return None


def _chunks(head: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start of the content and declared length of each chunk that begins within the head."""
    if media(head) != "wav" or head[8:12] != b"WAVE":
        return
    place = 12
    while place + 8 <= len(head):
        length = int.from_bytes(head[place + 4 : place + 8], "little")
        yield head[place : place + 4], place + 8, length
        place += 8 + length + length % 2


def named(head: bytes, size: int) -> str:
    """`conversationId` of a JSON document that fits into the head; empty for anything else."""
    if size > len(head):
        return ""
    try:
        document = orjson.loads(head)
    except orjson.JSONDecodeError:
        return ""
    known = document.get("conversationId") if isinstance(document, dict) else None
    return known.lower() if isinstance(known, str) else ""
