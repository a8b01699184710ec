"""Who an extension is: what the rows so far say of queues, members and their numbers, and the mapping of agents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_MANY = 5000


class Directory:
    """Queues and agents by what is dialled to reach them. Bounded: what comes too late is taken for a number outside.

    `named` are the agents of the mapping.
    """

    def __init__(self, agents: Iterable[str], state: Any = None) -> None:
        known = state if isinstance(state, dict) else {}
        self._fixed = {_short(name): name for name in agents}
        self.named = frozenset(self._fixed.values())
        self._queues: dict[str, None] = dict.fromkeys(known.get("queues", ()))
        self._agents: dict[str, str] = dict(known.get("agents", {}))

    @property
    def state(self) -> dict[str, Any]:
        """What later rows need."""
        return {"queues": list(self._queues), "agents": self._agents}

    def queue(self, name: str) -> None:
        """A queue was seen."""
        if name not in self._queues and len(self._queues) < _MANY:
            self._queues[name] = None

    def agent(self, name: str, number: str = "") -> None:
        """An agent was seen, and perhaps with a number."""
        for dialled in {_short(name), number} - {""}:
            if self._agents.get(dialled) != name and len(self._agents) < _MANY:
                self._agents[dialled] = name

    def goal(self, dialled: str) -> dict[str, str]:
        """What is reached there: `{"queue": name}`, `{"agent": name}` or, for everything else, `{"number": dialled}`."""
        if dialled in self._queues:
            return {"queue": dialled}
        agent = self._fixed.get(dialled) or self._agents.get(dialled)
        return {"agent": agent} if agent else {"number": dialled}


def _short(name: str) -> str:
    """`1001` of `PJSIP/1001` or `Local/1001@agents/n`."""
    return name.split("/", 1)[-1].split("@", 1)[0]
