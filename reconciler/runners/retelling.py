"""The events of one conversation → its Story: what a run would tell of it, step by step, and what it would refuse.

It goes by the same card and the same machine as the runner, in the same order; nothing is told here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from reconciler.kinds.conversation_event import REFERS
from reconciler.model.event import EVERYBODY, Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Party, Step
from reconciler.model.mapping import Mask
from reconciler.model.story import Entry, Story, Told
from reconciler.runners.conversation import Illegal, advance, closing
from reconciler.runners.conversation_legs import Conversation, Notice
from reconciler.runners.mask import hidden, masked, said_in, secrets
from reconciler.runners.retelling_legs import OpenLane, OpenMove
from reconciler.runners.scope import Scope, Verdict

FOLLOWS = "an earlier event of this conversation was refused; it waits with that one"
RULE = "closed by rule: no end was told"
NO_MORE = "nothing more came: what waited for another record is told"

Names = Callable[[str, str], str | None]
"""What people call an object, by its kind and what the feed calls it; None where nobody knows it."""


class Heard(NamedTuple):
    """A native event: where it was read, in which words, and where else the same was said."""

    event: Event
    place: str
    words: str
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens: the card of the feed, the conversation's key, the names of people, and the newest time in all feeds.

    `scope` says which conversations are told, `mask` what is hidden: here too, because drawings are passed on.
    """

    card: InteractionFeed
    key: str
    names: Names
    newest: int = 0
    scope: Scope = field(default_factory=Scope)
    mask: Mask = field(default_factory=Mask)


def retold(listener: Listener, heard: Iterable[Heard], blank: Story) -> Story:
    """The story of a conversation from all its events, in any order; `blank` says whose it is."""
    teller = _Teller(listener)
    for _, one in sorted(enumerate(heard), key=lambda pair: (pair[1].event.at, pair[1].event.order, pair[0])):
        teller.hear(one)
    teller.end()
    return teller.story(blank)


class _Done(NamedTuple):
    """A step that was taken: the conversation before and after it, and what is told."""

    step: Step
    before: Conversation
    after: Conversation
    notices: tuple[Notice, ...]


class _Refusal(NamedTuple):
    cause: str
    at: int


class _Teller:
    """A conversation while it is retold."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._memory: Memory | None = None
        self._conversation = Conversation()
        self._bad = self._at = 0
        self._lanes: dict[str, OpenLane] = {}
        self._moves: dict[str, OpenMove] = {}
        self._entries: list[Entry] = []
        self._strangers: dict[str, None] = {}
        self._notices: list[Notice] = []
        self._veiled: dict[str, str] = {}

    def hear(self, one: Heard) -> None:
        """Takes the next event, as the runner would."""
        at, entry = one.event.at, Entry(one.event.at, one.place, one.words, again=one.again)
        if self._bad and at > self._bad:
            self._refuse(entry, _Refusal(FOLLOWS, 0))
            return
        is_everybody = one.event.key == EVERYBODY
        if is_everybody and (self._conversation.is_over or not self._conversation.legs):
            return
        told = self._listener.card.tell(self._memory, one.event._replace(key=self._listener.key, id=""))
        before = self._conversation if self._conversation.legs else Conversation(told.media, told.tag)
        self._veiled |= secrets(said_in(told.steps, before), self._listener.mask)
        done, refusal = _followed(before, told.steps)
        if refusal:
            if not is_everybody:  # the platform's end of everything must not fail for one of them: silence closes it
                self._bad = at
                self._refuse(entry, refusal, told.odd)
            return
        self._memory, self._at, self._conversation = told.memory, max(self._at, at), done[-1].after if done else before
        if told.steps or not is_everybody:
            self._enter(entry, done, told.odd)

    def end(self) -> None:
        """What silence alone does: it closes by rule what is open, where the feeds go on long enough."""
        silence = int(self._listener.card.silence_seconds * 1000)
        is_silent = 0 < silence < self._listener.newest - self._at
        if self._bad or self._conversation.is_settled or not is_silent:
            return
        if self._listener.card.family == "record":
            told = self._listener.card.tell(self._memory, Event(self._listener.key, self._at, {}))
            done, refusal = _followed(self._conversation, told.steps)
            if done and not refusal:
                self._conversation = done[-1].after
                self._enter(Entry(self._at, "", NO_MORE), done, told.odd)
        done, _ = _followed(self._conversation, closing(self._conversation, self._at))
        if done:
            self._conversation = done[-1].after
            self._enter(Entry(self._at, "", RULE), done, "")

    def story(self, blank: Story) -> Story:
        """All of it."""
        end = max([self._conversation.at, *(one.refused_at for one in self._entries)])
        lanes, moves = [one.lane(end) for one in self._lanes.values()], [one.move() for one in self._moves.values()]
        return Story(
            platform=blank.platform,
            source=blank.source,
            key=blank.key,
            zone=blank.zone,
            media=self._conversation.media,
            lanes=tuple(replace(lane, called=self._hide(lane.called)) for lane in lanes),
            moves=tuple(replace(one, goal=self._hide(one.goal)) for one in moves),
            entries=tuple(self._veil(one) for one in self._entries),
            unread=blank.unread,
            waiting=blank.waiting,
            notes=(*blank.notes, *self._notes()),
        )

    def _veil(self, one: Entry) -> Entry:
        """An event without what must not be read."""
        return replace(one, words=self._hide(one.words), odd=self._hide(one.odd), refused=self._hide(one.refused))

    def _hide(self, text: str) -> str:
        return hidden(text, self._veiled) if self._veiled else text

    # ── one event ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _refuse(self, entry: Entry, refusal: _Refusal, odd: str = "") -> None:
        said = Entry(entry.at, entry.place, entry.words, (), odd, refusal.cause, refusal.at, entry.again)
        self._entries.append(said)

    def _enter(self, entry: Entry, done: Iterable[_Done], odd: str) -> None:
        told: list[Told] = []
        for one in done:
            self._draw(one)
            told += [self._told(masked(notice, self._listener.mask)) for notice in one.notices]
            self._notices += one.notices
        self._entries.append(Entry(entry.at, entry.place, entry.words, tuple(told), odd, again=entry.again))

    def _draw(self, one: _Done) -> None:
        """Puts what a step changed into the lanes and moves."""
        for name, leg in one.after.legs.items():
            if name not in self._lanes:
                called = self._called(leg.party, one.step.said)
                self._lanes[name] = OpenLane(len(self._lanes) + 1, name, leg.party, called, one.step.at)
            if one.before.legs.get(name) != leg:
                self._lanes[name].turn(leg, one.step)
        for notice in one.notices:
            self._move(notice)

    def _move(self, notice: Notice) -> None:
        said = notice.said
        if notice.act in _BEGINS:
            what, goal = self._goal(notice.act, said)
            name = notice.subject if notice.act is Act.TRANSFER else f"consultation {notice.ordinal}"
            begun_by, landed = self._number(said["initiating"]), self._number(said.get("destination", ""))
            self._moves[name] = OpenMove(len(self._moves) + 1, what, notice.at, begun_by, goal, landed)
        elif notice.act in {Act.PROGRESS, Act.END}:
            move = self._moves[notice.subject]
            move.landed = self._number(said.get("destination", "")) or move.landed
            if notice.act is Act.END:
                move.outcome, move.end = said["state"], notice.at
        elif notice.act is Act.CONSULTED:
            move = next(one for one in reversed(self._moves.values()) if one.what == "consultation")
            move.outcome, move.end = "ended", notice.at

    def _goal(self, act: Act, said: Mapping[str, Any]) -> tuple[str, str]:
        """What a move is, and what it goes to, for people."""
        if act is Act.CONSULT:
            return "consultation", self._lanes[said["destination"]].label
        what = f"{'attended' if said['attended'] else 'blind'} transfer"
        word = next(name for name in ("queue", "user", "number") if name in said)
        return what, f"{_PARTY.get(word, word)} {self._name(word, said[word])}"

    def _told(self, notice: Notice) -> Told:
        skipped = {"alerting"} if not notice.said.get("alerting") else set()
        skipped |= {"command"} | ({"user", "queue"} if notice.act is Act.OPEN else set())
        for name in ("user", "queue"):
            if name in notice.said:
                self._name(name, notice.said[name])  # strangers are counted wherever they stand
        said = tuple((name, self._shown(name, value)) for name, value in notice.said.items() if name not in skipped)
        if "command" in notice.said:
            said = (("transfer", self._moves[notice.said["command"]].number), *said)
        return Told(notice.at, notice.event, self._number(notice.leg), said)

    def _shown(self, name: str, value: Any) -> Any:
        if name in _ROLES:
            return f"leg {self._number(value)}"
        if name in REFERS:
            return [self._name(name, one) for one in value] if isinstance(value, list) else self._name(name, value)
        return value

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _number(self, leg: str) -> int:
        return self._lanes[leg].number if leg in self._lanes else 0

    def _name(self, word: str, native: str) -> str:
        """What people call what stands behind a word; strangers are noted."""
        if word not in REFERS:
            return native
        found = self._listener.names(REFERS[word], native)
        if found is None:
            self._strangers[f"{REFERS[word]}/{native}"] = None
        return native if found is None else found

    def _called(self, party: Party, said: Mapping[str, Any]) -> str:
        if party is Party.AGENT:
            return self._name("user", said["agent"])
        if party is Party.QUEUE:
            return self._name("queue", said["queue"])
        if party is Party.CUSTOMER:
            names = ("ani_name", "name", "ani") if said.get("inbound", True) else ("dnis_name", "name", "dnis")
            return next((str(said[name]) for name in (*names, "from") if said.get(name)), "")
        return str(said.get("name") or said.get("number") or "")

    def _notes(self) -> Iterator[str]:
        """What people should know besides."""
        if self._listener.scope.judge(self._conversation, self._notices) is Verdict.LEFT:
            barred = ", ".join(f"user/{one}" for one in self._listener.scope.barred(self._notices))
            why = f"{barred} may not become billable" if barred else "the rules of mapping.yaml leave it out"
            yield f"{why}: a run tells nothing of it"
        if self._strangers:
            yield f"in no manifest: {', '.join(self._strangers)}; a run holds the conversation until they are applied"
        if self._bad or self._conversation.is_settled:
            return
        if not self._conversation.legs:
            yield "nothing of it can be told yet"
            return
        hours = self._listener.card.silence_seconds / 3600
        rule = f"; a run closes it by rule after {hours:g} h without a word" if hours else ""
        yield f"it is open at the end of the feeds{rule}"


def _followed(conversation: Conversation, steps: Iterable[Step]) -> tuple[list[_Done], _Refusal | None]:
    """Every step with what it does; or none of them, and why."""
    done: list[_Done] = []
    for step in steps:
        try:
            after, notices = advance(conversation, step)
        except Illegal as error:
            return [], _Refusal(str(error), step.at)
        done.append(_Done(step, conversation, after, notices))
        conversation = after
    return done, None


_BEGINS = frozenset({Act.TRANSFER, Act.CONSULT})
_ROLES = frozenset({"invited_by", "previous", "initiating", "target", "object", "destination"})
_PARTY = {"user": "agent"}
