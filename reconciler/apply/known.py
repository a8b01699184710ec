"""What is known while a plan is carried out: ids, names, versions and fields, from the Snapshot and from every answer since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.model.kind import HOME, Kind, Options, Written
from reconciler.model.resource import Live, Ref, Seen, Snapshot


class World:
    """The memory of one run; fulfils `model.kind.Known`. It grows as objects come into being."""

    def __init__(self, kinds: Mapping[str, Kind], live: Snapshot, options: Options) -> None:
        self.options = options
        self._kinds = kinds
        self._ids = dict(live.ids)
        self._live = dict(live.live)
        self._home = Ref("division", live.home)

    def _at(self, kind: str, key: str) -> Ref:
        ref = Ref(kind, key)
        return self._home if kind == "division" and key == HOME and ref not in self._ids else ref

    @property
    def home(self) -> str:
        """The id of the home division."""
        return self._ids.get(self._home, "")

    def id(self, kind: str, key: str) -> str:
        """The id behind a reference. Raises `LookupError` naming it where Genesys Cloud has no such object (yet)."""
        try:
            return self._ids[self._at(kind, key)]
        except KeyError:
            raise LookupError(f"{kind}/{key} is not in Genesys Cloud") from None

    def name(self, kind: str, key: str) -> str:
        """The live name behind a reference. Raises `LookupError` as `id` does."""
        there = self._live.get(self._at(kind, key))
        if there is None:
            raise LookupError(f"{kind}/{key} is not in Genesys Cloud")
        return there.name

    def before(self, ref: Ref) -> Mapping[str, Any]:
        """The fields as last read or written; every field empty for a new object."""
        there = self._live.get(ref)
        empty = {name: spec.empty for name, spec in self._kinds[ref.kind].fields.items()}
        return {**empty, **there.fields} if there else empty

    def version(self, ref: Ref) -> Any:
        """The version as last heard of; None when a write has moved it since."""
        there = self._live.get(ref)
        return there.version if there else None

    def standing(self, ref: Ref) -> str:
        """`active`, `inactive` or `deleted`; empty for a new object."""
        there = self._live.get(ref)
        return there.standing if there else ""

    def has(self, ref: Ref) -> bool:
        """Whether there is a live object behind the reference."""
        return ref in self._ids

    def wrote(self, ref: Ref, written: Written, fields: Mapping[str, Any]) -> None:
        """Remembers what a change has left behind."""
        self._ids[ref] = written.id
        name = written.name or str(fields.get("name", ref.key))
        self._live[ref] = Live(ref, written.id, name, dict(fields), "active", written.version)

    def left(self, ref: Ref, standing: str) -> None:
        """Remembers that an object went: `inactive`, or `deleted` and then nothing can refer to it any more."""
        if standing == "deleted":
            self._ids.pop(ref, None)
            self._live.pop(ref, None)
        elif ref in self._live:
            self._live[ref] = replace(self._live[ref], standing=standing, version=None)

    def also(self, ref: Ref, object_id: str) -> None:
        """Lets a second reference lead to an object: what a replacement has left behind."""
        self._ids[ref] = object_id

    def saw(self, ref: Ref, seen: Seen) -> None:
        """Remembers that an object was found when its own outcome was unknown. Only its id and version are believed."""
        self._ids[ref] = seen.id
        there = self._live.get(ref)
        found = Live(ref, seen.id, seen.name, self.before(ref), seen.standing, None)
        self._live[ref] = replace(there, id=seen.id, standing=seen.standing, version=None) if there else found

    def forget(self, ref: Ref) -> None:
        """Forgets the version: somebody, perhaps we, has moved it."""
        there = self._live.get(ref)
        if there:
            self._live[ref] = replace(there, version=None)


class Directory:
    """Ids by kind and key, for changes that are told; fulfils `model.event.Ids`."""

    def __init__(self, ids: Mapping[Ref, str]) -> None:
        self._ids = ids

    def id(self, kind: str, key: str) -> str:
        """The id behind a reference. Raises `LookupError` naming it where nothing is bound to it."""
        try:
            return self._ids[Ref(kind, key)]
        except KeyError:
            raise LookupError(f"{kind}/{key} is not bound to anything in Genesys Cloud; apply the manifests first") from None
