"""What a field shall be, given what it is: modes, nulls, unknown values and settings in settings."""

from __future__ import annotations

from typing import Any

import pytest
from plan.states import desired, snapshot, there, told, wish

from reconciler.kinds import REGISTRY
from reconciler.model.kind import Field
from reconciler.model.resource import UNKNOWN, Additive
from reconciler.plan.diff import diff, settle

MEMBERS, SKILLS, MEDIA, NAME = Field(frozenset(), "user"), Field({}, "skill"), Field({}, nested=True), Field()
AB, B, C, NOBODY = frozenset("ab"), frozenset("b"), frozenset("c"), frozenset[str]()


@pytest.mark.parametrize(
    ("spec", "want", "have", "expected"),
    [
        # exclusive sets: exactly these
        (MEMBERS, AB, NOBODY, AB),
        (MEMBERS, B, AB, B),
        (MEMBERS, NOBODY, AB, NOBODY),
        (MEMBERS, NOBODY, NOBODY, NOBODY),
        (MEMBERS, AB, UNKNOWN, UNKNOWN),
        (MEMBERS, NOBODY, UNKNOWN, UNKNOWN),
        # additive sets: these too
        (MEMBERS, Additive(C), AB, frozenset("abc")),
        (MEMBERS, Additive(B), AB, AB),
        (MEMBERS, Additive(NOBODY), AB, AB),
        (MEMBERS, Additive(B), NOBODY, B),
        (MEMBERS, Additive(B), UNKNOWN, UNKNOWN),
        # exclusive mappings
        (SKILLS, {"a": 1}, {"a": 2, "b": 3}, {"a": 1}),
        (SKILLS, {}, {"a": 2}, {}),
        (SKILLS, {"a": 1}, UNKNOWN, UNKNOWN),
        # additive mappings: a level that is named is set, others stay
        (SKILLS, Additive({"a": 1}), {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        (SKILLS, Additive({"c": 1}), {}, {"c": 1}),
        (SKILLS, Additive({}), {"a": 2}, {"a": 2}),
        (SKILLS, Additive({"a": 1}), UNKNOWN, UNKNOWN),
        # settings in settings: only what is written
        (MEDIA, {"call": {"x": 1}}, {"call": {"x": 2, "y": 3}, "chat": {"x": 4}}, {"call": {"x": 1, "y": 3}, "chat": {"x": 4}}),
        (MEDIA, {"call": {"l": {"s": 1}}}, {"call": {"l": {"s": 2, "p": 3}}}, {"call": {"l": {"s": 1, "p": 3}}}),
        (MEDIA, {"call": {"x": 1}}, {}, {"call": {"x": 1}}),
        (MEDIA, {"call": {"x": 1}}, {"call": None}, {"call": {"x": 1}}),
        (MEDIA, {}, {"call": {"x": 1}}, {"call": {"x": 1}}),
        (MEDIA, {"call": {"x": 1}}, UNKNOWN, UNKNOWN),
        # scalars
        (NAME, "x", "y", "x"),
        (NAME, "", "y", ""),
        (NAME, "x", UNKNOWN, UNKNOWN),
    ],
)
def test_what_a_field_shall_be(spec: Field, want: Any, have: Any, expected: Any) -> None:
    assert settle(spec, want, have) == expected


OMITTED = object()


@pytest.mark.parametrize(
    ("want", "have", "expected"),
    [
        (OMITTED, AB, ""),
        (OMITTED, UNKNOWN, ""),
        (NOBODY, AB, "members.a:True→False members.b:True→False"),
        (NOBODY, NOBODY, ""),
        (NOBODY, UNKNOWN, ""),
        (B, AB, "members.a:True→False"),
        (C, AB, "members.a:True→False members.b:True→False members.c:False→True"),
        (AB, AB, ""),
        (AB, UNKNOWN, ""),
        (Additive(C), AB, "members.c:False→True"),
        (Additive(B), AB, ""),
        (Additive(NOBODY), AB, ""),
        (Additive(C), UNKNOWN, ""),
    ],
)
def test_members_of_a_queue_change_only_as_their_mode_says(want: Any, have: Any, expected: str) -> None:
    """Two incidents emptied people's queues because absent was read as empty: every combination stands here."""
    fields = {"name": "Q"} if want is OMITTED else {"name": "Q", "members": want}

    found = diff(REGISTRY, desired(wish("queue/q", **fields)), snapshot(there("queue/q", name="Q", members=have)), {})

    assert told(found.changes) == ([f"update queue/q {expected}"] if expected else [])
    assert found.unchanged == (not expected)


@pytest.mark.parametrize(
    ("want", "have", "expected"),
    [
        (OMITTED, {"a": 1.0}, ""),
        ({}, {"a": 1.0}, "skills.a:1.0→None"),
        ({}, {}, ""),
        ({}, UNKNOWN, ""),
        ({"a": 2.0}, {"a": 1.0, "b": 3.0}, "skills.a:1.0→2.0 skills.b:3.0→None"),
        ({"a": 1}, {"a": 1.0}, ""),
        ({"a": 0.0}, {}, "skills.a:None→0.0"),
        (Additive({"a": 2.0}), {"a": 1.0, "b": 3.0}, "skills.a:1.0→2.0"),
        (Additive({"c": 2.0}), {"b": 3.0}, "skills.c:None→2.0"),
        (Additive({"c": 2.0}), UNKNOWN, ""),
    ],
)
def test_skills_of_a_person_change_only_as_their_mode_says(want: Any, have: Any, expected: str) -> None:
    fields = {"name": "A"} if want is OMITTED else {"name": "A", "skills": want}

    found = diff(REGISTRY, desired(wish("user/a", **fields)), snapshot(there("user/a", name="A", skills=have)), {})

    assert told(found.changes) == ([f"update user/a {expected}"] if expected else [])
