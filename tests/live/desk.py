"""A reading desk: listings as values, and a record of everything that was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.errors import NotFound
from reconciler.kinds import REGISTRY
from reconciler.live.read import Question, read
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.kind import Options
from reconciler.model.port import Binding
from reconciler.model.problem import Place
from reconciler.model.resource import Proof, Ref, Resource, Snapshot, State

Entity = dict[str, Any]
HOME = {"id": "d0", "name": "Home", "homeDivision": True}
DOUBT = Proof(complete=False, reason="page 2 did not come")


def path_of(listing: Listing) -> str:
    """A listing in one line: its path, and what tells two of the same path apart."""
    said = {
        name: value for name, value in listing.query.items() if name in {"state", "hasPeer", "deactivated", "filter", "memberBy"}
    }
    filled = listing.path.format(**listing.ids)
    return "?".join([filled, *(f"{name}={value}" for name, value in said.items())])


@dataclass
class Desk:
    """Entities by listing: `pages` is a list of pages; `doubts` name listings that are not read to their end."""

    pages_of: Mapping[str, list[list[Entity]]] = field(default_factory=dict)
    doubts: frozenset[str] = frozenset()
    answers: Mapping[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def get(self, call: Call) -> Answer:
        assert not call.writes
        await asyncio.sleep(0)
        said = f"{call.method} {call.url}"
        self.asked.append(said)
        answer = self.answers.get(said, {"settings": {}, "search": {"results": []}}.get(said.rsplit("/", 1)[1]))
        if answer is None:
            raise NotFound(call.operation, 404, "not.found", "nothing here")
        return Answer(200, orjson.dumps(answer))

    async def pages(self, listing: Listing, take: Callable[[list[Entity]], None]) -> Proof:
        path = path_of(listing)
        for page in self.pages_of.get(path, [[]]):
            await asyncio.sleep(0)
            self.asked.append(path)
            take(page)
        return DOUBT if path in self.doubts else Proof()

    def asked_for(self, part: str) -> list[str]:
        return [one for one in self.asked if part in one]


def wish(ref: str, *, previously: tuple[str, ...] = (), **fields: Any) -> Resource:
    return Resource(Ref.parse(ref), fields, Place("m.yaml", 1), previously)


def look(
    desk: Desk, *desired: Resource, bound: Mapping[str, str] | None = None, foreign: Mapping[str, str] | None = None, **more: Any
) -> Snapshot:
    """What is read for these wishes. `bound` is `kind/key` → id, `foreign` id → source."""
    others = foreign or {}

    def whose(ids: Iterable[str]) -> dict[str, str]:
        return {one: others[one] for one in ids if one in others}

    question = Question(
        kinds=list(REGISTRY.values()),
        desired=State({one.ref: one for one in desired}),
        bindings={Ref.parse(ref): Binding(one) for ref, one in (bound or {}).items()},
        options=more.pop("options", Options(source="acme")),
        foreign=whose,
        **more,
    )
    return asyncio.run(read(desk, question))


def centre(**more: list[Entity] | list[list[Entity]]) -> Desk:
    """A small centre. Listings are given by short names, as entities or as pages of them."""
    short = {
        "divisions": "/api/v2/authorization/divisions",
        "skills": "/api/v2/routing/skills",
        "languages": "/api/v2/routing/languages",
        "codes": "/api/v2/routing/wrapupcodes",
        "users": "/api/v2/users?state=active",
        "gone": "/api/v2/users?state=inactive",
        "queues": "/api/v2/routing/queues?hasPeer=False",
        "peers": "/api/v2/routing/queues?hasPeer=True",
        "sources": "/api/v2/presence/sources?deactivated=FALSE",
        "marks": "/api/v2/scim/v2/users",
        "statuses": "/api/v2/presence/definitions?deactivated=FALSE",
    }
    pages: dict[str, list[list[Entity]]] = {short["divisions"]: [[HOME]]}
    for name, given in more.items():
        listed: Any = given
        pages[short.get(name, name)] = listed if listed and isinstance(listed[0], list) else [listed]
    return Desk(pages)
