"""`run recordings`: what lies in a store, uploaded once and attached to its conversation; and what that would be, as a Plan."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler import __version__
from reconciler.api.outside import Storage
from reconciler.errors import ConfigurationError, Lost, Unavailable
from reconciler.files import stores
from reconciler.ledger.glance import glance
from reconciler.live.recorded import Endings
from reconciler.model.change import Change, Header, Outcome, Plan, Result
from reconciler.model.recorded import Stage, Upload
from reconciler.model.recording import Accept, Agent, Worth
from reconciler.pipeline.recording_eye import Eye
from reconciler.pipeline.recording_hold import BEAT_SECONDS, held
from reconciler.pipeline.recording_join import Opener
from reconciler.pipeline.recording_look import Look, describer, look, outlines, removed
from reconciler.pipeline.recording_proof import Proof, Proving, prove
from reconciler.pipeline.recording_tally import Tally
from reconciler.pipeline.recording_upload import Pace, Way, upload
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.runners.recording_settle import Settling
from reconciler.runners.recording_sides import WAITS as ALONE
from reconciler.runners.recordings import GROWING, UNNAMED, End, Planned, Terms, done, pieces, plan
from reconciler.runners.talk import read as remembered
from reconciler.settings import Settings
from reconciler.telemetry.recordings import RecordingMetrics

WAITS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between two looks at what is not proven
AGENTS = {"amazon-connect": Agent.RIGHT}
"""Platform → the agent's channel. Source: Amazon Connect, set up recording behaviour."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to run: `once` ends when nothing is left to do, `told` hears that figures moved, `trouble` what it goes on after.

    `again` sends once more what Genesys Cloud could not use; `transcode` puts two sides of a call into one file
    whatever the settings say.

    Numbers and health are served on `port` of 127.0.0.1 (0: a free one); `listening` hears the address. `outlines` is of how many
    doubtful recordings the outline is wanted.
    """

    once: bool = False
    again: bool = False
    transcode: bool = False
    port: int | None = None
    outlines: int = 0
    listening: Callable[[str], None] = lambda _address: None
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
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)

    @property
    def settings(self) -> Settings:
        return self.session.settings

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self.session.doors.now().timestamp() * 1000)


async def run(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> Tally:
    """Uploads what is found, once or for ever. Raises `Locked` where another run of recordings of this source is at work."""
    describe = describer(settings)
    async with (
        connect(settings, doors, paced=not wishes.once) as session,
        held(session, is_over=lambda: wishes.once or wishes.stopping()) as is_held,
    ):
        work = _work(session, wishes, describe)
        work.is_held = is_held
        with _closing(work), _watched(work):
            await (_once(work) if wishes.once else _forever(work))
            return await _outlined(work)


async def rehearse(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> tuple[Plan, Tally]:
    """What `run` would upload and attach, as a Plan. Nothing is sent, and nothing is noted."""
    describe = describer(settings)
    async with connect(settings, doors) as session:
        work = _work(session, wishes, describe)
        work.planned, work.eye = True, replace(work.eye, keeps=False)
        with _closing(work):
            known = await _known(work)
            seen, ends = await _looked(work, known)
            proof = await _proven(work, known, ends)
            made = _planned(work, seen, known, ends)
            return _plan(work, [*made.changes, *proof.planned], made), await _outlined(work)


async def _outlined(work: _Work) -> Tally:
    """The figures, with outlines of the doubtful ones where they are wanted."""
    names = [one.name for one, seen in work.tally.doubtful if seen.found.codec][: work.wishes.outlines]
    if names:
        work.tally.outlines = await asyncio.to_thread(outlines, work.eye, names)
    return work.tally


def _work(session: Session, wishes: Wishes, describe: Any) -> _Work:
    settings = session.settings
    runner, source = settings.file.runners.recordings, settings.file.source
    runner = runner.model_copy(update={"transcode": runner.transcode or wishes.transcode})
    if not runner.source:
        raise ConfigurationError("where recordings lie is not said: set runners.recordings.from to a folder or an address")
    tally = Tally()
    wishes.told(tally)

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
        wait=settings.milliseconds(runner.sides.wait),
    )
    terms = Terms(source.name, Worth(runner.least), runner.link, runner.keep_name)
    return _Work(session, eye, terms, Endings(session.reader), wishes, tally)


def accept(settings: Settings) -> Accept:
    """What the organisation takes, with the platform's own channel of the agent where nothing is said."""
    return settings.file.runners.recordings.accept.value(AGENTS.get(settings.file.source.platform, Agent.UNKNOWN))


@contextmanager
def _closing(work: _Work) -> Iterator[None]:
    try:
        yield
    finally:
        work.eye.store.close()


@contextmanager
def _watched(work: _Work) -> Iterator[None]:
    """Serves numbers and health while the block runs, where somebody asked for a port."""
    if work.wishes.port is None:
        yield
        return
    from reconciler.telemetry.serve import served  # noqa: PLC0415 - a web server that a run without a port does not need

    with served(work.metrics, work.wishes.port, lambda: work.metrics.trouble(work.now() / 1000)) as port:
        work.wishes.listening(f"http://127.0.0.1:{port}/metrics")
        yield


# ── one look ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _once(work: _Work) -> None:
    """Looks and uploads until what was uploaded is proven, or the time for that is over."""
    until = work.session.doors.ticks() + work.settings.milliseconds(work.settings.file.runners.recordings.prove_for) / 1000
    known = await _known(work)
    turn = 0
    while True:
        before = work.tally.progress.files + work.tally.attached
        is_open = await _turn(work, known)
        turn = 0 if work.tally.progress.files + work.tally.attached > before else turn + 1
        if work.wishes.stopping() or not is_open or work.session.doors.ticks() >= until:
            return
        await _rest(work, WAITS[min(turn, len(WAITS) - 1)])


async def _forever(work: _Work) -> None:
    every = work.settings.milliseconds(work.settings.file.runners.recordings.look_every) / 1000
    known = await _known(work)
    while not work.wishes.stopping():
        try:
            await _turn(work, known)
        except (Unavailable, Lost, OSError) as error:
            work.wishes.trouble(f"{error}; it is tried again")
        await _rest(work, every)


async def _known(work: _Work) -> dict[str, Upload]:
    """What was sent before. What Genesys Cloud could not use is forgotten `again`, unless a report tells otherwise by now."""
    known = work.session.ledger.recordings.all()
    failed = [one for one in known.values() if one.stage is Stage.FAILED] if work.wishes.again else []
    known.update((one.digest, replace(one, stage=Stage.SENT, note="")) for one in failed)
    if failed and not work.planned:
        await _proven(work, known, {})
        work.tally.failed.clear()
    for one in failed:
        if one.digest in known and known[one.digest].stage in {Stage.SENT, Stage.FAILED}:
            del known[one.digest]
    return known


async def _rest(work: _Work, seconds: float) -> None:
    """Waits, but not for long once somebody asks to stop."""
    until = work.session.doors.ticks() + seconds
    while not work.wishes.stopping() and (left := until - work.session.doors.ticks()) > 0:
        await work.session.doors.sleep(min(BEAT_SECONDS, left))


async def _turn(work: _Work, known: dict[str, Upload]) -> bool:
    """One look, with everything it leads to; whether something is under way that the next one may prove or go on with."""
    before, is_short = work.tally.progress.files + work.tally.attached, False
    seen, ends = await _looked(work, known)
    await _proven(work, known, ends)
    made = _planned(work, seen, known, ends)
    if made.changes and work.is_held():
        work.tally.progress.of_files += len(made.changes)
        work.tally.progress.of_bytes += sum(_said(one, "bytes") for one in made.changes)
        outcomes = await _uploaded(work, made.changes)
        known.update(work.session.ledger.recordings.all())
        _heard(work.tally, outcomes)
        proof = await _proven(work, known, ends)
        is_short = bool(proof.absent) or any(one.result is Result.BLOCKED for one in outcomes)
    _tidy(work, seen, known)
    _count(work)
    work.wishes.told(work.tally)
    has_moved = work.tally.progress.files + work.tally.attached > before
    return (is_short and has_moved) or any(one.stage in {Stage.SENT, Stage.TAKEN} for one in known.values())


def _count(work: _Work) -> None:
    tally = work.tally
    work.metrics.count(tally.totals)
    work.metrics.gauge(
        tally.gauges | {"last_look_timestamp_seconds": work.now() / 1000}, {one.value: tally.worth[one] for one in Worth}
    )


async def _looked(work: _Work, known: Mapping[str, Upload]) -> tuple[Look, dict[str, End]]:
    """What lies there, and which conversations have ended: of recordings to come, and of those that are not attached."""
    tally = work.tally
    seen = await look(work.eye, work.now(), known)
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
    work.tally.waiting = made.waiting + Counter({GROWING: seen.growing, ALONE: seen.alone, UNNAMED: seen.unnamed})
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
    attached = {one.name for one in known.values() if one.stage is Stage.ATTACHED}
    work.tally.failed |= {one.name: one.note for one in known.values() if one.stage is Stage.FAILED}
    for name in attached & work.tally.failed.keys():
        del work.tally.failed[name]
    return proof


async def _uploaded(work: _Work, changes: Sequence[Change]) -> list[Outcome]:
    session, runner = work.session, work.settings.file.runners.recordings
    opener = Opener(work.eye.store, runner.sides.apart_seconds)
    async with opener, Storage(runner.uploads, session.doors.outside) as storage:
        way = Way(
            opener.open,
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
    over = [
        file
        for stored, said, one in seen.recordings
        if (sent := done(one.digests.sha256, known)) and sent.stage is Stage.ATTACHED and sent.conversation == said.conversation
        for file in ([side for side, _ in one.sides] or [stored])
    ]
    if over:
        present = {one.name: one for one in work.eye.store.files()}
        work.tally.deleted += removed(work.eye.store, over, present)


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
