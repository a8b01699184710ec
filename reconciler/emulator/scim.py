"""SCIM users: the same people, written in one request.

Answers carry an ETag. Errors follow the definition, which wants the API's own envelope for 400 and 404 and SCIM's for 409
and `invalidVers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.ask import Answer
from reconciler.emulator.bodies import SCIM_USER
from reconciler.emulator.people import enter, set_state
from reconciler.emulator.refusal import Refusal, ScimRefusal, bad, invalid_parameter, offence
from reconciler.emulator.scim_document import absorb, document
from reconciler.emulator.scim_patch import patched
from reconciler.emulator.scim_path import CORE, ENTERPRISE, GENESYS, read_filter
from reconciler.emulator.shape import checked
from reconciler.emulator.things import folded
from reconciler.emulator.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import User
    from reconciler.emulator.world import World

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PAGE = 25
PAGE_MAXIMUM = 500

# Source: the enumeration of `attributes`, without its schema prefixes for core attributes.
ATTRIBUTES = words(
    """
    id userName displayName title active externalId phoneNumbers emails groups roles meta meta.version meta.lastModified
    """
) | {
    ENTERPRISE,
    GENESYS,
    *(f"{ENTERPRISE}:{name}" for name in words("division department manager manager.value employeeNumber dateHire")),
    *(f"{GENESYS}:{name}" for name in words("routingSkills routingLanguages externalIds")),
}
_ALWAYS = ("schemas", "id", "userName", "active", "meta")
_COSTLY = ("externalId", "roles")

# Source: the operations list these permissions as alternatives; that each guards its own attribute is inferred.
_ATTRIBUTE_NEEDS = {
    "routingSkills": "routing:skill:assign",
    "routingLanguages": "routing:language:assign",
    "roles": "authorization:grant:add",
}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_users(ask: Ask, world: World) -> Json:
    """A page of users by a 1-based index: active ones unless a filter says otherwise, without the Genesys extension unless asked.

    Source: `GET /scim/v2/users`; more than 25 a page with costly attributes may be 429 (a switch); `count=0` gives the total.
    """
    count = max(0, ask.query.whole("count", PAGE))
    start = max(1, ask.query.whole("startIndex", 1))
    chosen = _chosen(ask) or None
    excluded = _named(ask, "excludedAttributes") | (frozenset() if chosen else {GENESYS})
    users = _found(ask, world)
    page = users[start - 1 : start - 1 + min(count, PAGE_MAXIMUM)]
    resources = [_select(document(world, user), chosen, excluded) for user in page]
    if count > PAGE and world.switches.scim_large_page_refused and _costly(chosen, excluded):
        message = f"Rate limit exceeded the maximum [{PAGE}] users with secondary attributes per page"
        raise offence(Refusal(429, "too.many.requests", message, headers={"Retry-After": "1"}))
    return {
        "schemas": [LIST_RESPONSE],
        "totalResults": len(users),
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def get_user(ask: Ask, world: World) -> Answer:
    """One user with everything (that a single answer carries the Genesys extension is inferred); 304 when unchanged."""
    user = world.user(ask.path["userId"])
    if _tag(ask.headers.get("if-none-match", "")) == str(user.version):
        return Answer(None, 304, {"ETag": f'"{user.version}"'})
    return _answer(ask, world, user)


def _found(ask: Ask, world: World) -> list[User]:
    text = ask.query.one("filter")
    if not text:
        found: Iterable[User] = world.people.in_state["active"]
    else:
        found = _filtered(text, world)
    return [user for user in found if world.visible(user.created) and ask.caller.sees(user.division)]


def _filtered(text: str, world: World) -> list[User]:
    place, terms = read_filter(text)
    if place.lower() == "externalids":
        return _by_pair(dict(terms), world)
    if place:
        raise bad("bad.request", f"Users cannot be filtered by [{place}]")
    found = world.people.living
    for name, value in terms:
        if name not in _FILTERS:
            raise bad("bad.request", f"Users cannot be filtered by [{name}]")
        found = _FILTERS[name](world, value, found)
    return found


def _by_pair(terms: dict[str, str], world: World) -> list[User]:
    if terms.keys() != {"authority", "value"}:
        raise bad("bad.request", "externalIds are filtered by authority and value")
    user = world.people.by_identifier.get((terms["authority"], terms["value"]))
    return [user] if user is not None and user.state != "deleted" else []


def _by_email(world: World, value: str, among: list[User]) -> list[User]:
    return _only(world, world.people.by_email.get(folded(value)), among)


def _by_id(world: World, value: str, among: list[User]) -> list[User]:
    return _only(world, world.people.by_id.get(value), among)


def _only(world: World, user: User | None, among: list[User]) -> list[User]:
    if user is None or user.state == "deleted":
        return []
    return [user] if among is world.people.living or user in among else []


def _by_state(world: World, value: str, among: list[User]) -> list[User]:
    if value.lower() not in ("true", "false"):
        raise invalid_parameter(value, "active", ("true", "false"))
    state = "active" if value.lower() == "true" else "inactive"
    return world.people.in_state[state] if among is world.people.living else [one for one in among if one.state == state]


def _by_division(world: World, value: str, among: list[User]) -> list[User]:
    division = world.divisions.named(value)
    return [user for user in among if division is not None and user.division == division["id"]]


# Source: the examples in the description of `filter`.
_FILTERS: dict[str, Callable[[World, str, list[User]], list[User]]] = {
    "id": _by_id,
    "username": _by_email,
    "email": _by_email,
    "emails.value": _by_email,
    "active": _by_state,
    "division": _by_division,
    "externalid": lambda _, value, among: [user for user in among if user.scim_id == value],
    "manager": lambda _, value, among: [user for user in among if user.manager == value],
    "manager.value": lambda _, value, among: [user for user in among if user.manager == value],
    "employeenumber": lambda _, value, among: [
        user for user in among if user.more.get("employerInfo", {}).get("employeeId") == value
    ],
}


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def create_user(ask: Ask, world: World) -> Answer:
    """A new user with everything the document says, active unless told otherwise (inferred), in Home without a division.

    Source: `POST /scim/v2/users`; 409 for a name in use by a user who is not deleted, so what a deleted one means is a switch.
    """
    body = ask.body
    _permitted(ask, body)
    owner = world.people.by_email.get(folded(body["userName"]))
    if owner is not None and owner.state == "deleted" and world.switches.scim_create_over_deleted == "restore":
        absorb(world, owner, {"active": True} | body)
        return _answer(ask, world, owner, 201)
    user = enter(world, name=body["displayName"], email=body["userName"], division=world.home["id"])
    absorb(world, user, body)
    return _answer(ask, world, user, 201)


def change_user(ask: Ask, world: World) -> Answer:
    """The user after the operations of RFC 7644."""
    user = _matched(ask, world)
    before = document(world, user)
    after = patched(before, ask.body.get("Operations", []))
    changed = {name: value for name, value in after.items() if value != before.get(name)}
    changed.pop("groups", None)
    _permitted(ask, changed)
    absorb(world, user, checked(changed, _LENIENT, strict=world.switches.unknown_property == "refuse"))
    return _answer(ask, world, user)


def replace_user(ask: Ask, world: World) -> Answer:
    """The user with what the document says; whether omitted attributes are cleared is unknown (a switch).

    State, roles and division stay when omitted in either case.
    """
    user = _matched(ask, world)
    body = ask.body
    _permitted(ask, body)
    if world.switches.scim_put_clears_omitted:
        enterprise = {"department": "", "manager": {"value": ""}, "employeeNumber": "", "dateHire": ""}
        genesys: Json = {"routingSkills": [], "routingLanguages": [], "externalIds": []}
        body = {"title": "", "phoneNumbers": [], "externalId": ""} | body
        body |= {ENTERPRISE: enterprise | body.get(ENTERPRISE, {}), GENESYS: genesys | body.get(GENESYS, {})}
    absorb(world, user, body)
    return _answer(ask, world, user)


def delete_user(ask: Ask, world: World) -> None:
    """The user is deleted softly."""
    set_state(world, _matched(ask, world), "deleted")


# A PATCH checks what it leaves behind; nothing is required there.
_LENIENT = {name.removesuffix("!"): shape for name, shape in SCIM_USER.items()}


def _permitted(ask: Ask, document: Json) -> None:
    """Refuses attributes the caller may not write; any permission of the operation opens the door, each attribute has its own."""
    given = document.keys() | document.get(GENESYS, {}).keys()
    for attribute, permission in _ATTRIBUTE_NEEDS.items():
        if attribute in given and permission not in ask.caller.permissions:
            raise Refusal(403, "missing.permissions", f"You are missing the following permission(s): {permission}")


def _matched(ask: Ask, world: World) -> User:
    user = world.user(ask.path["userId"])
    wanted = _tag(ask.headers.get("if-match", ""))
    if wanted not in ("", "*", str(user.version)):
        raise ScimRefusal(
            world.switches.scim_version_mismatch_status, "invalidVers", f"The version is {user.version}, not {wanted}"
        )
    return user


def _tag(header: str) -> str:
    return header.strip().removeprefix("W/").strip('"')


# ── attributes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(ask: Ask, world: World, user: User, status: int = 200) -> Answer:
    shown = _select(document(world, user), _chosen(ask) or None, _named(ask, "excludedAttributes"))
    headers = {"ETag": f'"{user.version}"', "Location": shown["meta"]["location"]}
    return Answer(shown, status, headers)


def _chosen(ask: Ask) -> frozenset[str]:
    return _named(ask, "attributes")


def _named(ask: Ask, parameter: str) -> frozenset[str]:
    given = frozenset(name.removeprefix(f"{CORE}:") for name in ask.query.many(parameter))
    for name in sorted(given - ATTRIBUTES):
        raise invalid_parameter(name, parameter, sorted(ATTRIBUTES))
    return frozenset(
        name.removesuffix(".value").replace("meta.version", "meta").replace("meta.lastModified", "meta") for name in given
    )


def _select(shown: Json, chosen: frozenset[str] | None, excluded: frozenset[str]) -> Json:
    selected: dict[str, Any] = {}
    for name, value in shown.items():
        if name in _ALWAYS:
            selected[name] = value
        elif name in (ENTERPRISE, GENESYS):
            inner = {key: one for key, one in value.items() if _wanted(f"{name}:{key}", name, chosen, excluded)}
            if inner:
                selected[name] = inner
        elif _wanted(name, name, chosen, excluded):
            selected[name] = value
    return selected


def _wanted(name: str, parent: str, chosen: frozenset[str] | None, excluded: frozenset[str]) -> bool:
    if {name, parent} & excluded:
        return False
    return chosen is None or bool({name, parent} & chosen)


def _costly(chosen: frozenset[str] | None, excluded: frozenset[str]) -> bool:
    names = [*_COSTLY, *(f"{GENESYS}:{name}" for name in ("routingSkills", "routingLanguages", "externalIds"))]
    return any(_wanted(name, name.rpartition(":")[0] or name, chosen, excluded) for name in names)
