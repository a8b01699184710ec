"""Search for users: criteria, nested groups, the envelope of the search service. Index lag is a switch.

Modelled: EXACT, TERM, TERMS, STARTS_WITH, CONTAINS, REQUIRED_FIELDS and MATCH_ALL over the fields of `_FIELDS`; other types
and fields match nothing. Source: `POST /users/search`; without a criterion on state deleted users are left out (inferred).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.portrait import EXPANDS, portrait
from reconciler.emulator.refusal import bad
from reconciler.emulator.things import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import User
    from reconciler.emulator.world import World

PAGE_MAXIMUM = 100
RESULTS_MAXIMUM = 10_000

_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "EXACT": str.__eq__,
    "TERM": str.__eq__,
    "TERMS": str.__eq__,
    "STARTS_WITH": str.startswith,
    "CONTAINS": str.__contains__,
}

_FIELDS: dict[str, Callable[[World, User], Iterable[object]]] = {
    "id": lambda _, user: [user.id],
    "name": lambda _, user: [user.name],
    "email": lambda _, user: [user.email],
    "username": lambda _, user: [user.email],
    "state": lambda _, user: [user.state],
    "department": lambda _, user: [user.department],
    "title": lambda _, user: [user.title],
    "divisionId": lambda _, user: [user.division],
    "manager.id": lambda _, user: [user.manager],
    "hr.employeeId": lambda _, user: [user.more.get("employerInfo", {}).get("employeeId", "")],
    "routingSkills.guid": lambda _, user: user.skills,
    "routingSkills.name": lambda world, user: [world.skills.live[one]["name"] for one in user.skills if one in world.skills.live],
    "languages.guid": lambda _, user: user.languages,
    "languages.name": lambda world, user: [
        world.languages.live[one]["name"] for one in user.languages if one in world.languages.live
    ],
    "queueMembership.added": lambda world, user: [queue.id for queue in world.queues.values() if user.id in queue.members],
    "queueMembership.joined": lambda world, user: [
        queue.id for queue in world.queues.values() if user.id in queue.members and queue.members[user.id].joined
    ],
}


def search_users(ask: Ask, world: World) -> Json:
    """One page of the users that fit all criteria (NOT: none of them; OR: any of the ORs)."""
    criteria = ask.body.get("query", [])
    expand = frozenset(ask.body.get("expand", ())) & EXPANDS
    size, number = _bounds(ask.body)
    _bounded(criteria, world)
    found = [user for user in _candidates(criteria, world) if _fits(user, criteria, world) and _indexed(user, criteria, world)]
    found = [user for user in found if ask.caller.sees(user.division)]
    found.sort(key=lambda user: (folded(user.name), user.id), reverse=ask.body.get("sortOrder") == "DESC")
    start = (number - 1) * size
    return {
        "total": len(found),
        "pageCount": -(-len(found) // size),
        "pageSize": size,
        "pageNumber": number,
        "types": ["users"],
        "results": [portrait(world, user, expand) for user in found[start : start + size]],
    }


def _bounds(body: Json) -> tuple[int, int]:
    size, number = body.get("pageSize", 25), body.get("pageNumber", 1)
    if size < 1 or number < 1:
        raise bad("bad.request", "pageSize and pageNumber start at 1")
    size = min(size, PAGE_MAXIMUM)
    if size * number > RESULTS_MAXIMUM:
        raise bad("too.many.requested.results", f"Only the first {RESULTS_MAXIMUM} results can be read")
    return size, number


def _bounded(criteria: list[Json], world: World) -> None:
    if len(criteria) > world.switches.search_criteria_maximum:
        raise bad("too.many.search.criteria", "Too many search criteria")
    for one in criteria:
        if len(one.get("values", ())) > world.switches.search_values_maximum:
            raise bad("search.criteria.values.exceed.limit", "Too many values in one search criterion")
        _bounded(one.get("group", []), world)


def _candidates(criteria: list[Json], world: World) -> Iterable[User]:
    """Everybody who might fit: by e-mail through the index where that decides it, else all."""
    for one in criteria:
        if one.get("fields") == ["email"] and one["type"] in ("EXACT", "TERM", "TERMS") and one.get("operator", "AND") == "AND":
            emails = [*one.get("values", ()), *([one["value"]] if "value" in one else ())]
            found = (world.people.by_email.get(folded(email)) for email in emails)
            return [*dict.fromkeys(user for user in found if user is not None)]
    return world.people


def _indexed(user: User, criteria: list[Json], world: World) -> bool:
    """Whether the search index knows the user's state: it lags, and deleted users show only to those who ask for states."""
    if user.state != "deleted":
        return world.visible(user.created)
    return _asks_for_state(criteria) and world.now() - user.left >= world.switches.search_lag


def _asks_for_state(criteria: list[Json]) -> bool:
    return any("state" in one.get("fields", ()) or _asks_for_state(one.get("group", [])) for one in criteria)


def _fits(user: User, criteria: list[Json], world: World) -> bool:
    either = [one for one in criteria if one.get("operator") == "OR"]
    if either and not any(_one(user, one, world) for one in either):
        return False
    return all(_one(user, one, world) != (one.get("operator") == "NOT") for one in criteria if one.get("operator") != "OR")


def _one(user: User, criterion: Json, world: World) -> bool:
    if "group" in criterion:
        return _fits(user, criterion["group"], world)
    if criterion["type"] == "MATCH_ALL":
        return True
    held = [folded(str(value)) for name in criterion.get("fields", ()) if name in _FIELDS for value in _FIELDS[name](world, user)]
    if criterion["type"] == "REQUIRED_FIELDS":
        return any(held)
    compare = _COMPARE.get(criterion["type"])
    values = [*criterion.get("values", ()), *([criterion["value"]] if "value" in criterion else ())]
    return compare is not None and any(compare(one, folded(value)) for one in held for value in values)
