"""Recognised answers → Facts: list and describe answers of one object are merged, and every reference is looked up.

A value the export does not hold is left out of the Fact; a reference that leads nowhere is a problem where something that is
rendered hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from reconciler.model.fact import Fact, Reading
from reconciler.model.problem import Place
from reconciler.sources.amazon_connect.answers import OWNERS, Answers
from reconciler.sources.amazon_connect.records import Record, World, merge, reference, text
from reconciler.sources.amazon_connect.rows import give_rows, native


def facts(answers: Answers, qualified: AbstractSet[str]) -> Reading:
    """Everything the answers say as Facts. Skills in `qualified`, written `attribute/value`, keep their attribute."""
    world = World(problems=dict.fromkeys(answers.problems), qualified=qualified)
    for item in answers.items:
        if item.kind not in OWNERS:
            merge(world, item)
    give_rows(world, answers)
    found = (*_queues(world), *_users(world), *_divisions(world), *_statuses(world))
    notes = tuple(f"{name} ({count}): has no counterpart, not used" for name, count in sorted(answers.notes.items()))
    return Reading(found, tuple(world.problems), notes, _delivered(world))


def _delivered(world: World) -> frozenset[str]:
    kinds = {"user": "user", "queue": "queue", "group": "division", "status": "secondary_status"}
    found = {kind for record, kind in kinds.items() if world.all(record)}
    return frozenset(found | ({"skill", "language"} if any(kind == "proficiency" for kind, _ in world.rows) else set()))


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
    return tuple(sorted({one for row in rows if (one := reference(row, "queueid", "queuearn", "id", "arn"))}))


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
    levels = {name: text(row.get("level")) for row in rows if (name := native(world, row))}
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
