"""The objects of an organisation: users and queues as classes, everything else as the documents it is answered as.

They hold values and keep their own indexes; what an operation may do with them is decided by its handler.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
Grant = tuple[str, str]  # role id, division id
Identifier = tuple[str, str]  # authority, key

_BY_ORDER = attrgetter("order")


def folded(name: str) -> str:
    """The form names are compared in. Source: uniqueness is case-insensitive (inferred)."""
    return unicodedata.normalize("NFC", name).strip().casefold()


@dataclass(slots=True, eq=False)
class User:
    """A person. `order` is the place in lists (order of creation), `version` what a PATCH has to name."""

    id: str
    order: int
    name: str
    email: str
    division: str
    state: str
    created: float
    modified: str
    version: int = 1
    department: str = ""
    title: str = ""
    manager: str = ""
    addresses: list[Json] = field(default_factory=list)
    skills: dict[str, float] = field(default_factory=dict)
    languages: dict[str, float] = field(default_factory=dict)
    external: list[Identifier] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    more: Json = field(default_factory=dict)
    scim_id: str = ""
    primary_source: str = ""
    welcomed: str = ""
    changed: Json = field(default_factory=dict)
    left: float = 0.0


@dataclass(slots=True, eq=False)
class Member:
    """A user in a queue."""

    ring: int = 1
    joined: bool = True
    by: str = "user"


@dataclass(slots=True, eq=False)
class Counts:
    """The member counts a queue shows; they may lag behind its members."""

    all: int = 0
    joined: int = 0


@dataclass(slots=True, eq=False)
class Queue:
    """A queue. `settings` holds what a PUT replaces; members and codes are not part of it."""

    id: str
    name: str
    division: str
    settings: Json
    born: float
    created: str
    modified: str
    by: str
    members: dict[str, Member] = field(default_factory=dict)
    codes: dict[str, None] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    gone: float = 0.0

    def count(self) -> None:
        """Bring the shown counts in line with the members."""
        joined = sum(member.joined for member in self.members.values())
        self.counts = Counts(len(self.members), joined)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the audit trail: when it happened and when it begins to show, in seconds, by whom, and how it is answered."""

    at: float
    shows: float
    client: str
    document: Json


class People:
    """All users ever created, in one list per state, by id, by e-mail and by external identifier.

    One list per state keeps a page of 500 out of 100,000 a slice. E-mail and identifiers stay occupied by deleted users.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, User] = {}
        self.by_email: dict[str, User] = {}
        self.by_identifier: dict[Identifier, User] = {}
        self.in_state: dict[str, list[User]] = {"active": [], "inactive": [], "deleted": []}
        self.everybody: list[User] = []
        self.living: list[User] = []

    def __iter__(self) -> Iterator[User]:
        return iter(self.everybody)

    def add(self, user: User) -> None:
        """Take a new user in; its order must be above everybody else's."""
        self.by_id[user.id] = user
        self.by_email[folded(user.email)] = user
        for identifier in user.external:
            self.by_identifier[identifier] = user
        self.everybody.append(user)
        self.in_state[user.state].append(user)
        if user.state != "deleted":
            self.living.append(user)

    def move(self, user: User, state: str) -> None:
        """Put the user into another state."""
        _take(self.in_state[user.state], user)
        insort(self.in_state[state], user, key=_BY_ORDER)
        if state == "deleted":
            _take(self.living, user)
        elif user.state == "deleted":
            insort(self.living, user, key=_BY_ORDER)
        user.state = state

    def readdress(self, user: User, email: str) -> None:
        """Give the user another e-mail."""
        del self.by_email[folded(user.email)]
        user.email = email
        self.by_email[folded(email)] = user


def _take(users: list[User], user: User) -> None:
    del users[bisect_left(users, user.order, key=_BY_ORDER)]


class Shelf:
    """Documents of one kind by id and by name; deleted ones are kept apart.

    `named` tells whether the kind has names at all that are unique, ignoring case.
    """

    def __init__(self, *, named: bool = True) -> None:
        self.live: dict[str, Json] = {}
        self.gone: dict[str, Json] = {}
        self.born: dict[str, float] = {}
        self._named = named
        self._names: dict[str, str] = {}

    def add(self, document: Json, born: float = 0.0) -> Json:
        """Keep a new document, or one that comes back."""
        self.gone.pop(document["id"], None)
        self.live[document["id"]] = document
        self.born[document["id"]] = born
        if self._named:
            self._names[folded(document["name"])] = document["id"]
        return document

    def named(self, name: str) -> Json | None:
        """The live document of that name, ignoring case."""
        return self.live.get(self._names.get(folded(name), ""))

    def rename(self, document: Json, name: str) -> None:
        """Give the document another name."""
        del self._names[folded(document["name"])]
        document["name"] = name
        self._names[folded(name)] = document["id"]

    def drop(self, document: Json) -> None:
        """Move the document to the deleted ones; its name is free again."""
        self.gone[document["id"]] = self.live.pop(document["id"])
        if self._named:
            del self._names[folded(document["name"])]
