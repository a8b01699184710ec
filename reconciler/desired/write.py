"""State → manifest texts, in the manner of rendered files: texts quoted, one file per kind, people in one file per division.

What is written here reads back as the same State; places apart. Nothing is decided about what to write.

Decided here: the first line is the mark by which an export knows its own files. It names no organisation, so that the same
state gives the same bytes wherever it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from reconciler.desired.render import SCHEMA, Text, division_files, quoted
from reconciler.model.block import Mode
from reconciler.model.kind import Kind
from reconciler.model.resource import Additive, Ref, Resource, State

MARK: Final = "# Exported by reconciler"


def write(kinds: Sequence[Kind], state: State, source: str) -> tuple[Text, ...]:
    """The manifest files of a State, sorted by path; a kind without objects has none."""
    texts = []
    for kind in kinds:
        own = [one for ref, one in sorted(state.resources.items()) if ref.kind == kind.name]
        for path, resources in _files(kind, own):
            lines = [line for one in resources for line in _lines(kind, one, state)]
            texts.append(Text(path, "\n".join([*_head(path, source), f"{kind.plural}:", *lines]) + "\n"))
    return tuple(sorted(texts, key=lambda one: one.path))


def _files(kind: Kind, own: Sequence[Resource]) -> Iterator[tuple[str, list[Resource]]]:
    if kind.name != "user":
        yield from [(f"{kind.plural}.yaml", list(own))] if own else []
        return
    by_division: dict[str, list[Resource]] = {}
    for one in own:
        by_division.setdefault(one.fields.get("division") or "home", []).append(one)
    for division, path in division_files(by_division).items():
        yield path, by_division[division]


def _head(path: str, source: str) -> list[str]:
    up = "../" * (path.count("/") + 1)
    return [
        f"{MARK} for source {source}. The next export overwrites it; take this line out to keep your edits.",
        f"# yaml-language-server: $schema={up}{SCHEMA}",
        "version: 1",
    ]


def _lines(kind: Kind, resource: Resource, state: State) -> Iterator[str]:
    said = block(kind, resource)
    yield f"  - key: {quoted(said.pop('key'))}"
    for name, value in said.items():
        spec = kind.fields.get(name)
        if spec and spec.nested:
            yield f"    {name}:"
            yield from (f"      {inner}: {quoted(one)}" for inner, one in value.items())
        elif spec and isinstance(spec.empty, frozenset):
            yield from _set(name, value, _names(spec.refers, value["items"], state))
        else:
            yield f"    {name}: {quoted(value)}"


def _set(name: str, value: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """A set of keys with its mode; each key on a line of its own, with the name people know it by."""
    if not value["items"]:
        yield f"    {name}: {{mode: {value['mode']}, items: []}}"
        return
    yield f"    {name}:"
    yield f"      mode: {value['mode']}"
    yield "      items:"
    for key in value["items"]:
        comment = f" # {quoted(names[key])}" if key in names else ""
        yield f"        - {quoted(key)}{comment}"


def _names(kind: str, keys: Iterable[str], state: State) -> dict[str, str]:
    """What people call the objects behind keys, where that is another word."""
    found = {key: state.resources[Ref(kind, key)].fields.get("name", key) for key in keys if Ref(kind, key) in state.resources}
    return {key: str(name) for key, name in found.items() if name != key}


def block(kind: Kind, resource: Resource) -> dict[str, Any]:
    """The block of a resource as JSON data, its fields in the order of the kind."""
    said: dict[str, Any] = {"key": resource.ref.key}
    said |= {name: _value(resource.fields[name]) for name in kind.fields if name in resource.fields}
    if resource.previously:
        said["previously"] = list(resource.previously)
    if resource.protected:
        said["protected"] = True
    if resource.delete_after:
        said["delete_after"] = resource.delete_after
    return said


def _value(value: Any) -> Any:
    """A value in the words of manifests; a set always says its mode."""
    if isinstance(value, Additive):
        return {"mode": Mode.ADDITIVE.value, "items": _plain(value.items)}
    if isinstance(value, frozenset):
        return {"mode": Mode.EXCLUSIVE.value, "items": _plain(value)}
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    return int(value) if isinstance(value, float) and value.is_integer() else value
