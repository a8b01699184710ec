import json
from typing import Any

import pytest

ARN = "arn:aws:connect:xx-test-1:000000000000:instance/i-1/"


def user(key: str, **more: Any) -> dict[str, Any]:
    """The answer of DescribeUser."""
    person = {"FirstName": "Ann", "LastName": "Lee", "Email": f"{key}@example.com"}
    return {"User": {"Id": key, "Username": key, "IdentityInfo": person, "RoutingProfileId": "rp-1", **more}}


def export() -> dict[str, Any]:
    """Two users, two queues, one routing profile."""
    return {
        "users/u-1.json": user("u-1"),
        "users/u-2.json": user("u-2"),
        "queues.json": {
            "QueueSummaryList": [
                {"Id": "q-1", "Arn": f"{ARN}queue/q-1", "Name": "Billing", "QueueType": "STANDARD"},
                {"Id": "q-2", "Arn": f"{ARN}queue/q-2", "Name": "Orders", "QueueType": "STANDARD"},
                {"Id": "u-1", "Arn": f"{ARN}queue/agent/u-1", "QueueType": "AGENT"},
            ]
        },
        "profiles.json": {"RoutingProfileSummaryList": [{"Id": "rp-1", "Name": "Basic"}]},
        "profile-queues/rp-1.json": {
            "RoutingProfileQueueConfigSummaryList": [
                {"QueueId": "q-1", "QueueName": "Billing", "Channel": "VOICE", "Priority": 1, "Delay": 0},
                {"QueueId": "q-1", "QueueName": "Billing", "Channel": "CHAT", "Priority": 1, "Delay": 0},
            ]
        },
    }


def test_a_user_is_in_every_queue_of_their_routing_profile_once(connect: Any) -> None:
    facts, problems, _ = connect(export())

    assert problems == []
    assert facts["queue/q-1"].fields["members"] == ("u-1", "u-2")
    assert facts["queue/q-1"].fields["why"] == {"u-1": "Basic", "u-2": "Basic"}
    assert facts["queue/q-2"].fields["members"] == ()


def test_queues_of_agents_are_left_out(connect: Any) -> None:
    facts, _, _ = connect(export())

    assert {key for key in facts if key.startswith("queue/")} == {"queue/q-1", "queue/q-2"}


def test_a_queue_of_an_agent_is_known_by_its_arn(connect: Any) -> None:
    files = export() | {"q.json": {"Queue": {"QueueId": "x", "QueueArn": f"{ARN}queue/agent/x"}}}

    assert "queue/x" not in connect(files)[0]


def test_list_and_describe_answers_are_merged(connect: Any) -> None:
    files = export() | {
        "list.json": {"UserSummaryList": [{"Id": "u-1", "Arn": f"{ARN}agent/u-1", "Username": "u-1"}]},
        "queue.json": {"Queue": {"QueueId": "q-1", "Name": "Billing", "Description": "Bills", "Status": "DISABLED"}},
    }
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["user/u-1"].fields["email"] == "u-1@example.com"
    assert facts["queue/q-1"].fields["description"] == "Bills"
    assert facts["queue/q-1"].fields["active"] is False
    assert facts["queue/q-1"].place.file == "queue.json"


def test_keys_are_read_in_either_case_but_tags_keep_theirs(connect: Any) -> None:
    files = export() | {
        "users/u-1.json": {
            "user": {"id": "u-1", "identityInfo": {"firstName": "A"}, "tags": {"Team": "X"}, "routingProfileId": "rp-1"}
        }
    }
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["user/u-1"].fields["given_name"] == "A"
    assert facts["user/u-1"].fields["tags"] == {"Team": "X"}


def test_one_key_in_two_cases_with_two_values_is_a_problem(connect: Any) -> None:
    _, problems, _ = connect(export() | {"users/u-1.json": '{"User": {"Id": "u-1", "id": "u-9"}}'})

    assert any("stands twice in one object, in different case" in problem for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        '{"User": {"Id": "u-3", "Username": "x",},}  // printed',
        '[{"User": {"Id": "u-3", "Username": "x"}}]',
        '{"User": {"Id": "u-1", "RoutingProfileId": "rp-1"}}\n{"User": {"Id": "u-3", "Username": "x"}}',
        '{"Users": [{"Id": "u-3", "Username": "x"}], "ApproximateTotalCount": 1}',
        '[{"Id": "u-3", "Username": "x", "Arn": "' + ARN + 'agent/u-3"}]',
        '{"UserSummaryList": [{"Arn": "' + ARN + 'agent/u-3", "Username": "x"}]}',
        '{"anything": {"User": {"Id": "u-3", "Username": "x"}}}',
        '{"ResponseMetadata": {"RequestId": "r"}, "User": {"Id": "u-3", "Username": "x"}}',
    ],
)
def test_an_answer_is_recognised_however_it_is_wrapped(connect: Any, text: str) -> None:
    facts, problems, _ = connect({"any/where.txt": text})

    assert facts["user/u-3"].fields["username"] == "x"
    assert not [problem for problem in problems if "no answer" in problem]


def test_the_same_answer_twice_is_one_user(connect: Any) -> None:
    assert connect(export() | {"again.json": user("u-1")})[1] == []


def test_two_answers_that_disagree_are_a_problem_with_both_places(connect: Any) -> None:
    _, problems, _ = connect(export() | {"z.json": user("u-1", RoutingProfileId="rp-2")})

    assert problems[0] == (
        "z.json user/u-1: routing_profile is 'rp-2' here and 'rp-1' in users/u-1.json; keep the newer of the two answers"
    )


def test_pages_of_a_list_are_put_together(connect: Any) -> None:
    files = export() | {
        "list-1.json": {"UserSummaryList": [{"Id": "u-1"}, {"Id": "u-2"}], "NextToken": "x"},
        "list-2.json": {"UserSummaryList": [{"Id": "u-2"}], "NextToken": None},
    }

    assert connect(files)[1] == []


def test_a_last_page_that_names_a_next_one_is_a_problem(connect: Any) -> None:
    _, problems, _ = connect(export() | {"list-1.json": {"UserSummaryList": [{"Id": "u-1"}], "nextToken": "x"}})

    assert problems == ["list-1.json: usersummarylist goes on after this page; the export is incomplete: fetch the next pages"]


def test_pages_are_counted_per_owner(connect: Any) -> None:
    files = export()
    files["users/u-1/levels.json"] = {"UserProficiencyList": [], "NextToken": "x"}
    files["users/u-2/levels.json"] = {"UserProficiencyList": []}

    assert "userproficiencylist of u-1 goes on" in connect(files)[1][0]


def test_a_search_that_found_fewer_than_it_announced_is_a_warning(connect: Any) -> None:
    _, problems, _ = connect(export() | {"s.json": {"Users": [{"Id": "u-1"}], "ApproximateTotalCount": 7}})

    assert "warning: users holds 1 of about 7" in problems[0]


# ── whose is it ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "around"),
    [
        ("rp-1.json", {}),
        ("RP-1/page.json", {}),
        ("list-routing-profile-queues_rp-1_page2.json", {}),
        ("queues of basic.json", {}),
        ("x.json", {"RoutingProfileId": "rp-1"}),
        ("x.json", {"request": {"routingProfileId": "rp-1"}}),
        ("x.json", {"RoutingProfileArn": f"{ARN}routing-profile/rp-1"}),
    ],
)
def test_a_routing_profile_is_named_by_the_file_or_beside_the_list(connect: Any, name: str, around: Any) -> None:
    files = export()
    files[name] = {**files.pop("profile-queues/rp-1.json"), **around}
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["queue/q-1"].fields["members"] == ("u-1", "u-2")


def test_answers_may_stand_under_the_id_of_their_owner(connect: Any) -> None:
    files = export()
    files["all.json"] = {"rp-1": files.pop("profile-queues/rp-1.json")}

    assert connect(files)[0]["queue/q-1"].fields["members"] == ("u-1", "u-2")


def test_a_list_that_does_not_say_whose_it_is_is_a_problem(connect: Any) -> None:
    files = export()
    files["some.json"] = files.pop("profile-queues/rp-1.json")

    assert "some.json: nothing says which routing profile of this export the answer is about; put its id" in connect(files)[1][0]


def test_the_longer_of_two_ids_in_a_path_counts(connect: Any) -> None:
    files = export()
    files["profiles.json"]["RoutingProfileSummaryList"].append({"Id": "rp-1-b", "Name": "Other"})
    files["rp-1-b.json"] = {"RoutingProfileQueueConfigSummaryList": [{"QueueId": "q-2", "Channel": "VOICE"}]}
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["queue/q-2"].fields["members"] == ()


def test_queues_of_a_described_routing_profile_count_where_no_list_is_there(connect: Any) -> None:
    files = export()
    del files["profile-queues/rp-1.json"]
    files["rp.json"] = {"RoutingProfile": {"RoutingProfileId": "rp-1", "Name": "Basic", "AssociatedQueueIds": ["q-2"]}}

    assert connect(files)[0]["queue/q-2"].fields["members"] == ("u-1", "u-2")


# ── references ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_routing_profile_that_is_not_there_is_a_problem(connect: Any) -> None:
    _, problems, _ = connect(export() | {"users/u-1.json": user("u-1", RoutingProfileId="rp-9")})

    assert len(problems) == 1
    assert problems[0].startswith("users/u-1.json user/u-1: routing profile rp-9 is not in the export; add the answers of")


def test_it_is_a_warning_where_no_membership_hangs_on_it(connect: Any) -> None:
    files = export() | {"users/u-1.json": user("u-1", RoutingProfileId="rp-9")}
    del files["profile-queues/rp-1.json"]
    facts, problems, _ = connect(files)

    assert len(problems) == 1
    assert "warning: routing profile rp-9 is not in the export" in problems[0]
    assert "members" not in facts["queue/q-1"].fields


def test_a_user_who_is_only_listed_hinders_memberships(connect: Any) -> None:
    _, problems, _ = connect(export() | {"list.json": {"UserSummaryList": [{"Id": "u-3", "Username": "x"}]}})

    assert any("the export does not say their routing profile" in problem for problem in problems)


def test_a_queue_of_a_profile_that_is_not_there_is_a_problem(connect: Any) -> None:
    files = export()
    files["profile-queues/rp-1.json"]["RoutingProfileQueueConfigSummaryList"].append({"QueueId": "q-9", "Channel": "TASK"})

    assert "routing_profile/rp-1: holds queue q-9, which is not in the export" in connect(files)[1][0]


def test_a_routing_profile_nobody_has_may_hold_any_queue(connect: Any) -> None:
    files = export()
    files["profiles.json"]["RoutingProfileSummaryList"].append({"Id": "rp-2", "Name": "Old"})
    files["rp-2.json"] = {"RoutingProfileQueueConfigSummaryList": [{"QueueId": "q-9", "Channel": "VOICE"}]}

    assert connect(files)[1] == []


def test_columns_are_for_tables(connect: Any) -> None:
    _, problems, _ = connect(export(), {"columns": {"users": {"file": "a", "key": "b"}}})

    assert "warning: columns are for the platform `tabular`" in problems[0]


def test_a_hierarchy_group_that_is_not_there_is_a_warning(connect: Any) -> None:
    files = export() | {"users/u-1.json": user("u-1", HierarchyGroupId="g-9")}
    files["g.json"] = {"HierarchyGroup": {"Id": "g-1", "Name": "A", "HierarchyPath": {"LevelOne": {"Id": "g-1", "Name": "A"}}}}

    assert "user/u-1: warning: hierarchy group g-9 is not in the export" in connect(files)[1][0]


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_groups_become_divisions_with_their_level(connect: Any) -> None:
    path = {"LevelOne": {"Id": "g-1", "Name": "All"}, "LevelTwo": {"Id": "g-2", "Name": "Tokyo"}}
    files = export() | {"users/u-1.json": user("u-1", HierarchyGroupId="g-2")}
    files["g.json"] = {"HierarchyGroup": {"Id": "g-2", "Name": "Tokyo", "LevelId": "x", "HierarchyPath": path}}
    files["s.json"] = {"HierarchyStructure": {"LevelOne": {"Id": "l", "Name": "Company"}}}
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["division/g-2"].fields == {"name": "Tokyo", "level": 2}
    assert facts["user/u-1"].fields["groups"][1] == {"key": "g-1", "name": "All"}
    assert facts["user/u-2"].fields["groups"] == {}


def test_custom_statuses_that_are_on_are_taken(connect: Any) -> None:
    listed = [
        {"Id": "s-1", "Name": "Lunch", "Type": "CUSTOM"},
        {"Id": "s-2", "Name": "Available", "Type": "ROUTABLE"},
        {"Id": "s-3", "Name": "Old", "Type": "CUSTOM"},
    ]
    off = {"AgentStatus": {"AgentStatusId": "s-3", "Name": "Old", "Type": "CUSTOM", "State": "DISABLED"}}
    facts, _, _ = connect({"l.json": {"AgentStatusSummaryList": listed}, "d.json": off})

    assert list(facts) == ["secondary_status/s-1"]


def test_proficiencies_are_skills_with_levels_as_written(connect: Any) -> None:
    files = export()
    files["u-1.json"] = '{"UserProficiencyList": [{"AttributeName": "Skill", "AttributeValue": "Billing", "Level": 4.0}]}'
    files["u-2.json"] = {"UserProficiencyList": []}
    facts, problems, reading = connect(files)

    assert problems == []
    assert facts["user/u-1"].fields["skills"] == {"Billing": "4.0"}
    assert facts["user/u-2"].fields["skills"] == {}
    assert "skill" in reading.delivered


def test_users_without_an_answer_about_proficiencies_keep_their_skills(connect: Any) -> None:
    files = export() | {"u-1.json": {"UserProficiencyList": []}}
    facts, problems, _ = connect(files)

    assert "skills" not in facts["user/u-2"].fields
    assert "warning: no proficiencies in the export" in problems[0]


def test_one_value_of_two_attributes_needs_a_key(connect: Any) -> None:
    rows = [{"AttributeName": name, "AttributeValue": "Billing", "Level": 1} for name in ("Skill", "Team")]
    files = export() | {"u-1.json": {"UserProficiencyList": rows}, "u-2.json": {"UserProficiencyList": []}}

    _, problems, _ = connect(files)
    facts, none, _ = connect(files, {"skills": {"keys": {"Team/Billing": "team-billing"}}})

    assert "'Billing' is a value of two attributes" in problems[0]
    assert none == []
    assert facts["user/u-1"].fields["skills"] == {"Billing": "1", "Team/Billing": "1"}


def test_what_is_known_but_of_no_use_is_noted(connect: Any) -> None:
    _, problems, reading = connect(
        export() | {"f.json": {"ContactFlowSummaryList": []}, "c.json": {"UserId": "x", "UserArn": "y"}}
    )

    assert problems == []
    assert len(reading.notes) == 2


@pytest.mark.parametrize(
    "content", [{"some": "thing"}, {"ContactId": "x", "Queue": {"Name": "q"}}, [1, 2], "readme", b"\x00\x01"]
)
def test_what_is_not_known_is_named(connect: Any, content: Any) -> None:
    _, problems, _ = connect(export() | {"odd.txt": content})

    assert len(problems) == 1
    assert problems[0].startswith("odd.txt")
    assert "warning" in problems[0]


def test_a_broken_json_file_is_a_problem(connect: Any) -> None:
    _, problems, _ = connect(export() | {"users/u-1.json": '{"User": {"Id": '})

    assert problems[0].startswith("users/u-1.json:1:")
    assert "warning" not in problems[0]


def test_an_empty_export_delivers_nothing(connect: Any) -> None:
    assert connect({})[2].delivered == frozenset()


def test_order_of_files_does_not_matter(connect: Any) -> None:
    files = export()
    shuffled = dict(reversed(files.items()))

    assert connect(files)[0] == connect(shuffled)[0]


def test_thousands_of_answers_are_read_quickly(connect: Any) -> None:
    files = export()
    for number in range(3000):
        key = f"{number:08d}-aaaa-bbbb-cccc-0123456789ab"
        files[f"users/{key}.json"] = json.dumps(user(key))
        files[f"levels/{key}/1.json"] = {"UserProficiencyList": []}
    files |= {f"levels/{one}.json": {"UserProficiencyList": []} for one in ("u-1", "u-2")}

    assert connect(files)[1] == []


def test_bare_rows_are_recognised_by_their_keys(connect: Any) -> None:
    files = export()
    rows = files.pop("profile-queues/rp-1.json")["RoutingProfileQueueConfigSummaryList"]
    files |= {
        "queues-of/rp-1.json": rows,
        "levels/u-1.json": [{"AttributeName": "S", "AttributeValue": "Billing", "Level": 2}],
        "levels/u-2.json": {"UserProficiencyList": []},
    }
    facts, problems, _ = connect(files)

    assert problems == []
    assert facts["queue/q-1"].fields["members"] == ("u-1", "u-2")
    assert facts["user/u-1"].fields["skills"] == {"Billing": "2"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"UserSummaryList": ["x"]}, "usersummarylist holds something that is no object"),
        ({"UserSummaryList": [{"Username": "x"}]}, "an object without Id and Arn"),
        ({"UserSummaryList": [], "Surprise": 1}, "warning: not known beside an answer: surprise"),
        ({"QueueSummaryList": [{"Id": "q-9", "Name": "x", "QueueType": "FAX"}]}, "warning: a queue of type 'FAX' is not known"),
    ],
)
def test_what_is_odd_in_an_answer_is_told(connect: Any, content: Any, told: str) -> None:
    assert told in connect(export() | {"odd.json": content})[1][0]
