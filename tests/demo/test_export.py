import difflib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.export import write, write_mapping
from reconciler.pipeline.render import render


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The manifests of both days: day → file name → lines."""
    root = tmp_path_factory.mktemp("demo")
    write_mapping(root / "mapping")
    found = {}
    for day in (1, 2):
        write(root / f"day-{day}", day=day)
        done = render(
            export=root / f"day-{day}",
            mapping=root / "mapping",
            manifests=root / f"m-{day}",
            platform="amazon-connect",
            source="acme",
        )
        texts = {
            path.relative_to(root / f"m-{day}").as_posix(): path.read_text(encoding="utf-8").splitlines() for path in done.changed
        }
        found[day] = (done, texts)
    return found


def test_the_centre_has_about_120_agents_12_queues_and_two_divisions(days: Any) -> None:
    done, _ = days[1]

    assert done.counts == {
        "divisions": 2, "skills": 5, "languages": 2, "wrapup_codes": 4, "secondary_statuses": 4, "users": 120, "queues": 12,
    }  # fmt: skip
    assert done.warnings == ()
    assert done.absent == ()


def test_names_and_addresses_are_nobody_elses(days: Any) -> None:
    lines = [line for name, lines in days[1][1].items() if name.startswith("users/") for line in lines]
    names = Counter(line for line in lines if line.startswith("    name:"))
    addresses = Counter(line for line in lines if line.startswith("    email:"))

    assert max(names.values()) == max(addresses.values()) == 1
    assert all(line.endswith('@example.com"') for line in addresses)


def test_a_day_changes_what_it_says(days: Any) -> None:
    before, after = days[1][1], days[2][1]
    changed = {name for name in before if before[name] != after[name]}
    diff = [line for name in sorted(changed) for line in difflib.unified_diff(before[name], after[name], n=0)]
    own = [line for line in diff if not line.startswith(("---", "+++", "@@")) and "        - " not in line]

    assert changed == {"queues.yaml", "users/singapore.yaml", "users/tokyo.yaml"}
    assert [line for line in own if "Orders" in line and "name" in line] == [
        '-    name: "Orders"',
        '+    name: "Orders and Upgrades"',
    ]
    assert sum(line.startswith("-  - key") for line in own) == 2  # the leaver, and the one who moved
    assert sum(line.startswith("+  - key") for line in own) == 2  # the hire, and the one who moved
    assert sum(line.startswith("+    skills") for line in own) == 3  # of these two, and the one who got better


def test_the_same_day_is_the_same_export(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, day=1)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.json")}
        for name in ("a", "b")
    )

    assert first == second


def test_the_second_day_may_be_written_over_the_first(tmp_path: Path) -> None:
    write(tmp_path / "a", day=1)
    write(tmp_path / "a", day=2)
    write(tmp_path / "b", day=2)
    over, fresh = ({path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*.json")} for name in "ab")

    assert over == fresh


def test_it_shares_the_blemishes_of_real_exports(tmp_path: Path) -> None:
    write(tmp_path, day=1)
    broken = 0
    for path in tmp_path.rglob("*.json"):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            broken += 1
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.rglob("*.json")))

    assert broken == 2
    assert '"NextToken"' in text
    assert '"identityInfo"' in text
    assert '"QueueType": "AGENT"' in text
    assert text.count('"Email"') + text.count('"email"') == 119
