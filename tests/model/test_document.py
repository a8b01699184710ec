"""A saved plan: read back as it was, refused when it was changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.change import Adoption, Change, FieldChange, Header, Op, Plan, Refusal
from reconciler.model.document import dump, identity, join, load, split, text
from reconciler.model.resource import Ref

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
KEYS = st.text(st.characters(codec="utf-8", exclude_characters="#"), min_size=1, max_size=12)
KINDS = st.sampled_from(["user", "queue", "skill"])
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
FIELDS = st.builds(FieldChange, st.lists(WORDS, min_size=1, max_size=4).map(tuple), VALUES, VALUES)
DIGEST = "sha256:" + "0" * 64
CHANGES = st.builds(
    Change,
    st.sampled_from(list(Op)),
    st.builds(Ref, KINDS, KEYS),
    WORDS,
    st.lists(FIELDS, max_size=3).map(tuple),
    part=st.sampled_from(["", "members"]),
    needs=st.lists(WORDS, max_size=2).map(tuple),
    origin=WORDS,
    reason=WORDS,
    fingerprint=st.just(DIGEST),
)
COUNTS = st.integers(0, 10**6)
BY_KIND = st.dictionaries(KINDS, COUNTS, max_size=2)
HEADERS = st.builds(Header, *[WORDS] * 8, st.booleans(), COUNTS, BY_KIND)
REFS = st.builds(Ref, KINDS, KEYS)
PLANS = st.builds(
    Plan,
    changes=st.lists(CHANGES, max_size=4).map(tuple),
    adoptions=st.lists(st.builds(Adoption, REFS, WORDS, st.sampled_from(["mark", "name", "previously"])), max_size=2).map(tuple),
    unchanged=COUNTS,
    strays=st.lists(REFS, max_size=2).map(tuple),
    refusals=st.lists(st.builds(Refusal, WORDS, WORDS, WORDS), max_size=2).map(tuple),
    warnings=st.lists(WORDS, max_size=2).map(tuple),
    header=HEADERS,
    predicted=COUNTS,
    predicted_by_kind=BY_KIND,
    seconds=COUNTS,
    billable=st.lists(WORDS, max_size=2).map(tuple),
    names=st.dictionaries(WORDS, WORDS, max_size=2),
)

PLAN = Plan(
    (
        Change(
            Op.UPDATE,
            Ref("user", "ann"),
            "Ann",
            (FieldChange(("skills", "a.b"), 3.0, 4.0),),
            needs=("skill/a.b",),
            origin="users.yaml:14",
            reason="differs",
            fingerprint=DIGEST,
        ),
    ),
    header=Header(
        "org", "eu", "acme", "0.1.0", DIGEST, "abc", "2026-11-22T12:00:00+00:00", "2026-11-23T12:00:00+00:00", spent=27
    ),
    predicted=1,
    predicted_by_kind={"user": 1},
)


@given(PLANS)
def test_a_plan_is_read_back_as_it_was(plan: Plan) -> None:
    assert load(text(plan), "plan.json") == (plan, dump(plan)["id"])


@given(PLANS, HEADERS)
def test_the_id_does_not_tell_when_a_plan_was_made(plan: Plan, other: Header) -> None:
    passing = ("created", "expires", "spent", "spent_by_kind")
    later = replace(plan.header, **{name: getattr(other, name) for name in passing})

    assert dump(replace(plan, header=later))["id"] == dump(plan)["id"]


@pytest.mark.parametrize(
    "more",
    [
        {"unchanged": 1},
        {"predicted": 2},
        {"warnings": ("w",)},
        {"changes": ()},
        {"header": replace(PLAN.header, source="other")},
        {"header": replace(PLAN.header, organization="other")},
        {"header": replace(PLAN.header, complete=False)},
        {"header": replace(PLAN.header, commit="def")},
    ],
)
def test_everything_else_is_in_the_id(more: dict[str, Any]) -> None:
    assert dump(replace(PLAN, **more))["id"] != dump(PLAN)["id"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("changes", 0, "fields", 0, "after"), 5.0),
        (("changes", 0, "op"), "delete"),
        (("changes", 0, "needs"), []),
        (("organization", "id"), "other"),
        (("refusals",), [{"guard": "x", "what": "y", "override": ""}]),
        (("requests", "predicted"), 9),
    ],
)
def test_a_plan_that_was_changed_is_refused(path: tuple[Any, ...], value: Any) -> None:
    document = orjson.loads(text(PLAN))
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value

    with pytest.raises(InputError, match=r"plan\.json: was changed after it was made"):
        load(orjson.dumps(document), "plan.json")


def versioned(version: Any) -> bytes:
    document = {**orjson.loads(text(PLAN)), "format_version": version, "novelty": {"deep": [1]}}
    document["changes"][0]["novelty"] = True
    return orjson.dumps({**document, "id": identity(document)})


def test_members_of_a_newer_minor_version_are_ignored() -> None:
    plan, _ = load(versioned("1.12"), "plan.json")

    assert plan == PLAN


@pytest.mark.parametrize("version", ["2.0", "1", "10.0", "1.x", "", None, 1.0])
def test_another_major_version_is_refused(version: Any) -> None:
    with pytest.raises(InputError, match=r"is no plan of format version 1: format_version.*make a new one"):
        load(versioned(version), "plan.json")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"format": "terraform"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_plan_is_told_so(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^plan\.json: is no"):
        load(data, "plan.json")


def test_a_plan_with_bottomless_values_is_refused() -> None:
    data = text(PLAN).replace(b'"after": 4.0', b'"after": ' + b"[" * 300 + b"1" + b"]" * 300)

    with pytest.raises(InputError):
        load(data, "plan.json")


@pytest.mark.parametrize("wanted", ["fields", "fingerprint", "id"])
def test_a_change_without_a_member_is_no_change(wanted: str) -> None:
    document = orjson.loads(text(PLAN))
    del document["changes"][0][wanted]

    with pytest.raises(InputError, match=rf"changes\.0\.{wanted}"):
        load(orjson.dumps(document), "plan.json")


@given(st.lists(st.text(), min_size=1).map(tuple))
def test_a_path_is_read_back_as_it_was(path: tuple[str, ...]) -> None:
    assert split(join(path)) == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("skills", "billing"), "skills.billing"),
        (("skills", "a.b"), "skills.a\\.b"),
        (("skills", "a\\"), "skills.a\\\\"),
        (("skills", "", "x"), "skills..x"),
    ],
)
def test_a_path_is_joined_by_dots(path: tuple[str, ...], expected: str) -> None:
    assert join(path) == expected


def test_the_document_is_the_one_the_design_shows() -> None:
    assert orjson.loads(text(PLAN)) == {
        "format": "reconciler/plan",
        "format_version": "1.0",
        "id": dump(PLAN)["id"],
        "tool": "0.1.0",
        "organization": {"id": "org", "region": "eu"},
        "source": "acme",
        "desired_digest": DIGEST,
        "commit": "abc",
        "created": "2026-11-22T12:00:00+00:00",
        "expires": "2026-11-23T12:00:00+00:00",
        "scope": {"complete": True},
        "requests": {"spent": 27, "predicted": 1, "predicted_seconds": 0, "spent_by_kind": {}, "predicted_by_kind": {"user": 1}},
        "billable_users": {"new": 0, "keys": []},
        "changes": [
            {
                "id": "user/ann",
                "op": "update",
                "kind": "user",
                "key": "ann",
                "name": "Ann",
                "fields": [{"path": "skills.a\\.b", "before": 3.0, "after": 4.0}],
                "origin": "users.yaml:14",
                "reason": "differs",
                "needs": ["skill/a.b"],
                "fingerprint": DIGEST,
            }
        ],
        "adoptions": [],
        "unchanged": 0,
        "strays": [],
        "refusals": [],
        "warnings": [],
        "names": {},
    }
