"""An example export in the shape of Amazon Connect's API: an invented centre of about 120 agents in two places.

Everybody in it is made up, and so are the blemishes it shares with real exports: a trailing comma, a comment, keys in another
case, a list in pages that overlap, queues of single agents, an agent without an e-mail address. The same call writes the
same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

_SPACE = UUID("7d0f8a52-53f1-4c7b-9a0e-2f6f3a1d9c11")
_AGENTS = 120
_HIRE, _LEAVER, _MOVED, _BETTER, _WITHOUT_MAIL = _AGENTS, 17, 4, 8, 29
_PAGE = 70

_TOKYO, _SINGAPORE = "東京センター", "Singapore Centre"
_FAMILY_JA = (
    ("青空", "aozora"),
    ("星月", "hoshizuki"),
    ("雲居", "kumoi"),
    ("花霞", "hanagasumi"),
    ("風見", "kazami"),
    ("雪灯", "yukiakari"),
    ("虹橋", "nijibashi"),
    ("夢路", "yumeji"),
    ("波音", "namioto"),
    ("森影", "morikage"),
)
_GIVEN_JA = (
    ("ひかり", "hikari"),
    ("そら", "sora"),
    ("こだま", "kodama"),
    ("つばさ", "tsubasa"),
    ("みどり", "midori"),
    ("かえで", "kaede"),
)
_FAMILY_EN = (
    "Lanternwood",
    "Fernweather",
    "Kettlebright",
    "Marblefoot",
    "Quillfeather",
    "Thistledown",
    "Copperkettle",
    "Pebblebrook",
    "Starlingham",
    "Windlesham",
)
_GIVEN_EN = ("Ada", "Basil", "Clover", "Dorian", "Juniper", "Otis")

_QUEUES = (
    ("Billing Tokyo", "料金のご相談"),
    ("Technical Support Tokyo", "技術サポート"),
    ("Orders Tokyo", "ご注文"),
    ("Returns Tokyo", "返品"),
    ("VIP Tokyo", "お得意様"),
    ("E-mail Tokyo", "メール"),
    ("Billing", "Questions about bills"),
    ("Technical Support", "Faults and set-up"),
    ("Orders", "New orders"),
    ("Contracts", "Changes and cancellations"),
    ("VIP", "Named customers"),
    ("E-mail", "Written requests"),
)
_RENAMED = {"Orders": "Orders and Upgrades"}
_PROFILES = {
    "Tokyo Voice": (0, 1, 2, 3),
    "Tokyo Written": (3, 5),
    "Tokyo Senior": (0, 1, 2, 4),
    "Singapore Voice": (6, 7, 8),
    "Singapore Written": (9, 11),
    "Singapore Senior": (6, 7, 8, 9, 10),
}
_STATUSES = (
    ("Available", "ROUTABLE"),
    ("Offline", "OFFLINE"),
    ("Lunch", "CUSTOM"),
    ("Short break", "CUSTOM"),
    ("Training", "CUSTOM"),
    ("Team meeting", "CUSTOM"),
)
_SKILLS = ("Billing", "Technical", "Orders", "Returns", "Contracts")


@dataclass(frozen=True, slots=True)
class _Agent:
    """One invented person."""

    number: int
    given: str
    family: str
    username: str
    tokyo: bool
    profile: str

    @property
    def id(self) -> str:
        return _id("agent", self.number)


def write(folder: Path, *, day: int) -> None:
    """Writes the export of this day below `folder`: 1 the start, 2 after a day of changes. What only the other day has goes.

    On day 2 one agent was hired, one left, one moved to the other centre, one queue was renamed, and one agent got better
    at a skill.
    """
    texts = dict(_texts(day))
    for name in {name for other in (1, 2) for name, _ in _texts(other)} - set(texts):
        (folder / name).unlink(missing_ok=True)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _texts(day: int) -> Iterator[tuple[str, str]]:
    """(file name, text) of everything exported on a day."""
    there = list(people(day))
    for part in (_users(there), _levels(there, day), _queues(day, there), _profiles(), _groups(), _statuses()):
        yield from part


def write_mapping(folder: Path) -> None:
    """Writes the mapping.yaml that fits the export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mapping.yaml").write_text(_MAPPING, encoding="utf-8")


def status_id(name: str) -> str:
    """The id of an agent status."""
    return _id("status", name)


def queue_id(name: str) -> str:
    """The id of a queue, by the name it began with."""
    return _id("queue", name)


def _id(kind: str, name: Any) -> str:
    return str(uuid5(_SPACE, f"{kind}/{name}"))


def arn(path: str) -> str:
    """The ARN of something in the demo's instance."""
    return f"arn:aws:connect:ap-northeast-1:000000000000:instance/{_id('instance', 'demo')}/{path}"


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def people(day: int) -> Iterator[_Agent]:
    """Everybody who works there on a day."""
    for number in range(_AGENTS + (day > 1)):
        if day > 1 and number == _LEAVER:
            continue
        tokyo = number % 2 == 0
        moved = day > 1 and number == _MOVED
        yield _agent(number, tokyo=tokyo, home=tokyo != moved)


def _agent(number: int, *, tokyo: bool, home: bool) -> _Agent:
    """Agent `number`; `tokyo` gives the language of the name, `home` whether it is Tokyo where they work now."""
    half = number // 2
    place = "Tokyo" if home else "Singapore"
    role = "Senior" if half % 7 == 0 else "Written" if half % 4 == 3 else "Voice"
    if number == _HIRE:
        return _Agent(number, "すばる", "天川", "subaru.amakawa", home, f"{place} {role}")
    if tokyo:
        family, given = _FAMILY_JA[half % 10], _GIVEN_JA[half // 10 % 6]
        return _Agent(number, given[0], family[0], f"{given[1]}.{family[1]}", home, f"{place} {role}")
    name, first = _FAMILY_EN[half % 10], _GIVEN_EN[half // 10 % 6]
    return _Agent(number, first, name, f"{first}.{name}".lower(), home, f"{place} {role}")


def _users(people: list[_Agent]) -> Iterator[tuple[str, str]]:
    """The list in two pages that overlap by one agent, and a describe answer for everybody, one with keys in lower case."""
    listed = [{"Id": one.id, "Arn": arn(f"agent/{one.id}"), "Username": one.username} for one in people]
    yield "users/list-users-1.json", _pretty({"UserSummaryList": listed[:_PAGE], "NextToken": "cGFnZSAy"})
    yield "users/list-users-2.json", _pretty({"UserSummaryList": listed[_PAGE - 1 :]})
    for one in people:
        answer: Mapping[str, Any] = {"User": _user(one)}
        yield f"users/describe/{one.username}.json", _pretty(_small(answer) if one.number == 11 else answer)


def _user(one: _Agent) -> dict[str, Any]:
    person = {"FirstName": one.given, "LastName": one.family}
    if one.number != _WITHOUT_MAIL:
        person["Email"] = f"{one.username}@example.com"
    return {
        "Id": one.id,
        "Arn": arn(f"agent/{one.id}"),
        "Username": one.username,
        "IdentityInfo": person,
        "PhoneConfig": {"PhoneType": "SOFT_PHONE", "AutoAccept": False, "AfterContactWorkTimeLimit": 30, "DeskPhoneNumber": ""},
        "SecurityProfileIds": [_id("security-profile", "agent")],
        "RoutingProfileId": _id("profile", one.profile),
        "HierarchyGroupId": _id("group", _TOKYO if one.tokyo else _SINGAPORE),
        "Tags": {},
    }


def _small(value: Any) -> Any:
    """The same with keys that begin in lower case."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _small(inner) for key, inner in value.items()}
    return value


def _levels(people: list[_Agent], day: int) -> Iterator[tuple[str, str]]:
    """The proficiencies of everybody: one to three skills, one or two languages."""
    for one in people:
        skills = {_SKILLS[(one.number + step) % 5]: 1 + (one.number + 2 * step) % 5 for step in range(1 + one.number % 3)}
        if day > 1 and one.number == _BETTER:
            skills = {name: 5 if name == min(skills) else level for name, level in skills.items()}
        native, other = ("Japanese", "English") if one.number % 2 == 0 else ("English", "Japanese")
        spoken = {native: 5} | ({other: 2 + one.number % 3} if one.number % 4 < 2 else {})
        rows = [("Skill", name, level) for name, level in skills.items()] + [("Language", *pair) for pair in spoken.items()]
        entries = [{"AttributeName": name, "AttributeValue": value, "Level": float(level)} for name, value, level in rows]
        yield f"proficiencies/{one.id}.json", _pretty({"UserProficiencyList": entries})


# ── everything else ──────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(day: int, people: list[_Agent]) -> Iterator[tuple[str, str]]:
    """The list with queues of single agents in it and a comma too many; descriptions come from describe answers."""
    names = [(_RENAMED.get(name, name) if day > 1 else name, name, text) for name, text in _QUEUES]
    standard = [
        {"Id": _id("queue", old), "Arn": arn(f"queue/{_id('queue', old)}"), "Name": name, "QueueType": "STANDARD"}
        for name, old, _ in names
    ]
    single = [{"Id": one.id, "Arn": arn(f"queue/agent/{one.id}"), "QueueType": "AGENT"} for one in people[:3]]
    text = _pretty({"QueueSummaryList": [*single, *standard]})
    yield "queues/list-queues.json", text.replace("    }\n  ]\n", "    },\n  ]\n")
    for name, old, description in names:
        key = _id("queue", old)
        queue = {"Name": name, "QueueArn": arn(f"queue/{key}"), "QueueId": key, "Description": description, "Status": "ENABLED"}
        yield f"queues/describe/{key}.json", _pretty({"Queue": queue})


def _profiles() -> Iterator[tuple[str, str]]:
    """Routing profiles, and their queues once per channel; whose they are stands in the name of the folder."""
    listed = [
        {"Id": _id("profile", name), "Arn": arn(f"routing-profile/{_id('profile', name)}"), "Name": name} for name in _PROFILES
    ]
    yield "routing-profiles/list-routing-profiles.json", _pretty({"RoutingProfileSummaryList": listed})
    for name, queues in _PROFILES.items():
        channels = ("TASK",) if name.endswith("Written") else ("VOICE", "CHAT")
        rows = [_row(_QUEUES[number][0], channel) for number in queues for channel in channels]
        yield f"routing-profiles/{_id('profile', name)}/queues.json", _pretty({"RoutingProfileQueueConfigSummaryList": rows})


def _row(name: str, channel: str) -> dict[str, Any]:
    key = _id("queue", name)
    return {"QueueId": key, "QueueArn": arn(f"queue/{key}"), "QueueName": name, "Priority": 1, "Delay": 0, "Channel": channel}


def _groups() -> Iterator[tuple[str, str]]:
    """The hierarchy: one company, two centres below it."""
    top = {"Id": _id("group", "top"), "Arn": arn(f"agent-group/{_id('group', 'top')}"), "Name": "Paper Lantern Trading (demo)"}
    centres = [
        {"Id": _id("group", name), "Arn": arn(f"agent-group/{_id('group', name)}"), "Name": name} for name in (_TOKYO, _SINGAPORE)
    ]
    yield "hierarchy/list-user-hierarchy-groups.json", _pretty({"UserHierarchyGroupSummaryList": [top, *centres]})
    paths = [(top, {"LevelOne": top}), *((centre, {"LevelOne": top, "LevelTwo": centre}) for centre in centres)]
    for group, path in paths:
        answer = {"HierarchyGroup": {**group, "LevelId": str(len(path)), "HierarchyPath": path}}
        yield f"hierarchy/describe-{group['Id']}.json", _pretty(answer)


def _statuses() -> Iterator[tuple[str, str]]:
    """Agent statuses, with a comment as in printed documentation."""
    listed = [
        {"Id": _id("status", name), "Arn": arn(f"agent-state/{_id('status', name)}"), "Name": name, "Type": kind}
        for name, kind in _STATUSES
    ]
    text = _pretty({"AgentStatusSummaryList": listed})
    yield "agent-statuses/list-agent-statuses.json", text.replace("{\n", "{ // as the console shows them\n", 1)


_MAPPING = f"""\
# yaml-language-server: $schema=../schemas/mapping.v1.json
# What of the export is wanted, and what its values mean in Genesys Cloud.
version: 1

# The second level of the agent hierarchy becomes divisions, under keys that people can read.
division:
  level: 2
  default: home
  keys: {{{_TOKYO}: tokyo, {_SINGAPORE}: singapore}}
  queues: {{"*Tokyo": tokyo, "*": singapore}}

# Names in Japanese put the family name first.
name: "{{{{ fact.name if fact.name.isascii() else fact.family_name ~ ' ' ~ fact.given_name }}}}"

# Used only where the export has no e-mail address.
email: "{{{{ fact.username }}}}@example.com"

# Agent proficiencies become skills; these of them are languages. Levels 1 to 5 mean the same on both sides.
skills:
  languages:
    Japanese: {{key: ja, name: 日本語}}
    English: {{key: en, name: English}}

# Amazon Connect has no wrap-up codes: they are listed here, and say which queues use them.
wrapup_codes:
  items:
    - {{key: resolved, name: Resolved}}
    - {{key: callback, name: Callback agreed}}
    - {{key: forwarded, name: Forwarded}}
    - {{key: sale, name: Sale}}
  queues:
    "*": [resolved, callback, forwarded]
    "Orders*": [sale]

# Which code an agent chose, the contact flow puts into an attribute of the contact.
interactions: {{wrapup_attribute: outcome}}

# Custom agent statuses, by name or id.
secondary_statuses:
  Lunch: {{system_presence: Meal, labels: {{en_US: Lunch, ja: 昼食}}}}
  Short break: {{system_presence: Break, labels: {{en_US: Short break, ja: 小休憩}}}}
  Training: {{system_presence: Training, labels: {{en_US: Training, ja: 研修}}}}
  Team meeting: {{system_presence: Meeting, labels: {{en_US: Team meeting, ja: チーム会議}}}}
"""
