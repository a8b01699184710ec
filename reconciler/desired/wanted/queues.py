"""Queues: names, divisions, members that are in scope, and wrap-up codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from reconciler.desired.wanted.desk import HOME, Desk, Known, Native, named, renamed
from reconciler.model.fact import Fact


def queues(desk: Desk, native: Native, kept: Sequence[Fact], people: Mapping[str, str], known: tuple[Known, Known]) -> list[Fact]:
    """Queues in scope, settled; `people` are key → name of the users in scope, `known` are divisions and wrap-up codes."""
    divisions, codes = known
    everybody = {fact.key for fact in native["user"]}
    _check_patterns(desk, native["queue"])
    return [_coded(desk, _queue(desk, fact, people, everybody, divisions), codes) for fact in kept]


def _queue(desk: Desk, fact: Fact, people: Mapping[str, str], everybody: AbstractSet[str], divisions: Known) -> Fact:
    """A queue with settled name and division, and the members that are in scope."""
    called = named(desk, fact)
    fields = {name: value for name, value in called.fields.items() if name != "division"}
    fields["native_name"] = str(fact.fields.get("name", ""))
    rule = desk.mapping.division
    if rule and (keys := _fitting(rule.queues, replace(fact, fields=fields))):
        fields["division"] = keys[0]
    elif said := str(fact.fields.get("division") or ""):
        fields["division"] = said if said == HOME else divisions.keys.get(said) or HOME
    for member in fields.get("members", ()):
        if member not in everybody:
            desk.wrong(
                fact.place, fact.subject, f"member {member!r} is not in the export", "mend the value, or export that user too"
            )
    if "members" in fields:
        why = fields.get("why", {})
        fields["members"] = tuple(sorted(member for member in fields["members"] if member in people))
        fields["why"] = {member: ", ".join(filter(None, (people[member], why.get(member)))) for member in fields["members"]}
    return replace(fact, fields=fields)


def _fitting(table: Mapping[str, Any], fact: Fact) -> list[Any]:
    """What the table gives for a queue: entries whose key, name or pattern fits its key, its native or its new name."""
    names = {fact.key, fact.fields["name"], fact.fields.get("native_name", "")}
    return [value for pattern, value in table.items() if any(fnmatchcase(name, pattern) or name == pattern for name in names)]


def _coded(desk: Desk, fact: Fact, codes: Known) -> Fact:
    """A queue with the keys of its wrap-up codes, where the mapping or the export gives any."""
    given = _fitting(desk.mapping.wrapup_codes.queues, fact)
    wish = {code for group in (*given, fact.fields.get("wrapup_codes", ())) for code in group}
    if not given and "wrapup_codes" not in fact.fields:
        return fact
    keys = {codes.keys.get(code, code) for code in wish}
    for code in sorted(wish - set(codes.keys)):
        desk.again(
            fact, f"wrap-up code {code!r} is not known", "add it to mapping.yaml: wrapup_codes: {items: [{key: …, name: …}]}"
        )
    return replace(fact, fields={**fact.fields, "wrapup_codes": tuple(sorted(key for key in keys if key is not None))})


def _check_patterns(desk: Desk, queues: Sequence[Fact]) -> None:
    """Warns of queue patterns of the mapping that fit no queue of the export."""
    rule = desk.mapping.division
    tables = (
        (("wrapup_codes", "queues"), desk.mapping.wrapup_codes.queues),
        (("division", "queues"), rule.queues if rule else {}),
    )
    new = [renamed(desk, "queue", (fact.key,), str(fact.fields.get("name", ""))) for fact in queues]
    names = {*new, *(text for fact in queues for text in (fact.key, str(fact.fields.get("name", ""))))}
    for path, table in tables:
        for pattern in table:
            if names and not any(fnmatchcase(name, pattern) or name == pattern for name in names):
                desk.warn(
                    (*path, pattern), f"{'.'.join(path)}: {pattern!r} fits no queue of the export", "mend or remove the line"
                )
