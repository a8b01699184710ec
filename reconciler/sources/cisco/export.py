"""Records of Finesse and UCCX → Facts: users, queues and who is in them, skills, teams, reasons and wrap-up reasons.

Decided here: where the export holds contact service queues (CSQ) of UCCX, these are the queues and teams of UCCX the teams; those
of Finesse are the same and not used. Who is in a CSQ is computed from skills or resource groups, as UCCX does; who is in a queue
of Finesse, the answers of `User/LOGIN/Queues` say. Skills go by their names, which are unique and what a mapping is written by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Mapping as Table
from typing import Any

from reconciler.model.fact import Fact, Reading, Source
from reconciler.model.gathered import Gathered, Record
from reconciler.model.mapping import Mapping as Map
from reconciler.sources.cisco import answers
from reconciler.sources.cisco.members import of_csqs, of_queues

_NOTES = (
    "e-mail addresses: Finesse and UCCX have none; make them by a rule, `email` in mapping.yaml",
    "languages: Cisco has none of its own; skills.languages in mapping.yaml says which skills are languages",
)


def read(files: Table[str, bytes], mapping: Map, _name: str) -> Reading:
    """Everything an export of Finesse and UCCX says."""
    found = answers.read(files)
    named = set(mapping.secondary_statuses)
    facts = (*_teams(found), *_skills(found), *_codes(found), *_reasons(found, named), *_users(found), *_queues(found))
    kinds = {"team": "division", "reason": "secondary_status", "csq": "queue"}
    delivered = {kinds.get(kind, kind) for kind in found.given} & SOURCE.kinds
    delivered |= {"skill"} if any("skills" in fact.fields for fact in facts) else set()
    delivered |= {"division"} if any(fact.kind == "division" for fact in facts) else set()
    return Reading(facts, tuple(found.problems), (*_NOTES, *found.notes()), frozenset(delivered))


def _teams(found: Gathered) -> Iterator[Fact]:
    """Teams, as they are listed, else as users name them."""
    teams = _teams_used(found)
    for key, record in teams.items():
        yield Fact("division", key, {"name": record.fields.get("name", key), "level": 1}, record.place)
    named = {team[0]: (team[1], record) for record in found.all("user").values() if (team := _team_of(record))[0]}
    for key, (name, record) in () if teams else sorted(named.items()):
        yield Fact("division", key, {"name": name or key, "level": 1}, record.place)


def _team_of(record: Record) -> tuple[str, str]:
    """Id and name of a user's team, as the user says it; empty where it is not said."""
    own: tuple[str, str] = record.fields.get("uccx_team") or (record.fields.get("team", ""), record.fields.get("team_name", ""))
    return own


def _teams_used(found: Gathered) -> Mapping[str, Record]:
    teams = found.all("team")
    return {key: team for key, team in teams.items() if team.fields.get("uccx")} or teams


def _skills(found: Gathered) -> Iterator[Fact]:
    for key, record in found.all("skill").items():
        if name := record.fields.get("name"):
            yield Fact("skill", name, {"name": name}, record.place)
        else:
            found.wrong(record.place, f"skill/{key}", "has no name", "export it again")


def _codes(found: Gathered) -> Iterator[Fact]:
    for key, record in found.all("wrapup_code").items():
        yield Fact("wrapup_code", key, {"name": key}, record.place)


def _reasons(found: Gathered, named: set[str]) -> Iterator[Fact]:
    """Reasons why somebody is not ready; those the system gives only where the mapping speaks of them."""
    for key, record in found.all("reason").items():
        category, name = record.fields.get("category"), record.fields.get("name", "")
        if category == "LOGOUT":
            found.count("reasons of signing out")
        elif category != "NOT_READY":
            what = f"a reason of category {category or '(none)'} is not known, left out"
            found.warn(record.place, f"secondary_status/{key}", what, "report it")
        elif record.fields.get("system") and not {key, name} & named:
            found.count("reasons that only the system gives")
        else:
            yield Fact("secondary_status", key, {"name": name}, record.place)


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN = ("username", "given_name", "family_name", "extension", "alias", "type", "roles")


def _users(found: Gathered) -> Iterator[Fact]:
    teams = _teams_used(found)
    for key, record in found.all("user").items():
        said = record.fields
        fields: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
        fields.setdefault("username", key)
        fields["name"] = " ".join(part for part in (said.get("given_name"), said.get("family_name")) if part)
        team, name = _team_of(record)
        if team:
            known = teams.get(team)
            shown = (known.fields.get("name") if known else "") or name or team
            fields |= {"team": shown, "groups": {1: {"key": team, "name": shown}}}
            if teams and known is None:
                what = f"team {team} is not in the export"
                found.warn(record.place, f"user/{key}", what, "add the answer that lists the teams")
        if "competences" in said:
            fields["skills"] = _levels(found, key, record)
        yield Fact("user", key, fields, record.place)


def _levels(found: Gathered, user: str, record: Record) -> dict[str, str | None]:
    """Name of a skill → competence level as text."""
    skills = found.all("skill")
    levels: dict[str, str | None] = {}
    for key, name, level in record.fields["competences"]:
        known = skills.get(key)
        if skills and known is None:
            what = f"skill {key or name!r} is not in the export"
            found.wrong(record.place, f"user/{user}", what, "add the answer that lists the skills")
        levels[(known.fields.get("name") if known else "") or name or key] = level or None
    return dict(sorted(levels.items()))


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(found: Gathered) -> Iterator[Fact]:
    csqs, queues = found.all("csq"), found.all("queue")
    for _ in queues if csqs else ():
        found.count("queues of Finesse beside CSQs of UCCX")
    why = of_csqs(found) if csqs else of_queues(found, _owners(found))
    for key, record in (csqs or queues).items():
        fields: dict[str, Any] = {"name": record.fields.get("name", "")}
        fields |= {"queue_type": record.fields["queue_type"]} if "queue_type" in record.fields else {}
        if key in why:
            fields |= {"members": tuple(sorted(why[key])), "why": dict(sorted(why[key].items()))}
        yield Fact("queue", key, fields, record.place)


def _owners(found: Gathered) -> dict[str, str]:
    """Listing of queues (a file) → the user it belongs to: the one login that is part of the file's path."""
    logins = found.all("user")
    owners: dict[str, str] = {}
    for file in found.all("listing"):
        *folders, name = file.split("/")
        fits = {part for part in (*folders, name.rpartition(".")[0]) if part in logins}
        if len(fits) == 1:
            owners[file] = fits.pop()
    return owners


SOURCE = Source(
    platform="cisco",
    read=read,
    kinds=frozenset({"division", "skill", "language", "wrapup_code", "secondary_status", "user", "queue"}),
    never=frozenset({"language"}),
)
