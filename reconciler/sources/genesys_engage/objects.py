"""Exported objects of Configuration Server → bodies by kind and DBID, from XML, JSON, YAML or CSV. What they mean: not here.

Names of fields are compared by their letters and digits alone: `employeeID`, `employee_id` and `EmployeeId` are one. What kind an
object is, its element or key says (`CfgPerson`, `agents`), else the name of its file (`agent-groups.json`).
Source: Configuration Layer objects of the Platform SDK (8.5): objects and their representation in XML, where a value stands in
the attribute `value`; the tables of the configuration database name the same fields with underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import InputError
from reconciler.formats import json, records, xml, yaml
from reconciler.formats.records import said
from reconciler.formats.xml import Element
from reconciler.model.problem import Place, Problem

_WORDS: Mapping[str, tuple[str, ...]] = {
    "person": ("cfgperson", "person", "persons", "agent", "agents", "user", "users"),
    "skill": ("cfgskill", "skill", "skills"),
    "group": ("cfgagentgroup", "agentgroup", "agentgroups", "virtualagentgroups"),
    "dn": ("cfgdn", "dn", "dns", "virtualqueues", "acdqueues"),
    "code": ("cfgactioncode", "actioncode", "actioncodes"),
    "login": ("cfgagentlogin", "agentlogin", "agentlogins"),
    "attribute": ("cfgenumerator", "enumerators", "businessattribute", "businessattributes"),
    "value": ("cfgenumeratorvalue", "enumeratorvalues", "businessattributevalues"),
    "tenant": ("cfgtenant", "tenant", "tenants"),
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_INSIDE = ("cfggroup", "groupinfo", "cfgagentinfo", "agentinfo")
_ROWS = (("level", {"persondbid", "skilldbid"}), ("member", {"groupdbid", "agentdbid"}), ("member", {"groupdbid", "persondbid"}))
_SPLIT = re.compile(r"[\s,;|]+")
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One object: its fields, names in lower case without signs, and its place."""

    body: Mapping[str, Any]
    place: Place

    def say(self, *names: str) -> str:
        """The first of these fields that holds something, as text."""
        return next((text for name in names if (text := said(self.body.get(name)))), "")

    def ids(self, *names: str) -> tuple[str, ...] | None:
        """The DBIDs a field lists, in their order; None where the object has none of these fields."""
        value = next((self.body[name] for name in names if name in self.body), None)
        if value is None:
            return None
        parts = _SPLIT.split(value.strip()) if isinstance(value, str) else many(value)
        found = (said(first(part, "dbid", "agentdbid", "value")) if isinstance(part, dict) else said(part) for part in parts)
        return tuple(dict.fromkeys(one for one in found if one and one != "0"))


@dataclass(slots=True)
class Objects:
    """Objects by kind and DBID (or name, where there is none), rows without an id, and what is wrong."""

    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    rows: dict[str, list[Item]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def all(self, kind: str) -> dict[str, Item]:
        """The objects of a kind."""
        return self.items.get(kind, {})

    def add(self, kind: str, body: Mapping[str, Any], place: Place) -> None:
        """Takes an object; one that says something else than before is a problem."""
        whole = dict(body)
        for name in _INSIDE:
            if isinstance(inner := whole.pop(name, None), dict):
                whole = {**inner, **whole}
        item = Item(whole, place)
        key = item.say("dbid") or item.say("number", "name", "employeeid", "username")
        if not key:
            self.problems.append(Problem(place, kind, "an object without DBID and name", "export it again"))
            return
        before = self.items.setdefault(kind, {}).setdefault(key, item)
        if before is item:
            return
        if odd := next((name for name in whole if before.body.get(name, whole[name]) != whole[name]), ""):
            what = f"{odd} is not what {before.place} says of the same object"
            self.problems.append(Problem(place, f"{kind}/{key}", what, "keep the newer of the two exports"))
        self.items[kind][key] = Item({**before.body, **whole}, before.place)


def read(files: Mapping[str, bytes]) -> Objects:
    """Every object in these files; what is not recognised is noted, what is broken a problem."""
    found = Objects()
    for file in sorted(files):
        count = sum(len(one) for one in (*found.items.values(), *found.rows.values()))
        wrong = len(found.problems)
        _file(found, file, files[file])
        if wrong == len(found.problems) and count == sum(len(one) for one in (*found.items.values(), *found.rows.values())):
            found.notes.append(f"{file}: no objects that are known here, not used")
    return found


def _file(found: Objects, file: str, data: bytes) -> None:
    stem = _bare(file.rpartition("/")[2].partition(".")[0])
    lower = file.lower()
    if lower.endswith(".xml") or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root = xml.read(data, file=file)
        if isinstance(root, Problem):
            found.problems.append(root)
        else:
            _elements(found, root, Place(file))
    elif lower.endswith((".yaml", ".yml")):
        try:
            _walk(found, yaml.plain(yaml.read(data, file=file)), stem, Place(file), 0)
        except InputError as error:
            found.problems += error.problems
    elif records.is_json(data, file):
        documents = json.read(data, file=file, numbers_as_text=True)
        found.problems += documents.problems
        for line, document in zip(documents.lines, documents.values, strict=True):
            _walk(found, document, stem, Place(file, line if len(documents.values) > 1 else 0), 0)
    elif lower.endswith((".csv", ".tsv")):
        _table(found, data, file, stem)


def _bare(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _elements(found: Objects, element: Element, place: Place) -> None:
    """Takes every object below an element; the reader of XML bounds how deep that goes."""
    kind = _KINDS.get(_bare(element.name))
    if kind and element.name.lower().startswith("cfg"):
        body = _plain(element)
        found.add(kind, body if isinstance(body, dict) else {}, place)
        return
    for child in element.children:
        _elements(found, child, place)


def _plain(element: Element) -> Any:
    """A leaf as text (its attribute `value`, else what it holds), others as an object, options by section."""
    if _bare(element.name) in {"userproperties", "options"}:
        return _options(element)
    attributes = {_bare(name): text for name, text in element.attributes.items()}
    if not element.children:
        return attributes.get("value", element.text) if set(attributes) <= {"value"} else attributes
    found: dict[str, Any] = dict(attributes)
    for child in element.children:
        name, value = _bare(child.name), _plain(child)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found


def _options(element: Element) -> dict[str, dict[str, str]]:
    """Section → option → value. Source: `list_pair` and `str_pair` of the representation in XML."""
    return {
        section.attributes.get("key", "").lower(): {
            option.attributes.get("key", "").lower(): option.attributes.get("value", option.text) for option in section.children
        }
        for section in element.children
    }


# ── JSON, YAML, CSV ──────────────────────────────────────────────────────────────────────────────────────────────────


def _walk(found: Objects, value: Any, word: str, place: Place, depth: int) -> None:
    """Takes objects of a document: below keys that name a kind, else of the kind that the file is named for."""
    if depth > _DEPTH or not isinstance(value, dict | list):
        return
    kind = _KINDS.get(word)
    if isinstance(value, list):
        for one in value:
            _walk(found, one, word, place, depth + 1)
    elif kind and _is_object(value):
        body = _fields(value, 0)
        found.add(kind, body, place)
        if kind == "attribute":
            for one in (one for one in many(body.get("values")) if isinstance(one, dict)):
                found.add(
                    "value", {**one, "attributename": body.get("name"), "dbid": f"{body.get('name')}/{one.get('name')}"}, place
                )
    else:
        for name, inner in value.items():
            bare = _bare(str(name))
            _walk(found, inner, bare if bare in _KINDS else word, place, depth + 1)


def _is_object(value: Mapping[str, Any]) -> bool:
    names = {_bare(str(name)) for name in value}
    if names & set(_INSIDE):
        return True
    return bool(names & {"dbid", "name", "number", "employeeid", "username"}) and not all(
        isinstance(one, dict | list) for one in value.values()
    )


def _fields(value: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        bare = _bare(str(name))
        found[bare] = _sections(inner) if bare in {"userproperties", "options", "settings"} else _inner(inner, depth)
    return found


def _inner(value: Any, depth: int) -> Any:
    if depth > _DEPTH:
        return None
    if isinstance(value, dict):
        return {_bare(str(name)): _inner(one, depth + 1) for name, one in value.items()}
    return [_inner(one, depth + 1) for one in value] if isinstance(value, list) else value


def _sections(value: Any) -> dict[str, dict[str, str]]:
    """Options as {section: {option: value}}, or as lists of objects with one key each."""
    return {
        str(section).lower(): {str(name).lower(): said(one) for name, one in _pairs(options)}
        for section, options in _pairs(value)
    }


def _pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield from one.items()


def _table(found: Objects, data: bytes, file: str, stem: str) -> None:
    table = records.read(data, file=file)
    found.problems += table.problems
    for row in table.rows:
        body = {_bare(name): value for name, value in row.cells.items() if value != ""}
        names = {_bare(name) for name in row.cells}
        kind = next((kind for kind, needed in _ROWS if needed <= names), "")
        if kind:
            found.rows.setdefault(kind, []).append(Item(body, row.place))
        elif stem in _KINDS:
            found.add(_KINDS[stem], body, row.place)


def many(value: Any) -> list[Any]:
    """A list that may be wrapped in an object with one key, or stand alone where it has one entry."""
    if isinstance(value, dict) and len(value) == 1 and isinstance(inner := next(iter(value.values())), dict | list | str):
        return inner if isinstance(inner, list) else [inner]
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def first(value: Mapping[str, Any], *names: str) -> Any:
    """The first of these that is there."""
    return next((value[name] for name in names if name in value), None)
