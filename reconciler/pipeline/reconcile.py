"""`reconcile`: the ongoing sync. Cycles once, by time, or when the export changes; numbers and notifications beside them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from reconciler.errors import NotAuthorised, ReconcilerError, UsageError
from reconciler.files import stamp
from reconciler.pipeline.apply import Wishes
from reconciler.pipeline.cycle import Cycle, cycle, inputs
from reconciler.pipeline.notes import REFUSAL, SUCCESS, TOLD, Notes
from reconciler.pipeline.notify import Message, notify, ways
from reconciler.pipeline.session import Doors
from reconciler.settings import Settings
from reconciler.telemetry.metrics import Ended, Metrics
from reconciler.telemetry.serve import served

POLL_SECONDS = 3.0  # between two looks at the export
OWED = "recovered"  # stands where fingerprints do: a way that could not yet be told that the trouble is over
RECOVERED = "a cycle ended well: everything is as the manifests say"
RETRY_SECONDS = 60.0  # before a cycle is tried again that failed without anybody's fault, where no `every` says


@dataclass(frozen=True, slots=True)
class Pace:
    """When cycles begin: `every` so many seconds from start to start (0: not by time), and when the export changes.

    Without either there is one cycle.
    """

    every: float = 0
    watch: bool = False

    @property
    def repeats(self) -> bool:
        """Whether there is more than one cycle."""
        return bool(self.every) or self.watch


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who hears of it: `ended` every cycle with troubles beside it, a port on 127.0.0.1 (0: a free one), a file of numbers.

    `listening` hears the port that was taken.
    """

    ended: Callable[[Cycle, list[str]], None] = lambda _cycle, _troubles: None
    port: int | None = None
    textfile: Path | None = None
    listening: Callable[[int], None] = lambda _port: None


async def reconcile(
    settings: Settings, pace: Pace, wishes: Wishes, watchers: Watchers | None = None, doors: Doors | None = None
) -> Cycle:
    """Cycles until `wishes.stopping` says so; the last cycle.

    Where cycles do not repeat, the error of the only one is raised after everybody was told. Where they do, they go on after
    everything but refused credentials, and settings that never worked: these are raised.
    """
    watchers, doors = watchers or Watchers(), doors or Doors()
    if pace.watch and stamp.is_empty(inputs(settings)[0]):
        raise UsageError(f"nothing to watch: no export in {settings.path(settings.file.source.export)}; put one there")
    sync = _Sync(settings, watchers, doors)
    with sync.shown():
        while True:
            begun = doors.ticks()
            last = await cycle(settings, sync.notes, wishes, doors)
            await sync.tell(last, silent=wishes.stopping())
            if last.error is not None and (not pace.repeats or sync.is_final(last)):
                raise last.error
            if not pace.repeats or wishes.stopping():
                return last
            await wait(settings, pace, last, begun, doors)
            if wishes.stopping():
                return last


async def wait(settings: Settings, pace: Pace, last: Cycle, begun: float, doors: Doors) -> None:
    """Waits until the next cycle is due: by time, or when the export has changed since `last` and lies still again.

    What is still being written differs from one look to the next, and is waited for.
    """
    due = begun + (pace.every or (RETRY_SECONDS if last.passes else math.inf))
    before = last.seen
    while (left := due - doors.ticks()) > 0:
        await doors.sleep(min(left, POLL_SECONDS) if pace.watch else left)
        if not pace.watch:
            continue
        now = await asyncio.to_thread(stamp.changed, inputs(settings))
        if now == before != last.seen:
            return
        before = now


class _Sync:
    """What outlives a cycle: notes, numbers, and whether it ever worked."""

    def __init__(self, settings: Settings, watchers: Watchers, doors: Doors) -> None:
        self._settings, self._watchers, self._doors = settings, watchers, doors
        self._worked = False
        self.notes = Notes(settings, doors)
        self.metrics = Metrics()
        self._remember()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Serves the numbers while the block runs, where somebody asked for a port."""
        if self._watchers.port is None:
            yield
            return
        with served(self.metrics, self._watchers.port) as port:
            self._watchers.listening(port)
            yield

    def is_final(self, last: Cycle) -> bool:
        """Whether repeating is useless; settings that have worked once are believed, and the trouble to pass."""
        return last.is_hopeless and (isinstance(last.error, NotAuthorised) or not self._worked)

    async def tell(self, last: Cycle, *, silent: bool) -> None:
        """Counts, notes and tells what became of a cycle; `silent` where it was stopped, which is nobody's concern."""
        self._worked = self._worked or last.result in {"done", "partly", "refused"}
        troubles = [] if silent else await self._notify(last)
        stamps = {"done": SUCCESS, "refused": REFUSAL}
        if last.result in stamps:
            self.notes.set(stamps[last.result], str(last.ended.timestamp()))
        self._count(last)
        try:
            self.notes.save()
            if self._watchers.textfile:
                self.metrics.write(self._watchers.textfile)
        except (ReconcilerError, OSError) as error:
            troubles.append(f"could not keep what this cycle tells the next: {error}")
        self._watchers.ended(last, troubles)

    async def _notify(self, last: Cycle) -> list[str]:
        told: dict[str, list[str]] = orjson.loads(self.notes.get(TOLD) or "{}")
        troubles: list[str] = []
        if last.matter is not None:
            message = Message(self._settings.file.source.name, last.result, *last.matter)
            told, troubles = await notify(self._settings, message, told, self._doors.transport)
        elif last.result == "done":
            told, troubles = await self._recovered(told, last)
        self.notes.set(TOLD, orjson.dumps(told).decode())
        return troubles

    async def _recovered(self, told: Mapping[str, list[str]], last: Cycle) -> tuple[dict[str, list[str]], list[str]]:
        """Tells everybody who was told of trouble that it is over, once: what comes up again after a success is told again.

        A way that fails is tried again after the next success.
        """
        message = Message(self._settings.file.source.name, "recovered", RECOVERED, last.ended.isoformat())
        asked = frozenset(told) & ways(self._settings)
        after, troubles = await notify(self._settings, message, {}, self._doors.transport, asked)
        return {way: [OWED] for way in asked - after.keys()}, troubles

    def _count(self, last: Cycle) -> None:
        applied, seconds = last.applied, (last.ended - last.began).total_seconds()
        self.metrics.count(
            Ended(
                last.result,
                last.ended.timestamp(),
                seconds,
                last.requests,
                last.left,
                last.plan,
                applied.outcomes if applied else (),
            )
        )
        self._remember()

    def _remember(self) -> None:
        success, refusal = (float(self.notes.get(name) or 0) for name in (SUCCESS, REFUSAL))
        self.metrics.remember(success=success, refusal=refusal)
