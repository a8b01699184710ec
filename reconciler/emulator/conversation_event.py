"""One injected conversation event against its schema: the table of the 32 arrays, and what is wrong with an event.

Knows nothing of batches, of what exists and of order. Source: definition `BatchConversationEventRequest` and those of its items,
`SourceConfiguration`, `InitialConfiguration`, `EmailInitialConfiguration`, `AudioState` (API description of July 2026).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.emulator.event import FORMS, V4, Unfit, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.switch import Switches
    from reconciler.emulator.things import Json

VOICE, EMAIL = "voice", "email"

# What an event does. The order is the one events of the same time are taken in: causes before what they allow.
ESTABLISHED, ANSWERED, TRANSFER, CONSULT = "established", "answered", "transfer", "consult"
HOLD, AUDIO, TRANSMIT, SENT = "hold", "audio", "transmit", "sent"
PROGRESS, CONSULTING, ENDED, DISPOSED = "progress", "consulting", "ended", "disposed"
TRANSFERRED, CONSULTED = "transferred", "consulted"
ACTS = (
    *(ESTABLISHED, ANSWERED, TRANSFER, CONSULT, HOLD, AUDIO, TRANSMIT, SENT),
    *(PROGRESS, CONSULTING, ENDED, TRANSFERRED, CONSULTED, DISPOSED),
)

WHOM = ("", "external", "ivr", "flow", "phone", "routing", "user")

_TRANSFER = "commandId! transferType! initiatingCommunicationId! targetCommunicationId! objectCommunicationId!"
_CONSULT = "initiatingCommunicationId! destinationCommunicationId! objectCommunicationId!"
_DISPOSED = "communicationId! code notes tags"
_VOICE = "communicationId! initialConfiguration! sourceConfiguration! ani dnis"
_EMAIL = "communicationId! initialConfiguration! sourceConfiguration!"

# Array, what it does, whom it is about (opening events and transfers), its properties beside the common three; `!` = required.
_VOICE_ROWS = (
    ("externalEstablishedEvents", ESTABLISHED, "external", f"{_VOICE} aniName dnisName"),
    ("ivrEstablishedEvents", ESTABLISHED, "ivr", f"{_VOICE} ivrPhoneNumber ivrName"),
    ("phoneEstablishedEvents", ESTABLISHED, "phone", f"{_VOICE} phoneNumber"),
    ("routingEstablishedEvents", ESTABLISHED, "routing", f"{_VOICE} queueId! phoneNumber skillIds languageId"),
    ("userEstablishedEvents", ESTABLISHED, "user", f"{_VOICE} userId! phoneNumber stationId afterCallWorkRequired queueId"),
    ("communicationAnsweredEvents", ANSWERED, "", "communicationId!"),
    ("audioUpdatedEvents", AUDIO, "", "communicationId! audioState!"),
    ("holdUpdatedEvents", HOLD, "", "communicationId! held!"),
    ("communicationEndedEvents", ENDED, "", "communicationId! disconnectType! destinationConversationId"),
    ("communicationDispositionAppliedEvents", DISPOSED, "", _DISPOSED),
    ("userTransferEvents", TRANSFER, "user", f"{_TRANSFER} destinationUserId!"),
    ("phoneTransferEvents", TRANSFER, "phone", f"{_TRANSFER} destinationPhoneNumber!"),
    ("routingTransferEvents", TRANSFER, "routing", f"{_TRANSFER} destinationQueueId! languageId skillIds"),
    ("progressTransferEvents", PROGRESS, "", "commandId! objectCommunicationId! destinationCommunicationId!"),
    ("endTransferEvents", TRANSFERRED, "", "commandId! objectCommunicationId! finalState!"),
    ("consultTransferEvents", CONSULT, "", _CONSULT),
    ("progressConsultTransferEvents", CONSULTING, "", _CONSULT),
    ("endConsultTransferEvents", CONSULTED, "", ""),
)
_EMAIL_ROWS = (
    ("emailExternalEstablishedEvents", ESTABLISHED, "external", f"{_EMAIL} displayName includeMessage"),
    ("emailFlowEstablishedEvents", ESTABLISHED, "flow", _EMAIL),
    ("emailRoutingEstablishedEvents", ESTABLISHED, "routing", f"{_EMAIL} queueId! skillIds languageId label"),
    ("emailUserEstablishedEvents", ESTABLISHED, "user", f"{_EMAIL} userId! queueId afterCallWorkRequired"),
    ("emailCommunicationAnsweredEvents", ANSWERED, "", "communicationId!"),
    ("emailBeginTransmittingEvents", TRANSMIT, "", "communicationId!"),
    ("emailCommunicationSentMessageEvents", SENT, "", "communicationId!"),
    ("emailHoldUpdatedEvents", HOLD, "", "communicationId! held!"),
    ("emailCommunicationEndedEvents", ENDED, "", "communicationId! disconnectType!"),
    ("emailCommunicationDispositionAppliedEvents", DISPOSED, "", _DISPOSED),
    ("emailUserTransferEvents", TRANSFER, "user", f"{_TRANSFER} destinationUserId!"),
    ("emailRoutingTransferEvents", TRANSFER, "routing", f"{_TRANSFER} destinationQueueId! languageId skillIds"),
    ("emailProgressTransferEvents", PROGRESS, "", "commandId! objectCommunicationId! destinationCommunicationId!"),
    ("emailEndTransferEvents", TRANSFERRED, "", "commandId! objectCommunicationId! finalState!"),
)

_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "transferType": {VOICE: ("Attended", "Unattended"), EMAIL: ("Attended", "Unattended")},
    "finalState": {VOICE: ("Completed", "Canceled", "Failed"), EMAIL: ("Completed", "Canceled", "Failed")},
    "disconnectType": {
        VOICE: (
            *("Error", "Peer", "Self", "System"),
            *("Transfer", "TransferACD", "TransferConference", "TransferConsult", "TransferUser"),
        ),
        EMAIL: ("Unknown", "Self", "Peer", "System", "Error", "Spam", "Transfer", "TransferACD", "TransferUser"),
    },
}


class Shape(NamedTuple):
    """Properties of an object and what they are: `str`, `bool`, `list` or `dict` of text, a shape, or `object` for anything."""

    known: dict[str, Any]
    required: tuple[str, ...] = ()


_AUDIO = Shape({"canHear": bool, "canSpeak": bool})
_SOURCE = Shape({"sourceId": str, "interactionId": str, "tagId": str}, ("sourceId", "interactionId"))
_EITHER = {"alerting": bool, "inbound": bool, "invitedBy": str, "additionalInfo": dict}
_INITIAL = {
    VOICE: Shape(_EITHER | {"audioState": _AUDIO, "recordingActive": bool}),
    EMAIL: Shape(
        {**_EITHER, "to": str, "from": str, "cc": list, "bcc": list, "subject": str, "previousEmailId": str, "held": bool},
        ("to", "from"),
    ),
}
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("held", "afterCallWorkRequired", "includeMessage"), bool),
    **dict.fromkeys(("skillIds", "tags"), list),
    "sourceConfiguration": _SOURCE,
    "audioState": _AUDIO,
    "eventDateTime": object,
}

# Chosen by the sender, so their form is all that can be checked. Source: "V4 UUID" in the definitions.
OWN_IDS = (
    *("communicationId", "commandId", "initiatingCommunicationId", "targetCommunicationId", "objectCommunicationId"),
    *("destinationCommunicationId", "destinationConversationId"),
)
# Ids of what the organisation has; configurations name a source.
REFERENCES = (
    *("userId", "destinationUserId", "queueId", "destinationQueueId"),
    *("skillIds", "languageId", "code", "sourceConfiguration"),
)
_NAMES = {str: "text", bool: "true or false", list: "a list of text", dict: "an object of texts"}


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One array: its name, what its events do, the places of that and of `whom` in the lists above, and what they say."""

    array: str
    act: str
    rank: tuple[int, int]
    whom: str
    media: str
    shape: Shape
    own_ids: tuple[str, ...]
    references: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]


class Told(NamedTuple):
    """What one event says, once it fits its schema: ids in lower case, the time in seconds since the epoch."""

    card: Card
    at: float
    event: str
    conversation: str
    communication: str
    said: Json


def _card(media: str, row: tuple[str, str, str, str]) -> Card:
    array, act, whom, text = row
    names = f"eventId! eventDateTime! conversationId! {text}".split()
    types = _TYPES | {"initialConfiguration": _INITIAL[media]}
    known: dict[str, Any] = {name: types.get(name, str) for name in (one.rstrip("!") for one in names)}
    shape = Shape(known, tuple(name[:-1] for name in names if name.endswith("!")))
    own_ids, references = (tuple(name for name in some if name in known) for some in (OWN_IDS, REFERENCES))
    words = {name: allowed[media] for name, allowed in _WORDS.items() if name in known}
    rank = ACTS.index(act), WHOM.index(whom)
    return Card(array, act, rank, whom, media, shape, own_ids, references, words)


CARDS: dict[str, Card] = {
    card.array: card
    for media, rows in ((VOICE, _VOICE_ROWS), (EMAIL, _EMAIL_ROWS))
    for card in (_card(media, row) for row in rows)
}


def told(card: Card, event: Json, switches: Switches) -> Told:
    """What the event says; Unfit, counted as `schema`, where it breaks its schema. A property that is null counts as absent."""
    _held_against(event, card.shape, card.array, strict=switches.unknown_property == "refuse")
    _form(event, "eventId", FORMS[switches.event_id_form] or V4)
    own = FORMS[switches.conversation_id_form] or V4
    _form(event, "conversationId", own)
    for name in card.own_ids:
        _form(event, name, own)
    for name, allowed in card.words.items():
        if event[name] not in allowed:
            raise Unfit(
                "schema", f"Value [{event[name][:40]}] is not valid for {name}. Allowable values are: {', '.join(allowed)}"
            )
    at = moment(event["eventDateTime"])
    communication = event.get("communicationId") or ""
    return Told(card, at, event["eventId"].lower(), event["conversationId"].lower(), communication.lower(), event)


def _held_against(value: Json, shape: Shape, what: str, *, strict: bool) -> None:
    known = shape.known
    for name, inner in value.items():
        wanted = known.get(name)
        if wanted is str or wanted is bool:
            if type(inner) is not wanted and inner is not None:
                raise Unfit("schema", f"{name} must be {_NAMES[wanted]}")
        elif inner is not None and wanted is not object:
            _inside(name, inner, wanted, what, strict=strict)
    for name in shape.required:
        if value.get(name) is None:
            raise Unfit("schema", f"{name} of {what} must be given")


def _inside(name: str, value: Any, wanted: Any, what: str, *, strict: bool) -> None:
    """What has parts: another object, a list or a map of text; or a property nobody knows."""
    if wanted is None:
        if strict:
            raise Unfit("schema", f"Value [{name[:40]}] is not a valid property for object [{what}]")
    elif isinstance(wanted, Shape):
        if not isinstance(value, dict):
            raise Unfit("schema", f"{name} must be an object")
        _held_against(value, wanted, name, strict=strict)
    elif not isinstance(value, wanted) or not all(type(one) is str for one in (value.values() if wanted is dict else value)):
        raise Unfit("schema", f"{name} must be {_NAMES[wanted]}")


def _form(event: Json, name: str, form: re.Pattern[str]) -> None:
    known = event.get(name)
    if known is not None and not form.fullmatch(known):
        raise Unfit("schema", f"{name} [{known[:40]}] is not a valid id")
