"""Agent status: what is known of each agent, and the changes an event, a silence or a drift makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.event import EVERYBODY, Event, Memory, Standing, StatusFeed, Told
from reconciler.model.moment import iso
from reconciler.model.resource import Ref
from reconciler.runners.counts import Counts
from reconciler.runners.pairs import ON_QUEUE, TABLE, Pair, Pairs, Word
from reconciler.runners.pending import Entry, Pending
from reconciler.runners.window import Due, event_id

SLACK = 5_000  # milliseconds an event may lie behind its agent's newest without counting as late: clocks are put right


NOTHING = Pair("", "")
ON = (("presence_event", ("presence",), 0), ("routing_status_event", ("routing_status",), 1))
OFF = ON[::-1]


class Track(NamedTuple):
    """What is known of one agent: the platform's memory, the time of the newest event and of the newest change told.

    `pair` is what Genesys Cloud was told last, None before the first time. `gone` is when a feed of states stopped telling of
    the agent, 0 while it does. Times are in milliseconds since 1970.
    """

    memory: Memory | None = None
    at: int = 0
    sent: int = 0
    pair: Pair | None = None
    gone: int = 0

    def pack(self) -> bytes:
        """For the stream's memory."""
        return orjson.dumps([self.memory, self.at, self.sent, self.pair and [*self.pair], self.gone])


def unpacked(text: bytes) -> Track:
    """What `pack` packed."""
    memory, at, sent, pair, gone = orjson.loads(text)
    return Track(memory, at, sent, Pair(*pair) if pair else None, gone)


@dataclass(frozen=True, slots=True)
class Terms:
    """What one run of the status runner goes by.

    `card` understands the platform, `pairs` is the table, `is_known` says whether Genesys Cloud knows an agent, `source` is our
    authority, `presence_source` the key of the source the events are told for. `grace` is how long an agent of whom a feed of
    states tells nothing more stays as they were, `settle` how long Genesys Cloud may take to show what it was told (assumed),
    both in milliseconds.
    """

    card: StatusFeed
    pairs: Pairs
    is_known: Callable[[str], bool]
    source: str
    presence_source: str
    grace: int = 60_000
    settle: int = 10_000


class Cause(NamedTuple):
    """Why an agent is shown differently: from when on, what the events' ids derive from, where it was read, in which words."""

    at: int
    id: bytes
    place: str
    words: str


class Statuses:
    """All agents of the partitions this worker holds. Its methods answer with what has to be told, in order."""

    def __init__(self, terms: Terms, pending: Pending) -> None:
        self._terms = terms
        self._pending = pending
        self._tracks: dict[str, Track] = {}
        self._homes: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._quiet: dict[str, int] = {}  # since when nothing is under way, of those who were told something
        self.counts = Counts()

    def know(self, partition: int, memory: Mapping[str, bytes]) -> None:
        """Takes a partition over, with all that is remembered of it; whatever was known of it before is void."""
        self.forget(partition)
        for agent, text in memory.items():
            self._put(agent, unpacked(text), partition)

    def forget(self, partition: int) -> None:
        """Another worker has the partition now."""
        for agent in self._members(partition):
            del self._homes[agent], self._tracks[agent]
            self._gone.pop(agent, None)
            self._quiet.pop(agent, None)

    def home(self, agent: str) -> int | None:
        """The partition an agent belongs to; None for one nobody has heard of."""
        return self._homes.get(agent)

    def take(self, due: Due) -> list[Told]:
        """What an item changes; an item nobody can use changes nothing and goes to the quarantine."""
        entry = Entry(due.partition, due.taken)
        if due.data is None:
            entry.poison = due.cause
            return self._pending.add(entry, ())
        key = due.taken.key
        agents = self._members(due.partition) if key == EVERYBODY else [key]
        event = Event(key, due.at, due.data, order=due.order)
        steps = []
        for agent in agents:
            track = self._tracks.get(agent) or Track()
            if due.at < track.at - SLACK:
                self.counts.late += 1
                entry.poison = f"came behind a younger event of the same agent; {(track.at - due.at) / 1000:.1f} s late"
                continue
            memory = self._terms.card.fold(track.memory, event)
            known = Track(memory, max(due.at, track.at), track.sent, track.pair, track.gone)
            steps.append(self._step(agent, known, due))
        return self._pending.add(entry, steps)

    def skip(self, due: Due) -> list[Told]:
        """An item that is over without changing anything."""
        return self._pending.add(Entry(due.partition, due.taken), ())

    def _step(self, agent: str, track: Track, due: Due) -> tuple[str, Callable[[], bytes], list[Told]]:
        """What is remembered after an event, and what has to be told."""
        said = self._terms.card.agent(track.memory or {})
        told: list[Told] = []
        if said.standing is Standing.GONE:
            after = track._replace(gone=track.gone or due.at)
        else:
            pair, unmapped = self._terms.pairs.of(said)
            if unmapped:
                self.counts.unmapped[unmapped] += 1
            cause = Cause(due.at, due.taken.id, due.place, said.native)
            after, told = self._shown(agent, track, pair, cause)
        self._put(agent, after, due.partition)
        return agent, after.pack, told

    def _shown(self, agent: str, track: Track, pair: Pair, cause: Cause) -> tuple[Track, list[Told]]:
        """The track after the agent, who is there, is shown as `pair`, and the changes that say so; none for strangers."""
        here = Track(track.memory, track.at, track.sent, track.pair)
        if pair == track.pair:
            return here, []
        if not self._terms.is_known(agent):
            self.counts.strangers[agent] += 1
            return here, []
        at = max(cause.at, track.sent + 1)  # where a platform tells whole seconds, order needs distinct times
        told = [Told(agent, one) for one in self._changes(agent, track.pair or NOTHING, pair, (at, cause))]
        return Track(track.memory, track.at, at, pair), told

    def _changes(self, agent: str, before: Pair, after: Pair, when: tuple[int, Cause]) -> Iterator[Change]:
        """Presence first where the agent goes on queue, routing status first where they leave; both at the same time."""
        at, cause = when
        common = (
            FieldChange(("user",), None, agent),
            FieldChange(("at",), None, iso(at)),
            FieldChange(("source",), None, self._terms.presence_source),
        )
        for kind, field_, place in ON if after.presence == ON_QUEUE else OFF:
            if before[place] != after[place]:
                said = FieldChange(field_, before[place] or None, after[place])
                ref = Ref(kind, event_id(self._terms.source, kind, agent, cause.id))
                yield Change(Op.CREATE, ref, agent, (*common, said), origin=cause.place, reason=cause.words)

    def tick(self, now: int) -> list[Told]:
        """What time alone changes: agents who are gone for good are off. Call it often."""
        self._quiet.update(dict.fromkeys(self._pending.quiet(), now))
        told: list[Told] = []
        for agent in [one for one, since in self._gone.items() if since + self._terms.grace <= now]:
            track = self._tracks[agent]
            at = self._gone.pop(agent) + self._terms.grace
            told += self._alone(agent, track, TABLE[Word.OFF], at, "gone from the feed")
        return told

    def rest(self) -> None:
        """Nothing: an agent is never over, and takes little."""

    def heal(self, live: Mapping[str, Pair], now: int, *, since: int | None = None) -> list[Told]:
        """Corrections of agents whom Genesys Cloud shows differently from what is known.

        `live` by key was read from `since` on, or just now. Agents with something under way are left alone, those told something
        just before or while it was read, and those who are not in `live`.
        """
        began = now if since is None else since
        self._quiet.update(dict.fromkeys(self._pending.quiet(), now))
        told: list[Told] = []
        for agent, pair in list(self.wanted()):
            if agent not in live or live[agent] == pair or self._pending.is_busy(agent):
                continue
            track = self._tracks[agent]._replace(pair=live[agent])
            if max(track.sent, self._quiet.get(agent, 0)) + self._terms.settle <= began:
                told += self._alone(agent, track, pair, now, "corrected: Genesys Cloud showed something else")
        return told

    def wanted(self) -> Iterator[tuple[str, Pair]]:
        """Every agent of whom the feed tells, and the pair they should be shown as."""
        for agent, track in self._tracks.items():
            if track.memory is not None and agent not in self._gone:
                said = self._terms.card.agent(track.memory)
                gone = said.standing is Standing.GONE
                yield agent, TABLE[Word.OFF] if gone else self._terms.pairs.of(said)[0]

    def _alone(self, agent: str, track: Track, pair: Pair, at: int, why: str) -> list[Told]:
        """The changes that show an agent as `pair` without an event of the platform behind them."""
        home = self._homes[agent]
        after, told = self._shown(agent, track, pair, Cause(at, f"{at}".encode(), "", why))
        self._put(agent, after, home)
        return self._pending.add(Entry(home), [(agent, after.pack, told)])

    def _members(self, partition: int) -> list[str]:
        return [agent for agent, home in self._homes.items() if home == partition]

    def _put(self, agent: str, track: Track, partition: int) -> None:
        self._tracks[agent] = track
        self._homes[agent] = partition
        if track.gone:
            self._gone[agent] = track.gone
        else:
            self._gone.pop(agent, None)
