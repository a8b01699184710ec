"""A checked block → the fields of a Resource: modes become values, texts get their normal form, references are looked up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel

from reconciler.desired.explain import Flaw, is_moded
from reconciler.desired.manifest import shown, suggestion
from reconciler.formats.yaml import Path
from reconciler.kinds.rest import text
from reconciler.model.block import Keys, Levels, Mode, WholeLevels
from reconciler.model.kind import EVERYWHERE, HOME, Field, Kind
from reconciler.model.resource import Additive

Tell = Callable[[Flaw], None]

_ABSENT: Final = object()
_MOST_COMPARED: Final = 5_000  # to find the closest of more words takes longer than it helps
_MOST_SEARCHES: Final = 100  # when a whole file is missing, each reference into it is a search
_BOOLEANS: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", None})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Closest:
    """Finds the known key a wrong one may mean, each only once and not without end."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}

    def remedy(self, kind: str, key: str, known: frozenset[str]) -> str:
        """What to do about a reference to a key that is not known."""
        if (kind, key) in self._found:
            return self._found[kind, key]
        otherwise = f"describe it, or use the key of a {kind} that is described"
        if len(known) > _MOST_COMPARED or len(self._found) >= _MOST_SEARCHES:
            return otherwise
        said = suggestion(key, sorted(known))
        return self._found.setdefault((kind, key), said if said.startswith("did you") else otherwise)


@dataclass(frozen=True, slots=True)
class _Card:
    """A field of a kind: what it is, the keys it may name (None: not a reference, or not to be checked), and whom to ask."""

    name: str
    spec: Field
    known: frozenset[str] | None
    closest: Closest


@dataclass(frozen=True, slots=True)
class Turn:
    """How the blocks of one kind are converted: everything that is the same for all of them.

    `switches` lead to what is true or false; `odd` are the fields `written` looks at.
    """

    kind: Kind
    cards: tuple[_Card, ...]
    switches: tuple[Path, ...]
    odd: frozenset[str]

    @classmethod
    def of(cls, kind: Kind, known: Mapping[str, frozenset[str]], closest: Closest) -> Turn:
        """The Turn of a kind, given all keys by kind; references to kinds that are not in `known` are not checked."""
        cards = (_Card(name, spec, known.get(spec.refers), closest) for name, spec in kind.fields.items())
        switches = tuple(_switches(kind.model))
        return cls(kind, tuple(cards), switches, frozenset({"delete_after", *(str(path[0]) for path in switches)}))

    def written(self, block: Mapping[str, Any]) -> Iterator[Flaw]:
        """What pydantic takes and we do not, told from a block that has one of the `odd` fields, as it is written.

        pydantic reads `yes`, `on` and `1` as true and a number as a day; in a manifest these are texts.
        """
        for path in self.switches:
            value = _reach(block, path)
            if not (isinstance(value, (dict, list)) or value in _BOOLEANS):
                yield path, f"{'.'.join(map(str, path))} is {shown(value)}", "write true or false"
        day = block.get("delete_after")
        if isinstance(day, str) and not _DAY.fullmatch(day):
            yield ("delete_after",), f"delete_after is {shown(day)}", "write a day such as 2027-01-31"

    def fields(self, model: BaseModel, block: Mapping[str, Any], flaw: Tell) -> dict[str, Any]:
        """The managed fields: omitted and ignored ones are absent, null is the field's empty value."""
        given = model.model_fields_set
        values = model.__dict__
        fields: dict[str, Any] = {}
        for card in self.cards:
            name = card.name
            if name not in given:
                continue
            value = values[name]
            if value is None:
                value = card.spec.empty
            elif isinstance(value, str):
                if card.known is None:
                    value = text(value)
                elif value not in card.known:
                    value = _reference(card, value, block, flaw)
            elif not isinstance(value, (bool, int, float)):
                value = _compound(card, value, block, flaw)
            if value is not _ABSENT:
                fields[name] = value
        if not (name := fields.get("name", "-")) or not name.isprintable():
            _name(name, flaw)
        return fields


def key_flaw(key: str) -> tuple[str, str] | None:
    """What is wrong with a key (in normal form), and what to do."""
    if not key:
        return "key is blank", "write the id the object has on the external platform"
    if key.startswith("~"):
        return f"key {shown(key)} begins with ~", "such keys name objects that are not managed; choose another"
    if key == EVERYWHERE:
        return "key '*' means all divisions", "choose another"
    if not key.isprintable() and _CONTROLS.search(key):
        return f"key {shown(key)} holds a control character", "remove it"
    return None


def _name(name: str, flaw: Tell) -> None:
    """Tells when a name is blank or more than one line."""
    if not name:
        flaw((("name",), "name is blank", "write a name"))
    if _CONTROLS.search(name):
        flaw((("name",), "name holds a line break or another control character", "remove it"))


def _reference(card: _Card, value: str, block: Mapping[str, Any], flaw: Tell) -> str:
    """A reference to one object in normal form."""
    key = text(value)
    _refer(card, frozenset({key}), block, flaw)
    return key


def _compound(card: _Card, value: Any, block: Mapping[str, Any], flaw: Tell) -> Any:
    """Whatever is no text: a set, a mapping, settings in settings, `Additive`, or absent."""
    name, spec = card.name, card.spec
    if spec.nested:
        for path in _nulls(value, (name,)):
            flaw((path, f"{'.'.join(path)} is null", "leave it out; what is not written is not managed"))
        return value.model_dump(exclude_unset=True)
    if not isinstance(value, (dict, tuple)):
        return _moded(card, value, block, flaw)
    if spec.additive and not value:
        what, remedy = f"an empty {name} adds nothing", f"to empty it write {name}: {{mode: exclusive, items: []}}"
        flaw(((name,), what, remedy))
    items = _items(card, value, block, flaw)
    return Additive(items) if spec.additive else items


def _moded(card: _Card, value: Keys | Levels | WholeLevels, block: Mapping[str, Any], flaw: Tell) -> Any:
    """A collection with its mode."""
    if value.mode is Mode.IGNORE:
        return _ABSENT
    if "items" not in value.model_fields_set:
        # Without this a forgotten line would empty a queue.
        flaw(((card.name,), f"{card.name}.items is missing", "write items; empty ones only where nothing shall be left"))
    items = _items(card, value.items, block, flaw)
    return Additive(items) if value.mode is Mode.ADDITIVE else items


def _items(card: _Card, value: Any, block: Mapping[str, Any], flaw: Tell) -> Any:
    """The items in normal form. Keys that are known are in normal form already, and most are."""
    is_set = isinstance(card.spec.empty, frozenset)
    if card.known is not None and card.known.issuperset(value):
        return frozenset(value) if is_set else value
    if is_set:
        keys = frozenset(map(text, value))
        _refer(card, keys, block, flaw)
        return keys
    items = {text(key): text(item) if isinstance(item, str) else item for key, item in value.items()}
    if len(items) != len(value):
        flaw(((card.name,), f"{card.name} holds a key twice, spelt differently", "remove one of them"))
    _refer(card, frozenset(items), block, flaw)
    return items


def _refer(card: _Card, keys: frozenset[str], block: Mapping[str, Any], flaw: Tell) -> None:
    """Tells of references to objects no manifest describes."""
    if card.known is None:
        return
    kind = card.spec.refers
    always = {HOME, card.spec.empty} if kind == "division" else set()
    for key in sorted(keys - card.known - always):
        remedy = card.closest.remedy(kind, key, card.known)
        what = f"{card.name}: there is no {kind} {shown(key)}"
        flaw(((card.name, *_trail(key, block.get(card.name))), what, remedy))


def _trail(key: str, written: Any) -> Path:
    """The way from a field to a reference, as it is written."""
    head: Path = ()
    if is_moded(written):
        written, head = written["items"], ("items",)
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
