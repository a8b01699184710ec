"""A stream in memory behaves like a real one with one worker."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger.course import packed, partition_of
from reconciler.model.event import EVERYBODY
from reconciler.model.stream import Bookmark, Item, Settled, Stream, Taken
from reconciler.runners.rehearsal import Rehearsal


def item(number: int, key: str = "ann") -> Item:
    return Item(number.to_bytes(16, "big"), key, b"%d" % number)


def handed(stream: Rehearsal, limit: int = 100) -> dict[int, list[bytes]]:
    return {lot.partition: [one.payload for one in lot.items] for lot in stream.consume(limit) if lot.items}


def rehearsal(memory: Mapping[int, Mapping[str, bytes]] | None = None) -> Rehearsal:
    return Rehearsal(4, memory, {"log": "17"})


def test_it_is_a_stream() -> None:
    stream: Stream = Rehearsal(1)

    stream.close()

    assert list(Rehearsal(1, slots=3).slots()) == [0, 1, 2]


def test_what_was_published_is_handed_out_once_in_order() -> None:
    stream = rehearsal()
    stream.publish([item(2), item(1), item(3)])

    assert [*handed(stream).values()] == [[b"2", b"1", b"3"]]
    assert handed(stream) == {}


@pytest.mark.parametrize("state", ["waiting", "handed out", "settled"])
def test_an_id_that_is_known_is_suppressed(state: str) -> None:
    stream = rehearsal()
    stream.publish([item(1), item(1)])
    lots = stream.consume(100) if state != "waiting" else ()
    for lot in lots if state == "settled" else ():
        lot.settle(Settled(done=lot.items))

    assert stream.publish([item(1), item(2)]) == 1


def test_an_item_for_everybody_goes_to_every_partition_and_counts_as_one() -> None:
    stream = rehearsal()

    assert stream.publish([item(1, EVERYBODY)]) == 1
    assert handed(stream) == {number: [b"1"] for number in range(4)}
    assert stream.waiting() == 4


@pytest.mark.parametrize("key", ["ann", "SIP/1001", "山田", "half a pair \ud83d"])
def test_a_key_has_the_partition_that_a_ledger_gives_it(key: str) -> None:
    stream = Rehearsal(16)
    stream.publish([item(1, key)])

    assert [*handed(stream)] == [partition_of(packed(key), 16)]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40), st.lists(st.integers(0, 9), max_size=20))
def test_a_limit_holds_back_the_rest_for_later(keys: list[str], limits: list[int]) -> None:
    stream = rehearsal()
    stream.publish([item(number, key) for number, key in enumerate(keys, 1)])

    found: dict[int, list[bytes]] = {}
    for limit in [*limits, 1_000]:
        lots = handed(stream, limit)
        assert sum(map(len, lots.values())) <= limit
        for partition, payloads in lots.items():
            found.setdefault(partition, []).extend(payloads)

    assert sorted(int(one) for payloads in found.values() for one in payloads) == list(range(1, len(keys) + 1))
    assert all(payloads == sorted(payloads, key=int) for payloads in found.values())


def test_memory_is_handed_out_once_also_where_nothing_waits() -> None:
    stream = rehearsal({2: {"ann": b"known"}})

    first = {lot.partition: lot.memory for lot in stream.consume(100)}
    stream.publish([item(1)])

    assert first == {0: {}, 1: {}, 2: {"ann": b"known"}, 3: {}}
    assert [lot.memory for lot in stream.consume(100)] == [None]


def test_what_is_settled_waits_no_longer_and_is_remembered() -> None:
    stream = rehearsal({2: {"ann": b"old", "bob": b"old"}})
    stream.publish([item(1), item(2)])
    (lot,) = [lot for lot in stream.consume(100) if lot.items]
    good, bad = lot.items

    assert lot.is_held()
    assert stream.settle({lot.partition: Settled([good], [(bad, "no line")], {"ann": b"new", "bob": b""})}) == ()
    assert stream.waiting() == 0
    assert (stream.poison, stream.memory[lot.partition]["ann"]) == ([(bad, "no line")], b"new")


def test_empty_memory_forgets() -> None:
    stream = rehearsal({2: {"ann": b"old", "bob": b"old"}})

    stream.settle({2: Settled(memory={"ann": b"", "eve": b""})})

    assert stream.memory[2] == {"bob": b"old"}


def test_what_is_handed_in_is_not_changed() -> None:
    memory = {2: {"ann": b"old"}}

    rehearsal(memory).settle({2: Settled(memory={"ann": b"new"})})

    assert memory == {2: {"ann": b"old"}}


def test_the_bookmark_moves_with_what_is_published() -> None:
    stream = rehearsal()
    before = stream.bookmark("log"), stream.bookmark("other")

    stream.publish([], Bookmark("log", "18"))

    assert (before, stream.bookmark("log")) == (("17", ""), "18")


def test_items_say_when_they_were_published_and_that_they_were_never_tried() -> None:
    stream = rehearsal()
    stream.publish([item(7, "ann")])

    (one,) = [one for lot in stream.consume(100) for one in lot.items]

    assert one == Taken(1, item(7).id, "ann", b"7", 0, 0)
