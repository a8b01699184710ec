"""What may have changed since it was last read: asks the audit trail, and remembers what was read of each object.

A value is taken from memory only while nothing speaks against it: no entry of the trail names the object for that field, its own
count is what it was, nothing in it has left the lists or changed its standing, and nothing (a group) may move it unseen. What
this can miss: entries that show later than the overlap, swaps that leave no entry (rule-driven groups, deletions), ring numbers.
So nothing is ever removed on a remembered value, and everything is read again after a while; both are the pipeline's to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.errors import Unavailable
from reconciler.model.call import Answer, Call
from reconciler.model.kind import Kind, Trail
from reconciler.model.port import Reader

QUERY = "/api/v2/audits/query/realtime"
SERVICES = Call("GET", f"{QUERY}/servicemapping")
REACH = timedelta(days=14)  # how far back the realtime query sees; source: its summary in the API description of July 2026
SLICE = timedelta(days=1)  # longer intervals time out; seen by others
SIZE, PAGES = 500, 40  # 500 entries a page work, seen by others; more pages cost more than reading everything


@dataclass(frozen=True, slots=True)
class Kept:
    """One field of one object as last read: ids, those of them that were not listed as active, and the object's count."""

    ids: tuple[str, ...]
    away: Mapping[str, str] = field(default_factory=dict)
    count: int | None = None


Field = tuple[str, str]
"""An object's id and the name of one of its fields."""


@dataclass(frozen=True, slots=True)
class Now:
    """What the lists say of a field's object: its count, how ids stand (`active` or not), whether it may change unseen."""

    count: int | None
    standing: Callable[[str], str]
    unseen: bool = False

    def away(self, ids: Iterable[str]) -> dict[str, str]:
        """Those of `ids` that are not listed as active, and how they stand instead."""
        standings = ((one, self.standing(one)) for one in ids)
        return {one: standing for one, standing in standings if standing != "active"}


@dataclass(slots=True)
class Memory:
    """Fields as last read, for one reading; `fresh` is what the next one may use. `named` are fields that must be read.

    Nothing is noted where nobody will keep it (`is_kept`).
    """

    kept: Mapping[Field, Kept] = field(default_factory=dict)
    named: frozenset[Field] = frozenset()
    fresh: dict[Field, Kept] = field(default_factory=dict)
    recalled: set[Field] = field(default_factory=set)
    is_kept: bool = True
    _now: dict[Field, Now] = field(default_factory=dict)

    def recall(self, one: Field, now: Now) -> tuple[str, ...] | None:
        """The ids in a field as last read; None where they have to be read."""
        self._now[one] = now
        kept = self.kept.get(one)
        if kept is None or one in self.named or now.unseen or kept.count != now.count or now.away(kept.ids) != kept.away:
            return None
        self.fresh[one] = kept
        self.recalled.add(one)
        return kept.ids

    def note(self, one: Field, ids: Iterable[str]) -> None:
        """Remembers what was read of a field that could not be recalled."""
        now, ids = self._now[one], tuple(ids)
        self.fresh[one] = Kept(ids, now.away(ids), now.count)

    def count(self, one: Field) -> int | None:
        """What the lists said of the size of a field."""
        return self._now[one].count

    def doubt(self, one: Field) -> None:
        """Forgets what was recalled of a field: it is going to be read."""
        self.fresh.pop(one, None)
        self.recalled.discard(one)


@dataclass(frozen=True, slots=True)
class Window:
    """The time to ask the trail about, with its overlap; `known` are ids of entries that were followed up before."""

    begin: datetime
    end: datetime
    known: frozenset[str] = frozenset()

    @property
    def slices(self) -> Iterator[tuple[datetime, datetime]]:
        """The window in parts of a day at most."""
        begin = self.begin
        while begin < self.end:
            yield begin, min(begin + SLICE, self.end)
            begin += SLICE


@dataclass(frozen=True, slots=True)
class Traces:
    """What the trail named: fields that have changed, and when each entry was written, by its id."""

    named: frozenset[Field]
    entries: Mapping[str, datetime]


async def traces(reader: Reader, kinds: Iterable[Kind], window: Window) -> Traces:
    """What the audit trail names in the window; every entry counts once, whatever pages it stands on.

    Costs one request for the mapping of services, and one per action and day. Raises `ApiError` where anything is missing: then
    nothing is proven. Source: POST /api/v2/audits/query/realtime, permission audits:audit:view; paging in the body.
    """
    trails = [(detail.field, detail.trail) for kind in kinds for detail in kind.details if detail.trail]
    _check_services(await reader.get(SERVICES), [trail for _, trail in trails])
    named: set[Field] = set()
    entries: dict[str, datetime] = {}
    for name, trail in trails:
        for action in trail.actions:
            for part in window.slices:
                found = await _entries(reader, trail, action, part)
                named.update((object_id, name) for one, (object_id, _) in found.items() if one not in window.known)
                entries.update({one: at for one, (_, at) in found.items()})
    return Traces(frozenset(named), entries)


def _check_services(answer: Answer, trails: Sequence[Trail]) -> None:
    """Raises `Unavailable` unless the realtime query knows these actions. Source: definition `AuditQueryServiceMapping`."""
    try:
        served = {
            (service["name"], entity["name"], action)
            for service in answer.json()["services"]
            for entity in service.get("entities") or ()
            for action in entity.get("actions") or ()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _useless(SERVICES, f"the answer is no mapping of services ({error!r})") from error
    missing = [one for trail in trails for one in trail.actions if (trail.service, trail.entity, one) not in served]
    if missing:
        raise _useless(SERVICES, f"the realtime audit query does not know {', '.join(missing)}")


async def _entries(reader: Reader, trail: Trail, action: str, part: tuple[datetime, datetime]) -> dict[str, tuple[str, datetime]]:
    """Entries of one action: id → (object id, when). Raises `Unavailable` where pages do not add up to the total."""
    found: dict[str, tuple[str, datetime]] = {}
    total, pages, number = 0, 1, 1
    while number <= pages:
        call = Call("POST", QUERY, body=_body(trail, action, part, number))
        answer = await reader.get(call)
        try:
            body = answer.json()
            total, pages = int(body["total"]), body.get("pageCount") or 1  # null means 1, as elsewhere
            found.update({str(one["id"]): (str(one["entity"]["id"]), _date(one)) for one in body["entities"]})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _useless(call, f"the answer is no list of audits ({error!r})") from error
        number += 1
        if pages > PAGES:
            raise _useless(call, f"more than {SIZE * PAGES} entries of {action} in a day")
    if len(found) < total:
        raise _useless(call, f"{len(found)} of {total} entries of {action} came")
    return found


def _body(trail: Trail, action: str, part: tuple[datetime, datetime], number: int) -> dict[str, Any]:
    filters = [{"property": "EntityType", "value": trail.entity}, {"property": "Action", "value": action}]
    return {
        "interval": "/".join(one.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") for one in part),
        "serviceName": trail.service,
        "filters": filters,
        "sort": [{"name": "Timestamp", "sortOrder": "ascending"}],
        "pageNumber": number,
        "pageSize": SIZE,
    }


def _date(entry: Mapping[str, Any]) -> datetime:
    """When an entry was written; a date without zone counts as UTC."""
    found = datetime.fromisoformat(str(entry["eventDate"]))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _useless(call: Call, reason: str) -> Unavailable:
    return Unavailable(call.operation, 200, "", reason)
