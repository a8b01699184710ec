"""Numbers about the runner of recordings, in the text format of Prometheus. This module counts; it decides nothing.

Every name begins with `reconciler_recordings_`:

    uploaded_total                counter  recordings the storage took
    uploaded_bytes_total          counter  their bytes
    sent_bytes_total              counter  bytes that went out, repeated ones too
    attached_total                counter  recordings proven to be attached to their conversations
    deleted_total                 counter  sources deleted after that, where it was asked for
    failed                        gauge    recordings that could not be uploaded or attached
    found                         gauge    recordings that lie in the store, by verdict (`verdict`: analytics, archive, refused)
    waiting                       gauge    recordings that wait, whatever for
    orphans                       gauge    uploads Genesys Cloud has no conversation for
    last_look_timestamp_seconds   gauge    when the store was looked at last, in seconds since 1970
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

COUNTERS: Final = {
    "uploaded": "Recordings the storage took",
    "uploaded_bytes": "Their bytes",
    "sent_bytes": "Bytes that went out, repeated ones too",
    "attached": "Recordings proven to be attached to their conversations",
    "deleted": "Sources deleted after that, where it was asked for",
}
GAUGES: Final = {
    "failed": "Recordings that could not be uploaded or attached",
    "waiting": "Recordings that wait, whatever for",
    "orphans": "Uploads Genesys Cloud has no conversation for",
    "last_look_timestamp_seconds": "When the store was looked at last",
}


class RecordingMetrics:
    """The numbers of one process. Thread-safe, as the library is. `stuck_seconds` without a look do not count as ready."""

    def __init__(self, stuck_seconds: float = 600.0) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._stuck = stuck_seconds
        self._looked = 0.0
        own: dict[str, Any] = {"registry": self.registry}
        self._counters = {name: Counter(f"reconciler_recordings_{name}", words, **own) for name, words in COUNTERS.items()}
        self._gauges = {name: Gauge(f"reconciler_recordings_{name}", words, **own) for name, words in GAUGES.items()}
        self._found = Gauge("reconciler_recordings_found", "Recordings that lie in the store", ("verdict",), **own)
        self._seen = dict.fromkeys(COUNTERS, 0)

    def count(self, totals: Mapping[str, int]) -> None:
        """Takes over totals of this process: those of `COUNTERS`. A total never falls."""
        for name, total in totals.items():
            self._counters[name].inc(total - self._seen[name])
            self._seen[name] = total

    def gauge(self, values: Mapping[str, float], found: Mapping[str, int]) -> None:
        """Sets what is now: those of `GAUGES`, and how many recordings have which verdict."""
        self._looked = values.get("last_look_timestamp_seconds", self._looked)
        for name, value in values.items():
            self._gauges[name].set(value)
        for verdict, number in found.items():
            self._found.labels(verdict).set(number)

    def trouble(self, now: float) -> str:
        """Why the runner is not at work at `now` (seconds since 1970); empty where it is."""
        if not self._looked:
            return "not at work yet"
        silent = now - self._looked
        return f"the store was not looked at for {silent:.0f} s" if silent > self._stuck else ""

    def text(self) -> bytes:
        """All numbers in the text format."""
        return generate_latest(self.registry)
