"""Records of CXone → Facts: agents, skills as queues with the agents assigned to them, dispositions, unavailable codes, teams.

Decided here: a skill of CXone is what a queue is elsewhere, so it becomes a queue. It becomes a skill too as soon as mapping.yaml
says anything under `skills`: what a proficiency means is nothing to guess, 1 being the best and 20 the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Mapping as Table
from typing import Any

from reconciler.model.fact import Fact, Reading, Source
from reconciler.model.gathered import Gathered
from reconciler.model.mapping import Mapping as Map
from reconciler.sources.nice_cxone import answers
from reconciler.sources.nice_cxone.assigned import Assigned, assigned

_NOTES = (
    "languages: CXone has none of its own; skills.languages in mapping.yaml says which skills are languages",
    "skills: queues in CXone; they become skills as well where mapping.yaml says what proficiencies mean, under skills.levels",
)


def read(files: Table[str, bytes], mapping: Map, _name: str) -> Reading:
    """Everything an export of CXone says."""
    known = answers.read(files)
    found, own = known.found, mapping.skills
    who = assigned(known)
    rated = bool(own.levels or own.languages or own.keys or own.unrated is not None) and who.complete
    facts = (*_teams(found), *_codes(found), *_reasons(found), *_users(found, who, rated=rated), *_queues(found, who))
    kinds = {"team": "division", "reason": "secondary_status"}
    delivered = {kinds.get(kind, kind) for kind in found.given} & SOURCE.kinds | ({"skill"} if rated else set())
    delivered |= {"division"} if any(fact.kind == "division" for fact in facts) else set()
    notes = (*(_NOTES[:1] if rated else _NOTES), *found.notes())
    return Reading(facts, tuple(found.problems), notes, frozenset(delivered))


def _teams(found: Gathered) -> Iterator[Fact]:
    """Teams, as they are listed, else as agents name them."""
    teams = found.all("team")
    for key, record in teams.items():
        yield Fact("division", key, {"name": record.fields.get("name", key), "level": 1}, record.place)
    named = {str(one.fields["team"]): one for one in found.all("user").values() if "team" in one.fields}
    for key, record in () if teams else sorted(named.items()):
        yield Fact("division", key, {"name": record.fields.get("team_name", key), "level": 1}, record.place)


def _codes(found: Gathered) -> Iterator[Fact]:
    for key, record in found.all("wrapup_code").items():
        if record.fields.get("active") is False:
            found.count("dispositions that are not active")
        else:
            yield Fact("wrapup_code", key, {"name": record.fields.get("name", "")}, record.place)


def _reasons(found: Gathered) -> Iterator[Fact]:
    """Unavailable codes, without those of after-call work, of no name (plain Unavailable), and those that are not active."""
    for key, record in found.all("reason").items():
        if record.fields.get("acw"):
            found.count("unavailable codes of after-call work")
        elif record.fields.get("active") is False or "name" not in record.fields:
            found.count("unavailable codes that are not active or have no name")
        else:
            yield Fact("secondary_status", key, {"name": record.fields["name"]}, record.place)


_PLAIN = ("username", "given_name", "family_name", "email", "active", "internal_id", "location")


def _users(found: Gathered, who: Assigned, *, rated: bool) -> Iterator[Fact]:
    teams = found.all("team")
    shown = _native(found)
    for key, record in found.all("user").items():
        said = record.fields
        fields: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
        parts = (said.get(part) for part in ("given_name", "middle_name", "family_name"))
        fields["name"] = " ".join(part for part in parts if part)
        if team := said.get("team"):
            known = teams.get(team)
            name = (known.fields.get("name") if known else "") or said.get("team_name") or team
            fields |= {"team": name, "groups": {1: {"key": team, "name": name}}}
            if teams and known is None:
                what = f"team {team} is not in the export"
                found.warn(record.place, f"user/{key}", what, "add the answer that lists the teams")
        if "manager" in said:
            fields["manager"] = said["manager"] or None
        if rated:
            levels = {shown.get(skill, skill): level for skill, level in who.levels.get(key, {}).items()}
            fields["skills"] = dict(sorted(levels.items()))
        yield Fact("user", key, fields, record.place)


def _native(found: Gathered) -> Mapping[str, str]:
    """Skill → what a mapping calls it: its name, or its id where two have the same name."""
    names = {key: str(record.fields.get("name", key)) for key, record in found.all("queue").items()}
    count = Counter(names.values())
    return {key: name if count[name] == 1 else key for key, name in names.items()}


def _queues(found: Gathered, who: Assigned) -> Iterator[Fact]:
    codes: dict[str, list[str]] = {}
    for record in found.all("codes").values():
        codes.setdefault(record.fields["skill"], []).extend([record.fields["code"]] if "code" in record.fields else [])
    used = {key for key, code in found.all("wrapup_code").items() if code.fields.get("active") is not False}
    for key, record in found.all("queue").items():
        names = ("name", "description", "active", "media", "campaign", "outbound")
        fields: dict[str, Any] = {"name": "", **{name: record.fields[name] for name in names if name in record.fields}}
        if key in who.members:
            why = dict(sorted(who.members[key].items()))
            fields |= {"members": tuple(why), "why": why}
        if key in codes:
            fields["wrapup_codes"] = tuple(sorted(code for code in codes[key] if code in used))
        yield Fact("queue", key, fields, record.place)


SOURCE = Source(
    platform="nice-cxone",
    read=read,
    kinds=frozenset({"division", "skill", "language", "wrapup_code", "secondary_status", "user", "queue"}),
    never=frozenset({"language"}),
)
