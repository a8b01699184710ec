"""What stands around the reader of a page before the first line is typed: a repository, an export, programs of other makers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docs.terminal import Terminal
from flow.studio import sound

from reconciler.demo import calls, day, export, recordings
from reconciler.demo.play import SETTINGS

ROOT = Path(__file__).parents[2]
FEED = "1795000005.17"
ASTERISK = {
    "reconciler.yaml": """\
version: 1
organization: {region: eu-central-1}
source: {platform: asterisk, name: acme}
runners:
  interactions: {feeds: [queue_log]}
  recordings: {from: calls, pattern: '(?P<conversation>C\\d+)\\.wav$', settle: 0s}
""",
    "mapping/mapping.yaml": """\
version: 1
email: "{{ fact.username }}@example.com"
secondary_statuses: {Lunch: {system_presence: Meal}}
wrapup_codes: {items: [{key: sale, name: Sale}], queues: {"*": [sale]}}
""",
    "export/queues.conf": "[q-1001]\nmember => PJSIP/1001,0,Ann Lee\nmember => PJSIP/1002,0,Ben Ray\n",
    "export/pause_reasons.txt": "Lunch\n",
    "queue_log": f"""\
1795000001|NONE|q-1001|Ann Lee|ADDMEMBER|
1795000002|{FEED}|q-1001|NONE|ENTERQUEUE||+4930123|1
1795000005|{FEED}|q-1001|Ann Lee|CONNECT|3|1795000005.18|2
1795000009|{FEED}|q-1001|Ann Lee|COMPLETECALLER|3|4|1
1795000010|NONE|q-1001|Ben Ray|ADDMEMBER|
1795000011|NONE|q-1001|Nobody|ADDMEMBER|
""",
}
CONNECT: Mapping[str, Any] = {
    "search-users": {
        "Users": [
            {"Id": "u1", "Username": "ann", "RoutingProfileId": "p1", "HierarchyGroupId": "g2",
             "IdentityInfo": {"FirstName": "Ann", "LastName": "Lee", "Email": "ann@example.com"}},
            {"Id": "u2", "Username": "taro", "RoutingProfileId": "p1", "HierarchyGroupId": "g3",
             "IdentityInfo": {"FirstName": "太郎", "LastName": "山田"}},
        ]
    },
    "list-queues": {"QueueSummaryList": [{"Id": "q1", "Name": "Billing Tokyo", "QueueType": "STANDARD"}]},
    "search-user-hierarchy-groups": {
        "UserHierarchyGroups": [
            {"Id": key, "Name": name, "LevelId": str(level), "HierarchyPath": {
                "LevelOne": {"Id": "g1", "Name": "ACME"}, **({"LevelTwo": {"Id": key, "Name": name}} if level > 1 else {})}}
            for key, name, level in (("g1", "ACME", 1), ("g2", "Singapore Centre", 2), ("g3", "東京センター", 2))
        ]
    },
    "list-agent-statuses": {
        "AgentStatusSummaryList": [
            {"Id": f"s{number}", "Name": name, "Type": "CUSTOM"}
            for number, name in enumerate(("Lunch", "Short break", "Training", "Team meeting"))
        ]
    },
    "list-routing-profiles": {"RoutingProfileSummaryList": [{"Id": "p1", "Name": "Everybody"}]},
    "list-routing-profile-queues": {
        "RoutingProfileQueueConfigSummaryList": [
            {"QueueId": "q1", "QueueName": "Billing Tokyo", "Priority": 1, "Delay": 0, "Channel": "VOICE"}
        ]
    },
    "list-user-proficiencies": {
        "UserProficiencyList": [
            {"AttributeName": "connect:Subject", "AttributeValue": "Billing", "Level": 3},
            {"AttributeName": "connect:Language", "AttributeValue": "Japanese", "Level": 5},
        ]
    },
}  # fmt: skip
"""Answers of the AWS command line, by what is asked."""
JQ = """import json, re, sys; found = json.load(open(sys.argv[3]))
name, field = re.fullmatch(r"\\.(\\w+)\\[\\]\\.(\\w+)", sys.argv[2]).groups(); print(*(one[field] for one in found[name]))"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def must(terminal: Terminal, line: str) -> None:
    code, out, err = terminal.type(line)
    assert code == 0, out + err


def connect(terminal: Terminal) -> None:
    """The command lines of AWS and jq, as far as the page uses them."""
    answers = terminal.home / "answers"
    write(answers, {name: json.dumps(answer) for name, answer in CONNECT.items()})
    terminal.program("aws", f'cat "{answers}/$2"')
    write(terminal.home, {"jq.py": JQ})
    terminal.program("jq", f'exec python3 -IS "{terminal.home}/jq.py" "$@"')


def centre(terminal: Terminal) -> None:
    """An organisation, and a repository of Asterisk that is rendered."""
    terminal.open()
    write(terminal.folder, ASTERISK)
    (terminal.folder / "calls").mkdir()
    for number in (1, 2):
        (terminal.folder / "calls" / f"C{number}.wav").write_bytes(sound(number))
    must(terminal, "reconciler render")


def furnished(terminal: Terminal) -> None:
    """The same with what single commands are about: recordings of one call, a ledger that knows things, a page of shells."""
    centre(terminal)
    for name, number in (("call.wav", 3), ("agent.wav", 4), ("customer.wav", 5)):
        (terminal.folder / name).write_bytes(sound(number))
    must(terminal, "mkdir -p ~/.config/fish/completions log/asterisk && cp queue_log log && cp queue_log log/asterisk")


def project(terminal: Terminal) -> None:
    """A repository in Git that has the scripts of the workflows."""
    centre(terminal)
    shutil.copytree(ROOT / ".github" / "scripts", terminal.folder / ".github" / "scripts")
    must(terminal, "git init -q && git add . && git -c user.name=A -c user.email=a@example.com commit -qm First")


def demo(terminal: Terminal) -> None:
    """The demo's second day: yesterday's export is applied, today's is rendered; below it what happens all day."""
    terminal.open()
    write(terminal.folder, {"reconciler.yaml": SETTINGS})
    shutil.copytree(ROOT / "manifests", terminal.folder / "manifests")
    export.write(terminal.folder / "export", day=2)
    export.write_mapping(terminal.folder / "mapping")
    must(terminal, "reconciler apply --auto-approve && reconciler render")
    day.write(terminal.folder)
    morning = (terminal.folder / "agent-events.ndjson").read_text(encoding="utf-8").splitlines(keepends=True)
    files = {"log/asterisk/queue_log": morning[:20], "day.ndjson": morning[20:40], "rest.ndjson": morning[40:60]}
    write(terminal.folder, {name: "".join(lines) for name, lines in files.items()})
    calls.write(terminal.folder / "calls")
    heard = calls.places()
    recordings.write(terminal.folder / "recordings", list(heard.values()), heard[calls.contact_id("called back")])
    (terminal.folder / "call.wav").write_bytes(sound(1))


@dataclass(frozen=True)
class Scene:
    """What a page needs: who sets it up, what is typed in place of what, exit codes of lines shown without an answer."""

    sets: Callable[[Terminal], None] = lambda _: None
    instead: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)
