"""A workspace of TaskRouter as its REST service tells it: three workers, four queues, four activities."""

from __future__ import annotations

import json
from typing import Any

WORKSPACE = "WS00000000000000000000000000000001"
ANN, TARO, NEW = (f"WK{number:032}" for number in (1, 2, 3))
BILLING, ALL, ENGLISH, SENIOR = (f"WQ{number:032}" for number in (1, 2, 3, 4))
LUNCH, OFFLINE, READY, RESERVED = (f"WA{number:032}" for number in (1, 2, 3, 4))
SERVICE = f"https://taskrouter.invalid/v1/Workspaces/{WORKSPACE}"


def worker(sid: str, name: str, attributes: Any, **more: Any) -> dict[str, Any]:
    text = attributes if isinstance(attributes, str) else json.dumps(attributes)
    return {"sid": sid, "friendly_name": name, "workspace_sid": WORKSPACE, "attributes": text, **more}


def task_queue(sid: str, name: str, target: str | None) -> dict[str, Any]:
    return {"sid": sid, "friendly_name": name, "workspace_sid": WORKSPACE, "target_workers": target}


def activity(sid: str, name: str, *, available: bool) -> dict[str, Any]:
    return {"sid": sid, "friendly_name": name, "workspace_sid": WORKSPACE, "available": available}


def listed(name: str, rows: list[Any], page: int = 0, *, more: bool = False) -> dict[str, Any]:
    """A page of a list."""
    url = f"{SERVICE}/{name}"
    following = f"{url}?Page={page + 1}" if more else None
    return {"meta": {"key": name, "page": page, "url": f"{url}?Page={page}", "next_page_url": following}, name: rows}


ANN_HAS = {
    "full_name": "Ann Lee",
    "email": "ann@example.com",
    "roles": ["agent"],
    "languages": ["en"],
    "routing": {"skills": ["billing", "orders"], "levels": {"billing": 3}},
    "senior": True,
}
TARO_HAS = {"full_name": "山田 太郎", "email": "taro@example.com", "roles": ["agent"], "languages": ["ja", "en"]}


def export() -> dict[str, Any]:
    """The files of an export, name → data of JSON."""
    return {
        "workspaces.json": listed("workspaces", [{"sid": WORKSPACE, "friendly_name": "Tokyo"}]),
        "workers.json": listed(
            "workers",
            [
                worker(ANN, "ann", ANN_HAS),
                worker(TARO, "taro", TARO_HAS),
                worker(NEW, "new", {"email": "new@example.com", "roles": ["agent"]}),
            ],
        ),
        "task_queues.json": listed(
            "task_queues",
            [
                task_queue(BILLING, "Billing", "routing.skills HAS 'billing'"),
                task_queue(ALL, "Everybody", "1==1"),
                task_queue(ENGLISH, "English", '(languages HAS "en")'),
                task_queue(SENIOR, "Senior", "senior == true AND routing.levels.billing >= 3"),
            ],
        ),
        "activities.json": listed(
            "activities",
            [
                activity(LUNCH, "Lunch", available=False),
                activity(OFFLINE, "Offline", available=False),
                activity(READY, "Available", available=True),
                activity(RESERVED, "Reserved", available=False),
            ],
        ),
    }


MAPPING = """\
version: 1
scope: {users: "'agent' in fact.attributes.roles"}
division: {level: 1, keys: {Tokyo: tokyo}}
skills: {unrated: 2, levels: {"3": 4}}
wrapup_codes: {items: [{key: sale, name: Sale}], queues: {"*": [sale]}}
secondary_statuses: {Lunch: {system_presence: Meal}, Reserved: null}
"""

COUNTS = {
    "divisions": 1,
    "skills": 2,
    "languages": 2,
    "wrapup_codes": 1,
    "secondary_statuses": 1,
    "users": 3,
    "queues": 4,
}
NEVER = ("wrap-up codes",)
