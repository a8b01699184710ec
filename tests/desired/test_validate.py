import gc
import random
from dataclasses import replace
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from reconciler.desired import validate
from reconciler.errors import InputError
from reconciler.kinds import REGISTRY
from reconciler.model.block import Block
from reconciler.model.problem import Place
from reconciler.model.resource import Additive, Ref, Resource, State

KINDS = list(REGISTRY.values())
GROUND = """
version: 1
divisions: [{key: tokyo, name: Tokyo}]
skills: [{key: billing, name: Billing}, {key: sales, name: Sales}]
languages: [{key: ja, name: 日本語}]
wrapup_codes: [{key: sale, name: Sale, division: tokyo}]
users:
- {key: boss, name: Boss, email: boss@example.com}
"""


def load(*texts: str) -> tuple[State, list[str]]:
    files = {f"{number}.yaml": text.encode() for number, text in enumerate(texts)}
    state, warnings = validate.load(files, KINDS)
    return state, [str(one) for one in warnings]


def grounded(text: str) -> State:
    """The state of `text` beside GROUND, without its warnings."""
    return load(f"version: 1\n{text}", GROUND)[0]


def problems(*texts: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(*texts)
    return [str(one) for one in caught.value.problems]


def told(text: str) -> list[str]:
    """The problems of `text`, from its first line on, beside GROUND."""
    return [line.removeprefix("0.yaml:") for line in problems(f"{text}\nversion: 1\n", GROUND)]


def user(fields: str) -> dict[str, Any]:
    state = grounded(f"users: [{{key: u, name: U, email: u@example.com, {fields}}}]")
    return dict(state.resources[Ref("user", "u")].fields)


def queue(fields: str) -> dict[str, Any]:
    state = grounded(f"queues: [{{key: q, name: Q, {fields}}}]")
    return dict(state.resources[Ref("queue", "q")].fields)


# ── what a manifest means ────────────────────────────────────────────────────────────────────────────────────────────


def test_omitted_fields_are_absent() -> None:
    assert user("") == {"name": "U", "email": "u@example.com"}


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ("division: tokyo", "division", "tokyo"),
        ("division: home", "division", "home"),
        ("division: null", "division", "home"),
        ("department: ~", "department", ""),
        ("department: ''", "department", ""),
        ("employee_id: 007", "employee_id", "007"),
        ("title: no", "title", "no"),
        ("title: true", "title", "true"),
        ("title: 'null'", "title", "null"),
        ("manager: boss", "manager", "boss"),
        ("manager: ' boss '", "manager", "boss"),
        ("manager: null", "manager", ""),
        ("skills: {billing: 4}", "skills", {"billing": 4.0}),
        ("skills: {billing: '4.5'}", "skills", {"billing": 4.5}),
        ("skills: {}", "skills", {}),
        ("skills: null", "skills", {}),
        ("skills: {mode: exclusive, items: {billing: 0}}", "skills", {"billing": 0.0}),
        ("skills: {mode: exclusive, items: {}}", "skills", {}),
        ("skills: {mode: additive, items: {billing: 1}}", "skills", Additive({"billing": 1.0})),
        ("skills: {mode: additive, items: {}}", "skills", Additive({})),
        ("languages: {ja: 5}", "languages", {"ja": 5}),
        ("languages: {ja: 5.0}", "languages", {"ja": 5}),
        ("phones: {work: ' +81 3 1234 '}", "phones", {"work": "+81 3 1234"}),
        ("phones: null", "phones", {}),
    ],
)
def test_a_user_field_settles_to(fields: str, name: str, value: Any) -> None:
    settled = user(fields)[name]

    assert settled == value
    assert type(settled) is type(value)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ("members: [boss]", "members", Additive(frozenset({"boss"}))),
        ("members: [boss, ' boss']", "members", Additive(frozenset({"boss"}))),
        ("members: null", "members", frozenset()),
        ("members: {mode: exclusive, items: [boss]}", "members", frozenset({"boss"})),
        ("members: {mode: exclusive, items: []}", "members", frozenset()),
        ("members: {mode: additive, items: [boss]}", "members", Additive(frozenset({"boss"}))),
        ("members: {mode: additive, items: []}", "members", Additive(frozenset())),
        ("wrapup_codes: [sale]", "wrapup_codes", Additive(frozenset({"sale"}))),
        (
            "media: {call: {alerting_seconds: 8, auto_answer: TRUE}}",
            "media",
            {"call": {"alerting_seconds": 8, "auto_answer": True}},
        ),
        ("media: {call: {}}", "media", {"call": {}}),
        ("acw: {prompt: OPTIONAL}", "acw", {"prompt": "OPTIONAL"}),
        ("acw: null", "acw", {}),
    ],
)
def test_a_queue_field_settles_to(fields: str, name: str, value: Any) -> None:
    assert queue(fields)[name] == value


@pytest.mark.parametrize("items", ["", ", items: {billing: 1}", ", items: {nobody: 1}"])
def test_an_ignored_field_is_absent(items: str) -> None:
    assert "skills" not in user(f"skills: {{mode: ignore{items}}}")


def test_all_divisions_may_be_named_where_the_kind_knows_them() -> None:
    state = grounded("skills: [{key: s, name: S, division: '*'}, {key: t, name: T, division: null}]")

    assert [state.resources[Ref("skill", key)].fields["division"] for key in "st"] == ["*", "*"]


def test_true_and_false_are_read_from_their_words() -> None:
    state = grounded("external_sources: [{key: a, name: A, active: False}, {key: b, name: B, active: null}]")

    assert [state.resources[Ref("external_source", key)].fields["active"] for key in "ab"] == [False, True]


def test_every_object_may_say_where_it_comes_from_and_how_it_leaves() -> None:
    text = "skills: [{key: s, name: S, previously: [old, Ältere], protected: true, delete_after: 2027-01-31}]"

    resource = grounded(text).resources[Ref("skill", "s")]

    expected = Resource(Ref("skill", "s"), {"name": "S"}, Place("0.yaml", 2), ("old", "Ältere"), True, "2027-01-31")
    assert resource == expected


@pytest.mark.parametrize(
    ("written", "previously"), [("previously: old", ("old",)), ("previously: null", ()), ("protected: null, delete_after: ~", ())]
)
def test_a_past_is_a_text_or_a_list(written: str, previously: tuple[str, ...]) -> None:
    resource = grounded(f"skills: [{{key: s, name: S, {written}}}]").resources[Ref("skill", "s")]

    assert (resource.previously, resource.protected, resource.delete_after) == (previously, False, "")


def test_names_and_keys_are_trimmed_and_composed() -> None:
    state = grounded('divisions: [{key: " e\\u0301 ", name: " Cafe\\u0301 "}]\nskills: [{key: s, name: S, division: é}]')

    assert state.resources[Ref("division", "é")].fields == {"name": "Café"}
    assert state.resources[Ref("skill", "s")].fields["division"] == "é"


def test_keys_written_as_numbers_are_plain_texts() -> None:
    state = grounded("users: [{key: 007, name: 1, email: u@example.com}]\nqueues: [{key: 1e3, name: true, members: [007]}]")

    members = state.resources[Ref("queue", "1e3")].fields["members"].items
    texts = [*members, *(ref.key for ref in state.resources), state.resources[Ref("queue", "1e3")].fields["name"]]
    assert members == {"007"}
    assert {type(text) for text in texts} == {str}


def test_an_address_stays_as_written() -> None:
    state = grounded("users: [{key: u, name: U, email: Taro@Example.COM}]")

    assert state.resources[Ref("user", "u")].fields["email"] == "Taro@Example.COM"


def test_resources_know_file_and_line() -> None:
    state, _ = load(GROUND, "version: 1\n---\nversion: 1\nusers:\n\n- {key: u, name: U, email: u@example.com}\n")

    assert state.resources[Ref("user", "u")].place == Place("1.yaml", 6)


def test_resources_are_in_order_of_kind_and_key() -> None:
    state = grounded("users: [{key: b, name: B, email: b@example.com}, {key: a, name: A, email: a@example.com}]")

    assert list(state.resources) == sorted(state.resources)


def test_no_files_are_an_empty_state() -> None:
    state, warnings = load()

    assert state.resources == {}
    assert warnings == []


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("users: [x]", "1:9 user: an entry of users is a mapping; write it as - key: …"),
        ("users: [null]", "1:9 user: an entry of users is a mapping; write it as - key: …"),
        ("skills: [{name: S}]", "1:10 skill: key is missing; write it"),
        ("skills: [{key: null, name: S}]", "1:11 skill: key is null; give it a value, or leave it out where it is optional"),
        ("skills: [{key: '', name: S}]", "1:11 skill: key is blank; give it a value, or leave it out where it is optional"),
        ("skills: [{key: ' ', name: S}]", "1:11 skill: key is blank; write the id the object has on the external platform"),
        ("skills: [{key: [a], name: S}]", "1:11 skill: key is a list; write a text"),
        (
            "skills: [{key: ~a, name: S}]",
            "1:11 skill/~a: key '~a' begins with ~; such keys name objects that are not managed; choose",
        ),
        ("skills: [{key: '*', name: S}]", "1:11 skill/*: key '*' means all divisions; choose another"),
        ('skills: [{key: "a\\tb", name: S}]', "1:11 skill/a\\x09b: key 'a\\tb' holds a control character; remove it"),
        (
            f"skills: [{{key: {'k' * 201}, name: S}}]",
            f"1:11 skill: key is '{'k' * 55}…'; write at most 200 characters",
        ),
        ("skills: [{key: s}]", "1:10 skill/s: name is missing; write it"),
        ("skills: [{key: s, name: ''}]", "1:19 skill/s: name is blank; give it a value, or leave it out where it is optional"),
        ("skills: [{key: s, name: '  '}]", "1:19 skill/s: name is blank; write a name"),
        ('skills: [{key: s, name: "a\\nb"}]', "1:19 skill/s: name holds a line break or another control character; remove it"),
        ("skills: [{key: s, nme: S, name: S}]", "1:19 skill/s: unknown field 'nme'; did you mean name?"),
        (
            "skills: [{key: s, zzzz: S, name: S}]",
            "1:19 skill/s: unknown field 'zzzz'; known are key, previously, protected, delete_after",
        ),
        (
            "skills: [{key: s, name: S, division: tokio}]",
            "1:28 skill/s: division: there is no division 'tokio'; did you mean tokyo?",
        ),
        ("skills: [{key: s, name: S, protected: yes}]", "1:28 skill/s: protected is 'yes'; write true or false"),
        ("skills: [{key: s, name: S, protected: 1}]", "1:28 skill/s: protected is '1'; write true or false"),
        ("skills: [{key: s, name: S, protected: maybe}]", "1:28 skill/s: protected is 'maybe'; write true or false"),
        ("skills: [{key: s, name: S, protected: [true]}]", "1:28 skill/s: protected is a list; write true or false"),
        (
            "skills: [{key: s, name: S, delete_after: 20270131}]",
            "1:28 skill/s: delete_after is '20270131'; write a day such as 2027-01-31",
        ),
        (
            "skills: [{key: s, name: S, delete_after: 2027-02-30}]",
            "1:28 skill/s: delete_after is '2027-02-30'; write a day such as",
        ),
        (
            "skills: [{key: s, name: S, delete_after: 1700006400}]",
            "1:28 skill/s: delete_after is '1700006400'; write a day such as",
        ),
        ("skills: [{key: s, name: S, previously: {a: b}}]", "1:28 skill/s: previously is a mapping; write a list"),
        ("skills: [{key: s, name: S, previously: [[a]]}]", "1:41 skill/s: previously.0 is a list; write a text"),
        (
            "skills: [{key: s, name: S, previously: ' '}]",
            "1:28 skill/s: previously holds a blank text; write a former key or name",
        ),
        (
            "skills: [{key: s, name: S, previously: sales}]",
            "1:28 skill/s: skill/sales is still described (1.yaml:4); remove one of the",
        ),
        (
            "queues: [{key: q, name: Q, members: []}]",
            "1:28 queue/q: an empty members adds nothing; to empty it write members: {mode: e",
        ),
        ("queues: [{key: q, name: Q, members: {}}]", "1:28 queue/q: members is a mapping; write a list"),
        ("queues: [{key: q, name: Q, members: boss}]", "1:28 queue/q: members is 'boss'; write a list"),
        (
            "queues: [{key: q, name: Q, members: {mode: exclusive}}]",
            "1:28 queue/q: members.items is missing; write items; empty ones only",
        ),
        ("queues: [{key: q, name: Q, members: {items: [boss]}}]", "1:28 queue/q: members.mode is missing; write it"),
        (
            "queues: [{key: q, name: Q, members: {mode: exclusive, items: null}}]",
            "1:55 queue/q: members.items is null; give it a value",
        ),
        (
            "queues: [{key: q, name: Q, members: {mode: exclusiv, items: [boss]}}]",
            "1:38 queue/q: members.mode is 'exclusiv'; did you mean",
        ),
        (
            "queues: [{key: q, name: Q, members: {mode: additive, itms: [boss]}}]",
            "1:54 queue/q: unknown field 'members.itms'; did you mean",
        ),
        (
            "queues: [{key: q, name: Q, members: [boss, bos]}]",
            "1:44 queue/q: members: there is no user 'bos'; did you mean boss?",
        ),
        (
            "queues: [{key: q, name: Q, members: {mode: additive, items: [zz]}}]",
            "1:62 queue/q: members: there is no user 'zz'; describe it",
        ),
        ("queues: [{key: q, name: Q, members: [null]}]", "1:38 queue/q: members.0 is null; give it a value"),
        (
            "queues: [{key: q, name: Q, division: '*'}]",
            "1:28 queue/q: division: there is no division '*'; describe it, or use the key of",
        ),
        (
            "queues: [{key: q, name: Q, media: {call: {auto_answer: on}}}]",
            "1:43 queue/q: media.call.auto_answer is 'on'; write true or",
        ),
        (
            "queues: [{key: q, name: Q, media: {call: null}}]",
            "1:36 queue/q: media.call is null; leave it out; what is not written is not",
        ),
        (
            "queues: [{key: q, name: Q, media: {call: {auto_answer: ~}}}]",
            "1:43 queue/q: media.call.auto_answer is null; leave it out",
        ),
        ("queues: [{key: q, name: Q, media: {cal: {}}}]", "1:36 queue/q: unknown field 'media.cal'; did you mean call?"),
        (
            "queues: [{key: q, name: Q, media: {call: {auto_answr: 1}}}]",
            "1:43 queue/q: unknown field 'media.call.auto_answr'; did you mean auto_answer?",
        ),
        (
            "queues: [{key: q, name: Q, media: {call: {alerting_seconds: 6}}}]",
            "1:43 queue/q: media.call.alerting_seconds is '6'; write at",
        ),
        ("queues: [{key: q, name: Q, media: []}]", "1:28 queue/q: media is a list; write a mapping"),
        ("queues: [{key: q, name: Q, acw: {prompt: OPTIONL}}]", "1:34 queue/q: acw.prompt is 'OPTIONL'; did you mean OPTIONAL?"),
        ("queues: [{key: q, name: Q, acw: {prompt: x}}]", "1:34 queue/q: acw.prompt is 'x'; write one of MANDATORY, OPTIONAL,"),
        (
            "secondary_statuses: [{key: l, system_presence: Meal, labels: {}}]",
            "1:54 secondary_status/l: labels is a mapping; write at",
        ),
    ],
)
def test_a_mistake_is_told(text: str, problem: str) -> None:
    [line] = told(text)

    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("skills: {billing: 5.1}", "58 user/u: skills.billing is '5.1'; write at most 5"),
        ("skills: {billing: -1}", "58 user/u: skills.billing is '-1'; write at least 0"),
        ("skills: {billing: nan}", "58 user/u: skills.billing is 'nan'; write at most 5"),
        ("skills: {billing: high}", "58 user/u: skills.billing is 'high'; write a number"),
        ("skills: {billing: null}", "58 user/u: skills.billing is null; give it a value, or leave it out where it is optional"),
        ("skills: {biling: 1}", "58 user/u: skills: there is no skill 'biling'; did you mean billing?"),
        ("skills: {mode: additive, items: {biling: 1}}", "82 user/u: skills: there is no skill 'biling'; did you mean billing?"),
        (f"phones: {{work: {'1' * 1001}}}", f"58 user/u: phones.work is '{'1' * 55}…'; write at most 1000 characters"),
        (f"skills: {{{'k' * 201}: 1}}", f"58 user/u: skills cannot hold '{'k' * 55}…'; write at most 200 characters"),
        ("skills: [billing]", "49 user/u: skills is a list; write a mapping"),
        ("skills: {billing: 1, ' billing': 2}", "49 user/u: skills holds a key twice, spelt differently; remove one of them"),
        ("languages: {ja: 4.5}", "61 user/u: languages.ja is '4.5'; write a whole number"),
        ("languages: {ja: 6}", "61 user/u: languages.ja is '6'; write at most 5"),
        (
            "phones: {fax: '1'}",
            "58 user/u: phones cannot hold 'fax'; write one of work, work2, work3, work4, home, mobile, main, other",
        ),
        (
            "manager: nobody",
            "49 user/u: manager: there is no user 'nobody'; describe it, or use the key of a user that is described",
        ),
        ("manager: u", "49 user/u: manager goes round: u → u; break the circle"),
    ],
)
def test_a_mistake_in_a_user_is_told(fields: str, problem: str) -> None:
    [line] = told(f"users: [{{key: u, name: U, email: u@example.com, {fields}}}]")

    assert line.startswith(f"1:{problem}")


def test_an_address_that_is_none_is_told() -> None:
    assert told("users: [{key: u, name: U, email: x y@z}]") == [
        "1:27 user/u: email is 'x y@z'; write an address such as taro@example.com"
    ]


def test_all_problems_of_all_files_are_told_at_once() -> None:
    bad = """version: 1
users:
- key: a
  nme: A
  email: nowhere
  skills: {billing: 7}
  manager: nobody
- key: b
  name: B
queues:
- {key: q, name: Q, members: [a, c]}
"""

    assert problems(bad, "version: 1\nskills: [", GROUND.replace("version: 1", "version: 1\nusrs: []")) == [
        "0.yaml:3:3 user/a: name is missing; write it",
        "0.yaml:4:3 user/a: unknown field 'nme'; did you mean name?",
        "0.yaml:5:3 user/a: email is 'nowhere'; write an address such as taro@example.com",
        "0.yaml:6:12 user/a: skills.billing is '7'; write at most 5",
        "0.yaml:8:3 user/b: email is missing; write it",
        "1.yaml:3:1: not YAML: did not find expected node content; mend the YAML here or in the lines before",
        "2.yaml:3:1: unknown collection 'usrs'; did you mean users?",
    ]


def test_references_are_told_beside_other_mistakes_of_the_same_object() -> None:
    assert told("users: [{key: u, name: U, manager: nobody, skills: {biling: 1}}]") == [
        "1:9 user/u: email is missing; write it",
        "1:27 user/u: manager: there is no user 'nobody'; describe it, or use the key of a user that is described",
        "1:53 user/u: skills: there is no skill 'biling'; did you mean billing?",
    ]


def test_a_reference_to_a_bad_object_is_not_told() -> None:
    assert told("skills: [{key: new}]\nusers: [{key: u, name: U, email: u@example.com, skills: {new: 1}}]") == [
        "1:10 skill/new: name is missing; write it"
    ]


def test_an_object_that_stands_twice_is_told_with_both_places() -> None:
    assert problems(GROUND, "version: 1\nskills:\n- {key: ' billing', name: Other}\n") == [
        "1.yaml:3:4 skill/billing: stands here and at 0.yaml:4; keep one of them"
    ]


def test_the_same_key_of_another_kind_is_another_object() -> None:
    assert Ref("language", "billing") in grounded("languages: [{key: billing, name: B}]").resources


def test_the_same_wrong_reference_is_told_everywhere() -> None:
    text = "skills: [{key: s, name: S, division: tokio}, {key: t, name: T, division: tokio}]"

    assert [line.partition("; ")[2] for line in told(text)] == ["did you mean tokyo?"] * 2


class Odd(Block):
    """A block with a rule no other kind has."""

    even: Annotated[int, Field(multiple_of=2)] = 0


def test_a_rule_without_words_of_ours_is_told_in_those_of_pydantic() -> None:
    kind = replace(REGISTRY["skill"], model=Odd, fields={})

    with pytest.raises(InputError, match=r"f:2:19 skill/s: even is '3'; input should be a multiple of 2$"):
        validate.load({"f": b"version: 1\nskills: [{key: s, even: 3}]"}, [kind])


def test_documents_without_objects_are_passed_over() -> None:
    assert problems("version: 1\n---\n---\nversion: 1\nskills: [{}]\n---\n- 1") == [
        "0.yaml:5:10 skill: key is missing; write it",
        "0.yaml:5:10 skill: name is missing; write it",
        "0.yaml:7:1: a manifest is a mapping of collections; begin with version: 1",
    ]


def test_a_wrong_reference_is_searched_for_a_hundred_times_only() -> None:
    people = "".join(f"- {{key: u{n}, name: U, email: u{n}@example.com, skills: {{billin{n}: 1}}}}\n" for n in range(150))

    lines = told(f"users:\n{people}")

    assert len(lines) == 150
    assert sum("did you mean billing?" in line for line in lines) == 100


def test_people_with_one_address_are_told_by_name() -> None:
    assert problems(GROUND, "version: 1\nusers: [{key: u, name: 山田, email: BOSS@example.com}]") == [
        "1.yaml:2:28 user/u: 山田 has the e-mail address of Boss, user/boss (0.yaml:8); give each person an own address"
    ]


@pytest.mark.parametrize("name", ["Billing", " Billing ", "Bi\\u006cling"])
def test_two_objects_of_one_name_are_told(name: str) -> None:
    assert problems(GROUND, f'version: 1\nskills: [{{key: other, name: "{name}"}}]') == [
        "1.yaml:2:23 skill/other: skill/billing has the same name (0.yaml:4); choose another name"
    ]


@pytest.mark.parametrize("name", ["billing", "BILLING", '"\\uff22illing"'])
def test_names_that_look_alike_are_a_warning(name: str) -> None:
    _, warnings = load(GROUND, f"version: 1\nskills: [{{key: other, name: {name}}}]")

    [warning] = warnings
    assert warning.startswith(
        "1.yaml:2 skill/other: warning: the name differs from that of skill/billing (0.yaml:4) in case or width only; "
    )


def test_people_may_share_a_name() -> None:
    _, warnings = load(GROUND, "version: 1\nusers: [{key: u, name: Boss, email: u@example.com}]")

    assert warnings == []


def test_objects_that_only_the_ledger_tells_apart_are_a_warning() -> None:
    _, warnings = load("version: 1\npresence_sources: [{key: a, name: A}, {key: b, name: a}]")

    [warning] = warnings
    assert warning.startswith(
        "0.yaml:2 presence_source/b: warning: presence_source/a (0.yaml:2) is called the same; keep the ledger: "
    )


def test_two_primary_sources_are_told() -> None:
    assert told("presence_sources:\n- {key: a, name: A, primary: true}\n- {key: b, name: B, primary: true}") == [
        "3:21 presence_source/b: presence_source/a is primary too (0.yaml:2); leave at most one primary: true"
    ]


def test_one_primary_source_beside_others_is_fine() -> None:
    text = "presence_sources: [{key: a, name: A, primary: true}, {key: b, name: B, primary: false}, {key: c, name: C}]"

    assert len(grounded(text).resources) == 9


def test_two_claims_to_one_past_are_told() -> None:
    assert told("skills:\n- {key: a, name: A, previously: old}\n- {key: b, name: B, previously: [older, old]}") == [
        "3:21 skill/b: skill/a was old too (0.yaml:2); name it in one of them only"
    ]


def people(managers: dict[str, str]) -> str:
    lines = (f"- {{key: {key}, name: {key}, email: {key}@example.com, manager: {above}}}\n" for key, above in managers.items())
    return "users:\n" + "".join(lines)


def test_managers_in_a_circle_are_told_once() -> None:
    assert told(people({"d": "c", "c": "b", "b": "a", "a": "c", "e": "boss"})) == [
        "5:43 user/a: manager goes round: a → c → b → a; break the circle"
    ]


def test_each_circle_is_told() -> None:
    assert told(people({"a": "b", "b": "a", "c": "d", "d": "c"})) == [
        "2:43 user/a: manager goes round: a → b → a; break the circle",
        "4:43 user/c: manager goes round: c → d → c; break the circle",
    ]


def test_a_long_circle_is_cut() -> None:
    ring = {f"u{n:02}": f"u{(n + 1) % 30:02}" for n in range(30)}

    assert told(people(ring)) == [
        "2:49 user/u00: manager goes round: u00 → u01 → u02 → u03 → … → u28 → u29 → u00; break the circle"
    ]


def test_a_long_chain_is_no_circle() -> None:
    chain = {f"u{n:04}": f"u{n + 1:04}" for n in range(3000)} | {"u3000": "boss"}

    assert len(grounded(people(chain)).resources) == 3001 + 6


def test_warnings_are_told_beside_problems() -> None:
    lines = problems(GROUND, "version: 1\nskills: [{key: other, name: billing}]\nusers: [{}]")

    assert [line.split(":")[1].strip() for line in lines] == ["2 skill/other", "3", "3", "3"]


# ── what does not matter ─────────────────────────────────────────────────────────────────────────────────────────────

BLOCKS = {
    "divisions": ["{key: tokyo, name: Tokyo}", "{key: osaka, name: 大阪}"],
    "skills": [f"{{key: s{n}, name: S{n}, division: tokyo}}" for n in range(4)],
    "users": [
        f"{{key: u{n}, name: U, email: u{n}@example.com, skills: {{s{n}: {n}, s{(n + 1) % 4}: 2}}, division: osaka}}"
        for n in range(4)
    ],
    "queues": ["{key: q, name: Q, members: [u1, u2]}", "{key: r, name: R, members: {mode: exclusive, items: [u3, u0]}}"],
}
PIECES = [(collection, block) for collection, blocks in BLOCKS.items() for block in blocks]


def spread(order: list[int], cuts: list[int]) -> list[str]:
    """The pieces in another order, over several files and documents."""
    documents: list[list[int]] = [[] for _ in range(max(cuts) + 1)]
    for at, number in enumerate(order):
        documents[cuts[at]].append(number)
    texts = []
    for document in documents:
        collections: dict[str, list[str]] = {}
        for number in document:
            collection, block = PIECES[number]
            collections.setdefault(collection, []).append(block)
        parts = [f"{name}: [{', '.join(blocks)}]" for name, blocks in collections.items()]
        texts.append("\n".join(["version: 1", *parts]))
    return texts


WHOLE = load(*spread(list(range(len(PIECES))), [0] * len(PIECES)))[0]


@settings(deadline=None)
@given(
    st.permutations(range(len(PIECES))), st.lists(st.integers(0, 4), min_size=len(PIECES), max_size=len(PIECES)), st.booleans()
)
def test_the_layout_of_files_changes_nothing(order: list[int], cuts: list[int], in_one_file: bool) -> None:
    texts = spread(order, cuts)

    state, _ = load("\n---\n".join(texts)) if in_one_file else load(*texts)

    assert state.digest == WHOLE.digest
    assert {ref: one.fields for ref, one in state.resources.items()} == {ref: one.fields for ref, one in WHOLE.resources.items()}


def test_the_order_of_files_changes_nothing() -> None:
    files = {f"{number}.yaml": text.encode() for number, text in enumerate(spread(list(range(len(PIECES))), [0, 1, 2] * 4))}

    shuffled = list(files)
    random.Random(7).shuffle(shuffled)

    assert validate.load({name: files[name] for name in shuffled}, KINDS)[0] == validate.load(files, KINDS)[0]


STATES = [
    "users: [{key: u, name: U, email: u@example.com}]",
    "users: [{key: u, name: U, email: u@example.com, skills: {billing: 1}}]",
    "users: [{key: u, name: U, email: u@example.com, skills: {billing: 2}}]",
    "users: [{key: u, name: U, email: u@example.com, skills: {}}]",
    "users: [{key: u, name: U, email: u@example.com, skills: {mode: additive, items: {}}}]",
    "users: [{key: u, name: U, email: u@example.com, skills: {mode: additive, items: {billing: 1}}}]",
    "users: [{key: u, name: U, email: u@example.com, protected: true}]",
    "users: [{key: u, name: U, email: u@example.com, previously: v}]",
    "users: [{key: u, name: U, email: u@example.com, delete_after: 2027-01-31}]",
    "queues: [{key: q, name: Q, members: [boss]}]",
    "queues: [{key: q, name: Q, members: {mode: exclusive, items: [boss]}}]",
    "queues: [{key: q, name: Q, members: {mode: exclusive, items: []}}]",
]


@pytest.mark.parametrize("text", STATES)
def test_the_digest_tells_states_apart(text: str) -> None:
    digest = grounded(text).digest

    assert digest.startswith("sha256:")
    assert digest != load(GROUND)[0].digest
    assert [other for other in STATES if grounded(other).digest == digest] == [text]


EXTRA = st.sampled_from(["", "  ", "\n# a comment\n"])


@settings(deadline=None)
@given(extra=EXTRA, quoted=st.booleans())
def test_how_it_is_written_does_not_change_the_digest(extra: str, quoted: bool) -> None:
    level = "'4.0'" if quoted else "4"
    skills = f"{{mode: exclusive, items: {{billing: {level}}}}}"
    text = f"users:{extra}\n- key: u\n  name: '  U '\n  email: u@example.com\n  skills: {skills}"

    assert grounded(text).digest == grounded("users: [{key: u, name: U, email: u@example.com, skills: {billing: 4.0}}]").digest


def test_sets_have_no_order() -> None:
    texts = [
        f"queues: [{{key: q, name: Q, members: [{members}]}}]\n{people({'a': 'boss', 'b': 'boss'})}"
        for members in ("a, b", "b, a")
    ]

    assert grounded(texts[0]).digest == grounded(texts[1]).digest


def test_a_digest_of_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable: object"):
        validate.digest([Resource(Ref("user", "u"), {"name": object()})])


class Shelf(dict[str, bytes]):
    """A cache in memory."""

    def put(self, name: str, data: bytes) -> None:
        self[name] = data


def test_the_cache_changes_nothing() -> None:
    files = {"a": GROUND.encode(), "b": b"version: 1\nqueues: [{key: 1e3, name: no, members: [boss]}]"}
    shelf = Shelf()

    plain = validate.load(files, KINDS)
    cold = validate.load(files, KINDS, shelf)
    warm = validate.load(files, KINDS, shelf)

    assert plain == cold == warm
    assert len(shelf) == 2


def test_what_comes_from_the_cache_is_checked() -> None:
    files = {"a": b"version: 1\nskills: [{key: s, name: S, division: nowhere}]"}
    shelf = Shelf()

    for _ in range(2):
        with pytest.raises(InputError, match="a:2:28 skill/s: division: there is no division 'nowhere'"):
            validate.load(files, KINDS, shelf)


@pytest.mark.parametrize("was", [True, False])
def test_the_collector_is_left_as_it_was(was: bool) -> None:
    (gc.enable if was else gc.disable)()
    try:
        load(GROUND)
        told("users: [{}]")
        now = gc.isenabled()
    finally:
        gc.enable()

    assert now is was


def test_a_state_does_not_write_itself_out() -> None:
    assert repr(load(GROUND)[0]) == "<State>"
