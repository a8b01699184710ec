"""The reader: single answers and whole listings over a Send. It has no way to write, and it refuses calls that would."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

from reconciler import errors
from reconciler.api.decode import decoded
from reconciler.api.walk import Walk
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.port import Send
from reconciler.model.resource import Proof

TOO_LARGE = "response.entity.too.large"  # 400: ask for less; source: common error codes, API description of July 2026


class Reader:
    """What planning may use. `ahead` pages of one numbered listing are asked for at the same time."""

    def __init__(self, send: Send, *, ahead: int = 4) -> None:
        self._send = send
        self._ahead = ahead

    async def get(self, call: Call) -> Answer:
        """The answer of a reading call; a writing one is refused with `ValueError`."""
        if call.writes:
            raise ValueError(f"{call.operation} writes, and a reader must not")
        return await self._send(call)

    async def pages(self, listing: Listing, take: Callable[[list[dict[str, Any]]], None]) -> Proof:
        """Hands every page's new entities to `take`, in page order, and says whether the listing was read to its end.

        No entity is handed over twice, even where pages shift while they are read. A page that is too large for the service
        is asked for again in smaller ones that begin at the same entity. Raises `errors.ApiError` as the Send does
        (`NotAuthorised` for a listing that is not ours to see), and `Unavailable` for an answer that is no list.
        """
        walk = Walk(listing)
        asked: dict[int, asyncio.Task[Answer]] = {}
        try:
            while not walk.done:
                try:
                    answer = await self._next(walk, asked)
                except errors.Rejected as error:
                    await _drop(asked)
                    if error.code != TOO_LARGE or not walk.smaller():
                        raise
                else:
                    _hand_over(walk, answer, take)
        finally:
            await _drop(asked)
        return walk.proof()

    async def _next(self, walk: Walk, asked: dict[int, asyncio.Task[Answer]]) -> Answer:
        """The answer of the walk's next page, while the pages after it are already under way."""
        offsets = walk.upcoming(self._ahead)
        if len(offsets) == 1 and not asked:  # most listings have one page: no task for those
            return await self._send(walk.call())
        for offset in offsets:
            if offset not in asked:
                asked[offset] = asyncio.ensure_future(self._send(walk.call(offset)))
        return await asked.pop(offsets[0])


async def _drop(asked: dict[int, asyncio.Task[Answer]]) -> None:
    """Cancels what is still under way; they are reads, nothing is lost."""
    if not asked:
        return
    tasks = list(asked.values())
    asked.clear()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _hand_over(walk: Walk, answer: Answer, take: Callable[[list[dict[str, Any]]], None]) -> None:
    """Decodes one page and gives its entities away; nothing of it is kept.

    The collector is off while one page is decoded and taken: it finds nothing there but costs half the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        entities = _entities(walk, answer)
        if entities:
            take(entities)
    finally:
        if collecting:
            gc.enable()


def _entities(walk: Walk, answer: Answer) -> list[dict[str, Any]]:
    try:
        return walk.step(decoded(answer, walk.listing))
    except (ValueError, TypeError, AttributeError) as error:
        operation = f"GET {walk.listing.path}"
        raise errors.Unavailable(operation, answer.status, "", f"the answer is no list as described ({error})") from error
