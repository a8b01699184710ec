"""Who may be told next: changes in lanes, in order within a lane, batches across lanes. Arithmetic; it sends nothing.

A lane is an agent or a conversation. Only the first change of a lane is ever under way, and no request holds two of one lane:
an event that is refused for the moment must not be overtaken by the next one of its agent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice

from reconciler.model.change import Change
from reconciler.model.event import Told


class Lanes:
    """Changes waiting to be told. `batch` says how many of each kind one request takes."""

    def __init__(self, batch: Mapping[str, int]) -> None:
        self._batch = batch
        self._lanes: dict[str, deque[Change]] = {}
        self._ready: dict[str, dict[str, None]] = {kind: {} for kind in batch}
        self._dropped: set[str] = set()
        self._last = ""
        self.waiting = 0

    def add(self, changes: Iterable[Told]) -> None:
        """Puts changes at the ends of their lanes."""
        for lane, change in changes:
            self.waiting += 1
            queue = self._lanes.get(lane)
            if queue is None:
                self._lanes[lane] = deque((change,))
                self._ready[change.ref.kind][lane] = None
            else:
                queue.append(change)

    def take(self) -> list[Told]:
        """The next batch, of one kind: the kind of which most can go, so that requests are full, and in turn where both fill one.

        Empty where nothing can go. What is taken is under way until `over` or `back` is told.
        """
        kind = self._last = max(self._ready, key=self._weight)
        ready = self._ready[kind]
        taken = list(islice(ready, self._batch[kind]))
        for lane in taken:
            del ready[lane]
        return [Told(lane, self._lanes[lane][0]) for lane in taken]

    def _weight(self, kind: str) -> tuple[int, bool]:
        return min(len(self._ready[kind]), self._batch[kind]), kind != self._last

    @property
    def can_go(self) -> bool:
        """Whether `take` has something to hand out."""
        return any(self._ready.values())

    def over(self, told: Told) -> None:
        """The change is settled, one way or the other: its lane goes on."""
        queue = self._lanes[told.lane]
        queue.popleft()
        self._dropped.discard(told.lane)
        self.waiting -= 1
        if queue:
            self._ready[queue[0].ref.kind][told.lane] = None
        else:
            del self._lanes[told.lane]

    def back(self, told: Told) -> None:
        """The change was not carried out: it may go again, before everything else of its lane; not where that was dropped."""
        if told.lane in self._dropped:
            self.over(told)
        else:
            self._ready[told.change.ref.kind][told.lane] = None

    def drop(self, lane: str) -> None:
        """Forgets what waits in a lane; a change under way stays until it is over or comes back."""
        queue = self._lanes.get(lane)
        if queue is None:
            return
        is_ready = self._ready[queue[0].ref.kind].pop(lane, lane) is None
        kept = 0 if is_ready else 1
        self.waiting -= len(queue) - kept
        if is_ready:
            del self._lanes[lane]
        else:
            self._lanes[lane] = deque((queue[0],))
            self._dropped.add(lane)
