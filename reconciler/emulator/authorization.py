"""Divisions: what belongs to which part of the organisation, and which parts a client sees. Roles are in `grants`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.people import touch
from reconciler.emulator.refusal import Refusal, bad, invalid_value, not_found, too_large
from reconciler.emulator.routing import matches
from reconciler.emulator.things import folded
from reconciler.emulator.words import words

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Queue, User
    from reconciler.emulator.world import World

NAME_MAXIMUM = 256

# Source: the enumeration of the path parameter. Only users and queues are modelled.
OBJECT_TYPES = words(
    """
    QUEUE USER CAMPAIGN CONTACTLIST DNCLIST EMAILCAMPAIGN MESSAGINGCAMPAIGN MANAGEMENTUNIT BUSINESSUNIT FLOW FLOWMILESTONE
    FLOWOUTCOME CALLROUTE EMERGENCYGROUPS ROUTINGSCHEDULES ROUTINGSCHEDULEGROUPS DATATABLES TEAM WORKBIN WORKTYPE
    EXTENSIONPOOL SKILLGROUP SCRIPT LIBRARY
    """
)


def list_divisions(ask: Ask, world: World) -> Json:
    """Divisions by name; `name` is a search term, `objectCount` adds counts."""
    counted = ask.query.flag("objectCount")
    return pages.numbered(ask, _listed(ask, world), lambda one: _counted(world, one) if counted else one)


def query_divisions(ask: Ask, world: World) -> Json:
    """The same by cursors inside the addresses. Source: at most 200 a page."""
    return pages.sided(ask, _listed(ask, world))


def list_deleted(ask: Ask, world: World) -> Json:
    """Deleted divisions, which can be restored."""
    return pages.numbered(ask, sorted(world.divisions.gone.values(), key=lambda one: folded(one["name"])))


def get_home(ask: Ask, world: World) -> Json:
    """The division every organisation has."""
    del ask
    return world.home


def get_limit(ask: Ask, world: World) -> int:
    """How many divisions there may be, a bare number."""
    del ask
    return world.switches.divisions_maximum


def create_division(ask: Ask, world: World) -> Json:
    """A new division. Source: 409 `resource.already.exists`; that casing does not count is inferred."""
    name = _name(world, ask.body.get("name", ""), None)
    if len(world.divisions.live) >= world.switches.divisions_maximum:
        raise bad("max.scopes.exceeded", "Too many divisions")
    return world.divisions.add(_new(world, name, ask.body["description"]), world.now())


def get_division(ask: Ask, world: World) -> Json:
    """One division."""
    found = world.division(ask.path["divisionId"])
    return _counted(world, found) if ask.query.flag("objectCount") else found


def replace_division(ask: Ask, world: World) -> Json:
    """The division with another name and description; its id stays."""
    known = world.division(ask.path["divisionId"])
    name = _name(world, ask.body.get("name", known["name"]), known)
    if name != known["name"]:
        world.divisions.rename(known, name)
        world.division_ref(known["id"])["name"] = name
    known["description"] = ask.body["description"]
    return known


def delete_division(ask: Ask, world: World) -> None:
    """The division is gone, softly.

    Source: 400 `precondition.failure` while objects remain, which lags behind moves (a switch).
    """
    known = world.division(ask.path["divisionId"])
    busy = world.busy_divisions.get(known["id"], 0.0) > world.now()
    if known["homeDivision"] or busy or any(_counts(world, known["id"]).values()):
        raise bad("precondition.failure", "The division is the home division or still holds objects", entityId=known["id"])
    world.divisions.drop(known)


def restore_division(ask: Ask, world: World) -> Json:
    """The deleted division again, with the name of the body. Source: 409 when one of that name exists."""
    known = ask.path["divisionId"]
    if known in world.divisions.live:
        raise Refusal(409, "resource.already.exists", "The division is not deleted", entityId=known)
    found = world.divisions.gone.get(known)
    if found is None:
        raise not_found(known, "division")
    found["name"] = _name(world, ask.body.get("name", found["name"]), None)
    found["description"] = ask.body["description"]
    world.division_ref(known)["name"] = found["name"]
    return world.divisions.add(found, world.now())


def move_objects(ask: Ask, world: World) -> None:
    """The given objects, in this division. Source: 204; the largest number of ids is unpublished (a switch)."""
    division = world.division(ask.path["divisionId"])["id"]
    kind, ids = ask.path["objectType"], ask.body
    if kind not in OBJECT_TYPES:
        raise invalid_value(kind, "objectType", sorted(OBJECT_TYPES))
    if not ids:
        raise bad("empty.bulk.division.update", "At least one id must be given")
    if len(ids) > world.switches.moved_objects_maximum:
        raise too_large(world.switches.moved_objects_maximum, "too.many.bulk.division.updates")
    objects = [_object(world, kind, known) for known in ids]
    if not all(ask.caller.sees(place) for place in [division, *(one.division for one in objects)]):
        raise Refusal(403, "bulk.move.no.permission.division", "No permission in one of the divisions")
    for one in objects:
        _move(world, one, division)


def list_permitted(ask: Ask, world: World) -> Json:
    """The divisions in which the caller has a permission, and whether these are all."""
    permission = ask.query.one("permission")
    if not permission:
        raise bad("missing.permission.param", "The parameter permission must be given")
    held = permission in ask.caller.permissions
    found = [one for one in _listed(ask, world) if held and ask.caller.sees(one["id"])]
    return pages.numbered(ask, found, allDivsPermitted=held and ask.caller.divisions is None)


def _listed(ask: Ask, world: World) -> list[Json]:
    term, ids = ask.query.one("name"), set(ask.query.many("id"))
    found = (
        one
        for one in world.divisions.live.values()
        if (not term or matches(one["name"], f"*{term}*")) and (not ids or one["id"] in ids)
    )
    return sorted(found, key=lambda one: (folded(one["name"]), one["id"]))


def _name(world: World, name: str, own: Json | None) -> str:
    if not name.strip():
        raise bad("division.name.invalid", "The name must not be empty")
    if len(name) > NAME_MAXIMUM:
        raise bad("max.length.exceeded", f"The name has at most {NAME_MAXIMUM} characters")
    other = world.divisions.named(name)
    if other is not None and other is not own:
        raise Refusal(409, "resource.already.exists", f"The name [{name}] is in use", entityId=other["id"])
    return name.strip()


def _new(world: World, name: str, description: str) -> Json:
    known = world.new_id()
    document: Json = {"id": known, "name": name, "description": description, "homeDivision": False}
    return document | {"selfUri": f"/api/v2/authorization/divisions/{known}"}


def _counts(world: World, division: str) -> dict[str, int]:
    """Live objects of a division by type. Deleted users sit in Home and do not count (inferred)."""
    held = [one for shelf in (world.codes, world.skills) for one in shelf.live.values()]
    return {
        "USER": sum(user.division == division for user in world.people.living),
        "QUEUE": sum(queue.division == division and not queue.gone for queue in world.queues.values()),
        "ROUTING": sum(one.get("division", {}).get("id") == division for one in held),
        "PRESENCE": sum(one["divisionId"] == division for one in world.definitions.live.values()),
    }


def _counted(world: World, division: Json) -> Json:
    return division | {"objectCounts": {kind: number for kind, number in _counts(world, division["id"]).items() if number}}


def _object(world: World, kind: str, known: str) -> User | Queue:
    found: User | Queue | None = None
    if kind == "USER":
        found = world.people.by_id.get(known)
    if kind == "QUEUE":
        found = world.queues.get(known)
    if found is None:
        raise not_found(known, kind.lower(), "general.resource.not.found")
    return found


def _move(world: World, one: User | Queue, division: str) -> None:
    if one.division == division:
        return
    world.busy_divisions[one.division] = world.now() + world.switches.division_count_lag
    one.division = division
    person = world.people.by_id.get(one.id)
    if person is not None and world.switches.division_bumps_version:
        touch(world, person)
