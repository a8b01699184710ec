"""A handful of calls of the demo's third day, as contact records of Amazon Connect: invented, the same every time.

One customer is handed from billing to technical support: that one is explained. Another gives up in the queue, an agent asks a
colleague, one calls a customer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from reconciler.demo import export
from reconciler.demo.day import START

_SPACE = UUID("0c8a2f5e-3b1d-4d0a-9a77-61f3e2d4b9c5")
_OURS = "+81350000100"
_BILLING, _TECHNICAL = "Billing Tokyo", "Technical Support Tokyo"


def write(folder: Path) -> int:
    """Writes the records into `contacts.ndjson` below `folder`, in the order they come; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    records = sorted(_records(), key=lambda one: (one["LastUpdateTimestamp"], one["ContactId"]))
    text = "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)
    (folder / "contacts.ndjson").write_text(text, encoding="utf-8")
    return len(records)


def contact_id(name: str) -> str:
    """The id of a contact by what it is called here; `handed over` is the call that is explained."""
    return str(uuid5(_SPACE, name))


def _records() -> Iterator[dict[str, Any]]:
    yield from _handed_over()
    yield _record(
        "simple", (1200, 1470), "+815000000102", Queue=_queue(_BILLING, 1212), Agent=_agent(12, 1220, (1470, 1495), "resolved")
    )
    yield _record("given up", (1500, 1580), "+815000000103", Queue=_queue(_TECHNICAL, 1514), Agent=None)
    yield from _asked()
    yield _record(
        "called back",
        (3000, 3150),
        "+815000000105",
        InitiationMethod="OUTBOUND",
        ConnectedToSystemTimestamp=_stamp(3009),
        Agent=_agent(16, 3009, (3150, 3170), "callback"),
        DisconnectReason="AGENT_DISCONNECT",
    )


def _handed_over() -> Iterator[dict[str, Any]]:
    """Billing puts the customer on hold, reaches technical support, introduces them, and leaves."""
    first, then = contact_id("handed over"), contact_id("handed over, technical support")
    yield _record(
        "handed over",
        (600, 815),
        "+815000000101",
        NextContactId=then,
        Queue=_queue(_BILLING, 621),
        Agent=_agent(0, 648, (815, 840), "forwarded", NumberOfHolds=1, CustomerHoldDuration=36),
        DisconnectReason="AGENT_DISCONNECT",
    )
    yield _record(
        "handed over, technical support",
        (770, 1104),
        "+815000000101",
        InitiationMethod="TRANSFER",
        InitialContactId=first,
        PreviousContactId=first,
        Queue=_queue(_TECHNICAL, 771),
        Agent=_agent(2, 790, (1104, 1139), "resolved"),
    )


def _asked() -> Iterator[dict[str, Any]]:
    """An agent asks a colleague and goes on alone."""
    first, then = contact_id("asked"), contact_id("asked, the colleague")
    yield _record(
        "asked",
        (1800, 2190),
        "+815000000104",
        NextContactId=then,
        Queue=_queue(_BILLING, 1815),
        Agent=_agent(12, 1830, (2190, 2210), "resolved"),
    )
    yield _record(
        "asked, the colleague",
        (1980, 2040),
        "+815000000104",
        InitiationMethod="TRANSFER",
        InitialContactId=first,
        PreviousContactId=first,
        Agent=_agent(4, 1986),
        DisconnectReason="AGENT_DISCONNECT",
    )


# ── parts of a record ────────────────────────────────────────────────────────────────────────────────────────────────


def _record(name: str, seconds: tuple[int, int], customer: str, **said: Any) -> dict[str, Any]:
    """A contact from its first to its last second; what is not said is an inbound call that the customer ended."""
    start, end = seconds
    agent: Mapping[str, Any] = said.get("Agent") or {}
    return {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "ContactId": contact_id(name),
        "InitialContactId": None,
        "PreviousContactId": None,
        "NextContactId": None,
        "Channel": "VOICE",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": _stamp(start),
        "ConnectedToSystemTimestamp": _stamp(start),
        "DisconnectTimestamp": _stamp(end),
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": customer},
        "SystemEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": _OURS},
        "Queue": None,
        "LastUpdateTimestamp": _stamp(end + 90),
        "Recordings": [_recording(name, agent, end)] if agent else None,
        **said,
        "Attributes": {"outcome": agent["code"]} if agent.get("code") else {},
        "Agent": {key: value for key, value in agent.items() if key != "code"} or None,
    }


def _recording(name: str, agent: Mapping[str, Any], end: int) -> dict[str, Any]:
    """Recorded while an agent was connected."""
    begun = agent["ConnectedToAgentTimestamp"]
    return {
        "Location": place(name, begun),
        "MediaStreamType": "AUDIO",
        "ParticipantType": None,
        "StartTimestamp": begun,
        "StopTimestamp": _stamp(end),
        "Status": "AVAILABLE",
        "StorageType": "S3",
    }


def place(name: str, begun: str) -> str:
    """Where the platform puts the recording of a contact, in its bucket."""
    day, minute = begun[:10], begun[11:16]
    return f"acme-connect/CallRecordings/{day.replace('-', '/')}/{contact_id(name)}_{day.replace('-', '')}T{minute}_UTC.wav"


def places() -> dict[str, str]:
    """Contact id → place of its recording, of those that were recorded."""
    records = [one for one in _records() if one["Recordings"]]
    return {one["ContactId"]: one["Recordings"][0]["Location"] for one in records}


def _queue(name: str, enqueued: int) -> dict[str, Any]:
    return {"ARN": export.arn(f"queue/{export.queue_id(name)}"), "Name": name, "EnqueueTimestamp": _stamp(enqueued)}


def _agent(number: int, connected: int, work: tuple[int, int] | None = None, code: str = "", **said: Any) -> dict[str, Any]:
    """Agent `number` of the second day; `code` goes into the contact's attributes."""
    one = next(one for one in export.people(2) if one.number == number)
    begun, done = work or (None, None)
    return {
        "ARN": export.arn(f"agent/{one.id}"),
        "Username": one.username,
        "ConnectedToAgentTimestamp": _stamp(connected),
        "AfterContactWorkStartTimestamp": _stamp(begun),
        "AfterContactWorkEndTimestamp": _stamp(done),
        "code": code,
        **said,
    }


def _stamp(second: int | None) -> str | None:
    return None if second is None else (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
