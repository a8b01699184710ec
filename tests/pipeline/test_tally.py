"""What people are told of a run, and of a plan that only looked."""

from __future__ import annotations

from collections import Counter

from reconciler.pipeline.tally import Report

REPORT = Report(strangers=Counter({"queue/q1": 2}), causes=Counter({"queue/q1 is not known": 2}))


def test_a_run_says_where_what_it_set_aside_is() -> None:
    assert [(note.what, note.remedy) for note in REPORT.notes("interactions")] == [
        (
            "unknown to Genesys Cloud",
            "apply their manifests, or translate them: agents, rename or interactions.wrapup_codes in mapping.yaml",
        ),
        ("set aside", "see `reconciler state quarantine list`"),
    ]


def test_a_plan_sets_nothing_aside() -> None:
    assert REPORT.warnings("status") == (
        "unknown to Genesys Cloud: queue/q1 (2 x); apply their manifests, or translate them: agents in mapping.yaml",
        "would be set aside: queue/q1 is not known (2 x); a run keeps them in its quarantine",
    )
