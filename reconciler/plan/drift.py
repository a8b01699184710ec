"""Last applied, desired, live: who moved what since the last apply. Git, somebody in Genesys Cloud, or both.

Drift is what moved in Genesys Cloud. What moved in Git only waits for an apply and is told beside it, as `plan` would tell it.

Decided here: all three are compared in the terms of the live value, as plans are: what is additive lays itself over what is
there, so that a member nobody ever named is no drift.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from reconciler.model.change import FieldChange
from reconciler.model.kind import HOME, Field, Kind
from reconciler.model.port import Binding
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Resource, Snapshot, State
from reconciler.plan.diff import at_home, is_away, paths, settle
from reconciler.plan.ignore import Sieve, left_inactive


class By(StrEnum):
    """Who moved a value away from what was applied last; `unknown` where the ledger does not say what that was."""

    GIT = "git"
    GENESYS = "genesys"
    BOTH = "both"
    UNKNOWN = "unknown"


class What(StrEnum):
    """What became of an object: `changed` in fields; `gone`, `inactive`, `deleted` in Genesys Cloud; `new` in Git."""

    CHANGED = "changed"
    GONE = "gone"
    INACTIVE = "inactive"
    DELETED = "deleted"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Value:
    """One value that is not the same everywhere. None means absent; a member of a set is True or False."""

    path: tuple[str, ...]
    by: By
    applied: Any
    desired: Any
    live: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """One object that is not as it was applied, or not applied as it is described. `origin` is `file:line` of its manifest."""

    ref: Ref
    name: str
    what: What
    values: tuple[Value, ...] = ()
    origin: str = ""

    @property
    def drifted(self) -> tuple[Value, ...]:
        """The values that moved in Genesys Cloud."""
        return tuple(one for one in self.values if one.by is not By.GIT)

    @property
    def is_drift(self) -> bool:
        """Whether somebody moved it in Genesys Cloud."""
        return bool(self.drifted) if self.what is What.CHANGED else self.what is not What.NEW


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that moved, in the order of kinds and keys; `strays` are ours and named by no manifest any more."""

    objects: tuple[Moved, ...] = ()
    strays: tuple[Ref, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def drifted(self) -> tuple[Moved, ...]:
        """What somebody moved in Genesys Cloud."""
        return tuple(one for one in self.objects if one.is_drift)

    @property
    def waiting(self) -> tuple[Moved, ...]:
        """What moved in Git and waits for an apply; an object may be here and among the drifted."""
        git = (one for one in self.objects if one.what is What.NEW or any(value.by is By.GIT for value in one.values))
        return tuple(git)

    @property
    def fingerprint(self) -> str:
        """`sha256:` of what moved in Genesys Cloud, whatever Git says meanwhile; empty where nothing did."""
        told = [
            [str(one.ref), one.what.value, [[value.path, value.applied, value.live] for value in one.drifted]]
            for one in sorted(self.drifted, key=lambda one: one.ref)
        ]
        return f"sha256:{hashlib.sha256(orjson.dumps(told)).hexdigest()}" if told else ""


def drift(
    kinds: Mapping[str, Kind], desired: State, live: Snapshot, bindings: Mapping[Ref, Binding], sieve: Sieve | None = None
) -> Drift:
    """Who moved what since the last apply. The same inputs give the same answer, in the same order.

    What was not read is not compared, and nothing is gone of a kind whose listing is not complete.
    """
    sieve = sieve or Sieve()
    order = {name: place for place, name in enumerate(kinds)}
    found = []
    for ref in sorted(desired.resources, key=lambda ref: (order[ref.kind], ref.key)):
        one = _moved(kinds[ref.kind], desired.resources[ref], live, bindings, sieve)
        if one is not None:
            found.append(one)
    strays = (ref for ref in bindings if ref not in desired.resources and ref in live.live and ref.key != HOME)
    return Drift(tuple(found), tuple(sorted(strays)), (*live.warnings, *sieve.warnings()))


def _moved(kind: Kind, resource: Resource, live: Snapshot, bindings: Mapping[Ref, Binding], sieve: Sieve) -> Moved | None:
    """What became of one desired object, or None where it is as applied and as described."""
    there = live.live.get(resource.ref)
    rules = sieve.about(resource, there.name if there else "")
    keys = (resource.ref, *(Ref(kind.name, former) for former in resource.previously))
    bound = next((bindings[ref] for ref in keys if ref in bindings), None)
    name, origin = kind.called(resource.fields) or resource.ref.key, str(resource.place)
    if bound is None:
        return Moved(resource.ref, name, What.NEW, origin=origin)
    if there is None:
        is_gone = live.proofs.get(kind.name, Proof()).complete
        return Moved(resource.ref, bound.name or name, What.GONE, origin=origin) if is_gone else None
    resource = left_inactive(resource, there, rules, sieve)
    if is_away(resource, there):
        # A standing the API invents later is shown as the milder one; a plan restores either.
        what = What.DELETED if there.standing == What.DELETED else What.INACTIVE
        return Moved(resource.ref, there.name, what, origin=origin)
    applied = orjson.loads(bound.applied) if bound.applied else None
    values = [one for one in _values(kind, resource, there, applied, live.home) if not sieve.hides(resource.ref, one.path, rules)]
    return Moved(resource.ref, there.name, What.CHANGED, tuple(values), origin) if values else None


def _values(kind: Kind, resource: Resource, there: Live, applied: Mapping[str, Any] | None, home: str) -> Iterator[Value]:
    """The values of managed fields that differ, in the order of the kind. A field never applied moved in Git."""
    for name, spec in kind.fields.items():
        have = there.fields[name]
        if name not in resource.fields or have is UNKNOWN or _is_left(name, spec, have, resource.fields[name]):
            continue
        want = _differing(name, spec, have, at_home(spec, resource.fields[name], home))
        if applied is None:
            yield from (Value(path, By.UNKNOWN, None, one.after, one.before) for path, one in want.items())
            continue
        base = {}
        if name in applied:
            base = _differing(name, spec, have, at_home(spec, restored(spec, applied[name]), home))
        yield from _compared(base, want)


def _compared(base: Mapping[tuple[str, ...], FieldChange], want: Mapping[tuple[str, ...], FieldChange]) -> Iterator[Value]:
    """What base and wish, both as differences from what is there, say about single values.

    Where both want the same, somebody moved the live value. A live value that Git has followed needs nothing and is not told.
    """
    for path in sorted(want):
        live, desired = want[path].before, want[path].after
        applied = base[path].after if path in base else live
        by = By.GIT if path not in base else By.GENESYS if applied == desired else By.BOTH
        yield Value(path, by, applied, desired, live)


def _is_left(name: str, spec: Field, have: Any, want: Any) -> bool:
    """Whether a plan leaves a difference as it is, because Genesys Cloud has no call for it and nobody can have moved it."""
    return spec.fixed and (name != "name" or str(have).casefold() == str(want).casefold())


def _differing(name: str, spec: Field, have: Any, want: Any) -> dict[tuple[str, ...], FieldChange]:
    """What would have to change in a live value; nothing where both count as the same."""
    wanted = settle(spec, want, have)
    if wanted == have or (spec.same and spec.same(wanted) == spec.same(have)):
        return {}
    return {one.path: one for one in paths(name, spec, have, wanted)}


def restored(spec: Field, value: Any) -> Any:
    """A value of a Resource from the JSON the ledger keeps of it."""
    if isinstance(value, dict) and value.get("mode") == "additive":
        return Additive(restored(spec, value["items"]))
    return frozenset(value) if isinstance(spec.empty, frozenset) else value
