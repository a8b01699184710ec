"""Filters of analytics queries: predicates and clauses of predicates, joined by `and` or `or`. Knows no dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.emulator.things import Json


def predicates(filters: list[Json]) -> Iterator[Json]:
    """All predicates, those of clauses included."""
    for one in filters:
        yield from one.get("predicates", ())
        yield from predicates(one.get("clauses", []))


def wanted(filters: list[Json], dimension: str) -> set[str] | None:
    """The values of which one must be had, as far as that can be told at a glance; None where any may do."""
    for one in filters:
        given = one.get("predicates", [])
        named = [each for each in given if each.get("dimension") == dimension and each.get("operator", "matches") == "matches"]
        if one["type"] == "and" and named:
            return {named[0].get("value", "")}
        if given and len(named) == len(given) and not one.get("clauses"):
            return {each.get("value", "") for each in named}
    return None


def fits(filters: list[Json], facts: Mapping[str, str | frozenset[str]]) -> bool:
    """Whether the facts, which may have several values, pass every filter."""
    return all(_passes(one, facts) for one in filters)


def _passes(one: Json, facts: Mapping[str, str | frozenset[str]]) -> bool:
    """Predicates and clauses joined by `type`; none at all pass."""
    results = [_holds(predicate, facts) for predicate in one.get("predicates", ())]
    results += [_passes(clause, facts) for clause in one.get("clauses", ())]
    if one["type"] == "and":
        return all(results)
    return any(results) or not results


def _holds(predicate: Json, facts: Mapping[str, str | frozenset[str]]) -> bool:
    known = facts.get(predicate.get("dimension", ""))
    value: str | None = predicate.get("value")
    operator: str = predicate.get("operator", "matches")
    if operator == "matches":
        return value is not None and (known == value or (isinstance(known, frozenset) and value in known))
    return (known is not None) == (operator == "exists")
