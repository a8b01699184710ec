"""What only the adapter on a database promises: which stream is opened, who is seen dead, and how large it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ledger.adapters import TTL, Hands, item
from sqlalchemy import event

from reconciler import errors
from reconciler.ledger import inbox
from reconciler.ledger.course import partition_of
from reconciler.ledger.inbox import SqlStream
from reconciler.ledger.process import Process
from reconciler.model.stream import Bookmark, Settled

HERE, THERE = "ci-1 pid:[1]", "ci-2 pid:[1]"
ME, OTHER = Process(HERE, 10, "boot 1"), Process(HERE, 11, "boot 2")
Opening = Callable[..., SqlStream]


@pytest.fixture
def opening(url: str, hands: Hands) -> Iterator[Opening]:
    """Opens streams and closes them at the end."""
    streams: list[SqlStream] = []
    usual: dict[str, Any] = {"organization": "org", "source": "acme", "name": "status", "worker": "w", "slots": 2}
    usual |= {"partitions": 4, "monotonic": hands.monotonic, "clock": hands.clock}

    def open_one(**more: Any) -> SqlStream:
        streams.append(inbox.open(url, **(usual | more)))
        return streams[-1]

    yield open_one
    for stream in streams:
        stream.close()


def holds(stream: SqlStream) -> set[int]:
    return {held.partition for held in stream._crew.held()}


@pytest.mark.parametrize("other", [{"organization": "b"}, {"source": "b"}, {"name": "b"}])
def test_a_stream_is_organisation_source_and_name(opening: Opening, other: dict[str, str]) -> None:
    opening().publish([item(1)])

    assert opening(**other).publish([item(1)]) == 1
    assert opening().publish([item(1)]) == 0


def test_another_number_of_partitions_is_refused(opening: Opening) -> None:
    opening()

    with pytest.raises(
        errors.ConfigurationError, match="the stream status of acme has 4 partitions, not 8; write `partitions: 4`"
    ):
        opening(partitions=8)


def test_keys_keep_their_partition_in_every_release() -> None:
    keys = ["ann", "bob", "山田", "", "SIP/1001"]

    assert [partition_of(key.encode(), 16) for key in keys] == [3, 0, 14, 0, 9]


def test_keys_spread_over_all_partitions() -> None:
    count = [0] * 16
    for number in range(10_000):
        count[partition_of(f"SIP/{number}".encode(), 16)] += 1

    assert min(count) > 500
    assert max(count) < 750


def test_more_slots_come_into_being_and_fewer_are_left_alone(opening: Opening) -> None:
    stream = opening(slots=2)
    stream.consume(1)
    stream.close()

    more = opening(slots=5)
    more.consume(1)
    assert more.slots() == [0, 1, 2, 3, 4]
    more.close()
    fewer = opening(slots=3)
    fewer.consume(1)
    assert fewer.slots() == [0, 1, 2]


def test_a_worker_whose_process_died_on_this_machine_is_followed_at_once(opening: Opening, village: Any) -> None:
    opening(processes=village(OTHER, {OTHER})).consume(1)

    heir = opening(processes=village(ME, {ME}))
    heir.consume(1)

    assert holds(heir) == {0, 1, 2, 3}
    assert heir.slots() == [0, 1]


@pytest.mark.parametrize(
    "gone",
    [Process(HERE, 11, "boot2 2"), Process(THERE, 11, "boot 2"), Process(HERE, 10, "boot 1")],
    ids=["same name, another boot", "another host", "alive"],
)
def test_a_worker_that_cannot_be_seen_dead_keeps_its_lease(opening: Opening, village: Any, hands: Hands, gone: Process) -> None:
    opening(processes=village(gone, {gone})).consume(1)
    heir = opening(processes=village(ME, {ME}))

    heir.consume(1)
    assert holds(heir) == set()
    for _ in range(round(TTL) + 2):
        hands.seconds += 1
        heir.consume(1)

    assert holds(heir) == {0, 1, 2, 3}


def test_a_dead_worker_is_gone_from_the_tables(opening: Opening, village: Any) -> None:
    for number in range(3):
        mine = Process(HERE, number, "boot 1")
        opening(processes=village(mine, {mine})).consume(1)

    with opening()._course.database.read() as connection:
        assert connection.exec_driver_sql("SELECT pid FROM workers").all() == [(2,)]


def test_what_waits_is_counted_without_looking_at_it(opening: Opening) -> None:
    stream = opening()
    stream.publish([item(number, str(number)) for number in range(30)])
    lots = [lot for lot in stream.consume(20) if lot.items]
    lots[0].settle(Settled(done=lots[0].items[:2]))
    lots[1].settle(Settled(poison=[(lots[1].items[0], "cause")]))

    with stream._course.database.read() as connection:
        counted = connection.exec_driver_sql("SELECT count(*) FROM inbox").scalar()

    assert stream.waiting() == counted == 27


def test_a_thousand_items_cost_as_many_statements_as_one(opening: Opening) -> None:
    """What time may not tell on a busy machine: lists go to the driver as they are, and each call is one or two commits."""
    stream = opening()
    stream.consume(1)
    said: list[str] = []
    engine: Any = stream._course.database._engine  # type: ignore[attr-defined]  # the engine is nobody else's business
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    def statements(first: int, count: int) -> int:
        said.clear()
        stream.publish([item(first + number, f"agent {number}") for number in range(count)], Bookmark("feed", "x"))
        lots = [lot for lot in stream.consume(2_000) if lot.items]
        stream.settle({lot.partition: Settled(done=lot.items, memory={"ann": b"x"}) for lot in lots})
        assert stream.waiting() == 0
        return len([text for text in said if not text.startswith("BEGIN")])

    few, many = statements(0, 40), statements(100, 1_000)

    assert few == many < 40


def test_a_stream_may_be_fed_by_another_thread(opening: Opening) -> None:
    """A webhook is answered while the runner consumes."""
    stream = opening()
    taken = []

    def feed() -> None:
        for batch in range(40):
            stream.publish([item(batch * 5 + number, f"agent {number}") for number in range(5)])

    with ThreadPoolExecutor(1) as pool:
        fed = pool.submit(feed)
        for _ in range(5_000):
            for lot in stream.consume(50):
                taken += lot.items
                lot.settle(Settled(done=lot.items))
            if fed.done() and stream.waiting() == 0:
                break
        fed.result()

    assert len({one.id for one in taken}) == len(taken) == 200


def test_what_cannot_be_given_back_is_no_error(opening: Opening, hands: Hands) -> None:
    """It runs out by itself; an error here would hide the one that ended the work."""
    stream, heir = opening(), opening()
    lot = stream.consume(1)[0]
    with stream._course.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE workers RENAME TO nowhere")

    stream.close()

    with heir._course.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE nowhere RENAME TO workers")
    assert not lot.is_held()
    with pytest.raises(errors.Fenced):
        lot.settle(Settled())
    for _ in range(round(TTL) + 2):
        hands.seconds += 1
        heir.consume(1)
    assert holds(heir) == {0, 1, 2, 3}


def test_old_ids_are_forgotten_in_steps(opening: Opening, hands: Hands) -> None:
    """Older ones that still wait are passed by, so that they do not keep the others."""
    stream = opening()
    stream.publish([item(number, "ann") for number in range(20)])
    lot = next(lot for lot in stream.consume(100) if lot.items)
    lot.settle(Settled(done=lot.items[5:], poison=[(one, "cause") for one in lot.items[:5]]))
    hands.seconds += 49 * 3_600

    steps = [stream._forgetting.some(8) for _ in range(6)]

    assert steps == [3, 8, 4, 0, 0, 0]
    assert stream.publish([item(number, "ann") for number in range(20)]) == 15
