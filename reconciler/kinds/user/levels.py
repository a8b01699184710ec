"""Skills and languages of a user: written one by one as far as that is cheap, so that what others added meanwhile stays.

Decided here: up to `SINGLY` skills leave by a DELETE each, which touches nothing else and costs at most two requests more than a
replacing PUT. More of them leave by reading what is there and stating the rest in one PUT; what somebody adds between these two
requests is lost. Languages have no replacing call, so they always leave one by one.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Any

from reconciler.errors import NotFound
from reconciler.kinds.rest import entities, final
from reconciler.kinds.user.paths import BATCH, LANGUAGES, OWN_SKILLS, SKILLS
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, Op
from reconciler.model.kind import Known

SINGLY = 3
WHOLE = frozenset({Op.CREATE, Op.RESTORE})  # what somebody who comes back has kept may not have been readable

Steps = Generator[Call, Answer, None]


def write(change: Change, known: Known, user_id: str) -> Steps:
    """Gives and takes the skills and languages that a change touches.

    Source: PUT /api/v2/users/{userId}/routingskills/bulk replaces (its limit is unpublished; 50 is assumed, the rest is added by
    PATCH); DELETE …/{skillId} takes one away, 404 where it is gone already; API description of July 2026.
    """
    if change.op in WHOLE and _of(change, "skills"):
        items = [(known.id("skill", key), level) for key, level in sorted(final(change, known)["skills"].items())]
        yield from _stated(user_id, items)
    else:
        yield from _skills(change, known, user_id)
    given, gone = _given(change, known, "languages", "language"), _gone(change, known, "languages", "language")
    yield from in_batches(f"{LANGUAGES}/bulk", user_id, given)
    yield from _taken(f"{LANGUAGES}/{{languageId}}", "languageId", user_id, gone)


def _skills(change: Change, known: Known, user_id: str) -> Steps:
    given, gone = _given(change, known, "skills", "skill"), _gone(change, known, "skills", "skill")
    if len(gone) > SINGLY:
        there = yield from _there(user_id)
        after = {one: level for one, level in {**there, **dict(given)}.items() if one not in gone}
        yield from _stated(user_id, sorted(after.items()))
        return
    yield from in_batches(SKILLS, user_id, given)
    yield from _taken(f"{OWN_SKILLS}/{{skillId}}", "skillId", user_id, gone)


def _there(user_id: str) -> Generator[Call, Answer, dict[str, Any]]:
    """The levels of a user by skill id, as they are now. Source: GET /api/v2/users/{userId}/routingskills, numbered pages."""
    found: dict[str, Any] = {}
    number, pages = 1, 1
    while number <= pages:
        query = {"pageSize": BATCH, "pageNumber": number}
        answer = yield Call("GET", OWN_SKILLS, ids={"userId": user_id}, query=query)
        found |= skills_of(list(entities(answer)))
        pages = answer.json().get("pageCount") or 1
        number += 1
    return found


def skills_of(listed: list[dict[str, Any]]) -> dict[str, float]:
    """Proficiency by id of a user's skills; assignments in state `deleted` do not count (inferred)."""
    return {one["id"]: one.get("proficiency") or 0.0 for one in listed if one.get("state") != "deleted"}


def languages_of(listed: list[dict[str, Any]]) -> dict[str, int]:
    """Proficiency by id of a user's languages, whole numbers."""
    return {one["id"]: round(one.get("proficiency") or 0) for one in listed if one.get("state") != "deleted"}


def _stated(user_id: str, items: list[tuple[str, Any]]) -> Steps:
    """Exactly these skills."""
    yield Call("PUT", SKILLS, ids={"userId": user_id}, body=_items(items[:BATCH]))
    yield from in_batches(SKILLS, user_id, items[BATCH:])


def in_batches(path: str, user_id: str, items: list[tuple[str, Any]]) -> Steps:
    """Adds or changes levels, (id, level) pairs, 50 a request."""
    for start in range(0, len(items), BATCH):
        yield Call("PATCH", path, ids={"userId": user_id}, body=_items(items[start : start + BATCH]))


def _taken(path: str, name: str, user_id: str, gone: list[str]) -> Steps:
    for one in gone:
        with suppress(NotFound):
            yield Call("DELETE", path, ids={"userId": user_id, name: one})


def _items(items: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": one, "proficiency": level} for one, level in items]


def _given(change: Change, known: Known, name: str, kind: str) -> list[tuple[str, Any]]:
    return [(known.id(kind, key), level) for key, level in _of(change, name) if level is not None]


def _gone(change: Change, known: Known, name: str, kind: str) -> list[str]:
    return [known.id(kind, key) for key, level in _of(change, name) if level is None]


def _of(change: Change, name: str) -> list[tuple[str, Any]]:
    """(key, level) pairs of one field; a level of None goes."""
    return [(one.path[1], one.after) for one in change.fields if one.path[0] == name]


def costs(change: Change) -> int:
    """Requests that `write` takes. Skills above 50 that stay as they are, are not foreseen where skills are stated as a whole."""
    skills, languages = _of(change, "skills"), _of(change, "languages")
    given, gone = _counted(skills)
    if change.op in WHOLE:
        first = bool(skills) + _batches(given - BATCH)
    else:
        first = 2 + _batches(given - BATCH) if gone > SINGLY else _batches(given) + gone
    given, gone = _counted(languages)
    return first + _batches(given) + gone


def above(change: Change, limit: int) -> int:
    """Requests for the levels that SCIM did not take."""
    return sum(_batches(_counted(_of(change, name))[0] - limit) for name in ("skills", "languages"))


def _counted(levels: list[tuple[str, Any]]) -> tuple[int, int]:
    """How many levels a change sets, and how many it takes away."""
    gone = sum(level is None for _, level in levels)
    return len(levels) - gone, gone


def _batches(items: int) -> int:
    return -(-max(0, items) // BATCH)
