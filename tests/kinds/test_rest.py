"""The ordinary shape: one request per change, and names in one normal form."""

from __future__ import annotations

from typing import Any

import pytest
from kinds.fake import Known, Sent, change, drive, gone

from reconciler.kinds import REGISTRY
from reconciler.kinds.rest import entities, final, folded, in_division, text, touched
from reconciler.model.call import Answer
from reconciler.model.change import FieldChange, Op
from reconciler.model.kind import Written
from reconciler.model.resource import Ref

DIVISION, CODE, SKILL = REGISTRY["division"], REGISTRY["wrapup_code"], REGISTRY["skill"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), ("", ""), ("  Tokyo ", "Tokyo"), ("カ\u3099", "ガ"), (7, "7"), ("\u3000東京\u3000", "東京")],
)
def test_text_is_trimmed_in_composed_form(value: Any, expected: str) -> None:
    assert text(value) == expected


def test_names_that_differ_in_case_are_the_same_name() -> None:
    assert folded(" STRASSE") == folded("straße")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"entities": [{"id": "a"}]}', [{"id": "a"}]),
        (b'{"results": [{"id": "a"}, null, 7]}', [{"id": "a"}]),
        (b'[{"id": "a"}]', [{"id": "a"}]),
        (b'{"id": "a"}', [{"id": "a"}]),
        (b'{"entities": null}', []),
        (b"", []),
    ],
)
def test_objects_are_found_in_every_kind_of_answer(body: bytes, expected: list[Any]) -> None:
    assert list(entities(Answer(200, body))) == expected


def test_the_final_fields_are_the_live_ones_with_the_changes_put_in() -> None:
    known = Known(
        {
            Ref("queue", "q"): {
                "name": "Old",
                "members": frozenset({"ann", "bob"}),
                "media": {"call": {"auto_answer": True, "service_level": {"seconds": 20.0}}},
            }
        }
    )
    fields = (
        ("name", "Old", "New"),
        ("members.ann", True, False),
        ("members.eve", False, True),
        ("media.call.service_level.seconds", 20.0, 30.0),
        ("media.chat.alerting_seconds", None, 9),
    )

    after = final(change(Op.UPDATE, "queue/q", *fields), known)

    assert after["name"] == "New"
    assert after["members"] == {"bob", "eve"}
    assert after["media"] == {"call": {"auto_answer": True, "service_level": {"seconds": 30.0}}, "chat": {"alerting_seconds": 9}}
    assert after["description"] == ""


def test_a_value_that_becomes_none_leaves_its_mapping() -> None:
    known = Known({Ref("user", "ann"): {"skills": {"a": 1.0, "b": 2.0}}})

    assert final(change(Op.UPDATE, "user/ann", ("skills.a", 1.0, None)), known)["skills"] == {"b": 2.0}


def test_laying_changes_over_fields_leaves_what_was_read_as_it_was() -> None:
    skills = {"a": 1.0}
    known = Known({Ref("user", "ann"): {"skills": skills}})

    final(change(Op.UPDATE, "user/ann", ("skills.a", 1.0, 2.0)), known)

    assert skills == {"a": 1.0}


def test_a_change_touches_the_first_steps_of_its_paths() -> None:
    assert touched(change(Op.UPDATE, "user/ann", ("skills.a", 1, 2), ("skills.b", 1, 2), ("title", "", "x"))) == {
        "skills",
        "title",
    }


def test_all_divisions_have_no_id_to_look_up() -> None:
    known = Known(missing=frozenset({Ref("division", "*")}))

    assert in_division(known, "*") == {"id": "*"}
    assert in_division(known, "tokyo") == {"id": "division-tokyo"}


def test_a_create_is_one_post() -> None:
    wish = change(Op.CREATE, "division/tokyo", ("name", "", "東京"))

    calls, written = drive(DIVISION.write(wish, Known()), {"id": "d1", "name": "東京", "version": 1})

    assert calls == [Sent("POST", "/api/v2/authorization/divisions", None, {"name": "東京", "description": ""})]
    assert written == Written("d1", "東京", 1)


@pytest.mark.parametrize("op", [Op.UPDATE, Op.RENAME, Op.ADOPT, Op.RESTORE])
def test_every_change_of_an_ordinary_object_states_the_whole(op: Op) -> None:
    known = Known({Ref("division", "tokyo"): {"name": "Tokyo", "description": "Kanto"}})

    calls, _ = drive(DIVISION.write(change(op, "division/tokyo", ("name", "Tokyo", "東京")), known))

    body = {"name": "東京", "description": "Kanto"}
    assert calls == [Sent("PUT", "/api/v2/authorization/divisions/division-tokyo", None, body)]


@pytest.mark.parametrize("answer", [None, {}, {"name": "東京"}])
def test_an_answer_without_an_id_does_not_lose_the_object(answer: Any) -> None:
    wish = change(Op.UPDATE, "division/tokyo", ("name", "Tokyo", "東京"))

    _, written = drive(DIVISION.write(wish, Known()), answer)

    assert written.id == "division-tokyo"


@pytest.mark.parametrize("answer", [{"id": "d1"}, gone()])
@pytest.mark.parametrize("op", [Op.DELETE, Op.DEACTIVATE])
def test_removing_twice_is_removing_once(op: Op, answer: Any) -> None:
    calls, written = drive(DIVISION.write(change(op, "division/tokyo", name="Tokyo"), Known()), answer)

    assert calls == [Sent("DELETE", "/api/v2/authorization/divisions/division-tokyo")]
    assert written == Written("division-tokyo", "Tokyo")


def test_finding_takes_the_exact_name_among_those_the_filter_lets_through() -> None:
    wish = change(Op.CREATE, "wrapup_code/sale", ("name", "", "Sale"))
    listed = {"entities": [{"id": "1", "name": "Sale later"}, {"id": "2", "name": "SALE"}]}

    calls, seen = drive(CODE.find(wish, Known()), listed)

    assert calls == [Sent("GET", "/api/v2/routing/wrapupcodes", {"name": "Sale", "pageSize": 100})]
    assert seen.id == "2"


def test_nothing_is_found_where_no_name_fits() -> None:
    wish = change(Op.CREATE, "skill/a", ("name", "", "A"))

    assert drive(SKILL.find(wish, Known()), {"entities": [{"id": "1", "name": "A", "state": "deleted"}]})[1] is None


def test_what_has_no_name_in_its_fields_is_searched_by_the_name_of_the_change() -> None:
    known = Known({Ref("division", "tokyo"): {}})
    wish = change(Op.DELETE, "division/tokyo", name="Tokyo")

    calls, _ = drive(DIVISION.find(wish, known), {"entities": []})

    assert calls[0].query == {"name": "Tokyo", "pageSize": 100}


def test_a_field_change_of_a_set_is_read_as_membership() -> None:
    known = Known()
    wish = change(Op.UPDATE, "queue/q", ("members.a.b", False, True))
    dotted = type(wish)(wish.op, wish.ref, wish.name, (FieldChange(("members", "a.b"), False, True),))

    assert final(dotted, known)["members"] == {"a.b"}
