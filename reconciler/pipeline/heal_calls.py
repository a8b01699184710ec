"""`run interactions --reconcile`: the feeds of a period against what Genesys Cloud shows, and what is missing told.

The feeds are read from their beginning by the same machine as ever, but into memory that nobody keeps: bookmarks, the runner's
own memory and what waits in its stream stay as they are. A runner that goes on meanwhile is not disturbed: what it has yet to
tell is left to it, and what both tell has the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import orjson

from reconciler import __version__
from reconciler.apply.inject import Injector, Telling
from reconciler.apply.known import Directory
from reconciler.errors import UsageError
from reconciler.kinds import EVENTS
from reconciler.ledger.glance import Glance, glance
from reconciler.live.conversations import Conversations
from reconciler.model.change import Change, Header, Outcome, Plan, Refusal, Result
from reconciler.model.event import Told
from reconciler.model.moment import iso
from reconciler.model.reconciliation import Finding, Period, Reconciliation, Standing, period
from reconciler.model.seen import Readback, Seen
from reconciler.model.stream import Bookmark, Stream
from reconciler.pipeline.craft import Mode
from reconciler.pipeline.feeding import inlets
from reconciler.pipeline.ground import Ground, ground
from reconciler.pipeline.run import BUDGET, RUNNERS, opened, understood
from reconciler.pipeline.running import IDLE_SECONDS, SHARES, Running
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.pipeline.tally import Report
from reconciler.runners.conversation_change import conversation_id
from reconciler.runners.conversation_compare import at, cells, judge, picture
from reconciler.runners.rehearsal import Rehearsal
from reconciler.runners.talk import read as remembered
from reconciler.settings import Settings

RUNNER = "interactions"
HEALED = "interactions healed"
"""The stream whose bookmark says which conversations were healed, and when: until that shows they are not told again."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which `period` to reconcile (a day, or FROM/TO), on which `feeds`; `plan`: only show what would be told."""

    period: str
    feeds: Sequence[str] = ()
    plan: bool = False
    told: Callable[[Report], None] = lambda _report: None
    stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Native:
    """What the feeds tell of conversations that began in the period: their changes, in order, and how they were read."""

    within: Period
    changes: dict[str, list[Change]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    report: Report = field(default_factory=Report)

    def hear(self, change: Change) -> None:
        """Keeps a change; the first one of a conversation says whether it began in the period."""
        key = change.name
        if key in self.changes:
            self.changes[key].append(change)
        elif key not in self.outside and self.within.holds(at(change)):
            self.changes[key] = [change]
        else:
            self.outside.add(key)


async def heal(settings: Settings, wishes: Wishes, doors: Doors | None = None) -> Reconciliation:
    """Compares a period, and tells what is missing unless only a plan is wished for. Safe to repeat: ids are derived.

    Where the read-back is not complete the plan is refused, nothing is called missing and nothing is told.
    """
    try:
        within = period(wishes.period, settings.file.source.time_zone)
    except ValueError as error:
        raise UsageError(f"--reconcile: {error}") from None
    card, table = understood(settings, RUNNER)
    async with connect(settings, doors) as session:
        floor = await ground(session, card, table)
        native = await _told_natively(session, floor, within, wishes)
        before = session.client.requests
        found = _spent(await _compared(session, floor, native), session.client.requests - before)
        if wishes.plan or found.plan.refusals:
            return found
        return await _healed(session, floor, found)


def _spent(found: Reconciliation, requests: int) -> Reconciliation:
    """The same, with what reading it cost."""
    plan = replace(found.plan, header=replace(found.plan.header, spent=requests))
    return replace(found, plan=plan, requests=requests)


async def _told_natively(session: Session, floor: Ground, within: Period, wishes: Wishes) -> _Native:
    """What the feeds tell, read from their beginning with a memory of its own."""
    settings = session.settings
    names = wishes.feeds or settings.file.runners.interactions.feeds
    if not names:
        raise UsageError("no feed: give --feed FILE, a folder, or - for standard input; or set runners.interactions.feeds")
    native = _Native(within)
    slots = SHARES * len(settings.file.organization.clients)
    stream = Rehearsal(settings.file.runners.partitions, slots=slots)
    craft = replace(RUNNERS[RUNNER].craft(session, floor, True), heal=None)  # noqa: FBT003 - the shape of a runner's craft
    mode = Mode(once=True, planned=native.hear, told=wishes.told, stopping=wishes.stopping)
    async with inlets(session, floor, stream, names, once=True) as found:
        native.report = await Running(session, craft, (stream, stream), found, mode).run()
    return native


# ── comparing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _compared(session: Session, floor: Ground, native: _Native) -> Reconciliation:
    later = _later(session, native)
    back = await _read_back(session, floor, native, later)
    ids = {key: conversation_id(floor.source, key) for key in native.changes}
    findings = tuple(_finding(key, native.changes[key], ids[key], back, later) for key in sorted(ids))
    wanted = [picture(changes) for changes in native.changes.values()]
    ours = [back.seen[known] for known in ids.values() if known in back.seen]
    extra = list(_extra(native.within, ours, back.seen, set(ids.values())))
    report = native.report
    return Reconciliation(
        native.within,
        _plan(session, floor, findings, back),
        findings,
        cells(wanted, [*ours, *extra], native.within),
        back.proof,
        tuple(sorted(one.tag or one.id for one in extra)),
        {
            "read": report.read,
            "conversations": len(wanted),
            "refused": report.refused,
            "quarantined": report.quarantined,
            "unknown": len(report.strangers),
        },
    )


async def _read_back(session: Session, floor: Ground, native: _Native, later: Mapping[str, str]) -> Readback:
    """What is shown of the conversations. What the period's query lacks is asked for by id before it counts as missing."""
    keys = {(ref.kind, number): ref.key for ref, number in floor.ids.items() if ref.kind in {"user", "queue"}}
    reading = Conversations(session.reader, keys)
    await reading.period(native.within.begin, native.within.end)
    wanted = {conversation_id(floor.source, key) for key in native.changes}
    if reading.readback.proof.complete:
        shown = reading.readback.seen.keys() | reading.readback.unread
        judged = {conversation_id(floor.source, key) for key in native.changes.keys() - later.keys()}
        await reading.by_id(judged - shown)
    await reading.look_into(wanted)
    return reading.readback


def _finding(key: str, changes: Sequence[Change], known: str, back: Readback, later: Mapping[str, str]) -> Finding:
    live = back.seen.get(known)
    if known in back.unread:
        return Finding(key, Standing.UNREAD, why=("it is there, but could not be looked into",))
    if live is None and not back.proof.complete:
        return Finding(key, Standing.UNREAD, why=("it did not come, and the read-back is not complete",))
    found = judge(key, changes, live)
    if found.standing is Standing.SAME or key not in later:
        return found
    return Finding(key, Standing.LATER, why=(later[key],))


def _later(session: Session, native: _Native) -> dict[str, str]:
    """Conversations it is too early to judge, and why: analytics may not show them yet, or the runner has yet to tell."""
    settings, now = session.settings, int(session.doors.now().timestamp() * 1000)
    since = now - settings.milliseconds(settings.file.runners.interactions.visible_after)
    there = _glance(session, RUNNER)
    young = "its newest event is younger than runners.interactions.visible_after"
    told = "it was told a moment ago and does not show yet"
    found = {key: young for key, changes in native.changes.items() if at(changes[-1]) > since}
    for memory in there.memory.values():
        found |= {key: told for key, text in memory.items() if remembered(text).seen > since}
    found |= {key: told for key, when in _healed_before(session).items() if when > since}
    return found | {item.key: "the runner has yet to tell what waits in its stream" for _, item in there.waiting}


def _glance(session: Session, name: str) -> Glance:
    settings = session.settings
    return glance(settings.ledger, organization=session.organization, source=settings.file.source.name, name=name)


def _healed_before(session: Session) -> dict[str, int]:
    """Conversations that were healed, and when, in milliseconds since 1970."""
    found: dict[str, int] = orjson.loads(_glance(session, HEALED).bookmarks.get(HEALED, "{}"))
    return found


def _extra(within: Period, ours: Collection[Seen], seen: Mapping[str, Seen], ids: Collection[str]) -> Iterator[Seen]:
    """Conversations of the period that no feed tells of. Those of other platforms are left out, where they can be told apart."""
    providers = {name for one in ours for name in one.providers}
    for known, one in seen.items():
        if known not in ids and within.holds(one.began) and (not providers or providers & one.providers):
            yield one


def _plan(session: Session, floor: Ground, findings: Sequence[Finding], back: Readback) -> Plan:
    changes = tuple(change for one in findings for change in one.send) if back.proof.complete else ()
    said = {str(one.after) for change in changes for one in change.fields} | {f"user/{one.name}" for one in changes}
    requests = -(-len(changes) // EVENTS["conversation_event"].batch)
    return Plan(
        changes,
        unchanged=sum(one.standing is Standing.SAME for one in findings),
        refusals=() if back.proof.complete else (Refusal("read-back", f"{back.proof.reason}: nothing is called missing"),),
        warnings=tuple(f"{one.key}: {why}" for one in findings if one.standing is not Standing.LATER for why in one.why),
        header=Header(session.organization, session.settings.region, floor.source, __version__, created=_created(session)),
        predicted=requests,
        predicted_by_kind={"conversation_event": requests} if requests else {},
        names={ref: name for ref, name in floor.names.items() if ref.startswith("queue/") or ref in said},
    )


def _created(session: Session) -> str:
    return iso(int(session.doors.now().timestamp() * 1000))


# ── healing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _healed(session: Session, floor: Ground, found: Reconciliation) -> Reconciliation:
    """The same after its plan was told, and noted what was."""
    outcomes = await _sent(session, floor, found.plan.changes) if found.plan.changes else []
    failed = {one.change.ref.key: f"{one.change.name}: {one.note}" for one in outcomes if one.result is not Result.DONE}
    broken = {one.change.name for one in outcomes if one.result is not Result.DONE}
    _note(session, {one.change.name for one in outcomes} - broken)
    return replace(found, sent=len(outcomes) - len(failed), failed=failed)


async def _sent(session: Session, floor: Ground, changes: Sequence[Change]) -> list[Outcome]:
    """What became of the changes: told by the one executor, on this worker's share of the request budget."""
    outcomes: list[Outcome] = []
    tries = session.settings.file.runners.tries
    injector = Injector(
        Telling(
            EVENTS,
            session.client,
            Directory(floor.ids),
            outcomes.append,
            wait=lambda: session.client.wait,
            sleep=session.doors.sleep,
            tries=tries,
            patient=False,
        )
    )
    injector.add(Told(one.name, one) for one in changes)
    with opened(session, BUDGET) as budget:
        telling = asyncio.ensure_future(injector.run())
        try:
            while injector.waiting and not telling.done():
                _share(session, budget)
                await session.doors.sleep(IDLE_SECONDS)
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling
    return outcomes


def _share(session: Session, budget: Stream) -> None:
    """Sends no more than the token slots allow that are ours right now: other runners of this source go on meanwhile."""
    budget.consume(0)
    held, clients = budget.slots(), len(session.settings.file.organization.clients)
    session.client.share([sum(one % clients == number for one in held) / SHARES for number in range(clients)])


def _note(session: Session, keys: Collection[str]) -> None:
    """Remembers which conversations were healed just now, and forgets those that must show by now."""
    if not keys:
        return
    settings, now = session.settings, int(session.doors.now().timestamp() * 1000)
    since = now - settings.milliseconds(settings.file.runners.interactions.visible_after)
    kept = {key: when for key, when in _healed_before(session).items() if when > since} | dict.fromkeys(keys, now)
    with opened(session, HEALED) as stream:
        stream.publish([], Bookmark(HEALED, orjson.dumps(kept).decode()))
