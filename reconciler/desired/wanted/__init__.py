"""Facts + mapping → the Facts that manifests are written from: what is in scope, in our keys, names and proficiencies.

Nothing is invented here. A value the mapping does not know is a problem with the place it was read from; what the platform
does not say at all is left out, so that it stays unmanaged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from reconciler.desired.wanted import people, queues, things
from reconciler.desired.wanted.desk import Desk, Native, scoped, start
from reconciler.model.fact import COLLECTIONS, Fact, Reading, Source
from reconciler.model.mapping import Mapping as Map
from reconciler.model.mapping import Where
from reconciler.model.problem import Place, Problem

UNIQUE = ("division", "skill", "language", "wrapup_code", "queue")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Facts sorted by kind and key, what is wrong, notes, and the kinds this export does not speak of."""

    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()


def wanted(reading: Reading, mapping: Map, source: Source, *, where: Where) -> Wanted:
    """What the manifests shall say; with problems that are no warnings the facts are not to be used.

    Problems of the source with users and queues that the scope leaves out do not count.
    """
    desk = start(mapping, where, mapping.skills.levels or source.levels)
    native = {kind: [fact for fact in reading.facts if fact.kind == kind] for kind in COLLECTIONS}
    kept = {kind: scoped(desk, kind, native[kind]) for kind in ("user", "queue")}
    facts = _made(desk, native, kept, statuses="secondary_status" in reading.delivered)
    _check_names(desk, facts)
    _check_rename(desk)
    if not reading.delivered and not reading.problems:
        desk.wrong(Place(), "", "the export says nothing", "check that `export` in reconciler.yaml is the right folder")
    out = {fact.subject for kind, own in kept.items() for fact in native[kind]} - {
        fact.subject for own in kept.values() for fact in own
    }
    order = {kind: number for number, kind in enumerate(COLLECTIONS)}
    return Wanted(
        tuple(sorted(facts, key=lambda fact: (order[fact.kind], fact.key))),
        (*(problem for problem in reading.problems if problem.subject not in out), *desk.told()),
        (*reading.notes, *desk.notes, *_never(source, {fact.kind for fact in facts})),
        frozenset(source.kinds - reading.delivered - {fact.kind for fact in facts}),
    )


def _made(desk: Desk, native: Native, kept: Native, *, statuses: bool) -> list[Fact]:
    """All facts as they are wanted; `statuses` says whether the export speaks of agent statuses."""
    skills, languages = things.abilities(desk, native, kept["user"])
    codes = things.codes(desk, native["wrapup_code"])
    divisions = things.divisions(desk, native["division"], [*kept["user"], *kept["queue"]])
    users = people.users(desk, native["user"], kept["user"], (divisions, skills, languages))
    names = {fact.key: fact.fields["name"] for fact in users}
    return [
        *(fact for known in (divisions, skills, languages, codes) for fact in known.facts),
        *things.statuses(desk, native["secondary_status"], given=statuses),
        *users,
        *queues.queues(desk, native, kept["queue"], names, (divisions, codes)),
    ]


def _never(source: Source, there: AbstractSet[str]) -> Iterator[str]:
    """A note on what the platform has no objects for, as far as the mapping does not give it either."""
    if gone := [name for kind, name in COLLECTIONS.items() if kind in source.never and kind not in there]:
        yield f"{', '.join(gone)}: {source.platform} does not have them; what mapping.yaml does not give is left as it is"


def _check_names(desk: Desk, facts: Iterable[Fact]) -> None:
    """Kinds with unique names have them: equal after NFC, trimming and case folding is the same name."""
    seen: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.kind not in UNIQUE or not fact.fields.get("name"):
            continue
        name = unicodedata.normalize("NFC", fact.fields["name"]).strip().casefold()
        other = seen.setdefault((fact.kind, name), fact)
        if other is not fact:
            what = f"has the name of {other.subject} ({other.place}): {fact.fields['name']}"
            remedy = f"names are unique in Genesys Cloud; mapping.yaml: rename: {{{COLLECTIONS[fact.kind]}: {{{fact.key}: …}}}}"
            desk.wrong(fact.place, fact.subject, what, remedy)


def _check_rename(desk: Desk) -> None:
    """Warns of renames that rename nothing."""
    for collection, table in desk.mapping.rename:
        for old in (old for old in table if (collection, old) not in desk.renames):
            desk.warn(("rename", collection, old), f"rename.{collection}: {old!r} is not in the export", "remove the line")
