"""Calls and e-mails in neutral words: what a platform's module says of legs, and the card of its feed. Nothing here acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.model.event import Event, Memory, Read

if TYPE_CHECKING:  # jinja2 stands behind the mapping, and every command speaks of events
    from reconciler.model.mapping import Mapping as Table
    from reconciler.model.moment import Clock


class Media(StrEnum):
    """What an interaction is made of."""

    VOICE = "voice"
    EMAIL = "email"


class Party(StrEnum):
    """Who or what a leg belongs to."""

    CUSTOMER = "customer"
    FLOW = "flow"  # an IVR, a contact flow, a rule for e-mail
    QUEUE = "queue"
    AGENT = "agent"
    PHONE = "phone"  # somebody outside who was called in


class Act(StrEnum):
    """What happens to a leg, or between legs. The values of `Step.said` stand behind each; what is not known is left out.

    OPEN: `party`; `invited_by` (a leg), `alerting`, `inbound`, `recording`, `can_hear`, `can_speak` (booleans), `ani`, `dnis`,
    `info` (texts by name, for people); CUSTOMER: `ani_name`, `dnis_name`; FLOW: `name`, `number`; QUEUE: `queue` (native name),
    `skills`, `language`, `label`, `number`; AGENT: `agent` (native name), `queue` (outbound on behalf of one only), `after_work`
    (boolean), `station`, `number`; PHONE: `number`. E-mail besides: `to` and `from` (of every leg, required), `cc`, `bcc`,
    `subject`, `held` (boolean), `previous` (a leg of the same party); CUSTOMER: `name`, `with_message` (boolean).
    ANSWER · HOLD: `held` · AUDIO: `can_hear`, `can_speak` · WRITE · SENT (both e-mail) · CLOSE: `how`, `into` (another
    conversation) · DISPOSE: `code` (native name; absent: skipped), `notes`, `tags`
    TRANSFER: `command` (a name of its own within the conversation), `attended`, `initiating` (absent: the step's leg), `target`
    (absent: the same), `object` (legs) and one of `queue` (with `skills`, `language`), `agent`, `number` · PROGRESS: `command`,
    `destination` · END: `command`, `state` (completed, canceled, failed) · CONSULT, CONSULTING: `initiating`, `destination`,
    `object` · CONSULTED
    RECORDED: `file`, `start`, `stop`; told to nobody, for the recordings runner.
    """

    OPEN = "open"
    ANSWER = "answer"
    HOLD = "hold"
    AUDIO = "audio"
    WRITE = "write"
    SENT = "sent"
    CLOSE = "close"
    DISPOSE = "dispose"
    TRANSFER = "transfer"
    PROGRESS = "progress"
    END = "end"
    CONSULT = "consult"
    CONSULTING = "consulting"
    CONSULTED = "consulted"
    RECORDED = "recorded"


class How(StrEnum):
    """Why a leg ended, seen from the leg."""

    SELF = "self"
    PEER = "peer"
    SYSTEM = "system"
    ERROR = "error"
    TRANSFER = "transfer"
    TRANSFER_QUEUE = "transfer_queue"
    TRANSFER_AGENT = "transfer_agent"
    TRANSFER_CONFERENCE = "transfer_conference"
    TRANSFER_CONSULT = "transfer_consult"
    SPAM = "spam"
    UNKNOWN = "unknown"


class Step(NamedTuple):
    """One thing that happened to a leg of a conversation, `at` so many milliseconds since 1970.

    `leg` is a name of its own within the conversation, as the platform tells its legs apart; empty where the step is about the
    conversation (END, CONSULTED). `said` holds what `Act` lists.
    """

    act: Act
    at: int
    leg: str = ""
    said: Mapping[str, Any] = {}


class Told(NamedTuple):
    """What a platform's module makes of one event: its memory afterwards, and the steps, in order.

    `media` is that of the conversation, `tag` what people find it by later (a thread of e-mails; empty: the native id). `over`:
    the platform will say no more of this conversation. `odd`: what could not be understood in it, for people.
    """

    memory: Memory
    steps: tuple[Step, ...] = ()
    media: Media = Media.VOICE
    tag: str = ""
    over: bool = False
    odd: str = ""


@dataclass(frozen=True, slots=True)
class InteractionFeed:
    """The card of a platform's feed of calls and e-mails.

    `family`: `stream` (told while it happens), `state` (polled or pushed whole states) or `record` (after the fact, once the
    interaction is over: nothing is live, and a later record about the same one wins). `frame` as in `StatusFeed`. `open` makes a
    `Read` whose events are keyed by conversation: the native link that holds all calls of one conversation together. `tell` is
    what one event makes of a conversation, given what is known of it; it changes nothing it is given and answers the same
    for the same input. `disorder_seconds` is how late an event may come behind younger ones of its conversation,
    `silence_seconds` after how long without a word an open conversation is closed by rule, 0 where the platform always tells
    the end. `sees` are the acts it can tell of, so that people know what will be missing.
    """

    platform: str
    family: str
    frame: str
    open: Callable[[Table, Clock, str], Read]
    tell: Callable[[Memory | None, Event], Told]
    disorder_seconds: float = 0.0
    silence_seconds: float = 0.0
    sees: frozenset[Act] = field(default=frozenset(Act))
    media: frozenset[Media] = field(default=frozenset({Media.VOICE}))
