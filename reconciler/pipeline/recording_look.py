"""Store and index → recordings that were found, read and judged. Blocking work is done in threads, decoding in boxes."""

from __future__ import annotations

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

import orjson

from reconciler.audio import sniff
from reconciler.audio.box import Box, inspected
from reconciler.errors import ConfigurationError
from reconciler.files import remote
from reconciler.model.moment import Clock
from reconciler.model.problem import Problem
from reconciler.model.recorded import Described, Digests, Examined, Store, Stored, Upload
from reconciler.model.recording import Accept, Agent, Flaw, Inspected, Worth
from reconciler.pipeline.recording_beside import Past, beside
from reconciler.pipeline.recording_eye import CHUNK, PIECE, Eye, Pool, Row, boxes, digested
from reconciler.runners import recording_index, recording_names, recording_settle
from reconciler.runners.recording_index import Index
from reconciler.runners.recording_rules import judge
from reconciler.settings import Settings

MOST_INDEX = 256 * 1024 * 1024
_INDEXES = (".csv", ".json", ".jsonl", ".ndjson")


@dataclass(slots=True)
class Look:
    """What one look found: recordings that may be planned, and why the others may not be, by reason.

    `alone` are files that wait for the other side of their call.
    """

    found: int = 0
    recordings: list[tuple[Stored, Described, Examined]] = field(default_factory=list)
    growing: int = 0
    alone: int = 0
    unnamed: int = 0
    worth: Counter[Worth] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    doubtful: list[tuple[Stored, Examined]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def describer(settings: Settings) -> Callable[[], tuple[Callable[[str], Described | None], list[Problem]]]:
    """Reads the index anew each time, since it grows too. Raises `ConfigurationError` for a pattern that is none."""
    runner, zone = settings.file.runners.recordings, settings.file.source.time_zone
    if not runner.index and not runner.pattern:
        raise ConfigurationError(
            "what recordings belong to is not said: set runners.recordings.index or runners.recordings.pattern"
        )
    try:
        by_name = recording_names.reader(runner.pattern, Clock(zone)) if runner.pattern else lambda _name: None
    except ValueError as error:
        raise ConfigurationError(f"runners.recordings.pattern: {error}") from None
    columns = runner.columns.model_dump()

    def describe() -> tuple[Callable[[str], Described | None], list[Problem]]:
        index = Index()
        for name, data in _indexes(runner.index, settings.root) if runner.index else ():
            recording_index.read(index, data, file=name, columns=columns, clock=Clock(zone))
        return lambda name: index.find(name) or (index.led(one) if (one := by_name(name)) else None), index.problems

    return describe


def _indexes(where: str, root: Path) -> Iterator[tuple[str, bytes]]:
    """The index files by name. Raises `ConfigurationError` where there is none, or it is too large."""
    if "://" in where:
        folder, _, name = where.rpartition("/")
        store = remote.open(folder)
        try:
            with store.open(name) as file:
                yield name, _whole(file, remote.shown(where))
        except OSError as error:
            raise ConfigurationError(f"runners.recordings.index: {remote.shown(where)}: {error.strerror}") from None
        return
    path = root / where
    paths = sorted(one for one in path.rglob("*") if one.suffix in _INDEXES and one.is_file()) if path.is_dir() else [path]
    for one in paths:
        try:
            with one.open("rb") as file:
                yield one.name, _whole(file, where)
        except OSError as error:
            raise ConfigurationError(f"runners.recordings.index: {where}: {error.strerror}; check the path") from None


def _whole(file: BinaryIO, where: str) -> bytes:
    data = bytearray()
    while piece := file.read(PIECE):
        data += piece
        if len(data) > MOST_INDEX:
            raise ConfigurationError(f"runners.recordings.index: {where} is larger than {MOST_INDEX} bytes; split it")
    return bytes(data)


async def look(eye: Eye, now: int, known: Mapping[str, Upload]) -> Look:
    """Everything in the store as it is now; `known` are uploads by digest. Raises `OSError` where the store does not answer."""
    stored = await asyncio.to_thread(lambda: list(eye.store.files()))
    describe, problems = await asyncio.to_thread(eye.describe)
    said = {one.name: describe(one.name) for one in stored}
    ours = [one for one in stored if said[one.name] or sniff.said(one.name)]
    whole, growing = eye.settling.look(ours, now)
    seen = Look(found=len(ours), growing=growing, problems=problems)
    rows: list[Row] = []
    with boxes() as pool:
        for start in range(0, len(whole), CHUNK):
            part = whole[start : start + CHUNK]
            rows += [(one, said[one.name], _judged(new, said[one.name], eye)) for one, new in await _examined(eye, part, pool)]
            eye.told(min(start + CHUNK, len(whole)), len(whole))
        if eye.runner.transcode:
            there = {one.name for one in whole}
            coming = [one for name in said.keys() - there if (one := describe(recording_settle.whole(name)))]
            rows, seen.alone = await beside(eye, rows, Past(known, now, pool, coming))
    for row in rows:
        _take(seen, *row)
    return seen


def _judged(new: Examined | None, said: Described | None, eye: Eye) -> Examined | None:
    """The same, judged with the agent's channel that is said of this recording, where none is said of all."""
    if not new or not said or said.agent is Agent.UNKNOWN or eye.accept.agent is not Agent.UNKNOWN:
        return new
    return replace(new, verdict=judge(new.found, replace(eye.accept, agent=said.agent)))


def _take(seen: Look, one: Stored, said: Described | None, examined: Examined | None) -> None:
    if examined is None:
        seen.growing += 1
        return
    verdict = examined.verdict
    seen.worth[verdict.worth] += len(examined.sides) or 1
    seen.reasons.update(f"{reason.worth}: {reason.rule}" for reason in verdict.reasons)
    if verdict.worth is not Worth.ANALYTICS:
        seen.doubtful.append((one, examined))
    if said is None:
        seen.unnamed += verdict.worth is not Worth.REFUSED
    elif verdict.worth is not Worth.REFUSED:
        seen.recordings.append((one, said, examined))


async def _examined(eye: Eye, files: Sequence[Stored], pool: Pool) -> list[tuple[Stored, Examined | None]]:
    """What the files are; None for one that changed while it was read. What is known of a file is not read again."""
    known = {name: _unpacked(content) for name, content in eye.ledger.seen(files).items()}
    judged = {name: Examined(digests, found, judge(found, eye.accept)) for name, (digests, found) in known.items()}
    fresh = [one for one in files if one.name not in judged or _lacks(judged[one.name])]
    loop, (threads, free) = asyncio.get_running_loop(), pool
    made = await asyncio.gather(*(loop.run_in_executor(threads, _examine, eye, one, free) for one in fresh))
    results = dict(zip((one.name for one in fresh), made, strict=True))
    if eye.keeps:
        eye.ledger.keep({one: _packed(new) for one in fresh if (new := results[one.name]) and not _is_passing(new)})
    return [(one, results[one.name] if one.name in results else judged[one.name]) for one in files]


def _lacks(one: Examined) -> bool:
    """Whether it was refused then, so that its content was never read, and is not refused by what is accepted now."""
    return not one.digests.sha256 and one.verdict.worth is not Worth.REFUSED


def _is_passing(one: Examined) -> bool:
    """Whether the next look may find something else although the file stays the same."""
    return one.found.flaw in {Flaw.UNREADABLE, Flaw.EXTRA, Flaw.CRASHED, Flaw.SLOW, Flaw.HUNGRY}


def _examine(eye: Eye, one: Stored, free: SimpleQueue[Box]) -> Examined | None:
    """What a file is: inspected, judged, and read for its digests if it is worth that; None where it changes. For a thread."""
    if one.size > eye.accept.max_bytes:
        return _flawed(f"{one.size} bytes are more than {eye.accept.max_bytes}", eye.accept)
    box = free.get()
    try:
        with eye.store.open(one.name) as file:
            if (size := os.fstat(file.fileno()).st_size) != one.size:
                return None
            found = box.inspect(file, name=one.name, thorough=eye.runner.thorough)
            verdict = judge(found, eye.accept)
            digests = Digests("", "") if verdict.worth is Worth.REFUSED else digested(file)
            return None if os.fstat(file.fileno()).st_size != size else Examined(digests, found, verdict)
    except OSError as error:
        if error.errno == errno.EBUSY:
            return None
        return _flawed((error.strerror or str(error)).lower(), eye.accept)
    finally:
        free.put(box)


def _flawed(detail: str, accept: Accept) -> Examined:
    found = Inspected(flaw=Flaw.UNREADABLE, detail=detail)
    return Examined(Digests("", ""), found, judge(found, accept))


def _packed(one: Examined) -> bytes:
    return orjson.dumps([asdict(one.digests), asdict(one.found)])


def _unpacked(content: bytes) -> tuple[Digests, Inspected]:
    digests, found = orjson.loads(content)
    return Digests(**digests), inspected(found)


def outlines(eye: Eye, names: Iterable[str]) -> dict[str, list[list[float]]]:
    """The outlines of files that can be heard, by name: per channel the peaks, 0 to 1."""
    found: dict[str, list[list[float]]] = {}
    with Box() as box:
        for name in names:
            with suppress(OSError), eye.store.open(name) as file:
                found[name] = box.outline(file)
    return found


def removed(store: Store, files: Iterable[Stored], present: Mapping[str, Stored]) -> int:
    """Deletes files that are still as they were; how many went."""
    count = 0
    for one in files:
        if present.get(one.name) == one:
            with suppress(OSError):
                store.remove(one.name)
                count += 1
    return count
