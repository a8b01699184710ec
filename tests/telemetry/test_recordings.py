"""Numbers about the runner of recordings."""

from __future__ import annotations

from reconciler.telemetry.recordings import RecordingMetrics


def test_totals_grow_by_what_is_new() -> None:
    metrics = RecordingMetrics()

    metrics.count({"uploaded": 2, "uploaded_bytes": 10})
    metrics.count({"uploaded": 5, "uploaded_bytes": 10})

    text = metrics.text().decode()
    assert "reconciler_recordings_uploaded_total 5.0\n" in text
    assert "reconciler_recordings_uploaded_bytes_total 10.0\n" in text


def test_what_lies_there_is_told_by_verdict() -> None:
    metrics = RecordingMetrics()

    metrics.gauge({"waiting": 3}, {"analytics": 7, "refused": 0})

    text = metrics.text().decode()
    assert "reconciler_recordings_waiting 3.0\n" in text
    assert 'reconciler_recordings_found{verdict="analytics"} 7.0\n' in text


def test_a_runner_that_does_not_look_is_in_trouble() -> None:
    metrics = RecordingMetrics(stuck_seconds=60)

    assert metrics.trouble(1000) == "not at work yet"
    metrics.gauge({"last_look_timestamp_seconds": 1000}, {})
    assert metrics.trouble(1060) == ""
    assert metrics.trouble(1061) == "the store was not looked at for 61 s"
