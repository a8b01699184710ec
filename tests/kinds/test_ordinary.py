"""The exact requests of kinds that are written in one request."""

from __future__ import annotations

from typing import Any

import pytest
from kinds.fake import Known, Sent, change, drive

from reconciler.kinds import REGISTRY
from reconciler.model.change import Op
from reconciler.model.resource import Ref

Row = tuple[str, Op, tuple[tuple[str, Any, Any], ...], Sent]

TABLE: list[Row] = [
    ("skill/s", Op.CREATE, (("name", "", "S"),), Sent("POST", "/api/v2/routing/skills", None, {"name": "S"})),
    (
        "skill/s",
        Op.CREATE,
        (("name", "", "S"), ("division", "*", "tokyo")),
        Sent("POST", "/api/v2/routing/skills", None, {"name": "S", "divisionId": "division-tokyo"}),
    ),
    (
        "skill/s",
        Op.UPDATE,
        (("division", "*", "tokyo"),),
        Sent("PATCH", "/api/v2/routing/skills/skill-s", None, {"divisionId": "division-tokyo"}),
    ),
    (
        "skill/s",
        Op.UPDATE,
        (("division", "tokyo", "*"),),
        Sent("PATCH", "/api/v2/routing/skills/skill-s", None, {"divisionId": "*"}),
    ),
    ("skill/s", Op.DELETE, (), Sent("DELETE", "/api/v2/routing/skills/skill-s")),
    ("language/ja", Op.CREATE, (("name", "", "日本語"),), Sent("POST", "/api/v2/routing/languages", None, {"name": "日本語"})),
    ("language/ja", Op.DELETE, (), Sent("DELETE", "/api/v2/routing/languages/language-ja")),
    (
        "wrapup_code/sale",
        Op.CREATE,
        (("name", "", "Sale"),),
        Sent("POST", "/api/v2/routing/wrapupcodes", None, {"name": "Sale", "description": ""}),
    ),
    (
        "wrapup_code/sale",
        Op.RENAME,
        (("name", "Sale", "Sold"),),
        Sent(
            "PUT",
            "/api/v2/routing/wrapupcodes/wrapup_code-sale",
            None,
            {"name": "Sold", "description": "kept", "division": {"id": "division-osaka"}},
        ),
    ),
    (
        "wrapup_code/sale",
        Op.UPDATE,
        (("division", "osaka", "*"),),
        Sent(
            "PUT",
            "/api/v2/routing/wrapupcodes/wrapup_code-sale",
            None,
            {"name": "Sale", "description": "kept", "division": {"id": "*"}},
        ),
    ),
    ("wrapup_code/sale", Op.DELETE, (), Sent("DELETE", "/api/v2/routing/wrapupcodes/wrapup_code-sale")),
    (
        "secondary_status/lunch",
        Op.CREATE,
        (("labels.ja", None, "昼食"), ("system_presence", "", "Meal"), ("division", "*", "tokyo")),
        Sent(
            "POST",
            "/api/v2/presence/definitions",
            None,
            {
                "languageLabels": {"ja": "昼食"},
                "systemPresence": "Meal",
                "divisionId": "division-tokyo",
                "deactivated": False,
            },
        ),
    ),
    (
        "secondary_status/break",
        Op.RESTORE,
        (("labels.ja", "休憩", None),),
        Sent(
            "PUT",
            "/api/v2/presence/definitions/secondary_status-break",
            None,
            {"languageLabels": {"en": "Break"}, "systemPresence": "Break", "divisionId": "*", "deactivated": False},
        ),
    ),
    (
        "secondary_status/break",
        Op.DEACTIVATE,
        (),
        Sent("DELETE", "/api/v2/presence/definitions/secondary_status-break"),
    ),
    (
        "external_source/acme",
        Op.CREATE,
        (("name", "", "ACME"),),
        Sent("POST", "/api/v2/externalcontacts/externalsources", None, {"name": "ACME", "active": True}),
    ),
    (
        "external_source/acme",
        Op.UPDATE,
        (("active", False, True),),
        Sent(
            "PUT",
            "/api/v2/externalcontacts/externalsources/external_source-acme",
            None,
            {"name": "Acme", "active": True, "linkConfiguration": {"uriTemplate": "https://x"}},
        ),
    ),
    (
        "external_source/acme",
        Op.UPDATE,
        (("link", "https://x", ""),),
        Sent(
            "PUT",
            "/api/v2/externalcontacts/externalsources/external_source-acme",
            None,
            {"name": "Acme", "active": False},
        ),
    ),
    (
        "external_source/acme",
        Op.DEACTIVATE,
        (),
        Sent(
            "PUT",
            "/api/v2/externalcontacts/externalsources/external_source-acme",
            None,
            {"name": "Acme", "active": False, "linkConfiguration": {"uriTemplate": "https://x"}},
        ),
    ),
    *(
        (
            "external_source/acme",
            Op.RESTORE,
            fields,
            Sent(
                "PUT",
                "/api/v2/externalcontacts/externalsources/external_source-acme",
                None,
                {"name": "Acme", "active": wished, "linkConfiguration": {"uriTemplate": "https://x"}},
            ),
        )
        for fields, wished in (((), True), ((("active", False, True),), True), ((("active", True, False),), False))
    ),
    ("external_source/acme", Op.DELETE, (), Sent("DELETE", "/api/v2/externalcontacts/externalsources/external_source-acme")),
]

LIVE = {
    Ref("skill", "s"): {"name": "S", "division": "tokyo"},
    Ref("wrapup_code", "sale"): {"name": "Sale", "division": "osaka", "description": "kept"},
    Ref("secondary_status", "break"): {"labels": {"en": "Break", "ja": "休憩"}, "system_presence": "Break", "division": "*"},
    Ref("external_source", "acme"): {"name": "Acme", "active": False, "link": "https://x"},
}


@pytest.mark.parametrize(("ref", "op", "fields", "expected"), TABLE)
def test_one_change_is_one_request(ref: str, op: Op, fields: tuple[tuple[str, Any, Any], ...], expected: Sent) -> None:
    kind = REGISTRY[Ref.parse(ref).kind]
    wish = change(op, ref, *fields)
    known = Known({} if op is Op.CREATE else LIVE)

    calls, written = drive(kind.write(wish, known))

    assert calls == [expected]
    assert written.id == ("new-1" if op is Op.CREATE else f"{wish.ref.kind}-{wish.ref.key}")
    assert kind.costs(wish, known.options) == 1


@pytest.mark.parametrize(
    ("ref", "op"), [("language/ja", Op.ADOPT), ("language/ja", Op.UPDATE), ("skill/s", Op.ADOPT), ("skill/s", Op.UPDATE)]
)
def test_to_what_cannot_change_nothing_is_written(ref: str, op: Op) -> None:
    """A create whose answer was lost goes on as an update; then a name is all there is, and it stands already."""
    wish = change(op, ref, ("name", "", "X"))

    calls, written = drive(REGISTRY[wish.ref.kind].write(wish, Known()))

    assert calls == []
    assert written.id == f"{wish.ref.kind}-{wish.ref.key}"


@pytest.mark.parametrize("ref", ["skill/s", "language/ja"])
def test_a_replacement_is_made_as_a_new_object(ref: str) -> None:
    wish = change(Op.REPLACE, ref, ("name", "Old", "New"))

    calls, written = drive(REGISTRY[wish.ref.kind].write(wish, Known({wish.ref: {"name": "Old"}})))

    assert [(call.method, call.body) for call in calls] == [("POST", {"name": "New"})]
    assert written.id == "new-1"


def test_a_reference_that_is_not_there_is_told_before_anything_is_sent() -> None:
    known = Known(missing=frozenset({Ref("division", "tokyo")}))
    wish = change(Op.CREATE, "skill/s", ("name", "", "S"), ("division", "*", "tokyo"))

    with pytest.raises(LookupError, match="division/tokyo is not in Genesys Cloud"):
        drive(REGISTRY["skill"].write(wish, known))


def test_a_status_is_found_by_presence_with_label_in_both_halves() -> None:
    wish = change(Op.CREATE, "secondary_status/lunch", ("labels.en_US", None, "Lunch"), ("system_presence", "", "Meal"))
    other = {"id": "1", "type": "User", "languageLabels": {"en_US": "Lunch"}, "systemPresence": "Break"}
    wanted = {"id": "2", "type": "User", "languageLabels": {"en": "lunch"}, "systemPresence": "Meal", "deactivated": True}

    calls, seen = drive(
        REGISTRY["secondary_status"].find(wish, Known()),
        {"entities": [other, {"id": "0", "type": "System"}]},
        {"entities": [wanted]},
    )

    assert [call.query for call in calls] == [
        {"deactivated": "FALSE", "localeCode": "ALL"},
        {"deactivated": "TRUE", "localeCode": "ALL"},
    ]
    assert (seen.id, seen.standing) == ("2", "inactive")


def test_a_status_that_is_nowhere_is_not_found() -> None:
    wish = change(Op.CREATE, "secondary_status/lunch", ("labels.en_US", None, "Lunch"), ("system_presence", "", "Meal"))

    assert drive(REGISTRY["secondary_status"].find(wish, Known()), {"entities": []}, {"entities": []})[1] is None


def test_an_external_source_is_looked_for_by_prefix() -> None:
    wish = change(Op.CREATE, "external_source/acme", ("name", "", "ACME"))

    calls, seen = drive(REGISTRY["external_source"].find(wish, Known()), {"entities": [{"id": "1", "name": "acme"}]})

    assert calls[0].query == {"name": "ACME", "limit": 100}
    assert seen.id == "1"
