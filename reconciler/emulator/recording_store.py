"""What was uploaded as recordings: each file with its status, by key, conversation and orphan id, and counts. It judges nothing.

Of a body only digest, size and what its head tells are kept, so that gigabytes leave no trace; a switch keeps the bytes too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from reconciler.emulator.things import Json

# Source: enumeration `uploadStatus` of `RecordingUploadReportRequest`; what each means is inferred.
PENDING, SUCCESS, FAILURE, WAITING = "Pending", "Success", "Failure", "WaitForConversation"

# Source: enumeration `orphanStatus` of `OrphanRecording`.
NO_CONVERSATION, UNKNOWN_CONVERSATION, NOT_COMPLETE = "NO_CONVERSATION", "UNKNOWN_CONVERSATION", "CONVERSATION_NOT_COMPLETE"


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of a body: MD5 in hex, size in bytes, container and length in seconds as its head tells them.

    `conversation` is what a JSON document names; `kept` is the whole body, where a switch wants it.
    """

    digest: str
    size: int
    media: str = ""
    seconds: float | None = None
    conversation: str = ""
    kept: bytes | None = None


@dataclass(slots=True, eq=False)
class File:
    """One uploaded file. `id` is that of its recording or orphan, `orphan` its orphan status, `taken` when it got the id."""

    key: str
    name: str
    arrived: float
    content: Content
    status: str = PENDING
    reason: str = ""
    conversation: str = ""
    id: str = ""
    orphan: str = ""
    taken: float = 0.0
    retention: Json = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Report:
    """One upload report: which files it is about, how far it is, and its text once it is complete."""

    id: str
    since: float
    status: str
    state: str = "InProgress"
    text: bytes = b""


class Recordings:
    """All files uploaded to one organisation."""

    def __init__(self) -> None:
        self.by_key: dict[str, File] = {}
        self.orphans: dict[str, File] = {}
        self.of_conversation: dict[str, dict[str, File]] = {}
        self.by_id: dict[str, File] = {}
        self.waiting: dict[str, list[File]] = {}  # by conversation
        self.untold: dict[str, list[File]] = {}  # by the name that is to tell their conversation
        self.told: dict[str, str] = {}  # what such names told so far: conversations
        self.reports: dict[str, Report] = {}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def tell(self, digests: str) -> dict[str, Any]:
        """Counts; with MD5 digests in hex joined by commas, or `*` for all, also each content with the files that have it."""
        files = self.by_key.values()
        by_content = Counter(one.content.digest for one in files)
        names = ("urls", "uploads", "bytes", "overwritten", "waited", "attached", "orphaned", "downloads")
        shown: dict[str, Any] = {name: self.counts[name] for name in names}
        shown |= {
            "files": len(self.by_key),
            "contents": len(by_content),
            "repeated": len(self.by_key) - len(by_content),
            "by_status": dict(sorted(Counter(one.status for one in files).items())),
            "orphans": len(self.orphans),
            "refused": dict(sorted(self.refused.items())),
        }
        if digests:
            wanted = by_content if digests == "*" else digests.lower().split(",")
            shown["content"] = self._contents(frozenset(wanted))
        return shown

    def _contents(self, wanted: frozenset[str]) -> dict[str, list[Json]]:
        """No ids and no times but those of conversations, in a fixed order: equal runs tell the same."""
        found: dict[str, list[Json]] = {}
        for one in sorted(self.by_key.values(), key=lambda file: (file.content.digest, file.name, file.conversation)):
            if one.content.digest in wanted:
                found.setdefault(one.content.digest, []).append(_told(one))
        return found


def _told(file: File) -> Json:
    return {
        "fileName": file.name,
        "size": file.content.size,
        "media": file.content.media,
        "seconds": file.content.seconds,
        "status": file.status,
        "reason": file.reason,
        "conversation": file.conversation,
        "orphan": file.orphan,
    }
