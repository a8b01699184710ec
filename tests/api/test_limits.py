"""The budget of a token on a clock that is a number."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.limits import SPAN, Limits, Standing, soonest


def headers(allowed: int | None = None, count: int | None = None, reset: int | None = None) -> dict[str, str]:
    given = {"allowed": allowed, "count": count, "reset": reset}
    return {f"inin-ratelimit-{name}": str(value) for name, value in given.items() if value is not None}


def spend(limits: Limits, now: float, count: int) -> float:
    """Sends `count` requests as soon as each may go; the clock after the last one."""
    for _ in range(count):
        while wait := limits.when(now):
            now += wait
        limits.sent(now)
    return now


def test_a_fresh_window_may_be_used_up_at_once() -> None:
    assert spend(Limits(300), 5.0, 300) == 5.0


def test_the_next_request_waits_until_the_first_no_longer_counts() -> None:
    limits = Limits(2)
    limits.sent(0.0)
    limits.sent(10.0)

    assert limits.when(20.0) == SPAN - 20.0


def test_paced_requests_are_spread_evenly() -> None:
    assert spend(Limits(61, paced=True), 100.0, 62) == pytest.approx(161.0)


def test_paced_requests_start_at_once() -> None:
    assert Limits(1, paced=True).when(0.0) == 0.0


def test_zero_is_no_limit_of_our_own() -> None:
    limits = Limits(0)

    limits.learn(0.0, headers(allowed=1, count=5, reset=60))

    assert spend(limits, 0.0, 10_000) == 0.0
    assert limits.left(0.0) is None


def test_a_pause_holds_even_without_a_limit() -> None:
    limits = Limits(0)

    limits.pause(10.0, 7.0)
    limits.pause(10.0, 3.0)

    assert limits.when(11.0) == 6.0
    assert limits.when(17.0) == 0.0


def test_the_service_moves_the_limit_down_and_up_again() -> None:
    limits = Limits(300)

    limits.learn(0.0, headers(allowed=180))
    assert limits.left(0.0) == 180
    limits.learn(0.0, headers(allowed=600))

    assert limits.left(0.0) == 300


def test_requests_of_others_count_until_the_window_ends() -> None:
    limits = Limits(10)
    limits.sent(0.0)

    limits.learn(0.0, headers(10, count=9, reset=40))

    assert limits.left(0.0) == 1
    limits.sent(1.0)
    assert limits.when(1.0) == 39.0
    assert limits.left(40.0) == 8


def test_room_of_our_own_may_come_before_others_leave() -> None:
    limits = Limits(3)
    limits.sent(0.0)
    limits.sent(50.0)
    limits.learn(50.0, headers(3, count=2, reset=30))

    assert limits.when(50.0) == SPAN - 50.0


def test_an_allowance_used_up_by_others_waits_for_the_reset() -> None:
    limits = Limits(300)

    limits.learn(0.0, headers(300, count=300, reset=40))

    assert limits.when(0.0) == 40.0


def test_the_largest_estimate_of_one_window_stands() -> None:
    """Requests in flight make ours too many and those of others too few."""
    limits = Limits(10)
    limits.learn(0.0, headers(10, count=5, reset=40))
    limits.sent(1.0)

    limits.learn(2.0, headers(10, count=5, reset=38))
    assert limits.left(2.0) == 4
    limits.learn(41.0, headers(10, count=1, reset=60))

    assert limits.left(41.0) == 8


@pytest.mark.parametrize("said", [{}, headers(count=9), headers(reset=9), {"inin-ratelimit-allowed": "many"}, headers(allowed=0)])
def test_headers_that_say_too_little_change_nothing(said: dict[str, str]) -> None:
    limits = Limits(10)

    limits.learn(0.0, said)

    assert limits.left(0.0) == 10


def test_a_wait_too_small_to_move_the_clock_is_none() -> None:
    limits = Limits(1)
    limits.sent(1e9 + 0.1)

    assert limits.when(1e9 + 0.1 + SPAN - 1e-7) == 0.0


BUSY, IDLE = Standing(0.0, 0, 300), Standing(0.0, 5, 300)


@pytest.mark.parametrize(
    ("clients", "chosen"),
    [
        ([IDLE], (0, 0.0)),
        ([IDLE, IDLE], (0, 0.0)),
        ([BUSY, IDLE], (1, 0.0)),
        ([Standing(0.0, 4, 300), IDLE], (1, 0.0)),
        ([Standing(0.0, 5, 7), IDLE], (1, 0.0)),
        ([Standing(3.0, 5), Standing(2.0, 1)], (1, 2.0)),
        ([BUSY, Standing(9.0, 5)], (1, 9.0)),
        ([Standing(7.0, 5), Standing(math.inf, 5)], (0, 7.0)),
    ],
)
def test_the_client_that_may_send_soonest_takes_the_call(clients: list[Standing], chosen: tuple[int, float]) -> None:
    assert soonest(clients) == chosen


@pytest.mark.parametrize("clients", [[BUSY], [BUSY, BUSY], [Standing(math.inf, 5)], []])
def test_where_nobody_may_send_somebody_has_to_come_back(clients: list[Standing]) -> None:
    assert soonest(clients)[1] == math.inf


STEP = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 30)),
    st.tuples(st.just("rest"), st.floats(0, 200)),
    st.tuples(st.just("pause"), st.floats(0, 100)),
    st.tuples(st.just("learn"), st.fixed_dictionaries({}, optional={"allowed": st.integers(0, 40), "count": st.integers(0, 40)})),
)


@given(st.integers(1, 20), st.booleans(), st.lists(STEP, max_size=30), st.floats(0, 1e6))
def test_no_sixty_seconds_ever_see_more_than_the_ceiling(ceiling: int, paced: bool, steps: list[Any], now: float) -> None:
    limits, sends = Limits(ceiling, paced=paced), []
    for what, value in steps:
        if what == "send":
            for _ in range(value):
                while wait := limits.when(now):
                    now += wait
                limits.sent(now)
                sends.append(now)
        elif what == "rest":
            now += value
        elif what == "pause":
            limits.pause(now, value)
        else:
            limits.learn(now, headers(**value, reset=60))

    assert all(later - first >= 60 for first, later in zip(sends, sends[ceiling:], strict=False))


@given(st.integers(1, 20), st.booleans(), st.integers(0, 60))
def test_waiting_once_is_enough_when_nothing_else_happens(ceiling: int, paced: bool, count: int) -> None:
    limits = Limits(ceiling, paced=paced)
    now = spend(limits, 1000.0, count)

    now += limits.when(now)

    assert limits.when(now) == 0.0


@pytest.mark.parametrize(("share", "most"), [(1.0, 2_951), (0.5, 1_476), (1 / 6, 492)])
def test_a_share_of_the_budget_is_never_exceeded(share: float, most: int) -> None:
    limits, now, sent = Limits(300, paced=True), 0.0, 0
    limits.share(share)
    while now < 600:
        wait = limits.when(now)
        if wait:
            now += wait
        else:
            limits.sent(now)
            sent += 1

    assert most - 2 <= sent <= most


def test_without_a_share_nothing_goes() -> None:
    limits = Limits(300)
    limits.share(0)

    assert limits.when(0.0)
