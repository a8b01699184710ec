"""A walk through one Listing: which page is next, what is new on it, and what speaks against having seen everything. No I/O.

One row of `VARIANTS` per way the API hangs pages together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reconciler.model.call import Call, Listing
from reconciler.model.resource import Proof

ONWARD = ("cursor", "after", "pageNumber")  # the only parameters taken from a nextUri: it leads on in this listing, nowhere else


@dataclass(frozen=True, slots=True)
class Variant:
    """How a listing is asked for and how it goes on.

    `size` and `position` name the query parameters; `entities` and `total` the members of the body (empty: the body itself,
    no total). `full` says that only the last page may be short. `onward` finds the next page.
    """

    onward: Callable[[Walk, Mapping[str, Any], int], bool]
    size: str = ""
    position: str = ""
    entities: str = "entities"
    total: str = "total"
    must_total: bool = False
    full: bool = True


class Walk:
    """Where a read of one listing stands. `call` is the next page's; `step` takes its body and moves on."""

    def __init__(self, listing: Listing) -> None:
        self.variant = VARIANTS[listing.pages]
        self.listing = listing
        self.size = listing.size
        self.offset = 0
        self.end = 0
        self.token: dict[str, str] = {}
        self.done = False
        self.reason = ""
        self._total: int | None = None
        self._count = 0
        self._seen: set[Any] = set()

    def call(self, offset: int | None = None) -> Call:
        """The Call of the next page, or of the one at `offset` entities."""
        at, listing, variant = self.offset if offset is None else offset, self.listing, self.variant
        query: dict[str, Any] = {**listing.query}
        if variant.size:
            query[variant.size] = self.size
        if variant.position == "pageNumber":
            query["pageNumber"] = at // self.size + 1
        elif variant.position == "startIndex":
            query["startIndex"] = at + 1
        return Call("GET", listing.path, listing.ids, query | self.token)

    def upcoming(self, most: int) -> list[int]:
        """Offsets of up to `most` pages that can be asked for now, the next one first."""
        return list(range(self.offset, max(self.end, self.offset + 1), self.size))[:most]

    def step(self, body: Any) -> list[dict[str, Any]]:
        """The entities of this page that no earlier page had. Raises `TypeError` where the body has another shape."""
        entities, told = self._entities(body)
        self._check_total(told)
        self._check_results(told, len(entities))
        if self.offset == 0 and not self._count:
            self.size = _clamped(told, self.size)
        new = self._new(entities)
        self.done = not self.variant.onward(self, told, len(entities))
        if not self.done and self.variant.full and len(entities) < self.size:
            self.doubt(f"a page of {len(entities)} instead of {self.size} before the end")
        if not self.done and not new:
            self.done = True
            self.doubt("a page before the end brought nothing new")
        if self.done:
            self._check_count()
        return new

    def doubt(self, reason: str) -> None:
        """Remembers why nothing may be concluded from absence; the first reason stands."""
        self.reason = self.reason or reason

    def proof(self) -> Proof:
        """Whether the listing was read to its end."""
        return Proof(not self.reason, self.reason)

    def smaller(self) -> bool:
        """Goes on from here with smaller pages; False where they cannot get smaller.

        The new size divides the old one, so that its pages begin where the old ones did: nothing is handed out twice.
        """
        if not self.variant.size or self.size <= 1:
            return False
        self.size = next(size for size in range(self.size // 2, 0, -1) if self.size % size == 0)
        self.end = 0
        return True

    def _entities(self, body: Any) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        if self.listing.pages == "single":
            return [_typed(body, dict)], {}
        if not self.variant.entities:
            return _typed(body, list), {}
        told: Mapping[str, Any] = _typed(body, dict)
        entities = told.get(self.variant.entities)
        if entities is None:
            self.doubt(f"an answer without {self.variant.entities}")
            return [], told
        return _typed(entities, list), told

    def _new(self, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Entities whose id no page had yet; those without an id are all new."""
        distinct = {entity.get("id") for entity in entities}
        if len(distinct) < len(entities) or None in distinct or not distinct.isdisjoint(self._seen):
            entities = self._sift(entities)
        if self._seen:
            self._seen |= distinct
        else:
            self._seen = distinct  # most listings have one page
        self._count += len(entities)
        return entities

    def _sift(self, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen, kept = set(self._seen), []
        for entity in entities:
            name = entity.get("id")
            if name is None or name not in seen:
                kept.append(entity)
                seen.add(name)
        return kept

    def _check_total(self, told: Mapping[str, Any]) -> None:
        total = told.get(self.variant.total)
        if not isinstance(total, int):
            if self.variant.must_total:
                self.doubt(f"an answer without {self.variant.total}")
            return
        if self._total is not None and total != self._total:
            self.doubt(f"{self.variant.total} moved from {self._total} to {total} while reading")
        self._total = total

    def _check_results(self, told: Mapping[str, Any], count: int) -> None:
        results = told.get("results")
        if isinstance(results, int) and results != count:
            self.doubt(f"a page said it has {results} and had {count}")

    def _check_count(self) -> None:
        if self._total is not None and self._count != self._total:
            self.doubt(f"{self._count} of {self._total} were handed out")


def _numbered(walk: Walk, told: Mapping[str, Any], _count: int) -> bool:
    last = told.get("pageCount") or 1  # null means 1; source: Terraform provider 1.84
    cap = walk.listing.cap
    if cap and last >= cap:
        last = cap
        walk.doubt(f"the service hands out {cap} pages at most")
    walk.end = last * walk.size
    walk.offset += walk.size
    return walk.offset < walk.end


def _open(walk: Walk, told: Mapping[str, Any], _count: int) -> bool:
    if walk.listing.cap and walk.offset // walk.size + 1 >= walk.listing.cap:
        walk.doubt(f"the service hands out {walk.listing.cap} pages at most")
        return False
    walk.offset += walk.size
    return bool(told.get("nextUri"))


def _last(_walk: Walk, _told: Mapping[str, Any], _count: int) -> bool:
    return False


def _cursor(walk: Walk, told: Mapping[str, Any], _count: int) -> bool:
    return _follow(walk, {"cursor": told.get("cursor")})


def _cursors(walk: Walk, told: Mapping[str, Any], _count: int) -> bool:
    # Ends where `cursors` or `cursors.after` is missing, whatever nextUri says; source: Terraform provider 1.84.
    after = (told.get("cursors") or {}).get("after")
    return _follow(walk, (_onward(told) or {"cursor": after}) if after else {})


def _uri(walk: Walk, told: Mapping[str, Any], _count: int) -> bool:
    if told.get("nextUri") and not _onward(told):
        walk.doubt("a nextUri that does not say where to go on")
    return _follow(walk, _onward(told))


def _scim(walk: Walk, told: Mapping[str, Any], count: int) -> bool:
    walk.offset += count
    return walk.offset < (told.get("totalResults") or 0)


def _follow(walk: Walk, token: Mapping[str, str | None]) -> bool:
    """Goes on with `token`; at the end when there is none, in doubt when it is the one just used."""
    given = {name: str(value) for name, value in token.items() if value}
    if given and given == walk.token:
        walk.doubt("a cursor led back to the same page")
        return False
    walk.token = given
    return bool(given)


def _onward(told: Mapping[str, Any]) -> dict[str, str | None]:
    """The parameters of `nextUri` that lead on; its host and path are never used."""
    given = parse_qs(urlsplit(str(told.get("nextUri") or "")).query)
    return {name: given[name][0] for name in ONWARD if name in given}


def _clamped(told: Mapping[str, Any], size: int) -> int:
    """The page size the service chose, where it chose a smaller one."""
    answered = told.get("pageSize")
    return answered if isinstance(answered, int) and 0 < answered < size else size


def _typed(value: Any, shape: type[Any]) -> Any:
    if not isinstance(value, shape):
        raise TypeError(f"the answer holds {type(value).__name__} where {shape.__name__} was expected")
    return value


VARIANTS: Mapping[str, Variant] = {
    "numbered": Variant(_numbered, "pageSize", "pageNumber", must_total=True),
    "open": Variant(_open, "pageSize", "pageNumber"),
    "whole": Variant(_last, must_total=True),
    "cursor": Variant(_cursor, "pageSize"),
    "cursors": Variant(_cursors, "limit"),
    "uri": Variant(_uri, "pageSize"),
    "array": Variant(_last, entities=""),
    "single": Variant(_last, entities=""),
    "scim": Variant(_scim, "count", "startIndex", "Resources", "totalResults", must_total=True, full=False),
}
