"""What is remembered of one conversation while it lasts and for a while after. Values only."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from reconciler.model.event import Memory
from reconciler.model.interaction import Act
from reconciler.runners.conversation_legs import Conversation, Notice, unpacked


class Held(NamedTuple):
    """Something to tell, where it was read, and in which words."""

    notice: Notice
    place: str = ""
    words: str = ""


class Talk(NamedTuple):
    """What is known of one conversation.

    `at` is the native time of its newest event, `seen` when that was taken over, `bad` the time of the event it was refused
    for, 0 for none: what comes behind that one waits in the quarantine with it. Times in milliseconds since 1970. `closed`: its
    end was never told, and a rule made one. `left`: it is not told, by a rule. `gone`: it was refused so long ago that nothing
    else is known of it. `held` is what could be told and is not, until rules can be decided.
    """

    memory: Memory | None = None
    conversation: Conversation = Conversation()
    at: int = 0
    seen: int = 0
    bad: int = 0
    closed: bool = False
    left: bool = False
    gone: bool = False
    held: tuple[Held, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether something of it was told."""
        return bool(self.conversation.legs) and not self.held

    @property
    def is_open(self) -> bool:
        """Whether its end is still to come."""
        return not (self.left or self.gone or self.conversation.is_over)

    def pack(self) -> bytes:
        """For the stream's memory."""
        held = [[[*one.notice], one.place, one.words] for one in self.held]
        text = self.conversation.pack().decode()
        return orjson.dumps([self.memory, text, self.at, self.seen, self.bad, self.closed, self.left, self.gone, held])


def read(text: bytes) -> Talk:
    """What `pack` packed; of an older version too, which knew no rules."""
    memory, conversation, at, seen, bad, *rest = orjson.loads(text)
    closed, left, gone, held = rest or (False, False, False, ())
    told = tuple(Held(Notice(Act(act), *more), place, words) for (act, *more), place, words in held)
    return Talk(memory, unpacked(conversation.encode()), at, seen, bad, closed, left, gone, told)
