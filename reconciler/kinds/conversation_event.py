"""Conversation events: calls and e-mails held on another platform, told leg by leg.

A change says one event in our words: what happened (`event: userEstablished`), to which native conversation and leg, when, and
in neutral values. Ids that are derived stand apart in the field `ids`, so that the rest can be read aloud in a plan. The tables
below are the whole interface: which members an event has, where each comes from, and what may be missing.

Source of all of it: POST /api/v2/events/conversations, API description of July 2026. Which object `sourceId` names is not said
there: a change's `source` is `kind/key`, and the runner has a setting for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from reconciler.kinds.rest import laid, refused
from reconciler.model.call import Call
from reconciler.model.change import Change
from reconciler.model.event import EventKind, Ids
from reconciler.model.resource import Ref

PATH = "/api/v2/events/conversations"


class Shape(NamedTuple):
    """An object of the interface: member → where it comes from; what is required, and what may be missing.

    A member comes from a field of the change, from one of its `ids`, or is an object itself. An object that is required but of
    which every member may be missing must hold at least one.
    """

    needs: Mapping[str, Source]
    may: Mapping[str, Source] = {}


Source: TypeAlias = "str | Shape"


def _shape(needs: str, may: str = "", **inner: Shape) -> Shape:
    """Members written `member=field`, or `member` alone where the field has its name; `inner` are required objects."""
    return Shape({**_members(needs), **inner}, _members(may))


def _members(text: str) -> dict[str, Source]:
    return {member: source or member for member, _, source in (word.partition("=") for word in text.split())}


AUDIO = _shape("", "canHear=can_hear canSpeak=can_speak")
_START = "alerting inbound invitedBy=ids.invited_by additionalInfo=info"
_CALL = Shape({}, {**_members(f"{_START} recordingActive=recording"), "audioState": AUDIO})
_MAIL = _shape("to from", f"{_START} cc bcc subject previousEmailId=ids.previous held")
_ORIGIN = _shape("sourceId=source interactionId=conversation", "tagId=tag")

_LEG = "communicationId=ids.leg"
_MOVE = (
    "commandId=ids.command transferType=attended initiatingCommunicationId=ids.initiating"
    " targetCommunicationId=ids.target objectCommunicationId=ids.object"
)
_PROGRESS = "commandId=ids.command objectCommunicationId=ids.object destinationCommunicationId=ids.destination"
_CONSULT = "initiatingCommunicationId=ids.initiating destinationCommunicationId=ids.destination objectCommunicationId=ids.object"
_NUMBERS = "ani dnis"
_ROUTE = "skillIds=skills languageId=language"


def _call_leg(needs: str = "", may: str = "") -> Shape:
    return _shape(f"{_LEG} {needs}", may, initialConfiguration=_CALL, sourceConfiguration=_ORIGIN)


def _mail_leg(needs: str = "", may: str = "") -> Shape:
    return _shape(f"{_LEG} {needs}", may, initialConfiguration=_MAIL, sourceConfiguration=_ORIGIN)


SHAPES: Mapping[str, Shape] = {
    "externalEstablished": _call_leg("", f"{_NUMBERS} aniName=ani_name dnisName=dnis_name"),
    "ivrEstablished": _call_leg("", f"{_NUMBERS} ivrName=name ivrPhoneNumber=number"),
    "phoneEstablished": _call_leg("", f"{_NUMBERS} phoneNumber=number"),
    "routingEstablished": _call_leg("queueId=queue", f"{_NUMBERS} {_ROUTE} phoneNumber=number"),
    "userEstablished": _call_leg(
        "userId=user", f"{_NUMBERS} phoneNumber=number stationId=station afterCallWorkRequired=after_work queueId=queue"
    ),
    "communicationAnswered": _shape(_LEG),
    "audioUpdated": _shape(_LEG, audioState=AUDIO),
    "holdUpdated": _shape(f"{_LEG} held"),
    "communicationEnded": _shape(f"{_LEG} disconnectType=how", "destinationConversationId=ids.into"),
    "communicationDispositionApplied": _shape(_LEG, "code=wrapup_code notes tags"),
    "userTransfer": _shape(f"{_MOVE} destinationUserId=user"),
    "phoneTransfer": _shape(f"{_MOVE} destinationPhoneNumber=number"),
    "routingTransfer": _shape(f"{_MOVE} destinationQueueId=queue", _ROUTE),
    "progressTransfer": _shape(_PROGRESS),
    "endTransfer": _shape("commandId=ids.command objectCommunicationId=ids.object finalState=state"),
    "consultTransfer": _shape(_CONSULT),
    "progressConsultTransfer": _shape(_CONSULT),
    "endConsultTransfer": _shape(""),
    "emailExternalEstablished": _mail_leg("", "displayName=name includeMessage=with_message"),
    "emailFlowEstablished": _mail_leg(),
    "emailRoutingEstablished": _mail_leg("queueId=queue", f"{_ROUTE} label"),
    "emailUserEstablished": _mail_leg("userId=user", "queueId=queue afterCallWorkRequired=after_work"),
    "emailCommunicationAnswered": _shape(_LEG),
    "emailBeginTransmitting": _shape(_LEG),
    "emailCommunicationSentMessage": _shape(_LEG),
    "emailHoldUpdated": _shape(f"{_LEG} held"),
    "emailCommunicationEnded": _shape(f"{_LEG} disconnectType=how"),
    "emailCommunicationDispositionApplied": _shape(_LEG, "code=wrapup_code notes tags"),
    "emailUserTransfer": _shape(f"{_MOVE} destinationUserId=user"),
    "emailRoutingTransfer": _shape(f"{_MOVE} destinationQueueId=queue", _ROUTE),
    "emailProgressTransfer": _shape(_PROGRESS),
    "emailEndTransfer": _shape("commandId=ids.command objectCommunicationId=ids.object finalState=state"),
}
"""18 events of calls and 14 of e-mails; each stands in the array of its name and `Events`."""

REFERS = {"user": "user", "queue": "queue", "wrapup_code": "wrapup_code", "language": "language", "skills": "skill"}
"""Field → kind of the object, or objects, whose keys stand in it."""

SPELLINGS: Mapping[str, Mapping[Any, str]] = {
    "attended": {True: "Attended", False: "Unattended"},
    "state": {"completed": "Completed", "canceled": "Canceled", "failed": "Failed"},
    "how": {
        "self": "Self",
        "peer": "Peer",
        "system": "System",
        "error": "Error",
        "transfer": "Transfer",
        "transfer_queue": "TransferACD",
        "transfer_agent": "TransferUser",
        "transfer_conference": "TransferConference",
        "transfer_consult": "TransferConsult",
        "spam": "Spam",
        "unknown": "Unknown",
    },
}
"""Field → how its values are spelt in the interface. Which of them a call or an e-mail knows is for the machine to say."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def call(changes: Sequence[Change], ids: Ids) -> Call:
    """One request of up to 100 conversation events, each in the array of its kind, in the order given.

    A disposition without code is skipped, and its notes and tags are ignored by the service; a station that is not named by an
    id of Genesys Cloud is left out. Raises `LookupError` where an object that is referred to is not in Genesys Cloud.
    Source: `max.batch.size.surpassed` above 100 events in total; `eventId` and `conversationId` are version-4 UUIDs. Events
    have no order across arrays, so that their times must tell it (inferred). Permission `conversation:conversation:inject`.
    """
    body: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        said = laid({}, change.fields)
        event = {"eventId": change.ref.key, "eventDateTime": said["at"], "conversationId": said["ids"]["conversation"]}
        event |= _filled(SHAPES[said["event"]], said, ids)
        body.setdefault(f"{said['event']}Events", []).append(event)
    return Call("POST", PATH, body=body)


def _filled(shape: Shape, said: Mapping[str, Any], ids: Ids) -> dict[str, Any]:
    """An object of the interface; members of which nothing is said are left out."""
    found = {}
    for member, source in (*shape.needs.items(), *shape.may.items()):
        value = _filled(source, said, ids) if isinstance(source, Shape) else _value(source, said, ids)
        if value is not None and (value != {} or member in shape.needs):
            found[member] = value
    return found


def _value(source: str, said: Mapping[str, Any], ids: Ids) -> Any:
    """The value of a member, with ids for keys; None where nothing is said of it."""
    if source.startswith("ids."):
        return said["ids"].get(source[4:])
    value = said.get(source)
    if value is None or source not in _WRITES:
        return value
    return _WRITES[source](value, ids)


def _spelt(field: str) -> Callable[[Any, Ids], Any]:
    return lambda value, _ids: SPELLINGS[field][value]


def _referred(kind: str) -> Callable[[Any, Ids], Any]:
    return lambda key, ids: ids.id(kind, key)


_WRITES: Mapping[str, Callable[[Any, Ids], Any]] = {
    **{field: _spelt(field) for field in SPELLINGS},
    **{field: _referred(kind) for field, kind in REFERS.items()},
    "skills": lambda keys, ids: [ids.id("skill", key) for key in keys],
    "source": lambda ref, ids: ids.id(*Ref.parse(ref)),
    "station": lambda name, _ids: name if _UUID.fullmatch(name) else None,
}
"""Field → how its value is written in the interface, where it is not written as it is."""


def names(shape: Shape) -> Iterator[str]:
    """Everything a change may say of such an object, in the order of the interface."""
    for source in (*shape.needs.values(), *shape.may.values()):
        if isinstance(source, Shape):
            yield from names(source)
        else:
            yield source.removeprefix("ids.")


def lacking(event: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    """What must be said of an event and is not; of objects that are required, but not what, any one value will do."""
    return tuple(_lacking(SHAPES[event], said))


def _lacking(shape: Shape, said: Mapping[str, Any]) -> Iterator[str]:
    for source in shape.needs.values():
        if isinstance(source, Shape):
            yield from _lacking(source, said)
            if not said.keys() & set(names(source)):
                yield " or ".join(names(source))
        elif source.removeprefix("ids.") not in said:
            yield source.removeprefix("ids.")


KIND = EventKind("conversation_event", 100, call, refused)
