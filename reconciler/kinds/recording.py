"""Recordings: an address is asked for, the bytes are put there, and reports, metadata and orphans tell what became of them.

A change of this kind is a create whose key is the SHA-256 of the content, or an update that attaches an orphan. It is neither of
the ordinary shape nor told in batches: one file is one request and one PUT to somebody else's storage.

Source of all of it: API description of July 2026, `POST /api/v2/uploads/recordings`, `/api/v2/recording/uploads/reports`,
`/api/v2/conversations/{conversationId}/recordingmetadata`, `/api/v2/orphanrecordings`. How a file tells its conversation is not
in it; see `runners.recording_link`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.kinds.rest import told
from reconciler.model.call import Answer, Call, Listing
from reconciler.model.change import Change
from reconciler.model.moment import iso

NAME = "recording"
UPLOADS = "/api/v2/uploads/recordings"
REPORTS = "/api/v2/recording/uploads/reports"
REPORT = f"{REPORTS}/{{reportId}}"
METADATA = "/api/v2/conversations/{conversationId}/recordingmetadata"
RECORDINGS = "/api/v2/conversations/{conversationId}/recordings"
ORPHAN = "/api/v2/orphanrecordings/{orphanId}"
ORPHANS = Listing("/api/v2/orphanrecordings", size=100)
FORBIDDEN = re.compile(r'[\s\\{}^%`\[\]"<>~#|\x00-\x1f\x7f]')
"""Signs a file name must not hold. Source: description of `fileName`; control characters are our own addition."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to put a file: a secret in itself. `headers` must go with it, exactly these; `key` names the file in the storage."""

    url: str = field(repr=False)
    key: str
    headers: Mapping[str, str] = field(repr=False)


def ask(change: Change, seconds: int) -> Call:
    """Asks for an address that is valid for so many seconds. Safe to repeat: an address nobody uses is forgotten.

    Source: POST /api/v2/uploads/recordings; permission `recording:recording:upload`.
    """
    said = told(change)
    return _asked(said["sent_as"], said["md5"], said["media_type"], seconds)


def beside(change: Change) -> bytes:
    """The file that goes before the recording and tells its conversation; empty where the name alone does."""
    return str(told(change).get("sidecar", "")).encode()


def ask_beside(change: Change, seconds: int) -> Call:
    """Asks for an address for that file: named as the recording is, but for its suffix. Safe to repeat: it says the same."""
    name = f"{told(change)['sent_as'].rpartition('.')[0]}.json"
    digest = hashlib.md5(beside(change), usedforsecurity=False).digest()
    return _asked(name, base64.b64encode(digest).decode(), "application/json", seconds)


def _asked(name: str, md5: str, media_type: str, seconds: int) -> Call:
    body = {"fileName": name, "contentMd5": md5, "contentType": media_type, "signedUrlTimeoutSeconds": seconds}
    return Call("POST", UPLOADS, body=body)


def address(answer: Answer) -> Address:
    """The address in an answer. Raises `LookupError` where there is none."""
    body = answer.json() or {}
    url, headers = body.get("url"), body.get("headers") or {}
    if not isinstance(url, str) or not url or not isinstance(headers, dict):
        raise LookupError("Genesys Cloud told no address to upload to")
    return Address(url, str(body.get("uploadKey") or ""), {str(name): str(value) for name, value in headers.items()})


def ask_report(since: int) -> Call:
    """Asks for a report on what was uploaded since then, in milliseconds since 1970.

    Source: POST /api/v2/recording/uploads/reports, 202; permission `recording:uploadReport:add`.
    """
    return Call("POST", REPORTS, body={"dateSince": iso(since)})


def see_report(number: str) -> Call:
    """How far a report is: `state` InProgress, Completed with a `signedUrl`, or Failed."""
    return Call("GET", REPORT, ids={"reportId": number})


def metadata(conversation: str) -> Call:
    """The recordings of a conversation, without media. Source: 404 `conversation.not.found`."""
    return Call("GET", METADATA, ids={"conversationId": conversation})


def lengths(conversation: str) -> Call:
    """The recordings of a conversation with their times, and without waiting for media (202 with formats that are transcoded)."""
    return Call("GET", RECORDINGS, ids={"conversationId": conversation}, query={"formatId": "NONE", "maxWaitMs": 1})


def attach(change: Change) -> Call:
    """Attaches an orphan to its conversation. Repeating it once it is attached is a 404 (inferred).

    Source: PUT /api/v2/orphanrecordings/{orphanId}; permission `recording:orphan:edit`.
    """
    said = told(change)
    return Call("PUT", ORPHAN, ids={"orphanId": said["orphan"]}, body={"conversationId": said["known_as"]})
