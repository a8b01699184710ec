"""Secondary statuses: presence definitions of type User below one system presence. They never disappear, they are deactivated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field as Describe

from reconciler.kinds.rest import Rest, entities, final, folded, text
from reconciler.model.block import Block, Key, Text
from reconciler.model.call import Call, Listing
from reconciler.model.change import Change
from reconciler.model.kind import EVERYWHERE, Around, Field, Kind, Known, Lookup, Options
from reconciler.model.resource import Seen

SystemPresence = Literal["Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break"]
Locale = Literal[
    "ar", "cs", "da", "de", "en", "en_US", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "nl", "no", "pl", "pt",
    "pt_BR", "pt_PT", "ru", "sv", "th", "tr", "uk", "zh_CN", "zh_TW",
]  # fmt: skip


class SecondaryStatus(Block):
    """One secondary status."""

    labels: dict[Locale, Text] = Describe(min_length=1, description="Locale → label")
    system_presence: SystemPresence
    division: Key | None = None


def label(labels: Mapping[str, str]) -> str:
    """The label people know a status by: en_US, else en, else the first by locale."""
    return labels.get("en_US") or labels.get("en") or (labels[min(labels)] if labels else "")


def natural(_key: str, fields: Mapping[str, Any], _options: Options) -> tuple[str, ...]:
    """System presence and label: there is no name. Source: the official provider 1.84.1 matches by this rule."""
    labels = fields.get("labels") or {}
    return (f"{fields.get('system_presence')}/{folded(label(labels))}",) if labels else ()


def see(body: dict[str, Any], around: Around) -> Seen | None:
    """A listed definition of type User. Source: GET /api/v2/presence/definitions, API description of July 2026."""
    if body.get("type") == "System":
        return None
    labels = {locale: text(words) for locale, words in (body.get("languageLabels") or {}).items()}
    fields = {
        "labels": labels,
        "system_presence": body.get("systemPresence") or "",
        "division": body.get("divisionId") or EVERYWHERE,
    }
    standing = "inactive" if body.get("deactivated") else "active"
    return Seen(body["id"], label(labels), fields, "", natural("", fields, around.options), standing)


def body(fields: dict[str, Any], known: Known) -> dict[str, Any]:
    """A body for POST and PUT; the unchangeable `systemPresence` must still be sent (409 without it)."""
    division = fields.get("division", EVERYWHERE)
    return {
        "languageLabels": fields["labels"],
        "systemPresence": fields["system_presence"],
        "divisionId": EVERYWHERE if division == EVERYWHERE else known.id("division", division),
        "deactivated": False,
    }


REST = Rest(
    kind="secondary_status",
    many="/api/v2/presence/definitions",
    one="/api/v2/presence/definitions/{definitionId}",
    id_name="definitionId",
    see=see,
    body=body,
)
HALVES = tuple({"deactivated": half, "localeCode": "ALL"} for half in ("FALSE", "TRUE"))


def find(change: Change, known: Known) -> Lookup:
    """The status with the wished system presence and label; two of them would be possible, so both halves are read."""
    around = Around(known.options, known.home)
    wished = natural(change.ref.key, final(change, known), known.options)
    for half in HALVES:
        for entity in entities((yield Call("GET", REST.many, query=half))):
            seen = see(entity, around)
            if seen and seen.natural == wished:
                return seen
    return None


KIND = Kind(
    name="secondary_status",
    plural="secondary_statuses",
    model=SecondaryStatus,
    views="presence:presenceDefinition:view",
    fields={
        "labels": Field({}),
        "system_presence": Field(fixed=True),
        "division": Field(EVERYWHERE, "division"),
    },
    listings=tuple(Listing(REST.many, "whole", query=half) for half in HALVES),
    see=see,
    write=REST.write,
    find=find,
    natural=natural,
    called=lambda fields: label(fields.get("labels") or {}),
    unique_names=False,
    renames=False,
    leaves_by="deactivate",
)
