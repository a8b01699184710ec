"""Changes of recordings → uploads: an address right before it is used, the bytes in pieces, their fate in the ledger.

What may have arrived is never sent again under another address: the same PUT to the same address stores the same bytes under the
same key, and once that address is no longer valid the proof looks whether they are there. What goes beside a recording goes
before it, so that no recording is there without; it may go again, since it says the same again.
"""

from __future__ import annotations

import asyncio
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import BinaryIO

from reconciler.api.outside import Storage
from reconciler.errors import ApiError, Lost, NotAuthorised, Rejected, Unavailable
from reconciler.kinds import recording
from reconciler.kinds.recording import Address
from reconciler.kinds.rest import told
from reconciler.ledger.recordings import Recordings
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, Outcome, Result
from reconciler.model.port import Send
from reconciler.model.recorded import Stage, Upload

PIECE = 1024 * 1024
TRIES = 4  # PUTs to one address, and addresses for one file
PAUSES = (0.0, 0.5, 2.0, 8.0)  # seconds before each of them


class Pace:
    """A limit on the bytes per second of all uploads together; 0 means none."""

    def __init__(self, per_second: int, ticks: Callable[[], float], sleep: Callable[[float], Awaitable[object]]) -> None:
        self._per_second, self._ticks, self._sleep = per_second, ticks, sleep
        self._free_at = 0.0

    async def take(self, count: int) -> None:
        """Returns when so many more bytes may go."""
        if not self._per_second:
            return
        now = self._ticks()
        wait = self._free_at - now
        self._free_at = max(self._free_at, now) + count / self._per_second
        if wait > 0:
            await self._sleep(wait)


@dataclass(slots=True)
class Progress:
    """How far the uploads of a run are."""

    files: int = 0
    of_files: int = 0
    bytes: int = 0
    of_bytes: int = 0
    sent: int = 0  # bytes that went out, repeated ones too


@dataclass(frozen=True, slots=True)
class Way:
    """What an upload goes by. `open` takes the name of a file, or of two that make one.

    `now` is in milliseconds since 1970; `is_held` says whether nobody else uploads for this source.
    """

    open: Callable[[Sequence[str]], BinaryIO]
    send: Send
    storage: Storage
    ledger: Recordings
    pace: Pace
    now: Callable[[], int]
    sleep: Callable[[float], Awaitable[object]]
    address_seconds: int = 600
    uploads: int = 4
    stopping: Callable[[], bool] = lambda: False
    is_held: Callable[[], bool] = lambda: True
    progress: Progress = field(default_factory=Progress)


async def upload(changes: Sequence[Change], way: Way) -> list[Outcome]:
    """One outcome per change. Recordings of one conversation go one after the other, others at the same time.

    Raises `NotAuthorised`, and `Unavailable` or `Lost` where Genesys Cloud does not answer: what was not sent is planned again.
    """
    lanes: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        lanes[change.name].append(change)
    waiting = iter(lanes.values())
    outcomes: list[Outcome] = []

    async def work() -> None:
        for lane in waiting:
            is_broken = False
            for change in lane:
                if way.stopping() or is_broken:
                    outcomes.append(Outcome(change, Result.BLOCKED if is_broken else Result.STOPPED, "not started"))
                    continue
                outcomes.append(await _one(change, way))
                is_broken = outcomes[-1].result is not Result.DONE

    workers = [asyncio.ensure_future(work()) for _ in range(min(way.uploads, len(lanes)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for one in workers:
            one.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return outcomes


async def _one(change: Change, way: Way) -> Outcome:
    """The outcome of one file; only what concerns every file escapes."""
    said = told(change)
    try:
        file = await _opened(way.open, [name for name, _ in said.get("sides", ())] or [said["file"]])
    except OSError as error:
        return Outcome(change, Result.FAILED, f"cannot be read: {error.strerror or error}")
    try:
        note = await _beside(change, way) or await _sent(change, file, way)
    except (NotAuthorised, Unavailable, Lost):
        raise
    except (ApiError, LookupError) as error:
        note = str(error.args[0] if isinstance(error, LookupError) else error)
    finally:
        file.close()
    if note:
        return Outcome(change, Result.FAILED, note)
    way.progress.files += 1
    way.progress.bytes += said["bytes"]
    return Outcome(change, Result.DONE, requests=1)


async def _opened(find: Callable[[Sequence[str]], BinaryIO], names: Sequence[str]) -> BinaryIO:
    """The file, opened in a thread; one that is open only when nobody wants it any more is closed there."""
    lock, is_over = Lock(), False
    found: list[BinaryIO] = []

    def work() -> BinaryIO:
        file = find(names)
        with lock:
            found.append(file)
            if is_over:
                file.close()
        return file

    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        with lock:
            is_over = True
            for file in found:
                file.close()
        raise


async def _sent(change: Change, file: BinaryIO, way: Way) -> str:
    """Why the file was not taken, empty where it was. A fresh address is asked for where nothing can have arrived."""
    for pause in PAUSES[:TRIES]:
        if pause:
            await way.sleep(pause)
        if not way.is_held():
            return "another run of recordings has taken over"
        where = recording.address(await _asked(recording.ask(change, way.address_seconds), way))
        one = _upload(change, where, way.now())
        way.ledger.note([one, *_sides(one, change)])
        try:
            is_certain = await _put(where, file, one.size, way)
        except Rejected as error:
            if error.code == "BadDigest":
                return "it changed while it was sent; it is sent again once it is whole"
            if error.status != 403:
                return str(error)
            continue
        if is_certain:
            way.ledger.note([replace(one, stage=Stage.TAKEN)])
            return ""
        return "nobody knows whether it arrived: the next look reads that"
    return "the storage refused every address it was given"


async def _beside(change: Change, way: Way) -> str:
    """Why the file beside it was not taken; empty where it was, or there is none."""
    data = recording.beside(change)
    if not data:
        return ""
    for pause in PAUSES[:TRIES]:
        if pause:
            await way.sleep(pause)
        where = recording.address(await _asked(recording.ask_beside(change, way.address_seconds), way))
        try:
            if await _put(where, io.BytesIO(data), len(data), way):
                return ""
        except Rejected as error:
            if error.status != 403:
                return str(error)
    return "the file that tells its conversation could not be uploaded"


async def _asked(call: Call, way: Way) -> Answer:
    """The answer with an address; a lost one is asked for again, since an address nobody uses does nothing."""
    for pause in PAUSES[1:]:
        try:
            return await way.send(call)
        except Lost:
            await way.sleep(pause)
    return await way.send(call)


async def _put(where: Address, file: BinaryIO, size: int, way: Way) -> bool:
    """Whether the storage took it; False where that is unknown. Raises `Rejected` where it certainly did not."""
    is_doubtful = False
    for pause in PAUSES[:TRIES]:
        if pause:
            await way.sleep(pause)
        try:
            await way.storage.put(where.url, where.headers, _pieces(file, size, way), size)
        except Lost:
            is_doubtful = True
        except Unavailable:
            continue
        except Rejected:
            if is_doubtful:
                return False
            raise
        else:
            return True
    return False


async def _pieces(file: BinaryIO, size: int, way: Way) -> AsyncIterator[bytes]:
    """The file from its beginning, exactly `size` bytes of it. Raises `OSError` where it has become shorter."""
    file.seek(0)
    left = size
    while left:
        piece = await asyncio.to_thread(file.read, min(PIECE, left))
        if not piece:
            raise OSError("the file has become shorter")
        left -= len(piece)
        await way.pace.take(len(piece))
        way.progress.sent += len(piece)
        yield piece


def _upload(change: Change, where: Address, now: int) -> Upload:
    said = told(change)
    return Upload(
        change.ref.key,
        said["file"],
        said["conversation"],
        said["known_as"],
        said["sent_as"],
        said["bytes"],
        said["seconds"],
        Stage.SENT,
        now,
        where.key,
    )


def _sides(one: Upload, change: Change) -> list[Upload]:
    """The files that go with it as its sides: they are done when it is."""
    sides = told(change).get("sides", ())
    return [replace(one, digest=digest, name=name, stage=Stage.JOINED, key=one.digest) for name, digest in sides]
