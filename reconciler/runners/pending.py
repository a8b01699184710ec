"""What was taken from the stream and is not over yet: which changes an item still waits for, and what to remember after it.

Items of one key are over in the order they were taken, so that what is remembered with an item is what was known right after it.
What is taken behind an item for everybody is kept back until that one is over: after a crash it is handed out again, and may not
meet agents who are remembered as they were behind it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.model.change import Outcome, Result
from reconciler.model.event import EVERYBODY, Told
from reconciler.model.stream import Settled, Taken


@dataclass(slots=True)
class Entry:
    """An item and the number of its steps that are not over; `poison` says why nobody can use it. No item: time made it.

    `behind` is what is kept back behind the last item for everybody.
    """

    partition: int
    taken: Taken | None = None
    poison: str = ""
    open: int = 0
    behind: Over | None = None


@dataclass(slots=True)
class Step:
    """What an item does to one key: the number of changes not told yet, and what is remembered afterwards."""

    entry: Entry
    key: str
    after: Callable[[], bytes]
    open: int


@dataclass(slots=True)
class Over:
    """What is over in a partition; kept back while an item for everybody, `until`, is not over, then it goes to `outer`."""

    done: list[Taken] = field(default_factory=list)
    poison: list[tuple[Taken, str]] = field(default_factory=list)
    memory: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    until: Entry | None = None
    outer: Over | None = None


class Pending:
    """Steps by key, in order; outcomes come in any order, what is over goes out per partition."""

    def __init__(self) -> None:
        self._steps: dict[str, deque[Step]] = {}
        self._waits: dict[str, Step] = {}
        self._over: defaultdict[int, Over] = defaultdict(Over)
        self._kept: dict[int, Over | None] = {}
        self._quiet: dict[str, None] | None = None
        self.items = 0

    def add(self, entry: Entry, steps: Iterable[tuple[str, Callable[[], bytes], Iterable[Told]]]) -> list[Told]:
        """Takes an item in, with what it does to each key: what to remember afterwards, and what has to be told. The latter."""
        told: list[Told] = []
        made: list[Step] = []
        for key, after, changes in steps:
            step = Step(entry, key, after, 0)
            for one in changes:
                self._waits[one.change.ref.key] = step
                told.append(one)
                step.open += 1
            self._steps.setdefault(key, deque()).append(step)
            made.append(step)
        entry.behind = self._kept.get(entry.partition)
        if entry.taken is not None and entry.taken.key == EVERYBODY:
            entry.behind = self._kept[entry.partition] = Over(until=entry, outer=entry.behind)
        entry.open = len(made)
        self.items += entry.taken is not None
        for step in made:
            self._go_on(step.key)
        if not made:
            self._end(entry)
        return told

    def outcome(self, outcome: Outcome) -> None:
        """One change is settled; one that failed spoils its item."""
        step = self._waits.pop(outcome.change.ref.key, None)
        if step is None:
            return
        step.open -= 1
        if outcome.result is not Result.DONE:
            step.entry.poison = step.entry.poison or outcome.note
        self._go_on(step.key)

    @property
    def has_news(self) -> bool:
        """Whether something is over since the last call of `over`."""
        return bool(self._over)

    def is_busy(self, key: str) -> bool:
        """Whether something about this key is not over."""
        return key in self._steps

    def quiet(self) -> list[str]:
        """Keys of which all was over at some time since the last call; they are noted from the first call on."""
        found, self._quiet = self._quiet or {}, {}
        return list(found)

    def over(self) -> dict[int, Settled]:
        """What is over since the last call, by partition."""
        found, self._over = self._over, defaultdict(Over)
        return {
            partition: Settled(one.done, one.poison, {key: after() for key, after in one.memory.items()})
            for partition, one in found.items()
        }

    def drop(self, partition: int) -> list[str]:
        """Forgets everything of a partition that another worker has now; the keys it had open."""
        self._over.pop(partition, None)
        self._kept.pop(partition, None)
        keys = [key for key, steps in self._steps.items() if steps[0].entry.partition == partition]
        steps = [step for key in keys for step in self._steps.pop(key)]
        self.items -= len({id(one.entry) for one in steps if one.entry.taken is not None})
        self._waits = {name: step for name, step in self._waits.items() if step.entry.partition != partition}
        return keys

    def _go_on(self, key: str) -> None:
        steps = self._steps.get(key)
        while steps and not steps[0].open:
            step = steps.popleft()
            self._place(step.entry).memory[key] = step.after
            step.entry.open -= 1
            if not step.entry.open:
                self._end(step.entry)
        if steps is not None and not steps:
            del self._steps[key]
            if self._quiet is not None:
                self._quiet[key] = None

    def _end(self, entry: Entry) -> None:
        if entry.taken is None:
            return
        self.items -= 1
        over = self._place(entry)
        if entry.poison:
            over.poison.append((entry.taken, entry.poison))
        else:
            over.done.append(entry.taken)
        if over.until is entry:
            self._release(entry, over)

    def _place(self, entry: Entry) -> Over:
        """Where what becomes of an item is noted."""
        return _kept(entry.behind) or self._over[entry.partition]

    def _release(self, entry: Entry, kept: Over) -> None:
        """The item for everybody is over, and so is what was kept back behind it."""
        kept.until = None
        self._kept[entry.partition] = _kept(self._kept[entry.partition])
        over = self._place(entry)
        over.done += kept.done
        over.poison += kept.poison
        over.memory |= kept.memory


def _kept(over: Over | None) -> Over | None:
    """The innermost that is still kept back."""
    while over is not None and over.until is None:
        over = over.outer
    return over
