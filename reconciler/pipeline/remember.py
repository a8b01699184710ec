"""What a finished apply leaves in the ledger for later runs: last applied values, protection, and how much there was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from reconciler.kinds import REGISTRY
from reconciler.model.change import Outcome, Result
from reconciler.model.port import Binding
from reconciler.model.resource import Additive, Ref, Resource, State
from reconciler.pipeline.session import Session

SIZES = "sizes"  # objects per kind that the manifests named at the last apply that ended well


def remember(session: Session, desired: State, outcomes: Iterable[Outcome], *, whole: bool) -> None:
    """Notes for every object that is as its manifest says now: the values applied, and whether it is protected. One commit.

    `whole`: the plan covered everything, so what it did not name is as wanted, too.
    """
    outcomes = tuple(outcomes)
    done = {one.change.ref for one in outcomes if one.result is Result.DONE}
    failed = {one.change.ref for one in outcomes if one.result is not Result.DONE or one.without}
    bound = session.ledger.bindings()
    fresh = {}
    for ref, resource in desired.resources.items():
        if ref in bound and ref not in failed and (whole or ref in done):
            noted = Binding(bound[ref].id, bound[ref].name, bound[ref].digest, resource.protected, applied(resource))
            if (noted.applied, noted.protected) != (bound[ref].applied, bound[ref].protected):
                fresh[ref] = noted
    session.ledger.bind(fresh)
    if whole and not failed:
        session.ledger.set_fact(SIZES, orjson.dumps(sizes(desired)).decode())


def applied(resource: Resource) -> str:
    """The managed values of a resource as canonical JSON text."""
    return orjson.dumps(
        {name: _canonical(value) for name, value in resource.fields.items()}, option=orjson.OPT_SORT_KEYS
    ).decode()


def _canonical(value: Any) -> Any:
    if isinstance(value, Additive):
        return {"mode": "additive", "items": _canonical(value.items)}
    if isinstance(value, frozenset):
        return sorted(value)
    return {key: _canonical(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def sizes(desired: State) -> dict[str, int]:
    """How many objects per kind the manifests name."""
    counted = dict.fromkeys(REGISTRY, 0)
    for ref in desired.resources:
        counted[ref.kind] += 1
    return counted


def shrunk(session: Session, desired: State) -> dict[str, str]:
    """Kinds whose manifests name far fewer objects than at the last apply: an export cut short must not remove anybody."""
    known: dict[str, int] = orjson.loads(session.ledger.fact(SIZES) or "{}")
    percent = session.settings.file.guards.min_export_percent
    now = sizes(desired)
    return {
        kind: f"the manifests name {now[kind]} of {before} {REGISTRY[kind].plural.replace('_', ' ')}, less than {percent:g} %"
        for kind, before in known.items()
        if kind in now and now[kind] * 100 < before * percent
    }


def kept(bound: Mapping[Ref, Binding]) -> dict[Ref, dict[str, Any]]:
    """The values last applied, per object that has any."""
    return {ref: orjson.loads(one.applied) for ref, one in bound.items() if one.applied}
