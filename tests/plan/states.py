"""Small states for plans: wishes, live objects, and plans told in one line per change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.kinds import REGISTRY
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.document import join
from reconciler.model.port import Binding
from reconciler.model.problem import Place
from reconciler.model.resource import Live, Proof, Ref, Resource, Snapshot, State

COMPLETE = Proof()


def wish(ref: str, **fields: Any) -> Resource:
    return Resource(Ref.parse(ref), fields, Place("m.yaml", 1))


def there(ref: str, by: str = "ledger", standing: str = "active", **fields: Any) -> Live:
    """A live object; what is not said is empty."""
    at = Ref.parse(ref)
    empty = {name: spec.empty for name, spec in REGISTRY[at.kind].fields.items()}
    name = str(fields.get("name", at.key))
    return Live(
        at, f"id-{at.key}", name, {**empty, "name": name, **fields} if "name" in empty else empty | fields, standing, 1, by
    )


def desired(*resources: Resource) -> State:
    return State({one.ref: one for one in resources}, "sha256:" + "0" * 64)


def snapshot(*objects: Live, doubts: Iterable[str] = (), **more: Any) -> Snapshot:
    proofs = {name: Proof(complete=False, reason="page 2 did not come") if name in set(doubts) else Proof() for name in REGISTRY}
    return Snapshot({one.ref: one for one in objects}, {one.ref: one.id for one in objects}, proofs, **more)


def bound(*objects: Live, **more: Any) -> dict[Ref, Binding]:
    return {one.ref: Binding(one.id, one.name, **more) for one in objects}


def change(op: Op, ref: str, *fields: tuple[str, Any, Any], **more: Any) -> Change:
    changed = tuple(FieldChange(tuple(path.split(".")), before, after) for path, before, after in fields)
    return Change(op, Ref.parse(ref), more.pop("name", Ref.parse(ref).key), changed, **more)


def told(changes: Iterable[Change]) -> list[str]:
    """`update user/ann: title "" → "x"`."""
    return [
        " ".join([f"{one.op} {one.id}", *(f"{join(f.path)}:{f.before!r}→{f.after!r}" for f in one.fields)]) for one in changes
    ]


def needs(changes: Iterable[Change]) -> Mapping[str, list[str]]:
    return {one.id: list(one.needs) for one in changes if one.needs}
