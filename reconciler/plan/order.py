"""Who needs whom, in which order, and which changes may go at the same time. graphlib does the sorting and names cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from reconciler.errors import InputError
from reconciler.model.change import ASIDE, Change, Op
from reconciler.model.kind import Kind
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Ref
from reconciler.plan.diff import refs_of

MAKES = frozenset({Op.CREATE, Op.RESTORE, Op.REPLACE, Op.RENAME})


def order(
    kinds: Mapping[str, Kind],
    changes: Sequence[Change],
    drops: Mapping[Ref, Iterable[str]] | None = None,
    frees: Mapping[str, Iterable[str]] | None = None,
) -> list[Change]:
    """The changes in a legal, canonical order, each with what it needs.

    A change needs the one that creates, restores or renames what it refers to (SCIM refers by name), and the first part of
    its own object; a removal needs the changes that drop references to it (`drops`: Ref → change ids), and who takes a name
    over needs the one that gives it up (`frees`: change id → change ids). Only changes of the same plan are named.
    """
    makers = {one.ref: one.id for one in changes if one.op in MAKES and not one.part}
    linked = [replace(one, needs=_needs(kinds, one, makers, (drops or {}, frees or {}))) for one in changes]
    return [change for wave in waves(linked, kinds) for change in wave]


def _needs(
    kinds: Mapping[str, Kind],
    change: Change,
    makers: Mapping[Ref, str],
    others: tuple[Mapping[Ref, Iterable[str]], Mapping[str, Iterable[str]]],
) -> tuple[str, ...]:
    drops, frees = others
    needed = {makers[ref] for ref in refs_of(kinds, change) if ref in makers}
    if change.part not in {"", ASIDE} and change.ref in makers:
        needed.add(makers[change.ref])
    if change.op in {Op.DELETE, Op.DEACTIVATE}:
        needed.update(drops.get(change.ref, ()))
    needed.update(frees.get(change.id, ()))
    return tuple(sorted(needed - {change.id}))


def waves(changes: Sequence[Change], kinds: Mapping[str, Kind]) -> list[list[Change]]:
    """Changes in groups that may go at the same time, for showing; the executor goes by single changes.

    Raises `InputError` naming the ring where changes need each other.
    """
    place = {name: number for number, name in enumerate(kinds)}
    by_id = {one.id: one for one in changes}
    sorter = TopologicalSorter({one.id: [need for need in one.needs if need in by_id] for one in changes})
    try:
        sorter.prepare()
    except CycleError as error:
        ring = " → ".join(error.args[1])
        raise InputError(
            [Problem(Place(), "", f"these objects need each other: {ring}", "break the ring in one of them")]
        ) from None
    groups = []
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        group = [by_id[one] for one in ready]
        groups.append(sorted(group, key=lambda one: (one.op.removes, place[one.ref.kind], one.ref.key, one.part)))
    return groups
