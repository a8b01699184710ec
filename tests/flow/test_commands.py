"""A user's days, command by command: the line that is typed, what comes back, and what is there afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flow.served import Served, Shell

MAPPING = """\
version: 1
columns:
  users: {file: "agents*.csv", key: Id, name: Name, email: Mail, skills: {column: Skills, separator: ";"}}
division: {default: home}
"""
AGENTS = "Id,Name,Mail,Skills\na1,山田 太郎,taro@example.com,Billing\na2,Hanako Sato,hanako@example.com,\n"


@pytest.fixture
def shell(served: Served, make_shell: Callable[[Served], Shell]) -> Shell:
    return make_shell(served)


def test_from_an_export_to_nothing_to_do(served: Served, shell: Shell) -> None:
    for path in (served.root / "reconciler.yaml", *(served.root / "manifests").iterdir()):
        path.unlink()
    assert shell("init", "--name", "acme", "--region", "eu-central-1")[0] == 0
    (served.root / "mapping" / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (served.root / "export" / "agents.csv").write_text(AGENTS, encoding="utf-8")

    refused = shell("render")
    with (served.root / "mapping" / "mapping.yaml").open("a", encoding="utf-8") as mapping:
        mapping.write("skills: {unrated: 4}\n")
    rendered, valid = shell("render"), shell("validate")
    saved, shown = shell("plan", "-o", "plan.json", "--detailed-exitcode"), shell("show", "plan.json", "--json")
    applied, after = shell("apply", "plan.json"), shell("plan", "--detailed-exitcode")

    assert refused[2].startswith("export/agents.csv:2 user/a1: 'Billing' has no level; ")
    assert [rendered[0], valid[0], saved[0], shown[0], applied[0], after[0]] == [0, 0, 2, 0, 0, 0], (rendered, applied)
    assert "Rendered 1 skill, 2 users" in rendered[1].replace("\n", " ")
    assert "Saved to plan.json. Carry it out: reconciler apply plan.json" in saved[2]
    assert {one["id"] for one in orjson.loads(shown[1])["changes"]} >= {"user/a1", "user/a2"}
    assert "Plan: nothing to do. Genesys Cloud is as the manifests say." in after[1]
    assert set(served.state()["users"]) >= {"taro@example.com", "hanako@example.com"}


def test_the_ledger_is_looked_into_and_mended(shell: Shell) -> None:
    assert shell("apply", "--auto-approve")[0] == 0

    listed, queues, state = shell("state", "list"), shell("state", "list", "queue"), shell("state", "show")
    forgotten, unknown = shell("state", "forget", "queue/q2", "skill/billing"), shell("state", "forget", "queue/q2")
    plan = shell("plan", "--json")

    assert listed[1].count("\n") == 13
    assert listed[2] == "13 objects\n"
    assert [line.split("  ")[:2] for line in queues[1].splitlines()] == [["queue/q1", "Billing Tokyo"], ["queue/q2", "Returns"]]
    assert "Lease: free\nBound objects: 13; requests without outcome: 0\n" in state[1]
    assert "POST /api/v2/routing/queues" in state[1]
    assert (forgotten[0], forgotten[2]) == (0, "Forgot 2 objects; nothing in Genesys Cloud was touched.\n")
    assert (unknown[0], unknown[2]) == (64, "error: not in the ledger: queue/q2; see `reconciler state list`\n")
    assert [one["key"] for one in orjson.loads(plan[1])["adoptions"]] == ["billing", "q2"]


def test_documents_of_all_commands_are_json(shell: Shell) -> None:
    documents: list[Any] = [
        orjson.loads(shell(*line, "--json")[1])
        for line in (("validate",), ("plan",), ("apply", "--auto-approve"), ("state", "list"), ("state", "show"), ("plan",))
    ]

    assert [len(document) > 0 for document in documents] == [True] * 6
    assert (len(documents[1]["changes"]), len(documents[-1]["changes"])) == (15, 0)


@pytest.mark.long
def test_a_lease_is_waited_for(served: Served, shell: Shell) -> None:
    """Two applies at once: the second one waits for the first, and then finds nothing to do."""
    command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve", "--lock-timeout", "60s"]
    with (
        subprocess.Popen(command, cwd=served.root, env=served.environment, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(command, cwd=served.root, env=served.environment, stdout=subprocess.PIPE, text=True) as two,
    ):
        said = [process.communicate()[0] for process in (one, two)]

    assert (one.returncode, two.returncode) == (0, 0), said
    assert sum("Applied: 15 done" in text for text in said) == 1
    assert sum("Plan: nothing to do." in text for text in said) == 1
    assert served.state() == served.undisturbed()
    assert shell("plan", "--detailed-exitcode")[0] == 0
