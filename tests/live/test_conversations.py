"""Conversations read back: proven complete or not, in few requests, looked into leg by leg."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pytest

from reconciler.errors import NotFound, Rejected, Unavailable
from reconciler.live import conversations
from reconciler.live.conversations import DETAILS, QUERY, SINGLES, TOO_LARGE, Conversations
from reconciler.model.call import Answer, Call
from reconciler.model.seen import Readback, Seen, SeenLeg

Json = dict[str, Any]
BEGIN = int(datetime.fromisoformat("2026-11-21T00:00Z").timestamp() * 1000)
HOUR = 3_600_000
KEYS = {("user", "u1"): "a1", ("queue", "r1"): "q1"}


def segment(kind: str, **more: Any) -> Json:
    return {"segmentType": kind, "segmentStart": "2026-11-21T00:00:01.000Z", **more}


def conversation(number: int, *participants: Json, **more: Any) -> Json:
    shown = participants or ({"purpose": "customer", "sessions": [{"sessionId": "s", "segments": [segment("interact")]}]},)
    return {
        "conversationId": f"c{number}",
        "conversationStart": f"2026-11-21T{number % 24:02}:00:00.000Z",
        "participants": [*shown],
        **more,
    }


@dataclass
class Desk:
    """Analytics with so many conversations, and what was asked of it. `shape` makes an answer of a page what it should not be."""

    there: list[Json] = field(default_factory=list)
    singles: dict[str, Json] = field(default_factory=dict)
    shape: Callable[[Json], Json] = lambda body: body
    too_large: int = 1 << 60
    asked: list[Call] = field(default_factory=list)

    async def get(self, call: Call) -> Answer:
        self.asked.append(call)
        if call.path == QUERY:
            return Answer(200, orjson.dumps(self.shape(self._queried(call.body))))
        if call.path == DETAILS:
            known = set(call.query["id"])
            return Answer(200, orjson.dumps({"conversations": [one for one in self.there if one["conversationId"] in known]}))
        if call.ids["conversationId"] not in self.singles:
            raise NotFound(call.operation, 404, "not.found", "nothing here")
        return Answer(200, orjson.dumps(self.singles[call.ids["conversationId"]]))

    def _queried(self, body: Json) -> Json:
        begin, end = body["interval"].split("/")
        found = [one for one in self.there if begin <= one["conversationStart"] < end]
        if len(found) > self.too_large:
            raise Rejected(f"POST {QUERY}", 400, TOO_LARGE, "too much")
        size, number = body["paging"]["pageSize"], body["paging"]["pageNumber"]
        return {"conversations": found[(number - 1) * size : number * size], "totalHits": len(found)}

    async def pages(self, *_: Any) -> Any:
        raise NotImplementedError

    def read(self, hours: int = 24, *, ids: Iterable[str] = (), into: Iterable[str] = ()) -> Readback:
        async def work() -> Readback:
            reading = Conversations(self, KEYS)
            await reading.period(BEGIN, BEGIN + hours * HOUR)
            await reading.by_id(list(ids))
            await reading.look_into(list(into))
            return reading.readback

        return asyncio.run(work())


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3)])
def test_a_day_costs_a_request_per_hundred(count: int, requests: int) -> None:
    desk = Desk([conversation(one) for one in range(count)])

    found = desk.read()

    assert (len(found.seen), found.proof.complete, len(desk.asked)) == (count, True, requests)


def test_a_month_and_a_day_is_asked_in_two_parts() -> None:
    desk = Desk()

    desk.read(hours=32 * 24)

    assert [one.body["interval"] for one in desk.asked] == [
        "2026-11-21T00:00:00.000Z/2026-12-22T00:00:00.000Z",
        "2026-12-22T00:00:00.000Z/2026-12-23T00:00:00.000Z",
    ]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (lambda body: body | {"conversations": body["conversations"][:40]}, "80 of 150 conversations"),
        (lambda body: body | {"totalHits": 151}, "150 of 151 conversations"),
        (lambda body: body | {"conversations": []}, "0 of 150 conversations"),
    ],
)
def test_pages_that_do_not_add_up_prove_nothing(shape: Callable[[Json], Json], reason: str) -> None:
    found = Desk([conversation(one) for one in range(150)], shape=shape).read()

    assert not found.proof.complete
    assert found.proof.reason.startswith(reason)


def test_a_total_that_is_too_small_hides_no_page() -> None:
    desk = Desk([conversation(one) for one in range(150)], shape=lambda body: body | {"totalHits": 1})

    assert len(desk.read().seen) == 150


def test_a_conversation_that_shifts_to_another_page_counts_once() -> None:
    twice = [conversation(one) for one in range(100)]
    desk = Desk([*twice, twice[-1], conversation(100)])

    found = desk.read()

    assert (len(found.seen), found.proof.complete) == (101, False)


def test_an_answer_that_is_too_large_is_asked_for_in_halves() -> None:
    desk = Desk([conversation(one) for one in range(48)], too_large=12)

    found = desk.read()

    assert (len(found.seen), found.proof.complete, len(desk.asked)) == (48, True, 7)


def test_a_minute_with_too_many_proves_nothing() -> None:
    desk = Desk([conversation(24) for _ in range(3)], too_large=2)

    found = desk.read()

    assert not found.proof.complete
    assert "more than 10,000 conversations from 2026-11-21T00:00:00.000Z" in found.proof.reason


def test_an_answer_of_another_kind_is_an_error() -> None:
    with pytest.raises(Unavailable, match="no list of conversations"):
        Desk([conversation(1)], shape=lambda _body: {"conversations": [1]}).read()


def test_ids_are_asked_for_a_hundred_at_a_time() -> None:
    desk = Desk([conversation(one) | {"conversationStart": "2026-11-20T23:59:59.000Z"} for one in range(150)])

    found = desk.read(ids=[f"c{one}" for one in range(250)])

    assert (len(found.seen), [one.path for one in desk.asked]) == (150, [QUERY, DETAILS, DETAILS, DETAILS])


@pytest.mark.parametrize(
    "lacking",
    [
        {"participants": []},
        {"participants": [{"purpose": "customer"}]},
        {"participants": [{"purpose": "customer", "sessions": [{"sessionId": "s"}]}]},
        {"participants": [{"purpose": "customer", "sessions": [{"segments": [segment("interact")]}]}]},
    ],
)
def test_legs_that_did_not_come_are_unread_not_absent(lacking: Json) -> None:
    found = Desk([conversation(1) | lacking]).read()

    assert (found.seen, found.unread) == ({}, {"c1"})


def test_only_so_many_are_read_one_by_one() -> None:
    desk = Desk([conversation(one) | {"participants": []} for one in range(SINGLES + 5)])

    found = desk.read(into=[f"c{one}" for one in range(SINGLES + 5)])

    assert sum(one.path == conversations.ONE for one in desk.asked) == SINGLES
    assert len(found.unread) == SINGLES + 5


def test_a_session_is_looked_into() -> None:
    session = {
        "sessionId": "s1",
        "provider": "PBX",
        "segments": [
            segment("alert", queueId="r1"),
            segment("interact"),
            segment("hold"),
            segment("interact", disconnectType="conferenceTransfer", segmentEnd="2026-11-21T00:09:00.000Z"),
            segment("wrapup", wrapUpCode="w1"),
        ],
    }
    agent = {"purpose": "agent", "userId": "u1", "sessions": [session]}

    found = Desk([conversation(1, agent, externalTag="t1", originatingDirection="outbound")]).read().seen["c1"]

    leg = SeenLeg("agent", "a1", "q1", True, 1, False, True, BEGIN + 540_000, True, True)
    assert found == Seen("c1", BEGIN + HOUR, "t1", True, {"s1": leg}, frozenset({"PBX"}))


@pytest.mark.parametrize(
    ("segments", "leg"),
    [
        ([segment("alert")], SeenLeg("agent")),
        ([segment("dialing")], SeenLeg("agent")),
        ([segment("interact"), segment("hold")], SeenLeg("agent", answered=True, holds=1, held=True)),
        ([segment("alert", disconnectType="system")], SeenLeg("agent", ended=True)),
        ([segment("interact", disconnectType="peer"), segment("wrapup")], SeenLeg("agent", answered=True, ended=True)),
    ],
)
def test_a_leg_is_as_far_as_its_segments_say(segments: list[Json], leg: SeenLeg) -> None:
    agent = {"purpose": "agent", "sessions": [{"sessionId": "s1", "segments": segments}]}

    assert Desk([conversation(1, agent)]).read().seen["c1"].legs == {"s1": leg}


def test_work_that_was_skipped_is_done() -> None:
    session = {"sessionId": "s1", "acwSkipped": True, "segments": [segment("interact", disconnectType="peer"), segment("wrapup")]}

    found = Desk([conversation(1, {"purpose": "agent", "sessions": [session]})]).read().seen["c1"]

    assert found.legs["s1"].disposed


def test_users_and_queues_nobody_knows_keep_their_ids() -> None:
    session = {"sessionId": "s1", "segments": [segment("interact", queueId="r9")]}

    found = Desk([conversation(1, {"purpose": "agent", "userId": "u9", "sessions": [session]})]).read().seen["c1"]

    assert (found.legs["s1"].user, found.legs["s1"].queue) == ("u9", "r9")


def test_a_conversation_read_by_itself_says_the_same() -> None:
    call = {
        "id": "s1",
        "direction": "outbound",
        "provider": "PBX",
        "connectedTime": "2026-11-21T01:00:00.000Z",
        "disconnectedTime": "2026-11-21T01:09:00.000Z",
        "disconnectType": "transfer.conference",
        "segments": [{"type": "Hold"}, {"type": "interact"}],
        "afterCallWork": {"state": "skipped"},
    }
    body = {
        "id": "c1",
        "startTime": "2026-11-21T01:00:00.000Z",
        "externalTag": "t1",
        "participants": [{"purpose": "agent", "userId": "u1", "queueId": "r1", "calls": [call]}],
    }
    desk = Desk([conversation(1) | {"participants": []}], {"c1": body})

    found = desk.read(into=["c1"])

    leg = SeenLeg("agent", "a1", "q1", True, 1, False, True, BEGIN + HOUR + 540_000, True, True)
    assert found.seen == {"c1": Seen("c1", BEGIN + HOUR, "t1", True, {"s1": leg}, frozenset({"PBX"}))}
    assert found.unread == set()


def test_a_hold_that_lasts_counts_though_it_has_no_segment() -> None:
    call = {"id": "s1", "connectedTime": "2026-11-21T01:00:00.000Z", "held": True, "segments": [{"type": "hold"}]}
    body = {"id": "c1", "participants": [{"purpose": "agent", "calls": [call]}]}

    found = Desk([conversation(1) | {"participants": []}], {"c1": body}).read(into=["c1"])

    assert found.seen["c1"].legs["s1"] == SeenLeg("agent", answered=True, holds=2, held=True)
