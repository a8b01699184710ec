"""Conversations at rest: over, and not spoken of for a while. Packed, so that only those that live take room. Values only.

Compressed, too: that halves them, and what is below half a kilobyte leaves no holes in memory when it goes.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from reconciler.runners.talk import Talk, read


class Packed(NamedTuple):
    """A conversation at rest, with the times that say how long it has been quiet; see `Talk`."""

    at: int
    seen: int
    text: bytes


class Resting:
    """Conversations by key, in the order they came to rest."""

    def __init__(self) -> None:
        self._packed: dict[str, Packed] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def add(self, key: str, talk: Talk) -> None:
        """Lays a conversation to rest."""
        self._packed[key] = Packed(talk.at, talk.seen, zlib.compress(talk.pack(), 1))

    def wake(self, key: str) -> Talk | None:
        """The conversation, which rests no longer; None for one that does not."""
        packed = self._packed.pop(key, None)
        return read(zlib.decompress(packed.text)) if packed else None

    def quiet(self, seen: int, at: int) -> str:
        """The key of the first one, if it was last taken over before `seen` or its newest event is older than `at`; else empty.

        Those behind it wait for it: they came to rest later.
        """
        key, packed = next(iter(self._packed.items()), ("", None))
        return key if packed and (0 < packed.seen < seen or packed.at < at) else ""
