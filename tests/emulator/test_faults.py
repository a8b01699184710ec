"""Trouble on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Desk, Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


SKILLS = "/routing/skills"


def fault(org: Org, **rule: Any) -> None:
    org.admin("POST", "/faults", rule)


def total(org: Org) -> int:
    return int(org("GET", SKILLS).json()["total"])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "too.many.requests.retry.after"),
        (503, "service.unavailable"),
        (504, "request.timeout"),
        (408, "client.timeout"),
        (500, "internal.server.error"),
    ],
)
def test_a_status_is_answered_instead_of_the_write(org: Org, refused: Refused, status: int, code: str) -> None:
    fault(org, operation="POST /api/v2/routing/skills", status=status, times=1)

    assert refused(org("POST", SKILLS, {"name": "A"})) == (status, code)
    assert total(org) == 0
    assert org("POST", SKILLS, {"name": "A"}).status_code == 200


def test_code_message_and_wait_can_be_chosen(org: Org) -> None:
    fault(org, operation="GET *", status=400, code="general.conflict", message="No.", retry_after=7)

    answer = org("GET", SKILLS)

    assert (answer.json()["code"], answer.json()["message"], answer.headers["Retry-After"]) == ("general.conflict", "No.", "7")


def test_a_lost_answer_leaves_the_write(org: Org) -> None:
    fault(org, operation="POST /api/v2/routing/skills", lost=True, times=1)

    with pytest.raises(ConnectionResetError):
        org("POST", SKILLS, {"name": "A"})

    assert total(org) == 1


def test_a_late_timeout_leaves_the_write(org: Org, refused: Refused) -> None:
    fault(org, operation="POST /api/v2/routing/skills", lost=True, status=504)

    assert refused(org("POST", SKILLS, {"name": "A"})) == (504, "request.timeout")
    assert total(org) == 1


def test_an_early_cut_leaves_nothing(org: Org) -> None:
    fault(org, operation="POST /api/v2/routing/skills", cut_before=True, times=1)

    with pytest.raises(ConnectionResetError):
        org("POST", SKILLS, {"name": "A"})

    assert total(org) == 0
    assert org.admin("GET", "/requests")["by_operation"]["POST /api/v2/routing/skills"] == 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"nth": 2}, [200, 503, 200, 200]),
        ({"every": 2}, [200, 503, 200, 503]),
        ({"times": 2}, [503, 503, 200, 200]),
        ({"every": 2, "times": 1}, [200, 503, 200, 200]),
        ({}, [503, 503, 503, 503]),
    ],
)
def test_rules_choose_their_requests(org: Org, rule: dict[str, Any], expected: list[int]) -> None:
    fault(org, operation="GET /api/v2/tokens/me", status=503, **rule)

    assert [org("GET", "/tokens/me").status_code for _ in range(4)] == expected


def test_rules_hit_only_what_they_name(org: Org) -> None:
    fault(org, operation="GET /api/v2/routing/queues/{queueId}/*", status=503)

    assert org("GET", "/routing/queues").status_code == 200
    assert org("GET", f"/routing/queues/{org.home}/members").status_code == 503


def test_expansions_can_stay_away_from_some_users(org: Org) -> None:
    for name in "abc":
        org.user(f"{name}@example.com")
    fault(org, operation="GET /api/v2/users", drop_expand=["skills"], drop_every=2)

    users = org("GET", "/users", expand="skills,languages").json()["entities"]

    assert [("skills" in one, "languages" in one) for one in users] == [(False, True), (True, True), (False, True)]


def test_an_expansion_can_stay_away_from_a_single_user(org: Org) -> None:
    known = org.user()["id"]
    fault(org, operation="GET /api/v2/users/{userId}", drop_expand=["skills"], times=1)

    assert ["skills" in org("GET", f"/users/{known}", expand="skills").json() for _ in range(2)] == [False, True]


def test_a_page_can_be_short(org: Org) -> None:
    for name in "ABC":
        org.skill(name)
    fault(org, operation="GET /api/v2/routing/skills", short_page=1)

    page = org("GET", SKILLS, pageSize=2).json()

    assert ([one["name"] for one in page["entities"]], page["total"], "nextUri" in page) == (["A"], 3, False)


def test_a_total_can_be_wrong(org: Org) -> None:
    org.skill("A")
    fault(org, operation="GET /api/v2/routing/skills", wrong_total=7)

    assert total(org) == 7


def test_the_token_endpoint_can_fail(org: Org) -> None:
    fault(org, operation="POST /oauth/token", status=503, times=1)
    form = {"auth": org.credentials, "data": {"grant_type": "client_credentials"}}

    assert [org.login(**form).status_code for _ in range(2)] == [503, 200]


def test_faults_are_shown_with_their_counts_until_they_are_cleared(org: Org) -> None:
    fault(org, operation="GET /api/v2/tokens/me", status=503, nth=2)
    org("GET", "/tokens/me")
    org("GET", "/tokens/me")

    shown = org.admin("GET", "/faults")[0]
    assert (shown["matched"], shown["fired"]) == (2, 1)
    assert org.admin("DELETE", "/faults") == org.admin("GET", "/faults") == []


@pytest.mark.parametrize("rule", [{"colour": "red"}, {"nth": 0}, [{"every": 0}]])
def test_a_rule_that_makes_no_sense_is_refused(org: Org, rule: Any) -> None:
    assert "error" in org.admin("POST", "/faults", rule)
    assert org.admin("GET", "/faults") == []


def test_scim_and_search_can_be_cut_short_as_well(org: Org) -> None:
    for name in "abc":
        org.user(f"{name}@example.com")
    fault(org, operation="*", short_page=1, wrong_total=9)

    scim = org("GET", "/scim/v2/users").json()
    found = org("POST", "/users/search", {}).json()
    cursor = org("GET", "/users/query").json()

    assert [len(one) for one in (scim["Resources"], found["results"], cursor["entities"])] == [1, 1, 1]
    assert (scim["totalResults"], found["total"]) == (9, 9)


# ── single events of a batch ─────────────────────────────────────────────────

INJECT = "POST /api/v2/events/users/*"


def batch(desk: Desk, number: int) -> list[dict[str, Any]]:
    return [desk.presence("Busy", at=place) for place in range(number)]


def test_a_lost_answer_leaves_the_injected_events(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, lost=True, times=1)
    event = desk.presence("Busy")

    with pytest.raises(ConnectionResetError):
        desk.send(event)

    assert (desk.send(event), desk.shown(), desk.counts("presence")["repeated"]) == ([], "Busy", 1)


def test_a_status_is_answered_instead_of_the_injection(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, status=503, times=1)

    assert desk.org("POST", "/events/users/presence", {"userPresenceEvents": batch(desk, 1)}).status_code == 503
    assert desk.kept() == []


def test_every_nth_event_fails_over_all_batches(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, event_every=3)
    events = batch(desk, 8)

    errors = desk.send(*events[:4]) + desk.send(*events[4:])

    assert [one["eventId"] for one in errors] == [events[2]["eventId"], events[5]["eventId"]]
    assert {one["retryable"] for one in errors} == {True}
    assert (len(desk.kept()), desk.counts("presence")["failed"]) == (6, 2)


def test_a_failed_event_is_accepted_when_it_comes_again(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, event_every=1, event_times=1)
    event = desk.presence("Busy")

    assert (len(desk.send(event)), len(desk.send(event)), desk.shown()) == (1, 0, "Busy")


def test_events_of_one_user_fail_for_good(desk: Desk) -> None:
    ben = desk.org.user("ben@example.com")["id"]
    fault(desk.org, operation="POST *", event_user=ben, retryable=False, message="No.")
    theirs, ours = desk.routing("Idle", agentId=ben), desk.routing("Idle")

    assert desk.send(ours, theirs) == [{"eventId": theirs["eventId"], "message": "No.", "retryable": False}]
    assert (desk.status(), desk.status(ben)) == ("IDLE", "OFF_QUEUE")


def test_an_event_may_fail_although_it_was_carried_out(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, event_every=1, event_applied=True)

    errors = desk.send(desk.presence("Busy"))

    assert ([one["retryable"] for one in errors], desk.shown()) == ([True], "Busy")
    assert (desk.counts("presence")["accepted"], desk.counts("presence")["failed"]) == (1, 1)


def test_a_rule_about_events_of_one_kind_leaves_the_other_alone(desk: Desk) -> None:
    fault(desk.org, operation="POST /api/v2/events/users/presence", event_every=1)

    errors = desk.send(desk.presence("Busy"), desk.routing("Idle"))

    assert (len(errors), desk.status()) == (1, "IDLE")


def test_a_rule_tells_how_many_events_it_struck(desk: Desk) -> None:
    fault(desk.org, operation=INJECT, event_every=2)
    desk.send(*batch(desk, 5))

    shown = desk.org.admin("GET", "/faults")[0]

    assert (shown["events_matched"], shown["events_failed"]) == (5, 2)
