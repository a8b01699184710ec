"""From an export of a platform's configuration files over manifests into an organisation, until nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from flow.centre import Centre
from formats.workbook import sheet, texts, workbook

from reconciler.pipeline.render import Rendered, render


class Export(NamedTuple):
    """An export of a platform, its mapping, and what the manifests hold."""

    platform: str
    files: Mapping[str, Any]
    mapping: str
    counts: Mapping[str, int]


ASTERISK = Export(
    "asterisk",
    {
        "queues.conf": "[voice](!)\nmember => PJSIP/9,2,Chief\n[orders](voice)\n[billing](voice)\nmember => SIP/1,0,山田 太郎\n",
        "pause_reasons.txt": "Lunch\n",
    },
    'email: "a{{ fact.username }}@example.com"\nsecondary_statuses: {Lunch: {system_presence: Meal}}\n',
    {"users": 2, "queues": 2, "secondary_statuses": 1},
)

ENGAGE = Export(
    "genesys-engage",
    {
        "persons.xml": "<ConfData><CfgPerson><DBID value='101'/><firstName value='Ann'/><lastName value='Lee'/>"
        "<employeeID value='E1'/><userName value='ann'/><isAgent value='2'/><CfgAgentInfo><skillLevels><CfgSkillLevel>"
        "<skillDBID value='11'/><level value='7'/></CfgSkillLevel></skillLevels></CfgAgentInfo></CfgPerson></ConfData>",
        "skills.json": [{"DBID": 11, "name": "Billing"}, {"DBID": 12, "name": "Japanese"}],
        "agent-groups.json": [{"DBID": 301, "name": "First", "options": {"virtual": {"script": 'Skill("Billing") > 5'}}}],
        "CfgDN.csv": "dbid,number,type,switch_dbid\n201,VQ_Billing,5,9\n202,7000,3,9\n",
        "action-codes.json": [{"name": "Lunch", "code": "L", "type": "NotReady"}],
        "business-attributes.json": [{"name": "DispositionCode", "values": [{"name": "sale", "displayName": "Sale"}]}],
    },
    'email: "{{ fact.username }}@example.com"\nagent_groups: {First: VQ_Billing}\n'
    'skills: {levels: {"7": 4}, languages: {Japanese: ja}}\n'
    'wrapup_codes: {queues: {"VQ_*": [sale]}}\nsecondary_statuses: {Lunch: {system_presence: Meal}}\n'
    "scope: {queues: \"fact.type == 'virtual_queue'\"}\n",
    {"users": 1, "queues": 1, "skills": 1, "secondary_statuses": 1, "wrapup_codes": 1},
)

SALESFORCE = Export(
    "salesforce",
    {
        "users.json": {
            "done": True,
            "records": [
                {"Id": "005A0000001AnnAIAS", "Username": "ann", "Name": "Ann Lee", "Email": "ann@example.com", "IsActive": True},
                {"Id": "005A0000001BobAIAS", "Username": "bob", "Name": "Bob Ray", "Email": "bob@example.com", "IsActive": True},
            ],
        },
        "Group.csv": "Id,Name,Type\n00GA0000001Sup1MAC,Support,Queue\n00GA0000001Pub1MAC,All,Regular\n",
        "GroupMember.csv": "GroupId,UserOrGroupId\n00GA0000001Sup1,00GA0000001Pub1\n00GA0000001Pub1,005A0000001AnnA\n",
        "ServiceResource.csv": "Id,RelatedRecordId,ResourceType\n0HnA0000001Res1,005A0000001BobA,A\n",
        "Skill.csv": "Id,DeveloperName,MasterLabel\n0C5A0000001Bil1,Billing,Billing and Tax\n",
        "ServiceResourceSkill.csv": "ServiceResourceId,SkillId,SkillLevel\n0HnA0000001Res1,0C5A0000001Bil1,7.0\n",
        "Away.servicePresenceStatus-meta.xml": "<ServicePresenceStatus><label>Away</label></ServicePresenceStatus>",
    },
    'skills: {levels: {"7": 4}}\nsecondary_statuses: {Away: {system_presence: Away}}\n',
    {"users": 2, "queues": 1, "skills": 1, "secondary_statuses": 1},
)
TABULAR = Export(
    "tabular",
    {
        "centre.xlsx": workbook(
            {
                "Staff": sheet(
                    texts("Id", "Name", "Mail", "Skills") + texts("007", "山田 太郎", "y@example.com", "billing=4", row=2)
                ),
                "Queues": sheet(texts("Id", "Who") + texts("q1", "007", row=2)),
            }
        )
    },
    "columns:\n"
    "  users: {file: centre.xlsx, sheet: Staff, key: Id, name: Name, email: Mail, skills: {column: Skills, level: '='}}\n"
    "  queues: {file: centre.xlsx, sheet: Queues, key: Id, members: Who}\n"
    "skills: {levels: {'4': 4}}\n",
    {"users": 1, "queues": 1, "skills": 1},
)


def rendered(centre: Centre, export: Export) -> Rendered:
    for name, content in export.files.items():
        path = centre.root / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    mapping = centre.root / "mapping"
    mapping.mkdir()
    (mapping / "mapping.yaml").write_text(export.mapping, encoding="utf-8")
    return render(
        export=centre.root / "export",
        mapping=mapping,
        manifests=centre.root / "manifests",
        platform=export.platform,
        source="acme",
    )


@pytest.mark.parametrize("export", [ASTERISK, ENGAGE, SALESFORCE, TABULAR], ids=lambda export: export.platform)
def test_an_export_is_applied_until_the_plan_is_empty(centre: Centre, export: Export) -> None:
    done = rendered(centre, export)

    applied = centre.apply()
    again = centre.plan()

    assert dict(done.counts) == dict(export.counts)
    assert done.warnings == ()
    assert applied.exit_code == 0, [one.note for one in applied.outcomes if one.note]
    assert len(applied.outcomes) >= sum(export.counts.values())
    assert not again.changes
    assert again.unchanged == sum(export.counts.values()) + 2  # the presence source and the external source
