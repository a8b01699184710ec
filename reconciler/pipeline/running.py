"""A runner at work: feed → events → stream → changes → Genesys Cloud. What the changes are is its craft's business."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

import orjson

from reconciler.apply.inject import Injector, Telling
from reconciler.errors import ApiError, ConfigurationError, Locked, NotAuthorised
from reconciler.feeds.chunk import Record
from reconciler.kinds import EVENTS
from reconciler.model.change import Change, Outcome, Result
from reconciler.model.event import Event, Headed, Read, Told
from reconciler.model.stream import Bookmark, Item, Lot, Settled, Stream
from reconciler.pipeline.abreast import abreast
from reconciler.pipeline.craft import Craft, Inlet, Mode, nothing
from reconciler.pipeline.quiet import seldom
from reconciler.pipeline.reader import Reader
from reconciler.pipeline.session import Session
from reconciler.pipeline.tally import Report
from reconciler.runners.pending import Pending
from reconciler.runners.window import Due, Window, item, reading, unreadable

T = TypeVar("T")
SHARES = 6  # token slots per OAuth client: so many workers can share the budget of one
AHEAD = 20_000  # items taken from the stream and not over: enough to fill requests, few enough to keep memory small
END = 1 << 62  # later than any time
MOST_WAITING = 1_000_000  # items in the inbox, from which on a sender is asked to come back later
SETTLE_SECONDS = 0.5  # between two commits of what is over; what was told and not settled is told again after a crash
IDLE_SECONDS = 0.2  # between two looks at the stream while nothing happens
QUIET_SECONDS = 1.0  # the same, after nothing has happened for many of them: other workers publish too, and seldom then
QUIET_TURNS = 50
BUSY_SECONDS = 10.0  # after which time alone changes something though more is about to be handed out
LONGEST_WAIT = 30.0  # seconds between two attempts while the ledger's database does not answer


class Running:
    """One run of a runner on an open stream.

    Where it is not `once` it outlasts Genesys Cloud and the ledger's database being away; refused credentials end it.
    """

    def __init__(
        self, session: Session, craft: Craft, streams: tuple[Stream, Stream], inlets: Sequence[Inlet], mode: Mode
    ) -> None:
        """`streams` are the runner's own, and the one whose token slots all runners share (the same, where there is one)."""
        self._session, self._craft, self._inlets, self._mode = session, craft, inlets, mode
        self._stream, self._budget = streams
        self._doors = session.doors
        self.report = Report()
        self._pending = Pending()
        self._tracker = craft.tracker(self._pending)
        self._window = Window(craft.disorder, capacity=10 * AHEAD if mode.once else AHEAD, hold=mode.once)
        self._lots: dict[int, Lot] = {}
        self._unsettled: dict[int, Settled] = {}
        self._settle_at = self._heal_at = 0.0
        self._tick_at = self._doors.ticks() + BUSY_SECONDS
        self._is_drained = False
        self._quiet = 0  # turns in a row in which nothing happened
        self._slots: tuple[int, ...] | None = None
        self._more = asyncio.Event()
        self._read_out = not inlets
        self._injector = Injector(
            Telling(
                EVENTS,
                session.client if mode.planned is None else nothing,
                craft.ids,
                self._settled,
                self._is_held,
                lambda: session.client.wait,
                self._doors.sleep,
                tries=session.settings.file.runners.tries,
                patient=not mode.once,
            )
        )

    async def run(self) -> Report:
        """Runs until the feeds are read (`once`) or somebody says stop. What is not settled then is still in the stream."""
        with seldom():
            return await self._run()

    async def _run(self) -> Report:
        tasks = [asyncio.ensure_future(self._injector.run()), asyncio.ensure_future(self._take_over())]
        try:
            while not self._mode.stopping():
                self._fail(tasks)
                is_busy = await self._turn()
                self._quiet = 0 if is_busy else self._quiet + 1
                if self._is_caught_up and self._doors.ticks() >= self._heal_at:
                    await self._heal()
                elif not is_busy and self._is_over():
                    break
                await self._idle()
            self._fail(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._note(self._stream.settle(self._over()))
        return self.report

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more should be taken over."""
        return self._stream.waiting() > MOST_WAITING

    @property
    def _is_caught_up(self) -> bool:
        """Whether everything that came so far was taken; for a run that ends, everything there is.

        Of a feed that never pauses that is now and then said of all but what the window holds.
        """
        return self._is_drained and (self._read_out or not self._mode.once)

    def _fail(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    # ── taking over ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take_over(self) -> None:
        """Publishes what the feeds bring, with their bookmarks, in one commit a chunk."""
        marks = dict.fromkeys((one.name for one in self._inlets), "")
        async with aclosing(abreast(self._inlets, ends=self._mode.once)) as chunks:
            async for inlet, chunk in chunks:
                if chunk is not None:
                    marks[inlet.name] = chunk.bookmark.text
                    await self._publish(inlet, chunk.records, chunk.bookmark.text)
                elif (mark := marks[inlet.name]) and (left := self._left(inlet)):
                    await self._taken(inlet, left, mark)
        self._read_out = True
        self._more.set()

    async def receive(self, inlet: Inlet, records: Sequence[Record]) -> int:
        """Takes over what was sent to `inlet`; how many events were new. They are durable when this returns."""
        return await self._publish(inlet, records, "")

    async def _publish(self, inlet: Inlet, records: Sequence[Record], bookmark: str) -> int:
        read: list[Item] = []
        before = _headings(inlet.reader.native)
        for record in records:
            read += self._items(inlet, record)
        self.report.read += len(records) - (_headings(inlet.reader.native) - before)
        return await self._taken(inlet, read, bookmark)

    async def _taken(self, inlet: Inlet, read: list[Item], bookmark: str) -> int:
        mark = Bookmark(inlet.name, orjson.dumps([bookmark, inlet.reader.native.state]).decode())
        new = await self._lasting(partial(self._stream.publish, read, mark))
        self.report.repeated += len(read) - new
        self.report.odd[inlet.name] = inlet.reader.native.odd
        self._more.set()
        return new

    def _items(self, inlet: Inlet, line: Record) -> list[Item]:
        """What a line says; whatever feed brings it, the same event is the same item."""
        reader = inlet.reader
        try:
            events = reader.read(line)
            found = self._made(events, reader.place)
        except ValueError as error:
            return [self._unreadable(reader.record, str(error))]
        inlet.reached = events[-1].at if events else inlet.reached
        return found

    def _left(self, inlet: Inlet) -> list[Item]:
        """What the record says that is still open at the end of a feed; where it cannot be understood, all that is open."""
        try:
            return self._made(inlet.reader.rest(), inlet.reader.place)
        except ValueError as error:
            return [self._unreadable(inlet.reader.record, str(error))]

    def _made(self, events: Sequence[Event], place: str) -> list[Item]:
        source, key = self._craft.source, self._craft.key
        with reading():
            return [item(one._replace(key=key(one.key)), source, place) for one in events]

    def _unreadable(self, record: Record, why: str) -> Item:
        return unreadable(record.data, why, self._craft.source, record.place, self._now())

    def _reads_now(self, due: Due) -> bool:
        """Whether a record nobody understood once is understood now; then its events come in as if it were new."""
        _, _, text, _ = orjson.loads(due.taken.payload)
        reader = Reader(self._craft.read())
        try:
            events = [event for line in text.split("\n") for event in reader.read(Record(line.encode(), due.place))]
            found = self._made([*events, *reader.rest()], due.place)
        except ValueError:
            return False
        self._stream.publish(found)
        return True

    # ── handing out ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _turn(self) -> bool:
        """Takes what is waiting, hands out what is due, settles what is over; whether anything happened."""
        room = max(0, AHEAD - self._pending.items)
        lots = await self._lasting(partial(self._stream.consume, room))
        await self._lasting(self._share)
        for lot in lots:
            self._lots[lot.partition] = lot
            if lot.memory is not None:
                self._drop(lot.partition)
                self._tracker.know(lot.partition, lot.memory)
            self._window.add(lot.partition, lot.items, self._now())
        self._injector.resume()
        told: list[Told] = []
        items = sum(len(lot.items) for lot in lots)
        if self._mode.once and self._read_out and items < room:
            self._window.hold = False  # nothing more comes that could be older
        for due in islice(self._window.due(END if self._mode.once else self._now()), room):
            told += self._tracker.skip(due) if due.data is None and self._reads_now(due) else self._tracker.take(due)
        self._plan([*told, *self._pass_time(is_all=items < room)])
        if self._doors.ticks() >= self._settle_at or (self._pending.has_news and not self._injector.waiting):
            await self._settle()
        return bool(told) or bool(items)

    def _pass_time(self, *, is_all: bool) -> list[Told]:
        """What time alone changes. It must not come before what has happened since, so not before `is_all` of it was taken.

        Where rows come without a pause the window is never empty; there it comes now and then all the same.
        """
        is_due = self._doors.ticks() >= self._tick_at
        self._is_drained = is_all and (not len(self._window) or (is_due and not self._mode.once))
        if self._is_drained or is_due:
            self._tick_at = self._doors.ticks() + BUSY_SECONDS
        if self._is_drained:
            return self._tracker.tick(self._now())
        if is_due:
            self._tracker.rest()
        return []

    def _share(self) -> None:
        """Sends no more than the token slots allow that are ours right now."""
        if self._budget is not self._stream and self._doors.ticks() >= self._settle_at:
            self._budget.consume(0)  # it has no items; this says that we live, and asks for our share
        held = tuple(self._budget.slots())
        if held != self._slots:
            clients = len(self._session.settings.file.organization.clients)
            self._slots = held
            self._session.client.share([sum(one % clients == number for one in held) / SHARES for number in range(clients)])

    def _plan(self, told: Sequence[Told]) -> None:
        """Hands changes to the executor."""
        self.report.events += len(told)
        self._injector.add(told)

    def _settled(self, outcome: Outcome) -> None:
        if self._mode.planned is not None:
            self._mode.planned(outcome.change)
        elif outcome.result is Result.DONE:
            self.report.sent += 1
            self._lag(outcome.change)
        self._pending.outcome(outcome)
        self._more.set()

    def _lag(self, change: Change) -> None:
        said = next(one.after for one in change.fields if one.path == ("at",))
        seconds = self._doors.now().timestamp() - datetime.fromisoformat(said).timestamp()
        self.report.lag_of(seconds)
        self._mode.metrics.lag(seconds)

    async def _settle(self) -> None:
        """Makes durable what is over."""
        self._settle_at = self._doors.ticks() + SETTLE_SECONDS
        self._note(await self._lasting(partial(self._stream.settle, over)) if (over := self._over()) else ())

    def _note(self, lost: Collection[int]) -> None:
        """Takes in that everything over is durable now, but for the partitions that were lost."""
        over, self._unsettled = self._unsettled, {}
        for partition in lost:
            self._drop(partition)
            self._tracker.forget(partition)
            del self._lots[partition]
        poison = [cause for partition, one in over.items() if partition not in lost for _, cause in one.poison]
        self.report.quarantined += len(poison)
        self.report.causes.update(cause.partition(";")[0] for cause in poison)
        self._mirror()

    def _over(self) -> dict[int, Settled]:
        """What is over and not durable yet; it stays so until `settle` has answered. Doubtful partitions are asked about."""
        for partition, new in self._pending.over().items():
            old = self._unsettled.get(partition, Settled())
            both = Settled([*old.done, *new.done], [*old.poison, *new.poison], {**old.memory, **new.memory})
            self._unsettled[partition] = both
        for partition, lot in self._lots.items():
            if not lot.is_held():
                self._unsettled.setdefault(partition, Settled())
        return self._unsettled

    async def _lasting(self, work: Callable[[], T]) -> T:
        """What a call on the stream answers. While its database is away it is made again, unless the run shall end by itself."""
        wait = 1.0
        while True:
            try:
                return work()
            except (ConfigurationError, Locked) as error:
                if self._mode.once or self._mode.stopping():
                    raise
                self._mode.trouble(f"{error}; trying again in {wait:.0f} s")
            await self._doors.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    def _mirror(self) -> None:
        counts = self._tracker.counts
        self.report.unmapped, self.report.strangers = counts.unmapped, counts.strangers
        self._craft.mirror(self._tracker, self.report)
        self._mode.told(self.report)
        self._mode.metrics.count(self.report.totals)
        self._mode.metrics.gauge(
            {
                "unknown_agents": len(self.report.strangers),
                "waiting_events": self._stream.waiting(),
                "last_turn_timestamp_seconds": self._doors.now().timestamp(),
                "partitions": sum(lot.is_held() for lot in self._lots.values()),
                "token_slots": len(self._slots or ()),
                "budget_requests_left": self._session.client.left,
            }
        )

    def _drop(self, partition: int) -> None:
        self._unsettled.pop(partition, None)
        self._window.drop(partition)
        self._injector.drop(self._pending.drop(partition))

    def _is_held(self, key: str) -> bool:
        home = self._tracker.home(key)
        return home in self._lots and self._lots[home].is_held()

    def _is_over(self) -> bool:
        """Whether a run that does not go on has nothing left to do."""
        if not self._mode.once or not self._read_out or self._pending.items or len(self._window):
            return False
        return not self._injector.waiting and not self._stream.waiting()

    async def _idle(self) -> None:
        """Waits for something to happen, not for long."""
        self._more.clear()
        seconds = IDLE_SECONDS if self._quiet < QUIET_TURNS else QUIET_SECONDS
        waits = [asyncio.ensure_future(self._more.wait()), asyncio.ensure_future(self._doors.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    # ── healing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _heal(self) -> None:
        """Compares what Genesys Cloud shows with what is known, and tells the differences; later, where nobody answers.

        Only when everything that waits was taken: what a gap has lost shows once what came after it is known.
        """
        self._heal_at = self._doors.ticks() + self._mode.heal
        if self._craft.heal is None:
            return
        try:
            told = await self._craft.heal(self._tracker, self.report, self._window.keys)
        except NotAuthorised:
            raise
        except ApiError as error:
            if self._mode.once:
                raise
            self._mode.trouble(f"could not compare with Genesys Cloud: {error}")
            return
        self.report.corrected += len({one.lane for one in told}) * self._craft.corrects
        self._plan(told)
        self._more.set()

    def _now(self) -> int:
        return int(self._doors.now().timestamp() * 1000)


def _headings(read: Read) -> int:
    return read.headings if isinstance(read, Headed) else 0
