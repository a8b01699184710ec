"""Plans that a released version saved keep loading: one file per format version, never edited."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from reconciler.model import document

PLANS = sorted(Path(__file__).with_name("plans").glob("*.json"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_released_plan_loads_and_says_the_same(path: Path) -> None:
    data = path.read_bytes()

    plan, plan_id = document.load(data, path.name)

    assert plan_id == orjson.loads(data)["id"]
    assert [one.id for one in plan.changes] == ["user/a1", "queue/q1", "queue/q2", "queue/q3", "queue/q3#members"]
    assert document.dump(plan)["changes"] == orjson.loads(data)["changes"]
