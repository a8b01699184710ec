"""What a reading is for, and what it has seen so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.live.changed import Memory
from reconciler.model.kind import EVERYWHERE, HOME, Kind, Options
from reconciler.model.port import Binding
from reconciler.model.resource import Live, Proof, Ref, Resource, State

WORKERS = 5  # one token is served by at most five connections; more would only queue there


@dataclass(frozen=True, slots=True)
class Question:
    """What a reading is for: the desired state, what the ledger knows, and settings.

    `foreign` tells which of some ids another source has bound. `only` limits details to some objects (None: all). `leaving`
    names kinds whose objects are emptied when no manifest names them: their members must be known as well. `pruned` names
    kinds that may lose objects: for them it is asked whether the listings cover all divisions. `workers` is how many requests
    may be under way at once; more than the connections would only queue there. `everything` wants
    all objects whole, whosever they are: those that no key of ours names are in the Snapshot as well, recognised by nothing.
    `memory` holds details that need not be read again, and is told those that were.
    """

    kinds: Sequence[Kind]
    desired: State
    bindings: Mapping[Ref, Binding]
    options: Options
    foreign: Callable[[Iterable[str]], Mapping[str, str]]
    only: frozenset[Ref] | None = None
    leaving: frozenset[str] = frozenset()
    pruned: frozenset[str] = frozenset()
    workers: int = WORKERS
    everything: bool = False
    memory: Memory = field(default_factory=Memory)


class Keys(dict[str, str]):
    """Keys by id, for the objects of one kind. An id that no listing showed has one that says so, and is filed in `ids`."""

    __slots__ = ("_ids", "_kind")

    def __init__(self, kind: str, ids: dict[Ref, str]) -> None:
        super().__init__()
        self._kind, self._ids = kind, ids

    def __missing__(self, known: str) -> str:
        """A key for an id nobody listed: it can be written back, and taken out of what it stands in."""
        if known in {"", HOME, EVERYWHERE}:
            return known
        self._ids[Ref(self._kind, f"~{known}")] = known
        return f"~{known}"


@dataclass(slots=True)
class World:
    """What has been read so far."""

    live: dict[Ref, Live] = field(default_factory=dict)
    ids: dict[Ref, str] = field(default_factory=dict)
    keys: dict[str, Keys] = field(default_factory=dict)
    counts: dict[Ref, int | None] = field(default_factory=dict)
    proofs: dict[str, Proof] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    problems: list[Any] = field(default_factory=list)
    elsewhere: set[Ref] = field(default_factory=set)
    unread: dict[tuple[str, str], list[Live]] = field(default_factory=dict)  # by kind and the field that no listing showed
    resting: dict[str, str] = field(default_factory=dict)  # id → standing of what is not active
    unseen: set[str] = field(default_factory=set)
    bound: dict[str, dict[str, str]] = field(default_factory=dict)  # id → key by our ledger, of each kind
    home_id: str = ""


def by_kind(desired: State) -> dict[str, list[Resource]]:
    """The desired resources of each kind."""
    grouped: dict[str, list[Resource]] = {}
    for ref, resource in desired.resources.items():
        grouped.setdefault(ref.kind, []).append(resource)
    return grouped


def bound(bindings: Mapping[Ref, Binding]) -> dict[str, dict[str, str]]:
    """Keys by id as our ledger binds them, of each kind."""
    grouped: dict[str, dict[str, str]] = {}
    for (kind, key), binding in bindings.items():
        grouped.setdefault(kind, {})[binding.id] = key
    return grouped
