"""CXone as configuration: agents, skills as queues, dispositions, unavailable codes, teams."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.nice_cxone.exported import agent, assignment, disposition, export, reason, skill

from reconciler.model.mapping import Mapping
from reconciler.sources.nice_cxone.export import SOURCE

LEVELS = {"skills": {"levels": {"1": 5}}}


@pytest.fixture
def nice(read_export: Any) -> Any:
    return lambda files, mapping=None: read_export("nice-cxone", files, mapping)


def members(facts: Any, key: str) -> Any:
    return facts[f"queue/{key}"].fields.get("members")


def test_a_skill_is_a_queue_with_the_agents_assigned_to_it(nice: Any) -> None:
    facts, problems, reading = nice(export())

    assert problems == []
    assert members(facts, "11") == ("1", "2")
    assert facts["queue/11"].fields["why"] == {"1": "proficiency 1", "2": "proficiency 3"}
    assert facts["queue/11"].fields["wrapup_codes"] == ("8", "9")
    assert facts["queue/12"].fields["description"] == "Calls from Japan"
    assert "wrapup_codes" not in facts["queue/12"].fields
    assert reading.delivered == {"user", "queue", "division", "wrapup_code", "secondary_status"}


def test_an_agent_is_told_whatever_the_case_of_keys_and_the_type_of_values(nice: Any) -> None:
    facts, _, _ = nice(export())
    ann, bob = facts["user/1"].fields, facts["user/2"].fields

    assert (ann["name"], ann["email"], ann["active"], ann["manager"]) == ("Ann Lee", "ann@example.com", True, None)
    assert bob["manager"] == "1"
    assert facts["user/4"].fields["active"] is False
    assert ann["groups"] == {1: {"key": "5", "name": "Tokyo"}}


def test_skills_are_told_only_where_the_mapping_says_what_proficiencies_mean(nice: Any) -> None:
    with_levels, _, reading = nice(export(), LEVELS)
    without, _, silent = nice(export())

    assert with_levels["user/1"].fields["skills"] == {"Billing": "1", "Japanese": "3"}
    assert with_levels["user/3"].fields["skills"] == {}
    assert "skill" in reading.delivered
    assert "skills" not in without["user/1"].fields
    assert any(note.startswith("skills: queues in CXone") for note in silent.notes)


def test_two_skills_of_one_name_go_by_their_ids(nice: Any) -> None:
    files = {"a.json": [agent(1, "Ann", "Lee")], "s.json": [skill(11, "X"), skill(12, "X")]}
    rows = {"r.json": {"agentSkillAssignments": [assignment(1, 11, 1), assignment(1, 12, 1)]}}

    assert nice(files | rows, LEVELS)[0]["user/1"].fields["skills"] == {"11": "1", "12": "1"}


def test_codes_of_after_work_are_no_reasons(nice: Any) -> None:
    facts, _, reading = nice(export())

    assert [key for key in facts if key.startswith("secondary")] == ["secondary_status/21"]
    assert any(note.startswith("unavailable codes of after-call work (1)") for note in reading.notes)


def test_dispositions_may_name_their_skills(nice: Any) -> None:
    rows = [{**disposition(8, "Sale"), "isActive": True, "skills": [{"skillId": 11}]}]
    facts, problems, _ = nice({"s.json": {"skills": [skill(11, "A")]}, "d.json": {"dispositions": rows}})

    assert facts["queue/11"].fields["wrapup_codes"] == ("8",)
    assert facts["wrapup_code/8"].fields["name"] == "Sale"
    assert len(problems) == 1


def test_a_skill_without_dispositions_is_known_to_have_none(nice: Any) -> None:
    files = {"s.json": {"skills": [skill(11, "A")]}, "d.json": {"skillId": 11, "skillName": "A", "dispositions": []}}

    assert nice(files)[0]["queue/11"].fields["wrapup_codes"] == ()


PEOPLE = {"agents.json": {"agents": [agent(1, "Ann", "Lee"), agent(2, "Bob", "Ray")]}, "s.json": {"skills": [skill(11, "A")]}}


@pytest.mark.parametrize(
    "files",
    [
        {"x.json": {"agentId": 1, "agentSkillAssignments": [{"skillId": 11, "agentProficiencyValue": 1}]}},
        {"agents/1/skills.json": {"agentSkillAssignments": [assignment(1, 11, 1)]}},
        {"1.json": [assignment(1, 11, 1)]},
    ],
)
def test_a_list_of_one_agent_says_nothing_of_others(nice: Any, files: dict[str, Any]) -> None:
    facts, problems, _ = nice(PEOPLE | files)

    assert members(facts, "11") == ("1",)
    assert len(problems) == 1
    assert problems[0].startswith("agents.json user/2: the export does not hold their skills; add the answer of agents/2/skills")


def test_lists_of_every_agent_are_put_together(nice: Any) -> None:
    lists = {"agents/1.json": {"agentSkillAssignments": [assignment(1, 11, 1)]}, "agents/2.json": {"agentSkillAssignments": []}}
    facts, problems, _ = nice(PEOPLE | lists)

    assert problems == []
    assert members(facts, "11") == ("1",)


def test_a_list_of_one_skill_says_nothing_of_other_skills(nice: Any) -> None:
    files = PEOPLE | {"s.json": {"skills": [skill(11, "A"), skill(12, "B")]}}
    rows = {"skills/11/agents.json": {"agentSkillAssignments": [assignment(1, 11, 1), assignment(2, 11, 2)]}}
    facts, problems, _ = nice(files | rows)

    assert (members(facts, "11"), members(facts, "12")) == (("1", "2"), None)
    assert "queue/12: warning: the export does not hold who is assigned to it" in problems[0]


def test_queues_without_assignments_keep_their_members(nice: Any) -> None:
    facts, problems, _ = nice(PEOPLE)

    assert members(facts, "11") is None
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.json": {"agents": [agent(1, "A", "B")], "totalRecords": 9}}, "a.json: agents holds 1 of 9 records"),
        ({"a.json": {"agents": [], "_links": {"next": "https://x"}}}, "a.json: agents goes on after this page"),
        ({"a.json": {"agents": [{"firstName": "A"}]}}, "a.json: agents holds something without an id"),
        ({"a.json": {"agents": ["Ann"]}}, "a.json: agents holds something without an id"),
        ({"a.json": {"agents": [agent(0, "A", "B")]}}, "a.json: agents holds something without an id"),
        ({"a.json": [agent(1, "A", "B")], "b.json": [agent(1, "A", "C")]}, "user/1: family_name is 'C' here and 'B' in a.json"),
        ({"a.json": {"hello": 1}}, "a.json: warning: no answer of CXone's Admin API that is known here (keys: hello)"),
        ({"a.json": '{"agents": ['}, "the file ends inside what line 1 opens"),
        ({"a.txt": "x"}, "a.txt: warning: not JSON, not read"),
        ({"a.json": [agent(1, "A", "B", teamId=9)], "t.json": [{"teamId": 5, "teamName": "T"}]}, "warning: team 9 is not in"),
        ({"r.json": {"agentSkillAssignments": [{"agentId": 1}]}}, "agentskillassignments holds something without an id"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(nice: Any, files: dict[str, Any], told: str) -> None:
    _, problems, _ = nice(files)

    assert len(problems) == 1
    assert told in problems[0]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (assignment(9, 11, 1), "an assignment names user 9, which is not in the export"),
        (assignment(1, 99, 1), "an assignment names queue 99, which is not in the export"),
        (assignment(1, 11, 7), "user/1: is assigned to skill 11 twice, with proficiency 1 and 7"),
    ],
)
def test_an_assignment_that_does_not_fit_is_a_problem(nice: Any, row: dict[str, Any], told: str) -> None:
    rows = [assignment(1, 11, 1), assignment(2, 11, 1), assignment(2, 12, 1), row]
    _, problems, _ = nice(PEOPLE | {"s.json": {"skills": [skill(11, "A"), skill(12, "B")]}, "r.json": rows})

    assert [told in problem for problem in problems] == [True]


def test_pages_are_counted_together(nice: Any) -> None:
    pages = {
        f"a{number}.json": {
            "agents": [agent(number, "A", "B")],
            "totalRecords": 2,
            "_links": {"next": "x" if number == 1 else None},
        }
        for number in (1, 2)
    }

    assert nice(pages)[1] == []


def test_contacts_and_states_among_the_answers_are_noted(nice: Any) -> None:
    files = {
        "c.json": [{"contactId": 1, "agentId": 2, "skillId": 3}],
        "s.json": {"agentStates": [{"agentId": 1, "agentStateId": 1}]},
    }
    facts, problems, reading = nice(files)

    assert (facts, problems) == ({}, [])
    assert "contacts (1): no counterpart in Genesys Cloud, not used" in reading.notes


def test_a_code_of_no_name_is_plain_unavailable(nice: Any) -> None:
    assert nice({"c.json": {"unavailableCodes": [reason(5, "")]}})[0] == {}


KEYS = ["agents", "skills", "agentSkillAssignments", "dispositions", "agentId", "skillId", "_links", "totalRecords", "outStateId"]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "teamId", "userName", "next"]), inner),
    max_leaves=12,
)


@given(JUNK)
def test_any_json_is_read_without_a_crash(value: Any) -> None:
    files = {"a.json": json.dumps(value).encode(), "b.json": json.dumps([agent(1, "A", "B"), skill(11, "X")]).encode()}

    assert all(str(problem) for problem in SOURCE.read(files, Mapping(), "acme").problems)
