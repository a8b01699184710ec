"""Numbers of a runner, and whether it is at work."""

from __future__ import annotations

import pytest

from reconciler.telemetry.running import COUNTERS, GAUGES, RunnerMetrics


def test_every_number_that_is_documented_is_there() -> None:
    text = RunnerMetrics("status").text().decode()

    assert all(f'reconciler_run_{name}_total{{runner="status"}} 0.0' in text for name in COUNTERS)
    assert all(f'reconciler_run_{name}{{runner="status"}}' in text for name in GAUGES)
    assert 'reconciler_run_lag_seconds_bucket{le="2.0",runner="status"} 0.0' in text


def test_totals_only_grow_by_what_is_new() -> None:
    metrics = RunnerMetrics("status")
    metrics.count({"sent": 3})
    metrics.count({"sent": 5})

    assert 'reconciler_run_sent_total{runner="status"} 5.0' in metrics.text().decode()


@pytest.mark.parametrize(
    ("turned", "now", "said"),
    [(None, 100.0, "not at work yet"), (100.0, 130.0, ""), (100.0, 200.0, "nothing was looked at for 100 s")],
)
def test_a_runner_is_ready_while_it_turns(turned: float | None, now: float, said: str) -> None:
    metrics = RunnerMetrics("status")
    if turned:
        metrics.gauge({"last_turn_timestamp_seconds": turned, "budget_requests_left": None})

    assert metrics.trouble(now) == said
