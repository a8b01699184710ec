"""A workspace of TaskRouter as configuration: workers, queues by expression, activities."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.twilio.exported import (
    ALL,
    ANN,
    ANN_HAS,
    BILLING,
    ENGLISH,
    LUNCH,
    NEW,
    RESERVED,
    SENIOR,
    TARO,
    WORKSPACE,
    activity,
    export,
    listed,
    task_queue,
    worker,
)

from reconciler.model.mapping import Mapping
from reconciler.sources.twilio.export import SOURCE


@pytest.fixture
def twilio(read_export: Any) -> Any:
    return lambda files, mapping=None: read_export("twilio", files, mapping)


def members(facts: Any, queue: str) -> Any:
    return facts[f"queue/{queue}"].fields.get("members")


def test_expressions_say_who_is_in_a_queue(twilio: Any) -> None:
    facts, problems, _ = twilio(export())

    assert problems == []
    assert members(facts, BILLING) == (ANN,)
    assert members(facts, ALL) == (ANN, TARO, NEW)
    assert members(facts, ENGLISH) == (ANN, TARO)
    assert members(facts, SENIOR) == (ANN,)
    assert facts[f"queue/{BILLING}"].fields["why"] == {ANN: "routing.skills HAS 'billing'"}


def test_a_worker_is_told_with_name_address_skills_and_languages(twilio: Any) -> None:
    facts, _, reading = twilio(export())
    ann, new = facts[f"user/{ANN}"].fields, facts[f"user/{NEW}"].fields

    assert (ann["name"], ann["email"], ann["username"]) == ("Ann Lee", "ann@example.com", "ann")
    assert (ann["skills"], ann["languages"]) == ({"billing": "3", "orders": None}, {"en": None})
    assert (new["name"], new["skills"], new["languages"]) == ("new", {}, {})
    assert ann["groups"] == {1: {"key": WORKSPACE, "name": "Tokyo"}}
    assert reading.delivered == {"user", "queue", "secondary_status", "division", "skill", "language"}


def test_activities_that_take_no_work_are_reasons_but_for_offline(twilio: Any) -> None:
    facts, _, _ = twilio(export())

    assert {key for key in facts if key.startswith("secondary")} == {f"secondary_status/{LUNCH}", f"secondary_status/{RESERVED}"}


def test_an_activity_that_the_mapping_calls_off_is_no_reason(twilio: Any) -> None:
    facts, _, _ = twilio(export(), {"status": {"states": {"Lunch": "off"}}})

    assert f"secondary_status/{LUNCH}" not in facts


def test_a_workspace_without_skills_says_nothing_of_them(twilio: Any) -> None:
    facts, _, reading = twilio({"w.json": listed("workers", [worker(ANN, "ann", {})])})

    assert "skills" not in facts[f"user/{ANN}"].fields
    assert "skill" not in reading.delivered


def test_queues_without_workers_keep_their_members(twilio: Any) -> None:
    files = {"q.json": export()["task_queues.json"]}
    facts, problems, _ = twilio(files)

    assert members(facts, BILLING) is None
    assert "does not hold workers; members are left as they are" in problems[0]


def test_workers_of_another_workspace_are_in_no_queue_of_this_one(twilio: Any) -> None:
    other = worker(NEW, "new", {}, workspace_sid="WS2")
    facts, _, _ = twilio({"w.json": [worker(ANN, "ann", {}), other], "q.json": task_queue(ALL, "All", None)})

    assert members(facts, ALL) == (ANN,)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(worker(TARO, "taro", "{}")),
        json.dumps([{"sid": TARO, "friendlyName": "taro", "attributes": {}}]),
        json.dumps({"any": {"workers": [worker(TARO, "taro", "")]}}) + " // printed",
        json.dumps(worker(ANN, "ann", "{}")) + "\n" + json.dumps(worker(TARO, "taro", "{}")),
    ],
)
def test_a_worker_is_known_however_the_answer_is_wrapped(twilio: Any, text: str) -> None:
    facts, problems, _ = twilio({"any/where.txt": text})

    assert problems == []
    assert facts[f"user/{TARO}"].fields["username"] == "taro"


def test_the_newer_of_two_answers_counts(twilio: Any) -> None:
    old, new = (worker(ANN, name, "{}", date_updated=f"2026-01-0{day}T00:00:00Z") for day, name in ((1, "old"), (2, "new")))
    facts, problems, _ = twilio({"a.json": new, "b.json": old})

    assert problems == []
    assert facts[f"user/{ANN}"].fields["name"] == "new"


def test_answers_that_disagree_are_a_problem(twilio: Any) -> None:
    _, problems, _ = twilio({"a.json": worker(ANN, "ann", "{}"), "b.json": worker(ANN, "bob", "{}")})

    assert problems == [f"b.json user/{ANN}: username is 'bob' here and 'ann' in a.json; keep the newer of the two answers"]


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([listed("workers", [], 0, more=True)], "a0.json: workers goes on after this page"),
        ([listed("workers", [], 1)], "a0.json: workers lacks page 0 before this one"),
        ([listed("workers", [], 0, more=True), listed("workers", [], 2)], "a1.json: workers lacks page 1 before this one"),
    ],
)
def test_a_list_that_lacks_a_page_is_a_problem(twilio: Any, pages: list[Any], told: str) -> None:
    _, problems, _ = twilio({f"a{number}.json": page for number, page in enumerate(pages)})

    assert problems == [f"{told}; the export is incomplete: fetch all pages"]


def test_pages_are_put_together(twilio: Any) -> None:
    files = {"1.json": listed("workers", [], 0, more=True), "2.json": listed("workers", [worker(ANN, "ann", "{}")], 1)}

    assert twilio(files)[1] == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"w.json": worker(ANN, "ann", "{broken")}, f"w.json user/{ANN}: its attributes are no JSON object"),
        ({"w.json": worker(ANN, "ann", "[]")}, f"w.json user/{ANN}: its attributes are no JSON object"),
        ({"w.json": worker(ANN, "ann", '{"a": 1, "a": 2}')}, f"w.json user/{ANN}: its attributes are no JSON object"),
        ({"w.json": {"workers": [{"name": "x"}]}}, "w.json: workers holds something without a SID that begins with WK"),
        ({"w.json": {"workers": [task_queue(ALL, "x", None)]}}, "w.json: workers holds something without a SID"),
        ({"w.json": {"sid": "WK\n1"}}, "is no SID"),
        ({"a.json": {"sid": LUNCH, "friendly_name": "Lunch"}}, f"a.json secondary_status/{LUNCH}: activity 'Lunch'"),
        ({"w.json": worker(ANN, "ann", {"skills": "all"})}, "warning: attribute `skills` is no list of texts, not read"),
        ({"w.json": worker(ANN, "ann", {"languages": [1]})}, "warning: attribute `languages` is no list of texts, not read"),
        (
            {"w.json": worker(ANN, "ann", {"routing": {"skills": ["a"], "levels": {"a": [1]}}})},
            "warning: attribute `routing.levels` of 'a' is no number, not read",
        ),
        ({"x.json": {"hello": 1}}, "x.json: warning: no answer of TaskRouter that is known here (keys: hello)"),
        ({"x.json": '{"workers": ['}, "the file ends inside what line 1 opens"),
        ({"x.csv": "a,b\n"}, "x.csv: warning: not JSON, not read"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(twilio: Any, files: dict[str, Any], told: str) -> None:
    _, problems, _ = twilio(files)

    assert len(problems) == 1
    assert told in problems[0]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("worker.sid == 'x'", "TargetWorkers \"worker.sid == 'x'\": 'worker.sid' is defined for the routing steps"),
        ("gone != 'x'", f"whether worker {ANN} is in the queue cannot be told: NULL != 'x' is not documented"),
    ],
)
def test_an_expression_that_is_not_clear_is_a_problem_of_its_queue(twilio: Any, target: str, told: str) -> None:
    facts, problems, _ = twilio({"w.json": worker(ANN, "ann", "{}"), "q.json": task_queue(BILLING, "Billing", target)})

    assert members(facts, BILLING) is None
    assert [problem.startswith(f"q.json queue/{BILLING}: {told}") for problem in problems] == [True]


def test_a_worker_in_a_workspace_that_is_not_there_is_a_problem(twilio: Any) -> None:
    _, problems, _ = twilio(export() | {"w.json": worker("WK9", "x", {"roles": []}, workspace_sid="WS9")})

    assert problems[0].startswith("w.json user/WK9: workspace WS9 is not in the export")


def test_broken_attributes_are_never_a_member_of_an_expression(twilio: Any) -> None:
    files = {"w.json": worker(ANN, "ann", "{"), "q.json": task_queue(BILLING, "Billing", "skills HAS 'x'")}
    facts, problems, _ = twilio(files)

    assert members(facts, BILLING) == ()
    assert any("so not whether they are in the queue" in problem for problem in problems)


def test_what_has_no_counterpart_is_noted(twilio: Any) -> None:
    _, problems, reading = twilio({"w.json": {"workflows": [{"sid": "WW1"}]}, "c.json": {"sid": "CA1"}})

    assert problems == []
    assert "workflows (1): no counterpart in Genesys Cloud, not used" in reading.notes
    assert any(note.startswith("wrap-up codes: TaskRouter has none") for note in reading.notes)


def test_flags_may_be_text(twilio: Any) -> None:
    facts, problems, _ = twilio({"a.json": activity(LUNCH, "Lunch", available=False) | {"available": "False"}})

    assert problems == []
    assert f"secondary_status/{LUNCH}" in facts


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([ANN, BILLING, LUNCH]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sid", "workers", "task_queues", "meta", "attributes", "target_workers", "available", "page"]), inner
        )
    ),
    max_leaves=12,
)


@given(JUNK)
def test_any_json_is_read_without_a_crash(value: Any) -> None:
    reading = SOURCE.read({"a.json": json.dumps(value).encode(), "b.json": json.dumps(ANN_HAS).encode()}, Mapping(), "acme")

    assert all(str(problem) for problem in reading.problems)
