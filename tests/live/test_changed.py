"""What the audit trail names, and what may therefore be taken from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from live.desk import Desk, centre, look, wish

from reconciler.errors import Unavailable
from reconciler.kinds import REGISTRY
from reconciler.live.changed import Kept, Memory, Now, Window, traces
from reconciler.live.detail import reread
from reconciler.live.read import Question
from reconciler.model.call import Answer, Call
from reconciler.model.kind import Options
from reconciler.model.resource import UNKNOWN, Ref, Snapshot, State

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=2), NOON)
QUEUE = REGISTRY["queue"]
ACTIONS = ("MemberAdd", "MemberRemove", "WrapupCodeAdd", "WrapupCodeRemove")
SERVED = {
    "services": [
        {"name": "ContactCenter", "entities": [{"name": "Queue", "actions": list(ACTIONS)}, {"name": "Bare"}]},
        {"name": "X"},
    ]
}


def entry(known: str, queue: str, when: str = "2026-11-22T11:00:00Z") -> dict[str, Any]:
    return {"id": known, "entity": {"id": queue, "type": "Queue"}, "eventDate": when}


class Audits:
    """The trail as a script: entries by action, in pages."""

    def __init__(self, served: Any = SERVED, total: int | None = None, size: int = 500, **entries: list[dict[str, Any]]) -> None:
        self.served, self.total, self.size, self.entries = served, total, size, entries
        self.asked: list[dict[str, Any]] = []

    async def get(self, call: Call) -> Answer:
        assert not call.writes
        if call.method == "GET":
            return Answer(200, orjson.dumps(self.served))
        self.asked.append(call.body)
        found = self.entries.get(call.body["filters"][1]["value"], [])
        start = (call.body["pageNumber"] - 1) * self.size
        pages = -(-len(found) // self.size) or None
        total = len(found) if self.total is None else self.total
        return Answer(200, orjson.dumps({"total": total, "pageCount": pages, "entities": found[start : start + self.size]}))

    async def pages(self, listing: Any, take: Any) -> Any:
        raise AssertionError(listing, take)

    def trace(self, window: Window = WINDOW) -> Any:
        return asyncio.run(traces(self, [QUEUE, REGISTRY["skill"]], window))


def test_fields_that_have_changed_are_named() -> None:
    audits = Audits(
        MemberAdd=[entry("1", "q1"), entry("2", "q2")], MemberRemove=[entry("3", "q1")], WrapupCodeAdd=[entry("4", "q3")]
    )

    found = audits.trace()

    assert found.named == {("q1", "members"), ("q2", "members"), ("q3", "wrapup_codes")}
    assert set(found.entries) == {"1", "2", "3", "4"}


def test_one_request_asks_for_one_action_of_a_day() -> None:
    audits = Audits()

    audits.trace()

    assert [body["filters"][1]["value"] for body in audits.asked] == list(ACTIONS)
    assert audits.asked[0] == {
        "interval": "2026-11-22T10:00:00.000Z/2026-11-22T12:00:00.000Z",
        "serviceName": "ContactCenter",
        "filters": [{"property": "EntityType", "value": "Queue"}, {"property": "Action", "value": "MemberAdd"}],
        "sort": [{"name": "Timestamp", "sortOrder": "ascending"}],
        "pageNumber": 1,
        "pageSize": 500,
    }


@pytest.mark.parametrize(("hours", "parts"), [(0, 0), (1, 1), (24, 1), (25, 2), (72, 3)])
def test_long_times_are_asked_day_by_day(hours: int, parts: int) -> None:
    slices = list(Window(NOON - timedelta(hours=hours), NOON).slices)

    assert len(slices) == parts
    assert all(begin < end <= begin + timedelta(days=1) for begin, end in slices)
    assert [end for _, end in slices][:-1] == [begin for begin, _ in slices][1:]


def test_what_was_followed_up_before_names_nothing_but_is_remembered() -> None:
    found = Audits(MemberAdd=[entry("1", "q1"), entry("2", "q2")]).trace(replace(WINDOW, known=frozenset({"1"})))

    assert found.named == {("q2", "members")}
    assert set(found.entries) == {"1", "2"}


def test_all_pages_are_read() -> None:
    audits = Audits(size=2, MemberAdd=[entry(str(number), f"q{number}") for number in range(5)])

    assert len(audits.trace().named) == 5
    assert [body["pageNumber"] for body in audits.asked if body["filters"][1]["value"] == "MemberAdd"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-22T11:00:00.000Z", datetime(2026, 11, 22, 11, tzinfo=UTC)),
        ("2026-11-22T11:00:00", datetime(2026, 11, 22, 11, tzinfo=UTC)),
        ("2026-11-22T20:00:00+09:00", datetime(2026, 11, 22, 11, tzinfo=UTC)),
    ],
)
def test_when_an_entry_was_written_is_a_time_with_zone(when: str, expected: datetime) -> None:
    assert Audits(MemberAdd=[entry("1", "q1", when)]).trace().entries == {"1": expected}


@pytest.mark.parametrize(
    ("audits", "why"),
    [
        (Audits(served=None), "no mapping of services"),
        (Audits(served={"services": [{"entities": [{"actions": ["MemberAdd"]}]}]}), "no mapping of services"),
        (Audits(served={"services": []}), "does not know MemberAdd, MemberRemove, WrapupCodeAdd, WrapupCodeRemove"),
        (Audits(total=3, MemberAdd=[entry("1", "q1")]), "1 of 3 entries of MemberAdd came"),
        (Audits(MemberAdd=[{"id": "1"}]), "no list of audits"),
        (Audits(MemberAdd=[entry("1", "q1", "yesterday")]), "no list of audits"),
        (Audits(size=1, MemberAdd=[entry(str(n), "q1") for n in range(41)]), "more than 20000 entries of MemberAdd in a day"),
    ],
)
def test_a_trail_that_is_not_whole_proves_nothing(audits: Audits, why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        audits.trace()


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE = ("q1", "members")


def now(count: int | None = 2, *, unseen: bool = False, **away: str) -> Now:
    return Now(count, lambda known: away.get(known, "active"), unseen)


@pytest.mark.parametrize(
    ("kept", "named", "today", "expected"),
    [
        (Kept(("a", "b"), {}, 2), (), now(), ("a", "b")),
        (None, (), now(), None),
        (Kept(("a", "b"), {}, 2), (ONE,), now(), None),
        (Kept(("a", "b"), {}, 2), (("q1", "wrapup_codes"),), now(), ("a", "b")),
        (Kept(("a", "b"), {}, 2), (), now(3), None),
        (Kept(("a", "b"), {}, 2), (), now(None), None),
        (Kept(("a", "b"), {}, 2), (), now(unseen=True), None),
        (Kept(("a", "b"), {}, 2), (), now(b="inactive"), None),
        (Kept(("a", "b"), {"b": "inactive"}, 2), (), now(b="inactive"), ("a", "b")),
        (Kept(("a", "b"), {"b": "inactive"}, 2), (), now(), None),
        (Kept((), {}, None), (), now(None), ()),
    ],
)
def test_memory_serves_while_nothing_speaks_against_it(
    kept: Kept | None, named: tuple[Any, ...], today: Now, expected: tuple[str, ...] | None
) -> None:
    memory = Memory({ONE: kept} if kept else {}, frozenset(named))

    assert memory.recall(ONE, today) == expected
    assert (ONE in memory.recalled, ONE in memory.fresh) == (expected is not None,) * 2


def test_what_was_read_is_remembered_with_what_the_lists_said() -> None:
    memory = Memory()
    memory.recall(ONE, now(2, b="inactive"))

    memory.note(ONE, ["a", "b"])

    assert memory.fresh == {ONE: Kept(("a", "b"), {"b": "inactive"}, 2)}
    assert (memory.count(ONE), memory.recalled) == (2, set())


def test_a_doubt_forgets() -> None:
    memory = Memory({ONE: Kept(("a",), {}, 2)})
    memory.recall(ONE, now())

    memory.doubt(ONE)
    memory.doubt(ONE)

    assert (memory.fresh, memory.recalled) == ({}, set())


# ── reading with a memory ────────────────────────────────────────────────────────────────────────────────────────────

Q = Ref("queue", "q")
MEMBERS, CODES = "/api/v2/routing/queues/q-q/members?memberBy=user", "/api/v2/routing/queues/q-q/wrapupcodes"
WISH = wish("queue/q", name="Q", members=frozenset(), wrapup_codes=frozenset())


def desk(members: tuple[str, ...] = ("u1",), **more: Any) -> Desk:
    users = [{"id": one, "name": one, "email": f"{one}@x", "skills": [], "languages": []} for one in ("u1", "u2")]
    found = centre(users=users, queues=[{"id": "q-q", "name": "Q", "userMemberCount": len(members), **more}])
    return replace(found, pages_of={**found.pages_of, MEMBERS: [[{"id": one} for one in members]]})


def remembered(memory: Memory | None = None, at: Desk | None = None) -> tuple[Snapshot, Memory, Desk]:
    memory, at = memory or Memory(), at or desk()
    return look(at, WISH, bound={"queue/q": "q-q", "user/ann": "u1"}, memory=memory), memory, at


def test_details_that_were_read_once_are_not_read_again() -> None:
    _, first, _ = remembered()

    live, second, at = remembered(Memory(dict(first.fresh)))

    assert live.live[Q].fields["members"] == {"ann"}
    assert live.live[Q].fields["wrapup_codes"] == frozenset()
    assert at.asked_for("q-q") == []
    assert second.fresh == first.fresh


@pytest.mark.parametrize(
    ("named", "at", "expected"),
    [
        ({("q-q", "members")}, desk(), [MEMBERS]),
        ({("q-q", "wrapup_codes")}, desk(), [CODES]),
        (set(), desk(("u1", "u2")), [MEMBERS]),
        (set(), desk(memberGroups=[{"id": "g"}]), [MEMBERS, CODES]),
        (set(), desk(()), []),
    ],
)
def test_what_may_have_changed_is_read(named: set[Any], at: Desk, expected: list[str]) -> None:
    _, first, _ = remembered()

    remembered(Memory(dict(first.fresh), frozenset(named)), at)

    assert at.asked_for("q-q") == expected


def test_a_member_who_left_the_lists_makes_the_queue_be_read() -> None:
    _, first, _ = remembered()
    without = desk()
    without.pages_of = {**without.pages_of, "/api/v2/users?state=active": [[]]}

    _, _, at = remembered(Memory(dict(first.fresh)), without)

    assert at.asked_for("q-q") == [MEMBERS]


def test_what_was_not_read_to_its_end_is_not_remembered() -> None:
    _, memory, _ = remembered(at=replace(desk(), doubts=frozenset({MEMBERS})))

    assert set(memory.fresh) == {("q-q", "wrapup_codes")}


def again(live: Snapshot, memory: Memory, at: Desk, only: Callable[[Ref], bool] = lambda _ref: True) -> Snapshot:
    question = Question(
        list(REGISTRY.values()), State({WISH.ref: WISH}), {}, Options(source="acme"), lambda _ids: {}, memory=memory
    )
    return asyncio.run(reread(at, question, live, [ref for ref in live.live if only(ref)]))


def test_what_was_recalled_is_read_before_anything_rests_on_it() -> None:
    _, first, _ = remembered()
    live, memory, at = remembered(Memory(dict(first.fresh)))
    at.pages_of = {**at.pages_of, MEMBERS: [[{"id": "u1"}, {"id": "u2"}, {"id": "u9"}]]}

    fresh = again(live, memory, at)

    assert fresh.live[Q].fields["members"] == {"ann", "~u2", "~u9"}
    assert fresh.ids[Ref("user", "~u9")] == "u9"
    assert at.asked_for("q-q") == [MEMBERS, CODES]
    assert memory.recalled == set()


def test_what_was_read_already_is_not_read_twice() -> None:
    live, memory, at = remembered()
    before = len(at.asked)

    again(live, memory, at)

    assert len(at.asked) == before


def test_only_what_is_asked_about_is_read_again() -> None:
    _, first, _ = remembered()
    live, memory, at = remembered(Memory(dict(first.fresh)))

    again(live, memory, at, lambda ref: ref.kind == "user")

    assert at.asked_for("q-q") == []


def test_what_cannot_be_read_again_becomes_unknown() -> None:
    _, first, _ = remembered()
    live, memory, at = remembered(Memory(dict(first.fresh)))
    at.doubts = frozenset({MEMBERS})

    fresh = again(live, memory, at)

    assert fresh.live[Q].fields["members"] is UNKNOWN
    assert fresh.warnings == ("queue/q members: not read completely (page 2 did not come); left alone",)
