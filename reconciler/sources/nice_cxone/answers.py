"""Files of answers of CXone's Admin API → records by kind and id, and lists of who has which skill.

A row is known by the keys it holds, however the file is called and nested. Keys are read in either case and values as text, since
versions of the API differ in both. Source of keys: CXone Admin API: /agents, /skills, /agents/skills, /agents/{id}/skills,
/skills/{id}/agents, /teams, /unavailable-codes, /dispositions, /dispositions/skills, /skills/{id}/dispositions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reconciler.formats import json
from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place

_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "agents": "user",
        "skills": "queue",
        "teams": "team",
        "dispositions": "wrapup_code",
        "unavailablecodes": "reason",
        "unavailablelist": "reason",
        "agentskillassignments": "assignment",
    }
)
_NONE = frozenset({"", "0", "null", "none"})
_OTHERS: Mapping[str, str] = MappingProxyType(
    {"agentstateid": "states of agents", "contactid": "contacts", "contactaddress": "points of contact"}
)
_FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False})
_Row = Mapping[str, Any]


@dataclass(slots=True)
class Listing:
    """One list of assignments: its place, whose it is where an object around it says that, and (agent, skill, row) of each."""

    place: Place
    agent: str = ""
    skill: str = ""
    rows: list[tuple[str, str, _Row]] = field(default_factory=list)


@dataclass(slots=True)
class Answers:
    """Everything recognised: records, lists of assignments, and how many rows of how many each list holds."""

    found: Gathered = field(default_factory=Gathered)
    listings: list[Listing] = field(default_factory=list)
    pages: dict[tuple[str, str], list[tuple[int, int, bool, Place]]] = field(default_factory=dict)


def read(files: Mapping[str, bytes]) -> Answers:
    """Every row in these files; what is not recognised is a warning, what is broken or cut off a problem."""
    answers = Answers()
    for file in sorted(files):
        documents = json.read(files[file], file=file, numbers_as_text=True)
        if not documents.values and not file.lower().endswith((".json", ".jsonl")):
            answers.found.warn(Place(file), "", "not JSON, not read", "move it out of the export folder")
            continue
        for problem in documents.problems:
            answers.found.problems[problem] = None
        for value in documents.values:
            if not _take(answers, _lower(value), Place(file), {}):
                keys = f" (keys: {', '.join(list(value)[:5])})" if isinstance(value, dict) and value else ""
                what = f"no answer of CXone's Admin API that is known here{keys}"
                answers.found.warn(Place(file), "", what, "move it out of the export folder")
    _check_pages(answers)
    return answers


def _lower(value: Any) -> Any:
    if isinstance(value, list):
        return [_lower(one) for one in value]
    return {key.lower(): _lower(one) for key, one in value.items()} if isinstance(value, dict) else value


def say(row: _Row, *names: str) -> str:
    """The first of these that holds something, as trimmed text."""
    texts = (str(row[name]).strip() for name in names if not isinstance(row.get(name), dict | list | bool | None))
    return next((text for text in texts if text), "")


def flag(row: _Row, *names: str) -> bool | None:
    """The first of these that is a yes or a no, whether typed or as text; None where none is."""
    values = (one if isinstance(one := row.get(name), bool) else _FLAGS.get(str(one).lower()) for name in names)
    return next((value for value in values if value is not None), None)


def ident(row: _Row, *names: str) -> str:
    """An id; empty where there is none, which CXone also writes as 0."""
    text = say(row, *names)
    return "" if text.lower() in _NONE else text


# ── recognising ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _take(answers: Answers, value: Any, place: Place, around: Mapping[str, str]) -> bool:
    """Takes every row in there; False where something is not recognised. `around` are ids that objects around it name."""
    if isinstance(value, list):
        return all([_take(answers, one, place, around) for one in value])  # noqa: C419 - every one is taken, not the first few
    if not isinstance(value, dict):
        return False
    inner = {name: one for name, one in value.items() if isinstance(one, list) and name in _LISTS}
    if inner and not ident(value, "dispositionid"):
        around = {**around, **{name: said for name in ("agentid", "skillid") if (said := ident(value, name))}}
        for name, rows in inner.items():
            _list(answers, name, rows, value, (place, around))
        return True
    if _row(answers, value, place, around):
        return True
    nested = [one for name, one in value.items() if isinstance(one, dict | list) and name != "_links"]
    around = {**around, **{name: said for name in ("agentid", "skillid") if (said := ident(value, name))}}
    return bool(nested) and all([_take(answers, one, place, around) for one in nested])  # noqa: C419 - the same


def _list(answers: Answers, name: str, rows: list[Any], body: _Row, where: tuple[Place, Mapping[str, str]]) -> None:
    place, around = where
    answers.found.given.add(_LISTS[name])
    if _LISTS[name] == "assignment":
        answers.listings.append(Listing(place, around.get("agentid", ""), around.get("skillid", "")))
    if _LISTS[name] == "wrapup_code" and "skillid" in around:
        answers.found.add("codes", f"{around['skillid']}/", {"skill": around["skillid"]}, place)
    for row in rows:
        if not isinstance(row, dict) or not _row(answers, row, place, around, _LISTS[name]):
            answers.found.wrong(place, "", f"{name} holds something without an id", "export it again")
    links, total = body.get("_links"), say(body, "totalrecords")
    more = isinstance(links, dict) and bool(say(links, "next"))
    whose = f"{around.get('agentid', '')}/{around.get('skillid', '')}"
    count = (len(rows), int(total) if total.isdecimal() and len(total) < 10 else 0, more, place)
    answers.pages.setdefault((name, whose), []).append(count)


def _check_pages(answers: Answers) -> None:
    for (name, _), pages in answers.pages.items():
        place, count, total = pages[-1][3], sum(page[0] for page in pages), max(page[1] for page in pages)
        if all(page[2] for page in pages):
            answers.found.wrong(place, "", f"{name} goes on after this page", "the export is incomplete: fetch all pages")
        elif count < total:
            what = f"{name} holds {count} of {total} records"
            answers.found.wrong(place, "", what, "the export is incomplete: fetch all pages")


def _row(answers: Answers, row: _Row, place: Place, around: Mapping[str, str], listed: str = "") -> bool:
    """Takes a row: of the kind its list holds, else of the one whose id and name it has; False for any other."""
    for name, what in _OTHERS.items():
        if name in row:
            answers.found.count(what)
            return True
    if listed == "assignment" or "agentproficiencyvalue" in row:
        agent, skill = ident(row, "agentid", "agentid_alt"), ident(row, "skillid")
        return _assignment(answers, row, place, (agent or around.get("agentid", ""), skill or around.get("skillid", "")))
    for kind, (key_name, name), tell in _KINDS:
        key = ident(row, key_name) if listed == kind or (not listed and name in row) else ""
        if key:
            answers.found.add(kind, key, tell(row), place, _stamp(row))
            if kind == "wrapup_code":
                _code_skills(answers.found, row, place, (key, around.get("skillid", "")))
            return True
    return False


def _stamp(row: _Row) -> str:
    time = say(row, "lastmodified", "lastupdated", "lastupdatetime")
    return time if time.endswith("Z") else ""


def _assignment(answers: Answers, row: _Row, place: Place, pair: tuple[str, str]) -> bool:
    agent, skill = pair
    if not agent or not skill:
        return False
    answers.found.given.add("assignment")
    if not answers.listings or answers.listings[-1].place != place:
        answers.listings.append(Listing(place))
    answers.listings[-1].rows.append((agent, skill, row))
    return True


def _code_skills(found: Gathered, row: _Row, place: Place, pair: tuple[str, str]) -> None:
    """Remembers which skills a disposition belongs to: the one around it, and those in it."""
    code, around = pair
    inner = row.get("skills")
    skills = [ident(one, "skillid") for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    for skill in (one for one in (around, *skills) if one):
        found.add("codes", f"{skill}/{code}", {"skill": skill, "code": code}, place)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _agent(row: _Row) -> dict[str, Any]:
    told = {
        "username": say(row, "username"),
        "given_name": say(row, "firstname"),
        "middle_name": say(row, "middlename"),
        "family_name": say(row, "lastname"),
        "email": say(row, "emailaddress", "email"),
        "team": ident(row, "teamid"),
        "team_name": say(row, "teamname"),
        "internal_id": say(row, "internalid"),
        "location": say(row, "location"),
    }
    said: dict[str, Any] = {name: text or None for name, text in told.items()}
    manager = ident(row, "reporttoid", "reportto") if {"reporttoid", "reportto"} & row.keys() else None
    return said | {"active": flag(row, "isactive"), "manager": manager}


def _skill(row: _Row) -> dict[str, Any]:
    told = {"name": say(row, "skillname"), "media": say(row, "mediatypename"), "campaign": say(row, "campaignname")}
    said: dict[str, Any] = {name: text or None for name, text in told.items()}
    return said | {"description": say(row, "notes") or None, "active": flag(row, "isactive"), "outbound": flag(row, "isoutbound")}


def _team(row: _Row) -> dict[str, Any]:
    return {"name": say(row, "teamname") or None, "active": flag(row, "isactive")}


def _code(row: _Row) -> dict[str, Any]:
    return {"name": say(row, "dispositionname") or None, "active": flag(row, "isactive")}


def _reason(row: _Row) -> dict[str, Any]:
    name = say(row, "outstatename", "outstatedescription", "unavailablecodename", "name")
    return {"name": name or None, "active": flag(row, "isactive"), "acw": flag(row, "isacw")}


_KINDS: tuple[tuple[str, tuple[str, str], Callable[[_Row], dict[str, Any]]], ...] = (
    ("user", ("agentid", "username"), _agent),
    ("wrapup_code", ("dispositionid", "dispositionname"), _code),
    ("reason", ("outstateid", "outstatename"), _reason),
    ("queue", ("skillid", "skillname"), _skill),
    ("team", ("teamid", "teamname"), _team),
)
"""Kind, the keys of its id and of its name, and what a row says; where several fit, the first."""
