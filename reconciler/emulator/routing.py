"""ACD skills, ACD languages and wrap-up codes. Queues are in `queues`, what users have of these in `abilities`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.refusal import Refusal, bad, not_found
from reconciler.emulator.things import folded
from reconciler.emulator.world import ANY_DIVISION, is_uuid

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Shelf
    from reconciler.emulator.world import World

INCLUDE_STATE = ("Active", "Deleted", "ActiveAndDeleted")


# ── skills and languages ─────────────────────────────────────────────────────────────────────────────────────────────


def list_skills(ask: Ask, world: World) -> Json:
    """Skills by name; `name` filters by prefix.

    Source: provider for the prefix and for deleted ones in lists (a switch). The view permission counts only for skills in
    a division.
    """
    return pages.numbered(ask, _listed(ask, world, world.skills))


def list_languages(ask: Ask, world: World) -> Json:
    """Languages by name; `name` filters by prefix."""
    return pages.numbered(ask, _listed(ask, world, world.languages))


def create_skill(ask: Ask, world: World) -> Json:
    """A new skill. Source: a duplicate is `general.conflict` with 400 or 409 (a switch); newer SDKs send `divisionId`."""
    division = ask.body.get("divisionId", ANY_DIVISION)
    skill = _new(ask, world, world.skills, duplicate_status=world.switches.duplicate_skill_status)
    if division != ANY_DIVISION:
        skill["division"] = _division(ask, world, division)
    skill["selfUri"] = f"/api/v2/routing/skills/{skill['id']}"
    return world.skills.add(skill, world.now())


def create_language(ask: Ask, world: World) -> Json:
    """A new language. Source: a duplicate is 400 `general.conflict`."""
    language = _new(ask, world, world.languages, duplicate_status=400)
    language["selfUri"] = f"/api/v2/routing/languages/{language['id']}"
    return world.languages.add(language, world.now())


def get_skill(ask: Ask, world: World) -> Json:
    """One skill; a deleted one is 404 or shown with state deleted, by switch."""
    known = ask.path["skillId"]
    if world.switches.deleted_skill_by_id == "shown" and known in world.skills.gone:
        return world.skills.gone[known]
    return _skill(ask, world)


def get_language(ask: Ask, world: World) -> Json:
    """One language."""
    return _language(ask, world)


def move_skill(ask: Ask, world: World) -> Json:
    """The skill in another division. Source: `PATCH /routing/skills/{skillId}` moves and cannot rename."""
    skill = _skill(ask, world)
    division = ask.body.get("divisionId", ANY_DIVISION)
    if division == ANY_DIVISION:
        skill.pop("division", None)
    else:
        skill["division"] = _division(ask, world, division)
    return _touched(world, skill)


def delete_skill(ask: Ask, world: World) -> None:
    """The skill is gone, from users too (a switch)."""
    _retire(world, world.skills, _skill(ask, world), "skills")


def delete_language(ask: Ask, world: World) -> None:
    """The language is gone, from users too (a switch)."""
    _retire(world, world.languages, _language(ask, world), "languages")


def _skill(ask: Ask, world: World) -> Json:
    known = ask.path["skillId"]
    found = world.skills.live.get(known)
    if found is None or not ask.caller.sees(_division_of(found)):
        raise not_found(known, "skill", "skillsservice.skillnotfound")
    return found


def _language(ask: Ask, world: World) -> Json:
    known = ask.path["languageId"]
    if known not in world.languages.live:
        raise not_found(known, "language")
    return world.languages.live[known]


def _listed(ask: Ask, world: World, shelf: Shelf) -> list[Json]:
    prefix, ids = folded(ask.query.one("name")), set(ask.query.many("id"))
    found = [*shelf.live.values()]
    if world.switches.deleted_skills_listed:
        found += shelf.gone.values()
    return sorted(
        (
            one
            for one in found
            if folded(one["name"]).startswith(prefix)
            and (not ids or one["id"] in ids)
            and ask.caller.sees(_division_of(one))
            and world.visible(shelf.born[one["id"]])
        ),
        key=lambda one: (folded(one["name"]), one["id"]),
        reverse=ask.query.descending(),
    )


def _new(ask: Ask, world: World, shelf: Shelf, *, duplicate_status: int) -> Json:
    name = ask.body["name"].strip()
    if not name:
        raise bad("bad.request", "The name must not be empty")
    if (other := shelf.named(name)) is not None:
        raise Refusal(duplicate_status, "general.conflict", f"The name [{name}] is in use", entityId=other["id"])
    return {"id": world.new_id(), "name": name, "dateModified": world.stamp(), "state": "active", "version": "1"}


def _retire(world: World, shelf: Shelf, document: Json, family: str) -> None:
    shelf.drop(document)
    document["state"] = "deleted"
    if not world.switches.delete_unassigns:
        return
    for user in world.people:
        if getattr(user, family).pop(document["id"], None) is not None:
            user.version += 1


def _touched(world: World, document: Json) -> Json:
    document["dateModified"] = world.stamp()
    document["version"] = str(int(document["version"]) + 1)
    return document


def _division(ask: Ask, world: World, division: str) -> Json:
    world.division(division, bad("bad.request", f"No division with id {division}"))
    if not ask.caller.sees(division):
        raise Refusal(403, "missing.division.permission", f"No permission in division {division}")
    return world.division_ref(division)


def _division_of(document: Json) -> str:
    return str(document.get("division", {"id": ANY_DIVISION})["id"])


# ── wrap-up codes ────────────────────────────────────────────────────────────────────────────────────────────────────


def list_codes(ask: Ask, world: World) -> Json:
    """Wrap-up codes. Source: `sortBy` is honoured only together with `name`."""
    by_id = ask.query.choice("sortBy", ("name", "id"), "name") == "id" and ask.query.one("name")
    return pages.numbered(ask, _codes(ask, world, [*world.codes.live.values()], "id" if by_id else "name"))


def list_code_views(ask: Ask, world: World) -> Json:
    """Wrap-up codes as agents see them; shows deleted ones on request.

    Source: `divisionviews?includeState=`; name and id together are 400 `name.and.id.specified`.
    """
    if ask.query.one("name") and ask.query.many("id"):
        raise bad("name.and.id.specified", "Only one of name and id may be given")
    state = ask.query.choice("includeState", INCLUDE_STATE, "Active")
    found = [] if state == "Deleted" else [*world.codes.live.values()]
    if state != "Active":
        found += world.codes.gone.values()
    return pages.numbered(ask, _codes(ask, world, found, "name"))


def create_code(ask: Ask, world: World) -> Json:
    """A new wrap-up code; without a division it belongs to all (`*`, provider)."""
    name = _code_name(world, ask.body["name"])
    division = _code_division(ask, world, ANY_DIVISION)
    known, now = world.new_id(), world.stamp()
    document: Json = {"id": known, "name": name, "division": division, "dateCreated": now, "dateModified": now}
    document |= {"createdBy": ask.caller.id, "modifiedBy": ask.caller.id, "selfUri": f"/api/v2/routing/wrapupcodes/{known}"}
    if ask.body.get("description"):
        document["description"] = ask.body["description"]
    return world.codes.add(document, world.now())


def get_code(ask: Ask, world: World) -> Json:
    """One wrap-up code; 404 when deleted."""
    return _code(ask, world)


def get_code_view(ask: Ask, world: World) -> Json:
    """One wrap-up code, deleted or not (that the view shows deleted ones by id is inferred)."""
    return world.codes.gone.get(ask.path["codeId"]) or _code(ask, world)


def replace_code(ask: Ask, world: World) -> Json:
    """The code with exactly what the body says; an omitted division stays (inferred), an omitted description goes."""
    document = _code(ask, world)
    name = _code_name(world, ask.body["name"], document)
    division = _code_division(ask, world, document["division"]["id"])
    if name != document["name"]:
        world.codes.rename(document, name)
    document |= {"division": division, "dateModified": world.stamp(), "modifiedBy": ask.caller.id}
    document.pop("description", None)
    if ask.body.get("description"):
        document["description"] = ask.body["description"]
    return document


def delete_code(ask: Ask, world: World) -> None:
    """The code is gone, from queues too (a switch). Source: soft, `divisionviews?includeState=Deleted` shows it."""
    document = _code(ask, world)
    world.codes.drop(document)
    if world.switches.delete_unassigns:
        for queue in world.queues.values():
            queue.codes.pop(document["id"], None)


def _code(ask: Ask, world: World) -> Json:
    known = ask.path["codeId"]
    if not is_uuid(known):
        raise bad("invalid.id", f"[{known}] is not a valid id")
    found = world.codes.live.get(known)
    if found is None:
        raise not_found(known, "wrap-up code", "resource.not.found")
    if not ask.caller.sees(found["division"]["id"]):
        raise Refusal(403, "missing.division.permissions", f"No permission in division {found['division']['id']}")
    return found


def _codes(ask: Ask, world: World, found: list[Json], key: str) -> list[Json]:
    name, ids, divisions = ask.query.one("name"), set(ask.query.many("id")), set(ask.query.many("divisionId"))
    for known in sorted(ids):
        if not is_uuid(known):
            raise bad("invalid.id", f"[{known}] is not a valid id")
    return sorted(
        (
            one
            for one in found
            if matches(one["name"], name)
            and (not ids or one["id"] in ids)
            and (not divisions or one["division"]["id"] in divisions)
            and ask.caller.sees(one["division"]["id"])
            and world.visible(world.codes.born[one["id"]])
        ),
        key=lambda one: (folded(one[key]), one["id"]),
        reverse=ask.query.descending(),
    )


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits a list filter: leading and trailing `*` are wild, casing does not count, empty fits all."""
    bare, whole = folded(pattern.strip("*")), folded(name)
    if not pattern or (pattern.startswith("*") and pattern.endswith("*")):
        return bare in whole
    if pattern.startswith("*"):
        return whole.endswith(bare)
    return whole.startswith(bare) if pattern.endswith("*") else whole == bare


def _code_name(world: World, name: str, own: Json | None = None) -> str:
    if not name.strip():
        raise bad("invalid.name", "The name must not be empty")
    other = world.codes.named(name)
    if other is not None and other is not own:
        raise bad("duplicate.name", f"The name [{name}] is in use", entityId=other["id"])
    return name.strip()


def _code_division(ask: Ask, world: World, default: str) -> Json:
    division = ask.body.get("division", {}).get("id", default)
    if division != ANY_DIVISION:
        world.division(division, bad("resource.not.found", f"No division with id {division}"))
    if not ask.caller.sees(division):
        raise Refusal(403, "missing.division.permissions", f"No permission in division {division}")
    return world.division_ref(division)
