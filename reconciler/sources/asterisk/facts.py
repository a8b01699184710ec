"""Sections and tables of Asterisk → Facts: queues, who is written into them, and agents."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.formats import json, records
from reconciler.formats.text import decode
from reconciler.model.fact import Fact, Reading
from reconciler.model.mapping import Mapping as Map
from reconciler.model.problem import Place, Problem
from reconciler.sources.asterisk import conf, dump

_CELLS = ("interface", "penalty", "membername", "state_interface")
_REASONS = "pause_reasons"


@dataclass(slots=True)
class _Person:
    """What is said of one agent: the first place, names, interfaces, and the penalty by queue."""

    place: Place
    name: str = ""
    interfaces: dict[str, None] = field(default_factory=dict)
    penalties: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Queue:
    """A queue: where it stands, how each member came in, and whether its members are known."""

    place: Place
    members: dict[str, str] = field(default_factory=dict)
    is_known: bool = False


@dataclass(slots=True)
class _Desk:
    """What one reading works with."""

    agents: Mapping[str, str]
    queues: dict[str, _Queue] = field(default_factory=dict)
    people: dict[str, _Person] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def wrong(self, place: Place, subject: str, what: str, remedy: str) -> None:
        """Notes a problem."""
        self.problems.append(Problem(place, subject, what, remedy))

    def person(self, name: str, interface: str, place: Place) -> tuple[str, _Person]:
        """(key, person) of a member or an agent: by the mapping, else the member's name, else the interface."""
        key = self.agents.get(name) or self.agents.get(interface) or name or interface
        found = self.people.setdefault(key, _Person(place))
        found.interfaces[interface] = None
        self.owners.setdefault(interface, key)
        if name and name != interface:
            found.name = found.name or name
        return key, found


def read(files: Mapping[str, bytes], mapping: Map) -> Reading:
    """Everything that configuration files and tables of Asterisk say."""
    desk = _Desk(mapping.agents)
    roots = _sections(desk, files, "queues")
    for section in roots:
        _queue(desk, section)
    tables = dump.read({name: data for name, data in files.items() if _stem(name) != _REASONS})
    desk.problems += tables.problems
    desk.used |= tables.files
    _tables(desk, tables)
    for section in _sections(desk, files, "agents"):
        _agents(desk, section)
    statuses = list(_statuses(desk, files))
    facts = (*_users(desk), *_queues(desk), *statuses)
    _tell(desk, files)
    delivered = {fact.kind for fact in facts} | ({"queue"} if roots or tables.queues is not None else set())
    return Reading(facts, tuple(dict.fromkeys(desk.problems)), tuple(desk.notes), frozenset(delivered))


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0].lower()


def _sections(desk: _Desk, files: Mapping[str, bytes], word: str) -> list[conf.Section]:
    """The sections of `queues.conf` or `agents.conf` and of what they include; templates are left out.

    Files such as `queues_site.conf` that nothing includes are read as well, on their own.
    """
    named = [name for name in files if _stem(name).startswith(word) and name.lower().endswith(".conf")]
    found: list[conf.Section] = []
    for name in sorted(named, key=lambda name: (_stem(name) != word, name)):
        if name not in desk.used:
            one = conf.read(files, name)
            desk.used |= one.files
            desk.problems += one.problems
            found += one.sections
    return [section for section in found if not section.is_template and section.name.lower() != "general"]


# ── queues and members ───────────────────────────────────────────────────────────────────────────────────────────────


def _queue(desk: _Desk, section: conf.Section) -> None:
    """Source: `queues.conf.sample`: member => interface[,penalty[,membername[,state_interface[,ringinuse[,wrapuptime]]]]]."""
    before = desk.queues.get(section.name)
    if before:
        remedy = f"keep one of them, or write [{section.name}](+)"
        desk.wrong(section.place, f"queue/{section.name}", f"this queue stands in {before.place} too", remedy)
        return
    queue = desk.queues[section.name] = _Queue(section.place)
    for one in section.all("member"):
        queue.is_known = True
        cells = _cells(one.value)
        if cells is None:
            desk.wrong(one.place, f"queue/{section.name}", "a member line with an open quotation mark", "close it")
        else:
            _join(desk, section.name, dict(zip(_CELLS, cells, strict=False)), one.place)


def _cells(value: str) -> list[str] | None:
    try:
        return [cell.strip() for cell in next(csv.reader([value], skipinitialspace=True, escapechar="\\", strict=True), [])]
    except csv.Error:
        return None


def _join(desk: _Desk, queue: str, said: Mapping[str, str], place: Place) -> None:
    interface = said.get("interface", "")
    subject = f"queue/{queue}"
    if not interface:
        desk.wrong(place, subject, "a member without an interface", "write member => PJSIP/1001, or take the line out")
    elif interface.startswith(("Agent/@", "Agent/:")):
        desk.wrong(place, subject, f"{interface} is a group of agents, as Asterisk 11 had them", "name its agents one by one")
    else:
        key, person = desk.person(said.get("membername", ""), interface, place)
        person.penalties[queue] = said.get("penalty", "") or "0"
        desk.queues[queue].members.setdefault(key, interface)


def _tables(desk: _Desk, tables: dump.Tables) -> None:
    """Rows of realtime tables; with a table of members, the members of every queue are known."""
    listed = bool(desk.queues) or tables.queues is not None
    for row in tables.queues or ():
        name = row.say("name")
        if not name:
            desk.wrong(row.place, "queue", "a queue without a name", "mend the row or leave it out")
        elif name in desk.queues:
            before = desk.queues[name].place
            desk.wrong(row.place, f"queue/{name}", f"this queue stands in {before} too", "keep one of the two")
        else:
            desk.queues[name] = _Queue(row.place)
    for row in tables.members or ():
        queue = row.say("queue_name")
        if not listed and queue:
            desk.queues.setdefault(queue, _Queue(row.place))
        if queue in desk.queues:
            _join(desk, queue, {name: row.say(name) for name in _CELLS}, row.place)
        else:
            what = f"member {row.say('membername', 'interface')!r} of queue {queue!r}, which is not in the export"
            remedy = "export that queue too, or leave the row out"
            desk.problems.append(Problem(row.place, f"queue/{queue}", what, remedy, warning=True))
    if tables.members is not None:
        for one in desk.queues.values():
            one.is_known = True


def _queues(desk: _Desk) -> Iterator[Fact]:
    silent = [name for name, queue in desk.queues.items() if not queue.is_known]
    if silent:
        more = " …" if len(silent) > 5 else ""
        told = "the export names none; who joins by AddQueueMember is not in it, so they are left as they are"
        desk.notes.append(f"members of {', '.join(silent[:5])}{more}: {told}")
    for name, queue in desk.queues.items():
        fields: dict[str, Any] = {"name": name}
        if queue.is_known:
            fields |= {"members": tuple(sorted(queue.members)), "why": dict(sorted(queue.members.items()))}
        yield Fact("queue", name, fields, queue.place)


# ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _agents(desk: _Desk, section: conf.Section) -> None:
    """Agents of `agents.conf`: a section each with `fullname` (from Asterisk 12), or lines `agent => number,secret,name`."""
    if section.name.lower() != "agents":
        _agent(desk, section.name, section.last("fullname"), section.place)
        return
    for one in section.all("agent"):
        cells = [*(_cells(one.value) or ()), "", "", ""]
        if cells[0]:
            _agent(desk, cells[0], cells[2], one.place)
        else:
            desk.wrong(one.place, "user", "an agent without a number", "mend the line or take it out")


def _agent(desk: _Desk, number: str, name: str, place: Place) -> None:
    interface = f"Agent/{number}"
    if number in desk.agents and interface not in desk.agents:
        interface = number
    known = desk.owners.get(f"Agent/{number}")
    person = desk.people[known] if known else desk.person("", interface, place)[1]
    person.interfaces[f"Agent/{number}"] = None
    person.name = name or person.name


def _users(desk: _Desk) -> Iterator[Fact]:
    keys: dict[str, str] = {}
    for key, person in desk.people.items():
        for interface in person.interfaces:
            if keys.setdefault(interface, key) != key:
                what = f"{interface} is {keys[interface]!r} in one queue and {key!r} in another"
                remedy = f"say in mapping.yaml who it is: agents: {{{interface}: …}}, or give it one name"
                desk.wrong(person.place, f"user/{key}", what, remedy)
        interfaces = tuple(person.interfaces)
        fields: dict[str, Any] = {"username": _short(interfaces[0]), "interfaces": interfaces, "penalties": person.penalties}
        if person.name:
            fields["name"] = person.name
        yield Fact("user", key, fields, person.place)


def _short(interface: str) -> str:
    """`1001` of `PJSIP/1001` and of `Local/1001@agents/n`."""
    return interface.partition("/")[2].partition("/")[0].partition("@")[0] or interface


# ── pause reasons and what is left ───────────────────────────────────────────────────────────────────────────────────


def _statuses(desk: _Desk, files: Mapping[str, bytes]) -> Iterator[Fact]:
    """Reasons for a pause, as a list of one's own has them: a text a line, or a column `reason`; Asterisk keeps none."""
    seen: set[str] = set()
    for file in sorted(name for name in files if _stem(name) == _REASONS):
        desk.used.add(file)
        for place, reason in _listed(desk, files[file], file):
            if reason and reason not in seen:
                seen.add(reason)
                yield Fact("secondary_status", reason, {"name": reason}, place)


def _listed(desk: _Desk, data: bytes, file: str) -> Iterable[tuple[Place, str]]:
    if file.lower().endswith(".txt"):
        text = decode(data, file=file)
        if isinstance(text, Problem):
            desk.problems.append(text)
            return []
        return [(Place(file, number), line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    if records.is_json(data, file):
        found = json.read(data, file=file, numbers_as_text=True)
        values = found.values[0] if len(found.values) == 1 else ()
        if isinstance(values, list) and all(isinstance(one, str) for one in values):
            desk.problems += found.problems
            return [(Place(file), one.strip()) for one in values]
    table = records.read(data, file=file)
    desk.problems += table.problems
    if table.rows and not table.names & {"reason", "name"}:
        desk.wrong(Place(file, 1), "secondary_status", "no column `reason`", "name the column of the texts so")
    return [(row.place, row.say("reason", "name")) for row in table.rows]


def _tell(desk: _Desk, files: Mapping[str, bytes]) -> None:
    """Notes files that were not used."""
    desk.notes += [f"{file}: neither queues nor agents, not used" for file in sorted(set(files) - desk.used)]
