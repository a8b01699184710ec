from typing import Any

import pytest
from sources.reading import Told

XML = """\
<ConfData>
  <CfgSkill><DBID value="11"/><tenantDBID value="1"/><name value="Billing"/><state value="1"/></CfgSkill>
  <CfgSkill><DBID value="12"/><tenantDBID value="1"/><name value="Japanese"/><state value="1"/></CfgSkill>
  <CfgTenant><DBID value="1"/><name value="ACME"/></CfgTenant>
  <CfgAgentLogin><DBID value="31"/><loginCode value="5001"/></CfgAgentLogin>
  <CfgPerson>
    <DBID value="101"/><tenantDBID value="1"/><lastName value="Lee"/><firstName value="Ann"/>
    <employeeID value="E1"/><userName value="ann"/><isAgent value="2"/><state value="1"/>
    <emailAddress value="ann@example.com"/>
    <CfgAgentInfo>
      <skillLevels>
        <CfgSkillLevel><skillDBID value="11"/><level value="7"/></CfgSkillLevel>
        <CfgSkillLevel><skillDBID value="12"/><level value="2"/></CfgSkillLevel>
      </skillLevels>
      <agentLogins><CfgAgentLoginInfo><agentLoginDBID value="31"/><wrapupTime value="0"/></CfgAgentLoginInfo></agentLogins>
    </CfgAgentInfo>
  </CfgPerson>
  <CfgPerson>
    <DBID value="102"/><lastName value="Ray"/><firstName value="Bob"/><employeeID value="E2"/><userName value="bob"/>
    <isAgent value="2"/><state value="2"/>
    <CfgAgentInfo>
      <skillLevels><CfgSkillLevel><skillDBID value="11"/><level value="3"/></CfgSkillLevel></skillLevels>
    </CfgAgentInfo>
  </CfgPerson>
  <CfgPerson><DBID value="103"/><employeeID value="E3"/><userName value="boss"/><isAgent value="1"/><state value="1"/></CfgPerson>
  <CfgDN><DBID value="201"/><switchDBID value="9"/><type value="5"/><number value="VQ_Billing"/><name value="vqb"/></CfgDN>
  <CfgDN><DBID value="202"/><switchDBID value="9"/><type value="3"/><number value="7000"/><state value="1"/></CfgDN>
  <CfgDN><DBID value="203"/><switchDBID value="9"/><type value="4"/><number value="8000"/><state value="1"/></CfgDN>
  <CfgDN><DBID value="204"/><switchDBID value="9"/><type value="5"/><number value="VQ_Old"/><state value="3"/></CfgDN>
  <CfgAgentGroup>
    <CfgGroup>
      <DBID value="301"/><name value="First"/><routeDNDBIDs><DBID value="201"/><DBID value="203"/></routeDNDBIDs>
    </CfgGroup>
    <agentDBIDs><DBID value="101"/><DBID value="103"/></agentDBIDs>
  </CfgAgentGroup>
  <CfgAgentGroup>
    <CfgGroup>
      <DBID value="302"/><name value="Experts"/><routeDNDBIDs><DBID value="202"/></routeDNDBIDs><state value="1"/>
      <userProperties><list_pair key="virtual">
        <str_pair key="script" value="Skill(&quot;Billing&quot;) &gt;= 3 &amp; SkillExists(&quot;Billing&quot;)"/>
      </list_pair></userProperties>
    </CfgGroup>
  </CfgAgentGroup>
  <CfgActionCode><DBID value="401"/><name value="Lunch"/><type value="9"/><code value="10"/><state value="1"/></CfgActionCode>
  <CfgActionCode><DBID value="402"/><name value="Login"/><type value="6"/><code value="11"/><state value="1"/></CfgActionCode>
  <CfgActionCode>
    <DBID value="403"/><name value="Notes"/><type value="9"/><code value="12"/><state value="1"/>
    <userProperties><list_pair key="htcc"><str_pair key="workmode" value="AfterCallWork"/></list_pair></userProperties>
  </CfgActionCode>
  <CfgEnumerator><DBID value="501"/><name value="DispositionCode"/></CfgEnumerator>
  <CfgEnumeratorValue>
    <DBID value="511"/><enumeratorDBID value="501"/><name value="sale"/><displayName value="Sale"/>
  </CfgEnumeratorValue>
  <CfgEnumeratorValue><DBID value="512"/><enumeratorDBID value="502"/><name value="voice"/></CfgEnumeratorValue>
</ConfData>
"""


def told(files: Any, mapping: Any = None) -> Told:
    return Told("genesys-engage", files if isinstance(files, dict) else {"cfg.xml": files}, mapping)


def test_agents_bring_names_skills_and_logins() -> None:
    found = told(XML)

    assert found.problems == []
    assert found.fields("user/E1") == {
        "given_name": "Ann", "family_name": "Lee", "username": "ann", "name": "Ann Lee", "email": "ann@example.com",
        "employee_id": "E1", "dbid": "101", "active": True, "tenant": "ACME", "skills": {"Billing": "7", "Japanese": "2"},
        "logins": ("5001",),
    }  # fmt: skip
    assert found.fields("user/E2")["active"] is False


def test_persons_who_are_no_agents_are_left_out() -> None:
    found = told(XML)

    assert found.keys("user") == ["E1", "E2"]
    assert "users: 1 persons are no agents, left out" in found.notes


def test_virtual_and_acd_queues_become_queues() -> None:
    found = told(XML)

    assert found.keys("queue") == ["7000@9", "VQ_Billing@9"]
    assert found.fields("queue/VQ_Billing@9") == {
        "name": "VQ_Billing", "type": "virtual_queue", "dbid": "201", "active": True, "alias": "vqb",
        "members": ("E1",), "why": {"E1": "First"},
    }  # fmt: skip


def test_a_virtual_group_holds_those_who_fit_its_expression() -> None:
    assert told(XML).fields("queue/7000@9")["why"] == {"E1": "Experts", "E2": "Experts"}


def test_the_mapping_may_lead_a_group_to_a_queue() -> None:
    text = XML.replace('<routeDNDBIDs><DBID value="202"/></routeDNDBIDs>', "")

    alone, led = told(text), told(text, {"agent_groups": {"Experts": "7000"}})

    assert "members" not in alone.fields("queue/7000@9")
    assert "members of 7000: no group of agents is exported for them" in " ".join(alone.notes)
    assert led.fields("queue/7000@9")["members"] == ("E1", "E2")


def test_a_group_or_queue_that_is_not_there_is_told() -> None:
    problems = told(XML, {"agent_groups": {"Experts": "none", "Ghosts": "7000"}}).problems

    assert (
        problems[0] == "mapping.yaml mapping: warning: agent_groups: 'Ghosts' is no group of the export; mend or remove the line"
    )
    assert problems[1].startswith("cfg.xml queue/none: agent_groups of mapping.yaml leads 'Experts' to it, but it is not in the")


def test_an_expression_that_asks_for_the_moment_is_a_warning() -> None:
    found = told(XML.replace("SkillExists(&quot;Billing&quot;)", "LoggedIn(&quot;SIP&quot;)"))

    assert found.problems[0].startswith('cfg.xml group/Experts: warning: virtual group \'Skill("Billing") >= 3 & LoggedIn')
    assert "members" not in found.fields("queue/7000@9")


def test_reasons_and_dispositions_are_read() -> None:
    found = told(XML)

    assert found.keys("secondary_status") == ["10"]
    assert found.fields("secondary_status/10") == {"name": "Lunch"}
    assert "secondary_statuses: Notes is work after a call, left out" in found.notes
    assert found.keys("wrapup_code") == ["sale"]
    assert found.fields("wrapup_code/sale") == {"name": "Sale"}


JSON = {
    "agents.json": {
        "statusCode": 0,
        "agents": [
            {"DBID": 101, "firstName": "Ann", "lastName": "Lee", "employeeId": "E1", "userName": "ann",
             "skills": [{"DBID": 11, "level": 7}]},
        ],
    },
    "skills.json": {"skills": [{"DBID": 11, "name": "Billing"}]},
    "agent-groups.json": [
        {"DBID": 301, "name": "First", "agentDBIDs": [101], "originDNDBIDs": [201]},
        {"DBID": 302, "name": "All", "settings": {"virtual": {"script": 'Skill("Billing")>9'}}, "originDNDBIDs": [202]},
    ],
    "dns.json": [
        {"DBID": 201, "number": "VQ_Billing", "type": "VirtualQueue", "switchName": "SIP"},
        {"DBID": 202, "number": "VQ_None", "type": "CFGVirtACDQueue", "switchName": "SIP"},
    ],
    "action-codes.json": [{"name": "Lunch", "code": "L", "type": "NotReady"}],
    "business-attributes.json": [
        {"name": "DispositionCode", "values": [{"name": "sale", "displayName": "Sale", "id": 1}]},
        {"name": "Reach", "values": [{"name": "sale", "displayName": "Other", "id": 1}]},
    ],
}  # fmt: skip


def test_json_says_the_same() -> None:
    found = told(JSON)

    assert found.problems == []
    assert found.fields("user/E1")["skills"] == {"Billing": "7"}
    assert found.fields("queue/VQ_Billing@SIP")["members"] == ("E1",)
    assert found.fields("queue/VQ_None@SIP")["members"] == ()
    assert found.keys("secondary_status") == ["L"]
    assert found.fields("wrapup_code/sale")["name"] == "Sale"


def test_json_may_keep_the_structure_of_the_objects() -> None:
    group = {"CfgAgentGroup": [{"CfgGroup": {"DBID": 301, "name": "First", "routeDNDBIDs": [201]}, "agentDBIDs": [101]}]}
    found = told({**JSON, "agent-groups.json": group})

    assert found.problems == []
    assert found.fields("queue/VQ_Billing@SIP")["members"] == ("E1",)


def test_another_attribute_may_hold_the_codes() -> None:
    found = told(JSON, {"interactions": {"wrapup_attribute": "Reach"}})

    assert found.fields("wrapup_code/sale")["name"] == "Other"


def test_yaml_says_the_same() -> None:
    found = told({
        "agents.yaml": "Ann:\n  DBID: 101\n  firstName: Ann\n  lastName: Lee\n  employeeId: E1\n  userName: ann\n",
        "action-codes.yaml": "- {name: Notes, code: N, type: NotReady, userProperties: [{htcc: [{workmode: AfterCallWork}]}]}\n",
    })  # fmt: skip

    assert found.problems == []
    assert found.fields("user/E1")["name"] == "Ann Lee"
    assert "skills" not in found.fields("user/E1")
    assert found.keys("secondary_status") == []


def test_tables_of_the_configuration_database_say_the_same() -> None:
    found = told({
        "cfg_person.csv": "dbid,employee_id,user_name,first_name,last_name,is_agent,state\n101,007,ann,Ann,Lee,2,1\n",
        "CfgPerson.csv": "dbid,employee_id,user_name,first_name,last_name,is_agent,state\n101,007,ann,Ann,Lee,2,1\n",
        "CfgSkill.csv": "dbid,name,state\n11,Billing,1\n",
        "skill_level.csv": "person_dbid,skill_dbid,level\n101,11,4\n",
        "CfgAgentGroup.csv": 'dbid,name,route_dn_dbids\n301,First,"201,202"\n',
        "group_agent.csv": "group_dbid,agent_dbid\n301,101\n",
        "CfgDN.csv": "dbid,number,type,switch_dbid\n201,VQ,5,9\n202,VQ2,5,9\n",
    })  # fmt: skip

    assert found.problems == []
    assert found.fields("user/007")["skills"] == {"Billing": "4"}
    assert found.fields("queue/VQ@9")["members"] == found.fields("queue/VQ2@9")["members"] == ("007",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('<employeeID value="E1"/>', "", "user/101: a person without an employee ID"),
        ('"E2"', '"E1"', "user/E1: this employee ID stands in cfg.xml too"),
        ('<skillDBID value="12"/>', '<skillDBID value="99"/>', "user/E1: skill 99 is not in the export"),
        ('<skillDBID value="12"/>', '<skillDBID value="11"/>', "user/E1: skill 'Billing' stands twice, at 7 and 2"),
        ('<agentDBIDs><DBID value="101"/>', '<agentDBIDs><DBID value="199"/>', "group/First: agent 199 is not in the export"),
        ('<CfgPerson><DBID value="103"/>', '<CfgPerson><DBID value="102"/>', "person/102: employeeid is not what cfg.xml says"),
        ('<DBID value="11"/><tenantDBID value="1"/><name value="Billing"/>', "", "skill: an object without DBID and name"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_a_problem(old: str, new: str, problem: str) -> None:
    assert old in XML

    assert any(one.startswith(f"cfg.xml {problem}") for one in told(XML.replace(old, new)).problems)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, "a.xml:1:13: a document type or entity"),
        ({"a.xml": "<x>"}, "a.xml:1:4: not XML"),
        ({"a.xml": "<x>" * 200 + "</x>" * 200}, "a.xml:1:304: nested deeper than 100 levels"),
        ({"agents.json": "[" * 5000}, "agents.json:1:101: nested deeper than 100 levels"),
        ({"agents.yaml": "a: &x [1]\nb: *x\n"}, "agents.yaml:1"),
    ],
)
def test_hostile_files_are_problems(files: Any, problem: str) -> None:
    assert told(files).problems[0].startswith(problem)


def test_files_without_objects_are_noted() -> None:
    found = told({"readme.txt": "x", "other.json": [{"name": "x"}]})

    assert [note.partition(":")[0] for note in found.notes] == ["other.json", "readme.txt"]
