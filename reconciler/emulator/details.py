"""Timelines of users as the analytics query for user details shows them: primary presence and routing status.

A record lasts from its event to the next one; the last has no end. Records are those of the source that is primary when asked:
what was primary before is not remembered. Aggregations are not modelled, they are left out of the answer.

Source: `POST /api/v2/analytics/users/details/query`; at most 100 predicates name a user, intervals are at most 7 days, 31 with a
filter (analytics guide). Which records and users an interval takes in, the order of users and the largest page are inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.ask import interval
from reconciler.emulator.filters import fits, predicates
from reconciler.emulator.history import PRESENCE, ROUTING_STATUS
from reconciler.emulator.refusal import constraint
from reconciler.emulator.status import primary_source

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.history import Happening
    from reconciler.emulator.things import User
    from reconciler.emulator.world import World

SIZE, LARGEST = 25, 100
PREDICATES_MAXIMUM = 100
DAYS, DAYS_FILTERED = 7, 31
_DAY = 86_400
_OPEN = float("inf")  # the end of a record that still lasts


def query_details(ask: Ask, world: World) -> Json:
    """Users with records in the interval, page by page as the body asks."""
    body = ask.body
    begin, end = _bounded(body)
    search = _Search(world, body, begin, end)
    users = [user for user in search.users() if ask.caller.sees(user.division) and search.finds(user)]
    if body.get("order") == "desc":
        users.reverse()
    page = body.get("paging", {"pageSize": SIZE, "pageNumber": 1})
    if page["pageSize"] < 1 or page["pageNumber"] < 1:
        raise constraint("pageSize and pageNumber start at 1", "paging")
    size = min(page["pageSize"], LARGEST)
    start = (page["pageNumber"] - 1) * size
    return {"userDetails": [search.detail(user) for user in users[start : start + size]], "totalHits": len(users)}


def _bounded(body: Json) -> tuple[float, float]:
    begin, end = interval(body["interval"])
    filtered = any(body.get(name) for name in ("userFilters", "presenceFilters", "routingStatusFilters"))
    days = DAYS_FILTERED if filtered else DAYS
    if end - begin > days * _DAY:
        raise constraint(f"The interval is longer than {days} days", "interval")
    if sum(1 for _ in predicates(body.get("userFilters", []))) > PREDICATES_MAXIMUM:
        raise constraint(f"At most {PREDICATES_MAXIMUM} predicates may name a user", "userFilters")
    return begin, end


class _Search:
    """What one query is after."""

    def __init__(self, world: World, body: Json, begin: float, end: float) -> None:
        self._world, self._begin, self._end = world, begin, end
        self._of_user = body.get("userFilters", [])
        self._of_presence = body.get("presenceFilters", [])
        self._of_routing = body.get("routingStatusFilters", [])
        self._begun = world.switches.details_records == "started"

    def users(self) -> list[User]:
        """Everybody with events whom the filters name, in order of creation."""
        people = self._world.people.by_id
        wanted = set(self._world.history.logs)
        given = list(predicates(self._of_user))
        if given and all(one.get("operator", "matches") == "matches" for one in given):
            wanted &= {one.get("value", "") for one in given}
        users = sorted((people[known] for known in wanted), key=lambda one: one.order)
        return [user for user in users if fits(self._of_user, {"userId": user.id})]

    def finds(self, user: User) -> bool:
        """Whether the user has a record to show; without filters one look at the rows tells."""
        if self._of_presence or self._of_routing:
            return bool(self._presence(user) or self._routing(user))
        now, primary = self._world.now(), primary_source(self._world, user)
        least = self._begin if self._begun else float("-inf")
        if self._begin >= self._end:
            return False
        return any(
            least <= row[2] < self._end and row[3] and row[8] <= now and (row[1] == ROUTING_STATUS or row[4] == primary)
            for row in self._world.history.logs[user.id].rows
        )

    def detail(self, user: User) -> Json:
        """The user's records; a list without any is left out."""
        shown: Json = {"userId": user.id}
        if presence := self._presence(user):
            shown["primaryPresence"] = presence
        if routing := self._routing(user):
            shown["routingStatus"] = routing
        return shown

    def _presence(self, user: User) -> list[Json]:
        definitions = self._world.definitions.live
        records = []
        for record, what in self._records(user, PRESENCE, primary_source(self._world, user)):
            system = definitions[what]["systemPresence"]
            facts = {"systemPresence": "ON_QUEUE" if system == "OnQueue" else system.upper(), "organizationPresenceId": what}
            if fits(self._of_presence, facts):
                records.append(record | facts)
        return records

    def _routing(self, user: User) -> list[Json]:
        found = ((record, {"routingStatus": what}) for record, what in self._records(user, ROUTING_STATUS, ""))
        return [record | facts for record, facts in found if fits(self._of_routing, facts)]

    def _records(self, user: User, kind: str, source: str) -> list[tuple[Json, str]]:
        """Times and content of what overlaps the interval, or began in it (a switch)."""
        world = self._world
        line = [one for one in world.history.logs[user.id].timeline(kind, world.now(), source) if one.what]
        ends = [one.at for one in line[1:]] + [_OPEN] * bool(line)
        return [(self._times(one, until), one.what) for one, until in zip(line, ends, strict=True) if self._takes(one, until)]

    def _takes(self, one: Happening, until: float) -> bool:
        if self._begun:
            return self._begin <= one.at < self._end
        return one.at < self._end and until > self._begin and self._begin < self._end

    def _times(self, one: Happening, until: float) -> Json:
        times = {"startTime": self._world.written(one.at)}
        return times if until == _OPEN else times | {"endTime": self._world.written(until)}
