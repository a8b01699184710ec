"""Feeds driven step by step: whoever waits is shown the next step of a story instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path

from reconciler.feeds.chunk import Chunk, Feed
from reconciler.feeds.file import FileFeed

Step = Callable[[], object]


class Over(Exception):
    """The story is told."""


class Story:
    """Stands in for sleeping: each wait performs one step; after the last one and two more looks it is over."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps: Iterator[Step] = iter([*steps, lambda: None, lambda: None])

    async def sleep(self, _seconds: float) -> None:
        step = next(self.steps, None)
        if step is None:
            raise Over
        step()


async def read(feed: Feed, bookmark: str = "") -> list[Chunk]:
    found: list[Chunk] = []
    async with aclosing(feed.chunks(bookmark)) as chunks:
        with suppress(Over):
            async for chunk in chunks:
                found.append(chunk)  # noqa: PERF401 - what came before the end counts
    return found


def follow(path: Path, *steps: Step, bookmark: str = "", frame: str = "lines") -> list[Chunk]:
    return asyncio.run(read(FileFeed("calls", path, frame, sleep=Story(steps).sleep), bookmark))


def once(path: Path, bookmark: str = "", frame: str = "lines") -> list[Chunk]:
    return asyncio.run(read(FileFeed("calls", path, frame, once=True), bookmark))


def words(chunks: Iterable[Chunk]) -> str:
    return " ".join(record.data.decode() for chunk in chunks for record in chunk.records)


def append(path: Path, text: str) -> Step:
    def step() -> None:
        with path.open("a") as file:
            file.write(text)

    return step
