"""`Life` for platforms that tell more of a conversation: e-mails, after work, audio, consultations while they last.

As there, what is said can happen whatever is missing, doubled or turned around, and nothing is known here of platforms.
"""

from __future__ import annotations

from typing import Any

from reconciler.model.event import Memory
from reconciler.model.interaction import Act, How, Media, Party
from reconciler.model.life import Life

_FIRST = frozenset({(Party.CUSTOMER, True), (Party.AGENT, False)})
_ONLY_CALLS = {How.TRANSFER_CONFERENCE: How.TRANSFER, How.TRANSFER_CONSULT: How.TRANSFER}


class Legs(Life):
    """What is known of a call or e-mail, and what was said of it just now.

    `known` holds besides: `media`, as it was at first; `asks`, the open consultation (who asks, who is asked, about whom);
    `done`, agents' legs whose after work is told; `audio`, what legs hear and say; `sides`, from, to and subject of an e-mail,
    without which no leg of it can be told; `attended`, who began which transfer and stays; `ends`, how transfers ended.
    """

    def __init__(self, memory: Memory | None, at: int, media: Media = Media.VOICE) -> None:
        super().__init__(
            {
                "media": media.value,
                "asks": [],
                "done": [],
                "audio": {},
                "sides": {},
                "attended": {},
                "ends": {},
                **(memory or {}),
            },
            at,
        )
        self.is_new = memory is None

    @property
    def media(self) -> Media:
        """What the conversation is made of."""
        return Media(self.known["media"])

    @property
    def has_begun(self) -> bool:
        """Whether there is any leg, ended or not."""
        return bool(self.known["legs"])

    def state(self, name: str) -> str:
        """How far a leg is; empty where there is none."""
        return super().state(name) if name in self.known["legs"] else ""

    def goal(self, move: str) -> tuple[str, str]:
        """Sort and native name of where a transfer goes to; empty where there is no such transfer."""
        _, sort, goal, *_ = self.known["moves"].get(move, ("", "", ""))
        return str(sort), str(goal)

    def open(self, party: Party, **said: Any) -> str:
        """A new leg, connected unless it is `alerting`; its name, or empty where it cannot come now."""
        if not self.has_begun and (party, said.get("inbound", party is Party.CUSTOMER)) not in _FIRST:
            return ""
        if self.media is Media.VOICE:
            return super().open(party, **said)
        if party is Party.PHONE or not (self.known["sides"].get("from") and self.known["sides"].get("to")):
            return ""
        return super().open(party, **{**self.known["sides"], **said})

    def answer(self, name: str) -> bool:
        """The leg no longer alerts, and a consultation with it goes on; whether it did.

        A transfer to it is complete, unless it is attended and whoever began it is still there.
        """
        if self.state(name) != "alerting":
            return False
        self._put(name, "connected")
        self._say(Act.ANSWER, name)
        if self.known["asks"] and self.known["asks"][1] == name:
            self._say(Act.CONSULTING, self.known["asks"][0])
        for move, (*_, destination) in self.known["moves"].items():
            if destination == name and not self._is_attended(move):
                self.settle(move)
        return True

    def _is_attended(self, move: str) -> bool:
        """Whether whoever began a transfer to somebody, and stays until they take over, is still there."""
        return self.goal(move)[0] != "queue" and self.lives(self.known["attended"].get(move, ""))

    def audio(self, name: str, *, can_hear: bool, can_speak: bool) -> None:
        """What the leg hears and says from here on; in a call only, and nothing where that is known."""
        before = self.known["audio"].get(name, [True, True])
        if self.talks(name) and self.media is Media.VOICE and before != [can_hear, can_speak]:
            self.known["audio"] = {**self.known["audio"], name: [can_hear, can_speak]}
            self._say(Act.AUDIO, name, can_hear=can_hear, can_speak=can_speak)

    def close(self, name: str, how: How, into: str = "") -> None:
        """The leg has ended, with transfers of it and to it, and a consultation it is part of; nothing where it had."""
        if not self.lives(name):
            return
        for move, (*_, destination) in self.known["moves"].items():
            if destination == name:
                broken = "canceled" if self._is_attended(move) else ""
                self.settle(move, "failed" if self.state(name) == "alerting" else broken)
            elif self.known["attended"].get(move) == name and self.talks(destination) and self.goal(move)[0] != "queue":
                self.settle(move)
        if name in self.known["asks"]:
            self.asked()
        super().close(name, how if self.media is Media.VOICE else _ONLY_CALLS.get(how, how), into)

    def dispose(self, name: str, **said: str) -> None:
        """After work of an agent's leg that has ended, with its `code` or none; nothing where there was one, or cannot be."""
        is_agent = self.state(name) == "ended" and self.known["legs"][name][0] == Party.AGENT
        if is_agent and name not in self.known["done"]:
            self.known["done"] = [*self.known["done"], name]
            self._say(Act.DISPOSE, name, **{key: value for key, value in said.items() if value})

    def transfer(self, leg: str, of: str, *, attended: bool = False, **goal: str) -> str:
        """A transfer of a leg by another, to a `queue`, `agent` or `number`; its name, or empty where it cannot be."""
        is_void = not all(goal.values()) or ("number" in goal and self.media is Media.EMAIL)
        name = "" if is_void else super().transfer(leg, of, attended=attended, **goal)
        if name and attended:
            self.known["attended"] = {**self.known["attended"], name: leg}
        return name

    def settle(self, name: str, state: str = "") -> None:
        """The transfer is over: as said, else completed where it has landed and failed elsewhere; nothing where it was."""
        move = self.known["moves"].get(name)
        if not move or move[3] == "over":
            return
        state = state or ("completed" if move[3] == "landed" else "failed")
        self.known["ends"] = {**self.known["ends"], name: state}
        move[3] = "over"
        self._say(Act.END, "", command=name, state=state)

    def is_broken(self, move: str) -> bool:
        """Whether a transfer has failed or was canceled."""
        return self.known["ends"].get(move) in {"failed", "canceled"}

    def ask(self, asks: str, asked: str, about: str) -> bool:
        """One leg asks another about a third from here on; whether it can be said."""
        legs = [asks, asked, about]
        if self.media is not Media.VOICE or self.known["asks"] or len(set(legs)) < len(legs) or not all(map(self.lives, legs)):
            return False
        self.known["asks"] = legs
        self._say(Act.CONSULT, asks, destination=asked, object=about)
        if self.talks(asked):
            self._say(Act.CONSULTING, asks)
        return True

    def asked(self) -> None:
        """The consultation is over; nothing where there is none."""
        if self.known["asks"]:
            self.known["asks"] = []
            self._say(Act.CONSULTED, "")
