"""Uploads → proof, noted in the ledger: reports are fetched, conversations looked into, orphans attached by plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.api import outside
from reconciler.errors import ApiError, Lost, NotAuthorised, NotFound, Rejected, Unavailable
from reconciler.kinds import recording
from reconciler.live import recorded
from reconciler.model.change import Change
from reconciler.model.recorded import Stage, Upload
from reconciler.pipeline.session import Session
from reconciler.runners import recording_proof
from reconciler.runners.recording_proof import Row
from reconciler.runners.recordings import End, attaching

MARGIN = 10 * 60_000  # milliseconds by which a report begins earlier: clocks differ
POLLS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)  # seconds before each look at a report that is being made
MOST_REPORT = 512 * 1024 * 1024


@dataclass(slots=True)
class Proof:
    """What a look has proven. `orphans` are those left; `absent` are digests of what certainly never arrived."""

    attached: int = 0
    orphans: int = 0
    absent: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    planned: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proving:
    """What proving goes by. Uploads that no report shows count as absent `shows_after` milliseconds after they were sent.

    `ends` tells of conversations by native id whether they ended; nothing is attached where it is only `planned`.
    """

    session: Session
    now: Callable[[], int]
    shows_after: int
    planned: bool = False


async def prove(going: Proving, known: dict[str, Upload], ends: Mapping[str, End]) -> Proof:
    """Looks what became of everything that is not proven, and notes it in `known` and in the ledger. Safe to repeat."""
    proof = Proof()
    open_ = [one for one in known.values() if one.stage in {Stage.SENT, Stage.TAKEN, Stage.ORPHAN}]
    if not open_:
        return proof
    report = await _report(going, min(one.at for one in open_) - MARGIN, proof)
    rows = recording_proof.arrived(open_, report or ())
    staged = [recording_proof.staged(one, rows.get(one.digest)) for one in open_]
    proof.notes += [f"{one.name}: {one.note}" for one in staged if one.stage is Stage.FAILED]
    lost = [one for one in staged if one.stage is Stage.SENT]
    if report is not None:
        proof.absent = {one.digest for one in lost if _is_old(one, going)}
    elif not going.planned:
        proof.notes += [f"{one.name}: nobody knows whether it arrived; only an upload report can tell" for one in lost]
    _note(going, known, staged)
    proof.notes += [f"{one.name}: {one.note}" async for one in _attached(going, staged, rows, known) if one.note]
    left = [known[one.digest] for one in staged if known[one.digest].stage in {Stage.SENT, Stage.TAKEN, Stage.ORPHAN}]
    if left:
        await _orphans(going, left, known, ends, proof)
    proof.attached = sum(known[one.digest].stage is Stage.ATTACHED for one in open_)
    return proof


def _is_old(one: Upload, going: Proving) -> bool:
    return going.now() - one.at >= going.shows_after


def _note(going: Proving, known: dict[str, Upload], uploads: Iterable[Upload]) -> None:
    """Keeps what has changed."""
    changed = {one.digest: one for one in uploads if known.get(one.digest) != one}
    known.update(changed)
    if not going.planned:
        going.session.ledger.recordings.note(changed.values())


# ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _report(going: Proving, since: int, proof: Proof) -> list[Row] | None:
    """The lines of a fresh report on everything since then; None where there is none, which is told."""
    if going.planned:
        return None  # asking for one is a request that writes
    try:
        return await _fetched(going, since)
    except NotAuthorised as error:
        proof.notes.append(f"upload reports are not ours to see ({error}); recordings are proven by their conversations alone")
    except (Unavailable, Lost, Rejected, NotFound, LookupError, ValueError) as error:
        proof.notes.append(f"no upload report came ({error}); recordings are proven by their conversations alone")
    return None


async def _fetched(going: Proving, since: int) -> list[Row]:
    session = going.session
    made = (await session.client(recording.ask_report(since))).json() or {}
    for pause in POLLS:
        if pause:
            await session.doors.sleep(pause)
        report: dict[str, Any] = (await session.reader.get(recording.see_report(str(made.get("id") or "")))).json() or {}
        if report.get("state") == "Completed" and report.get("signedUrl"):
            data = await outside.get(str(report["signedUrl"]), most=MOST_REPORT, transport=session.doors.outside)
            return recording_proof.rows(data)
        if report.get("state") == "Failed":
            raise LookupError("it failed")
    raise LookupError("it was not ready in time")


# ── conversations ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _attached(
    going: Proving, uploads: Sequence[Upload], rows: Mapping[str, Row], known: dict[str, Upload]
) -> AsyncIterator[Upload]:
    """The uploads that are recordings of their conversations, with a note where the lengths differ; each is noted at once."""
    by_call: defaultdict[str, list[Upload]] = defaultdict(list)
    for one in uploads:
        if one.stage in {Stage.TAKEN, Stage.ORPHAN} and _is_due(rows.get(one.digest), has_report=bool(rows)):
            by_call[one.known_as].append(one)
    for call, ours in sorted(by_call.items()):
        shown = await recorded.shown(going.session.reader, call)
        found = recording_proof.attached(ours, rows, shown)
        mine = [one for one in ours if one.digest in found]
        note = recording_proof.mismatch(mine, await _timed(going, call, shown)) if mine else ""
        proven = [replace(one, stage=Stage.ATTACHED, note=note) for one in mine]
        _note(going, known, proven)
        for one in proven:
            yield one


def _is_due(row: Row | None, *, has_report: bool) -> bool:
    """Whether it pays to look into the conversation: not while the report says that the file waits."""
    return row.status in {None, recording_proof.Status.SUCCESS} if row else not has_report


async def _timed(going: Proving, call: str, shown: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Recordings with their times; metadata of calls has none."""
    if all(one.get("startTime") and one.get("endTime") for one in shown):
        return shown
    try:
        return await recorded.shown(going.session.reader, call, lengths=True)
    except (NotAuthorised, Rejected):
        return ()


# ── orphans ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _orphans(
    going: Proving, left: Sequence[Upload], known: dict[str, Upload], ends: Mapping[str, End], proof: Proof
) -> None:
    """Notes which uploads are orphans, and attaches those whose conversations have ended."""
    try:
        shown = await recorded.orphans(going.session.reader)
    except NotAuthorised as error:
        proof.notes.append(f"orphans are not ours to see: {error}")
        return
    found = recording_proof.orphaned(left, shown)
    _note(going, known, [replace(known[one], stage=Stage.ORPHAN) for one in found])
    proof.absent -= found.keys()
    proof.planned = attaching(found, known, ends)
    attached = Counter[str]()
    if not going.planned:
        for change in proof.planned:
            attached[change.ref.key] += await _attach(going, change, known, proof)
    proof.orphans = len(found) - attached.total()


async def _attach(going: Proving, change: Change, known: dict[str, Upload], proof: Proof) -> bool:
    """Whether the orphan was attached. What got lost shows at the next look."""
    one = known[change.ref.key]
    try:
        await going.session.client(recording.attach(change))
    except NotAuthorised:
        raise
    except (ApiError, LookupError) as error:
        proof.notes.append(f"{one.name}: could not be attached: {error}")
        return False
    _note(going, known, [replace(one, stage=Stage.ATTACHED)])
    return True
