"""What is printed where: documents on stdout, everything else on stderr, colours only where they are wanted."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow.served import Served

Desk = Callable[..., Any]
ONE = "skills: [{key: one, name: One}]\n"
ESCAPE = "\x1b["


def words(*line: str) -> Any:
    return pytest.param(line, id=" ".join(line))


DOCUMENTS = {
    words("validate", "--json"): {"valid", "digest", "counts", "warnings"},
    words("plan", "--json"): {"format", "changes", "unchanged"},
    words("plan", "--format", "json"): {"format", "changes", "unchanged"},
    words("plan", "--format=json"): {"format", "changes", "unchanged"},
    words("show", "plan.json", "--json"): {"format", "changes", "unchanged"},
    words("apply", "--auto-approve", "--json"): {"summary", "approved", "requests", "results", "outcomes"},
    words("apply", "plan.json", "--json"): {"summary", "approved", "requests", "results", "outcomes"},
    words("state", "show", "--json"): {"ledger", "lease", "bound", "unsettled", "journal"},
    words("init", "--json"): {"written", "kept"},
    words("schema", "plan"): {"$schema", "$id", "title"},
}


@pytest.mark.parametrize(
    ("line", "members"), [pytest.param(*one.values, members, id=one.id) for one, members in DOCUMENTS.items()]
)
def test_stdout_is_one_json_document(office: Served, connected: Desk, line: tuple[str, ...], members: set[str]) -> None:
    office.write(f"skills: [{{key: {' '.join(line)}, name: {' '.join(line)}}}]\n")
    connected("plan", "-o", "plan.json")

    done = connected(*line)

    assert done.code == 0, done.err
    assert members <= done.json.keys()


def test_the_list_of_objects_is_json(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: listed, name: Listed}]\n")
    connected("apply", "--auto-approve")

    found = connected("state", "list", "skill", "--json").json

    assert [(one["kind"], one["key"], one["name"]) for one in found] == [("skill", "listed", "Listed")]
    assert connected("state", "list", "queue", "--json").json == []


ERRORS = {
    "wrong usage": (("plan", "--json", "--nonsense"), 64, "UsageError"),
    "no such command": (("--color", "never", "aply", "--json"), 64, "UsageError"),
    "nobody to approve": (("apply", "--json"), 64, "UsageError"),
    "a problem": (("validate", "--json"), 1, "InputError"),
    "a problem found by plan": (("plan", "--format", "json"), 1, "InputError"),
    "a file that is no plan": (("show", "manifests/all.yaml", "--json"), 1, "InputError"),
    "no repository": (("-C", "manifests", "plan", "--json"), 1, "ConfigurationError"),
    "a file that cannot be written": (("schema", "--write", "manifests/all.yaml/x", "--json"), 64, "UsageError"),
}


@pytest.mark.parametrize(("line", "code", "kind"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_json_as_well(desk: Desk, repository: Any, line: tuple[str, ...], code: int, kind: str) -> None:
    repository("skills: [{key: a}]\n")

    done = desk(*line)

    assert done.code == code
    assert (done.json["error"]["type"], done.json["error"]["exit_code"]) == (kind, code)
    assert done.err


def test_a_problem_is_data(desk: Desk, repository: Any) -> None:
    repository("skills: [{key: a}]\n")

    error = desk("validate", "--json").json["error"]

    assert error["problems"] == [
        {
            "file": "manifests/all.yaml",
            "line": 2,
            "column": 10,
            "subject": "skill/a",
            "what": "name is missing",
            "remedy": "write it",
        }
    ]


def test_an_error_of_the_api_is_data(office: Served, connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write(ONE)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")

    done = connected("plan", "--json")

    error = done.json["error"]
    assert (done.code, error["type"], error["operation"]) == (7, "NotAuthorised", "POST /oauth/token")
    assert "hunter2" not in done.out + done.err


def test_a_file_that_cannot_be_written_is_named(office: Served, connected: Desk) -> None:
    office.write(ONE)

    done = connected("plan", "-o", "nowhere/plan.json")

    assert done.code == 1
    assert done.err == "error: nowhere/plan.json: No such file or directory\n"


def test_control_characters_are_shown(office: Served, connected: Desk) -> None:
    office.write("skills: [{key: loud, name: Loud}]\n")
    rule = {"operation": "POST /api/v2/routing/skills", "status": 400, "message": "\x1b[31mloud"}
    httpx.post(f"{office.addresses['admin_url']}/faults", json=rule)

    done = connected("apply", "--auto-approve")

    assert ESCAPE not in done.out + done.err
    assert r"\x1b[31mloud" in done.out


@pytest.mark.parametrize(
    ("wish", "painted"),
    [((), False), (("--color", "always"), True), (("--color=always",), True), (("--color", "never"), False)],
)
def test_colour_is_as_wished(office: Served, connected: Desk, wish: tuple[str, ...], painted: bool) -> None:
    office.write(ONE)

    assert (ESCAPE in connected(*wish, "plan").out) == painted


def test_a_flag_beats_no_color(office: Served, connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write(ONE)
    monkeypatch.setenv("NO_COLOR", "1")

    assert ESCAPE in connected("--color", "always", "plan").out


def test_errors_are_coloured_as_wished(desk: Desk) -> None:
    assert ESCAPE in desk("--color", "always", "plan").err
    assert ESCAPE not in desk("plan").err


# ── at a terminal ────────────────────────────────────────────────────────────────────────────────────────────────────


class Terminal:
    """A process with a terminal of its own on all three sides."""

    def __init__(self, office: Served, *line: str) -> None:
        self.master, slave = pty.openpty()
        command = [sys.executable, "-m", "reconciler", *line]
        self.process = subprocess.Popen(command, cwd=office.root, env=office.environment, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self.seen = ""

    def read(self) -> bool:
        """Reads what there is; False at the end."""
        try:
            part = os.read(self.master, 65_536)
        except OSError:  # Linux says EIO when the last process has closed the other side
            return False
        self.seen += part.decode(errors="replace")
        return bool(part)

    def until(self, text: str) -> None:
        while text not in self.seen:
            assert self.read(), self.seen

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        while self.read():
            pass
        return self.process.wait()


@contextmanager
def terminal(office: Served, *line: str) -> Iterator[Terminal]:
    found = Terminal(office, *line)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait()
        os.close(found.master)


QUESTION = "Carry out these changes? [y/N]: "


@pytest.mark.parametrize(
    ("typed", "made"),
    [("y\n", True), ("\x04", False), *(pytest.param(one, False, marks=pytest.mark.long) for one in ("n\n", "\n"))],
)
def test_a_person_is_asked_and_believed(office: Served, typed: str, made: bool) -> None:
    name = f"Asked {typed.encode().hex()}"
    office.write(f"skills: [{{key: one, name: {name}}}]\n")
    with terminal(office, "apply") as there:
        there.until(QUESTION)
        there.type(typed)
        code = there.end()

    assert code == 0, there.seen
    assert ("Applied: 1 done" in there.seen) == made
    assert ("Not approved: nothing was changed." in there.seen) != made
    assert (name in office.state()["skills"]) == made


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_question_changes_nothing(office: Served, number: int, code: int) -> None:
    office.write("skills: [{key: one, name: Not to be made}]\n")
    with terminal(office, "apply") as there:
        there.until(QUESTION)
        there.process.send_signal(number)
        ended = there.end()

    assert ended == code
    assert "interrupted: nothing was changed" in there.seen
    assert "Not to be made" not in office.state()["skills"]


@pytest.mark.long
def test_a_terminal_gets_colours_unless_it_says_no(office: Served) -> None:
    office.write("skills: [{key: one, name: Painted}]\n")
    with terminal(office, "plan") as painted:
        painted.end()
    office.extra = {"NO_COLOR": "1"}
    with terminal(office, "plan") as pale:
        pale.end()

    assert "\x1b[32m" in painted.seen
    assert "\x1b[32m" not in pale.seen


def test_documents_stay_out_of_the_moving_line(office: Served, tmp_path: Path) -> None:
    """stderr is a terminal, stdout a file: the plan is in the file."""
    office.write(ONE)
    master, slave = pty.openpty()
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-m", "reconciler", "apply", "--auto-approve"]
        code = subprocess.run(
            command, cwd=office.root, env=office.environment, stdin=slave, stdout=out, stderr=slave, check=False
        )
    os.close(slave)
    os.close(master)

    assert code.returncode == 0
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("Plan for source acme in organisation\n")
