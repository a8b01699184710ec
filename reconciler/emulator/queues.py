"""Queues without their members: lists, views, creation, full replacement, asynchronous deletion, wrap-up codes."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from reconciler.emulator import audits, pages
from reconciler.emulator.refusal import Refusal, bad, constraint, invalid_value, not_found, too_large
from reconciler.emulator.routing import matches
from reconciler.emulator.things import Queue, folded
from reconciler.emulator.words import words
from reconciler.emulator.world import is_uuid

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

BATCH_MAXIMUM = 100
VIEW_PAGES_MAXIMUM = 5

_MEDIA = {"enableAutoAnswer": False, "alertingTimeoutSeconds": 30, "serviceLevel": {"percentage": 0.8, "durationMs": 20_000}}
_TIMED_PROMPTS = ("MANDATORY_TIMEOUT", "MANDATORY_FORCED_TIMEOUT", "AGENT_REQUESTED")
_SERVER_OWNED = words(
    """
    id name division dateCreated dateModified createdBy modifiedBy memberCount userMemberCount joinedMemberCount sourceQueueId
    selfUri
    """
)

# What a queue has when nobody says otherwise. Source: schema defaults of the provider; numbers of the media are invented.
DEFAULTS: Json = {
    "mediaSettings": {
        "call": _MEDIA | {"alertingTimeoutSeconds": 8},
        "callback": _MEDIA | {"mode": "AgentFirst", "enableAutoDialAndEnd": False},
        "chat": _MEDIA,
        "email": _MEDIA | {"alertingTimeoutSeconds": 300, "serviceLevel": {"percentage": 0.8, "durationMs": 86_400_000}},
        "message": _MEDIA | {"enableInactivityTimeout": False},
    },
    "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 300_000},
    "skillEvaluationMethod": "ALL",
    "scoringMethod": "TimestampAndPriority",
    "lastAgentRoutingMode": "AnyAgent",
    "autoAnswerOnly": True,
    "enableTranscription": False,
    "enableAudioMonitoring": False,
    "enableManualAssignment": False,
    "suppressInQueueCallRecording": True,
}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_queues(ask: Ask, world: World) -> Json:
    """Full queues by name.

    Source: `hasPeer` splits the set; what an omitted flag returns is unknown (a switch); `name` takes `*` at either end.
    """
    ids, divisions = _ids(ask, "id"), _ids(ask, "divisionId")
    peers, has_peer = set(ask.query.many("peerId")), _has_peer(ask, world)
    found = [
        queue
        for queue in _listed(ask, world, ask.query.one("name"))
        if (not ids or queue.id in ids)
        and (not divisions or queue.division in divisions)
        and (not peers or queue.settings.get("peerId") in peers)
        and (has_peer is None or has_peer == ("peerId" in queue.settings))
    ]
    return pages.numbered(ask, found, lambda queue: shown(world, queue))


def list_views(ask: Ask, world: World) -> Json:
    """A light digest. Source: at most 100 a page and page number 5; what lies beyond cannot be read."""
    if ask.page_number > VIEW_PAGES_MAXIMUM:
        raise bad("invalid.page.number", f"The page number must not be above {VIEW_PAGES_MAXIMUM}")
    ids, divisions = _ids(ask, "id"), _ids(ask, "divisionId")
    found = [
        queue
        for queue in _listed(ask, world, ask.query.one("name"))
        if (not ids or queue.id in ids) and (not divisions or queue.division in divisions)
    ]
    return pages.numbered(ask, found, lambda queue: _digest(world, queue))


def list_all_views(ask: Ask, world: World) -> Json:
    """The digest of all queues, 500 a page."""
    return pages.numbered(ask, _listed(ask, world, ""), lambda queue: _digest(world, queue))


def get_queue(ask: Ask, world: World) -> Json:
    """One queue. Source: after a deletion it may still be answered for a while (a switch)."""
    return shown(world, seen(ask, world))


def shown(world: World, queue: Queue) -> Json:
    """The queue as the API shows it, without its members."""
    return {
        "id": queue.id,
        "name": queue.name,
        "division": world.division_ref(queue.division),
        "dateCreated": queue.created,
        "dateModified": queue.modified,
        "createdBy": queue.by,
        "modifiedBy": queue.by,
        "memberCount": queue.counts.all,
        "userMemberCount": queue.counts.all,
        "joinedMemberCount": queue.counts.joined,
        **queue.settings,
        "selfUri": f"/api/v2/routing/queues/{queue.id}",
    }


def seen(ask: Ask, world: World) -> Queue:
    """The queue in the path; 403 when its division is not the caller's."""
    queue = world.queue(ask.path["queueId"])
    _permitted(ask, queue.division)
    return queue


def _digest(world: World, queue: Queue) -> Json:
    full = shown(world, queue)
    kept = ("id", "name", "division", "memberCount", "userMemberCount", "joinedMemberCount", "peerId", "selfUri")
    return {key: full[key] for key in kept if key in full}


def _listed(ask: Ask, world: World, name: str) -> list[Queue]:
    found = (
        queue
        for queue in world.queues.values()
        if not queue.gone and ask.caller.sees(queue.division) and world.visible(queue.born) and matches(queue.name, name)
    )
    return sorted(found, key=lambda queue: (folded(queue.name), queue.id), reverse=ask.query.descending())


def _has_peer(ask: Ask, world: World) -> bool | None:
    omitted = {"all": None, "with": True, "without": False}[world.switches.has_peer_omitted]
    given = ask.query.flag("hasPeer")
    return omitted if given is None else given


def _ids(ask: Ask, name: str) -> set[str]:
    ids = set(ask.query.many(name))
    for known in sorted(ids):
        if not is_uuid(known):
            raise bad("invalid.id", f"[{known}] is not a valid id")
    return ids


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def create_queue(ask: Ask, world: World) -> Json:
    """A new queue in Home unless told otherwise; `sourceQueueId` copies the settings of another one."""
    body = ask.body
    name = _name(world, body["name"], None)
    division = _division(ask, world, world.home["id"])
    settings = deepcopy(DEFAULTS)
    if "sourceQueueId" in body:
        settings = deepcopy(_source(world, body["sourceQueueId"]).settings)
        settings.pop("peerId", None)
    _peer(world, body, None)
    settings = _settings(body, settings)
    now = world.stamp()
    queue = Queue(world.new_id(), name, division, settings, world.now(), now, now, ask.caller.id)
    world.queues[queue.id] = queue
    world.queue_names[folded(name)] = queue.id
    return shown(world, queue)


def replace_queue(ask: Ask, world: World) -> Json:
    """The queue with exactly the given settings; what the body omits falls back to defaults.

    Source: PUT replaces (provider); no version, the last writer wins; members and codes are not touched. Clearing the peer
    id and honouring the division are unknown: switches.
    """
    queue, body = seen(ask, world), ask.body
    if queue.gone:
        raise bad("queue.deleted", "The queue is deleted")
    name = _name(world, body["name"], queue)
    division = _division(ask, world, queue.division) if world.switches.queue_put_moves_division else queue.division
    _peer(world, body, queue)
    settings = _settings(body, deepcopy(DEFAULTS))
    if "peerId" in queue.settings and "peerId" not in body and world.switches.put_without_peer_id == "keep":
        settings["peerId"] = queue.settings["peerId"]
    world.free_queue_name(queue)
    queue.name, queue.division, queue.settings = name, division, settings
    queue.modified = world.stamp()
    world.queue_names[folded(name)] = queue.id
    return shown(world, queue)


def delete_queue(ask: Ask, world: World) -> None:
    """The queue is gone from lists at once, by id only after a lag (a switch). Conversations never hold one back here."""
    ask.query.flag("forceDelete")
    queue = seen(ask, world)
    if not queue.gone:
        world.free_queue_name(queue)
        queue.gone = world.now() + world.switches.queue_delete_lag


def _name(world: World, name: str, own: Queue | None) -> str:
    if not name.strip() or "*" in name:
        raise bad("invalid.name", "The name must not be empty and must not contain an asterisk")
    other = world.queue_names.get(folded(name))
    if other is not None and (own is None or other != own.id):
        raise bad("duplicate.name", f"The name [{name}] is in use", entityId=other)
    return name.strip()


def _division(ask: Ask, world: World, default: str) -> str:
    division: str = ask.body.get("division", {}).get("id", default)
    world.division(division, bad("resource.not.found", f"No division with id {division}"))
    _permitted(ask, division)
    return division


def _permitted(ask: Ask, division: str) -> None:
    if not ask.caller.sees(division):
        raise Refusal(403, "missing.division.permissions", f"No permission in division {division}")


def _source(world: World, known: str) -> Queue:
    found = world.queues.get(known)
    if found is None or found.gone:
        raise bad("source.queue.not.found", f"No queue with id {known}")
    return found


def _peer(world: World, body: Json, own: Queue | None) -> None:
    peer = body.get("peerId")
    if not peer:
        return
    if world.switches.peer_id_not_uuid == "refuse" and not is_uuid(peer):
        raise bad("invalid.id", f"[{peer}] is not a valid id")
    others = (queue for queue in world.queues.values() if not queue.gone and queue is not own)
    if world.switches.peer_id_duplicates == "refuse" and any(queue.settings.get("peerId") == peer for queue in others):
        raise bad("constraint.validation", f"The peerId [{peer}] is in use")


def _settings(body: Json, below: Json) -> Json:
    """The settings of a queue: the body's over those below; checked against the bounds the API names."""
    given = {key: value for key, value in body.items() if key not in _SERVER_OWNED and value != ""}
    media = given.pop("mediaSettings", {})
    settings = below | given
    settings["mediaSettings"] = {name: below["mediaSettings"][name] | media.get(name, {}) for name in below["mediaSettings"]}
    for name, one in settings["mediaSettings"].items():
        _check_media(name, one)
    _check_acw(settings["acwSettings"])
    return settings


def _check_media(name: str, media: Json) -> None:
    """Source: bounds of the provider's schema; that the platform enforces them is inferred."""
    level = media.get("serviceLevel", {})
    if media.get("alertingTimeoutSeconds", 7) < 7:
        raise constraint(f"{name}.alertingTimeoutSeconds must be at least 7", "alertingTimeoutSeconds")
    if not 0 <= level.get("percentage", 0) <= 1:
        raise constraint(f"{name}.serviceLevel.percentage must be between 0 and 1", "percentage")
    if level.get("durationMs", 1000) < 1000:
        raise constraint(f"{name}.serviceLevel.durationMs must be at least 1000", "durationMs")


def _check_acw(acw: Json) -> None:
    if "timeoutMs" not in acw:
        return
    if acw.get("wrapupPrompt") not in _TIMED_PROMPTS:
        raise constraint("acwSettings.timeoutMs goes only with a prompt that times out", "timeoutMs")
    if not 1000 <= acw["timeoutMs"] <= 3_600_000:
        raise invalid_value(acw["timeoutMs"], "timeoutMs", ("1000 to 3600000",))


# ── wrap-up codes of a queue ─────────────────────────────────────────────────────────────────────────────────────────


def list_queue_codes(ask: Ask, world: World) -> Json:
    """The queue's wrap-up codes by name."""
    queue = seen(ask, world)
    found = [world.codes.live[known] for known in queue.codes if known in world.codes.live]
    found = [one for one in found if matches(one["name"], ask.query.one("name"))]
    return pages.numbered(ask, sorted(found, key=lambda one: (folded(one["name"]), one["id"])))


def add_queue_codes(ask: Ask, world: World) -> list[Json]:
    """The given codes; those that were there stay. Source: at most 100, answers the array."""
    queue = seen(ask, world)
    if len(ask.body) > BATCH_MAXIMUM:
        raise too_large(BATCH_MAXIMUM)
    ids = [item.get("id", "") for item in ask.body]
    for known in ids:
        if not is_uuid(known):
            raise bad("invalid.id", f"[{known}] is not a valid id")
        if known not in world.codes.live:
            raise not_found(known, "wrap-up code", "resource.not.found")
    audits.note(ask, world, queue, "WrapupCodeAdd", [known for known in dict.fromkeys(ids) if known not in queue.codes])
    queue.codes |= dict.fromkeys(ids)
    return [world.codes.live[known] for known in ids]


def remove_queue_code(ask: Ask, world: World) -> None:
    """The queue without the code; 404 where it had none."""
    queue, known = seen(ask, world), ask.path["codeId"]
    if not is_uuid(known):
        raise bad("invalid.id", f"[{known}] is not a valid id")
    if known not in queue.codes:
        raise not_found(known, "wrap-up code", "resource.not.found")
    audits.note(ask, world, queue, "WrapupCodeRemove", [known])
    del queue.codes[known]
