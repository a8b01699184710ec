"""One apply per organisation: the lease taken, kept alive, and given back."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from reconciler.errors import Interrupted
from reconciler.ledger.sql import SqlLedger


@asynccontextmanager
async def held(ledger: SqlLedger, *, wait_seconds: float, beat_seconds: float) -> AsyncIterator[Callable[[], bool]]:
    """Holds the organisation while the block runs; the value says whether the lease was lost meanwhile.

    Raises `Locked` where somebody else applies for longer than `wait_seconds`, and at the end of a block that lost the lease.
    """
    await _acquire(ledger, wait_seconds)
    beating = asyncio.ensure_future(_beat(ledger, beat_seconds))
    try:
        yield beating.done
    finally:
        beating.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await beating
        finally:
            ledger.release()


async def _acquire(ledger: SqlLedger, wait_seconds: float) -> None:
    """Takes the lease in a thread, so that signals are heard while it waits; a wait that is cancelled ends at once."""
    cancelled = threading.Event()

    def sleep(seconds: float) -> None:
        if cancelled.wait(seconds):
            raise Interrupted("stopped waiting for the lease")

    holder = f"{os.environ.get('USER', 'somebody')}@{socket.gethostname()}"
    try:
        await asyncio.to_thread(ledger.acquire, holder, wait_seconds=wait_seconds, sleep=sleep)
    except asyncio.CancelledError:
        cancelled.set()
        raise


async def _beat(ledger: SqlLedger, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        ledger.heartbeat()
