"""Manifests → State, or every Problem at once. The only way from a file to a desired object, cache or not."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, Final, cast

import orjson
from pydantic import BaseModel, ValidationError, create_model

from reconciler.desired import relate
from reconciler.desired.convert import Closest, Turn, key_flaw
from reconciler.desired.explain import Flaw, explain
from reconciler.desired.manifest import Spot, blocks, check, listed, trees
from reconciler.desired.report import Report
from reconciler.errors import InputError
from reconciler.formats.yaml import Tree
from reconciler.kinds.rest import text
from reconciler.model.kind import Kind
from reconciler.model.port import Cache
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Additive, Ref, Resource, State

_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


def load(files: Mapping[str, bytes], kinds: Sequence[Kind], cache: Cache | None = None) -> tuple[State, tuple[Problem, ...]]:
    """The State all files describe together, and warnings. Raises `InputError` with every problem of every file.

    `files` are texts by the name messages call them by; their order and how objects are spread over them change nothing, the
    places of resources apart. `kinds` in the order of the registry. Safe to repeat: the same files give the same State.
    """
    with _collector_off():
        return _load(files, kinds, cache)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Bulk work in one go: the cyclic collector finds nothing here and takes three quarters of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load(files: Mapping[str, bytes], kinds: Sequence[Kind], cache: Cache | None) -> tuple[State, tuple[Problem, ...]]:
    forest, unreadable = trees(files, cache)
    report = Report(unreadable)
    plurals = [kind.plural for kind in kinds]
    for tree in forest:
        check(tree, plurals, report.flaw)
    # A file that cannot be read or a misspelt collection would make every reference into it a problem of its own.
    is_whole = not report.is_bad
    known = {kind.name: _keys(forest, kind) for kind in kinds}
    found: dict[Ref, Resource] = {}
    closest = Closest()
    for kind in kinds:
        _read_kind(forest, Turn.of(kind, known if is_whole else {}, closest), found, report)
    relate.check(kinds, found, report)
    if report.is_bad:
        raise InputError(report.problems())
    resources = {ref: found[ref] for ref in sorted(found)}
    return State(resources, digest(resources.values())), tuple(sorted(report.warnings))


def _keys(forest: Sequence[Tree], kind: Kind) -> frozenset[str]:
    """The keys of all blocks of a kind, of invalid ones too, so that one mistake is told once."""
    found = chain.from_iterable(blocks for tree in forest for _number, blocks in listed(tree, kind.plural))
    return frozenset(text(key) for block in found if isinstance(block, dict) and isinstance(key := block.get("key"), str))


def _read_kind(forest: Sequence[Tree], turn: Turn, found: dict[Ref, Resource], report: Report) -> None:
    for tree in forest:
        for spot, block in blocks(tree, turn.kind.plural):
            resource = _resource(turn, spot, block, report)
            if resource is None:
                continue
            if (first := found.get(resource.ref)) is not None:
                what = f"stands here and at {first.place}"
                report.about(spot, str(resource.ref), (("key",), what, "keep one of them"))
            else:
                found[resource.ref] = resource
                report.spots[resource.ref] = spot


def _resource(turn: Turn, spot: Spot, block: Any, report: Report) -> Resource | None:
    """The resource of one block; after telling what is wrong with it, what is left of it, or None without a key."""
    kind = turn.kind
    if not isinstance(block, dict):
        report.about(spot, kind.name, ((), f"an entry of {kind.plural} is a mapping", "write it as - key: …"))
        return None
    flaws: list[Flaw] = []
    try:
        model = kind.model.__pydantic_validator__.validate_python(block)
    except ValidationError as error:
        flaws += explain(kind.model, block, error)
        model = _rest(kind.model, block, flaws)
    if not turn.odd.isdisjoint(block):
        flaws += turn.written(block)
    fields = turn.fields(model, block, flaws.append)
    key = text(model.key)
    if model.key is not None and (odd := key_flaw(key)):
        flaws.append((("key",), *odd))
    if flaws:
        report.all_about(spot, f"{kind.name}/{key}" if key else kind.name, flaws)
    return _made(Ref(kind.name, key), model, fields, spot.place) if key else None


def _rest(model: type[BaseModel], block: dict[Any, Any], flaws: Sequence[Flaw]) -> Any:
    """What a bad block says in its good fields, so that their problems are told in the same run. Nothing comes of it."""
    bad = {path[0] for path, _what, _remedy in flaws if path}
    return _lenient(model).model_validate({name: value for name, value in block.items() if name not in bad})


@lru_cache(maxsize=32)
def _lenient(model: type[BaseModel]) -> type[BaseModel]:
    """`model` without required fields."""
    # Without constraints: what breaks them was told and taken out.
    optional: dict[str, Any] = {name: (cast("Any", field.annotation) | None, None) for name, field in model.model_fields.items()}
    return create_model(model.__name__, __base__=model, **optional)


def _made(ref: Ref, model: Any, fields: Mapping[str, Any], place: Place) -> Resource:
    if len(model.model_fields_set) == len(fields) + 1:  # the key and fields: nothing about the object itself
        return Resource(ref, fields, place)
    former = model.previously
    names = (former,) if isinstance(former, str) else former or ()
    day = model.delete_after.isoformat() if model.delete_after else ""
    return Resource(ref, fields, place, tuple(map(text, names)), bool(model.protected), day)


def digest(resources: Iterable[Resource]) -> str:
    """`sha256:…` over what the resources say, in the order given; places do not count."""
    said = [[*one.ref, one.fields, sorted(one.previously or ()), one.protected, one.delete_after] for one in resources]
    return f"sha256:{hashlib.sha256(orjson.dumps(said, default=_plain, option=_CANONICAL)).hexdigest()}"


def _plain(value: Any) -> Any:
    """Sets as sorted lists, wishes to add marked as such."""
    if isinstance(value, Additive):
        return ["additive", value.items]
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no value of a resource")
