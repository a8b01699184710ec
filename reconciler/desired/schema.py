"""Kinds and models → JSON Schemas, for editors and for whoever writes our files with programs. Texts only; nothing is written.

A schema is made from the same models that check, so it cannot say anything else. It accepts what we accept where JSON Schema
can say it: a text may be written without quotes even if it looks like a number. What needs a look at other objects
(references, twins) is left to `validate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from reconciler.model.kind import EVERYWHERE, Field, Kind

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_MODES: Final = {
    True: "A plain list only adds. {mode: additive, items} adds, {mode: exclusive, items} means exactly these, {mode: ignore} "
    "leaves the field alone. Null empties it.",
    False: "Written plainly it means exactly these. {mode: additive, items} adds only, {mode: ignore} leaves the field alone. "
    "Null empties it.",
}
_EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "division": {"key": "osaka", "name": "大阪センター"},
    "skill": {"key": "returns", "name": "Returns"},
    "language": {"key": "en", "name": "English"},
    "wrapup_code": {"key": "callback", "name": "Callback wanted", "division": "osaka"},
    "secondary_status": {"key": "lunch", "system_presence": "Meal", "labels": {"en_US": "Lunch", "ja": "昼食"}},
    "presence_source": {"key": "pbx", "name": "Our PBX", "primary": True},
    "external_source": {"key": "pbx", "name": "Our PBX"},
    "user": {
        "key": "agent-7",
        "name": "佐藤 花子",
        "email": "hanako.sato@example.com",
        "division": "osaka",
        "skills": {"returns": 3.5},
        "languages": {"en": 4},
    },
    "queue": {
        "key": "q-7",
        "name": "Returns Osaka",
        "division": "osaka",
        "wrapup_codes": {"mode": "additive", "items": ["callback"]},
        "members": {"mode": "exclusive", "items": ["agent-7"]},
    },
}


def text(schema: Mapping[str, Any]) -> str:
    """A schema as JSON text, the same for the same schema: sorted, indented by two, ending in a line feed."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()


def schema(model: type[BaseModel], *, id: str, title: str) -> dict[str, Any]:  # noqa: A002 - the word of JSON Schema
    """The schema of one model. Titles pydantic makes up from names are left out."""
    return {"$schema": DRAFT, **_tidy(model.model_json_schema()), "$id": id, "title": title}


def manifest(kinds: Sequence[Kind]) -> dict[str, Any]:
    """The schema of one document of a manifest."""
    names, together = models_json_schema([(kind.model, "validation") for kind in kinds])
    parts = _unquoted(_tidy(together["$defs"]))
    for part in parts.values():
        _drop_defaults(part)
    for kind in kinds:
        _describe(kind, parts, parts[_last(names[kind.model, "validation"]["$ref"])])
    collections = {
        kind.plural: {
            "description": f"Objects of kind {kind.name}.",
            "type": ["array", "null"],
            "items": names[kind.model, "validation"],
            "examples": [[_EXAMPLES[kind.name]]] if kind.name in _EXAMPLES else [],
        }
        for kind in kinds
    }
    version = {"description": "Version of this format.", "const": 1}
    return {
        "$schema": DRAFT,
        "$id": "manifest.v1.json",
        "title": "Manifest",
        "description": "Desired state of a Genesys Cloud organisation. What is left out is not managed; null clears.",
        "type": "object",
        "properties": {"version": version, **collections},
        "required": ["version"],
        "additionalProperties": False,
        "$defs": parts,
    }


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _tidy(schema: Any) -> Any:
    """`schema` without titles: pydantic repeats each field's name as one. Properties that are called title stay."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    named = {"properties", "$defs"}
    return {
        name: {inner: _tidy(one) for inner, one in value.items()} if name in named else _tidy(value)
        for name, value in schema.items()
        if name != "title"
    }


def _drop_defaults(part: dict[str, Any]) -> None:
    """Takes out `default: null`: left out and null are two things in a manifest."""
    for field in part.get("properties", {}).values():
        field.pop("default", None)


def _unquoted(schema: Any) -> Any:
    """Lets a text without fixed form be written without quotes where YAML reads a number or a boolean in it."""
    if isinstance(schema, list):
        return [_unquoted(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: value if name == "propertyNames" else _unquoted(value) for name, value in schema.items()}
    if schema.get("type") == "string" and not schema.keys() & {"enum", "const", "pattern", "format"}:
        loose["type"] = ["string", "number", "boolean"]
    return loose


def _describe(kind: Kind, parts: dict[str, Any], part: dict[str, Any]) -> None:
    """Adds what the card knows and the model does not: what a field refers to, and what its modes mean."""
    part["properties"]["key"]["not"] = {"enum": [EVERYWHERE]}
    part["properties"]["key"]["pattern"] = "^[^~]"
    for name, card in kind.fields.items():
        field = part["properties"][name]
        words = [field.get("description", ""), _reference(card)]
        moded = [one["$ref"] for one in field.get("anyOf", ()) if _is_moded(parts, one)]
        if moded:
            words.append(_MODES[card.additive])
            _complete(parts[_last(moded[0])])
        if card.additive:
            for plain in _arrays(field):
                plain["minItems"] = 1
        if said := " ".join(word for word in words if word):
            field["description"] = said


def _reference(card: Field) -> str:
    """What the keys in a field name."""
    if not card.refers:
        return ""
    many = isinstance(card.empty, (frozenset, dict))
    extra = {"home": " or home", EVERYWHERE: ", home, or * for all divisions"}.get(str(card.empty), "")
    return f"{'Keys' if many else 'Key'} of kind {card.refers}{extra}."


def _is_moded(parts: Mapping[str, Any], way: Mapping[str, Any]) -> bool:
    """Whether a way to write a field is `{mode, items}`."""
    return "$ref" in way and set(parts[_last(way["$ref"])].get("properties", ())) == {"mode", "items"}


def _complete(moded: dict[str, Any]) -> None:
    """Asks for items unless the mode is ignore: a forgotten line would empty a queue."""
    moded["if"] = {"properties": {"mode": {"enum": ["additive", "exclusive"]}}}
    moded["then"] = {"required": ["items"]}


def _arrays(field: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for one in field.get("anyOf", ()) if one.get("type") == "array")
