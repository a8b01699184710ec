"""Native state of an agent → the pair Genesys Cloud knows: presence and routing status, by one table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model.event import Agent, Contact, Standing

ON_QUEUE = "system_presence/OnQueue"
ROUTING = ("OffQueue", "Idle", "Interacting", "Communicating", "NotResponding")
SYSTEM = ("Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break")


class Pair(NamedTuple):
    """What an agent is shown as. `presence` is `system_presence/NAME` or `secondary_status/KEY`."""

    presence: str
    routing_status: str

    def __str__(self) -> str:
        return f"{self.presence.partition('/')[2]} and {self.routing_status}"


class Word(StrEnum):
    """The nine neutral states."""

    OFF = "off"
    READY = "ready"
    OFFERED = "offered"
    REFUSED = "refused"
    ROUTED = "routed"
    AFTER_WORK = "after_work"
    OWN_CALL = "own_call"
    NOT_READY = "not_ready"
    NOT_READY_OWN_CALL = "not_ready_own_call"


TABLE: Mapping[Word, Pair] = MappingProxyType(
    {
        Word.OFF: Pair("system_presence/Offline", "OffQueue"),
        Word.READY: Pair(ON_QUEUE, "Idle"),
        Word.OFFERED: Pair(ON_QUEUE, "Idle"),
        Word.REFUSED: Pair(ON_QUEUE, "NotResponding"),
        Word.ROUTED: Pair(ON_QUEUE, "Interacting"),
        Word.AFTER_WORK: Pair(ON_QUEUE, "Interacting"),
        Word.OWN_CALL: Pair(ON_QUEUE, "Communicating"),
        Word.NOT_READY: Pair("system_presence/Busy", "OffQueue"),
        Word.NOT_READY_OWN_CALL: Pair("system_presence/Busy", "OffQueue"),
    }
)
"""The default. For the two states that are not ready the presence is that of the reason, and this one where none is given.

That alerting is Idle, and that a call of one's own while not ready is OffQueue, are assumptions: mapping.yaml may say otherwise.
"""

_STRONGEST = tuple(Contact)
_WORK = {
    Contact.ROUTED: Word.ROUTED,
    Contact.AFTER_WORK: Word.AFTER_WORK,
    Contact.OWN: Word.OWN_CALL,
    Contact.OFFERED: Word.OFFERED,
    Contact.REFUSED: Word.REFUSED,
}
_REST = {Standing.OFF: Word.OFF, Standing.GONE: Word.OFF, Standing.READY: Word.READY, Standing.NOT_READY: Word.NOT_READY}


def is_legal(pair: Pair) -> bool:
    """Whether presence and routing status go together.

    On queue every status but OffQueue; off queue OffQueue, or Communicating where own calls count. Source: how vendors describe
    the two; whether the service refuses other pairs is unknown.
    """
    on_queue = pair.presence == ON_QUEUE
    return pair.routing_status != "OffQueue" if on_queue else pair.routing_status in {"OffQueue", "Communicating"}


def word(agent: Agent) -> Word | None:
    """The neutral state of the whole native state; None where the platform's module does not know it.

    Work a queue gave counts whatever the standing says, a call of one's own only for somebody who is logged on, an offer or a
    refusal only for somebody who is ready.
    """
    strongest = min(agent.contacts, key=_STRONGEST.index, default=None)
    if strongest in {Contact.ROUTED, Contact.AFTER_WORK}:
        return _WORK[strongest]
    if agent.standing is Standing.UNKNOWN:
        return None
    if strongest is Contact.OWN and agent.standing is Standing.NOT_READY:
        return Word.NOT_READY_OWN_CALL
    if strongest is None or agent.standing is not Standing.READY:
        return _REST[agent.standing]
    return _WORK[strongest]


class Pairs:
    """The table of one source. `reasons` are native reason → presence; `unmapped` is sent for what no table knows."""

    def __init__(self, table: Mapping[Word, Pair], reasons: Mapping[str, str], unmapped: Pair) -> None:
        self._table, self._reasons, self._unmapped = table, reasons, unmapped
        self._known: dict[Agent, tuple[Pair, str]] = {}

    def of(self, agent: Agent) -> tuple[Pair, str]:
        """The pair, and the native state or reason that no table knows; empty where all is known."""
        found = self._known.get(agent)
        if found is None:
            found = self._of(agent)
            if len(self._known) < 10_000:
                self._known[agent] = found
        return found

    def _of(self, agent: Agent) -> tuple[Pair, str]:
        state = word(agent)
        if state is None:
            return self._unmapped, f"state {agent.native}"
        pair = self._table[state]
        if state not in {Word.NOT_READY, Word.NOT_READY_OWN_CALL} or not agent.reason:
            return pair, ""
        names = (agent.reason, agent.label, agent.native)  # mapping.yaml may name it any way
        presence = next((self._reasons[name] for name in names if name in self._reasons), None)
        if presence is None:
            return self._unmapped, f"reason {agent.reason}"
        return _joined(presence, pair.routing_status), ""


def _joined(presence: str, routing_status: str) -> Pair:
    """The presence of a reason with the routing status of the state, or with the one that goes with it where that does not."""
    pair = Pair(presence, routing_status)
    return pair if is_legal(pair) else Pair(presence, "Idle" if presence == ON_QUEUE else "OffQueue")


def reasons(
    statuses: Mapping[str, tuple[str, str]], bound: Collection[str], plain: Mapping[str, str], system: Mapping[str, str]
) -> dict[str, str]:
    """Native reason → presence, the strongest first: secondary statuses that exist, the user's table, the platform's own words.

    `statuses` are native reason → (key, system presence) of mapping.yaml, `bound` the keys of secondary statuses that Genesys
    Cloud has, which are native reasons themselves where nobody gave them another key; `plain` and `system` are native reason →
    system presence. A secondary status that does not exist yet is stood in for by its system presence.
    """
    found = {reason: f"system_presence/{name}" for table in (system, plain) for reason, name in table.items()}
    found |= {key: f"secondary_status/{key}" for key in bound}
    for reason, (key, presence) in statuses.items():
        found[reason] = f"secondary_status/{key}" if key in bound else f"system_presence/{presence}"
    return found
