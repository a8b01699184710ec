"""Ids that are the same everywhere, and windows that put bounded disorder right."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.moment import LATEST
from reconciler.model.stream import Item, Taken
from reconciler.runners.window import Due, Window, event_id, item, reading, unreadable

NOON = 1_795_000_000_000
EVENT = Event("ann", NOON, {"state": "ready", "queues": ["a", "b"]})
DISORDER = 2_000


def taken(number: int, one: Item, received: int = 0) -> Taken:
    return Taken(number, one.id, one.key, one.payload, 0, received or NOON)


def event(at: int, number: int = 0, *, key: str = "ann", order: int = 0) -> Item:
    return item(Event(key, at, {"number": number}, order=order), "acme")


def numbers(due: Iterable[Due]) -> list[int]:
    return [one.number for one in due]


# ── what a record says ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (ValueError("it has no time"), "^it has no time$"),
        (TypeError("unhashable"), "^the reader fails with TypeError: unhashable; report it with this record"),
        (RecursionError("deep"), "^the reader fails with RecursionError: deep; report"),
    ],
)
def test_whatever_hinders_reading_concerns_one_record_only(fault: Exception, why: str) -> None:
    with pytest.raises(ValueError, match=why), reading():
        raise fault


# ── ids of items ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_item_has_the_same_id_on_every_machine() -> None:
    assert item(EVENT, "acme").id.hex() == "01a1ee565e00f9a82d13c8c52c9af674"


@pytest.mark.parametrize(
    "same",
    [
        EVENT,
        EVENT._replace(data={"queues": ["a", "b"], "state": "ready"}),
        EVENT._replace(data=orjson.loads(orjson.dumps(EVENT.data))),
    ],
)
def test_an_event_told_twice_has_one_id(same: Event) -> None:
    assert item(same, "acme", "log:9").id == item(EVENT, "acme", "log:1").id


@pytest.mark.parametrize(
    "other",
    [
        EVENT._replace(key="bob"),
        EVENT._replace(at=NOON + 1),
        EVENT._replace(order=1),
        EVENT._replace(id="7"),
        EVENT._replace(data={"state": "ready", "queues": ["b", "a"]}),
        EVENT._replace(data={"state": "ready"}),
    ],
)
def test_another_event_has_another_id(other: Event) -> None:
    assert item(other, "acme").id != item(EVENT, "acme").id


def test_another_source_has_other_ids() -> None:
    assert item(EVENT, "acme").id != item(EVENT, "other").id


def test_an_event_with_an_id_of_its_own_is_the_same_whatever_it_says() -> None:
    one, two = EVENT._replace(id="e-1"), EVENT._replace(id="e-1", data={"state": "off"}, order=3)

    assert item(one, "acme").id == item(two, "acme").id


@given(st.lists(st.integers(0, LATEST), min_size=2, max_size=2, unique=True))
def test_ids_grow_with_time(times: list[int]) -> None:
    early, late = sorted(times)

    assert len(event(early).id) == 16
    assert event(early).id < event(late).id


@pytest.mark.parametrize("at", [LATEST + 1, 1 << 48, -(1 << 48)])
def test_an_event_beyond_the_calendar_is_no_item(at: int) -> None:
    with pytest.raises(ValueError, match="'ann' lies beyond the years 1 to 9999"):
        event(at)


def test_a_record_nobody_understood_keeps_its_bytes_as_text() -> None:
    one = unreadable(b"caf\xe9 \xf0\x9f\x92\xa9", "no line", "acme", "log:7", NOON)

    assert orjson.loads(one.payload) == [None, "no line", "caf\\udce9 \U0001f4a9", "log:7"]
    assert one.key.startswith("unreadable ")


def test_a_record_nobody_understood_is_due_with_its_cause() -> None:
    window = Window()
    window.add(3, [taken(1, unreadable(b"x", "no line", "acme", "log:7", NOON))])

    (due,) = window.due(NOON)

    assert (due.data, due.cause, due.place, due.partition, due.at) == (None, "no line", "log:7", 3, NOON)


def test_what_an_event_says_comes_out_of_the_window() -> None:
    window = Window()
    window.add(3, [taken(1, item(EVENT._replace(order=4), "acme", "log:7"))])

    (due,) = window.due(NOON)

    assert (due.data, due.cause, due.place, due.partition, due.at, due.order) == (EVENT.data, "", "log:7", 3, NOON, 4)


# ── ids of events told ───────────────────────────────────────────────────────────────────────────────────────────────

PARTS = st.lists(st.text(max_size=4) | st.binary(max_size=4), min_size=1, max_size=4)


def test_an_event_id_is_the_same_on_every_machine() -> None:
    assert event_id("acme", "presence_event", "ann", bytes(16)) == "faef5582-daa4-4c81-8137-9674b22e3261"


def test_an_event_id_does_not_depend_on_the_process() -> None:
    code = "from reconciler.runners.window import event_id; print(event_id('acme', 'presence_event', 'änn', b'\\xff' * 16))"

    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert said == {event_id("acme", "presence_event", "änn", b"\xff" * 16)}


@given(PARTS)
def test_an_event_id_is_a_uuid_in_version_4_form(parts: list[Any]) -> None:
    text = event_id(*parts)

    found = uuid.UUID(text)
    assert (str(found), found.version, found.variant) == (text, 4, uuid.RFC_4122)


@given(PARTS, PARTS)
def test_other_parts_give_another_event_id(one: list[Any], two: list[Any]) -> None:
    raw = [[part.encode() if isinstance(part, str) else part for part in parts] for parts in (one, two)]

    assert (event_id(*one) == event_id(*two)) == (raw[0] == raw[1])


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────────────


HAPPENED = st.tuples(st.integers(0, 8_000), st.integers(0, 3), st.integers(0, DISORDER - 1))
WAITS = st.lists(st.sampled_from((1, 500, 3_000)), max_size=20)


def arrived(happened: list[tuple[int, int, int]]) -> list[Taken]:
    """Items in the order they arrive: each less than the disorder after it happened."""
    ranked = enumerate(sorted(happened, key=lambda one: one[0] + one[2]), 1)
    return [taken(number, event(NOON + at, number, order=order), NOON + at + late) for number, (at, order, late) in ranked]


def rank(due: Due) -> tuple[int, int, int]:
    return due.at, due.order, due.number


@given(st.lists(HAPPENED, min_size=1, max_size=25).map(arrived), st.integers(0, 15_000), st.integers(1, 5), WAITS)
def test_disorder_within_the_bound_is_put_right_however_items_are_handed_out(
    items: list[Taken], begin: int, limit: int, waits: list[int]
) -> None:
    """A backlog is handed out in parts, with a look in between; after that the window keeps up with the feed."""
    window, out, rest, now = Window(DISORDER), list[Due](), list(items), NOON + begin
    while there := [one for one in rest if one.received <= now][:limit]:
        del rest[: len(there)]
        window.add(0, there, now)
        out += window.due(now)
    for wait in [*waits, 20_000, DISORDER]:
        now += wait
        there = [one for one in rest if one.received <= now]
        del rest[: len(there)]
        window.add(0, there, now)
        out += window.due(now)

    assert [rank(one) for one in out] == sorted(rank(one) for one in out)
    assert sorted(numbers(out)) == [one.number for one in items]


def test_an_item_is_held_no_longer_than_the_disorder() -> None:
    window = Window(DISORDER)
    window.add(0, [taken(1, event(NOON), NOON + 10)], NOON + 10)

    assert numbers(window.due(NOON + 9 + DISORDER)) == []
    assert numbers(window.due(NOON + 10 + DISORDER)) == [1]


@pytest.mark.parametrize(("later", "gone"), [(DISORDER - 1, []), (DISORDER, [1])])
def test_an_item_goes_when_a_younger_one_says_that_nothing_older_can_come(later: int, gone: list[int]) -> None:
    window = Window(DISORDER)
    window.add(0, [taken(1, event(NOON)), taken(2, event(NOON + later))], NOON + later)

    assert numbers(window.due(NOON + 1)) == gone


def test_an_item_from_the_future_lets_nothing_go() -> None:
    window = Window(DISORDER)
    window.add(0, [taken(1, event(NOON + 86_400_000)), taken(2, event(NOON + 1))], NOON)

    assert numbers(window.due(NOON)) == []


OTHER = {"feed": ("Master.csv:1", 0), "partition": ("queue_log:2", 1)}


@pytest.mark.parametrize(("place", "partition"), OTHER.values(), ids=OTHER.keys())
@pytest.mark.parametrize(("since", "gone"), [(0, []), (DISORDER, [1])], ids=["lively", "silent"])
def test_an_item_waits_for_the_feed_that_is_furthest_behind(place: str, partition: int, since: int, gone: list[int]) -> None:
    """Until that one has told of nothing for as long as items may be late."""
    window, now = Window(DISORDER), NOON + 60_000
    window.add(partition, [taken(3, item(Event("bob", NOON, {}), "acme", place))], now - since)
    list(window.due(now - since + DISORDER))  # it goes by itself, and its feed stays behind
    window.add(partition, [taken(4, item(Event("bob", NOON + 5, {}), "acme", place))], now - since + DISORDER // 2)

    for number, at in ((1, NOON + 10), (2, NOON + 10 + DISORDER)):
        window.add(0, [taken(number, item(Event("ann", at, {}), "acme", f"queue_log:{number}"))], now + DISORDER // 2)

    assert [one for one in numbers(window.due(now + DISORDER // 2)) if one < 3] == gone


def test_an_item_that_waited_in_the_stream_is_held_for_those_behind_it() -> None:
    window = Window(DISORDER)
    window.add(0, [taken(1, event(NOON + 1), NOON)], NOON + 60_000)
    early = numbers(window.due(NOON + 60_000))
    window.add(0, [taken(2, event(NOON), NOON + 1)], NOON + 60_001)

    assert early == []
    assert numbers(window.due(NOON + 60_001 + DISORDER)) == [2, 1]


def test_without_disorder_nothing_is_held() -> None:
    window = Window()
    window.add(0, [taken(1, event(NOON + 9_000)), taken(2, event(NOON + 9_000, 2))])

    assert numbers(window.due(0)) == [1, 2]


def test_of_one_instant_the_platform_s_order_counts_and_then_arrival() -> None:
    window = Window()
    window.add(0, [taken(1, event(NOON, order=2)), taken(2, event(NOON, 2, order=1)), taken(3, event(NOON, 3, order=1))])

    assert numbers(window.due(NOON)) == [2, 3, 1]


@given(st.lists(st.integers(0, 1_000), max_size=30), st.sampled_from((0, DISORDER)))
def test_a_window_on_hold_sorts_everything(times: list[int], disorder: int) -> None:
    window, early = Window(disorder, hold=True), list[Due]()
    for number, at in enumerate(times):
        window.add(number % 4, [taken(number, event(NOON + at * 1_000))])
        early += window.due(NOON + 10_000_000)

    window.hold = False
    out = list(window.due(NOON + 10_000_000))

    assert early == []
    assert [(one.at, one.number) for one in out] == sorted((NOON + at * 1_000, number) for number, at in enumerate(times))


@given(st.lists(st.integers(0, 1_000), max_size=30), st.integers(0, 10), st.booleans())
def test_never_more_than_its_capacity_is_held(times: list[int], capacity: int, hold: bool) -> None:
    window, out = Window(1_000_000, capacity=capacity, hold=hold), list[int]()
    for number, at in enumerate(times):
        window.add(0, [taken(number, event(NOON + at))])
        held = len(window)
        gone = list(window.due(NOON))
        out += numbers(gone)
        assert len(window) == min(held, capacity)

    assert len(out) == max(0, len(times) - capacity)


def test_what_is_too_much_goes_oldest_first() -> None:
    window = Window(capacity=2, hold=True)
    window.add(0, [taken(number, event(NOON - number)) for number in range(5)])

    assert numbers(window.due(NOON)) == [4, 3, 2]


def test_a_partition_that_another_worker_has_is_forgotten() -> None:
    window = Window()
    for number in range(20):
        window.add(number % 2, [taken(number, event(NOON - number % 7))])

    window.drop(1)

    assert len(window) == 10
    out = list(window.due(NOON))
    assert {one.partition for one in out} == {0}
    assert all(rank(one) < rank(two) for one, two in pairwise(out))
