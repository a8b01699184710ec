from __future__ import annotations

import math
from pathlib import Path

import pytest

from reconciler.model.change import Adoption, Change, Op, Outcome, Plan, Result
from reconciler.model.resource import Ref
from reconciler.telemetry import metrics
from reconciler.telemetry.metrics import RESULTS, Ended, Metrics

CREATE = Change(Op.CREATE, Ref("user", "a1"), "Taro")
DELETE = Change(Op.DELETE, Ref("queue", "q1"), "Billing")
PLAN = Plan((CREATE, DELETE), (Adoption(Ref("skill", "s1"), "S", "name"),), billable=("a1",))
DONE = Ended("done", 1000.0, 2.5, 40, 260, PLAN, (Outcome(CREATE, Result.DONE), Outcome(DELETE, Result.FAILED)))


def read(text: str) -> dict[str, float]:
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name.removeprefix("reconciler_"): float(value) for name, value in rows}


def numbers(of: Metrics) -> dict[str, float]:
    return read(of.text().decode())


def test_every_result_is_there_before_it_happens() -> None:
    found = numbers(Metrics())

    assert [found[f'cycles_total{{result="{result}"}}'] for result in RESULTS] == [0] * 5
    assert math.isnan(found["budget_requests_left"])


def test_a_cycle_is_counted() -> None:
    sync = Metrics()

    sync.count(DONE)
    sync.count(DONE)

    found = numbers(sync)
    assert found['cycles_total{result="done"}'] == 2
    assert found["requests_total"] == 80
    assert found['changes_total{op="create",result="done"}'] == 2
    assert found['changes_total{op="delete",result="failed"}'] == 2
    assert found["last_cycle_timestamp_seconds"] == 1000
    assert found["last_cycle_seconds"] == 2.5
    assert found["budget_requests_left"] == 260


def test_the_size_of_the_last_plan_is_told_by_operation() -> None:
    sync = Metrics()

    sync.count(DONE)

    found = numbers(sync)
    assert {op: found[f'plan_changes{{op="{op}"}}'] for op in ("create", "delete", "adopt", "update")} == {
        "create": 1,
        "delete": 1,
        "adopt": 1,
        "update": 0,
    }
    assert found["billable_users"] == 1


def test_an_empty_plan_takes_the_last_sizes_back() -> None:
    sync = Metrics()

    sync.count(DONE)
    sync.count(Ended("done", 1100.0, 1.0, plan=Plan()))

    assert numbers(sync)['plan_changes{op="create"}'] == 0


def test_a_cycle_without_a_plan_leaves_the_last_sizes() -> None:
    sync = Metrics()

    sync.count(DONE)
    sync.count(Ended("failed", 1100.0, 1.0))

    assert numbers(sync)['plan_changes{op="create"}'] == 1


def test_times_of_earlier_processes_are_remembered() -> None:
    sync = Metrics()

    sync.remember(success=500.0, refusal=400.0)

    found = numbers(sync)
    assert (found["last_success_timestamp_seconds"], found["last_refusal_timestamp_seconds"]) == (500, 400)


def test_two_of_them_do_not_mix() -> None:
    one, other = Metrics(), Metrics()

    one.count(DONE)

    assert numbers(other)["requests_total"] == 0


def test_the_file_holds_what_is_served(tmp_path: Path) -> None:
    sync = Metrics()
    sync.count(DONE)

    sync.write(tmp_path / "reconciler.prom")

    assert read((tmp_path / "reconciler.prom").read_text()).keys() == numbers(sync).keys()
    assert [one.name for one in tmp_path.iterdir()] == ["reconciler.prom"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Metrics().write(tmp_path / "none" / "reconciler.prom")


def test_every_name_is_documented() -> None:
    names = {name.partition("{")[0] for name in numbers(Metrics()) if "_created" not in name} | {"changes_total"}

    assert not [name for name in names if f"    {name} " not in (metrics.__doc__ or "")]
