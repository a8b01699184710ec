"""Calls and e-mails: what is known of each conversation, and what Genesys Cloud is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from reconciler.kinds.conversation_event import REFERS
from reconciler.model.change import Change
from reconciler.model.event import EVERYBODY, Event, Told
from reconciler.model.interaction import InteractionFeed, Step
from reconciler.model.mapping import Mask
from reconciler.runners.conversation import Illegal, closing, follow
from reconciler.runners.conversation_change import Native, Sender, change
from reconciler.runners.conversation_legs import Conversation
from reconciler.runners.conversation_rest import Resting
from reconciler.runners.counts import Tally
from reconciler.runners.mask import hidden, masked, said_in, secrets
from reconciler.runners.pending import Entry, Pending
from reconciler.runners.scope import Scope, Verdict
from reconciler.runners.talk import Held, Talk, read
from reconciler.runners.window import Due

__all__ = ["Conversations", "Next", "Tally", "Terms", "read"]

KEEP = 6 * 3_600_000  # milliseconds a conversation that is over is remembered, for records that come again with more in them
REST = 60_000  # milliseconds after which one that is over is packed until then
MEND = 3 * 86_400_000  # milliseconds a refused one is, so that it can be replayed after a weekend
GONE = 7 * 86_400_000  # milliseconds it stays known that one was refused or closed by rule: no half of it is told as a whole
MOST_BAD = 10_000  # refused conversations remembered with all that is known of them; beyond it the oldest ones are gone
MOST_GONE = 100_000  # conversations of which nothing else is known
MOST_WAITING = 20_000  # events that wait in memory for somebody unknown; beyond it the oldest go to the quarantine
USER = "\0user/"  # begins the keys under which the stream remembers users who were told of: no conversation is called so
EARLIER = "an earlier event of this conversation was refused; replay that one first"
TOO_OLD = "this conversation was refused long ago, and nothing else is known of it now; drop it"
LATE = "it came after this conversation was closed by rule, for want of news; Genesys Cloud opens none again: drop it"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one run of the interactions runner goes by.

    `card` understands the platform, `sender` is on whose behalf is told, `is_known` says whether Genesys Cloud knows the object
    behind a kind and a key. `hold` is how long, in milliseconds, a conversation waits for one that it does not know. `scope`
    says which conversations are told, `mask` what is kept back of them. The last two bound what is kept in memory.
    """

    card: InteractionFeed
    sender: Sender
    is_known: Callable[[str, str], bool]
    hold: int = 0
    scope: Scope = field(default_factory=Scope)
    mask: Mask = field(default_factory=Mask)
    most_bad: int = MOST_BAD
    most_waiting: int = MOST_WAITING


class Next(NamedTuple):
    """What comes of an event: what is known then, what has to be told, and what people should hear of it."""

    talk: Talk
    changes: Sequence[Change] = ()
    verdict: Verdict = Verdict.TOLD
    barred: Sequence[str] = ()
    odd: str = ""


class Conversations:
    """All conversations of the partitions this worker holds. Its methods answer with what has to be told, in order."""

    def __init__(self, terms: Terms, pending: Pending) -> None:
        self._terms = terms
        self._pending = pending
        self._masks = terms.mask != Mask()
        self._talks: dict[str, Talk] = {}
        self._resting = Resting()
        self._gone: dict[str, Talk] = {}
        self._homes: dict[str, int] = {}
        self._waiting: dict[str, list[Due]] = {}
        self._users: set[str] = set()
        self._newest = 0
        self.counts = Tally()

    @property
    def open(self) -> int:
        """How many conversations have not ended."""
        return sum(one.is_open for one in self._talks.values())

    @property
    def undecided(self) -> int:
        """Of how many nothing was told yet, because rules cannot be decided."""
        return sum(bool(one.held) for one in self._talks.values())

    def know(self, partition: int, memory: Mapping[str, bytes]) -> None:
        """Takes a partition over, with all that is remembered of it; whatever was known of it before is void."""
        self.forget(partition)
        for key, text in memory.items():
            if key.startswith(USER):
                self._users.add(key.removeprefix(USER))
                continue
            talk = read(text)
            (self._gone if talk.gone else self._talks)[key], self._homes[key] = talk, partition
            self._newest = max(self._newest, talk.at)  # silence is measured by it, after a crash too
        self._gone = dict(sorted(self._gone.items(), key=lambda one: one[1].seen))

    def forget(self, partition: int) -> None:
        """Another worker has the partition now."""
        for key in [one for one, home in self._homes.items() if home == partition]:
            del self._homes[key]
            self._talks.pop(key, None)
            self._resting.wake(key)
            self._gone.pop(key, None)
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
            return self._pending.add(Entry(due.partition, due.taken, hidden(due.cause, {}, self._terms.mask)), ())
        if key in self._gone:
            return self._after(due, self._gone[key])
        if key == EVERYBODY:
            return self._everybody(due)
        self._homes[key] = due.partition
        if key in self._waiting:
            self._waiting[key].append(due)
            return []
        return self._one(due)

    def _one(self, due: Due, *, waits: bool = True) -> list[Told]:
        key = due.taken.key
        talk = self._talk(key)
        if talk.left:
            return self._done(due, talk, Next(talk._replace(at=max(talk.at, due.at), seen=due.taken.received)))
        if talk.bad and due.at > talk.bad:
            return self._poison(due, talk, EARLIER)
        try:
            found = self._next(key, talk, due)
        except Illegal as error:
            return self._refused(due, talk, str(error))
        stranger = self._stranger(found.changes)
        if stranger and waits and self._terms.hold:
            self._waiting[key] = [due]
            return []
        if stranger:
            self.counts.strangers[stranger] += 1
            cause = f"{stranger} is not known; apply it, then replay this conversation"
            return self._poison(due, talk._replace(bad=due.at), cause)
        return self._done(due, talk, found)

    def _talk(self, key: str) -> Talk:
        """What is known of a conversation, be it at rest."""
        if talk := self._resting.wake(key):
            self._talks[key] = talk
        return self._talks.get(key) or Talk()

    def _done(self, due: Due, before: Talk, found: Next) -> list[Told]:
        """The item does what was found: that is noted, and told."""
        steps = self._steps(due.taken.key, before, found)
        return self._pending.add(Entry(due.partition, due.taken), steps)

    def _steps(self, key: str, before: Talk, found: Next) -> list[tuple[str, Callable[[], bytes], list[Told]]]:
        """What to remember of a conversation, and of users nothing was told of before; what has to be told."""
        self._talks[key] = found.talk
        users = self._count(before, found)
        marks = [(f"{USER}{one}", Talk().pack, list[Told]()) for one in sorted(users - self._users)]
        self.counts.fresh |= users - self._users
        self._users |= users
        return [(key, found.talk.pack, [Told(key, one) for one in found.changes]), *marks]

    def _count(self, before: Talk, found: Next) -> set[str]:
        """Counts what people should know of; the users who are told of."""
        counts = self.counts
        users = {one.after for change_ in found.changes for one in change_.fields if one.path == ("user",)}
        counts.conversations += bool(found.changes) and not before.is_told
        counts.users |= users
        if found.verdict is Verdict.LEFT:
            counts.excluded += 1
            counts.barred.update(f"user/{one}" for one in found.barred)
        elif found.odd:
            counts.unmapped[found.odd] += 1
        return users

    def _refused(self, due: Due, talk: Talk, cause: str) -> list[Told]:
        """An event that cannot be. Behind a rule's end it stands alone, else nothing of its conversation is told any more."""
        if talk.closed:
            return self._after(due, talk)
        self.counts.refused += 1
        return self._poison(due, talk._replace(bad=due.at), cause)

    def _after(self, due: Due, talk: Talk) -> list[Told]:
        """An event behind the end that a rule made, or of a conversation of which nothing is known but that it was refused."""
        self.counts.late += 1
        return self._pending.add(Entry(due.partition, due.taken, LATE if talk.closed else TOO_OLD), ())

    # ── what an event changes ────────────────────────────────────────────────────────────────────────────────────────

    def _next(self, key: str, talk: Talk, due: Due) -> Next:
        """The conversation after an event, and the changes that tell it. Raises `Illegal`."""
        said = self._terms.card.tell(talk.memory, Event(key, due.at, due.data, order=due.order))
        before = talk.conversation if talk.conversation.legs else Conversation(said.media, said.tag)
        veil = self._veil(said.steps, before) if self._masks else str
        try:
            after, notices = follow(before, said.steps)
        except Illegal as error:
            raise Illegal(veil(error.what), veil(error.remedy)) from None
        odd = veil(said.odd)
        known = talk._replace(memory=said.memory, conversation=after, at=max(talk.at, due.at), seen=due.taken.received, bad=0)
        return self._judged(key, talk, known, [Held(one, due.place, odd) for one in notices])._replace(odd=odd)

    def _veil(self, steps: Iterable[Step], before: Conversation) -> Callable[[str], str]:
        """What makes words about these steps fit to be read."""
        mask = self._terms.mask
        return partial(hidden, veiled=secrets(said_in(steps, before), mask), mask=mask)

    def _judged(self, key: str, before: Talk, after: Talk, new: Sequence[Held]) -> Next:
        """What has to be told of what is new, and of what was held back before, if rules want it."""
        scope = self._terms.scope
        held = (*before.held, *new)
        left = Talk(at=after.at, seen=after.seen, left=True)
        barred = scope.barred(one.notice for one in held)
        if before.is_told:
            return self._cut(key, before, left, barred) if barred else Next(after, self._changes(key, after, new))
        verdict = scope.judge(after.conversation, [one.notice for one in held]) if held else Verdict.OPEN
        if verdict is Verdict.LEFT:
            return Next(left, (), verdict, barred)
        if verdict is Verdict.OPEN:
            return Next(after._replace(held=held), (), verdict)
        return Next(after._replace(held=()), self._changes(key, after, held))

    def _cut(self, key: str, before: Talk, left: Talk, barred: Sequence[str]) -> Next:
        """Somebody joins of whom nothing may be told, and a part was told already: that part is closed by rule."""
        _, notices = follow(before.conversation, closing(before.conversation, before.at))
        words = "closed by rule: somebody joined who may not become billable"
        return Next(left, self._changes(key, before, [Held(one, "", words) for one in notices]), Verdict.LEFT, barred)

    def _changes(self, key: str, talk: Talk, held: Iterable[Held]) -> list[Change]:
        tag, terms = talk.conversation.tag, self._terms
        return [change(masked(one.notice, terms.mask), Native(key, tag, one.place, one.words), terms.sender) for one in held]

    def _poison(self, due: Due, talk: Talk, cause: str) -> list[Told]:
        key = due.taken.key
        self._talks[key] = talk._replace(seen=due.taken.received)
        return self._pending.add(Entry(due.partition, due.taken, cause), [(key, self._talks[key].pack, ())])

    def _stranger(self, changes: Iterable[Change]) -> str:
        """The first object that changes refer to and nobody knows; empty where there is none."""
        for one in changes:
            for said in one.fields:
                kind = REFERS.get(said.path[0])
                keys = said.after if isinstance(said.after, list) else [said.after]
                if kind and (missing := next((key for key in keys if not self._terms.is_known(kind, key)), None)):
                    return f"{kind}/{missing}"
        return ""

    def _everybody(self, due: Due) -> list[Told]:
        """What concerns every open conversation, such as a restart of the platform."""
        steps: list[tuple[str, Callable[[], bytes], list[Told]]] = []
        for key in [one for one, home in self._homes.items() if home == due.partition]:
            talk = self._talks.get(key)
            if talk is None or not talk.is_open or talk.bad or key in self._waiting:
                continue
            try:
                found = self._next(key, talk, due)
            except Illegal:
                continue  # the platform's end of everything must not fail for one of them: silence closes it
            if not self._stranger(found.changes):
                steps += self._steps(key, talk, found)
        return self._pending.add(Entry(due.partition, due.taken), steps)

    # ── what time alone changes ──────────────────────────────────────────────────────────────────────────────────────

    def tick(self, now: int) -> list[Told]:
        """What time alone changes: conversations nobody has spoken of for long are closed, those long over are forgotten."""
        told: list[Told] = []
        bad: list[tuple[int, str]] = []
        silence = int(self._terms.card.silence_seconds * 1000)
        soonest = min(REST, silence or REST)
        for key, talk in list(self._talks.items()):
            idle = now - talk.seen if talk.seen else 0
            quiet = max(idle, self._newest - talk.at)
            if (quiet <= soonest and not talk.bad) or key in self._waiting or self._pending.is_busy(key):
                continue
            if talk.bad:
                bad.append((idle, key))
            elif talk.left:
                told += self._forgotten(key) if quiet > max(KEEP, silence) else ()
            elif silence and not talk.conversation.is_settled and quiet > silence:
                told += self._close(key, talk, now=now, waits=quiet <= silence + self._terms.hold)
            elif (talk.conversation.is_over or not talk.conversation.legs) and quiet > KEEP:
                told += self._reduced(key) if talk.closed else self._forgotten(key)
            elif talk.conversation.is_settled and not talk.held:
                self._resting.add(key, self._talks.pop(key))
        return told + self._rested(now) + self._mended(bad) + self._spared(now)

    def rest(self) -> None:
        """Lays to rest what has been over for long by the time of the newest event. Nothing is closed or forgotten by it."""
        for key, talk in list(self._talks.items()):
            is_quiet = self._newest - talk.at > REST and key not in self._waiting and not self._pending.is_busy(key)
            if is_quiet and talk.conversation.is_settled and not (talk.bad or talk.left or talk.held):
                self._resting.add(key, self._talks.pop(key))

    def _rested(self, now: int) -> list[Told]:
        """What has been at rest for long is forgotten, or reduced."""
        told: list[Told] = []
        while key := self._resting.quiet(now - KEEP, self._newest - KEEP):
            told += self._reduced(key) if self._talk(key).closed else self._forgotten(key)
        return told

    def _mended(self, bad: list[tuple[int, str]]) -> list[Told]:
        """Of conversations refused too long ago, or of the oldest of too many, nothing stays known but that they were refused."""
        bad.sort(reverse=True)
        told: list[Told] = []
        for number, (idle, key) in enumerate(bad):
            if idle <= MEND and number >= len(bad) - self._terms.most_bad:
                break
            told += self._reduced(key)
        return told

    def _reduced(self, key: str) -> list[Told]:
        """Nothing stays known of a conversation but that no half of it may be told."""
        talk = self._talks.pop(key)
        self._gone[key] = Talk(at=talk.at, seen=talk.seen, bad=talk.bad, closed=talk.closed, gone=True)
        return self._pending.add(Entry(self._homes[key]), [(key, self._gone[key].pack, ())])

    def _spared(self, now: int) -> list[Told]:
        """That too is forgotten in the end."""
        told: list[Told] = []
        while self._gone:
            key, talk = next(iter(self._gone.items()))
            if len(self._gone) <= MOST_GONE and (not talk.seen or now - talk.seen <= GONE):
                break
            told += self._forgotten(key)
        return told

    def _close(self, key: str, talk: Talk, *, now: int, waits: bool) -> list[Told]:
        """The changes that close a conversation whose end was never told, at the time of its last word.

        For whom Genesys Cloud does not know it `waits`, or else the conversation is left out.
        """
        done, released = self._released(key, talk)
        if not done.conversation.legs:
            return self._forgotten(key)
        after, notices = follow(done.conversation, closing(done.conversation, done.at))
        new = [*released, *(Held(one, "", "closed by rule: no end was told") for one in notices)]
        closed = done._replace(conversation=after, at=max(done.at, self._newest), seen=now, closed=True)
        found = self._judged(key, talk, closed, new)
        if stranger := self._stranger(found.changes):
            if waits:
                return []
            self.counts.strangers[stranger] += 1
            found = Next(Talk(at=talk.at, seen=talk.seen, left=True), (), Verdict.LEFT)
        self.counts.closed += found.verdict is not Verdict.LEFT
        return self._pending.add(Entry(self._homes[key]), self._steps(key, talk, found))

    def _released(self, key: str, talk: Talk) -> tuple[Talk, list[Held]]:
        """A conversation after what waited in it for a record that never came."""
        if self._terms.card.family != "record":
            return talk, []
        said = self._terms.card.tell(talk.memory, Event(key, talk.at, {}))
        before = talk.conversation if talk.conversation.legs else Conversation(said.media, said.tag)
        try:
            after, notices = follow(before, said.steps)
        except Illegal:
            return talk, []
        return talk._replace(memory=said.memory, conversation=after), [Held(one, "", "nothing more came") for one in notices]

    def _forgotten(self, key: str) -> list[Told]:
        home = self._homes.pop(key)
        self._talks.pop(key, None)
        self._gone.pop(key, None)
        return self._pending.add(Entry(home), [(key, bytes, ())])

    def retry(self, now: int) -> list[Told]:
        """Conversations that waited for somebody who may be known by now; those that waited too long go to the quarantine."""
        told: list[Told] = []
        waiting, self._waiting = self._waiting, {}
        surplus = sum(map(len, waiting.values())) - self._terms.most_waiting
        for key, dues in sorted(waiting.items(), key=lambda one: one[1][0].taken.received):
            is_late = surplus > 0 or dues[0].taken.received + self._terms.hold < now
            surplus -= len(dues)
            for number, due in enumerate(dues):
                if key in self._waiting:
                    self._waiting[key] += dues[number:]
                    break
                told += self._one(due, waits=not is_late)
        return told
