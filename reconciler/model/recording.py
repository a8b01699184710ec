"""What is known of a recording, what a user accepts, and the verdict: values only, no file is opened and nothing decoded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

APART_SECONDS = 1.0
"""How much two sides of one call may differ in length unless told otherwise; the shorter one ends in silence."""


class Worth(StrEnum):
    """What a recording is good for, best first."""

    ANALYTICS = "analytics"  # speech analytics: two separate channels, accepted codec
    ARCHIVE = "archive"  # to be played back and evaluated
    REFUSED = "refused"


class Flaw(StrEnum):
    """Why a recording could not be inspected to its end; empty where it was."""

    NONE = ""
    UNREADABLE = "unreadable"  # no such file, no permission, no plain file
    FOREIGN = "foreign"  # no audio at all: `container` says what it is
    HEADERLESS = "headerless"  # nothing in it says what it is
    UNDECODABLE = "undecodable"  # audio by its first bytes, but no decoder takes it
    EXTRA = "extra"  # only the extra `audio` may be able to read it
    CRASHED = "crashed"  # the decoder died over it
    SLOW = "slow"  # took longer than one file may
    HUNGRY = "hungry"  # needed more memory than one file may


class Agent(StrEnum):
    """Which channel the agent is on: cannot be heard, only known of the platform (Amazon Connect: right)."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Side:
    """What was heard on one channel: highest amplitude (1 is full scale), shares (0 to 1) of silence and of clipped samples."""

    peak: float
    silent: float
    clipped: float


@dataclass(frozen=True, slots=True)
class Inspected:
    """One recording as its bytes are, whatever its name says.

    `container` and `codec` are our words (`wav`, `PCMU`), empty where unknown; `said` is the container the name's suffix
    promises, empty where it promises none. `seconds` is what can be decoded, `header_seconds` what the header claims, None where
    it claims nothing; `is_unfinished` is true where the header was never completed. `is_exact` says that it decodes to 16-bit
    samples and back without loss. `alike` is how much two channels are the same signal, 0 to 1, None where there are not two or
    one is silent. `heard_seconds` is how much of it was listened to.
    """

    size: int = 0
    container: str = ""
    codec: str = ""
    said: str = ""
    rate: int = 0
    channels: int = 0
    seconds: float = 0.0
    header_seconds: float | None = None
    is_unfinished: bool = False
    is_exact: bool = False
    sides: tuple[Side, ...] = ()
    alike: float | None = None
    heard_seconds: float = 0.0
    flaw: Flaw = Flaw.NONE
    detail: str = ""

    @property
    def missing_seconds(self) -> float:
        """How much of what the header claims is not there."""
        return max(0.0, (self.header_seconds or 0.0) - self.seconds)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard at all."""
        return bool(self.sides) and all(side.silent >= 1 for side in self.sides)

    @property
    def media_type(self) -> str:
        """The media type of the bytes, for an upload."""
        return MEDIA_TYPES.get(self.container, "application/octet-stream")


MEDIA_TYPES = {
    "wav": "audio/wav",
    "rf64": "audio/wav",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "webm": "audio/webm",
    "mp4": "audio/mp4",
    "amr": "audio/amr",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "au": "audio/basic",
}


@dataclass(frozen=True, slots=True)
class Accept:
    """What the user's organisation takes; the defaults are what is published, or cautious where nothing is.

    `rules` sets the worth of rules that are marked as unknown, by their name: `{"container": "analytics"}`.
    """

    agent: Agent = Agent.UNKNOWN
    codecs: frozenset[str] = frozenset({"PCMU", "PCMA", "L16", "Opus"})
    containers: frozenset[str] = frozenset({"wav", "ogg", "webm", "mp3"})
    min_rate: int = 8_000
    max_rate: int = 48_000
    max_bytes: int = 5 * 1024**3
    max_seconds: int = 24 * 3600
    missing_seconds: float = 0.5
    alike: float = 0.95
    clipped: float = 0.01
    rules: Mapping[str, Worth] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is as it is: the rule's name, what it makes of the recording, in words, what to do, and who says so."""

    rule: str
    worth: Worth
    what: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a recording is good for, with every reason, gravest first; those of worth `analytics` are hints."""

    worth: Worth
    reasons: tuple[Reason, ...] = ()
    agent: Agent = Agent.UNKNOWN
