"""What was told of conversations: the state of each, its events in the order of acceptance, and counts. It judges nothing.

Events are kept as JSON texts, which take a third of the room of the documents and are nothing to the collector; those of a
conversation that has been over for a while are packed.
"""

from __future__ import annotations

import zlib
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

from reconciler.emulator.conversation_machine import Machine
from reconciler.emulator.conversation_picture import Picture
from reconciler.emulator.history import Counts

if TYPE_CHECKING:
    from reconciler.emulator.conversation_event import Told
    from reconciler.emulator.things import Json

UNPACKED = 500  # so many conversations that are over are not packed yet: dispositions come behind the end


@dataclass(slots=True, eq=False)
class Conversation:
    """One conversation. `rows` are the events accepted since it was packed, `out_of_order` those older than the newest then.

    `picture` is what readers see by now, None before they see anything.
    """

    id: str
    machine: Machine = field(default_factory=Machine)
    out_of_order: int = 0
    rows: list[bytes] = field(default_factory=list)
    packed: bytes = b""
    picture: Picture | None = None

    def events(self) -> list[Json]:
        """Every accepted event with its place, array and time of acceptance, in the order of acceptance."""
        texts = [*zlib.decompress(self.packed).split(b"\n"), *self.rows] if self.packed else self.rows
        return [orjson.loads(text) for text in texts]

    def pack(self) -> None:
        """Take less room."""
        if self.rows:
            before = [zlib.decompress(self.packed)] if self.packed else []
            self.packed = zlib.compress(b"\n".join([*before, *self.rows]), 1)
            self.rows = []


class Conversations:
    """All conversations of one organisation; of those that are over the last `conversations_kept`.

    Of the `watched` ones it is noted in `ended` when they are over; both are kept by whoever waits for that.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, Conversation] = {}
        self.over: dict[str, None] = {}
        self.counts = Counts()
        self.violations: Counter[str] = Counter()
        self.watched: set[str] = set()
        self.ended: deque[str] = deque()
        self.forgotten = 0
        self.orders = count(1)
        self._unpacked: deque[Conversation] = deque()
        self._hidden: deque[tuple[int, Conversation, Told, str]] = deque()

    def hide(self, order: int, conversation: Conversation, told: Told, queue: str) -> None:
        """Note what readers will see of an accepted event, `queue` being that of its leg."""
        self._hidden.append((order, conversation, told, queue))

    def show(self, order: int, now: float, tag: str) -> None:
        """Let everything accepted up to this place be seen; `tag` tells which of several tags stays."""
        hidden = self._hidden
        while hidden and hidden[0][0] <= order:
            _, conversation, told, queue = hidden.popleft()
            if conversation.picture is None:
                conversation.picture = Picture(conversation.id, now)
            conversation.picture.draw(told, queue, tag)

    def keep(self, conversation: Conversation, row: bytes, bound: int) -> None:
        """Note an accepted event, already taken into the conversation's state."""
        self.counts.accepted += 1
        self.by_id[conversation.id] = conversation
        conversation.rows.append(row)
        if not conversation.machine.over:
            self.over.pop(conversation.id, None)
        elif conversation.id not in self.over:
            self._end(conversation, bound)

    def _end(self, conversation: Conversation, bound: int) -> None:
        self.over[conversation.id] = None
        if conversation.id in self.watched:
            self.ended.append(conversation.id)
        self._unpacked.append(conversation)
        if len(self._unpacked) > UNPACKED:
            self._unpacked.popleft().pack()
        while 0 < bound < len(self.over):
            oldest = next(iter(self.over))
            del self.over[oldest], self.by_id[oldest]
            self.forgotten += 1

    def tell(self) -> dict[str, Any]:
        """The counts as the admin port answers them."""
        shown = self.counts.show() | {"violations": dict(sorted(self.violations.items()))}
        over = len(self.over)
        return shown | {"open": len(self.by_id) - over, "over": over + self.forgotten, "forgotten": self.forgotten}
