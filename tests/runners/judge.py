"""A judge of conversation events: reads them as they are sent, and knows nothing of the machine or its table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from kinds.fake import Known

from reconciler.kinds.conversation_event import KIND
from reconciler.model.change import Change

NEEDS_ANSWERED = ("holdUpdated", "audioUpdated", "BeginTransmitting", "SentMessage")
ONLY_CALLS = ("phone", "ivr", "audio", "consultTransfer", "ConsultTransfer")
ONLY_MAILS = ("Flow", "Transmitting", "SentMessage")
GOALS = {"destinationUserId": {"user"}, "destinationQueueId": {"routing"}, "destinationPhoneNumber": {"phone", "external"}}


class Verdict(AssertionError):
    """An event that no sender may send."""


class Judge:
    """One conversation as the service hears of it, event by event. Raises `Verdict`."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.conversation = ""
        self.is_mail: bool | None = None
        self.last: datetime | None = None
        self.kinds: dict[str, str] = {}
        self.ringing: set[str] = set()
        self.ended: set[str] = set()
        self.disposed: set[str] = set()
        self.moving: dict[str, str] = {}
        self.goals: dict[str, tuple[str, str]] = {}
        self.landed: set[str] = set()
        self.whose: dict[str, str] = {}
        self.users: dict[str, str | None] = {}
        self.consulting: tuple[str, ...] | None = None

    @property
    def is_over(self) -> bool:
        return self.kinds.keys() == self.ended and not self.moving and self.consulting is None

    def hear(self, array: str, event: dict[str, Any]) -> None:
        """One event, in the array it is sent in."""
        name = array.removesuffix("Events")
        self._envelope(name, event)
        if "Established" in name:
            self._established(name, event)
        elif "communicationId" in event:
            self._happened(name, event)
        elif "onsult" in name:
            self._consulted(name, event)
        else:
            self._transferred(event)

    def _envelope(self, name: str, event: dict[str, Any]) -> None:
        self.want(UUID(event["eventId"]).version == 4, "its id is no UUID of version 4")
        self.want(event["eventId"] not in self.ids, "its id was used before")
        self.ids.add(event["eventId"])
        self.want(self.conversation in {"", event["conversationId"]}, "it is of another conversation")
        self.conversation = event["conversationId"]
        at = datetime.fromisoformat(event["eventDateTime"])
        self.want(self.last is None or at > self.last, "it does not come after the one before")
        self.last = at
        is_mail = name.startswith("email")
        self.want(self.is_mail in {None, is_mail}, "it is of another medium")
        self.is_mail = is_mail
        self.want(not is_mail or not any(word in name for word in ONLY_CALLS), "an e-mail has no such event")
        self.want(is_mail or not any(word in name for word in ONLY_MAILS), "a call has no such event")

    def _established(self, name: str, event: dict[str, Any]) -> None:
        leg, start = event["communicationId"], event["initialConfiguration"]
        kind = name.removeprefix("email").removesuffix("Established").lower()
        self.want(leg not in self.kinds, "the communication was established before")
        if not self.kinds:
            first = {True: "external", False: "user"}.get(start.get("inbound"))
            self.want(kind == first, "the wrong one comes first")
        elif self.kinds.keys() == self.ended:
            self.want("previousEmailId" in start, "the conversation is over")
        for invited in ("invitedBy", "previousEmailId"):
            self.want(start.get(invited) is None or start[invited] in self.kinds, f"{invited} is not known")
        self.want(bool(event["sourceConfiguration"]["interactionId"]), "it comes from nowhere")
        before = start.get("previousEmailId")
        self.want(
            before is None or (self.kinds[before], self.users[before]) == (kind, event.get("userId")), "it is somebody else's"
        )
        self.kinds[leg], self.users[leg] = kind, event.get("userId")
        self.whose[leg] = event["userId" if kind == "user" else "queueId"] if kind in {"user", "routing"} else ""
        if start.get("alerting"):
            self.ringing.add(leg)

    def _happened(self, name: str, event: dict[str, Any]) -> None:
        leg = event["communicationId"]
        self.want(leg in self.kinds, "the communication is not known")
        if "Disposition" in name:
            self.want(leg in self.ended and leg not in self.disposed, "a disposition comes once, after the end")
            self.want(self.kinds[leg] == "user", "a disposition is for users")
            self.disposed.add(leg)
            return
        self.want(leg not in self.ended, "the communication has ended")
        if name.endswith("nswered"):
            self.want(leg in self.ringing, "only what rings is answered")
            self.ringing.discard(leg)
        elif name.endswith("Ended"):
            self.ended.add(leg)
        else:
            self.want(any(word in name or word[0].upper() + word[1:] in name for word in NEEDS_ANSWERED), "nobody knows it")
            self.want(leg not in self.ringing, "it is not answered yet")

    def _transferred(self, event: dict[str, Any]) -> None:
        command, moves = event["commandId"], event["objectCommunicationId"]
        self.want(moves in self.kinds, "the object is not known")
        if "destinationCommunicationId" not in event and "finalState" not in event:
            self.want(command not in self.goals, "the command was used before")
            self.moving[command] = moves
            self.goals[command] = next((key, event[key]) for key in GOALS if key in event)
        self.want(self.moving.get(command) == moves, "no such transfer is open")
        if "finalState" in event:
            self.want(event["finalState"] != "Completed" or command in self.landed, "it is not completed before it progressed")
            del self.moving[command]
            return
        for role in ("initiatingCommunicationId", "targetCommunicationId", "destinationCommunicationId"):
            self.want(role not in event or self._lives(event[role]), f"{role} does not live")
            self.want(event.get(role) != moves, f"{role} moves itself")
        self.want(self._lives(moves), "the object does not live")
        if "destinationCommunicationId" in event:
            self._landed(command, event["destinationCommunicationId"])

    def _landed(self, command: str, leg: str) -> None:
        goal, who = self.goals[command]
        self.want(self.kinds[leg] in GOALS[goal], "it lands on another sort of communication")
        self.want(self.whose[leg] in {"", who}, "it lands on somebody else")
        self.landed.add(command)

    def _consulted(self, name: str, event: dict[str, Any]) -> None:
        if name == "endConsultTransfer":
            self.want(self.consulting is not None, "no consultation is open")
            self.consulting = None
            return
        roles = tuple(event[f"{role}CommunicationId"] for role in ("initiating", "object", "destination"))
        self.want(all(self._lives(leg) for leg in roles), "one of them does not live")
        self.want(len(set(roles)) == 3, "they are not three")
        if name == "consultTransfer":
            self.want(self.consulting is None, "another consultation is open")
            self.consulting = roles
        self.want(self.consulting == roles, "it is another consultation")

    def _lives(self, leg: str) -> bool:
        return leg in self.kinds and leg not in self.ended

    def want(self, claim: bool, why: str) -> None:
        if not claim:
            raise Verdict(why)


def sent(changes: Iterable[Change]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events as they are sent, one by one, each with its array."""
    for one in changes:
        for array, events in KIND.call([one], Known()).body.items():
            yield from ((array, event) for event in events)
