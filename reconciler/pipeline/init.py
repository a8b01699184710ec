"""`init`: the skeleton of a user's repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.pipeline import callers
from reconciler.pipeline.schemas import schemas

SETTINGS = """\
# yaml-language-server: $schema=schemas/reconciler.v1.json
# Every setting and its default: `reconciler schema reconciler`. Credentials come from the environment only:
# GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET.
version: 1
organization:
  region: {region}
  # id: "…"                      # another organisation is refused
source:
  platform: {platform}
  name: {name}                   # authority of the keys; do not change it later
  time_zone: {zone}
manifests: manifests
ledger: sqlite:///.reconciler/ledger.db
guards:
  prune: []                      # kinds whose unnamed objects are removed: none
  max_removals: 25
  max_removals_percent: 10
# runners:                       # what happens all day: reconciler run status, interactions or recordings
#   status: {{feeds: [feeds]}}     # files or folders that grow
#   interactions: {{feeds: [feeds]}}
#   recordings:
#     from: recordings           # a folder, or s3://, sftp://, webdav://, az://, gs://
#     {named}
#     transcode: true            # two mono files of one call become one stereo file
"""

NAMED = "index: index.csv           # its columns: file, conversation, start"
PATTERNS = {
    "amazon-connect": "pattern: amazon-connect    # transfers need `index` too: the folder of contact records",
    "asterisk": "pattern: asterisk          # or an index that names files and conversations",
}
"""Platform → how the example finds the conversation of a recording, where its file names tell it."""

COLUMNS = """\
# Which file (CSV, XLSX or JSON) and which columns hold what. Several values in one cell: name the separator.
columns:
  users:
    file: "agents*.csv"
    key: Agent ID
    name: Name
    email: Mail
    skills: {column: Skills, separator: ";"}
  queues:
    file: "queues*.csv"
    key: Queue ID
    name: Name
"""

MAPPING = """\
# yaml-language-server: $schema=../schemas/mapping.v1.json
# What is in scope, and which native value means what. A value nobody mapped is a problem with a place, never a guess.
version: 1
{columns}# scope: {{users: "fact.active", queues: "not fact.name.startswith('TEST')"}}
division: {{default: home}}
# skills: {{unrated: 3, levels: {{"1": 1, "5": 5}}, languages: {{Japanese: ja}}}}
# email: "{{{{ fact.username }}}}@example.com"
# wrapup_codes: {{items: [{{key: sale, name: Sale}}], queues: {{"*": [sale]}}}}
# secondary_statuses: {{"NATIVE-ID": {{system_presence: Meal, labels: {{en_US: Lunch}}}}}}
"""

ASTERISK = """\
# export: queues.conf, agents.conf and what they include, or the tables queues and queue_members as CSV, JSON or SQL.
# Asterisk knows no e-mail addresses, no skills and no wrap-up codes: make or list them here.
# email: "{{ fact.username }}@example.com"
# agents: {PJSIP/1001: "1001"}                             # one key for all the names that an agent has
# secondary_statuses: {Lunch: {system_presence: Meal}}     # reasons of pauses
"""

CISCO = """\
# Finesse and UCCX know no e-mail addresses. Competence levels go from 1 to 10; reasons go by id or label; teams are the divisions
# of level 1.
# email: "{{ fact.username }}@example.com"
# skills: {levels: {"1": 0.5, "5": 2.5, "10": 5}, languages: {Japanese: ja}}
# wrapup_codes: {queues: {"*": [Sale]}}     # labels of wrap-up reasons
# secondary_statuses: {Lunch: {system_presence: Meal}}
"""

TWILIO = """\
# Expressions see the attributes of workers, such as fact.attributes.roles. Levels of skills are your own scale, languages have
# none; activities that take no work are named, but for Offline; workspaces are the divisions of level 1.
# scope: {users: "'agent' in fact.attributes.roles"}
# skills: {unrated: 3, levels: {"1": 1, "2": 3, "3": 5}}
# secondary_statuses: {Lunch: {system_presence: Meal}, Reserved: null}
"""

ENGAGE = """\
# export: objects of Configuration Server as XML, JSON, YAML or CSV: persons, skills, agent groups, DNs, action codes, attributes.
# scope: {queues: "fact.type == 'virtual_queue'"}         # or acd_queue, routing_queue
# agent_groups: {Billing Agents: [VQ_Billing]}            # where groups name no DNs that calls come from
# agents: {"5001": E1}                                    # what the feeds call an agent, such as the login, to the employee ID
# secondary_statuses: {Lunch: {system_presence: Meal}}    # action codes of type NotReady
"""

NICE_CXONE = """\
# A skill of CXone becomes a queue, and a skill too where `skills` says what proficiencies mean: 1 is the best, 20 the last.
# scope: {queues: "fact.active", users: "fact.active"}
# skills: {levels: {"1": 5, "10": 3, "20": 1}, languages: {Japanese: ja}}
# secondary_statuses: {Lunch: {system_presence: Meal}}     # unavailable codes, by name or id
# Teams are the divisions of level 1.
"""

FIVE9 = """\
# A skill of Five9 becomes a queue, and a skill too where `skills` says what levels mean: 1 is the highest, 10 the lowest.
# scope: {users: "'agent' in fact.roles and fact.active"}
# skills: {levels: {"1": 5, "5": 3, "10": 1}, languages: {Japanese: ja}}
# wrapup_codes: {queues: {"*": [Sale]}}     # dispositions, by name
# secondary_statuses: {Lunch: {system_presence: Meal}}     # reason codes, by name or id
# Agent groups are the divisions of level 1.
"""

SALESFORCE = """\
# export: answers of queries as JSON, or CSV named for its object: User, UserRole, ServiceResource, Skill, ServiceResourceSkill,
# Group, GroupMember, ServicePresenceStatus, ServiceChannelStatus, PresenceUserConfigUser.
# scope: {queues: "fact.routed"}                          # only queues that Omni-Channel routes from
# division: {field: role}                                 # or department, business_division
# skills: {unrated: 3, levels: {"1": 1, "5": 3, "10": 5}, languages: {Japanese: ja}}      # by developer name
# secondary_statuses: {On_Break: {system_presence: Break}, Available_Chat: null}
"""

HINTS = {
    "amazon-connect": "",
    "asterisk": ASTERISK,
    "cisco": CISCO,
    "genesys-engage": ENGAGE,
    "five9": FIVE9,
    "nice-cxone": NICE_CXONE,
    "salesforce": SALESFORCE,
    "tabular": COLUMNS,
    "twilio": TWILIO,
}
"""Platform → what its mapping.yaml says first; the platforms a skeleton can be written for."""

IGNORED = """\
.reconciler/
plan.json
"""


@dataclass(frozen=True, slots=True)
class Started:
    """Paths that were written, and paths that were there already and kept."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def init(folder: Path, platform: str, name: str, region: str, *, zone: str = "UTC") -> Started:
    """Writes what is missing of a repository. Raises `UsageError` where the name is no authority or the region no word."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise UsageError(f"{name!r} cannot name a source: use a-z, 0-9 and hyphens, at most 40 characters")
    if not re.fullmatch(r"[a-z0-9_.-]*", region):
        raise UsageError(f"{region!r} is no region: write for example ap-northeast-1")
    texts = {
        "reconciler.yaml": SETTINGS.format(
            region=region or '""', platform=platform, name=name, zone=zone, named=PATTERNS.get(platform, NAMED)
        ),
        "mapping/mapping.yaml": MAPPING.format(columns=HINTS[platform]),
        "export/.gitkeep": "",
        "manifests/.gitkeep": "",
        ".gitignore": IGNORED,
        callers.PATH: callers.callers(callers.origin()),
        **{f"schemas/{file}": text for file, text in schemas().items()},  # what the first lines of the files above point to
    }
    fresh = {path: text for path, text in texts.items() if not (folder / path).exists()}
    for path, text in fresh.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return Started(tuple(fresh), tuple(path for path in texts if path not in fresh))
