"""What was sent and what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.ledger.journal import Entry, digest
from reconciler.model.call import Call
from reconciler.model.port import Intent

CALL = Call("PATCH", "/api/v2/users/{userId}", {"userId": "u-1"}, body={"name": "山田", "version": 3})


def test_an_intent_is_there_when_opened_again(opened: Any) -> None:
    number = opened().intend("run-1", "user/ann", CALL)

    assert opened().unsettled() == [Intent(number, "run-1", "user/ann", "PATCH /api/v2/users/{userId}")]


def test_a_settled_intent_is_no_longer_open(ledger: Any) -> None:
    first, second = ledger.intend("r", "user/a", CALL), ledger.intend("r", "user/b", CALL)

    ledger.settle(first, "failed: 400 bad.request")

    assert [intent.number for intent in ledger.unsettled()] == [second]


def test_all_that_is_open_of_a_change_is_settled_at_once(ledger: Any) -> None:
    ledger.settle(ledger.intend("r", "user/a", CALL), "done")
    ledger.intend("r", "user/a", CALL)
    rest = [ledger.intend("r", "user/b", CALL), ledger.intend("older", "user/a", CALL)]

    ledger.settle_change("r", "user/a", "found")

    assert [intent.number for intent in ledger.unsettled()] == rest
    assert sorted(entry.outcome for entry in ledger.journal()) == ["", "", "done", "found"]


def test_open_intents_come_oldest_first(ledger: Any) -> None:
    numbers = [ledger.intend("r", f"user/{number}", CALL) for number in range(5)]

    assert [intent.number for intent in ledger.unsettled()] == numbers == sorted(numbers)


def test_an_intent_nobody_had_cannot_be_settled(opened: Any) -> None:
    foreign = opened("other").intend("r", "user/a", CALL)

    with pytest.raises(LookupError, match=f"no intent {foreign}"):
        opened().settle(foreign, "done")


def test_sources_do_not_see_each_others_journal(opened: Any) -> None:
    opened("other").intend("r", "user/a", CALL)

    assert opened().unsettled() == opened().journal() == []


def test_the_journal_shows_the_newest_first(ledger: Any, clock: Any) -> None:
    ledger.intend("r", "user/a", CALL)
    number = ledger.intend("r", "user/b", CALL)
    clock.sleep(1.5)
    ledger.settle(number, "done")
    last = ledger.intend("r", "user/c", CALL)

    times = ("2026-11-01T12:00:00.000000+00:00", "done", "2026-11-01T12:00:01.500000+00:00")
    assert ledger.journal(2) == [
        Entry(last, "r", "user/c", CALL.operation, "2026-11-01T12:00:01.500000+00:00", "", ""),
        Entry(number, "r", "user/b", CALL.operation, *times),
    ]


def test_a_long_outcome_is_cut(ledger: Any) -> None:
    ledger.settle(ledger.intend("r", "user/a", CALL), "failed: " + "x" * 10_000)

    assert len(ledger.journal()[0].outcome) == 500


@pytest.mark.parametrize(
    ("outcomes", "done"),
    [
        (["done"], True),
        (["done", "done"], True),
        (["done", None], False),
        (["failed: 400", "done"], False),
        (["found"], False),
        ([None], False),
    ],
)
def test_a_change_is_done_when_all_its_intents_are(ledger: Any, outcomes: list[str | None], done: bool) -> None:
    for outcome in outcomes:
        number = ledger.intend("r", "user/a", CALL)
        if outcome:
            ledger.settle(number, outcome)
    ledger.settle(ledger.intend("another", "user/z", CALL), "done")

    assert ledger.done("r") == ({"user/a"} if done else set())


def test_a_run_has_begun_whatever_it_was_about_to_send(ledger: Any) -> None:
    ledger.intend("r", "user/a", CALL)
    ledger.settle(ledger.intend("r", "user/b", CALL), "done")
    ledger.intend("another", "user/c", CALL)

    assert ledger.begun("r") == {"user/a", "user/b"}


def test_a_plan_never_carried_out_is_unknown(ledger: Any) -> None:
    assert (ledger.plan_state("sha256:1"), ledger.plan_run("sha256:1")) == (None, None)


def test_a_plan_keeps_its_last_state(opened: Any) -> None:
    opened().note_plan("sha256:1", "applying", "run-1")
    opened("other").note_plan("sha256:2", "applying", "run-2")
    opened().note_plan("sha256:1", "done", "run-1")

    assert (opened().plan_state("sha256:1"), opened().plan_run("sha256:1")) == ("done", "run-1")


@pytest.mark.parametrize(
    "other",
    [
        Call("PUT", CALL.path, CALL.ids, body=CALL.body),
        Call("PATCH", CALL.path, {"userId": "u-2"}, body=CALL.body),
        Call("PATCH", CALL.path, CALL.ids, body={"name": "山田", "version": 4}),
        Call("PATCH", CALL.path, CALL.ids, {"force": True}, CALL.body),
    ],
)
def test_another_request_has_another_digest(other: Call) -> None:
    assert digest(other) != digest(CALL)


def test_the_order_of_a_body_does_not_matter_to_its_digest() -> None:
    assert digest(Call("PATCH", CALL.path, CALL.ids, body={"version": 3, "name": "山田"})) == digest(CALL)
