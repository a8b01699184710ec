"""`run`: opens feeds and stream, and lets a runner work on them until it has read everything, or for ever."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler import __version__
from reconciler.errors import InputError, UsageError
from reconciler.files import read as reading
from reconciler.formats import yaml
from reconciler.kinds import EVENTS
from reconciler.ledger import inbox
from reconciler.ledger.crew import Terms
from reconciler.ledger.glance import glance
from reconciler.ledger.inbox import SqlStream
from reconciler.model.change import Change, Header, Plan
from reconciler.model.event import StatusFeed
from reconciler.model.mapping import Mapping, parse
from reconciler.model.stream import Stream
from reconciler.pipeline.craft import Mode
from reconciler.pipeline.feeding import hooked, inlets
from reconciler.pipeline.ground import Ground, ground
from reconciler.pipeline.running import SHARES, Running
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.pipeline.status import craft
from reconciler.pipeline.tally import Report
from reconciler.runners.rehearsal import Rehearsal
from reconciler.settings import Settings
from reconciler.sources import STATUS
from reconciler.telemetry.running import RunnerMetrics

NAME = "status"  # of the stream


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to run: feeds instead of those of reconciler.yaml, an address a web hook listens on, and how; see `Mode`.

    Numbers and health are served on `port` of 127.0.0.1 (0: a free one); `listening` hears the addresses.
    """

    feeds: Sequence[str] = ()
    listen: str = ""
    once: bool = False
    port: int | None = None
    listening: Callable[[str], None] = lambda _address: None
    told: Callable[[Report], None] = lambda _report: None
    trouble: Callable[[str], None] = lambda _text: None
    stopping: Callable[[], bool] = lambda: False


async def status(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> Report:
    """Tells Genesys Cloud what agents are doing. What a run that ends leaves unsettled, the next one takes up."""
    card, table = understood(settings)
    async with connect(settings, doors, paced=not wishes.once) as session:
        floor = await ground(session, card, table)
        with _opened(session) as stream:
            seconds = settings.milliseconds(settings.file.runners.status.heal_every) / 1000
            mode = Mode(wishes.once, seconds, told=wishes.told, trouble=wishes.trouble, stopping=wishes.stopping)
            with _watched(mode.metrics, wishes):
                return await _run(session, floor, stream, wishes, mode)


async def rehearse(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> tuple[Plan, Report]:
    """What `status` would tell, as a Plan. Nothing is sent, and nothing is noted: feeds stay where they are."""
    card, table = understood(settings)
    async with connect(settings, doors) as session:
        floor = await ground(session, card, table)
        there = glance(settings.ledger, organization=session.organization, source=floor.source, name=NAME)
        stream = Rehearsal(settings.file.runners.partitions, there.memory, there.bookmarks, slots=_slots(settings))
        stream.publish(there.waiting)
        told: list[Change] = []
        mode = Mode(once=True, planned=told.append, told=wishes.told, stopping=wishes.stopping)
        report = await _run(session, floor, stream, wishes, mode)
        header = Header(session.organization, settings.region, floor.source, __version__)
        kinds = Counter(one.ref.kind for one in told)
        requests = {name: -(-count // EVENTS[name].batch) for name, count in sorted(kinds.items())}
        names = {f"user/{one.name}": floor.names.get(f"user/{one.name}", "") for one in told}
        plan = Plan(tuple(told), header=header, predicted=sum(requests.values()), predicted_by_kind=requests, names=names)
        return plan, report


async def _run(session: Session, floor: Ground, stream: Stream, wishes: Wishes, mode: Mode) -> Report:
    names = wishes.feeds or ([] if wishes.listen else session.settings.file.runners.status.feeds)
    if not names and not wishes.listen:
        raise UsageError("no feed: give --feed FILE, a folder, or - for standard input, or --listen; or set runners.status.feeds")
    async with inlets(session, floor, stream, names, once=mode.once) as found:
        running = Running(session, craft(session, floor), stream, found, mode)
        if not wishes.listen:
            return await running.run()
        async with hooked(session, floor, stream, wishes.listen, running) as address:
            wishes.listening(address)
            return await running.run()


def understood(settings: Settings) -> tuple[StatusFeed, Mapping]:
    """The platform's card and mapping.yaml. Raises `UsageError` for a platform without a feed, `InputError` for a bad mapping."""
    card = STATUS.get(settings.file.source.platform)
    if card is None:
        known = ", ".join(sorted(STATUS))
        raise UsageError(f"platform {settings.file.source.platform!r} has no feed of agent status; there are {known}")
    text, problems = reading.mapping(settings.path(settings.file.source.mapping))
    if problems:
        raise InputError(problems)
    tree = yaml.read(text, file=reading.MAPPING)
    found = parse(tree.data, place=lambda path: tree.place(tuple(path)))
    if not isinstance(found, Mapping):
        raise InputError(found)
    return card, found


@contextmanager
def _opened(session: Session) -> Iterator[SqlStream]:
    """The stream of agent status of this source, for this process."""
    settings, doors = session.settings, session.doors
    stream = inbox.open(
        settings.ledger,
        organization=session.organization,
        source=settings.file.source.name,
        name=NAME,
        partitions=settings.file.runners.partitions,
        worker=f"{socket.gethostname()} {os.getpid()}",
        slots=_slots(settings),
        monotonic=doors.ticks,
        clock=doors.now,
        terms=Terms(tries=settings.file.runners.tries),
    )
    try:
        yield stream
    finally:
        stream.close()


@contextmanager
def _watched(metrics: RunnerMetrics, wishes: Wishes) -> Iterator[None]:
    """Serves numbers and health while the block runs, where somebody asked for a port."""
    if wishes.port is None:
        yield
        return
    from reconciler.telemetry.serve import served  # noqa: PLC0415 - a web server that a run without a port does not need

    with served(metrics, wishes.port) as port:
        wishes.listening(f"http://127.0.0.1:{port}/metrics")
        yield


def _slots(settings: Settings) -> int:
    """How many token slots all workers of this source share."""
    return SHARES * len(settings.file.organization.clients)
