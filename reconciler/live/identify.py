"""Whose is what: live objects and desired resources of one kind are matched once, by ledger, mark, previous name and name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.kind import HOME, Kind, Options
from reconciler.model.problem import Problem
from reconciler.model.resource import Resource, Seen


@dataclass(frozen=True, slots=True)
class Claims:
    """What is known about ids of one kind before anybody looks at names.

    `bound`: id → key by our ledger; `marked`: id → key by marks that stand outside the listing; `foreign`: id → source that
    has bound it; `moved`: ids whose binding a new key has taken over from one its manifest calls previous.
    """

    bound: Mapping[str, str] = field(default_factory=dict)
    marked: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()


@dataclass(slots=True)
class Identities:
    """The result: id → (key, how it was recognised), and what went wrong."""

    keys: dict[str, tuple[str, str]]
    problems: list[Problem]


def identify(kind: Kind, seen: Sequence[Seen], desired: Sequence[Resource], claims: Claims, options: Options) -> Identities:
    """The key of every object of ours among `seen`: each live object at most one key, each key at most one object.

    Two candidates for one key, or one candidate that carries another key, are a problem that names both; nothing is adopted
    then.
    """
    bound = claims.bound
    found = Identities({one.id: (bound[one.id], "ledger") for one in seen if one.id in bound}, [])
    found.keys.update({one: (bound[one], "previously") for one in claims.moved if one in found.keys})
    if len(found.keys) == len(seen) and not _lacking(desired, found):
        return found
    _by_mark(kind, seen, desired, claims, (options, found))
    wanted = {one.ref.key for one in desired}
    for how, names in (("previously", _former(kind, options)), ("name", _natural(kind, options))):
        _by_name(kind, seen, _lacking(desired, found), claims, _Pass(how, names, wanted, found))
    return found


def _open(seen: Iterable[Seen], found: Identities) -> list[Seen]:
    return [one for one in seen if one.id not in found.keys]


def _lacking(desired: Iterable[Resource], found: Identities) -> list[Resource]:
    have = {key for key, _ in found.keys.values()}
    refused = {problem.subject for problem in found.problems}
    return [one for one in desired if one.ref.key not in have and str(one.ref) not in refused]


def _by_mark(
    kind: Kind, seen: Sequence[Seen], desired: Sequence[Resource], claims: Claims, rest: tuple[Options, Identities]
) -> None:
    options, found = rest
    taken = {key for key, _ in found.keys.values()}
    now = {former: one.ref.key for one in desired for former in one.previously} | {one.ref.key: one.ref.key for one in desired}
    shown = {kind.mark(key, options): key for key in now} if kind.mark else {}
    holders: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in _open(seen, found):
        marked = claims.marked.get(one.id) or (shown.get(one.mark, "") if kind.mark else one.mark)
        key = now.get(marked, marked)
        if key and key not in taken and one.id not in claims.foreign:
            holders[key, "mark" if key == marked else "previously"].append(one)
    places = {one.ref.key: one for one in desired}
    for (key, how), candidates in sorted(holders.items()):
        if len(candidates) > 1 and key in places:
            found.problems.append(_ambiguous(places[key], candidates))
        elif key not in taken:
            taken.add(key)
            found.keys[candidates[0].id] = (key, how)


Names = Callable[[Resource], tuple[str, ...]]


def _natural(kind: Kind, options: Options) -> Names:
    return lambda one: kind.natural(one.ref.key, one.fields, options)


def _former(kind: Kind, options: Options) -> Names:
    def names(one: Resource) -> tuple[str, ...]:
        former = (
            kind.natural(one.ref.key, {**one.fields, "name": name, "email": name, "labels": {"en_US": name}}, options)
            for name in one.previously
        )
        return tuple(name for names in former for name in names)

    return names


@dataclass(frozen=True, slots=True)
class _Pass:
    """One round of matching by names: which names count, which keys are desired, and what has been found so far."""

    how: str
    names: Names
    wanted: set[str]
    found: Identities


def _by_name(kind: Kind, seen: Sequence[Seen], lacking: Sequence[Resource], claims: Claims, round_: _Pass) -> None:
    there: dict[str, list[Seen]] = defaultdict(list)
    for one in seen if lacking else ():
        for name in one.natural:
            there[name].append(one)
    for resource in lacking:
        candidates = _candidates([one for name in round_.names(resource) for one in there.get(name, ())])
        if candidates:
            _decide(kind, resource, candidates, claims, round_)


def _decide(kind: Kind, resource: Resource, candidates: Sequence[Seen], claims: Claims, round_: _Pass) -> None:
    """Takes the one candidate, or says why not. One that another desired object holds will be free when that one moves on."""
    keys = round_.found.keys
    holder = keys.get(candidates[0].id, ("", ""))[0] if len(candidates) == 1 else ""
    refusal = _refusal(kind, resource, candidates, claims)
    if holder == HOME:
        round_.found.problems.append(_home(resource))
    elif holder in round_.wanted:
        return
    elif holder and round_.how != "previously":
        round_.found.problems.append(_handed_over(resource, candidates[0], holder))
    elif refusal:
        round_.found.problems.append(refusal)
    else:
        keys[candidates[0].id] = (resource.ref.key, round_.how)


def _candidates(seen: Sequence[Seen]) -> list[Seen]:
    """Distinct objects; one that is active stands before those that are not."""
    distinct = list({one.id: one for one in seen}.values())
    active = [one for one in distinct if one.standing == "active"]
    return active or distinct


def _refusal(kind: Kind, resource: Resource, candidates: Sequence[Seen], claims: Claims) -> Problem | None:
    """Why none of these may be adopted, or None."""
    subject = str(resource.ref)
    if len(candidates) > 1:
        return _ambiguous(resource, candidates)
    (only,) = candidates
    if only.id in claims.foreign:
        what = f"{only.name!r} ({only.id}) belongs to the source {claims.foreign[only.id]!r}"
        return Problem(resource.place, subject, what, "choose another name, or let that source give it up: state forget")
    other = claims.marked.get(only.id) or (only.mark if kind.mark else "")
    if other and other not in resource.previously:
        return _handed_over(resource, only, other)
    return None


def _ambiguous(resource: Resource, candidates: Sequence[Seen]) -> Problem:
    both = " and ".join(f"{one.name!r} ({one.id})" for one in candidates)
    return Problem(
        resource.place, str(resource.ref), f"matches {len(candidates)} objects: {both}", "rename or remove one of them"
    )


def _handed_over(resource: Resource, there: Seen, key: str) -> Problem:
    """A name that belongs to an object with another key of ours: perhaps the same thing, perhaps somebody else. Never guessed."""
    mine = resource.fields.get("name") or resource.ref.key
    what = f"the {resource.ref.goes_by} of {mine!r} belongs to {there.name!r} ({there.id}), which has the key {key!r}"
    remedy = f"if both are the same, write `previously: [{key}]`; if not, change the {resource.ref.goes_by} of one of them"
    return Problem(resource.place, str(resource.ref), what, remedy)


def _home(resource: Resource) -> Problem:
    what = "has the name of the home division"
    return Problem(resource.place, str(resource.ref), what, "drop this block and use the key `home`, which always means it")
