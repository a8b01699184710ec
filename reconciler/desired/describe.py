"""A Snapshot of everything → the State that describes it: what an export writes. Nothing is asked and nothing is guessed.

Keys come from the ledger, else from marks, else they are the names themselves (a user's e-mail address). What a manifest could
not say in a way that plans as empty is left out, and said so: an object whose name another one bears, a value no manifest may
hold, a reference to something that is not described.

Decided here: a value that is the empty one of its field is left out, as a new object has it anyway. What else a server fills in
(media and after-call work of a queue) is written in full, because its defaults are not published. Members say exactly who is in,
even when nobody is: a queue without members must not be open to anybody while one with members is closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from reconciler.desired.convert import Closest, Turn, key_flaw
from reconciler.desired.explain import Flaw, explain
from reconciler.desired.write import block
from reconciler.formats.yaml import Path
from reconciler.kinds.rest import text
from reconciler.model.kind import EVERYWHERE, HOME, Field, Kind, Options
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Resource, Snapshot, State

OURS: Final = frozenset({"ledger", "mark"})
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # as `formats.yaml` refuses them
KEY_LENGTH: Final = 190  # a key has up to 200 characters; the rest tells twins apart


@dataclass(slots=True)
class Described:
    """The State, why it is not all there is, and what was skipped on purpose: inactive objects and another source's, by kind."""

    state: State
    warnings: list[str] = field(default_factory=list)
    inactive: dict[str, int] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Book:
    """What has been decided so far: the live object behind each described Ref, and the key each live Ref has become."""

    found: Described
    lives: dict[Ref, Live] = field(default_factory=dict)
    keys: dict[Ref, str] = field(default_factory=dict)
    bare: dict[Ref, Resource] = field(default_factory=dict)


def describe(kinds: Sequence[Kind], live: Snapshot, options: Options) -> Described:
    """The State whose plan against `live` is empty, as far as there is one. The same organisation gives the same State.

    `live` must have been read with `Question.everything`. Kinds that were not read completely are left out.
    """
    found = Described(State({}), list(live.warnings))
    book = _Book(found)
    by_kind: dict[str, list[Live]] = {kind.name: [] for kind in kinds}
    for one in live.live.values():
        by_kind[one.ref.kind].append(one)
    for kind in kinds:
        if live.proofs.get(kind.name, Proof()).complete:
            _choose(kind, _ours(by_kind[kind.name], live, found), options, book)
        else:
            found.warnings.append(f"{kind.plural} are left out, and so is every reference to them")
    targets = {kind.name: kind for kind in kinds}
    resources = {ref: _linked(targets[ref.kind], one, live, book) for ref, one in book.bare.items()}
    found.state = State({ref: resources[ref] for ref in sorted(resources)})
    return found


def _ours(lives: Iterable[Live], live: Snapshot, found: Described) -> list[Live]:
    """What may be described, in the order in which it gets its keys; the home division is always there and not among it."""
    home = live.ids.get(Ref("division", HOME))
    taken = []
    for one in lives:
        if one.by == "foreign":
            found.foreign[one.ref.kind] = found.foreign.get(one.ref.kind, 0) + 1
        elif _is_away(one):
            found.inactive[one.ref.kind] = found.inactive.get(one.ref.kind, 0) + 1
        if one.ref.kind != "division" or one.id != home:
            taken.append(one)
    return sorted(taken, key=lambda one: (one.by not in OURS, one.ref.key, one.id))


def _is_away(one: Live) -> bool:
    """Whether a manifest would bring an object back: it is inactive and no field of it says so."""
    return one.standing != "active" and one.fields.get("active") is not False


def _choose(kind: Kind, lives: Sequence[Live], options: Options, book: _Book) -> None:
    """Gives every object of a kind its key, or says why it has none."""
    taken = {one.ref.key for one in lives if one.by in OURS}
    active = [one for one in lives if not _is_away(one)]
    bearers: dict[str, list[Live]] = {}
    for one in active:
        for name in kind.natural(one.ref.key, one.fields, options):
            bearers.setdefault(name, []).append(one)
    names: set[str] = set()
    for one in active:
        if one.by == "foreign":
            continue
        twins = [twin for name in kind.natural(one.ref.key, one.fields, options) for twin in bearers[name] if twin is not one]
        reason = _obstacle(kind, one, twins, names, taken)
        key = one.ref.key if one.by in OURS else _key(kind, one, taken)
        resource, why_not = (None, reason) if reason else _bare(kind, key, one, book.found.warnings)
        if resource is None:
            book.found.warnings.append(f"{kind.name} {one.name!r} ({one.id}) is left out: {why_not}")
            continue
        names.add(one.name)
        taken.add(key)
        book.lives[resource.ref], book.keys[one.ref], book.bare[resource.ref] = one, key, resource


def _obstacle(kind: Kind, one: Live, twins: Sequence[Live], names: set[str], taken: set[str]) -> str:
    """Why no manifest can name this object so that it is found again, or nothing."""
    if one.by in OURS:
        flaw = key_flaw(one.ref.key)
        same = kind.unique_names and one.name in names
        return flaw[0] if flaw else f"another {kind.name} has the same name" if same else ""
    if twins:
        return f"{twins[0].name!r} ({twins[0].id}) is called the same; rename or remove one of them"
    return f"it carries the mark {one.mark!r} of another one" if kind.mark and one.mark in taken else ""


def _key(kind: Kind, one: Live, taken: set[str]) -> str:
    """A key made of the name (of people, the e-mail address), which no object of the kind has yet."""
    said = text(one.fields.get("email")) if "email" in kind.fields else kind.called(one.fields)
    base = "".join(sign for sign in said[:KEY_LENGTH] if sign.isprintable()).lstrip("~ ").strip()
    if base in {"", EVERYWHERE, HOME}:
        base = f"{kind.name} {base}".strip()
    key, number = base, 2
    while key in taken:
        key, number = f"{base} ({number})", number + 1
    return key


def _bare(kind: Kind, key: str, one: Live, warnings: list[str]) -> tuple[Resource | None, str]:
    """The object with every value a manifest may hold, its references as they were read; or None and the reason."""
    empties = {name: spec.empty for name, spec in kind.fields.items()}
    fields = {name: value for name in kind.fields if (value := one.fields[name]) is not UNKNOWN and _worth(kind, name, value)}
    former = (one.mark,) if kind.mark and one.mark and one.by not in OURS else ()
    resource = Resource(Ref(kind.name, key), fields, previously=former)
    while flaws := list(_flaws(kind, resource)):
        path, what, _ = flaws[0]
        name = str(path[0]) if path else ""
        if name not in fields or kind.model.model_fields[name].is_required():
            return None, what
        warnings.append(f"{resource.ref} {'.'.join(map(str, path))} is left out, no manifest may say so: {what}")
        fields[name] = _without(fields[name], path[1:]) if kind.fields[name].nested else empties[name]
        if fields[name] == empties[name]:
            del fields[name]
    return resource, ""


def _worth(kind: Kind, name: str, value: Any) -> bool:
    """Whether a value is worth a line: required, not what a new object has anyway, or members."""
    spec = kind.fields[name]
    return bool(value != spec.empty or spec.later or kind.model.model_fields[name].is_required())


def _flaws(kind: Kind, resource: Resource) -> Iterator[Flaw]:
    """What `validate` would say about the object alone."""
    said = block(kind, resource)
    try:
        model = kind.model.model_validate(said)
    except ValidationError as error:
        yield from explain(kind.model, said, error)
        return
    flaws: list[Flaw] = []
    Turn.of(kind, {}, Closest()).fields(model, said, flaws.append)
    yield from flaws
    yield from (((name,), "it holds a control character", "") for name, value in said.items() if _is_unreadable(value))


def _is_unreadable(value: Any) -> bool:
    """Whether a text in a value holds what no manifest may hold, not even escaped."""
    if isinstance(value, str):
        return bool(_CONTROLS.search(value))
    if isinstance(value, Mapping):
        return any(map(_is_unreadable, (*value, *value.values())))
    return isinstance(value, list) and any(map(_is_unreadable, value))


def _without(value: Any, path: Path) -> Any:
    """Nested settings without what stands at a path, and without mappings that are empty then."""
    if not path or not isinstance(value, Mapping):
        return {}
    inner = {name: _without(one, path[1:]) if name == path[0] else one for name, one in value.items()}
    return {name: one for name, one in inner.items() if name != path[0] or one != {}}


def _linked(kind: Kind, resource: Resource, live: Snapshot, book: _Book) -> Resource:
    """The resource with references to described objects; what refers elsewhere is left alone by what is written."""
    fields = dict(resource.fields)
    lost = []
    for name, spec in kind.fields.items():
        if not spec.refers or name not in fields:
            continue
        fields[name], missing = _link(spec, fields[name], live, book)
        lost += missing
        if fields[name] is UNKNOWN:
            del fields[name]
        if missing:
            named = ", ".join(repr(key.removeprefix("~")) for key in sorted(missing)[:3]) + (" and more" if missing[3:] else "")
            words = f"{resource.ref} {name}: {named} {'is' if len(missing) == 1 else 'are'} not exported"
            book.found.warnings.append(f"{words}; {'the rest is only added to' if name in fields else 'the field is left out'}")
    return resource._replace(fields=fields)


def _link(spec: Field, value: Any, live: Snapshot, book: _Book) -> tuple[Any, list[str]]:
    """A value with the keys of described objects, and the keys of the others. Collections that lost some only add then."""
    if isinstance(value, str):
        if value in {spec.empty, EVERYWHERE}:
            return value, []
        if spec.refers == "division" and value in {HOME, live.home}:
            return HOME, []
        key = book.keys.get(Ref(spec.refers, value))
        return (UNKNOWN, [value]) if key is None else (key, [])
    known = {one: book.keys[Ref(spec.refers, one)] for one in value if Ref(spec.refers, one) in book.keys}
    missing = [one for one in value if one not in known]
    linked: Any = frozenset(known.values())
    if isinstance(value, Mapping):
        linked = {known[one]: level for one, level in value.items() if one in known}
    if missing:
        return (Additive(linked) if linked else UNKNOWN), missing
    return linked, []
