"""A user as a SCIM document, and a SCIM document back into a user. Which request does what is in `scim`.

Writing happens in two steps, everything resolved and checked first, so that a refused document changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from reconciler.emulator.abilities import level, whole_level
from reconciler.emulator.identifiers import claim
from reconciler.emulator.people import check_email, check_name, set_state, touch
from reconciler.emulator.refusal import Refusal, ScimRefusal, bad, invalid_value
from reconciler.emulator.scim_path import CORE, ENTERPRISE, GENESYS
from reconciler.emulator.things import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.things import Grant, Identifier, Json, Shelf, User
    from reconciler.emulator.world import World

LIST_MAXIMUM = 50

_PHONE_TYPES = {"work": "WORK", "work2": "WORK2", "work3": "WORK3", "work4": "WORK4", "home": "HOME", "mobile": "MOBILE"}
_PHONE_NAMES = {there: here for here, there in _PHONE_TYPES.items()}


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def document(world: World, user: User) -> Json:
    """The whole document, before attributes are chosen. Source: `userName` is the e-mail, `meta.version` the user's version."""
    shown: Json = {
        "schemas": [CORE, ENTERPRISE, GENESYS],
        "id": user.id,
        "userName": user.email,
        "active": user.state == "active",
        "displayName": user.name,
        "emails": [{"value": user.email, "type": "work", "primary": True}],
        "phoneNumbers": _phones(user),
        "roles": [{"value": world.roles.live[role]["name"]} for role in dict.fromkeys(role for role, _ in user.grants)],
        "groups": [],
        ENTERPRISE: _enterprise(world, user),
        GENESYS: {
            "routingSkills": _abilities(world.skills, user.skills),
            "routingLanguages": _abilities(world.languages, user.languages),
            "externalIds": [{"authority": authority, "value": key} for authority, key in user.external],
        },
        "meta": {
            "resourceType": "User",
            "location": f"/api/v2/scim/v2/users/{user.id}",
            "lastModified": user.modified,
            "version": str(user.version),
        },
    }
    if user.title:
        shown["title"] = user.title
    if user.scim_id:
        shown["externalId"] = user.scim_id
    return shown


def _enterprise(world: World, user: User) -> Json:
    employer = user.more.get("employerInfo", {})
    shown: Json = {"division": world.division_ref(user.division)["name"]}
    if user.department:
        shown["department"] = user.department
    if user.manager:
        shown["manager"] = {"value": user.manager, "$ref": f"/api/v2/scim/v2/users/{user.manager}"}
    if employer.get("employeeId"):
        shown["employeeNumber"] = employer["employeeId"]
    if employer.get("dateHire"):
        shown["dateHire"] = employer["dateHire"]
    return shown


def _phones(user: User) -> list[Json]:
    primary = user.more.get("primaryPhone", "")
    return [
        {
            "value": f"tel:{one['address']}",
            "type": one.get("integration") or _PHONE_NAMES.get(one.get("type", ""), "other"),
            "primary": one["address"] == primary,
        }
        for one in user.addresses
        if one.get("mediaType") == "PHONE" and "address" in one
    ]


def _abilities(shelf: Shelf, held: dict[str, float]) -> list[Json]:
    return [{"name": shelf.live[one]["name"], "proficiency": how} for one, how in held.items() if one in shelf.live]


# ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Wanted:
    """What a document asks for, resolved. None = the document does not say."""

    name: str
    email: str
    division: str | None
    manager: str | None
    skills: dict[str, float] | None
    languages: dict[str, float] | None
    external: list[Identifier] | None
    grants: list[Grant] | None
    addresses: list[Json] | None
    employer: Json


def absorb(world: World, user: User, given: Json) -> None:
    """Make the user what the document says, attribute by attribute; refused whole with 400 or 409.

    Source: definitions of the two extensions: division by name, skills and languages by case-sensitive name, at most 50 each,
    manager by id; an e-mail of somebody else is 409 in SCIM's words (for deleted owners inferred).
    """
    wanted = _resolved(world, user, given)
    if wanted.external is not None:
        _claim(world, user, wanted.external)
    for name in ("name", "division", "manager", "skills", "languages", "grants", "addresses"):
        if (value := getattr(wanted, name)) is not None:
            setattr(user, name, value)
    user.title = given.get("title", user.title)
    user.department = given.get(ENTERPRISE, {}).get("department", user.department)
    user.scim_id = given.get("externalId", user.scim_id)
    if wanted.employer:
        user.more["employerInfo"] = user.more.get("employerInfo", {}) | wanted.employer
    for phone in given.get("phoneNumbers", ()):
        if phone.get("primary"):
            user.more["primaryPhone"] = _number(phone)
    _settle(world, user, wanted.email, given.get("active"))


def _claim(world: World, user: User, pairs: list[Identifier]) -> None:
    try:
        claim(world, user, pairs)
    except Refusal as refusal:
        raise ScimRefusal(409, "uniqueness", refusal.message) if refusal.status == 409 else refusal from None


def _settle(world: World, user: User, email: str, active: object) -> None:
    entered = user.id in world.people.by_id
    if not entered:
        user.email = email
        world.people.add(user)
    elif email != user.email:
        world.people.readdress(user, email)
    state = {True: "active", False: "inactive"}.get(bool(active)) if active is not None else None
    if state is not None and state != user.state:
        set_state(world, user, state)
    elif entered:
        touch(world, user)


def _resolved(world: World, user: User, given: Json) -> _Wanted:
    enterprise, genesys = given.get(ENTERPRISE, {}), given.get(GENESYS, {})
    name, email = given.get("displayName", user.name), _email(given, user)
    check_name(name)
    check_email(email)
    owner = world.people.by_email.get(folded(email))
    if owner is not None and owner is not user:
        raise ScimRefusal(409, "uniqueness", f"User name [{email}] is already in use")
    return _Wanted(
        name=name,
        email=email,
        division=_division(world, enterprise["division"]) if "division" in enterprise else None,
        manager=_manager(world, enterprise["manager"]) if "manager" in enterprise else None,
        skills=_held(world.skills, genesys["routingSkills"], level) if "routingSkills" in genesys else None,
        languages=_held(world.languages, genesys["routingLanguages"], whole_level) if "routingLanguages" in genesys else None,
        external=[(one["authority"], one["value"]) for one in genesys["externalIds"]] if "externalIds" in genesys else None,
        grants=_grants(world, user, given["roles"]) if "roles" in given else None,
        addresses=_addresses(user, given["phoneNumbers"]) if "phoneNumbers" in given else None,
        employer=_employer(enterprise),
    )


def _email(given: Json, user: User) -> str:
    """`userName` when it changes the address, else the work address among `emails`."""
    named: str = given.get("userName", user.email)
    if named != user.email:
        return named
    return next((one["value"] for one in given.get("emails", ()) if one.get("type", "work") == "work" and "value" in one), named)


def _division(world: World, name: str) -> str:
    if not name:
        return str(world.home["id"])
    found = world.divisions.named(name)
    if found is None:
        raise invalid_value(name, "division")
    return str(found["id"])


def _manager(world: World, manager: Json) -> str:
    known: str = manager.get("value", "")
    if known and known not in world.people.by_id:
        raise invalid_value(known, "manager")
    return known


def _held(shelf: Shelf, items: list[Json], rounded: Callable[[float], float]) -> dict[str, float]:
    if len(items) > LIST_MAXIMUM:
        raise bad("constraint.validation", f"At most {LIST_MAXIMUM} items may be given")
    held = {}
    for item in items:
        found = shelf.named(item["name"])
        if found is None or found["name"] != item["name"]:
            raise invalid_value(item["name"], "name")
        held[found["id"]] = rounded(item.get("proficiency", 0.0))
    return held


def _grants(world: World, user: User, roles: list[Json]) -> list[Grant]:
    """Grants for exactly these roles: held ones stay where they are, new ones are for the home division (inferred)."""
    grants: list[Grant] = []
    for item in roles:
        role = world.roles.named(item.get("value", ""))
        if role is None:
            raise invalid_value(item.get("value"), "roles")
        held = [one for one in user.grants if one[0] == role["id"]]
        grants += held or [(role["id"], world.home["id"])]
    return [*dict.fromkeys(grants)]


def _addresses(user: User, phones: list[Json]) -> list[Json]:
    others = [one for one in user.addresses if one.get("mediaType") != "PHONE"]
    return others + [_address(phone) for phone in phones if phone.get("value")]


def _address(phone: Json) -> Json:
    kind = phone.get("type", "work")
    address = {"address": _number(phone), "mediaType": "PHONE", "type": _PHONE_TYPES.get(kind, "OTHER")}
    return address if kind in _PHONE_TYPES or kind == "other" else address | {"integration": kind}


def _number(phone: Json) -> str:
    return str(phone.get("value", "")).removeprefix("tel:").strip()


def _employer(enterprise: Json) -> Json:
    employer: dict[str, Any] = {}
    if "employeeNumber" in enterprise:
        employer["employeeId"] = enterprise["employeeNumber"]
    if "dateHire" in enterprise:
        employer["dateHire"] = _date(enterprise["dateHire"])
    return employer


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise bad("invalid.date", f"[{text}] is not a date of the form YYYY-MM-DD") from None
