"""What agents are shown as: every transition, in order, with the same ids whatever happens to the worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, groupby, pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Change, Outcome, Result
from reconciler.model.event import EVERYBODY, Agent, Contact, Event, Memory, Standing, StatusFeed, Told
from reconciler.model.moment import Clock
from reconciler.model.stream import Taken
from reconciler.runners.pairs import ON_QUEUE, TABLE, Pair, Pairs
from reconciler.runners.pending import Pending
from reconciler.runners.status import SLACK, Statuses, Terms, Track, unpacked
from reconciler.runners.window import Window, item

NOON = 1_795_000_000_000
GRACE, SETTLE, DISORDER = 60_000, 10_000, 2_000
AGENTS = ("ann", "bob", "eve")
UNMAPPED = Pair("system_presence/Away", "OffQueue")
READY, BUSY, OFF = Pair(ON_QUEUE, "Idle"), Pair("system_presence/Busy", "OffQueue"), Pair("system_presence/Offline", "OffQueue")
LUNCH, TALKING = Pair("secondary_status/lunch", "OffQueue"), Pair(ON_QUEUE, "Interacting")


# ── a small platform, and a worker that can crash ────────────────────────────────────────────────────────────────────


def fold(memory: Memory | None, event: Event) -> Memory:
    """States are told in parts: what an event does not speak of stays as it was."""
    return {"is": "off", **(memory or {}), **event.data}


def agent(memory: Memory) -> Agent:
    contacts = tuple(Contact(one) for one in memory.get("with", ()))
    return Agent(Standing(memory["is"]), memory.get("why", ""), contacts, native=memory["is"])


CARD = StatusFeed("toy", "stream", "lines", lambda *_: None, fold, agent)  # type: ignore[arg-type,return-value]  # nobody opens it


def terms(**more: Any) -> Terms:
    said = {"is_known": {*AGENTS}.__contains__, "source": "acme", "presence_source": "acme", "grace": GRACE, "settle": SETTLE}
    return Terms(CARD, Pairs(TABLE, {"lunch": LUNCH.presence}, UNMAPPED), **{**said, **more})


def home(key: str) -> int:
    return AGENTS.index(key) % 2 if key in AGENTS else 0


class Worker:
    """Statuses on a stream of two partitions that remembers what was settled, and hands out the rest again after a crash."""

    def __init__(self, disorder: int = 0, **more: Any) -> None:
        self.disorder, self.more = disorder, more
        self.items: list[tuple[int, Taken]] = []
        self.memory: dict[int, dict[str, bytes]] = {0: {}, 1: {}}
        self.poison: dict[int, str] = {}
        self.told: list[Told] = []
        self.heard: list[Told] = []
        self.numbers = count(1)
        self.start()

    def start(self) -> None:
        """Begins with what was settled; after a crash that is all there is."""
        self.pending, self.window, self.handed = Pending(), Window(self.disorder), 0
        self.statuses = Statuses(terms(**self.more), self.pending)
        for partition, memory in self.memory.items():
            self.statuses.know(partition, memory)
        self.open: list[Told] = []

    def publish(self, events: Iterable[Event], received: int = NOON) -> None:
        for event in events:
            for partition in (0, 1) if event.key == EVERYBODY else (home(event.key),):
                number = next(self.numbers)
                made = item(event, f"acme {partition}", f"log:{number}")
                self.items.append((partition, Taken(number, made.id, made.key, made.payload, 0, received)))

    def turn(self, now: int = NOON, limit: int = 1_000_000) -> list[Told]:
        for partition, one in self.items[self.handed : self.handed + limit]:
            self.window.add(partition, [one], now)
        self.handed = min(len(self.items), self.handed + limit)
        return self.tell([told for due in self.window.due(now) for told in self.statuses.take(due)])

    def tell(self, told: list[Told]) -> list[Told]:
        self.told += told
        self.open += told
        return told

    def answer(self, many: int = 1_000_000, note: str = "") -> None:
        """Outcomes of changes at the head of their lanes: the youngest lanes first, so that lanes overtake each other."""
        for _ in range(many):
            heads = list({one.lane: one for one in reversed(self.open)}.values())
            if not heads:
                return
            self.open.remove(heads[0])
            self.heard.append(heads[0])
            self.pending.outcome(Outcome(heads[0].change, Result.FAILED if note else Result.DONE, note, 0))

    def settle(self) -> None:
        over = self.pending.over()
        gone = {one.number for settled in over.values() for one in settled.done}
        for partition, settled in over.items():
            self.memory[partition] |= settled.memory
            self.poison |= {one.number: cause for one, cause in settled.poison}
        before = [number for _, number in self.items[: self.handed]]
        self.items = [one for one in self.items if one[1].number not in gone | self.poison.keys()]
        self.handed -= sum(one.number in gone | self.poison.keys() for one in before)

    def work(self, *events: Event, now: int = NOON) -> list[Told]:
        """Takes events in and tells them to the end."""
        self.publish(events)
        told = self.turn(now)
        self.answer()
        self.settle()
        return told


def event(at: float, key: str = "ann", **data: Any) -> Event:
    return Event(key, NOON + round(at * 1000), data)


class Word(NamedTuple):
    """A change in short: whose, when in seconds after noon, and what."""

    agent: str
    at: float
    said: str

    @classmethod
    def of(cls, told: Told) -> Word:
        fields = {one.path[0]: one.after for one in told.change.fields}
        assert fields["user"] == told.lane == told.change.name
        said = fields.get("presence", "").partition("/")[2] or fields["routing_status"]
        return cls(told.lane, (Clock().text(fields["at"]) - NOON) / 1000, said)


def words(told: Iterable[Told]) -> list[Word]:
    return [Word.of(one) for one in told]


def said(told: Iterable[Told]) -> list[str]:
    return [Word.of(one).said for one in told]


# ── one thing after the other ────────────────────────────────────────────────────────────────────────────────────────


def test_going_on_queue_presence_is_told_first_and_leaving_it_routing_status() -> None:
    told = Worker().work(
        event(1, **{"is": "ready"}), event(2, **{"is": "not_ready", "why": "lunch"}), event(3, **{"is": "ready"})
    )

    assert words(told) == [
        ("ann", 1, "OnQueue"), ("ann", 1, "Idle"),
        ("ann", 2, "OffQueue"), ("ann", 2, "lunch"),
        ("ann", 3, "OnQueue"), ("ann", 3, "Idle"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "told"),
    [
        ({"is": "ready"}, {"with": ["routed"]}, ["Interacting"]),
        ({"is": "not_ready"}, {"why": "lunch"}, ["lunch"]),
        ({"is": "ready", "with": ["routed"]}, {"with": ["after_work"]}, []),
        ({"is": "ready"}, {"is": "ready"}, []),
        ({"is": "off"}, {"is": "not_ready"}, ["Busy"]),
    ],
)
def test_only_what_changes_is_told(one: dict[str, Any], two: dict[str, Any], told: list[str]) -> None:
    worker = Worker()
    worker.work(event(1, **one))

    assert said(worker.work(event(2, **two))) == told


def test_a_change_says_what_it_is_made_from() -> None:
    worker = Worker()
    worker.work(event(1, **{"is": "ready"}))
    (_, presence) = worker.work(event(2, **{"is": "off"}))

    change = presence.change
    assert {one.path[0]: (one.before, one.after) for one in change.fields} == {
        "user": (None, "ann"),
        "at": (None, "2026-11-18T11:06:42.000Z"),
        "source": (None, "acme"),
        "presence": (ON_QUEUE, "system_presence/Offline"),
    }
    assert (str(change.op), change.ref.kind, change.origin, change.reason) == ("create", "presence_event", "log:2", "off")
    assert uuid.UUID(change.ref.key).version == 4


def test_events_of_one_second_have_distinct_times_in_order() -> None:
    told = Worker().work(*(event(1, **{"is": one}) for one in ("ready", "not_ready", "off", "ready")))

    assert [(one.at, one.said) for one in words(told)] == [
        (1, "OnQueue"), (1, "Idle"), (1.001, "OffQueue"), (1.001, "Busy"), (1.002, "Offline"),
        (1.003, "OnQueue"), (1.003, "Idle"),
    ]  # fmt: skip


def test_times_go_on_growing_after_a_restart() -> None:
    worker = Worker()
    worker.work(event(1, **{"is": "ready"}), event(1, **{"is": "off"}))
    worker.start()

    assert {one.at for one in words(worker.work(event(1, **{"is": "not_ready"})))} == {1.002}


def test_an_item_for_everybody_changes_all_agents_heard_of() -> None:
    worker = Worker()
    worker.work(event(1, "ann", **{"is": "ready"}), event(1, "bob", **{"is": "ready"}))

    told = worker.work(event(2, EVERYBODY, **{"is": "off"}))

    assert sorted(words(told)) == [(who, 2, what) for who in ("ann", "bob") for what in ("OffQueue", "Offline")]
    assert not worker.items


@pytest.mark.parametrize(("behind", "late"), [(SLACK, False), (SLACK + 1, True)])
def test_an_event_far_behind_a_younger_one_of_its_agent_is_set_aside(behind: int, late: bool) -> None:
    worker = Worker()
    worker.work(event(10, **{"is": "ready"}))

    told = worker.work(event(10 - behind / 1000, **{"is": "off"}), event(9, "bob", **{"is": "off"}))

    assert ("ann" in {one.lane for one in told}) is not late
    assert worker.statuses.counts.late == late
    assert [cause.partition(";")[0] for cause in worker.poison.values()] == [
        "came behind a younger event of the same agent"
    ] * late


def test_how_late_an_event_is_counts_from_the_youngest_one() -> None:
    worker = Worker()
    for at in (10, 6, 4):
        worker.work(event(at, **{"is": "ready"}))

    assert worker.statuses.counts.late == 1


def test_what_was_set_aside_changes_nothing_afterwards() -> None:
    worker = Worker()
    worker.work(event(10, **{"is": "ready"}))
    worker.work(event(1, why="lunch", **{"is": "not_ready"}))

    assert said(worker.work(event(11, **{"is": "not_ready"}))) == ["OffQueue", "Busy"]


def test_a_record_nobody_understood_goes_to_the_quarantine() -> None:
    worker = Worker()
    worker.items.append((0, Taken(1, bytes(16), "unreadable", b'[null,"no line","x","log:7"]', 0, NOON)))

    worker.work()

    assert worker.poison == {1: "no line"}


def test_a_refused_change_sends_its_event_to_the_quarantine() -> None:
    worker = Worker()
    worker.publish([event(1, **{"is": "ready"})])
    worker.turn()
    worker.answer(note="no such agent")
    worker.settle()

    assert worker.poison == {1: "no such agent"}


def test_a_stranger_is_counted_and_not_told() -> None:
    worker = Worker()

    told = worker.work(event(1, "zed", **{"is": "ready"}), event(2, "zed", **{"is": "off"}))

    assert (told, worker.statuses.counts.strangers, worker.items) == ([], {"zed": 2}, [])


def test_a_stranger_who_is_known_later_is_told_from_what_was_remembered() -> None:
    worker = Worker()
    worker.work(event(1, "zed", why="lunch", **{"is": "not_ready"}))
    worker.more["is_known"] = lambda _agent: True
    worker.start()

    assert said(worker.work(event(2, "zed", **{"with": ["offered"]}))) == ["OffQueue", "lunch"]


@pytest.mark.parametrize(
    ("data", "named"), [({"is": "unknown"}, "state unknown"), ({"is": "not_ready", "why": "siesta"}, "reason siesta")]
)
def test_what_no_table_knows_is_counted_and_told_as_the_mapping_says(data: dict[str, Any], named: str) -> None:
    worker = Worker()

    told = worker.work(event(1, **data), event(2, **data))

    assert (said(told), worker.statuses.counts.unmapped) == (["OffQueue", "Away"], {named: 2})


def test_an_item_for_everybody_that_is_handed_out_again_does_not_put_anybody_back() -> None:
    """Bob was told of everything, but the item still waited for others when the worker crashed."""
    worker = Worker()
    worker.publish([event(1, who, **{"is": "ready"}) for who in ("ann", "eve")])
    worker.publish([event(2, EVERYBODY, **{"is": "gone", "why": "restart"}), event(3, "ann", **{"is": "not_ready"})])
    worker.turn()
    worker.answer(2)
    worker.publish([event(4, "ann", **{"is": "ready"})])
    worker.turn()
    while {one.lane for one in worker.open} == {"ann", "eve"}:
        worker.answer(1)
    worker.settle()
    worker.start()

    worker.work()

    assert dict(worker.statuses.wanted()) == {"ann": READY}
    assert said(Told("ann", one) for one in heard(worker)["ann"]) == ["OnQueue", "Idle", "OffQueue", "Away", "OnQueue", "Idle"]


# ── gone ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def gone(**more: Any) -> Worker:
    """Ann was ready at 1 and is gone since 10."""
    worker = Worker(**more)
    worker.work(event(1, **{"is": "ready"}), event(10, **{"is": "gone"}))
    return worker


def ticked(worker: Worker, at: float) -> list[Told]:
    return worker.tell(worker.statuses.tick(NOON + round(at * 1000)))


def test_an_agent_who_is_gone_is_off_after_the_grace_and_only_once() -> None:
    worker = gone()

    early, late, later = ticked(worker, 69.999), ticked(worker, 75), ticked(worker, 500)

    assert (early, words(late), later) == ([], [("ann", 70, "OffQueue"), ("ann", 70, "Offline")], [])


def test_an_agent_who_comes_back_within_the_grace_stays_as_they_were() -> None:
    worker = gone()

    told = worker.work(event(60, **{"is": "ready"}))

    assert (told, ticked(worker, 500)) == ([], [])


def test_an_agent_who_comes_back_after_the_grace_is_told_behind_it() -> None:
    worker = gone()
    ticked(worker, 70)

    assert words(worker.work(event(69, **{"is": "ready"}))) == [("ann", 70.001, "OnQueue"), ("ann", 70.001, "Idle")]


def test_the_grace_goes_on_over_a_restart() -> None:
    worker = gone()
    worker.start()

    assert words(ticked(worker, 80)) == [("ann", 70, "OffQueue"), ("ann", 70, "Offline")]


def test_somebody_who_is_gone_is_told_again_with_the_same_ids_after_a_crash() -> None:
    worker = gone()
    before = ticked(worker, 70)
    worker.start()

    assert ticked(worker, 90) == before


def test_somebody_told_off_after_the_grace_is_not_told_again_after_a_restart() -> None:
    worker = gone()
    ticked(worker, 70)
    worker.answer()
    worker.settle()
    worker.start()

    assert ticked(worker, 90) == []


def test_being_gone_twice_counts_from_the_first_time() -> None:
    worker = gone()
    worker.work(event(40, **{"is": "gone"}))

    assert words(ticked(worker, 70))[0].at == 70


# ── healing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def ready(*, at: float = 1, **more: Any) -> Worker:
    worker = Worker(**more)
    worker.work(*(event(at, who, **{"is": "ready"}) for who in AGENTS))
    ticked(worker, at)
    return worker


def healed(worker: Worker, live: Mapping[str, Pair], at: float = 100) -> list[Told]:
    return worker.tell(worker.statuses.heal(live, NOON + round(at * 1000)))


def test_healing_tells_only_differences() -> None:
    live = {"ann": READY, "bob": TALKING, "eve": OFF, "zed": OFF}

    told = healed(ready(), live)

    assert words(told) == [("bob", 100, "Idle"), ("eve", 100, "OnQueue"), ("eve", 100, "Idle")]
    assert [one.change.fields[-1].before for one in told] == ["Interacting", "system_presence/Offline", "OffQueue"]


def test_healing_where_a_presence_nobody_knows_is_shown_tells_the_presence() -> None:
    assert words(healed(ready(), {"ann": Pair("", "Idle")})) == [("ann", 100, "OnQueue")]


def test_agents_who_are_not_read_are_left_alone() -> None:
    assert healed(ready(), {}) == []


def test_agents_with_something_under_way_are_left_alone() -> None:
    worker = ready()
    worker.publish([event(50, "ann", **{"is": "off"})])
    worker.turn()

    assert {one.lane for one in healed(worker, dict.fromkeys(AGENTS, BUSY))} == {"bob", "eve"}


@pytest.mark.parametrize(("at", "many"), [(10.999, 0), (11, 3)])
def test_agents_just_told_are_left_alone(at: float, many: int) -> None:
    assert len({one.lane for one in healed(ready(), dict.fromkeys(AGENTS, BUSY), at)}) == many


@pytest.mark.parametrize(("since", "many"), [(105, 0), (114.999, 0), (115, 1)])
def test_agents_told_while_they_were_read_are_left_alone(since: float, many: int) -> None:
    """Told at 102, and answered at 105: what was read before that may be what was shown earlier."""
    worker = ready()
    worker.publish([event(102, "ann", **{"is": "off"})])
    worker.turn()
    worker.answer()
    ticked(worker, 105)

    told = worker.statuses.heal({"ann": READY}, NOON + 500_000, since=NOON + round(since * 1000))

    assert len({one.lane for one in told}) == many


def test_agents_within_their_grace_are_left_alone() -> None:
    worker = ready()
    worker.work(event(95, "ann", **{"is": "gone"}))

    assert healed(worker, {"ann": BUSY}) == []


def test_agents_gone_for_good_are_healed_to_off() -> None:
    worker = gone()
    ticked(worker, 70)
    worker.answer()
    ticked(worker, 71)

    assert said(healed(worker, {"ann": READY})) == ["OffQueue", "Offline"]


def test_nothing_is_healed_twice() -> None:
    worker = ready()
    live = dict.fromkeys(AGENTS, BUSY)
    first = healed(worker, live)

    while_under_way = healed(worker, live, 105)
    worker.answer()
    ticked(worker, 106)
    just_told = healed(worker, live, 109.9)
    shown_by_now = healed(worker, dict.fromkeys(AGENTS, READY), 200)

    assert len(first) == 6
    assert (while_under_way, just_told, shown_by_now) == ([], [], [])


def test_what_is_still_shown_wrongly_is_healed_again_with_other_ids() -> None:
    worker = ready()
    first = healed(worker, {"ann": BUSY})
    worker.answer()
    ticked(worker, 100)

    again = healed(worker, {"ann": BUSY}, 110)

    assert said(again) == said(first) == ["OnQueue", "Idle"]
    assert not {one.change.ref for one in again} & {one.change.ref for one in first}


def test_after_healing_the_next_event_is_told_from_what_was_healed() -> None:
    worker = ready()
    healed(worker, {"ann": OFF})
    worker.answer()

    assert words(worker.work(event(90, "ann", **{"with": ["routed"]}))) == [("ann", 100.001, "Interacting")]


def test_strangers_are_not_healed() -> None:
    worker = Worker()
    worker.work(event(1, "zed", **{"is": "ready"}))

    assert healed(worker, {"zed": OFF}) == []


# ── partitions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_partition_that_is_forgotten_takes_its_agents_with_it() -> None:
    worker = ready()

    worker.statuses.forget(0)

    assert [worker.statuses.home(who) for who in AGENTS] == [None, 1, None]
    assert [who for who, _ in worker.statuses.wanted()] == ["bob"]


def test_a_partition_that_is_taken_over_replaces_what_was_known_of_it() -> None:
    worker = gone()

    worker.statuses.know(0, {"eve": Track({"is": "ready"}, NOON, NOON, READY).pack()})

    assert [who for who, _ in worker.statuses.wanted()] == ["eve"]
    assert ticked(worker, 500) == []


texts = st.text(max_size=3)
pairs = st.builds(Pair, texts, texts)


@given(
    st.builds(
        Track,
        st.none() | st.dictionaries(texts, st.lists(texts, max_size=2), max_size=2),
        st.integers(0, 1 << 48),
        st.integers(0, 1 << 48),
        st.none() | pairs,
        st.integers(0, 1 << 48),
    )
)
def test_what_is_packed_is_unpacked(track: Track) -> None:
    assert unpacked(track.pack()) == track


# ── any life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

DATA = (
    {"is": "ready"},
    {"is": "not_ready", "why": "lunch"},
    {"is": "not_ready", "why": "siesta"},
    {"is": "off"},
    {"is": "gone"},
    {"with": ["routed"]},
    {"with": ["own", "offered"]},
    {"with": []},
)
HAPPENED = st.lists(
    st.tuples(
        st.sampled_from((*AGENTS, *AGENTS, EVERYBODY)),
        st.sampled_from(DATA),
        st.sampled_from((0, 0, 400, 1_000)),
        st.integers(0, 1_999),
    ),
    min_size=1,
    max_size=25,
)
OFTEN = st.sampled_from((True, True, False))
ROUNDS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(0, 3), OFTEN, st.booleans()), max_size=20)


def arrivals(happened: Sequence[tuple[str, dict[str, Any], int, int]], disorder: int) -> list[tuple[Event, int]]:
    """Events and when they arrive, in that order."""
    at, found = NOON, []
    for number, (key, data, wait, late) in enumerate(happened):
        at += wait
        found.append((Event(key, at, {**data, "number": number}, order=number), at + (late if disorder else 0)))
    return sorted(found, key=lambda one: one[1])


def heard(worker: Worker) -> dict[str, list[Change]]:
    """Per agent the changes Genesys Cloud has taken, each once; whatever is told again is the same."""
    first: dict[Any, Change] = {}
    for one in worker.told:
        assert first.setdefault(one.change.ref, one.change) == one.change
    taken = dict.fromkeys(one.change.ref for one in worker.heard)
    return {who: [first[ref] for ref in taken if first[ref].name == who] for who in AGENTS}


def shown(changes: Sequence[Change]) -> list[tuple[int, Pair]]:
    """The pairs an agent is shown as, and since when. Checks the order of the two changes of one time."""
    found, pair = [], Pair("", "")
    for at, together in groupby(changes, lambda one: one.fields[1].after):
        made = [(one.fields[3].path[0], one.fields[3].before or "", one.fields[3].after) for one in together]
        for name, before, after in made:
            assert getattr(pair, name) == before
            pair = pair._replace(**{name: after})
        first = "presence" if pair.presence == ON_QUEUE else "routing_status"
        assert [name for name, _, _ in made] in (
            [first, *({"presence", "routing_status"} - {first})],
            ["presence"],
            ["routing_status"],
        )
        found.append((Clock().text(at), pair))
    return found


def expected(events: Iterable[Event], who: str) -> list[Pair]:
    """Every transition of an agent, by folding their events as they happened."""
    memory: Memory | None = None
    found: list[Pair] = []
    for one in sorted(events, key=lambda one: (one.at, one.order)):
        if one.key == who or (one.key == EVERYBODY and memory is not None):
            memory = fold(memory, one)
            if memory["is"] != "gone":
                pair, _ = terms().pairs.of(agent(memory))
                found += [pair] if found[-1:] != [pair] else []
    return found


def live(worker: Worker, arriving: list[tuple[Event, int]], rounds: Sequence[tuple[int, int, int, bool, bool]]) -> None:
    """Lets a worker live through these rounds, and then come to rest."""
    rest, now = list(arriving), NOON
    for publish, limit, answer, settles, crashes in [*rounds, (len(rest), 1_000_000, 0, False, False)]:
        for one, received in rest[:publish]:
            worker.publish([one], received)
            now = max(now, received)
        del rest[:publish]
        worker.turn(now, 1_000_000 if worker.disorder else limit)
        worker.answer(answer)
        if settles:
            worker.settle()
        if crashes:
            worker.start()
    worker.turn(now + 1_000_000)
    worker.turn(now + 2_000_000)
    worker.answer()
    worker.settle()


@settings(max_examples=150, deadline=None)
@given(HAPPENED, ROUNDS, st.sampled_from((0, DISORDER)))
def test_the_same_events_become_the_same_changes_whatever_happens_to_the_worker(
    happened: list[tuple[str, dict[str, Any], int, int]], rounds: list[tuple[int, int, int, bool, bool]], disorder: int
) -> None:
    """In whatever parts they come, with crashes and restarts anywhere: every transition, with the same ids and times."""
    arriving = arrivals(happened, disorder)
    calm, stormy = Worker(disorder), Worker(disorder)

    live(calm, arriving, ())
    live(stormy, arriving, rounds)

    assert heard(stormy) == heard(calm)
    assert (stormy.memory, stormy.poison, stormy.items) == (calm.memory, {}, [])
    for who, changes in heard(calm).items():
        pairs_shown = shown(changes)
        assert [pair for _, pair in pairs_shown] == expected((one for one, _ in arriving), who)
        assert all(one < two for (one, _), (two, _) in pairwise(pairs_shown))
