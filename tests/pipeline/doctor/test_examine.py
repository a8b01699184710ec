"""A look at everything: it writes nothing, shows no secret, and goes on where something fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow.centre import SMALL, Centre

from reconciler.pipeline.doctor.finding import document, lines

AREAS = ["settings", "credentials", "clock", "permissions", "limits", "presence source", "ledger", "lease", "feeds"]
AREAS += ["manifests", "render", "mapping"]


@pytest.fixture
def applied(centre: Centre) -> Centre:
    """An organisation that is as its manifests want it."""
    centre.write(SMALL)
    assert centre.apply().exit_code == 0
    return centre


def test_a_centre_in_good_order_has_no_problem_and_no_warning(applied: Centre, look: Any) -> None:
    report = look(applied)

    assert [one for one in report.findings if one.verdict != "ok"] == []
    assert list(dict.fromkeys(one.area for one in report.findings)) == AREAS
    assert report.exit_code == 0


def test_nothing_is_written_to_genesys_cloud(applied: Centre, look: Any) -> None:
    applied.admin("POST", "/requests/reset")

    look(applied)

    asked = set(applied.requests())
    assert {name for name in asked if not name.startswith("GET ")} == {"POST /oauth/token"}
    assert applied.admin("GET", "/requests")["violations"] == []


def test_nothing_is_written_to_the_repository(centre: Centre, look: Any) -> None:
    """But for the cache of manifests that were read, which every command keeps."""
    centre.write(SMALL)
    before = files(centre.root)

    look(centre)

    assert files(centre.root) == before


def files(root: Path) -> set[str]:
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".reconciler/cache/")}


def test_no_secret_is_shown(applied: Centre, look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_FEED_AUTHORIZATION", "Bearer hunter2")
    monkeypatch.setenv("RECONCILER_LEDGER", "postgresql://me:hunter3@127.0.0.1:1/none?password=hunter4")
    applied.configure('runners: {status: {feeds: ["https://127.0.0.1:1/states?key=hunter5"]}}\n')

    report = look(applied)

    shown = str(document(report)) + str(list(lines(report)))
    assert "hunter" not in shown
    assert applied.emulator.client_secret not in shown


def test_a_missing_file_of_settings_is_the_only_finding(tmp_path: Path, centre: Centre, look: Any) -> None:
    (tmp_path / "reconciler.yaml").unlink()

    report = look(centre)

    assert [one.area for one in report.findings] == ["settings"]
    assert "reconciler init" in report.findings[0].what
    assert report.exit_code == 1


def test_every_problem_of_the_settings_is_told_with_its_place(centre: Centre, look: Any, said: Any) -> None:
    centre.configure("plan_ttl: soon\nledgre: x\n")

    report = look(centre)

    assert [text.split(": ")[0] for text in said(report)] == [
        "problem reconciler.yaml:4:1",
        "problem reconciler.yaml:5:1",
    ]


def test_missing_credentials_leave_the_rest_to_look_at(applied: Centre, look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_OAUTHCLIENT_SECRET")

    report = look(applied)

    problems = [one for one in report.findings if one.verdict == "problem"]
    assert [one.area for one in problems] == ["credentials"]
    assert "GENESYSCLOUD_OAUTHCLIENT_SECRET" in problems[0].what
    assert "bound for acme: 13 objects" in [one.what for one in report.findings]
    assert report.exit_code == 1


def test_a_wrong_secret_is_7(applied: Centre, look: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")

    assert look(applied).exit_code == 7


def test_another_organisation_is_7_and_is_not_read(centre: Centre, look: Any, said: Any) -> None:
    settings = (centre.root / "reconciler.yaml").read_text().replace("organization: {", "organization: {id: another, ")
    (centre.root / "reconciler.yaml").write_text(settings)

    report = look(centre)

    assert report.exit_code == 7
    assert "not of another" in said(report, "credentials")[0]
    assert set(centre.requests()) == {"POST /oauth/token", "GET /api/v2/tokens/me"}


def test_a_service_that_is_away_is_told_within_a_minute(centre: Centre, look: Any, said: Any) -> None:
    centre.admin("POST", "/faults", {"operation": "GET /api/v2/tokens/me", "status": 503})
    before = centre.clock[0]

    report = look(centre)

    assert report.exit_code == 1
    assert "503" in said(report, "credentials")[0]
    assert centre.clock[0] - before < 60


def test_every_client_is_looked_at(applied: Centre, look: Any, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (applied.root / "reconciler.yaml").read_text()
    (applied.root / "reconciler.yaml").write_text(
        text.replace("organization: {", "organization: {clients: [GENESYSCLOUD_OAUTHCLIENT, SECOND], ")
    )
    second = applied.admin("POST", "/clients", {"permissions": []})
    monkeypatch.setenv("SECOND_ID", second["client_id"])
    monkeypatch.setenv("SECOND_SECRET", second["client_secret"])

    report = look(applied)

    assert any(text.startswith("problem SECOND lacks directory:user:view, ") for text in said(report, "permissions"))
    assert report.exit_code == 7


@pytest.mark.parametrize("width", [80, 60])
def test_the_text_keeps_to_its_width_with_japanese_names(
    applied: Centre, look: Any, as_client: Callable[..., None], width: int
) -> None:
    from reconciler.plan.show import columns

    as_client(applied, divisions=["東京センター"])

    text = list(lines(look(applied), width))

    assert any("大阪センター" in line.text for line in text)
    assert max(columns(line.text) for line in text) <= width
