"""Whatever the adapter: items are taken over once, handed out in order, and settled for good. One worker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ledger.adapters import KEYS, PARTITIONS, Adapter, Hands, item, items

from reconciler.model.event import EVERYBODY
from reconciler.model.stream import Bookmark, Settled, Stream


def drained(stream: Stream, limit: int = 1_000) -> list[Any]:
    """Everything that is handed out until nothing more comes, settled on the way."""
    taken: list[Any] = []
    while lots := [lot for lot in stream.consume(limit) if lot.items]:
        for lot in lots:
            taken += lot.items
            lot.settle(Settled(done=lot.items))
    return taken


def per_key(taken: list[Any]) -> dict[str, list[bytes]]:
    keys: dict[str, list[bytes]] = {}
    for one in taken:
        keys.setdefault(one.key, []).append(one.id)
    return keys


def test_what_was_published_is_handed_out(stream: Stream) -> None:
    assert stream.publish([item(1, "ann", b"\x00\xff"), item(2, "bob")]) == 2

    taken = drained(stream)

    assert sorted((one.id, one.key, one.payload, one.tries) for one in taken) == [
        (item(1).id, "ann", b"\x00\xff", 0),
        (item(2).id, "bob", b"{}", 0),
    ]


def test_received_is_when_it_was_published(stream: Stream, hands: Hands) -> None:
    hands.seconds += 60
    stream.publish([item(1)])
    hands.seconds += 1

    assert [one.received for one in drained(stream)] == [round(hands.clock().timestamp() * 1000) - 1_000]


def test_the_same_id_twice_in_one_call_counts_once(stream: Stream) -> None:
    assert stream.publish([item(1), item(1), item(2)]) == 2
    assert len(drained(stream)) == 2


@pytest.mark.parametrize("state", ["waiting", "handed out", "settled", "poison"])
def test_an_id_that_is_known_is_suppressed(stream: Stream, state: str) -> None:
    stream.publish([item(1)])
    for lot in stream.consume(10) if state != "waiting" else ():
        poison = [(one, "cause") for one in lot.items] if state == "poison" else ()
        lot.settle(Settled(done=lot.items if state == "settled" else (), poison=poison))

    assert stream.publish([item(1), item(2)]) == 1
    assert stream.waiting() == (2 if state in {"waiting", "handed out"} else 1)


def test_order_holds_per_key_over_batches(stream: Stream) -> None:
    for batch in range(10):
        stream.publish([item(batch * 100 + number, KEYS[number % 40]) for number in range(100)])

    keys = per_key(drained(stream, limit=33))

    assert keys.keys() == set(KEYS)
    assert sum(map(len, keys.values())) == 1_000
    assert all(ids == sorted(ids) for ids in keys.values())


def test_an_older_event_that_comes_later_stays_behind(stream: Stream) -> None:
    """Order is that of publishing; the runner's window has sorted before."""
    stream.publish([item(5)])
    stream.publish([item(3)])

    assert [one.id for one in drained(stream)] == [item(5).id, item(3).id]


def test_numbers_grow_in_the_order_of_publishing(stream: Stream) -> None:
    stream.publish([item(2), item(1)])
    stream.publish([item(1), item(0)])

    numbers = [one.number for one in drained(stream)]

    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


def test_an_item_stays_in_its_hands_until_settled(stream: Stream) -> None:
    stream.publish([item(1)])

    assert [len(lot.items) for lot in stream.consume(10) if lot.items] == [1]
    assert stream.consume(10) == []
    assert stream.waiting() == 1


def test_of_a_lot_some_items_may_be_settled_before_others(stream: Stream) -> None:
    stream.publish([item(number) for number in range(5)])
    lot = next(lot for lot in stream.consume(10) if lot.items)

    lot.settle(Settled(done=[lot.items[1], lot.items[2], lot.items[4]]))
    assert stream.waiting() == 2
    lot.settle(Settled(done=[lot.items[0], lot.items[3]]))

    assert stream.waiting() == 0


def test_settling_twice_is_no_harm(stream: Stream) -> None:
    stream.publish([item(1), item(2)])
    lot = next(lot for lot in stream.consume(10) if lot.items)

    lot.settle(Settled(done=lot.items[:1]))
    lot.settle(Settled(done=lot.items[:1]))

    assert stream.waiting() == 1


def test_several_partitions_are_settled_at_once(stream: Stream) -> None:
    stream.publish(items(0, 40))
    lots = [lot for lot in stream.consume(100) if lot.items]

    lost = stream.settle({lot.partition: Settled(done=lot.items[1:], poison=[(lot.items[0], "cause")]) for lot in lots})

    assert len(lots) == PARTITIONS
    assert not lost
    assert stream.waiting() == 0


def test_a_limit_is_kept(stream: Stream) -> None:
    stream.publish([item(number, KEYS[number % 40]) for number in range(100)])

    assert sum(len(lot.items) for lot in stream.consume(7)) == 7
    assert sum(len(lot.items) for lot in stream.consume(1_000)) == 93


def test_a_small_limit_serves_every_partition_in_turn(stream: Stream) -> None:
    stream.publish([item(number, KEYS[number % 40]) for number in range(400)])

    served = {lot.partition for _ in range(PARTITIONS) for lot in stream.consume(1) if lot.items}

    assert served == set(range(PARTITIONS))


def test_a_key_has_one_partition(stream: Stream) -> None:
    homes: dict[str, set[int]] = {}
    for batch in range(3):
        stream.publish([item(batch * 40 + number, key) for number, key in enumerate(KEYS)])
        for lot in stream.consume(1_000):
            for one in lot.items:
                homes.setdefault(one.key, set()).add(lot.partition)

    assert {len(found) for found in homes.values()} == {1}
    assert set.union(*homes.values()) == set(range(PARTITIONS))


def test_an_item_for_everybody_goes_to_every_partition_behind_what_came_before(stream: Stream) -> None:
    stream.publish([item(number, key) for number, key in enumerate(KEYS)])
    assert stream.publish([item(100, EVERYBODY)]) == 1
    stream.publish([item(200 + number, key) for number, key in enumerate(KEYS)])

    lots = [lot.items for lot in stream.consume(1_000)]

    assert len(lots) == PARTITIONS
    for lot in lots:
        at = [one.key for one in lot].index(EVERYBODY)
        assert {one.key for one in lot[:at]} == {one.key for one in lot[at + 1 :]}
    ids = {one.id for lot in lots for one in lot if one.key == EVERYBODY}
    assert len(ids) == PARTITIONS
    assert {id_[:6] for id_ in ids} == {item(100).id[:6]}


def test_an_item_for_everybody_is_suppressed_as_well(stream: Stream) -> None:
    stream.publish([item(1, EVERYBODY)])

    assert stream.publish([item(1, EVERYBODY)]) == 0
    assert stream.waiting() == PARTITIONS


@pytest.mark.parametrize("key", ["", "\x00", "\ud83d", "山田 太郎", "k" * 5_000])
def test_any_text_may_be_a_key(stream: Stream, key: str) -> None:
    stream.publish([item(1, key)], Bookmark(key, key))

    lots = [lot for lot in stream.consume(10) if lot.items]
    lots[0].settle(Settled(memory={key: b"m"}))

    assert lots[0].items[0].key == key
    assert stream.bookmark(key) == key


# ── bookmarks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bookmark_nobody_set_is_empty(stream: Stream) -> None:
    assert stream.bookmark("feed") == ""


def test_a_bookmark_moves_with_the_items(stream: Stream) -> None:
    stream.publish([item(1)], Bookmark("feed", "line 1"))
    stream.publish([], Bookmark("other", "x"))
    stream.publish([item(2)], Bookmark("feed", "line 2"))

    assert (stream.bookmark("feed"), stream.bookmark("other")) == ("line 2", "x")


def test_a_bookmark_moves_when_every_item_was_known(stream: Stream) -> None:
    stream.publish([item(1)])
    stream.publish([item(1)], Bookmark("feed", "line 1"))

    assert stream.bookmark("feed") == "line 1"


# ── restart ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_handed_out_and_not_settled_comes_again_after_a_clean_end(adapter: Adapter, hands: Hands) -> None:
    first = adapter.open("first", hands)
    first.publish([item(number) for number in range(4)])
    lot = next(lot for lot in first.consume(3) if lot.items)
    lot.settle(Settled(done=lot.items[:1]))
    first.close()

    taken = drained(adapter.open("second", hands))

    assert [(one.id, one.tries) for one in taken] == [(item(number).id, 0) for number in (1, 2, 3)]


def test_memory_comes_with_a_partition_that_was_just_taken(adapter: Adapter, hands: Hands) -> None:
    first = adapter.open("first", hands)
    first.publish([item(1)])
    lot = next(lot for lot in first.consume(10) if lot.items)
    lot.settle(Settled(done=lot.items, memory={"ann": b"ready", "bob": b"off"}))
    lot.settle(Settled(memory={"bob": b"", "carl": b"\x00"}))
    first.close()

    memories = {lot.partition: lot.memory for lot in adapter.open("second", hands).consume(10)}

    assert memories.pop(lot.partition) == {"ann": b"ready", "carl": b"\x00"}
    assert list(memories.values()) == [{}] * (PARTITIONS - 1)


def test_memory_comes_once(stream: Stream) -> None:
    assert [lot.memory for lot in stream.consume(10)] == [{}] * PARTITIONS
    stream.publish([item(1)])

    assert [lot.memory for lot in stream.consume(10)] == [None]


def test_bookmarks_outlive_their_worker(adapter: Adapter, hands: Hands) -> None:
    adapter.open("first", hands).publish([], Bookmark("feed", "here"))

    assert adapter.open("second", hands).bookmark("feed") == "here"


# ── poison ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_poison_leaves_the_way_free(stream: Stream) -> None:
    stream.publish([item(number) for number in range(3)])
    lot = next(lot for lot in stream.consume(10) if lot.items)

    lot.settle(Settled(done=[lot.items[0], lot.items[2]], poison=[(lot.items[1], "no such state")]))

    assert stream.waiting() == 0
    assert stream.consume(10) == []


# ── what is over is forgotten in time ────────────────────────────────────────────────────────────────────────────────


def test_an_id_is_known_until_its_retention_is_over(adapter: Adapter, hands: Hands) -> None:
    stream = adapter.open("worker", hands, retention=timedelta(hours=1))
    at = round(hands.clock().timestamp() * 1000) - 1_790_000_000_000
    stream.publish([item(at), item(at + 1)])
    taken = drained(stream)

    hands.seconds += 3_590
    stream.consume(10)
    assert stream.publish([item(at)]) == 0
    for _ in range(12):
        hands.seconds += 4
        stream.consume(10)

    assert len(taken) == 2
    assert stream.publish([item(at), item(at + 1)]) == 2


def test_what_waits_is_known_for_ever(adapter: Adapter, hands: Hands) -> None:
    stream = adapter.open("worker", hands, retention=timedelta(hours=1))
    stream.publish([item(1)])

    for _ in range(10):
        hands.seconds += 3_600
        stream.consume(10)

    assert stream.publish([item(1)]) == 0


def test_old_events_taken_over_lately_are_known(adapter: Adapter, hands: Hands) -> None:
    """A backfill: the events are older than the retention, their publishing is not."""
    stream = adapter.open("worker", hands, retention=timedelta(hours=1))
    stream.publish([item(1)])
    drained(stream)

    hands.seconds += 3_000
    stream.consume(10)

    assert hands.clock().timestamp() * 1000 - 1_790_000_000_000 > 3_600_000
    assert stream.publish([item(1)]) == 0
