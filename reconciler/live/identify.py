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
    has bound it.
    """

    bound: Mapping[str, str] = field(default_factory=dict)
    marked: Mapping[str, str] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)


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
    found = Identities({}, [])
    by_id = {one.id: one for one in seen}
    found.keys.update({one: (claims.bound[one], "ledger") for one in by_id if one in claims.bound})
    _by_mark(kind, seen, desired, claims, (options, found))
    for how, names in (("previously", _former(kind, options)), ("name", _natural(kind, options))):
        _by_name(kind, _open(seen, found), _lacking(desired, found), claims, (how, names, found))
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
    shown = {} if kind.mark is None else {kind.mark(one.ref.key, options): one.ref.key for one in desired}
    for one in _open(seen, found):
        key = claims.marked.get(one.id) or (shown.get(one.mark) if kind.mark else one.mark)
        if key and key not in taken and one.id not in claims.foreign:
            taken.add(key)
            found.keys[one.id] = (key, "mark")


Names = Callable[[Resource], tuple[str, ...]]


def _natural(kind: Kind, options: Options) -> Names:
    return lambda one: kind.natural(one.ref.key, one.fields, options)


def _former(kind: Kind, options: Options) -> Names:
    def names(one: Resource) -> tuple[str, ...]:
        former = (kind.natural(one.ref.key, {**one.fields, "name": name, "email": name}, options) for name in one.previously)
        return tuple(name for names in former for name in names)

    return names


def _by_name(
    kind: Kind, seen: Sequence[Seen], desired: Sequence[Resource], claims: Claims, rest: tuple[str, Names, Identities]
) -> None:
    how, names, found = rest
    there: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        for name in one.natural:
            there[name].append(one)
    for resource in desired:
        candidates = _candidates([one for name in names(resource) for one in there.get(name, ())])
        if not candidates:
            continue
        holder = found.keys.get(candidates[0].id, ("", ""))[0]
        refusal = _refusal(kind, resource, candidates, claims) if holder != HOME else _home(resource)
        if refusal:
            found.problems.append(refusal)
        elif candidates[0].id not in found.keys:
            found.keys[candidates[0].id] = (resource.ref.key, how)


def _candidates(seen: Sequence[Seen]) -> list[Seen]:
    """Distinct objects; one that is active stands before those that are not."""
    distinct = list({one.id: one for one in seen}.values())
    active = [one for one in distinct if one.standing == "active"]
    return active or distinct


def _refusal(kind: Kind, resource: Resource, candidates: Sequence[Seen], claims: Claims) -> Problem | None:
    """Why none of these may be adopted, or None."""
    subject = str(resource.ref)
    if len(candidates) > 1:
        both = " and ".join(f"{one.name!r} ({one.id})" for one in candidates)
        return Problem(resource.place, subject, f"matches {len(candidates)} objects: {both}", "rename or remove one of them")
    (only,) = candidates
    if only.id in claims.foreign:
        what = f"{only.name!r} ({only.id}) belongs to the source {claims.foreign[only.id]!r}"
        return Problem(resource.place, subject, what, "choose another name, or let that source give it up: state forget")
    other = claims.marked.get(only.id) or (only.mark if kind.mark else "")
    if other and other not in resource.previously:
        what = f"{only.name!r} ({only.id}) has this {_called(kind)} but carries the key {other!r}, not {resource.ref.key!r}"
        remedy = f"if both are the same, write `previously: [{other}]`; if not, change the {_called(kind)} of one of them"
        return Problem(resource.place, subject, what, remedy)
    return None


def _home(resource: Resource) -> Problem:
    what = "has the name of the home division"
    return Problem(resource.place, str(resource.ref), what, "drop this block and use the key `home`, which always means it")


def _called(kind: Kind) -> str:
    return "e-mail address" if kind.name == "user" else "name"
