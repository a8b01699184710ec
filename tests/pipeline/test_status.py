"""What a native reason is shown as, whichever way the mapping, the manifests and the feed call it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.event import Agent, Standing
from reconciler.model.mapping import Mapping
from reconciler.model.resource import Ref
from reconciler.pipeline.called import Called
from reconciler.pipeline.status import pairs
from reconciler.sources import STATUS

MEAL = {"system_presence": "Meal"}
JAPANESE = {**MEAL, "labels": {"en_US": "Lunch break", "ja": "昼食"}}


def shown(mapping: dict[str, Any], bound: dict[str, str], agent: Agent) -> tuple[str, str]:
    """The presence, and what no table knows; `bound` are secondary statuses in Genesys Cloud, by key with their names."""
    called = Called(Mapping.model_validate({"secondary_statuses": mapping}))
    called.learn({Ref("secondary_status", key): name for key, name in bound.items()})
    pair, unknown = pairs(called, STATUS["tabular"], dict.fromkeys(called.names, "id")).of(agent)
    return pair.presence, unknown


def out(reason: str, label: str = "", native: str = "not ready") -> Agent:
    return Agent(Standing.NOT_READY, reason, native=native, label=label)


@pytest.mark.parametrize(
    ("mapping", "bound", "agent", "presence"),
    [
        ({"7": MEAL}, {"7": "Lunch"}, out("7", "Lunch"), "secondary_status/7"),
        ({"7": MEAL}, {"7": "Lunch"}, out("7"), "secondary_status/7"),
        ({"Lunch": MEAL}, {"7": "Lunch"}, out("7", "Lunch"), "secondary_status/7"),
        ({"Lunch": MEAL}, {"7": "Lunch"}, out("7"), "secondary_status/7"),
        ({"Lunch": MEAL}, {"7": "Lunch"}, out("7", native="Lunch"), "secondary_status/7"),
        ({"Lunch": MEAL}, {"7": "Lunch"}, out("Lunch"), "secondary_status/7"),
        ({"Lunch": JAPANESE}, {"7": "Lunch break"}, out("Lunch"), "secondary_status/7"),
        ({"Lunch": {**MEAL, "key": "lunch"}}, {"lunch": "Lunch"}, out("7", "Lunch"), "secondary_status/lunch"),
        ({"7": {**MEAL, "key": "lunch"}}, {"lunch": "Lunch"}, out("7", "Lunch"), "secondary_status/lunch"),
        ({"Lunch": MEAL}, {}, out("7", "Lunch"), "system_presence/Meal"),
        ({"Lunch": {**MEAL, "key": "lunch"}}, {"7": "Lunch"}, out("Lunch"), "system_presence/Meal"),
    ],
)
def test_a_reason_is_its_secondary_status(mapping: dict[str, Any], bound: dict[str, str], agent: Agent, presence: str) -> None:
    assert shown(mapping, bound, agent) == (presence, "")


def test_a_reason_that_nobody_knows_by_any_name_is_told_by_its_id() -> None:
    assert shown({"Lunch": {**MEAL, "key": "lunch"}}, {"lunch": "Lunch"}, out("7", "Yoga")) == (
        "system_presence/Busy",
        "reason 7",
    )
