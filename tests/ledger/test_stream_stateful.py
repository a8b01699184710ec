"""Whatever the adapter: however workers publish, consume, post, settle, pause, crash, join and leave, the promises hold.

A worker that is paused is one that no rule chooses for a while: all clocks go on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from ledger.adapters import KEYS, PARTITIONS, TTL, Adapter, Hands, items, number_of

from reconciler.errors import Fenced
from reconciler.model.stream import Lot, Settled, Stream

RUNS = int(os.environ.get("RECONCILER_TEST_RUNS", "3"))
WORKERS = st.integers(0, 2)


@dataclass
class Worker:
    """A worker as a careful runner is: it posts in order, asks before each post, and drops what is void."""

    stream: Stream
    hands: Hands
    lots: list[Lot] = field(default_factory=list)
    posted: list[Lot] = field(default_factory=list)

    newest: dict[int, Lot] = field(default_factory=dict)
    looked: float = 0.0

    def look(self, limit: int) -> None:
        self.looked = self.hands.seconds
        for lot in self.stream.consume(limit):
            if lot.memory is not None:
                self.drop(lot.partition)
            self.lots.append(lot)
            self.newest[lot.partition] = lot

    def drop(self, partition: int) -> None:
        self.lots = [lot for lot in self.lots if lot.partition != partition]

    def post(self) -> list[int]:
        """Numbers that reach the destination now."""
        ready = [lot for lot in self.lots if lot not in self.posted and lot.is_held()]
        self.posted += ready
        return [number_of(item.id) for lot in ready for item in lot.items]

    def settle(self) -> list[int]:
        """Numbers that are over for good now."""
        over: list[int] = []
        for lot in [lot for lot in self.lots if lot in self.posted]:
            try:
                lot.settle(Settled(done=lot.items))
            except Fenced:
                self.drop(lot.partition)
            else:
                over += [number_of(item.id) for item in lot.items]
                self.lots.remove(lot)
        return over


class Streaming(RuleBasedStateMachine):
    """Up to three workers at work, and those that crashed, whose clocks go on as well."""

    def __init__(self, adapter: Adapter) -> None:
        super().__init__()
        self.adapter = adapter.another()
        self.workers: list[Worker] = []
        self.crashed: list[Worker] = []
        self.published = 0
        self.arrived: list[int] = []
        self.over: set[int] = set()
        self.is_undisturbed = True
        self.join()
        self.join()

    @precondition(lambda self: len(self.workers) < 3 and len(self.crashed) < 6)
    @rule()
    def join(self) -> None:
        hands = Hands(1_000.0 * (1 + len(self.workers) + len(self.crashed)))
        name = f"worker {len(self.workers) + len(self.crashed)}"
        self.workers.append(Worker(self.adapter.open(name, hands, tries=1_000), hands, looked=hands.seconds))

    @rule(who=WORKERS, count=st.integers(1, 12), again=st.integers(0, 12))
    def publish(self, who: int, count: int, again: int) -> None:
        """Some of them were published before."""
        first = max(0, self.published - again)
        batch = items(first, self.published + count - first)
        assert self.at(who).stream.publish(batch) == count
        self.published += count

    @rule(who=WORKERS, limit=st.sampled_from([0, 1, 3, 100]))
    def consume(self, who: int, limit: int) -> None:
        self.at(who).look(limit)

    @rule(who=WORKERS)
    def post(self, who: int) -> None:
        numbers = self.at(who).post()
        assert not self.over & set(numbers), "posted again what was settled"
        self.arrived += numbers

    @rule(who=WORKERS)
    def settle(self, who: int) -> None:
        self.over.update(self.at(who).settle())

    @rule(who=WORKERS)
    def work(self, who: int) -> None:
        self.consume(who, 100)
        self.post(who)
        self.settle(who)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 2.5, TTL]))
    def pass_time(self, seconds: float) -> None:
        for worker in self.everybody():
            worker.hands.seconds += seconds
            self.is_undisturbed &= worker.hands.seconds - worker.looked < TTL / 2

    @rule(seconds=st.integers(1, 25), sleeper=st.integers(0, 5), does=st.sampled_from(["work", "look"]))
    def pass_time_while_others_work(self, seconds: int, sleeper: int, does: str) -> None:
        """Nobody sleeps where there is no such worker; who only looks keeps what it holds and gets nothing done."""
        for _ in range(seconds):
            self.pass_time(1.0)
            for who in set(range(len(self.workers))) - {sleeper}:
                self.work(who) if does == "work" else self.consume(who, 100)
            self.nobody_holds_what_another_holds()

    @precondition(lambda self: len(self.workers) > 1)
    @rule(who=WORKERS)
    def crash(self, who: int) -> None:
        worker = self.at(who)
        self.workers.remove(worker)
        self.crashed.append(worker)

    @precondition(lambda self: len(self.workers) > 1)
    @rule(who=WORKERS)
    def leave(self, who: int) -> None:
        worker = self.at(who)
        self.workers.remove(worker)
        self.is_undisturbed &= not worker.lots
        worker.stream.close()

    @rule()
    def ask_who_may_settle(self) -> None:
        """By asking: those who are told no know it from then on."""
        may = [lot.partition for worker in self.everybody() for lot in worker.newest.values() if _may_settle(lot)]
        assert len(may) == len(set(may))

    @invariant()
    def nobody_holds_what_another_holds(self) -> None:
        held = [lot.partition for worker in self.everybody() for lot in worker.newest.values() if lot.is_held()]
        assert len(held) == len(set(held))
        slots = [slot for worker in self.everybody() for slot in worker.stream.slots()]
        assert len(slots) == len(set(slots))

    @invariant()
    def what_arrives_is_in_order(self) -> None:
        latest: dict[int, int] = {}
        for number in dict.fromkeys(self.arrived):
            assert latest.get(number % len(KEYS), -1) < number
            latest[number % len(KEYS)] = number
        if self.is_undisturbed:
            assert len(self.arrived) == len(set(self.arrived)), "sent twice, though everybody was awake"

    def teardown(self) -> None:
        """Whatever happened, one worker alone brings everything to its end without a person."""
        self.crashed += self.workers
        self.workers = []
        self.join()
        for _ in range(round(3 * TTL)):
            self.pass_time(1.0)
            self.work(0)
            self.nobody_holds_what_another_holds()
        self.what_arrives_is_in_order()
        assert self.workers[0].stream.waiting() == 0
        assert set(self.arrived) == self.over == set(range(self.published))
        self.adapter.close()

    def at(self, who: int) -> Worker:
        return self.workers[who % len(self.workers)]

    def everybody(self) -> list[Worker]:
        return [*self.workers, *self.crashed]


def _may_settle(lot: Lot) -> bool:
    try:
        lot.settle(Settled())
    except Fenced:
        return False
    return True


def test_nothing_is_lost_or_out_of_order_whatever_happens(adapter: Adapter) -> None:
    assert len(KEYS) > PARTITIONS
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    how = settings(max_examples=RUNS, stateful_step_count=40, deadline=None, suppress_health_check=quiet)
    run_state_machine_as_test(lambda: Streaming(adapter), settings=how)
