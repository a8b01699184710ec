"""Exported records of Salesforce → records by object and id: answers of queries in JSON, CSV of Data Loader or data export.

Which object a record is, it says itself (`attributes.type`), else the name of its file does (`GroupMember.csv`). Names of fields
count in any case; a field of a related record may be a path, `UserRole.Name`. Presence statuses may come as metadata in XML too.
Source: REST API, Query: `records`, `done`, `nextRecordsUrl`; Metadata API: ServicePresenceStatus. Ids have 15 signs, of which
case counts, or 18, of which the last three tell the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.formats import json, records, xml
from reconciler.formats.records import said
from reconciler.model.problem import Place, Problem

OBJECTS = (
    "User", "UserRole", "ServiceResource", "Skill", "ServiceResourceSkill", "Group", "GroupMember", "ServicePresenceStatus",
    "ServiceChannelStatus", "PresenceUserConfigUser",
)  # fmt: skip
_LINKS = frozenset({"ServiceResourceSkill", "GroupMember", "ServiceChannelStatus", "PresenceUserConfigUser"})
"""Objects that only join two others, so that nobody needs their own ids."""
_KNOWN = {name.lower(): name for name in OBJECTS} | {f"{name.lower()}s": name for name in OBJECTS}
_KNOWN |= {
    "servicepresencestatuses": "ServicePresenceStatus",
    "servicechannelstatuses": "ServiceChannelStatus",
    "queues": "Group",
}
_COLUMNS = (
    ("GroupMember", {"userorgroupid"}), ("ServiceResourceSkill", {"serviceresourceid", "skillid"}),
    ("ServiceChannelStatus", {"servicechannelid", "servicepresencestatusid"}),
    ("PresenceUserConfigUser", {"presenceuserconfigid", "userid"}), ("ServiceResource", {"relatedrecordid", "resourcetype"}),
    ("UserRole", {"parentroleid"}), ("User", {"id", "username"}),
)  # fmt: skip
"""Columns that only one of the objects has, for tables whose file is named for none."""
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its fields, names in lower case, and its place."""

    cells: Mapping[str, Any]
    place: Place

    def say(self, *names: str) -> str:
        """The first of these fields, or paths, that holds something, as text."""
        return next((text for name in names if (text := said(self._at(name)))), "")

    def _at(self, name: str) -> Any:
        if name in self.cells:
            return self.cells[name]
        value: Any = self.cells
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def is_true(self, name: str, *, otherwise: bool) -> bool:
        """What a field of yes or no says; `otherwise` where it is not there."""
        text = self.say(name).lower()
        return text in {"true", "1", "yes"} if text else otherwise

    def link(self, *names: str) -> str:
        """The id in a field, in its 18 signs; empty where there is none."""
        text = self.say(*names)
        return whole(text) or text


def whole(text: str) -> str:
    """An id in 18 signs; empty for what is no id, or where the last three do not fit the others."""
    if not _ID.fullmatch(text):
        return ""
    short = text[:15]
    blocks = (short[at : at + 5] for at in (0, 5, 10))
    checks = "".join(_SIGNS[sum(sign.isupper() << place for place, sign in enumerate(block))] for block in blocks)
    return short + checks if text[15:] in {"", checks} else ""


@dataclass(slots=True)
class Objects:
    """Records by object and id; which objects the export speaks of at all; what is wrong."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: dict[str, tuple[Place, bool]] = field(default_factory=dict)

    def all(self, name: str) -> dict[str, Row]:
        """The records of an object by id."""
        return self.rows.get(name, {})

    def add(self, name: str, cells: Mapping[str, Any], place: Place) -> None:
        """Takes a record; one that says something else than before, and one without an id, is a problem."""
        self.seen.add(name)
        row = Row(cells, place)
        if row.is_true("isdeleted", otherwise=False):
            return
        given = row.say("id")
        key = whole(given) or (f"row {len(self.all(name))}" if name in _LINKS and not given else "")
        if not key:
            what = f"{given!r} is no id: its last three signs do not fit" if len(given) == 18 else f"{given!r} is no id"
            self.problems.append(Problem(place, name, what, "export it again with the field Id, and do not open it in between"))
            return
        before = self.rows.setdefault(name, {}).setdefault(key, row)
        odd = next(
            (one for one in cells if one not in {"id", "attributes"} and said(before.cells.get(one)) != said(cells[one])), ""
        )
        if odd and odd in before.cells:
            what = f"{odd} is not what {before.place} says of the same record"
            self.problems.append(Problem(place, f"{name}/{key}", what, "keep the newer of the two exports"))
        self.rows[name][key] = Row({**cells, **before.cells}, before.place)


def read(files: Mapping[str, bytes]) -> Objects:
    """Every record in these files; files of other objects are noted."""
    found = Objects()
    for file in sorted(files):
        _file(found, file, files[file])
    for name, (place, is_done) in found.pages.items():
        if not is_done:
            what = f"the answer goes on after this page of {name}"
            found.problems.append(Problem(place, "", what, "the export is incomplete: fetch nextRecordsUrl too"))
    return found


def _file(found: Objects, file: str, data: bytes) -> None:
    stem = file.rpartition("/")[2].partition(".")[0]
    named = _KNOWN.get(re.split(r"[^A-Za-z]", stem.lower(), maxsplit=1)[0], "") or _KNOWN.get(
        re.sub("[^a-z]", "", stem.lower()), ""
    )
    count, wrong = sum(map(len, found.rows.values())), len(found.problems)
    if file.lower().endswith(".xml"):
        _metadata(found, file, data, stem)
    elif records.is_json(data, file):
        documents = json.read(data, file=file, numbers_as_text=True)
        found.problems += documents.problems
        for line, document in zip(documents.lines, documents.values, strict=True):
            place = Place(file, line if len(documents.values) > 1 else 0)
            for name, cells in _within(found, document, named, place, 0):
                found.add(name, cells, place)
    elif file.lower().endswith((".csv", ".tsv")):
        named = _table(found, file, data, named)
    if named:
        found.seen.add(named)
    elif count == sum(map(len, found.rows.values())) and wrong == len(found.problems):
        found.notes.append(f"{file}: no records that are used here")


def _table(found: Objects, file: str, data: bytes, named: str) -> str:
    """Takes the rows of a table of the object that its file or its columns tell, which is returned; empty where nothing tells."""
    table = records.read(data, file=file)
    named = named or next((name for name, columns in _COLUMNS if columns <= table.names), "")
    if named:
        found.problems += table.problems
    for row in table.rows if named else ():
        found.add(named, row.cells, row.place)
    return named


def _within(found: Objects, value: Any, named: str, place: Place, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(object, fields) of every record in a document; pages remember whether they are the last."""
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for one in value:
            yield from _within(found, one, named, place, depth + 1)
    elif isinstance(value, dict):
        cells = {str(name).lower(): inner for name, inner in value.items()}
        if isinstance(listed := cells.get("records"), list):
            made = list(_within(found, listed, named, place, depth + 1))
            name = made[0][0] if made else named
            if name:
                is_done = cells.get("done", True) is not False or found.pages.get(name, (place, False))[1]
                found.pages[name] = (place, is_done)
                found.seen.add(name)
            yield from made
        elif name := _object(cells, named):
            yield name, _lower(cells)
        else:
            for inner in cells.values():
                yield from _within(found, inner, named, place, depth + 1)


def _object(cells: Mapping[str, Any], named: str) -> str:
    """The object a record belongs to; empty for what is no record, or of an object that is not used."""
    attributes = cells.get("attributes")
    if isinstance(attributes, dict) and "type" in attributes:
        return _KNOWN.get(str(attributes["type"]).lower(), "")
    return named if "id" in cells or named in _LINKS else ""


def _lower(value: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with names in lower case, those of related records too."""
    return {str(name).lower(): _lower(inner) if isinstance(inner, dict) else inner for name, inner in value.items()}


def _metadata(found: Objects, file: str, data: bytes, stem: str) -> None:
    """A presence status as metadata: its file is named for it, and `channels` make it one in which somebody works."""
    root = xml.read(data, file=file)
    if isinstance(root, Problem):
        found.problems.append(root)
    elif root.name == "ServicePresenceStatus":
        found.seen.add("ServicePresenceStatus")
        channels = [one.say("channel") for one in root.children if one.name == "channels"]
        cells = {"developername": stem, "masterlabel": root.say("label") or stem, "channels": channels}
        found.rows.setdefault("ServicePresenceStatus", {})[f"metadata {stem}"] = Row(cells, Place(file))
