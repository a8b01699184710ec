"""Whatever the adapter: partitions are shared fairly, taken over without a person, and never settled by two workers."""

from __future__ import annotations

import pytest
from ledger.adapters import PARTITIONS, SLOTS, TTL, Adapter, item, items
from ledger.office import Office

from reconciler import errors
from reconciler.model.stream import Settled

ALL = set(range(PARTITIONS))


@pytest.fixture
def office(adapter: Adapter) -> Office:
    return Office(adapter)


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_worker_that_is_alone_holds_everything_at_once(office: Office) -> None:
    assert office.join("ann").holds() == ALL


def test_a_newcomer_gets_its_share(office: Office) -> None:
    ann = office.join("ann")
    bob = office.join("bob")

    office.pass_time(TTL)

    assert len(ann.holds()) == len(bob.holds()) == PARTITIONS / 2
    assert ann.holds() | bob.holds() == ALL


def test_shares_differ_by_one_at_most(office: Office) -> None:
    three = [office.join(name) for name in ("ann", "bob", "carl")]

    office.pass_time(2 * TTL)

    assert sorted(len(one.holds()) for one in three) == [1, 1, 2]
    assert set.union(*(one.holds() for one in three)) == ALL


def test_more_workers_than_partitions_are_no_harm(office: Office) -> None:
    crowd = [office.join(f"worker {number}") for number in range(PARTITIONS + 2)]

    office.pass_time(2 * TTL)

    assert sorted(len(one.holds()) for one in crowd) == [0, 0, *[1] * PARTITIONS]


def test_who_leaves_hands_everything_over_without_waiting(office: Office) -> None:
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)

    office.leave(ann)
    office.pass_time(TTL / 2)

    assert ann.holds() == set()
    assert bob.holds() == ALL


def test_who_only_publishes_has_no_share(office: Office, adapter: Adapter) -> None:
    ann = office.join("ann")
    adapter.open("feed", ann.hands).publish(items(0, 10))

    office.pass_time(TTL)

    assert ann.holds() == ALL


def test_a_partition_moves_only_when_nothing_of_it_is_in_hands(office: Office) -> None:
    """Else the newcomer would send what the other is just sending."""
    ann = office.join("ann")
    ann.stream.publish(items(0, 40))
    office.pass_time()
    bob = office.join("bob")

    office.pass_time(3 * TTL)
    assert ann.holds() == ALL
    ann.settle()
    office.pass_time(TTL)

    assert bob.items() == []
    assert len(bob.holds()) == PARTITIONS / 2


def test_a_partition_that_is_about_to_move_hands_out_nothing_new(office: Office) -> None:
    ann = office.join("ann")
    ann.stream.publish(items(0, 40))
    office.pass_time()
    bob = office.join("bob")
    office.pass_time(TTL)

    ann.stream.publish(items(40, 40))
    office.pass_time(TTL)
    ann.settle()
    office.pass_time(TTL)

    assert {lot.partition for lot in bob.lots if lot.items} == bob.holds()
    assert {one.id for one in ann.items() + bob.items()} == {one.id for one in items(0, 80)}
    assert len(ann.items() + bob.items()) == 80


def test_a_partition_stays_when_its_heir_is_gone_again(office: Office) -> None:
    ann = office.join("ann")
    ann.stream.publish(items(0, 40))
    office.pass_time()
    bob = office.join("bob")
    office.pass_time(TTL)
    office.leave(bob)
    ann.stream.publish(items(40, 40))

    office.pass_time(TTL)

    assert sorted(one.id for one in ann.items()) == sorted(one.id for one in items(0, 80))


def test_memory_goes_with_its_partition(office: Office) -> None:
    ann = office.join("ann")
    for lot in ann.lots:
        lot.settle(Settled(memory={f"of {lot.partition}": b"x"}))
    bob = office.join("bob")

    office.pass_time(TTL)

    assert {lot.partition: lot.memory for lot in bob.lots} == {one: {f"of {one}": b"x"} for one in bob.holds()}


# ── a worker that is gone ────────────────────────────────────────────────────────────────────────────────────────────


def test_who_crashed_is_followed_after_its_lease(office: Office) -> None:
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)
    mine = ann.holds()
    office.crash(ann)

    office.pass_time(TTL - 3)
    assert not bob.holds() & mine
    office.pass_time(6)

    assert bob.holds() == ALL


def test_what_a_crashed_worker_had_in_hands_comes_again(office: Office) -> None:
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)
    ann.stream.publish(items(0, 40))
    ann.look(limit=10)
    office.crash(ann)
    office.pass_time(2 * TTL)

    tried = {one.id: one.tries for one in bob.items()}

    assert tried.keys() == {one.id for one in items(0, 40)}
    assert {id_ for id_, tries in tried.items() if tries} == {one.id for one in ann.items()}


def test_a_paused_worker_knows_by_itself_that_it_may_be_gone(office: Office) -> None:
    ann = office.join("ann")
    ann.paused = True

    office.pass_time(TTL - 3)
    assert ann.holds() == ALL
    office.pass_time(1)

    assert ann.holds() == set()


def test_a_paused_worker_whom_nobody_missed_goes_on(office: Office) -> None:
    ann = office.join("ann")
    ann.stream.publish(items(0, 40))
    ann.look()
    office.pass_time(0.5)
    ann.hands.seconds += 100 * TTL

    ann.settle()
    assert ann.look() == []

    assert ann.holds() == ALL
    assert ann.stream.waiting() == 0


def test_a_woken_worker_cannot_settle_what_was_taken_over(office: Office) -> None:
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)
    ann.stream.publish(items(0, 40))
    ann.look(), bob.look()
    ann.paused = True
    office.pass_time(2 * TTL)
    bob.settle()

    for lot in ann.lots:
        assert not lot.is_held()
        with pytest.raises(errors.Fenced, match=f"partition {lot.partition} was taken over"):
            lot.settle(Settled(done=lot.items, memory={"ann": b"wrong"}))

    assert ann.stream.waiting() == 0
    assert all(lot.memory in (None, {}) for lot in ann.look())


def test_of_several_partitions_those_that_were_lost_are_named(office: Office) -> None:
    """The others are settled all the same; an empty settlement is a question."""
    ann = office.join("ann")
    ann.stream.publish(items(0, 40))
    ann.look()
    ann.paused = True
    bob = office.join("bob")
    office.pass_time(2 * TTL)
    bob.settle()
    bob.paused = True
    ann.paused = False
    office.pass_time(2 * TTL)
    ann.stream.publish(items(40, 40))
    office.pass_time(1)

    lost = bob.stream.settle({partition: Settled() for partition in ALL})
    fine = ann.stream.settle({lot.partition: Settled(done=lot.items) for lot in ann.lots[-PARTITIONS:]})

    assert set(lost) == ALL
    assert not fine
    assert ann.stream.waiting() == 0


def test_a_woken_worker_begins_anew(office: Office) -> None:
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)
    ann.paused = True
    office.pass_time(2 * TTL)
    assert bob.holds() == ALL

    ann.paused = False
    office.pass_time(TTL)

    assert len(ann.holds()) == len(bob.holds()) == PARTITIONS / 2
    assert not ann.holds() & bob.holds()


def test_nobody_is_taken_for_dead_when_all_were_held_up(office: Office) -> None:
    """The server was away, or the machine slept: nobody showed a beat, and nobody could."""
    ann, bob = office.join("ann"), office.join("bob")
    office.pass_time(TTL)
    ann.stream.publish(items(0, 40))
    ann.look(), bob.look()
    ann.hands.seconds += 10 * TTL
    bob.hands.seconds += 10 * TTL

    office.pass_time(1)
    ann.settle(), bob.settle()

    assert ann.stream.waiting() == 0


def test_what_kills_its_worker_again_and_again_is_put_away(office: Office) -> None:
    tried = []
    for number in range(3):
        victim = office.join(f"victim {number}", tries=3)
        victim.stream.publish([item(0)])
        office.pass_time(2 * TTL)
        tried += [one.tries for one in victim.items()]
        office.crash(victim)

    last = office.join("last", tries=3)
    office.pass_time(2 * TTL)

    assert tried == [0, 1, 2]
    assert last.holds() == ALL
    assert last.items() == []
    assert last.stream.waiting() == 0
    assert last.stream.publish([item(0)]) == 0


# ── token slots ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_worker_that_is_alone_has_every_slot(office: Office) -> None:
    assert sorted(office.join("ann").stream.slots()) == list(range(SLOTS))


def test_slots_are_shared_like_partitions(office: Office) -> None:
    three = [office.join(name) for name in ("ann", "bob", "carl")]

    office.pass_time(2 * TTL)

    assert [len(one.stream.slots()) for one in three] == [SLOTS / 3] * 3
    assert {slot for one in three for slot in one.stream.slots()} == set(range(SLOTS))


def test_a_worker_without_partitions_has_slots_to_come(office: Office, adapter: Adapter) -> None:
    """Who has not looked yet is no worker."""
    ann = office.join("ann")

    assert adapter.open("bob", ann.hands).slots() == []


def test_a_paused_worker_stops_using_its_slots_by_itself(office: Office) -> None:
    ann = office.join("ann")
    ann.paused = True

    office.pass_time(TTL - 1)

    assert ann.stream.slots() == []


def test_nobody_gets_a_slot_that_another_may_still_use(office: Office) -> None:
    """Joining, leaving, pausing, waking and crashing: looked at after every fifth of a second."""
    staff = [office.join("ann")]
    seen = set()

    def watch(seconds: float) -> None:
        for _ in range(round(seconds * 5)):
            office.pass_time(0.2)
            held = [slot for one in staff for slot in one.stream.slots()]
            assert len(held) == len(set(held))
            seen.add(len(held))

    staff.append(office.join("bob"))
    watch(3)
    staff.append(office.join("carl"))
    watch(TTL)
    staff[0].paused = True
    watch(2 * TTL)
    staff[0].paused = False
    watch(TTL)
    office.crash(staff.pop(1))
    watch(2 * TTL)
    office.leave(staff.pop(0))
    watch(TTL)

    assert staff[-1].stream.slots() == list(range(SLOTS))
    assert max(seen) == SLOTS


def test_the_budget_is_shared_in_any_minute(office: Office) -> None:
    """Each worker sends as fast as its slots allow, and waits one interval of a slot that is new to it."""
    budget = 300
    interval = 60 / (budget / SLOTS)
    staff, next_at, sent = [office.join("ann")], dict[tuple[str, int], float](), list[float]()

    def work(seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            office.pass_time(0.1)
            now = staff[0].hands.seconds
            for number, one in enumerate(staff):
                held = {(str(number), slot) for slot in one.stream.slots()}
                for gone in [name for name in next_at if name[0] == str(number) and name not in held]:
                    del next_at[gone]
                for name in held:
                    if next_at.setdefault(name, now + interval) <= now:
                        next_at[name] = now + interval
                        sent.append(now)

    work(20)
    staff.append(office.join("bob"))
    work(20)
    staff.append(office.join("carl"))
    work(30)
    staff[1].paused = True
    work(30)
    staff[1].paused = False
    work(40)

    busiest = max(len([at for at in sent if start <= at < start + 60]) for start in sent)
    assert budget * 0.7 < busiest <= budget
