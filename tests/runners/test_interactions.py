"""What is told of conversations by rule: held back, left out, masked, refused, forgotten; and what a crash changes: nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import orjson
import pytest
from runners.test_conversation import DAY, steps

from reconciler.model.change import Change, Outcome, Result
from reconciler.model.event import EVERYBODY, Event, Memory
from reconciler.model.interaction import InteractionFeed
from reconciler.model.interaction import Told as Said
from reconciler.model.mapping import Mask, Which
from reconciler.model.stream import Taken
from reconciler.runners.conversation_change import Sender
from reconciler.runners.interactions import EARLIER, GONE, KEEP, LATE, MEND, REST, TOO_OLD, USER, Conversations, Terms
from reconciler.runners.pending import Pending
from reconciler.runners.scope import Scope
from reconciler.runners.window import Window, item

KNOWN = {"user": {"ann", "bob"}, "queue": {"q1", "q2"}, "wrapup_code": {"sale"}}
MINUTE, HOUR = 60_000, 3_600_000
SILENCE = 4 * HOUR
CALLER, QUEUED, RINGS, OVER = (
    "0 X open customer ani=+49301234567",
    "1 Q open queue queue=q1",
    "2 A open agent agent=ann",
    "9 X close how=self\n9 A close how=peer\n9 Q close how=system",
)
CALL = (CALLER, QUEUED, RINGS, OVER)
TOLD = ["externalEstablished", "routingEstablished", "userEstablished", *["communicationEnded"] * 3]
BY_QUEUE = Scope(exclude=(Which(queue=("q2",)),))
ONLY_ANN, ONLY_BOB = (Scope(allowed=frozenset({one})) for one in ("ann", "bob"))


def tell(memory: Memory | None, event: Event) -> Said:
    """Every event brings the steps that were written."""
    seen = (memory or {"seen": 0})["seen"] + 1
    return Said({"seen": seen}, tuple(steps(event.data["text"])), odd=event.data.get("odd", ""))


CARD = InteractionFeed("toy", "stream", "lines", lambda *_: None, tell, silence_seconds=SILENCE / 1000)  # type: ignore[arg-type,return-value]  # nobody opens it


class Worker:
    """Conversations on a stream of one partition that remembers what was settled, and hands out the rest again."""

    def __init__(self, scope: Scope | None = None, **more: Any) -> None:
        self.known = {kind: set(keys) for kind, keys in KNOWN.items()}
        self.terms = Terms(CARD, Sender("acme", "acme"), self.is_known, scope=scope or Scope(), **more)
        self.items: dict[int, Taken] = {}
        self.memory: dict[str, bytes] = {}
        self.poison: list[str] = []
        self.told: list[Change] = []
        self.numbers = count(1)
        self.start()

    def is_known(self, kind: str, key: str) -> bool:
        return key in self.known[kind]

    def start(self) -> None:
        """Begins with what was settled; after a crash that is all there is. What waits is handed out again."""
        self.pending = Pending()
        self.one = Conversations(self.terms, self.pending)
        self.one.know(0, self.memory)
        window = Window()
        window.add(0, self.items.values())
        for due in window.due(1 << 62):
            self.hear(self.one.take(due))

    def take(self, *texts: str, key: str = "c1", received: int = DAY, **more: Any) -> Worker:
        """Takes events, each with the steps of one text, at the time of the first one."""
        for text in texts:
            at = steps(text)[0].at if text else received
            self.put(item(Event(key, at, {"text": text, **more}), "acme")[2], key, received)
        return self

    def put(self, payload: bytes, key: str, received: int) -> None:
        """Hands out one item."""
        taken = Taken(next(self.numbers), payload[:16], key, payload, 0, received)
        self.items[taken.number] = taken
        window = Window()
        window.add(0, [taken])
        for due in window.due(1 << 62):
            self.hear(self.one.take(due))

    def tick(self, now: int) -> Worker:
        self.hear(self.one.tick(now))
        return self

    def retry(self, now: int = DAY) -> Worker:
        self.hear(self.one.retry(now))
        return self

    def hear(self, told: Sequence[Any]) -> None:
        """Genesys Cloud takes everything; what is over then is durable."""
        for one in told:
            self.told.append(one.change)
            self.pending.outcome(Outcome(one.change, Result.DONE, "", 0))
        for settled in self.pending.over().values():
            for taken in (*settled.done, *(one for one, _ in settled.poison)):
                del self.items[taken.number]
            self.poison += [cause for _, cause in settled.poison]
            self.memory |= settled.memory
        self.memory = {key: content for key, content in self.memory.items() if content}

    @property
    def events(self) -> list[str]:
        return [str(one.after) for change in self.told for one in change.fields if one.path == ("event",)]

    @property
    def talks(self) -> list[str]:
        """The conversations that are remembered."""
        return [key for key in self.memory if not key.startswith(USER)]


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_held_back_is_told_with_the_event_that_decides() -> None:
    worker = Worker(BY_QUEUE).take(CALLER)
    before = worker.events

    worker.take(QUEUED)

    assert (before, worker.events) == ([], TOLD[:2])


def test_what_was_held_back_survives_a_crash() -> None:
    worker = Worker(BY_QUEUE).take(CALLER)

    worker.start()
    worker.take(QUEUED, RINGS, OVER)

    assert worker.events == TOLD


def test_what_was_held_back_is_told_as_if_it_had_not_been() -> None:
    at_once, held = (Worker(scope).take(*CALL) for scope in (Scope(), BY_QUEUE))

    assert held.told == at_once.told


def test_a_conversation_that_is_left_out_is_settled_silently() -> None:
    worker = Worker(Scope(exclude=(Which(queue=("q1",)),))).take(CALLER).take(*CALL[1:], OVER, odd="who is that?")

    assert (worker.events, worker.poison, worker.items, worker.one.counts.unmapped) == ([], [], {}, {})
    assert (worker.one.counts.excluded, worker.one.counts.conversations, worker.one.open) == (1, 0, 0)


def test_a_conversation_stays_left_out_after_a_restart() -> None:
    worker = Worker(Scope(exclude=(Which(queue=("q1",)),))).take(CALLER, QUEUED)

    worker.start()
    worker.take(RINGS, OVER)

    assert (worker.events, worker.poison, worker.one.counts.excluded) == ([], [], 0)


def test_a_conversation_that_is_left_out_is_forgotten() -> None:
    worker = Worker(Scope(exclude=(Which(queue=("q1",)),))).take(*CALL)

    worker.tick(DAY + KEEP + 1)

    assert worker.talks == []


def test_who_is_not_known_does_not_matter_where_nothing_is_told() -> None:
    worker = Worker(Scope(exclude=(Which(queue=("q1",)),))).take(CALLER, QUEUED, "2 A open agent agent=zz")

    assert (worker.poison, worker.one.counts.strangers) == ([], {})


def test_a_conversation_that_never_decides_is_told_when_silence_closes_it() -> None:
    worker = Worker(BY_QUEUE).take(CALLER)

    worker.tick(DAY + SILENCE + 1)

    assert worker.events == ["externalEstablished", "communicationEnded"]
    assert (worker.one.counts.closed, worker.one.counts.conversations) == (1, 1)


def test_a_conversation_that_silence_closes_is_left_out_where_it_fits_no_rule() -> None:
    worker = Worker(Scope(include=(Which(queue=("*",)),))).take(CALLER)

    worker.tick(DAY + SILENCE + 1)

    assert (worker.events, worker.one.counts.closed, worker.one.counts.excluded) == ([], 0, 1)


def test_a_restart_of_the_platform_tells_what_was_held_back_and_decided_by_it() -> None:
    worker = Worker(BY_QUEUE).take(CALLER)

    worker.put(item(Event(EVERYBODY, DAY + 5, {"text": "5 X close how=system"}), "acme")[2], EVERYBODY, DAY)

    assert worker.events == ["externalEstablished", "communicationEnded"]


# ── who may become billable ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_of_users_who_may_become_billable_is_told_when_it_is_over() -> None:
    worker = Worker(ONLY_ANN).take(CALLER, QUEUED, RINGS)
    before = worker.events

    worker.take(OVER)

    assert (before, worker.events) == ([], TOLD)


def test_a_call_with_somebody_who_may_not_become_billable_is_left_out_by_name() -> None:
    worker = Worker(ONLY_BOB).take(*CALL)

    assert (worker.events, worker.poison) == ([], [])
    assert (worker.one.counts.excluded, worker.one.counts.barred, worker.one.counts.users) == (1, {"user/ann": 1}, set())


def test_a_call_under_way_is_closed_when_somebody_joins_who_may_not_become_billable() -> None:
    """The list was written while the call went on."""
    worker = Worker().take(CALLER, QUEUED)
    worker.terms = replace(worker.terms, scope=ONLY_BOB)

    worker.start()
    worker.take(RINGS, OVER)

    assert worker.events == [*TOLD[:2], "communicationEnded", "communicationEnded"]
    assert (worker.one.counts.barred, worker.one.open) == ({"user/ann": 1}, 0)


def test_users_are_newly_billable_once() -> None:
    worker = Worker().take(*CALL)
    first = worker.one.counts.fresh

    worker.start()
    worker.take(*CALL, key="c2")

    assert (first, worker.one.counts.fresh, worker.one.counts.users) == ({"ann"}, set(), {"ann"})


# ── masks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scope", [Scope(), BY_QUEUE])
def test_a_masked_number_is_in_nothing_that_is_told(scope: Scope) -> None:
    worker = Worker(scope, mask=Mask(numbers="last4")).take(CALLER, QUEUED, odd="who is +49301234567?")
    worker.take(*CALL[2:])

    assert len(worker.told) == len(TOLD)
    assert "+49301234567" not in repr(worker.told)
    assert "****4567" in repr(worker.told[0])


def test_a_masked_number_is_in_no_cause_and_no_count() -> None:
    moved = "3 A transfer attended command=T number=+49307654321 object=X"
    worker = Worker(mask=Mask(numbers="all")).take(*CALL[:3], moved)

    worker.take("4 Q2 open queue queue=q1\n4 - progress command=T destination=Q2", odd="what of +49307654321?")

    assert worker.poison[0].startswith(
        "progress: transfer T is open, and destination Q2 is queue q1; it was begun for number ****"
    )
    assert worker.one.counts.unmapped == {}


def test_a_record_nobody_understood_is_not_quoted_with_a_masked_number() -> None:
    worker = Worker(mask=Mask(numbers="all"))

    worker.put(orjson.dumps([None, "no JSON: caller=+49301234567", "text", "log:1"]), "unreadable", DAY)

    assert worker.poison == ["no JSON: caller=****"]


def test_rules_go_by_numbers_that_are_masked() -> None:
    scope = Scope(exclude=(Which(number=("+4930*",)),))

    assert Worker(scope, mask=Mask(numbers="all")).take(*CALL).events == []


# ── what was refused or came late ────────────────────────────────────────────────────────────────────────────────────


def refused() -> Worker:
    """A call of which one event cannot be."""
    return Worker().take(CALLER, "2 Q close how=self")


def test_what_follows_a_refused_event_waits_with_it() -> None:
    worker = refused().take(OVER)

    assert [one.partition(";")[0] for one in worker.poison] == [
        "close: leg Q is new",
        EARLIER.partition(";")[0],
    ]


def test_a_refused_conversation_can_be_mended_for_days() -> None:
    worker = refused().tick(DAY + MEND)

    worker.take(QUEUED.replace("1 ", "2 "), received=DAY + MEND)

    assert worker.events == TOLD[:2]


def test_of_a_conversation_refused_long_ago_nothing_is_told_any_more() -> None:
    worker = refused().tick(DAY + MEND + 1)
    size = len(worker.memory["c1"])

    worker.start()
    worker.take(*CALL)

    assert worker.poison[1:] == [TOO_OLD] * 4
    assert worker.events == TOLD[:1]
    assert size < 120


def test_that_a_conversation_was_refused_is_forgotten_in_the_end() -> None:
    worker = refused().tick(DAY + MEND + 1)
    kept = worker.talks

    worker.tick(DAY + GONE + 1)

    assert (kept, worker.talks, worker.one.home("c1")) == (["c1"], [], None)


def test_of_too_many_refused_conversations_the_oldest_are_reduced() -> None:
    worker = Worker(most_bad=2)
    for number in range(4):
        worker.take("2 Q close how=self", key=f"c{number}", received=DAY + number)

    worker.tick(DAY + 9)
    for number in range(4):
        worker.take("3 Q close how=self", key=f"c{number}", received=DAY + 9)

    assert worker.poison[4:] == [TOO_OLD, TOO_OLD, EARLIER, EARLIER]


def test_what_comes_behind_a_rules_end_is_refused_alone_and_says_so() -> None:
    worker = Worker().take(CALLER, QUEUED).tick(DAY + SILENCE + 1)

    worker.take(RINGS, OVER)

    assert worker.poison == [LATE, LATE]
    assert (worker.one.counts.late, worker.one.counts.refused) == (2, 0)


def test_a_conversation_closed_after_days_without_a_runner_is_remembered_all_the_same() -> None:
    worker = Worker().take(CALLER).tick(DAY + 2 * GONE)

    worker.tick(DAY + 2 * GONE + MINUTE)
    worker.take(QUEUED, received=DAY + 2 * GONE + MINUTE)

    assert worker.poison == [LATE]


@pytest.mark.parametrize("crash", [False, True])
def test_a_conversation_at_rest_is_known_when_more_comes(crash: bool) -> None:
    worker = Worker().take(*CALL).tick(DAY + REST + MINUTE)
    if crash:
        worker.start()

    worker.take("20 X hold held")

    assert worker.one.counts.refused == 1
    assert worker.events == TOLD


def test_conversations_at_rest_are_forgotten_in_the_end() -> None:
    worker = Worker().take(*CALL).tick(DAY + REST + MINUTE)
    before = worker.talks

    worker.tick(DAY + KEEP + MINUTE)

    assert (before, worker.talks) == (["c1"], [])


def test_a_conversation_at_rest_goes_with_its_partition() -> None:
    worker = Worker().take(*CALL).tick(DAY + REST + MINUTE)

    worker.one.forget(0)
    worker.tick(DAY + KEEP + MINUTE)

    assert worker.talks == ["c1"]  # it is the other worker's to forget
    assert worker.one.home("c1") is None


def test_silence_before_a_crash_closes_a_conversation_after_it() -> None:
    """The newer call was over before the crash: nothing that is handed out again says how late it is."""
    worker = Worker().take(CALLER)
    later = "\n".join(f"{60 * 60 * 5 + number} {text}" for number, text in enumerate(("X open customer", "X close how=self")))
    worker.take(later, key="c2").start()

    worker.tick(DAY)

    assert worker.one.counts.closed == 1
    assert worker.events[-1] == "communicationEnded"


def test_a_conversation_with_late_events_is_forgotten_too() -> None:
    worker = Worker().take(CALLER).tick(DAY + SILENCE + 1).take(QUEUED)
    closed = DAY + SILENCE + 1

    worker.tick(closed + KEEP + 1).start()
    worker.take(RINGS)
    kept = worker.talks
    worker.tick(closed + GONE + 1)

    assert (worker.poison, worker.events[2:]) == ([LATE, LATE], [])
    assert (kept, worker.talks) == (["c1"], [])


# ── who is not known yet ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_conversation_waits_for_somebody_unknown_across_a_crash() -> None:
    worker = Worker(hold=HOUR).take(CALLER, QUEUED, "2 A open agent agent=zoe", "9 X close how=self")
    waiting = len(worker.items)

    worker.start()
    worker.known["user"].add("zoe")
    worker.retry()

    assert (waiting, len(worker.items), worker.poison) == (2, 0, [])
    assert worker.events == TOLD[:4]


def test_the_limit_counts_from_when_an_event_was_taken_over() -> None:
    worker = Worker(hold=HOUR).take("0 A open agent agent=zoe no-inbound", received=DAY)
    worker.start()

    worker.retry(DAY + HOUR)
    waiting = list(worker.poison)
    worker.retry(DAY + HOUR + 1)

    assert (waiting, worker.poison) == ([], ["user/zoe is not known; apply it, then replay this conversation"])


def test_of_too_many_waiting_events_the_oldest_go_to_the_quarantine() -> None:
    worker = Worker(hold=HOUR, most_waiting=2)
    for number in range(3):
        worker.take("0 A open agent agent=zoe no-inbound", key=f"c{number}", received=DAY + number)

    worker.retry(DAY + 9)

    assert (len(worker.poison), len(worker.items)) == (1, 2)


def test_what_is_held_back_for_a_rule_waits_for_somebody_unknown_when_it_is_decided() -> None:
    worker = Worker(BY_QUEUE, hold=HOUR).take(CALLER, "1 Q open queue queue=q9")
    worker.known["queue"].add("q9")

    worker.retry()

    assert worker.events == TOLD[:2]


def test_a_call_that_silence_closes_waits_for_somebody_unknown_as_long_as_others() -> None:
    worker = Worker(BY_QUEUE, hold=HOUR).take(CALLER, "1 A open agent agent=zoe")

    worker.tick(DAY + SILENCE + 1)
    waits = (worker.events, worker.one.open)
    worker.tick(DAY + SILENCE + HOUR + 2)

    assert (waits, worker.one.open, worker.one.counts.strangers) == (([], 1), 0, {"user/zoe": 1})


def test_a_restart_of_the_platform_tells_nothing_of_somebody_unknown() -> None:
    worker = Worker(Scope(exclude=(Which(queue=("q2",)),))).take(CALLER, "1 A open agent agent=zoe")

    worker.put(item(Event(EVERYBODY, DAY + 5, {"text": "5 X close how=system\n5 A close how=system"}), "acme")[2], EVERYBODY, DAY)

    assert (worker.events, worker.poison, worker.one.open) == ([], [], 1)


def test_a_restart_of_the_platform_leaves_a_conversation_alone_that_waits() -> None:
    worker = Worker(hold=HOUR).take(CALLER, "2 A open agent agent=zoe")

    worker.put(item(Event(EVERYBODY, DAY + 5, {"text": "5 X close how=system"}), "acme")[2], EVERYBODY, DAY)
    worker.known["user"].add("zoe")
    worker.retry()

    assert worker.events == ["externalEstablished", "userEstablished"]


def test_what_an_older_version_remembers_is_understood() -> None:
    worker = Worker().take(CALLER, QUEUED)
    worker.memory["c1"] = orjson.dumps(orjson.loads(worker.memory["c1"])[:5])

    worker.start()
    worker.take(RINGS, OVER)

    assert worker.events == TOLD


# ── while much is caught up with ─────────────────────────────────────────────────────────────────────────────────────


def test_rest_closes_and_forgets_nothing() -> None:
    """What was silent may have its next row among those that are still to come."""
    worker = Worker().take(*CALL).take(CALLER, key="c2")
    later = f"{(max(KEEP, SILENCE) + 1) // 1000} X open customer"
    worker.take(later, key="c3")
    before = (list(worker.told), sorted(worker.talks))

    worker.one.rest()

    assert (worker.told, sorted(worker.talks), worker.one.open) == (*before, 2)
    assert worker.take(QUEUED, key="c2").poison == []


def test_what_rests_is_known_as_before() -> None:
    awake, rested = (Worker().take(*CALL).take("900 X open customer", key="c2") for _ in range(2))

    rested.one.rest()
    for worker in (awake, rested):
        worker.take(OVER, "80 X open customer")

    assert (rested.told, rested.poison, rested.memory) == (awake.told, awake.poison, awake.memory)
