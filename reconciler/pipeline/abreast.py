"""Several feeds read side by side: all of them tell of a call at about the same time, however much they have to catch up with."""

from __future__ import annotations

import asyncio
from asyncio import ALL_COMPLETED, FIRST_COMPLETED
from collections.abc import AsyncGenerator, Sequence

from reconciler.feeds.chunk import Chunk
from reconciler.pipeline.craft import Inlet


async def abreast(inlets: Sequence[Inlet], *, ends: bool) -> AsyncGenerator[tuple[Inlet, Chunk | None], None]:
    """The next chunk of the feed that is furthest behind, and None when a feed is over. `reached` of the inlets says who is.

    Feeds that have an end are waited for (`ends`); of the others only those count that have something right now. One chunk of
    each feed is read ahead. Raises what reading raises, at once.
    """
    coming = {_next(one): one for one in inlets}
    try:
        while coming:
            there, _ = await asyncio.wait(coming, return_when=ALL_COMPLETED if ends else FIRST_COMPLETED)
            task = min((one for one in coming if one in there), key=lambda one: (not one.exception(), coming[one].reached))
            inlet, chunk = coming.pop(task), task.result()
            yield inlet, chunk
            if chunk is not None:
                coming[_next(inlet)] = inlet
    finally:
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)


def _next(inlet: Inlet) -> asyncio.Future[Chunk | None]:
    return asyncio.ensure_future(anext(inlet.chunks, None))
