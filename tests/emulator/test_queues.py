"""Queues: settings, names, peers, full replacement, deletion, wrap-up codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def names(answer: httpx.Response) -> list[str]:
    return [one["name"] for one in answer.json()["entities"]]


def test_a_queue_is_born_with_defaults_in_home(org: Org) -> None:
    queue = org.queue("Billing")

    assert queue["division"]["name"] == "Home"
    assert queue["acwSettings"] == {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 300_000}
    assert (queue["skillEvaluationMethod"], queue["autoAnswerOnly"], queue["memberCount"]) == ("ALL", True, 0)


def test_put_resets_what_it_omits(org: Org) -> None:
    known = org.queue(
        "Billing",
        description="Money",
        peerId="q-1",
        scoringMethod="PriorityOnly",
        mediaSettings={"call": {"alertingTimeoutSeconds": 20}},
    )["id"]

    changed = org("PUT", f"/routing/queues/{known}", {"name": "Billing"}).json()

    assert (changed["scoringMethod"], "description" in changed, "peerId" in changed) == ("TimestampAndPriority", False, False)
    assert changed["mediaSettings"]["call"]["alertingTimeoutSeconds"] == 8


def test_put_can_be_made_to_keep_the_peer(org: Org) -> None:
    org.turn(put_without_peer_id="keep")
    known = org.queue("Billing", peerId="q-1")["id"]

    assert org("PUT", f"/routing/queues/{known}", {"name": "Billing"}).json()["peerId"] == "q-1"


def test_put_takes_back_what_was_read(org: Org) -> None:
    known = org.queue("Billing", description="Money", peerId="q-1", callingPartyName="ACME")["id"]
    read = org("GET", f"/routing/queues/{known}").json()

    org.now += 1
    again = org("PUT", f"/routing/queues/{known}", read).json()

    assert again | {"dateModified": None} == read | {"dateModified": None}


def test_put_leaves_members_and_codes_alone(org: Org) -> None:
    known, user, code = org.queue()["id"], org.user()["id"], org.code()["id"]
    org("POST", f"/routing/queues/{known}/members", [{"id": user}])
    org("POST", f"/routing/queues/{known}/wrapupcodes", [{"id": code}])

    org("PUT", f"/routing/queues/{known}", {"name": "Renamed"})

    assert names(org("GET", f"/routing/queues/{known}/members")) == ["Ada"]
    assert names(org("GET", f"/routing/queues/{known}/wrapupcodes")) == ["Sale"]


def test_a_renamed_queue_frees_its_name(org: Org) -> None:
    known = org.queue("Billing")["id"]
    org("PUT", f"/routing/queues/{known}", {"name": "Invoices"})

    assert org.queue("Billing")["id"] != known


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "billing"}, "duplicate.name"),
        ({"name": "Star*"}, "invalid.name"),
        ({"name": ""}, "invalid.name"),
        ({"name": "X", "division": {"id": "none"}}, "resource.not.found"),
        ({"name": "X", "sourceQueueId": "none"}, "source.queue.not.found"),
        ({"name": "X", "mediaSettings": {"call": {"alertingTimeoutSeconds": 6}}}, "constraint.validation"),
        ({"name": "X", "mediaSettings": {"call": {"serviceLevel": {"percentage": 80.0}}}}, "constraint.validation"),
        ({"name": "X", "mediaSettings": {"call": {"serviceLevel": {"durationMs": 20}}}}, "constraint.validation"),
        ({"name": "X", "acwSettings": {"wrapupPrompt": "OPTIONAL", "timeoutMs": 5000}}, "constraint.validation"),
        ({"name": "X", "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 5}}, "invalid.value"),
    ],
)
def test_a_queue_that_cannot_be_is_refused(org: Org, refused: Refused, body: Any, code: str) -> None:
    org.queue("Billing")

    assert refused(org("POST", "/routing/queues", body)) == (400, code)


def test_another_queue_can_be_copied(org: Org) -> None:
    source = org.queue("Billing", scoringMethod="PriorityOnly", peerId="q-1")["id"]

    copy = org.queue("Copy", sourceQueueId=source)

    assert (copy["scoringMethod"], "peerId" in copy) == ("PriorityOnly", False)


def test_a_partial_medium_keeps_its_other_defaults(org: Org) -> None:
    queue = org.queue("Billing", mediaSettings={"email": {"alertingTimeoutSeconds": 60}})

    assert queue["mediaSettings"]["email"]["serviceLevel"] == {"percentage": 0.8, "durationMs": 86_400_000}
    assert queue["mediaSettings"]["call"]["alertingTimeoutSeconds"] == 8


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Alpha", "Beta"]),
        ({"hasPeer": "true"}, ["Beta"]),
        ({"hasPeer": "false"}, ["Alpha"]),
        ({"peerId": "q-2"}, ["Beta"]),
        ({"peerId": "q-1,q-2"}, ["Beta"]),
        ({"name": "alpha"}, ["Alpha"]),
        ({"name": "al"}, []),
        ({"name": "al*"}, ["Alpha"]),
        ({"name": "ph*"}, []),
        ({"name": "*ph"}, []),
        ({"name": "*ph*"}, ["Alpha"]),
        ({"name": "*eta"}, ["Beta"]),
        ({"sortOrder": "desc"}, ["Beta", "Alpha"]),
    ],
)
def test_queues_are_filtered(org: Org, query: Any, expected: list[str]) -> None:
    org.queue("Beta", peerId="q-2")
    org.queue("Alpha")

    assert names(org("GET", "/routing/queues", **query)) == expected


@pytest.mark.parametrize(("omitted", "expected"), [("all", ["A", "B"]), ("without", ["A"]), ("with", ["B"])])
def test_an_omitted_peer_flag_is_a_guess(org: Org, omitted: str, expected: list[str]) -> None:
    org.turn(has_peer_omitted=omitted)
    org.queue("A")
    org.queue("B", peerId="q-1")

    assert names(org("GET", "/routing/queues")) == expected


def test_a_peer_flag_is_true_or_false(org: Org, refused: Refused) -> None:
    assert refused(org("GET", "/routing/queues", hasPeer="maybe")) == (400, "invalid.query.param.value")


@pytest.mark.parametrize(
    ("switch", "status"),
    [
        ({}, 200),
        ({"peer_id_not_uuid": "refuse"}, 400),
        ({"peer_id_duplicates": "refuse"}, 400),
    ],
)
def test_peers_are_a_guess(org: Org, switch: dict[str, str], status: int) -> None:
    org.queue("First", peerId="q-1")
    org.turn(**switch)

    assert org("POST", "/routing/queues", {"name": "Second", "peerId": "q-1"}).status_code == status


def test_a_deleted_queue_lingers_by_id_only(org: Org, refused: Refused) -> None:
    org.turn(queue_delete_lag=60.0)
    known = org.queue("Billing")["id"]

    assert org("DELETE", f"/routing/queues/{known}", forceDelete="true").status_code == 200

    assert names(org("GET", "/routing/queues")) == []
    assert org("GET", f"/routing/queues/{known}").status_code == 200
    assert refused(org("PUT", f"/routing/queues/{known}", {"name": "Billing"})) == (400, "queue.deleted")
    org.now += 60
    assert refused(org("GET", f"/routing/queues/{known}")) == (404, "resource.not.found")
    assert org.queue("Billing")["id"] != known


def test_without_lag_a_deleted_queue_is_gone(org: Org, refused: Refused) -> None:
    known = org.queue()["id"]
    org("DELETE", f"/routing/queues/{known}")

    assert refused(org("GET", f"/routing/queues/{known}")) == (404, "resource.not.found")


def test_a_put_moves_the_queue_by_switch(org: Org) -> None:
    tokyo, known = org.division("Tokyo"), org.queue("Billing")["id"]
    body = {"name": "Billing", "division": {"id": tokyo}}
    org.turn(queue_put_moves_division=False)
    assert org("PUT", f"/routing/queues/{known}", body).json()["division"]["name"] == "Home"

    org.turn(queue_put_moves_division=True)

    assert org("PUT", f"/routing/queues/{known}", body).json()["division"]["name"] == "Tokyo"


@pytest.mark.parametrize("path", ["/routing/queues/none", "/routing/queues/none/members", "/routing/queues/none/wrapupcodes"])
def test_an_id_that_is_none_is_refused(org: Org, refused: Refused, path: str) -> None:
    assert refused(org("GET", path)) == (400, "invalid.id")


def test_an_unknown_queue_is_not_found(org: Org, refused: Refused) -> None:
    assert refused(org("GET", f"/routing/queues/{org.home}")) == (404, "resource.not.found")


def test_a_queue_of_another_division_is_out_of_reach(org: Org, refused: Refused) -> None:
    known = org.queue("Billing", division={"id": org.division("Tokyo")})["id"]
    client = org.admin("POST", "/clients", {"divisions": ["Home"]})
    token = org.sign_in(client["client_id"], client["client_secret"])

    assert refused(org("GET", f"/routing/queues/{known}", token=token)) == (403, "missing.division.permissions")
    assert names(org("GET", "/routing/queues", token=token)) == []


def test_the_view_is_a_digest(org: Org) -> None:
    org.queue("Billing", peerId="q-1")

    for path in ("/routing/queues/divisionviews", "/routing/queues/divisionviews/all"):
        digest = org("GET", path).json()["entities"][0]
        assert (digest["name"], digest["peerId"], "mediaSettings" in digest) == ("Billing", "q-1", False)


def test_codes_are_added_and_removed(org: Org, refused: Refused) -> None:
    queue, one, two = org.queue()["id"], org.code("One")["id"], org.code("Two")["id"]

    added = org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": two}, {"id": one}])
    org("POST", f"/routing/queues/{queue}/wrapupcodes", [{"id": one}])

    assert [code["name"] for code in added.json()] == ["Two", "One"]
    assert names(org("GET", f"/routing/queues/{queue}/wrapupcodes")) == ["One", "Two"]
    assert org("DELETE", f"/routing/queues/{queue}/wrapupcodes/{one}").status_code == 200
    assert refused(org("DELETE", f"/routing/queues/{queue}/wrapupcodes/{one}")) == (404, "resource.not.found")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"id": "none"}], (400, "invalid.id")),
        ([{"id": "00000000-0000-4000-8000-000000000000"}], (404, "resource.not.found")),
        ([{"id": "00000000-0000-4000-8000-000000000000"}] * 101, (400, "constraint.validation")),
    ],
)
def test_codes_that_cannot_be_added_are_refused(org: Org, refused: Refused, items: list[Any], expected: tuple[int, str]) -> None:
    assert refused(org("POST", f"/routing/queues/{org.queue()['id']}/wrapupcodes", items)) == expected
