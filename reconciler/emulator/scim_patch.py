"""PATCH of RFC 7644 on a document: add, replace, remove, with value filters. Documents in, document out.

Source: RFC 7644 §3.5.2; `replace` of a list without a filter replaces all of it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from reconciler.emulator.refusal import bad
from reconciler.emulator.scim_path import ENTERPRISE, GENESYS, Path, read_path

if TYPE_CHECKING:
    from reconciler.emulator.scim_path import Terms
    from reconciler.emulator.things import Json

# Writable attributes by schema. Lists say by which sub-attributes two entries are the same.
_SCALARS = {
    "": ("active", "userName", "displayName", "title", "externalId", "password"),
    ENTERPRISE: ("division", "department", "manager", "employeeNumber", "dateHire"),
    GENESYS: (),
}
_LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "": {"phoneNumbers": ("value", "type"), "emails": ("value",), "roles": ("value",)},
    ENTERPRISE: {},
    GENESYS: {"routingSkills": ("name",), "routingLanguages": ("name",), "externalIds": ("authority", "value")},
}
_EMPTY: dict[str, Any] = {"manager": {"value": ""}}


def patched(document: Json, operations: list[Json]) -> Json:
    """The document after the operations, in order; 400 for one that cannot be carried out."""
    result = deepcopy(document)
    for operation in operations:
        _apply(result, operation["op"].lower(), operation.get("path", ""), operation.get("value"))
    return result


def _apply(result: Json, op: str, text: str, value: Any) -> None:
    if op == "remove" and not text:
        raise bad("bad.request", "A remove operation needs a path")
    path = read_path(text) if text else Path("", "")
    if path.attribute:
        _point(result, op, path, value)
        return
    if not isinstance(value, dict):
        raise bad("bad.request", "An operation without an attribute needs an object as value")
    for name, inner in value.items():
        if isinstance(inner, dict) and name in (ENTERPRISE, GENESYS):
            _apply(result, op, name, inner)
        else:
            named = read_path(name)
            _point(result, op, Path(named.schema or path.schema, named.attribute, sub=named.sub), inner)


def _point(result: Json, op: str, path: Path, value: Any) -> None:
    place = result.setdefault(path.schema, {}) if path.schema else result
    known = {name.lower(): name for name in (*_SCALARS[path.schema], *_LISTS[path.schema])}
    name = known.get(path.attribute.lower())
    if name is None:
        raise bad("bad.request", f"The attribute [{path.attribute}] does not exist or cannot be written")
    if name not in _LISTS[path.schema]:
        _set(place, op, name, path.sub, value)
    elif path.terms:
        place[name] = _filtered(place.get(name, []), op, path, value)
    else:
        place[name] = _listed(place.get(name, []), op, _LISTS[path.schema][name], value)


def _set(place: Json, op: str, name: str, sub: str, value: Any) -> None:
    if op == "remove" or value is None:
        place[name] = deepcopy(_EMPTY.get(name, ""))
    elif name == "manager":
        place[name] = value if isinstance(value, dict) else {"value": value}
    elif name == "active" and isinstance(value, str):
        place[name] = value.lower() == "true"
    elif sub:
        raise bad("bad.request", f"[{name}] has no sub-attributes")
    else:
        place[name] = value


def _listed(held: list[Json], op: str, same: tuple[str, ...], value: Any) -> list[Json]:
    if op == "remove":
        return []
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in given):
        raise bad("bad.request", "The value must be an object or a list of objects")
    if op == "replace":
        return given
    marks = [tuple(one.get(key) for key in same) for one in given]
    return [one for one in held if tuple(one.get(key) for key in same) not in marks] + given


def _filtered(held: list[Json], op: str, path: Path, value: Any) -> list[Json]:
    hits = [one for one in held if _meets(one, path.terms)]
    if op == "remove" and not path.sub:
        if not hits:
            raise bad("bad.request", "The filter matches nothing")
        return [one for one in held if one not in hits]
    if not hits and op == "replace":
        raise bad("bad.request", "The filter matches nothing")
    change = _change(op, path.sub, value)
    if not hits:
        return [*held, dict(path.terms) | change]
    return [one | change if one in hits else one for one in held]


def _change(op: str, sub: str, value: Any) -> Json:
    if sub:
        return {sub: None if op == "remove" else value}
    if not isinstance(value, dict):
        raise bad("bad.request", "The value must be an object")
    return value


def _meets(entry: Json, terms: Terms) -> bool:
    lowered = {key.lower(): value for key, value in entry.items()}
    return all(_text(lowered.get(name)) == value for name, value in terms)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
