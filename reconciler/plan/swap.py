"""Names that change hands in a ring: one object steps aside first, under a name of its own for the moment.

Decided here: that is done only for objects that carry our key themselves, whatever they are called (queues). Should the run end
between the two steps, any later run finds them by their mark, even without a ledger. An e-mail address is how a person logs in
and where mail goes, and other things are known by their name alone: such a ring is refused, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.errors import InputError
from reconciler.model.change import ASIDE, Change, FieldChange, Op
from reconciler.model.kind import Kind
from reconciler.model.problem import Problem
from reconciler.model.resource import Snapshot, State

Frees = Mapping[str, Sequence[str]]
"""Change id → ids of the changes that give up the name it takes over."""


def untied(
    kinds: Mapping[str, Kind], states: tuple[State, Snapshot], changes: Iterable[Change], frees: Frees
) -> tuple[list[Change], Frees]:
    """The changes with a step aside for every ring of names, and who waits for whom then.

    Raises `InputError` with one problem per ring that nothing may step out of.
    """
    by_id = {one.id: one for one in changes}
    found = [[by_id[one] for one in ring] for ring in rings(frees)]
    desired, live = states
    problems = [_problem(ring, desired) for ring in found if kinds[ring[0].ref.kind].mark is None]
    if problems:
        raise InputError(problems)
    waits = dict(frees)
    for first, *others in found:
        aside = _aside(first, others[-1], live)
        by_id[aside.id] = aside
        by_id[first.id] = replace(first, fields=tuple(_from(aside, one) for one in first.fields))
        waits[first.id] = [*waits[first.id], aside.id]
        waits[others[-1].id] = [aside.id]
    return list(by_id.values()), waits


def rings(frees: Frees) -> list[list[str]]:
    """Changes that wait for each other, each for the next and the last for the first; the smallest id stands first.

    An object has one name, so a change waits for one other at most.
    """
    seen: set[str] = set()
    found = []
    for start in sorted(frees):
        path: list[str] = []
        one = start
        while one in frees and one not in seen:
            seen.add(one)
            path.append(one)
            one = frees[one][0]
        if one in path:
            ring = path[path.index(one) :]
            first = ring.index(min(ring))
            found.append([*ring[first:], *ring[:first]])
    return found


def _aside(change: Change, heir: Change, live: Snapshot) -> Change:
    """The step by which an object gives up its name before its new one is free. `heir` takes the name over."""
    taken = {one.name.casefold() for ref, one in live.live.items() if ref.kind == change.ref.kind}
    before, _ = _named(change)
    room = f"{before} (moving)"
    while room.casefold() in taken:
        room += "+"
    reason = f"makes room for {heir.ref}, which takes its name over before the next one is free"
    fields = (FieldChange(("name",), before, room),)
    return replace(change, op=Op.RENAME, fields=fields, part=ASIDE, reason=reason)


def _from(aside: Change, one: FieldChange) -> FieldChange:
    """The same field change, from where the step aside has left the name."""
    return replace(one, before=aside.fields[0].after) if one.path == ("name",) else one


def _named(change: Change) -> tuple[str, str]:
    """The name that changes: before and after."""
    path = ("email",) if change.ref.kind == "user" else ("name",)
    return next((str(one.before), str(one.after)) for one in change.fields if one.path == path)


def _problem(ring: Sequence[Change], desired: State) -> Problem:
    called = "e-mail addresses" if ring[0].ref.kind == "user" else "names"
    steps = ", ".join("{}: {!r} → {!r}".format(one.ref, *_named(one)) for one in ring)
    what = f"{len(ring)} objects exchange their {called} ({steps}), and Genesys Cloud lets no two have the same at any time"
    other = "an address" if ring[0].ref.kind == "user" else "a name"
    remedy = f"give {ring[0].ref} {other} that nobody has, apply, then write the one it shall have and apply again"
    return Problem(desired.resources[ring[0].ref].place, str(ring[0].ref), what, remedy)
