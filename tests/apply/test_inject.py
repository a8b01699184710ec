"""Injection against a service that refuses, is slow, is away and loses answers, on virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import orjson
import pytest
from clock import run, until
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply.inject import Injector, Telling
from reconciler.errors import Lost, NotAuthorised, Rejected, Unavailable
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, Op, Outcome, Result
from reconciler.model.event import EventKind, Ids, Refused, Told
from reconciler.model.resource import Ref

PRESENCE, ROUTING = "presence_event", "routing_status_event"
TRIES = 4


def change(lane: str, name: str, kind: str = PRESENCE) -> Told:
    return Told(lane, Change(Op.CREATE, Ref(kind, name), lane))


def _call(changes: Sequence[Change], ids: Ids) -> Call:
    """A name with `unbound` in it is of an object that Genesys Cloud does not have."""
    for one in changes:
        ids.id("user", one.ref.key)
    return Call("POST", f"/{changes[0].ref.kind}", body=[(one.ref.key, one.name) for one in changes])


def _refused(answer: Answer) -> dict[str, Refused]:
    return {name: Refused(message, retryable) for name, message, retryable in answer.json()}


KINDS = {name: EventKind(name, 100, _call, _refused) for name in (PRESENCE, ROUTING)}


class Names:
    def id(self, kind: str, key: str) -> str:
        if "unbound" in key:
            raise LookupError(f"{kind}/{key} is not bound")
        return key


@dataclass
class Service:
    """A service with a script: `fates` are used up request by request, then every request is carried out.

    What is in a name decides of its event: `poison` makes the service reject the whole request, `refused` is refused for good,
    `retry2` twice for the moment.
    """

    fates: Iterable[str] = ()
    seconds: float = 0.1
    requests: list[list[str]] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    under_way: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._fates = iter(self.fates)

    async def __call__(self, call: Call) -> Answer:
        fate = next(self._fates, "done")
        self.requests.append([name for name, _ in call.body])
        self.began.append(asyncio.get_running_loop().time())
        lanes = Counter(lane for _, lane in call.body)
        self.under_way += lanes
        assert max(self.under_way.values()) == 1, "two of one lane at once"
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(call, fate)
        finally:
            self.at_once -= 1
            self.under_way -= lanes

    async def _answer(self, call: Call, fate: str) -> Answer:
        await asyncio.sleep(self.seconds * (20 if fate == "slow" else 1))
        if fate == "unavailable":
            raise Unavailable(call.operation, 503, "service.unavailable", "later")
        if fate == "lost before":
            raise Lost(call.operation, 504, "gateway.timeout", "no answer")
        if fate == "unauthorised":
            raise NotAuthorised(call.operation, 403, "missing.permission", "no")
        names = [name for name, _ in call.body]
        if any("poison" in name for name in names):
            raise Rejected(call.operation, 400, "bad.request", "wrong")
        errors = [said for name in names if (said := self._refusal(name))]
        self.accepted += [name for name in names if name not in {said[0] for said in errors}]
        if fate == "lost after":
            raise Lost(call.operation, 504, "gateway.timeout", "no answer")
        return Answer(200, orjson.dumps(errors))

    def _refusal(self, name: str) -> tuple[str, str, bool] | None:
        self.refusals[name] += 1
        if "refused" in name:
            return name, "no such agent", False
        if "retry" in name and self.refusals[name] <= int(name.partition("retry")[2][0]):
            return name, "not now", True
        return None


class Desk:
    """An injector at work, and what it said became of everything."""

    def __init__(self, service: Callable[[Call], Any], **more: Any) -> None:
        self.outcomes: list[Outcome] = []
        terms: Mapping[str, Any] = {"kinds": KINDS, "ids": Names(), "settled": self.outcomes.append, "tries": TRIES, **more}
        self.injector = Injector(Telling(send=service, **terms))

    async def work(self, *changes: Told, every: float = 1.0) -> None:
        """Until everything is settled, which is asked `every` so many seconds."""
        self.injector.add(changes)
        task = asyncio.ensure_future(self.injector.run())
        await until(lambda: not self.injector.waiting or task.done(), every=every)
        if task.done():
            task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    @property
    def said(self) -> dict[str, str]:
        return {one.change.ref.key: one.note or one.result.value for one in self.outcomes}


def told(service: Service, *changes: Told, **more: Any) -> Desk:
    """What became of these changes."""
    desk = Desk(service, **more)
    run(desk.work(*changes))
    return desk


# ── one thing after the other ────────────────────────────────────────────────────────────────────────────────────────


def test_changes_of_many_lanes_share_a_request() -> None:
    service = Service()

    desk = told(service, *(change(f"agent {number}", f"{number}") for number in range(250)))

    assert [len(one) for one in service.requests] == [100, 100, 50]
    assert (len(desk.outcomes), desk.injector.sent) == (250, 250)


def test_changes_of_one_lane_go_one_after_the_other() -> None:
    service = Service()

    told(service, *(change("ann", f"{number}", (PRESENCE, ROUTING)[number % 2]) for number in range(4)))

    assert service.requests == [["0"], ["1"], ["2"], ["3"]]


def test_an_event_refused_for_good_fails_with_the_service_s_words() -> None:
    desk = told(Service(), change("ann", "a refused"), change("bob", "b"))

    assert desk.said == {"a refused": "no such agent", "b": "done"}


def test_an_event_refused_for_the_moment_is_sent_again_before_its_lane_goes_on() -> None:
    service = Service()

    desk = told(service, change("ann", "a1 retry2"), change("ann", "a2"), change("bob", "b"))

    assert service.requests == [["a1 retry2", "b"], ["a1 retry2"], ["a1 retry2"], ["a2"]]
    assert set(desk.said.values()) == {"done"}


def test_an_event_that_is_refused_for_the_moment_too_often_fails() -> None:
    service = Service()

    desk = told(service, change("ann", "a retry9"))

    assert (desk.said, len(service.requests)) == ({"a retry9": "not now"}, TRIES)


def test_the_waits_between_tries_grow() -> None:
    service = Service(seconds=0)

    told(service, change("ann", "a retry3"))

    assert [round(one) for one in service.began] == [0, 1, 3, 7]


def test_a_request_refused_as_a_whole_is_halved_until_the_guilty_event_stands_alone() -> None:
    service = Service()

    desk = told(service, *(change(f"{number}", f"{number}") for number in range(7)), change("eve", "poison"))

    assert {name: said for name, said in desk.said.items() if said != "done"} == {
        "poison": "POST /presence_event: 400 bad.request: wrong"
    }
    assert sorted(service.accepted) == [f"{number}" for number in range(7)]
    assert len(service.requests) == 7


def test_an_event_of_an_object_that_is_not_there_costs_no_request() -> None:
    service = Service()

    desk = told(service, change("ann", "a"), change("bob", "b unbound"))

    assert desk.said == {"a": "done", "b unbound": "user/b unbound is not bound"}
    assert service.requests == [["a"]]


@pytest.mark.parametrize("fate", ["unavailable", "lost before", "lost after"])
def test_what_is_not_known_to_be_carried_out_is_sent_again_with_the_same_ids(fate: str) -> None:
    service = Service([fate, fate])

    desk = told(service, change("ann", "a1"), change("ann", "a2"), change("bob", "b1"))

    assert service.requests == [["a1", "b1"]] * 3 + [["a2"]]
    assert desk.said == {"a1": "done", "b1": "done", "a2": "done"}


def test_while_nobody_answers_attempts_become_rare_and_go_on() -> None:
    service = Service(["unavailable"] * 9, seconds=0)

    told(service, change("ann", "a"))

    waits = [round(two - one) for one, two in pairwise(service.began)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_a_service_that_is_away_for_a_day_is_waited_for() -> None:
    service = Service(["unavailable"] * 2_900, seconds=0)

    desk = Desk(service)

    run(desk.work(change("ann", "a"), every=60))

    assert desk.said == {"a": "done"}
    assert service.began[-1] > 24 * 3600


def test_however_often_an_event_is_sent_again_no_wait_is_longer_than_half_a_minute() -> None:
    service = Service(seconds=0)

    told(service, change("ann", "a retry9"), tries=10)

    assert max(two - one for one, two in pairwise(service.began)) == pytest.approx(30)


def test_work_that_is_not_patient_gives_up_with_the_reason() -> None:
    service = Service(["unavailable"] * 99)
    desk = Desk(service, patient=False)

    with pytest.raises(Unavailable, match="later"):
        run(desk.work(change("ann", "a")))

    assert (len(service.requests), desk.outcomes) == (TRIES, [])


def test_credentials_that_are_refused_end_the_work() -> None:
    desk = Desk(Service(["unauthorised"]))

    with pytest.raises(NotAuthorised, match="no"):
        run(desk.work(change("ann", "a")))

    assert desk.outcomes == []


def test_a_service_that_refuses_a_request_has_answered() -> None:
    """Attempts are rare only while nobody answers."""
    service = Service(["unavailable"] * 5, seconds=0)

    told(service, *(change("ann", f"poison {number}") for number in range(3)))

    assert service.began[-1] - service.began[-3] < 1


@pytest.mark.parametrize("fates", [["slow"] * 9, ["lost after", "slow", "slow", "slow", "slow", "slow"]])
def test_never_more_requests_are_under_way_than_allowed(fates: list[str]) -> None:
    service = Service(fates, seconds=2)

    told(service, *(change(f"{number}", f"{number}") for number in range(900)), parallelism=2)

    assert service.most_at_once == 2


def test_while_nobody_answers_there_is_one_attempt_at_a_time() -> None:
    service = Service(["unavailable"] * 6, seconds=50)

    told(service, *(change(f"{number}", f"{number}") for number in range(900)), parallelism=3)

    assert service.began[:3] == [0, 0, 0]
    assert all(two - one > 50 for one, two in pairwise(service.began[2:7]))


def test_a_request_waits_for_its_turn_in_the_budget() -> None:
    service, seconds = Service(), deque([3.0, 2.0, 0.0])

    told(service, change("ann", "a"), wait=lambda: seconds.popleft() if seconds else 0.0)

    assert service.began == [pytest.approx(5)]


def test_what_waits_for_its_turn_is_joined_by_what_comes_meanwhile() -> None:
    service = Service()
    desk = Desk(service, wait=lambda: max(0.0, 5.0 - asyncio.get_running_loop().time()))

    async def work() -> None:
        task = asyncio.ensure_future(desk.work(change("ann", "a")))
        await asyncio.sleep(4)
        desk.injector.add([change("bob", "b")])
        await task

    run(work())

    assert service.requests == [["a", "b"]]


def test_requests_under_way_are_heard_out_at_the_end() -> None:
    desk = Desk(Service(seconds=5))

    async def work() -> None:
        desk.injector.add([change("ann", "a1"), change("ann", "a2")])
        task = asyncio.ensure_future(desk.injector.run())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())

    assert desk.said == {"a1": "done"}


def test_a_request_that_does_not_end_is_not_waited_for_at_the_end() -> None:
    desk = Desk(Service(seconds=5_000))

    async def work() -> float:
        desk.injector.add([change("ann", "a")])
        task = asyncio.ensure_future(desk.injector.run())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return asyncio.get_running_loop().time()

    assert run(work()) <= 15
    assert desk.outcomes == []


# ── lanes that are another worker's ──────────────────────────────────────────────────────────────────────────────────


def test_a_lane_that_is_not_surely_ours_waits_until_that_was_asked_again() -> None:
    service, held = Service(), {"bob", "eve"}
    desk = Desk(service, is_held=lambda lane: lane in held)

    async def work() -> None:
        task = asyncio.ensure_future(desk.work(change("ann", "a"), change("bob", "b"), change("eve", "e retry2")))
        await asyncio.sleep(1)
        held.add("ann")
        desk.injector.resume()
        await asyncio.sleep(1)
        desk.injector.resume()
        await task

    run(work())

    assert service.requests == [["b", "e retry2"], ["a"], ["e retry2"], ["e retry2"]]


def test_a_hold_that_ends_while_it_is_asked_for_is_believed_once() -> None:
    """Asked twice it could say both: then the change would be sent and put aside."""
    service, answers = Service(seconds=2), iter([True, False])
    desk = Desk(service, is_held=lambda _lane: next(answers, True))

    async def work() -> None:
        task = asyncio.ensure_future(desk.work(change("ann", "a1"), change("ann", "a2")))
        for _ in range(20):
            await asyncio.sleep(0.5)
            desk.injector.resume()
        await task

    run(work())

    assert service.requests == [["a1"], ["a2"]]


@pytest.mark.parametrize("why", ["parked", "resting", "under way"])
def test_nothing_of_a_dropped_lane_is_told_again(why: str) -> None:
    service, held = Service(["lost after"] if why == "under way" else []), why != "parked"
    desk = Desk(service, is_held=lambda _lane: held)

    async def work() -> None:
        task = asyncio.ensure_future(desk.work(change("ann", "a retry9"), change("ann", "a2")))
        await asyncio.sleep(0.5 if why == "resting" else 0.05)
        desk.injector.drop(["ann"])
        for _ in range(50):
            desk.injector.resume()
            await asyncio.sleep(0.2)
        await task

    run(work())

    assert len(service.requests) == (0 if why == "parked" else 1)
    assert (desk.injector.waiting, desk.outcomes) == (0, [])


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Budget:
    """300 requests a minute, evenly in time."""

    def __init__(self, service: Service) -> None:
        self._service, self._next = service, 0.0

    def wait(self) -> float:
        return max(0.0, self._next - asyncio.get_running_loop().time())

    async def send(self, call: Call) -> Answer:
        self._next = max(self._next, asyncio.get_running_loop().time()) + 0.2
        return await self._service(call)


def test_requests_are_full_while_more_is_due_than_can_go() -> None:
    service = Service(seconds=0.3)
    budget, numbers = Budget(service), count()
    desk = Desk(budget.send, wait=budget.wait)

    async def flood() -> None:
        """10,000 agents in turn; each turn is a presence and a routing status: 600 events a second."""
        for second in range(60):
            agents = [f"agent {(second * 300 + number) % 10_000}" for number in range(300)]
            desk.injector.add(change(agent, f"{next(numbers)}", kind) for agent in agents for kind in (PRESENCE, ROUTING))
            await asyncio.sleep(1)

    async def work() -> None:
        await asyncio.gather(flood(), desk.work())

    async def both() -> None:
        desk.injector.add([change("first", "first")])
        await work()

    run(both())

    assert all(two - one > 0.199 for one, two in pairwise(service.began))
    full = [len(one) for one, at in zip(service.requests, service.began, strict=True) if 2 < at < 60]
    assert sum(full) / len(full) > 95
    assert sum(full) / 58 > 475


def test_events_are_told_within_two_seconds_while_less_is_due_than_can_go() -> None:
    service = Service(seconds=0.3)
    budget, due, late = Budget(service), dict[str, float](), list[float]()
    desk = Desk(
        budget.send,
        wait=budget.wait,
        settled=lambda one: late.append(asyncio.get_running_loop().time() - due[one.change.ref.key]),
    )

    async def trickle() -> None:
        """300 events a second: one agent after the other, both kinds."""
        for number in range(60 * 150):
            made = [change(f"agent {number % 5_000}", f"{kind} {number}", kind) for kind in (PRESENCE, ROUTING)]
            due.update(dict.fromkeys((one.change.ref.key for one in made), asyncio.get_running_loop().time()))
            desk.injector.add(made)
            await asyncio.sleep(1 / 150)

    async def work() -> None:
        task = asyncio.ensure_future(trickle())
        await asyncio.sleep(0.1)
        await desk.work()
        await task

    run(work())

    assert len(late) > 15_000
    assert sorted(late)[len(late) * 99 // 100] < 2


# ── any life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FATES = ("done", "done", "slow", "lost before", "lost after", "unavailable")
NATURES = ("", "", "", "refused", "poison", "unbound", "retry1", "retry2", "retry9")
lives = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.sampled_from((PRESENCE, ROUTING)), st.sampled_from(NATURES), st.sampled_from((0, 0, 0.3, 5))
    ),
    min_size=1,
    max_size=25,
)


def fails(name: str) -> bool:
    return any(nature in name for nature in ("refused", "poison", "unbound", "retry9"))


def per_lane(names: Iterable[str]) -> dict[str, list[str]]:
    """The names of a lane, which is their first letter, each once: a repetition is the same event."""
    found: dict[str, dict[str, None]] = {}
    for name in names:
        found.setdefault(name[0], {})[name] = None
    return {lane: [*names] for lane, names in found.items()}


@settings(max_examples=60, deadline=None)
@given(lives, st.lists(st.sampled_from(FATES), max_size=25), st.integers(1, 3), st.sampled_from((1, 3, 100)))
def test_nothing_is_lost_or_overtaken_whatever_becomes_of_requests(
    life: list[tuple[str, str, str, float]], fates: list[str], parallelism: int, batch: int
) -> None:
    service = Service(fates)
    kinds = {name: EventKind(name, batch, _call, _refused) for name in KINDS}
    desk = Desk(service, parallelism=parallelism, kinds=kinds)
    changes = [(change(lane, f"{lane}{number} {nature}", kind), wait) for number, (lane, kind, nature, wait) in enumerate(life)]
    names = [one.change.ref.key for one, _ in changes]

    async def feed() -> None:
        for one, wait in changes:
            await asyncio.sleep(wait)
            desk.injector.add([one])

    async def work() -> None:
        feeding, task = asyncio.ensure_future(feed()), asyncio.ensure_future(desk.injector.run())
        await feeding
        await until(lambda: not desk.injector.waiting)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())

    assert per_lane(one.change.ref.key for one in desk.outcomes) == per_lane(names)
    assert len(desk.outcomes) == len(names)
    assert {name for name in names if fails(name)} == {one.change.ref.key for one in desk.outcomes if one.result is Result.FAILED}
    assert per_lane(service.accepted) == per_lane(name for name in names if not fails(name))
    assert all(len(one) <= batch for one in service.requests)
    assert service.most_at_once <= parallelism


def number_of(name: str) -> int:
    return int(name[1:].partition(" ")[0])


class Shared:
    """Two lanes of one partition, held by this worker or by another one. What is not settled is handed out again, in order."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.open: list[Told] = []
        self.settled: list[str] = []
        self.is_held = True
        self.dropped: set[str] = set()
        self.injector = Injector(Telling(KINDS, self.send, Names(), self.hear, is_held=lambda _lane: self.is_held, tries=TRIES))

    async def send(self, call: Call) -> Answer:
        assert self.is_held
        assert not self.dropped & {name for name, _ in call.body}, "forgotten, and told all the same"
        return await self.service(call)

    def hear(self, outcome: Outcome) -> None:
        """As `Pending` does: an outcome of something forgotten is none, and of two of the same event the first one counts."""
        if self.is_held:
            self.over(outcome.change.ref.key)

    def over(self, name: str) -> None:
        if name in {one.change.ref.key for one in self.open}:
            self.open = [one for one in self.open if one.change.ref.key != name]
            self.settled.append(name)

    def publish(self, one: Told) -> None:
        self.open.append(one)
        if self.is_held:
            self.injector.add([one])

    def lose(self) -> None:
        """Noticed at once here; another worker comes only after what was under way has ended."""
        if self.is_held:
            self.is_held = False
            self.dropped = {one.change.ref.key for one in self.open}
            self.injector.drop({one.lane for one in self.open})

    async def elsewhere(self, many: int) -> None:
        """The other worker tells and settles the next changes."""
        await until(lambda: not self.service.at_once)
        for one in list(self.open[:many]) if not self.is_held else ():
            self.service.accepted.append(one.change.ref.key)
            self.over(one.change.ref.key)

    def take(self) -> None:
        """While requests from before may still be under way: whoever loses a partition can be the next to have it."""
        if not self.is_held:
            self.is_held, self.dropped = True, set()
            self.injector.add(self.open)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(("publish", "publish", "lose", "elsewhere", "take", "resume")), st.integers(0, 3)), max_size=40
    ),
    st.lists(st.sampled_from(FATES), max_size=25),
)
def test_order_holds_over_partitions_that_go_and_come_back(steps: list[tuple[str, int]], fates: list[str]) -> None:
    shared, numbers = Shared(Service(fates, seconds=0.3)), count()

    async def step(what: str, number: int) -> None:
        if what == "publish":
            lane = "ab"[number % 2]
            shared.publish(change(lane, f"{lane}{next(numbers)} {'retry1' if number > 1 else ''}"))
        elif what == "elsewhere":
            await shared.elsewhere(number)
        else:
            {"lose": shared.lose, "take": shared.take, "resume": shared.injector.resume}[what]()
        await asyncio.sleep(0.1 * number)

    async def work() -> None:
        task = asyncio.ensure_future(shared.injector.run())
        for what, number in steps:
            await step(what, number)
        shared.take()
        while shared.injector.waiting:
            shared.injector.resume()
            await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())

    published = [*range(next(numbers))]
    assert shared.open == []
    assert sorted(number_of(name) for name in shared.settled) == published
    for found in (shared.service.accepted, shared.settled):
        assert all(names == sorted(names, key=number_of) for names in per_lane(found).values())
