"""What a run could not tell of a conversation stands in its explanation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from flow.centre import Centre
from flow.test_interactions import ANSWERED, OF_A_STRANGER, Calls

from reconciler.errors import InputError
from reconciler.model.story import Story
from reconciler.pipeline import explain


@pytest.fixture
def calls(make_centre: Callable[..., Centre]) -> Calls:
    return Calls(make_centre())


def explained(calls: Calls, key: str, *lines: str) -> Story:
    return asyncio.run(explain.conversation(calls.centre.settings, key, (calls.log(*lines, name="again"),)))


def test_the_quarantine_says_since_when_and_why(calls: Calls) -> None:
    calls.tell(*ANSWERED, *OF_A_STRANGER)

    one = explained(calls, "c5", *OF_A_STRANGER)

    assert [waiting.cause for waiting in one.waiting] == [
        "user/zz is not known; apply it, then replay this conversation",
        "an earlier event of this conversation was refused; replay that one first",
    ]
    assert one.waiting[0].place.endswith("queue_log:5")
    assert explained(calls, "c1", *ANSWERED).waiting == ()


def test_what_only_the_quarantine_knows_is_shown(calls: Calls) -> None:
    calls.tell(*OF_A_STRANGER)

    one = explained(calls, "c5", *ANSWERED)

    assert (len(one.waiting), one.entries) == (2, ())


def test_explaining_asks_nothing_and_tells_nothing(calls: Calls) -> None:
    before = calls.centre.requests()

    one = explained(calls, "c1", *ANSWERED)

    assert [lane.called for lane in one.lanes] == ["123", "Billing", "山田 太郎"]
    assert calls.centre.requests() == before
    with pytest.raises(InputError):
        explained(calls, "c9", *ANSWERED)
