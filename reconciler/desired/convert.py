"""A checked block → the fields of a Resource: modes become values, texts get their normal form, references are looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel

from reconciler.desired.explain import Flaw, is_moded
from reconciler.desired.manifest import shown, suggestion
from reconciler.formats.yaml import Path
from reconciler.kinds.rest import text
from reconciler.model.block import Mode
from reconciler.model.kind import EVERYWHERE, HOME, Field, Kind
from reconciler.model.resource import Additive

_ABSENT: Final = object()
_BOOLEANS: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", None})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Turn:
    """How the blocks of one kind are converted: the card, its fields that are true or false, and all known keys by kind."""

    kind: Kind
    switches: tuple[Path, ...]
    known: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, kind: Kind, known: Mapping[str, Collection[str]]) -> Turn:
        """The Turn of a kind."""
        return cls(kind, tuple(_switches(kind.model)), known)

    def written(self, block: Mapping[str, Any]) -> Iterator[Flaw]:
        """What pydantic takes and we do not, told from the block as it is written.

        pydantic reads `yes`, `on` and `1` as true and a number as a day; in a manifest these are texts.
        """
        for path in self.switches:
            value = _reach(block, path)
            if not (isinstance(value, (dict, list)) or value in _BOOLEANS):
                yield path, f"{'.'.join(map(str, path))} is {shown(value)}", "write true or false"
        day = block.get("delete_after")
        if isinstance(day, str) and not _DAY.fullmatch(day):
            yield ("delete_after",), f"delete_after is {shown(day)}", "write a day such as 2027-01-31"

    def fields(self, model: BaseModel, block: Mapping[str, Any], flaw: Callable[[Flaw], None]) -> dict[str, Any]:
        """The managed fields: omitted and ignored ones are absent, null is the field's empty value."""
        given = model.model_fields_set
        fields: dict[str, Any] = {}
        for name, spec in self.kind.fields.items():
            if name not in given:
                continue
            value = getattr(model, name)
            if value is None:
                fields[name] = spec.empty
                continue
            value = self.value(name, value, flaw)
            if value is _ABSENT:
                continue
            fields[name] = value
            if spec.refers:
                self.refer(name, value, block, flaw)
        return fields

    def value(self, name: str, value: Any, flaw: Callable[[Flaw], None]) -> Any:
        """One field's value in the form a State keeps it."""
        spec = self.kind.fields[name]
        if isinstance(value, str):
            return self.line(name, text(value), flaw)
        if isinstance(spec.empty, (frozenset, dict)) and not spec.nested:
            return _collection(name, spec, value, flaw)
        if isinstance(value, BaseModel):
            for path in _nulls(value, (name,)):
                flaw((path, f"{'.'.join(path)} cannot be null", "leave it out; what is not written is not managed"))
            return value.model_dump(exclude_unset=True)
        return value

    def line(self, name: str, value: str, flaw: Callable[[Flaw], None]) -> str:
        """A text; names stay on one line and are never blank."""
        if name == "name" and not value:
            flaw(((name,), "name is blank", "write a name"))
        if name == "name" and _CONTROLS.search(value):
            flaw(((name,), "name holds a line break or another control character", "remove it"))
        return value

    def refer(self, name: str, value: Any, block: Mapping[str, Any], flaw: Callable[[Flaw], None]) -> None:
        """Tells of references to objects no manifest describes."""
        spec = self.kind.fields[name]
        items = value.items if isinstance(value, Additive) else value
        keys = {items} if isinstance(items, str) else set(items)
        for key in sorted(keys.difference(self.known.get(spec.refers, ()))):
            if spec.refers == "division" and key in {HOME, spec.empty}:
                continue
            known = sorted(self.known.get(spec.refers, ()))
            remedy = suggestion(key, known) if 0 < len(known) <= 20_000 else ""
            if not remedy.startswith("did"):
                remedy = f"describe it, or use the key of a {spec.refers} that is described"
            flaw((_trail(name, key, block[name]), f"{name}: there is no {spec.refers} {shown(key)}", remedy))


def key_flaw(key: str) -> tuple[str, str] | None:
    """What is wrong with a key (in normal form), and what to do."""
    if not key:
        return "key is blank", "write the id the object has on the external platform"
    if key.startswith("~"):
        return f"key {shown(key)} begins with ~", "such keys name objects that are not managed; choose another"
    if key == EVERYWHERE:
        return "key '*' means all divisions", "choose another"
    if _CONTROLS.search(key):
        return f"key {shown(key)} holds a control character", "remove it"
    return None


def _collection(name: str, spec: Field, value: Any, flaw: Callable[[Flaw], None]) -> Any:
    """A set or mapping, `Additive` around it, or absent."""
    if not isinstance(value, BaseModel):
        if spec.additive and not value:
            remedy = f"write {name}: {{mode: exclusive, items: {'{}' if isinstance(spec.empty, dict) else '[]'}}} to empty it"
            flaw(((name,), f"an empty {name} adds nothing", remedy))
        items = _items(name, spec, value, flaw)
        return Additive(items) if spec.additive else items
    mode: Mode = value.mode  # type: ignore[attr-defined]  # Keys, Levels and WholeLevels have a mode and items
    if mode is Mode.IGNORE:
        return _ABSENT
    if "items" not in value.model_fields_set:
        flaw(((name,), f"{name}.items is missing", "write items; empty ones only where nothing shall be left"))
    items = _items(name, spec, value.items, flaw)  # type: ignore[attr-defined]  # as above
    return Additive(items) if mode is Mode.ADDITIVE else items


def _items(name: str, spec: Field, value: Any, flaw: Callable[[Flaw], None]) -> Any:
    """The items in normal form; what becomes the same by it is a flaw, or in a set a harmless repetition."""
    if isinstance(spec.empty, frozenset):
        return frozenset(map(text, value))
    items = {text(key): text(item) if isinstance(item, str) else item for key, item in value.items()}
    if len(items) != len(value):
        flaw(((name,), f"{name} holds a key twice, spelt differently", "remove one of them"))
    return items


def _trail(name: str, key: str, written: Any) -> Path:
    """The way to a reference, as it is written."""
    head: Path = (name,)
    if is_moded(written):
        written, head = written["items"], (name, "items")
    if isinstance(written, dict):
        return *head, next(one for one in written if text(one) == key)
    if isinstance(written, list):
        return *head, next(index for index, one in enumerate(written) if text(one) == key)
    return head


def _nulls(model: BaseModel, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The ways to nulls inside nested settings: there is no value they could mean."""
    for name in sorted(model.model_fields_set):
        value = getattr(model, name)
        if value is None:
            yield (*path, name)
        elif isinstance(value, BaseModel):
            yield from _nulls(value, (*path, name))


def _switches(model: type[BaseModel]) -> Iterator[Path]:
    """The ways to all fields that are true or false."""
    for name, field in model.model_fields.items():
        for way in (field.annotation, *get_args(field.annotation)):
            if way is bool:
                yield (name,)
            elif isinstance(way, type) and issubclass(way, BaseModel):
                yield from ((name, *path) for path in _switches(way))


def _reach(block: Any, path: Path) -> Any:
    """What stands at a path, None where it ends early."""
    for step in path:
        if not isinstance(block, dict):
            return None
        block = block.get(step)
    return block
