"""Shapes of request bodies and the check against them. Knows no body and no operation.

A shape is plain Python: a type for a scalar (`str int float bool`, `object` for anything), a tuple for an enumeration, a list
of one shape for an array, a dict for an object. In a dict a trailing `!` marks a required property; the key `*` makes it a
free map. A property with the value None counts as absent: the official SDKs drop them.
"""

from __future__ import annotations

from typing import Any

from reconciler.emulator.refusal import Refusal, bad, constraint, invalid_value

Shape = Any

_NAMES = {str: "text", int: "integer", float: "number", bool: "boolean"}
_INT32 = 2**31


def checked(value: Any, shape: Shape, *, strict: bool, field: str = "body") -> Any:
    """The value without properties that are None; refused with the API's code where it does not fit.

    `strict` refuses unknown properties (400 `invalid.property`), else they are dropped. Source: the codes every operation
    lists; which of them a missing required property gets is inferred.
    """
    if isinstance(shape, dict):
        return _object(value, shape, strict=strict, field=field)
    if isinstance(shape, list):
        return _array(value, shape[0], strict=strict, field=field)
    if isinstance(shape, tuple):
        if value in shape and not isinstance(value, bool):
            return value
        raise invalid_value(value, field, shape)
    return _scalar(value, shape, field)


def _object(value: Any, shape: dict[str, Shape], *, strict: bool, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(value, field, "object")
    given = {name: inner for name, inner in value.items() if inner is not None}
    for name in shape:
        if name.endswith("!") and name[:-1] not in given:
            raise constraint(f"{field}.{name[:-1]} must be given", name[:-1])
    return {
        name: checked(inner, inner_shape, strict=strict, field=name)
        for name, inner in given.items()
        if (inner_shape := _property(shape, name, strict=strict, field=field)) is not None
    }


def _property(shape: dict[str, Shape], name: str, *, strict: bool, field: str) -> Shape:
    found = shape.get(name) or shape.get(f"{name}!") or shape.get("*")
    if found is None and strict:
        raise bad("invalid.property", f"Value [{name}] is not a valid property for object [{field}]")
    return found


def _array(value: Any, shape: Shape, *, strict: bool, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(value, field, "array")
    return [checked(inner, shape, strict=strict, field=field) for inner in value]


def _scalar(value: Any, shape: type, field: str) -> Any:
    if shape is object:
        return value
    fits = isinstance(value, (int, float)) if shape is float else isinstance(value, shape)
    if not fits or (shape is not bool and isinstance(value, bool)):
        raise _wrong(value, field, _NAMES[shape])
    if shape is int and not -_INT32 <= value < _INT32:
        raise invalid_value(value, field)
    return value


def _wrong(value: Any, field: str, expected: str) -> Refusal:
    return bad("bad.request", f"Field [{field}] must be of type {expected}, found {type(value).__name__}")
