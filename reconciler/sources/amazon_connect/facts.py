"""Recognised answers → Facts: list and describe answers of one object are merged, and every reference is looked up.

A value the export does not hold is left out of the Fact; a reference that leads nowhere is a problem where something that is
rendered hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.fact import Fact, Reading
from reconciler.model.problem import Place, Problem
from reconciler.sources.amazon_connect.answers import OWNERS, Answers, Item, Owners, Page, identity, last, unfinished

LEVELS = ("levelone", "leveltwo", "levelthree", "levelfour", "levelfive")
Body = Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """One object, merged from all answers about it: what they say, and the file that says most."""

    fields: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    most: int = 0


@dataclass(slots=True)
class World:
    """All records by kind and id, rows by their owner, and what is wrong with them."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[Body]] = field(default_factory=dict)
    problems: dict[Problem, None] = field(default_factory=dict)
    attributes: dict[str, tuple[str, str]] = field(default_factory=dict)
    qualified: AbstractSet[str] = frozenset()

    def all(self, kind: str) -> dict[str, Record]:
        """The records of a kind by id."""
        return self.records.get(kind, {})

    def wrong(self, file: str, subject: str, what: str, remedy: str) -> None:
        """Notes a problem, once."""
        self.problems[Problem(Place(file), subject, what, remedy)] = None

    def warn(self, file: str, subject: str, what: str, remedy: str) -> None:
        """Notes a warning, once."""
        self.problems[Problem(Place(file), subject, what, remedy, warning=True)] = None


def facts(answers: Answers, qualified: AbstractSet[str]) -> Reading:
    """Everything the answers say as Facts. Skills in `qualified`, written `attribute/value`, keep their attribute."""
    world = World(problems=dict.fromkeys(answers.problems), qualified=qualified)
    for item in answers.items:
        if item.kind not in OWNERS:
            _merge(world, item)
    _give_rows(world, answers)
    found = (*_queues(world), *_users(world), *_divisions(world), *_statuses(world))
    notes = tuple(f"{name} ({count}): has no counterpart, not used" for name, count in sorted(answers.notes.items()))
    return Reading(found, tuple(world.problems), notes, _delivered(world))


def _delivered(world: World) -> frozenset[str]:
    kinds = {"user": "user", "queue": "queue", "group": "division", "status": "secondary_status"}
    found = {kind for record, kind in kinds.items() if world.all(record)}
    return frozenset(found | ({"skill", "language"} if any(kind == "proficiency" for kind, _ in world.rows) else set()))


# ── merging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _merge(world: World, item: Item) -> None:
    """Adds what an answer says to the record of its object; two answers that disagree are a problem."""
    if item.kind == "structure":
        return
    key = identity(item)
    if not key:
        world.wrong(item.file, item.kind, "an object without Id and Arn", "export it again")
        return
    said = {name: value for name, value in _SAID[item.kind](item.body).items() if value not in (None, "")}
    record = world.records.setdefault(item.kind, {}).setdefault(key, Record())
    for name, value in said.items():
        if record.fields.setdefault(name, value) != value:
            what = f"{name} is {value!r} here and {record.fields[name]!r} in {record.file}"
            world.wrong(item.file, f"{item.kind}/{key}", what, "keep the newer of the two answers")
    if len(said) > record.most or not record.file:
        record.file, record.most = item.file, len(said)


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value).strip()


def _user(body: Body) -> dict[str, Any]:
    """Source: DescribeUser, SearchUsers (without e-mail address), ListUsers (user name only)."""
    person = body.get("identityinfo")
    info = person if isinstance(person, dict) else {}
    phone = body.get("phoneconfig")
    return {
        "username": _text(body.get("username")),
        "given_name": _text(info.get("firstname")),
        "family_name": _text(info.get("lastname")),
        "email": _text(info.get("email")),
        "routing_profile": _reference(body, "routingprofileid", "routingprofilearn"),
        "group": _reference(body, "hierarchygroupid", "hierarchygrouparn"),
        "desk_phone": _text(phone.get("deskphonenumber")) if isinstance(phone, dict) else None,
        "tags": {str(key): str(value) for key, value in tags.items()} if isinstance(tags := body.get("tags"), dict) else None,
        "described": True if info or "routingprofileid" in body else None,
    }


def _reference(body: Body, *names: str) -> str | None:
    return next((last(str(body[name])) for name in names if body.get(name)), None)


def _queue(body: Body) -> dict[str, Any]:
    """Source: ListQueues (with QueueType), DescribeQueue and SearchQueues (with Status); the ARN of an agent's queue says so."""
    arn = str(body.get("arn") or body.get("queuearn") or "")
    kind = _text(body.get("queuetype")) or ("AGENT" if "/queue/agent/" in arn else None)
    return {
        "name": _text(body.get("name") or body.get("queuename")),
        "description": _text(body.get("description")),
        "type": kind and kind.upper(),
        "status": (_text(body.get("status")) or "").upper(),
    }


def _routing_profile(body: Body) -> dict[str, Any]:
    """Source: ListRoutingProfiles, DescribeRoutingProfile and SearchRoutingProfiles (with AssociatedQueueIds)."""
    queues = body.get("associatedqueueids")
    return {
        "name": _text(body.get("name") or body.get("routingprofilename")),
        "queues": tuple(sorted(last(str(one)) for one in queues)) if isinstance(queues, list) else None,
    }


def _group(body: Body) -> dict[str, Any]:
    """Source: ListUserHierarchyGroups (id and name), DescribeUserHierarchyGroup (with the path from the top to itself)."""
    path = body.get("hierarchypath")
    groups = {
        level: {"key": last(str(at.get("id") or at.get("arn") or "")), "name": _text(at.get("name")) or ""}
        for level, name in enumerate(LEVELS, 1)
        if isinstance(path, dict) and isinstance(at := path.get(name), dict) and at
    }
    return {"name": _text(body.get("name")), "groups": groups or None}


def _status(body: Body) -> dict[str, Any]:
    """Source: ListAgentStatuses (Type, no State), DescribeAgentStatus (Type and State)."""
    return {
        "name": _text(body.get("name")),
        "description": _text(body.get("description")),
        "type": (_text(body.get("type")) or "").upper(),
        "state": (_text(body.get("state")) or "").upper(),
    }


_SAID: Mapping[str, Callable[[Body], dict[str, Any]]] = {
    "user": _user,
    "queue": _queue,
    "routing_profile": _routing_profile,
    "group": _group,
    "status": _status,
}


# ── rows and pages ───────────────────────────────────────────────────────────────────────────────────────────────────


def _give_rows(world: World, answers: Answers) -> None:
    """Gives rows that do not say whose they are to their owner, and checks that every list came to its end."""
    owners = {kind: _Finder(world, of) for kind, of in OWNERS.items()}
    pages = [_owned(world, owners, page) for page in answers.pages]
    for item in answers.items:
        if item.kind in OWNERS and (owner := owners[item.kind].find(item.file, item.owner)):
            world.rows.setdefault((item.kind, owner), []).append(item.body)
            if item.kind == "proficiency":
                _meet(world, item)
    for page in unfinished(pages):
        whose = f" of {page.owner}" if page.owner else ""
        world.wrong(
            page.file, "", f"{page.answer}{whose} goes on after this page", "the export is incomplete: fetch the next pages"
        )
    _count(world, pages)


def _owned(world: World, owners: Mapping[str, _Finder], page: Page) -> Page:
    kind = {"routingprofilequeueconfigsummarylist": "membership", "userproficiencylist": "proficiency"}.get(
        page.answer, page.answer
    )
    if kind not in owners:
        return Page(page.answer, "", page.file, page.more, page.count, page.total)
    owner = owners[kind].find(page.file, page.owner)
    if owner:
        world.rows.setdefault((kind, owner), [])
    else:
        what = f"nothing says which {OWNERS[kind].replace('_', ' ')} this answer is about"
        remedy = "put its id into the name of the file or its folder"
        world.wrong(page.file, "", what, remedy)
    return Page(page.answer, owner or page.file, page.file, page.more, page.count, page.total)


class _Finder:
    """Finds the owner of rows: the id an object around them names, else the path of the file."""

    def __init__(self, world: World, kind: str) -> None:
        self._known = world.all(kind)
        self._by_path = Owners({key: record.fields.get("name", "") for key, record in self._known.items()})
        self._found: dict[str, str] = {}

    def find(self, file: str, named: str) -> str:
        """The id of the owner, empty where nobody knows."""
        if named in self._known:
            return named
        if file not in self._found:
            self._found[file] = self._by_path.find(file)
        return self._found[file]


def _count(world: World, pages: Iterable[Page]) -> None:
    """Warns where a search found fewer objects than it announced; the number is approximate by its own name."""
    totals: dict[str, tuple[int, int, str]] = {}
    for page in pages:
        count, total, _ = totals.get(page.answer, (0, 0, ""))
        totals[page.answer] = (count + page.count, max(total, page.total), page.file)
    for answer, (count, total, file) in totals.items():
        if count < total:
            world.warn(file, "", f"{answer} holds {count} of about {total}", "check that no page is missing")


def _native(world: World, body: Body) -> str:
    """The name of a proficiency: its value, or `attribute/value` where the mapping speaks of it so."""
    value = _text(body.get("attributevalue")) or ""
    full = f"{_text(body.get('attributename')) or ''}/{value}"
    return full if full in world.qualified else value


def _meet(world: World, item: Item) -> None:
    """Remembers which attribute a value belongs to: one value of two attributes cannot be told apart without a key."""
    name, attribute = _native(world, item.body), _text(item.body.get("attributename")) or ""
    if not name:
        world.wrong(item.file, "", "a proficiency without AttributeValue", "export it again")
        return
    before, file = world.attributes.setdefault(name, (attribute, item.file))
    if before != attribute and name not in world.qualified:
        what = f"{name!r} is a value of two attributes, {before!r} (in {file}) and {attribute!r}"
        remedy = f"give one of them a key in mapping.yaml: skills: {{keys: {{'{attribute}/{name}': …}}}}"
        world.wrong(item.file, f"skill/{name}", what, remedy)


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(world: World) -> tuple[Fact, ...]:
    """Standard queues with their members: everybody whose routing profile holds the queue, once although listed per channel."""
    standard = {key: record for key, record in world.all("queue").items() if record.fields.get("type", "STANDARD") == "STANDARD"}
    for key, record in world.all("queue").items():
        if (kind := record.fields.get("type", "STANDARD")) not in {"STANDARD", "AGENT"}:
            world.warn(record.file, f"queue/{key}", f"a queue of type {kind!r} is not known, left out", "report it")
    holders = _holders(world, standard)
    return tuple(_queue_fact(key, record, holders) for key, record in standard.items())


def _queue_fact(key: str, record: Record, holders: Mapping[str, Mapping[str, str]] | None) -> Fact:
    fields: dict[str, Any] = {name: record.fields[name] for name in ("name", "description") if name in record.fields}
    if "status" in record.fields:
        fields["active"] = record.fields["status"] == "ENABLED"
    if holders is not None:
        why = holders.get(key, {})
        fields |= {"members": tuple(sorted(why)), "why": dict(sorted(why.items()))}
    return Fact("queue", key, fields, Place(record.file))


def _holders(world: World, standard: Mapping[str, Record]) -> dict[str, dict[str, str]] | None:
    """Queue → user → the routing profile that brings the user in; None where the export holds no queues of routing profiles."""
    profiles = world.all("routing_profile")
    queues_of = {key: _queues_of(world, key) for key in profiles}
    if not any(queues is not None for queues in queues_of.values()):
        _warn_of_profiles(world, profiles)
        return None
    used = {record.fields.get("routing_profile") for record in world.all("user").values()}
    for key, queues in queues_of.items():
        if key in used:
            _check_queues(world, key, queues or ())
    found: dict[str, dict[str, str]] = {}
    for user, record in world.all("user").items():
        profile = str(record.fields.get("routing_profile") or "")
        if not _profile_known(world, user, record, queues_of):
            continue
        for queue in queues_of[profile] or ():
            if queue in standard:
                found.setdefault(queue, {})[user] = profiles[profile].fields.get("name", profile)
    return found


def _warn_of_profiles(world: World, profiles: Mapping[str, Record]) -> None:
    """Routing profiles that are not in the export are worth a warning even where no membership hangs on them."""
    for user, record in world.all("user").items():
        profile = record.fields.get("routing_profile")
        if profiles and profile and profile not in profiles:
            what = f"routing profile {profile} is not in the export; no queue of any profile is, so members are not managed"
            world.warn(record.file, f"user/{user}", what, "add the answers of list-routing-profile-queues")


def _queues_of(world: World, profile: str) -> tuple[str, ...] | None:
    """The queues of a routing profile, each once; None where no answer tells them.

    Source: ListRoutingProfileQueues, a row per queue and channel; else AssociatedQueueIds of DescribeRoutingProfile.
    """
    rows = world.rows.get(("membership", profile))
    if rows is None:
        queues: tuple[str, ...] | None = world.all("routing_profile")[profile].fields.get("queues")
        return queues
    return tuple(sorted({one for row in rows if (one := _reference(row, "queueid", "queuearn", "id", "arn"))}))


def _check_queues(world: World, profile: str, queues: Iterable[str]) -> None:
    known, record = world.all("queue"), world.all("routing_profile")[profile]
    for queue in queues:
        if known and queue not in known:
            what = f"holds queue {queue}, which is not in the export"
            world.wrong(record.file, f"routing_profile/{profile}", what, "add the answer of describe-queue or of list-queues")


def _profile_known(world: World, user: str, record: Record, queues_of: Mapping[str, Any]) -> bool:
    profile = record.fields.get("routing_profile")
    subject = f"user/{user}"
    if profile is None:
        what = "the export does not say their routing profile, so not in which queues they are"
        world.wrong(record.file, subject, what, "add the answer of describe-user, or leave them out by scope.users")
    elif profile not in queues_of:
        what = f"routing profile {profile} is not in the export"
        world.wrong(record.file, subject, what, "add the answers of describe-routing-profile and list-routing-profile-queues")
    elif queues_of[profile] is None:
        what = f"the export does not hold the queues of routing profile {profile}"
        world.wrong(record.file, subject, what, "add the answer of list-routing-profile-queues")
    else:
        return True
    return False


def _users(world: World) -> tuple[Fact, ...]:
    listed = [key for key, record in world.all("user").items() if not record.fields.get("described")]
    if listed:
        what = f"{len(listed)} users are listed, but not described: their names, groups and routing profiles are not known"
        record = world.all("user")[listed[0]]
        world.warn(record.file, f"user/{listed[0]}", what, "add the answers of describe-user, or of search-users")
    rated = any(kind == "proficiency" for kind, _ in world.rows)
    return tuple(_user_fact(world, key, record, rated=rated) for key, record in world.all("user").items())


def _user_fact(world: World, key: str, record: Record, *, rated: bool) -> Fact:
    names = ("username", "given_name", "family_name", "email", "desk_phone", "tags")
    fields: dict[str, Any] = {name: record.fields[name] for name in names if name in record.fields}
    full = " ".join(part for part in (fields.get("given_name"), fields.get("family_name")) if part)
    if full:
        fields["name"] = full
    profile = record.fields.get("routing_profile")
    if profile:
        known = world.all("routing_profile").get(profile)
        fields["routing_profile"] = known.fields.get("name", profile) if known else profile
    if record.fields.get("described"):
        fields["groups"] = _groups_of(world, key, record)
    if (skills := _skills_of(world, key)) is not None:
        fields["skills"] = skills
    elif rated:
        world.warn(record.file, f"user/{key}", "no proficiencies in the export; skills are left as they are", _PROFICIENCIES)
    return Fact("user", key, fields, Place(record.file))


_PROFICIENCIES = "add the answer of list-user-proficiencies; the file carries the id of the user in its name"


def _groups_of(world: World, key: str, record: Record) -> dict[int, dict[str, str]]:
    """Level → group on the way from the top to the group a user is in; level 0 marks a way the export does not tell."""
    group = record.fields.get("group")
    if group is None:
        return {}
    known = world.all("group").get(group)
    if known is None and world.all("group"):
        what = f"hierarchy group {group} is not in the export"
        world.warn(record.file, f"user/{key}", what, "add the answer of describe-user-hierarchy-group")
    groups: dict[int, dict[str, str]] = known.fields.get("groups", {}) if known else {}
    return groups or {0: {"key": group, "name": known.fields.get("name", "") if known else ""}}


def _skills_of(world: World, user: str) -> dict[str, str | None] | None:
    """Native skill → level as written; None where the export does not say.

    Source: ListUserProficiencies: AttributeName, AttributeValue, Level from 1.0 to 5.0.
    """
    rows = world.rows.get(("proficiency", user))
    if rows is None:
        return None
    levels = {name: _text(row.get("level")) for row in rows if (name := _native(world, row))}
    return dict(sorted(levels.items()))


def _divisions(world: World) -> tuple[Fact, ...]:
    """A fact per hierarchy group on any described path, with its level; groups that were only listed have none."""
    found: dict[str, Fact] = {}
    for record in world.all("group").values():
        for level, group in record.fields.get("groups", {}).items():
            found[group["key"]] = Fact("division", group["key"], {"name": group["name"], "level": level}, Place(record.file))
    return tuple(found.values())


def _statuses(world: World) -> tuple[Fact, ...]:
    """Custom agent statuses that are not switched off. Source: AgentStatus: Type CUSTOM, ROUTABLE, OFFLINE; State."""
    return tuple(
        Fact(
            "secondary_status",
            key,
            {name: record.fields[name] for name in ("name",) if name in record.fields},
            Place(record.file),
        )
        for key, record in world.all("status").items()
        if record.fields.get("type") == "CUSTOM" and record.fields.get("state") != "DISABLED"
    )
