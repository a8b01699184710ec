"""What to do: operations, changes, plans, outcomes. A Plan is data: stored, reviewed, applied later, refused when stale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.resource import Ref, Repr

ASIDE = "aside"  # the part of a change by which an object gives up its name before its new one is free


class Op(StrEnum):
    """What a change does to its object; the symbol is how plans draw it."""

    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    ADOPT = "adopt"
    RESTORE = "restore"
    REPLACE = "replace"
    DEACTIVATE = "deactivate"
    DELETE = "delete"

    @property
    def symbol(self) -> str:
        """`+ ~ → ^ ↺ -/+ ⏻ -`."""
        return SYMBOLS[self]

    @property
    def removes(self) -> bool:
        """Whether guards count it as a removal of the object."""
        return self in {Op.REPLACE, Op.DEACTIVATE, Op.DELETE}


SYMBOLS = {
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.RENAME: "→",
    Op.ADOPT: "^",
    Op.RESTORE: "↺",
    Op.REPLACE: "-/+",
    Op.DEACTIVATE: "⏻",
    Op.DELETE: "-",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value of an object, before and after, as JSON scalars (or lists of them where order counts).

    `path` leads to it: `("name",)`, `("skills", "billing")`, `("media", "call", "alerting_seconds")`; the member of a set
    is its own path with before and after as False or True (`("members", "a1b2c3d4")`). None means absent.
    """

    path: tuple[str, ...]
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one object.

    `part` is the field that a second change of a new object writes (a queue's `members`), `aside` for a step before the
    ordinary one, empty otherwise. `needs` are ids of changes of the same plan that must have succeeded. `fingerprint` is the
    digest of the live values it was computed from. `origin` is `file:line` of the manifest.
    """

    op: Op
    ref: Ref
    name: str
    fields: tuple[FieldChange, ...] = ()
    part: str = ""
    needs: tuple[str, ...] = ()
    origin: str = ""
    reason: str = ""
    fingerprint: str = ""

    @property
    def id(self) -> str:
        """`user/a1b2c3d4`, or `queue/q-1001#members` for the second change of a new object."""
        return f"{self.ref}#{self.part}" if self.part else str(self.ref)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A live object taken in without a request: it matched by mark or name and differs in nothing."""

    ref: Ref
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard that said no: its name, what it counted, and the exact words that override it."""

    guard: str
    what: str
    override: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Where a plan comes from. Times are ISO 8601 UTC; `spent` counts the requests planning took."""

    organization: str = ""
    region: str = ""
    source: str = ""
    tool: str = ""
    desired_digest: str = ""
    commit: str = ""
    created: str = ""
    expires: str = ""
    complete: bool = True
    spent: int = 0
    spent_by_kind: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Repr):
    """Changes in canonical order and everything a reviewer needs beside them.

    `strays` are our objects that no manifest names and nobody prunes. `complete` is False for a plan limited to targets.
    `predicted` and `seconds` estimate what apply costs in requests and time on the tokens at hand. `names` tell what people
    call the objects that changes refer to (`user/a1b2c3d4` → 山田 太郎), where that differs from their key.
    """

    changes: tuple[Change, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    unchanged: int = 0
    strays: tuple[Ref, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()
    header: Header = field(default_factory=Header)
    predicted: int = 0
    predicted_by_kind: Mapping[str, int] = field(default_factory=dict)
    seconds: int = 0
    billable: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


class Result(StrEnum):
    """What became of a change."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change: `note` says why it failed or what blocked it; `requests` what it cost.

    `without` are ids of failed changes that a change which is done went on without. Of a change that failed, `has_written` says
    that some of its requests were carried out, `is_forbidden` that credentials or permissions were refused.
    """

    change: Change
    result: Result
    note: str = ""
    requests: int = 0
    without: tuple[str, ...] = ()
    has_written: bool = False
    is_forbidden: bool = False
