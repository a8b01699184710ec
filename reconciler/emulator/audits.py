"""The audit trail of queues: who took whom in or out, and which wrap-up codes, as the realtime query shows it.

What leaves no entry, as far as is known (inferred): members that come and go with a group, with the deletion or deactivation of a
user, or codes that go with their deletion; ring numbers.

Source: definitions `AuditRealtimeQueryRequest` and `AuditLogMessage`; page and size stand in the body, 14 days. Service, entity
type and action names come from the audit topic of the official SDK; that a member is named in `propertyChanges[].property` as
`QueueMember/{queue}:{user}`, and that filters must all hold, was seen by others; that code actions are written alike is inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator.ask import interval
from reconciler.emulator.quota import Window, too_many
from reconciler.emulator.refusal import bad, constraint
from reconciler.emulator.things import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Queue
    from reconciler.emulator.world import World

SERVICE, ENTITY = "ContactCenter", "Queue"
ACTIONS = ("MemberAdd", "MemberRemove", "MemberUpdate", "WrapupCodeAdd", "WrapupCodeRemove")
DAYS = 14
SIZE, LARGEST = 25, 500


def note(ask: Ask, world: World, queue: Queue, action: str, touched: Iterable[str]) -> None:
    """Writes down that the caller did this to these members or codes of the queue; nothing where there are none.

    One entry per request is a guess. Its id is counted, not drawn, so that the ids of objects do not depend on it.
    """
    what = "QueueMember" if action.startswith("Member") else "QueueWrapupCode"
    before, after = ("", "true") if action.endswith("Add") else ("true", "")
    changes = [
        {"property": f"{what}/{queue.id}:{one}", "oldValues": [before] * bool(before), "newValues": [after] * bool(after)}
        for one in touched
    ]
    if not changes:
        return
    now = world.now()
    document: Json = {
        "id": f"00000000-0000-4000-a000-{len(world.audits):012x}",
        "userHomeOrgId": world.organization["id"],
        "client": {"id": ask.caller.id, "selfUri": f"/api/v2/oauth/clients/{ask.caller.id}"},
        "serviceName": SERVICE,
        "level": "USER",
        "eventDate": world.stamp(),
        "action": action,
        "entity": {"id": queue.id, "name": queue.name, "selfUri": f"/api/v2/routing/queues/{queue.id}"},
        "entityType": ENTITY,
        "status": "SUCCESS",
        "propertyChanges": changes,
    }
    world.audits.append(Entry(now, now + world.switches.audit_delay, ask.caller.id, document))


def query_realtime(ask: Ask, world: World) -> Json:
    """Entries of an interval, of the last 14 days at most, page by page as the body asks.

    Source: throttled well below the token's own limit (seen by others; the number is a switch).
    """
    _throttle(ask, world)
    wanted, body = _filters(ask), ask.body
    begin, end = interval(body["interval"])
    begin = max(begin, world.now() - DAYS * 86_400)
    found = [
        one.document
        for one in world.audits
        if world.switches.audits_of_queues
        and begin <= one.at < end
        and one.shows <= world.now()
        and body.get("serviceName", SERVICE) == SERVICE
        and all(_value(one, name) == value for name, value in wanted)
    ]
    if any(one["sortOrder"] == "descending" for one in body.get("sort", ())):
        found.reverse()
    return _page(body, found)


def show_services(_ask: Ask, world: World) -> Json:
    """Services, entity types and actions the realtime query knows."""
    entities = [{"name": ENTITY, "actions": [*ACTIONS]}] if world.switches.audits_of_queues else []
    return {"services": [{"name": SERVICE, "entities": entities}]}


def _throttle(ask: Ask, world: World) -> None:
    allowed = world.switches.audit_requests_per_minute
    window = world.audit_windows.setdefault(ask.caller.id, Window())
    if allowed and not window.take(world.now(), allowed):
        raise too_many(window.seconds_left(world.now()))


def _filters(ask: Ask) -> list[tuple[str, str]]:
    wanted = [(one["property"], one["value"]) for one in ask.body.get("filters", ())]
    names = {name for name, _ in wanted}
    if "EntityId" in names and "EntityType" not in names:
        raise bad("bad.request", "A filter by EntityId needs one by EntityType")
    return wanted


def _value(entry: Entry, name: str) -> str:
    document = entry.document
    known = {"Action": document["action"], "EntityType": ENTITY, "EntityId": document["entity"]["id"], "ClientId": entry.client}
    return str(known.get(name, ""))


def _page(body: Json, found: list[Json]) -> Json:
    size, number = min(body.get("pageSize", SIZE), LARGEST), body.get("pageNumber", 1)
    if size < 1 or number < 1:
        raise constraint("pageSize and pageNumber start at 1", "pageSize" if size < 1 else "pageNumber")
    start = (number - 1) * size
    count = -(-len(found) // size)
    page = {"entities": found[start : start + size], "pageSize": size, "pageNumber": number}
    return page | {"total": len(found), "pageCount": count}
