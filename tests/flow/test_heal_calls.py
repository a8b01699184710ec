"""Interactions of a day against what Genesys Cloud shows of them: what was lost is found and told, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from flow.centre import NOON, Centre

from reconciler.errors import UsageError
from reconciler.model.event import Event
from reconciler.model.reconciliation import Reconciliation
from reconciler.model.seen import Outcome
from reconciler.pipeline import heal_calls as healing
from reconciler.pipeline import run as running
from reconciler.pipeline.session import connect
from reconciler.runners.conversation_change import conversation_id
from reconciler.runners.window import item

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}, {key: a2, name: 佐藤 花子, email: hanako@example.com}]
queues: [{key: q1, name: 請求 (東京), members: {mode: exclusive, items: [a1, a2]}}]
"""
DAY = "2026-11-18"
QUERY = "POST /api/v2/analytics/conversations/details/query"
INJECT = "POST /api/v2/events/conversations"
START = 1795000000  # 2026-11-18T11:06:40Z


def answered(call: int) -> tuple[str, ...]:
    at = START + 120 * call
    return (
        f"{at + 5}|c{call}|q1|NONE|ENTERQUEUE||123|1",
        f"{at + 9}|c{call}|q1|a1|CONNECT|4|x{call}|3",
        f"{at + 60}|c{call}|q1|a1|COMPLETECALLER|4|51|1",
    )


def abandoned(call: int) -> tuple[str, ...]:
    at = START + 120 * call
    return f"{at + 5}|c{call}|q1|NONE|ENTERQUEUE||456|1", f"{at + 35}|c{call}|q1|NONE|ABANDON|1|1|30"


class Day:
    """A centre on Asterisk, and what its log says of a day."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        path = centre.root / "reconciler.yaml"
        path.write_text(path.read_text().replace("tabular", "asterisk"))
        centre.write(WANTED)
        assert centre.apply().exit_code == 0

    def log(self, name: str, lines: Iterable[str]) -> str:
        path = self.centre.root / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def tell(self, *calls: Iterable[str]) -> None:
        """The runner reads this much of the log."""
        feed = self.log("queue_log", (line for call in calls for line in call))
        wishes = running.Wishes((feed,), "interactions", once=True)
        asyncio.run(running.run(self.centre.settings, wishes, self.centre.doors))
        self.centre.pass_time(hours=1)

    def reconcile(self, *calls: Iterable[str], plan: bool = False, period: str = DAY) -> Reconciliation:
        """The same on the log as it really is."""
        feed = self.log("whole_log", (line for call in calls for line in call))
        wishes = healing.Wishes(period, (feed,), plan=plan)
        return asyncio.run(healing.heal(self.centre.settings, wishes, self.centre.doors))

    def other_platform(self, name: str) -> None:
        """A call of a platform that is not ours is told."""
        known = [str(UUID(int=number, version=4)) for number in range(1, 4)]
        source = self.centre.behind("POST", "/api/v2/presence/sources", {"name": name, "type": "User"})["id"]
        established = {
            "eventId": known[0],
            "eventDateTime": "2026-11-18T11:30:00.000Z",
            "conversationId": known[1],
            "communicationId": known[2],
            "initialConfiguration": {"inbound": True},
            "sourceConfiguration": {"sourceId": source, "interactionId": name, "tagId": name},
        }
        told = self.centre.behind("POST", "/api/v2/events/conversations", {"externalEstablishedEvents": [established]})
        assert not told.get("errors")
        self.centre.behind("PUT", f"/api/v2/presence/sources/{source}", {"name": name, "type": "User", "deactivated": True})

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.admin("GET", "/conversations")
        return found

    def fault(self, **rule: Any) -> None:
        self.centre.admin("POST", "/faults", rule)

    def turn(self, **switches: Any) -> None:
        self.centre.admin("PATCH", "/switches", switches)


def standings(found: Reconciliation) -> dict[str, str]:
    return {one.key: one.standing.value for one in found.findings}


def events(found: Reconciliation) -> list[str]:
    """What is to be told, as a reviewer would read it out."""
    said = [{one.path: one.after for one in change.fields} for change in found.plan.changes]
    return [f"{one[('conversation',)]} {one[('event',)]} {one.get(('leg',), '')}".rstrip() for one in said]


@pytest.fixture
def day(make_centre: Callable[..., Centre]) -> Day:
    return Day(make_centre())


def test_nothing_is_to_be_told_where_all_of_a_day_is_shown(day: Day) -> None:
    calls = answered(1), abandoned(2), answered(3)
    day.tell(*calls)
    before = day.centre.requests()

    found = day.reconcile(*calls)

    assert standings(found) == {"c1": "same", "c2": "same", "c3": "same"}
    assert (found.plan.changes, found.plan.unchanged, found.sent, found.requests) == ((), 3, 0, 1)
    assert day.centre.requests().get(INJECT) == before.get(INJECT)


def test_calls_that_were_lost_are_told_once(day: Day) -> None:
    calls = [answered(one) for one in range(1, 30)]
    day.tell(*calls[:-7])

    first, second = day.reconcile(*calls), day.reconcile(*calls)
    day.centre.pass_time(hours=1)
    third = day.reconcile(*calls)

    assert sum(one == "missing" for one in standings(first).values()) == 7
    assert (first.sent, first.failed) == (49, {})
    assert (second.plan.changes, third.plan.changes) == ((), ())
    told = day.told()
    assert (told["over"], told["open"], told["violations"], told["out_of_order"], told["repeated"]) == (29, 0, {}, 0, 0)


def test_ends_that_were_lost_are_told_once(day: Day) -> None:
    calls = answered(1), answered(2), abandoned(3)
    day.tell(calls[0], calls[1][:2], calls[2][:1])
    assert day.told()["open"] == 2

    first = day.reconcile(*calls)
    day.centre.pass_time(hours=1)
    second = day.reconcile(*calls)

    assert standings(first) == {"c1": "same", "c2": "open", "c3": "open"}
    assert events(first)[:2] == ["c2 communicationEnded X", "c2 communicationEnded A1"]
    assert set(standings(second).values()) == {"same"}
    told = day.told()
    assert (told["over"], told["open"], told["violations"], told["repeated"]) == (3, 0, {}, 0)


def test_what_the_service_lost_of_calls_is_told_as_far_as_time_allows(day: Day) -> None:
    calls = answered(1), answered(2)
    day.fault(operation=INJECT, event_array="communicationEndedEvents", event_every=1, retryable=False)
    day.fault(operation=INJECT, event_array="communicationAnsweredEvents", event_every=1, event_times=1, retryable=False)
    day.tell(*calls)
    day.centre.admin("DELETE", "/faults")

    found = day.reconcile(*calls)

    assert standings(found) == {"c1": "partly", "c2": "open"}
    assert found.failed == {}
    assert day.told()["open"] == 0


def test_a_page_that_came_short_makes_nothing_missing(day: Day) -> None:
    calls = answered(1), abandoned(2), answered(3)
    day.tell(*calls[:2])
    day.fault(operation=QUERY, short_page=1)
    before = day.told()

    found = day.reconcile(*calls)

    assert [one.what for one in found.plan.refusals] == [
        "1 of 2 conversations from 2026-11-18T00:00:00.000Z to 2026-11-19T00:00:00.000Z came: nothing is called missing"
    ]
    assert (found.plan.changes, found.sent) == ((), None)
    assert "missing" not in standings(found).values()
    assert day.told() == before


def test_calls_that_analytics_may_not_show_yet_are_not_missing(day: Day) -> None:
    calls = [answered(one) for one in range(1, 4)]
    day.turn(conversation_details_lag=600)
    day.centre.clock[0] = START + 500.0
    day.tell(*calls[:2])
    day.centre.clock[0] = START + 600.0

    early = day.reconcile(*calls)
    day.centre.pass_time(hours=1)
    late = day.reconcile(*calls)

    assert set(standings(early).values()) == {"later"}
    assert early.plan.changes == ()
    assert standings(late) == {"c1": "same", "c2": "same", "c3": "missing"}


def test_what_was_healed_is_not_told_again_while_it_does_not_show(day: Day) -> None:
    day.turn(conversation_details_lag=600)
    first = day.reconcile(answered(1))

    second = day.reconcile(answered(1))
    day.centre.pass_time(hours=1)
    third = day.reconcile(answered(1))

    assert [standings(one) for one in (first, second, third)] == [{"c1": "missing"}, {"c1": "later"}, {"c1": "same"}]
    assert (day.told()["repeated"], second.sent) == (0, 0)


def test_an_end_that_a_rule_made_is_named_as_different(day: Day) -> None:
    late = abandoned(2000)
    day.tell(answered(1)[:2], late)
    assert day.told()["open"] == 0

    found = day.reconcile(answered(1), late, period="2026-11-18/2026-11-21")

    assert standings(found) == {"c1": "different", "c2000": "same"}
    assert found.findings[0].why == (
        "X ended at 2026-11-18T11:08:49.002Z instead of 2026-11-18T11:09:40.000Z",
        "A1 ended at 2026-11-18T11:08:49.003Z instead of 2026-11-18T11:09:40.001Z",
    )
    assert found.plan.changes == ()


def test_a_plan_sends_nothing(day: Day) -> None:
    found = day.reconcile(answered(1), plan=True)

    assert (len(found.plan.changes), found.sent, day.told()["over"]) == (7, None, 0)


def test_a_call_whose_tag_was_taken_away_is_found_by_its_id(day: Day) -> None:
    day.tell(answered(1))
    known = conversation_id("acme", "c1")
    day.centre.behind("PUT", f"/api/v2/conversations/{known}/tags", {"externalTag": ""})

    found = day.reconcile(answered(1))

    assert (standings(found), found.requests) == ({"c1": "same"}, 2)


def test_calls_that_come_without_their_legs_are_read_one_by_one(day: Day) -> None:
    calls = answered(1), answered(2)
    day.tell(calls[0], calls[1][:2])
    day.fault(operation=QUERY, drop_expand=["participants"])

    found = day.reconcile(*calls, plan=True)

    assert (standings(found), found.requests) == ({"c1": "same", "c2": "open"}, 3)


def test_calls_that_cannot_be_looked_into_are_left_alone(day: Day) -> None:
    day.tell(answered(1)[:2])
    day.fault(operation=QUERY, drop_expand=["participants"])
    day.fault(operation="GET /api/v2/conversations/{conversationId}", status=404, code="not.found")

    found = day.reconcile(answered(1))

    assert (standings(found), found.plan.changes) == ({"c1": "unread"}, ())


def test_many_calls_cost_a_request_per_hundred(day: Day) -> None:
    calls = [abandoned(one) for one in range(1, 251)]
    day.tell(*calls)

    found = day.reconcile(*calls)

    assert (set(standings(found).values()), found.requests) == ({"same"}, 3)


def test_both_sides_are_counted_by_queue_hour_and_outcome(day: Day) -> None:
    calls = answered(1), abandoned(2), answered(40)
    day.tell(*calls[:2])

    found = day.reconcile(*calls, plan=True)

    assert [tuple(one) for one in found.cells] == [
        ("q1", "2026-11-18T11:00+00:00", Outcome.ABANDONED, 1, 1),
        ("q1", "2026-11-18T11:00+00:00", Outcome.ANSWERED, 1, 1),
        ("q1", "2026-11-18T12:00+00:00", Outcome.ANSWERED, 1, 0),
    ]


def test_an_open_call_is_not_ended_while_the_read_back_is_not_complete(day: Day) -> None:
    day.tell(answered(1)[:2])
    day.fault(operation=QUERY, wrong_total=9)

    found = day.reconcile(answered(1))

    assert (found.plan.changes, found.sent, day.told()["open"]) == ((), None, 1)


def test_what_waits_in_the_stream_is_left_to_the_runner(day: Day) -> None:
    day.tell(abandoned(2))

    async def publish() -> int:
        async with connect(day.centre.settings, day.centre.doors) as session:
            with running.opened(session, "interactions") as stream:
                return stream.publish([item(Event("c1", START * 1000, {}), "acme")])

    assert asyncio.run(publish()) == 1

    found = day.reconcile(answered(1), abandoned(2))

    assert standings(found) == {"c1": "later", "c2": "same"}


def test_calls_of_another_platform_are_not_counted(day: Day) -> None:
    day.tell(answered(1))
    day.other_platform("beta")

    found = day.reconcile(answered(1))

    assert (found.extra, sum(cell.live for cell in found.cells)) == ((), 1)


def test_calls_no_feed_tells_of_are_named(day: Day) -> None:
    day.tell(answered(1), answered(2))

    found = day.reconcile(answered(1))

    assert (found.extra, found.plan.changes) == (("c2",), ())


def test_a_period_takes_only_calls_that_began_in_it(day: Day) -> None:
    calls = answered(1), answered(2), answered(3)

    found = day.reconcile(*calls, plan=True, period="2026-11-18T11:10/2026-11-18T11:12")

    assert standings(found) == {"c2": "missing"}


def test_a_period_nobody_can_read_is_refused(day: Day) -> None:
    with pytest.raises(UsageError, match="'yesterday' is no period: write a day such as 2026-11-21, or FROM/TO"):
        day.reconcile(answered(1), period="yesterday")


def test_healing_leaves_the_runner_what_it_knew(day: Day) -> None:
    calls = answered(1), answered(2)
    day.tell(calls[0], calls[1][:2])
    day.reconcile(*calls)

    day.tell(*calls)

    told = day.told()
    assert (told["over"], told["open"], told["violations"]) == (2, 0, {})
    assert day.centre.clock[0] > NOON
