"""External sources: name the platform that external contacts come from, and how to link back to it."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, final, folded, text
from reconciler.model.block import Block, Name
from reconciler.model.call import Listing
from reconciler.model.change import Change, Op
from reconciler.model.kind import Around, Field, Flow, Kind, Known, Written
from reconciler.model.resource import Seen


class ExternalSource(Block):
    """One external source."""

    name: Name
    active: bool | None = None
    link: str | None = None
    """Template of the address that opens a contact on the external platform, up to 400 characters."""


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed source, active or not. Source: GET /api/v2/externalcontacts/externalsources, API description of July 2026."""
    name, is_active = text(body.get("name")), body.get("active") is not False
    link = (body.get("linkConfiguration") or {}).get("uriTemplate")
    fields = {"name": name, "active": is_active, "link": text(link)}
    return Seen(body["id"], name, fields, "", (folded(name),), "active" if is_active else "inactive")


def body(fields: dict[str, Any], _known: Known) -> dict[str, Any]:
    """A body for POST and PUT; a source is active unless the manifest says otherwise."""
    link = {"linkConfiguration": {"uriTemplate": fields["link"]}} if fields.get("link") else {}
    return {"name": fields["name"], "active": fields.get("active", True), **link}


REST = Rest(
    kind="external_source",
    many="/api/v2/externalcontacts/externalsources",
    one="/api/v2/externalcontacts/externalsources/{externalSourceId}",
    id_name="externalSourceId",
    see=see,
    body=body,
    look=({"name": None, "limit": 100},),
)


def write(change: Change, known: Known) -> Flow:
    """As every ordinary object, but it leaves by becoming inactive: contacts that refer to it are not cleaned up.

    Who comes back is active unless the manifest says otherwise.
    """
    if change.op not in {Op.DEACTIVATE, Op.RESTORE}:
        return (yield from REST.write(change, known))
    object_id, after = known.id(*change.ref), final(change, known)
    wished = next((one.after for one in change.fields if one.path == ("active",)), change.op is Op.RESTORE)
    yield REST.call("PUT", object_id, body({**after, "active": wished}, known))
    return Written(object_id, after.get("name") or change.name)


KIND = Kind(
    name="external_source",
    plural="external_sources",
    model=ExternalSource,
    fields={"name": Field(), "active": Field(empty=True), "link": Field()},
    listings=(Listing("/api/v2/externalcontacts/externalsources", "cursors", size=200),),
    see=see,
    write=write,
    find=REST.find,
    natural=by_name,
    leaves_by="deactivate",
)
