"""Records of Salesforce → Facts: agents with their skills, queues with everybody inside, presence statuses that are no work.

Source of all fields: Salesforce object reference (v62).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.fact import Fact, Reading
from reconciler.model.problem import Place, Problem
from reconciler.sources.salesforce.members import Members, Unknown
from reconciler.sources.salesforce.objects import Objects, Row

_TEXTS = {
    "username": ("username",), "email": ("email",), "given_name": ("firstname",), "family_name": ("lastname",),
    "department": ("department",), "title": ("title",), "employee_id": ("employeenumber",), "business_division": ("division",),
    "role": ("userrole.name",), "profile": ("profile.name", "profileid"),
}  # fmt: skip


@dataclass(slots=True)
class _Desk:
    """What one reading works with; `agents` is user → service resource, empty where the user has none."""

    objects: Objects
    agents: dict[str, str] = field(default_factory=dict)
    skills: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def problem(self, place: Place, subject: str, what: str, remedy: str, *, warning: bool = False) -> None:
        """Notes a problem, or a warning."""
        self.objects.problems.append(Problem(place, subject, what, remedy, warning=warning))


def facts(objects: Objects) -> Reading:
    """What the records say, in neutral words."""
    desk = _Desk(objects)
    queues = tuple(_queues(desk))
    _choose(desk, queues)
    _rate(desk)
    made = (*_skills(desk), *_statuses(desk), *(_user(desk, key) for key in desk.agents), *queues)
    kinds = {"User": "user", "Skill": "skill", "Group": "queue", "ServicePresenceStatus": "secondary_status"}
    delivered = {fact.kind for fact in made} | {kind for name, kind in kinds.items() if name in objects.seen}
    return Reading(made, tuple(dict.fromkeys(objects.problems)), tuple(objects.notes), frozenset(delivered))


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _choose(desk: _Desk, queues: tuple[Fact, ...]) -> None:
    """Finds the agents: users with a service resource, with a presence configuration, or in a queue; all where none is told."""
    objects, users = desk.objects, desk.objects.all("User")
    resources = {
        row.link("relatedrecordid"): key
        for key, row in objects.all("ServiceResource").items()
        if row.say("resourcetype").lower() in {"", "a", "agent"} and row.is_true("isactive", otherwise=True)
    }
    named = {row.link("userid") for row in objects.all("PresenceUserConfigUser").values()}
    named |= {member for fact in queues for member in fact.fields.get("members", ())} | set(resources)
    told = bool(objects.seen & {"ServiceResource", "PresenceUserConfigUser", "GroupMember"})
    for key, row in users.items():
        if row.say("usertype").lower() in {"", "standard"} and (key in named or not told):
            desk.agents[key] = resources.get(key, "")
    if len(desk.agents) < len(users):
        others = len(users) - len(desk.agents)
        desk.objects.notes.append(f"users: {others} of {len(users)} are in no queue and have no service resource, left out")


def _rate(desk: _Desk) -> None:
    """Reads skills of service resources into `skills`: skill → level, by service resource."""
    ending = 0
    for row in desk.objects.all("ServiceResourceSkill").values():
        skill = desk.objects.all("Skill").get(row.link("skillid"))
        if skill is None:
            desk.problem(row.place, "skill", f"skill {row.say('skillid')!r} is not in the export", "export Skill too")
            continue
        ending += bool(row.say("effectiveenddate"))
        owner, name, level = row.link("serviceresourceid"), _name(skill), row.say("skilllevel") or None
        if desk.skills.setdefault(owner, {}).setdefault(name, level) != level:
            what = f"{name!r} of {owner} stands twice, at {desk.skills[owner][name]} and {level}"
            desk.problem(row.place, f"skill/{name}", what, "leave the row out that is over")
    if ending:
        told = "taken as they are; leave those that are over out of the query"
        desk.objects.notes.append(f"skills: {ending} have an end (EffectiveEndDate), {told}")


def _user(desk: _Desk, key: str) -> Fact:
    row = desk.objects.all("User")[key]
    fields: dict[str, Any] = {name: text for name, names in _TEXTS.items() if (text := row.say(*names))}
    full = row.say("name") or " ".join(fields[name] for name in ("given_name", "family_name") if name in fields)
    fields |= {"name": full} if full else {}
    fields["active"] = row.is_true("isactive", otherwise=True)
    if phone := row.say("phone"):
        fields["phones"] = {"work": phone}
    if (role := desk.objects.all("UserRole").get(row.link("userroleid"))) and "role" not in fields:
        fields["role"] = role.say("name")
    if (manager := row.link("managerid")) in desk.agents:
        fields["manager"] = manager
    if "ServiceResourceSkill" in desk.objects.seen:
        fields["skills"] = dict(sorted(desk.skills.get(desk.agents[key], {}).items()))
    return Fact("user", key, fields, row.place)


def _name(row: Row) -> str:
    return row.say("developername", "masterlabel", "name")


def _skills(desk: _Desk) -> Iterator[Fact]:
    for row in desk.objects.all("Skill").values():
        fields = {"name": row.say("masterlabel") or _name(row)}
        yield Fact("skill", _name(row), fields, row.place)


# ── queues and statuses ──────────────────────────────────────────────────────────────────────────────────────────────


def _queues(desk: _Desk) -> Iterator[Fact]:
    """Groups of type Queue. `routed` says whether Omni-Channel routes from it, where the export tells."""
    members = Members(desk.objects)
    for key, row in desk.objects.all("Group").items():
        if row.say("type").lower() != "queue":
            continue
        fields: dict[str, Any] = {"name": row.say("name", "developername"), "developer_name": row.say("developername")}
        if "queueroutingconfigid" in row.cells:
            fields["routed"] = bool(row.say("queueroutingconfigid"))
        if (held := _held(desk, members, key, row)) is not None:
            fields |= {"members": tuple(held), "why": held}
        yield Fact("queue", key, fields, row.place)


def _held(desk: _Desk, members: Members, key: str, row: Row) -> Mapping[str, str] | None:
    """User → how they came in; None where the export does not tell it of everybody."""
    if "GroupMember" not in desk.objects.seen or "User" not in desk.objects.seen:
        return None
    try:
        held = members.of(key)
    except Unknown as unknown:
        remedy = "export Group and UserRole completely; until then the members of this queue are left as they are"
        desk.problem(row.place, f"queue/{key}", str(unknown), remedy, warning=True)
        return None
    if missing := members.missing.get(key):
        what = f"{missing} of its members are not among the exported users, left out"
        desk.problem(row.place, f"queue/{key}", what, "export these users too, if they still work here", warning=True)
    standard = {user for user in held if desk.objects.all("User")[user].say("usertype").lower() in {"", "standard"}}
    return {user: why for user, why in held.items() if user in standard}


def _statuses(desk: _Desk) -> Iterator[Fact]:
    """Presence statuses without a channel: busy or away. Where no channels are told, all: the mapping tells them apart."""
    told = "ServiceChannelStatus" in desk.objects.seen
    online = {row.link("servicepresencestatusid") for row in desk.objects.all("ServiceChannelStatus").values()}
    seen: set[str] = set()
    statuses = desk.objects.all("ServicePresenceStatus")
    working = {_name(row) for key, row in statuses.items() if row.cells.get("channels") or key in online}
    unsure = [_name(row) for row in statuses.values() if "channels" not in row.cells]
    if unsure and not told:
        what = "the export does not say which presence statuses have channels: null in mapping.yaml leaves those out"
        desk.objects.notes.append(f"secondary_statuses: {what}")
    for row in statuses.values():
        name = _name(row)
        if name and name not in working and name not in seen:
            seen.add(name)
            yield Fact("secondary_status", name, {"name": row.say("masterlabel") or name}, row.place)
