from typing import Any

import pytest
from formats.workbook import sheet, texts, workbook

CSV = (
    "Id,Name,Mail,Site,Skills,Queues,Boss,On,Phone\n"
    "007,山田 太郎,y@example.com,Tokyo,billing=4;tech=2,Q1;Orders,,yes,+81 3\n"
    "8,Ann Lee,a@example.com,,,,007,no,\n"
)
USERS = {
    "file": "agents*.csv", "key": "Id", "name": "Name", "email": "Mail", "division": "Site",
    "skills": {"column": "Skills", "level": "="}, "queues": "Queues", "manager": "Boss", "active": "On", "phones": "Phone",
}  # fmt: skip
QUEUES = {"file": "queues.json", "key": "id", "name": "title"}


def columns(**tables: Any) -> Any:
    return {"columns": tables}


def test_columns_become_fields_and_values_stay_text(tables: Any) -> None:
    files = {"in/agents-1.csv": CSV, "queues.json": [{"id": "Q1", "title": "Billing"}, {"id": 2, "title": "Orders"}]}
    facts, problems, reading = tables(files, columns(users=USERS, queues=QUEUES))

    assert problems == []
    assert dict(facts["user/007"].fields) == {
        "name": "山田 太郎", "email": "y@example.com", "division": "Tokyo", "skills": {"billing": "4", "tech": "2"},
        "manager": None, "active": True, "phones": {"work": "+81 3"},
    }  # fmt: skip
    assert facts["user/8"].fields["manager"] == "007"
    assert facts["user/8"].fields["active"] is False
    assert facts["user/8"].fields["phones"] is None
    assert facts["user/8"].fields["skills"] == {}
    assert facts["queue/Q1"].fields["members"] == ("007",)
    assert facts["queue/2"].fields["members"] == ("007",)
    assert facts["user/007"].place.line == 2
    assert {"user", "queue", "skill", "division"} <= reading.delivered


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 7, "n": {"full": "Ann"}}, {"id": "8", "n": {"full": "Bob"}},]',
        '{"id": "7", "n": {"full": "Ann"}}\n{"id": "8", "n": {"full": "Bob"}}\n',
        '{"meta": {"page": 1}, "agents": [{"id": "7", "n": {"full": "Ann"}}, {"id": "8", "n": {"full": "Bob"}}]}',
    ],
)
def test_json_is_read_in_any_shape(tables: Any, text: str) -> None:
    facts, problems, _ = tables({"a.json": text}, columns(users={"file": "a.json", "key": "id", "name": "n.full"}))

    assert problems == []
    assert [facts[f"user/{key}"].fields["name"] for key in ("7", "8")] == ["Ann", "Bob"]


def test_a_list_among_several_is_named(tables: Any) -> None:
    text = '{"a": [{"id": "7"}], "b": [{"id": "8"}]}'
    rule = {"file": "a.json", "key": "id"}

    assert "holds several lists: a, b" in tables({"a.json": text}, columns(users=rule))[1][0]
    assert "user/8" in tables({"a.json": text}, columns(users=rule | {"records": "b"}))[0]


def test_levels_are_read_from_a_list_of_objects(tables: Any) -> None:
    text = '[{"id": "7", "s": [{"skillId": "x", "level": 3}]}]'
    rule = {"file": "a.json", "key": "id", "skills": {"column": "s", "item": "skillId", "level": "level"}}

    assert tables({"a.json": text}, columns(users=rule))[0]["user/7"].fields["skills"] == {"x": "3"}


@pytest.mark.parametrize("skills", ["s", {"column": "s", "item": "name"}])
def test_objects_without_the_named_key_are_a_problem(tables: Any, skills: Any) -> None:
    text = '[{"id": "7", "s": [{"skillId": "x", "level": 3}]}]'
    _, problems, _ = tables({"a.json": text}, columns(users={"file": "a.json", "key": "id", "skills": skills}))

    assert "holds objects with skillId, level" in problems[0]


def test_a_missing_column_lists_those_there_are_and_suggests_one(tables: Any) -> None:
    _, problems, _ = tables({"agents.csv": CSV}, columns(users={"file": "agents.csv", "key": "ID", "name": "Nmae"}))

    assert len(problems) == 2
    assert "agents.csv:1 users: no column 'ID'; columns there are: Id, Name, Mail" in problems[0] + problems[1]
    assert "did you mean 'Name'?" in problems[0] + problems[1]


def test_a_column_that_stands_twice_is_a_problem(tables: Any) -> None:
    _, problems, _ = tables({"a.csv": "Id,Name,Name\n1,a,b\n"}, columns(users={"file": "a.csv", "key": "Id", "name": "Name"}))

    assert "column 'Name' stands twice" in problems[0]


def test_a_repeated_key_is_a_problem_with_both_places(tables: Any) -> None:
    _, problems, _ = tables({"a.csv": "Id\n1\n2\n1\n"}, columns(users={"file": "a.csv", "key": "Id"}))

    assert problems[0].startswith("a.csv:4 user/1: this key stands in a.csv:2 too")


def test_a_repeated_key_in_json_names_both_records(tables: Any) -> None:
    _, problems, _ = tables({"a.json": '[{"Id": 1}, {"Id": "1"}]'}, columns(users={"file": "a.json", "key": "Id"}))

    assert "record 2: this key stands in a.json, record 1 too" in problems[0]


def test_rows_of_a_report_may_repeat_a_key_where_they_say_the_same(tables: Any) -> None:
    rule = {"file": "a.csv", "key": "Id", "name": "N", "repeats": "true"}

    assert tables({"a.csv": "Id,N,T\n1,a,8\n1,a,9\n"}, columns(users=rule))[1] == []
    assert len(tables({"a.csv": "Id,N,T\n1,a,8\n1,b,9\n"}, columns(users=rule))[1]) == 1


@pytest.mark.parametrize(
    ("text", "rule", "told"),
    [
        ("Id,B\n,x\n", {"key": "Id"}, "a.csv:2 user: no key under 'Id'"),
        ("Id,B\n1,9\n", {"key": "Id", "manager": "B"}, "a.csv:2 user/1: manager '9' is not in the export"),
        ("Id,B\n1,maybe\n", {"key": "Id", "active": "B"}, "'maybe' under 'B' is neither yes nor no"),
        ("Id;B\n1;2\n", {"key": "Id", "delimiter": ","}, "no column 'Id'; columns there are: Id;B"),
        ('Id,B\n1,"\n', {"key": "Id"}, "a.csv:2: not readable as a table"),
    ],
)
def test_a_bad_row_is_a_problem_with_its_line(tables: Any, text: str, rule: Any, told: str) -> None:
    _, problems, _ = tables({"a.csv": text}, columns(users={"file": "a.csv", **rule}))

    assert len(problems) == 1
    assert told in problems[0]


def test_yes_may_be_any_word(tables: Any) -> None:
    rule = {"file": "a.csv", "key": "Id", "active": {"column": "S", "yes": ["在籍"]}}
    facts, problems, _ = tables({"a.csv": "Id,S\n1,在籍\n2,退職\n"}, columns(users=rule))

    assert problems == []
    assert [fact.fields["active"] for fact in facts.values()] == [True, False]


def test_encoding_may_be_named(tables: Any) -> None:
    rule = {"file": "a.csv", "key": "番号", "name": "名前", "encoding": "cp932"}
    facts, problems, _ = tables({"a.csv": "番号,名前\n1,髙橋\n".encode("cp932")}, columns(users=rule))

    assert problems == []
    assert facts["user/1"].fields["name"] == "髙橋"


def test_a_sheet_of_a_workbook_is_a_table(tables: Any) -> None:
    staff = texts("Id", "Name", "Skills") + texts("007", "山田 太郎", "billing=4", row=2)
    files = {"centre.xlsx": workbook({"Staff": sheet(staff), "Notes": sheet(texts("nothing"))})}
    rule = {"file": "*.xlsx", "sheet": "Staff", "key": "Id", "name": "Name", "skills": {"column": "Skills", "level": "="}}
    facts, problems, _ = tables(files, columns(users=rule))

    assert problems == []
    assert dict(facts["user/007"].fields) == {"name": "山田 太郎", "skills": {"billing": "4"}}
    assert facts["user/007"].place.line == 2


def test_an_old_workbook_is_refused_with_a_remedy(tables: Any) -> None:
    _, problems, _ = tables({"a.xls": b"\xd0\xcf\x11\xe0"}, columns(users={"file": "a.xls", "key": "Id"}))

    assert problems == ["a.xls: an old .xls workbook, or one with a password; save it as .xlsx without a password, or as CSV"]


def test_skills_and_members_may_stand_in_files_of_their_own(tables: Any) -> None:
    files = {
        "u.csv": "Id,Mail\n1,a@example.com\n2,b@example.com\n",
        "s.csv": "Who,Skill,Level\n1,billing,3\nb@example.com,tech,5\n",
        "m.csv": "Queue,Who\nOrders,1\nOrders,2\n",
    }
    facts, problems, _ = tables(
        files,
        columns(
            users={"file": "u.csv", "key": "Id", "email": "Mail"},
            user_skills={"file": "s.csv", "user": "Who", "skill": "Skill", "level": "Level"},
            queue_members={"file": "m.csv", "queue": "Queue", "user": "Who"},
        ),
    )

    assert problems == []
    assert facts["user/2"].fields["skills"] == {"tech": "5"}
    assert facts["queue/Orders"].fields["members"] == ("1", "2")


def test_members_may_stand_with_the_queue(tables: Any) -> None:
    files = {"u.csv": "Id\n1\n2\n", "q.csv": 'Id,Who\nQ,"1|2"\nR,9\n'}
    rule = {"file": "q.csv", "key": "Id", "members": {"column": "Who", "separator": "|"}}
    facts, problems, _ = tables(files, columns(users={"file": "u.csv", "key": "Id"}, queues=rule))

    assert facts["queue/Q"].fields["members"] == ("1", "2")
    assert problems == ["q.csv:3 queue/R: member '9' is not in the export; mend the value, or export that user too"]


def test_a_queue_nobody_listed_is_a_problem_where_queues_are_listed(tables: Any) -> None:
    files = {"u.csv": "Id,Q\n1,Sales\n", "queues.json": [{"id": "Q1", "title": "Billing"}]}
    _, problems, _ = tables(files, columns(users={"file": "u.csv", "key": "Id", "queues": "Q"}, queues=QUEUES))

    assert problems == ["u.csv:2 user/1: queue 'Sales' is not in the export; mend the value, or export that queue too"]


def test_a_pattern_without_a_file_lists_the_files_there_are(tables: Any) -> None:
    _, problems, _ = tables({"x.csv": CSV}, columns(users=USERS))

    assert "no file fits 'agents*.csv'; files there are: x.csv" in problems[0]


def test_a_mapping_without_columns_is_a_problem(tables: Any) -> None:
    assert "mapping.yaml names no columns" in tables({"a.csv": CSV})[1][0]


def test_files_nobody_names_are_noted(tables: Any) -> None:
    assert "other.csv" in tables({"agents.csv": CSV, "other.csv": "x"}, columns(users=USERS))[2].notes[0]


def test_other_collections_have_tables_of_their_own(tables: Any) -> None:
    files = {
        "u.csv": "Id,Site\n1,t\n",
        "d.csv": "Id,Name,Text\nt,Tokyo,All of it\n",
        "q.csv": "Id,Text,Site,Codes,On\nQ,Bills,t,sale;done,0\n",
        "c.csv": "Id,Name\nsale,Sale\ndone,\n",
    }
    facts, problems, reading = tables(
        files,
        columns(
            users={"file": "u.csv", "key": "Id", "division": "Site"},
            divisions={"file": "d.csv", "key": "Id", "name": "Name", "description": "Text"},
            queues={
                "file": "q.csv", "key": "Id", "description": "Text", "division": "Site", "wrapup_codes": "Codes", "active": "On",
            },
            wrapup_codes={"file": "c.csv", "key": "Id", "name": "Name"},
        ),
    )  # fmt: skip

    assert problems == []
    assert dict(facts["division/t"].fields) == {"name": "Tokyo", "description": "All of it"}
    assert dict(facts["queue/Q"].fields) == {
        "name": "Q", "description": "Bills", "division": "t", "active": False, "wrapup_codes": ("sale", "done"),
    }  # fmt: skip
    assert facts["wrapup_code/done"].fields["name"] == "done"
    assert {"division", "wrapup_code"} <= reading.delivered


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("9,billing,1\n", "s.csv:2 user: '9' is not in the export"),
        ("1,,1\n", "s.csv:2 user/1: nothing under 'Skill'"),
        ("1,a,1\n1,a,2\n", "s.csv:3 user/1: 'a' stands twice, at 1 and 2"),
    ],
)
def test_a_bad_row_of_skills_is_a_problem_with_its_line(tables: Any, rows: str, told: str) -> None:
    rules = {
        "users": {"file": "u.csv", "key": "Id"},
        "user_skills": {"file": "s.csv", "user": "Who", "skill": "Skill", "level": "Level"},
    }
    _, problems, _ = tables({"u.csv": "Id\n1\n", "s.csv": "Who,Skill,Level\n" + rows}, columns(**rules))

    assert len(problems) == 1
    assert problems[0].startswith(told)


def test_a_list_where_one_value_is_meant_is_a_problem(tables: Any) -> None:
    _, problems, _ = tables({"a.json": '[{"id": 1, "n": {"x": 2}}]'}, columns(users={"file": "a.json", "key": "id", "name": "n"}))

    assert "'n' holds a list or an object where one value is meant; name what is meant inside it, such as n.name" in problems[0]


def test_levels_may_be_an_object(tables: Any) -> None:
    rule = {"file": "a.json", "key": "id", "skills": "s"}

    assert tables({"a.json": '[{"id": 1, "s": {"x": 3, "y": null}}]'}, columns(users=rule))[0]["user/1"].fields["skills"] == {
        "x": "3",
        "y": None,
    }
