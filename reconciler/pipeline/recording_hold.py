"""One run of recordings per source at a time, on however many machines; and no more requests than its share of the budget."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from reconciler.errors import Locked
from reconciler.ledger import inbox
from reconciler.ledger.crew import Terms
from reconciler.ledger.inbox import SqlStream
from reconciler.pipeline.run import BUDGET, opened
from reconciler.pipeline.running import SHARES
from reconciler.pipeline.session import Session

RUNNER = "recordings"
BEAT_SECONDS = 1.0


@asynccontextmanager
async def held(session: Session, *, is_over: Callable[[], bool]) -> AsyncIterator[Callable[[], bool]]:
    """Holds the only partition of a stream of its own while the block runs; the value says whether it surely does.

    The ledger's workers already know how to take over from one that is gone: two runs would send the same content twice. Waits
    for another run unless `is_over`; then it raises `Locked`.
    """
    with _stream(session) as stream, opened(session, BUDGET) as budget:
        lots: list[Any] = []
        while not lots:
            lots = list(stream.consume(0))
            if not lots and is_over():
                raise Locked("another run of recordings of this source is at work; wait for it, or stop it")
            if not lots:
                await session.doors.sleep(BEAT_SECONDS)
        _share(session, budget)
        beating = asyncio.ensure_future(_beat(session, stream, budget))
        try:
            yield lambda: lots[0].is_held() or bool(stream.consume(0)) or lots[0].is_held()
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(session: Session, stream: SqlStream, budget: SqlStream) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        stream.consume(0)
        _share(session, budget)


def _share(session: Session, budget: SqlStream) -> None:
    """Sends no more than the token slots allow that are ours right now: other runners of this source go on meanwhile."""
    budget.consume(0)
    held, clients = budget.slots(), len(session.settings.file.organization.clients)
    session.client.share([sum(one % clients == number for one in held) / SHARES for number in range(clients)])


@contextmanager
def _stream(session: Session) -> Iterator[SqlStream]:
    settings, doors = session.settings, session.doors
    stream = inbox.open(
        settings.ledger,
        organization=session.organization,
        source=settings.file.source.name,
        name=RUNNER,
        partitions=1,
        worker=f"{socket.gethostname()} {os.getpid()}",
        slots=1,
        monotonic=doors.ticks,
        clock=doors.now,
        terms=Terms(tries=settings.file.runners.tries),
    )
    try:
        yield stream
    finally:
        stream.close()
