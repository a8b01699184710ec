"""A domain of Five9 by its web services: three users, three skills, agent groups, dispositions, reason codes."""

from __future__ import annotations

from typing import Any


def answer(operation: str, *rows: str) -> str:
    """An answer of the web service."""
    inner = "".join(f"<return>{row}</return>" for row in rows)
    body = f'<ns2:{operation}Response xmlns:ns2="http://service.invalid/v13/">{inner}</ns2:{operation}Response>'
    return f'<env:Envelope xmlns:env="http://schemas.invalid/soap/"><env:Header/><env:Body>{body}</env:Body></env:Envelope>'


def skill_of(key: int, name: str, login: str, level: int) -> str:
    return f"<id>{key}</id><level>{level}</level><skillName>{name}</skillName><userName>{login}</userName>"


def info(key: int, first: str, last: str, *skills: str, groups: tuple[str, ...] = ("Tokyo",), active: bool = True) -> str:
    """A userInfo."""
    login = f"{first.lower()}@example.com"
    general = (
        f"<active>{str(active).lower()}</active><EMail>{login}</EMail><extension>10{key}</extension><firstName>{first}</firstName>"
        f"<fullName>{first} {last}</fullName><id>{key}</id><lastName>{last}</lastName><userName>{login}</userName>"
    )
    named = "".join(f"<agentGroups>{group}</agentGroups>" for group in groups)
    owned = "".join(f"<skills>{skill}</skills>" for skill in skills)
    return (
        f"{named}<generalInfo>{general}</generalInfo><roles><agent><alwaysRecorded>false</alwaysRecorded></agent></roles>{owned}"
    )


def skill(key: int, name: str, description: str = "") -> str:
    return f"<description>{description}</description><id>{key}</id><name>{name}</name>"


def export() -> dict[str, Any]:
    """The files of an export; the reason codes as the supervisor service tells them."""
    billing, japanese = (skill_of(11, "Billing", "ann@example.com", 1), skill_of(12, "Japanese", "ann@example.com", 5))
    dispositions = ("<name>Sale</name><description>Sold</description>", "<name>No sale</name>")
    return {
        "users.xml": answer(
            "getUsersInfo",
            info(1, "Ann", "Lee", billing, japanese),
            info(2, "Bob", "Ray", skill_of(11, "Billing", "bob@example.com", 5)),
            info(3, "Eve", "Fox", groups=()),
            info(4, "Gone", "By", skill_of(11, "Billing", "gone@example.com", 1), active=False),
        ),
        "skills.xml": answer("getSkills", skill(11, "Billing", "Bills"), skill(12, "Japanese"), skill(13, "Night")),
        "groups.xml": answer("getAgentGroups", "<agents>ann@example.com</agents><id>5</id><name>Tokyo</name>"),
        "dispositions.xml": answer("getDispositions", *dispositions),
        "reason-codes.json": [{"id": "0", "name": "None"}, {"id": "21", "name": "Lunch"}],
        "reasons.xml": answer("getReasonCodeByType", "<enabled>true</enabled><name>Home</name><type>Logout</type>"),
    }


MAPPING = """\
version: 1
division: {level: 1, keys: {Tokyo: tokyo}}
skills: {levels: {"1": 5, "5": 3}, languages: {Japanese: ja}}
wrapup_codes: {queues: {Billing: [Sale, No sale]}}
secondary_statuses: {Lunch: {system_presence: Meal}}
"""
COUNTS = {"divisions": 1, "skills": 1, "languages": 1, "wrapup_codes": 2, "secondary_statuses": 1, "users": 3, "queues": 3}
NEVER = ("languages",)
