"""What Amazon Connect writes of one call, and when: seconds are counted from eight in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ZERO = int(START.timestamp() * 1000)
ARN = "arn:aws:connect:eu-central-1:111122223333:instance/i-1"
WRAPUP = {"interactions": {"wrapup_attribute": "outcome"}}


def stamp(second: float | None) -> str | None:
    return None if second is None else (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


RECORD: dict[str, Any] = {
    "ContactId": "c-1",
    "Channel": "VOICE",
    "InitiationMethod": "INBOUND",
    "InitiationTimestamp": stamp(0),
    "DisconnectTimestamp": stamp(100),
    "DisconnectReason": "CUSTOMER_DISCONNECT",
    "LastUpdateTimestamp": stamp(200),
    "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": "+49301111"},
    "Queue": {"ARN": f"{ARN}/queue/q1", "EnqueueTimestamp": stamp(10)},
    "Agent": {
        "ARN": f"{ARN}/agent/a1",
        "ConnectedToAgentTimestamp": stamp(20),
        "AfterContactWorkStartTimestamp": stamp(100),
        "AfterContactWorkEndTimestamp": stamp(130),
        "NumberOfHolds": 1,
        "CustomerHoldDuration": 10,
    },
    "Attributes": {"outcome": "sale"},
}
"""The contact record of a call that an agent took, held and finished."""
