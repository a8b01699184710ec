"""Members of queues, from both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator.things import Member

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


@pytest.fixture
def queue(org: Org) -> str:
    return str(org.queue("Billing")["id"])


def path(queue: str) -> str:
    return f"/routing/queues/{queue}/members"


def emails(answer: httpx.Response) -> list[str]:
    return [one["user"]["email"] for one in answer.json()["entities"]]


def test_members_are_added_once(org: Org, queue: str) -> None:
    user = org.user()["id"]

    answers = [org("POST", path(queue), [{"id": user}]) for _ in range(2)]

    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 2
    member = org("GET", path(queue)).json()["entities"][0]
    assert (member["id"], member["ringNumber"], member["joined"], member["memberBy"]) == (user, 1, True, "user")
    assert (org("GET", f"/routing/queues/{queue}").json()["memberCount"]) == 1


def test_members_are_removed_by_the_same_call(org: Org, queue: str) -> None:
    one, two = org.user("a@example.com")["id"], org.user("b@example.com")["id"]
    org("POST", path(queue), [{"id": one}, {"id": two}])

    org("POST", path(queue), [{"id": one}, {"id": org.home}], delete="true")

    assert emails(org("GET", path(queue))) == ["b@example.com"]


def test_one_unknown_user_refuses_the_batch(org: Org, refused: Refused, queue: str) -> None:
    user = org.user()["id"]

    assert refused(org("POST", path(queue), [{"id": user}, {"id": org.home}])) == (404, "general.resource.not.found")
    assert emails(org("GET", path(queue))) == []


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_batch_holds_a_hundred(org: Org, refused: Refused, queue: str, method: str) -> None:
    user = org.user()["id"]
    items = [{"id": user}] * 101

    assert refused(org(method, path(queue), items)) == (400, "constraint.validation")
    assert org(method, path(queue), items[:100]).status_code in (200, 204)
    assert [one["code"] for one in org.admin("GET", "/requests")["violations"]] == ["constraint.validation"]


def test_an_id_that_is_none_is_refused(org: Org, refused: Refused, queue: str) -> None:
    assert refused(org("POST", path(queue), [{"id": "none"}])) == (400, "invalid.id")


def test_a_queue_can_be_full(org: Org, refused: Refused, queue: str) -> None:
    user = org.user()["id"]
    org.world.queue(queue).members = dict.fromkeys(map(str, range(5000)), Member())

    assert refused(org("POST", path(queue), [{"id": user}])) == (400, "queue.size.limit")


def test_joining_ignores_those_who_are_not_there(org: Org, queue: str) -> None:
    user = org.user()["id"]
    org("POST", path(queue), [{"id": user}])

    answer = org("PATCH", path(queue), [{"id": user, "joined": False}, {"id": org.home, "joined": True}])

    assert [(one["id"], one["joined"]) for one in answer.json()["entities"]] == [(user, False)]
    assert org("GET", f"/routing/queues/{queue}").json()["joinedMemberCount"] == 0


def test_a_ring_is_changed_alone(org: Org, refused: Refused, queue: str) -> None:
    user = org.user()["id"]
    org("POST", path(queue), [{"id": user}])

    assert org("PATCH", f"{path(queue)}/{user}", {"id": user, "ringNumber": 3}).status_code == 202
    assert org("GET", path(queue)).json()["entities"][0]["ringNumber"] == 3
    assert refused(org("PATCH", f"{path(queue)}/{user}", {"ringNumber": 7})) == (400, "constraint.validation")


def test_a_member_is_removed_alone(org: Org, refused: Refused, queue: str) -> None:
    user = org.user()["id"]
    org("POST", path(queue), [{"id": user}])

    assert org("DELETE", f"{path(queue)}/{user}").status_code == 204
    assert refused(org("DELETE", f"{path(queue)}/{user}")) == (404, "resource.not.found")


def test_a_member_through_a_group_cannot_be_removed(org: Org, refused: Refused, queue: str) -> None:
    user = org.user()["id"]
    org("POST", path(queue), [{"id": user}])
    org.world.queue(queue).members[user].by = "group"

    assert refused(org("DELETE", f"{path(queue)}/{user}")) == (400, "invalid.type")
    assert emails(org("GET", path(queue), memberBy="user")) == []
    assert emails(org("GET", path(queue), memberBy="group")) == ["ada@example.com"]


def test_changes_can_be_late(org: Org, refused: Refused, queue: str) -> None:
    org.turn(members_lag=10.0)
    user = org.user()["id"]

    assert org("POST", path(queue), [{"id": user}]).status_code == 204

    assert emails(org("GET", path(queue))) == []
    assert refused(org("PATCH", f"{path(queue)}/{user}", {"ringNumber": 2})) == (404, "resource.not.found")
    org.now += 10
    assert emails(org("GET", path(queue))) == ["ada@example.com"]


def test_the_count_can_be_late(org: Org, queue: str) -> None:
    org.turn(member_count_lag=10.0)
    org("POST", path(queue), [{"id": org.user()["id"]}])

    assert len(org("GET", path(queue)).json()["entities"]) == 1
    assert org("GET", f"/routing/queues/{queue}").json()["memberCount"] == 0
    org.now += 10
    assert org("GET", f"/routing/queues/{queue}").json()["memberCount"] == 1


def test_members_are_filtered(org: Org, queue: str) -> None:
    ada, bea, skill = org.user()["id"], org.user("bea@example.com", name="Bea")["id"], org.skill("Billing")
    org("PUT", f"/users/{ada}/routingskills/bulk", [{"id": skill, "proficiency": 1}])
    org("POST", path(queue), [{"id": ada}, {"id": bea}])
    org("PATCH", path(queue), [{"id": bea, "joined": False}])

    assert emails(org("GET", path(queue), joined="false")) == ["bea@example.com"]
    assert emails(org("GET", path(queue), name="ad")) == ["ada@example.com"]
    assert emails(org("GET", path(queue), skills="Billing")) == ["ada@example.com"]
    assert "skills" in org("GET", path(queue), expand="skills").json()["entities"][0]["user"]


def test_a_user_sees_its_joined_queues(org: Org) -> None:
    user = org.user()["id"]
    joined, left = org.queue("Joined")["id"], org.queue("Left")["id"]
    for queue in (joined, left):
        org("POST", path(queue), [{"id": user}])
    org("PATCH", f"/users/{user}/queues/{left}", {"joined": False})

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in org("GET", f"/users/{user}/queues", **query).json()["entities"]]

    assert (names(), names(joined="true"), names(joined="false")) == (["Joined"], ["Joined"], ["Left"])
    assert names(divisionId=org.division("Tokyo")) == []


def test_a_user_joins_several_queues(org: Org, refused: Refused) -> None:
    user, queue = org.user()["id"], org.queue()["id"]
    org("POST", path(queue), [{"id": user}])

    answer = org("PATCH", f"/users/{user}/queues", [{"id": queue, "joined": False}, {"id": org.home, "joined": False}])

    assert [one["joined"] for one in answer.json()["entities"]] == [False]
    other = org.queue("Other")["id"]
    assert refused(org("PATCH", f"/users/{user}/queues/{other}", {"joined": True})) == (404, "resource.not.found")
