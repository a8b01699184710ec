"""One call of Genesys Engage: its legs by DN, the consultations within it, and codes that wait for the end of a leg."""

from __future__ import annotations

from typing import Any

from reconciler.model.event import Memory
from reconciler.model.interaction import Act, How, Party
from reconciler.model.life import CALLER, Life

_KEPT = ("dns", "asks", "of", "codes", "told")
_MANY = 500
MOVED = {"queue": How.TRANSFER_QUEUE, "agent": How.TRANSFER_AGENT, "number": How.TRANSFER}


class Call(Life):
    """What is known besides legs and transfers.

    `dns`: DN → its newest leg. `conns`: calls of the switch that are this conversation. `asks`: those that are consultations
    within it → [who asks, who is asked]. `of`: leg → the call it came with. `told`: DN → time of its newest event. `consult`:
    legs of the consultation that was begun. `codes`: leg → wrap-up code that waits for its end; `code` is the newest, `done` are
    legs that have one.
    """

    def __init__(self, memory: Memory | None, at: int) -> None:
        super().__init__(memory, at)
        for name in _KEPT:
            self.known[name] = dict(self.known.get(name, {}))
        for name in ("conns", "done", "watched", "muted"):
            self.known[name] = list(self.known.get(name, ()))

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def leg(self, dn: str) -> str:
        """The newest leg of a DN; empty where it has none."""
        leg: str = self.known["dns"].get(dn, "")
        return leg

    def asks(self, conn: str) -> list[str] | None:
        """[who asks, who is asked] of a consultation; None where the call of the switch is none."""
        asks: list[str] | None = self.known["asks"].get(conn)
        return asks

    def party(self, leg: str) -> str:
        """Whose leg it is; empty where there is none."""
        return str(self.known["legs"][leg][0]) if leg in self.known["legs"] else ""

    def watched(self) -> list[str]:
        """Live legs whose own end will be told."""
        return [name for name in self.live() if name in self.known["watched"]]

    def about(self, *but: str) -> str:
        """Whom a transfer or a consultation is about: the customer, else whoever else takes part in the call itself."""
        apart = {leg for asks in self.known["asks"].values() for leg in asks} | set(but)
        others = [name for name in self.live(Party.AGENT, Party.PHONE) if name not in apart]
        return CALLER if self.lives(CALLER) and CALLER not in but else next(iter(others), "")

    # ── saying ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def come(self, dn: str, conn: str, party: Party, *, is_watched: bool = True, **said: Any) -> str:
        """A new leg at a DN; its name, or empty where it cannot come now."""
        leg = self.open(party, **said)
        if leg:
            self.known["of"][leg] = conn
            self.known["dns"] |= {dn: leg} if dn and len(self.known["dns"]) < _MANY else {}
            self.known["watched"] += [leg] if is_watched else []
        return leg

    def close(self, name: str, how: How, into: str = "") -> None:
        """As of any call. A consultation ends with each of its legs; a transfer fails that landed on a leg nobody answered."""
        if not self.lives(name):
            return
        if name in self.known.get("consult", ()):
            self.unask()
        for move in self.known["moves"].values():
            if move[4] == name and move[3] == "landed" and self.state(name) == "alerting":
                move[3] = "open"
        for command in [one for one, move in self.known["moves"].items() if move[4] == name]:
            self.settle(command)
        super().close(name, how, into)

    def ask(self, conn: str) -> None:
        """The consultation has begun: both talk. One at a time can be told."""
        asker, asked = self.asks(conn) or ("", "")
        about = self.about(asker, asked)
        legs = [asker, asked, about]
        if self.known.get("consult") or len(set(legs)) < len(legs) or not all(map(self.talks, (asker, asked))) or not about:
            return
        self.known["consult"] = legs
        self._say(Act.CONSULT, asker, destination=asked, object=about)
        self._say(Act.CONSULTING, asker)

    def unask(self) -> None:
        """The consultation is over, however it ended."""
        if self.known.get("consult"):
            self.known["consult"] = []
            self._say(Act.CONSULTED, "")

    def mute(self, name: str, *, muted: bool) -> None:
        """Whether the others hear the leg; nothing where that is known."""
        if self.talks(name) and (name in self.known["muted"]) is not muted:
            self.known["muted"] = [one for one in self.known["muted"] if one != name] + ([name] if muted else [])
            self._say(Act.AUDIO, name, can_hear=True, can_speak=not muted)

    def complete(self, conn: str) -> None:
        """The asking leg hands the call to the one that was asked, and leaves; from here on both calls are one."""
        asker, asked = self.known["asks"].pop(conn)
        self.merge(conn)
        if asker in self.known.get("consult", ()):
            self.unask()
            self.close(asker, How.TRANSFER_CONSULT)
            return
        goal, about = self.goal(asked), self.about(asker, asked)
        move = self.transfer(asker, about, attended=True, **goal) if goal and about and self.talks(asker) else ""
        if move:
            self.land(move, asked)
        self.close(asker, MOVED[next(iter(goal))] if move else How.TRANSFER)

    def goal(self, leg: str) -> dict[str, str]:
        """What a transfer to a leg is a transfer to; empty where that cannot be said."""
        if not self.lives(leg):
            return {}
        dn = next((one for one, its in self.known["dns"].items() if its == leg), "")
        word = {Party.QUEUE: "queue", Party.AGENT: "agent", Party.PHONE: "number"}.get(Party(self.party(leg)), "")
        value = self.who(leg) or dn
        return {word: value} if word and value else {}

    def merge(self, conn: str) -> None:
        """The call of the switch is this conversation itself."""
        if conn not in self.known["conns"] and len(self.known["conns"]) < _MANY:
            self.known["conns"].append(conn)

    # ── wrap-up codes ────────────────────────────────────────────────────────────────────────────────────────────────

    def code(self, leg: str, code: str) -> None:
        """Notes a code that is new: the data of a call keep those of agents who had it before."""
        if not code or code == self.known.get("code") or self.party(leg) != Party.AGENT:
            return
        self.known["code"] = code
        if leg in self.known["done"]:
            self.odd.append(f"{leg} has its wrap-up code already; {code} came too late")
        else:
            self.known["codes"][leg] = code

    def dispose(self) -> None:
        """Tells the codes of legs that have ended."""
        for leg, code in list(self.known["codes"].items()):
            if not self.lives(leg):
                del self.known["codes"][leg]
                self.known["done"].append(leg)
                self._say(Act.DISPOSE, leg, code=code)
