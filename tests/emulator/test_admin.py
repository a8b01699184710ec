"""The admin port: request ledger, clock, switches, clients, state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def test_every_request_is_counted_by_its_template(org: Org) -> None:
    known = org.user()["id"]
    org("GET", f"/users/{known}")
    org("GET", "/users/none")
    org("GET", "/nowhere")

    ledger = org.admin("GET", "/requests")

    assert ledger["by_operation"] == {
        "GET (not modelled)": 1,
        "GET /api/v2/users/{userId}": 2,
        "POST /api/v2/users": 1,
        "POST /oauth/token": 1,
    }
    assert (ledger["total"], ledger["writes"]) == (5, 1)


def test_the_ledger_can_begin_anew(org: Org) -> None:
    org("GET", "/tokens/me")

    assert org.admin("POST", "/requests/reset") == {"total": 0, "writes": 0, "by_operation": {}, "violations": []}


def test_a_well_behaved_client_leaves_no_violation(org: Org) -> None:
    org.user()
    org("GET", "/users", pageSize=500)

    assert org.admin("GET", "/requests")["violations"] == []


def test_going_over_the_limit_is_a_violation(emulate: Callable[..., Org]) -> None:
    org = emulate(rate_limit=1)
    org("GET", "/tokens/me")
    org("GET", "/organizations/me")

    assert [one["operation"] for one in org.admin("GET", "/requests")["violations"]] == ["GET /api/v2/organizations/me"]


def test_repeating_before_the_wait_is_over_is_a_violation(org: Org) -> None:
    org.admin("POST", "/faults", {"operation": "GET /api/v2/tokens/me", "status": 429, "retry_after": 5, "times": 1})
    org("GET", "/tokens/me")
    org.now += 4
    org("GET", "/tokens/me")
    org.now += 2
    org("GET", "/tokens/me")

    assert [one["code"] for one in org.admin("GET", "/requests")["violations"]] == ["repeated.early"]


def test_more_than_five_at_a_time_is_a_violation(org: Org) -> None:
    org.admin("POST", "/faults", {"operation": "GET /api/v2/tokens/me", "delay_ms": 1})

    assert org.together(5, "/tokens/me") == [200] * 5
    assert org.admin("GET", "/requests")["violations"] == []
    assert org.together(6, "/tokens/me") == [200] * 6
    assert [one["code"] for one in org.admin("GET", "/requests")["violations"]] == ["too.many.in.flight"]


def test_the_clock_can_be_advanced(org: Org, refused: Refused) -> None:
    org.admin("POST", "/clock", {"advance_seconds": 86_401})

    assert refused(org("GET", "/tokens/me")) == (401, "bad.credentials")


def test_switches_explain_themselves(org: Org) -> None:
    shown = org.admin("GET", "/switches")

    assert shown["has_peer_omitted"]["value"] == "all"
    assert shown["has_peer_omitted"]["choices"] == ["all", "without", "with"]
    assert all(one["text"] for one in shown.values())


def test_switches_are_turned(org: Org) -> None:
    shown = org.admin("PATCH", "/switches", {"has_peer_omitted": "with", "list_lag": 2})

    assert (shown["has_peer_omitted"]["value"], shown["list_lag"]["value"]) == ("with", 2)


@pytest.mark.parametrize(
    "change", [{"no_such": 1}, {"has_peer_omitted": "maybe"}, {"list_lag": "long"}, {"deleted_keeps_abilities": 1}]
)
def test_a_switch_that_cannot_be_turned_turns_none(org: Org, change: Any) -> None:
    assert "error" in org.admin("PATCH", "/switches", {"external_id_answer": "object"} | change)
    assert org.admin("GET", "/switches")["external_id_answer"]["value"] == "array"


def test_clients_are_listed_and_made(org: Org) -> None:
    assert [one["name"] for one in org.admin("GET", "/clients")] == ["Reconciler", "Plan only"]
    made = org.admin("POST", "/clients", {"name": "Narrow", "permissions": ["routing:queue:view"], "divisions": ["Home"]})

    assert (made["permissions"], made["divisions"]) == (["routing:queue:view"], [org.home])
    assert "error" in org.admin("POST", "/clients", {"divisions": ["Nowhere"]})


def test_the_state_speaks_of_names_only(org: Org) -> None:
    queue, user, skill, code = org.queue("Billing")["id"], org.user()["id"], org.skill("Money"), org.code("Sale")["id"]
    org("POST", f"/routing/queues/{queue}/members", [{"id": user}])
    org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": code}])
    org("PUT", f"/users/{user}/routingskills/bulk", [{"id": skill, "proficiency": 3}])

    state = org.admin("GET", "/state")

    assert state["queues"]["Billing"]["members"] == {"ada@example.com": {"ring": 1, "joined": True, "by": "user"}}
    assert state["queues"]["Billing"]["wrapup_codes"] == ["Sale"]
    assert state["users"]["ada@example.com"]["skills"] == {"Money": 3.0}
    assert not {one for one in (queue, user, skill, code) if one in str(state)}


def test_equal_organisations_have_equal_states(emulate: Callable[..., Org]) -> None:
    """Made in another order, with other ids."""
    first, second = emulate(), emulate(random_seed=1)
    for org, order in ((first, "ab"), (second, "ba")):
        for name in order:
            org.user(f"{name}@example.com")
            org.queue(name)
            org.made("/presence/definitions", {"languageLabels": {"en": name}, "systemPresence": "Meal"})
        org.now += 5

    assert first.admin("GET", "/state") == second.admin("GET", "/state")


def test_the_admin_port_lists_what_it_can(org: Org) -> None:
    assert "GET /requests" in org.admin("GET", "/")
    assert org.admin("GET", "/nothing") == {"error": "no such thing here", "see": "GET /"}
