"""Conversation events for tests: a floor with one user, queue, code and source, and calls and e-mails told step by step."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.emulator.conftest import Desk

PATH = "/events/conversations"

Event = tuple[str, dict[str, Any]]


def uuid(name: str) -> str:
    """A version 4 UUID for a name."""
    text = hashlib.sha256(name.encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


class Floor:
    """An organisation in which conversations can be told."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.org = desk, desk.org
        self.user, self.source = desk.user, desk.source
        self.other = str(self.org.user("ben@example.com", name="Ben")["id"])
        self.queue = str(self.org.queue()["id"])
        self.code = str(self.org.code("Sale")["id"])
        self.org("POST", f"/routing/queues/{self.queue}/wrapupcodes", [{"id": self.code}])
        self._numbers = itertools.count(1)

    def call(self, name: str = "call", **more: Any) -> Call:
        return Call(self, name, **more)

    def email(self, name: str = "mail", **more: Any) -> Call:
        return Call(self, name, email=True, **more)

    def event(self, array: str, conversation: str, at: float, **said: Any) -> Event:
        known = f"abcdef00-0000-4000-8000-{next(self._numbers):012x}"
        return array, {"eventId": known, "eventDateTime": self.desk.iso(at), "conversationId": conversation} | said

    def post(self, *events: Event) -> Any:
        body: dict[str, list[dict[str, Any]]] = {}
        for array, event in events:
            body.setdefault(array, []).append(event)
        return self.org("POST", PATH, body)

    def send(self, *events: Event) -> list[dict[str, Any]]:
        answer = self.post(*events)
        assert answer.status_code == 200, answer.text
        errors: list[dict[str, Any]] = answer.json()["errors"]
        return errors

    def each(self, *events: Event) -> list[str]:
        """The messages of errors when every event has a request of its own."""
        return [error["message"] for event in events for error in self.send(event)]

    def counts(self) -> dict[str, Any]:
        found: dict[str, Any] = self.org.admin("GET", "/conversations")
        return found

    def kept(self, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = self.org.admin("GET", f"/conversations?conversation={conversation}")["conversations"][
            conversation
        ]
        return found


class Call:
    """One conversation; every step is a second after the last one. Legs have short names."""

    def __init__(self, floor: Floor, name: str, *, email: bool = False, begin: float = 0) -> None:
        self.floor, self.id, self.email = floor, uuid(name), email
        self._at = begin
        self._name = name

    def leg(self, name: str) -> str:
        return uuid(f"{self._name}/{name}")

    def told(self, array: str, **said: Any) -> Event:
        """An event of an array in the words of voice, for e-mail of its counterpart."""
        at = said.pop("at", None)
        self._at = self._at + 1 if at is None else at
        if self.email:
            array = {"ivrEstablishedEvents": "emailFlowEstablishedEvents"}.get(array, f"email{array[0].upper()}{array[1:]}")
        return self.floor.event(array, self.id, self._at, **said)

    def open(self, whom: str, leg: str, by: str = "", **said: Any) -> Event:
        """An opening event; `start` is its initial configuration beside `invitedBy`."""
        start = said.pop("start", {}) | ({"invitedBy": self.leg(by)} if by else {})
        if self.email:
            start = {"to": "help@example.com", "from": "eve@example.net"} | start
        source = {"sourceId": self.floor.source, "interactionId": f"native-{self._name}"} | said.pop("source", {})
        said = {"communicationId": self.leg(leg), "initialConfiguration": start, "sourceConfiguration": source} | said
        return self.told(f"{whom}EstablishedEvents", **said)

    def external(self, leg: str = "X", by: str = "", **said: Any) -> Event:
        return self.open("external", leg, by, **{"start": {"inbound": True}} | said)

    def ivr(self, leg: str = "I", by: str = "X", **said: Any) -> Event:
        return self.open("ivr", leg, by, **said)

    def routing(self, leg: str = "Q", by: str = "X", **said: Any) -> Event:
        return self.open("routing", leg, by, **{"queueId": self.floor.queue} | said)

    def user(self, leg: str = "A", by: str = "Q", **said: Any) -> Event:
        return self.open("user", leg, by, **{"userId": self.floor.user, "start": {"alerting": True}} | said)

    def answer(self, leg: str = "A", **more: Any) -> Event:
        return self.told("communicationAnsweredEvents", communicationId=self.leg(leg), **more)

    def hold(self, leg: str = "A", *, held: bool = True, **more: Any) -> Event:
        return self.told("holdUpdatedEvents", communicationId=self.leg(leg), held=held, **more)

    def end(self, leg: str, how: str = "Peer", **more: Any) -> Event:
        return self.told("communicationEndedEvents", communicationId=self.leg(leg), disconnectType=how, **more)

    def dispose(self, leg: str = "A", code: str | None = "", **more: Any) -> Event:
        coded = {} if code is None else {"code": code or self.floor.code}
        return self.told("communicationDispositionAppliedEvents", communicationId=self.leg(leg), **coded, **more)

    def transfer(self, whom: str, goal: str, *, kind: str = "Unattended", leg: str = "A", thing: str = "X", **more: Any) -> Event:
        name = {"user": "destinationUserId", "routing": "destinationQueueId", "phone": "destinationPhoneNumber"}[whom]
        legs = {"initiatingCommunicationId": self.leg(leg), "targetCommunicationId": self.leg(leg)}
        legs |= {"objectCommunicationId": self.leg(thing)}
        said = {"commandId": uuid(f"{self._name}/command"), "transferType": kind, name: goal} | legs | more
        return self.told(f"{whom}TransferEvents", **said)

    def progress(self, to: str, thing: str = "X", **more: Any) -> Event:
        legs = {"objectCommunicationId": self.leg(thing), "destinationCommunicationId": self.leg(to)}
        return self.told("progressTransferEvents", **{"commandId": uuid(f"{self._name}/command")} | legs | more)

    def finish(self, how: str = "Completed", thing: str = "X", **more: Any) -> Event:
        said = {"commandId": uuid(f"{self._name}/command"), "objectCommunicationId": self.leg(thing), "finalState": how}
        return self.told("endTransferEvents", **said | more)

    def consult(self, to: str, *, array: str = "consultTransferEvents", **more: Any) -> Event:
        legs = {"initiatingCommunicationId": self.leg("A"), "objectCommunicationId": self.leg("X")}
        return self.told(array, **legs | {"destinationCommunicationId": self.leg(to)} | more)

    def consulting(self, to: str, **more: Any) -> Event:
        return self.consult(to, array="progressConsultTransferEvents", **more)

    def consulted(self) -> Event:
        return self.told("endConsultTransferEvents")

    def answered(self) -> list[Event]:
        """An inbound call or e-mail as far as the talk: X in the queue Q, then with the user A."""
        return [self.external(), self.routing(), self.user(), self.answer(), self.end("Q", "Transfer")]

    def whole(self) -> list[Event]:
        """The same to its end."""
        return [*self.answered(), self.end("X", "Self"), self.end("A", "Peer"), self.dispose()]
