"""What agents are shown as right now, and what their status is told with: definitions, sources, who is primary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.errors import Unavailable
from reconciler.model.call import Call, Listing
from reconciler.model.port import Reader
from reconciler.model.resource import Proof

DEFINITIONS = Listing("/api/v2/presence/definitions", "whole", query={"deactivated": "FALSE"})
SOURCES = Listing("/api/v2/presence/sources", "whole", query={"deactivated": "FALSE"})
SETTINGS = Call("GET", "/api/v2/presence/settings")
PEOPLE = Listing("/api/v2/users", query={"state": "active", "expand": "presence,routingStatus"}, size=500)
STATUSES = {
    "OFF_QUEUE": "OffQueue",
    "IDLE": "Idle",
    "INTERACTING": "Interacting",
    "COMMUNICATING": "Communicating",
    "NOT_RESPONDING": "NotResponding",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """What status is told with. `system` are system presences: name → id of their definition; `sources` active ones of type User.

    `primary` is the id of the source whose presence counts for everybody without one of their own; empty for the built-in one.
    """

    system: Mapping[str, str]
    sources: Mapping[str, str]
    primary: str


async def stage(reader: Reader) -> Stage:
    """Three requests. Source: GET /api/v2/presence/definitions, …/sources, …/settings; API description of July 2026.

    That the built-in presence definitions are of type System and one per system presence is inferred. Raises `Unavailable` for a
    list that is not complete: what is missing in it may be a second source.
    """
    system: dict[str, str] = {}
    sources: dict[str, str] = {}

    def define(page: list[dict[str, Any]]) -> None:
        system.update({one["systemPresence"]: one["id"] for one in page if one.get("type") == "System"})

    def source(page: list[dict[str, Any]]) -> None:
        sources.update({one["id"]: one.get("name", "") for one in page if one.get("type") != "System"})

    for listing, take in ((DEFINITIONS, define), (SOURCES, source)):
        proof = await reader.pages(listing, take)
        if not proof.complete:
            raise Unavailable(f"GET {listing.path}", 0, "", f"the list is not complete: {proof.reason}")
    settings = (await reader.get(SETTINGS)).json() or {}
    return Stage(system, sources, settings.get("defaultPrimaryPresenceRegisteredSourceId") or "")


class Shown(NamedTuple):
    """What Genesys Cloud shows: key of a user → (presence, routing status). `elsewhere` have another primary source than ours.

    `presence` is `system_presence/NAME` or `secondary_status/KEY`; empty where it is one that nobody here knows.
    """

    pairs: Mapping[str, tuple[str, str]]
    elsewhere: frozenset[str]
    proof: Proof


async def shown(reader: Reader, users: Mapping[str, str], definitions: Mapping[str, str], source: str) -> Shown:
    """Every active user of ours; `users` are id → key, `definitions` id → presence, `source` is the id of ours.

    One request per 500 users. Source: GET /api/v2/users?expand=presence,routingStatus, API description of July 2026: `presence`
    is that of the user's primary source, named by `sourceId`; an expansion that did not come leaves the user out.
    """
    pairs: dict[str, tuple[str, str]] = {}
    elsewhere: set[str] = set()

    def take(page: list[dict[str, Any]]) -> None:
        for body in page:
            key = users.get(body["id"])
            presence, routing = body.get("presence"), body.get("routingStatus")
            if key is None or not presence or not routing:
                continue
            if presence.get("sourceId") not in {None, "", source}:
                elsewhere.add(key)
                continue
            definition = (presence.get("presenceDefinition") or {}).get("id", "")
            pairs[key] = definitions.get(definition, ""), STATUSES.get(routing.get("status", ""), "")

    proof = await reader.pages(PEOPLE, take)
    return Shown(pairs, frozenset(elsewhere), proof)
