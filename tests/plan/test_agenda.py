"""How a plan of events ends, in a word for each of its cases."""

from __future__ import annotations

import pytest

from reconciler.model.change import Plan
from reconciler.plan.agenda import agenda

LEFT_OUT = Plan(warnings=("unknown to Genesys Cloud: SIP/1 (1 x); apply their manifests",))


@pytest.mark.parametrize(
    ("plan", "end"),
    [
        (Plan(), "Nothing to tell: Genesys Cloud was told everything the feed says."),
        (LEFT_OUT, "Nothing is told: the warnings say what is left out, and why."),
    ],
)
def test_a_plan_without_events_claims_no_more_than_is_so(plan: Plan, end: str) -> None:
    assert [line.text for line in agenda(plan)][-1] == end
