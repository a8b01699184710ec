"""The rules of applying that need no organisation."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import StalePlan, UsageError
from reconciler.model.change import Change, FieldChange, Op, Outcome, Plan, Result
from reconciler.model.resource import Ref
from reconciler.pipeline.apply import Applied, seconds, still_valid


def change(key: str, fingerprint: str = "as planned", **more: Any) -> Change:
    fields = more.pop("fields", (FieldChange(("name",), "Old", "New"),))
    return Change(more.pop("op", Op.UPDATE), Ref("queue", key), key, fields, fingerprint=fingerprint, **more)


def left(saved: list[Change], fresh: list[Change], begun: set[str] | None = None) -> list[Change]:
    return list(still_valid(Plan(tuple(saved)), Plan(tuple(fresh)), begun))


def refused(saved: list[Change], fresh: list[Change], begun: set[str] | None = None) -> str:
    with pytest.raises(StalePlan) as caught:
        left(saved, fresh, begun)
    return str(caught.value)


A, B = change("a"), change("b")


def test_what_has_not_moved_is_still_to_do() -> None:
    assert left([A, B], [B, A, change("c")]) == [A, B]


def test_what_moved_is_named_with_its_fields() -> None:
    now = change("a", "moved", fields=(FieldChange(("name",), "Other", "New"), FieldChange(("media", "call"), 1, 2)))

    assert "\n  queue/a: media.call, name\n" in refused([A], [now])


def test_what_moved_elsewhere_is_named_without_a_field() -> None:
    assert "\n  queue/a: another managed field\n" in refused([A], [change("a", "moved")])


def test_what_is_gone_is_named() -> None:
    assert "\n  queue/a: is as wanted already, or came into being by other hands\n" in refused([A, B], [B])


def test_all_that_moved_is_named() -> None:
    assert refused([A, B], []).count("\n  queue/") == 2


def test_a_continued_plan_skips_what_is_done() -> None:
    assert left([A, B], [B], begun={"queue/a"}) == [B]


def test_a_continued_plan_takes_what_it_began_as_it_is_needed_now() -> None:
    now = change("a", "half done")

    assert left([A], [now], begun={"queue/a"}) == [now]


def test_a_continued_plan_refuses_what_moved_before_it_came_there() -> None:
    assert "queue/a: " in refused([A], [change("a", "moved")], begun={"queue/b"})


def test_a_continued_plan_removes_no_more_than_it_says() -> None:
    def losing(count: int, fingerprint: str) -> Change:
        return change("a", fingerprint, fields=tuple(FieldChange(("members", str(one)), True, False) for one in range(count)))

    saved = losing(1, "as planned")

    assert left([saved], [losing(1, "half done")], begun={"queue/a"}) == [losing(1, "half done")]
    assert "would now remove more than this plan says" in refused([saved], [losing(2, "half done")], begun={"queue/a"})


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("0s", 0), ("90", 90), ("60s", 60), ("5m", 300), ("2h", 7_200)])
def test_times_are_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "-1s", "1.5m", "1d", "60 s", "soon"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time: write for example 60s or 5m"):
        seconds(text)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([], 0),
        ([Result.DONE], 0),
        ([Result.DONE, Result.FAILED], 6),
        ([Result.DONE, Result.STOPPED], 6),
        ([Result.FAILED, Result.BLOCKED], 1),
    ],
)
def test_the_exit_code_says_how_much_was_done(results: list[Result], code: int) -> None:
    assert Applied(Plan(), tuple(Outcome(A, one) for one in results)).exit_code == code


def failed(**more: bool) -> Outcome:
    return Outcome(A, Result.FAILED, **more)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([failed(is_forbidden=True)], 7),
        ([failed(is_forbidden=True), Outcome(A, Result.BLOCKED), Outcome(A, Result.STOPPED)], 7),
        ([failed(is_forbidden=True), failed()], 1),
        ([failed(is_forbidden=True), Outcome(A, Result.DONE)], 6),
        ([failed(is_forbidden=True, has_written=True)], 6),
        ([failed(has_written=True), failed()], 6),
        ([Outcome(A, Result.BLOCKED)], 1),
    ],
)
def test_what_was_not_permitted_counts_where_nothing_was_written(outcomes: list[Outcome], code: int) -> None:
    assert Applied(Plan(), tuple(outcomes)).exit_code == code


def test_what_was_not_approved_is_no_failure() -> None:
    assert Applied(Plan(), approved=False).exit_code == 0
