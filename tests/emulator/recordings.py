"""Recordings for tests: small WAV files, and the two steps that upload one."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from tests.emulator.conftest import Org

UPLOADS, REPORTS, ORPHANS = "/uploads/recordings", "/recording/uploads/reports", "/orphanrecordings"
UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"


def wav(seconds: float = 1.0, fill: int = 0, *, told: int | None = None) -> bytes:
    """PCM of two channels at 8 kHz; `told` is the size its data chunk claims."""
    data = bytes([fill]) * int(seconds * 32_000)
    form = struct.pack("<HHIIHH", 1, 2, 8000, 32_000, 4, 16)
    size = len(data) if told is None else told
    inner = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(inner) % 2**32) + inner


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def hexed(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def grant(org: Org, name: str = "call.wav", content: bytes = b"", **more: Any) -> dict[str, Any]:
    """An address for the content."""
    return org.made(UPLOADS, {"fileName": name, "contentMd5": md5(content), "contentType": "audio/wav"} | more)


def put(org: Org, granted: dict[str, Any], content: bytes, **headers: str) -> httpx.Response:
    """The bytes, with the headers given and these."""
    return org.storage("PUT", granted["url"], content, **granted["headers"] | headers)


def upload(org: Org, name: str = "call.wav", content: bytes | None = None) -> str:
    """The key of a file that was put."""
    content = wav() if content is None else content
    granted = grant(org, name, content)
    answer = put(org, granted, content)
    assert answer.status_code == 200, answer.text
    return str(granted["uploadKey"])


def told(org: Org, digests: str = "") -> dict[str, Any]:
    """What the admin port tells."""
    found: dict[str, Any] = org.admin("GET", f"/recordings?digest={digests}")
    return found


def statuses(org: Org) -> dict[str, str]:
    """The status of every file by its name."""
    return {one["fileName"]: one["status"] for files in told(org, "*")["content"].values() for one in files}


def report(org: Org, since: str = "2020-01-01T00:00:00.000Z", **more: Any) -> bytes:
    """The text of a report that is complete at once."""
    made = org("POST", REPORTS, {"dateSince": since} | more)
    assert (made.status_code, made.json()["state"]) == (202, "InProgress"), made.text
    shown = org("GET", f"{REPORTS}/{made.json()['id']}").json()
    assert shown["state"] == "Completed"
    return org.storage("GET", shown["signedUrl"]).content


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def metadata(org: Org, conversation: str) -> list[dict[str, Any]]:
    answer = org("GET", f"/conversations/{conversation}/recordingmetadata")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def orphans(org: Org, **query: Any) -> list[dict[str, Any]]:
    answer = org("GET", ORPHANS, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entities"]
    return found
