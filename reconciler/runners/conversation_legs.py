"""What is known of one conversation: its legs, open transfers and consultation, and when it was last heard of. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from reconciler.model.interaction import Act, Media, Party
from reconciler.runners.conversation_table import State


class Leg(NamedTuple):
    """One participant's connection; `who` is the agent or the queue, by its native name, empty for others.

    `after_work`: a disposition is due when it has ended, if it was ever `answered`.
    """

    party: Party
    state: State
    answered: bool = False
    after_work: bool = False
    who: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in {State.ENDED, State.DISPOSED}

    @property
    def wants_work(self) -> bool:
        """Whether a disposition is required, now or when it ends, and has not come."""
        return self.after_work and self.answered and self.state is not State.DISPOSED


class Command(NamedTuple):
    """A transfer: `open`, `landed` or `over`, the leg that moves, and to which `queue`, `user` or `number`."""

    state: State
    object: str
    target: str
    goal: str


class Consult(NamedTuple):
    """The open consultation: who asks whom, about which leg."""

    initiating: str
    destination: str
    object: str


class Notice(NamedTuple):
    """One event to tell: `said` in neutral words, `at` in milliseconds since 1970.

    `leg` is the leg it happened to, empty where it is about a transfer, a consultation or the conversation; `subject` is that
    leg or the transfer's name. `ordinal` counts what may happen to the same subject more than once.
    """

    act: Act
    event: str
    at: int
    leg: str
    subject: str
    ordinal: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known of one conversation after all steps so far. `tag` is what people find it by, empty for the native id.

    Legs and transfers by name, in the order they came. `at` is the newest time of a step, `told` that of an event, both in
    milliseconds since 1970. `counts` is how often something was told that may be told again.
    """

    media: Media = Media.VOICE
    tag: str = ""
    legs: Mapping[str, Leg] = field(default_factory=dict)
    commands: Mapping[str, Command] = field(default_factory=dict)
    consult: Consult | None = None
    at: int = 0
    told: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether all its legs have ended; there is at least one. Dispositions may still come, and the end of a transfer."""
        return bool(self.legs) and all(leg.is_over for leg in self.legs.values())

    @property
    def is_settled(self) -> bool:
        """Whether it is over and nothing that is due is missing: no disposition, no end of a transfer or consultation."""
        is_open = any(command.state is not State.OVER for command in self.commands.values())
        return self.is_over and not is_open and self.consult is None and not any(leg.wants_work for leg in self.legs.values())

    def pack(self) -> bytes:
        """For the stream's memory."""
        legs = [[name, *leg] for name, leg in self.legs.items()]
        commands = [[name, *command] for name, command in self.commands.items()]
        consult = self.consult and [*self.consult]
        return orjson.dumps([self.media, self.tag, legs, commands, consult, self.at, self.told, self.counts])


def unpacked(text: bytes) -> Conversation:
    """What `pack` packed."""
    media, tag, legs, commands, consult, at, told, counts = orjson.loads(text)
    return Conversation(
        Media(media),
        tag,
        {name: Leg(Party(party), State(state), *rest) for name, party, state, *rest in legs},
        {name: Command(State(state), *rest) for name, state, *rest in commands},
        Consult(*consult) if consult else None,
        at,
        told,
        counts,
    )
