"""Objects and states: what should be and what is, in the same words, so that a comparison compares equals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from reconciler.model.problem import Place


class Ref(NamedTuple):
    """The name of an object: its kind and its key. Written `user/a1b2c3d4`."""

    kind: str
    key: str

    def __str__(self) -> str:
        """`kind/key`, as it stands in plans and messages."""
        return f"{self.kind}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The Ref written as `kind/key`; the key may contain slashes."""
        kind, _, key = text.partition("/")
        return cls(kind, key)

    @property
    def goes_by(self) -> str:
        """What Genesys Cloud tells such objects apart by, where they show no key, in words for people."""
        return "e-mail address" if self.kind == "user" else "name"

    def known_by(self, by: str) -> str:
        """How an object was recognised (`Live.by`), in words for people."""
        return self.goes_by if by == "name" else by


class Unknown(Enum):
    """The third value of a live field: not empty, but not read. Nothing is ever planned on it."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Additive:
    """A wish to add `items` (a frozenset of keys, or a mapping key → value) to what is there and to remove nothing."""

    items: Any


class Repr:
    """Keeps `repr` to one line: `asyncio.run` on Python 3.11 calls it twice on whatever the main coroutine returns."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The class name only; a state of 50,000 users must not be written out by accident."""
        return f"<{type(self).__name__}>"


class Resource(NamedTuple):
    """A desired object: only the fields its manifest manages, each in the form `kinds` gives it.

    Fields hold scalars, frozensets of keys, mappings (key → value or nested), or `Additive`. References are plain keys.
    A tuple, because a frozen dataclass takes three times as long to make, and there is one per object.
    """

    ref: Ref
    fields: Mapping[str, Any]
    place: Place = Place()
    previously: tuple[str, ...] = ()
    protected: bool = False
    delete_after: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class State(Repr):
    """What should be: every object the manifests name, and the digest of all of it."""

    resources: Mapping[Ref, Resource]
    digest: str = ""


@dataclass(slots=True)
class Seen:
    """One object as Genesys Cloud showed it, before it is known whose it is. References are still ids.

    `mark` is our key where the object itself carries it (a queue's `peerId`), `natural` its names in normal form, strongest
    first, `standing` is `active`, `inactive` or `deleted`, `version` what a later write has to state, `count` a size the
    listing told in passing (a queue's members) or None. `unseen`: what is in it may change without a trace (by groups). Nobody
    changes it; it is not frozen because there is one per object, and to make a frozen one takes ten times as long.
    """

    id: str
    name: str
    fields: dict[str, Any]
    mark: str = ""
    natural: tuple[str, ...] = ()
    standing: str = "active"
    version: Any = None
    count: int | None = None
    unseen: bool = False


@dataclass(slots=True)
class Live:
    """One live object under its Ref: ids of references are keys now.

    `by` says how it was recognised: `ledger`, `mark`, `name` or `previously`; where everything was read also `foreign`
    (another source has bound it) and nothing (nobody's). `mark` is what the object shows of a key. Not frozen for the
    same reason as `Seen`: while it is read its fields are filled, afterwards nobody changes it.
    """

    ref: Ref
    id: str
    name: str
    fields: Mapping[str, Any]
    standing: str = "active"
    version: Any = None
    by: str = "ledger"
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a listing was read to its end: `complete`, or the `reason` why nothing may be concluded from absence."""

    complete: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot(Repr):
    """Live state read at one time: our objects by Ref, ids of everything seen, completeness per kind.

    Objects that are not ours have keys too, so that a plan can name them: `~` and their name; `elsewhere` is what they refer
    to. `home` is the key under which the home division is managed. `warnings` say what could not be read and what was left
    alone therefore.
    """

    live: Mapping[Ref, Live]
    ids: Mapping[Ref, str]
    proofs: Mapping[str, Proof]
    home: str = "home"
    warnings: tuple[str, ...] = ()
    elsewhere: frozenset[Ref] = frozenset()
