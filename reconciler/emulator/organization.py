"""Who we are and what we may: the token, the organisation, its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.grants import client_grants
from reconciler.emulator.quota import BODY_MAXIMUM
from reconciler.emulator.refusal import not_found
from reconciler.emulator.words import words

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

# Source: names of the namespaces a reconciler meets; keys and numbers where they are published, none where not.
LIMITS: dict[str, dict[str, int]] = {
    "platform.api": {
        "client.credentials.token.rate.per.minute": 300,
        "token.rate.per.minute": 300,
        "org.app.user.rate.per.minute": 3000,
        "request.bytes.max": BODY_MAXIMUM,
    }
}
UNPUBLISHED = words(
    """
    external.events.data.ingestion presence routing skills users directory search scim audit auth.api authorization
    analytics.realtime external.contacts recording notifications conversation
    """
)


def get_token(ask: Ask, world: World) -> Json:
    """The token's organisation and client. Source: `GET /tokens/me`."""
    organization = {key: world.organization[key] for key in ("id", "name")}
    grants = [{"roleId": role, "divisionId": division} for role, division in client_grants(world, ask.caller)]
    return {
        "organization": organization,
        "homeOrganization": organization,
        "authorizedScope": [],
        "OAuthClient": {
            "id": ask.caller.id,
            "name": ask.caller.name,
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "scope": [],
            "roleDivisions": grants,
            "state": "active",
            "organization": organization,
        },
    }


def check_token(ask: Ask, world: World) -> None:
    """Nothing; that there is an answer says the token lives."""
    del ask, world


def revoke_token(ask: Ask, world: World) -> None:
    """The token is worthless from now on."""
    world.tokens.revoke(ask.headers.get("authorization", ""))


def get_organization(ask: Ask, world: World) -> Json:
    """The organisation of the token."""
    del ask
    return world.organization


def list_namespaces(ask: Ask, world: World) -> Json:
    """Names of the limit namespaces."""
    del world
    return pages.numbered(ask, sorted(UNPUBLISHED | LIMITS.keys()))


def get_limits(ask: Ask, world: World) -> Json:
    """The limits in force; the request rate is the one the emulator enforces."""
    limits = _namespace(ask)
    if ask.path["namespaceName"] == "platform.api" and world.rate_limit:
        rates = ("client.credentials.token.rate.per.minute", "token.rate.per.minute")
        limits = limits | dict.fromkeys(rates, world.rate_limit)
    return _shown(ask, limits)


def get_default_limits(ask: Ask, world: World) -> Json:
    """The limits an organisation starts with."""
    del world
    return _shown(ask, _namespace(ask))


def _namespace(ask: Ask) -> dict[str, int]:
    name = ask.path["namespaceName"]
    if name not in LIMITS and name not in UNPUBLISHED:
        raise not_found(name, "limit namespace")
    return LIMITS.get(name, {})


def _shown(ask: Ask, limits: dict[str, int]) -> Json:
    namespace = ask.path["namespaceName"]
    return {"entities": [{"key": key, "namespace": namespace, "value": value} for key, value in limits.items()]}
