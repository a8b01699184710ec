"""Divisions: the areas of an organisation that rights are granted for. The home division is always the key `home`."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, folded, text
from reconciler.model.block import Block, Name, Text
from reconciler.model.call import Listing
from reconciler.model.kind import HOME, Around, Field, Kind, Known
from reconciler.model.resource import Seen


class Division(Block):
    """One division."""

    name: Name
    description: Text | None = None


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed division. Source: GET /api/v2/authorization/divisions, API description of July 2026.

    Its cursor twin `/divisions/query` gives no total, so a page cut short would not show there.
    """
    name = text(body.get("name"))
    fields = {"name": name, "description": text(body.get("description"))}
    return Seen(body["id"], name, fields, HOME if body.get("homeDivision") else "", (folded(name),))


def body(fields: dict[str, Any], _known: Known) -> dict[str, Any]:
    """A body for POST and PUT; `description` is required by the schema but may be empty."""
    return {"name": fields["name"], "description": fields.get("description", "")}


REST = Rest(
    kind="division",
    many="/api/v2/authorization/divisions",
    one="/api/v2/authorization/divisions/{divisionId}",
    id_name="divisionId",
    see=see,
    body=body,
)

KIND = Kind(
    name="division",
    plural="divisions",
    model=Division,
    fields={"name": Field(), "description": Field()},
    listings=(Listing("/api/v2/authorization/divisions", size=100),),
    see=see,
    write=REST.write,
    find=REST.find,
    natural=by_name,
)
