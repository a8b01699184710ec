"""Calls and e-mails: what is known of each conversation, and what Genesys Cloud is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from reconciler.kinds.conversation_event import REFERS
from reconciler.model.change import Change
from reconciler.model.event import EVERYBODY, Event, Memory, Told
from reconciler.model.interaction import InteractionFeed, Step
from reconciler.runners.conversation import Illegal, closing, follow
from reconciler.runners.conversation_change import Native, Sender, change
from reconciler.runners.conversation_legs import Conversation, unpacked
from reconciler.runners.counts import Counts
from reconciler.runners.pending import Entry, Pending
from reconciler.runners.window import Due

KEEP = 6 * 3_600_000  # milliseconds a conversation that is over is remembered, for records that come again with more in them


class Talk(NamedTuple):
    """What is known of one conversation.

    `at` is the native time of its newest event, `seen` when that was taken over, `bad` the time of the event it was refused
    for, 0 for none: what comes behind that one waits in the quarantine with it. Times in milliseconds since 1970.
    """

    memory: Memory | None = None
    conversation: Conversation = Conversation()
    at: int = 0
    seen: int = 0
    bad: int = 0

    def pack(self) -> bytes:
        """For the stream's memory."""
        return orjson.dumps([self.memory, self.conversation.pack().decode(), self.at, self.seen, self.bad])


def read(text: bytes) -> Talk:
    """What `pack` packed."""
    memory, conversation, *rest = orjson.loads(text)
    return Talk(memory, unpacked(conversation.encode()), *rest)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one run of the interactions runner goes by.

    `card` understands the platform, `sender` is on whose behalf is told, `is_known` says whether Genesys Cloud knows the object
    behind a kind and a key. `hold` is how long, in milliseconds, a conversation waits for one that it does not know.
    """

    card: InteractionFeed
    sender: Sender
    is_known: Callable[[str, str], bool]
    hold: int = 0


@dataclass(slots=True)
class Tally(Counts):
    """Besides: conversations begun, closed by rule, refused, and the users they name."""

    conversations: int = 0
    closed: int = 0
    refused: int = 0
    users: set[str] = field(default_factory=set)


class Conversations:
    """All conversations of the partitions this worker holds. Its methods answer with what has to be told, in order."""

    def __init__(self, terms: Terms, pending: Pending) -> None:
        self._terms = terms
        self._pending = pending
        self._talks: dict[str, Talk] = {}
        self._homes: dict[str, int] = {}
        self._waiting: dict[str, list[Due]] = {}
        self._newest = 0
        self.counts = Tally()

    @property
    def open(self) -> int:
        """How many conversations have not ended."""
        return sum(not one.conversation.is_over for one in self._talks.values())

    def know(self, partition: int, memory: Mapping[str, bytes]) -> None:
        """Takes a partition over, with all that is remembered of it; whatever was known of it before is void."""
        self.forget(partition)
        for key, text in memory.items():
            self._talks[key], self._homes[key] = read(text), partition

    def forget(self, partition: int) -> None:
        """Another worker has the partition now."""
        for key in [one for one, home in self._homes.items() if home == partition]:
            del self._homes[key]
            self._talks.pop(key, None)
            self._waiting.pop(key, None)

    def home(self, key: str) -> int | None:
        """The partition a conversation belongs to; None for one nobody has heard of."""
        return self._homes.get(key)

    def skip(self, due: Due) -> list[Told]:
        """An item that is over without changing anything."""
        return self._pending.add(Entry(due.partition, due.taken), ())

    def take(self, due: Due) -> list[Told]:
        """What an item changes. What cannot be, or names somebody unknown, goes to the quarantine, with what follows it."""
        key = due.taken.key
        self._newest = max(self._newest, due.at)
        if due.data is None:
            return self._pending.add(Entry(due.partition, due.taken, due.cause), ())
        if key == EVERYBODY:
            return self._everybody(due)
        self._homes[key] = due.partition
        if key in self._waiting:
            self._waiting[key].append(due)
            return []
        return self._one(due)

    def _one(self, due: Due, *, waits: bool = True) -> list[Told]:
        key = due.taken.key
        talk = self._talks.get(key) or Talk()
        if talk.bad and due.at > talk.bad:
            return self._poison(due, talk, "an earlier event of this conversation was refused; replay that one first")
        try:
            after, changes = self._told(key, talk, due)
        except Illegal as error:
            self.counts.refused += 1
            return self._poison(due, talk._replace(bad=due.at), str(error))
        stranger = self._stranger(changes)
        if stranger and waits and self._terms.hold:
            self._waiting[key] = [due]
            return []
        if stranger:
            self.counts.strangers[stranger] += 1
            return self._poison(
                due, talk._replace(bad=due.at), f"{stranger} is not known; apply it, then replay this conversation"
            )
        self._count(talk, changes)
        self._talks[key] = after
        return self._pending.add(Entry(due.partition, due.taken), [(key, after.pack, [Told(key, one) for one in changes])])

    def _told(self, key: str, talk: Talk, due: Due) -> tuple[Talk, list[Change]]:
        """The conversation after an event, and the changes that tell it. Raises `Illegal`."""
        said = self._terms.card.tell(talk.memory, Event(key, due.at, due.data, order=due.order))
        if said.odd:
            self.counts.unmapped[said.odd] += 1
        before = talk.conversation
        if not before.legs:
            before = Conversation(said.media, said.tag)
        after, changes = self._followed(key, before, said.steps, (due.place, said.odd))
        return Talk(said.memory, after, max(talk.at, due.at), due.taken.received), changes

    def _followed(
        self, key: str, before: Conversation, steps: Iterable[Step], why: tuple[str, str]
    ) -> tuple[Conversation, list[Change]]:
        after, notices = follow(before, steps)
        native = Native(key, before.tag, *why)
        return after, [change(one, native, self._terms.sender) for one in notices]

    def _poison(self, due: Due, talk: Talk, cause: str) -> list[Told]:
        key = due.taken.key
        self._talks[key] = talk
        return self._pending.add(Entry(due.partition, due.taken, cause), [(key, talk.pack, ())])

    def _stranger(self, changes: Iterable[Change]) -> str:
        """The first object that changes refer to and nobody knows; empty where there is none."""
        for one in changes:
            for said in one.fields:
                kind = REFERS.get(said.path[0])
                keys = said.after if isinstance(said.after, list) else [said.after]
                if kind and (missing := next((key for key in keys if not self._terms.is_known(kind, key)), None)):
                    return f"{kind}/{missing}"
        return ""

    def _count(self, talk: Talk, changes: Iterable[Change]) -> None:
        changes = list(changes)
        self.counts.conversations += bool(changes and not talk.conversation.legs)
        self.counts.users |= {one.after for change_ in changes for one in change_.fields if one.path == ("user",)}

    def _everybody(self, due: Due) -> list[Told]:
        """What concerns every open conversation, such as a restart of the platform."""
        steps = []
        for key in [one for one, home in self._homes.items() if home == due.partition]:
            talk = self._talks.get(key)
            if talk is None or talk.conversation.is_over or talk.bad:
                continue
            try:
                after, changes = self._told(key, talk, due)
            except Illegal:
                continue  # the platform's end of everything must not fail for one of them: silence closes it
            self._talks[key] = after
            steps.append((key, after.pack, [Told(key, one) for one in changes]))
        return self._pending.add(Entry(due.partition, due.taken), steps)

    def tick(self, now: int) -> list[Told]:
        """What time alone changes: conversations nobody has spoken of for long are closed, those long over are forgotten."""
        told: list[Told] = []
        silence = int(self._terms.card.silence_seconds * 1000)
        for key, talk in list(self._talks.items()):
            if key in self._waiting or self._pending.is_busy(key):
                continue
            quiet = max(now - talk.seen if talk.seen else 0, self._newest - talk.at)
            if silence and not talk.conversation.is_settled and quiet > silence and not talk.bad:
                told += self._close(key, talk)
            elif (talk.conversation.is_over or not talk.conversation.legs) and not talk.bad and quiet > KEEP:
                told += self._forgotten(key)
        return told

    def _close(self, key: str, talk: Talk) -> list[Told]:
        """The changes that close a conversation whose end was never told, at the time of its last word."""
        done, changes = self._released(key, talk)
        if not done.conversation.legs:
            return self._forgotten(key)
        why = ("", "closed by rule: no end was told")
        after, closed = self._followed(key, done.conversation, closing(done.conversation, done.at), why)
        done = done._replace(conversation=after)
        self._talks[key] = done
        self.counts.closed += 1
        return self._pending.add(Entry(self._homes[key]), [(key, done.pack, [Told(key, one) for one in (*changes, *closed)])])

    def _released(self, key: str, talk: Talk) -> tuple[Talk, list[Change]]:
        """A conversation after what waited in it for a record that never came."""
        if self._terms.card.family != "record":
            return talk, []
        said = self._terms.card.tell(talk.memory, Event(key, talk.at, {}))
        try:
            after, changes = self._followed(key, talk.conversation, said.steps, ("", "nothing more came"))
        except Illegal:
            return talk, []
        return talk._replace(memory=said.memory, conversation=after), changes

    def _forgotten(self, key: str) -> list[Told]:
        home = self._homes.pop(key)
        del self._talks[key]
        return self._pending.add(Entry(home), [(key, bytes, ())])

    def retry(self, now: int) -> list[Told]:
        """Conversations that waited for somebody who may be known by now; those that waited too long go to the quarantine."""
        told: list[Told] = []
        waiting, self._waiting = self._waiting, {}
        for key, dues in waiting.items():
            is_late = dues[0].taken.received + self._terms.hold < now
            for number, due in enumerate(dues):
                if key in self._waiting:
                    self._waiting[key] += dues[number:]
                    break
                told += self._one(due, waits=not is_late)
        return told
