"""After an apply everything that was written is read again; and how long an import takes on the request limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flow.centre import SMALL, Centre

from reconciler.model import document


def test_requests_are_told_per_kind(centre: Centre) -> None:
    centre.write(SMALL)

    plan = centre.plan()

    told = document.dump(plan)["requests"]
    assert sum(told["spent_by_kind"].values()) == told["spent"]
    assert sum(told["predicted_by_kind"].values()) == told["predicted"]
    assert told["spent_by_kind"]["queue"] == 2
    assert told["predicted_by_kind"]["user"] == 2


def test_what_does_not_converge_is_named_with_its_fields(centre: Centre) -> None:
    centre.write(SMALL)
    centre.admin("PATCH", "/switches", {"members_lag": 3600})

    applied = centre.apply()

    assert applied.exit_code == 6
    assert sorted(one.id for one in applied.remaining) == ["queue/q1", "queue/q2"]
    assert {one.path[0] for change in applied.remaining for one in change.fields} == {"members"}


def test_a_write_that_shows_late_is_waited_for(centre: Centre) -> None:
    centre.write(SMALL)
    centre.admin("PATCH", "/switches", {"members_lag": 3})

    applied = centre.apply()

    assert applied.exit_code == 0


def people(number: int) -> str:
    """Manifests of so many people with two skills each."""
    skills = "skills: [{key: a, name: A}, {key: b, name: B}]\nusers:\n"
    return skills + "".join(
        f"  - {{key: u{one}, name: User {one}, email: u{one}@example.com, skills: {{a: 1, b: 2}}}}\n" for one in range(number)
    )


@pytest.mark.long
@pytest.mark.parametrize("tokens", [pytest.param(1, marks=pytest.mark.long), 4])
def test_an_import_runs_at_the_request_limit(
    make_centre: Callable[..., Centre], monkeypatch: pytest.MonkeyPatch, tokens: int
) -> None:
    """One token: at most 1.1 times requests ÷ 5 seconds; four, each with its own allowance: 1.15 times a quarter of that."""
    centre = make_centre(rate_limit=300)
    names = [f"CLIENT{one}" for one in range(tokens)]
    for name in names:
        client = centre.admin("POST", "/clients", {"name": name})
        monkeypatch.setenv(f"{name}_ID", client["client_id"])
        monkeypatch.setenv(f"{name}_SECRET", client["client_secret"])
    path = centre.root / "reconciler.yaml"
    text = path.read_text(encoding="utf-8").replace("requests_per_minute: 0", f"clients: [{', '.join(names)}]")
    path.write_text(text, encoding="utf-8")
    centre.write(people(1000))
    started = centre.clock[0]

    applied = centre.apply(verify=False)

    seconds = centre.clock[0] - started
    floor = applied.requests / 5
    assert applied.exit_code == 0
    assert seconds <= (1.1 * floor if tokens == 1 else 1.15 * floor / 4)
    assert not centre.admin("GET", "/requests")["violations"]
