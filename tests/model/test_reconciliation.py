"""Periods as people write them, and what a conversation counts as."""

from __future__ import annotations

from datetime import datetime

import pytest

from reconciler.model.reconciliation import period
from reconciler.model.seen import Outcome, Seen, SeenLeg

CUSTOMER = SeenLeg("customer", answered=True, ended=True)
QUEUE = SeenLeg("queue", queue="q1", answered=True, ended=True)
AGENT = SeenLeg("agent", user="a1", answered=True, ended=True)


def milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "begin", "end"),
    [
        ("2026-11-21", "Asia/Tokyo", "2026-11-20T15:00Z", "2026-11-21T15:00Z"),
        ("2026-11-21", "UTC", "2026-11-21T00:00Z", "2026-11-22T00:00Z"),
        ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # 25 hours
        ("2026-11-20/2026-11-21", "Asia/Tokyo", "2026-11-19T15:00Z", "2026-11-21T15:00Z"),
        ("2026-11-21T09:00/2026-11-21T10:30", "Asia/Tokyo", "2026-11-21T00:00Z", "2026-11-21T01:30Z"),
        ("2026-11-21T09:00Z/2026-11-21T10:30+01:00", "Asia/Tokyo", "2026-11-21T09:00Z", "2026-11-21T09:30Z"),
    ],
)
def test_days_and_times_are_those_of_the_source(text: str, zone: str, begin: str, end: str) -> None:
    found = period(text, zone)

    assert (found.begin, found.end) == (milliseconds(begin), milliseconds(end))
    assert found.holds(found.begin)
    assert not found.holds(found.end)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-31", "2026-11-21/", "/2026-11-21", "2026-11-21/2026-11-20", "a/b/c"])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no period|ends before it begins"):
        period(text, "UTC")


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    day = period("2026-10-25", "Europe/Berlin")

    hours = [day.hour(milliseconds(f"2026-10-25T0{hour}:30Z")) for hour in (0, 1)]

    assert hours == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]


@pytest.mark.parametrize(
    ("legs", "outbound", "outcome"),
    [
        ([CUSTOMER, QUEUE, AGENT], False, Outcome.ANSWERED),
        ([CUSTOMER, QUEUE], False, Outcome.ABANDONED),
        ([CUSTOMER, QUEUE, AGENT._replace(answered=False)], False, Outcome.ABANDONED),
        ([CUSTOMER, QUEUE, AGENT, AGENT], False, Outcome.TRANSFERRED),
        ([CUSTOMER, QUEUE, AGENT._replace(moved=True)], False, Outcome.TRANSFERRED),
        ([CUSTOMER, QUEUE, AGENT._replace(answered=False), AGENT], False, Outcome.ANSWERED),
        ([AGENT, CUSTOMER], True, Outcome.OUTBOUND),
        ([CUSTOMER, SeenLeg("flow", answered=True, ended=True)], False, Outcome.UNROUTED),
        ([CUSTOMER._replace(ended=False), QUEUE], False, Outcome.OPEN),
        ([], False, Outcome.OPEN),
    ],
)
def test_what_a_conversation_counts_as(legs: list[SeenLeg], *, outbound: bool, outcome: Outcome) -> None:
    seen = Seen("c", outbound=outbound, legs={str(number): leg for number, leg in enumerate(legs)})

    assert seen.outcome is outcome


def test_a_conversation_belongs_to_the_queue_it_came_to_first() -> None:
    legs = {"a": AGENT._replace(queue="q9"), "q": QUEUE, "r": QUEUE._replace(queue="q2")}

    assert Seen("c", legs=legs).queue == "q1"
    assert Seen("c", legs={"a": AGENT._replace(queue="q9")}).queue == "q9"
