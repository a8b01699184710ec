"""Two files of one call → the recording they make together, where that loses nothing: made, inspected, judged, and kept in mind.

Neither file is changed, and what is made is thrown away: the upload makes it again, with the same bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from queue import SimpleQueue
from typing import Any

import orjson

from reconciler.audio.box import Box, inspected
from reconciler.model.recorded import Described, Digests, Examined, Stored, Upload
from reconciler.model.recording import Agent, Worth
from reconciler.pipeline.recording_eye import CHUNK, Eye, Pool, Row, digested
from reconciler.pipeline.recording_join import Apart, joined
from reconciler.runners import recording_sides as sides_of
from reconciler.runners.recording_rules import judge, stays
from reconciler.runners.recording_sides import Pair


@dataclass(frozen=True, slots=True)
class Past:
    """Uploads by digest, the time in milliseconds since 1970, who decodes, and what is said of files that are not whole yet."""

    known: Mapping[str, Upload]
    now: int
    pool: Pool
    coming: Sequence[Described] = ()


async def beside(eye: Eye, rows: Sequence[Row], past: Past) -> tuple[list[Row], int]:
    """The rows, with one instead of two where both sides of a call make a recording that is fit for analytics.

    What waits for its other side is left out: how many those are stands beside the rows.
    """
    sides = [(one, said, new) for one, said, new in rows if said and new]
    coming = [*past.coming, *(said for _, said, new in rows if said and not new)]
    old = sides_of.Past(past.known, lambda one: not 0 < one.changed > past.now - eye.wait, coming)
    found = sides_of.match(sides, eye.runner.sides, old)
    made: dict[str, Row | None] = {}
    for start in range(0, len(found.pairs), CHUNK):
        part = found.pairs[start : start + CHUNK]
        for pair, new in zip(part, await _paired(eye, part, past), strict=True):
            names = (pair.left[0].name, pair.right[0].name)
            if isinstance(new, str):
                found.alone |= dict.fromkeys(names, new)
            else:
                made |= {names[0]: _row(pair, new), names[1]: None}
    left = [made.get(row[0].name, row) for row in rows if row[0].name not in found.waiting]
    return [_alone(row, found.alone.get(row[0].name, "")) for row in left if row], len(found.waiting)


def _row(pair: Pair, new: Examined | None) -> Row:
    """One row for both; without what it is where a file changed meanwhile."""
    stored, said, _ = pair.left
    size = new.found.size if new else stored.size
    return replace(stored, size=size), replace(said, agent=pair.agent), new


def _alone(row: Row, why: str) -> Row:
    one, said, new = row
    return (one, said, replace(new, verdict=stays(new.verdict, why))) if new and why else row


async def _paired(eye: Eye, pairs: Sequence[Pair], past: Past) -> list[Examined | str | None]:
    """What each pair makes, or why it stays two files; None where one has changed. What was made before is not made again."""
    keys = [_key(pair, eye) for pair in pairs]
    before = {name: orjson.loads(content) for name, content in eye.ledger.seen(keys).items()}
    loop, (threads, free) = asyncio.get_running_loop(), past.pool
    fresh = {key: pair for key, pair in zip(keys, pairs, strict=True) if key.name not in before}
    made = await asyncio.gather(*(loop.run_in_executor(threads, _join, eye, pair, free) for pair in fresh.values()))
    new = {key: one for key, one in zip(fresh, made, strict=True) if one}
    if eye.keeps:
        eye.ledger.keep({key: orjson.dumps(one) for key, one in new.items()})
    before |= {key.name: orjson.loads(orjson.dumps(one)) for key, one in new.items()}
    return [_worth(eye, pair, before.get(key.name), past) for key, pair in zip(keys, pairs, strict=True)]


def _key(pair: Pair, eye: Eye) -> Stored:
    """Under which name it is kept what a pair makes: no file has one with such signs in it."""
    left, right = pair.left[0], pair.right[0]
    name = "\0".join((left.name, right.name, str(left.size), str(left.changed), str(eye.runner.sides.apart_seconds)))
    return Stored(name, right.size, right.changed)


def _join(eye: Eye, pair: Pair, free: SimpleQueue[Box]) -> Any:
    """Digests of what a pair makes, and what is found in it; or why it makes nothing. None where a file changed. For a thread."""
    files = [pair.left[0], pair.right[0]]
    box = free.get()
    try:
        names, sizes = [one.name for one in files], [one.size for one in files]
        with joined(eye.store, names, box, eye.runner.sides.apart_seconds, sizes) as file:
            return [asdict(digested(file)), asdict(box.inspect(file, name="both.wav", thorough=eye.runner.thorough))]
    except Apart as error:
        return str(error)
    except OSError:
        return None
    finally:
        free.put(box)


def _worth(eye: Eye, pair: Pair, made: Any, past: Past) -> Examined | str | None:
    """The recording that a pair makes, judged. Its digest is the one it was sent with, had that been made otherwise."""
    if not isinstance(made, list):
        return str(made) if made else None
    digests, found = Digests(**made[0]), inspected(made[1])
    agent = eye.accept.agent if eye.accept.agent is not Agent.UNKNOWN else pair.agent
    verdict = judge(found, replace(eye.accept, agent=agent))
    if verdict.worth is not Worth.ANALYTICS:
        return "; ".join(one.what for one in verdict.reasons)
    sides = tuple((stored, new.digests.sha256) for stored, _, new in (pair.left, pair.right))
    sent = {one.key for _, digest in sides if (one := past.known.get(digest))}
    digest = sent.pop() if len(sent) == 1 else digests.sha256
    return Examined(replace(digests, sha256=digest if digest in past.known else digests.sha256), found, verdict, sides)
