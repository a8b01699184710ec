"""Standard input as a feed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from reconciler.feeds.pipe import PipeFeed


def read(pieces: Sequence[bytes], frame: str = "lines") -> list[list[tuple[bytes, str]]]:
    left = [*pieces, b""]

    async def chunks() -> list[list[tuple[bytes, str]]]:
        return [
            [tuple(one) for one in chunk.records] async for chunk in PipeFeed("stdin", lambda _most: left.pop(0), frame).chunks()
        ]

    return asyncio.run(chunks())


@pytest.mark.parametrize("pieces", [[b"one\ntwo\nthree"], [b"on", b"e\ntw", b"o\nthree"], [b"one\n", b"two\n", b"three\n"]])
def test_lines_come_whole_however_they_arrive(pieces: list[bytes]) -> None:
    records = [record for chunk in read(pieces) for record in chunk]

    assert records == [(b"one", "stdin:1"), (b"two", "stdin:2"), (b"three", "stdin:3")]


def test_a_line_is_handed_out_before_the_next_one_comes() -> None:
    assert [len(chunk) for chunk in read([b"one\n", b"two\n"])] == [1, 1]


def test_a_pipe_without_a_byte_has_no_records() -> None:
    assert read([]) == []


def test_a_document_that_is_printed_over_many_lines_is_one_record() -> None:
    assert [one for chunk in read([b'{"a":\n', b" 1}\n"], "json") for one, _ in chunk] == [b'{"a":\n 1}']
