"""From a live organisation to manifests whose plan is empty, and into another organisation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow.centre import SMALL, Centre

from reconciler.errors import InputError
from reconciler.pipeline.export import Exported, export


def exported(centre: Centre, folder: Path | None = None) -> Exported:
    return asyncio.run(export(centre.settings, folder, centre.doors))


def files(centre: Centre, folder: str = "manifests") -> dict[str, str]:
    root = centre.root / folder
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.yaml"))}


def forget(centre: Centre) -> None:
    for file in (centre.root / ".reconciler").glob("ledger.db*"):
        file.unlink()


def clear(centre: Centre) -> None:
    """Throws the manifests away."""
    for path in (centre.root / "manifests").rglob("*.yaml"):
        path.unlink()


@pytest.fixture
def kept(centre: Centre) -> Centre:
    """SMALL applied, its manifests thrown away, its ledger kept."""
    centre.write(SMALL)
    assert centre.apply().exit_code == 0
    clear(centre)
    return centre


def test_the_plan_of_an_export_is_empty(kept: Centre) -> None:
    done = exported(kept)
    plan = kept.plan()

    assert done.warnings == ()
    assert not plan.changes
    assert not plan.adoptions
    assert not plan.strays
    assert plan.unchanged == 13


def test_an_external_source_that_is_inactive_stays_so(kept: Centre) -> None:
    (one,) = kept.behind("GET", "/api/v2/externalcontacts/externalsources")["entities"]
    kept.behind("PUT", f"/api/v2/externalcontacts/externalsources/{one['id']}", {"name": one["name"], "active": False})

    done = exported(kept)

    assert not [note for note in done.notes if "inactive" in note]
    assert not kept.plan().changes


def test_without_a_ledger_the_plan_of_an_export_only_adopts(kept: Centre) -> None:
    forget(kept)

    done = exported(kept)
    plan = kept.plan()

    assert done.warnings == ()
    assert not plan.changes
    assert len(plan.adoptions) == 13
    assert {"user/a1", "queue/q1", "skill/Billing", "secondary_status/Lunch"} < {str(one.ref) for one in plan.adoptions}


def test_an_organisation_nobody_ever_marked_is_exported_by_its_names(make_centre: Callable[..., Centre]) -> None:
    centre = make_centre(seed="demo")
    centre.configure("")

    done = exported(centre)
    plan = centre.plan()

    assert sum(done.counts.values()) > 10
    assert not plan.changes
    assert len(plan.adoptions) == sum(done.counts.values())


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_an_export_applied_elsewhere_exports_the_same_bytes(
    kept: Centre, make_centre: Callable[..., Centre], ledger: str
) -> None:
    if ledger == "lost":
        forget(kept)
    exported(kept)
    first, before = files(kept), kept.state()
    forget(kept)
    other = make_centre(random_seed=7)

    applied = other.apply()
    again = exported(other)

    assert applied.exit_code == 0, [one.note for one in applied.outcomes if one.note]
    assert files(other) == first
    assert again.changed == ()
    assert other.state()["queues"] == before["queues"]


def test_a_second_export_changes_nothing(kept: Centre) -> None:
    exported(kept)

    again = exported(kept)

    assert (again.changed, again.removed) == ((), ())


def test_exported_files_read_like_rendered_ones(kept: Centre) -> None:
    exported(kept)

    found = files(kept)

    assert list(found) == [
        "divisions.yaml",
        "external_sources.yaml",
        "languages.yaml",
        "presence_sources.yaml",
        "queues.yaml",
        "secondary_statuses.yaml",
        "skills.yaml",
        "users/home.yaml",
        "users/tokyo.yaml",
        "wrapup_codes.yaml",
    ]
    assert found["users/tokyo.yaml"] == TOKYO
    queue = found["queues.yaml"].split("  - key: ")[1].splitlines()
    assert queue[:4] == ['"q1"', '    name: "Billing Tokyo"', '    division: "tokyo"', '    description: "Bills"']
    assert queue[-9:] == [
        "    wrapup_codes:",
        "      mode: exclusive",
        "      items:",
        '        - "sale" # "Sale"',
        "    members:",
        "      mode: exclusive",
        "      items:",
        '        - "a1" # "山田 太郎"',
        '        - "a2" # "Hanako Sato"',
    ]


TOKYO = """\
# Exported by reconciler for source acme. The next export overwrites it; take this line out to keep your edits.
# yaml-language-server: $schema=../../schemas/manifest.v1.json
version: 1
users:
  - key: "a1"
    name: "山田 太郎"
    email: "taro@example.com"
    division: "tokyo"
    department: "Sales"
    title: "Agent"
    employee_id: "007"
    phones: {"work": "+81312345678"}
    skills: {"billing": 4, "returns": 1.5}
    languages: {"ja": 5}
"""


def test_a_file_of_somebody_else_is_not_overwritten(kept: Centre) -> None:
    kept.write("queues: []", "queues.yaml")
    before = files(kept)

    with pytest.raises(InputError, match=r"queues\.yaml:1: no export wrote this file"):
        exported(kept)

    assert files(kept) == before


def test_other_manifests_in_the_folder_are_named(kept: Centre) -> None:
    kept.write("queues: []", "hand.yaml")

    assert any("also holds hand.yaml" in note for note in exported(kept).notes)


def test_a_file_whose_objects_are_gone_is_removed(kept: Centre) -> None:
    exported(kept)
    known = kept.behind("GET", "/api/v2/routing/languages")["entities"][0]["id"]
    kept.behind("DELETE", f"/api/v2/routing/languages/{known}")

    again = exported(kept)

    assert [path.name for path in again.removed] == ["languages.yaml"]


def user(centre: Centre, email: str) -> dict[str, Any]:
    found = centre.behind("GET", "/api/v2/users", pageSize=100)["entities"]
    return next(one for one in found if one["email"] == email)


def test_inactive_people_are_counted_and_not_exported(kept: Centre) -> None:
    taro = user(kept, "taro@example.com")
    kept.behind("PATCH", f"/api/v2/users/{taro['id']}", {"state": "inactive", "version": taro["version"]})

    done = exported(kept)
    plan = kept.plan()

    assert "not exported: 1 user (inactive: a manifest would bring them back)" in done.notes
    assert "queue/q1 members: 'a1' is not exported; the rest is only added to" in done.warnings
    assert "user/a2 manager: 'a1' is not exported; the field is left out" in done.warnings
    assert not plan.changes


def test_what_another_source_keeps_is_not_exported(kept: Centre) -> None:
    settings = (kept.root / "reconciler.yaml").read_text(encoding="utf-8")
    (kept.root / "reconciler.yaml").write_text(settings.replace("name: acme", "name: other"), encoding="utf-8")

    done = exported(kept)

    assert done.counts == {}
    assert any("another source of this ledger keeps them" in note for note in done.notes)


def test_two_objects_of_one_name_are_left_out_and_named(centre: Centre) -> None:
    for _ in range(2):
        centre.behind("POST", "/api/v2/presence/sources", {"name": "ACME"})

    done = exported(centre)

    assert done.counts == {}
    assert sum("is called the same; rename or remove one of them" in one for one in done.warnings) == 2


def test_a_kind_that_was_not_read_completely_keeps_its_file(kept: Centre) -> None:
    exported(kept)
    before = files(kept)
    kept.admin("POST", "/faults", {"operation": "GET /api/v2/routing/languages", "nth": 1, "short_page": 0})

    again = exported(kept)

    assert files(kept)["languages.yaml"] == before["languages.yaml"]
    assert any(one.startswith("languages are left out") for one in again.warnings)


def test_an_export_writes_nothing_to_the_organisation(kept: Centre) -> None:
    writes = kept.admin("GET", "/requests")["writes"]

    exported(kept)

    assert kept.admin("GET", "/requests")["writes"] == writes


def test_a_mark_no_key_can_be_read_off_still_plans_as_empty(centre: Centre) -> None:
    path = centre.root / "reconciler.yaml"
    said = path.read_text(encoding="utf-8")
    path.write_text(said.replace("requests_per_minute: 0", "requests_per_minute: 0, peer_id: uuid"), encoding="utf-8")
    centre.write(SMALL)
    centre.apply()
    clear(centre)
    forget(centre)

    done = exported(centre)
    plan = centre.plan()

    assert done.warnings == ()
    assert not plan.changes
    assert len(plan.adoptions) == 13
