"""When a remembered value may be believed, and what the audit trail has to say for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from reconciler.errors import Unavailable
from reconciler.kinds import REGISTRY
from reconciler.live.changed import Kept, Memory, Now, Traces, Window, traces
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.resource import Proof

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOON - HOUR, NOON)
FIELD = ("q-1", "members")
ACTIONS = ("MemberAdd", "MemberRemove", "WrapupCodeAdd", "WrapupCodeRemove")
SERVED = {"services": [{"name": "ContactCenter", "entities": [{"name": "Queue", "actions": [*ACTIONS, "MemberUpdate"]}]}]}


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def now(count: int | None = 2, *, unseen: bool = False, **standing: str) -> Now:
    return Now(count, lambda one: standing.get(one, "active"), unseen)


KEPT = Kept(("ann", "bob"), {}, 2)


def test_what_nothing_speaks_against_is_recalled() -> None:
    memory = Memory({FIELD: KEPT})

    assert memory.recall(FIELD, now()) == ("ann", "bob")
    assert memory.fresh == {FIELD: KEPT}
    assert memory.recalled == {FIELD}


AGAINST: dict[str, tuple[Memory, Now]] = {
    "never read": (Memory(), now()),
    "named by the trail": (Memory({FIELD: KEPT}, frozenset({FIELD})), now()),
    "another count": (Memory({FIELD: KEPT}), now(3)),
    "a count that was not told before": (Memory({FIELD: Kept(("ann",))}), now(1)),
    "filled by groups": (Memory({FIELD: KEPT}), now(unseen=True)),
    "somebody has gone": (Memory({FIELD: KEPT}), now(bob="gone")),
    "somebody is inactive": (Memory({FIELD: KEPT}), now(bob="inactive")),
    "somebody inactive has gone": (Memory({FIELD: Kept(("ann", "bob"), {"bob": "inactive"}, 2)}), now(bob="gone")),
    "somebody is back": (Memory({FIELD: Kept(("ann", "bob"), {"bob": "inactive"}, 2)}), now()),
}


@pytest.mark.parametrize("case", AGAINST.values(), ids=AGAINST)
def test_what_anything_speaks_against_has_to_be_read(case: tuple[Memory, Now]) -> None:
    memory, lists = case

    assert memory.recall(FIELD, lists) is None
    assert not memory.recalled
    assert not memory.fresh


def test_somebody_who_was_away_already_is_no_news() -> None:
    kept = Kept(("ann", "bob"), {"bob": "inactive"}, 2)

    assert Memory({FIELD: kept}).recall(FIELD, now(bob="inactive")) == ("ann", "bob")


def test_what_was_read_is_remembered_with_how_people_stood() -> None:
    memory = Memory()
    memory.recall(FIELD, now(bob="inactive"))

    memory.note(FIELD, ["ann", "bob"])

    assert memory.fresh == {FIELD: Kept(("ann", "bob"), {"bob": "inactive"}, 2)}
    assert not memory.recalled


def test_a_doubted_value_is_forgotten_until_it_was_read() -> None:
    memory = Memory({FIELD: KEPT})
    memory.recall(FIELD, now())

    memory.doubt(FIELD)

    assert (memory.fresh, memory.recalled, memory.count(FIELD)) == ({}, set(), 2)


# ── the trail ────────────────────────────────────────────────────────────────────────────────────────────────────────


def entry(number: int, queue: str = "q-1", at: str = "2026-11-22T11:30:00.000Z") -> dict[str, Any]:
    return {"id": f"e-{number}", "entity": {"id": queue}, "eventDate": at}


def page(entries: Sequence[Any] = (), total: int | None = None, pages: int | None = 1) -> dict[str, Any]:
    return {"entities": [*entries], "total": len(entries) if total is None else total, "pageCount": pages}


def text(body: Any) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


class Trail:
    """A reader that answers audits by action; it keeps the bodies it was asked with."""

    def __init__(self, answers: Mapping[str, Any], services: Any = SERVED) -> None:
        self.answers, self.services = answers, services
        self.asked: list[dict[str, Any]] = []

    async def get(self, call: Call) -> Answer:
        if call.method == "GET":
            return Answer(200, text(self.services))
        self.asked.append(call.body)
        action = next(one["value"] for one in call.body["filters"] if one["property"] == "Action")
        answer = self.answers.get(action, page())
        body = answer[call.body["pageNumber"] - 1] if isinstance(answer, list) else answer
        return Answer(200, text(body))

    async def pages(self, _listing: Listing, _take: Callable[[list[dict[str, Any]]], None]) -> Proof:
        raise AssertionError


def told(trail: Trail, window: Window = WINDOW) -> Traces:
    return asyncio.run(traces(trail, REGISTRY.values(), window))


def test_the_trail_is_asked_once_for_each_action() -> None:
    trail = Trail({})

    found = told(trail)

    assert (found.named, found.entries) == (frozenset(), {})
    assert [one["filters"][1] for one in trail.asked] == [{"property": "Action", "value": one} for one in ACTIONS]
    assert trail.asked[0] == {
        "interval": "2026-11-22T11:00:00.000Z/2026-11-22T12:00:00.000Z",
        "serviceName": "ContactCenter",
        "filters": [{"property": "EntityType", "value": "Queue"}, {"property": "Action", "value": "MemberAdd"}],
        "sort": [{"name": "Timestamp", "sortOrder": "ascending"}],
        "pageNumber": 1,
        "pageSize": 500,
    }


def test_an_entry_names_the_field_its_action_is_about() -> None:
    found = told(Trail({"MemberRemove": page([entry(1)]), "WrapupCodeAdd": page([entry(2, "q-2")])}))

    assert found.named == {("q-1", "members"), ("q-2", "wrapup_codes")}
    assert found.entries["e-1"] == NOON - timedelta(minutes=30)


def test_entries_that_were_followed_up_name_nothing_any_more() -> None:
    trail = Trail({"MemberAdd": page([entry(1), entry(2, "q-2")])})

    found = told(trail, Window(NOON - HOUR, NOON, frozenset({"e-1"})))

    assert found.named == {("q-2", "members")}
    assert {*found.entries} == {"e-1", "e-2"}


def test_all_pages_are_asked_for() -> None:
    answers = [page([entry(1)], 3, 3), page([entry(2, "q-2")], 3, 3), page([entry(3, "q-3")], 3, 3)]
    trail = Trail({"MemberAdd": answers})

    assert {one for one, _ in told(trail).named} == {"q-1", "q-2", "q-3"}
    assert [one["pageNumber"] for one in trail.asked[:3]] == [1, 2, 3]


def test_a_page_count_of_null_means_one() -> None:
    assert told(Trail({"MemberAdd": page([entry(1)], 1, None)})).named == {FIELD}


def test_an_entry_on_two_pages_counts_once() -> None:
    answers = [page([entry(1), entry(2)], 3, 2), page([entry(2)], 3, 2)]

    with pytest.raises(Unavailable, match="2 of 3 entries of MemberAdd came"):
        told(Trail({"MemberAdd": answers}))


def test_a_date_without_zone_is_utc() -> None:
    found = told(Trail({"MemberAdd": page([entry(1, at="2026-11-22T11:30:00")])}))

    assert found.entries["e-1"] == NOON - timedelta(minutes=30)


def test_long_windows_are_asked_about_day_by_day() -> None:
    window = Window(NOON - timedelta(hours=50), NOON)

    parts = [*window.slices]

    assert [end - begin for begin, end in parts] == [timedelta(days=1), timedelta(days=1), timedelta(hours=2)]
    assert (parts[0][0], parts[-1][1]) == (NOON - timedelta(hours=50), NOON)
    assert parts[0][1] == parts[1][0]


USELESS: dict[str, tuple[Any, str]] = {
    "too many": (page([entry(1)], 30_000, 60), "more than 20000 entries of MemberAdd in a day"),
    "too few": (page([entry(1)], 2), "1 of 2 entries"),
    "no total": ({"entities": []}, "no list of audits"),
    "no entities": ({"total": 0}, "no list of audits"),
    "a list": ([[]], "no list of audits"),
    "no JSON": (b"<html>", "no list of audits"),
    "null": ([None], "no list of audits"),
    "an entry without object": (page([{"id": "e", "eventDate": "2026-11-22T11:30:00Z"}]), "no list of audits"),
    "an entry without id": (page([{"entity": {"id": "q"}, "eventDate": "2026-11-22T11:30:00Z"}]), "no list of audits"),
    "an entry with another date": (page([entry(1, at="yesterday")]), "no list of audits"),
}


@pytest.mark.parametrize("case", USELESS.values(), ids=USELESS)
def test_an_answer_that_does_not_add_up_proves_nothing(case: tuple[Any, str]) -> None:
    answer, what = case

    with pytest.raises(Unavailable, match=what):
        told(Trail({"MemberAdd": answer}))


MAPPINGS: dict[str, Any] = {
    "empty": {"services": []},
    "another service": {"services": [{"name": "Routing", "entities": SERVED["services"][0]["entities"]}]},
    "no entities": {"services": [{"name": "ContactCenter", "entities": None}]},
    "an action less": {"services": [{"name": "ContactCenter", "entities": [{"name": "Queue", "actions": ACTIONS[:3]}]}]},
}


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS)
def test_an_action_that_is_not_served_proves_nothing(mapping: Any) -> None:
    trail = Trail({}, mapping)

    with pytest.raises(Unavailable, match=r"the realtime audit query does not know .*WrapupCodeRemove"):
        told(trail)
    assert not trail.asked


@pytest.mark.parametrize("mapping", [None, [], {}, {"services": None}, {"services": ["Queue"]}, b"<html>"])
def test_a_mapping_that_is_none_proves_nothing(mapping: Any) -> None:
    with pytest.raises(Unavailable, match="no mapping of services"):
        told(Trail({}, mapping))
