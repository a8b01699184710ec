"""Objects of Configuration Server → Facts: agents with skills, queues with the groups that calls go to from them, reasons, codes.

Source of all fields and numbers: Configuration Layer objects of the Platform SDK (8.5) with their enumerations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.formats.records import said
from reconciler.model.fact import Fact, Reading
from reconciler.model.mapping import Mapping as Map
from reconciler.model.problem import Place, Problem
from reconciler.sources.genesys_engage import expression
from reconciler.sources.genesys_engage.objects import Item, Objects, first, many

_QUEUES = {
    "3": "acd_queue", "cfgacdqueue": "acd_queue", "acdqueue": "acd_queue",
    "5": "virtual_queue", "cfgvirtacdqueue": "virtual_queue", "virtualqueue": "virtual_queue",
    "22": "routing_queue", "cfgroutingqueue": "routing_queue", "routingqueue": "routing_queue",
}  # fmt: skip
"""CfgDNType of what becomes a queue; routing points are where a strategy runs."""
_NOT_READY = frozenset({"9", "cfgnotready", "notready"})
_DISABLED = frozenset({"2", "cfgdisabled", "disabled"})
_DELETED = frozenset({"3", "cfgdeleted", "deleted"})
_FALSE = frozenset({"1", "cfgfalse", "false", "no"})
_CODES = "DispositionCode"
_DIGITS = 10  # more of them are no level


@dataclass(slots=True)
class _Desk:
    """What one reading works with: objects without deleted ones, agents by DBID, and what was found of them."""

    objects: Objects
    mapping: Map
    agents: dict[str, Item] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    skills: dict[str, dict[str, str]] = field(default_factory=dict)
    whole: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, dict[str, Item]] = field(default_factory=dict)

    def wrong(self, item: Item, subject: str, what: str, remedy: str) -> None:
        """Notes a problem."""
        self.objects.problems.append(Problem(item.place, subject, what, remedy))

    def warn(self, item: Item, subject: str, what: str, remedy: str) -> None:
        """Notes a warning."""
        self.objects.problems.append(Problem(item.place, subject, what, remedy, warning=True))

    def all(self, kind: str) -> dict[str, Item]:
        """The objects of a kind that are not deleted."""
        if kind not in self.kept:
            found = self.objects.all(kind)
            self.kept[kind] = {key: item for key, item in found.items() if _word(item, "state") not in _DELETED}
        return self.kept[kind]


def facts(objects: Objects, mapping: Map) -> Reading:
    """What the objects say, in neutral words."""
    desk = _Desk(objects, mapping)
    _choose(desk)
    rated = _rate(desk)
    made = (
        *_skills(desk),
        *_codes(desk),
        *_statuses(desk),
        *(_user(desk, key, rated=rated) for key in desk.keys),
        *_queues(desk),
    )
    delivered = {fact.kind for fact in made}
    kinds = {"person": "user", "dn": "queue", "skill": "skill", "code": "secondary_status"}
    delivered |= {kind for name, kind in kinds.items() if objects.all(name)}
    return Reading(made, tuple(dict.fromkeys(objects.problems)), tuple(objects.notes), frozenset(delivered))


def _word(item: Item, name: str) -> str:
    return item.say(name).lower().replace(" ", "")


def _skills(desk: _Desk) -> Iterator[Fact]:
    """Skills by name, which is unique in a tenant and what expressions and people call them."""
    for key, item in desk.all("skill").items():
        name = item.say("name") or key
        yield Fact("skill", name, {"name": name}, item.place)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _choose(desk: _Desk) -> None:
    """Finds the agents and their keys: the employee ID, which is unique in a tenant and outlives a person made anew."""
    seen: dict[str, Item] = {}
    others = 0
    for dbid, item in desk.all("person").items():
        key = item.say("employeeid")
        if _word(item, "isagent") in _FALSE:
            others += 1
        elif not key:
            desk.wrong(
                item, f"user/{dbid}", "a person without an employee ID", "give one, it is the key; or leave the person out"
            )
        elif key in seen:
            remedy = "the ID is unique in a tenant: export one tenant for each source, or give another ID"
            desk.wrong(item, f"user/{key}", f"this employee ID stands in {seen[key].place} too", remedy)
        else:
            seen[key] = desk.agents[dbid] = item
            desk.keys[dbid] = key
    if others:
        desk.objects.notes.append(f"users: {others} persons are no agents, left out")


def _rate(desk: _Desk) -> bool:
    """Reads everybody's levels, by DBID: skill → level as text, `whole` as a number. False: the export tells of none."""
    told = False
    for dbid, item in desk.agents.items():
        value = first(item.body, "skilllevels", "skills")
        told |= value is not None
        for one in many(value):
            if isinstance(one, dict):
                _level(desk, item, dbid, one)
    for row in desk.objects.rows.get("level", ()):
        told = True
        dbid = row.say("persondbid")
        if dbid in desk.agents:
            _level(desk, row, dbid, row.body)
    for dbid, levels in desk.skills.items():
        desk.whole[dbid] = {skill: int(level) for skill, level in levels.items() if level.isdecimal() and len(level) < _DIGITS}
    return told


def _level(desk: _Desk, item: Item, dbid: str, body: Mapping[str, Any]) -> None:
    wanted = said(first(body, "skilldbid", "dbid", "skillname", "name", "skill"))
    known = desk.all("skill").get(wanted)
    name = known.say("name") if known else wanted
    subject = f"user/{desk.keys[dbid]}"
    if not known and wanted.isdecimal():
        desk.wrong(item, subject, f"skill {wanted} is not in the export", "export the skills too")
        return
    level = said(first(body, "level"))
    if desk.skills.setdefault(dbid, {}).setdefault(name, level) != level:
        desk.wrong(item, subject, f"skill {name!r} stands twice, at {desk.skills[dbid][name]} and {level}", "keep one of them")


def _user(desk: _Desk, dbid: str, *, rated: bool) -> Fact:
    item = desk.agents[dbid]
    names = {"given_name": item.say("firstname"), "family_name": item.say("lastname"), "username": item.say("username")}
    fields: dict[str, Any] = {name: text for name, text in names.items() if text}
    full = " ".join(text for text in (names["given_name"], names["family_name"]) if text)
    fields |= {"name": full} if full else {}
    fields |= {"email": email} if (email := item.say("emailaddress", "email")) else {}
    fields |= {"employee_id": desk.keys[dbid], "dbid": dbid, "active": _word(item, "state") not in _DISABLED}
    if tenant := item.say("tenantdbid", "tenant"):
        known = desk.all("tenant").get(tenant)
        fields["tenant"] = known.say("name") if known else tenant
    if rated:
        fields["skills"] = {name: level or None for name, level in sorted(desk.skills.get(dbid, {}).items())}
    fields["logins"] = tuple(_logins(desk, item))
    return Fact("user", desk.keys[dbid], fields, item.place)


def _logins(desk: _Desk, item: Item) -> Iterator[str]:
    """Codes an agent logs in with, which the feeds may know them by."""
    for one in many(first(item.body, "agentlogins", "agentlogin")):
        wanted = said(first(one, "agentlogindbid", "dbid", "logincode")) if isinstance(one, dict) else said(one)
        known = desk.all("login").get(wanted)
        if known or wanted:
            yield known.say("logincode") if known else wanted


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(desk: _Desk) -> Iterator[Fact]:
    """Queues by `number@switch`, which never changes; a queue's number is its name, as events print it."""
    found = {dbid: item for dbid, item in desk.all("dn").items() if _word(item, "type") in _QUEUES}
    members = _members(desk, found)
    silent = [item.say("number", "name") for dbid, item in found.items() if dbid not in members]
    if silent:
        more = " …" if len(silent) > 5 else ""
        told = "no group of agents is exported for them, nor named in agent_groups of mapping.yaml; left as they are"
        desk.objects.notes.append(f"members of {', '.join(silent[:5])}{more}: {told}")
    for dbid, item in found.items():
        number, switch = item.say("number", "name"), item.say("switchdbid", "switchname")
        fields: dict[str, Any] = {"name": number, "type": _QUEUES[_word(item, "type")], "dbid": dbid}
        fields["active"] = _word(item, "state") not in _DISABLED
        fields |= {"alias": alias} if (alias := item.say("name")) else {}
        if dbid in members:
            fields |= {"members": tuple(sorted(members[dbid])), "why": dict(sorted(members[dbid].items()))}
        yield Fact("queue", f"{number}@{switch}" if switch else number, fields, item.place)


def _members(desk: _Desk, queues: Mapping[str, Item]) -> dict[str, dict[str, str]]:
    """Queue → agent → the group that brings them in, of queues that some group is known for."""
    found: dict[str, dict[str, str]] = {}
    for row in desk.objects.rows.get("member", ()):
        desk.rows.setdefault(row.say("groupdbid"), []).append(row.say("agentdbid", "persondbid"))
    for name in desk.mapping.agent_groups.keys() - {group.say("name") for group in desk.all("group").values()}:
        what = f"agent_groups: {name!r} is no group of the export"
        desk.objects.problems.append(Problem(Place("mapping.yaml"), "mapping", what, "mend or remove the line", warning=True))
    named = {item.say("number", "name"): dbid for dbid, item in queues.items()}
    for key, group in desk.all("group").items():
        if _word(group, "state") in _DISABLED:
            continue
        name = group.say("name") or key
        goals = [dbid for dbid in group.ids("routedndbids", "origindndbids") or () if dbid in queues]
        for wanted in desk.mapping.agent_groups.get(name, ()):
            if wanted in named:
                goals.append(named[wanted])
            else:
                what = f"agent_groups of mapping.yaml leads {name!r} to it, but it is not in the export"
                desk.wrong(group, f"queue/{wanted}", what, "mend the line, or export that queue too")
        held = _held(desk, key, name, group) if goals else None
        for dbid in goals if held is not None else ():
            for agent in held or ():
                found.setdefault(dbid, {}).setdefault(agent, name)
            found.setdefault(dbid, {})
    return found


def _held(desk: _Desk, key: str, name: str, group: Item) -> list[str] | None:
    """Keys of the agents in a group; None where its expression cannot be told."""
    script = _option(group, "virtual", "script")
    if script:
        return _fitting(desk, name, group, script)
    held: list[str] = []
    persons = desk.all("person")
    for dbid in (*(group.ids("agentdbids", "agents") or ()), *desk.rows.get(key, ())):
        if dbid in desk.keys:
            held.append(desk.keys[dbid])
        elif dbid not in persons:
            desk.wrong(group, f"group/{name}", f"agent {dbid} is not in the export", "export the persons too, from the same time")
    return held


def _fitting(desk: _Desk, name: str, group: Item, script: str) -> list[str] | None:
    try:
        fits: Callable[[Mapping[str, int]], bool] = expression.parse(script)
    except ValueError as error:
        desk.warn(group, f"group/{name}", f"virtual group {script[:80]!r}: {error}; its agents are not told", "list its agents")
        return None
    return [key for dbid, key in desk.keys.items() if fits(desk.whole.get(dbid, {}))]


def _option(item: Item, section: str, name: str) -> str:
    """An option in the annex of an object, empty where there is none."""
    for place in ("userproperties", "options", "settings"):
        options = item.body.get(place)
        if isinstance(options, dict) and isinstance(found := options.get(section), dict) and name in found:
            return said(found[name])
    return ""


# ── reasons and codes ────────────────────────────────────────────────────────────────────────────────────────────────


def _statuses(desk: _Desk) -> Iterator[Fact]:
    """Action codes of type NotReady; those with the work mode AfterCallWork are work after a call and no break."""
    for key, item in desk.all("code").items():
        if _word(item, "type") in _NOT_READY and _word(item, "state") not in _DISABLED:
            name = item.say("name") or key
            if any(
                _option(item, section, "workmode").lower() == "aftercallwork" for section in ("htcc", "interaction-workspace")
            ):
                desk.objects.notes.append(f"secondary_statuses: {name} is work after a call, left out")
            else:
                yield Fact("secondary_status", item.say("code") or name, {"name": name}, item.place)


def _codes(desk: _Desk) -> Iterator[Fact]:
    """Values of the business attribute that holds dispositions: `interactions.wrapup_attribute`, else DispositionCode."""
    wanted = desk.mapping.interactions.wrapup_attribute or _CODES
    owners = {key for key, item in desk.all("attribute").items() if item.say("name") == wanted}
    seen: set[str] = set()
    for item in desk.all("value").values():
        name = item.say("name")
        if (item.say("enumeratordbid") in owners or item.say("attributename") == wanted) and name and name not in seen:
            seen.add(name)
            yield Fact("wrapup_code", name, {"name": item.say("displayname") or name}, item.place)
