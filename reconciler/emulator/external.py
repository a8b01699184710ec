"""External sources: what links external contacts to another platform. Listed by a cursor that dies after 24 hours."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.emulator import pages
from reconciler.emulator.refusal import Refusal, not_found
from reconciler.emulator.things import folded

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

CURSOR_SECONDS = 86_400
NAME_MAXIMUM = 200
LINK_MAXIMUM = 400
ACTIVE_MAXIMUM = 500


def list_sources(ask: Ask, world: World) -> Json:
    """External sources by name; `name` filters by prefix, `active` by state."""
    prefix, active = folded(ask.query.one("name")), ask.query.flag("active")
    found = [
        one
        for one in world.external_sources.live.values()
        if folded(one["name"]).startswith(prefix) and (active is None or one["active"] == active)
    ]
    found.sort(key=lambda one: (folded(one["name"]), one["id"]))
    return pages.cursors(ask, found, now=world.now(), lifetime=CURSOR_SECONDS)


def create_source(ask: Ask, world: World) -> Json:
    """A new external source. Source: the name is unique, 409 `external.source.exists`; 422 `validation.failed` for the rest."""
    name, more = _checked(ask, world, None)
    known = world.new_id()
    uri = f"/api/v2/externalcontacts/externalsources/{known}"
    return world.external_sources.add({"id": known, "name": name, **more, "selfUri": uri}, world.now())


def get_source(ask: Ask, world: World) -> Json:
    """One external source."""
    return _known(ask, world)


def replace_source(ask: Ask, world: World) -> Json:
    """The external source with exactly what the body says."""
    known = _known(ask, world)
    name, more = _checked(ask, world, known)
    if name != known["name"]:
        world.external_sources.rename(known, name)
    known.pop("linkConfiguration", None)
    known |= more
    return known


def delete_source(ask: Ask, world: World) -> Json:
    """Nothing; the external source is gone."""
    world.external_sources.drop(_known(ask, world))
    return {}


def _known(ask: Ask, world: World) -> Json:
    known = ask.path["externalSourceId"]
    if known not in world.external_sources.live:
        raise not_found(known, "external source", "entity.not.found")
    return world.external_sources.live[known]


def _checked(ask: Ask, world: World, own: Json | None) -> tuple[str, Json]:
    name, active = ask.body.get("name", "").strip(), ask.body.get("active", True)
    if not 0 < len(name) <= NAME_MAXIMUM:
        raise _invalid(f"The name has 1 to {NAME_MAXIMUM} characters")
    other = world.external_sources.named(name)
    if other is not None and other is not own:
        raise Refusal(409, "external.source.exists", f"The name [{name}] is in use", entityId=other["id"])
    was_active = own is not None and own["active"]
    if active and not was_active and sum(one["active"] for one in world.external_sources.live.values()) >= ACTIVE_MAXIMUM:
        raise Refusal(409, "active.external.source.limit.reached", "Too many active external sources")
    link = ask.body.get("linkConfiguration")
    if link is None:
        return name, {"active": active}
    _check_link(link.get("uriTemplate", ""))
    return name, {"active": active, "linkConfiguration": link}


def _check_link(template: str) -> None:
    try:
        parts = urlsplit(template)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc or len(template) > LINK_MAXIMUM:
        raise _invalid(f"uriTemplate must be an address of at most {LINK_MAXIMUM} characters")


def _invalid(message: str) -> Refusal:
    return Refusal(422, "validation.failed", message)
