"""Nobody becomes billable by a plan unless the settings allow it."""

from __future__ import annotations

import pytest
from flow.centre import SMALL, Centre
from flow.test_removal import WITHOUT_TARO, consent, give_role

from reconciler.errors import Refused

LEAVING = "guards: {leavers: {user: inactive}, min_export_percent: 0}\n"


@pytest.fixture
def back(centre: Centre) -> Centre:
    """A centre whose plan takes somebody back who held a role."""
    centre.configure(LEAVING)
    centre.write(SMALL)
    centre.apply()
    give_role(centre, "taro@example.com")
    centre.write(WITHOUT_TARO)
    centre.apply(consent=consent("user", removals=2))
    centre.write(SMALL)
    return centre


def test_a_plan_names_who_becomes_billable(back: Centre) -> None:
    plan = back.plan()

    assert plan.billable == ("a1",)
    assert not plan.refusals


def test_a_user_the_settings_do_not_allow_is_refused(back: Centre) -> None:
    back.configure(LEAVING + "billing: {allow: [a2]}\n")
    before = back.state()

    with pytest.raises(Refused, match=r"1 user would become billable .* not name: a1"):
        back.apply()

    assert back.state() == before


def test_a_user_the_settings_name_is_taken_back(back: Centre) -> None:
    back.configure(LEAVING + "billing: {allow: [a1]}\n")

    assert back.apply().exit_code == 0


def test_new_users_are_not_billable(centre: Centre) -> None:
    centre.configure("billing: {allow: []}\n")
    centre.write(SMALL)

    assert centre.apply().plan.billable == ()
