"""Files of Five9 → records: answers of the Configuration Web Services (SOAP), of the supervisor service (JSON), and tables (CSV).

All three become rows: names in lower case → text, rows, or lists of them. A row is known by the names it holds, else by what the
answer, the list around it or the file is called, since dispositions and skills look alike. Source: Five9 Configuration Web
Services API reference: userInfo, userGeneralInfo, userSkill, skillInfo, skill, agentGroup, disposition, reasonCode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.formats import csv, json, xml
from reconciler.formats.xml import Element
from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place, Problem

_HINTS = ("disposition", "reason", "group", "skill", "queue", "user", "agent")
"""What a name may hold that says what its rows are, the first that fits; `queue` is a newer word for skill."""
_FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False})
_NAMED = frozenset({"firstname", "lastname", "fullname", "email"})
Row = Mapping[str, Any]


def read(files: Mapping[str, bytes]) -> Gathered:
    """Every object in these files; what is not recognised is a warning, what is broken or a fault of the service a problem."""
    found = Gathered()
    for file in sorted(files):
        hint = _hint(file.rsplit("/", 1)[-1])
        taken = 0
        for row, inner, place in _rows(found, files[file], file):
            took = _take(found, row, inner or hint, place)
            taken += took
            if not took:
                keys = f" (names: {', '.join(list(row)[:5])})" if row else ""
                found.warn(place, "", f"no object of Five9 that is known here{keys}", "move it out of the export folder")
        if not taken and hint in _GIVEN and not any(problem.place.file == file for problem in found.problems):
            found.given.add(_GIVEN[hint])
    return found


def _hint(name: str) -> str:
    return next((hint for hint in _HINTS if hint in name.lower()), "")


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_Found = tuple[Row, str, Place]


def _rows(found: Gathered, data: bytes, file: str) -> Iterator[_Found]:
    """(row, what is around it, place) of every row of a file."""
    first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    name = file.lower()
    if name.endswith(".xml") or (first == b"<" and not name.endswith((".csv", ".json"))):
        yield from _of_xml(found, data, file)
    elif name.endswith((".json", ".jsonl")) or (first in {b"[", b"{"} and not name.endswith(".csv")):
        documents = json.read(data, file=file, numbers_as_text=True)
        for problem in documents.problems:
            found.problems[problem] = None
        yield from (row for value in documents.values for row in _of_json(_lower(value), "", Place(file)))
    elif name.endswith((".csv", ".tsv", ".txt")):
        table = csv.read(data, file=file)
        for problem in table.problems:
            found.problems[problem] = None
        header = [name.lower().replace(" ", "").replace("_", "").replace("-", "") for name in table.header]
        yield from ((dict(zip(header, cells, strict=True)), "", Place(file, line)) for line, cells in table.rows)
    else:
        found.warn(Place(file), "", "neither XML, JSON nor CSV, not read", "move it out of the export folder")


def _of_xml(found: Gathered, data: bytes, file: str) -> Iterator[_Found]:
    root = xml.read(data, file=file)
    if isinstance(root, Problem):
        found.problems[root] = None
        return
    for element in _answers(root):
        if element.name.lower() == "fault":
            what = f"holds a fault of the service, not an answer: {element.say('faultstring')[:100]}"
            found.wrong(Place(file), "", what, "ask again")
            continue
        hint = _hint(element.name)
        if hint in _GIVEN:
            found.given.add(_GIVEN[hint])
        for child in element.children:
            value = _value(child)
            yield value if isinstance(value, dict) else {}, hint, Place(file)


def _answers(root: Element) -> Iterator[Element]:
    """The elements whose children are rows: `get…Response` or `Fault` below an envelope, else the root."""
    level = [root]
    while level:
        fits = [one for one in level if one.name.lower().endswith("response") or one.name.lower() == "fault"]
        if fits:
            yield from fits
            return
        envelope = [one for one in level if one.name.lower() in {"envelope", "body"}]
        if not envelope:
            yield root
            return
        level = [child for one in envelope for child in one.children]


def _value(element: Element) -> Any:
    """An element as text, or as names → values, a list where a name stands more than once."""
    if not element.children:
        return element.text
    row: dict[str, Any] = {}
    for child in element.children:
        name, value = child.name.lower(), _value(child)
        row[name] = [*many(row[name]), value] if name in row else value
    return row


def _lower(value: Any) -> Any:
    if isinstance(value, list):
        return [_lower(one) for one in value]
    return {key.lower(): _lower(one) for key, one in value.items()} if isinstance(value, dict) else value


def _of_json(value: Any, hint: str, place: Place) -> Iterator[_Found]:
    """Rows of a list, of lists under names, or the row itself."""
    if isinstance(value, list):
        for one in value:
            yield from _of_json(one, hint, place)
    elif isinstance(value, dict):
        lists = [name for name, one in value.items() if isinstance(one, list) and all(isinstance(row, dict) for row in one)]
        if "id" in value or "name" in value or _shape(value) or not lists:
            yield value, hint, place
        else:
            for name in lists:
                yield from _of_json(value[name], _hint(name) or hint, place)
    else:
        yield {}, hint, place


def many(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, else the value alone: XML does not tell one from a list of one."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def say(row: Row, *names: str) -> str:
    """The first of these that holds something, as trimmed text."""
    texts = (str(row[name]).strip() for name in names if not isinstance(row.get(name), dict | list | bool | None))
    return next((text for text in texts if text), "")


def flag(row: Row, name: str) -> bool | None:
    """A yes or no, whether typed or as text; None where it is neither."""
    value = row.get(name)
    return value if isinstance(value, bool) else _FLAGS.get(str(value).strip().lower())


# ── recognising ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _shape(row: Row) -> str:
    """What a row is by the names it holds; empty where it could be several things."""
    if isinstance(row.get("generalinfo"), dict):
        return "info"
    if isinstance(row.get("skill"), dict):
        return "skillinfo"
    if "username" in row and {"skillname", "skillid", "skill"} & row.keys():
        return "userskill"
    if "username" in row and (_NAMED & row.keys() or "skilllevels" in row):
        return "user"
    if say(row, "type").lower().replace(" ", "") in {"notready", "logout"}:
        return "reason"
    return "group" if "agents" in row and "name" in row else ""


def _take(found: Gathered, row: Row, hint: str, place: Place) -> bool:
    tell = _TELL.get(_shape(row) or hint)
    return bool(tell and tell(found, row, place))


def _info(found: Gathered, row: Row, place: Place) -> bool:
    general = row["generalinfo"]
    more = {
        "skills": tuple(_pairs(one for one in many(row.get("skills")) if isinstance(one, dict))),
        "agent_groups": tuple(sorted(str(one) for one in many(row.get("agentgroups")) if isinstance(one, str))),
        "roles": tuple(sorted(row["roles"])) if isinstance(row.get("roles"), dict) else None,
    }
    for one in (one for one in many(row.get("skills")) if isinstance(one, dict)):
        _named(found, one, place)
    return _add_user(found, general, more, place)


def _user(found: Gathered, row: Row, place: Place) -> bool:
    """A user of the supervisor service, with `skillLevels`, or of a table."""
    levels = row.get("skilllevels")
    roles = [str(one).lower() for one in many(row.get("roles")) if isinstance(one, str)]
    more = {
        "skills": tuple(_pairs(one for one in levels if isinstance(one, dict))) if isinstance(levels, list) else None,
        "agent_groups": None,
        "roles": tuple(sorted(roles)) if "roles" in row else None,
    }
    return _add_user(found, row, more, place)


def _add_user(found: Gathered, row: Row, more: Mapping[str, Any], place: Place) -> bool:
    key = say(row, "id", "userid", "username")
    names = {"username": "username", "name": "fullname", "given_name": "firstname", "family_name": "lastname", "email": "email"}
    said: dict[str, Any] = {name: say(row, path) or None for name, path in names.items()}
    said |= {"extension": say(row, "extension") or None, "active": flag(row, "active"), **more}
    if key:
        found.add("user", key, said, place)
    return bool(key)


def _pairs(rows: Iterator[Row]) -> Iterator[tuple[str, str, str]]:
    """(id, name, level) of every skill."""
    return ((say(row, "id", "skillid"), say(row, "skillname", "name"), say(row, "level")) for row in rows)


def _named(found: Gathered, row: Row, place: Place) -> None:
    """Learns the name of a skill from a row that has both."""
    key, name = say(row, "id", "skillid"), say(row, "skillname")
    if key and name:
        found.add("queue", key, {"name": name}, place)


def _skill(found: Gathered, row: Row, place: Place) -> bool:
    key, name = say(row, "id", "skillid", "name", "skillname"), say(row, "name", "skillname")
    if key and name:
        found.add("queue", key, {"name": name, "description": say(row, "description") or None}, place)
    return bool(key and name)


def _skill_info(found: Gathered, row: Row, place: Place) -> bool:
    """A skill with everybody who has it. Source: getSkillsInfo."""
    users = [one for one in many(row.get("users")) if isinstance(one, dict)]
    pairs = tuple((say(one, "username"), say(one, "level")) for one in users)
    key = say(row["skill"], "id", "name")
    if _skill(found, row["skill"], place):
        found.add("queue", key, {"users": pairs}, place)
    return bool(key)


def _user_skill(found: Gathered, row: Row, place: Place) -> bool:
    """One row of a table of who has which skill."""
    user, key, name = say(row, "username"), say(row, "skillid"), say(row, "skillname", "skill")
    if not user or not (key or name):
        return False
    found.add(
        "user_skill", f"{user} {key or name}", {"user": user, "skill": key, "name": name, "level": say(row, "level")}, place
    )
    _named(found, row, place)
    return True


def _group(found: Gathered, row: Row, place: Place) -> bool:
    name = say(row, "name")
    agents = tuple(sorted(str(one) for one in many(row.get("agents")) if isinstance(one, str)))
    if name:
        found.add("group", say(row, "id") or name, {"name": name, "agents": agents if "agents" in row else ()}, place)
    return bool(name)


def _disposition(found: Gathered, row: Row, place: Place) -> bool:
    name = say(row, "name", "dispositionname", "disposition")
    if name:
        found.add("wrapup_code", name, {"name": name, "description": say(row, "description") or None}, place)
    return bool(name)


def _reason(found: Gathered, row: Row, place: Place) -> bool:
    """A reason code; only the supervisor service tells its id, only the web service its type."""
    name = say(row, "name")
    kind = say(row, "type").lower().replace(" ", "") or ("logout" if "logout" in place.file.lower() else None)
    if name:
        found.add(
            "reason",
            f"{kind or 'notready'}/{name}",
            {"name": name, "id": say(row, "id") or None, "enabled": flag(row, "enabled")},
            place,
        )
    return bool(name)


_TELL: Mapping[str, Callable[[Gathered, Row, Place], bool]] = MappingProxyType(
    {
        "info": _info,
        "user": _user,
        "agent": _user,
        "skillinfo": _skill_info,
        "skill": _skill,
        "queue": _skill,
        "userskill": _user_skill,
        "group": _group,
        "disposition": _disposition,
        "reason": _reason,
    }
)
_GIVEN: Mapping[str, str] = MappingProxyType(
    {"disposition": "wrapup_code", "reason": "reason", "group": "group", "skill": "queue", "queue": "queue", "user": "user"}
)
