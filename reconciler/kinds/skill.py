"""ACD skills. They cannot be renamed: the API only creates, deletes, and moves them between divisions."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, folded, in_division, text, touched
from reconciler.model.block import Block, Key, Name
from reconciler.model.call import Listing
from reconciler.model.change import Change, Op
from reconciler.model.kind import EVERYWHERE, Around, Field, Flow, Kind, Known, Written
from reconciler.model.resource import Seen


class Skill(Block):
    """One ACD skill."""

    name: Name
    division: Key | None = None


def see(body: dict[str, Any], _around: Around) -> Seen | None:
    """A listed skill; lists may still show deleted ones. Source: GET /api/v2/routing/skills, provider 1.84.1."""
    if body.get("state") == "deleted":
        return None
    name = text(body.get("name"))
    division = (body.get("division") or {}).get("id") or EVERYWHERE
    return Seen(body["id"], name, {"name": name, "division": division}, "", (folded(name),))


def body(fields: dict[str, Any], known: Known) -> dict[str, Any]:
    """A body for POST; `divisionId` is accepted by newer versions of the API only, so it is sent only when wanted."""
    division = fields.get("division", EVERYWHERE)
    placed = {} if division == EVERYWHERE else {"divisionId": in_division(known, division)["id"]}
    return {"name": fields["name"], **placed}


def moved(fields: dict[str, Any], known: Known) -> dict[str, Any]:
    """A body for PATCH, which only moves; back to all divisions has to be said."""
    return {"divisionId": in_division(known, fields["division"])["id"]}


REST = Rest(
    kind="skill",
    many="/api/v2/routing/skills",
    one="/api/v2/routing/skills/{skillId}",
    id_name="skillId",
    see=see,
    body=body,
    update="PATCH",
    update_body=moved,
)


def write(change: Change, known: Known) -> Flow:
    """As every ordinary object; to one that exists nothing but a move can be written."""
    if change.op in {Op.UPDATE, Op.ADOPT} and "division" not in touched(change):
        return Written(known.id(*change.ref), change.name)
    return (yield from REST.write(change, known))


KIND = Kind(
    name="skill",
    plural="skills",
    model=Skill,
    views="routing:skill:view",
    fields={"name": Field(fixed=True), "division": Field(EVERYWHERE, "division")},
    listings=(Listing("/api/v2/routing/skills", size=500),),
    see=see,
    write=write,
    find=REST.find,
    natural=by_name,
)
