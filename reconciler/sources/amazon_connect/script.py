"""What was told of a conversation so far, so that only what fits is told, once. It knows legs, and nothing of contacts.

The conversation machine refuses a step that cannot be, and with it everything that belongs to it. Records may be missing, come
late or contradict each other; what does not fit any more is left out here and named, so that the rest can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.interaction import Act, Media, Party, Step

_LIVE = frozenset({"alerting", "connected", "held"})
_ANSWERED = frozenset({"connected", "held"})
_ENDED = frozenset({"ended", "disposed"})
_OFTEN = frozenset({Act.HOLD, Act.WRITE, Act.SENT, Act.CONSULT, Act.CONSULTING, Act.CONSULTED, Act.RECORDED})
_GOALS: Mapping[str, frozenset[str]] = {
    "queue": frozenset({Party.QUEUE}),
    "agent": frozenset({Party.AGENT}),
    "number": frozenset({Party.PHONE}),
}


class Script:
    """The steps of a conversation, taken in order; `steps` are those that fit and were not told before.

    `known` is what `state` was after former steps. A step that lies behind a younger one is told at that one's time.
    """

    def __init__(self, media: Media, known: Mapping[str, Any] | None = None) -> None:
        known = known or {}
        self._media = media
        self._legs: dict[str, tuple[str, str, str]] = {name: tuple(leg) for name, leg in known.get("legs", {}).items()}
        self._commands: dict[str, tuple[str, str, str, str]] = {
            name: tuple(command) for name, command in known.get("commands", {}).items()
        }
        self._asks: tuple[str, str, str] | None = tuple(known["consult"]) if known.get("consult") else None
        self._done: dict[str, int] = dict(known.get("done", {}))
        self._names: dict[str, str] = dict(known.get("names", {}))
        self._counts: dict[str, int] = {}
        self._at: int = known.get("at", 0)
        self.steps: list[Step] = []
        self.odd: list[str] = []

    @property
    def state(self) -> dict[str, Any]:
        """For memory: legs as (party, state, who), commands as (state, object, target, goal)."""
        return {
            "legs": {name: list(leg) for name, leg in self._legs.items()},
            "commands": {name: list(command) for name, command in self._commands.items()},
            "consult": list(self._asks) if self._asks else None,
            "done": self._done,
            "names": self._names,
            "at": self._at,
        }

    @property
    def is_over(self) -> bool:
        """Whether there are legs and all of them have ended."""
        return bool(self._legs) and not any(state in _LIVE for _, state, _ in self._legs.values())

    def began(self, command: str) -> bool:
        """Whether this transfer was told."""
        return command in self._commands

    def is_live(self, leg: str) -> bool:
        """Whether this leg was told and has not ended."""
        return leg in self._legs and self._legs[leg][1] in _LIVE

    def name(self, leg: str, told: str) -> None:
        """The leg is one that was told by another name, unless it was told itself."""
        if told in self._legs and leg not in self._legs:
            self._names[leg] = told

    def take(self, step: Step) -> None:
        """Tells a step where it fits; names it in `odd` where it does not; passes over it where it was told."""
        step = self._named(step) if self._names else step
        if step.act in _OFTEN and self._is_repeated(step):
            return
        step = self._without_strangers(step)
        wrong: str = getattr(self, f"_{step.act}")(step)
        if wrong == _TOLD:
            return
        if wrong:
            self.odd.append(f"{step.act} {step.leg or step.said.get('command', '')}: {wrong}")
            return
        self._at = max(self._at, step.at)
        said = {} if step.act is Act.CONSULTED else step.said  # the machine knows whose it is
        self.steps.append(step._replace(at=self._at, said=said))

    def _named(self, step: Step) -> Step:
        names = self._names
        said = {word: names.get(value, value) if word in _LEGS else value for word, value in step.said.items()}
        return step._replace(leg=names.get(step.leg, step.leg), said=said)

    def _without_strangers(self, step: Step) -> Step:
        """The step with no inviting leg that was never told; it goes on from the newest leg there is instead of such a one."""
        said = dict(step.said)
        if said.get("invited_by", "") not in {"", *self._legs}:
            del said["invited_by"]
        if said.get("previous", "") not in {"", *self._legs}:
            who = said.get("agent", "")
            same = [name for name, leg in self._legs.items() if leg[0] == said["party"] and who in {"", leg[2]}]
            said["previous"] = same[-1] if same else ""
        return step._replace(said={name: value for name, value in said.items() if value != ""})

    def _is_repeated(self, step: Step) -> bool:
        name = f"{step.act} {step.leg} {step.said.get('destination', '')}"
        count = self._counts[name] = self._counts.get(name, 0) + 1
        if count <= self._done.get(name, 0):
            return True
        self._done[name] = count
        return False

    # ── legs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, step: Step) -> str:
        said, party = step.said, step.said["party"]
        if step.leg in self._legs:
            return _TOLD
        if not self._legs and (party, said.get("inbound", party == Party.CUSTOMER)) not in _FIRST:
            return "nothing was told that it could belong to"
        if self.is_over and (self._media is Media.VOICE or said.get("previous") not in self._legs):
            return "the conversation was over"
        if self._media is Media.EMAIL and not (said.get("from") and said.get("to")):
            return "an e-mail without addresses"
        former = self._legs.get(said.get("previous", ""), (party, "", said.get("agent", "")))
        if former[0] != party or (party == Party.AGENT and former[2] != said["agent"]):
            return "it goes on from somebody else's leg"
        state = "alerting" if said.get("alerting") else "connected"
        self._legs[step.leg] = (party, state, said.get("agent", "") if party == Party.AGENT else said.get("queue", ""))
        return ""

    def _answer(self, step: Step) -> str:
        return self._moved(step.leg, frozenset({"alerting"}), "connected", told=_ANSWERED | _ENDED)

    def _hold(self, step: Step) -> str:
        after = "held" if step.said["held"] else "connected"
        return self._moved(step.leg, _ANSWERED - {after}, after, told=_ENDED)

    def _write(self, step: Step) -> str:
        return "" if self._media is Media.EMAIL and self._state(step.leg) in _ANSWERED else "its leg is not there"

    _sent = _write

    def _close(self, step: Step) -> str:
        return self._moved(step.leg, _LIVE, "ended", told=_ENDED)

    def _dispose(self, step: Step) -> str:
        if self._state(step.leg) == "disposed" and self._done.get(f"code {step.leg}", 0) == 0 and step.said.get("code"):
            return "its wrap-up code came after it was said that there is none"
        wrong = self._moved(step.leg, frozenset({"ended"}), "disposed", told=frozenset({"disposed"}))
        if not wrong and step.said.get("code"):
            self._done[f"code {step.leg}"] = 1
        return wrong

    def _state(self, leg: str) -> str:
        return self._legs[leg][1] if leg in self._legs else ""

    def _moved(self, leg: str, before: frozenset[str], after: str, *, told: frozenset[str] = frozenset()) -> str:
        state = self._state(leg)
        if state in told or not state:  # what was not told needs no end; why it was not has been named
            return _TOLD
        if state not in before:
            return f"its leg is {state}"
        party, _, who = self._legs[leg]
        self._legs[leg] = (party, after, who)
        return ""

    def _recorded(self, _step: Step) -> str:
        return ""

    # ── transfers and consultations ──────────────────────────────────────────────────────────────────────────────────

    def _transfer(self, step: Step) -> str:
        said, name = step.said, step.said["command"]
        initiating, moved = said.get("initiating", step.leg), said["object"]
        if name in self._commands:
            return _TOLD
        if initiating == moved or not (self.is_live(initiating) and self.is_live(moved)):
            return "who transfers or is transferred is not there"
        target = next(word for word in _GOALS if word in said)
        self._commands[name] = ("open", moved, target, said[target])
        return ""

    def _progress(self, step: Step) -> str:
        state, moved, target, goal = self._commands.get(step.said["command"], ("", "", "", ""))
        party, there, who = self._legs.get(step.said["destination"], ("", "", ""))
        if state in {"", "landed", "over"}:
            return _TOLD
        if there not in _LIVE or not self.is_live(moved):
            return "who transfers, is transferred or is called is not there"
        if party not in _GOALS[target] or who not in {"", goal}:
            return "it landed elsewhere"
        self._commands[step.said["command"]] = ("landed", moved, target, goal)
        return ""

    def _end(self, step: Step) -> str:
        state, *rest = self._commands.get(step.said["command"], ("", "", "", ""))
        if state in {"", "over"}:
            return _TOLD
        if step.said["state"] == "completed" and state != "landed":
            return "the transfer did not come so far"
        moved, target, goal = rest
        self._commands[step.said["command"]] = ("over", moved, target, goal)
        return ""

    def _consult(self, step: Step) -> str:
        asked = (step.leg, step.said["destination"], step.said["object"])
        if self._asks or len(set(asked)) < len(asked) or not all(map(self.is_live, asked)):
            return "who consults, is consulted or waits is not there"
        self._asks = asked
        return ""

    def _consulting(self, step: Step) -> str:
        if not self._asks or self._asks[1] != step.said["destination"] or not all(map(self.is_live, self._asks)):
            return _TOLD
        return ""

    def _consulted(self, step: Step) -> str:
        if not self._asks or self._asks[1] != step.said["destination"]:
            return _TOLD
        self._asks = None
        return ""


_TOLD = "told"
_LEGS = frozenset({"invited_by", "previous", "initiating", "destination", "object"})
_FIRST = frozenset({(Party.CUSTOMER, True), (Party.AGENT, False)})
