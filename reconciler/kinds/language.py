"""ACD languages. The API creates, lists and deletes them; nothing about them can be changed."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.rest import Rest, by_name, folded, text
from reconciler.model.block import Block, Name
from reconciler.model.call import Listing
from reconciler.model.kind import Around, Field, Kind, Known
from reconciler.model.resource import Seen


class Language(Block):
    """One ACD language."""

    name: Name


def see(body: dict[str, Any], _around: Around) -> Seen | None:
    """A listed language; lists may still show deleted ones. Source: GET /api/v2/routing/languages, provider 1.84.1."""
    if body.get("state") == "deleted":
        return None
    name = text(body.get("name"))
    return Seen(body["id"], name, {"name": name}, "", (folded(name),))


def body(fields: dict[str, Any], _known: Known) -> dict[str, Any]:
    """A body for POST."""
    return {"name": fields["name"]}


REST = Rest(
    kind="language",
    many="/api/v2/routing/languages",
    one="/api/v2/routing/languages/{languageId}",
    id_name="languageId",
    see=see,
    body=body,
    update="",
)

KIND = Kind(
    name="language",
    plural="languages",
    model=Language,
    fields={"name": Field(fixed=True)},
    listings=(Listing("/api/v2/routing/languages", size=100),),
    see=see,
    write=REST.write,
    find=REST.find,
    natural=by_name,
)
