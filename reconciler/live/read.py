"""Reads Genesys Cloud into a Snapshot: listings by tiers of references, identities, then details of what is managed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reconciler.errors import InputError, NotFound
from reconciler.live.detail import details, in_parallel, reread
from reconciler.live.identify import Claims, Identities, identify
from reconciler.live.world import WORKERS, Keys, Question, World, bound, by_kind
from reconciler.model.call import Call
from reconciler.model.kind import HOME, Around, Kind, Options
from reconciler.model.port import Reader
from reconciler.model.resource import UNKNOWN, Live, Proof, Ref, Resource, Seen, Snapshot

__all__ = ["Question", "read", "reread", "tiers"]


async def read(reader: Reader, question: Question) -> Snapshot:
    """Everything that is, as far as it could be read. Raises `InputError` where an identity is ambiguous.

    Costs one request per listing page, and one per page of members and wrap-up codes of each managed queue; people are asked
    for their external identifiers only while some desired person is in neither ledger.
    """
    world = World(bound=bound(question.bindings))
    wanted = by_kind(question.desired)
    for tier in tiers(question.kinds):
        listed = await asyncio.gather(*(_list(reader, kind, question, world) for kind in tier))
        for kind, seen in zip(tier, listed, strict=True):
            await _settle(reader, kind, seen, (question, wanted.get(kind.name, []), world))
    if world.problems:
        raise InputError(world.problems)
    await details(reader, question, world)
    divisions = world.keys.get("division")
    home = divisions.get(world.home_id, HOME) if divisions else HOME
    return Snapshot(world.live, world.ids, world.proofs, home, tuple(world.warnings), frozenset(world.elsewhere))


def tiers(kinds: Sequence[Kind]) -> list[list[Kind]]:
    """Kinds in groups: each refers only to kinds of earlier groups (or to itself). The kinds come in such an order already."""
    level: dict[str, int] = {}
    for kind in kinds:
        targets = {one.refers for one in kind.fields.values()} - {"", kind.name}
        level[kind.name] = 1 + max((level[name] for name in targets if name in level), default=-1)
    return [[kind for kind in kinds if level[kind.name] == depth] for depth in sorted(set(level.values()))]


async def _list(reader: Reader, kind: Kind, question: Question, world: World) -> list[Seen]:
    """All objects of a kind. References to earlier kinds become keys page by page, so that ids do not pile up."""
    setting = (await reader.get(kind.setting)).json() if kind.setting else None
    around = Around(question.options, world.home_id, setting)
    seen: list[Seen] = []
    translate = _translator(kind, world)

    def take(page: list[dict[str, Any]]) -> None:
        for body in page:
            one = kind.see(body, around)
            if one is not None:
                translate(one.fields)
                seen.append(one)

    proofs = [await reader.pages(listing, take) for listing in kind.listings]
    if kind.views and question.pruned & {kind.name, *(one.refers for one in kind.fields.values())}:
        proofs.append(await _everywhere(reader, kind.views))
    doubts = [proof for proof in proofs if not proof.complete]
    world.proofs[kind.name] = doubts[0] if doubts else Proof()
    if doubts:
        world.warnings.append(f"{kind.plural}: not read completely ({doubts[0].reason}); nothing of it is created or removed")
    return list({one.id: one for one in seen}.values())


async def _everywhere(reader: Reader, permission: str) -> Proof:
    """Whether our roles cover all divisions: lists silently leave out what lies in others.

    Source: GET /api/v2/authorization/divisionspermitted/paged/me, `allDivsPermitted`; API description of July 2026.
    """
    call = Call("GET", "/api/v2/authorization/divisionspermitted/paged/me", query={"permission": permission, "pageSize": 25})
    body = (await reader.get(call)).json() or {}
    if body.get("allDivsPermitted"):
        return Proof()
    return Proof(complete=False, reason=f"our roles do not cover all divisions with {permission}")


def _translator(kind: Kind, world: World) -> Callable[[dict[str, Any]], None]:
    """Replaces ids by keys in the fields of one object. An id nobody listed becomes a key that says so."""
    known = ((name, isinstance(spec.empty, str), world.keys.get(spec.refers)) for name, spec in kind.fields.items())
    tables = [(name, is_one, table) for name, is_one, table in known if table is not None]

    def translate(fields: dict[str, Any]) -> None:
        for name, is_one, table in tables:
            value = fields[name]
            if is_one:
                fields[name] = table[value]
            elif value is not UNKNOWN and value:
                fields[name] = {table[one]: level for one, level in value.items()}

    return translate


async def _settle(reader: Reader, kind: Kind, seen: list[Seen], rest: tuple[Question, list[Resource], World]) -> None:
    """Finds out whose these objects are and files them under their Refs."""
    question, desired, world = rest
    ours = world.bound.get(kind.name, {})
    lacking, moved = _moved(ours, desired)
    unbound = [one.id for one in seen if one.id not in ours]
    foreign = question.foreign(unbound) if unbound else {}
    asked = lacking or (question.everything and unbound)
    marked, proof = await _marks(reader, kind, lacking, seen, question) if asked else ({}, Proof())
    if not proof.complete:
        desired = _doubted(kind, desired, {*ours.values(), *marked.values()}, proof, world)
    found = identify(kind, seen, desired, Claims(ours, marked, foreign, moved), question.options)
    taken = {key for key, _ in found.keys.values()}
    missing = [one for one in desired if one.ref.key not in taken]
    hidden = await _hidden(reader, kind, missing, question.options, world)
    if hidden:
        seen += hidden
        foreign = question.foreign(one.id for one in seen if one.id not in ours)
        found = identify(kind, seen, desired, Claims(ours, marked, foreign, moved), question.options)
    world.problems.extend(found.problems)
    _file(kind, seen, found, world, foreign if question.everything else None)
    if kind.name == "division":
        _file_home(seen, world)
    _translate_own(kind, world)


def _doubted(kind: Kind, desired: list[Resource], known: set[str], proof: Proof, world: World) -> list[Resource]:
    """What may still be identified where somebody may carry a key we did not read: who is known by ledger or mark."""
    world.proofs[kind.name] = proof
    what = f"their marks were not read completely ({proof.reason})"
    world.warnings.append(f"{kind.plural}: {what}; nothing of it is created, adopted or removed")
    return [one for one in desired if one.ref.key in known]


async def _hidden(reader: Reader, kind: Kind, missing: list[Resource], options: Options, world: World) -> list[Seen]:
    """Objects that no listing shows and that a create would meet: deleted people keep their e-mail address.

    Where the search does not tell what such an object has kept, it counts as empty and is written again.
    """
    names = sorted({name for one in missing for name in kind.natural(one.ref.key, one.fields, options)})
    translate = _translator(kind, world)
    found = {}
    for call in kind.hidden(names) if names else ():
        for body in (await reader.get(call)).json().get("results") or ():
            one = kind.see(body, Around(options, world.home_id))
            if one is not None and one.natural and one.natural[0] in names:
                one.fields.update({name: spec.empty for name, spec in kind.fields.items() if one.fields[name] is UNKNOWN})
                translate(one.fields)
                found[one.id] = one
    return list(found.values())


def _moved(bound: dict[str, str], desired: list[Resource]) -> tuple[list[Resource], frozenset[str]]:
    """Desired objects the ledger does not know, and ids whose binding a key that `previously` names hands over to the new one."""
    known = set(bound.values())
    unknown = [one for one in desired if one.ref.key not in known]
    if not unknown:
        return [], frozenset()
    by_key = {key: one for one, key in bound.items()}
    wanted = {one.ref.key for one in desired}
    lacking, moved = [], set()
    for resource in unknown:
        former = [key for key in resource.previously if key in by_key and key not in wanted]
        if former:
            bound[by_key[former[0]]] = resource.ref.key
            moved.add(by_key[former[0]])
        else:
            lacking.append(resource)
    return lacking, frozenset(moved)


async def _marks(
    reader: Reader, kind: Kind, lacking: list[Resource], seen: list[Seen], question: Question
) -> tuple[dict[str, str], Proof]:
    """Marks of objects that might be adopted: one by one for a few keys, in bulk where that takes fewer requests.

    Where everything is wanted, what the objects show counts as well, as far as a key can be read off it.

    A candidate found by name may carry another key of ours; asking for keys one by one cannot see that, so as soon as a
    name matches, everybody is read.
    """
    marks, options = kind.marks, question.options
    if marks is None and kind.mark and question.everything:
        return {one.id: one.mark for one in seen if one.mark and kind.mark(one.mark, options) == one.mark}, Proof()
    if marks is None or not seen:
        return {}, Proof()
    names = {name for one in lacking for name in kind.natural(one.ref.key, one.fields, options)}
    matched = question.everything or any(name in names for one in seen for name in one.natural)
    if not matched and len(lacking) <= len(seen) // marks.per_page:
        return await _marks_one_by_one(reader, kind, lacking, options), Proof()
    found: dict[str, str] = {}

    def take(page: list[dict[str, Any]]) -> None:
        for body in page:
            found.update(marks.of_bulk(body, options.source))

    proofs = [await reader.pages(listing, take) for listing in marks.bulk(options.source)]
    return found, next((proof for proof in proofs if not proof.complete), Proof())


async def _marks_one_by_one(reader: Reader, kind: Kind, lacking: list[Resource], options: Options) -> dict[str, str]:
    found: dict[str, str] = {}

    async def ask(key: str) -> None:
        marks = kind.marks
        if marks is None:
            return
        try:
            body = (await reader.get(marks.one(options.source, key))).json()
        except NotFound:
            return
        found[body["id"]] = key

    await in_parallel((ask(one.ref.key) for one in lacking), WORKERS)
    return found


def _file(kind: Kind, seen: list[Seen], found: Identities, world: World, foreign: Mapping[str, str] | None) -> None:
    """Files objects under their Refs; those that are nobody's get a key of their own so that plans can name them.

    With `foreign` they are told in full, too: as `foreign` those that another source has bound.
    """
    keys = world.keys.setdefault(kind.name, Keys(kind.name, world.ids))
    taken = {key for key, _ in found.keys.values()}
    unknown = [(one.field, world.unread.setdefault((kind.name, one.field), [])) for one in kind.details]
    for one in seen:
        key, by = found.keys.get(one.id, ("", ""))
        ref = Ref(kind.name, key or _stranger(one, taken))
        keys[one.id] = ref.key
        world.ids[ref] = one.id
        if one.standing != "active":
            world.resting[one.id] = one.standing
        if one.unseen:
            world.unseen.add(one.id)
        if not key:
            world.elsewhere.update(_references(kind, one))
        if key or foreign is not None:
            by = by or ("foreign" if one.id in (foreign or ()) else "")
            live = world.live[ref] = Live(ref, one.id, one.name, one.fields, one.standing, one.version, by, one.mark)
            for name, unread in unknown:
                if one.fields[name] is UNKNOWN:
                    unread.append(live)
            if one.count is not None:
                world.counts[ref] = one.count


def _references(kind: Kind, one: Seen) -> Iterable[Ref]:
    """What an object that is not ours refers to: removing that would touch it."""
    for name, spec in kind.fields.items():
        value = one.fields[name]
        if spec.refers and value is not UNKNOWN:
            yield from (Ref(spec.refers, key) for key in ([value] if isinstance(value, str) else value) if key)


def _stranger(one: Seen, taken: set[str]) -> str:
    key = f"~{one.name}" if f"~{one.name}" not in taken else f"~{one.name} ({one.id})"
    taken.add(key)
    return key


def _file_home(seen: list[Seen], world: World) -> None:
    """Makes the home division answer to the key `home`, whatever else it is called."""
    for one in seen:
        if one.mark == HOME:
            ref = Ref("division", HOME)
            world.home_id = one.id
            world.ids[ref] = one.id
            world.live.setdefault(ref, Live(ref, one.id, one.name, one.fields, by="mark"))


def _translate_own(kind: Kind, world: World) -> None:
    """References of a kind to itself (a user's manager) become keys once all of its objects have theirs."""
    own = [name for name, spec in kind.fields.items() if spec.refers == kind.name]
    keys = world.keys[kind.name]
    for live in world.live.values() if own else ():
        if live.ref.kind == kind.name and isinstance(live.fields, dict):
            for name in own:
                if value := live.fields[name]:
                    live.fields[name] = keys[value]
