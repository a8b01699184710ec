"""Records of Five9 → Facts: users, skills as queues with the users who have them, agent groups, dispositions, reason codes.

Decided here: a skill of Five9 is a queue, by its newer name too. It becomes a skill as well as soon as mapping.yaml says anything
under `skills`: level 1 is the highest and 10 the lowest, and what that means is not guessed. Dispositions go by their names: the
web service and the call log know nothing else of them. A reason code goes by its id, which agent states carry; where only the
web service told of it, by its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Mapping as Table
from typing import Any

from reconciler.model.fact import Fact, Reading, Source
from reconciler.model.gathered import Gathered
from reconciler.model.mapping import Mapping as Map
from reconciler.sources.five9 import answers
from reconciler.sources.five9.skilled import Skilled, skilled

_NOTES = (
    "languages: Five9 has none of its own; skills.languages in mapping.yaml says which skills are languages",
    "skills: queues in Five9; they become skills as well where mapping.yaml says what levels mean, under skills.levels",
)


def read(files: Table[str, bytes], mapping: Map, _name: str) -> Reading:
    """Everything an export of Five9 says."""
    found = answers.read(files)
    own = mapping.skills
    who = skilled(found)
    rated = bool(own.levels or own.languages or own.keys or own.unrated is not None) and who.complete
    chosen = mapping.division is not None and mapping.division.level is not None
    groups = _groups_of(found, chosen=chosen)
    facts = (*_groups(found), *_codes(found), *_reasons(found), *_users(found, who, groups, rated=rated), *_queues(found, who))
    kinds = {"group": "division", "reason": "secondary_status"}
    delivered = {kinds.get(kind, kind) for kind in found.given} & SOURCE.kinds | ({"skill"} if rated else set())
    delivered |= {"division"} if any(fact.kind == "division" for fact in facts) else set()
    notes = (*(_NOTES[:1] if rated else _NOTES), *found.notes())
    return Reading(facts, tuple(found.problems), notes, frozenset(delivered))


# ── agent groups ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _groups(found: Gathered) -> Iterator[Fact]:
    """Agent groups, as they are listed, else as users name them."""
    groups = found.all("group")
    for key, record in groups.items():
        yield Fact("division", key, {"name": record.fields["name"], "level": 1}, record.place)
    named = {name: one for one in found.all("user").values() for name in one.fields.get("agent_groups", ())}
    for name, record in () if groups else sorted(named.items()):
        yield Fact("division", name, {"name": name, "level": 1}, record.place)


def _groups_of(found: Gathered, *, chosen: bool) -> dict[str, dict[int, dict[str, str]]]:
    """User → their one agent group; with `chosen`, several are a problem, since a user has one division."""
    listed = found.all("group")
    keys = {record.fields["name"]: key for key, record in listed.items()}
    joined: dict[str, set[str]] = {}
    for one in listed.values():
        for login in one.fields["agents"]:
            joined.setdefault(login, set()).add(one.fields["name"])
    made: dict[str, dict[int, dict[str, str]]] = {}
    for user, record in found.all("user").items():
        names = {*record.fields.get("agent_groups", ()), *joined.get(record.fields.get("username", ""), ())}
        if len(names) > 1 and chosen:
            what = f"is in several agent groups, and has one division: {', '.join(sorted(names))[:100]}"
            remedy = "leave one of them, or choose divisions by division.field in mapping.yaml"
            found.wrong(record.place, f"user/{user}", what, remedy)
        if listed or "agent_groups" in record.fields:
            name = next(iter(names)) if len(names) == 1 else ""
            made[user] = {1: {"key": keys.get(name, name), "name": name}} if name else {}
    return made


# ── codes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _codes(found: Gathered) -> Iterator[Fact]:
    for key, record in found.all("wrapup_code").items():
        yield Fact("wrapup_code", key, dict(record.fields), record.place)


def _reasons(found: Gathered) -> Iterator[Fact]:
    """Reasons of not being ready that are enabled; id 0 is none."""
    for key, record in found.all("reason").items():
        if key.startswith("logout/"):
            found.count("reasons of logging out")
        elif record.fields.get("enabled") is False:
            found.count("reason codes that are not enabled")
        elif record.fields.get("id") != "0":
            name = record.fields["name"]
            yield Fact("secondary_status", record.fields.get("id", name), {"name": name}, record.place)


# ── users and queues ─────────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN = ("username", "given_name", "family_name", "email", "extension", "active", "roles")


def _users(found: Gathered, who: Skilled, groups: Mapping[str, Any], *, rated: bool) -> Iterator[Fact]:
    shown = _native(found)
    for key, record in found.all("user").items():
        said = record.fields
        fields: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
        parts = (said.get("given_name"), said.get("family_name"))
        fields["name"] = said.get("name") or " ".join(part for part in parts if part)
        if key in groups:
            fields["groups"] = groups[key]
        if rated:
            levels = {shown.get(skill, skill): level or None for skill, level in who.levels.get(key, {}).items()}
            fields["skills"] = dict(sorted(levels.items()))
        yield Fact("user", key, fields, record.place)


def _native(found: Gathered) -> Mapping[str, str]:
    """Skill → what a mapping calls it: its name, or its id where two have the same name."""
    names = {key: str(record.fields.get("name", key)) for key, record in found.all("queue").items()}
    count = Counter(names.values())
    return {key: name if count[name] == 1 else key for key, name in names.items()}


def _queues(found: Gathered, who: Skilled) -> Iterator[Fact]:
    for key, record in found.all("queue").items():
        fields: dict[str, Any] = {name: record.fields[name] for name in ("name", "description") if name in record.fields}
        if key in who.members:
            why = dict(sorted(who.members[key].items()))
            fields |= {"members": tuple(why), "why": why}
        yield Fact("queue", key, fields, record.place)


SOURCE = Source(
    platform="five9",
    read=read,
    kinds=frozenset({"division", "skill", "language", "wrapup_code", "secondary_status", "user", "queue"}),
    never=frozenset({"language"}),
)
