"""Things that happen: an Event, and the card of a platform's feed of agent status. Values and promises only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from reconciler.model.call import Answer, Call
from reconciler.model.change import Change

if TYPE_CHECKING:  # jinja2 stands behind the mapping, and every command speaks of events
    from reconciler.model.mapping import Mapping as Table
    from reconciler.model.moment import Clock

EVERYBODY = "*"
"""The key of an event that concerns every agent, such as a restart of the platform."""

Memory: TypeAlias = dict[str, Any]
"""What a feed knows of one agent after all events so far: JSON data that only the platform's own module understands."""


class Event(NamedTuple):
    """Something that happened on the external platform, to one agent or one conversation.

    `key` is the agent or conversation as the platform prints it, or `EVERYBODY`; `at` is in milliseconds since 1970, UTC. `id`
    is the platform's own id of the event, empty where it has none: then the content tells two events apart. `order` is the
    platform's own sequence inside one millisecond, 0 where it has none. `data` is JSON, in words of the platform's module.
    """

    key: str
    at: int
    data: Mapping[str, Any]
    id: str = ""
    order: int = 0


class Standing(StrEnum):
    """Whether an agent takes work: what is left when all contacts are thought away."""

    OFF = "off"
    READY = "ready"
    NOT_READY = "not_ready"
    GONE = "gone"  # a `state` feed told of the agent before and no longer does: off after a grace time
    UNKNOWN = "unknown"  # a native state that the platform's module does not know; `Agent.native` names it


class Contact(StrEnum):
    """What a contact means for its agent; of several the first in this order wins."""

    ROUTED = "routed"  # talking, on hold, writing: work that a queue gave
    AFTER_WORK = "after_work"
    OWN = "own"  # a call of the agent's own: outbound, internal
    OFFERED = "offered"
    REFUSED = "refused"


class Agent(NamedTuple):
    """The whole native state of one agent in neutral words.

    `reason` is the native id of why somebody is not ready, `label` its name where the platform tells it beside the state,
    `native` the platform's own word for the state, for people and for the table of states, `pending` what follows when the
    contact ends.
    """

    standing: Standing
    reason: str = ""
    contacts: tuple[Contact, ...] = ()
    native: str = ""
    pending: str = ""
    label: str = ""


class Read(Protocol):
    """Native records of one feed, in order, → Events. It remembers what later records need (a header, the time of the last row).

    Raises `ValueError` with what is wrong for a record it cannot understand, and goes on with the next one.
    """

    def __call__(self, record: bytes) -> Sequence[Event]:
        """The events in one record; none for what says nothing about agents."""
        ...

    @property
    def odd(self) -> Mapping[str, int]:
        """What was passed over without an event because nobody knows it, such as names of events, and how often."""
        ...

    @property
    def state(self) -> str:
        """What a later run needs to go on behind the last record, as text; kept with the bookmark."""
        ...


@runtime_checkable
class Rests(Protocol):
    """A `Read` whose last record is open until another one comes."""

    def rest(self) -> Sequence[Event]:
        """The events of the record that is open, where nothing more comes."""
        ...


@runtime_checkable
class Opens(Protocol):
    """A `Read` whose records may lie on several lines."""

    @property
    def open_lines(self) -> int:
        """How many of the last lines belong to a record that goes on."""
        ...


@runtime_checkable
class Headed(Protocol):
    """A `Read` some of whose records are headings, which are no native records."""

    @property
    def headings(self) -> int:
        """How many there were so far."""
        ...


@dataclass(frozen=True, slots=True)
class StatusFeed:
    """The card of a platform's feed of agent status.

    `family`: `stream` (every change is told) or `state` (whole states, polled or pushed: what lies between is not seen, and
    `Read` compares them into events). `frame` cuts bytes into records: `lines`, `json` (values one after the other, or one
    array of them) or `xml` (documents); `large json` and `large xml` where one record is everybody's state. `open` makes a
    `Read` from mapping.yaml, a clock of the source's time zone, and the state a former run left. `fold` is what is known of an
    agent after an event; it changes nothing it is given and answers the same for the same input. `agent` says it in neutral
    words. `disorder_seconds` is how late an event may come behind younger ones. `system_presences` are native reasons whose
    meaning the platform itself fixes: native reason → system presence.
    """

    platform: str
    family: str
    frame: str
    open: Callable[[Table, Clock, str], Read]
    fold: Callable[[Memory | None, Event], Memory]
    agent: Callable[[Memory], Agent]
    disorder_seconds: float = 0.0
    system_presences: Mapping[str, str] = field(default_factory=dict)


class Ids(Protocol):
    """What a kind of event asks while it writes its call."""

    def id(self, kind: str, key: str) -> str:
        """The id behind a reference. Raises `LookupError` where Genesys Cloud has no such object."""
        ...


class Refused(NamedTuple):
    """Why one event of an accepted request was not taken, and whether the same event may be sent again."""

    message: str
    retryable: bool


class Told(NamedTuple):
    """A change on its way out, and the lane in which it keeps its order: an agent, a conversation."""

    lane: str
    change: Change


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind whose changes are told, up to `batch` in one request, and never taken back.

    Its changes are creates whose key is the event's id and whose fields say everything the event holds, in our keys. `call`
    makes one request of several, in the order given; `refused` reads the answer: event id → why. An event that is not in
    there was accepted. Repeating a request is safe as far as the service drops ids it has seen, which is inferred.
    """

    name: str
    batch: int
    call: Callable[[Sequence[Change], Ids], Call]
    refused: Callable[[Answer], Mapping[str, Refused]]
