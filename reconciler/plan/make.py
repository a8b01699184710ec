"""One call from states to a Plan: compare, order, guard, and count what it will cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.model.change import Change, Header, Plan
from reconciler.model.kind import Kind, Options
from reconciler.model.port import Binding
from reconciler.model.resource import Ref, Snapshot, State
from reconciler.plan.diff import diff, mentioned
from reconciler.plan.guard import Limits, billable, guard, unpaid
from reconciler.plan.ignore import Rule, Sieve, ignoring
from reconciler.plan.leave import Leaving, drops, frees, prune, reassign, without_expired
from reconciler.plan.order import order
from reconciler.plan.swap import Frees, untied


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made under.

    `requests_per_minute` is what all tokens have together (0: no limit); `today` is an ISO date; `leaving` says who may go;
    `targets` (patterns of `kind/key`) limit the plan to some objects; `billing` are the keys of users who may become billable
    (None: all); `ignore` are rules about differences to leave alone; `header` says where the plan comes from.
    """

    options: Options = field(default_factory=Options)
    limits: Limits = field(default_factory=Limits)
    requests_per_minute: int = 300
    today: str = ""
    leaving: Leaving = field(default_factory=Leaving)
    targets: frozenset[str] = frozenset()
    billing: frozenset[str] | None = None
    ignore: tuple[Rule, ...] = ()
    header: Header = field(default_factory=Header)


def make(kinds: Mapping[str, Kind], desired: State, live: Snapshot, bindings: Mapping[Ref, Binding], terms: Terms) -> Plan:
    """The Plan that makes `live` what is `desired`. The same inputs give the same plan, in the same order."""
    wanted, coming = without_expired(desired, terms.today)
    sieve = Sieve(terms.ignore, terms.today)
    found = diff(kinds, ignoring(kinds, wanted, live, sieve), live, bindings)
    reassign(kinds, live, found)
    prune(kinds, live, bindings, terms.leaving, found)
    found.warnings += [*coming, *sieve.warnings()]
    freed: Frees = frees(kinds, live, found.changes, terms.options)
    steps, freed = untied(kinds, (desired, live), found.changes, freed)
    changes = aimed(order(kinds, steps, drops(kinds, steps), freed), terms.targets)
    costs = Counter[str]()
    for one in changes:
        costs[one.ref.kind] += kinds[one.ref.kind].costs(one, terms.options)
    costly = billable(changes)
    return Plan(
        changes=tuple(changes),
        adoptions=tuple(found.adoptions),
        unchanged=found.unchanged,
        strays=tuple(found.strays),
        refusals=(*guard(changes, live, terms.limits), *unpaid(costly, terms.billing)),
        warnings=tuple(found.warnings),
        header=terms.header,
        predicted=costs.total(),
        predicted_by_kind={name: costs[name] for name in kinds if costs[name]},
        seconds=seconds(costs.total(), terms.requests_per_minute),
        billable=costly,
        names=names(kinds, changes, desired, live) | strangers(found.strays, live),
    )


def aimed(changes: list[Change], targets: frozenset[str]) -> list[Change]:
    """The changes of the targets and what these need; all of them without targets."""
    if not targets:
        return changes
    wanted = {one.id for one in changes if any(fnmatchcase(str(one.ref), target) for target in targets)}
    for change in reversed(changes):  # in legal order, so everything that needs a change stands behind it
        if change.id in wanted:
            wanted.update(change.needs)
    return [one for one in changes if one.id in wanted]


def names(kinds: Mapping[str, Kind], changes: Iterable[Change], desired: State, live: Snapshot) -> dict[str, str]:
    """What people call the objects that changes refer to, sorted; objects whose name is their key are left out."""
    found = {}
    for change in changes:
        for ref in mentioned(kinds, change):
            resource, there = desired.resources.get(ref), live.live.get(ref)
            name = (resource and resource.fields.get("name")) or (there and there.name)
            if name and name != ref.key:
                found[str(ref)] = str(name)
    return dict(sorted(found.items()))


def strangers(strays: Iterable[Ref], live: Snapshot) -> dict[str, str]:
    """What people call the objects that no manifest names any more; objects whose name is their key are left out."""
    return {str(ref): live.live[ref].name for ref in strays if live.live[ref].name not in {"", ref.key}}


def seconds(requests: int, per_minute: int) -> int:
    """How long so many requests take at so many a minute; 0 where there is no limit."""
    return math.ceil(60 * requests / per_minute) if per_minute else 0
