"""Numbers about a runner, in the text format of Prometheus. This module counts; it does not decide what is lost or late.

Every name begins with `reconciler_run_`, and every number has the label `runner` (status). Counters begin at 0 with the process:

    records_total                counter    native records read from the feeds
    events_total                 counter    events that were due to be told
    sent_total                   counter    events that Genesys Cloud took
    repeated_total               counter    native events that were known already, and suppressed
    corrected_total              counter    agents corrected because Genesys Cloud showed something else: what was lost
    quarantined_total            counter    native events set aside for a person
    unmapped_total               counter    native states and reasons without a place in the table
    unknown_agents               gauge      agents of the feed that Genesys Cloud does not know
    waiting_events               gauge      native events taken over and not settled
    lag_seconds                  histogram  from the native time of an event until it was taken
    last_turn_timestamp_seconds  gauge      when the runner last looked at what waits, in seconds since 1970
    partitions                   gauge      parts of the stream this worker holds
    token_slots                  gauge      shares of the request budget this worker holds
    budget_requests_left         gauge      requests left in the present minute; NaN without a limit of our own
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

COUNTERS: Final = {
    "records": "Native records read from the feeds",
    "events": "Events that were due to be told",
    "sent": "Events that Genesys Cloud took",
    "repeated": "Native events that were known already, and suppressed",
    "corrected": "Agents corrected because Genesys Cloud showed something else",
    "quarantined": "Native events set aside for a person",
    "unmapped": "Native states and reasons without a place in the table",
}
GAUGES: Final = {
    "unknown_agents": "Agents of the feed that Genesys Cloud does not know",
    "waiting_events": "Native events taken over and not settled",
    "last_turn_timestamp_seconds": "When the runner last looked at what waits",
    "partitions": "Parts of the stream this worker holds",
    "token_slots": "Shares of the request budget this worker holds",
    "budget_requests_left": "Requests left in the present minute",
}
STUCK_SECONDS: Final = 60
"""After how long without a turn a runner does not count as ready."""

LAGS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)
"""Upper bounds of the lag's buckets, in seconds; 2 is what is promised at 60 percent load."""


class RunnerMetrics:
    """The numbers of one runner in one process. Thread-safe, as the library is."""

    def __init__(self, runner: str) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        own: dict[str, Any] = {"labelnames": ("runner",), "registry": self.registry}
        self._counters = {
            name: Counter(f"reconciler_run_{name}", words, **own).labels(runner) for name, words in COUNTERS.items()
        }
        self._gauges = {name: Gauge(f"reconciler_run_{name}", words, **own).labels(runner) for name, words in GAUGES.items()}
        self._lag = Histogram(
            "reconciler_run_lag_seconds", "From the native time of an event until it was taken", buckets=LAGS, **own
        ).labels(runner)
        self._seen = dict.fromkeys(COUNTERS, 0)
        self._turned = 0.0
        self._gauges["budget_requests_left"].set(math.nan)

    def count(self, totals: Mapping[str, int]) -> None:
        """Takes over totals of this process: those of `COUNTERS`. A total never falls."""
        for name, total in totals.items():
            self._counters[name].inc(total - self._seen[name])
            self._seen[name] = total

    def gauge(self, values: Mapping[str, float | None]) -> None:
        """Sets what is now: those of `GAUGES`; None is NaN."""
        self._turned = values.get("last_turn_timestamp_seconds") or self._turned
        for name, value in values.items():
            self._gauges[name].set(math.nan if value is None else value)

    def trouble(self, now: float) -> str:
        """Why the runner is not at work at `now` (seconds since 1970); empty where it is."""
        if not self._turned:
            return "not at work yet"
        silent = now - self._turned
        return f"nothing was looked at for {silent:.0f} s" if silent > STUCK_SECONDS else ""

    def lag(self, seconds: float) -> None:
        """An event was taken so many seconds after it happened."""
        self._lag.observe(seconds)

    def text(self) -> bytes:
        """All numbers in the text format."""
        return generate_latest(self.registry)
