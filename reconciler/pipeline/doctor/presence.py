"""Which presence source counts: without the right primary one what agents are doing is told and counts for nobody."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.live.status import Stage, stage
from reconciler.model.port import Binding, Reader
from reconciler.model.resource import Ref, State
from reconciler.pipeline.doctor import permission
from reconciler.pipeline.doctor.finding import Finding, doubt, fine, wrong
from reconciler.settings import Settings

AREA = "presence source"
DECLARE = "put it into the manifests (presence_sources: [{key: …, name: …, primary: true}]) and run `reconciler apply`"


async def presence(reader: Reader, settings: Settings, state: State | None, bound: Mapping[Ref, Binding]) -> list[Finding]:
    """Whether our presence source is active, the only one, and the primary one; what is missing weighs more with a runner."""
    there = await stage(reader)
    runs = "status" in permission.configured(settings)
    key = _key(settings, state, bound)
    number = _id(key, there, bound, state)
    if not key:
        return [_lacking("no presence source is in the manifests", DECLARE, runs=runs)]
    if not number:
        wanted = state is not None and Ref("presence_source", key) in state.resources
        what = f"presence source {key!r} is not active in Genesys Cloud"
        return [_lacking(what, "run `reconciler apply`: the manifests name it" if wanted else DECLARE, runs=runs)]
    return [fine(AREA, f"{key!r} is active: {there.sources[number]}"), _primary(there, number, key), *_others(there, number)]


def _key(settings: Settings, state: State | None, bound: Mapping[Ref, Binding]) -> str:
    """The key of the source that counts: the one reconciler.yaml names, the manifests' primary one, the only one there is."""
    named = [ref.key for ref in state.resources if ref.kind == "presence_source"] if state else []
    primary = [key for key in named if state and state.resources[Ref("presence_source", key)].fields.get("primary")]
    known = named or [ref.key for ref in bound if ref.kind == "presence_source"]
    return settings.file.runners.presence_source or next(iter([*primary, *(known if len(known) == 1 else [])]), "")


def _id(key: str, there: Stage, bound: Mapping[Ref, Binding], state: State | None) -> str:
    """Its id by the ledger, else by name; empty where no active one has it."""
    ref = Ref("presence_source", key)
    number = bound[ref].id if ref in bound else ""
    if number in there.sources:
        return number
    name = str(state.resources[ref].fields.get("name") or "") if state and ref in state.resources else ""
    return next((one for one, called in there.sources.items() if name and called.casefold() == name.casefold()), "")


def _lacking(what: str, remedy: str, *, runs: bool) -> Finding:
    return (wrong if runs else doubt)(AREA, f"{what}; `run status` needs one", remedy)


def _primary(there: Stage, number: str, key: str) -> Finding:
    if there.primary == number:
        return fine(AREA, "it is the primary one: what it tells counts for adherence")
    called = there.sources.get(there.primary, "the built-in one")
    what = f"the primary one is {called}: what is told for {key!r} does not count for adherence"
    return doubt(AREA, what, "write `primary: true` at it in the manifests and run `reconciler apply`")


def _others(there: Stage, number: str) -> list[Finding]:
    others = sorted(name for one, name in there.sources.items() if one != number)
    if not others:
        return []
    what = f"further sources of type User are active: {', '.join(others)}; agents would be shown twice"
    return [wrong(AREA, what, "deactivate them in Genesys Cloud: `run status` refuses to start beside them")]
