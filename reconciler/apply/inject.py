"""Changes of event kinds → Outcomes: told in batches, in order within a lane, repeated until the outcome of each is known.

The executor's way with kinds that nobody can read back one by one. What the journal is to objects, the stream is here: an item
stays in it until the outcome of all its changes is known, and a repetition carries the same ids.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.apply.lanes import Lanes
from reconciler.errors import ApiError, Lost, NotAuthorised, Unavailable
from reconciler.model.change import Outcome, Result
from reconciler.model.event import EventKind, Ids, Refused, Told
from reconciler.model.port import Send

LONGEST_WAIT = 30.0  # seconds between two attempts
LAST_SECONDS = 10.0  # how long requests under way are waited for at the end


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything the injection works with.

    `settled` hears every outcome; `is_held` is asked right before a request whether a lane is still ours; `wait` says in how
    many seconds a request may go. An event refused for the moment is sent up to `tries` times. While Genesys Cloud does not
    answer, `patient` work goes on trying for ever, other work gives up after `tries` and raises the error.
    """

    kinds: Mapping[str, EventKind]
    send: Send
    ids: Ids
    settled: Callable[[Outcome], None]
    is_held: Callable[[str], bool] = lambda _lane: True
    wait: Callable[[], float] = lambda: 0.0
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    tries: int = 5
    patient: bool = True
    parallelism: int = 3


class Injector:
    """Tells changes while `run` runs. Nothing is lost when it ends: what was not settled is still in the stream."""

    def __init__(self, telling: Telling) -> None:
        self._with = telling
        self._lanes = Lanes({name: kind.batch for name, kind in telling.kinds.items()})
        self._more = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()
        self._parked: list[Told] = []
        self._tries: Counter[str] = Counter()
        self._silent = 0
        self.sent = 0

    @property
    def waiting(self) -> int:
        """How many changes are not settled."""
        return self._lanes.waiting

    def add(self, changes: Iterable[Told]) -> None:
        """Puts changes at the ends of their lanes."""
        self._lanes.add(changes)
        self._more.set()

    def drop(self, lanes: Iterable[str]) -> None:
        """Forgets lanes that are another worker's now."""
        for lane in lanes:
            self._lanes.drop(lane)

    def resume(self) -> None:
        """Takes up lanes again of which it was doubtful whether they are ours; call it when that was asked again."""
        parked, self._parked = self._parked, []
        for told in parked:
            self._lanes.back(told)
        self._more.set()

    async def run(self) -> None:
        """Runs until it is cancelled. Raises `NotAuthorised`; where it is not patient, also why nobody answered."""
        try:
            while True:
                await self._turn()
                batch = self._lanes.take()
                if not batch:
                    continue
                task = asyncio.ensure_future(self._tell(batch))
                self._under_way.add(task)
                task.add_done_callback(lambda _task: self._more.set())
                await asyncio.sleep(0)  # lets the request count against the budget before the next one asks for its turn
        finally:
            await self._end()

    async def _end(self) -> None:
        """Lets what is under way come to its end, for a while: an outcome nobody waits for is told again by the next run."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_SECONDS)
        open_ = [*self._under_way, *self._resting]
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)

    async def _turn(self) -> None:
        """Waits until there is something to send, a connection, and room in the budget: so that a batch is as full as can be.

        While Genesys Cloud does not answer there is one attempt at a time.
        """
        is_rested = False
        while True:
            self._more.clear()
            for task in [one for one in self._under_way if one.done()]:
                self._under_way.discard(task)
                task.result()
            if not self._lanes.can_go or len(self._under_way) >= (1 if self._silent else self._with.parallelism):
                await self._more.wait()
            elif self._silent and not is_rested:
                await self._with.sleep(_pause(self._silent))
                is_rested = True
            elif seconds := self._with.wait():
                await self._with.sleep(seconds)
            else:
                return

    async def _tell(self, batch: Sequence[Told]) -> None:
        """Sends one request, and settles each of its changes or puts it back."""
        held = self._held(batch)
        if not held:
            return
        kind = self._with.kinds[held[0].change.ref.kind]
        try:
            answer = await self._with.send(kind.call([told.change for told in held], self._with.ids))
        except NotAuthorised:
            raise
        except (Lost, Unavailable) as error:
            self._later(held, error)
        except (ApiError, LookupError) as error:
            await self._halve(held, error)
        else:
            self._silent = 0
            self._heard(held, kind.refused(answer))

    def _held(self, batch: Sequence[Told]) -> list[Told]:
        """The changes whose lanes are surely ours; the others are put aside. Each is asked for once: the answer may change."""
        held: list[Told] = []
        for told in batch:
            (held if self._with.is_held(told.lane) else self._parked).append(told)
        return held

    def _heard(self, batch: Sequence[Told], refused: Mapping[str, Refused]) -> None:
        for told in batch:
            said = refused.get(told.change.ref.key)
            if said is None:
                self.sent += 1
                self._settle(told, Result.DONE)
            elif said.retryable and self._tries[told.change.ref.key] < self._with.tries - 1:
                self._again(told)
            else:
                self._settle(told, Result.FAILED, said.message or "refused")

    def _later(self, batch: Sequence[Told], error: ApiError) -> None:
        """The same again, with the same ids: nobody knows whether it was carried out, or it was not."""
        self._silent += 1
        if not self._with.patient and self._silent >= self._with.tries:
            raise error
        for told in batch:
            self._lanes.back(told)

    async def _halve(self, batch: Sequence[Told], error: ApiError | LookupError) -> None:
        """A batch refused as a whole is cut in two until the guilty event stands alone."""
        if isinstance(error, ApiError):
            self._silent = 0
        if len(batch) == 1:
            self._settle(batch[0], Result.FAILED, str(error.args[0] if isinstance(error, LookupError) else error))
            return
        middle = len(batch) // 2
        await self._tell(batch[:middle])
        await self._tell(batch[middle:])

    def _again(self, told: Told) -> None:
        """The event may be sent again, a little later; its lane waits for it, the others do not."""
        self._tries[told.change.ref.key] += 1
        seconds = _pause(self._tries[told.change.ref.key])

        async def wait() -> None:
            await self._with.sleep(seconds)
            self._lanes.back(told)

        task = asyncio.ensure_future(wait())
        self._resting.add(task)
        task.add_done_callback(self._rested)

    def _rested(self, task: asyncio.Task[None]) -> None:
        self._resting.discard(task)
        self._more.set()

    def _settle(self, told: Told, result: Result, note: str = "") -> None:
        self._tries.pop(told.change.ref.key, None)
        self._lanes.over(told)
        self._with.settled(Outcome(told.change, result, note, 0))


def _pause(failures: int) -> float:
    """Seconds until the next attempt: 1, 2, 4, … up to the longest."""
    return LONGEST_WAIT if failures > 5 else 2.0 ** (failures - 1)
