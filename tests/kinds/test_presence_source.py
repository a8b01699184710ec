"""Presence sources: an object, and the organisation's setting that one of them is primary."""

from __future__ import annotations

from typing import Any

import pytest
from kinds.fake import ANSWER, Known, Sent, change, drive

from reconciler.kinds import REGISTRY
from reconciler.kinds.presence_source import PRIMARY
from reconciler.model.change import Op
from reconciler.model.resource import Ref

KIND = REGISTRY["presence_source"]
MANY, ONE = "/api/v2/presence/sources", "/api/v2/presence/sources/presence_source-acme"
SETTINGS = "/api/v2/presence/settings"
RESTORE = {"enabled": True, "restoreTimeMilliseconds": 5, "restoreOnQueueEnabled": True}
LIVE = {Ref("presence_source", "acme"): {"name": "ACME", "description": "PBX", "primary": False}}


def test_a_source_that_is_not_primary_is_one_request() -> None:
    calls, _ = drive(KIND.write(change(Op.CREATE, "presence_source/acme", ("name", "", "ACME")), Known()))

    assert calls == [Sent("POST", MANY, None, {"name": "ACME", "description": "", "deactivated": False})]


def test_a_new_primary_source_is_set_in_what_the_settings_say() -> None:
    wish = change(Op.CREATE, "presence_source/acme", ("name", "", "ACME"), ("primary", False, True))
    settings = {
        "id": "x",
        "selfUri": "/x",
        "requestingOffQueueEnabled": True,
        "restorePresenceSettings": RESTORE,
        PRIMARY: "old",
        "new": 1,
    }

    calls, written = drive(KIND.write(wish, Known()), ANSWER, settings)

    assert written.id == "new-1"
    assert calls[1:] == [
        Sent("GET", SETTINGS),
        Sent(
            "PUT",
            SETTINGS,
            None,
            {"requestingOffQueueEnabled": True, "restorePresenceSettings": RESTORE, "new": 1, PRIMARY: "new-1"},
        ),
    ]


@pytest.mark.parametrize("settings", [None, {}, {"restorePresenceSettings": None}])
def test_settings_without_the_required_part_get_one_that_restores_nothing(settings: Any) -> None:
    wish = change(Op.UPDATE, "presence_source/acme", ("primary", False, True))

    calls, _ = drive(KIND.write(wish, Known(LIVE)), settings)

    nothing = {"enabled": False, "restoreTimeMilliseconds": 0, "restoreOnQueueEnabled": False}
    assert calls[1].body == {"restorePresenceSettings": nothing, PRIMARY: "presence_source-acme"}


@pytest.mark.parametrize(
    ("wished", "now", "after"),
    [
        (True, "presence_source-acme", "unwritten"),
        (True, "other", "presence_source-acme"),
        (False, "presence_source-acme", None),
        (False, "other", "unwritten"),
        (False, None, "unwritten"),
    ],
)
def test_the_setting_is_written_only_where_it_has_to_move(wished: bool, now: str | None, after: str | None) -> None:
    wish = change(Op.UPDATE, "presence_source/acme", ("primary", not wished, wished))

    calls, _ = drive(KIND.write(wish, Known(LIVE)), {PRIMARY: now, "restorePresenceSettings": RESTORE})

    assert [call.body[PRIMARY] for call in calls[1:]] == ([] if after == "unwritten" else [after])


def test_a_source_whose_name_changes_states_the_whole() -> None:
    calls, _ = drive(KIND.write(change(Op.RENAME, "presence_source/acme", ("name", "ACME", "Acme 2")), Known(LIVE)))

    assert calls == [Sent("PUT", ONE, None, {"name": "Acme 2", "description": "PBX", "deactivated": False})]


def test_a_restored_source_is_written_before_it_becomes_primary() -> None:
    wish = change(Op.RESTORE, "presence_source/acme", ("primary", False, True))

    calls, _ = drive(KIND.write(wish, Known(LIVE)), ANSWER, {"restorePresenceSettings": RESTORE})

    assert [(call.method, call.url) for call in calls] == [("PUT", ONE), ("GET", SETTINGS), ("PUT", SETTINGS)]


def test_a_source_leaves_by_a_delete_that_deactivates() -> None:
    calls, written = drive(KIND.write(change(Op.DEACTIVATE, "presence_source/acme", name="ACME"), Known(LIVE)), None)

    assert calls == [Sent("DELETE", ONE)]
    assert written.id == "presence_source-acme"


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        (Op.CREATE, (("name", "", "A"),)),
        (Op.CREATE, (("name", "", "A"), ("primary", False, True))),
        (Op.UPDATE, (("description", "", "A"),)),
        (Op.UPDATE, (("primary", False, True),)),
        (Op.UPDATE, (("primary", False, True), ("description", "", "A"))),
        (Op.ADOPT, (("primary", False, True),)),
        (Op.RESTORE, ()),
        (Op.DEACTIVATE, ()),
    ],
)
def test_the_predicted_requests_are_those_sent(op: Op, fields: tuple[tuple[str, Any, Any], ...]) -> None:
    wish = change(op, "presence_source/acme", *fields)

    assert len(drive(KIND.write(wish, Known(LIVE)))[0]) == KIND.costs(wish, Known().options)


def test_a_source_is_found_active_or_not() -> None:
    wish = change(Op.CREATE, "presence_source/acme", ("name", "", "ACME"))
    system, found = {"id": "0", "name": "ACME", "type": "System"}, {"id": "2", "name": "Acme", "deactivated": True}

    calls, seen = drive(KIND.find(wish, Known()), {"entities": [system]}, {"entities": [found]})

    assert [call.query for call in calls] == [{"deactivated": "FALSE"}, {"deactivated": "TRUE"}]
    assert (seen.id, seen.standing) == ("2", "inactive")
    assert drive(KIND.find(wish, Known()), {"entities": []}, {"entities": []})[1] is None
