from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.wanted import wanted
from reconciler.model.fact import Fact, Reading, Source
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place, Problem

KINDS = frozenset({"division", "skill", "language", "user", "queue", "secondary_status"})
CARD = Source("test", lambda *_: Reading(), KINDS, frozenset(), levels={"1": 1, "5": 5})


def user(key: str = "u-1", **fields: Any) -> Any:
    base = {"name": "Ann Lee", "username": key, "email": f"{key}@example.com"}
    return Fact("user", key, {**base, **fields}, Place("users.json", 7))


def queue(key: str = "q-1", name: str = "Billing", **fields: Any) -> Any:
    return Fact("queue", key, {"name": name, **fields}, Place("queues.json"))


def run(*facts: Fact, mapping: Any = None, card: Source = CARD, problems: tuple[Problem, ...] = ()) -> Any:
    parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(parsed, Mapping), parsed
    reading = Reading(facts, problems, (), frozenset(fact.kind for fact in facts))
    found = wanted(reading, parsed, card, where=lambda path: Place("mapping.yaml", 1 + len(path)))
    return {fact.subject: fact for fact in found.facts}, [str(problem) for problem in found.problems], found


def test_facts_are_sorted_by_kind_and_key() -> None:
    _, _, found = run(user("b"), queue("q"), user("a", email="x@example.com"))

    assert [fact.subject for fact in found.facts] == ["user/a", "user/b", "queue/q"]


# ── scope and names ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_scope_leaves_out_users_and_their_memberships() -> None:
    facts, problems, found = run(
        user("a"), user("b", tags={"x": "1"}), queue(members=("a", "b")), mapping={"scope": {"users": "fact.tags is not defined"}}
    )

    assert problems == []
    assert set(facts) == {"user/a", "queue/q-1"}
    assert facts["queue/q-1"].fields["members"] == ("a",)
    assert found.notes == ("users: 1 of 2 left out by scope",)


def test_problems_with_users_out_of_scope_do_not_count() -> None:
    known = Problem(Place("users.json"), "user/a", "is odd")

    assert run(user("a"), problems=(known,))[1] == ["users.json user/a: is odd"]
    assert run(user("a"), problems=(known,), mapping={"scope": {"users": "fact.key != 'a'"}})[1] == []


def test_users_who_are_not_active_are_left_out_unless_scope_says_otherwise() -> None:
    assert "user/a" not in run(user("a", active=False))[0]
    assert "user/a" in run(user("a", active=False), mapping={"scope": {"users": "true"}})[0]


def test_a_scope_that_cannot_be_told_is_one_problem() -> None:
    _, problems, _ = run(user("a"), user("b"), mapping={"scope": {"users": "fact.team == 1"}})

    assert len(problems) == 1
    assert "users.json:7 user/a: scope.users cannot be told" in problems[0]
    assert "(and 1 more like it)" in problems[0]
    assert "reconciler.model" not in problems[0]


def test_rename_is_looked_up_by_name_or_key() -> None:
    rename = {"queues": {"Billing": "Bills", "q-2": "Second"}, "users": {"u-1": "Ann X"}, "divisions": {"nobody": "x"}}
    facts, problems, _ = run(user(), queue(), queue("q-2", "Two"), mapping={"rename": rename})

    assert [facts[key].fields["name"] for key in ("user/u-1", "queue/q-1", "queue/q-2")] == ["Ann X", "Bills", "Second"]
    assert problems == ["mapping.yaml:4 mapping: warning: rename.divisions: 'nobody' is not in the export; remove the line"]


def test_a_name_may_be_made_by_an_expression() -> None:
    facts, _, _ = run(
        user(given_name="太郎", family_name="山田"), mapping={"name": "{{ fact.family_name }} {{ fact.given_name }}"}
    )

    assert facts["user/u-1"].fields["name"] == "山田 太郎"


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\nb", "a\u2028b"])
def test_a_name_that_is_none_is_a_problem(name: str) -> None:
    assert run(user(name=name))[1]
    assert run(queue(name=name))[1]


def test_two_queues_of_one_name_are_a_problem_with_both_places() -> None:
    _, problems, _ = run(queue("q-1", "Billing"), queue("q-2", "BILLING "))

    assert "queue/q-2: has the name of queue/q-1 (queues.json): BILLING" in problems[0]


def test_two_people_of_one_name_are_fine() -> None:
    assert run(user("a"), user("b"))[1] == []


# ── e-mail ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("own", [None, "", "example.com", "a b@example.com", "a@b@example.com", "@example.com"])
def test_an_address_that_is_none_needs_an_expression(own: Any) -> None:
    fact = user(email=own) if own is not None else replace(user(), fields={"name": "Ann", "username": "u-1"})

    _, problems, _ = run(fact)
    facts, none, _ = run(fact, mapping={"email": "{{ fact.username }}@example.org"})

    assert "e-mail address" in problems[0]
    assert "users.json:7" in problems[0]
    assert none == []
    assert facts["user/u-1"].fields["email"] == "u-1@example.org"


def test_an_own_address_wins_over_the_expression() -> None:
    assert run(user(), mapping={"email": "x@example.org"})[0]["user/u-1"].fields["email"] == "u-1@example.com"


def test_an_expression_that_makes_no_address_is_a_problem() -> None:
    assert "makes 'u-1'" in run(user(email=""), mapping={"email": "{{ fact.username }}"})[1][0]


def test_one_address_of_two_people_is_a_problem() -> None:
    _, problems, _ = run(user("a", email="X@example.com"), user("b", email="x@example.com"))

    assert "user/b: has the e-mail address of user/a (users.json:7)" in problems[0]


# ── divisions ────────────────────────────────────────────────────────────────────────────────────────────────────────

TOKYO = Fact("division", "g-2", {"name": "Tokyo", "level": 2}, Place("g.json"))
TOP = Fact("division", "g-1", {"name": "All", "level": 1}, Place("g.json"))
GROUPS = {1: {"key": "g-1", "name": "All"}, 2: {"key": "g-2", "name": "Tokyo"}}


def test_the_chosen_level_gives_divisions() -> None:
    facts, problems, _ = run(TOP, TOKYO, user(groups=GROUPS), user("x", groups={}), mapping={"division": {"level": "2"}})

    assert problems == []
    assert set(facts) == {"division/g-2", "user/u-1", "user/x"}
    assert facts["user/u-1"].fields["division"] == "g-2"
    assert facts["user/x"].fields["division"] == "home"


def test_divisions_take_keys_by_id_or_name() -> None:
    for native in ("g-2", "Tokyo"):
        rule = {"level": "2", "keys": {native: "tokyo"}, "queues": {"Bill*": "tokyo"}}
        facts, _, _ = run(TOKYO, user(groups=GROUPS), queue(), mapping={"division": rule})

        assert facts["division/tokyo"].fields["native"] == "g-2"
        assert facts["user/u-1"].fields["division"] == "tokyo"
        assert facts["queue/q-1"].fields["division"] == "tokyo"


def test_without_a_choice_divisions_are_not_managed() -> None:
    facts, problems, found = run(TOKYO, user(groups=GROUPS))

    assert problems == []
    assert "division" not in facts["user/u-1"].fields
    assert found.notes == ("divisions: not managed, mapping.yaml chooses no division.level",)


def test_a_group_whose_way_is_not_told_is_a_problem() -> None:
    _, problems, _ = run(user(groups={0: {"key": "g-9", "name": "Osaka"}}), mapping={"division": {"level": "1"}})

    assert "the export does not tell the way to hierarchy group 'Osaka'" in problems[0]


def test_a_user_who_was_only_listed_keeps_their_division() -> None:
    assert "division" not in run(user(), mapping={"division": {"level": "1"}})[0]["user/u-1"].fields


def test_a_division_written_as_text_is_one() -> None:
    facts, _, _ = run(user(division="Tokyo"), user("b", division="", email="b@example.com"), mapping={"division": {}})

    assert facts["division/Tokyo"].fields["name"] == "Tokyo"
    assert facts["user/b"].fields["division"] == "home"


def test_a_division_that_is_not_listed_is_a_problem() -> None:
    listed = Fact("division", "t", {"name": "Tokyo"}, Place("d.csv"))

    assert run(listed, user(division="Tokyo"))[0]["user/u-1"].fields["division"] == "t"
    assert "division 'Osaka' is not among the divisions" in run(listed, user(division="Osaka"))[1][0]


def test_two_groups_of_one_name_cannot_share_a_key_by_name() -> None:
    other = replace(TOKYO, key="g-3")

    assert "2 of them are called 'Tokyo'" in run(TOKYO, other, mapping={"division": {"level": "2", "keys": {"Tokyo": "t"}}})[1][0]


# ── skills and languages ─────────────────────────────────────────────────────────────────────────────────────────────


def test_skills_have_proficiencies_and_some_are_languages() -> None:
    mapping = {"skills": {"languages": {"Japanese": {"key": "ja", "name": "日本語"}}, "keys": {"Billing": "billing"}}}
    facts, problems, _ = run(user(skills={"Billing": "5.0", "Japanese": "1"}), mapping=mapping)

    assert problems == []
    assert facts["user/u-1"].fields["skills"] == {"billing": 5.0}
    assert facts["user/u-1"].fields["languages"] == {"ja": 1}
    assert facts["skill/billing"].fields["name"] == "Billing"
    assert facts["language/ja"].fields["name"] == "日本語"


def test_a_table_of_the_mapping_replaces_the_levels_of_the_platform() -> None:
    facts, _, _ = run(user(skills={"a": "10"}), mapping={"skills": {"levels": {"10": "2.5"}}})

    assert facts["user/u-1"].fields["skills"] == {"a": 2.5}


@pytest.mark.parametrize("level", ["7", "expert", "0"])
def test_a_level_nobody_mapped_is_a_problem(level: str) -> None:
    _, problems, _ = run(user(skills={"a": level}), user("b", skills={"a": level}))

    assert len(problems) == 1
    assert f"user/b: level '{level}' of 'a' is not in the mapping (and 1 more like it)" in problems[0]


def test_a_skill_without_a_level_needs_a_word_of_the_mapping() -> None:
    assert "has no level" in run(user(skills={"a": None}))[1][0]
    assert run(user(skills={"a": None}), mapping={"skills": {"unrated": "3"}})[0]["user/u-1"].fields["skills"] == {"a": 3.0}


def test_a_language_takes_whole_levels_only() -> None:
    mapping = {"skills": {"levels": {"5": "2.5"}, "languages": {"a": "a"}}}

    assert "level '5' of language 'a' becomes 2.5" in run(user(skills={"a": "5"}), mapping=mapping)[1][0]


def test_a_skill_out_of_scope_leaves_everybody() -> None:
    facts, problems, _ = run(user(skills={"a": "5", "b": "nonsense"}), mapping={"scope": {"skills": "fact.name != 'b'"}})

    assert problems == []
    assert facts["user/u-1"].fields["skills"] == {"a": 5.0}


def test_no_word_about_skills_is_not_none() -> None:
    assert "skills" not in run(user())[0]["user/u-1"].fields
    assert run(user(skills={}))[0]["user/u-1"].fields["skills"] == {}


def test_a_skill_that_is_not_listed_is_a_problem() -> None:
    listed = Fact("skill", "s-1", {"name": "Billing"}, Place("skills.csv"))

    assert run(listed, user(skills={"Billing": "5"}))[0]["user/u-1"].fields["skills"] == {"s-1": 5.0}
    assert "skill 'Orders' is not among those of the export" in run(listed, user(skills={"Orders": "5"}))[1][0]


# ── queues, codes, statuses ──────────────────────────────────────────────────────────────────────────────────────────

CODES = {"items": [{"key": "sale", "name": "Sale"}, {"key": "done", "name": "Done"}], "queues": {"*": ["done"], "q-1": "sale"}}


def test_codes_come_from_the_mapping_by_pattern_name_or_key() -> None:
    facts, problems, _ = run(queue(), queue("q-2", "Orders"), mapping={"wrapup_codes": CODES})

    assert problems == []
    assert facts["queue/q-1"].fields["wrapup_codes"] == ("done", "sale")
    assert facts["queue/q-2"].fields["wrapup_codes"] == ("done",)
    assert facts["wrapup_code/sale"].place == Place("mapping.yaml", 4)


def test_queues_without_codes_say_nothing_about_them() -> None:
    assert "wrapup_codes" not in run(queue())[0]["queue/q-1"].fields


def test_a_code_nobody_listed_is_a_problem() -> None:
    _, problems, _ = run(queue(), mapping={"wrapup_codes": {"queues": {"Billing": ["gone"], "Nowhere": ["x"]}}})

    assert "queue/q-1: wrap-up code 'gone' is not known" in problems[1]
    assert "warning: wrapup_codes.queues: 'Nowhere' fits no queue" in problems[0]


def test_a_code_that_stands_twice_is_a_problem() -> None:
    items = [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]

    assert "wrapup_code/a: stands in mapping.yaml:4 too" in run(mapping={"wrapup_codes": {"items": items}})[1][0]


STATUS = Fact("secondary_status", "s-1", {"name": "Lunch"}, Place("s.json"))


@pytest.mark.parametrize("native", ["s-1", "Lunch"])
def test_statuses_are_mapped_by_id_or_name(native: str) -> None:
    facts, problems, _ = run(STATUS, mapping={"secondary_statuses": {native: {"system_presence": "Meal"}}})

    assert problems == []
    assert facts["secondary_status/s-1"].fields["labels"] == {"en_US": "Lunch"}
    assert facts["secondary_status/s-1"].fields["system_presence"] == "Meal"


def test_a_status_nobody_mapped_is_a_problem() -> None:
    assert "s.json secondary_status/s-1: status 'Lunch' is not in the mapping" in run(STATUS)[1][0]


def test_a_status_may_be_left_out() -> None:
    facts, problems, _ = run(STATUS, mapping={"secondary_statuses": {"Lunch": None}})

    assert (facts, problems) == ({}, [])


def test_statuses_come_from_the_mapping_where_the_export_has_none() -> None:
    facts, problems, _ = run(user(), mapping={"secondary_statuses": {"lunch": {"system_presence": "Meal"}}})

    assert problems == []
    assert "secondary_status/lunch" in facts


def test_a_manager_out_of_scope_is_not_said() -> None:
    facts, problems, _ = run(user("a"), user("b", manager="a"), mapping={"scope": {"users": "fact.key != 'a'"}})

    assert problems == []
    assert "manager" not in facts["user/b"].fields
    assert "manager 'zz' is not in the export" in run(user(manager="zz"))[1][0]


def test_kinds_the_export_does_not_speak_of_are_absent() -> None:
    assert run(user())[2].absent == KINDS - {"user"}


def test_what_the_platform_never_has_is_noted() -> None:
    card = replace(CARD, never=frozenset({"wrapup_code", "language"}))
    codes = {"wrapup_codes": {"items": [{"key": "sale", "name": "Sale"}]}}

    assert run(user(), card=card)[2].notes == (
        "languages, wrapup_codes: test does not have them; what mapping.yaml does not give is left as it is",
    )
    assert run(user(), card=card, mapping=codes)[2].notes[0].startswith("languages: test does not have them")


def test_a_division_of_a_queue_follows_the_export() -> None:
    facts, _, _ = run(
        queue(division="Tokyo"), queue("q-2", "Orders", division="home"), mapping={"division": {"keys": {"Tokyo": "t"}}}
    )

    assert facts["queue/q-1"].fields["division"] == "t"
    assert facts["queue/q-2"].fields["division"] == "home"


def test_a_member_nobody_knows_is_a_problem() -> None:
    assert "queue/q-1: member 'u-9' is not in the export" in run(user(), queue(members=("u-9",)))[1][0]


def test_two_skills_of_one_key_must_agree() -> None:
    mapping = {"skills": {"keys": {"a": "x", "b": "x"}}, "rename": {"skills": {"a": "X", "b": "X"}}}

    assert run(user(skills={"a": "5", "b": "5"}), mapping=mapping)[1] == []
    assert "has x twice, at 5.0 and 1.0" in run(user(skills={"a": "5", "b": "1"}), mapping=mapping)[1][0]


def test_two_names_under_one_key_are_a_problem() -> None:
    assert (
        "two of them become x: 'a' and 'b'"
        in run(user(skills={"a": "5", "b": "5"}), mapping={"skills": {"keys": {"a": "x", "b": "x"}}})[1][0]
    )


def test_languages_may_be_said_by_the_platform() -> None:
    facts, problems, _ = run(user(languages={"ja": "5"}))

    assert problems == []
    assert facts["user/u-1"].fields["languages"] == {"ja": 5}
    assert facts["language/ja"].fields["name"] == "ja"


def test_an_export_that_says_nothing_is_a_problem() -> None:
    assert "the export says nothing" in run()[1][0]
