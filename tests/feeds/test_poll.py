"""Whole states, fetched again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from feeds.scene import Story, read, words

from reconciler.errors import ConfigurationError
from reconciler.feeds.chunk import Chunk
from reconciler.feeds.poll import PollFeed


class Source:
    """Bodies in order; the last one stays."""

    def __init__(self, *bodies: bytes | Exception) -> None:
        self.bodies: Iterator[bytes | Exception] = iter(bodies)
        self.body: bytes | Exception = b""

    async def fetch(self) -> bytes:
        self.body = next(self.bodies, self.body)
        if isinstance(self.body, Exception):
            raise self.body
        return self.body


def poll(*bodies: bytes | Exception, bookmark: str = "", once: bool = False) -> list[Chunk]:
    story = Story([lambda: None] * len(bodies))
    feed = PollFeed("states", Source(*bodies).fetch, "json", "states.json", once=once, sleep=story.sleep)
    return asyncio.run(read(feed, bookmark))


def test_a_state_is_told_when_it_changes() -> None:
    chunks = poll(b'[{"a": 1}]', b'[{"a": 1}]', b'[{"a": 2},\n{"b": 1}]', b'[{"a": 1}]')

    assert [words([chunk]) for chunk in chunks] == ['{"a": 1}', '{"a": 2} {"b": 1}', '{"a": 1}']
    assert [record.place for record in chunks[1].records] == ["states.json:1", "states.json:2"]


def test_the_first_look_always_counts() -> None:
    first = poll(b"{}")[-1].bookmark

    assert words(poll(b"{}", bookmark=first.text)) == "{}"


def test_once_is_once() -> None:
    assert words(poll(b"{}", b"[1]", once=True)) == "{}"


@pytest.mark.parametrize("error", [OSError("no such host"), ConfigurationError("no credentials"), TimeoutError("too slow")])
def test_a_failed_look_is_told_and_tried_again(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert words(poll(b'{"a": 1}', error, b'{"a": 1}', b'{"a": 2}')) == '{"a": 1} {"a": 2}'
    assert f"states.json cannot be read, trying again: {error}" in caplog.text


def test_a_look_that_fails_is_the_end_of_once() -> None:
    with pytest.raises(OSError, match="no such host"):
        poll(OSError("no such host"), once=True)


def test_all_records_of_a_state_are_one_chunk() -> None:
    assert [len(chunk.records) for chunk in poll(b"[" + b"{}," * 2500 + b"]")] == [2500]
