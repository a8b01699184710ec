"""The card every kind fills in: data, and a few functions without I/O. Odd kinds bring functions, not flags."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.model.call import Answer, Call, Listing
from reconciler.model.change import Change
from reconciler.model.resource import Ref, Seen

HOME = "home"  # the key every division reference may use: the organisation's home division
EVERYWHERE = "*"  # the key that means "all divisions" for objects that know that


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the API description leaves open, or the user may choose, as named settings.

    `user_writes`: `scim` creates a user in one request, `directory` in up to five. `peer_id`: whether a queue's `peerId`
    takes our key as it is (`key`) or a UUID derived from it (`uuid`); a value that is not a UUID is unproven.
    """

    source: str = ""
    user_writes: str = "scim"
    peer_id: str = "key"
    leaver_user: str = "keep"
    leaver_queue: str = "empty"


@dataclass(frozen=True, slots=True)
class Field:
    """One managed value of a kind.

    `empty` is what null means and what a field without value reads as; its type tells the shape: frozenset for a set of
    keys, dict for a mapping, else a scalar. `refers` names the kind whose keys stand in it. `additive`: a plain list only
    adds. `nested` fields hold mappings in mappings; only what a manifest writes in them is managed. `same` brings both sides
    of a comparison to one normal form. `fixed`: cannot change once the object exists. `later`: written by a second change
    when the object is new, so that one bad reference does not hold the object up.
    """

    empty: Any = ""
    refers: str = ""
    additive: bool = False
    same: Callable[[Any], Any] | None = None
    fixed: bool = False
    later: bool = False
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What `see` may know beside the body: options, the home division's id, and the answer of the kind's `setting` call."""

    options: Options
    home: str = ""
    setting: Any = None


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the audit trail tells that a field has changed: service, entity type (the object's), and actions."""

    service: str
    entity: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """A field that costs its own listing per object: the listing, by the object's id, and value by id of what a page lists.

    It is read only where the object's own body left the field unknown. `counted`: an object whose `Seen.count` is 0 has none
    of them and need not be asked. `trail`: a set whose changes the audit trail names need not be read while it names none.
    """

    field: str
    listing: Callable[[str], Listing]
    of: Callable[[list[dict[str, Any]]], dict[str, Any]]
    counted: bool = False
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """Where our keys stand when the listing does not show them: `bulk` for all, `one` for one key.

    `of_bulk` gives (object id, key) pairs of one entity of the bulk listing, `held` asks for the keys one object carries.
    """

    bulk: Callable[[str], tuple[Listing, ...]]
    of_bulk: Callable[[dict[str, Any], str], tuple[tuple[str, str], ...]]
    one: Callable[[str, str], Call]
    held: Callable[[str, str], Call]
    per_page: int = 25


class Known(Protocol):
    """What a kind may ask while it writes. Raises `LookupError` where a reference has no live object."""

    @property
    def options(self) -> Options:
        """The settings of this run."""
        ...

    @property
    def home(self) -> str:
        """The id of the home division."""
        ...

    def id(self, kind: str, key: str) -> str:
        """The id behind a reference."""
        ...

    def name(self, kind: str, key: str) -> str:
        """The live name behind a reference, in the exact spelling Genesys Cloud keeps."""
        ...

    def before(self, ref: Ref) -> Mapping[str, Any]:
        """The live fields of an object as last read; every field empty for a new one."""
        ...

    def version(self, ref: Ref) -> Any:
        """The version a write has to state, or None when it must be read again."""
        ...

    def standing(self, ref: Ref) -> str:
        """`active`, `inactive` or `deleted`, as last read; empty for a new object."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a write ended with: the object's id, its name, its new version where the answer told it."""

    id: str
    name: str = ""
    version: Any = None


Flow = Generator[Call, Answer, Written]
"""A write without I/O: yields Calls, receives Answers, ends with what is there now. API errors are thrown into it."""

Lookup = Generator[Call, Answer, Seen | None]
"""A search for one object by its mark or names: what is there, or None."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of object in Genesys Cloud.

    `model` is the pydantic model of its block in a manifest; `listings` read everything, `see` understands one body (None:
    not an object of ours to manage); `natural` names an object in normal form, strongest first, `called` as people do; `mark`
    is what a listed object shows of a key, `marks` where keys stand otherwise; `hidden` searches by natural names what the
    listings do not show (deleted people); `details` cost a listing per object; `setting` is one read for the whole kind;
    `grants` asks for what an object loses when it leaves; `renames`: another name is a rename, not an ordinary update;
    `leaves_by` is how an object goes; `views` is the permission its listings depend on, division by division; `costs` counts the
    requests of a change.
    """

    name: str
    plural: str
    model: type[Any]
    fields: Mapping[str, Field]
    listings: tuple[Listing, ...]
    see: Callable[[dict[str, Any], Around], Seen | None]
    write: Callable[[Change, Known], Flow]
    find: Callable[[Change, Known], Lookup]
    natural: Callable[[str, Mapping[str, Any], Options], tuple[str, ...]]
    called: Callable[[Mapping[str, Any]], str] = lambda fields: str(fields.get("name") or "")
    mark: Callable[[str, Options], str] | None = None
    details: tuple[Detail, ...] = ()
    marks: Marks | None = None
    hidden: Callable[[Sequence[str]], tuple[Call, ...]] = lambda _names: ()
    grants: Callable[[str], Call] | None = None
    setting: Call | None = None
    views: str = ""
    unique_names: bool = True
    renames: bool = True
    leaves_by: str = "delete"
    costs: Callable[[Change, Options], int] = field(default=lambda _change, _options: 1)
