"""Many made-up calls, with rows lost, doubled and out of order: whatever is told of them is legal, and all of it ends.

The number grows with RECONCILER_TEST_CALLS; `make soak` takes 100,000. There is no inbox here that would drop doubled rows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from itertools import count

import pytest
from flow.calls import AGENTS, FILES, MESSY, QUEUES, TIDY, Mess, rows
from runners.judge import Judge, sent

from reconciler.model.change import Outcome, Result
from reconciler.model.event import Told
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.model.stream import Taken
from reconciler.runners.conversation_change import Sender
from reconciler.runners.interactions import GONE, KEEP, Conversations, Terms
from reconciler.runners.pending import Pending
from reconciler.runners.window import Window, item
from reconciler.sources import CALLS

MANY = int(os.environ.get("RECONCILER_TEST_CALLS", "300"))
PART = 5_000  # calls of one test
START = 1_790_000_000.0
KNOWN = {*(("user", agent) for agent in AGENTS), *(("queue", queue) for queue in QUEUES)}
CARD = CALLS["asterisk"]
TICK = 60.0  # seconds between two looks at what time alone changes


class Office:
    """A runner without stream and network: rows in, and every event it tells goes to the judge of its conversation at once."""

    def __init__(self) -> None:
        self.readers = {feed: CARD.open(Mapping(), Clock(slack_seconds=CARD.disorder_seconds), "") for feed in FILES}
        self.window = Window(int(CARD.disorder_seconds * 1000))
        self.pending = Pending()
        terms = Terms(CARD, Sender("acme", "acme"), lambda kind, key: (kind, key) in KNOWN)
        self.runner = Conversations(terms, self.pending)
        self.judges: dict[str, Judge] = {}
        self.told: Counter[str] = Counter()
        self.poison: list[str] = []
        self.numbers = count(1)
        self.most_open = self.ended = 0

    def hear(self, feed: str, text: str, now: int) -> None:
        """One row that comes now."""
        for event in self.readers[feed](text.encode()):
            id_, key, payload = item(event, "acme")
            self.window.add(0, [Taken(next(self.numbers), id_, key, payload, 0, now)], now)
        for due in self.window.due(now):
            self.tell(self.runner.take(due))

    def tell(self, changes: Iterable[Told]) -> None:
        for lane, change in changes:
            for array, event in sent([change]):
                self.judges.setdefault(lane, Judge()).hear(array, event)
                self.told[array] += 1
            self.pending.outcome(Outcome(change, Result.DONE, "", 0))
        for settled in self.pending.over().values():
            self.poison += [cause for _, cause in settled.poison]
            for key in [key for key, memory in settled.memory.items() if not memory]:
                self.forgotten(key)

    def forgotten(self, key: str) -> None:
        judge = self.judges.pop(key, None)
        if judge is not None:
            assert judge.is_over, f"{key} was forgotten while it was open"
            self.ended += 1

    def tick(self, now: int) -> None:
        self.most_open = max(self.most_open, self.runner.open)
        self.tell(self.runner.tick(now))

    def work(self, seed: int, calls: int, mess: Mess) -> None:
        """Everything that happens, and then silence until nothing is remembered."""
        now = tick = START
        for row in rows(seed, calls, START, mess=mess):
            now = row.written
            if now >= tick:
                tick = now + TICK
                self.tick(int(now * 1000))
            self.hear(row.feed, row.text, int(now * 1000))
        self.hear("log", "", int((now + 2) * 1000))
        for later in (CARD.silence_seconds, KEEP / 1000, GONE / 1000):
            now += later + 3
            self.tick(int(now * 1000))


@pytest.mark.parametrize("mess", [TIDY, MESSY, Mess(lost=0.15, doubled=0.1, late=0.8)], ids=("tidy", "messy", "broken"))
@pytest.mark.parametrize("seed", range(-(-MANY // (3 * PART))))
def test_whatever_is_written_of_calls_is_told_legally_and_ends(seed: int, mess: Mess) -> None:
    office = Office()

    office.work(seed, min(PART, MANY // 3), mess)

    counts = office.runner.counts
    assert (counts.refused, office.poison, office.judges) == (0, [], {})
    assert office.ended == counts.conversations > min(PART, MANY // 3)
    assert office.most_open < 500  # calls that overlap, and those whose end was lost, until silence closes them
