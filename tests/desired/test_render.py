from typing import Any

import pytest
from hypothesis import given, strategies
from ruamel.yaml import YAML

from reconciler.desired.render import MARK, quoted, render
from reconciler.files.read import packaged
from reconciler.model.fact import Fact
from reconciler.model.problem import Place

HOSTILE = (
    'a": b',
    "a\nusers: []",
    "x\\",
    "'",
    '"',
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "- a",
    "# a",
    "*a",
    "&a",
    "!!python/object:x",
    "a: b",
    "] }",
    "\u2028",
    "\x85",
    "\ufeff",
    "\x1b[31m",
    "null",
    "007",
    "no",
    "山田 太郎",
    "😀",
    "a\tb",
    " a ",
    "\u202eabc",
    "\x7f",
    "a' , role: 'b",
)


def user(key: str = "u-1", **fields: Any) -> Any:
    return Fact("user", key, {"name": "Ann", "email": "a@example.com", **fields}, Place("users.json"))


def text(template: str, *facts: Fact, file: str = "users.yaml.j2", **others: Any) -> Any:
    templates = packaged() | {file: template} | others
    done = render(facts or (user(),), templates, "acme")
    assert not done.problems, [str(problem) for problem in done.problems]
    return {one.path: one.text for one in done.texts}


def problem(template: str, *facts: Fact, **others: Any) -> Any:
    done = render(facts or (user(),), packaged() | {"users.yaml.j2": template} | others, "acme")
    assert done.texts == ()
    return str(done.problems[0])


def data(source: str) -> Any:
    return YAML(typ="safe", pure=True).load(source)


def test_a_file_begins_with_mark_schema_and_version() -> None:
    lines = text("users: []")["users/home.yaml"].splitlines()

    assert lines == [
        f"{MARK} from source acme. Do not edit: change the export, the mapping or the templates.",
        "# yaml-language-server: $schema=../../schemas/manifest.v1.json",
        "version: 1",
        "users: []",
    ]


def test_default_templates_write_what_the_facts_say() -> None:
    facts = (
        Fact("division", "tokyo", {"name": "東京", "native": "g-1"}, Place("g.json")),
        user(division="tokyo", skills={"billing": 4.0}, languages={"ja": 5}, title=None),
        Fact("queue", "q-1", {"name": "Billing", "members": ("u-1",), "why": {"u-1": "Ann, Basic"}, "wrapup_codes": ("sale",)}),
        Fact("queue", "q-2", {"name": "Orders", "members": (), "why": {}}),
        Fact("queue", "q-3", {"name": "Else"}),
    )
    files = {one.path: one.text for one in render(facts, packaged(), "acme").texts}

    assert sorted(files) == ["divisions.yaml", "queues.yaml", "sources.yaml", "users/tokyo.yaml"]
    assert '        - "u-1" # "Ann, Basic"\n' in files["queues.yaml"]
    assert data(files["queues.yaml"])["queues"] == [
        {
            "key": "q-1",
            "name": "Billing",
            "wrapup_codes": {"mode": "exclusive", "items": ["sale"]},
            "members": {"mode": "exclusive", "items": ["u-1"]},
        },
        {"key": "q-2", "name": "Orders", "members": {"mode": "exclusive", "items": []}},
        {"key": "q-3", "name": "Else"},
    ]
    assert '    skills: {"billing": 4.0}\n' in files["users/tokyo.yaml"]
    assert '  # "users.json"\n  - key: "u-1"\n' in files["users/tokyo.yaml"]
    assert data(files["users/tokyo.yaml"])["users"][0]["title"] is None


def test_users_stand_in_a_file_per_division() -> None:
    facts = (user("a", division="Tokyo"), user("b", division="tokyo"), user("c", division="x/../../y"), user("d"))
    paths = sorted(one.path for one in render(facts, packaged(), "acme").texts)

    assert paths == ["sources.yaml", "users/Tokyo.yaml", "users/home.yaml", "users/tokyo-2.yaml", "users/x_.._.._y.yaml"]


def test_absent_collections_are_not_written() -> None:
    done = render((user(),), packaged(), "acme", absent=frozenset({"user"}))

    assert [one.path for one in done.texts] == ["sources.yaml"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_write_yaml(name: str) -> None:
    facts = (
        user(name),
        user("u-2", name=name, title=name, skills={name: 1.0}),
        Fact("queue", "q", {"name": name, "members": (name,), "why": {name: name}}),
    )
    files = {one.path: one.text for one in render(facts, packaged(), "acme").texts}
    users = data(files["users/home.yaml"])["users"]
    queues = data(files["queues.yaml"])["queues"]

    assert users[0]["key"] == name
    assert users[1] == {"key": "u-2", "name": name, "email": "a@example.com", "title": name, "skills": {name: 1.0}}
    assert queues == [{"key": "q", "name": name, "members": {"mode": "exclusive", "items": [name]}}]


def test_an_odd_place_of_a_file_cannot_leave_its_comment() -> None:
    fact = Fact("user", "u-1", {"name": "Ann", "email": "a@example.com"}, Place("a\nusers: []\n.json"))

    assert len(data(render((fact,), packaged(), "acme").texts[-1].text)["users"]) == 1


@pytest.mark.parametrize(
    "template",
    [
        "users:\n  - key: {{ users[0].key }}\n",
        "users: [{key: {{ users[0].key }}, name: {{ users[0].name }}}]\n",
        "users:\n  - {key: {{ users[0].key }}, name: x} # {{ users[0].name }}\n",
        "users:\n  - {{ users[0].key }}: {{ users[0].name }}\n",
        "users:\n  - key:\n      {{ users[0].key }}\n",
        "users: {{ [1, 2] }}\n",
        '{% set note = "a" ~ users[0].key %}\nusers:\n  - key: {{ note }}\n',
        "{% macro m(x) %}{{ x }}{% endmacro %}users:\n  - key: {{ m(users[0].key) }}\n",
        "{% set x %}k {{ users[0].key }}{% endset %}users:\n  - key: {{ x }}\n",
    ],
)
def test_a_value_may_stand_where_yaml_expects_one(template: str) -> None:
    assert "u-1" in text(template)["users/home.yaml"] or "[1, 2]" in text(template)["users/home.yaml"]


@pytest.mark.parametrize(
    "template",
    [
        'users:\n  - key: "{{ users[0].key }}"\n',
        "users:\n  - key: '{{ users[0].key }}'\n",
        "users:\n  - key: x{{ users[0].key }}\n",
        "users:\n  - key: x {{ users[0].key }}\n",
        "users:\n  - key: {{ users[0].key }}x\n",
        "users:\n  - key: {{ users[0].key }}{{ users[0].key }}\n",
        "users: [{key: a {{ users[0].key }}}]\n",
        "users:\n  - key: a - {{ users[0].key }}\n",
        'users:\n  - key: "a\n   {{ users[0].key }}\n   b"\n',
        "users:\n  - 'a # {{ users[0].key }}'\n",
        "users:\n  - &{{ users[0].key }} a\n",
        "users:\n  - !{{ users[0].key }} a\n",
        "{% call users[0].name.upper() %}{% endcall %}",
        "{% filter upper %}{{ users[0].name }}{% endfilter %}",
        "{% autoescape true %}{{ users[0].name }}{% endautoescape %}",
        "{{ users[0].name | safe }}",
        "users: {{ users }}",
        "users: {{ users[0] }}",
        "{{ users[0].nothing }}",
        "{{ users[0].__class__ }}",
        "{{ users[0].name.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ range(10 ** 9) | list }}",
        "{{ lipsum() }}",
        "{% include '/etc/passwd' %}",
        "{% include '../mapping.yaml' %}",
        "{% import 'os' as os %}",
        "{% extends 'missing.j2' %}",
        "{{ users.append(1) }}",
        "{{ users[0].fields.update({'name': 'x'}) }}",
        "{% for %}",
        "{{ 1 / 0 }}",
        "a \x01 b",
        "{{ joiner }}",
    ],
)
def test_everything_else_is_refused(template: str) -> None:
    assert "users.yaml.j2" in problem(template) or "missing" in problem(template)


def test_a_refusal_names_the_line() -> None:
    assert problem("a: 1\nb: 2\nc: {{ users[0].nothing }}\n").startswith("users.yaml.j2:3")
    assert problem("a: 1\n{% filter upper %}x{% endfilter %}").startswith("users.yaml.j2:2")
    assert problem("a: 1\n\n{% if %}").startswith("users.yaml.j2:3")


def test_templates_may_include_their_neighbours() -> None:
    files = text("users:\n{% for user in users %}{% include 'one.j2' %}{% endfor %}", **{"one.j2": "  - key: {{ user.key }}\n"})

    assert data(files["users/home.yaml"])["users"] == [{"key": "u-1"}]


def test_constants_are_written_anew_in_every_file() -> None:
    facts = (user("a", division="x"), user("b", division="y"))
    files = text('users:\n  - key: {{ "constant" }}\n', *facts)

    assert [data(files[f"users/{name}.yaml"])["users"] for name in "xy"] == [[{"key": "constant"}]] * 2


def test_a_template_sees_everything() -> None:
    files = text("users:\n  - {{ [queues | length, division, source, users | length] }}\n", user(division="x"))

    assert data(files["users/x.yaml"])["users"] == [[0, "x", "acme", 1]]


def test_a_missing_template_is_a_problem() -> None:
    done = render((user(),), {"sources.yaml.j2": ""}, "acme")

    assert "users.yaml.j2: no such template" in str(done.problems[0])


def test_values_are_exact() -> None:
    assert quoted("007") == '"007"'
    assert quoted(4.0) == "4.0"
    assert quoted(None) == "null"
    assert quoted(("b", "a")) == '["b", "a"]'
    assert quoted({"b", "a"}) == '["a", "b"]'
    assert quoted("\u2028\x85") == '"\\u2028\\u0085"'


@given(text=strategies.text())
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert data(f"- {quoted(text)}\n- {quoted(text)}: b\n") == [text, {text: "b"}]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x", Fact("user", "x")])
def test_what_json_has_no_word_for_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        quoted(value)
