"""Finesse and UCCX as configuration: users, queues with computed members, skills, teams, reasons."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.cisco.exported import by_group, by_skills, competence, csq, export, queue, reason, resource, user

from reconciler.model.mapping import Mapping
from reconciler.sources.cisco.export import SOURCE


@pytest.fixture
def cisco(read_export: Any) -> Any:
    return lambda files, mapping=None: read_export("cisco", files, mapping)


def members(facts: Any, key: str) -> Any:
    return facts[f"queue/{key}"].fields.get("members")


def test_whoever_has_every_skill_at_its_level_is_in_the_queue(cisco: Any) -> None:
    facts, problems, _ = cisco(export())

    assert problems == []
    assert members(facts, "11") == ("1001",)
    assert members(facts, "12") == ("1001", "1002")
    assert members(facts, "13") == ("1001",)
    assert facts["queue/13"].fields["why"] == {"1001": "Billing ≥ 5, Japanese ≥ 3"}


def test_a_resource_group_brings_its_resources(cisco: Any) -> None:
    facts, _, _ = cisco(export())

    assert members(facts, "14") == ("1002",)
    assert facts["queue/14"].fields["why"] == {"1002": "resource group Group 7"}


def test_what_finesse_and_uccx_say_of_a_user_is_merged(cisco: Any) -> None:
    facts, _, reading = cisco(export())
    ann, new = facts["user/1001"].fields, facts["user/1003"].fields

    assert (ann["name"], ann["username"], ann["roles"], ann["extension"]) == ("Ann Lee", "ann", ("Agent",), "91001")
    assert (ann["skills"], new["skills"]) == ({"Billing": "8", "Japanese": "3"}, {})
    assert ann["groups"] == {1: {"key": "1", "name": "Tokyo"}}
    assert reading.delivered == {"user", "queue", "skill", "division", "wrapup_code", "secondary_status"}


def test_only_reasons_of_not_being_ready_are_told(cisco: Any) -> None:
    facts, _, reading = cisco(export())

    assert [key for key in facts if key.startswith("secondary")] == ["secondary_status/1"]
    assert any(note.startswith("reasons of signing out (1)") for note in reading.notes)


def test_a_reason_of_the_system_is_told_where_the_mapping_names_it(cisco: Any) -> None:
    facts, _, _ = cisco(export(), {"secondary_statuses": {"3": {"system_presence": "Away"}}})

    assert facts["secondary_status/3"].fields["name"] == "Call not answered"


def test_a_wrap_up_reason_goes_by_its_label(cisco: Any) -> None:
    assert "wrapup_code/No sale" in cisco(export())[0]


def test_queues_of_finesse_beside_csqs_are_not_used_twice(cisco: Any) -> None:
    facts, _, reading = cisco(export() | {"q.xml": f"<Queues>{queue('11', 'Billing')}</Queues>"})

    assert len([key for key in facts if key.startswith("queue/")]) == 4
    assert "queues of Finesse beside CSQs of UCCX (1): no counterpart in Genesys Cloud, not used" in reading.notes


def finesse(**files: str) -> dict[str, str]:
    """Two agents of Finesse, and who told of their queues."""
    people = user("7", "Ann", "Lee") + user("8", "Bob", "Ray")
    lists = {"Queues/7.xml": f"<Queues>{queue('1', 'Sales')}</Queues>", "User/8/Queues.xml": "<Queues/>"}
    return {"Users.xml": f"<Users>{people}</Users>", **lists, **files}


def test_lists_of_queues_are_told_whose_they_are_by_their_path(cisco: Any) -> None:
    facts, problems, _ = cisco(finesse())

    assert problems == []
    assert facts["queue/1"].fields["name"] == "Sales"
    assert members(facts, "1") == ("7",)


def test_a_path_with_two_logins_is_nobodys(cisco: Any) -> None:
    facts, _, _ = cisco(finesse() | {"7/8.xml": f"<Queues>{queue('2', 'Night')}</Queues>"})

    assert members(facts, "2") == ()


def test_a_user_whose_queues_are_not_told_is_a_problem(cisco: Any) -> None:
    files = finesse()
    del files["User/8/Queues.xml"]
    _, problems, _ = cisco(files)

    assert len(problems) == 1
    assert "Users.xml user/8: the export does not hold their queues; add the answer of User/8/Queues" in problems[0]


def test_a_supervisor_joins_no_queue_by_the_queues_of_the_team(cisco: Any) -> None:
    boss = user("9", "Eve", "Fox", roles="<role>Agent</role><role>Supervisor</role>")
    facts, problems, _ = cisco(finesse() | {"boss.xml": boss, "Queues/9.xml": f"<Queues>{queue('1', 'Sales')}</Queues>"})

    assert members(facts, "1") == ("7",)
    assert "warning: a supervisor's queues cannot be told from those of the team" in problems[0]


def test_a_user_told_in_short_only_does_not_join_unseen(cisco: Any) -> None:
    short = "<Team><id>5</id><name>T</name><users><User><loginId>9</loginId></User></users></Team>"
    _, problems, _ = cisco(finesse() | {"t.xml": short, "Queues/9.xml": f"<Queues>{queue('1', 'Sales')}</Queues>"})

    assert any("does not say their roles" in problem for problem in problems)


def test_queues_that_are_nobodys_keep_their_members(cisco: Any) -> None:
    facts, problems, _ = cisco({"all.xml": f"<Queues>{queue('1', 'Sales')}</Queues>"})

    assert members(facts, "1") is None
    assert "no file says which users' queues it holds" in problems[0]


def test_users_of_a_team_are_users(cisco: Any) -> None:
    text = (
        "<Team><uri>/finesse/api/Team/5</uri><id>5</id><name>Osaka</name><users><User><loginId>9</loginId></User></users></Team>"
    )
    facts, _, _ = cisco({"t.xml": text})

    assert facts["user/9"].fields["groups"] == {1: {"key": "5", "name": "Osaka"}}
    assert facts["division/5"].fields["name"] == "Osaka"


def test_teams_that_are_not_listed_are_those_of_users(cisco: Any) -> None:
    facts, problems, reading = cisco({"u.xml": f"<Users>{user('9', 'Ann', 'Lee', team='5')}</Users>"})

    assert problems == []
    assert facts["division/5"].fields["name"] == "Tokyo"
    assert "division" in reading.delivered


def test_the_reason_of_a_user_now_is_no_definition(cisco: Any) -> None:
    text = f"<User><loginId>9</loginId>{reason('4', 'Lunch')}</User>"

    assert "secondary_status/4" not in cisco({"u.xml": text})[0]


def test_names_may_carry_namespaces(cisco: Any) -> None:
    inner = "<x:ReasonCode><x:id>4</x:id><x:category>not_ready</x:category></x:ReasonCode>"
    text = f'<x:ReasonCodes xmlns:x="urn:x">{inner}</x:ReasonCodes>'

    assert "secondary_status/4" in cisco({"r.xml": text})[0]


ANN = resource("1", "Ann", "Lee", competence("1", "Billing", 5))


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.xml": "<csqs>" + csq("1", "A", by_skills())}, "a.xml:1:"),
        (
            {"a.xml": "<ApiErrors><ApiError><ErrorType>Authorization Failure</ErrorType></ApiError></ApiErrors>"},
            "an error of the API",
        ),
        ({"a.xml": "<dialogs/>"}, "a.xml: warning: <dialogs> is no answer of Finesse or UCCX"),
        ({"a.txt": "hello"}, "a.txt: warning: not XML, not read"),
        ({"a.txt": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><Users>&y;</Users>'}, "a document type or entity"),
        ({"a.xml": "<User><firstName>Ann</firstName></User>"}, "a.xml user: <User> without an id"),
        (
            {"a.xml": user("1", "Ann", "Lee"), "b.xml": user("1", "Ann", "Ray")},
            "b.xml user/1: family_name is 'Ray' here and 'Lee' in a.xml",
        ),
        ({"a.xml": csq("1", "A", by_skills(competence("1", "B", 5)))}, "queue/1: warning: the export holds no resources"),
        ({"a.xml": ANN, "b.xml": csq("1", "A", by_skills())}, "queue/1: warning: names neither a skill nor a resource group"),
        ({"a.xml": ANN, "b.xml": csq("1", "A", by_skills(competence("1", "B", "high")))}, "asks for 'B' at level 'high'"),
        (
            {
                "a.xml": resource("1", "A", "B", competence("1", "B", "x")),
                "b.xml": csq("1", "A", by_skills(competence("1", "B", 1))),
            },
            "user/1: competence level 'x' is no number",
        ),
        (
            {"a.xml": resource("1", "A", "B", None), "b.xml": csq("1", "A", by_skills(competence("1", "B", 1)))},
            "queue/1: the export does not say the skills of resource 1",
        ),
        (
            {"a.xml": ANN, "s.xml": "<skill><skillId>2</skillId><skillName>Other</skillName></skill>"},
            "user/1: skill '1' is not in",
        ),
        (
            {"a.xml": ANN, "t.xml": "<team><teamId>9</teamId><teamname>X</teamname></team>"},
            "warning: team 1 is not in the export",
        ),
        ({"a.xml": reason("1", "Odd", "BREAK")}, "warning: a reason of category BREAK is not known, left out"),
        ({"a.xml": "<skill><skillId>2</skillId></skill>"}, "skill/2: has no name"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(cisco: Any, files: dict[str, str], told: str) -> None:
    _, problems, _ = cisco(files)

    assert len(problems) == 1
    assert told in problems[0]


def test_an_error_in_one_queue_leaves_the_others_alone(cisco: Any) -> None:
    queues = csq("1", "A", by_skills(competence("1", "Billing", "?"))) + csq("2", "B", by_group("7"))
    facts, _, _ = cisco({"a.xml": ANN, "b.xml": f"<csqs>{queues}</csqs>"})

    assert (members(facts, "1"), members(facts, "2")) == (None, ())


NAMES = st.sampled_from(
    ["Users", "User", "Queues", "Queue", "csq", "resource", "skillMap", "loginId", "id", "uri", "users", "Team"]
)
TREES = st.recursive(
    st.sampled_from(["", "7", "../7"]),
    lambda inner: st.tuples(NAMES, st.lists(inner, max_size=3)).map(lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"),
    max_leaves=15,
)


@given(st.tuples(NAMES, TREES).map(lambda one: f"<{one[0]}>{one[1]}</{one[0]}>"))
def test_any_tree_is_read_without_a_crash(text: str) -> None:
    reading = SOURCE.read({"7/a.xml": text.encode(), "b.xml": b"<User><loginId>7</loginId></User>"}, Mapping(), "acme")

    assert all(str(problem) for problem in reading.problems)
