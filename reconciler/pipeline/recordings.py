"""`run recordings`: what lies in a store, uploaded once and attached to its conversation; and what that would be, as a Plan."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler import __version__
from reconciler.api.outside import Storage
from reconciler.errors import ApiError, ConfigurationError, Locked, Lost, Unavailable
from reconciler.files import stores
from reconciler.ledger import inbox
from reconciler.ledger.crew import Terms as CrewTerms
from reconciler.ledger.glance import glance
from reconciler.ledger.inbox import SqlStream
from reconciler.live.recorded import Endings
from reconciler.model.change import Change, Header, Outcome, Plan, Result
from reconciler.model.recorded import Examined, Stage, Stored, Upload
from reconciler.model.recording import Accept, Agent, Worth
from reconciler.pipeline.recording_look import Eye, Look, describer, look, removed
from reconciler.pipeline.recording_proof import Proof, Proving, prove
from reconciler.pipeline.recording_upload import Pace, Progress, Way, upload
from reconciler.pipeline.run import BUDGET, opened
from reconciler.pipeline.running import SHARES
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.runners.recording_settle import Settling
from reconciler.runners.recordings import GROWING, UNNAMED, End, Planned, Terms, pieces, plan
from reconciler.runners.talk import read as remembered
from reconciler.settings import Settings

RUNNER = "recordings"
BEAT_SECONDS = 1.0
WAITS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between two looks at what is not proven
AGENTS = {"amazon-connect": Agent.RIGHT}
"""Platform → the agent's channel. Source: Amazon Connect, set up recording behaviour."""


@dataclass(slots=True)
class Tally:
    """What a run of recordings has done so far: figures for people and programs, and what people should look at."""

    found: int = 0
    worth: Counter[Worth] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    examined: tuple[int, int] = (0, 0)
    progress: Progress = field(default_factory=Progress)
    attached: int = 0
    orphans: int = 0
    deleted: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    doubtful: Sequence[tuple[Stored, Examined]] = ()

    @property
    def document(self) -> dict[str, int]:
        """The figures as other programs read them; `uploaded`, `attached` and `bytes` are this run's own."""
        return {
            "found": self.found,
            **{worth.value: self.worth[worth] for worth in Worth},
            "waiting": self.waiting.total(),
            "uploaded": self.progress.files,
            "attached": self.attached,
            "orphans": self.orphans,
            "bytes": self.progress.bytes,
        }

    @property
    def exit_code(self) -> int:
        """6 where something could not be uploaded or attached."""
        return 6 if self.failed or self.orphans else 0


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to run: `once` ends when nothing is left to do, `told` hears that figures moved, `trouble` what it goes on after."""

    once: bool = False
    told: Callable[[Tally], None] = lambda _tally: None
    trouble: Callable[[str], None] = lambda _text: None
    stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Work:
    """One run."""

    session: Session
    eye: Eye
    terms: Terms
    endings: Endings
    wishes: Wishes
    tally: Tally
    is_held: Callable[[], bool] = lambda: True
    planned: bool = False

    @property
    def settings(self) -> Settings:
        return self.session.settings

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self.session.doors.now().timestamp() * 1000)


async def run(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> Tally:
    """Uploads what is found, once or for ever. Raises `Locked` where another run of recordings of this source is at work."""
    describe = describer(settings)
    async with connect(settings, doors, paced=not wishes.once) as session, _held(session, wishes) as is_held:
        work = _work(session, wishes, describe)
        work.is_held = is_held
        with _closing(work):
            return await (_once(work) if wishes.once else _forever(work))


async def rehearse(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> tuple[Plan, Tally]:
    """What `run` would upload and attach, as a Plan. Nothing is sent, and nothing is noted."""
    describe = describer(settings)
    async with connect(settings, doors) as session:
        work = _work(session, wishes, describe)
        work.planned, work.eye = True, replace(work.eye, keeps=False)
        with _closing(work):
            known = session.ledger.recordings.all()
            seen, ends = await _looked(work, known)
            proof = await _proven(work, known, ends)
            made = _planned(work, seen, known, ends)
            return _plan(work, [*made.changes, *proof.planned], made), work.tally


def _work(session: Session, wishes: Wishes, describe: Any) -> _Work:
    settings = session.settings
    runner, source = settings.file.runners.recordings, settings.file.source
    if not runner.source:
        raise ConfigurationError("where recordings lie is not said: set runners.recordings.from to a folder or an address")
    tally = Tally()

    def told(done: int, count: int) -> None:
        tally.examined = (done, count)
        wishes.told(tally)

    eye = Eye(
        stores.open(runner.source, settings.root),
        session.ledger.recordings,
        accept(settings),
        runner,
        Settling(settings.milliseconds(runner.settle)),
        describe,
        told,
    )
    terms = Terms(source.name, Worth(runner.least), runner.link, runner.keep_name)
    return _Work(session, eye, terms, Endings(session.reader), wishes, tally)


def accept(settings: Settings) -> Accept:
    """What the organisation takes, with the platform's own channel of the agent where nothing is said."""
    return settings.file.runners.recordings.accept.value(AGENTS.get(settings.file.source.platform, Agent.UNKNOWN))


@contextmanager
def _closing(work: _Work) -> Any:
    try:
        yield
    finally:
        work.eye.store.close()


# ── one look ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _once(work: _Work) -> Tally:
    """Looks and uploads until what was uploaded is proven, or the time for that is over."""
    until = work.session.doors.ticks() + work.settings.milliseconds(work.settings.file.runners.recordings.prove_for) / 1000
    known = work.session.ledger.recordings.all()
    turn = 0
    while True:
        before = work.tally.progress.files + work.tally.attached
        is_open = await _turn(work, known)
        turn = 0 if work.tally.progress.files + work.tally.attached > before else turn + 1
        if work.wishes.stopping() or not is_open or work.session.doors.ticks() >= until:
            return work.tally
        await work.session.doors.sleep(WAITS[min(turn, len(WAITS) - 1)])


async def _forever(work: _Work) -> Tally:
    every = work.settings.milliseconds(work.settings.file.runners.recordings.look_every) / 1000
    known = work.session.ledger.recordings.all()
    while not work.wishes.stopping():
        try:
            await _turn(work, known)
        except (Unavailable, Lost, OSError) as error:
            work.wishes.trouble(f"{error}; it is tried again")
        until = work.session.doors.ticks() + every
        while not work.wishes.stopping() and work.session.doors.ticks() < until:
            await work.session.doors.sleep(min(BEAT_SECONDS, every))
    return work.tally


async def _turn(work: _Work, known: dict[str, Upload]) -> bool:
    """One look, with everything it leads to; whether something is under way that the next one may prove."""
    seen, ends = await _looked(work, known)
    await _proven(work, known, ends)
    made = _planned(work, seen, known, ends)
    if made.changes and work.is_held():
        work.tally.progress.of_files += len(made.changes)
        work.tally.progress.of_bytes += sum(_said(one, "bytes") for one in made.changes)
        outcomes = await _uploaded(work, made.changes)
        known.update(work.session.ledger.recordings.all())
        _heard(work.tally, outcomes)
        await _proven(work, known, ends)
    _tidy(work, seen, known)
    work.wishes.told(work.tally)
    return any(one.stage in {Stage.SENT, Stage.TAKEN} for one in known.values())


async def _looked(work: _Work, known: Mapping[str, Upload]) -> tuple[Look, dict[str, End]]:
    """What lies there, and which conversations have ended: of recordings to come, and of those that are not attached."""
    tally = work.tally
    seen = await look(work.eye, work.now())
    tally.found, tally.worth, tally.reasons, tally.doubtful = seen.found, seen.worth, seen.reasons, seen.doubtful
    tally.notes |= dict.fromkeys(str(one) for one in seen.problems)
    calls = {said.conversation for _, said, one in seen.recordings if one.digests.sha256 not in known}
    calls |= {one.conversation for one in known.values() if one.stage in {Stage.SENT, Stage.TAKEN, Stage.ORPHAN}}
    return seen, await _ends(work, calls)


async def _ends(work: _Work, calls: set[str]) -> dict[str, End]:
    """By native id: what the interactions runner remembers, else what Genesys Cloud shows."""
    there = glance(work.settings.ledger, organization=work.session.organization, source=work.terms.source, name="interactions")
    ends: dict[str, End] = {}
    for memory in there.memory.values():
        for key in memory.keys() & calls:
            talk = remembered(memory[key])
            if talk.left:
                ends[key] = End.LEFT
            elif talk.is_told and not talk.gone:
                ends[key] = End.OPEN if talk.is_open else End.OVER
    ids = {work.terms.known_as(key): key for key in calls - ends.keys()}
    shown = await work.endings.look(ids) if ids else {}
    return ends | {ids[one]: End.OVER if is_over else End.OPEN for one, is_over in shown.items() if one in ids}


def _planned(work: _Work, seen: Look, known: Mapping[str, Upload], ends: Mapping[str, End]) -> Planned:
    made = plan(pieces(seen.recordings, known), known, ends, work.terms)
    work.tally.waiting = made.waiting + Counter({GROWING: seen.growing, UNNAMED: seen.unnamed})
    work.tally.notes |= dict.fromkeys(made.warnings)
    return made


async def _proven(work: _Work, known: dict[str, Upload], ends: Mapping[str, End]) -> Proof:
    """What became of uploads so far. What never arrived is forgotten, so that it is planned again."""
    runner = work.settings.file.runners.recordings
    going = Proving(work.session, work.now, work.settings.milliseconds(runner.shows_after), work.planned)
    proof = await prove(going, known, ends)
    for digest in proof.absent:
        del known[digest]
    work.tally.attached += proof.attached
    work.tally.orphans = proof.orphans
    work.tally.notes |= dict.fromkeys(proof.notes)
    for one in known.values():
        if one.stage is Stage.FAILED:
            work.tally.failed[one.name] = one.note
    return proof


async def _uploaded(work: _Work, changes: Sequence[Change]) -> list[Outcome]:
    session, runner = work.session, work.settings.file.runners.recordings
    async with Storage(runner.uploads, session.doors.outside) as storage:
        way = Way(
            work.eye.store,
            session.client,
            storage,
            session.ledger.recordings,
            Pace(runner.bytes_per_second, session.doors.ticks, session.doors.sleep),
            work.now,
            session.doors.sleep,
            runner.address_seconds,
            runner.uploads,
            work.wishes.stopping,
            work.is_held,
            work.tally.progress,
        )
        return await upload(changes, way)


def _heard(tally: Tally, outcomes: Sequence[Outcome]) -> None:
    for one in outcomes:
        name = str(_said(one.change, "file"))
        tally.failed.pop(name, None)
        if one.result is Result.FAILED:
            tally.failed[name] = one.note


def _said(change: Change, name: str) -> Any:
    return next(one.after for one in change.fields if one.path == (name,))


def _tidy(work: _Work, seen: Look, known: Mapping[str, Upload]) -> None:
    """Deletes sources that are proven to be attached, where that was asked for; one that has changed since stays."""
    if work.settings.file.runners.recordings.after != "delete":
        return
    done = [
        stored
        for stored, said, one in seen.recordings
        if (sent := known.get(one.digests.sha256)) and sent.stage is Stage.ATTACHED and sent.conversation == said.conversation
    ]
    if done:
        present = {one.name: one for one in work.eye.store.files()}
        work.tally.deleted += removed(work.eye.store, done, present)


def _plan(work: _Work, changes: Sequence[Change], made: Planned) -> Plan:
    session = work.session
    header = Header(session.organization, work.settings.region, work.terms.source, __version__)
    waiting = [f"{count:,} waiting: {why}" for why, count in work.tally.waiting.most_common()]
    return Plan(
        tuple(changes),
        header=header,
        unchanged=made.before,
        warnings=(*waiting, *work.tally.notes),
        predicted=len(changes),
        predicted_by_kind={"recording": len(changes)} if changes else {},
    )


# ── one run at a time ────────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _held(session: Session, wishes: Wishes) -> AsyncIterator[Callable[[], bool]]:
    """Holds the only partition of a stream of its own while the block runs; the value says whether it surely does.

    The ledger's workers already know how to take over from one that is gone: two runs would send the same content twice.
    """
    with _stream(session) as stream, opened(session, BUDGET) as budget:
        lots: list[Any] = []
        while not lots:
            lots = list(stream.consume(0))
            if not lots and (wishes.once or wishes.stopping()):
                raise Locked("another run of recordings of this source is at work; wait for it, or stop it")
            if not lots:
                await session.doors.sleep(BEAT_SECONDS)
        _share(session, budget)
        beating = asyncio.ensure_future(_beat(session, stream, budget))
        try:
            yield lots[0].is_held
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError, ApiError):
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
def _stream(session: Session) -> Any:
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
        terms=CrewTerms(tries=settings.file.runners.tries),
    )
    try:
        yield stream
    finally:
        stream.close()
