"""Reads what costs a listing per object, or recalls it, where nothing says that it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Iterator
from dataclasses import replace
from typing import Any

from reconciler.live.changed import Memory, Now
from reconciler.live.world import Keys, Question, World
from reconciler.model.kind import Detail, Kind
from reconciler.model.port import Reader
from reconciler.model.resource import UNKNOWN, Live, Proof, Ref, Snapshot


async def details(reader: Reader, question: Question, world: World) -> None:
    """Reads what costs a listing per object: only managed fields of desired objects, and only what is still unknown."""
    jobs: list[Coroutine[Any, Any, None]] = []
    for kind in question.kinds:
        for detail in kind.details:
            spec = kind.fields[detail.field]
            unread = world.unread.get((kind.name, detail.field), [])
            unread = sorted((live for live in unread if _is_asked(kind, detail, live.ref, question)), key=lambda live: live.ref)
            unread = [live for live in unread if not _recalled(detail, live, (world, spec.refers), question.memory)]
            rest = (world, spec.refers, spec.empty, question.memory)
            jobs.extend(_detail(reader, detail, live, rest) for live in unread)
    await in_parallel(jobs, question.workers)


async def reread(reader: Reader, question: Question, snapshot: Snapshot, refs: Collection[Ref]) -> Snapshot:
    """The snapshot after the details of these objects that were only recalled have been read."""
    memory = question.memory
    world = World(dict(snapshot.live), dict(snapshot.ids), warnings=list(snapshot.warnings))
    world.keys = {kind.name: Keys(kind.name, world.ids) for kind in question.kinds}
    for ref, known in snapshot.ids.items():
        world.keys[ref.kind][known] = ref.key
    jobs: list[Coroutine[Any, Any, None]] = []
    for kind, detail, live in _of(question, snapshot, refs):
        one = (live.id, detail.field)
        if one in memory.recalled and isinstance(live.fields, dict):
            memory.doubt(one)
            live.fields[detail.field] = UNKNOWN
            if detail.counted:
                world.counts[live.ref] = memory.count(one)
            spec = kind.fields[detail.field]
            jobs.append(_detail(reader, detail, live, (world, spec.refers, spec.empty, memory)))
    await in_parallel(jobs, question.workers)
    return replace(snapshot, ids=world.ids, warnings=tuple(world.warnings))


def _of(question: Question, snapshot: Snapshot, refs: Collection[Ref]) -> Iterator[tuple[Kind, Detail, Live]]:
    """The details of some live objects."""
    for kind in question.kinds:
        there = [snapshot.live[ref] for ref in refs if ref.kind == kind.name and ref in snapshot.live]
        yield from ((kind, detail, live) for detail in kind.details for live in there)


def _is_asked(kind: Kind, detail: Detail, ref: Ref, question: Question) -> bool:
    """Whether a field has to be known of an object: its manifest manages it, or the object may have to be emptied."""
    if question.only is not None and ref not in question.only:
        return False
    if question.everything:
        return True
    resource = question.desired.resources.get(ref)
    if resource is not None:
        return detail.field in resource.fields
    return kind.name in question.leaving and kind.fields[detail.field].later and ref in question.bindings


def _recalled(detail: Detail, live: Live, rest: tuple[World, str], memory: Memory) -> bool:
    """Fills a field with what was read before, where nothing speaks against that; whether it did."""
    world, refers = rest
    keys, fields = world.keys[refers], live.fields
    count = world.counts.get(live.ref) if detail.counted else None
    if detail.trail is None or count == 0 or not isinstance(fields, dict):
        return False

    def standing(known: str) -> str:
        return world.resting.get(known) or ("active" if known in keys else "gone")

    ids = memory.recall((live.id, detail.field), Now(count, standing, live.id in world.unseen))
    if ids is not None:
        fields[detail.field] = frozenset(map(keys.__getitem__, ids))
    return ids is not None


async def _detail(reader: Reader, detail: Detail, live: Live, rest: tuple[World, str, Any, Memory]) -> None:
    world, refers, empty, memory = rest
    keys = world.keys[refers]
    fields = live.fields
    if not isinstance(fields, dict):
        return
    if detail.counted and world.counts.get(live.ref) == 0:
        fields[detail.field] = empty
        return
    found: dict[str, Any] = {}

    def take(page: list[dict[str, Any]]) -> None:
        found.update(detail.of(page))

    listing = detail.listing(live.id)
    proof = _counted(await reader.pages(listing, take), len(found), world.counts.get(live.ref) if detail.counted else None)
    if proof.complete:
        is_set = isinstance(empty, frozenset)
        fields[detail.field] = frozenset(map(keys.__getitem__, found)) if is_set else {keys[one]: found[one] for one in found}
        if detail.trail and memory.is_kept:
            memory.note((live.id, detail.field), found)
    else:
        world.warnings.append(f"{live.ref} {detail.field}: not read completely ({proof.reason}); left alone")


def _counted(proof: Proof, found: int, count: int | None) -> Proof:
    """Doubts a listing without totals that came back shorter than the object's own count: a page may have been cut off."""
    if proof.complete and count is not None and found < count:
        return Proof(complete=False, reason=f"{found} came, the object counts {count}")
    return proof


async def in_parallel(jobs: Iterable[Coroutine[Any, Any, None]], workers: int) -> None:
    """Runs the jobs with a few workers, so that thousands of them cost no thousands of tasks. The first error ends all."""
    queue = iter(list(jobs))

    async def work() -> None:
        for job in queue:
            await job

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        for job in queue:
            job.close()
