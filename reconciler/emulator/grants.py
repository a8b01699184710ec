"""Roles, and who holds them where. Roles themselves cannot be written; what they permit is not modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.refusal import bad, not_found
from reconciler.emulator.routing import matches
from reconciler.emulator.things import folded
from reconciler.emulator.world import ANY_DIVISION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Grant, User
    from reconciler.emulator.token import Client
    from reconciler.emulator.world import World


def list_roles(ask: Ask, world: World) -> Json:
    """Roles by name."""
    name, ids = ask.query.one("name"), set(ask.query.many("id"))
    found = [one for one in world.roles.live.values() if matches(one["name"], name) and (not ids or one["id"] in ids)]
    return pages.numbered(ask, sorted(found, key=lambda one: folded(one["name"])))


def get_role(ask: Ask, world: World) -> Json:
    """One role."""
    known = ask.path["roleId"]
    if known not in world.roles.live:
        raise not_found(known, "role", "general.resource.not.found")
    return world.roles.live[known]


def get_subject(ask: Ask, world: World) -> Json:
    """What a user or client is granted directly; somebody unknown holds nothing (inferred)."""
    known = ask.path["subjectId"]
    if known in world.tokens.clients:
        return client_subject(world, world.tokens.clients[known])
    user = world.people.by_id.get(known)
    return _subject(world, known, user.name if user else "", user.grants if user else [])


def get_own_subject(ask: Ask, world: World) -> Json:
    """What the caller is granted."""
    return client_subject(world, ask.caller)


def client_subject(world: World, client: Client) -> Json:
    """A client as a subject: one role, in all divisions or in those it is restricted to."""
    return _subject(world, client.id, client.name, client_grants(world, client))


def client_grants(world: World, client: Client) -> list[Grant]:
    """The role of integrations, for each division the client sees."""
    role = world.roles.named("EX Integration")
    divisions = [ANY_DIVISION] if client.divisions is None else sorted(client.divisions)
    return [(role["id"], division) for division in divisions] if role else []


def add_grants(ask: Ask, world: World) -> None:
    """The subject with these grants as well."""
    user, given = _user(ask, world), _given(ask, world)
    user.grants = [*dict.fromkeys([*user.grants, *given])]


def remove_grants(ask: Ask, world: World) -> None:
    """The subject without these grants; one it does not hold is ignored (inferred)."""
    user = _user(ask, world)
    taken = {(item["roleId"], item["divisionId"]) for item in ask.body["grants"]}
    user.grants = [one for one in user.grants if one not in taken]


def replace_grants(ask: Ask, world: World) -> None:
    """The subject with exactly these grants."""
    user = _user(ask, world)
    user.grants = [*dict.fromkeys(_given(ask, world))]


def get_user_roles(ask: Ask, world: World) -> Json:
    """The user's roles by name."""
    user = world.people.by_id.get(ask.path["subjectId"])
    held = dict.fromkeys(role for role, _ in user.grants) if user else {}
    return {"roles": [{"id": role, "name": world.roles.live[role]["name"]} for role in held]}


def _user(ask: Ask, world: World) -> User:
    return world.user(ask.path["subjectId"], deleted=True)


def _given(ask: Ask, world: World) -> list[Grant]:
    for item in ask.body["grants"]:
        known_division = item["divisionId"] == ANY_DIVISION or item["divisionId"] in world.divisions.live
        if item["roleId"] not in world.roles.live or not known_division:
            raise bad("bad.role.divisions", f"No role {item['roleId']} or no division {item['divisionId']}")
    return [(item["roleId"], item["divisionId"]) for item in ask.body["grants"]]


def _subject(world: World, known: str, name: str, grants: Iterable[Grant]) -> Json:
    uri = f"/api/v2/authorization/subjects/{known}"
    shown = [
        {
            "subjectId": known,
            "division": _division(world, division),
            "role": _role(world, role),
        }
        for role, division in grants
    ]
    return {"id": known, "name": name, "grants": shown, "selfUri": uri}


def _division(world: World, division: str) -> Json:
    description = world.divisions.live.get(division, {"description": ""})["description"]
    return world.division_ref(division) | {"description": description}


def _role(world: World, role: str) -> Json:
    known = world.roles.live[role]
    return {key: known[key] for key in ("id", "name", "description", "default", "selfUri")}
