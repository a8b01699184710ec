"""What reconciler.yaml says of recordings: `runners.recordings`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from reconciler.model.block import Closed
from reconciler.model.recording import APART_SECONDS, Accept, Agent, Worth

Time = Annotated[str, Field(pattern=r"^\d{1,5}[smhd]$")]
_PLAIN = Accept()


class Accepted(Closed):
    """What the organisation takes; the defaults are what is published, or cautious where nothing is."""

    agent: Literal["left", "right", "unknown"] = "unknown"
    """Channel of the agent: cannot be heard, only known of the platform (Amazon Connect: right, and that is its default)."""
    codecs: tuple[str, ...] = tuple(sorted(_PLAIN.codecs))
    """Codecs that are transcribed."""
    containers: tuple[str, ...] = tuple(sorted(_PLAIN.containers))
    """Containers that are taken."""
    min_rate: Annotated[int, Field(ge=1)] = _PLAIN.min_rate
    """Samples per second, at least."""
    max_rate: Annotated[int, Field(ge=1)] = _PLAIN.max_rate
    """Samples per second, at most."""
    max_bytes: Annotated[int, Field(ge=1)] = _PLAIN.max_bytes
    """Size of a file, at most."""
    max_seconds: Annotated[int, Field(ge=1)] = _PLAIN.max_seconds
    """Length of a recording, at most."""
    missing_seconds: Annotated[float, Field(ge=0)] = _PLAIN.missing_seconds
    """How much of what its header claims may be missing."""
    rules: dict[str, Literal["analytics", "archive", "refused"]] = Field(default_factory=dict)
    """What a rule of unknown worth makes of a recording, by its name; `reconciler inspect --rule` names them."""

    def value(self, agent: Agent = Agent.UNKNOWN) -> Accept:
        """The same for the judge; `agent` is the channel where nothing is said."""
        return Accept(
            agent=Agent(self.agent) if "agent" in self.model_fields_set else agent,
            codecs=frozenset(self.codecs),
            containers=frozenset(self.containers),
            min_rate=self.min_rate,
            max_rate=self.max_rate,
            max_bytes=self.max_bytes,
            max_seconds=self.max_seconds,
            missing_seconds=self.missing_seconds,
            rules=MappingProxyType({name: Worth(worth) for name, worth in self.rules.items()}),
        )


class Columns(Closed):
    """What the columns of an index are called; of JSON the members."""

    file: str = "file"
    """Path of the recording below `from`, or the end of it."""
    conversation: str = "conversation"
    """The platform's own id of the conversation."""
    start: str = "start"
    """When it begins, ISO 8601 or seconds since 1970; without zone in `source.time_zone`."""
    seconds: str = "seconds"
    """How long it is; where the file differs by more than two seconds, that is told."""
    part: str = "part"
    """Its place among the segments of one conversation; without it they are ordered by start and name."""
    agent: str = "agent"
    """Channel of the agent: left or right."""
    channel: str = "channel"
    """Which side of the call the file holds alone, in a word of `runners.recordings.sides`."""


class Sides(Closed):
    """Which files hold one side of a call each, so that `transcode` can put them side by side."""

    left: tuple[str, ...] = ("in", "rx", "left", "customer")
    """What group `channel` or `side` of the pattern, or column `channel` of the index, calls the files that go to the left."""
    right: tuple[str, ...] = ("out", "tx", "right", "agent")
    """The same for the right. Nothing but the words agent and customer says who speaks there: see `accept.agent`."""
    apart_seconds: Annotated[float, Field(ge=0, le=60)] = APART_SECONDS
    """How much the two may differ in length; the shorter one ends in silence."""
    wait: Time = "1h"
    """How old one side becomes while the other one is missing, before it goes alone."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        left, right = ({word.casefold() for word in words} for words in (self.left, self.right))
        if both := sorted(left & right):
            raise ValueError(f"{', '.join(both)} names both sides; write each word on one side only")
        return self


class RecordingsRunner(Closed):
    """`reconciler run recordings`: recordings inspected, uploaded once, attached to their conversations."""

    model_config = ConfigDict(serialize_by_alias=True)

    source: str = Field("", alias="from")
    """Where recordings lie: a folder relative to this file, or an address such as s3://, sftp://, webdav://, az://, gs://."""
    index: str = ""
    """CSV, JSON or NDJSON file that names recordings and their conversations, or contact records; or a folder of them.

    Contact records also lead from the leg of a transferred call to its conversation."""
    columns: Columns = Columns()
    pattern: str = ""
    """asterisk, amazon-connect, amazon-connect-redacted, or an expression with `(?P<conversation>…)`, of paths below `from`."""
    accept: Accepted = Accepted()
    transcode: bool = False
    """Put two files with one side of a call each into one stereo file, where that loses nothing; `--transcode` says it too."""
    sides: Sides = Sides()
    least: Literal["analytics", "archive"] = "archive"
    """The least verdict that is uploaded."""
    thorough: bool = False
    """Hear every recording from end to end, not twenty windows of a second."""
    settle: Time = "60s"
    """How long a file must not have changed before it is read: recorders and copies are still writing until then."""
    look_every: Time = "60s"
    """How often the store is looked at."""
    link: Literal["file_name", "folder", "interaction_id", "sidecar"] = "file_name"
    """How a file tells its conversation, which is not published: its id, or the native one, begins the name; or is its folder; or
    stands in a JSON file of the same name that goes before it."""
    keep_name: bool = False
    """Whether the original name goes with the upload, without whatever looks like a number or an address."""
    uploads: Annotated[int, Field(ge=1, le=64)] = 4
    """Uploads at the same time, at most."""
    bytes_per_second: Annotated[int, Field(ge=0)] = 0
    """Bandwidth of all uploads together; 0 means no limit."""
    address_seconds: Annotated[int, Field(ge=1, le=604_800)] = 600
    """How long an address for an upload is valid."""
    shows_after: Time = "60s"
    """How long an upload may take to show in upload reports, before one that was cut off counts as never arrived."""
    prove_for: Time = "15m"
    """How long `--once` waits until what it uploaded shows as attached; a run that goes on watches as long as it takes."""
    after: Literal["keep", "delete"] = "keep"
    """What becomes of a file once it is proven to be attached to its conversation."""
