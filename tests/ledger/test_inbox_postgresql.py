"""Streams of several machines on one PostgreSQL: races have one winner, order is that of commits, a lost answer is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from ledger.adapters import KEYS, PARTITIONS, SLOTS, TTL, Adapter, Hands, items, number_of
from ledger.server import Server

from reconciler import errors
from reconciler.model.stream import Bookmark, Settled, Stream

END = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END"


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def stream_url(url: str) -> str:
    return url


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def at_once(threads: ThreadPoolExecutor, *jobs: Callable[[], Any]) -> list[Any]:
    """What jobs that start at the same moment give back."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait()
        return job()

    return [one.result(60) for one in [threads.submit(run, job) for job in jobs]]


@pytest.fixture
def cut(server: Server, url: str) -> Iterator[Callable[[str, str], None]]:
    """Cuts every connection that changes a table, in the middle of its commit; an empty name ends that."""
    made: list[str] = []

    def cut(table: str, act: str) -> None:
        while made:
            server.run(url, f"DROP TRIGGER cut ON {made.pop()}")
        if table:
            made.append(table)
            deferred = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()"
            server.run(
                url,
                f"CREATE OR REPLACE FUNCTION cut() RETURNS trigger AS $$ {END} $$ LANGUAGE plpgsql",
                f"CREATE CONSTRAINT TRIGGER cut AFTER {act} ON {table} {deferred}",
            )

    yield cut
    cut("", "")


def test_an_item_that_many_publish_at_once_is_taken_over_once(adapter: Adapter, threads: ThreadPoolExecutor) -> None:
    streams = [adapter.open(f"feed {number}", Hands()) for number in range(4)]

    new = at_once(threads, *(lambda one=one, n=n: one.publish(items(n * 50, 200)) for n, one in enumerate(streams)))

    assert sum(new) == streams[0].waiting() == 350


def test_nothing_is_missed_while_several_publish(adapter: Adapter, threads: ThreadPoolExecutor) -> None:
    """A number becomes visible before a higher one does, or the consumer would have gone past it."""
    feeds = [adapter.open(f"feed {number}", Hands()) for number in range(3)]
    worker = adapter.open("worker", Hands())
    worker.consume(1)
    taken: list[Any] = []

    def feed(number: int, stream: Stream) -> None:
        for batch in range(30):
            stream.publish(items(number * 10_000 + batch * 7, 7))

    def consume() -> None:
        for _ in range(5_000):
            taken.extend(item for lot in worker.consume(20) for item in lot.items)
            if len(taken) == 3 * 30 * 7:
                return

    at_once(threads, consume, *(lambda n=n, one=one: feed(n, one) for n, one in enumerate(feeds)))

    assert len({item.id for item in taken}) == 3 * 30 * 7
    assert len({item.number for item in taken}) == 3 * 30 * 7


def test_workers_that_begin_at_once_share_without_a_clash(adapter: Adapter, threads: ThreadPoolExecutor) -> None:
    workers = [(adapter.open(f"worker {number}", hands := Hands()), hands) for number in range(4)]
    lots: list[Any] = []

    def live(stream: Stream, hands: Hands) -> None:
        for _ in range(round(2 * TTL)):
            hands.seconds += 1
            lots.extend((stream, lot) for lot in stream.consume(10))

    at_once(threads, *(lambda one=one: live(*one) for one in workers))

    held = [lot.partition for _, lot in lots if lot.is_held()]
    slots = [slot for stream, _ in workers for slot in stream.slots()]
    assert sorted(held) == list(range(PARTITIONS))
    assert sorted(slots) == list(range(SLOTS))


def test_heirs_that_come_at_once_take_every_partition_once(adapter: Adapter, threads: ThreadPoolExecutor) -> None:
    gone, hands = adapter.open("gone", Hands()), [Hands() for _ in range(3)]
    heirs = [adapter.open(f"heir {number}", one) for number, one in enumerate(hands)]
    gone.publish(items(0, 40))
    dead = gone.consume(100)
    found: list[list[Any]] = [[] for _ in heirs]
    for _ in range(round(2 * TTL)):
        for one in hands:
            one.seconds += 1
        for number, lots in enumerate(at_once(threads, *(lambda one=one: one.consume(100) for one in heirs))):
            found[number] += lots

    taken = [item for lots in found for lot in lots for item in lot.items]

    assert sorted(number_of(item.id) for item in taken) == list(range(40))
    assert {item.tries for item in taken} == {1}
    with pytest.raises(errors.Fenced):
        dead[0].settle(Settled(done=dead[0].items))


def test_a_settlement_cut_in_its_commit_did_not_happen_and_may_be_repeated(
    stream: Stream, cut: Callable[[str, str], None]
) -> None:
    stream.publish(items(0, 40))
    lots = stream.consume(100)
    cut("partitions", "UPDATE")

    with pytest.raises(errors.ConfigurationError, match="run again"):
        lots[0].settle(Settled(done=lots[0].items, memory={"ann": b"x"}))
    assert stream.waiting() == 40
    cut("", "")
    lots[0].settle(Settled(done=lots[0].items, memory={"ann": b"x"}))

    assert stream.waiting() == 40 - len(lots[0].items)
    assert stream.consume(100) == []


def test_a_publication_cut_in_its_commit_did_not_happen_and_may_be_repeated(
    stream: Stream, cut: Callable[[str, str], None]
) -> None:
    cut("inbox", "INSERT")

    with pytest.raises(errors.ConfigurationError, match="run again"):
        stream.publish(items(0, 40), Bookmark("feed", "40"))
    assert (stream.bookmark("feed"), stream.waiting()) == ("", 0)
    cut("", "")

    assert stream.publish(items(0, 40), Bookmark("feed", "40")) == 40
    assert (stream.bookmark("feed"), stream.waiting()) == ("40", 40)


def test_a_hand_out_cut_in_its_commit_is_made_again(stream: Stream, cut: Callable[[str, str], None]) -> None:
    stream.consume(1)
    stream.publish(items(0, 40))
    cut("partitions", "UPDATE")
    with pytest.raises(errors.ConfigurationError):
        stream.consume(100)
    cut("", "")

    lots = stream.consume(100)

    assert sum(len(lot.items) for lot in lots) == 40
    assert {item.key for lot in lots for item in lot.items} == set(KEYS)


@pytest.mark.parametrize(("table", "act"), [("workers", "INSERT"), ("workers", "UPDATE"), ("slots", "UPDATE")])
def test_a_worker_cut_while_it_renews_goes_on(
    adapter: Adapter, hands: Hands, cut: Callable[[str, str], None], table: str, act: str
) -> None:
    stream = adapter.open("worker", hands)
    if act == "UPDATE" and table == "workers":
        stream.consume(1)
        hands.seconds += 3
    cut(table, act)
    with pytest.raises(errors.ConfigurationError):
        stream.consume(1)
    cut("", "")
    stream.publish(items(0, 40))

    lots = stream.consume(100)

    assert len(stream.slots()) == SLOTS
    assert sum(len(lot.items) for lot in lots) == 40
    stream.settle({lot.partition: Settled(done=lot.items) for lot in lots})
    assert stream.waiting() == 0
