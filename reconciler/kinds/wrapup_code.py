"""Wrap-up codes: how an agent says what a conversation was about."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, folded, in_division, text
from reconciler.model.block import Block, Key, Name, Text
from reconciler.model.call import Listing
from reconciler.model.kind import EVERYWHERE, Around, Field, Kind, Known
from reconciler.model.resource import Seen


class WrapupCode(Block):
    """One wrap-up code."""

    name: Name
    division: Key | None = None
    description: Text | None = None


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed code; without division it belongs to all. Source: GET /api/v2/routing/wrapupcodes, provider 1.84.1."""
    name = text(body.get("name"))
    division = (body.get("division") or {}).get("id") or EVERYWHERE
    fields = {"name": name, "division": division, "description": text(body.get("description"))}
    return Seen(body["id"], name, fields, "", (folded(name),))


def body(fields: dict[str, Any], known: Known) -> dict[str, Any]:
    """A body for POST; a code without division belongs to all of them."""
    division = fields.get("division", EVERYWHERE)
    placed = {} if division == EVERYWHERE else {"division": in_division(known, division)}
    return {"name": fields["name"], "description": fields.get("description", ""), **placed}


def whole(fields: dict[str, Any], known: Known) -> dict[str, Any]:
    """A body for PUT, which replaces the whole object; that a code left without division would keep its old one is inferred."""
    return {**body(fields, known), "division": in_division(known, fields["division"])}


REST = Rest(
    kind="wrapup_code",
    many="/api/v2/routing/wrapupcodes",
    one="/api/v2/routing/wrapupcodes/{codeId}",
    id_name="codeId",
    see=see,
    body=body,
    update_body=whole,
)

KIND = Kind(
    name="wrapup_code",
    plural="wrapup_codes",
    model=WrapupCode,
    views="routing:wrapupCode:view",
    fields={"name": Field(), "division": Field(EVERYWHERE, "division"), "description": Field()},
    listings=(Listing("/api/v2/routing/wrapupcodes", size=100),),
    see=see,
    write=REST.write,
    find=REST.find,
    natural=by_name,
)
