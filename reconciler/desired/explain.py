"""What pydantic says about a block, in our words: the field, what stands there, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from reconciler.desired.manifest import shown, suggestion
from reconciler.formats.yaml import Path

Flaw = tuple[Path, str, str]
"""The way from the block to what is wrong, what is wrong, and what to do."""

_REMEDIES: Final[Mapping[str, str]] = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "dict_type": "write a mapping",
    "finite_number": "write a number",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "greater_than_equal": "write at least {ge}",
    "int_from_float": "write a whole number",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "less_than_equal": "write at most {le}",
    "model_attributes_type": "write a mapping",
    "model_type": "write a mapping",
    "string_pattern_mismatch": "it has to look like {pattern}",
    "string_too_long": "write at most {max_length} characters",
    "string_too_short": "write at least {min_length} characters",
    "string_type": "write a text",
    "too_short": "write at least {min_length}",
    "tuple_type": "write a list",
}


def explain(model: type[BaseModel], block: Any, error: ValidationError) -> Iterator[Flaw]:
    """One flaw per place, in the order of the model's fields."""
    told: set[Path] = set()
    for detail in error.errors(include_url=False):
        if _is_beside_the_point(model, block, detail["loc"]):
            continue
        path = _trail(block, detail)
        if path not in told:
            told.add(path)
            yield path, *_words(model, path, detail)


def is_moded(value: Any) -> bool:
    """Whether a collection is written as `{mode, items}` and not plainly; `items` may be missing or misspelt."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("items"), (dict, list)) or value.get("mode") in {"additive", "exclusive", "ignore"}


def _is_beside_the_point(model: type[BaseModel], block: Any, loc: Sequence[Any]) -> bool:
    """Whether an error is about the other way to write a collection than the one that was meant."""
    if len(loc) < 2 or loc[0] not in model.model_fields:
        return False
    ways = [way for way in get_args(model.model_fields[loc[0]].annotation) if way is not NoneType]
    models = {way.__name__ for way in ways if isinstance(way, type) and issubclass(way, BaseModel)}
    if len(ways) < 2:
        return False
    if not models:
        return loc[1] == "str" and isinstance(block.get(loc[0]), list)
    return (loc[1] in models) != is_moded(block.get(loc[0]))


def _trail(block: Any, detail: Any) -> Path:
    """The way pydantic went, without the names it gives to alternatives and to keys."""
    trail: list[str | int] = []
    here = block
    for step in detail["loc"]:
        inside = (isinstance(here, dict) and step in here) or (isinstance(here, list) and isinstance(step, int))
        if inside:
            trail.append(step)
            here = here[step]
    if detail["type"] == "missing":
        trail.append(detail["loc"][-1])
    return tuple(trail)


def _words(model: type[BaseModel], path: Path, detail: Any) -> tuple[str, str]:
    """What is wrong, and what to do."""
    name = ".".join(str(step) for step in path) or "the object"
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return f"{name} is missing", "write it"
    if kind == "extra_forbidden":
        return f"unknown field {shown(name)}", suggestion(str(path[-1]), _fields(model, path[:-1]))
    if detail["loc"][-1] == "[key]":
        return f"{'.'.join(map(str, path[:-1]))} cannot hold {shown(value)}", _remedy(path, detail)
    if value is None or value == "":
        return f"{name} is {'blank' if value == '' else 'null'}", "give it a value, or leave it out where it is optional"
    if kind == "value_error":  # a check of ours over several fields: it says both, what is wrong and what to do
        what, _, remedy = str(detail["ctx"]["error"]).partition("; ")
        return f"{name}: {what}", remedy
    return f"{name} is {shown(value)}", _remedy(path, detail)


def _remedy(path: Path, detail: Any) -> str:
    """What to write instead."""
    if detail["type"] in {"enum", "literal_error"}:
        return _choice(str(detail["input"]), detail["ctx"]["expected"])
    if path == ("email",):
        return "write an address such as taro@example.com"
    if detail["type"].startswith("date"):
        return "write a day such as 2027-01-31"
    template = _REMEDIES.get(detail["type"])
    if template is None:
        message = str(detail["msg"])
        return message[:1].lower() + message[1:]
    return template.format(**{name: _number(value) for name, value in detail.get("ctx", {}).items()})


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _choice(value: str, expected: str) -> str:
    """For a word out of a list; `expected` is pydantic's `'a', 'b' or 'c'`."""
    words = [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]
    return suggestion(value, words).replace("known are", "write one of")


def _fields(model: type[BaseModel], path: Path) -> list[str]:
    """The fields known where the path leads, as they are written."""
    for step in path:
        field = _written(model).get(str(step))
        inner = field and next((way for way in _models(field.annotation)), None)
        model = inner or model
    return list(_written(model))


def _written(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the name that users write: `from` cannot be a name of Python."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    for way in (annotation, *get_args(annotation)):
        if isinstance(way, type) and issubclass(way, BaseModel):
            yield way
