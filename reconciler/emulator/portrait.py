"""What a user looks like in answers: one function, because lists, members, search and single users all show the same.

Expansions that are not modelled are left out, which the API allows: they are declared best effort.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.status import shown_presence, shown_routing
from reconciler.emulator.words import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.things import Json, User
    from reconciler.emulator.world import World

# Source: the enumeration of `expand` on GET /users.
EXPANDS = words(
    """
    routingStatus presence integrationPresence conversationSummary outOfOffice geolocation station authorization
    lasttokenissued authorization.unusedRoles team workPlanBidRanks externalContactsSettings groups customAttributes
    profileSkills certifications locations skills languages languagePreference employerInfo biography dateLastLogin
    dateWelcomeSent
    """
)

_ALWAYS = ("username", "preferredName", "images", "chat", "acdAutoAnswer")


def portrait(world: World, user: User, expand: frozenset[str]) -> Json:
    """The user with the given expansions; `version` is what the next PATCH must name."""
    more = user.more
    uri = f"/api/v2/users/{user.id}"
    shown: Json = {
        "id": user.id,
        "name": user.name,
        "division": world.division_ref(user.division),
        "chat": {"jabberId": f"{user.id}@emulated.example"},
        "email": user.email,
        "primaryContactInfo": [{"address": user.email, "mediaType": "EMAIL", "type": "PRIMARY"}],
        "addresses": user.addresses,
        "state": user.state,
        "username": user.email,
        "version": user.version,
        "acdAutoAnswer": False,
        "selfUri": uri,
    }
    if more:
        shown |= {key: more[key] for key in _ALWAYS if key in more}
    if user.department:
        shown["department"] = user.department
    if user.title:
        shown["title"] = user.title
    if user.manager:
        boss = world.people.by_id[user.manager]
        shown["manager"] = {"id": boss.id, "name": boss.name, "version": boss.version, "selfUri": f"/api/v2/users/{boss.id}"}
    for name, value_of in _EXPANDED.items() if expand else ():
        if name in expand and (value := value_of(world, user)) is not None:
            shown[name] = value
    return shown


def skills(world: World, user: User) -> list[Json]:
    """The user's skills, in the order they were given. Source: skills are floats."""
    return [_ability(user, world.skills.live.get(known), known, level, "skill") for known, level in user.skills.items()]


def languages(world: World, user: User) -> list[Json]:
    """The user's languages. Source: the backend rounds their proficiency to a whole number (provider)."""
    return [_ability(user, world.languages.live.get(known), known, level, "language") for known, level in user.languages.items()]


def _ability(user: User, document: Json | None, known: str, level: float, family: str) -> Json:
    return {
        "id": known,
        "name": document["name"] if document else "",
        "proficiency": level,
        "state": "active" if document else "deleted",
        f"{family}Uri": f"/api/v2/routing/{family}s/{known}",
        "selfUri": f"/api/v2/users/{user.id}/routing{family}s/{known}",
    }


def authorization(world: World, user: User) -> Json:
    """The user's roles by name; permissions of roles are not modelled."""
    held = dict.fromkeys(role for role, _ in user.grants)
    return {"roles": [{"id": role, "name": world.roles.live[role]["name"]} for role in held]}


def _kept(name: str, empty: Any = None) -> Callable[[World, User], Any]:
    return lambda _, user: user.more.get(name, empty)


_EXPANDED: dict[str, Callable[[World, User], Any]] = {
    "skills": skills,
    "languages": languages,
    "employerInfo": _kept("employerInfo"),
    "biography": _kept("biography"),
    "certifications": _kept("certifications", []),
    "profileSkills": _kept("profileSkills", []),
    "locations": _kept("locations", []),
    "groups": _kept("groups", []),
    "languagePreference": _kept("languagePreference"),
    "presence": shown_presence,
    "authorization": authorization,
    "routingStatus": shown_routing,
    "dateWelcomeSent": lambda _, user: user.welcomed or None,
}
