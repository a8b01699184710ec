"""Who goes, and how: replaced skills are retired once everybody is moved, and strays are pruned where that was agreed.

Removal needs proof: of the listing of its kind and of every kind that could refer to it. What people that are not ours still
use, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.kind import Kind, Options
from reconciler.model.port import Binding
from reconciler.model.resource import UNKNOWN, Live, Proof, Ref, Snapshot, State
from reconciler.plan.diff import Differences, fingerprint, print_of_live, says

OLD = "~"  # begins the key of an object that a replacement has left behind, as of any object no manifest can name


@dataclass(frozen=True, slots=True)
class Leaving:
    """What may go: kinds to prune, how users and queues leave, and the kinds whose manifests shrank too far to believe."""

    prune: frozenset[str] = frozenset()
    options: Options = field(default_factory=Options)
    shrunk: Mapping[str, str] = field(default_factory=dict)


def reassign(kinds: Mapping[str, Kind], live: Snapshot, found: Differences) -> None:
    """Moves everybody from a replaced object to its successor, and plans the end of the old one.

    The users of an object are written under both names: with the new one as it was, without the old one.
    """
    replaced = [one for one in found.changes if one.op is Op.REPLACE]
    users = _users(kinds, live, {one.ref for one in replaced})
    moves = _Moves(found)
    doubt = cache(lambda name: _doubt(kinds, live, name))
    for change in replaced:
        old = Ref(change.ref.kind, f"{OLD}{live.live[change.ref].name}")
        for there, name, value in users.get(change.ref, ()):
            moves.add(there, (FieldChange((name, change.ref.key), value, value), FieldChange((name, old.key), value, None)))
        obstacle = _obstacle(live, doubt, change.ref)
        if obstacle:
            found.warnings.append(f"{change.ref}: the old {change.name!r} stays in Genesys Cloud: {obstacle}")
        else:
            found.changes.append(_retired(old, change.name, change.origin))


def _users(kinds: Mapping[str, Kind], live: Snapshot, refs: AbstractSet[Ref]) -> dict[Ref, list[tuple[Live, str, Any]]]:
    """Our live objects that refer to one of `refs`: each with the field and the value under that key."""
    wanted: dict[str, set[str]] = {}
    for kind, key in refs:
        wanted.setdefault(kind, set()).add(key)
    fields = {
        kind.name: [(name, spec.refers) for name, spec in kind.fields.items() if spec.refers in wanted] for kind in kinds.values()
    }
    found: dict[Ref, list[tuple[Live, str, Any]]] = {}
    for there in live.live.values() if wanted else ():
        for name, refers in fields[there.ref.kind]:
            value = there.fields[name]
            for key in wanted[refers].intersection(value) if isinstance(value, dict) else ():
                found.setdefault(Ref(refers, key), []).append((there, name, value[key]))
    return found


class _Moves:
    """The changes of what refers to replaced objects; where each object's change stands is looked up once."""

    def __init__(self, found: Differences) -> None:
        self._found = found
        self._places = {one.ref: place for place, one in enumerate(found.changes) if not one.part}
        self._strays = frozenset(found.strays)

    def add(self, there: Live, fields: tuple[FieldChange, ...]) -> None:
        """Adds to the change of an object, or makes one; what is changed there anyway wins over staying as it is."""
        changes, place = self._found.changes, self._places.get(there.ref)
        if place is None:
            reason = "its skill or language is replaced"
            print_of = print_of_live(there, there.fields)
            self._places[there.ref] = len(changes)
            changes.append(Change(Op.UPDATE, there.ref, there.name, fields, reason=reason, fingerprint=print_of))
            self._found.unchanged -= there.ref not in self._strays
            return
        one = changes[place]
        if any(field.path == fields[0].path and field.after is None for field in one.fields):
            return
        own = {field.path: field for field in fields} | {field.path: field for field in one.fields}
        changes[place] = replace(one, fields=tuple(own[path] for path in sorted(own)))


def _retired(old: Ref, name: str, origin: str) -> Change:
    return Change(Op.DELETE, old, name, reason="replaced by another", origin=origin, fingerprint=fingerprint({}))


def prune(
    kinds: Mapping[str, Kind], live: Snapshot, bindings: Mapping[Ref, Binding], leaving: Leaving, found: Differences
) -> None:
    """Turns strays into removals where their kind may be pruned, it is proven that they are strays, and nothing protects them."""
    kept = []
    doubt = cache(lambda name: _doubt(kinds, live, name))
    for ref in found.strays:
        kind, there = kinds[ref.kind], live.live[ref]
        change = _removal(kind, there, leaving.options, agreed=ref.kind in leaving.prune or ref.key.startswith(OLD))
        obstacle = _why_not((live, bindings, leaving), doubt, ref) if change else ""
        if change is None or obstacle:
            kept.append(ref)
        else:
            found.changes.append(change)
        if obstacle:
            found.warnings.append(f"{ref} is named by no manifest and stays: {obstacle}")
    found.strays = kept


def _removal(kind: Kind, there: Live, options: Options, *, agreed: bool) -> Change | None:
    """The change by which an object leaves, as chosen for its kind; None where it stays or has left already."""
    way = {"user": options.leaver_user, "queue": options.leaver_queue}.get(kind.name, kind.leaves_by)
    op = {"delete": Op.DELETE, "deactivate": Op.DEACTIVATE, "inactive": Op.DEACTIVATE, "empty": Op.UPDATE}.get(way)
    if not agreed or op is None or (op is Op.DEACTIVATE and there.standing != "active"):
        return None
    fields: tuple[FieldChange, ...] = ()
    if way == "empty":
        members = there.fields["members"]
        if members is UNKNOWN or not members:
            return None
        fields = tuple(FieldChange(("members", key), before=True, after=False) for key in sorted(members))
    reason = "named by no manifest any more"
    return Change(op, there.ref, there.name, fields, reason=reason, fingerprint=print_of_live(there, there.fields))


Doubt = Callable[[str], str]
"""Why nothing of a kind may be concluded to be unused; the same for all of its objects, so it is found out once."""


def _why_not(states: tuple[Snapshot, Mapping[Ref, Binding], Leaving], doubt: Doubt, ref: Ref) -> str:
    """What speaks against a removal, or nothing."""
    live, bindings, leaving = states
    if ref in bindings and bindings[ref].protected:
        return "it is protected; `reconciler state forget` ends that"
    if ref.kind in leaving.shrunk:
        return leaving.shrunk[ref.kind]
    return _obstacle(live, doubt, ref)


def _obstacle(live: Snapshot, doubt: Doubt, ref: Ref) -> str:
    """Why absence proves nothing here, or who else uses the object."""
    return "something that is not ours uses it" if ref in live.elsewhere else doubt(ref.kind)


def _doubt(kinds: Mapping[str, Kind], live: Snapshot, name: str) -> str:
    """What was not read of a kind and of what refers to it."""
    concerned = [kind for kind in kinds.values() if kind.name == name or _refers(kind, name)]
    doubts = [kind.plural for kind in concerned if not live.proofs.get(kind.name, Proof()).complete]
    if doubts:
        return f"{doubts[0].replace('_', ' ')} were not read completely"
    return next(_unread(kinds, live, name), "")


def _unread(kinds: Mapping[str, Kind], live: Snapshot, name: str) -> Iterator[str]:
    """Who might have a level in an object of this kind without our knowing."""
    levels = {
        kind.name: [one for one, spec in kind.fields.items() if spec.refers == name and isinstance(spec.empty, dict)]
        for kind in kinds.values()
    }
    for ref, there in live.live.items():
        yield from (f"the {one} of {ref} were not read" for one in levels[ref.kind] if there.fields[one] is UNKNOWN)


def _refers(kind: Kind, name: str) -> bool:
    return any(spec.refers == name for spec in kind.fields.values())


def drops(kinds: Mapping[str, Kind], changes: Iterable[Change]) -> dict[Ref, list[str]]:
    """Which changes let go of which object: a removal waits for them."""
    found: dict[Ref, list[str]] = {}
    for change in changes:
        for one in change.fields:
            spec = kinds[change.ref.kind].fields.get(one.path[0])
            if not spec or not spec.refers or not says(one.before):
                continue
            gone = one.path[1] if len(one.path) > 1 and not says(one.after) else one.before if len(one.path) == 1 else ""
            if isinstance(gone, str) and gone:
                found.setdefault(Ref(spec.refers, gone), []).append(change.id)
    return found


def frees(kinds: Mapping[str, Kind], live: Snapshot, changes: Iterable[Change], options: Options) -> dict[str, list[str]]:
    """Which changes have to wait because another object of ours still holds the name they take over."""
    changes = list(changes)
    held = {}
    for change in changes:
        there = live.live.get(change.ref)
        if there is not None and not change.part:
            names = kinds[change.ref.kind].natural(change.ref.key, there.fields, options)
            held.update({(change.ref.kind, name): change for name in names if there.standing == "active"})
    found = {}
    for change in changes:
        after = {one.path[0]: one.after for one in change.fields if len(one.path) == 1}
        names = kinds[change.ref.kind].natural(change.ref.key, after, options)
        holders = [held[change.ref.kind, name].id for name in names if (change.ref.kind, name) in held]
        found[change.id] = [holder for holder in holders if holder != change.id]
    return {one: holders for one, holders in found.items() if holders}


def without_expired(desired: State, today: str) -> tuple[State, list[str]]:
    """The state without objects whose `delete_after` has come, and an announcement of those that will go."""
    dated = [one for one in desired.resources.values() if one.delete_after]
    gone = {one.ref for one in dated if one.delete_after <= today}
    coming = [f"{one.ref} is announced to go after {one.delete_after}" for one in dated if one.delete_after > today]
    if not gone:
        return desired, sorted(coming)
    kept = {ref: one for ref, one in desired.resources.items() if ref not in gone}
    return State(kept, desired.digest), sorted(coming)
