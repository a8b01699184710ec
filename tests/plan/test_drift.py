"""Three states, field by field: who moved what."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reconciler.kinds import REGISTRY
from reconciler.model.change import Header
from reconciler.model.port import Binding
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Resource, Snapshot, State
from reconciler.pipeline.remember import applied as noted
from reconciler.plan.drift import Drift, What, drift
from reconciler.plan.ignore import Rule, Sieve
from reconciler.plan.tell import document, lines, markdown, message, summary

USER, QUEUE = Ref("user", "a1"), Ref("queue", "q1")


def empty(ref: Ref) -> dict[str, Any]:
    return {name: spec.empty for name, spec in REGISTRY[ref.kind].fields.items()}


def three(ref: Ref, applied: dict[str, Any] | None, desired: dict[str, Any], live: dict[str, Any], **more: Any) -> Drift:
    """The drift of one object in three states; fields nobody names are empty everywhere."""
    there = Live(ref, "id", "Taro", {**empty(ref), **live}, **more)
    text = "" if applied is None else noted(Resource(ref, applied))
    return drift(
        REGISTRY,
        State({ref: Resource(ref, desired)}),
        Snapshot({ref: there}, {}, {}),
        {ref: Binding("id", "Taro", applied=text)},
    )


def told(found: Drift) -> list[str]:
    """What the drift says of values: `title genesys Agent Agent Boss` is applied, desired, live."""
    return [
        f"{'.'.join(value.path)} {value.by} {value.applied} {value.desired} {value.live}"
        for one in found.objects
        for value in one.values
    ]


CASES = {
    "nobody": (("Agent", "Agent", "Agent"), []),
    "somebody in Genesys Cloud": (("Agent", "Agent", "Boss"), ["title genesys Agent Agent Boss"]),
    "Git": (("Agent", "Boss", "Agent"), ["title git Agent Boss Agent"]),
    "both": (("Agent", "Lead", "Boss"), ["title both Agent Lead Boss"]),
    "both, and they agree": (("Agent", "Boss", "Boss"), []),
}


@pytest.mark.parametrize(("values", "expected"), CASES.values(), ids=CASES)
def test_who_moved_a_value(values: tuple[str, str, str], expected: list[str]) -> None:
    applied, desired, live = ({"title": value} for value in values)

    assert told(three(USER, applied, desired, live)) == expected


def test_a_field_git_never_had_is_git_s() -> None:
    assert told(three(USER, {}, {"title": "Boss"}, {"title": "Agent"})) == ["title git Agent Boss Agent"]


def test_a_field_git_gave_up_is_nobody_s() -> None:
    assert told(three(USER, {"title": "Agent"}, {}, {"title": "Boss"})) == []


def test_without_last_applied_values_nobody_knows() -> None:
    assert told(three(USER, None, {"title": "Agent"}, {"title": "Boss"})) == ["title unknown None Agent Boss"]


def test_skills_are_told_one_by_one() -> None:
    applied = {"skills": {"a": 1.0, "b": 2.0, "c": 3.0}}
    desired = {"skills": {"a": 5.0, "b": 2.0, "c": 3.0}}
    live = {"skills": {"a": 1.0, "b": 4.0, "d": 1.0}}

    assert told(three(USER, applied, desired, live)) == [
        "skills.a git 1.0 5.0 1.0",
        "skills.b genesys 2.0 2.0 4.0",
        "skills.c genesys 3.0 3.0 None",
        "skills.d genesys None None 1.0",
    ]


def members(*keys: str) -> dict[str, Any]:
    return {"members": frozenset(keys)}


def test_members_we_took_out_of_git_differ_from_members_somebody_added() -> None:
    assert told(three(QUEUE, members("a", "b"), members("a"), members("a", "b", "c"))) == [
        "members.b git True False True",
        "members.c genesys False False True",
    ]


def test_additive_members_drift_only_where_ours_are_taken_out() -> None:
    ours = {"members": Additive(frozenset({"a", "b"}))}

    assert told(three(QUEUE, ours, ours, members("b", "c"))) == ["members.a genesys True True False"]


def test_members_git_begins_to_own_are_git_s() -> None:
    ours = {"members": Additive(frozenset({"a"}))}

    assert told(three(QUEUE, ours, members("a"), members("a", "c"))) == ["members.c git True False True"]


def test_nested_settings_are_compared_where_they_are_managed() -> None:
    def media(seconds: int, **more: Any) -> dict[str, Any]:
        return {"media": {"call": {"alerting_seconds": seconds, **more}}}

    found = three(QUEUE, media(20), media(20), media(30, auto_answer=True))

    assert told(found) == ["media.call.alerting_seconds genesys 20 20 30"]


def test_what_was_not_read_is_not_compared() -> None:
    assert told(three(QUEUE, members("a"), members("a"), {"members": UNKNOWN})) == []


def test_another_spelling_is_no_drift() -> None:
    assert told(three(USER, {"email": "T@x.jp"}, {"email": "T@x.jp"}, {"email": "t@X.jp"})) == []
    skill = Ref("skill", "s")
    assert told(three(skill, {"name": "Billing"}, {"name": "Billing"}, {"name": "billing"})) == []


@pytest.mark.parametrize("standing", ["inactive", "deleted"])
def test_somebody_who_was_sent_away_is_drift(standing: str) -> None:
    found = three(USER, {}, {}, {}, standing=standing)

    assert [(one.what.value, one.is_drift) for one in found.objects] == [(standing, True)]


SOURCE = Ref("external_source", "s")


@pytest.mark.parametrize(
    ("wished", "expected"),
    [({}, [What.INACTIVE]), ({"active": True}, [What.INACTIVE]), ({"active": False}, []), ({"link": "x"}, [What.INACTIVE])],
    ids=str,
)
def test_a_source_that_was_made_inactive_is_drift_unless_git_wants_that(wished: dict[str, Any], expected: list[What]) -> None:
    found = three(
        SOURCE,
        wished,
        wished,
        {"active": False, **{name: one for name, one in wished.items() if name == "link"}},
        standing="inactive",
    )

    assert [one.what for one in found.objects] == expected


def lonely(bindings: dict[Ref, Binding], *, complete: bool = True) -> Drift:
    """The drift of a user that no listing shows."""
    snapshot = Snapshot({}, {}, {"user": Proof(complete, "cut")})
    return drift(REGISTRY, State({USER: Resource(USER, {"name": "Taro"})}), snapshot, bindings)


def test_an_object_we_had_is_gone() -> None:
    assert [one.what for one in lonely({USER: Binding("id")}).objects] == [What.GONE]


def test_an_object_we_never_had_is_new_and_no_drift() -> None:
    found = lonely({})

    assert [one.what for one in found.objects] == [What.NEW]
    assert found.drifted == ()


def test_nothing_is_gone_of_a_kind_that_was_not_read() -> None:
    assert lonely({USER: Binding("id")}, complete=False).objects == ()


def test_the_fingerprint_is_of_what_moved_in_genesys_cloud() -> None:
    one = three(USER, {"title": "Agent"}, {"title": "Agent"}, {"title": "Boss"})
    git_moved_too = three(USER, {"title": "Agent"}, {"title": "Lead", "department": "Sales"}, {"title": "Boss"})
    other = three(USER, {"title": "Agent"}, {"title": "Agent"}, {"title": "Chief"})
    none = three(USER, {"title": "Agent"}, {"title": "Lead"}, {"title": "Agent"})

    assert one.fingerprint == git_moved_too.fingerprint
    assert one.fingerprint != other.fingerprint
    assert none.fingerprint == ""


def test_rules_hide_drift() -> None:
    sieve = Sieve([Rule("user", ("title",), "payroll owns it")])
    state = State({USER: Resource(USER, {"title": "Agent"})})
    there = Live(USER, "id", "Taro", {**empty(USER), "title": "Boss"})

    found = drift(REGISTRY, state, Snapshot({USER: there}, {}, {}), {USER: Binding("id", applied='{"title":"Agent"}')}, sieve)

    assert found.objects == ()
    assert found.warnings == ("ignored 1 difference of 1 object by the rule for user title: payroll owns it",)


HEADER = Header(organization="org-1", region="ap-northeast-1", source="acme", tool="0.1")


def whole() -> Drift:
    """Everything there is to tell in one."""
    gone, new = Ref("queue", "q9"), Ref("skill", "new")
    desired = {
        USER: Resource(USER, {"title": "Agent", "department": "Lead", "skills": {"a": 2.0}}),
        gone: Resource(gone, {"name": "Returns"}),
        new: Resource(new, {"name": "New\x1b[31m"}),
    }
    live = Live(USER, "id", "山田 太郎", {**empty(USER), "title": "Boss", "department": "Chief", "skills": {"a": 1.0}})
    applied = orjson.dumps({"title": "Agent", "department": "Sales", "skills": {"a": 1.0}}).decode()
    bindings = {USER: Binding("id", applied=applied), gone: Binding("id9", "Returns")}
    return drift(REGISTRY, State(desired), Snapshot({USER: live}, {}, {}, warnings=("careful",)), bindings)


def test_the_text_tells_who_did_what() -> None:
    assert [line.text for line in lines(whole(), HEADER)] == [
        "Drift of source acme in organisation",
        "org-1 (ap-northeast-1)",
        "",
        "  ~   user/a1  山田 太郎",
        "        department: Sales → Chief, and Git says Lead now",
        "        title: Agent → Boss",
        "  -   queue/q9  Returns: gone from Genesys Cloud",
        "",
        "Waiting in Git for an apply:",
        "  +   skill/new  New\\x1b[31m: new",
        "  ~   user/a1  山田 太郎",
        "        skills.a: 1 → 2",
        "",
        "Warning: careful",
        "Drift: 1 changed and 1 gone in Genesys Cloud. 2 objects wait in Git.",
    ]


def test_the_notification_tells_only_what_moved_in_genesys_cloud() -> None:
    assert message(whole()).splitlines() == [
        "Drift: 1 changed and 1 gone in Genesys Cloud.",
        "~   user/a1  山田 太郎",
        "  department: Sales → Chief, and Git says Lead now",
        "  title: Agent → Boss",
        "-   queue/q9  Returns: gone from Genesys Cloud",
    ]


def test_markdown_holds_no_markup_of_names() -> None:
    found = markdown(whole(), HEADER)

    assert "- `~` **user/a1** 山田 太郎\n  - department: Sales → Chief, and Git says Lead now\n" in found
    assert "New\\\\x1b\\[31m" in found


def test_markdown_stays_within_its_limit() -> None:
    refs = [Ref("user", f"u{number}") for number in range(500)]
    many = drift(
        REGISTRY,
        State({ref: Resource(ref, {}) for ref in refs}),
        Snapshot({}, {}, {}),
        {ref: Binding(ref.key) for ref in refs},
    )

    found = markdown(many, HEADER, limit=5_000)

    assert len(found.encode()) <= 5_000
    assert "more objects." in found


def test_the_document_says_it_field_by_field() -> None:
    found = document(whole(), HEADER)

    assert found["drift"] is True
    assert found["fingerprint"].startswith("sha256:")
    assert found["objects"][1]["fields"][0] == {
        "path": "department",
        "by": "both",
        "applied": "Sales",
        "desired": "Lead",
        "live": "Chief",
    }


def test_no_drift_is_said_in_one_line() -> None:
    assert summary(Drift()) == "No drift: nobody changed in Genesys Cloud what was applied."


@pytest.mark.parametrize(
    ("standing", "expected"), [("inactive", What.INACTIVE), ("deleted", What.DELETED), ("suspended", What.INACTIVE)]
)
def test_a_standing_the_api_invents_later_is_shown_as_inactive(standing: str, expected: What) -> None:
    found = three(USER, {"title": "x"}, {"title": "x"}, {"title": "x"}, standing=standing)

    assert [one.what for one in found.objects] == [expected]
