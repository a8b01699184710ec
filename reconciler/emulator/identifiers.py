"""External identifiers of users: pairs of authority and key, one-to-one within the organisation.

Source: both parts are case-sensitive; a pair in use is 409 `general.resource.conflict`; a user holds at most 100. That one
user holds at most one key per authority follows from "one-to-one" and from `GET .../externalid/{authorityName}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.people import touch
from reconciler.emulator.refusal import Refusal, bad, not_found

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Identifier, User
    from reconciler.emulator.world import World

IDENTIFIERS_MAXIMUM = 100

# Source: SCIM's core `externalId` is kept under an authority beginning thus, which nobody can write by name.
SCIM_AUTHORITY = "x-pc:scimv2:v1"


def list_identifiers(ask: Ask, world: World) -> list[Json]:
    """A bare array; what SCIM keeps as `externalId` is among it."""
    user = world.user(ask.path["userId"])
    return [_shown(user, pair) for pair in _held(user)]


def get_identifier(ask: Ask, world: World) -> Json:
    """The user's identifier under one authority."""
    user, authority = world.user(ask.path["userId"]), ask.path["authorityName"]
    for pair in _held(user):
        if pair[0] == authority:
            return _shown(user, pair)
    raise not_found(authority, "external identifier", "general.resource.not.found")


def add_identifier(ask: Ask, world: World) -> Any:
    """All identifiers of the user, or the new one (a switch: the definition and the provider differ)."""
    user = world.user(ask.path["userId"])
    pair = (ask.body["authorityName"], ask.body["externalKey"])
    _writable(pair)
    claim(world, user, [*user.external, pair])
    touch(world, user)
    if world.switches.external_id_answer == "object":
        return _shown(user, pair)
    return [_shown(user, one) for one in user.external]


def remove_identifier(ask: Ask, world: World) -> None:
    """The user without the identifier."""
    user, pair = world.user(ask.path["userId"]), (ask.path["authorityName"], ask.path["externalKey"])
    _writable(pair)
    if pair not in user.external:
        raise not_found(pair[1], "external identifier", "general.resource.not.found")
    claim(world, user, [one for one in user.external if one != pair])
    touch(world, user)


def claim(world: World, user: User, pairs: list[Identifier]) -> None:
    """Make these the user's identifiers; refused whole when one is empty, doubled or somebody else's."""
    owners = world.people.by_identifier
    for authority, key in pairs:
        if not authority.strip() or not key.strip():
            raise bad("general.bad.request", "Authority and key must not be empty")
        if owners.get((authority, key), user) is not user:
            raise _conflict(authority, key)
    if len({authority for authority, _ in pairs}) < len(pairs):
        raise _conflict(*pairs[-1])
    if len(pairs) > IDENTIFIERS_MAXIMUM:
        raise bad("general.bad.request", f"A user has at most {IDENTIFIERS_MAXIMUM} external identifiers")
    for pair in user.external:
        owners.pop(pair, None)
    user.external = pairs
    for pair in pairs:
        owners[pair] = user


def _held(user: User) -> list[Identifier]:
    return [*user.external, *([(SCIM_AUTHORITY, user.scim_id)] if user.scim_id else [])]


def _writable(pair: Identifier) -> None:
    if pair[0].startswith(SCIM_AUTHORITY):
        raise bad("general.bad.request", f"The authority [{pair[0]}] cannot be written")


def _conflict(authority: str, key: str) -> Refusal:
    return Refusal(409, "general.resource.conflict", f"The external identifier [{authority}, {key}] is in use")


def _shown(user: User, pair: Identifier) -> Json:
    return {
        "authorityName": pair[0],
        "externalKey": pair[1],
        "selfUri": f"/api/v2/users/{user.id}/externalid/{pair[0]}/{pair[1]}",
    }
