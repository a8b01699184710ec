"""Presence sources: stand for the external platform; injected presence counts for adherence only if its source is primary."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, entities, final, folded, text, touched
from reconciler.model.block import Block, Name, Text
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.change import Change, Op
from reconciler.model.kind import Around, Field, Flow, Kind, Known, Lookup, Options, Written
from reconciler.model.resource import Seen

SETTINGS = "/api/v2/presence/settings"
PRIMARY = "defaultPrimaryPresenceRegisteredSourceId"
RESTORE_NOTHING = {"enabled": False, "restoreTimeMilliseconds": 0, "restoreOnQueueEnabled": False}


class PresenceSource(Block):
    """One presence source."""

    name: Name
    description: Text | None = None
    primary: bool | None = None
    """Whether it is the organisation's default primary source; at most one is."""


def see(body: dict[str, Any], around: Around) -> Seen | None:
    """A listed source of type User; the built-in ones cannot be changed. Source: GET /api/v2/presence/sources."""
    if body.get("type") == "System":
        return None
    name = text(body.get("name"))
    primary = (around.setting or {}).get(PRIMARY) == body["id"]
    fields = {"name": name, "description": text(body.get("description")), "primary": primary}
    standing = "inactive" if body.get("deactivated") else "active"
    return Seen(body["id"], name, fields, "", (folded(name),), standing)


def body(fields: dict[str, Any], _known: Known) -> dict[str, Any]:
    """A body for POST and PUT; `type` is set by the platform and not sent."""
    return {"name": fields["name"], "description": fields.get("description", ""), "deactivated": False}


HALVES = tuple({"deactivated": half} for half in ("FALSE", "TRUE"))
REST = Rest(
    kind="presence_source",
    many="/api/v2/presence/sources",
    one="/api/v2/presence/sources/{sourceId}",
    id_name="sourceId",
    see=see,
    body=body,
    look=HALVES,
)


def write(change: Change, known: Known) -> Flow:
    """Writes the source, then the organisation's setting where `primary` changes: read, merged, written as a whole.

    Source: PUT /api/v2/presence/settings replaces the object (409 without `restorePresenceSettings`).
    """
    written = Written("" if change.op is Op.CREATE else known.id(*change.ref), change.name)
    if _whole(change):
        written = yield from REST.write(change, known)
    wished = [one.after for one in change.fields if one.path == ("primary",)]
    if not wished or change.op.removes:
        return written
    settings = (yield Call("GET", SETTINGS)).json() or {}
    primary = written.id if wished[0] else None
    if settings.get(PRIMARY) != primary and (wished[0] or settings.get(PRIMARY) == written.id):
        yield Call("PUT", SETTINGS, body=merged(settings, primary))
    return written


def merged(settings: dict[str, Any], primary: str | None) -> dict[str, Any]:
    """The whole settings object with another primary source; what the service adds by itself is left out."""
    kept = {name: value for name, value in settings.items() if name not in {"id", "selfUri", PRIMARY}}
    kept["restorePresenceSettings"] = kept.get("restorePresenceSettings") or dict(RESTORE_NOTHING)
    return {**kept, PRIMARY: primary}


def costs(change: Change, _options: Options) -> int:
    """Requests of a change: one, and two more for the setting."""
    fields = touched(change)
    return _whole(change) + (2 if "primary" in fields else 0)


def _whole(change: Change) -> bool:
    """Whether the source itself is written, not only the setting that names the primary one."""
    return change.op in {Op.CREATE, Op.RESTORE} or change.op.removes or bool(touched(change) - {"primary"})


def find(change: Change, known: Known) -> Lookup:
    """The source of type User with the wished name, active or not."""
    around = Around(known.options, known.home)
    wished = folded(final(change, known).get("name") or change.name)
    for half in HALVES:
        answer: Answer = yield Call("GET", REST.many, query=half)
        for entity in entities(answer):
            seen = see(entity, around)
            if seen and folded(seen.name) == wished:
                return seen
    return None


KIND = Kind(
    name="presence_source",
    plural="presence_sources",
    model=PresenceSource,
    fields={"name": Field(), "description": Field(), "primary": Field(empty=False)},
    listings=tuple(Listing(REST.many, "whole", query=half) for half in HALVES),
    see=see,
    write=write,
    find=find,
    natural=by_name,
    setting=Call("GET", SETTINGS),
    unique_names=False,
    leaves_by="deactivate",
    costs=costs,
)
