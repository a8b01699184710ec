"""What every step of `wanted` works with: the mapping, problems, scope, names, and objects under our keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from reconciler.model.fact import COLLECTIONS, Fact
from reconciler.model.mapping import EVALUATION, Where, condition, template
from reconciler.model.mapping import Mapping as Map
from reconciler.model.problem import Place, Problem

HOME = "home"
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
Native: TypeAlias = Mapping[str, Sequence[Fact]]
"""Facts by kind."""


@dataclass(slots=True)
class Desk:
    """What one run works with: the mapping, the source's own levels, and problems, equal ones counted together."""

    mapping: Map
    where: Where
    levels: Mapping[str, float]
    name: Callable[[Fact], str] | None = None
    email: Callable[[Fact], str] | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    renames: set[tuple[str, str]] = field(default_factory=set)
    repeated: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)

    def wrong(self, place: Place, subject: str, what: str, remedy: str) -> None:
        """Notes a problem."""
        self.problems.append(Problem(place, subject, what, remedy))

    def warn(self, path: Sequence[Any], what: str, remedy: str) -> None:
        """Notes a warning about the mapping."""
        self.problems.append(Problem(self.where(path), "mapping", what, remedy, warning=True))

    def again(self, fact: Fact, what: str, remedy: str) -> None:
        """Notes a problem that many facts may share: it is told once, with the first of them and their number."""
        self.repeated.setdefault((what, remedy), []).append(fact)

    def told(self) -> tuple[Problem, ...]:
        """All problems."""
        shared = []
        for (what, remedy), facts in self.repeated.items():
            first = min(facts, key=lambda fact: (fact.place, fact.key))
            more = f" (and {len(facts) - 1} more like it)" if len(facts) > 1 else ""
            shared.append(Problem(first.place, first.subject, what + more, remedy))
        return (*self.problems, *shared)


def start(mapping: Map, where: Where, levels: Mapping[str, float]) -> Desk:
    """The desk of a run, with expressions compiled once; `levels` is the table native level → proficiency."""
    name, email = (template(text) if text else None for text in (mapping.name, mapping.email))
    return Desk(mapping, where, {level(native): number for native, number in levels.items()}, name, email)


def level(native: str) -> str:
    """Native levels in one spelling: `4`, `4.0` and `4.00` are the same level."""
    text = native.strip()
    return f"{float(text):g}" if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else text


def scoped(desk: Desk, kind: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts the scope of their collection wants; without one, everything but users who are not active."""
    collection = COLLECTIONS[kind]
    text = getattr(desk.mapping.scope, collection)
    claim = condition(text) if text else _active
    remedy = f"mend scope.{collection} in mapping.yaml; `is defined` asks whether a field is there"
    kept = [fact for fact in facts if evaluate(desk, fact, claim, f"scope.{collection} cannot be told", remedy)]
    if len(kept) < len(facts):
        desk.notes.append(f"{collection}: {len(facts) - len(kept)} of {len(facts)} left out by {'scope' if text else 'active'}")
    return kept


def _active(fact: Fact) -> bool:
    return fact.kind != "user" or fact.fields.get("active", True)


def evaluate(desk: Desk, fact: Fact, expression: Callable[[Fact], Any], what: str, remedy: str) -> Any:
    """What the expression says about the fact; a problem and None where it cannot be told."""
    try:
        return expression(fact)
    except EVALUATION as error:
        desk.again(fact, f"{what}: {_plainly(error)}", remedy)
        return None


def _plainly(error: Exception) -> str:
    """An error of an expression without the representation of the whole fact in it."""
    return re.sub(r"'reconciler\.\S+ object'|'?Fact object'?", "the fact", str(error) or type(error).__name__)


def renamed(desk: Desk, kind: str, keys: Iterable[str], name: str) -> str:
    """The name the mapping gives instead, looked up by name first and then by key."""
    table: Mapping[str, str] = getattr(desk.mapping.rename, COLLECTIONS[kind], {})
    old = next((one for one in (name, *keys) if one in table), None)
    if old is None:
        return name
    desk.renames.add((COLLECTIONS[kind], old))
    return table[old]


def named(desk: Desk, fact: Fact, *keys: str) -> Fact:
    """The fact with its settled name; a problem where there is none."""
    name = renamed(desk, fact.kind, (fact.key, *keys), str(fact.fields.get("name", "")).strip())
    if CONTROLS.search(name):
        desk.wrong(fact.place, fact.subject, f"control characters in its name {name!r}", "mend it where it is kept, or rename it")
    if not name:
        remedy = f"give it one in mapping.yaml: rename: {{{COLLECTIONS[fact.kind]}: {{{fact.key}: …}}}}"
        desk.wrong(fact.place, fact.subject, "has no name", remedy)
    return replace(fact, fields={**fact.fields, "name": name})


@dataclass(slots=True)
class Known:
    """The objects of one kind: their facts, and native id or name → our key (None where scope leaves it out)."""

    facts: list[Fact] = field(default_factory=list)
    keys: dict[str, str | None] = field(default_factory=dict)


def settled(desk: Desk, kind: str, facts: Iterable[Fact], table: Mapping[str, str]) -> Known:
    """Facts under our keys. `fact.key` is still the native id; `table` gives keys by native id or name."""
    found: dict[str, Fact] = {}
    facts = sorted(facts, key=lambda fact: fact.key)
    kept = {fact.key for fact in scoped(desk, kind, facts)}
    known = Known()
    names = Counter(str(fact.fields.get("name", "")) for fact in facts)
    for fact in facts:
        name = str(fact.fields.get("name", ""))
        key = table.get(fact.key) or table.get(name) or fact.key
        if fact.key not in table and name in table and names[name] > 1:
            desk.wrong(
                fact.place, fact.subject, f"{names[name]} of them are called {name!r}", "give keys by native id in mapping.yaml"
            )
        wish = key if fact.key in kept else None
        known.keys[fact.key] = wish
        known.keys.setdefault(name, wish)
        if wish is None:
            continue
        made = named(desk, replace(fact, key=key, fields={**fact.fields, "native": fact.key}), fact.key)
        before = found.setdefault(key, made)
        if before.fields["name"] != made.fields["name"]:
            what = f"two of them become {key}: {before.fields['name']!r} and {made.fields['name']!r}"
            desk.wrong(made.place, made.subject, what, f"name it in mapping.yaml: rename: {{{COLLECTIONS[kind]}: {{{key}: …}}}}")
    known.facts = list(found.values())
    return known
