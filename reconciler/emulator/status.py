"""Presence and routing status as they are read: with a user, alone, or in bulk.

What a user shows is the presence of the primary source, own or the organisation's; that of another source is kept and read only
under that source. Presence of the built-in source cannot be set here, so it is Offline for everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.history import PRESENCE, ROUTING_STATUS
from reconciler.emulator.presence import built_in_source
from reconciler.emulator.refusal import not_found, too_large

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import User
    from reconciler.emulator.world import World

BULK_MAXIMUM = 50
OFF_QUEUE = "OFF_QUEUE"


def primary_source(world: World, user: User) -> str:
    """The user's own primary source, or the organisation's default."""
    return user.primary_source or str(world.settings["defaultPrimaryPresenceRegisteredSourceId"])


def shown_presence(world: World, user: User) -> Json:
    """The presence of the user's primary source."""
    return _presence(world, user, primary_source(world, user))


def shown_routing(world: World, user: User) -> Json:
    """The routing status the newest event gave the user; OFF_QUEUE before the first one."""
    log = world.history.logs.get(user.id)
    found = log.state(ROUTING_STATUS) if log else None
    if found is None:
        return {"userId": user.id, "status": OFF_QUEUE, "startTime": user.modified}
    return {"userId": user.id, "status": found.what, "startTime": world.written(found.at)}


# ── operations ───────────────────────────────────────────────────────────────────────────────────────────────────────


def get_routing_status(ask: Ask, world: World) -> Json:
    """One user's routing status. Source: OFF_QUEUE, not 404, where there is no such user; that it has no start is inferred."""
    user = world.people.by_id.get(ask.path["userId"])
    if user is None or user.state == "deleted":
        return {"userId": ask.path["userId"], "status": OFF_QUEUE}
    return shown_routing(world, user)


def get_built_in_presence(ask: Ask, world: World) -> Json:
    """One user's presence of the built-in source."""
    return _presence(world, _user(world, ask.path["userId"]), built_in_source(world))


def get_presence(ask: Ask, world: World) -> Json:
    """One user's presence of a source; the answer for a registered one is a switch.

    Source: `GET /users/{userId}/presences/{sourceId}` "does not support registered presence sources"; what it says is unknown.
    """
    user, source = _user(world, ask.path["userId"]), ask.path["sourceId"]
    if source not in world.sources.live or world.switches.presence_of_registered_source == "refuse":
        raise not_found(source, "presence source")
    return _presence(world, user, source)


def list_built_in_presences(ask: Ask, world: World) -> list[Json]:
    """Presences of the built-in source, a bare array in the order of the ids."""
    return _listed(ask, world, built_in_source(world))


def list_presences(ask: Ask, world: World) -> list[Json]:
    """Presences of one source, a bare array in the order of the ids."""
    source = ask.path["sourceId"]
    if source not in world.sources.live:
        raise not_found(source, "presence source")
    return _listed(ask, world, source)


def _listed(ask: Ask, world: World, source: str) -> list[Json]:
    """Source: at most 50 ids (`max.user.presences`), 404 for a user that does not exist; those without events: a switch."""
    ids = ask.query.many("id")
    if len(ids) > BULK_MAXIMUM:
        raise too_large(BULK_MAXIMUM, "max.user.presences")
    users = [_user(world, known) for known in dict.fromkeys(ids)]
    if world.switches.bulk_without_presence == "absent":
        logs = world.history.logs
        users = [user for user in users if user.id in logs and logs[user.id].state(PRESENCE, source)]
    return [_in_bulk(_presence(world, user, source)) for user in users]


def _in_bulk(presence: Json) -> Json:
    """The same in the words of definition `UcUserPresence`, which has `userId` and lacks `primary`."""
    return {name: value for name, value in presence.items() if name != "primary"} | {"userId": presence["id"]}


def _user(world: World, known: str) -> User:
    found = world.people.by_id.get(known)
    if found is None or found.state == "deleted":
        raise not_found(known, "user", "presenceservice.usernotfound")
    return found


def _presence(world: World, user: User, source: str) -> Json:
    """Definition `UserPresence`; Offline before the first event. That `modifiedDate` is the event's own time is inferred."""
    log = world.history.logs.get(user.id)
    found = log.state(PRESENCE, source) if log else None
    definition = world.definitions.live[found.what] if found and found.what else _offline(world)
    document = world.sources.live.get(source) or {"name": ""}
    return {
        "id": user.id,
        "source": document["name"],
        "sourceId": source,
        "primary": source == primary_source(world, user),
        "presenceDefinition": {key: definition[key] for key in ("id", "systemPresence", "selfUri")},
        "message": found.message if found else "",
        "modifiedDate": world.written(found.at) if found else user.modified,
        "selfUri": f"/api/v2/users/{user.id}/presences/{source}",
    }


def _offline(world: World) -> Json:
    return next(one for one in world.definitions.live.values() if one["systemPresence"] == "Offline")
