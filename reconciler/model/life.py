"""The legs of one call as they become known: says a step only where it follows from those before. No platform is known here.

So whatever rows are missing, doubled or turned around, what is said can happen. Time does not go back: a step that began before
something already said is said as of then.
"""

from __future__ import annotations

from typing import Any

from reconciler.model.event import Memory
from reconciler.model.interaction import Act, How, Party, Step

NEW: Memory = {"at": 0, "legs": {}, "moves": {}}
CALLER = "X"
_LETTERS = {Party.CUSTOMER: CALLER, Party.QUEUE: "Q", Party.AGENT: "A", Party.PHONE: "P", Party.FLOW: "I"}
_MOST = 500  # legs of one call: beyond it something goes round in circles


class Life:
    """What is known of a call (`known`, JSON), what was said of it just now (`steps`), and what could not be understood (`odd`).

    `is_new`: nothing was known before. A leg is `[party, state, who]` by its name, its state `alerting`, `connected`, `held` or
    `ended`; a transfer is `[leg that moves, sort of goal, goal, state, leg it landed on]`, its state `open`, `landed` or `over`.
    """

    def __init__(self, memory: Memory | None, at: int) -> None:
        self.is_new = memory is None
        self.known: Memory = {**NEW, **(memory or {})}
        self.known["legs"] = {name: list(leg) for name, leg in self.known["legs"].items()}
        self.known["moves"] = {name: list(move) for name, move in self.known["moves"].items()}
        self.steps: list[Step] = []
        self.odd: list[str] = []
        self.at(at)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_over(self) -> bool:
        """Whether all legs have ended; nothing can be opened any more."""
        return bool(self.known["legs"]) and not self.live()

    def live(self, *parties: Party) -> list[str]:
        """Names of the legs that have not ended, of these parties or of all, in the order they came."""
        legs = self.known["legs"].items()
        return [name for name, (party, state, _) in legs if state != "ended" and (not parties or party in parties)]

    def lives(self, name: str) -> bool:
        """Whether there is such a leg, and it has not ended."""
        return name in self.known["legs"] and self.state(name) != "ended"

    def talks(self, name: str) -> bool:
        """Whether the leg is answered and has not ended."""
        return name in self.known["legs"] and self.state(name) in {"connected", "held"}

    def state(self, name: str) -> str:
        """How far a leg is."""
        state: str = self.known["legs"][name][1]
        return state

    def who(self, name: str) -> str:
        """Native name of a leg's agent or queue."""
        who: str = self.known["legs"][name][2]
        return who

    def last(self, party: Party, who: str = "") -> str:
        """The youngest leg of a party, of that agent or queue if one is named; empty where there is none."""
        legs = reversed(self.known["legs"].items())
        return next((name for name, leg in legs if leg[0] == party and who in {"", leg[2]}), "")

    def move(self) -> str:
        """The youngest transfer that is not over; empty where there is none."""
        return next((name for name, move in reversed(self.known["moves"].items()) if move[3] != "over"), "")

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def at(self, at: int) -> None:
        """What is said from here on happened then, in milliseconds since 1970."""
        self._at = max(at, self.known["at"])

    def open(self, party: Party, **said: Any) -> str:
        """A new leg, connected unless it is `alerting`; its name, or empty where it cannot come now."""
        first, legs = not self.known["legs"], self.known["legs"]
        if (self.is_over or len(legs) >= _MOST) or (first and party not in {Party.CUSTOMER, Party.AGENT}):
            return ""
        if party is Party.CUSTOMER and CALLER in legs:
            return ""
        letter = _LETTERS[party]
        name = letter if party is Party.CUSTOMER else f"{letter}{1 + sum(other[0] == letter for other in legs)}"
        said = {key: value for key, value in said.items() if value not in ("", None)}
        who = said.get("agent") or said.get("queue") or ""
        legs[name] = [party.value, "alerting" if said.get("alerting") else "connected", who]
        self._say(Act.OPEN, name, party=party, **said)
        return name

    def answer(self, name: str) -> bool:
        """The leg no longer alerts, and a transfer to it is complete; whether it did."""
        if name not in self.known["legs"] or self.state(name) != "alerting":
            return False
        self._put(name, "connected")
        self._say(Act.ANSWER, name)
        for move, (*_, destination) in self.known["moves"].items():
            if destination == name:
                self.settle(move)
        return True

    def hold(self, name: str, *, held: bool) -> None:
        """The leg holds the others, or no longer; nothing where that is known."""
        if self.talks(name) and (self.state(name) == "held") is not held:
            self._put(name, "held" if held else "connected")
            self._say(Act.HOLD, name, held=held)

    def close(self, name: str, how: How, into: str = "") -> None:
        """The leg has ended, and transfers of it with it; nothing where it had."""
        if not self.lives(name):
            return
        for move, (object_, *_) in self.known["moves"].items():
            if object_ == name:
                self.settle(move)
        self._put(name, "ended")
        self._say(Act.CLOSE, name, how=how, **({"into": into} if into else {}))

    def finish(self, how: How) -> None:
        """Everything has ended: the caller first, agents last."""
        for move in self.known["moves"]:
            self.settle(move)
        agents = self.live(Party.AGENT)
        for name in [*(one for one in self.live() if one not in agents), *agents]:
            self.close(name, how)

    def recorded(self, name: str, **said: Any) -> None:
        """A recording of a leg, or of the call."""
        self._say(Act.RECORDED, name, **said)

    # ── transfers ────────────────────────────────────────────────────────────────────────────────────────────────────

    def transfer(self, leg: str, of: str, *, attended: bool = False, **goal: str) -> str:
        """A transfer of a leg by another, to a `queue`, `agent` or `number`; its name, or empty where it cannot be."""
        if leg == of or not (self.lives(leg) and self.lives(of)):
            return ""
        name = f"T{1 + len(self.known['moves'])}"
        ((kind, value),) = goal.items()
        self.known["moves"][name] = [of, kind, value, "open", ""]
        self._say(Act.TRANSFER, leg, command=name, attended=attended, object=of, **goal)
        return name

    def land(self, name: str, destination: str) -> bool:
        """The transfer has reached a leg; whether it is one it was begun for."""
        move = self.known["moves"].get(name)
        if not move or move[3] == "over" or not (self.lives(move[0]) and self.lives(destination)) or move[0] == destination:
            return False
        party, _, who = self.known["legs"][destination]
        if party not in _LANDS[move[1]] or who not in {"", move[2]}:
            return False
        move[3:] = "landed", destination
        self._say(Act.PROGRESS, "", command=name, destination=destination)
        return True

    def settle(self, name: str) -> None:
        """The transfer is over: completed where it has landed, else failed; nothing where it was."""
        move = self.known["moves"].get(name)
        if move and move[3] != "over":
            state = "completed" if move[3] == "landed" else "failed"
            move[3] = "over"
            self._say(Act.END, "", command=name, state=state)

    def consult(self, asks: str, asked: str, about: str) -> bool:
        """One agent has asked another about a leg, and that is over; whether it can be said."""
        if len({asks, asked, about}) < 3 or not all(self.lives(one) for one in (asks, asked, about)):
            return False
        self._say(Act.CONSULT, asks, destination=asked, object=about)
        self._say(Act.CONSULTING, asks)
        self._say(Act.CONSULTED, "")
        return True

    # ── within ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, name: str, state: str) -> None:
        self.known["legs"][name][1] = state

    def _say(self, act: Act, leg: str, **said: Any) -> None:
        self.known["at"] = self._at
        self.steps.append(Step(act, self._at, leg, said))


_LANDS = {"queue": {Party.QUEUE}, "agent": {Party.AGENT}, "number": {Party.PHONE}}
