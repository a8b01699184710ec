"""What an organisation is born with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]


def test_an_empty_organisation_has_only_what_every_one_has(org: Org) -> None:
    state = org.admin("GET", "/state")

    assert {name: len(state[name]) for name in ("users", "queues", "skills", "divisions", "presence_sources")} == {
        "users": 0,
        "queues": 0,
        "skills": 0,
        "divisions": 1,
        "presence_sources": 1,
    }


def test_the_demo_organisation_carries_none_of_our_marks(emulate: Callable[..., Org]) -> None:
    org = emulate(seed="demo")
    state = org.admin("GET", "/state")

    assert len(state["users"]) == 5
    assert not any(user["external_ids"] for user in state["users"].values())
    assert not any("peerId" in queue["settings"] for queue in state["queues"].values())
    assert any(queue["members"] for queue in state["queues"].values())


def test_a_large_organisation_is_what_its_description_says(emulate: Callable[..., Org]) -> None:
    org = emulate(seed="large:130,14")
    state = org.admin("GET", "/state")
    user, queue = state["users"]["u-00013@example.com"], state["queues"]["Queue 00013"]

    sizes = {name: len(state[name]) for name in ("users", "queues", "skills", "languages", "wrapup_codes", "divisions")}
    assert sizes == {"users": 130, "queues": 14, "skills": 80, "languages": 10, "wrapup_codes": 60, "divisions": 13}
    assert (user["name"], user["division"], user["external_ids"]) == ("User 00013", "Division 01", [["acme", "u-00013"]])
    assert user["skills"] == {"Skill 14": 4.0, "Skill 30": 5.0, "Skill 46": 1.0, "Skill 62": 2.0, "Skill 78": 3.0}
    assert user["languages"] == {"Language 04": 4.0, "Language 09": 5.0}
    assert (queue["settings"]["peerId"], queue["division"]) == ("q-00013", "Division 01")
    assert queue["wrapup_codes"] == ["Code 01", "Code 02", "Code 03", "Code 04", "Code 05"]
    assert sorted(queue["members"]) == [f"u-{number:05}@example.com" for number in range(71, 131)]


def test_members_never_come_twice_in_a_small_large_organisation(emulate: Callable[..., Org]) -> None:
    org = emulate(seed="large:7,2")

    assert [len(queue["members"]) for queue in org.admin("GET", "/state")["queues"].values()] == [7, 7]


@pytest.mark.parametrize("seed", ["huge", "large:1", "large:-1,2", ""])
def test_a_seed_that_does_not_exist_is_refused(emulate: Callable[..., Org], seed: str) -> None:
    with pytest.raises(ValueError, match="large:USERS,QUEUES"):
        emulate(seed=seed)


def test_a_member_of_a_large_organisation_weighs_what_was_measured(emulate: Callable[..., Org]) -> None:
    """About 0.9 kB with the nested user: benchmarks compare against that."""
    org = emulate(seed="large:100,1")
    queue = org("GET", "/routing/queues").json()["entities"][0]["id"]

    answer = org("GET", f"/routing/queues/{queue}/members", pageSize=100)

    assert 0.8 < len(answer.content) / 60 / 1000 < 1.1
