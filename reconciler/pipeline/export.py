"""`export`: the manifests of a live organisation. Reads only; writes files, and only over those that an export wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.desired import validate
from reconciler.desired.describe import Described, describe
from reconciler.desired.render import Text
from reconciler.desired.write import MARK, write
from reconciler.errors import InputError
from reconciler.files import write as writing
from reconciler.kinds import REGISTRY
from reconciler.live.read import Question, read
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Proof, Snapshot, State
from reconciler.pipeline import desired
from reconciler.pipeline.session import Doors, connect
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: paths written and removed, objects per collection, and what a person should know."""

    changed: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def export(settings: Settings, folder: Path | None = None, doors: Doors | None = None) -> Exported:
    """Writes what is into `folder` (the manifests of the settings, unless given). Safe to repeat.

    Raises `InputError` where a file of somebody else stands in the way; nothing has been written then.
    """
    folder = folder or settings.path(settings.file.manifests)
    kinds = list(REGISTRY.values())
    async with connect(settings, doors) as session:
        bindings, options = session.ledger.bindings(), session.options
        question = Question(kinds, State({}), bindings, options, session.ledger.foreign, everything=True)
        snapshot = await read(session.reader, question)
    found = describe(kinds, snapshot, options)
    texts = write(kinds, found.state, settings.file.source.name)
    difference = writing.compare(folder, {one.path: one.text for one in texts}, mark=MARK, keep=_unread(snapshot))
    if difference.problems:
        raise InputError([_in_the_way(folder, one) for one in difference.problems])
    writing.carry_out(folder, difference)
    return Exported(
        tuple(folder / name for name in difference.changed),
        tuple(folder / name for name in difference.removed),
        _counts(found.state),
        tuple(_notes(found, folder, texts)),
        (*found.warnings, *_proven(texts)),
    )


def _unread(snapshot: Snapshot) -> list[str]:
    """Files of kinds that were not read completely: they stay as they are."""
    unread = [name for name, kind in REGISTRY.items() if not snapshot.proofs.get(kind.name, Proof()).complete]
    return ["users/" if name == "user" else f"{REGISTRY[name].plural}.yaml" for name in unread]


def _in_the_way(folder: Path, problem: Problem) -> Problem:
    """The problem with the whole path, and in the words of an export where a file belongs to somebody else (it has a line)."""
    place = Place((folder / problem.place.file).as_posix(), problem.place.line)
    if not problem.place.line:
        return replace(problem, place=place)
    remedy = "export into another folder with --directory, or move this file"
    return Problem(place, "", "no export wrote this file, but this one would write one of its name", remedy)


def _counts(state: State) -> dict[str, int]:
    counted = {kind.plural: sum(ref.kind == kind.name for ref in state.resources) for kind in REGISTRY.values()}
    return {plural: count for plural, count in counted.items() if count}


def _notes(found: Described, folder: Path, texts: Iterable[Text]) -> Iterable[str]:
    """What was skipped on purpose, and what else lies in the folder."""
    for counted, why in (
        (found.inactive, "inactive: a manifest would bring them back"),
        (found.foreign, "another source of this ledger keeps them"),
    ):
        if counted:
            named = ", ".join(desired.counted(kind, count) for kind, count in counted.items())
            yield f"not exported: {named} ({why})"
    own = {one.path for one in texts}
    others = [name for name in desired.texts(folder, ".") if name.removeprefix("./") not in own] if folder.is_dir() else []
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        names = ", ".join(name.removeprefix("./") for name in others[:3])
        yield f"{folder} also holds {names}{more}: what stands in two files is a problem, see `reconciler validate`"


def _proven(texts: Iterable[Text]) -> Iterable[str]:
    """What `validate` says against the files that were just written; nothing, as far as we know what it checks."""
    try:
        validate.load({one.path: one.text.encode() for one in texts}, list(REGISTRY.values()))
    except InputError as error:
        yield from map(str, error.problems)
