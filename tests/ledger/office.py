"""Several workers on one stream, whose time passes together, second by second; any of them may be paused or gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.adapters import Adapter, Hands

from reconciler.model.stream import Lot, Settled, Stream


@dataclass
class Colleague:
    """A worker that consumes every second, and what it was handed."""

    stream: Stream
    hands: Hands
    lots: list[Lot] = field(default_factory=list)
    paused: bool = False
    _over: int = 0

    def look(self, limit: int = 1_000) -> list[Lot]:
        """Consumes once."""
        found = list(self.stream.consume(limit))
        self.lots += found
        return found

    def holds(self) -> set[int]:
        """The partitions it surely holds."""
        return {lot.partition for lot in self.lots if lot.is_held()}

    def items(self) -> list[Any]:
        """Everything it was handed so far, in that order."""
        return [item for lot in self.lots for item in lot.items]

    def settle(self) -> None:
        """Settles everything it has in hands."""
        for lot in self.lots[self._over :]:
            lot.settle(Settled(done=lot.items)) if lot.items else None
        self._over = len(self.lots)


class Office:
    """Workers by name; their clocks go alike but show different times, as clocks of machines do."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._colleagues: list[Colleague] = []

    def join(self, name: str, **more: Any) -> Colleague:
        hands = Hands(1_000.0 * (1 + len(self._colleagues)))
        one = Colleague(self._adapter.open(name, hands, **more), hands)
        self._colleagues.append(one)
        one.look()
        return one

    def crash(self, one: Colleague) -> None:
        """Nothing is heard of it any more."""
        one.paused = True
        self._colleagues.remove(one)

    def leave(self, one: Colleague) -> None:
        self._colleagues.remove(one)
        one.stream.close()

    def pass_time(self, seconds: float = 1.0) -> None:
        """Everybody's time; who is not paused looks every second."""
        while seconds > 0:
            step = min(1.0, seconds)
            seconds -= step
            for one in self._colleagues:
                one.hands.seconds += step
            for one in self._colleagues:
                if not one.paused:
                    one.look()
