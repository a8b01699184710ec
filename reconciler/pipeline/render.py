"""export + mapping → manifests: reads both, runs source, mapping and templates in a bounded child, writes what differs.

`render` is what the command calls; `work` is what the child process runs. Either all problems are raised together and nothing
is written, or every file is brought up to date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from reconciler.desired.render import MARK, Text
from reconciler.desired.render import render as write_texts
from reconciler.desired.wanted import wanted
from reconciler.errors import InputError, Refused, UsageError
from reconciler.files import read as reading
from reconciler.files import write as writing
from reconciler.formats import yaml
from reconciler.model.fact import COLLECTIONS
from reconciler.model.mapping import Mapping as Map
from reconciler.model.mapping import parse
from reconciler.model.problem import Place, Problem
from reconciler.pipeline.bounded import Bounds, run
from reconciler.sources import REGISTRY

_SEARCHED = 500  # problems whose line is searched for: each reads its file once more
_WORK = "reconciler.pipeline.render:work"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What rendering did, or with `check` would do.

    `changed` and `removed` are paths of manifests; `counts` objects per collection; `absent` collections the export does not
    speak of, whose files were left as they are; `notes` and `warnings` what a person should know.
    """

    changed: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def render(  # noqa: PLR0913 - the settings of a command, all by name
    *,
    export: Path,
    mapping: Path | None,
    manifests: Path,
    platform: str,
    source: str,
    check: bool = False,
    min_percent: float = 0,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen and without state
) -> Rendered:
    """Renders `export` into `manifests`; with `check` nothing is written. Raises `InputError`, `OutOfBounds`, `UsageError`.

    `mapping` is a folder with mapping.yaml and templates, both optional. Where the export holds less than `min_percent` of the
    users or queues the manifests were rendered with before, it raises `Refused`: an export cut short must not look like people
    leaving. Safe to repeat: the same input gives the same bytes.
    """
    if platform not in REGISTRY:
        raise UsageError(f"no platform {platform!r}; there are {', '.join(sorted(REGISTRY))}")
    found = reading.tree(export)
    templates, bad = reading.templates(mapping)
    text, wrong = reading.mapping(mapping)
    own = {name for name, text in templates.items() if reading.packaged().get(name) != text}
    below = [_below(mapping, problem) for problem in (*bad, *wrong)] if mapping else []
    if problems := [*(_below(export, problem) for problem in found.problems), *below]:
        raise InputError(problems)
    parcel = {"platform": platform, "source": source, "templates": templates, "own": sorted(own)}
    answer = orjson.loads(run(_WORK, pack(parcel, text, found.files), bounds=bounds))
    places = _Places(export, mapping, found.files, own)
    problems = [places.pinned(_problem(told), search=number < _SEARCHED) for number, told in enumerate(answer["problems"])]
    if any(not problem.warning for problem in problems):
        raise InputError(problems)
    _guard(manifests, answer, min_percent)
    return _brought(manifests, answer, (*found.notes, *answer["notes"]), sorted(problems), check=check)


def _guard(manifests: Path, answer: Mapping[str, Any], min_percent: float) -> None:
    """Raises `Refused` where more than one user or queue is gone, and with them more than `min_percent` allows."""
    for name in (name for name in ("users", "queues") if min_percent and name not in answer["absent"]):
        before, now = _rendered_before(manifests, name), answer["counts"].get(name, 0)
        if before - now > 1 and now * 100 < before * min_percent:
            raise Refused(
                f"the export holds {now} {name}, the manifests {before}: less than {min_percent:g} %; if they have really left, "
                "lower guards.min_export_percent in reconciler.yaml for this run"
            )


def _rendered_before(manifests: Path, name: str) -> int:
    """How many objects of a collection the rendered files hold now; a file that cannot be read counts for none."""
    count = 0
    for file in writing.owned(manifests.resolve(), MARK):
        if file == f"{name}.yaml" or file.startswith(f"{name}/"):
            with suppress(InputError):
                data = yaml.read((manifests / file).read_bytes(), file=file).data
                count += len(data.get(name) or ()) if isinstance(data, dict) else 0
    return count


def _brought(
    manifests: Path, answer: Mapping[str, Any], notes: Sequence[str], warnings: Sequence[Problem], *, check: bool
) -> Rendered:
    texts = dict(answer["texts"])
    absent = tuple(answer["absent"])
    keep = ["users/" if name == "users" else f"{name}.yaml" for name in absent]
    difference = writing.compare(manifests, texts, mark=MARK, keep=keep)
    if difference.problems:
        raise InputError([_below(manifests, problem) for problem in difference.problems])
    if not check:
        writing.carry_out(manifests, difference)
    return Rendered(
        tuple(manifests / name for name in difference.changed),
        tuple(manifests / name for name in difference.removed),
        tuple(notes),
        tuple(warnings),
        answer["counts"],
        absent,
    )


# ── in the child ─────────────────────────────────────────────────────────────────────────────────────────────────────


def pack(parcel: Mapping[str, Any], mapping: bytes, export: Mapping[str, bytes]) -> bytes:
    """One line of JSON that says what follows, then mapping.yaml and every file of the export."""
    head = {**parcel, "mapping": len(mapping), "files": [[name, len(data)] for name, data in export.items()]}
    return b"".join((orjson.dumps(head), b"\n", mapping, *export.values()))


def unpack(payload: bytes) -> tuple[dict[str, Any], bytes, dict[str, bytes]]:
    """What `pack` packed: what was said first, mapping.yaml, and the export."""
    end = payload.index(b"\n")
    head = orjson.loads(payload[:end])
    at = end + 1 + head["mapping"]
    export = {}
    for name, size in head["files"]:
        export[name] = payload[at : at + size]
        at += size
    return head, payload[end + 1 : end + 1 + head["mapping"]], export


def work(payload: bytes) -> bytes:
    """Source, mapping and templates over what `pack` packed; the answer holds texts, or the problems that hinder them."""
    head, text, export = unpack(payload)
    try:
        tree = yaml.read(text, file=reading.MAPPING)
        found = parse(tree.data, place=lambda path: tree.place(tuple(path)))
    except InputError as error:
        return _answer(problems=error.problems)
    if not isinstance(found, Map):
        return _answer(problems=found)
    card = REGISTRY[head["platform"]]
    wish = wanted(card.read(export, found, head["source"]), found, card, where=lambda path: tree.place(tuple(path)))
    if any(not problem.warning for problem in wish.problems):
        return _answer(problems=wish.problems, notes=wish.notes)
    done = write_texts(wish.facts, head["templates"], head["source"], absent=wish.absent)
    bad = (*done.problems, *(_readable(done.texts) if head["own"] else ()))
    counts = Counter(COLLECTIONS[fact.kind] for fact in wish.facts)
    return _answer(
        problems=(*wish.problems, *bad),
        notes=wish.notes,
        texts=[(text.path, text.text) for text in done.texts],
        counts=counts,
        absent=[name for kind, name in COLLECTIONS.items() if kind in wish.absent],
    )


def _readable(texts: Iterable[Text]) -> list[Problem]:
    """Whether a user's templates write YAML that can be read, told with the line of the manifest and what stands there."""
    problems: list[Problem] = []
    for text in texts:
        try:
            tree = yaml.read(text.text.encode(), file=text.path)
            if not isinstance(tree.data, dict):
                problems.append(
                    Problem(Place(text.path), "", "the template writes no collection", "begin with `users:` or another")
                )
        except InputError as error:
            problems += [Problem(one.place, "", f"the template writes no YAML: {one.what}", one.remedy) for one in error.problems]
    return problems


def _answer(*, problems: Iterable[Problem] = (), **rest: Any) -> bytes:
    empty: dict[str, Any] = {"notes": [], "texts": [], "counts": {}, "absent": []}
    return orjson.dumps({**empty, **rest, "problems": [asdict(problem) for problem in problems]})


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _problem(told: Mapping[str, Any]) -> Problem:
    return Problem(Place(**told["place"]), told["subject"], told["what"], told["remedy"], told["warning"])


def _below(folder: Path, problem: Problem) -> Problem:
    place = Place((folder / problem.place.file).as_posix(), problem.place.line, problem.place.column)
    return Problem(place, problem.subject, problem.what, problem.remedy, problem.warning)


class _Places:
    """Turns names inside a folder into paths a person can open, and finds the line of an object in its file."""

    def __init__(self, export: Path, mapping: Path | None, export_files: Mapping[str, bytes], own: Iterable[str]) -> None:
        self._export, self._mapping, self._files = export, mapping, export_files
        self._own = {reading.MAPPING, *own}

    def pinned(self, problem: Problem, *, search: bool = True) -> Problem:
        """The problem with a path, and a line where its object's key can be found in the file."""
        name = problem.place.file
        if name in self._own and self._mapping:
            return _below(self._mapping, problem)
        if name not in self._files:
            return problem
        line = problem.place.line or (self._line(name, problem.subject) if search else 0)
        place = Place(name, line, problem.place.column)
        return _below(self._export, Problem(place, problem.subject, problem.what, problem.remedy, problem.warning))

    def _line(self, name: str, subject: str) -> int:
        """The line on which the key of `kind/key` stands first in quotes, 0 where it does not."""
        key = subject.partition("/")[2]
        at = self._files[name].find(f'"{key}"'.encode()) if key else -1
        return self._files[name].count(b"\n", 0, at) + 1 if at >= 0 else 0
