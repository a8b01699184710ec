"""A centre on UCCX with Finesse in front: three agents, three queues by skills and one by group, reasons and wrap-up reasons."""

from __future__ import annotations

UCCX = "https://uccx.invalid/adminapi"


def pair(name: str, kind: str, key: str, called: str) -> str:
    """A reference, as UCCX writes it."""
    return f'<{name} name="{called}"><refURL>{UCCX}/{kind}/{key}</refURL></{name}>'


def competence(skill: str, name: str, level: object) -> str:
    inner = pair("skillNameUriPair", "skill", skill, name)
    return f"<skillCompetency><competencelevel>{level}</competencelevel>{inner}</skillCompetency>"


def resource(login: str, first: str, last: str, skills: str | None, *, group: str = "", team: str = "1") -> str:
    grouped = pair("resourceGroup", "resourceGroup", group, f"Group {group}") if group else ""
    mapped = "" if skills is None else f"<skillMap>{skills}</skillMap>"
    return (
        f"<resource><self>{UCCX}/resource/{login}</self><userID>{login}</userID><firstName>{first}</firstName>"
        f"<lastName>{last}</lastName><extension>9{login}</extension>{grouped}{mapped}<type>1</type>"
        f"{pair('team', 'team', team, 'Tokyo')}</resource>"
    )


def csq(key: str, name: str, pool: str) -> str:
    kind = "RESOURCE_GROUP" if "<resourceGroup>" in pool else "SKILL_GROUP"
    return (
        f"<csq><self>{UCCX}/csq/{key}</self><id>{key}</id><name>{name}</name><queueType>VOICE</queueType>"
        f"<resourcePoolType>{kind}</resourcePoolType><poolSpecificInfo>{pool}</poolSpecificInfo></csq>"
    )


def by_skills(*competences: str) -> str:
    return f"<skillGroup>{''.join(competences)}<selectionCriteria>Longest Available</selectionCriteria></skillGroup>"


def by_group(key: str) -> str:
    return f"<resourceGroup>{pair('resourceGroupNameUriPair', 'resourceGroup', key, f'Group {key}')}</resourceGroup>"


def user(login: str, first: str, last: str, *, roles: str = "<role>Agent</role>", team: str = "1") -> str:
    return (
        f"<User><uri>/finesse/api/User/{login}</uri><loginId>{login}</loginId><loginName>{first.lower()}</loginName>"
        f"<firstName>{first}</firstName><lastName>{last}</lastName><roles>{roles}</roles><teamId>{team}</teamId>"
        f"<teamName>Tokyo</teamName><state>LOGOUT</state></User>"
    )


def reason(key: str, label: str, category: str = "NOT_READY", *, system: bool = False) -> str:
    return (
        f"<ReasonCode><uri>/finesse/api/ReasonCode/{key}</uri><category>{category}</category><code>{key}0</code>"
        f"<label>{label}</label><forAll>true</forAll><systemCode>{str(system).lower()}</systemCode></ReasonCode>"
    )


def queue(key: str, name: str) -> str:
    return f"<Queue><uri>/finesse/api/Queue/{key}</uri><name>{name}</name><statistics/></Queue>"


def export() -> dict[str, str]:
    """The files of an export."""
    people = (
        resource("1001", "Ann", "Lee", competence("1", "Billing", 8) + competence("2", "Japanese", 3)),
        resource("1002", "太郎", "山田", competence("1", "Billing", 3), group="7"),
        resource("1003", "New", "One", ""),
    )
    queues = (
        csq("11", "Billing", by_skills(competence("1", "Billing", 5))),
        csq("12", "Anybody", by_skills(competence("1", "Billing", 1))),
        csq("13", "Japan", by_skills(competence("1", "Billing", 5), competence("2", "Japanese", 3))),
        csq("14", "Night", by_group("7")),
    )
    skills = "".join(
        f"<skill><self>{UCCX}/skill/{key}</self><skillId>{key}</skillId><skillName>{name}</skillName></skill>"
        for key, name in (("1", "Billing"), ("2", "Japanese"))
    )
    team = f"<team><self>{UCCX}/team/1</self><teamId>1</teamId><teamname>Tokyo</teamname></team>"
    wrapups = "".join(
        f"<WrapUpReason><uri>/finesse/api/WrapUpReason/{key}</uri><label>{label}</label><forAll>true</forAll></WrapUpReason>"
        for key, label in (("1", "Sale"), ("2", "No sale"))
    )
    reasons = reason("1", "Lunch") + reason("2", "Gone", "LOGOUT") + reason("3", "Call not answered", system=True)
    return {
        "uccx/resources.xml": f'<?xml version="1.0"?><resources>{"".join(people)}</resources>',
        "uccx/csqs.xml": f"<csqs>{''.join(queues)}</csqs>",
        "uccx/skills.xml": f"<skills>{skills}</skills>",
        "uccx/teams.xml": f"<teams>{team}</teams>",
        "finesse/Users.xml": f"<Users>{user('1001', 'Ann', 'Lee')}</Users>",
        "finesse/ReasonCodes.xml": f'<ReasonCodes category="ALL">{reasons}</ReasonCodes>',
        "finesse/WrapUpReasons.xml": f"<WrapUpReasons>{wrapups}</WrapUpReasons>",
    }


MAPPING = """\
version: 1
email: "{{ fact.key }}@example.com"
division: {level: 1, keys: {Tokyo: tokyo}}
skills: {levels: {"3": 2, "8": 4}, languages: {Japanese: ja}}
wrapup_codes: {queues: {"*": [Sale, No sale]}}
secondary_statuses: {Lunch: {system_presence: Meal}}
"""
COUNTS = {"divisions": 1, "skills": 1, "languages": 1, "wrapup_codes": 2, "secondary_statuses": 1, "users": 3, "queues": 4}
NEVER = ("e-mail addresses", "languages")
