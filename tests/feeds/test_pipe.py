"""Standard input, piece by piece."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from io import BytesIO

import pytest
from feeds.scene import read, words

from reconciler.feeds.pipe import PipeFeed


def test_a_stream_is_read_to_its_end() -> None:
    chunks = asyncio.run(read(PipeFeed("calls", BytesIO(b"a\nb\nc"), "lines")))

    assert words(chunks) == "a b c"
    assert [record.place for chunk in chunks for record in chunk.records] == ["stdin:1", "stdin:2", "stdin:3"]
    assert {chunk.bookmark for chunk in chunks} == {("calls", "")}


def test_records_come_as_soon_as_they_are_written() -> None:
    async def talk() -> list[str]:
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as stream:
            async with aclosing(PipeFeed("calls", stream, "json").chunks()) as chunks:
                said = []
                for text in (b'{"a": 1}\n{"b"', b": 2}\n"):
                    os.write(writer, text)
                    said.append(words([await anext(chunks)]))
                os.close(writer)
                return said + [words([chunk]) async for chunk in chunks]

    assert asyncio.run(talk()) == ['{"a": 1}', '{"b": 2}']


class Handle:
    """A stream on an open file."""

    def __init__(self, number: int) -> None:
        self.number = number

    def read1(self, size: int) -> bytes:
        return os.read(self.number, size)


def test_a_silent_stream_does_not_hold_up_the_end() -> None:
    reader, writer = os.pipe()

    async def stop() -> None:
        reading = asyncio.ensure_future(anext(PipeFeed("calls", Handle(reader), "lines").chunks()))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(stop())  # were it held up, it would be so for ever

    os.close(writer)
    os.close(reader)


def test_what_reading_raises_is_raised() -> None:
    stream = BytesIO(b"a")
    stream.close()

    with pytest.raises(ValueError, match="closed file"):
        asyncio.run(read(PipeFeed("calls", stream, "lines")))
