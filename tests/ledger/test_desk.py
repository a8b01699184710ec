"""What a person sees of the streams and does to them: backlog, quarantine, replay and drop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from ledger.adapters import PARTITIONS, START, Adapter, Hands, item

from reconciler.ledger import desk, inbox
from reconciler.ledger.desk import Desk
from reconciler.model.stream import Settled, Stream, Taken

NOW = round(START.timestamp() * 1000)


@pytest.fixture
def stream_url(url: str) -> str:
    return url


@pytest.fixture
def stream_name() -> str:
    return "status"


@pytest.fixture
def at_desk(url: str, hands: Hands) -> Iterator[Desk]:
    with desk.open(url, organization="org", source="acme", clock=hands.clock) as one:
        yield one


@pytest.fixture
def poisoned(stream: Stream) -> Callable[[str], None]:
    """Takes what waits and finds all of it unusable."""

    def poison(cause: str) -> None:
        for lot in stream.consume(100):
            lot.settle(Settled(poison=[(one, cause) for one in lot.items]))

    return poison


def handed(stream: Stream) -> list[Taken]:
    return [one for lot in stream.consume(100) for one in lot.items]


def test_a_ledger_without_streams_has_nothing_to_show(at_desk: Desk) -> None:
    assert (at_desk.streams(), at_desk.backlog("status"), at_desk.quarantined(), at_desk.poison()) == ([], [], 0, [])


def test_the_backlog_shows_what_waits_since_when_with_whom(at_desk: Desk, stream: Stream, hands: Hands) -> None:
    stream.publish([item(1)])
    hands.seconds += 60
    stream.publish([item(2)])
    stream.consume(1)

    backlog = at_desk.backlog("status")

    assert sorted(one[1:] for one in backlog) == [*[(0, 0, "worker")] * (PARTITIONS - 1), (2, NOW, "worker")]
    assert [one.partition for one in backlog] == list(range(PARTITIONS))


def test_a_partition_nobody_holds_has_no_holder(at_desk: Desk, stream: Stream) -> None:
    stream.publish([item(1)])

    assert {one.holder for one in at_desk.backlog("status")} == {""}


def test_the_quarantine_tells_the_cause(at_desk: Desk, stream: Stream, hands: Hands, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(1, "ann", b"one"), item(2, "ann", b"two")])
    hands.seconds += 1
    poisoned("no such state\x1b[31m")

    first, second = at_desk.poison("status")

    assert first[1:] == ("ann", b"one", r"no such state\x1b[31m", 0, NOW + 1_000)
    assert second.payload == b"two"
    assert first.number < second.number
    assert at_desk.quarantined("status") == 2


def test_a_long_quarantine_is_read_in_pages(at_desk: Desk, stream: Stream, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(number) for number in range(5)])
    poisoned("cause")

    first = at_desk.poison(limit=3)
    second = at_desk.poison(after=first[-1].number, limit=3)

    assert (len(first), len(second)) == (3, 2)
    assert not {one.number for one in first} & {one.number for one in second}


def test_a_replayed_item_comes_again_at_the_end(at_desk: Desk, stream: Stream, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(1)])
    poisoned("cause")
    stream.publish([item(2)])

    numbers = at_desk.replay([one.number for one in at_desk.poison()])
    taken = handed(stream)

    assert len(numbers) == 1
    assert [(one.id, one.tries) for one in taken] == [(item(2).id, 0), (item(1).id, 0)]
    assert at_desk.quarantined() == 0
    assert stream.waiting() == 2


def test_what_is_replayed_twice_comes_once(at_desk: Desk, stream: Stream, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(1)])
    poisoned("cause")
    number = at_desk.poison()[0].number

    assert (at_desk.replay([number]), at_desk.replay([number]), at_desk.replay([])) == ([number], [], [])
    assert len(handed(stream)) == 1


def test_a_replayed_item_may_be_poison_again(at_desk: Desk, stream: Stream, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(1)])
    poisoned("cause")
    at_desk.replay([one.number for one in at_desk.poison()])
    poisoned("another cause")

    assert [one.cause for one in at_desk.poison()] == ["another cause"]
    assert stream.waiting() == 0


@pytest.mark.parametrize("end", ["replay", "drop"])
def test_the_same_id_is_suppressed_after_the_quarantine(
    at_desk: Desk, stream: Stream, poisoned: Callable[[str], None], end: str
) -> None:
    stream.publish([item(1)])
    poisoned("cause")
    getattr(at_desk, end)([one.number for one in at_desk.poison()])

    assert stream.publish([item(1)]) == 0


def test_a_dropped_item_is_gone(at_desk: Desk, stream: Stream, poisoned: Callable[[str], None]) -> None:
    stream.publish([item(1), item(2)])
    poisoned("cause")
    first, second = at_desk.poison()

    assert at_desk.drop([first.number, 999]) == [first.number]
    assert at_desk.poison() == [second]
    assert handed(stream) == []


def test_what_is_in_the_quarantine_is_known_for_ever(adapter: Adapter, at_desk: Desk, hands: Hands) -> None:
    stream = adapter.open("worker", hands, retention=timedelta(hours=1))
    stream.publish([item(1)])
    for lot in stream.consume(10):
        lot.settle(Settled(poison=[(one, "cause") for one in lot.items]))

    for _ in range(5):
        hands.seconds += 3_600
        stream.consume(10)

    assert stream.publish([item(1)]) == 0
    at_desk.replay([one.number for one in at_desk.poison()])
    assert stream.publish([item(1)]) == 0
    assert len(handed(stream)) == 1


def test_other_sources_and_streams_are_left_alone(url: str, at_desk: Desk, hands: Hands) -> None:
    for source, name in [("other", "status"), ("acme", "interactions")]:
        times = {"monotonic": hands.monotonic, "clock": hands.clock}
        stream = inbox.open(url, organization="org", source=source, name=name, partitions=2, worker="w", slots=1, **times)
        assert stream.publish([item(1)]) == 1
        for lot in stream.consume(10):
            lot.settle(Settled(poison=[(one, source) for one in lot.items]))
        stream.close()
    other = desk.open(url, organization="org", source="other", clock=hands.clock)
    theirs = [one.number for one in other.poison()]

    assert at_desk.streams() == ["interactions"]
    assert [one.cause for one in at_desk.poison()] == ["acme"]
    assert at_desk.poison("status") == []
    assert (at_desk.drop(theirs), at_desk.replay(theirs)) == ([], [])
    assert [one.number for one in other.poison()] == theirs
    other.close()
