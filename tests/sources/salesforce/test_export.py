import json
from typing import Any

import pytest
from sources.reading import Told

from reconciler.sources.salesforce.objects import whole

ANN, BOB, EVA = "005A0000001AnnAIAS", "005A0000001BobAIAS", "005A0000001EvaAIAS"
SUPPORT, ORDERS, PUBLIC, ROLES = "00GA0000001Sup1MAC", "00GA0000001Ord1MAC", "00GA0000001Pub1MAC", "00GA0000001Rol1MAC"
TOP, SUB = "00EA0000001Top1MAC", "00EA0000001Sub1MAC"
SR1, BILLING = "0HnA0000001Res1KAC", "0C5A0000001Bil1KAC"


def query(name: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer of a query."""
    records = [{"attributes": {"type": name, "url": f"/services/data/v62.0/sobjects/{name}/x"}, **row} for row in rows]
    return {"totalSize": len(rows), "done": True, "records": records, **more}


def user(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"Id": key, "Username": f"{name.lower()}@acme.example", "FirstName": name, "LastName": "Lee", "IsActive": True, **more}


def export() -> dict[str, Any]:
    """Two agents and somebody else; a queue with a user and a group in it, and one with a role."""
    return {
        "a.json": query(
            "User",
            user(ANN, "Ann", Email="ann@example.com", UserRoleId=TOP), user(BOB, "Bob", UserRoleId=SUB), user(EVA, "Eva"),
        ),
        "b.json": query("UserRole", {"Id": TOP, "Name": "Top"}, {"Id": SUB, "Name": "Sub", "ParentRoleId": TOP}),
        "c.json": query("ServiceResource", {"Id": SR1, "RelatedRecordId": ANN, "ResourceType": "A", "IsActive": True}),
        "d.json": query("Skill", {"Id": BILLING, "DeveloperName": "Billing", "MasterLabel": "Billing and Tax"}),
        "e.json": query("ServiceResourceSkill", {"ServiceResourceId": SR1, "SkillId": BILLING, "SkillLevel": 7.0}),
        "f.json": query(
            "Group",
            {"Id": SUPPORT, "Name": "Support", "DeveloperName": "Support", "Type": "Queue", "QueueRoutingConfigId": "0K9"},
            {"Id": ORDERS, "Name": "Orders", "DeveloperName": "Orders", "Type": "Queue", "QueueRoutingConfigId": None},
            {"Id": PUBLIC, "Name": "Everybody", "Type": "Regular"},
            {"Id": ROLES, "Type": "Role", "RelatedId": TOP},
        ),
        "g.json": query(
            "GroupMember",
            {"GroupId": SUPPORT, "UserOrGroupId": ANN}, {"GroupId": SUPPORT, "UserOrGroupId": PUBLIC},
            {"GroupId": PUBLIC, "UserOrGroupId": BOB}, {"GroupId": PUBLIC, "UserOrGroupId": SUPPORT},
            {"GroupId": ORDERS, "UserOrGroupId": ROLES},
        ),
    }  # fmt: skip


def told(files: dict[str, Any], mapping: Any = None) -> Told:
    return Told("salesforce", files, mapping)


def changed(old: str, new: str) -> Told:
    """What the export says with a text in it replaced."""
    text = json.dumps(export())
    assert old in text
    return told(json.loads(text.replace(old, new)))


def test_users_with_a_resource_or_in_a_queue_are_agents() -> None:
    found = told(export())

    assert found.problems == []
    assert found.keys("user") == [ANN, BOB]
    assert found.fields(f"user/{ANN}") == {
        "username": "ann@acme.example", "email": "ann@example.com", "given_name": "Ann", "family_name": "Lee", "role": "Top",
        "name": "Ann Lee", "active": True, "skills": {"Billing": "7.0"},
    }  # fmt: skip
    assert found.fields(f"user/{BOB}")["skills"] == {}
    assert found.notes == ("users: 1 of 3 are in no queue and have no service resource, left out",)


def test_groups_inside_a_queue_are_followed() -> None:
    found = told(export())

    assert found.fields(f"queue/{SUPPORT}") == {
        "name": "Support", "developer_name": "Support", "routed": True,
        "members": (ANN, BOB), "why": {ANN: "member", BOB: "Everybody"},
    }  # fmt: skip
    assert found.fields(f"queue/{ORDERS}")["members"] == (ANN,)
    assert found.fields(f"queue/{ORDERS}")["routed"] is False


@pytest.mark.parametrize("kind", ["RoleAndSubordinates", "RoleAndSubordinatesInternal", "Organization"])
def test_other_groups_hold_more(kind: str) -> None:
    members = changed('"Type": "Role"', f'"Type": "{kind}"').fields(f"queue/{ORDERS}")["members"]

    assert members == ((ANN, BOB, EVA) if kind == "Organization" else (ANN, BOB))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"Type": "Role"', '"Type": "Manager"', "a group of type 'Manager' is not understood"),
        (f'"Id": "{ROLES}"', '"Id": "00GA0000001Oth1"', f"group {ROLES} is not in the export"),
    ],
)
def test_a_queue_that_cannot_be_followed_says_nothing_of_its_members(old: str, new: str, problem: str) -> None:
    found = changed(old, new)

    assert found.problems[0].startswith(f"f.json queue/{ORDERS}: warning: {problem}")
    assert "members" not in found.fields(f"queue/{ORDERS}")


def test_members_who_are_not_exported_are_left_out_with_a_warning() -> None:
    found = changed(f'"UserOrGroupId": "{ANN}"', '"UserOrGroupId": "005A0000001Zoe1"')

    assert "1 of its members are not among the exported users, left out" in found.problems[0]
    assert found.fields(f"queue/{SUPPORT}")["members"] == (BOB,)


def test_skills_are_known_by_their_developer_names() -> None:
    assert told(export()).fields("skill/Billing") == {"name": "Billing and Tax"}


def test_statuses_without_channels_are_no_work() -> None:
    away, chat = "0N5A0000001Awa1KAC", "0N5A0000001Cha1KAC"
    statuses = f"Id,DeveloperName,MasterLabel\n{away},On_Break,On Break\n{chat},Chat,Chat\n"
    files = {"ServicePresenceStatus.csv": statuses, "ServiceChannelStatus.csv": f"ServicePresenceStatusId\n{chat}\n"}

    assert told(files).keys("secondary_status") == ["On_Break"]
    assert told({"ServicePresenceStatus.csv": statuses}).keys("secondary_status") == ["Chat", "On_Break"]
    assert "null in mapping.yaml leaves those out" in told({"ServicePresenceStatus.csv": statuses}).notes[0]


def test_statuses_may_be_metadata() -> None:
    head = '<ServicePresenceStatus xmlns="http://soap.sforce.com/2006/04/metadata">'
    found = told({
        "s/Away.servicePresenceStatus-meta.xml": f"{head}<label>Gone away</label></ServicePresenceStatus>",
        "s/Chat.servicePresenceStatus-meta.xml":
            f"{head}<channels><channel>c</channel></channels><label>Chat</label></ServicePresenceStatus>",
    })  # fmt: skip

    assert found.problems == []
    assert found.keys("secondary_status") == ["Away"]
    assert found.fields("secondary_status/Away") == {"name": "Gone away"}


def test_tables_are_known_by_their_names() -> None:
    found = told({
        "User.csv": f"Id,Username,Name,IsActive,UserRole.Name\n{ANN[:15]},ann,Ann Lee,false,Top\n",
        "GroupMember-2026.csv": f"GroupId,UserOrGroupId\n{SUPPORT[:15]},{ANN}\n",
        "queues.csv": f"ID,NAME,TYPE\n{SUPPORT},Support,Queue\n",
        "Account.csv": "Id\n1\n",
    })  # fmt: skip

    assert found.problems == []
    assert found.fields(f"user/{ANN}") == {"username": "ann", "role": "Top", "name": "Ann Lee", "active": False}
    assert found.fields(f"queue/{SUPPORT}")["members"] == (ANN,)
    assert found.notes == ("Account.csv: no records that are used here",)


def test_tables_may_be_known_by_their_columns() -> None:
    found = told({
        "extract-1.csv": f"Id,Username,Name\n{ANN},ann,Ann Lee\n",
        "extract-2.csv": f"GroupId,UserOrGroupId\n{SUPPORT},{ANN}\n",
        "Group.csv": f"Id,Name,Type\n{SUPPORT},Support,Queue\n",
    })  # fmt: skip

    assert found.problems == []
    assert found.fields(f"queue/{SUPPORT}")["members"] == (ANN,)


def test_without_members_nothing_is_said_of_them() -> None:
    files = export()
    del files["g.json"]

    assert "members" not in told(files).fields(f"queue/{SUPPORT}")


def test_everybody_counts_where_nothing_tells_the_agents() -> None:
    files = {"a.json": query("User", user(ANN, "Ann"), user(BOB, "Bob", UserType="Guest"))}

    assert told(files).keys("user") == [ANN]


def test_an_answer_of_the_command_line_is_read() -> None:
    files = {"users.json": {"status": 0, "result": query("User", user(ANN, "Ann")), "warnings": []}}

    assert told(files).keys("user") == [ANN]


def test_a_deleted_record_is_passed_over() -> None:
    assert told({"a.json": query("User", user(ANN, "Ann", IsDeleted=True))}).keys("user") == []


def test_pages_are_put_together_and_a_missing_last_one_is_a_problem() -> None:
    first = query("User", user(ANN, "Ann"), done=False, nextRecordsUrl="/x")

    assert told({"1.json": first, "2.json": query("User", user(BOB, "Bob"))}).problems == []
    assert told({"1.json": first}).problems == [
        "1.json: the answer goes on after this page of User; the export is incomplete: fetch nextRecordsUrl too"
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"Id": ANN.lower()}, f"a.json User: {ANN.lower()!r} is no id: its last three signs do not fit"),
        ({"Id": "12"}, "a.json User: '12' is no id"),
        ({}, "a.json User: '' is no id"),
        ({"Id": ANN, "Username": "other"}, f"a.json User/{ANN}: username is not what a.json says of the same record"),
    ],
)
def test_a_record_that_does_not_fit_is_a_problem(row: dict[str, Any], problem: str) -> None:
    assert told({"a.json": query("User", user(ANN, "Ann"), row)}).problems[0].startswith(problem)


def test_a_skill_with_two_levels_is_a_problem() -> None:
    more = query(
        "ServiceResourceSkill", {"ServiceResourceId": SR1, "SkillId": BILLING, "SkillLevel": 2, "EffectiveEndDate": "2026"}
    )
    found = told(export() | {"z.json": more})

    assert found.problems[0].startswith(f"z.json skill/Billing: 'Billing' of {SR1} stands twice, at 7.0 and 2")
    assert "skills: 1 have an end (EffectiveEndDate)" in " ".join(found.notes)


def test_a_skill_that_is_not_exported_is_a_problem() -> None:
    files = export()
    del files["d.json"]

    assert told(files).problems == [f"e.json skill: skill {BILLING!r} is not in the export; export Skill too"]


def test_a_long_chain_of_groups_is_followed() -> None:
    groups = [f"00GA0000{at:07}" for at in range(3000)]
    rows = [{"Id": one, "Name": "N" * 40, "Type": "Regular"} for one in groups]
    rows[0]["Type"] = "Queue"
    links = [{"GroupId": one, "UserOrGroupId": two} for one, two in zip(groups, [*groups[1:], ANN], strict=True)]
    found = told(
        {"u.json": query("User", user(ANN, "Ann")), "g.json": query("Group", *rows), "m.json": query("GroupMember", *links)}
    )

    why = found.fields(f"queue/{whole(groups[0])}")["why"][ANN]
    assert why.startswith("NNN")
    assert len(why) < 300


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "[" * 500), ("a.json", "{"), ("User.csv", 'Id\n"'), ("x.xml", "<!DOCTYPE a><a/>"), ("x.xml", "<a>")],
)
def test_hostile_files_are_problems(name: str, content: str) -> None:
    assert told({name: content}).problems


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"), ("001A0000006Vm9rIAC", "001A0000006Vm9rIAC"),
        ("001a0000006vm9rIAC", ""), ("001A0000006Vm9", ""), ("", ""), ("001A0000006Vm9-", ""),
    ],
)  # fmt: skip
def test_ids_are_the_same_in_both_forms(given: str, found: str) -> None:
    assert whole(given) == found
