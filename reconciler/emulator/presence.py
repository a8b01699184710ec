"""Presence definitions, presence sources, the organisation's presence settings, and each user's primary source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.refusal import Refusal, not_found
from reconciler.emulator.words import words
from reconciler.emulator.world import ANY_DIVISION

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

SYSTEM_PRESENCES = ("Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break")
LOCALES = words(
    """
    ar cs da de en en_US es fi fr he hi it ja ko nl no pl pt pt_BR pt_PT ru sv th tr uk zh_CN zh_TW
    """
)
RESTORE_MAXIMUM = 86_400_000

_DEFINITION = "presenceservice.organizationpresence."
_SOURCE = "presenceservice.source."
_CONFIGURATION = "presenceservice.organizationconfiguration."


def _conflict(code: str, message: str) -> Refusal:
    return Refusal(409, code, message)


# ── definitions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def list_definitions(ask: Ask, world: World) -> Json:
    """Either the active or the deactivated definitions. Source: `deactivated` is TRUE or FALSE as text, default false."""
    wanted = ask.query.flag("deactivated") or False
    divisions = set(ask.query.many("divisionId"))
    found = [
        _localised(ask, one)
        for one in world.definitions.live.values()
        if one["deactivated"] == wanted
        and ask.caller.sees(one["divisionId"])
        and (not divisions or one["divisionId"] in divisions)
    ]
    return pages.whole(ask, found)


def create_definition(ask: Ask, world: World) -> Json:
    """A new definition of type User, for all divisions (`*`) unless told otherwise."""
    if len(world.definitions.live) >= world.switches.definitions_maximum:
        raise _conflict(f"{_DEFINITION}toomanyorganizationpresences", "Too many presence definitions")
    return world.definitions.add(_definition(ask, world, world.new_id(), ANY_DIVISION), world.now())


def get_definition(ask: Ask, world: World) -> Json:
    """One definition, deactivated or not."""
    return _localised(ask, _known_definition(ask, world))


def replace_definition(ask: Ask, world: World) -> Json:
    """The definition with what the body says; `deactivated: false` brings it back (inferred).

    Source: the system presence is fixed after creation (provider) and still has to be sent; those of type System belong to
    the platform. The code for both refusals is inferred.
    """
    known = _known_definition(ask, world)
    if known["type"] == "System":
        raise _conflict("request.conflict", "System presence definitions cannot be changed")
    new = _definition(ask, world, known["id"], known["divisionId"])
    if new["systemPresence"] != known["systemPresence"]:
        if world.switches.changed_system_presence == "refuse":
            raise _conflict("request.conflict", "The system presence of a definition cannot be changed")
        new["systemPresence"] = known["systemPresence"]
    known |= new
    return known


def delete_definition(ask: Ask, world: World) -> None:
    """Deactivates it. Source: 204, and it never disappears."""
    known = _known_definition(ask, world)
    if known["type"] == "System":
        raise _conflict("request.conflict", "System presence definitions cannot be deactivated")
    known["deactivated"] = True


def list_system_presences(ask: Ask, world: World) -> list[Json]:
    """The ten system presences, a bare array."""
    del ask
    system = [one for one in world.definitions.live.values() if one["type"] == "System"]
    return [{"id": one["id"], "name": one["systemPresence"], "selfUri": one["selfUri"]} for one in system]


def system_definition(world: World, presence: str) -> Json:
    """A definition every organisation is born with."""
    known = world.new_id()
    return {
        "id": known,
        "type": "System",
        "languageLabels": {"en_US": presence},
        "systemPresence": presence,
        "divisionId": ANY_DIVISION,
        "deactivated": False,
        "selfUri": f"/api/v2/presence/definitions/{known}",
    }


def _known_definition(ask: Ask, world: World) -> Json:
    known = ask.path["definitionId"]
    found = world.definitions.live.get(known)
    if found is None or not ask.caller.sees(found["divisionId"]):
        raise not_found(known, "presence definition", f"{_DEFINITION}organizationpresencenotfound")
    return found


def _definition(ask: Ask, world: World, known: str, division: str) -> Json:
    body = ask.body
    labels = body.get("languageLabels") or {}
    if not labels:
        raise _conflict(f"{_DEFINITION}musthaveatleastonelocalelabeldefined", "At least one label must be given")
    if not labels.keys() <= LOCALES or not all(text.strip() for text in labels.values()):
        raise _conflict(f"{_DEFINITION}localevaluesinvalid", "A locale is unknown or its label is empty")
    if "systemPresence" not in body:
        raise _conflict(f"{_DEFINITION}systempresencecannotbenull", "The system presence must be given")
    division = body.get("divisionId", division)
    if division != ANY_DIVISION:
        world.division(division, _conflict(f"{_DEFINITION}invaliddivisionid", f"No division with id {division}"))
    return {
        "id": known,
        "type": "User",
        "languageLabels": labels,
        "systemPresence": body["systemPresence"],
        "divisionId": division,
        "deactivated": body.get("deactivated", False),
        "selfUri": f"/api/v2/presence/definitions/{known}",
    }


def _localised(ask: Ask, definition: Json) -> Json:
    """With every label, or only that of `localeCode` where there is one. Source: the provider omits it and sees all."""
    locale = ask.query.choice("localeCode", ("ALL", *sorted(LOCALES)), "ALL")
    labels = definition["languageLabels"]
    return definition | {"languageLabels": {locale: labels[locale]}} if locale in labels else definition


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_sources(ask: Ask, world: World) -> Json:
    """Either the active or the deactivated sources, System ones among them."""
    wanted = ask.query.flag("deactivated") or False
    return pages.whole(ask, [one for one in world.sources.live.values() if one["deactivated"] == wanted])


def create_source(ask: Ask, world: World) -> Json:
    """A new source of type User. Source: no error speaks of names in use, so doubles are possible."""
    _checked_source(ask, world)
    if not ask.body.get("deactivated"):
        _room_for_source(world)
    return world.sources.add(source(world, ask.body, "User"), world.now())


def get_source(ask: Ask, world: World) -> Json:
    """One source, deactivated or not."""
    return _known_source(ask, world)


def replace_source(ask: Ask, world: World) -> Json:
    """The source with what the body says. Source: System ones are 409 `systemsourcescannotbeupdated`."""
    known = _known_source(ask, world)
    if known["type"] == "System":
        raise _conflict(f"{_SOURCE}systemsourcescannotbeupdated", "System sources cannot be changed")
    _checked_source(ask, world)
    deactivated = ask.body.get("deactivated", False)
    if known["deactivated"] and not deactivated:
        _room_for_source(world)
    known.pop("description", None)
    known |= {key: ask.body[key] for key in ("name", "description") if key in ask.body} | {"deactivated": deactivated}
    return known


def delete_source(ask: Ask, world: World) -> None:
    """Deactivates it. Source: 204; System ones are 409 `systemsourcescannotbedeleted`."""
    known = _known_source(ask, world)
    if known["type"] == "System":
        raise _conflict(f"{_SOURCE}systemsourcescannotbedeleted", "System sources cannot be deactivated")
    known["deactivated"] = True


def source(world: World, body: Json, kind: str) -> Json:
    """A source document of type System or User."""
    known = world.new_id()
    document: Json = {"id": known, "name": body["name"], "type": kind, "deactivated": body.get("deactivated", False)}
    if body.get("description"):
        document["description"] = body["description"]
    return document | {"selfUri": f"/api/v2/presence/sources/{known}"}


def _known_source(ask: Ask, world: World) -> Json:
    known = ask.path["sourceId"]
    if known not in world.sources.live:
        raise not_found(known, "presence source", f"{_SOURCE}sourcenotfound")
    return world.sources.live[known]


def _checked_source(ask: Ask, world: World) -> None:
    bound = world.switches.source_text_maximum
    if not ask.body["name"].strip():
        raise _conflict(f"{_SOURCE}namecannotbeblank", "The name must not be blank")
    if len(ask.body["name"]) > bound:
        raise _conflict(f"{_SOURCE}nametoolong", f"The name has at most {bound} characters")
    if len(ask.body.get("description", "")) > bound:
        raise _conflict(f"{_SOURCE}descriptiontoolong", f"The description has at most {bound} characters")


def _room_for_source(world: World) -> None:
    active = sum(one["type"] == "User" and not one["deactivated"] for one in world.sources.live.values())
    if active >= world.switches.active_sources_maximum:
        raise _conflict(f"{_SOURCE}toomanyactivesources", "Too many active sources")


# ── settings and primary sources ─────────────────────────────────────────────────────────────────────────────────────


def get_settings(ask: Ask, world: World) -> Json:
    """The organisation's presence settings."""
    del ask
    return world.settings


def replace_settings(ask: Ask, world: World) -> Json:
    """Exactly what the body says; an omitted default source falls back to the built-in one (inferred).

    Source: `PUT /presence/settings` replaces; 409 without `restorePresenceSettings` or with times out of bounds.
    """
    body = ask.body
    if "restorePresenceSettings" not in body:
        raise _conflict(f"{_CONFIGURATION}restorepresenceconfigurationnotprovided", "restorePresenceSettings must be given")
    if not 0 <= body["restorePresenceSettings"]["restoreTimeMilliseconds"] <= RESTORE_MAXIMUM:
        raise _conflict(f"{_CONFIGURATION}invalidrestoretimemilliseconds", "restoreTimeMilliseconds is out of bounds")
    chosen = body.get("defaultPrimaryPresenceRegisteredSourceId") or built_in_source(world)
    _active_source(world, chosen)
    world.settings |= {
        "restorePresenceSettings": body["restorePresenceSettings"],
        "requestingOffQueueEnabled": body.get("requestingOffQueueEnabled", False),
        "defaultPrimaryPresenceRegisteredSourceId": chosen,
    }
    return world.settings


def get_primary_source(ask: Ask, world: World) -> Json:
    """The user's own primary source, or the organisation's. That `registered` means an own one is inferred."""
    user = world.user(ask.path["userId"])
    chosen = user.primary_source or world.settings["defaultPrimaryPresenceRegisteredSourceId"]
    uri = f"/api/v2/presence/users/{user.id}/primarysource"
    return {"id": user.id, "sourceId": chosen, "registered": bool(user.primary_source), "selfUri": uri}


def replace_primary_source(ask: Ask, world: World) -> Json:
    """The user with a primary source of its own, or without one where the body names none."""
    user, chosen = world.user(ask.path["userId"]), ask.body.get("sourceId", "")
    if chosen:
        _active_source(world, chosen)
    user.primary_source = chosen
    return get_primary_source(ask, world)


def built_in_source(world: World) -> str:
    """The id of the source every organisation is born with."""
    return next(known for known, one in world.sources.live.items() if one["type"] == "System")


def _active_source(world: World, known: str) -> None:
    if world.sources.live.get(known, {"deactivated": True})["deactivated"]:
        raise not_found(known, "presence source", f"{_SOURCE}sourcenotfound")
