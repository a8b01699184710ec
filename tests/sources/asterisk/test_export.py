from typing import Any

import pytest
from sources.reading import Told

QUEUES = """\
[general]
persistentmembers = yes

[voice](!)          ; what all queues share
strategy = leastrecent
member => PJSIP/9,2,Chief

[billing](voice)
member => PJSIP/1001,0,Ann Lee,PJSIP/1001
member = Local/1002@agents/n,1,"Sato, Hanako"

[orders](voice)
"""


def told(files: dict[str, Any], mapping: Any = None) -> Told:
    return Told("asterisk", files, mapping)


def test_members_become_users_with_the_names_the_log_prints() -> None:
    found = told({"queues.conf": QUEUES})

    assert found.problems == []
    assert found.keys("user") == ["Ann Lee", "Chief", "Sato, Hanako"]
    assert found.fields("user/Sato, Hanako") == {
        "username": "1002", "interfaces": ("Local/1002@agents/n",), "penalties": {"billing": "1"}, "name": "Sato, Hanako",
    }  # fmt: skip
    assert found.facts["user/Ann Lee"].place.line == 9


def test_a_template_gives_its_members_to_every_queue_and_is_none() -> None:
    found = told({"queues.conf": QUEUES})

    assert found.keys("queue") == ["billing", "orders"]
    assert found.fields("queue/orders") == {"name": "orders", "members": ("Chief",), "why": {"Chief": "PJSIP/9"}}
    assert found.fields("queue/billing")["members"] == ("Ann Lee", "Chief", "Sato, Hanako")


def test_a_queue_without_member_lines_says_nothing_of_its_members() -> None:
    found = told({"queues.conf": "[a]\nmember => PJSIP/1\n[b]\nstrategy=ringall\n"})

    assert "members" not in found.fields("queue/b")
    assert found.notes[0].startswith("members of b: the export names none")


def test_a_table_of_members_tells_of_every_queue() -> None:
    table = "queue_name,interface,membername,penalty\nb,PJSIP/2,Bob,3\n"
    found = told({"queues.conf": "[a]\nstrategy=ringall\n[b]\nstrategy=ringall\n", "members.csv": table})

    assert found.problems == []
    assert found.fields("queue/a")["members"] == ()
    assert found.fields("queue/b")["members"] == ("Bob",)
    assert found.fields("user/Bob")["penalties"] == {"b": "3"}


@pytest.mark.parametrize(
    "files",
    [
        {"queues.csv": "name,strategy\nsales,ringall\n", "queue_members.csv": "queue_name,interface\nsales,SIP/7\n"},
        {"q.json": [{"name": "sales", "strategy": "ringall"}], "m.json": [{"queue_name": "sales", "interface": "SIP/7"}]},
        {
            "asterisk.sql": "CREATE TABLE `queues` (\n `name` varchar(128),\n `strategy` varchar(9),\n PRIMARY KEY (`name`)\n);\n"
            "INSERT INTO `queues` VALUES ('sales','ringall');\nCREATE TABLE `cdr` (\n `src` int\n);\n"
            "INSERT INTO `cdr` VALUES (1),(2);\n"
            "INSERT INTO `queue_members` (`queue_name`, `interface`) VALUES\n('sales','SIP/7');\n"
        },
        {
            "pg.sql": "COPY public.queues (name, strategy) FROM stdin;\nsales\tringall\n\\.\n"
            "COPY public.queue_members (queue_name, interface, membername) FROM stdin;\nsales\tSIP/7\t\\N\n\\.\n"
        },
        {
            "queues.txt": " name  | strategy \n-------+----------\n sales | ringall\n(1 row)\n",
            "m.csv": "+--+--+\n| queue_name | interface | membername |\n+--+--+\n| sales | SIP/7 | NULL |\n+--+--+\n",
        },
    ],
    ids=["csv", "json", "mysql", "postgresql", "printed"],
)
def test_tables_are_read_in_any_form(files: dict[str, Any]) -> None:
    found = told(files)

    assert found.problems == []
    assert found.fields("queue/sales")["members"] == ("SIP/7",)
    assert "name" not in found.fields("user/SIP/7")


def test_members_of_a_queue_nobody_lists_are_left_out_with_a_warning() -> None:
    found = told({"queues.conf": "[a]\n", "m.csv": "queue_name,interface\nx,SIP/7\n"})

    assert found.problems[0].startswith("m.csv:2 queue/x: warning: member 'SIP/7' of queue 'x', which is not in the export")


def test_agents_bring_their_names() -> None:
    new = told(
        {"queues.conf": "[a]\nmember => Agent/7\n", "agents.conf": "[t](!)\nackcall=no\n[7](t)\nfullname = Ann Lee\n[8]\n"}
    )
    old = told({"agents.conf": "[agents]\nagent => 7,4321,Ann Lee\n"})

    assert new.keys("user") == ["Agent/7", "Agent/8"]
    assert new.fields("user/Agent/7")["name"] == "Ann Lee"
    assert old.fields("user/Agent/7")["name"] == "Ann Lee"
    assert "4321" not in str(old.reading)


def test_the_mapping_makes_one_person_of_several_names() -> None:
    files = {"queues.conf": "[a]\nmember => PJSIP/1,0,Ann\n[b]\nmember => Agent/1\n", "agents.conf": "[1]\nfullname=Ann Lee\n"}
    found = told(files, {"agents": {"Ann": "a1", "Agent/1": "a1"}})

    assert found.problems == []
    assert found.keys("user") == ["a1"]
    assert found.fields("queue/a")["members"] == found.fields("queue/b")["members"] == ("a1",)


def test_one_interface_with_two_names_is_a_problem() -> None:
    found = told({"queues.conf": "[a]\nmember => PJSIP/1,0,Ann\n[b]\nmember => PJSIP/1,0,Bob\n"})

    (problem,) = found.problems
    assert problem.startswith("queues.conf:4 user/Bob: PJSIP/1 is 'Ann' in one queue and 'Bob' in another; say in mapping.yaml")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pause_reasons.txt", "Lunch\n\n研修\nLunch\n"),
        ("pause_reasons.csv", "reason,minutes\nLunch,30\n研修,60\n"),
        ("pause_reasons.json", '["Lunch", "研修"]'),
        ("pause_reasons.json", '[{"reason": "Lunch"}, {"reason": "研修"}]'),
    ],
)
def test_a_list_of_pause_reasons_becomes_statuses(name: str, content: str) -> None:
    found = told({"queues.conf": QUEUES, name: content})

    assert found.problems == []
    assert found.keys("secondary_status") == ["Lunch", "研修"]


def test_what_the_export_does_not_hold_is_not_delivered() -> None:
    assert told({"queues.conf": "[a]\n"}).reading.delivered == {"queue"}
    assert told({"queues.conf": QUEUES}).reading.delivered == {"queue", "user"}


def test_other_files_are_noted() -> None:
    assert told({"queues.conf": QUEUES, "sip.conf": "x"}).notes == ("sip.conf: neither queues nor agents, not used",)


# ── the syntax of configuration files ────────────────────────────────────────────────────────────────────────────────


def test_includes_are_followed_by_name_and_pattern() -> None:
    files = {
        "etc/queues.conf": '#include "queues_more.conf"\n#include </etc/asterisk/queues.d/*.conf>\n#tryinclude nowhere.conf\n',
        "etc/queues_more.conf": "[a]\n",
        "etc/queues.d/b.conf": "[b]\n[c]\n",
    }
    found = told(files)

    assert found.problems == []
    assert found.keys("queue") == ["a", "b", "c"]
    assert found.facts["queue/c"].place.file == "etc/queues.d/b.conf"


def test_a_section_goes_on_with_a_plus() -> None:
    found = told({"queues.conf": "[a]\nmember => SIP/1\n[b]\n[a](+)\nmember => SIP/2\n"})

    assert found.fields("queue/a")["members"] == ("SIP/1", "SIP/2")


def test_comments_are_passed_over() -> None:
    text = ";[x]\n[a] ; one\n;-- [b]\n;-- nested --; [c]\n--; \nmember => SIP/1,0,A\\;B ; tail\n;--- [d]\n"
    found = told({"queues.conf": text})

    assert found.keys("queue") == ["a"]
    assert found.keys("user") == ["A;B"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\n[b]\n[a]\n", "queues.conf:3 queue/a: this queue stands in queues.conf:1 too; keep one of them, or write [a](+)"),
        ("[a]\nmember => ,1\n", "queues.conf:2 queue/a: a member without an interface"),
        ('[a]\nmember => SIP/1,0,"x\n', "queues.conf:2 queue/a: a member line with an open quotation mark"),
        ("[a]\nmember => Agent/@1\n", "queues.conf:2 queue/a: Agent/@1 is a group of agents"),
        ("[a](none)\n", "queues.conf:1: [a] takes over from [none], which does not stand before it"),
        ("[a](+)\n", "queues.conf:1: [a](+) goes on with a section that is not there"),
        ("strategy=x\n[a]\n", "queues.conf:1: 'strategy' stands in no section"),
        ("[a]\nnothing\n", "queues.conf:2: 'nothing' is no setting"),
        ("[a\n", "queues.conf:1: '[a' is no name of a section"),
        ("#exec rm -rf /\n[a]\n", "queues.conf:1: #exec is not followed"),
        ("#include ../secret.conf\n[a]\n", "queues.conf:1: #include '../secret.conf' leads out of the export"),
        ("#include /etc/passwd\n[a]\n", "queues.conf:1: #include '/etc/passwd' leads out of the export"),
        ("#include other.conf\n[a]\n", "queues.conf:1: #include 'other.conf' is not in the export"),
        ("#include queues.conf\n[a]\n", "queues.conf:1: includes are nested deeper than 10 files"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, problem: str) -> None:
    assert told({"queues.conf": text}).problems[0].startswith(problem)


@pytest.mark.parametrize(
    "text",
    [
        "#include wide.conf\n" * 20,
        "[t0](!)\n" + "a=b\n" * 50 + "".join(f"[t{n + 1}](!,t{n},t{n},t{n},t{n})\n" for n in range(40)),
    ],
    ids=["includes", "templates"],
)
def test_what_grows_without_end_is_cut_off(text: str) -> None:
    problems = told({"queues.conf": text, "wide.conf": "\n" * 100_000}).problems

    assert len(problems) == 1
    assert problems[0].startswith("more than 1000000 lines or 1000000 settings, with includes and templates")


@pytest.mark.parametrize(
    "text", ["INSERT INTO queue_members VALUES ('a'", "INSERT INTO queue_members VALUES x", "COPY queue_members"]
)
def test_a_broken_dump_is_a_problem_or_nothing(text: str) -> None:
    found = told({"x.sql": text})

    assert found.reading.facts == ()


def test_bytes_that_are_no_text_are_a_problem_with_a_place() -> None:
    assert (
        told({"queues.conf": b"[a]\nmember => SIP/1,0,\xff\n"}).problems[0].startswith("queues.conf:2:19: byte 0xff is not utf-8")
    )
