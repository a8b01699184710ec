"""One injected event against its schema: what it says, or what is wrong with it. Knows nothing of batches and of what exists.

Source: definitions `UserPresenceEvent` and `UserRoutingStatusEvent`. The shapes of `shape` are not used: a wrong event must not
refuse its batch, and there are a hundred in each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.emulator.history import PRESENCE, ROUTING_STATUS

if TYPE_CHECKING:
    from reconciler.emulator.switch import Switches
    from reconciler.emulator.things import Json

MILLISECONDS_FROM = 1e11  # an epoch number above this counts milliseconds (inferred): as seconds it would be the year 5138
EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_800.0  # years 1 to 9999, which is what can be answered again

# Source: the enumeration of `status` in events, and that of reads.
STATUSES = {
    "OffQueue": "OFF_QUEUE",
    "Idle": "IDLE",
    "Interacting": "INTERACTING",
    "Communicating": "COMMUNICATING",
    "NotResponding": "NOT_RESPONDING",
}

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ANY = re.compile(r".+", re.DOTALL)
FORMS = {"described": None, "uuid": _UUID, "any": _ANY}
_EPOCH = re.compile(r"\d{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """What sets the two kinds apart. `texts` are the properties that are text, and whether they must be given."""

    kind: str
    batch: str
    user: str
    texts: tuple[tuple[str, bool], ...]
    id_form: re.Pattern[str]

    @property
    def known(self) -> frozenset[str]:
        """Every property an event may have."""
        return frozenset(name for name, _ in self.texts) | {"eventDateTime"}


# Source: definitions `UserPresenceEvent` ("V4 UUID") and `UserRoutingStatusEvent` ("UUID", and `agentId` for the user).
USER_PRESENCE = Card(
    PRESENCE,
    "userPresenceEvents",
    "userId",
    (("eventId", True), ("userId", True), ("sourceId", True), ("presenceDefinitionId", False), ("message", False)),
    V4,
)
AGENT_STATUS = Card(
    ROUTING_STATUS,
    "userRoutingStatusEvents",
    "agentId",
    (("eventId", True), ("agentId", True), ("sourceId", True), ("status", True)),
    _UUID,
)
_KNOWN = {card.kind: card.known for card in (USER_PRESENCE, AGENT_STATUS)}


class Unfit(Exception):
    """One event that is not accepted: counted under a reason, told with a message, worth sending again or not."""

    def __init__(self, reason: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.reason, self.message, self.retryable = reason, message, retryable


class Said(NamedTuple):
    """What one event says, once it fits its schema; the event id in lower case, the time in seconds since the epoch."""

    event: str
    at: float
    user: str
    source: str
    what: str
    message: str


def said(card: Card, event: Json, switches: Switches) -> Said:
    """What the event says; Unfit, counted as `schema`, where it breaks its schema."""
    if not event.keys() <= _KNOWN[card.kind] and switches.unknown_property == "refuse":
        _no_strangers(card, event)
    for name, needed in card.texts:
        value = event.get(name)
        if type(value) is not str and (needed or value is not None):
            raise Unfit("schema", f"{name} must be given, as text")
    form = FORMS[switches.event_id_form] or card.id_form
    if not form.fullmatch(event["eventId"]):
        raise Unfit("schema", f"eventId [{event['eventId'][:40]}] is not a valid id")
    what = event.get("presenceDefinitionId") or ""
    if card.kind == ROUTING_STATUS:
        what = STATUSES.get(event["status"], "")
        if not what:
            allowed = ", ".join(STATUSES)
            raise Unfit("schema", f"Value [{event['status'][:40]}] is not valid for status. Allowable values are: {allowed}")
    at = moment(event.get("eventDateTime"))
    return Said(event["eventId"].lower(), at, event[card.user], event["sourceId"], what, event.get("message") or "")


def _no_strangers(card: Card, event: Json) -> None:
    for name, value in event.items():
        if value is not None and name not in _KNOWN[card.kind]:
            raise Unfit("schema", f"Value [{name[:40]}] is not a valid property for object [{card.batch}]")


def moment(value: Any) -> float:
    """Seconds since the epoch for ISO-8601 text with an offset, or an epoch number in seconds or milliseconds.

    Source: the description of the routing event's time calls it an epoch timestamp and an ISO-8601 string at once.
    """
    if isinstance(value, str) and _EPOCH.fullmatch(value):
        value = int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= MILLISECONDS_FROM else float(value)
    elif isinstance(value, str):
        seconds = _iso(value)
    else:
        raise Unfit("schema", "eventDateTime must be given, as an ISO-8601 string")
    if not EARLIEST <= seconds < LATEST:
        raise Unfit("schema", "eventDateTime is out of range")
    return seconds


def timely(at: float, now: float, switches: Switches) -> None:
    """Unfit, counted as `time`, for a moment too far from now, where a switch sets a bound."""
    if 0 < switches.event_age_maximum < now - at:
        raise Unfit("time", "The event is too old")
    if 0 < switches.event_ahead_maximum < at - now:
        raise Unfit("time", "The event is too far in the future")


def _iso(text: str) -> float:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Unfit("schema", f"eventDateTime [{text[:40]}] must look like 2026-07-01T12:00:00.000Z")
    return read.timestamp()
