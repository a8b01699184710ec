"""How many requests things cost, as golden numbers: whoever changes one says why."""

from __future__ import annotations

import asyncio
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.model.change import Result
from reconciler.pipeline.session import connect

LARGE = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "bench" / "centre.py")))
NEW = {"scim": 1_000, "directory": 300}  # the longer way costs the same per user, whatever their number


def bound(make_centre: Any, users: int, queues: int) -> Any:
    """A large organisation with matching manifests and bindings: nothing is left to do."""
    centre = make_centre(seed=f"large:{users},{queues}")
    LARGE.write(centre.root, users, queues)

    async def bind() -> None:
        async with connect(centre.settings, centre.doors) as session:
            await LARGE.bind(session)

    asyncio.run(bind())
    centre.admin("POST", "/requests/reset")
    return centre


def newcomers(make_centre: Any, user_writes: str) -> Any:
    """An empty organisation that shall get many users with 5 skills and 2 languages each."""
    centre = make_centre()
    LARGE.write(centre.root, NEW[user_writes], 0)
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("organization: {", f"organization: {{user_writes: {user_writes}, "))
    return centre


@pytest.mark.parametrize(
    ("users", "queues", "minimum", "requests"), [(100, 10, 34, 36), (1_000, 50, 115, 117), (10_000, 1_000, 2_034, 2_036)]
)
def test_a_plan_with_nothing_to_do_costs_token_and_organisation_check_above_the_minimum(
    make_centre: Any, users: int, queues: int, minimum: int, requests: int
) -> None:
    centre = bound(make_centre, users, queues)

    plan = centre.plan()

    counted = centre.admin("GET", "/requests")
    assert (plan.changes, plan.adoptions, plan.warnings) == ((), (), ())
    assert (counted["total"], counted["writes"], plan.header.spent) == (requests, 0, requests)
    assert LARGE.minimum(users, queues) == minimum
    assert requests <= (minimum + 3 if users < 1_000 else 1.05 * minimum)


def test_a_plan_asks_each_listing_as_often_as_it_has_pages(make_centre: Any) -> None:
    centre = bound(make_centre, 1_000, 50)

    centre.plan()

    assert centre.requests() == {
        "POST /oauth/token": 1,
        "GET /api/v2/tokens/me": 1,
        "GET /api/v2/users": 3,
        "GET /api/v2/routing/skills": 1,
        "GET /api/v2/routing/languages": 1,
        "GET /api/v2/routing/wrapupcodes": 1,
        "GET /api/v2/authorization/divisions": 1,
        "GET /api/v2/presence/definitions": 2,
        "GET /api/v2/presence/sources": 2,
        "GET /api/v2/presence/settings": 1,
        "GET /api/v2/externalcontacts/externalsources": 1,
        "GET /api/v2/routing/queues": 2,
        "GET /api/v2/routing/queues/{queueId}/members": 50,
        "GET /api/v2/routing/queues/{queueId}/wrapupcodes": 50,
    }


def test_adoption_writes_nothing(make_centre: Any) -> None:
    centre = make_centre(seed="large:1000,50")
    LARGE.write(centre.root, 1_000, 50)

    done = centre.apply()

    assert len(done.plan.adoptions) == 1_212
    assert done.outcomes == ()
    assert centre.admin("GET", "/requests")["writes"] == 0


def test_after_an_adoption_a_plan_costs_the_minimum_again(make_centre: Any) -> None:
    centre = make_centre(seed="large:1000,50")
    LARGE.write(centre.root, 1_000, 50)
    centre.apply()

    plan = centre.plan()

    assert (plan.adoptions, plan.header.spent) == ((), 117)


@pytest.mark.parametrize(("user_writes", "per_user", "limit"), [("scim", 1, 1.1), ("directory", 4, 5)])
def test_a_new_user_costs_few_requests(make_centre: Any, user_writes: str, per_user: int, limit: float) -> None:
    """Reading before and after, token and organisation check count; the divisions, skills, languages and codes do not."""
    centre = newcomers(make_centre, user_writes)

    done = centre.apply()

    total = centre.admin("GET", "/requests")["total"]
    others = sum(one.ref.kind != "user" for one in done.plan.changes)
    assert {one.result for one in done.outcomes} == {Result.DONE}
    assert {one.requests for one in done.outcomes if one.change.ref.kind == "user"} == {per_user}
    assert (total, others) == (done.requests, 162)
    assert total - others <= limit * NEW[user_writes]


@pytest.mark.long
@pytest.mark.parametrize("user_writes", ["scim", "directory"])
def test_the_plan_predicts_the_requests_that_are_made(make_centre: Any, user_writes: str) -> None:
    centre = newcomers(make_centre, user_writes)
    LARGE.write(centre.root, 150, 20)
    plan = centre.plan()
    centre.admin("POST", "/requests/reset")

    done = centre.apply(verify=False)

    counted = centre.admin("GET", "/requests")
    assert plan.predicted == done.plan.predicted == sum(one.requests for one in done.outcomes)
    assert counted["total"] == plan.header.spent + plan.predicted
    assert centre.plan().changes == ()
