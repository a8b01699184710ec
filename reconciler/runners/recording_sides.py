"""Files that hold one side of a call each → pairs that become one stereo recording. Pure: nothing is opened or joined here.

A word says which side a file holds, never what is heard in it. Which of them is the agent is said by the words `agent` and
`customer`, or by `accept.agent`; otherwise it stays unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from reconciler.model.recorded import Described, Examined, Stage, Stored, Upload
from reconciler.model.recording import Agent, Worth
from reconciler.model.recording_settings import Sides

Row: TypeAlias = tuple[Stored, Described, Examined]
ALONE = "the other side of its call did not come, or cannot be used"
MANY = "more than one file claims to be the same side of its call"
WAITS = "the other side of its call is not there yet"


class Pair(NamedTuple):
    """Two sides of one call, and which of them the agent is on."""

    left: Row
    right: Row
    agent: Agent


@dataclass(slots=True)
class Matched:
    """Pairs in the order of their left files; names of files that wait for their other side; name → why it stays alone."""

    pairs: list[Pair] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    alone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """Uploads by digest: what was sent alone stays alone.

    `coming` is what is said of files that are still being written: they are waited for. `is_old` says whether a file has waited
    long enough for one that is not there at all.
    """

    known: Mapping[str, Upload]
    is_old: Callable[[Stored], bool]
    coming: Sequence[Described] = ()


def match(rows: Iterable[Row], sides: Sides, past: Past) -> Matched:
    """Which files belong together: of one conversation, one segment, and of names that differ in nothing but the side."""
    left, right = (frozenset(word.casefold() for word in words) for words in (sides.left, sides.right))
    groups: defaultdict[tuple[object, ...], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for row in rows:
        said, seen = row[1], row[2]
        if said.channel in left | right and _is_side(seen, past.known):
            groups[_key(said)][said.channel in right].append(row)
    coming = {_key(said) for said in past.coming if said.channel in left | right}
    found = Matched()
    for key, (ones, others) in groups.items():
        _matched(found, ones, others, (lambda _: False) if key in coming else past.is_old)
    return found


def _key(said: Described) -> tuple[object, ...]:
    """What both sides have in common."""
    return said.conversation, said.part, said.twin or (said.start if not said.part else "")


def _is_side(seen: Examined, known: Mapping[str, Upload]) -> bool:
    sent = known.get(seen.digests.sha256)
    is_free = sent is None or sent.stage is Stage.JOINED
    return is_free and seen.found.channels == 1 and seen.verdict.worth is Worth.ARCHIVE


def _matched(found: Matched, ones: Sequence[Row], others: Sequence[Row], is_old: Callable[[Stored], bool]) -> None:
    if len(ones) == len(others) == 1:
        found.pairs.append(Pair(ones[0], others[0], _agent(ones[0][1], others[0][1])))
        return
    for stored, _, _ in (*ones, *others):
        if ones and others:
            found.alone[stored.name] = MANY
        elif is_old(stored):
            found.alone[stored.name] = ALONE
        else:
            found.waiting.add(stored.name)


def _agent(left: Described, right: Described) -> Agent:
    if left.channel == "agent" or right.channel == "customer":
        return Agent.LEFT
    if right.channel == "agent" or left.channel == "customer":
        return Agent.RIGHT
    return left.agent
