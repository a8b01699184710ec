"""Decides what a plan has to read again, and keeps what was read for the next one: `refresh: {mode: changed}`.

Every kind is listed as always. Members and wrap-up codes are read only of queues that the audit trail names since the last
reading, whose count is another, in which somebody has left the lists, or that groups fill; see `live.changed` for what that can
miss. Two rules keep that harmless: no change is planned on a value that was not read in the same run, and every `full_every`
everything is read. Where anything is missing or doubtful, everything is read at once, with the reason as a warning.

The OAuth client needs the permission audits:audit:view for it.

Decided here: the record is one fact of the ledger, written whole. Whoever writes last leaves values together with the time from
which the trail has to be asked, so a plan that is slower than an apply costs requests, not correctness.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

from reconciler.errors import ApiError
from reconciler.kinds import REGISTRY
from reconciler.live.changed import REACH, Field, Kept, Memory, Window, traces
from reconciler.model.change import Plan
from reconciler.model.resource import Ref, Snapshot
from reconciler.pipeline.session import Session

Mode = Literal["full", "changed"]
SEEN = "seen"  # the fact that holds the record
FORMAT = 1
SETTLED = timedelta(minutes=1)  # an entry older than that when its queue was read has certainly been seen there; inferred
ROLL = timedelta(hours=1)  # how long a record may stand while nothing had to be read; a longer one costs more queries


@dataclass(frozen=True, slots=True)
class Record:
    """What the last readings left: when the last complete and the last of all began, entries followed up, values by field."""

    complete: datetime
    since: datetime
    entries: frozenset[str] = frozenset()
    kept: Mapping[Field, Kept] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """How a reading begins: from which memory, in place of which record (None: nobody keeps one), with which warnings."""

    memory: Memory
    now: datetime
    record: Record | None = None
    entries: Mapping[str, datetime] = field(default_factory=dict)
    is_partial: bool = False
    is_complete: bool = True
    warnings: tuple[str, ...] = ()


async def start(session: Session, mode: Mode, *, partial: bool = False) -> Start:
    """What a reading may take from memory. `partial` ones read everything they look at, and only add to the record.

    Costs nothing with `full`; with `changed` one request for the mapping of services, and one per action and day.
    """
    now = session.doors.now()
    text = session.ledger.fact(SEEN)
    record = _parsed(text) if text else None
    if partial:
        return Start(Memory(), now, record, is_partial=True)
    fresh = Start(Memory(), now, record or Record(now, now))
    if mode == "full":
        return fresh if text else Start(Memory(is_kept=False), now)
    settings = session.settings
    if record is None or now - record.complete >= settings.full_every:
        return fresh
    window = Window(record.since - settings.overlap, now, record.entries)
    if not now - REACH <= window.begin <= now:
        return replace(fresh, warnings=_everything(f"the last reading began at {record.since.isoformat()}, out of its reach"))
    try:
        found = await traces(session.reader, REGISTRY.values(), window)
    except ApiError as error:
        return replace(fresh, warnings=_everything(str(error)))
    return Start(Memory(record.kept, found.named), now, record, found.entries, is_complete=False)


def _everything(reason: str) -> tuple[str]:
    return (f"everything was read, because the audit trail proves nothing: {reason}",)


def unread(made: Plan, snapshot: Snapshot, memory: Memory) -> set[Ref]:
    """Objects the plan would change of which something was only recalled: they have to be read first."""
    recalled = {object_id for object_id, _ in memory.recalled}
    return {one.ref for one in made.changes if snapshot.ids.get(one.ref) in recalled}


def keep(session: Session, begun: Start, only: Collection[Ref] | None, snapshot: Snapshot) -> None:
    """Notes in the ledger what a reading has left, where somebody keeps a record.

    A reading of which the trail told nothing new leaves a young record as it is: the same text need not be written every minute.
    """
    old, memory = begun.record, begun.memory
    if old is None:
        return
    if begun.is_partial:
        looked_at = {snapshot.ids[ref] for ref in only or () if ref in snapshot.ids}
        others = {one: kept for one, kept in old.kept.items() if one[0] not in looked_at}
        record = replace(old, kept=others | memory.fresh)
    else:
        since = begun.now
        edge = since - session.settings.overlap
        entries = frozenset(one for one, at in begun.entries.items() if edge <= at <= since - SETTLED)
        record = Record(since if begun.is_complete else old.complete, since, entries, memory.fresh)
    is_quiet = not begun.is_complete and begun.entries.keys() <= old.entries and begun.now - old.since < ROLL
    if record.kept != old.kept or not (begun.is_partial or is_quiet):
        session.ledger.set_fact(SEEN, _text(record))


def forget(session: Session, made: Plan, snapshot: Snapshot) -> None:
    """Drops from the record what the plan is about to change, so that a run that is cut leaves nothing outdated behind."""
    text = session.ledger.fact(SEEN)
    record = _parsed(text) if text and made.changes else None
    if record is None:
        return
    gone = {snapshot.ids.get(one.ref) for one in made.changes}
    kept = {one: value for one, value in record.kept.items() if one[0] not in gone}
    if len(kept) < len(record.kept):
        session.ledger.set_fact(SEEN, _text(replace(record, kept=kept)))


def _text(record: Record) -> str:
    objects: dict[str, dict[str, Any]] = {}
    for (object_id, name), kept in record.kept.items():
        objects.setdefault(object_id, {})[name] = [kept.count, kept.ids, kept.away]
    times = {"complete": record.complete.isoformat(), "since": record.since.isoformat()}
    return orjson.dumps({"format": FORMAT, **times, "entries": sorted(record.entries), "kept": objects}).decode()


def _parsed(text: str) -> Record | None:
    """The record; None for one that cannot be read, as another release may have left it."""
    try:
        told = orjson.loads(text)
        if told["format"] != FORMAT:
            return None
        kept = {
            (object_id, name): Kept(tuple(ids), away, count)
            for object_id, fields in told["kept"].items()
            for name, (count, ids, away) in fields.items()
        }
        complete, since = datetime.fromisoformat(told["complete"]), datetime.fromisoformat(told["since"])
        return Record(complete, since, frozenset(told["entries"]), kept)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
