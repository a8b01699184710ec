"""Which conversations are told, and of whom: the rules of mapping.yaml and the list of users who may become billable. Pure.

Decided here:
* A conversation is told as a whole or not at all. As long as a rule may still be met or missed nothing of it is told, and what
  was held back is told with the event that decides. Who only names media, directions and numbers waits no longer than until both
  sides are there; who names queues, until the first queue or the end; with a list of billable users a conversation is told when
  it is over, because anybody may still join it.
* The queue of a conversation is the first one it comes to. Its direction is inbound when the customer is there first, outbound
  when an agent is and a customer comes next, internal when somebody else does. Its numbers are those of these two sides.
* What never becomes known fits no rule that names it.
* Where somebody takes part who may not become billable, nothing of the conversation is told: without their leg it would look
  abandoned. It is left out and counted, with their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.model.interaction import Act, Party
from reconciler.model.mapping import Which
from reconciler.runners.conversation_legs import Conversation, Notice

_NUMBERS = ("ani", "dnis", "number", "from", "to")
_LISTS = ("cc", "bcc")


class Verdict(StrEnum):
    """Whether a conversation is told."""

    TOLD = "told"
    OPEN = "open"  # what decides is not known yet
    LEFT = "left"


class Facts(NamedTuple):
    """What rules are about. None where it is not known yet: the names of the queue, the direction, the numbers of both sides."""

    media: str
    queue: tuple[str, ...] | None = None
    direction: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules. `allowed` are keys of users who may become billable, None for everybody.

    `key` makes a native name the key of a kind, `name` the one in Genesys Cloud, None where that is not known.
    """

    include: tuple[Which, ...] = ()
    exclude: tuple[Which, ...] = ()
    allowed: frozenset[str] | None = None
    key: Callable[[str, str], str] = lambda _kind, native: native
    name: Callable[[str, str], str | None] = lambda _kind, native: native

    def judge(self, conversation: Conversation, notices: Sequence[Notice]) -> Verdict:
        """Whether a conversation is told of which nothing was told yet; `notices` are all there would be to tell."""
        if self.barred(notices):
            return Verdict.LEFT
        if not (self.include or self.exclude):
            wanted: bool | None = True
        else:
            known = self._facts(conversation, notices)
            wanted = _both(_any(self.include, known) if self.include else True, _not(_any(self.exclude, known)))
        if wanted is False:
            return Verdict.LEFT
        waits = wanted is None or (self.allowed is not None and not conversation.is_over)
        return Verdict.OPEN if waits else Verdict.TOLD

    def barred(self, notices: Iterable[Notice]) -> tuple[str, ...]:
        """Keys of users in what would be told who may not become billable, sorted."""
        if self.allowed is None:
            return ()
        there = {self.key("user", one.said["user"]) for one in notices if "user" in one.said}
        return tuple(sorted(there - self.allowed))

    def _facts(self, conversation: Conversation, notices: Sequence[Notice]) -> Facts:
        """What is known of a conversation after all its notices so far; of one that is over everything is."""
        queue = self._queue(next((str(one.said["queue"]) for one in notices if "queue" in one.said), ""))
        direction, numbers = _sides(conversation, notices)
        if conversation.is_over:
            return Facts(conversation.media, queue or (), direction or (), numbers)
        return Facts(conversation.media, queue, direction, numbers if direction else None)

    def _queue(self, native: str) -> tuple[str, ...] | None:
        """All that a queue is called; None for no queue."""
        key = self.key("queue", native)
        return (native, key, self.name("queue", native) or key) if native else None


def _sides(conversation: Conversation, notices: Iterable[Notice]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The direction, None until both sides are there, and all their numbers so far."""
    legs, numbers = conversation.legs, []
    first = next(iter(legs), "")
    for one in notices:
        if one.act is not Act.OPEN:
            continue
        numbers += [str(one.said[name]) for name in _NUMBERS if name in one.said]
        numbers += [str(each) for name in _LISTS for each in one.said.get(name, ())]
        party = legs[one.leg].party
        if party is Party.CUSTOMER:
            return ("inbound" if one.leg == first else "outbound",), tuple(numbers)
        if one.leg != first and party is not Party.FLOW:
            return ("internal",), tuple(numbers)
    return None, tuple(numbers)


# ── rules that may be met, missed, or not decided yet (None) ─────────────────────────────────────────────────────────


def _any(rules: Iterable[Which], known: Facts) -> bool | None:
    """Whether one of the rules is met."""
    found = {_fits(rule, known) for rule in rules}
    return True if True in found else None if None in found else False


def _fits(rule: Which, known: Facts) -> bool | None:
    said = (
        (rule.media, (known.media,)),
        (rule.direction, known.direction),
        (rule.queue, known.queue),
        (rule.number, known.numbers),
    )
    found = {None if values is None else _matches(patterns, values) for patterns, values in said if patterns}
    return False if False in found else None if None in found else True


def _matches(patterns: Iterable[str], values: Iterable[str]) -> bool:
    """Whether a pattern fits a value: `*` and `?`, nothing else, and no difference between upper and lower case."""
    shapes = [pattern.casefold().replace("[", "[[]") for pattern in patterns]
    return any(fnmatchcase(value.casefold(), shape) for value in values for shape in shapes)


def _both(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - three values of logic
    return False if False in {one, other} else None if None in {one, other} else True


def _not(one: bool | None) -> bool | None:  # noqa: FBT001 - three values of logic
    return None if one is None else not one
