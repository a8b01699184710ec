"""What is settled, and what is remembered with it: after a crash at any point the same items meet the same memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconciler.model.change import Change, Op, Outcome, Result
from reconciler.model.event import EVERYBODY, Told
from reconciler.model.resource import Ref
from reconciler.model.stream import Settled, Taken
from reconciler.runners.pending import Entry, Pending


def taken(number: int, key: str = "ann") -> Taken:
    return Taken(number, number.to_bytes(16, "big"), key, b"", 0, 0)


def told(key: str, name: str) -> Told:
    return Told(key, Change(Op.CREATE, Ref("presence_event", name), key))


def outcome(change: Told, note: str = "") -> Outcome:
    return Outcome(change.change, Result.FAILED if note else Result.DONE, note, 0)


def add(pending: Pending, number: int, key: str, *changes: str, partition: int = 0, poison: str = "") -> list[Told]:
    """Takes in an item that does one thing to its key; what is remembered afterwards is `after NUMBER`."""
    entry = Entry(partition, taken(number, key), poison)
    return pending.add(entry, [(key, f"after {number}".encode, [told(key, one) for one in changes])])


def everybody(pending: Pending, number: int, steps: dict[str, list[str]]) -> list[Told]:
    """Takes in an item that does something to several keys."""
    entry = Entry(0, taken(number, EVERYBODY))
    made = [(key, f"after {number}".encode, [told(key, one) for one in changes]) for key, changes in steps.items()]
    return pending.add(entry, made)


def said(settled: Settled | None) -> tuple[list[int], list[tuple[int, str]], dict[str, bytes]]:
    assert settled
    return (
        [one.number for one in settled.done],
        [(one.number, cause) for one, cause in settled.poison],
        dict(settled.memory),
    )


def test_an_item_that_changes_nothing_is_over_at_once_with_what_was_known_after_it() -> None:
    pending = Pending()

    assert add(pending, 1, "ann") == []
    assert said(pending.over()[0]) == ([1], [], {"ann": b"after 1"})
    assert pending.over() == {}


def test_an_item_is_over_when_all_its_changes_are() -> None:
    pending = Pending()
    one, two = add(pending, 1, "ann", "a", "b")

    pending.outcome(outcome(two))
    early = pending.over()
    pending.outcome(outcome(one))

    assert early == {}
    assert said(pending.over()[0]) == ([1], [], {"ann": b"after 1"})


def test_items_of_one_key_are_over_in_order() -> None:
    pending = Pending()
    (one,), (two,) = add(pending, 1, "ann", "a"), add(pending, 2, "ann", "b")

    pending.outcome(outcome(two))
    early = pending.over()
    pending.outcome(outcome(one))

    assert early == {}
    assert said(pending.over()[0]) == ([1, 2], [], {"ann": b"after 2"})


def test_what_is_remembered_is_what_was_known_right_after_the_item_that_is_over() -> None:
    pending = Pending()
    (one,), _ = add(pending, 1, "ann", "a"), add(pending, 2, "ann", "b")

    pending.outcome(outcome(one))

    assert said(pending.over()[0]) == ([1], [], {"ann": b"after 1"})


def test_other_keys_do_not_wait() -> None:
    pending = Pending()
    add(pending, 1, "ann", "a")
    (two,) = add(pending, 2, "bob", "b")

    pending.outcome(outcome(two))

    assert said(pending.over()[0]) == ([2], [], {"bob": b"after 2"})


def test_partitions_are_settled_apart() -> None:
    pending = Pending()
    add(pending, 1, "ann", partition=3)
    add(pending, 2, "bob", partition=4)

    assert {partition: said(one)[0] for partition, one in pending.over().items()} == {3: [1], 4: [2]}


def test_a_failed_change_sends_its_item_to_the_quarantine_with_the_first_cause() -> None:
    pending = Pending()
    one, two = add(pending, 1, "ann", "a", "b")

    pending.outcome(outcome(one, "no such agent"))
    pending.outcome(outcome(two, "too late"))

    assert said(pending.over()[0]) == ([], [(1, "no such agent")], {"ann": b"after 1"})


def test_an_item_nobody_can_use_goes_to_the_quarantine_at_once() -> None:
    pending = Pending()

    pending.add(Entry(0, taken(1), "no line"), ())

    assert said(pending.over()[0]) == ([], [(1, "no line")], {})


def test_an_item_for_everybody_is_over_when_all_its_steps_are() -> None:
    pending = Pending()
    ann, bob = everybody(pending, 1, {"ann": ["a"], "bob": ["b"]})

    pending.outcome(outcome(ann))
    early = pending.over()
    pending.outcome(outcome(bob))

    assert early == {}
    assert said(pending.over()[0]) == ([1], [], {"ann": b"after 1", "bob": b"after 1"})


def test_nothing_behind_an_item_for_everybody_is_over_before_it() -> None:
    """Handed out once more after a crash, it would otherwise come behind what was already remembered."""
    pending = Pending()
    (bob,) = everybody(pending, 1, {"ann": [], "bob": ["b"]})
    add(pending, 2, "ann")
    add(pending, 3, "new")

    early = pending.over()
    pending.outcome(outcome(bob))

    assert early == {}
    done, _, memory = said(pending.over()[0])
    assert (sorted(done), memory) == ([1, 2, 3], {"ann": b"after 2", "bob": b"after 1", "new": b"after 3"})


def test_an_item_for_everybody_where_nobody_is_holds_nothing_up() -> None:
    pending = Pending()
    everybody(pending, 1, {})
    add(pending, 2, "ann")

    assert said(pending.over()[0]) == ([1, 2], [], {"ann": b"after 2"})


def test_of_two_items_for_everybody_the_first_one_keeps_back_what_is_behind_both() -> None:
    pending = Pending()
    (bob,) = everybody(pending, 1, {"bob": ["b"]})
    everybody(pending, 2, {"ann": []})
    add(pending, 3, "new")

    early = pending.over()
    pending.outcome(outcome(bob))

    done, _, memory = said(pending.over()[0])
    assert early == {}
    assert (sorted(done), memory) == ([1, 2, 3], {"bob": b"after 1", "ann": b"after 2", "new": b"after 3"})


def test_of_two_items_for_everybody_the_second_one_goes_on_keeping_back() -> None:
    pending = Pending()
    one, two = everybody(pending, 1, {"ann": ["a"]}) + everybody(pending, 2, {"ann": [], "bob": ["b"]})

    pending.outcome(outcome(one))
    add(pending, 3, "new")
    early = pending.over()
    pending.outcome(outcome(two))

    assert said(early[0]) == ([1], [], {"ann": b"after 1"})
    assert sorted(said(pending.over()[0])[0]) == [2, 3]


def test_outcomes_of_changes_nobody_waits_for_are_ignored() -> None:
    pending = Pending()
    (one,) = add(pending, 1, "ann", "a")
    pending.drop(0)

    pending.outcome(outcome(one))

    assert (pending.over(), pending.items) == ({}, 0)


def test_a_key_is_busy_until_everything_about_it_is_over() -> None:
    pending = Pending()
    (one,) = add(pending, 1, "ann", "a")

    before = pending.is_busy("ann")
    pending.outcome(outcome(one))

    assert (before, pending.is_busy("ann"), pending.is_busy("bob")) == (True, False, False)


def test_a_dropped_partition_is_forgotten_and_the_others_are_not() -> None:
    pending = Pending()
    everybody(pending, 1, {"ann": ["a"], "bob": ["b"]})
    add(pending, 2, "eve", "e", partition=1)

    assert sorted(pending.drop(0)) == ["ann", "bob"]
    assert (pending.items, pending.is_busy("ann"), pending.is_busy("eve")) == (1, False, True)
    assert list(pending._waits) == ["e"]


def test_a_partition_dropped_behind_an_item_for_everybody_begins_anew() -> None:
    pending = Pending()
    everybody(pending, 1, {"ann": ["a"]})
    add(pending, 2, "bob")
    pending.drop(0)

    add(pending, 2, "bob")

    assert said(pending.over()[0]) == ([2], [], {"bob": b"after 2"})


# ── any life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = ("ann", "bob", "eve", "fay")


@dataclass
class Thing:
    """An item, or something that time made, as the test remembers it."""

    number: int
    partition: int
    key: str
    is_item: bool
    poison: str
    open: dict[str, set[str]] = field(default_factory=dict)


class Life(RuleBasedStateMachine):
    """Items, outcomes in any order, settling and partitions that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.pending = Pending()
        self.numbers = count(1)
        self.things: list[Thing] = []
        self.waits: dict[str, tuple[Thing, Told]] = {}
        self.done: dict[int, str] = {}
        self.memory: dict[str, int] = {}
        self.known: defaultdict[int, set[str]] = defaultdict(set)

    def enter(self, thing: Thing, changes: dict[str, int]) -> None:
        steps, expected = [], []
        for key, many in changes.items():
            made = [told(key, f"{thing.number} {key} {place}") for place in range(many)]
            thing.open[key] = {one.change.ref.key for one in made}
            self.waits |= {one.change.ref.key: (thing, one) for one in made}
            steps.append((key, str(thing.number).encode, made))
            expected += made
        self.things.append(thing)
        entry = Entry(thing.partition, taken(thing.number, thing.key) if thing.is_item else None, thing.poison)
        assert self.pending.add(entry, steps) == expected

    @rule(key=st.sampled_from(KEYS), changes=st.integers(0, 2), is_item=st.sampled_from((True, True, False)))
    def one(self, key: str, changes: int, is_item: bool) -> None:
        partition = KEYS.index(key) // 3
        self.known[partition].add(key)
        self.enter(Thing(next(self.numbers), partition, key, is_item, ""), {key: changes})

    @rule(partition=st.sampled_from((0, 0, 1)), changes=st.lists(st.integers(-1, 2), min_size=3, max_size=3))
    def everybody(self, partition: int, changes: list[int]) -> None:
        """-1 for somebody for whom it comes too late."""
        members = {key: many for key, many in zip(sorted(self.known[partition]), changes, strict=False) if many >= 0}
        self.enter(Thing(next(self.numbers), partition, EVERYBODY, is_item=True, poison=""), members)

    @rule(partition=st.sampled_from((0, 1)), key=st.sampled_from(("ann", EVERYBODY)))
    def useless(self, partition: int, key: str) -> None:
        self.enter(Thing(next(self.numbers), partition, key, is_item=True, poison="useless"), {})

    @precondition(lambda self: self.waits)
    @rule(data=st.data(), note=st.sampled_from(("", "", "refused")))
    def told(self, data: st.DataObject, note: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.waits)))
        thing, change = self.waits.pop(name)
        thing.open[change.lane].discard(name)
        thing.poison = thing.poison or note
        self.pending.outcome(outcome(change, note))

    @rule()
    def settle(self) -> None:
        for partition, settled in self.pending.over().items():
            here = {one.number: one for one in self.things if one.partition == partition and one.is_item}
            for number, cause in [(one.number, "") for one in settled.done] + [(one.number, why) for one, why in settled.poison]:
                assert number not in self.done
                assert here[number].poison == cause
                self.done[number] = cause
            self.memory |= {key: int(text) for key, text in settled.memory.items()}

    @rule(partition=st.sampled_from((0, 1)))
    def lose(self, partition: int) -> None:
        """Another worker takes over; what is not settled is handed out again, to whoever holds the partition then."""
        busy = {key for key in KEYS if KEYS.index(key) // 3 == partition and self.pending.is_busy(key)}
        assert set(self.pending.drop(partition)) == busy
        self.things = [one for one in self.things if one.partition != partition or one.number in self.done]
        self.waits = {name: one for name, one in self.waits.items() if one[0].partition != partition}

    def is_over(self, thing: Thing) -> bool:
        """Whether everything up to it is told, of each key it is about."""
        return not any(other.open.get(key) for key in thing.open for other in self.things if other.number <= thing.number)

    @invariant()
    def every_item_that_is_not_over_is_counted(self) -> None:
        assert self.pending.items == sum(one.is_item and not self.is_over(one) for one in self.things)

    @invariant()
    def memory_is_that_of_the_last_item_settled(self) -> None:
        for key in KEYS:
            mine = [one for one in self.things if key in one.open and one.is_item]
            noted = self.memory.get(key, 0)
            assert all((one.number in self.done) == (one.number <= noted) for one in mine)

    @invariant()
    def nothing_is_settled_behind_an_open_item_for_everybody(self) -> None:
        for wall in self.things:
            if wall.key == EVERYBODY and wall.open and wall.number not in self.done:
                behind = {one.number for one in self.things if one.partition == wall.partition and one.number > wall.number}
                assert not behind & (self.done.keys() | set(self.memory.values()))

    def teardown(self) -> None:
        for _, change in self.waits.values():
            self.pending.outcome(outcome(change))
        self.settle()
        assert self.pending.items == 0
        assert {one.number for one in self.things if one.is_item} <= self.done.keys()
        assert not any(self.pending.is_busy(key) for key in KEYS)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
