"""Differences that a rule of the user names are left alone: taken out of what is wanted before anything is compared.

Decided here: a rule is about differences of objects that are there. A new object is made as its manifest says, and so is one
that comes back. A rule has a reason and may have an end, and the plan says what it hides: silence about a difference is worse
than the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reconciler.kinds.rest import laid
from reconciler.model.kind import Kind
from reconciler.model.resource import UNKNOWN, Live, Ref, Resource, Snapshot, State
from reconciler.plan.diff import at_home, is_away, paths, settle


@dataclass(frozen=True, slots=True)
class Rule:
    """Which differences to leave alone, and why.

    `key`, `name` and `fields` are patterns (`*`, `?`, `[…]`); a field pattern covers everything below what it names, so
    `skills` and `skills.*` say the same. `until` is the last day on which the rule holds (ISO; empty: for good).
    """

    kind: str
    fields: tuple[str, ...]
    reason: str
    key: str = "*"
    name: str = "*"
    until: str = ""

    def __str__(self) -> str:
        """`user a* title, skills`: what it is about."""
        which = " ".join(pattern for pattern in (self.key, self.name) if pattern != "*")
        return " ".join(part for part in (self.kind, which, ", ".join(self.fields)) if part)

    def selects(self, ref: Ref, names: Iterable[str]) -> bool:
        """Whether the object is meant, which people call by one of these names."""
        return ref.kind == self.kind and fnmatchcase(ref.key, self.key) and any(fnmatchcase(name, self.name) for name in names)

    def covers(self, path: Sequence[str]) -> bool:
        """Whether the value at `path` is meant."""
        steps = [".".join(path[: length + 1]) for length in range(len(path))]
        return any(fnmatchcase(step, pattern) for pattern in self.fields for step in steps)

    def speaks_of(self, field: str) -> bool:
        """Whether some value of a field can be meant."""
        return any(fnmatchcase(field, pattern.partition(".")[0]) for pattern in self.fields)


class Sieve:
    """Rules and what they have hidden. `today` is an ISO date; rules that have ended hide nothing."""

    def __init__(self, rules: Iterable[Rule] = (), today: str = "") -> None:
        self.rules = tuple(rules)
        self._ended = frozenset(one for one in self.rules if one.until and today > one.until)
        self._fit: set[Rule] = set()
        self._hidden: dict[Rule, list[Ref]] = {one: [] for one in self.rules}

    def about(self, resource: Resource, live_name: str) -> list[Rule]:
        """The rules that hold for an object, whose names are the wanted and the live one."""
        names = {str(resource.fields.get("name", live_name)), live_name}
        fitting = [one for one in self.rules if one.selects(resource.ref, names) and any(map(one.speaks_of, resource.fields))]
        self._fit.update(fitting)
        return [one for one in fitting if one not in self._ended]

    def hides(self, ref: Ref, path: Sequence[str], rules: Iterable[Rule]) -> bool:
        """Whether one of the rules covers a difference; the first that does counts it."""
        rule = next((one for one in rules if one.covers(path)), None)
        if rule is not None:
            self._hidden[rule].append(ref)
        return rule is not None

    def warnings(self) -> list[str]:
        """One line per rule that hid something, has ended, or fits nothing; in the order of the rules."""
        return [line for one in self._hidden if (line := self._line(one))]

    def _line(self, rule: Rule) -> str:
        hidden = self._hidden[rule]
        if rule in self._ended:
            return f"the ignore rule for {rule} held until {rule.until}: its differences count again; remove or renew it"
        if rule not in self._fit:
            return f"the ignore rule for {rule} fits nothing that a manifest manages: mend or remove it"
        if not hidden:
            return ""
        differences = f"{len(hidden)} difference{'s' if len(hidden) > 1 else ''}"
        objects = f"{len(set(hidden))} object{'s' if len(set(hidden)) > 1 else ''}"
        return f"ignored {differences} of {objects} by the rule for {rule}: {rule.reason}"


def ignoring(kinds: Mapping[str, Kind], desired: State, live: Snapshot, sieve: Sieve) -> State:
    """The state in which every hidden value is as it is in Genesys Cloud; the same state where no rule applies."""
    if not sieve.rules:
        return desired
    resources = dict(desired.resources)
    for ref, resource in desired.resources.items():
        there = live.live.get(ref)
        rules = sieve.about(resource, there.name if there else "")
        if not rules or there is None:
            continue
        resting = left_inactive(resource, there, rules, sieve)
        if not is_away(resting, there):
            fields = _left(kinds[ref.kind], resting, there, live.home, (rules, sieve))
            resources[ref] = resting._replace(fields=fields)
    return State(resources, desired.digest)


def left_inactive(resource: Resource, there: Live, rules: Sequence[Rule], sieve: Sieve) -> Resource:
    """The resource as one that may stay inactive, where a rule covers its field `active` and it would be brought back."""
    if "active" not in there.fields or not is_away(resource, there) or not sieve.hides(resource.ref, ("active",), rules):
        return resource
    return resource._replace(fields={**resource.fields, "active": False})


def _left(kind: Kind, resource: Resource, there: Live, home: str, rest: tuple[list[Rule], Sieve]) -> dict[str, Any]:
    """The wanted fields, with what is hidden set to what is there."""
    rules, sieve = rest
    fields = dict(resource.fields)
    for name, want in resource.fields.items():
        spec, have = kind.fields[name], there.fields[name]
        wanted = settle(spec, at_home(spec, want, home), have)
        if wanted is UNKNOWN or wanted == have or (spec.same and spec.same(wanted) == spec.same(have)):
            continue
        found = list(paths(name, spec, have, wanted))
        kept = [one for one in found if not sieve.hides(resource.ref, one.path, rules)]
        if len(kept) < len(found):
            fields[name] = laid({name: have}, kept)[name]
    return fields
