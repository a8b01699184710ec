"""Feeds are read side by side, the one furthest behind first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.feeds.chunk import Chunk, Record
from reconciler.model.event import Event
from reconciler.model.stream import Bookmark
from reconciler.pipeline.abreast import abreast
from reconciler.pipeline.craft import Inlet
from reconciler.pipeline.reader import Reader

TIMES = st.lists(st.integers(0, 50), max_size=6).map(sorted)


class Nothing:
    """Understands no record."""

    odd: dict[str, int] = {}  # noqa: RUF012 - nobody changes it
    state = ""

    def __call__(self, record: bytes) -> Sequence[Event]:
        raise AssertionError(record)


class Feed:
    """Chunks of one record each, which reaches as far as its time. `pause` comes before some of them."""

    def __init__(self, times: Sequence[int], pauses: Sequence[int] = (), fault: Exception | None = None) -> None:
        self.times, self.pauses, self.fault = times, pauses, fault
        self.is_closed = False
        self.go_on = asyncio.Event()

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        try:
            for number, at in enumerate(self.times):
                if number in self.pauses:
                    await self.go_on.wait()
                yield Chunk([Record(str(at).encode(), "")], Bookmark("", ""))
            if self.fault:
                raise self.fault
        finally:
            self.is_closed = True


async def read(*feeds: Feed, ends: bool, until: int = 1_000) -> list[tuple[int, int | None]]:
    """Which feed was read on, and to which time; None for its end."""
    inlets = [Inlet(str(number), one.chunks(), Reader(Nothing())) for number, one in enumerate(feeds)]
    found: list[tuple[int, int | None]] = []
    async with aclosing(abreast(inlets, ends=ends)) as chunks:
        async for inlet, chunk in chunks:
            if chunk is not None:
                inlet.reached = int(chunk.records[0].data)
            found.append((int(inlet.name), None if chunk is None else inlet.reached))
            if len(found) == until:
                break
    return found


@pytest.mark.parametrize("ends", [True, False])
@given(feeds=st.lists(TIMES, max_size=4))
def test_whoever_is_read_on_was_furthest_behind(feeds: list[list[int]], ends: bool) -> None:
    """So no feed is further ahead of another than its own next chunk reaches."""
    found = asyncio.run(read(*map(Feed, feeds), ends=ends))

    reached = dict.fromkeys(range(len(feeds)), -1)
    for number, at in found:
        assert reached[number] == min(reached.values())
        reached[number] = 1_000 if at is None else at
    assert [[at for one, at in found if one == number] for number in range(len(feeds))] == [[*one, None] for one in feeds]


def test_of_feeds_that_reach_equally_far_each_has_its_turn() -> None:
    found = asyncio.run(read(Feed([1, 1, 1]), Feed([1, 1, 1]), ends=True))

    assert all(one != two for (one, _), (two, _) in pairwise(found))


def test_a_feed_that_ends_is_waited_for() -> None:
    async def scene() -> list[tuple[int, int | None]]:
        slow = Feed([1, 2], pauses=[1])
        asyncio.get_running_loop().call_later(0.01, slow.go_on.set)
        return await read(slow, Feed([3, 4]), ends=True)

    assert asyncio.run(scene()) == [(0, 1), (1, 3), (0, 2), (0, None), (1, 4), (1, None)]


def test_a_feed_that_is_followed_holds_nobody_up() -> None:
    async def scene() -> list[tuple[int, int | None]]:
        return await read(Feed([1, 2], pauses=[1]), Feed([3, 4]), ends=False, until=4)

    assert asyncio.run(scene()) == [(0, 1), (1, 3), (1, 4), (1, None)]


def test_what_hinders_reading_is_raised_and_every_feed_closed() -> None:
    feeds = Feed([1], fault=OSError("the disk is gone")), Feed([5], pauses=[0])

    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(read(*feeds, ends=False))

    assert all(one.is_closed for one in feeds)


def test_what_hinders_reading_one_feed_does_not_wait_for_the_others() -> None:
    with pytest.raises(OSError, match="gone"):
        asyncio.run(read(Feed([5], fault=OSError("gone")), Feed([1, 2, 3, 4]), ends=False, until=4))


def test_whoever_stops_early_leaves_no_feed_open() -> None:
    async def scene() -> Sequence[Feed]:
        feeds = Feed([1, 2, 3]), Feed([5], pauses=[0])
        inlets = [Inlet(str(number), one.chunks(), Reader(Nothing())) for number, one in enumerate(feeds)]
        async with aclosing(inlets[0].chunks), aclosing(inlets[1].chunks), aclosing(abreast(inlets, ends=False)) as chunks:  # type: ignore[type-var]
            await anext(chunks)
        return feeds

    assert all(one.is_closed for one in asyncio.run(scene()))
