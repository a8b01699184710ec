"""The organisation as one document without ids, for comparing how two runs ended. Reads, never writes.

Objects stand by name, users by e-mail, references are names; lists are sorted, so equal organisations give equal bytes.
Times, versions and the order of creation are left out; deleted objects are named with their state where they can come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.emulator.things import Json, Queue, Shelf, User
    from reconciler.emulator.world import World

_UNSTABLE = ("id", "selfUri", "dateCreated", "dateModified", "createdBy", "modifiedBy", "version", "division", "divisionId")


def dump(world: World) -> Json:
    """Everything a client could have changed."""
    return {
        "divisions": _by_name(world, world.divisions),
        "deleted_divisions": sorted(one["name"] for one in world.divisions.gone.values()),
        "skills": _by_name(world, world.skills),
        "languages": _by_name(world, world.languages),
        "wrapup_codes": _by_name(world, world.codes),
        "external_sources": _by_name(world, world.external_sources),
        "presence_definitions": sorted((_plain(world, one) for one in world.definitions.live.values()), key=repr),
        "presence_sources": sorted((_plain(world, one) for one in world.sources.live.values()), key=repr),
        "presence_settings": _settings(world),
        "users": {user.email: _user(world, user) for user in sorted(world.people, key=lambda one: one.email)},
        "queues": {queue.name: _queue(world, queue) for queue in _queues(world)},
    }


def _queues(world: World) -> list[Queue]:
    return sorted((queue for queue in world.queues.values() if not queue.gone), key=lambda one: one.name)


def _by_name(world: World, shelf: Shelf) -> Json:
    return {one["name"]: _plain(world, one) for one in sorted(shelf.live.values(), key=lambda one: one["name"])}


def _plain(world: World, document: Json) -> Json:
    division = document.get("divisionId") or document.get("division", {}).get("id")
    plain = {key: value for key, value in sorted(document.items()) if key not in _UNSTABLE}
    return plain | {"division": world.division_ref(division)["name"]} if division else plain


def _settings(world: World) -> Json:
    chosen = world.settings["defaultPrimaryPresenceRegisteredSourceId"]
    return _plain(world, world.settings) | {"defaultPrimaryPresenceRegisteredSourceId": _source(world, chosen)}


def _source(world: World, known: str) -> Any:
    return world.sources.live[known]["name"] if known else None


def _user(world: World, user: User) -> Json:
    manager = world.people.by_id.get(user.manager)
    return {
        "name": user.name,
        "state": user.state,
        "division": world.division_ref(user.division)["name"],
        "department": user.department,
        "title": user.title,
        "manager": manager.email if manager else None,
        "addresses": user.addresses,
        "skills": _levels(world.skills, user.skills),
        "languages": _levels(world.languages, user.languages),
        "external_ids": sorted(user.external),
        "roles": sorted({world.roles.live[role]["name"] for role, _ in user.grants}),
        "primary_source": _source(world, user.primary_source),
        "more": user.more,
    }


def _levels(shelf: Shelf, held: dict[str, float]) -> dict[str, float]:
    return {
        shelf.live[known]["name"]: held[known] for known in sorted(held, key=lambda one: _name(shelf, one)) if known in shelf.live
    }


def _name(shelf: Shelf, known: str) -> str:
    return str(shelf.live[known]["name"]) if known in shelf.live else ""


def _queue(world: World, queue: Queue) -> Json:
    people = world.people.by_id
    members = {
        people[known].email: {"ring": one.ring, "joined": one.joined, "by": one.by} for known, one in queue.members.items()
    }
    return {
        "division": world.division_ref(queue.division)["name"],
        "settings": queue.settings,
        "members": dict(sorted(members.items())),
        "wrapup_codes": sorted(world.codes.live[known]["name"] for known in queue.codes if known in world.codes.live),
    }
