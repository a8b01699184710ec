"""Order within a lane, batches over lanes, whatever becomes of what is under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import count, pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconciler.apply.lanes import Lanes
from reconciler.model.change import Change, Op
from reconciler.model.event import Told
from reconciler.model.resource import Ref

PRESENCE, ROUTING = "presence_event", "routing_status_event"
KINDS = (PRESENCE, ROUTING)


def change(lane: str, name: str, kind: str = PRESENCE) -> Told:
    return Told(lane, Change(Op.CREATE, Ref(kind, name), lane))


def names(batch: Iterable[Told]) -> list[str]:
    return [one.change.ref.key for one in batch]


def lanes(*changes: Told, batch: int = 100) -> Lanes:
    made = Lanes(dict.fromkeys(KINDS, batch))
    made.add(changes)
    return made


def test_the_next_of_a_lane_goes_when_the_one_before_is_over() -> None:
    queue = lanes(change("ann", "a1"), change("ann", "a2"))

    (one,) = queue.take()
    between = queue.take()
    queue.over(one)

    assert (names([one]), between, names(queue.take())) == (["a1"], [], ["a2"])


def test_what_comes_back_goes_again_before_everything_else_of_its_lane() -> None:
    queue = lanes(change("ann", "a1"), change("ann", "a2"))

    queue.back(queue.take()[0])

    assert names(queue.take()) == ["a1"]


def test_a_batch_is_of_one_kind_and_of_many_lanes() -> None:
    queue = lanes(
        *(change(f"p{number}", f"p{number}") for number in range(5)),
        *(change(f"r{number}", f"r{number}", ROUTING) for number in range(3)),
        batch=3,
    )

    assert [names(queue.take()) for _ in range(4)] == [["p0", "p1", "p2"], ["r0", "r1", "r2"], ["p3", "p4"], []]


def test_the_kind_of_which_most_can_go_is_taken_first() -> None:
    queue = lanes(change("ann", "a", PRESENCE), change("bob", "b", ROUTING), change("eve", "e", ROUTING))

    assert names(queue.take()) == ["b", "e"]


def test_kinds_take_turns_where_both_fill_a_batch() -> None:
    queue = lanes(*(change(f"{kind} {number}", f"{number}", kind) for kind in KINDS for number in range(40)), batch=10)

    kinds = [queue.take()[0].change.ref.kind for _ in range(8)]

    assert Counter(kinds) == {PRESENCE: 4, ROUTING: 4}
    assert all(one != other for one, other in pairwise(kinds))


def test_a_dropped_lane_is_forgotten() -> None:
    queue = lanes(change("ann", "a1"), change("ann", "a2"), change("bob", "b1"))

    queue.drop("ann")
    queue.drop("nobody")

    assert (names(queue.take()), queue.waiting) == (["b1"], 1)


def test_of_a_dropped_lane_what_is_under_way_stays_until_it_is_over() -> None:
    queue = lanes(change("ann", "a1"), change("ann", "a2"))
    (one,) = queue.take()

    queue.drop("ann")
    queue.add([change("ann", "a1 again")])
    early, waiting = queue.take(), queue.waiting
    queue.over(one)

    assert (early, waiting, names(queue.take())) == ([], 2, ["a1 again"])


def test_what_comes_back_to_a_dropped_lane_does_not_go_again() -> None:
    """Another worker has its agent now and has gone on: told again from here it could come behind what that one told."""
    queue = lanes(change("ann", "a1"), change("ann", "a2"))
    (one,) = queue.take()

    queue.drop("ann")
    queue.back(one)

    assert (queue.take(), queue.can_go, queue.waiting) == ([], False, 0)


def test_what_comes_back_to_a_dropped_lane_lets_what_was_added_since_go() -> None:
    queue = lanes(change("ann", "a1"))
    (one,) = queue.take()

    queue.drop("ann")
    queue.add([change("ann", "a1 again"), change("ann", "a2")])
    queue.back(one)

    assert (names(queue.take()), queue.waiting) == (["a1 again"], 2)


def test_a_lane_that_was_dropped_and_over_begins_anew() -> None:
    queue = lanes(change("ann", "a1"))
    (one,) = queue.take()
    queue.drop("ann")
    queue.over(one)

    queue.add([change("ann", "a2")])
    queue.back(queue.take()[0])

    assert names(queue.take()) == ["a2"]


# ── any life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LANES = ("ann", "bob", "eve", "fay", "guy")


class Life(RuleBasedStateMachine):
    """Changes that go, come back, are over and are dropped in any order, against lists of names."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes = Lanes({PRESENCE: 3, ROUTING: 2})
        self.numbers = count(1)
        self.waiting: dict[str, list[Told]] = {lane: [] for lane in LANES}
        self.under_way: list[Told] = []
        self.dropped: list[Told] = []

    @rule(lane=st.sampled_from(LANES), kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    def add(self, lane: str, kinds: list[str]) -> None:
        made = [change(lane, f"{next(self.numbers)}", kind) for kind in kinds]
        self.waiting[lane] += made
        self.lanes.add(made)

    @rule()
    def take(self) -> None:
        busy = {one.lane for one in [*self.under_way, *self.dropped]}
        able = {lane: queue[0] for lane, queue in self.waiting.items() if queue and lane not in busy}
        most = max(
            min(sum(one.change.ref.kind == kind for one in able.values()), room) for kind, room in ((PRESENCE, 3), (ROUTING, 2))
        )
        assert self.lanes.can_go == bool(able)

        batch = self.lanes.take()

        assert len(batch) == most
        assert len({one.change.ref.kind for one in batch}) == (1 if batch else 0)
        assert all(able[one.lane] == one for one in batch)
        self.under_way += batch

    @precondition(lambda self: self.under_way or self.dropped)
    @rule(data=st.data(), is_over=st.booleans())
    def end(self, data: st.DataObject, is_over: bool) -> None:
        told = data.draw(st.sampled_from([*self.under_way, *self.dropped]))
        (self.lanes.over if is_over else self.lanes.back)(told)
        if told in self.dropped:
            self.dropped.remove(told)
            return
        self.under_way.remove(told)
        if is_over:
            assert self.waiting[told.lane].pop(0) == told

    @rule(lane=st.sampled_from(LANES))
    def drop(self, lane: str) -> None:
        self.lanes.drop(lane)
        self.waiting[lane] = []
        self.dropped += [one for one in self.under_way if one.lane == lane]
        self.under_way = [one for one in self.under_way if one.lane != lane]

    @invariant()
    def all_that_waits_is_counted(self) -> None:
        assert self.lanes.waiting == sum(map(len, self.waiting.values())) + len(self.dropped)

    def teardown(self) -> None:
        """Nothing is lost: everything that was not dropped goes, in order."""
        for one in [*self.under_way, *self.dropped]:
            self.lanes.back(one)
        gone: dict[str, list[Told]] = {lane: [] for lane in LANES}
        while batch := self.lanes.take():
            for one in batch:
                gone[one.lane].append(one)
                self.lanes.over(one)
        assert gone == self.waiting
        assert self.lanes.waiting == 0


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
