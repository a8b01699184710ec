"""A business unit of CXone by its Admin API: three agents, two skills, dispositions, unavailable codes, a team."""

from __future__ import annotations

from typing import Any


def agent(key: int, first: str, last: str, **more: Any) -> dict[str, Any]:
    mail = f"{first.lower()}@example.com"
    person = {"agentId": key, "userName": mail, "firstName": first, "lastName": last, "emailAddress": mail}
    return {**person, "isActive": True, "teamId": 5, "teamName": "Tokyo", "reportToId": 0, **more}


def skill(key: int, name: str, **more: Any) -> dict[str, Any]:
    return {"skillId": key, "skillName": name, "mediaTypeName": "Phone Call", "isActive": True, "notes": "", **more}


def assignment(agent_id: int, skill_id: int, proficiency: int, **more: Any) -> dict[str, Any]:
    row = {"agentId": agent_id, "skillId": skill_id, "agentProficiencyValue": proficiency}
    return {**row, "agentProficiencyName": "x", "isActive": True, **more}


def disposition(key: int, name: str) -> dict[str, Any]:
    return {"dispositionId": str(key), "dispositionName": name, "systemOutcome": ""}


def reason(key: int, name: str, *, acw: bool = False, active: bool = True) -> dict[str, Any]:
    return {"outStateId": key, "outStateName": name, "isAcw": acw, "isActive": active}


def export() -> dict[str, Any]:
    """The files of an export, name → data of JSON; as the API mixes them, keys in two cases and values as text or not."""
    ann = {name[0].upper() + name[1:]: value for name, value in agent(1, "Ann", "Lee").items()}
    agents = [ann, agent(2, "Bob", "Ray", reportToId=1), agent(3, "Eve", "Fox"), agent(4, "Gone", "By", isActive="False")]
    codes = [disposition(8, "Sale"), disposition(9, "No sale")]
    return {
        "agents.json": {"totalRecords": 4, "_links": {"self": "x", "next": ""}, "agents": agents},
        "skills.json": {"skills": [skill(11, "Billing"), skill(12, "Japanese", notes="Calls from Japan")]},
        "agents-skills.json": {
            "totalRecords": "4",
            "agentSkillAssignments": [
                assignment(1, 11, 1),
                assignment(1, 12, 3),
                assignment(2, 11, 3),
                assignment(4, 11, 1, isActive=False),
            ],
        },
        "dispositions-11.json": {"skillDispositions": {"skillId": "11", "skillName": "Billing", "dispositions": codes}},
        "codes.json": {"unavailableCodes": [reason(21, "Lunch"), reason(22, "Wrap", acw=True), reason(23, "Old", active=False)]},
        "teams.json": {"teams": [{"teamId": 5, "teamName": "Tokyo", "isActive": True}]},
    }


MAPPING = """\
version: 1
division: {level: 1, keys: {Tokyo: tokyo}}
skills: {levels: {"1": 5, "3": 4}, languages: {Japanese: ja}}
secondary_statuses: {Lunch: {system_presence: Meal}}
"""
COUNTS = {"divisions": 1, "skills": 1, "languages": 1, "wrapup_codes": 2, "secondary_statuses": 1, "users": 3, "queues": 2}
NEVER = ("languages",)
