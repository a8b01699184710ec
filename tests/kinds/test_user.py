"""Users: the requests of every change, what others own, and versions that move."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds.fake import ANSWER, Known, Sent, change, conflict, drive, gone, sent

from reconciler.errors import Conflict, NotFound
from reconciler.kinds import REGISTRY
from reconciler.model.change import Op
from reconciler.model.kind import Options
from reconciler.model.resource import Ref

KIND = REGISTRY["user"]
EXPAND = ["skills", "languages", "employerInfo"]
PURECLOUD = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
DIRECTORY = Options(source="acme", user_writes="directory")
ANN = Ref("user", "ann")
ME = "/api/v2/users/user-ann"
LIVE: dict[Ref, dict[str, Any]] = {ANN: {"name": "Ann", "email": "ann@x.jp", "skills": {"a": 1.0}, "languages": {"ja": 5}}}
NEW = (("name", "", "Ann"), ("email", "", "ann@x.jp"))


def known(**more: Any) -> Known:
    return Known(LIVE, versions={ANN: 3}, standings={ANN: more.pop("standing", "active")}, **more)


def update(*fields: tuple[str, Any, Any], **more: Any) -> Any:
    return KIND.write(change(Op.UPDATE, "user/ann", *fields), known(**more))


def levels(name: str, count: int) -> tuple[tuple[str, Any, Any], ...]:
    return tuple((f"{name}.{number:03}", None, 1) for number in range(count))


def sizes(calls: list[Sent]) -> list[tuple[str, str, int]]:
    """Method, last steps and number of items of each call."""
    return [(call.method, "/".join(call.url.split("/")[-2:]), len(call.body)) for call in calls]


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scim_creates_a_whole_person_in_one_request() -> None:
    fields = (
        *NEW,
        ("division", "home", "tokyo"),
        ("department", "", "Sales"),
        ("title", "", "Agent"),
        ("employee_id", "", "007"),
        ("manager", "", "boss"),
        ("phones.work", None, "+81 3"),
        ("phones.home", None, "+81 4"),
        ("skills.billing", None, 4.0),
        ("languages.ja", None, 5),
    )

    calls, written = drive(KIND.write(change(Op.CREATE, "user/ann", *fields), Known()), {"id": "u1"})

    assert written.id == "u1"
    assert calls == [
        Sent(
            "POST",
            "/api/v2/scim/v2/users",
            None,
            {
                "schemas": [
                    "urn:ietf:params:scim:schemas:core:2.0:User",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                    PURECLOUD,
                ],
                "active": True,
                "userName": "ann@x.jp",
                "displayName": "Ann",
                "title": "Agent",
                "phoneNumbers": [{"type": "home", "value": "+81 4"}, {"type": "work", "value": "+81 3"}],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                    "division": "TOKYO",
                    "department": "Sales",
                    "employeeNumber": "007",
                    "manager": {"value": "user-boss"},
                },
                PURECLOUD: {
                    "externalIds": [{"authority": "acme", "value": "ann"}],
                    "routingSkills": [{"name": "BILLING", "proficiency": 4.0}],
                    "routingLanguages": [{"name": "JA", "proficiency": 5}],
                },
            },
        )
    ]


def test_scim_sends_nothing_for_what_is_empty() -> None:
    calls, _ = drive(KIND.write(change(Op.CREATE, "user/ann", *NEW), Known()))

    body = calls[0].body
    assert not {"title", "phoneNumbers"} & set(body)
    assert body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] == {"division": "HOME"}


@pytest.mark.parametrize(("count", "patches"), [(50, []), (51, [1]), (100, [50]), (101, [50, 1])])
@pytest.mark.parametrize(("name", "path"), [("skills", "routingskills/bulk"), ("languages", "routinglanguages/bulk")])
def test_scim_takes_fifty_levels(name: str, path: str, count: int, patches: list[int]) -> None:
    calls, _ = drive(KIND.write(change(Op.CREATE, "user/ann", *NEW, *levels(name, count)), Known()))

    first = calls[0].body[PURECLOUD]
    assert len(first[{"skills": "routingSkills", "languages": "routingLanguages"}[name]]) == 50
    assert sizes(calls[1:]) == [("PATCH", path, size) for size in patches]


def test_the_directory_creates_a_person_in_five_requests() -> None:
    fields = (
        *NEW,
        ("division", "home", "tokyo"),
        ("department", "", "Sales"),
        ("employee_id", "", "007"),
        ("manager", "", "boss"),
        ("phones.work", None, "+81 3"),
        ("skills.billing", None, 4.0),
        ("languages.ja", None, 5),
    )
    wish = change(Op.CREATE, "user/ann", *fields)

    calls, written = drive(KIND.write(wish, Known(options=DIRECTORY)), {"id": "u1", "version": 1})

    assert written.id == "u1"
    assert calls == [
        Sent(
            "POST",
            "/api/v2/users",
            None,
            {
                "name": "Ann",
                "email": "ann@x.jp",
                "divisionId": "division-tokyo",
                "state": "active",
                "department": "Sales",
                "addresses": [{"address": "+81 3", "mediaType": "PHONE", "type": "WORK"}],
            },
        ),
        Sent("PATCH", "/api/v2/users/u1", None, {"manager": "user-boss", "employerInfo": {"employeeId": "007"}, "version": 1}),
        Sent("PUT", "/api/v2/users/u1/routingskills/bulk", None, [{"id": "skill-billing", "proficiency": 4.0}]),
        Sent("PATCH", "/api/v2/users/u1/routinglanguages/bulk", None, [{"id": "language-ja", "proficiency": 5}]),
        Sent("POST", "/api/v2/users/u1/externalid", None, {"authorityName": "acme", "externalKey": "ann"}),
    ]


def test_the_directory_needs_two_requests_for_a_name() -> None:
    calls, _ = drive(KIND.write(change(Op.CREATE, "user/ann", *NEW), Known(options=DIRECTORY)))

    assert [call.method for call in calls] == ["POST", "POST"]


@pytest.mark.parametrize("mine", [[{"externalKey": "ann"}], {"externalKey": "ann"}, {"entities": [{"externalKey": "ann"}]}])
def test_an_identifier_that_is_there_already_is_fine(mine: Any) -> None:
    wish = change(Op.CREATE, "user/ann", *NEW)

    calls, _ = drive(KIND.write(wish, Known(options=DIRECTORY)), {"id": "u1"}, conflict(), mine)

    assert calls[-1] == Sent("GET", "/api/v2/users/u1/externalid/acme")


def test_an_identifier_that_somebody_else_carries_is_an_error() -> None:
    wish = change(Op.CREATE, "user/ann", *NEW)

    with pytest.raises(Conflict):
        drive(KIND.write(wish, Known(options=DIRECTORY)), {"id": "u1"}, conflict(), [{"externalKey": "bob"}])


def test_a_create_that_goes_on_as_an_update_still_writes_the_identifier() -> None:
    world = Known(options=DIRECTORY)

    calls, _ = drive(KIND.write(change(Op.UPDATE, "user/ann", *NEW), world), {"id": "u1", "version": 1})

    assert [(call.method, call.url) for call in calls] == [("GET", ME), ("PATCH", ME), ("POST", f"{ME}/externalid")]


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_plain_fields_go_in_one_patch_under_the_version() -> None:
    calls, written = drive(
        update(("name", "Ann", "Anne"), ("title", "", "Boss"), ("manager", "", "boss"), ("department", "x", ""))
    )

    body = {"name": "Anne", "title": "Boss", "department": "", "manager": "user-boss", "version": 3}
    assert calls == [Sent("PATCH", ME, None, body)]
    assert (written.id, written.name) == ("user-ann", "Anne")


def test_a_manager_is_taken_away_by_an_empty_text() -> None:
    assert drive(update(("manager", "boss", "")))[0][0].body == {"manager": "", "version": 3}


def test_employer_info_of_others_is_sent_back() -> None:
    there = {"version": 9, "employerInfo": {"officialName": "Ann A.", "employeeType": "Full-time", "employeeId": "1"}}

    calls, _ = drive(update(("employee_id", "1", "007")), there)

    assert calls[0] == Sent("GET", ME, {"expand": ["employerInfo"]})
    employer = {"officialName": "Ann A.", "employeeType": "Full-time", "employeeId": "007"}
    assert calls[1].body == {"employerInfo": employer, "version": 9}


def test_addresses_a_manifest_cannot_name_are_sent_back_as_they_are() -> None:
    others = [
        {"address": "ann@x.jp", "mediaType": "EMAIL", "type": "PRIMARY"},
        {"extension": "12", "mediaType": "PHONE", "type": "WORK2"},
        {"address": "+1", "mediaType": "PHONE", "type": "PRIMARY"},
        {"address": "+2", "mediaType": "PHONE", "type": "PAGER"},
        {"address": "+3", "mediaType": "SMS", "type": "MOBILE"},
    ]
    kept = {"address": "+81 3-1", "mediaType": "PHONE", "type": "HOME", "countryCode": "JP", "integration": "teams"}
    there = {"version": 9, "addresses": [kept, *others, {"address": "+5", "mediaType": "PHONE", "type": "WORK"}]}
    live = {ANN: {**LIVE[ANN], "phones": {"home": "+8131", "work": "+5"}}}
    world = Known(live, versions={ANN: 3})
    wish = change(Op.UPDATE, "user/ann", ("phones.work", "+5", None), ("phones.mobile", None, "+6"))

    calls, _ = drive(KIND.write(wish, world), there)

    new = {"address": "+6", "mediaType": "PHONE", "type": "MOBILE"}
    assert calls[1].body == {"addresses": [*others, kept, new], "version": 9}


def test_only_phone_numbers_a_manifest_can_name_are_fields() -> None:
    there = [
        {"address": f"+{n}", "mediaType": "PHONE", "type": name} for n, name in enumerate(["PRIMARY", "PAGER", "WORK", None])
    ]

    seen = KIND.see({"id": "1", "addresses": there}, None)  # type: ignore[arg-type] # it does not look around

    assert seen is not None
    assert seen.fields["phones"] == {"work": "+2", "other": "+3"}


def test_a_version_that_is_not_known_is_read() -> None:
    world = Known(LIVE)

    calls, _ = drive(KIND.write(change(Op.UPDATE, "user/ann", ("title", "", "x")), world), {"version": 8})

    assert [call.method for call in calls] == ["GET", "PATCH"]
    assert calls[1].body["version"] == 8


@pytest.mark.parametrize("conflicts", [1, 2, 3])
def test_a_version_that_moved_is_read_again(conflicts: int) -> None:
    answers: list[Any] = []
    for number in range(conflicts):
        answers += [conflict(), {"version": 10 + number}]

    calls, written = drive(update(("title", "", "x")), *answers, {"name": "Ann", "version": 99})

    assert [call.body["version"] for call in calls if call.method == "PATCH"] == [3, *(10 + n for n in range(conflicts))]
    assert written.id == "user-ann"


def test_the_fourth_conflict_is_told() -> None:
    answers = [conflict(), {"version": 1}, conflict(), {"version": 2}, conflict(), {"version": 3}, conflict()]

    with pytest.raises(Conflict):
        drive(update(("title", "", "x")), *answers)


def test_a_move_to_another_division_is_a_request_of_its_own() -> None:
    calls, _ = drive(update(("division", "home", "tokyo")))

    assert calls == [Sent("POST", "/api/v2/authorization/divisions/division-tokyo/objects/USER", None, ["user-ann"])]


def test_a_new_skill_leaves_what_others_added_meanwhile_alone() -> None:
    calls, _ = drive(update(("skills.b", None, 2.5)))

    assert calls == [Sent("PATCH", f"{ME}/routingskills/bulk", None, [{"id": "skill-b", "proficiency": 2.5}])]


def test_up_to_three_skills_go_one_by_one_after_what_is_given() -> None:
    calls, _ = drive(update(("skills.a", 1.0, None), ("skills.b", None, 2.5), ("skills.c", 1.0, None), ("skills.d", 1.0, None)))

    assert calls == [
        Sent("PATCH", f"{ME}/routingskills/bulk", None, [{"id": "skill-b", "proficiency": 2.5}]),
        *(Sent("DELETE", f"{ME}/routingskills/skill-{key}") for key in "acd"),
    ]


def test_a_skill_that_is_gone_already_is_gone() -> None:
    calls, _ = drive(update(("skills.a", 1.0, None), ("skills.b", 1.0, None)), gone(), gone())

    assert len(calls) == 2


def skill(key: str, level: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"id": f"skill-{key}", "proficiency": level, **more}


FOUR_GO = [(f"skills.{key}", 1.0, None) for key in "abcd"]


def test_more_skills_go_by_stating_what_is_there_without_them() -> None:
    pages = [
        {"entities": [*map(skill, "abcd"), skill("mine", 2), skill("old", state="deleted")], "pageCount": 2},
        {"entities": [skill("new", 4)], "pageCount": 2},
    ]

    calls, _ = drive(update(*FOUR_GO, ("skills.mine", 2.0, 3.0), ("skills.more", None, 5.0)), *pages)

    assert calls == [
        *(Sent("GET", f"{ME}/routingskills", {"pageSize": 50, "pageNumber": number}) for number in (1, 2)),
        Sent("PUT", f"{ME}/routingskills/bulk", None, [skill("mine", 3.0), skill("more", 5.0), skill("new", 4)]),
    ]


NO_SKILLS = {"GET /api/v2/users/{userId}/routingskills": {"entities": []}}


def test_many_skills_leave_by_an_empty_list() -> None:
    assert drive(update(*FOUR_GO), there=NO_SKILLS)[0][1:] == [Sent("PUT", f"{ME}/routingskills/bulk", None, [])]


@pytest.mark.parametrize(("count", "expected"), [(50, [50]), (51, [50, 1]), (101, [50, 50, 1])])
def test_skills_above_fifty_are_added_after_the_whole(count: int, expected: list[int]) -> None:
    calls, _ = drive(update(*FOUR_GO, *levels("skills", count)), there=NO_SKILLS)

    assert [size for _, _, size in sizes(calls[1:])] == expected
    assert [call.method for call in calls] == ["GET", "PUT", *["PATCH"] * (len(expected) - 1)]


def test_who_comes_back_gets_exactly_the_wished_skills() -> None:
    """What somebody deleted has kept could not be read."""
    wish = change(Op.RESTORE, "user/ann", ("skills.b", None, 2.0))

    calls, _ = drive(KIND.write(wish, Known({ANN: {"name": "Ann"}}, versions={ANN: 3}, standings={ANN: "inactive"})))

    assert calls[-1] == Sent("PUT", f"{ME}/routingskills/bulk", None, [skill("b", 2.0)])


def test_languages_are_added_in_batches_with_one_request_for_each_that_goes() -> None:
    calls, _ = drive(update(*levels("languages", 51), ("languages.ja", 5, None)))

    assert sizes(calls[:2]) == [("PATCH", "routinglanguages/bulk", 50), ("PATCH", "routinglanguages/bulk", 1)]
    assert calls[2] == Sent("DELETE", f"{ME}/routinglanguages/language-ja")


def test_a_language_that_is_gone_already_is_gone() -> None:
    calls, _ = drive(update(("languages.ja", 5, None), ("languages.en", 5, None)), gone(), gone())

    assert len(calls) == 2


# ── coming back and leaving ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_restored_person_becomes_active_before_anything_else() -> None:
    wish = change(Op.RESTORE, "user/ann", ("title", "", "x"), ("skills.a", 1.0, 2.0))

    calls, _ = drive(KIND.write(wish, known(standing="inactive")), {"name": "Ann", "version": 4}, {"version": 5})

    assert [(call.method, call.body) for call in calls[:2]] == [
        ("PATCH", {"state": "active", "version": 3}),
        ("PATCH", {"title": "x", "version": 4}),
    ]
    assert calls[2].method == "PUT"


def test_a_restored_person_gets_the_kept_roles_in_one_request() -> None:
    wish = change(Op.RESTORE, "user/ann", ("roles.r1:d1", None, "Agent"), ("roles.r2:d:2", None, "Lead"), ("title", "", "x"))

    calls, _ = drive(KIND.write(wish, known(standing="inactive")), {"version": 4})

    grants = [{"roleId": "r1", "divisionId": "d1"}, {"roleId": "r2", "divisionId": "d:2"}]
    path = "/api/v2/authorization/subjects/user-ann/bulkadd"
    assert calls[1] == Sent("POST", path, {"subjectType": "PC_USER"}, {"grants": grants})
    assert [call.method for call in calls] == ["PATCH", "POST", "PATCH"]


def test_only_before_the_restore_a_person_is_read_among_the_deleted() -> None:
    wish = change(Op.RESTORE, "user/ann", ("employee_id", "", "007"))
    world = Known(LIVE, standings={ANN: "deleted"})

    calls, _ = drive(KIND.write(wish, world), {"version": 4}, {"version": 5}, {"version": 5})

    assert [(call.method, (call.query or {}).get("state")) for call in calls] == [
        ("GET", "deleted"),
        ("PATCH", None),
        ("GET", None),
        ("PATCH", None),
    ]


def test_an_answer_without_a_version_is_made_up_for_by_reading() -> None:
    wish = change(Op.RESTORE, "user/ann", ("title", "", "x"))

    calls, _ = drive(KIND.write(wish, known(standing="inactive")), None, {"version": 5}, None)

    assert [call.method for call in calls] == ["PATCH", "GET", "PATCH"]


def test_letting_go_changes_the_state_alone() -> None:
    calls, _ = drive(KIND.write(change(Op.DEACTIVATE, "user/ann"), known()))

    assert calls == [Sent("PATCH", ME, None, {"state": "inactive", "version": 3})]


@pytest.mark.parametrize("answer", [None, gone()])
def test_a_deleted_person_is_deleted(answer: Any) -> None:
    calls, written = drive(KIND.write(change(Op.DELETE, "user/ann", name="Ann"), known()), answer)

    assert calls == [Sent("DELETE", ME)]
    assert (written.id, written.name) == ("user-ann", "Ann")


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_is_found_by_our_identifier_first() -> None:
    calls, seen = drive(KIND.find(change(Op.CREATE, "user/ann", *NEW), Known()), {"id": "u9", "email": "other@x.jp"})

    assert calls == [Sent("GET", "/api/v2/users/externalid/acme/ann", {"expand": EXPAND})]
    assert seen.id == "u9"


def test_a_person_without_our_identifier_is_found_by_address_in_any_state() -> None:
    wish = change(Op.CREATE, "user/ann", *NEW)
    results = [
        {"results": None},
        {"results": [{"id": "u8", "email": "ann@x.jp.com"}]},
        {"results": [{"id": "u9", "email": "ANN@x.jp"}]},
    ]

    calls, seen = drive(KIND.find(wish, Known()), gone(), *results)

    assert [call.body["query"][1]["value"] for call in calls[1:]] == ["active", "inactive", "deleted"]
    assert calls[1].body["query"][0] == {"type": "EXACT", "fields": ["email"], "values": ["ann@x.jp"]}
    assert seen.id == "u9"


def test_nobody_is_nobody() -> None:
    empty: dict[str, Any] = {"results": []}

    assert drive(KIND.find(change(Op.CREATE, "user/ann", *NEW), Known()), gone(), empty, empty, empty)[1] is None


@pytest.mark.parametrize(("people", "expected"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1])])
def test_the_deleted_are_searched_fifty_at_a_time(people: int, expected: list[int]) -> None:
    calls = KIND.hidden([f"p{number}@x" for number in range(people)])

    asked = [call.body["query"] for call in calls]
    assert [len(query[0]["values"]) for query in asked] == expected
    assert all(query[1] == {"type": "EXACT", "fields": ["state"], "value": "deleted"} for query in asked)
    assert not any(call.writes for call in calls)


def test_the_roles_of_a_person_are_asked_for_before_they_are_lost() -> None:
    assert KIND.grants is not None
    assert sent(KIND.grants("u1")) == Sent("GET", "/api/v2/authorization/subjects/u1")


# ── marks and details ────────────────────────────────────────────────────────────────────────────────────────────────


def test_marks_are_the_pairs_under_our_authority() -> None:
    assert KIND.marks is not None
    pairs = [{"authority": "teams", "value": "x"}, {"authority": "acme", "value": "ann"}]

    assert KIND.marks.of_bulk({"id": "u1", PURECLOUD: {"externalIds": pairs}}, "acme") == (("u1", "ann"),)
    assert KIND.marks.of_bulk({"id": "u1"}, "acme") == ()
    assert KIND.marks.of_bulk({"id": "u1", PURECLOUD: {"externalIds": None}}, "acme") == ()


def test_all_marks_are_asked_in_two_passes() -> None:
    assert KIND.marks is not None

    active, inactive = KIND.marks.bulk("acme")

    assert active.query == {"attributes": f"{PURECLOUD}:externalIds"}
    assert inactive.query == {**active.query, "filter": "active eq false"}
    assert {active.size, inactive.size} == {25}


def test_the_own_lists_of_a_person_are_read_where_the_expansion_did_not_come() -> None:
    skills, languages = KIND.details

    assert (skills.listing("u1").path, skills.listing("u1").ids) == ("/api/v2/users/{userId}/routingskills", {"userId": "u1"})
    assert languages.listing("u1").path == "/api/v2/users/{userId}/routinglanguages"
    assert skills.of([{"id": "s", "proficiency": 2.5}, {"id": "gone", "state": "deleted"}]) == {"s": 2.5}
    assert languages.of([{"id": "l", "proficiency": 2.0}, {"id": "gone", "state": "deleted"}]) == {"l": 2}


# ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SCALARS = ("name", "email", "division", "department", "title", "employee_id", "manager")


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Op, tuple[tuple[str, Any, Any], ...]]:
    op = draw(st.sampled_from([Op.CREATE, Op.UPDATE, Op.ADOPT, Op.RESTORE, Op.DELETE, Op.DEACTIVATE]))
    if op.removes:
        return op, ()
    fields = [(name, "old", "new") for name in SCALARS if draw(st.booleans())]
    if op is Op.CREATE:
        fields = [*NEW, *((name, "", "new") for name, _, _ in fields if name not in {"name", "email"})]
    fields += [("phones.work", None, "+1")] if draw(st.booleans()) else []
    fields += levels("skills", draw(st.sampled_from([0, 1, 50, 51, 101])))
    fields += levels("languages", draw(st.sampled_from([0, 1, 50, 51, 101])))
    fields += [("roles.r:d", None, "Agent")] if op is Op.RESTORE and draw(st.booleans()) else []
    if op is not Op.CREATE:
        fields += [(f"languages.old{number}", 5, None) for number in range(draw(st.integers(0, 3)))]
        fields += [(f"skills.old{number}", 5, None) for number in range(draw(st.integers(0, 6)))]
    return op, tuple(fields)


@given(wishes(), st.sampled_from([Options(source="acme"), DIRECTORY]))
def test_the_predicted_requests_are_those_sent(wish: tuple[Op, tuple[tuple[str, Any, Any], ...]], options: Options) -> None:
    op, fields = wish
    one = change(op, "user/ann", *fields)
    going = {path.removeprefix("skills."): 5 for path, _, after in fields if path.startswith("skills.") and after is None}
    live = {} if op is Op.CREATE else {ANN: {"name": "Ann", "languages": {f"old{n}": 5 for n in range(3)}, "skills": going}}
    world = Known(live, options, versions={ANN: 3}, standings={ANN: "inactive"})

    calls, _ = drive(KIND.write(one, world), there=NO_SKILLS)

    assert KIND.costs(one, options) == len(calls)


def test_an_unexpected_error_is_not_swallowed() -> None:
    with pytest.raises(NotFound):
        drive(update(("title", "", "x")), gone())
    assert ANSWER["version"] == 7
