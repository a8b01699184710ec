"""`run`: opens feeds and stream, and lets a runner work on them until it has read everything, or for ever."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

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
from reconciler.model.mapping import Mapping as Table
from reconciler.model.mapping import parse
from reconciler.model.stream import Stream
from reconciler.pipeline import interactions, status
from reconciler.pipeline.craft import Craft, Mode
from reconciler.pipeline.feeding import hooked, inlets
from reconciler.pipeline.ground import Card, Ground, ground
from reconciler.pipeline.running import SHARES, Running
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.pipeline.tally import Report
from reconciler.runners.rehearsal import Rehearsal
from reconciler.settings import Settings
from reconciler.sources import CALLS, STATUS
from reconciler.telemetry.running import RunnerMetrics

BUDGET = "budget"
"""The stream whose token slots all runners of a source share; nothing is published to it."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner: the cards of its feeds by platform, and its craft on a ground, for a run that ends or not."""

    cards: Mapping[str, Card]
    craft: Callable[[Session, Ground, bool], Craft]


RUNNERS = MappingProxyType({"status": Runner(STATUS, status.craft), "interactions": Runner(CALLS, interactions.craft)})
"""By name, which is the name of its stream and of its part of `runners` in reconciler.yaml too."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which `runner` to run: on feeds instead of those of reconciler.yaml, an address a web hook listens on, and how; see `Mode`.

    Numbers and health are served on `port` of 127.0.0.1 (0: a free one); `listening` hears the addresses.
    """

    feeds: Sequence[str] = ()
    runner: str = "status"
    listen: str = ""
    once: bool = False
    port: int | None = None
    listening: Callable[[str], None] = lambda _address: None
    told: Callable[[Report], None] = lambda _report: None
    trouble: Callable[[str], None] = lambda _text: None
    stopping: Callable[[], bool] = lambda: False


async def run(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> Report:
    """Tells Genesys Cloud what is happening. What a run that ends leaves unsettled, the next one takes up."""
    card, table = understood(settings, wishes.runner)
    async with connect(settings, doors, paced=not wishes.once) as session:
        floor = await ground(session, card, table)
        with opened(session, wishes.runner) as stream, opened(session, BUDGET) as budget:
            seconds = settings.milliseconds(settings.file.runners.status.heal_every) / 1000
            mode = Mode(
                wishes.once,
                seconds,
                metrics=RunnerMetrics(wishes.runner),
                told=wishes.told,
                trouble=wishes.trouble,
                stopping=wishes.stopping,
            )
            with _watched(mode.metrics, wishes, session.doors):
                return await _run(session, floor, (stream, budget), wishes, mode)


async def rehearse(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> tuple[Plan, Report]:
    """What `run` would tell, as a Plan. Nothing is sent, and nothing is noted: feeds stay where they are."""
    card, table = understood(settings, wishes.runner)
    async with connect(settings, doors) as session:
        floor = await ground(session, card, table)
        there = glance(settings.ledger, organization=session.organization, source=floor.source, name=wishes.runner)
        stream = Rehearsal(settings.file.runners.partitions, there.memory, there.bookmarks, slots=_slots(settings))
        stream.fill(there.waiting)
        told: list[Change] = []
        mode = Mode(once=True, planned=told.append, told=wishes.told, stopping=wishes.stopping)
        report = await _run(session, floor, (stream, stream), wishes, mode)
        header = Header(session.organization, settings.region, floor.source, __version__)
        kinds = Counter(one.ref.kind for one in told)
        requests = {name: -(-count // EVENTS[name].batch) for name, count in sorted(kinds.items())}
        said = {str(field.after) for one in told for field in one.fields} | {f"user/{one.name}" for one in told}
        said |= {f"user/{one}" for one in report.fresh}
        names = {ref: name for ref, name in floor.names.items() if ref in said}
        plan = Plan(
            tuple(told),
            header=header,
            predicted=sum(requests.values()),
            predicted_by_kind=requests,
            names=names,
            billable=report.fresh,
            warnings=report.warnings(wishes.runner),
        )
        return plan, report


async def _run(session: Session, floor: Ground, streams: tuple[Stream, Stream], wishes: Wishes, mode: Mode) -> Report:
    stream, budget = streams
    names = wishes.feeds or (() if wishes.listen else getattr(session.settings.file.runners, wishes.runner).feeds)
    if not names and not wishes.listen:
        where = f"runners.{wishes.runner}.feeds"
        raise UsageError(f"no feed: give --feed FILE, a folder, or - for standard input, or --listen; or set {where}")
    craft = RUNNERS[wishes.runner].craft(session, floor, mode.once)
    async with inlets(session, floor, stream, names, once=mode.once) as found:
        running = Running(session, craft, (stream, budget), found, mode)
        if not wishes.listen:
            return await running.run()
        async with hooked(session, floor, stream, wishes.listen, running) as address:
            wishes.listening(address)
            return await running.run()


def understood(settings: Settings, runner: str = "status") -> tuple[Card, Table]:
    """The platform's card and mapping.yaml. Raises `UsageError` for a platform without a feed, `InputError` for a bad mapping."""
    cards = RUNNERS[runner].cards
    card = cards.get(settings.file.source.platform)
    if card is None:
        raise UsageError(
            f"platform {settings.file.source.platform!r} has no feed of {runner}; there are {', '.join(sorted(cards))}"
        )
    text, problems = reading.mapping(settings.path(settings.file.source.mapping))
    if problems:
        raise InputError(problems)
    tree = yaml.read(text, file=reading.MAPPING)
    found = parse(tree.data, place=lambda path: tree.place(tuple(path)))
    if not isinstance(found, Table):
        raise InputError(found)
    return card, found


@contextmanager
def opened(session: Session, name: str) -> Iterator[SqlStream]:
    """A stream of this source, for this process."""
    settings, doors = session.settings, session.doors
    stream = inbox.open(
        settings.ledger,
        organization=session.organization,
        source=settings.file.source.name,
        name=name,
        partitions=1 if name == BUDGET else settings.file.runners.partitions,
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
def _watched(metrics: RunnerMetrics, wishes: Wishes, doors: Doors) -> Iterator[None]:
    """Serves numbers and health while the block runs, where somebody asked for a port."""
    if wishes.port is None:
        yield
        return
    from reconciler.telemetry.serve import served  # noqa: PLC0415 - a web server that a run without a port does not need

    with served(metrics, wishes.port, lambda: metrics.trouble(doors.now().timestamp())) as port:
        wishes.listening(f"http://127.0.0.1:{port}/metrics")
        yield


def _slots(settings: Settings) -> int:
    """How many token slots all workers of this source share, whatever they run."""
    return SHARES * len(settings.file.organization.clients)
