"""A morning of the demo's agents, as the agent event stream of Amazon Connect tells it: invented, the same every time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from reconciler.demo import export

START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # nine o'clock in Tokyo
_SPACE = UUID("5b0d1f0e-6d0c-4a4e-9a55-3d2f0c1d7e10")
_BREAKS = ("Lunch", "Short break", "Training", "Team meeting")
_AVAILABLE, _OFFLINE = ("Available", "ROUTABLE"), ("Offline", "OFFLINE")


def write(folder: Path) -> int:
    """Writes the events into `agent-events.ndjson` below `folder`, in the order they happen; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    events = sorted((event for one in export.people(2) for event in _morning(one.number, one.id)), key=_when)
    text = "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in events)
    (folder / "agent-events.ndjson").write_text(text, encoding="utf-8")
    return len(events)


def _when(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["EventTimestamp"], event["EventId"]


def _morning(number: int, agent: str) -> Iterator[dict[str, Any]]:
    """Logs in, takes two calls, has a pause of one kind or another, comes back; every tenth goes home early."""
    at = START + timedelta(seconds=number * 7)
    pause = _BREAKS[number % 4]
    ringing, talking, done = ({"State": state, "InitiationMethod": "INBOUND"} for state in ("CONNECTING", "CONNECTED", "ENDED"))
    steps: list[tuple[str, int, tuple[str, str], list[dict[str, str]]]] = [
        ("LOGIN", 0, _AVAILABLE, []),
        ("STATE_CHANGE", 300, _AVAILABLE, [ringing]),
        ("STATE_CHANGE", 312, _AVAILABLE, [talking]),
        ("STATE_CHANGE", 560, _AVAILABLE, [done]),
        ("STATE_CHANGE", 600, _AVAILABLE, []),
        ("HEART_BEAT", 720, _AVAILABLE, []),
        ("STATE_CHANGE", 3600, (pause, "CUSTOM"), []),
        ("STATE_CHANGE", 5400, _AVAILABLE, []),
        ("STATE_CHANGE", 6000, _AVAILABLE, [talking]),
    ]
    if number % 10 == 0:
        steps += [("STATE_CHANGE", 6300, _OFFLINE, []), ("LOGOUT", 6301, _OFFLINE, [])]
    for place, (kind, seconds, status, contacts) in enumerate(steps):
        yield _event(agent, place, kind, (at + timedelta(seconds=seconds), status, contacts))


def _event(agent: str, place: int, kind: str, what: tuple[datetime, tuple[str, str], list[dict[str, str]]]) -> dict[str, Any]:
    at, (name, type_), contacts = what
    state = {"ARN": export.arn(f"agent-state/{export.status_id(name)}"), "Name": name, "Type": type_}
    return {
        "EventId": str(uuid5(_SPACE, f"{agent}/{place}")),
        "EventType": kind,
        "EventTimestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "AgentARN": export.arn(f"agent/{agent}"),
        "CurrentAgentSnapshot": {
            "AgentStatus": {**state, "StartTimestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")},
            "NextAgentStatus": None,
            "Contacts": [{"ContactId": str(uuid5(_SPACE, f"{agent}/{place}/{one['State']}")), **one} for one in contacts],
        },
    }
