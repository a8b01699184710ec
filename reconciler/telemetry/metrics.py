"""Numbers about the ongoing sync, in the text format of Prometheus. This module counts; it does not decide what is a success.

Every name begins with `reconciler_`. Times are seconds since 1970 in UTC; 0 means never. Counters begin at 0 with the process:

    last_success_timestamp_seconds   gauge                when a cycle last ended with everything as the manifests say
    last_refusal_timestamp_seconds   gauge                when a guard last said no
    last_cycle_timestamp_seconds     gauge                when a cycle last ended, however it did
    last_cycle_seconds               gauge                how long the last cycle took
    cycles_total                     counter  result      cycles that ended: done, partly, refused, failed, locked
    requests_total                   counter              requests sent to Genesys Cloud, token requests and repetitions too
    changes_total                    counter  op, result  changes of plans: op as there; done, failed, blocked or stopped
    plan_changes                     gauge    op          changes of the last plan that was made, refused or not
    budget_requests_left             gauge                requests left in the present minute; NaN without a limit of our own
    billable_users                   gauge                users whom the last plan makes billable

The times of the last success and refusal outlive the process: they are kept in the ledger and handed in by `remember`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest, write_to_textfile

from reconciler.model.change import Op, Outcome, Plan

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RESULTS = ("done", "partly", "refused", "failed", "locked")


@dataclass(frozen=True, slots=True)
class Ended:
    """A cycle that ended: one of `RESULTS`, when (seconds since 1970), after how many seconds, and what it cost.

    `plan` is what was planned, refused or not, and None where none came to be; `left` is None without a limit of our own.
    """

    result: str
    at: float
    seconds: float
    requests: int = 0
    left: int | None = None
    plan: Plan | None = None
    outcomes: Iterable[Outcome] = field(default=())


class Metrics:
    """The numbers of one process. Thread-safe, as the library is."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._success = self._gauge("last_success_timestamp_seconds", "When a cycle last ended as the manifests say")
        self._refusal = self._gauge("last_refusal_timestamp_seconds", "When a guard last said no")
        self._ended = self._gauge("last_cycle_timestamp_seconds", "When a cycle last ended")
        self._took = self._gauge("last_cycle_seconds", "How long the last cycle took")
        self._cycles = self._counter("cycles", "Cycles that ended, by result", "result")
        self._requests = self._counter("requests", "Requests sent to Genesys Cloud")
        self._changes = self._counter("changes", "Changes, by operation and result", "op", "result")
        self._size = self._gauge("plan_changes", "Changes of the last plan, by operation", "op")
        self._left = self._gauge("budget_requests_left", "Requests left in the present minute")
        self._billable = self._gauge("billable_users", "Users whom the last plan makes billable")
        self._left.set(math.nan)
        for result in RESULTS:  # a counter that appears with its first failure raises no alarm
            self._cycles.labels(result)
        for op in Op:
            self._size.labels(op.value)

    def remember(self, *, success: float, refusal: float) -> None:
        """Takes over when this process or one before it last succeeded and was last refused; 0 for never."""
        self._success.set(success)
        self._refusal.set(refusal)

    def count(self, cycle: Ended) -> None:
        """Counts a cycle that ended."""
        self._cycles.labels(cycle.result).inc()
        self._ended.set(cycle.at)
        self._took.set(cycle.seconds)
        self._requests.inc(cycle.requests)
        self._left.set(math.nan if cycle.left is None else cycle.left)
        for one in cycle.outcomes:
            self._changes.labels(one.change.op.value, one.result.value).inc()
        if cycle.plan is not None:
            self._billable.set(len(cycle.plan.billable))
            for op, count in sizes(cycle.plan).items():
                self._size.labels(op).set(count)

    def text(self) -> bytes:
        """All numbers in the text format."""
        return generate_latest(self.registry)

    def write(self, path: Path) -> None:
        """Writes all numbers for node_exporter's textfile collector: to a file beside it, then renamed.

        Raises `OSError` where the folder cannot be written.
        """
        write_to_textfile(str(path), self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"reconciler_{name}", words, labels, registry=self.registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"reconciler_{name}", words, labels, registry=self.registry)


def sizes(plan: Plan) -> Mapping[str, int]:
    """Changes per operation, with those a plan has none of; an adoption without a request counts as one."""
    counted = dict.fromkeys((op.value for op in Op), 0)
    for change in plan.changes:
        counted[change.op.value] += 1
    counted[Op.ADOPT.value] += len(plan.adoptions)
    return counted
