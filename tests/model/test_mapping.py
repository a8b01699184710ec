import json
from typing import Any

import jsonschema_rs
import pytest

from reconciler.model.fact import Fact
from reconciler.model.mapping import EVALUATION, Mapping, condition, parse, template
from reconciler.model.problem import Place, Problem


def told(data: Any) -> Any:
    found = parse(data, place=lambda path: Place("mapping.yaml", 1 + len(path)))
    assert isinstance(found, tuple)
    assert all(isinstance(problem, Problem) for problem in found)
    return [str(problem) for problem in found]


def read(data: Any) -> Any:
    found = parse(data, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(found, Mapping), found
    return found


def test_an_empty_file_is_a_mapping() -> None:
    assert read(None) == Mapping()


def test_the_example_of_the_documentation_is_read() -> None:
    found = read(
        {
            "version": "1",
            "columns": {"users": {"file": "agents*.csv", "key": "Agent ID", "skills": {"column": "Skills", "separator": ";"}}},
            "scope": {"users": "fact.active", "queues": "not fact.name.startswith('TEST')"},
            "division": {"level": "2", "default": "home"},
            "skills": {"levels": {"1": "1", "10": "5"}, "languages": {"JA": "ja"}},
            "rename": {"queues": {"OLD": "New"}},
            "email": "{{ fact.username }}@example.com",
            "agents": {"SIP/1001": "a1b2c3d4"},
            "wrapup_codes": {"items": [{"key": "sale", "name": "Sale"}], "queues": {"*": ["sale"]}},
            "secondary_statuses": {"NATIVE-ID": {"system_presence": "Meal", "labels": {"en_US": "Lunch"}}},
            "status": {"unmapped": {"presence": "Busy", "routing_status": "OffQueue"}},
        }
    )

    assert found.skills.levels == {"1": 1.0, "10": 5.0}
    assert found.skills.languages["JA"].key == "ja"
    assert found.columns.users.file == ("agents*.csv",)
    assert found.division.level == 2


def test_numbers_are_text_where_text_is_meant() -> None:
    assert read({"agents": {"x": 1001}}).agents == {"x": "1001"}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"scop": {}}, "mapping.yaml:2 mapping: unknown key 'scop'; did you mean 'scope'?"),
        ({"columns": {"users": {"file": "a", "key": "k", "mail": "m"}}}, "did you mean 'email'?"),
        ({"secondary_statuses": {"x": {"system_presence": "Meal", "label": {}}}}, "did you mean 'labels'?"),
        ({"skills": {"levels": {"1": "9"}}}, "skills.levels.1: input should be less than or equal to 5"),
        (
            {"status": {"unmapped": {"presence": "Busy", "routing_status": "Idle"}}},
            "mapping.yaml:3 mapping: status.unmapped: presence Busy does not go with routing status Idle",
        ),
        ({"version": "2"}, "version: input should be less than or equal to 1"),
        ({"columns": {"users": {"file": "a"}}}, "columns.users.key: field required"),
        ({"scope": {"users": "fact..x"}}, "scope.users: 'fact..x' is no expression"),
        ({"email": "{{ fact.username"}, "email: "),
        ({"name": "{% if %}"}, "name: "),
        ([], "input should be"),
    ],
)
def test_a_mistake_is_told_with_its_place(data: Any, what: str) -> None:
    problems = told(data)

    assert len(problems) == 1
    assert what in problems[0]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(told({"scop": {}, "rename": {"queue": {}}, "division": {"level": "0"}})) == 3


def test_an_expression_reads_fields_as_attributes() -> None:
    fact = Fact("user", "7", {"name": "Ann", "active": True, "tags": {"team": "x"}}, Place("f.json"))

    assert condition("fact.active and fact.tags.team == 'x'")(fact)
    assert template("{{ fact.key }}-{{ fact.name | upper }}")(fact) == "7-ANN"


@pytest.mark.parametrize(
    "text",
    [
        "fact.missing",
        "fact.__class__.__mro__",
        "fact.name.__class__",
        "''.__class__.__base__.__subclasses__()",
        "cycler.__init__.__globals__",
        "fact.fields.update({'name': 'x'})",
        "range(10 ** 9) | list",
        "lipsum()",
        "[1, 2] | random",
        "'%s' | format(fact.name.__class__)",
        "'{0.__class__}'.format(fact)",
        "1 / 0",
    ],
)
def test_an_expression_cannot_reach_further(text: str) -> None:
    fact = Fact("user", "7", {"name": "Ann"})

    with pytest.raises(EVALUATION):
        template("{{ " + text + " }}")(fact)


def test_every_field_is_described_in_the_schema() -> None:
    schema = Mapping.model_json_schema()
    text = json.dumps(schema)

    assert schema["additionalProperties"] is False
    assert "in a sandbox" in text
    assert all(model.get("description") for model in schema["$defs"].values())


@pytest.mark.parametrize(
    "data",
    [
        {"columns": {"users": {"file": "a.csv", "key": "K", "skills": "S", "active": "A", "phones": "P", "queues": "Q"}}},
        {
            "columns": {
                "users": {"file": ["a", "b"], "key": "K", "skills": {"column": "S", "level": "="}, "phones": {"home": "P"}}
            }
        },
        {"skills": {"languages": {"JA": "ja", "EN": {"key": "en", "name": "English"}}, "levels": {"1": 1}}},
        {"wrapup_codes": {"items": [{"key": 7, "name": "Seven"}], "queues": {"*": 7, "x": ["a"]}}},
        {"secondary_statuses": {"a": None, "b": {"system_presence": "Meal"}}, "agents": {"SIP/1": 1001}},
        {"version": 1, "division": {"level": 2, "keys": {"a": "b"}}, "rename": {"queues": {"OLD": "New"}}},
    ],
)
def test_the_schema_accepts_what_the_reader_accepts(data: Any) -> None:
    read(data)

    assert jsonschema_rs.is_valid(Mapping.model_json_schema(), data)
