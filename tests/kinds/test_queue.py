"""Queues: one object that a PUT replaces, and two lists in batches."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds.fake import ANSWER, Known, Sent, change, drive, gone

from reconciler.kinds import REGISTRY
from reconciler.kinds.queue import AfterCallWork, Queue, mark
from reconciler.model.change import Op
from reconciler.model.kind import Options
from reconciler.model.resource import Ref

KIND = REGISTRY["queue"]
Q = Ref("queue", "q-1")
ONE = "/api/v2/routing/queues/queue-q-1"
LIVE: dict[Ref, dict[str, Any]] = {Q: {"name": "Billing", "members": frozenset({"ann"}), "wrapup_codes": frozenset({"sale"})}}


def update(*fields: tuple[str, Any, Any], op: Op = Op.UPDATE, part: str = "") -> Any:
    return KIND.write(change(op, "queue/q-1", *fields, part=part), Known(LIVE))


def keys(name: str, count: int, *, wanted: bool = True) -> tuple[tuple[str, Any, Any], ...]:
    return tuple((f"{name}.{number:03}", not wanted, wanted) for number in range(count))


def put(current: dict[str, Any], *fields: tuple[str, Any, Any]) -> Any:
    """The body of the PUT that follows this answer."""
    calls, _ = drive(update(*fields), {"id": "queue-q-1", "name": "Billing", **current})
    assert [(call.method, call.url) for call in calls] == [("GET", ONE), ("PUT", ONE)]
    return calls[1].body


def test_a_new_queue_is_one_post_with_its_mark() -> None:
    fields = (
        ("name", "", "Billing"),
        ("division", "home", "tokyo"),
        ("description", "", "Money"),
        ("media.call.service_level.seconds", None, 20.0),
        ("media.call.service_level.percentage", None, 0.8),
        ("media.chat.alerting_seconds", None, 9),
        ("acw.prompt", None, "MANDATORY_TIMEOUT"),
        ("acw.timeout_seconds", None, 1.5),
    )

    calls, written = drive(KIND.write(change(Op.CREATE, "queue/q-1", *fields), Known()), {"id": "q9"})

    assert (written.id, written.name) == ("q9", "Billing")
    body = {
        "name": "Billing",
        "division": {"id": "division-tokyo"},
        "description": "Money",
        "peerId": "q-1",
        "mediaSettings": {
            "call": {"serviceLevel": {"percentage": 0.8, "durationMs": 20000}},
            "chat": {"alertingTimeoutSeconds": 9},
        },
        "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 1500},
    }
    assert calls == [Sent("POST", "/api/v2/routing/queues", None, body)]


def test_the_least_queue_is_a_name_with_a_mark_at_home() -> None:
    calls, _ = drive(KIND.write(change(Op.CREATE, "queue/q-1", ("name", "", "Billing")), Known()))

    assert calls[0].body == {"name": "Billing", "peerId": "q-1", "division": {"id": "division-home"}}


def test_a_new_queue_gets_its_codes_at_once() -> None:
    wish = change(Op.CREATE, "queue/q-1", ("name", "", "Billing"), ("wrapup_codes.sale", False, True))

    calls, _ = drive(KIND.write(wish, Known()), {"id": "q9"})

    assert calls[1:] == [Sent("POST", "/api/v2/routing/queues/q9/wrapupcodes", None, [{"id": "wrapup_code-sale"}])]


def test_the_members_of_a_new_queue_are_a_change_of_their_own() -> None:
    calls, written = drive(update(("members.ann", False, True), part="members"))

    assert calls == [Sent("POST", f"{ONE}/members", None, [{"id": "user-ann"}])]
    assert written.id == "queue-q-1"


def test_settings_of_others_are_sent_back() -> None:
    current = {
        "peerId": "older",
        "scoringMethod": "PriorityOnly",
        "memberGroups": [{"id": "g", "type": "TEAM"}],
        "invented": {"x": None},
        "description": "Money",
        "acwSettings": {"wrapupPrompt": "OPTIONAL", "other": 1},
        "mediaSettings": {
            "call": {"subTypeSettings": {"a": 1}, "serviceLevel": {"percentage": 0.8, "durationMs": 1}},
            "video": {},
        },
    }

    body = put(current, ("name", "Billing", "Accounts"))

    assert body == {
        **current,
        "name": "Accounts",
        "peerId": "q-1",
        "mediaSettings": {"call": current["mediaSettings"]["call"]},  # type: ignore[index] # a plain dict
    }


def test_what_the_service_owns_is_not_sent_back() -> None:
    owned = dict.fromkeys(
        ["dateCreated", "dateModified", "createdBy", "modifiedBy", "memberCount", "userMemberCount", "joinedMemberCount"], 1
    )

    body = put({**owned, "selfUri": "/x", "division": {"id": "d"}}, ("description", "", "x"))

    assert body == {"name": "Billing", "peerId": "q-1", "description": "x"}


def test_the_first_rule_of_conditional_routing_loses_its_queue() -> None:
    rules = [{"queue": {"id": "self"}, "operator": "LessThan"}, {"queue": {"id": "other"}, "operator": "LessThan"}]

    body = put({"conditionalGroupRouting": {"rules": rules, "more": 1}}, ("name", "Billing", "B"))

    assert body["conditionalGroupRouting"] == {
        "rules": [{"operator": "LessThan"}, {"queue": {"id": "other"}, "operator": "LessThan"}],
        "more": 1,
    }


@pytest.mark.parametrize("routing", [None, {}, {"rules": None}, {"rules": []}])
def test_conditional_routing_without_rules_stays_as_it_is(routing: Any) -> None:
    assert put({"conditionalGroupRouting": routing}, ("name", "Billing", "B"))["conditionalGroupRouting"] == routing


def test_what_somebody_changed_since_the_plan_is_kept() -> None:
    current = {
        "description": "New words",
        "acwSettings": {"wrapupPrompt": "OPTIONAL"},
        "mediaSettings": {"call": {"alertingTimeoutSeconds": 30, "enableAutoAnswer": True}},
    }
    live = {
        Q: {**LIVE[Q], "description": "Old words", "acw": {"prompt": "MANDATORY"}, "media": {"call": {"alerting_seconds": 8}}}
    }
    wish = change(Op.UPDATE, "queue/q-1", ("media.call.auto_answer", True, False))

    calls, _ = drive(KIND.write(wish, Known(live)), {"id": "queue-q-1", "name": "Renamed", **current})

    assert calls[1].body == {
        **current,
        "name": "Renamed",
        "peerId": "q-1",
        "mediaSettings": {"call": {"alertingTimeoutSeconds": 30, "enableAutoAnswer": False}},
    }


def test_nested_settings_are_merged_into_what_is_there() -> None:
    current = {
        "mediaSettings": {"call": {"serviceLevel": {"percentage": 0.8, "durationMs": 20000}, "x": 1}, "email": None},
        "acwSettings": {"wrapupPrompt": "OPTIONAL", "timeoutMs": 5000},
    }

    body = put(
        current,
        ("media.call.service_level.seconds", 20.0, 30.0),
        ("media.email.auto_answer", None, True),
        ("acw.timeout_seconds", 5.0, 6.0),
    )

    assert body["mediaSettings"] == {
        "call": {"serviceLevel": {"percentage": 0.8, "durationMs": 30000}, "x": 1},
        "email": {"enableAutoAnswer": True},
    }
    assert body["acwSettings"] == {"wrapupPrompt": "OPTIONAL", "timeoutMs": 6000}


def test_a_description_is_cleared_by_an_empty_one() -> None:
    assert put({"description": "Money"}, ("description", "Money", ""))["description"] == ""


def test_a_move_is_a_request_of_its_own() -> None:
    calls, _ = drive(update(("division", "home", "tokyo")))

    assert calls == [Sent("POST", "/api/v2/authorization/divisions/division-tokyo/objects/QUEUE", None, ["queue-q-1"])]


@pytest.mark.parametrize(("count", "expected"), [(0, []), (50, [50]), (100, [100]), (101, [100, 1])])
@pytest.mark.parametrize("name", ["members", "wrapup_codes"])
def test_what_is_added_goes_in_batches_of_a_hundred(name: str, count: int, expected: list[int]) -> None:
    calls, _ = drive(update(*keys(name, count)))

    assert [len(call.body) for call in calls] == expected
    assert {(call.method, call.query) for call in calls} <= {("POST", None)}


@pytest.mark.parametrize(("count", "expected"), [(1, [1]), (100, [100]), (101, [100, 1])])
def test_members_leave_in_batches_too(count: int, expected: list[int]) -> None:
    calls, _ = drive(update(*keys("members", count, wanted=False)))

    assert [(call.query, len(call.body)) for call in calls] == [({"delete": True}, size) for size in expected]


def test_codes_leave_one_by_one_even_if_some_are_gone() -> None:
    calls, _ = drive(update(*keys("wrapup_codes", 2, wanted=False)), gone(), None)

    assert calls == [Sent("DELETE", f"{ONE}/wrapupcodes/wrapup_code-{key}") for key in ("000", "001")]


@pytest.mark.parametrize("answer", [None, gone()])
def test_a_deleted_queue_is_deleted(answer: Any) -> None:
    calls, written = drive(update(op=Op.DELETE), answer)

    assert calls == [Sent("DELETE", ONE)]
    assert written.id == "queue-q-1"


def test_a_queue_is_found_by_its_mark_first() -> None:
    wish = change(Op.CREATE, "queue/q-1", ("name", "", "Billing"))

    calls, seen = drive(KIND.find(wish, Known()), {"entities": [{"id": "9", "name": "Other", "peerId": "q-1"}]})

    assert calls == [Sent("GET", "/api/v2/routing/queues", {"peerId": "q-1", "hasPeer": True, "pageSize": 100})]
    assert seen.id == "9"


def test_a_queue_with_the_name_but_another_mark_is_another_queue() -> None:
    wish = change(Op.CREATE, "queue/q-1", ("name", "", "Billing"))
    other, unmarked = {"id": "8", "name": "Billing", "peerId": "q-2"}, {"id": "9", "name": "BILLING"}

    calls, seen = drive(KIND.find(wish, Known()), {"entities": []}, {"entities": [other]}, {"entities": [unmarked]})

    assert [call.query and call.query["hasPeer"] for call in calls] == [True, True, False]
    assert seen.id == "9"
    assert drive(KIND.find(wish, Known()), *[{"entities": [other]}] * 3)[1] is None


def test_a_mark_is_the_key_or_a_uuid_made_of_it() -> None:
    options = Options(source="acme", peer_id="uuid")

    assert mark("q-1", Options(source="acme")) == "q-1"
    assert UUID(mark("q-1", options)).version == 4
    assert mark("q-1", options) == mark("q-1", options)
    assert len({mark("q-1", options), mark("q-2", options), mark("q-1", Options(source="other", peer_id="uuid"))}) == 3


def test_members_are_read_without_those_of_groups() -> None:
    members, codes = KIND.details

    assert members.listing("9").query == {"memberBy": "user"}
    assert (members.listing("9").ids, codes.listing("9").ids) == ({"queueId": "9"}, {"queueId": "9"})
    assert members.of([{"id": "u"}, {"id": "v", "memberBy": None}, {"id": "w", "memberBy": "group"}]) == {"u": True, "v": True}
    assert codes.of([{"id": "c"}]) == {"c": True}


@pytest.mark.parametrize(("written", "kept"), [(20, 20.0), (1.2345, 1.234), (1.0009, 1.001)])
def test_seconds_are_kept_as_finely_as_the_api_does(written: float, kept: float) -> None:
    queue = Queue.model_validate({"key": "q", "name": "Q", "media": {"call": {"service_level": {"seconds": written}}}})

    assert queue.media is not None
    assert queue.media.call is not None
    assert queue.media.call.service_level is not None
    assert queue.media.call.service_level.seconds == kept
    assert AfterCallWork(timeout_seconds=written).timeout_seconds == kept


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Op, tuple[tuple[str, Any, Any], ...], str]:
    op = draw(st.sampled_from([Op.CREATE, Op.UPDATE, Op.RENAME, Op.ADOPT, Op.DELETE]))
    if op is Op.DELETE:
        return op, (), ""
    part = "members" if op is Op.UPDATE and draw(st.booleans()) else ""
    settings = [
        ("name", "", "New"),
        ("description", "", "New"),
        ("media.call.auto_answer", None, True),
        ("division", "home", "tokyo"),
    ]
    fields: list[tuple[str, Any, Any]] = [] if part else [one for one in settings if draw(st.booleans())]
    fields = [*fields, ("name", "", "New")] if op is Op.CREATE else fields
    for name in ("members",) if part else ("members", "wrapup_codes"):
        fields += [(f"{name}.new{number}", False, True) for number in range(draw(st.sampled_from([0, 1, 100, 101])))]
        gone_too = 0 if op is Op.CREATE else draw(st.sampled_from([0, 1, 100, 101]))
        fields += [(f"{name}.old{number}", True, False) for number in range(gone_too)]
    return op, tuple(fields), part


@given(wishes())
def test_the_predicted_requests_are_those_sent(wish: tuple[Op, tuple[tuple[str, Any, Any], ...], str]) -> None:
    op, fields, part = wish
    one = change(op, "queue/q-1", *fields, part=part)
    world = Known({} if op is Op.CREATE else LIVE)

    calls, _ = drive(KIND.write(one, world), ANSWER)

    assert KIND.costs(one, world.options) == len(calls)
