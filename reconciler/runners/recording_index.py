"""Indexes → what they say of recordings: tables with a row per file, JSON with an object per file, contact records.

A contact record of Amazon Connect is known by its members, in whatever case. Source: contact records data model, Amazon Connect
administrator guide: `Recordings[].Location`, `StartTimestamp`, `StopTimestamp`, `Status`; older ones hold one `Recording`. Each
agent a call goes to has a contact of its own, and files are named after that one: the records tell whose conversation it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from reconciler.formats import csv, json
from reconciler.model.moment import Clock
from reconciler.model.problem import Place, Problem
from reconciler.model.recorded import Described
from reconciler.model.recording import Agent
from reconciler.runners.recording_names import moment

_JSON = frozenset("[{")
_SIDES = frozenset({"left", "right"})
_GONE = frozenset({"DELETED"})


class Contact(NamedTuple):
    """Where a contact comes from: the one before it and the first one, as far as its record says. A callback is its own first."""

    previous: str = ""
    initial: str = ""
    is_callback: bool = False


@dataclass(slots=True)
class Index:
    """What indexes say: rows in their order, and what is wrong in them. Found by path, or by the end of it.

    `contacts` are those that records tell of, whether they were recorded or not, by id.
    """

    rows: list[Described] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    _by_end: dict[str, list[Described]] = field(default_factory=dict)
    _indexed: int = 0

    def find(self, name: str) -> Described | None:
        """The row of a stored file: the one with its path, else the only one whose path ends in it, or the other way about."""
        for one in self.rows[self._indexed :]:
            self._by_end.setdefault(_last(one.name), []).append(one)
        self._indexed = len(self.rows)
        rows = self._by_end.get(_last(name), ())
        exact = [one for one in rows if one.name == name]
        found = [self.led(one) for one in exact or [one for one in rows if _ends(one.name, name) or _ends(name, one.name)]]
        told = {(one.conversation, one.start, one.part) for one in found}
        return found[-1] if len(told) == 1 else None

    def led(self, one: Described) -> Described:
        """The same, in the conversation of its contact: the first of the chain, as it is for the calls runner."""
        return replace(one, conversation=self._first(one.conversation)) if one.conversation in self.contacts else one

    def _first(self, contact: str) -> str:
        """The contact that the conversation is known by. Records of the others may be missing, or point in a circle."""
        passed: set[str] = set()
        while (said := self.contacts.get(contact)) and contact not in passed and not said.is_callback:
            passed.add(contact)
            former = said.previous if said.previous in self.contacts else said.initial or said.previous
            if not former:
                return contact
            contact = former
        return contact


def read(index: Index, data: bytes, *, file: str, columns: Mapping[str, str], clock: Clock) -> None:
    """Takes in an index file: CSV, JSON or NDJSON by its content. `columns` are its names of our fields."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1].decode(errors="replace")
    rows = _objects(data, file, index.problems) if start in _JSON else _table(data, file, index.problems)
    for place, row in rows:
        found = list(_described(row, place, columns, clock))
        index.rows += found
        index.contacts |= _contacts(row)
        if not found and not _is_contact(row):
            what = f"names no {columns['file']} or no {columns['conversation']}"
            index.problems.append(Problem(place, "", what, "see runners.recordings.columns", warning=True))


def _objects(data: bytes, file: str, problems: list[Problem]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    found = json.read(data, file=file)
    problems += found.problems
    for line, value in zip(found.lines, found.values, strict=True):
        inner = value if isinstance(value, list) else _listed(value)
        yield from ((Place(file, line), one) for one in inner if isinstance(one, dict))


def _listed(value: Any) -> Iterable[Any]:
    """The objects of a document that wraps them: the only list in it, or itself."""
    lists = [one for one in value.values() if isinstance(one, list)] if isinstance(value, dict) else []
    is_wrapped = len(lists) == 1 and not _is_contact(value) and all(isinstance(one, dict) for one in lists[0])
    return lists[0] if is_wrapped else [value]


def _table(data: bytes, file: str, problems: list[Problem]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    found = csv.read(data, file=file)
    problems += found.problems
    for line, cells in found.rows:
        yield Place(file, line), dict(zip(found.header, cells, strict=True))


def _described(row: Mapping[str, Any], place: Place, columns: Mapping[str, str], clock: Clock) -> Iterator[Described]:
    if _is_contact(row):
        yield from _contact(_folded(row), place, clock)
        return
    said = {name: str(row.get(column) if row.get(column) is not None else "").strip() for name, column in columns.items()}
    if said["file"] and said["conversation"]:
        side = said["agent"].casefold()
        yield Described(
            said["file"].lstrip("/"),
            said["conversation"],
            moment(said["start"], clock),
            _number(said["seconds"], float),
            int(_number(said["part"], int)),
            Agent(side) if side in _SIDES else Agent.UNKNOWN,
            str(place),
            said.get("channel", "").casefold(),
        )


def _number(text: str, make: Callable[[str], float]) -> float:
    """A number that is finite and not negative; 0 for anything else."""
    try:
        value = make(text)
    except (ValueError, OverflowError):
        return 0
    return value if 0 <= value < 1e9 else 0


def _is_contact(row: Any) -> bool:
    return isinstance(row, dict) and "contactid" in {str(name).casefold() for name in row}


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name).casefold(): _folded(one) for name, one in value.items()}
    return [_folded(one) for one in value] if isinstance(value, list) else value


def _contacts(row: Mapping[str, Any]) -> dict[str, Contact]:
    """The contact that a record is of, by its id."""
    if not _is_contact(row):
        return {}
    record = {str(name).casefold(): value for name, value in row.items()}
    own, previous, initial = (str(record.get(name) or "") for name in ("contactid", "previouscontactid", "initialcontactid"))
    is_callback = str(record.get("initiationmethod") or "").upper() == "CALLBACK"
    return {own: Contact(previous, "" if initial == own else initial, is_callback)} if own else {}


def _contact(record: Mapping[str, Any], place: Place, clock: Clock) -> Iterator[Described]:
    """The recordings of a contact record, named after the contact itself; `Index.led` knows its conversation."""
    conversation = str(record["contactid"] or "")
    listed = record.get("recordings")
    single = record.get("recording")
    for one in listed if isinstance(listed, list) else [single]:
        if not isinstance(one, dict) or not one.get("location") or one.get("status") in _GONE:
            continue
        start, stop = (moment(str(one.get(name) or ""), clock) for name in ("starttimestamp", "stoptimestamp"))
        seconds = (stop - start) / 1000 if start and stop > start else 0.0
        yield Described(str(one["location"]).lstrip("/"), conversation, start, seconds, agent=Agent.RIGHT, place=str(place))


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _ends(whole: str, end: str) -> bool:
    return whole.endswith(f"/{end}")
