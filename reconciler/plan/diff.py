"""(desired, live) → changes. Equality decides first; deepdiff is asked only about nested values that differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from reconciler.model.change import Adoption, Change, FieldChange, Op
from reconciler.model.kind import HOME, Field, Kind
from reconciler.model.port import Binding
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Resource, Snapshot, State

NOTHING = frozenset({"", "{}"})  # grants of somebody who has not left, and of somebody who has got everything back
STANDING = "~standing"  # no field is called so


@dataclass(slots=True)
class Differences:
    """What a comparison found, still without order."""

    changes: list[Change] = field(default_factory=list)
    adoptions: list[Adoption] = field(default_factory=list)
    unchanged: int = 0
    strays: list[Ref] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def diff(kinds: Mapping[str, Kind], desired: State, live: Snapshot, bindings: Mapping[Ref, Binding]) -> Differences:
    """Everything that has to change so that `live` becomes `desired`, in the order of kinds and keys.

    Nothing is planned on a field that was not read, and nothing is created in a kind whose listing is not complete.
    """
    found = Differences(warnings=list(live.warnings))
    order = {name: place for place, name in enumerate(kinds)}
    owed = {ref for ref, one in bindings.items() if one.grants not in NOTHING}
    for ref in sorted(sorted(desired.resources), key=lambda ref: order[ref.kind]):
        resource, there = desired.resources[ref], live.live.get(ref)
        if there is None:
            _missing(kinds[ref.kind], resource, live, bindings, found)
        elif ref not in owed and _is_settled(resource, there):
            found.unchanged += 1
        else:
            _present(kinds[ref.kind], resource, there, (live, bindings), found)
    unnamed = (ref for ref in live.live if ref not in desired.resources)
    found.strays = sorted(ref for ref in unnamed if (ref in bindings or live.live[ref].by == "mark") and ref.key != HOME)
    return found


def _is_settled(resource: Resource, there: Live) -> bool:
    """Whether there is plainly nothing to do, as for nearly every object."""
    return there.by == "ledger" and there.standing == "active" and resource.fields.items() <= there.fields.items()


def _missing(kind: Kind, resource: Resource, live: Snapshot, bindings: Mapping[Ref, Binding], found: Differences) -> None:
    if not live.proofs.get(kind.name, Proof()).complete:
        return
    empty = {name: spec.empty for name, spec in kind.fields.items()}
    managed = (name for name in kind.fields if name in resource.fields)
    wanted = {name: settle(kind.fields[name], resource.fields[name], empty[name]) for name in managed}
    reason = "gone from Genesys Cloud, wanted again" if resource.ref in bindings else "new"
    later = {name for name in wanted if kind.fields[name].later and wanted[name]}
    first = [one for name in wanted if name not in later for one in paths(name, kind.fields[name], empty[name], wanted[name])]
    made = Change(
        Op.CREATE,
        resource.ref,
        kind.called(resource.fields) or resource.ref.key,
        tuple(first),
        origin=str(resource.place),
        reason=reason,
        fingerprint=fingerprint({}),
    )
    found.changes.append(made)
    for part in sorted(later):
        fields = tuple(paths(part, kind.fields[part], empty[part], wanted[part]))
        found.changes.append(replace(made, op=Op.UPDATE, fields=fields, part=part, reason=f"its {part}"))


def _present(
    kind: Kind, resource: Resource, there: Live, rest: tuple[Snapshot, Mapping[Ref, Binding]], found: Differences
) -> None:
    live, bindings = rest
    fields = tuple(_differing(kind, resource, there, live, found.warnings))
    grants = tuple(given_back(bindings[there.ref].grants)) if there.ref in bindings else ()
    op, reason = _verdict(kind, there, fields)
    if is_away(resource, there):
        op, reason = Op.RESTORE, f"is {there.standing} in Genesys Cloud"
    elif grants:
        op, reason = Op.RESTORE, "came back without the roles that went when it left"
    fields += grants
    if op is None and there.by != "ledger":
        found.adoptions.append(Adoption(there.ref, there.name, there.by))
        found.unchanged += 1
    elif op is None:
        found.unchanged += 1
    else:
        origin, print_of = str(resource.place), print_of_live(there, resource.fields)
        change = Change(op, there.ref, there.name, fields, origin=origin, reason=reason, fingerprint=print_of)
        found.changes.append(change)


def is_away(resource: Resource, there: Live) -> bool:
    """Whether an object has to be brought back. One that its manifest wants inactive (`active: false`) need not be."""
    return there.standing != "active" and resource.fields.get("active") is not False


def _verdict(kind: Kind, there: Live, fields: tuple[FieldChange, ...]) -> tuple[Op | None, str]:
    """What the change of an object that is not away is called, and why; None where nothing has to be sent."""
    if not fields:
        return None, ""
    if any(kind.fields[one.path[0]].fixed for one in fields):
        return Op.REPLACE, "Genesys Cloud cannot rename it: a new one is made, everybody is moved, the old one goes"
    if kind.renames and any(one.path == ("name",) for one in fields) and there.by != "name":
        return Op.RENAME, f"same object, recognised by {there.ref.known_by(there.by)}"
    if there.by != "ledger":
        return Op.ADOPT, f"exists already, recognised by {there.ref.known_by(there.by)}"
    return Op.UPDATE, "differs"


def _differing(kind: Kind, resource: Resource, there: Live, live: Snapshot, warnings: list[str]) -> Iterator[FieldChange]:
    for name, spec in kind.fields.items():
        if name not in resource.fields or resource.fields[name] == there.fields[name]:
            continue
        want, have = resource.fields[name], there.fields[name]
        wanted = settle(spec, at_home(spec, want, live.home), have)
        if wanted is UNKNOWN or wanted == have or (spec.same and spec.same(wanted) == spec.same(have)):
            continue
        if spec.fixed and (name != "name" or _in_case_only(have, want) or there.by == "name"):
            warnings.append(_fixed(there, name, have, want))
            continue
        yield from paths(name, spec, have, wanted)


def at_home(spec: Field, want: Any, home: str) -> Any:
    """The wanted value, where it is the home division under the key by which that is managed."""
    return home if spec.refers == "division" and want == HOME else want


def _in_case_only(have: Any, want: Any) -> bool:
    return str(have).casefold() == str(want).casefold()


def _fixed(there: Live, name: str, have: Any, want: Any) -> str:
    if _in_case_only(have, want):
        return f"{there.ref}: {name} is {have!r} in Genesys Cloud and differs from {want!r} in case only; it is left as it is"
    remedy = "give the new one its own key"
    return f"{there.ref}: {name} is {have!r} and cannot be changed to {want!r}, Genesys Cloud has no call for it; {remedy}"


def given_back(grants: str) -> Iterator[FieldChange]:
    """The roles somebody lost when leaving, as changes that give them back. `grants` is what the ledger kept."""
    for step, name in sorted((orjson.loads(grants) if grants else {}).items()):
        yield FieldChange(("roles", step), None, name)


def settle(spec: Field, want: Any, have: Any) -> Any:
    """What the field shall be, given what it is. Unknown stays unknown: nothing is planned on what was not read."""
    if have is UNKNOWN:
        return UNKNOWN
    if isinstance(want, Additive):
        return have | want.items
    return _merge(have, want) if spec.nested else want


def _merge(have: Any, want: Any) -> Any:
    """`want` laid over `have`, at every depth; what `want` does not mention stays."""
    if not isinstance(want, Mapping) or not isinstance(have, Mapping):
        return want
    return {**have, **{name: _merge(have.get(name), value) for name, value in want.items()}}


def paths(name: str, spec: Field, before: Any, after: Any) -> Iterator[FieldChange]:
    """The single values in which two values of a field differ, in order."""
    if isinstance(spec.empty, frozenset):
        for key in sorted(before ^ after):
            yield FieldChange((name, key), key in before, key in after)
    elif spec.nested:
        yield from _nested(name, before, after)
    elif isinstance(spec.empty, dict):
        left, right = (spec.same(before), spec.same(after)) if spec.same else (before, after)
        for key in sorted({*before, *after}):
            if left.get(key) != right.get(key):
                yield FieldChange((name, key), before.get(key), after.get(key))
    elif before != after:
        yield FieldChange((name,), before, after)


def _nested(name: str, before: Any, after: Any) -> Iterator[FieldChange]:
    from deepdiff import DeepDiff  # noqa: PLC0415 - takes a tenth of a second to import, and most runs never need it

    tree = DeepDiff(before, after, view="tree", ignore_numeric_type_changes=True)
    found = [leaf for one in (item for items in tree.values() for item in items) for leaf in _leaves(name, one)]
    yield from sorted(found, key=lambda one: one.path)


def _leaves(name: str, one: Any) -> Iterator[FieldChange]:
    """A difference as deepdiff tells it, taken apart where a whole mapping came or went."""
    path = (name, *(str(step) for step in one.path(output_format="list")))
    before, after = (None if str(side) == "not present" else side for side in (one.t1, one.t2))
    yield from _apart(path, before, after)


def _apart(path: tuple[str, ...], before: Any, after: Any) -> Iterator[FieldChange]:
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        yield FieldChange(path, before, after)
        return
    left, right = before or {}, after or {}
    for step in sorted({*left, *right}):
        yield from _apart((*path, step), left.get(step), right.get(step))


def print_of_live(there: Live, names: Iterable[str]) -> str:
    """The fingerprint of an object: its values under `names`, and how it stands.

    An active one counts as if nothing were said about that, so that plans of earlier versions keep fitting.
    """
    values = {name: there.fields[name] for name in names}
    return fingerprint(values if there.standing == "active" else {**values, STANDING: there.standing})


def fingerprint(values: Mapping[str, Any]) -> str:
    """`sha256:` of live values in canonical form; of nothing, it is the fingerprint of absence."""
    text = orjson.dumps(_canonical(values), option=orjson.OPT_SORT_KEYS)
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _canonical(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _canonical(inner) for key, inner in value.items()}
    return "unknown" if value is UNKNOWN else value


def referred(kinds: Mapping[str, Kind], change: Change, one: FieldChange) -> str:
    """The kind whose keys stand in a changed field; empty where there are none."""
    spec = kinds[change.ref.kind].fields.get(one.path[0])
    return spec.refers if spec else ""


def mentioned(kinds: Mapping[str, Kind], change: Change) -> Iterable[Ref]:
    """What a change speaks of, by its old and new values."""
    for one in change.fields:
        refers = referred(kinds, change, one)
        if refers and len(one.path) > 1:
            yield Ref(refers, one.path[1])
        elif refers:
            yield from (Ref(refers, value) for value in (one.before, one.after) if value)


def says(value: Any) -> bool:
    """Whether a value refers to something: a proficiency of 0 does."""
    return not (value is None or value is False or value == "")


def refs_of(kinds: Mapping[str, Kind], change: Change) -> Iterable[Ref]:
    """What a change refers to by its new values."""
    for one in change.fields:
        refers = referred(kinds, change, one)
        if refers and says(one.after):
            yield Ref(refers, one.path[1] if len(one.path) > 1 else one.after)
