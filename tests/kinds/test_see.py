"""What each kind makes of a body: full, minimal, and with everything missing, null or new."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds import REGISTRY
from reconciler.kinds.presence_source import PRIMARY
from reconciler.model.kind import Around, Options
from reconciler.model.resource import UNKNOWN, Seen

AROUND = Around(Options(source="acme"), "home-id", {PRIMARY: "1"})

FULL: list[tuple[str, dict[str, Any], Seen]] = [
    (
        "division",
        {"id": "1", "name": " Tokyo ", "description": "Kanto", "homeDivision": True, "objectCounts": {}},
        Seen("1", "Tokyo", {"name": "Tokyo", "description": "Kanto"}, "home", ("tokyo",)),
    ),
    (
        "skill",
        {"id": "1", "name": "Billing", "state": "active", "division": {"id": "d"}, "version": "3"},
        Seen("1", "Billing", {"name": "Billing", "division": "d"}, "", ("billing",)),
    ),
    (
        "language",
        {"id": "1", "name": "日本語", "state": "inactive"},
        Seen("1", "日本語", {"name": "日本語"}, "", ("日本語",)),
    ),
    (
        "wrapup_code",
        {"id": "1", "name": "Sale", "division": {"id": "d"}, "description": "Sold"},
        Seen("1", "Sale", {"name": "Sale", "division": "d", "description": "Sold"}, "", ("sale",)),
    ),
    (
        "secondary_status",
        {
            "id": "1",
            "type": "User",
            "languageLabels": {"ja": "昼食", "en_US": "Lunch"},
            "systemPresence": "Meal",
            "divisionId": "d",
            "deactivated": True,
        },
        Seen(
            "1",
            "Lunch",
            {"labels": {"ja": "昼食", "en_US": "Lunch"}, "system_presence": "Meal", "division": "d"},
            "",
            ("Meal/lunch",),
            "inactive",
        ),
    ),
    (
        "presence_source",
        {"id": "1", "name": "ACME", "description": "Our PBX", "type": "User", "deactivated": True},
        Seen("1", "ACME", {"name": "ACME", "description": "Our PBX", "primary": True}, "", ("acme",), "inactive"),
    ),
    (
        "external_source",
        {"id": "1", "name": "ACME", "active": False, "linkConfiguration": {"uriTemplate": "https://x/{id}"}},
        Seen("1", "ACME", {"name": "ACME", "active": False, "link": "https://x/{id}"}, "", ("acme",), "inactive"),
    ),
    (
        "external_source",
        {"id": "1", "name": "ACME"},
        Seen("1", "ACME", {"name": "ACME", "active": True, "link": ""}, "", ("acme",)),
    ),
    (
        "user",
        {
            "id": "1",
            "name": "山田 太郎",
            "email": "Taro@Example.com",
            "division": {"id": "d"},
            "department": "Sales",
            "title": "Agent",
            "employerInfo": {"employeeId": "007", "officialName": "Taro"},
            "manager": {"id": "boss"},
            "addresses": [
                {"address": "taro@example.com", "mediaType": "EMAIL", "type": "PRIMARY"},
                {"address": "+81 3-1234 (5)", "mediaType": "PHONE", "type": "WORK"},
                {"extension": "12", "mediaType": "PHONE", "type": "WORK2"},
            ],
            "skills": [{"id": "s", "proficiency": 4.0, "state": "active"}, {"id": "t", "proficiency": 1.0, "state": "deleted"}],
            "languages": [{"id": "l", "proficiency": 4.9}, {"id": "m", "proficiency": 5, "state": "deleted"}],
            "state": "inactive",
            "version": 12,
        },
        Seen(
            "1",
            "山田 太郎",
            {
                "name": "山田 太郎",
                "email": "Taro@Example.com",
                "division": "d",
                "department": "Sales",
                "title": "Agent",
                "employee_id": "007",
                "manager": "boss",
                "phones": {"work": "+81312345"},
                "skills": {"s": 4.0},
                "languages": {"l": 5},
            },
            "",
            ("taro@example.com",),
            "inactive",
            12,
        ),
    ),
    (
        "queue",
        {
            "id": "1",
            "name": "Billing",
            "division": {"id": "d"},
            "description": "Money",
            "peerId": "q-1",
            "userMemberCount": 0,
            "memberCount": 9,
            "mediaSettings": {
                "call": {
                    "alertingTimeoutSeconds": 8,
                    "enableAutoAnswer": False,
                    "serviceLevel": {"percentage": 0.8, "durationMs": 20000},
                    "subTypeSettings": {},
                },
                "workitem": {"alertingTimeoutSeconds": 8},
            },
            "acwSettings": {"wrapupPrompt": "MANDATORY_TIMEOUT", "timeoutMs": 1500},
        },
        Seen(
            "1",
            "Billing",
            {
                "name": "Billing",
                "division": "d",
                "description": "Money",
                "media": {
                    "call": {
                        "alerting_seconds": 8,
                        "auto_answer": False,
                        "service_level": {"percentage": 0.8, "seconds": 20.0},
                    }
                },
                "acw": {"prompt": "MANDATORY_TIMEOUT", "timeout_seconds": 1.5},
                "wrapup_codes": UNKNOWN,
                "members": UNKNOWN,
            },
            "q-1",
            ("billing",),
            count=0,
        ),
    ),
]
KINDS = [name for name, _, _ in FULL]


@pytest.mark.parametrize(("kind", "body", "expected"), FULL, ids=KINDS)
def test_a_full_body_is_understood(kind: str, body: dict[str, Any], expected: Seen) -> None:
    assert REGISTRY[kind].see(body, AROUND) == expected


def test_every_kind_is_in_the_table() -> None:
    assert set(KINDS) == set(REGISTRY)


@pytest.mark.parametrize(("kind", "body", "expected"), FULL, ids=KINDS)
def test_what_is_new_in_a_body_is_ignored(kind: str, body: dict[str, Any], expected: Seen) -> None:
    assert REGISTRY[kind].see({**body, "invented": {"deep": [None]}, "another": 7}, AROUND) == expected


def emptied(kind: str) -> dict[str, Any]:
    """The live fields of an object that says nothing."""
    empty = {name: spec.empty for name, spec in REGISTRY[kind].fields.items()}
    unknown = {"user": ("skills", "languages"), "queue": ("wrapup_codes", "members")}
    return empty | dict.fromkeys(unknown.get(kind, ()), UNKNOWN)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", ["missing", "null"])
def test_a_body_that_says_nothing_reads_as_empty_fields(kind: str, odd: str) -> None:
    full = next(body for name, body, _ in FULL if name == kind)
    nothing = dict.fromkeys(full) if odd == "null" else {}

    seen = REGISTRY[kind].see({**nothing, "id": "2"}, AROUND)

    assert seen is not None
    assert seen.fields == emptied(kind)
    assert (seen.id, seen.name, seen.standing, seen.count, seen.mark) == ("2", "", "active", None, "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_reference_without_an_id_reads_as_none(kind: str) -> None:
    hollow: dict[str, Any] = {"division": {}, "manager": {"id": None}, "employerInfo": {}, "linkConfiguration": {}}

    seen = REGISTRY[kind].see({"id": "2", **hollow}, AROUND)

    assert seen is not None
    assert seen.fields == emptied(kind)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("skill", {"state": "deleted"}),
        ("language", {"state": "deleted"}),
        ("secondary_status", {"type": "System"}),
        ("presence_source", {"type": "System"}),
    ],
)
def test_what_cannot_be_managed_is_not_seen(kind: str, body: dict[str, Any]) -> None:
    assert REGISTRY[kind].see({"id": "2", "name": "X", **body}, AROUND) is None


def test_new_states_and_types_are_taken_as_they_come() -> None:
    assert REGISTRY["skill"].see({"id": "2", "name": "X", "state": "dormant"}, AROUND) is not None
    user = REGISTRY["user"].see({"id": "2", "state": "suspended"}, AROUND)
    queue = REGISTRY["queue"].see({"id": "2", "acwSettings": {"wrapupPrompt": "SOMETIMES"}}, AROUND)

    assert user is not None
    assert user.standing == "suspended"
    assert queue is not None
    assert queue.fields["acw"] == {"prompt": "SOMETIMES"}


@pytest.mark.parametrize("level", [{}, {"proficiency": None}])
def test_a_level_that_is_not_said_is_the_lowest(level: dict[str, Any]) -> None:
    body = {"id": "2", "skills": [{"id": "s", **level}], "languages": [{"id": "l", **level}]}

    seen = REGISTRY["user"].see(body, AROUND)

    assert seen is not None
    assert (seen.fields["skills"], seen.fields["languages"]) == ({"s": 0.0}, {"l": 0})


def test_empty_expansions_are_empty() -> None:
    seen = REGISTRY["user"].see({"id": "2", "skills": [], "languages": []}, AROUND)

    assert seen is not None
    assert (seen.fields["skills"], seen.fields["languages"]) == ({}, {})


def test_nulls_inside_the_settings_of_a_queue_read_as_not_set() -> None:
    settings = {"call": None, "email": {"alertingTimeoutSeconds": None, "serviceLevel": {"durationMs": None}}}

    seen = REGISTRY["queue"].see({"id": "2", "mediaSettings": settings, "acwSettings": {"timeoutMs": None}}, AROUND)

    assert seen is not None
    assert (seen.fields["media"], seen.fields["acw"]) == ({"email": {}}, {})


@pytest.mark.parametrize(("counts", "expected"), [({"memberCount": 4}, None), ({"userMemberCount": 0, "memberCount": 4}, 0)])
def test_a_count_that_may_miss_somebody_is_no_count(counts: dict[str, Any], expected: int | None) -> None:
    seen = REGISTRY["queue"].see({"id": "2", **counts}, AROUND)

    assert seen is not None
    assert seen.count == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"en": "Lunch", "de": "Mittag"}, "Lunch"),
        ({"en_US": "", "ja": "昼食", "de": "Mittag"}, "Mittag"),
        ({}, ""),
    ],
)
def test_a_status_is_called_by_its_american_label_else_the_english_else_the_first(labels: dict[str, str], expected: str) -> None:
    seen = REGISTRY["secondary_status"].see({"id": "1", "languageLabels": labels, "systemPresence": "Meal"}, AROUND)

    assert seen is not None
    assert seen.name == expected


def test_labels_decide_with_their_presence_who_a_status_is() -> None:
    natural = REGISTRY["secondary_status"].natural

    assert natural("k", {"labels": {"en_US": " LUNCH"}, "system_presence": "Meal"}, AROUND.options) == ("Meal/lunch",)
    assert natural("k", {"system_presence": "Meal"}, AROUND.options) == ()
