"""Queues: settings are one object that a PUT replaces; wrap-up codes and members are lists of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

from pydantic import AfterValidator
from pydantic import Field as Describe

from reconciler.errors import NotFound
from reconciler.kinds.rest import by_name, entities, final, folded, in_division, laid, text, touched
from reconciler.model.block import PLAIN_FIRST, Block, Closed, Key, Keys, Name, Text
from reconciler.model.call import Call, Listing
from reconciler.model.change import Change, Op
from reconciler.model.kind import HOME, Around, Detail, Field, Flow, Kind, Known, Lookup, Options, Trail, Written
from reconciler.model.resource import UNKNOWN, Seen

MANY = "/api/v2/routing/queues"
ONE = "/api/v2/routing/queues/{queueId}"
MEMBERS = "/api/v2/routing/queues/{queueId}/members"
CODES = "/api/v2/routing/queues/{queueId}/wrapupcodes"
MOVE = "/api/v2/authorization/divisions/{divisionId}/objects/{objectType}"
BATCH = 100
OWNED = ("dateCreated", "dateModified", "createdBy", "modifiedBy")
READ_ONLY = frozenset(OWNED) | {"id", "memberCount", "userMemberCount", "joinedMemberCount", "selfUri", "division"}
SETTINGS = frozenset({"name", "description", "media", "acw"})

Prompt = Literal["MANDATORY", "OPTIONAL", "MANDATORY_TIMEOUT", "MANDATORY_FORCED_TIMEOUT", "AGENT_REQUESTED"]

WHOLE = AfterValidator(lambda seconds: round(seconds * 1000) / 1000)  # finer ones would differ from what is read back for ever
Seconds = Annotated[float, Describe(ge=1), WHOLE]
Timeout = Annotated[float, Describe(ge=1, le=3600), WHOLE]


class ServiceLevel(Closed):
    """The share of conversations that shall be answered within a time."""

    percentage: float | None = Describe(None, ge=0, le=1, description="Share from 0 to 1")
    seconds: Seconds | None = Describe(None, description="Time in seconds")


class MediaType(Closed):
    """How conversations of one media type are offered."""

    alerting_seconds: int | None = Describe(None, ge=7, description="How long an agent is alerted")
    auto_answer: bool | None = None
    service_level: ServiceLevel | None = None


class Media(Closed):
    """Settings per media type; what is not written here is not managed."""

    call: MediaType | None = None
    callback: MediaType | None = None
    chat: MediaType | None = None
    email: MediaType | None = None
    message: MediaType | None = None


MEDIA = frozenset(Media.model_fields)


class AfterCallWork(Closed):
    """What happens after a conversation."""

    prompt: Prompt | None = None
    timeout_seconds: Timeout | None = Describe(None, description="Only with a timeout or agent-requested prompt")


class Queue(Block):
    """One queue."""

    name: Name
    division: Key | None = None
    description: Text | None = None
    media: Media | None = None
    acw: AfterCallWork | None = None
    wrapup_codes: Annotated[tuple[Key, ...] | Keys | None, PLAIN_FIRST] = None
    members: Annotated[tuple[Key, ...] | Keys | None, PLAIN_FIRST] = None


def mark(key: str, options: Options) -> str:
    """What stands in `peerId` for a queue with this key: the key, or a version-4 shaped UUID derived from it.

    Whether a `peerId` that is not a UUID is accepted is unproven, hence the setting `organization.peer_id`.
    """
    if options.peer_id == "key":
        return key
    digest = hashlib.sha256(f"{options.source}/queue/{key}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def media_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's view of `mediaSettings`: seconds instead of milliseconds, and only what can be managed."""
    return {name: _media_type(value) for name, value in settings.items() if value and name in MEDIA}


def _media_type(value: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"alerting_seconds": value.get("alertingTimeoutSeconds"), "auto_answer": value.get("enableAutoAnswer")}
    if level := value.get("serviceLevel"):
        milliseconds = level.get("durationMs")
        seconds = None if milliseconds is None else milliseconds / 1000
        shown["service_level"] = _given({"percentage": level.get("percentage"), "seconds": seconds}) or None
    return _given(shown)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def acw_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's view of `acwSettings`."""
    timeout = settings.get("timeoutMs")
    return _given({"prompt": settings.get("wrapupPrompt"), "timeout_seconds": None if timeout is None else timeout / 1000})


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed queue; members and codes are unknown until read. Source: GET /api/v2/routing/queues, provider 1.84.1."""
    name = text(body.get("name"))
    fields = {
        "name": name,
        "division": (body.get("division") or {}).get("id") or HOME,
        "description": text(body.get("description")),
        "media": media_of(body.get("mediaSettings") or {}),
        "acw": acw_of(body.get("acwSettings") or {}),
        "wrapup_codes": UNKNOWN,
        "members": UNKNOWN,
    }
    count = body.get("userMemberCount")  # not memberCount, which counts members of groups as well
    return Seen(
        body["id"], name, fields, body.get("peerId") or "", (folded(name),), count=count, unseen=bool(body.get("memberGroups"))
    )


def _media_body(media: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {name: dict(value) for name, value in body.items() if value}
    for name, values in media.items():
        one = merged.setdefault(name, {})
        level = values.get("service_level") or {}
        one |= _given({"alertingTimeoutSeconds": values.get("alerting_seconds"), "enableAutoAnswer": values.get("auto_answer")})
        if level:
            milliseconds = None if level.get("seconds") is None else round(level["seconds"] * 1000)
            own = _given({"percentage": level.get("percentage"), "durationMs": milliseconds})
            one["serviceLevel"] = {**(one.get("serviceLevel") or {}), **own}
    return merged


def _acw_body(acw: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    seconds = acw.get("timeout_seconds")
    own = {"wrapupPrompt": acw.get("prompt"), "timeoutMs": None if seconds is None else round(seconds * 1000)}
    return {**body, **_given(own)}


def merged(change: Change, known: Known, current: Mapping[str, Any]) -> dict[str, Any]:
    """The whole body of a POST or PUT: `current` (as GET gave it, empty for a POST) with the changed fields put in.

    A PUT replaces: what is left out is reset, so everything read is sent back but what the service owns; `queue` must not
    stand in the first rule of `conditionalGroupRouting`. Source: provider 1.84.1. `peerId` is always sent: that leaving it
    out clears it is inferred. What the change does not touch is sent as it was just read, not as it was when planned.
    """
    before = see(dict(current), Around(known.options, known.home)).fields if current else known.before(change.ref)
    fields = laid(before, (one for one in change.fields if one.path[0] in SETTINGS))
    body = {name: value for name, value in current.items() if name not in READ_ONLY}
    rules = (body.get("conditionalGroupRouting") or {}).get("rules") or []
    if rules:
        first = {name: value for name, value in rules[0].items() if name != "queue"}
        body["conditionalGroupRouting"] = {**body["conditionalGroupRouting"], "rules": [first, *rules[1:]]}
    body |= {"name": fields["name"], "peerId": mark(change.ref.key, known.options)}
    if fields.get("description") or current.get("description"):
        body["description"] = fields.get("description", "")
    if fields.get("media"):
        body["mediaSettings"] = _media_body(fields["media"], current.get("mediaSettings") or {})
    if fields.get("acw"):
        body["acwSettings"] = _acw_body(fields["acw"], current.get("acwSettings") or {})
    return body


def write(change: Change, known: Known) -> Flow:
    """Writes settings, then division, codes and members: only what the change touches, in batches of 100.

    Everything here may be repeated: a PUT states the whole, adding a member twice and removing a stranger do nothing
    (inferred), a code that is gone answers 404.
    """
    if change.op is Op.DELETE:
        return (yield from _delete(change, known))
    fields = touched(change)
    if change.op is Op.CREATE and not change.part:
        division = {"division": in_division(known, final(change, known).get("division", HOME))}
        body = (yield Call("POST", MANY, body={**merged(change, known, {}), **division})).json()
        queue_id = str(body["id"])
    else:
        queue_id = known.id(*change.ref)
        if fields & SETTINGS:
            current = (yield Call("GET", ONE, ids={"queueId": queue_id})).json()
            yield Call("PUT", ONE, ids={"queueId": queue_id}, body=merged(change, known, current))
        if "division" in fields:
            target = known.id("division", final(change, known)["division"])
            yield Call("POST", MOVE, ids={"divisionId": target, "objectType": "QUEUE"}, body=[queue_id])
    yield from _codes(change, known, queue_id)
    yield from _members(change, known, queue_id)
    return Written(queue_id, final(change, known)["name"])


def _delete(change: Change, known: Known) -> Flow:
    queue_id = known.id(*change.ref)
    with suppress(NotFound):
        yield Call("DELETE", ONE, ids={"queueId": queue_id})
    return Written(queue_id, change.name)


def _split(change: Change, name: str) -> tuple[list[str], list[str]]:
    """Keys to add and keys to remove of a set field."""
    own = [(one.path[1], one.after) for one in change.fields if one.path[0] == name and len(one.path) > 1]
    return [key for key, wanted in own if wanted], [key for key, wanted in own if not wanted]


def batches(ids: list[str]) -> Iterator[list[dict[str, str]]]:
    """Bodies of at most 100 ids each, the limit of both lists."""
    for start in range(0, len(ids), BATCH):
        yield [{"id": one} for one in ids[start : start + BATCH]]


def _codes(change: Change, known: Known, queue_id: str) -> Any:
    added, removed = _split(change, "wrapup_codes")
    for batch in batches([known.id("wrapup_code", key) for key in added]):
        yield Call("POST", CODES, ids={"queueId": queue_id}, body=batch)
    for key in removed:
        with suppress(NotFound):
            ids = {"queueId": queue_id, "codeId": known.id("wrapup_code", key)}
            yield Call("DELETE", f"{CODES}/{{codeId}}", ids=ids)


def _members(change: Change, known: Known, queue_id: str) -> Any:
    added, removed = _split(change, "members")
    for batch in batches([known.id("user", key) for key in added]):
        yield Call("POST", MEMBERS, ids={"queueId": queue_id}, body=batch)
    for batch in batches([known.id("user", key) for key in removed]):
        yield Call("POST", MEMBERS, ids={"queueId": queue_id}, query={"delete": True}, body=batch)


def find(change: Change, known: Known) -> Lookup:
    """The queue that carries our mark, else the one with the wished name; both halves of the `hasPeer` split are asked."""
    wished = final(change, known).get("name") or change.name
    peer = mark(change.ref.key, known.options)
    around = Around(known.options, known.home)
    for query in ({"peerId": peer, "hasPeer": True}, {"name": wished, "hasPeer": True}, {"name": wished, "hasPeer": False}):
        for body in entities((yield Call("GET", MANY, query={**query, "pageSize": 100}))):
            seen = see(body, around)
            if seen.mark == peer or (not seen.mark and seen.natural == (folded(wished),)):
                return seen
    return None


def costs(change: Change, _options: Options) -> int:
    """Requests of a change: POST, or GET and PUT; one for the division; one per 100 members or codes, one per removed code."""
    fields = touched(change)
    whole = change.op is Op.CREATE and not change.part
    settings = 1 if whole or change.op is Op.DELETE else 2 * bool(fields & SETTINGS) + ("division" in fields)
    codes, gone = _split(change, "wrapup_codes")
    added, removed = _split(change, "members")
    return settings + -(-len(codes) // BATCH) + len(gone) + -(-len(added) // BATCH) - (-len(removed) // BATCH)


class Member(TypedDict, total=False):
    """What is looked at of a member."""

    id: str
    memberBy: str | None


class Code(TypedDict):
    """What is looked at of a wrap-up code of a queue."""

    id: str


def own_members(queue_id: str) -> Listing:
    """The listing of a queue's own members, without those a group brings in."""
    return Listing(MEMBERS, "open", ids={"queueId": queue_id}, query={"memberBy": "user"}, size=100, looks_at=Member)


def own_codes(queue_id: str) -> Listing:
    """The listing of a queue's wrap-up codes."""
    return Listing(CODES, ids={"queueId": queue_id}, size=100, looks_at=Code)


def members_of(listed: list[dict[str, Any]]) -> dict[str, bool]:
    """A member's `id` is the user's id; members through a group are not ours. Source: provider 1.84.1."""
    return {one["id"]: True for one in listed if (one.get("memberBy") or "user") == "user"}


def codes_of(listed: list[dict[str, Any]]) -> dict[str, bool]:
    """The ids of a queue's wrap-up codes."""
    return {one["id"]: True for one in listed}


def trail(*actions: str) -> Trail:
    """Where the audit trail tells of a queue. Source: audit topic of the official SDK; code actions on the queue are inferred."""
    return Trail("ContactCenter", "Queue", actions)


KIND = Kind(
    name="queue",
    plural="queues",
    model=Queue,
    views="routing:queue:view",
    fields={
        "name": Field(),
        "division": Field(HOME, "division"),
        "description": Field(),
        "media": Field({}, nested=True),
        "acw": Field({}, nested=True),
        "wrapup_codes": Field(frozenset(), "wrapup_code", additive=True),
        "members": Field(frozenset(), "user", additive=True, later=True),
    },
    listings=tuple(Listing(MANY, query={"hasPeer": half}, size=500) for half in (False, True)),
    see=see,
    write=write,
    find=find,
    natural=by_name,
    mark=mark,
    details=(
        Detail("members", own_members, members_of, counted=True, trail=trail("MemberAdd", "MemberRemove")),
        Detail("wrapup_codes", own_codes, codes_of, trail=trail("WrapupCodeAdd", "WrapupCodeRemove")),
    ),
    leaves_by="empty",
    costs=costs,
)
