"""Five9 as configuration: users, skills as queues, agent groups, dispositions, reason codes, in XML, JSON and CSV."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.five9.exported import answer, export, info, skill, skill_of

from reconciler.model.mapping import Mapping
from reconciler.sources.five9.export import SOURCE

LEVELS = {"skills": {"levels": {"1": 5}}}


@pytest.fixture
def five9(read_export: Any) -> Any:
    return lambda files, mapping=None: read_export("five9", files, mapping)


def members(facts: Any, key: str) -> Any:
    return facts[f"queue/{key}"].fields.get("members")


def test_a_skill_is_a_queue_with_the_users_who_have_it(five9: Any) -> None:
    facts, problems, reading = five9(export())

    assert problems == []
    assert (members(facts, "11"), members(facts, "12"), members(facts, "13")) == (("1", "2", "4"), ("1",), ())
    assert facts["queue/11"].fields["why"]["2"] == "level 5"
    assert (facts["queue/11"].fields["name"], facts["queue/11"].fields["description"]) == ("Billing", "Bills")
    assert reading.delivered == {"user", "queue", "division", "wrapup_code", "secondary_status"}


def test_a_user_is_told_with_address_roles_and_group(five9: Any) -> None:
    facts, _, _ = five9(export())
    ann = facts["user/1"].fields

    assert (ann["name"], ann["email"], ann["active"], ann["roles"]) == ("Ann Lee", "ann@example.com", True, ("agent",))
    assert ann["groups"] == {1: {"key": "5", "name": "Tokyo"}}
    assert facts["user/3"].fields["groups"] == {}
    assert facts["user/4"].fields["active"] is False


def test_skills_are_told_only_where_the_mapping_says_what_levels_mean(five9: Any) -> None:
    rated, _, reading = five9(export(), LEVELS)
    plain, _, silent = five9(export())

    assert rated["user/1"].fields["skills"] == {"Billing": "1", "Japanese": "5"}
    assert rated["user/3"].fields["skills"] == {}
    assert "skill" in reading.delivered
    assert "skills" not in plain["user/1"].fields
    assert any(note.startswith("skills: queues in Five9") for note in silent.notes)


def test_reasons_of_logging_out_and_of_no_id_are_none(five9: Any) -> None:
    facts, _, reading = five9(export())

    assert [key for key in facts if key.startswith("secondary")] == ["secondary_status/21"]
    assert "reasons of logging out (1): no counterpart in Genesys Cloud, not used" in reading.notes


def test_a_reason_goes_by_its_name_where_nobody_tells_its_id(five9: Any) -> None:
    rows = (
        "<enabled>true</enabled><name>Lunch</name><type>NotReady</type>",
        "<enabled>false</enabled><name>Old</name><type>NotReady</type>",
    )
    facts, _, _ = five9({"r.xml": answer("getReasonCodeByType", *rows)})

    assert list(facts) == ["secondary_status/Lunch"]


def test_the_supervisor_service_and_the_web_service_tell_of_one_user(five9: Any) -> None:
    user = {"id": "1", "userName": "ann@example.com", "fullName": "Ann Lee", "roles": ["Agent"], "email": "ann@example.com"}
    files = {
        "u.json": [{**user, "skillLevels": [{"skillId": "11", "level": 3}]}],
        "s.json": {"skills": [{"id": 11, "name": "Billing"}]},
    }
    facts, problems, _ = five9(files)

    assert problems == []
    assert facts["user/1"].fields["roles"] == ("agent",)
    assert facts["queue/11"].fields["why"] == {"1": "level 3"}


def test_tables_are_read_by_their_columns(five9: Any) -> None:
    files = {
        "users.csv": "ID,User Name,First Name,Last Name,E-Mail,Active\n1,ann,Ann,Lee,a@b.example,yes\n2,bob,Bob,Ray,,no\n",
        "skills.csv": "id;name;description\n11;Billing;Bills\n",
        "user_skills.csv": "userName,skillName,level\nann,Billing,2\n",
        "dispositions.csv": "name,description\nSale,Sold\n",
        "reasons.csv": "name,type,enabled\nLunch,Not Ready,true\nHome,Logout,true\n",
        "agent-groups.csv": "id,name\n5,Tokyo\n",
    }
    facts, problems, _ = five9(files)

    assert problems == []
    assert (facts["user/1"].fields["name"], facts["user/2"].fields["active"]) == ("Ann Lee", False)
    assert (members(facts, "11"), facts["queue/11"].fields["why"]) == (("1",), {"1": "level 2"})
    assert {"wrapup_code/Sale", "secondary_status/Lunch", "division/5"} <= set(facts)


def test_a_skill_with_its_users_is_enough(five9: Any) -> None:
    users = f"<users>{skill_of(11, 'Billing', 'ann@example.com', 2)}</users>"
    files = {
        "u.xml": answer("getUsersGeneralInfo", "<id>1</id><userName>ann@example.com</userName><fullName>Ann</fullName>"),
        "s.xml": answer("getSkillsInfo", f"<skill>{skill(11, 'Billing')}</skill>{users}"),
    }
    facts, problems, _ = five9(files)

    assert problems == []
    assert members(facts, "11") == ("1",)


def test_a_user_whose_skills_are_not_told_is_a_problem(five9: Any) -> None:
    general = "<id>9</id><userName>new</userName><fullName>New</fullName>"
    _, problems, _ = five9(export() | {"more.xml": answer("getUsersGeneralInfo", general)})

    assert problems == ["more.xml user/9: the export does not hold their skills; add the answer of getUsersInfo that has them"]


def test_queues_of_whom_nobody_tells_keep_their_members(five9: Any) -> None:
    facts, problems, _ = five9({"s.xml": answer("getSkills", skill(11, "Billing"))})

    assert members(facts, "11") is None
    assert "queue/11: warning: the export does not hold who has it; members are left as they are" in problems[0]


def test_skills_that_nobody_lists_are_said_once(five9: Any) -> None:
    users = [{"id": str(key), "userName": f"u{key}", "skillLevels": [{"skillId": 7, "level": 1}]} for key in (1, 2)]
    facts, problems, _ = five9({"u.json": users}, LEVELS)

    assert "skills" not in facts["user/1"].fields
    assert len(problems) == 1
    assert "users have skills, but the export lists none" in problems[0]


def test_a_user_in_two_groups_is_a_problem_where_groups_are_divisions(five9: Any) -> None:
    files = {"u.xml": answer("getUsersInfo", info(1, "Ann", "Lee", groups=("Tokyo", "Osaka")))}

    assert five9(files)[1] == []
    assert (
        "user/1: is in several agent groups, and has one division: Osaka, Tokyo" in five9(files, {"division": {"level": 1}})[1][0]
    )


def test_groups_that_are_not_listed_are_those_of_users(five9: Any) -> None:
    facts, _, _ = five9({"u.xml": answer("getUsersInfo", info(1, "Ann", "Lee"))})

    assert facts["division/Tokyo"].fields == {"name": "Tokyo", "level": 1}
    assert facts["user/1"].fields["groups"] == {1: {"key": "Tokyo", "name": "Tokyo"}}


def test_an_empty_answer_is_known_by_its_name(five9: Any) -> None:
    _, problems, reading = five9({"a.xml": answer("getDispositions"), "users.json": "[]"})

    assert problems == []
    assert reading.delivered == {"wrapup_code", "user"}


FAULT = "<Envelope><Body><Fault><faultcode>x</faultcode><faultstring>No permission</faultstring></Fault></Body></Envelope>"
ANN = {"u.xml": answer("getUsersInfo", info(1, "Ann", "Lee"))}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.xml": FAULT}, "a.xml: holds a fault of the service, not an answer: No permission"),
        ({"a.xml": "<a><b></a>"}, "a.xml:1:"),
        ({"a.xml": '<!DOCTYPE x [<!ENTITY y "z">]><a>&y;</a>'}, "a document type or entity"),
        ({"a.json": '[{"userName": '}, "the file ends inside what line 1 opens"),
        ({"a.json": '{"hello": "world"}'}, "a.json: warning: no object of Five9 that is known here (names: hello)"),
        ({"a.csv": "x,y\n1,2\n"}, "a.csv:2: warning: no object of Five9 that is known here (names: x, y)"),
        ({"a.bin": "\x01"}, "a.bin: warning: neither XML, JSON nor CSV, not read"),
        (
            ANN | {"s.xml": answer("getSkills", skill(1, "X")), "us.csv": "userName,skillName,level\nann@example.com,Other,2\n"},
            "us.csv:2 user/1: skill 'Other' is not in the export",
        ),
        (ANN | {"us.csv": "userName,skillName,level\nann@example.com,Other,2\n"}, "but the export lists none"),
        (
            {
                "s.xml": answer("getSkills", skill(1, "X"), skill(2, "X")),
                "us.csv": "userName,skillName,level\nann@example.com,X,2\n",
            }
            | ANN,
            "skill 'X' is the name of several",
        ),
        (
            {"s.xml": answer("getSkills", skill(1, "X")), "us.csv": "userName,skillName,level\nghost,X,2\n"} | ANN,
            "us.csv:2 user: user 'ghost' is not in the export",
        ),
        (
            export() | {"us.csv": "userName,skillName,level\nann@example.com,Billing,9\n"},
            "us.csv:2 user/1: has skill 11 at level 1 and 9",
        ),
        (ANN | {"z.xml": answer("getUsersInfo", info(1, "Ann", "Ray"))}, "z.xml user/1: name is 'Ann Ray' here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(five9: Any, files: dict[str, str], told: str) -> None:
    _, problems, _ = five9(files)

    assert told in problems[0]


NAMES = [
    "userName",
    "id",
    "name",
    "skill",
    "skillName",
    "skillLevels",
    "generalInfo",
    "agents",
    "users",
    "roles",
    "type",
    "skills",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(JUNK, st.sampled_from(["users.json", "skills.json", "x.json", "reasons.json", "groups.json"]))
def test_any_json_is_read_without_a_crash(value: Any, name: str) -> None:
    reading = SOURCE.read({name: json.dumps(value).encode()}, Mapping(), "acme")

    assert all(str(problem) for problem in reading.problems)
